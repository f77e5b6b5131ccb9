//! Listening: connections come in, over TLS or plainly, and are served until the server is told to stop.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use access::{Peer, Secure};
use axum::{Router, extract::Request};
use hyper::{
    HeaderMap,
    body::{Body, Bytes, Frame, Incoming, SizeHint},
    header::{CONNECTION, HeaderValue},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::wire::Wire;

/// How connections are protected.
#[derive(Clone)]
pub(crate) enum Transport {
    /// By TLS, here.
    Tls(Arc<rustls::ServerConfig>),
    /// Not at all: loopback, or a proxy in front that speaks TLS.
    Plain {
        /// Whether a trusted proxy stands in front.
        behind_proxy: bool,
    },
}

/// A bound port.
pub(crate) struct Listener {
    listener: TcpListener,
    transport: Transport,
}

/// How long a client may take to send its headers, or to greet in TLS.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long running requests may go on after the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(20);
/// The first byte of everybody who greets in TLS (RFC 8446, section 5.1: a record of type handshake).
const TLS_GREETING: u8 = 22;
/// What others hear on a port that speaks TLS.
const ONLY_TLS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 143\r\nconnection: close\r\n\r\n\
    This server speaks HTTPS only: use https://. If a password or a token was in this request, it has been exposed \
    on the way and must be changed.\n";

impl Listener {
    /// Binds the address.
    pub(crate) async fn bind(address: SocketAddr, transport: Transport) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|e| anyhow::anyhow!("can't listen on {address}: {e}; choose another address with --listen"))?;
        Ok(Self { listener, transport })
    }

    /// The address, with the port that was really taken.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until told to stop; then finishes the requests that run.
    pub(crate) async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of file descriptors, most likely: others must close theirs first.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
                () = told(&mut stop) => break,
            };
            stream.set_nodelay(true).ok();
            let connection =
                Connection { router: router.clone(), peer, watcher: graceful.watcher(), stop: stop.clone() };
            tokio::spawn(connection.serve(stream, self.transport.clone()));
        }
        drop(self.listener);
        if timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
    }
}

