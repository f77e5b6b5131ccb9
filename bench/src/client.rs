//! A client that costs next to nothing: requests are made before the clock runs, and of an answer only the status and
//! the length are read.

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// A request without a body.
    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path, &[])
    }

    /// A request of API v2 with a JSON body.
    pub(crate) fn json(method: &str, path: &str, body: &Value) -> Self {
        Self::new(method, path, body.to_string().as_bytes())
    }

    /// Any request, signed in as the administrator by HTTP Basic.
    pub(crate) fn new(method: &str, path: &str, body: &[u8]) -> Self {
        let user = STANDARD.encode(format!("{}:{}", crate::product::USER, crate::product::PASSWORD));
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Basic {user}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Self([head.as_bytes(), body].concat())
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How much of the buffer is the last answer: all, and its head.
    filled: usize,
    head: usize,
}

impl Connection {
    /// To this port on loopback.
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 1 << 16], filled: 0, head: 0 })
    }

    /// Sends a request and reads the whole answer; returns its status.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<u16> {
        self.stream.write_all(&request.0).await?;
        (self.filled, self.head) = (0, 0);
        let mut wanted = None;
        while wanted.is_none_or(|wanted| self.filled < wanted) {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            if read == 0 {
                bail!("the server closed the connection");
            }
            self.filled += read;
            if wanted.is_none()
                && let Some(end) = self.buffer[..self.filled].windows(4).position(|four| four == b"\r\n\r\n")
            {
                self.head = end + 4;
                wanted = Some(self.head + length(&self.buffer[..end])?);
            }
        }
        let status = self.buffer.get(9..12).and_then(|digits| str::from_utf8(digits).ok());
        status.and_then(|digits| digits.parse().ok()).context("an answer without a status")
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.head..self.filled]
    }

    /// Sends a request whose answer must be a success, and reads it.
    pub(crate) async fn call(&mut self, request: &Request) -> Result<Value> {
        let line = || String::from_utf8_lossy(&request.0).lines().next().unwrap_or_default().to_owned();
        let status = self.ask(request).await.with_context(line)?;
        if !(200..300).contains(&status) {
            bail!("{}: {status} {}", line(), String::from_utf8_lossy(self.body()));
        }
        Ok(serde_json::from_slice(self.body()).unwrap_or(Value::Null))
    }
}

/// The content length that a head names. An answer without a body (204) names none.
fn length(head: &[u8]) -> Result<usize> {
    if head.get(9..12) == Some(b"204") {
        return Ok(0);
    }
    let name = b"\r\ncontent-length: ";
    let at = head.windows(name.len()).position(|text| text.eq_ignore_ascii_case(name));
    let value = &head[at.context("an answer without a length")? + name.len()..];
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Ok(str::from_utf8(&value[..digits])?.parse()?)
}
