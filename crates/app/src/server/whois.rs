//! Listening for WHOIS (RFC 3912): a line comes in, an answer goes out, and the connection ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use registry::{Publication, Registry};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};

/// How long a client may take to ask and to read the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest line that is read, in bytes.
const LONGEST: usize = 512;
/// The most clients at once; more wait until one is done.
const MOST: usize = 100;

/// A bound port.
pub(crate) struct Whois {
    listener: TcpListener,
    publication: Publication,
}

impl Whois {
    /// Binds the port.
    pub(crate) async fn bind(address: SocketAddr, registry: &Registry) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("WHOIS can't listen on {address}"))?;
        tracing::info!(address = %listener.local_addr()?, "answering WHOIS");
        // The answers of WHOIS hold no links.
        let publication = Publication::new(registry.clone(), "http://localhost/rdap/")?;
        Ok(Self { listener, publication })
    }

    /// Answers until told to stop.
    pub(crate) async fn serve(self, mut stop: watch::Receiver<bool>) {
        let clients = Arc::new(Semaphore::new(MOST));
        while !*stop.borrow() && stop.has_changed().is_ok() {
            let Ok(place) = clients.clone().acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.changed() => continue,
            };
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let publication = self.publication.clone();
            tokio::spawn(async move {
                let _place = place;
                if timeout(PATIENCE, answer(stream, peer, &publication)).await.is_err() {
                    tracing::debug!(%peer, "a client of WHOIS took too long");
                }
            });
        }
    }
}

async fn answer(mut stream: TcpStream, peer: SocketAddr, publication: &Publication) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut piece = [0; LONGEST];
    while !line.contains(&b'\n') && line.len() < LONGEST {
        match stream.read(&mut piece).await? {
            0 => break,
            n => line.extend_from_slice(&piece[..n]),
        }
    }
    let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
    let text = publication.whois(peer.ip(), &String::from_utf8_lossy(line)).await;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