/// Returns when the server is to stop, or nobody is left to say so.
async fn told(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.map(drop).ok();
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    watcher: Watcher,
    stop: watch::Receiver<bool>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream, transport: Transport) {
        let config = match transport {
            Transport::Plain { behind_proxy } => {
                let trusted = behind_proxy || self.peer.ip().to_canonical().is_loopback();
                return self.speak(stream, Way { trusted, tls: false, behind_proxy }).await;
            }
            Transport::Tls(config) => config,
        };
        let peer = self.peer;
        let greeted = tokio::select! {
            greeted = timeout(PATIENCE, greet(stream, config)) => greeted,
            // Who has not even greeted has no request under way.
            () = told(&mut self.stop) => return,
        };
        match greeted {
            Ok(Ok(stream)) => self.speak(stream, Way { trusted: true, tls: true, behind_proxy: false }).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS greeting failed"),
            Err(_) => tracing::debug!(%peer, "a TLS greeting took too long"),
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, way: Way) {
        let Self { router, watcher, peer, .. } = self;
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            let (secure, peer) = way.read(peer.ip().to_canonical(), request.headers());
            request.extensions_mut().insert(secure);
            request.extensions_mut().insert(peer);
            let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
            let answer = router.clone().oneshot(request.map(|body| Watched { body, read: read.clone() }));
            async move {
                let mut response = answer.await?;
                if !read.load(Ordering::Relaxed) {
                    // What is left of the body must not be taken for another request.
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
        let connection = watcher.watch(http.serve_connection(TokioIo::new(Wire::new(stream)), service));
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

/// On what way the requests of a connection come.
#[derive(Clone, Copy)]
struct Way {
    /// Whether the other end is this machine or a proxy, or is known by TLS.
    trusted: bool,
    /// Whether TLS is spoken here.
    tls: bool,
    /// Whether a trusted proxy stands in front.
    behind_proxy: bool,
}

impl Way {
    /// What a request says about its way, as far as that is to be believed.
    fn read(self, ip: IpAddr, headers: &HeaderMap) -> (Secure, Peer) {
        let said = forwarded(headers, "x-forwarded-proto");
        let plainly = said.is_some_and(|proto| !proto.eq_ignore_ascii_case("https"));
        // A proxy on this machine need not be announced; it speaks TLS if it says so.
        let through_proxy = self.trusted && !self.tls && said.is_some();
        let tls = !plainly && (self.tls || self.behind_proxy || through_proxy);
        // Anybody on this machine could name another client, so only a proxy that was announced does.
        let named = if self.behind_proxy { forwarded(headers, "x-forwarded-for").and_then(address_in) } else { None };
        let address = named.unwrap_or(ip).to_canonical();
        (Secure(self.trusted && !plainly), Peer { address, tls })
    }
}

/// What the nearest proxy says in a header that each of them adds to.
fn forwarded<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let said = headers.get_all(name).iter().next_back()?.to_str().ok();
    Some(said.and_then(|list| list.rsplit(',').next()).unwrap_or_default().trim())
}

/// The address in what a proxy says, which may have a port.
fn address_in(said: &str) -> Option<IpAddr> {
    let with_port = || said.parse::<SocketAddr>().ok().map(|address| address.ip());
    said.trim_start_matches('[').trim_end_matches(']').parse().ok().or_else(with_port)
}

/// The body of a request, with a note whether it has been read to its end.
struct Watched {
    body: Incoming,
    read: Arc<AtomicBool>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn greet(
    stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
) -> std::io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != TLS_GREETING {
        refuse(stream).await?;
        return Err(std::io::Error::other("the client does not speak TLS"));
    }
    TlsAcceptor::from(config).accept(stream).await
}

/// Answers someone who does not speak TLS. What they send is read, or closing would take the answer from them.
async fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(ONLY_TLS.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = [0; 4096];
    let read_on = async { while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {} };
    timeout(Duration::from_secs(1), read_on).await.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_has_the_length_that_it_says() {
        let (head, body) = ONLY_TLS.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }

    #[test]
    fn the_nearest_proxy_says_from_whom_a_request_came() {
        let way = Way { trusted: true, tls: false, behind_proxy: true };
        let named = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            way.read(IpAddr::from([127, 0, 0, 1]), &headers).1.address.to_string()
        };
        assert_eq!(named(&["192.0.2.1"]), "192.0.2.1");
        assert_eq!(named(&["10.0.0.1, 192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(named(&["192.0.2.1", "[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(named(&["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!((named(&[]).as_str(), named(&["192.0.2.1, unknown"]).as_str()), ("127.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn the_nearest_proxy_says_how_a_request_came() {
        let way = Way { trusted: true, tls: false, behind_proxy: true };
        let plainly = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-proto", value.parse().unwrap());
            }
            let (Secure(secure), Peer { tls, .. }) = way.read(IpAddr::from([127, 0, 0, 1]), &headers);
            assert_eq!(secure, tls);
            !secure
        };
        assert!(!plainly(&[]) && !plainly(&["https"]) && !plainly(&["HTTPS"]) && !plainly(&["http, https"]));
        assert!(plainly(&["http"]) && plainly(&["https, http"]) && plainly(&["https", "http"]) && plainly(&[""]));
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client() {
        let headers = HeaderMap::from_iter([(
            hyper::header::HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static("203.0.113.9, 192.0.2.17"),
        )]);
        let peer = IpAddr::from([198, 51, 100, 1]);
        let seen = |trusted, tls, behind_proxy| {
            let (_, Peer { address, .. }) = Way { trusted, tls, behind_proxy }.read(peer, &headers);
            address.to_string()
        };
        assert_eq!(seen(true, false, true), "192.0.2.17", "the last one is what the proxy itself has seen");
        assert_eq!(seen(false, false, false), "198.51.100.1");
        assert_eq!(seen(true, true, false), "198.51.100.1");
    }

    #[test]
    fn on_this_machine_a_client_speaks_tls_if_a_proxy_says_so() {
        let way = Way { trusted: true, tls: false, behind_proxy: false };
        let said = |headers: &HeaderMap| way.read(IpAddr::from([127, 0, 0, 1]), headers);
        let local = HeaderMap::new();
        assert!(matches!(said(&local), (Secure(true), Peer { tls: false, .. })));
        let name = hyper::header::HeaderName::from_static("x-forwarded-proto");
        let proxied = HeaderMap::from_iter([(name, HeaderValue::from_static("https"))]);
        assert!(matches!(said(&proxied), (Secure(true), Peer { tls: true, .. })));
    }
}
