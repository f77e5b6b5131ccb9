//! A PostgreSQL server of the tests' own.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::watchdog::guard;

/// A running server. Its data lie in a folder of the system's temporary directory; server and folder go away with
/// this value or with the process, however that ends.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    bin: PathBuf,
    /// Its input is a pipe. When the other end is closed, by us or by the kernel after a crash, it stops the server.
    watchdog: Child,
}

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

impl Server {
    /// The server that all tests of this process share, started when the first one asks.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::try_start(true)) {
            Ok(server) => server,
            Err(error) => panic!("{error}"),
        }
    }

    /// A server for one test alone, such as one that stops it. `fsync` says whether it waits for the disk.
    pub fn start(fsync: bool) -> Self {
        Self::try_start(fsync).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The URL of a database on this server; `postgres` always exists.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_string_lossy().replace('%', "%25").replace('/', "%2F").replace(' ', "%20");
        format!("postgres://postgres@{folder}/{database}")
    }

    /// The id of the server's main process, whose children serve the connections.
    pub fn process(&self) -> u32 {
        let file = fs::read_to_string(self.folder.join("postmaster.pid")).unwrap_or_default();
        let first = file.lines().next().and_then(|line| line.trim().parse().ok());
        first.unwrap_or_else(|| panic!("PostgreSQL does not say its process id"))
    }

    /// Removes a database and whoever is connected to it. Nobody waits for that.
    pub(crate) fn forget(&self, database: &str) {
        let mut command = Command::new(self.bin.join("dropdb"));
        command.args(["--force", "--if-exists", "--username=postgres", "--host"]).arg(&self.folder).arg(database);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // When the server is gone, so is the database.
        command.spawn().ok();
    }

    fn try_start(fsync: bool) -> Result<Self, String> {
        let bin = binaries()?;
        let folder = std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        initialise(&bin, &folder)?;
        let mut words: Vec<OsString> = as_postgres().into_iter().map(OsString::from).collect();
        words.extend([bin.join("postgres").into(), "-D".into(), folder.clone().into()]);
        for setting in [
            format!("fsync={}", if fsync { "on" } else { "off" }),
            format!("unix_socket_directories={}", folder.display()),
            "listen_addresses=".to_owned(),
            "max_connections=400".to_owned(),
            "shared_buffers=64MB".to_owned(),
        ] {
            words.extend(["-c".into(), setting.into()]);
        }
        let watchdog = guard(&folder, &words)?;
        let server = Self { folder, bin, watchdog };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let asked = Command::new(self.bin.join("pg_isready"))
                .args(["--quiet", "--dbname=postgres", "--host"])
                .arg(&self.folder)
                .status();
            if asked.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL did not start within {PATIENCE:?}. Its log:\n{log}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

/// Makes the folder and an empty cluster in it.
fn initialise(bin: &Path, folder: &Path) -> Result<(), String> {
    let command = as_postgres();
    let made = Command::new(command[0])
        .args(&command[1..])
        .arg(bin.join("initdb"))
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
        .args(["--no-sync", "--no-instructions", "--pgdata"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} can't be run: {error}", command[0]))?;
    if made.status.success() {
        return Ok(());
    }
    fs::remove_dir_all(folder).ok();
    Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)))
}

/// What stands before a command of PostgreSQL: signals reach it from its first moment (a shell makes what runs in the
/// background deaf to some), it dies with its parent, and does not run as root, which it refuses.
fn as_postgres() -> Vec<&'static str> {
    let mut words = vec!["env", "--default-signal", "setpriv", "--pdeathsig=QUIT"];
    if fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0) {
        words.extend(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    words.push("--");
    words
}

/// Where the newest server on this machine has its programs: Debian's place, or a folder of `PATH`.
fn binaries() -> Result<PathBuf, String> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let mut versions: Vec<_> = debian.collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .map(|version| version.join("bin"))
        .chain(std::env::split_paths(&path))
        .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .ok_or_else(|| {
            "the tests need a PostgreSQL server: install one (on Debian: apt-get install postgresql). It need not \
             run; the tests start their own."
                .to_owned()
        })
}
