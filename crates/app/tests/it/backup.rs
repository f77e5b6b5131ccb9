//! Backups, and checks.

use std::{fs, os::unix::fs::PermissionsExt as _};

use reqwest::Method;
use serde_json::{Value, json};
use store::{Db, Location, Setup, Tx, Work};

use crate::platbook::{PASSWORD, Place, Server, answer};

/// Address space of which a customer holds a part.
async fn filled(place: &Place) -> Server {
    let server = place.serve("").await;
    server.v2(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/8", "rir": "1918" })).await;
    server.v2(Method::POST, "/resources", json!({ "name": "Customer", "type": "section", "slug": "customer" })).await;
    let ann = json!({ "name": "Ann", "type": "entry", "section": "customer" });
    let ann = server.v2(Method::POST, "/resources", ann).await["id"].take();
    let wanted = json!({ "resource_id": ann, "type": "ipv4", "mask": 26, "rir": "1918" });
    server.v2(Method::PUT, "/ipam/netblocks/smart_assign", wanted).await;
    server
}

#[tokio::test]
async fn a_backup_of_a_running_server_comes_back_elsewhere() {
    let (old, new) = (Place::new(), Place::new());
    let mut server = filled(&old).await;
    let file = old.path("backup.gz");
    let said = old.run(&format!("backup {}", file.display())).said();
    assert!(said.contains(" rows in ") && said.contains("keep a copy of that file"), "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let blocks = server.v2(Method::GET, "/ipam/netblocks?order_by=cidr", Value::Null).await;
    assert_eq!(server.stop().await, Some(0));

    let said = new.run(&format!("restore {}", file.display())).said();
    assert!(said.contains("Before the server starts, copy the master.key of the old server there."), "{said}");
    let ran = new.run("check");
    assert!(
        ran.err.contains("is missing. Copy the one there that sealed the secrets in this database."),
        "{}",
        ran.err
    );
    assert!(!new.data().join("master.key").exists(), "another key would be of no use");
    fs::copy(old.data().join("master.key"), new.data().join("master.key")).unwrap();
    assert_eq!(new.run("check").said(), "Everything fits together.\n");
    for name in ["platbook.db", "master.key", "platbook.lock"] {
        let mode = fs::metadata(new.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is for its owner alone");
    }
    let server = new.serve("").await;
    assert_eq!(server.v2(Method::GET, "/ipam/netblocks?order_by=cidr", Value::Null).await, blocks);
    assert_eq!(new.run("check").said(), "Everything fits together.\n", "while the server runs");
}

#[tokio::test]
async fn attached_files_are_copied_beside_the_backup() {
    let (old, new) = (Place::new(), Place::new());
    let server = old.serve("--largest-attachment 1").await;
    let attach = |content: Vec<u8>| {
        let request = server.request(Method::POST, "/api/v2/resources/1/attachments?name=rack.txt");
        answer(request.basic_auth("admin", Some(PASSWORD)).body(content))
    };
    let (status, text) = attach(b"Rack 7 is red.".to_vec()).await;
    assert_eq!(status, 201, "{text}");
    assert_eq!(attach(vec![b'x'; (1 << 20) + 1]).await.0, 413);
    let file = old.path("backup.gz");
    let said = old.run(&format!("backup {}", file.display())).said();
    let files = old.data().join("attachments");
    assert!(said.contains(&format!("Attached files are not in it; copy {} now.", files.display())), "{said}");

    new.run(&format!("restore {}", file.display())).said();
    fs::copy(old.data().join("master.key"), new.data().join("master.key")).unwrap();
    let server = new.serve(&format!("--attachments {}", files.display())).await;
    let found = server.v2(Method::GET, "/resources/1/attachments", Value::Null).await;
    let path = format!("/api/v2/resources/1/attachments/{}/download", found[0]["id"].as_str().unwrap());
    let request = server.request(Method::GET, &path).basic_auth("admin", Some(PASSWORD));
    assert_eq!(answer(request).await, (200, "Rack 7 is red.".to_owned()));
}

#[tokio::test]
async fn neither_a_file_nor_a_database_is_written_over() {
    let place = Place::new();
    let mut server = filled(&place).await;
    let file = place.path("backup.gz");
    place.run(&format!("backup {}", file.display())).said();
    let written = fs::read(&file).unwrap();
    let ran = place.run(&format!("backup {}", file.display()));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("is there already; name a new file"), "{}", ran.err);
    assert_eq!(fs::read(&file).unwrap(), written);
    assert!(!place.path("backup.gz.part").exists());

    assert_eq!(server.stop().await, Some(0));
    let ran = place.run(&format!("restore {}", file.display()));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the database is not empty"), "{}", ran.err);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_leaves_nothing() {
    let (old, new) = (Place::new(), Place::new());
    let _server = filled(&old).await;
    let file = old.path("backup.gz");
    old.run(&format!("backup {}", file.display())).said();
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&file, bytes).unwrap();
    let ran = new.run(&format!("restore {}", file.display()));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("this backup is damaged and was not restored"), "{}", ran.err);
    assert!(!new.data().exists());
}

#[tokio::test]
async fn a_check_says_what_does_not_fit_together() {
    let place = Place::new();
    let mut server = filled(&place).await;
    assert_eq!(server.stop().await, Some(0));
    let upper = [registry::MIGRATIONS, approvals::MIGRATIONS].concat();
    let migrations = [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS, &upper].concat();
    let setup = Setup { migrations, derived: ipam::DERIVED.to_vec(), ..Setup::default() };
    let db = Db::open(&Location::Directory(place.data()), setup).await.unwrap();
    db.write(&kernel::Actor::system("sabotage"), Miscount).await.unwrap();
    drop(db);
    let ran = place.run("check");
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("1 leaves /26 are assigned, but the counter says 2"), "{}", ran.out);
    assert_eq!(ran.err, "platbook: there is 1 difference\n");
}

struct Miscount;

impl Work for Miscount {
    type Out = ();
    const NAME: &'static str = "test.miscount";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<()> {
        let counters = ipam::DERIVED.iter().find(|table| table.ends_with("_count")).unwrap();
        tx.derive(&format!("UPDATE {counters} SET n = n + 1 WHERE mask = 26 AND state = 1"), &[]).await.map(drop)
    }
}
