//! What goes over a connection, where the HTTP library is stricter or terser than old clients and people need.

use std::{
    io::{ErrorKind, IoSlice, Result},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// A connection whose request lines may hold characters as people type them, and whose refusals by the HTTP library say
/// what was wrong.
///
/// Scripts for API v1 send URLs such as `...&attr_compare=>=` or `...&id=["10.0.0.0/24"]` as they are. The web servers in
/// front of the documented product take them, the library refuses them: here they are escaped before it looks.
pub(super) struct Wire<S> {
    stream: S,
    /// What the next byte that comes in belongs to.
    place: Place,
    /// Read and escaped, but not handed on yet.
    read: Vec<u8>,
    /// To be written before anything else.
    refusal: Vec<u8>,
    /// Set by a refusal: until when the rest of the request is still read.
    lingers: Option<Pin<Box<Sleep>>>,
}

/// Who still sends when the connection is closed never gets to read why.
const LINGER: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The beginning of a request, if it is one: everything before has been answered.
    Beginning,
    /// A request line.
    Line,
    /// Headers and body.
    Rest,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, place: Place::Beginning, read: Vec::new(), refusal: Vec::new(), lingers: None }
    }

    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.read.len().min(buffer.remaining());
        buffer.put_slice(&self.read[..length]);
        self.read.drain(..length);
    }
}

/// Whether the library refuses the byte in a URL although its meaning is plain.
fn is_raw(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | 0x80..)
}

fn escaped(line: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(line.len() + 64);
    for &byte in line {
        if is_raw(byte) {
            escaped.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            escaped.push(byte);
        }
    }
    escaped
}

/// Whether it begins as requests do, or goes on as a request line would: what else comes is the body of a request that was
/// answered early, and nothing of ours.
fn is_request(bytes: &[u8]) -> bool {
    let method = bytes.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    method == bytes.len() || bytes[method] == b' ' && method > 0
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        if !this.read.is_empty() {
            this.hand_on(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let new = &buffer.filled()[before..];
        let begins = this.place == Place::Beginning && is_request(new);
        if new.is_empty() || !begins && this.place != Place::Line {
            this.place = if new.is_empty() { this.place } else { Place::Rest };
            return Poll::Ready(Ok(()));
        }
        let end = new.iter().position(|byte| *byte == b'\n');
        let line = &new[..end.unwrap_or(new.len())];
        this.place = if end.is_some() { Place::Rest } else { Place::Line };
        if line.iter().copied().any(is_raw) {
            this.read = escaped(line);
            this.read.extend_from_slice(&new[line.len()..]);
            buffer.set_filled(before);
            this.hand_on(buffer);
        }
        Poll::Ready(Ok(()))
    }
}

/// What the library answers by itself when it can't read a request: a status and nothing else. Ours says why, in a form
/// that both APIs' callers read.
fn refusal(written: &[u8]) -> Option<Vec<u8>> {
    let status = written.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let (status, title, message) = match status {
        b"400" => (
            400,
            "Bad Request",
            "This is not a request of HTTP/1.1. Spaces and control characters in a URL must be escaped.",
        ),
        b"414" => (
            414,
            "URI Too Long",
            "The URL is too long: at most 65,534 bytes. Send the parameters in the body of a POST instead.",
        ),
        b"431" => (
            431,
            "Request Header Fields Too Large",
            "The URL and the headers are too large. Send the parameters in the body of a POST instead.",
        ),
        _ => return None,
    };
    let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
    if !head.lines().any(|line| line == "content-length: 0") {
        return None;
    }
    let body = json!({
        "success": 0, "message": message,
        "type": "about:blank", "title": title, "status": status, "detail": message,
    })
    .to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} {title}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    Some(answer.into_bytes())
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        while !self.refusal.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.refusal))?;
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            self.refusal.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes note of what is written; true when something else is written in its place.
    fn replaces(&mut self, written: &[u8]) -> bool {
        // Further down an answer, what looks like a refusal is something that was asked for.
        let begins = self.place != Place::Beginning;
        if !written.starts_with(b"HTTP/1.1 100") {
            self.place = Place::Beginning;
        }
        let Some(refusal) = refusal(written).filter(|_| begins) else { return false };
        self.refusal = refusal;
        self.lingers = Some(Box::pin(tokio::time::sleep(LINGER)));
        true
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads on until the client has stopped sending, or for a moment.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = &mut self.lingers else { return Poll::Ready(()) };
        if until.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        if this.replaces(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        if slices.first().is_some_and(|first| this.replaces(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        Pin::new(&mut this.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(context))?;
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        this.poll_linger(context).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// What the library reads when these pieces come in one after another.
    async fn heard(pieces: &[&str]) -> String {
        let (mut client, server) = duplex(1 << 16);
        let mut wire = Wire::new(server);
        let mut all = Vec::new();
        for piece in pieces {
            client.write_all(piece.as_bytes()).await.unwrap();
            // A small buffer, so that what is escaped does not fit at once.
            let mut read = 0;
            let mut buffer = [0; 7];
            while read < piece.len() {
                let count = wire.read(&mut buffer).await.unwrap();
                all.extend_from_slice(&buffer[..count]);
                read += count;
            }
        }
        drop(client);
        wire.read_to_end(&mut all).await.unwrap();
        String::from_utf8(all).unwrap()
    }

    #[tokio::test]
    async fn a_request_line_is_escaped_wherever_it_breaks_and_nothing_else_is() {
        let whole = heard(&["POST /a?x=>=&y=[\"ä\"] HTTP/1.1\r\nhost: \"x\"\r\n\r\n{\"a\": \"<b>\"}"]).await;
        assert_eq!(whole, "POST /a?x=%3E=&y=[%22%C3%A4%22] HTTP/1.1\r\nhost: \"x\"\r\n\r\n{\"a\": \"<b>\"}");
        let pieces = heard(&["GE", "T /a?x=", ">=", "&y=\" HTTP/1.1\r", "\n\"\r\n"]).await;
        assert_eq!(pieces, "GET /a?x=%3E=&y=%22 HTTP/1.1\r\n\"\r\n");
    }

    #[tokio::test]
    async fn the_next_request_is_escaped_too_but_a_body_after_an_early_answer_is_not() {
        let (mut client, server) = duplex(1 << 16);
        let mut wire = Wire::new(server);
        let mut hear = async |piece: &str, answer: &str| {
            client.write_all(piece.as_bytes()).await.unwrap();
            let mut buffer = [0; 256];
            let count = wire.read(&mut buffer).await.unwrap();
            wire.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(buffer[..count].to_vec()).unwrap()
        };
        assert_eq!(hear("GET /> HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n").await, "GET /%3E HTTP/1.1\r\n\r\n");
        assert_eq!(hear("PUT /< HTTP/1.1\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n").await, "PUT /%3C HTTP/1.1\r\n\r\n");
        assert_eq!(hear("GET /> is the body", "HTTP/1.1 400 Bad Request\r\n\r\nno").await, "GET /> is the body");
        assert_eq!(hear("{\"more\": 1}", "").await, "{\"more\": 1}");
    }

    #[test]
    fn only_the_librarys_own_refusals_are_replaced() {
        let own = "HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let answer = String::from_utf8(refusal(own.as_bytes()).unwrap()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(body.contains("\"success\":0") && body.contains("Send the parameters in the body of a POST"), "{body}");
        assert!(refusal(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}").is_none());
        assert!(refusal(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_none());
    }
}
