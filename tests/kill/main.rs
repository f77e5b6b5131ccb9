//! Servers are killed in the middle of work, with SIGKILL, again and again. Everything that was answered is there
//! afterwards, nothing is half done, and a request that is sent again under its key is not done twice.
//!
//! `PLATBOOK_KILLS` says how often the server on SQLite is killed, instead of 20 times; one of two nodes on PostgreSQL
//! is killed a quarter as often.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

use std::{
    io::Write as _,
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use product_tests::{Client, Ledger, Person, Reply, Server, Setting, crowd};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Engine;
use tokio::task::JoinSet;

const CLIENTS: usize = 24;
/// A server has given at most this many answers when it is killed.
const ANSWERS: usize = 150;
/// Even on a busy machine it does not take longer.
const PATIENCE: Duration = Duration::from_secs(20);

fn kills() -> usize {
    std::env::var("PLATBOOK_KILLS").ok().map_or(20, |kills| kills.parse().unwrap())
}

/// A server at work, and when it is to die.
struct Victim {
    server: Mutex<Option<Server>>,
    answers: AtomicUsize,
    /// It dies as soon as this answer has been heard.
    last: usize,
}

impl Victim {
    /// Dies at the very moment at which something has been promised, or else at any moment. The answer says after how
    /// long it dies if nobody hears so many answers.
    fn of(server: Server) -> (Arc<Self>, Duration) {
        let (server, answers) = (Mutex::new(Some(server)), AtomicUsize::new(0));
        if rand::random() {
            let last = rand::random_range(1..=ANSWERS);
            (Arc::new(Self { server, answers, last }), PATIENCE)
        } else {
            let soon = Duration::from_micros(rand::random_range(0..500_000));
            (Arc::new(Self { server, answers, last: usize::MAX }), soon)
        }
    }

    fn has_answered(&self) {
        if self.answers.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
            self.die();
        }
    }

    fn die(&self) {
        if let Some(server) = self.server.lock().unwrap().take() {
            server.kill();
        }
    }
}

/// Sets everybody to work, until an answer is lost or it is enough. After each answer something else may happen.
fn work(
    people: Vec<Person>,
    client: &Client,
    ledger: &Arc<Ledger>,
    goes_on: impl Fn() -> bool + Clone + Send + 'static,
) -> JoinSet<Person> {
    let mut running = JoinSet::new();
    for mut person in people {
        let (client, ledger, goes_on) = (client.clone(), ledger.clone(), goes_on.clone());
        running.spawn(async move {
            while person.act(&client, &ledger).await.is_ok() && goes_on() {}
            person
        });
    }
    running
}

/// Sets everybody to work on a server, which is killed meanwhile.
async fn work_until_killed(people: Vec<Person>, server: Server, ledger: &Arc<Ledger>) -> Vec<Person> {
    let client = Client::of(&server);
    let (victim, patience) = Victim::of(server);
    let hears = victim.clone();
    let running = work(people, &client, ledger, move || {
        hears.has_answered();
        true
    });
    tokio::spawn(async move {
        tokio::time::sleep(patience).await;
        victim.die();
    });
    running.join_all().await
}

