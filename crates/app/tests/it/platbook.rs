//! Running the program, and asking the server that it becomes.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use reqwest::{Certificate, Client, Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

/// The password of the first administrator.
pub(crate) const PASSWORD: &str = "correct-horse-battery";
/// How long a server may take to start or to stop on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A directory of a test's own, with the program's data directory in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("platbook-test-").unwrap())
    }

    /// Where the data is.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The names of what is in the data directory.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program with these words behind its name. The data is here, whatever the environment of the tests says.
    pub(crate) fn platbook(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_platbook"));
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("PLATBOOK_") && name != "PLATBOOK_TEST_RUN")
        {
            command.env_remove(name);
        }
        command.env("PLATBOOK_DATA", self.data()).env("PLATBOOK_ADMIN_PASSWORD", PASSWORD);
        command.args(words.split_whitespace()).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, words: &str) -> Ran {
        Ran::of(&self.platbook(words).output().unwrap())
    }

    /// A server on a free port of loopback.
    pub(crate) async fn serve(&self, words: &str) -> Server {
        Server::start(self.platbook(&format!("serve --listen 127.0.0.1:0 {words}"))).await
    }
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What it said, when all went well.
    #[track_caller]
    pub(crate) fn said(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}

/// A server that runs; it is killed when this value goes away.
pub(crate) struct Server {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    pub(crate) url: String,
    http: Client,
}

impl Server {
    /// Starts it and waits until it serves.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
        let mut server = Self { child, out, err, url: String::new(), http: client(None) };
        let began = Instant::now();
        while server.url.is_empty() {
            let url = server.out().lines().find_map(|line| Some(line.strip_prefix("Serving at")?.trim().to_owned()));
            server.url = url.unwrap_or_default();
            let ended = server.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "it does not serve: {}{}",
                server.out(),
                server.err()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    }

    /// The same, known by this certificate.
    pub(crate) fn trusting(mut self, certificate: &Path) -> Self {
        self.http = client(Some(certificate));
        self
    }

    /// All that it has said so far.
    pub(crate) fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    /// Waits until its log has this text in it.
    pub(crate) async fn logs(&self, text: &str) {
        let began = Instant::now();
        while !self.err().contains(text) {
            assert!(began.elapsed() < PATIENCE, "it does not log \"{text}\": {}", self.err());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All that it has logged so far.
    pub(crate) fn err(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// A request as nobody.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// The status and the text at a path, as nobody.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        answer(self.request(Method::GET, path)).await
    }

    /// What API v2 answers to the first administrator.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the body on the spot")]
    pub(crate) fn v2(&self, method: Method, path: &str, body: Value) -> impl Future<Output = Value> + use<> {
        let request = self.request(method, &format!("/api/v2{path}")).basic_auth("admin", Some(PASSWORD));
        let request = if body.is_null() { request } else { request.json(&body) };
        let path = path.to_owned();
        async move {
            let (status, text) = answer(request).await;
            assert!((200..300).contains(&status), "{path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or(Value::Null)
        }
    }

    /// What API v2 answers to the first administrator as soon as it is what is waited for.
    pub(crate) async fn until_v2(&self, path: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.v2(Method::GET, path, Value::Null).await;
            if is_it(&answer) {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "{path} stays {answer}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends it a signal: `TERM`, `HUP`, ...
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Stops it as an operator does, and returns its exit code.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.ended().await
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it does not stop: {}", self.err());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a request; answers with status and text.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// A client that trusts this certificate and no other, and follows no redirection.
pub(crate) fn client(certificate: Option<&Path>) -> Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    let trusted = certificate.map(|file| Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap());
    let policy = reqwest::redirect::Policy::none();
    Client::builder().no_proxy().redirect(policy).tls_certs_only(trusted).build().unwrap()
}

/// Gathers what a process writes.
fn collect(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let into = text.clone();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().unwrap().extend([&line, "\n"]);
        }
    });
    text
}
