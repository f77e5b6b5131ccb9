//! A server: a process that is killed when nobody needs it any more, whatever becomes of the test.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::program::program;

/// The password of the first administrator.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// A running server, killed on drop.
#[derive(Debug)]
pub struct Server {
    /// Where it is reached, such as `http://127.0.0.1:4711`.
    pub url: String,
    child: Child,
    log: PathBuf,
    /// Open as long as the server runs, so that it can go on speaking.
    _speech: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one on a free port, and waits until it serves. Its log goes to a file. A server
    /// dies with the thread that has started it.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        command.args(["--listen", "127.0.0.1:0", "--log-text"]);
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut speech = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            let read = speech.read_line(&mut line).unwrap();
            assert!(read > 0, "it did not start; its log:\n{}", std::fs::read_to_string(log).unwrap_or_default());
            if let Some(url) = line.strip_prefix("Serving at") {
                break url.trim().to_owned();
            }
        };
        Self { url, child, log: log.to_owned(), _speech: speech }
    }

    /// Ends it at once, as a crash does: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator does, and waits for its end.
    pub fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "the server ended with {ended}; its log is {}", self.log.display());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The program with one of its commands. Nothing of the environment's own configuration reaches it, and it dies with
/// the thread that starts it.
pub(crate) fn command(name: &str, variables: &[(&str, String)]) -> Command {
    limited(name, variables, "unlimited")
}

/// The same, but the program believes that it is so many days ago.
pub(crate) fn earlier(days: u32, name: &str, variables: &[(&str, String)]) -> Command {
    // `faketime` itself would stand between the program and whoever ends it, so it is only asked how it is done.
    let library = Command::new("faketime").args(["-f", "-1d", "printenv", "LD_PRELOAD"]).output().unwrap();
    let library = String::from_utf8(library.stdout).unwrap();
    let mut command = command(name, variables);
    command.env("LD_PRELOAD", library.trim()).env("FAKETIME", format!("-{days}d"));
    command
}

/// The same, but no file that it writes may grow beyond so many blocks of 512 bytes.
pub(crate) fn limited(name: &str, variables: &[(&str, String)], blocks: &str) -> Command {
    let mut command = Command::new("setpriv");
    // Ignored, the signal turns into an error of the write, as on a full disk.
    let shell = ["sh", "-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", blocks];
    command.args(["--pdeathsig", "KILL", "--"]).args(shell).arg(program()).arg(name).stdin(Stdio::null());
    let ours = |name: &str| name.starts_with("PLATBOOK_") && name != "PLATBOOK_TEST_RUN";
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
    command.env("PLATBOOK_ADMIN_PASSWORD", PASSWORD).envs(variables);
    command
}
