//! An OpenLDAP server of a test's own, on loopback.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::watchdog::guard;

/// A running directory with the suffix `dc=example,dc=net`. Only `cn=reader,dc=example,dc=net` may read it, with the
/// password [`Directory::PASSWORD`]. It and its data go away with this value or with the process.
#[derive(Debug)]
pub struct Directory {
    plain: u16,
    encrypted: u16,
    watchdog: Child,
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

impl Directory {
    /// The entry below which people are.
    pub const BASE: &str = "ou=people,dc=example,dc=net";
    /// Who may read.
    pub const READER: &str = "cn=reader,dc=example,dc=net";
    /// The reader's password.
    pub const PASSWORD: &str = "look but don't touch";

    /// Starts one with these entries, in LDIF, below [`Self::BASE`]. It shows this certificate, which is given with its
    /// key in PEM.
    pub fn start(people: &str, certificate: &str, key: &str) -> Self {
        Self::try_start(people, certificate, key).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Where it speaks LDAP, and TLS after StartTLS.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.plain)
    }

    /// Where it speaks TLS from the start.
    pub fn encrypted_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.encrypted)
    }

    fn try_start(people: &str, certificate: &str, key: &str) -> Result<Self, String> {
        let slapd = program("slapd")?;
        let folder = std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let failed = |error: std::io::Error| format!("the directory in {} can't be made: {error}", folder.display());
        fs::create_dir_all(folder.join("data")).map_err(failed)?;
        for (name, content) in
            [("slapd.conf", &*configuration(&folder)), ("certificate.pem", certificate), ("key.pem", key)]
        {
            fs::write(folder.join(name), content).map_err(failed)?;
        }
        add(&folder, &format!("{TREE}{people}"))?;
        let (plain, encrypted) = (free_port()?, free_port()?);
        let urls = format!("ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{encrypted}/");
        let mut words: Vec<OsString> =
            ["env", "--default-signal", "setpriv", "--pdeathsig=KILL", "--"].map(OsString::from).into();
        // With -d it stays in the foreground.
        words.extend([slapd.into(), "-d".into(), "0".into(), "-h".into(), urls.into(), "-f".into()]);
        words.push(folder.join("slapd.conf").into());
        let directory = Self { plain, encrypted, watchdog: guard(&folder, &words)? };
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if [plain, encrypted].into_iter().all(|port| TcpStream::connect(("127.0.0.1", port)).is_ok()) {
                return Ok(directory);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(format!("slapd did not start within {PATIENCE:?}. Its log:\n{log}"))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

/// The suffix, and the one who may read.
const TREE: &str = "dn: dc=example,dc=net
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,dc=example,dc=net
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: look but don't touch

dn: ou=people,dc=example,dc=net
objectClass: organizationalUnit
ou: people

";

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix dc=example,dc=net
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact={} read by * none
",
        Directory::READER
    )
}

/// Writes entries into the database of a server that does not run.
fn add(folder: &Path, entries: &str) -> Result<(), String> {
    let mut command = Command::new(program("slapadd")?);
    let piped = command.arg("-f").arg(folder.join("slapd.conf")).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut adding = piped.spawn().map_err(|error| format!("slapadd can't be run: {error}"))?;
    if let Some(mut input) = adding.stdin.take() {
        input.write_all(entries.as_bytes()).map_err(|error| format!("slapadd does not read: {error}"))?;
    }
    let done = adding.wait_with_output().map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(format!("slapadd: {}", String::from_utf8_lossy(&done.stderr))) }
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// A program of the server: Debian keeps it where only root looks.
fn program(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| {
            "the tests need an OpenLDAP server: install one (on Debian: apt-get install slapd). It need not run; the tests \
             start their own."
                .to_owned()
        })
}
