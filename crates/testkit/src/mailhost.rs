//! A mail server of a test's own, on loopback: Python's `aiosmtpd`, which takes nothing but what the standards allow.

use std::{
    ffi::OsString,
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{directory::free_port, watchdog::guard};

const SCRIPT: &str = include_str!("mailhost.py");
/// How long it may take to start, and a mail to arrive, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running mail server. It knows no mailbox `nobody@...`, and for `later@...` it is never ready. It and its data go
/// away with this value or with the process.
#[derive(Debug)]
pub struct Mailhost {
    port: u16,
    folder: PathBuf,
    watchdog: Child,
}

/// A mail that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The sender on the envelope.
    pub from: String,
    /// The recipients on the envelope.
    pub to: Vec<String>,
    /// The message, headers and all.
    pub text: String,
    /// Who had signed in.
    pub user: Option<String>,
    /// Whether it came over TLS.
    pub encrypted: bool,
}

impl Mailhost {
    /// The name to sign in with.
    pub const USER: &str = "platbook";
    /// The password to sign in with.
    pub const PASSWORD: &str = "the postman rings twice";

    /// Starts one. `way` is `starttls`, which it then demands, `tls`, or `none`; whoever sends must sign in, if `login`
    /// says so. It shows this certificate, which is given with its key in PEM.
    pub fn start(way: &str, login: bool, certificate: &str, key: &str) -> Self {
        Self::try_start(way, login, certificate, key).unwrap_or_else(|error| panic!("{error}"))
    }

    /// One that takes mail from everybody, without TLS.
    pub fn open() -> Self {
        Self::start("none", false, "", "")
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The mail that has arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        let entries = fs::read_dir(&self.folder).unwrap_or_else(|error| panic!("no mail: {error}"));
        let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let read = |file: &PathBuf| Received::read(&fs::read_to_string(file).unwrap_or_default());
        files.iter().map(read).collect()
    }

    /// Waits until so many mails have arrived.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        let began = Instant::now();
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(began.elapsed() < PATIENCE, "{} mails have arrived, and not {count}", received.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn try_start(way: &str, login: bool, certificate: &str, key: &str) -> Result<Self, String> {
        let known = Command::new("python3").args(["-c", "import aiosmtpd"]).output();
        if !known.is_ok_and(|known| known.status.success()) {
            return Err("the tests need a python3 with aiosmtpd: ./test installs it".to_owned());
        }
        let folder = std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let failed = |error: std::io::Error| format!("the mail server in {} can't be made: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        for (name, content) in [("mailhost.py", SCRIPT), ("certificate.pem", certificate), ("key.pem", key)] {
            fs::write(folder.join(name), content).map_err(failed)?;
        }
        let port = free_port()?;
        let (user, password) = (login.then_some(Self::USER), login.then_some(Self::PASSWORD));
        let settings = json!({
            "folder": folder, "way": way, "port": port, "user": user, "password": password,
            "certificate": folder.join("certificate.pem"), "key": folder.join("key.pem"),
        });
        let mut words: Vec<OsString> =
            ["env", "--default-signal", "setpriv", "--pdeathsig=KILL", "--", "python3"].map(OsString::from).into();
        words.extend([folder.join("mailhost.py").into(), settings.to_string().into()]);
        let host = Self { port, watchdog: guard(&folder, &words)?, folder: folder.clone() };
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(host);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(format!("the mail server did not start within {PATIENCE:?}. Its log:\n{log}"))
    }
}

impl Received {
    fn read(text: &str) -> Self {
        let mail: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("no mail: {error}"));
        let word = |name: &str| mail[name].as_str().map(str::to_owned);
        Self {
            from: word("from").unwrap_or_default(),
            to: mail["to"].as_array().into_iter().flatten().filter_map(|to| to.as_str().map(str::to_owned)).collect(),
            text: word("text").unwrap_or_default(),
            user: word("user"),
            encrypted: mail["encrypted"] == true,
        }
    }

    /// The value of a header that stands on one line; nothing when there is none.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Drop for Mailhost {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}
