//! A Chromium of a test's own, driven by WebDriver, with a passkey device that exists in it only (WebAuthn Level 3, 11).

use std::{
    ffi::OsString,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Child,
    time::{Duration, Instant},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::watchdog::guard;

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running browser. It goes away with this value or with the process.
#[derive(Debug)]
pub struct Chromium {
    session: String,
    client: Client,
    watchdog: Child,
}

/// A passkey device in a browser.
#[derive(Debug)]
pub struct Authenticator<'a> {
    browser: &'a Chromium,
    id: String,
}

impl Chromium {
    /// Starts one.
    pub async fn start() -> Self {
        Self::try_start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Goes to a page.
    pub async fn go(&self, url: &str) {
        self.command(Method::POST, "url", json!({"url": url})).await;
    }

    /// Runs the body of an asynchronous function in the page, with these arguments (`args`). Answers with what it
    /// returns, or with `{"error": ..}` when it throws.
    pub async fn run(&self, body: &str, args: Value) -> Value {
        let script = format!(
            "const [args, done] = arguments; (async () => {{ {body} }})().then(done, error => done({{error: `${{error}}`}}));"
        );
        self.command(Method::POST, "execute/async", json!({"script": script, "args": [args]})).await
    }

    /// Adds a passkey device that is built in. It verifies its user until it is told otherwise.
    pub async fn authenticator(&self) -> Authenticator<'_> {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "isUserConsenting": true
        });
        let id = self.command(Method::POST, "webauthn/authenticator", device).await;
        Authenticator { browser: self, id: id.as_str().unwrap_or_else(|| panic!("{id}")).to_owned() }
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        ask(&self.client, method, &format!("{}/{path}", self.session), body).await
    }

    async fn try_start() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let failed = |error: std::io::Error| format!("the browser in {} can't be made: {error}", folder.display());
        fs::create_dir_all(folder.join("profile")).map_err(failed)?;
        let mut words: Vec<OsString> =
            ["env", "--default-signal", "setpriv", "--pdeathsig=KILL", "--", "chromedriver", "--port=0"]
                .map(OsString::from)
                .into();
        words.push("--log-level=WARNING".into());
        let watchdog = guard(&folder, &words)?;
        let port = port(&folder.join("log")).await?;
        // Fails when somebody has chosen a provider of cryptography before us: that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().tls_certs_only([]).build().map_err(|error| error.to_string())?;
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        // Its own sandbox does not work in containers, nor for root.
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", &profile];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments}, "webauthn:virtualAuthenticators": true
        }}});
        let base = format!("http://127.0.0.1:{port}/session");
        let made = ask(&client, Method::POST, &base, wanted).await;
        let id = made["sessionId"].as_str().ok_or_else(|| made.to_string())?;
        Ok(Self { session: format!("{base}/{id}"), client, watchdog })
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The browser is a child of the driver, which ends it when it is told to, but not when it is killed.
        let place = self.session.trim_start_matches("http://").split_once('/');
        if let Some((host, path)) = place
            && let Ok(mut stream) = TcpStream::connect(host)
        {
            stream.set_read_timeout(Some(PATIENCE)).ok();
            write!(stream, "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok();
            // It answers when the browser has ended, and may keep the connection.
            stream.read_exact(&mut [0; 12]).ok();
        }
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

impl Authenticator<'_> {
    /// Says whether the device recognises its user from now on.
    pub async fn verify_user(&self, verified: bool) {
        self.command(Method::POST, "uv", json!({"isUserVerified": verified})).await;
    }

    /// What the device holds.
    pub async fn credentials(&self) -> Vec<Value> {
        let held = self.command(Method::GET, "credentials", Value::Null).await;
        held.as_array().cloned().unwrap_or_default()
    }

    /// Puts a credential into the device, as [`credentials`](Self::credentials) shows it, in place of all that it holds.
    pub async fn hold(&self, credential: Value) {
        self.command(Method::DELETE, "credentials", Value::Null).await;
        self.command(Method::POST, "credential", credential).await;
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        self.browser.command(method, &format!("webauthn/authenticator/{}/{path}", self.id), body).await
    }
}

/// One command of WebDriver.
async fn ask(client: &Client, method: Method, url: &str, body: Value) -> Value {
    let request = client.request(method, url);
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await.unwrap_or_else(|error| panic!("chromedriver does not answer: {error}"));
    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
    assert!(status.is_success(), "{url}: {status}: {text}");
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    answer["value"].clone()
}

/// The port that chromedriver has chosen, which it says in its log.
async fn port(log: &std::path::Path) -> Result<u16, String> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let said = fs::read_to_string(log).unwrap_or_default();
        let after = said.split_once("started successfully on port ").map(|(_, rest)| rest);
        if let Some(port) = after.and_then(|rest| rest.split_once('.')).and_then(|(port, _)| port.parse().ok()) {
            return Ok(port);
        }
        if said.contains("not found") || said.contains("No such file") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let said = fs::read_to_string(log).unwrap_or_default();
    Err(format!(
        "the tests need a Chromium: install one (on Debian: apt-get install chromium chromium-driver). The log of \
         chromedriver:\n{said}"
    ))
}
