//! A FreeRADIUS server of a test's own, on loopback.

use std::{
    ffi::OsString,
    fs,
    net::UdpSocket,
    path::Path,
    process::Child,
    time::{Duration, Instant},
};

use crate::watchdog::guard;

/// A running RADIUS server that knows `ann` with the password [`Radius::PASSWORD`], who is in the groups `network` (by
/// `Filter-Id`) and `desk` (by `Class`). It hears only who signs with [`Radius::SECRET`] by a Message-Authenticator. It and
/// its data go away with this value or with the process.
#[derive(Debug)]
pub struct Radius {
    port: u16,
    watchdog: Child,
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// What its log says when it has started.
const READY: &str = "Ready to process requests";

impl Radius {
    /// What it shares with its clients.
    pub const SECRET: &str = "a secret for the tests";
    /// The password of `ann`.
    pub const PASSWORD: &str = "correct horse battery staple";

    /// Starts one whose answers carry a Message-Authenticator.
    pub fn start() -> Self {
        Self::with(true)
    }

    /// Starts one whose answers don't, as those of older versions do not by themselves.
    pub fn unsigned() -> Self {
        Self::with(false)
    }

    fn with(signs: bool) -> Self {
        Self::try_start(signs).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn try_start(signs: bool) -> Result<Self, String> {
        let program = Path::new("/usr/sbin/freeradius");
        if !program.is_file() {
            return Err(
                "the tests need a RADIUS server: install one (on Debian: apt-get install freeradius). It need not \
                        run; the tests start their own."
                    .to_owned(),
            );
        }
        let folder = std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let failed =
            |error: std::io::Error| format!("the RADIUS server in {} can't be made: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let port = free_port()?;
        fs::write(folder.join("radiusd.conf"), configuration(&folder, port, signs)).map_err(failed)?;
        fs::write(folder.join("users"), users()).map_err(failed)?;
        // With -f it stays in the foreground.
        let words = ["env", "--default-signal", "setpriv", "--pdeathsig=KILL", "--", "/usr/sbin/freeradius", "-f"];
        let mut words: Vec<OsString> = words.map(OsString::from).into();
        words.extend(["-n", "radiusd", "-l", "stdout", "-d"].map(OsString::from));
        words.push(folder.clone().into());
        let server = Self { port, watchdog: guard(&folder, &words)? };
        let (began, mut log) = (Instant::now(), String::new());
        while began.elapsed() < PATIENCE {
            log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            if log.contains(READY) {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("freeradius did not start within {PATIENCE:?}. Its log:\n{log}"))
    }
}

impl Drop for Radius {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

fn configuration(folder: &Path, port: u16, signs: bool) -> String {
    let (folder, secret) = (folder.display(), Radius::SECRET);
    let sign = if signs { "update reply {\n &Message-Authenticator := 0x00\n }\n" } else { "" };
    format!(
        "prefix = /usr
logdir = {folder}
raddbdir = {folder}
run_dir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/pid
security {{
  reject_delay = 0
}}
log {{
  destination = stdout
}}
thread pool {{
  start_servers = 1
  max_servers = 2
}}
modules {{
  pap {{
  }}
  files {{
    usersfile = {folder}/users
  }}
}}
client tests {{
  ipaddr = 127.0.0.1
  secret = \"{secret}\"
  require_message_authenticator = yes
}}
server tests {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    files
    pap
  }}
  authenticate {{
    pap
  }}
  post-auth {{
    {sign}
    Post-Auth-Type REJECT {{
      {sign}
    }}
  }}
}}
"
    )
}

fn users() -> String {
    format!("\"ann\" Cleartext-Password := \"{}\"\n\tFilter-Id = \"network\",\n\tClass = \"desk\"\n", Radius::PASSWORD)
}

fn free_port() -> Result<u16, String> {
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    socket.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
