//! The file that holds the master key: 32 random bytes that only its owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use kernel::{Error, Result};

use super::KEY;

/// Reads the file, or makes it when there is none.
pub(super) fn read_or_make(path: &Path) -> Result<[u8; KEY]> {
    match fs::read(path) {
        Ok(bytes) => {
            private(path)?;
            bytes.try_into().map_err(|bytes: Vec<u8>| {
                refuse(path, &format!("holds {} bytes instead of {KEY}; restore it from a backup", bytes.len()))
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(refuse(path, &format!("can't be read: {error}"))),
    }
}

/// The file appears under its name only when it is whole and on disk: half a key would be worse than none.
fn make(path: &Path) -> Result<[u8; KEY]> {
    let key: [u8; KEY] = rand::random();
    let draft = path.with_extension("key.new");
    let made = || {
        fs::remove_file(&draft).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
        let mut file = options().open(&draft)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    };
    made().map_err(|error: std::io::Error| refuse(path, &format!("can't be made: {error}")))?;
    tracing::info!(file = %path.display(), "made the master key; keep a copy of it apart from those of the database");
    Ok(key)
}

fn refuse(path: &Path, why: &str) -> Error {
    Error::conflict(format!("The master key {} {why}.", path.display()))
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// A key that everyone can read is no key.
#[cfg(unix)]
fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(|e| refuse(path, &format!("can't be read: {e}")))?.permissions().mode();
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    let file = path.display();
    Err(refuse(path, &format!("can be read by other users of this machine; run: chmod 600 {file}")))
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_read_from_then_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        let made = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), made);
        assert_eq!(fs::read(&path).unwrap(), made);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_that_a_crash_left_behind_is_in_nobodys_way() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("master.key.new"), b"half").unwrap();
        read_or_make(&directory.path().join("master.key")).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_not_taken_for_a_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        options().open(&path).unwrap().write_all(b"short").unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("holds 5 bytes instead of 32"));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("chmod 600"));
    }
}
