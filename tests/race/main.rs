//! Many clients want the same space at the same time: two nodes on one PostgreSQL database, and one server on SQLite.
//! Nobody is ever given what somebody else has, and in the end everything is where the answers said.
//!
//! `PLATBOOK_RACE_SECONDS` says how long, instead of a minute.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its functions as well")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::Prefix;
use product_tests::{Client, Ledger, Reply, Server, Setting, crowd};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Engine;
use tokio::task::JoinSet;

const CLIENTS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_of_one_server_on_sqlite() {
    race(Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_of_two_nodes_on_postgresql() {
    race(Engine::Postgres, 2).await;
}

async fn race(engine: Engine, nodes: usize) {
    let seconds = std::env::var("PLATBOOK_RACE_SECONDS").ok().map_or(60, |seconds| seconds.parse().unwrap());
    let setting = Setting::new(engine).await;
    let servers: Vec<Server> = (0..nodes).map(|n| setting.serve(&format!("node {n}"))).collect();
    let clients: Vec<Client> = servers.iter().map(Client::of).collect();
    let people = crowd(&clients[0], CLIENTS).await;
    let (ledger, began) = (Arc::new(Ledger::default()), Instant::now());

    let mut running = JoinSet::new();
    for (n, mut person) in people.into_iter().enumerate() {
        let (client, ledger) = (clients[n % nodes].clone(), ledger.clone());
        running.spawn(async move {
            let mut answers = 0_usize;
            while began.elapsed() < Duration::from_secs(seconds) {
                person.act(&client, &ledger).await.expect("no answer is lost while all is well");
                answers += 1;
            }
            person.recover(&client, &ledger).await;
            answers
        });
    }
    let mut answers = 0;
    while let Some(done) = running.join_next().await {
        // What one of them notices is what the test fails with; the others stop.
        answers += done.unwrap();
    }
    eprintln!("{engine:?}: {answers} answers in {seconds} s, {} blocks held in the end", ledger.all().len());

    let shown = clients[0].blocks("assigned=true").await;
    let shown = shown.iter().map(|block| (block["cidr"].as_str().unwrap(), block["resource_id"].as_i64().unwrap()));
    let mut shown: Vec<(Prefix, i64)> = shown.map(|(cidr, to)| (cidr.parse().unwrap(), to)).collect();
    shown.sort_unstable();
    assert_eq!(shown, ledger.all(), "what is assigned is not what was answered");
    servers.into_iter().for_each(Server::stop);
    setting.check();
}

/// A server on SQLite, or two nodes on PostgreSQL, with one aggregate.
async fn nodes(engine: Engine) -> (Setting, Vec<Server>, Vec<Client>) {
    let setting = Setting::new(engine).await;
    let many = if engine == Engine::Postgres { 2 } else { 1 };
    let servers: Vec<Server> = (0..many).map(|n| setting.serve(&format!("node {n}"))).collect();
    let clients: Vec<Client> = servers.iter().map(Client::of).collect();
    clients[0].done(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/20", "rir": "1918" })).await;
    (setting, servers, clients)
}

async fn resource(client: &Client) -> Value {
    client.done(Method::POST, "/resources", json!({ "name": "Ann", "type": "customer" })).await["id"].take()
}

/// Sends one request eight times at once, through all nodes; answers with what all of them were answered.
async fn eight_times(clients: &[Client], path: &str, body: Value, key: &'static str) -> Value {
    let mut sent = JoinSet::new();
    for n in 0..8 {
        let (client, path, body) = (clients[n % clients.len()].clone(), path.to_owned(), body.clone());
        sent.spawn(async move {
            loop {
                match client.ask(Method::PUT, &path, body.clone(), Some(key)).await.unwrap() {
                    Reply { status: 503, .. } => tokio::time::sleep(Duration::from_millis(20)).await,
                    reply => return reply,
                }
            }
        });
    }
    let replies = sent.join_all().await;
    for reply in &replies {
        assert_eq!((reply.status, reply), (200, &replies[0]), "{key}");
    }
    replies[0].body.clone()
}

async fn a_request_that_is_sent_again_before_it_is_answered_is_done_once(engine: Engine) {
    let (setting, servers, clients) = nodes(engine).await;
    let ann = json!({ "resource_id": resource(&clients[0]).await });
    let mut wanted = json!({ "type": "ipv4", "mask": 24 });
    wanted["resource_id"] = ann["resource_id"].clone();
    for round in 0..5 {
        let key = ["one", "two", "three", "four", "five"][round];
        let got = eight_times(&clients, "/ipam/netblocks/smart_assign", wanted.clone(), key).await;
        assert_eq!(got["cidr"], format!("10.0.{round}.0/24"));
    }
    let path = |action: &str| format!("/ipam/netblocks/10.0.8.0/24/{action}");
    eight_times(&clients, &path("direct_assign"), ann, "direct").await;
    eight_times(&clients, &path("unassign"), json!({ "skip_holding": false }), "unassign").await;
    eight_times(&clients, &path("override_holding"), Value::Null, "override").await;
    eight_times(&clients, &path("split"), json!({}), "split").await;
    eight_times(&clients, "/ipam/netblocks/10.0.8.0/25/aggregate", json!({}), "aggregate").await;
    servers.into_iter().for_each(Server::stop);
    setting.check();
}

async fn a_resource_that_is_being_deleted_gets_no_blocks(engine: Engine) {
    let (setting, servers, clients) = nodes(engine).await;
    let (one, other) = (&clients[0], &clients[clients.len() - 1]);
    let (mut deleted, mut assigned) = (0, 0);
    for _ in 0..60 {
        let id = resource(one).await;
        let path = format!("/resources/{}", id.as_str().unwrap());
        let wanted = json!({ "resource_id": id, "type": "ipv4", "mask": 28 });
        let hesitate = || tokio::time::sleep(Duration::from_micros(rand::random_range(0..8_000)));
        let (delete, assign) = tokio::join!(
            async {
                hesitate().await;
                one.ask(Method::DELETE, &path, Value::Null, None).await
            },
            async {
                hesitate().await;
                other.ask(Method::PUT, "/ipam/netblocks/smart_assign", wanted, None).await
            }
        );
        let done = (delete.unwrap().status < 300, assign.unwrap().status < 300);
        assert!(done.0 != done.1, "deleted, and given blocks: {done:?}");
        deleted += usize::from(done.0);
        assigned += usize::from(done.1);
    }
    eprintln!("{engine:?}: {deleted} resources were deleted first, {assigned} got their block first");
    servers.into_iter().for_each(Server::stop);
    setting.check();
}

testkit::on_both!(
    a_request_that_is_sent_again_before_it_is_answered_is_done_once,
    a_resource_that_is_being_deleted_gets_no_blocks,
);
