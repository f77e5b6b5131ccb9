//! A real provider of OpenID Connect of a test's own, on loopback: `oidc-provider`, which is certified.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

use reqwest::{Client, Method, Response, StatusCode, Url, header, redirect::Policy};

use crate::watchdog::guard;

/// Where `./test` puts the provider's modules.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/node/node_modules");
const SERVER: &str = include_str!("server.mjs");
/// How long it may take to start on a busy machine: it makes keys.
const PATIENCE: Duration = Duration::from_mins(1);
/// The provider sends a browser on fewer times than this during a sign-in.
const MOST_STEPS: usize = 12;

/// A running provider. It goes away with this value or with the process.
#[derive(Debug)]
pub struct IdentityProvider {
    port: u16,
    watchdog: Child,
}

impl IdentityProvider {
    /// A client of which the ID tokens are signed with RS256.
    pub const CLIENT: &str = "platbook";
    /// A client of which they are signed with ES256.
    pub const ES256_CLIENT: &str = "platbook-es256";
    /// The secret of both.
    pub const SECRET: &str = "a secret of the tests, and of nobody else";

    /// Starts one that sends browsers back to this place.
    pub async fn start(redirect_uri: &str) -> Self {
        Self::try_start(redirect_uri).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Exchanges its keys, and forgets what it has given out.
    pub async fn rotate_keys(&self) {
        let url = format!("{}/rotate", self.issuer());
        let answer = Browser::new().ask(Method::POST, &url, &[]).await;
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Signs in as a browser would that is sent to this URL, through the provider's own forms. It has the subject `name`,
    /// and is in the groups that follow it: `ann+netops+readers`. Answers with where the browser is sent back to.
    pub async fn sign_in(&self, url: &str, name: &str) -> String {
        let mut browser = Browser::new();
        let mut answer = browser.ask(Method::GET, url, &[]).await;
        for _ in 0..MOST_STEPS {
            if let Some(place) = answer.headers().get(header::LOCATION) {
                let place = place.to_str().unwrap_or_else(|error| panic!("{error}"));
                let next = answer.url().join(place).unwrap_or_else(|error| panic!("{place}: {error}"));
                if next.port() != Some(self.port) {
                    return next.into();
                }
                answer = browser.ask(Method::GET, next.as_str(), &[]).await;
                continue;
            }
            let (status, place) = (answer.status(), answer.url().clone());
            let page = answer.text().await.unwrap_or_default();
            assert_eq!(status, StatusCode::OK, "{place}: {page}");
            let form: &[(&str, &str)] = if page.contains(r#"value="login""#) {
                &[("prompt", "login"), ("login", name), ("password", "anything")]
            } else {
                &[("prompt", "consent")]
            };
            answer = browser.ask(Method::POST, place.as_str(), form).await;
        }
        panic!("the provider sends the browser on for ever");
    }

    async fn try_start(redirect_uri: &str) -> Result<Self, String> {
        if !Path::new(MODULES).join("oidc-provider").is_dir() {
            return Err(format!(
                "the tests need oidc-provider in {MODULES}: run ./test once, or npm install --prefix target/node oidc-provider@8.8.1"
            ));
        }
        let folder: PathBuf =
            std::env::temp_dir().join(format!("testkit-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        let failed = |error: std::io::Error| format!("the provider in {} can't be made: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let (server, port_file) = (folder.join("server.mjs"), folder.join("port"));
        fs::write(&server, SERVER).map_err(failed)?;
        let mut words: Vec<OsString> =
            ["env", "--default-signal", "setpriv", "--pdeathsig=KILL", "--", "node"].map(OsString::from).into();
        words.extend([server.into(), MODULES.into(), redirect_uri.into(), port_file.clone().into()]);
        let mut watchdog = guard(&folder, &words)?;
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Ok(port) = fs::read_to_string(&port_file) {
                let port = port.parse().map_err(|error| format!("{port}: {error}"))?;
                return Ok(Self { port, watchdog });
            }
            if watchdog.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err("node ended before it answered".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(format!("the provider did not start within {PATIENCE:?}. Its log:\n{log}"))
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

/// Keeps cookies, and goes nowhere by itself.
struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        // Fails when somebody has chosen a provider of cryptography before us: that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]).build();
        Self { client: client.unwrap_or_else(|error| panic!("no client: {error}")), cookies: BTreeMap::new() }
    }

    async fn ask(&mut self, method: Method, url: &str, form: &[(&str, &str)]) -> Response {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, url).header(header::COOKIE, cookies.join("; "));
        if !form.is_empty() {
            request = request.form(form);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("the provider does not answer: {error}"));
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}
