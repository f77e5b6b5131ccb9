//! Where servers run: a database on one of the engines, and a folder for their logs and files.

use store::Location;
use tempfile::TempDir;
use testkit::{Engine, Place};

use crate::server::{Server, command, earlier, limited};

/// All nodes of a database need the same key.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A place for a database and the servers on it. What is in it goes away with this value.
#[derive(Debug)]
pub struct Setting {
    place: Place,
    folder: TempDir,
}

impl Setting {
    /// A new one.
    pub async fn new(engine: Engine) -> Self {
        Self { place: engine.place().await, folder: TempDir::with_prefix("platbook-logs-").unwrap() }
    }

    /// Starts a server here: one on SQLite, any number on PostgreSQL. The name tells their logs apart.
    pub fn serve(&self, name: &str) -> Server {
        Server::start(command("serve", &self.variables()), &self.folder.path().join(name))
    }

    /// The same, but the server believes that it is so many days ago.
    pub fn serve_earlier(&self, days: u32, name: &str) -> Server {
        Server::start(earlier(days, "serve", &self.variables()), &self.folder.path().join(name))
    }

    /// As [`serve`](Self::serve), but after a few changes the disk is full: no file may be longer than the longest one is now, and a
    /// little more. On SQLite only.
    pub fn serve_on_a_full_disk(&self, name: &str) -> Server {
        let Location::Directory(data) = &self.place.location else { panic!("the disk of PostgreSQL is not ours") };
        let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
        let longest = files.filter(std::fs::Metadata::is_file).map(|file| file.len()).max().unwrap();
        let blocks = (longest / 512 + rand::random_range(400..1_600)).to_string();
        Server::start(limited("serve", &self.variables(), &blocks), &self.folder.path().join(name))
    }

    /// Has the product check everything, and fails when it finds anything.
    pub fn check(&self) {
        let checked = command("check", &self.variables()).output().unwrap();
        let said = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    }

    /// What one of the program's commands prints.
    pub fn printed(&self, name: &str) -> String {
        let ran = command(name, &self.variables()).output().unwrap();
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        match &self.place.location {
            Location::Directory(path) => vec![("PLATBOOK_DATA", path.display().to_string())],
            Location::Postgres(url) => vec![
                ("PLATBOOK_DATABASE", url.clone()),
                ("PLATBOOK_MASTER_KEY", MASTER_KEY.to_owned()),
                ("PLATBOOK_ATTACHMENTS", self.folder.path().join("attachments").display().to_string()),
            ],
        }
    }
}