/// Waits until the server can't write any more.
async fn until_full(client: &Client) {
    let began = Instant::now();
    let wish = json!({ "name": "Ann", "type": "customer" });
    while client.ask(Method::POST, "/resources", wish.clone(), None).await.unwrap().status != 503 {
        assert!(began.elapsed() < PATIENCE, "the disk is not full");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn recover(people: &mut [Person], client: &Client, ledger: &Ledger) {
    for person in people {
        person.recover(client, ledger).await;
    }
}

/// Those who were interrupted.
fn waiting(people: &[Person]) -> usize {
    people.iter().filter(|person| person.waits()).count()
}

/// A server that is killed while nobody wants anything of it proves nothing.
fn was_at_work(people: &[Person], interrupted: usize) {
    let requests: u64 = people.iter().map(Person::requests).sum();
    eprintln!("{requests} requests, {interrupted} of them interrupted by kills");
    assert!(interrupted > 0 && requests > interrupted as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_sqlite_that_is_killed_has_kept_everything() {
    let setting = Setting::new(Engine::Sqlite).await;
    let ledger = Arc::new(Ledger::default());
    let server = setting.serve("server");
    let mut people = crowd(&Client::of(&server), CLIENTS).await;
    server.stop();
    let mut interrupted = 0;
    for _ in 0..kills() {
        let server = setting.serve("server");
        let client = Client::of(&server);
        recover(&mut people, &client, &ledger).await;
        people = work_until_killed(people, server, &ledger).await;
        interrupted += waiting(&people);
        setting.check();
    }
    let server = setting.serve("server");
    recover(&mut people, &Client::of(&server), &ledger).await;
    server.stop();
    setting.check();
    was_at_work(&people, interrupted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_postgresql_that_is_killed_has_kept_everything_and_the_other_one_goes_on() {
    let setting = Setting::new(Engine::Postgres).await;
    let ledger = Arc::new(Ledger::default());
    let other = setting.serve("other node");
    let beside = Client::of(&other);
    let mut people = crowd(&beside, CLIENTS).await;
    let enough = Arc::new(AtomicBool::new(false));
    let goes_on = {
        let enough = enough.clone();
        move || !enough.load(Ordering::SeqCst)
    };
    let others = work(people.split_off(CLIENTS / 2), &beside, &ledger, goes_on);
    let mut interrupted = 0;
    for round in 0..kills().div_ceil(4) {
        let server = setting.serve("node");
        let client = Client::of(&server);
        // Whether the new node or the one that has been there all the time: both know what the killed one did.
        recover(&mut people, if round % 2 == 0 { &client } else { &beside }, &ledger).await;
        people = work_until_killed(people, server, &ledger).await;
        interrupted += waiting(&people);
        setting.check();
    }
    was_at_work(&people, interrupted);
    recover(&mut people, &beside, &ledger).await;
    enough.store(true, Ordering::SeqCst);
    let mut others = others.join_all().await;
    assert_eq!(waiting(&others), 0, "the node that lived has lost an answer");
    recover(&mut others, &beside, &ledger).await;
    other.stop();
    setting.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_and_leaves_nothing_half_done() {
    let setting = Setting::new(Engine::Sqlite).await;
    let ledger = Arc::new(Ledger::default());
    let server = setting.serve("server");
    let mut people = crowd(&Client::of(&server), CLIENTS).await;
    server.stop();
    for _ in 0..kills().div_ceil(6) {
        let server = setting.serve_on_a_full_disk("full");
        let client = Client::of(&server);
        let running = work(people, &client, &ledger, || true);
        until_full(&client).await;
        server.kill();
        people = running.join_all().await;
        let server = setting.serve("server");
        recover(&mut people, &Client::of(&server), &ledger).await;
        server.stop();
        setting.check();
    }
}

/// Sends a request and goes away before it is answered.
fn send_and_leave(url: &str, path: &str, body: &Value, key: &str) {
    let host = url.strip_prefix("http://").unwrap();
    let body = body.to_string();
    // Basic, of "admin:correct-horse-battery".
    let head = format!(
        "PUT /api/v2{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\n\
         Authorization: Basic YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(host).unwrap();
    connection.write_all((head + &body).as_bytes()).unwrap();
}

async fn asked_again(client: &Client, path: &str, body: &Value, key: &str) -> Value {
    match client.ask(Method::PUT, path, body.clone(), Some(key)).await {
        Ok(Reply { status: 200, body }) => body,
        refused => panic!("{refused:?}"),
    }
}

async fn a_lost_answer_is_heard_when_the_request_is_sent_again_even_after_a_crash(engine: Engine) {
    let setting = Setting::new(engine).await;
    let server = setting.serve("server");
    let client = Client::of(&server);
    let made = client.done(Method::POST, "/resources", json!({ "name": "Ann", "type": "customer" })).await;
    client.done(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/24", "rir": "1918" })).await;
    let (path, body) =
        ("/ipam/netblocks/smart_assign", json!({ "resource_id": made["id"], "type": "ipv4", "mask": 26 }));

    for _ in 0..3 {
        send_and_leave(&server.url, path, &body, "first");
    }
    let first = asked_again(&client, path, &body, "first").await;
    assert_eq!(first["cidr"], "10.0.0.0/26");
    assert_eq!(asked_again(&client, path, &body, "second").await["cidr"], "10.0.0.64/26");
    server.kill();

    let server = setting.serve("server");
    let client = Client::of(&server);
    assert_eq!(asked_again(&client, path, &body, "first").await, first);
    assert_eq!(asked_again(&client, path, &body, "third").await["cidr"], "10.0.0.128/26");
    let held = client.blocks("assigned=true").await;
    assert_eq!(held.len(), 3, "{held:?}");
}

testkit::on_both!(a_lost_answer_is_heard_when_the_request_is_sent_again_even_after_a_crash);
