//! Servers of the tests' own never outlive the tests.

use std::{
    ffi::OsString,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Runs the server as a child and waits for the end of its own input. The server dies with this script as well, so
/// that neither of the two is ever alone. Arguments: the folder, then the command.
const WATCHDOG: &str = r#"
folder=$1
shift
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$folder"
"#;

/// Runs a server that has its data in this folder. The input of what is returned is a pipe: when the other end is closed,
/// by us or by the kernel after a crash, the server stops and the folder goes away.
pub(crate) fn guard(folder: &Path, command: &[OsString]) -> Result<Child, String> {
    Command::new("sh")
        .args(["-c", WATCHDOG, "testkit"])
        .arg(folder)
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Out of the reach of what ends the whole group of the tests, so that it can clear up.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("sh can't be run: {error}"))
}
