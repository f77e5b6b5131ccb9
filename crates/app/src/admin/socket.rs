//! The socket in the data directory through which commands reach the running server: one line of JSON each way. Only
//! the user who runs the server, and root, are let in.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::watch,
};

use super::{Request, perform};
use crate::modules::Modules;

/// What was done, or why it was not.
pub(super) type Answer = Result<Value, String>;

/// The largest request, in bytes.
const LARGEST: u64 = 64 * 1024;
/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where it is.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join("admin.sock")
}

/// The listening end. The file goes away with this value.
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    /// The user who runs the server.
    owner: u32,
}

impl Socket {
    /// Listens in this directory, whose database must be open in this process: what is in the way there can only be
    /// left over from a process that died.
    pub(crate) fn bind(directory: &Path) -> anyhow::Result<Self> {
        let path = path(directory);
        let bind = || {
            fs::remove_file(&path).or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
            let listener = UnixListener::bind(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            let owner = fs::metadata(&path)?.uid();
            Ok::<_, io::Error>((listener, owner))
        };
        let (listener, owner) = bind().with_context(|| format!("can't listen at {}", path.display()))?;
        Ok(Self { listener, path, owner })
    }

    /// Serves until told to stop.
    pub(crate) async fn serve(self, modules: Modules, mut stop: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((stream, _)) if self.lets_in(&stream) => {
                    let modules = modules.clone();
                    tokio::spawn(async move {
                        if let Err(error) = converse(&modules, stream).await {
                            tracing::debug!(%error, "an admin command broke off");
                        }
                    });
                }
                Ok(_) => tracing::warn!("another user of this machine knocked at admin.sock"),
                Err(error) => {
                    tracing::warn!(%error, "an admin command could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// The mode of the file keeps others out, but for the moment between making it and setting its mode.
    fn lets_in(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner || peer.uid() == 0)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

async fn converse(modules: &Modules, stream: UnixStream) -> anyhow::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    tokio::time::timeout(PATIENCE, BufReader::new(from.take(LARGEST)).read_line(&mut line)).await??;
    let answer: Answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => perform(modules, &request).await.map_err(|error| error.to_string()),
        Err(_) => Err("the server does not know this request; is it of another version than this program?".to_owned()),
    };
    to.write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes()).await?;
    Ok(())
}

/// Asks the server that listens in this directory; `None` when none does.
pub(super) async fn ask(directory: &Path, request: &Request) -> anyhow::Result<Option<Answer>> {
    let path = path(directory);
    let mut stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("the server can't be reached at {}", path.display())),
    };
    stream.write_all(format!("{}\n", serde_json::to_string(request)?).as_bytes()).await?;
    let mut line = String::new();
    stream.read_to_string(&mut line).await?;
    let broke_off = || format!("the server at {} gave no answer", path.display());
    serde_json::from_str(&line).map(Some).with_context(broke_off)
}
