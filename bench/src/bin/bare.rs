//! The yardstick: the least that an assignment costs on this machine. A program that does for each request what can't
//! be left out (read JSON, take a free block, write it, its halves and a line of history, sync, answer) and nothing
//! else: nobody signs in, nothing is checked, there is one kind of block. It takes the arguments and the requests of
//! the real one, so that the same load runs against both.
#![expect(clippy::print_stderr, reason = "it has no other place for its failure")]

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, put},
};
use clap::Parser;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

/// Takes what `platbook serve` takes.
#[derive(Parser)]
struct Arguments {
    command: String,
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

#[derive(Deserialize)]
struct Wanted {
    resource_id: i64,
    mask: u8,
    rir: String,
}

#[derive(Serialize)]
struct Given {
    id: i64,
    cidr: String,
    mask: u8,
    rir: String,
    resource_id: i64,
    parent: i64,
    state: &'static str,
}

type Ask = (Wanted, oneshot::Sender<Option<Given>>);

#[derive(Clone)]
struct App {
    queue: mpsc::UnboundedSender<Ask>,
    commits: Arc<AtomicU64>,
}

/// Blocks at the start; one in five is free.
const BLOCKS: i64 = 100_000;

/// Different sets of attributes.
const PROFILES: i64 = 360;

const SPLIT: &str = "UPDATE block SET state = 3, version = 2, child1 = ?2, child2 = ?3 WHERE id = ?1 AND version = 1";
const HALF: &str = "INSERT INTO block VALUES (?1, 1, ?2, 4, ?3, ?4, ?5, ?6, ?7, NULL, NULL, ?1)";
const HISTORY: &str = "INSERT INTO history (at, actor, items) VALUES (?1, 'admin', ?2)";
const COUNT: &str = "INSERT INTO counter VALUES (?1, 1) ON CONFLICT (profile_id) DO UPDATE SET n = n + 1";

const TABLES: &str = "
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000; PRAGMA cache_size = -65536;
CREATE TABLE block (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, parent_id INTEGER, family INTEGER NOT NULL,
  first BLOB NOT NULL, mask INTEGER NOT NULL, state INTEGER NOT NULL, holder INTEGER NOT NULL, profile_id INTEGER NOT NULL,
  child1 INTEGER, child2 INTEGER, updated_at INTEGER);
CREATE UNIQUE INDEX block_place ON block (family, first, mask);
CREATE INDEX block_list ON block (profile_id, family, first, mask);
CREATE INDEX block_holder ON block (holder, family, first, mask) WHERE holder <> 2;
CREATE TABLE history (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, items TEXT NOT NULL);
CREATE TABLE counter (profile_id INTEGER PRIMARY KEY, n INTEGER NOT NULL);";

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<()> {
    anyhow::ensure!(arguments.command == "serve", "it only serves");
    let (queue, asked) = mpsc::unbounded_channel();
    let (connection, free) = fill(&arguments.data)?;
    let commits = Arc::new(AtomicU64::new(0));
    let app = App { queue, commits: commits.clone() };
    std::thread::spawn(move || write(&connection, free, asked, &commits));
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(async |State(app): State<App>| metrics(&app)))
        .route("/api/v2/ipam/netblocks", get(|| async { Json(serde_json::json!([])) }))
        .route("/api/v2/ipam/netblocks/smart_assign", put(assign))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        ended = axum::serve(listener, router) => ended.context("serving"),
        _ = told.recv() => Ok(()),
    }
}

fn metrics(app: &App) -> String {
    format!("platbook_commits_total {}\n", app.commits.load(Ordering::Relaxed))
}

async fn assign(State(app): State<App>, Json(wanted): Json<Wanted>) -> Result<Json<Given>, StatusCode> {
    let (reply, answer) = oneshot::channel();
    app.queue.send((wanted, reply)).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    answer.await.ok().flatten().map(Json).ok_or(StatusCode::CONFLICT)
}

/// Leaves that are free, in no order: requests come from anywhere, and each finds its block in another page than the
/// last one.
struct Free {
    leaves: Vec<Leaf>,
    random: usize,
}

#[derive(Clone, Copy)]
struct Leaf {
    id: i64,
    first: u32,
    mask: u8,
    profile: i64,
}

impl Free {
    fn put(&mut self, leaf: Leaf) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.leaves.push(leaf);
        let many = self.leaves.len();
        self.leaves.swap((self.random >> 33) % many, many - 1);
    }
}

fn fill(directory: &std::path::Path) -> Result<(Connection, Free)> {
    let mut connection = Connection::open(directory.join("bare.db"))?;
    connection.execute_batch(TABLES)?;
    let (tx, mut free) = (connection.transaction()?, Free { leaves: Vec::new(), random: 7 });
    for id in 1..=BLOCKS {
        let (first, profile, is_free) = (u32::try_from(id)? << 12, id % PROFILES, id % 5 == 0);
        let (state, holder) = if is_free { (0, 2) } else { (1, 10 + id % 600) };
        tx.prepare_cached("INSERT INTO block VALUES (?1, 1, NULL, 4, ?2, 20, ?3, ?4, ?5, NULL, NULL, NULL)")?
            .execute(params![id, key(first), state, holder, profile])?;
        if is_free {
            free.put(Leaf { id, first, mask: 20, profile });
        }
    }
    tx.commit()?;
    Ok((connection, free))
}

fn key(address: u32) -> [u8; 16] {
    u128::from(address).to_be_bytes()
}

/// One writer: whatever waits is one transaction.
fn write(connection: &Connection, mut free: Free, mut asked: mpsc::UnboundedReceiver<Ask>, commits: &AtomicU64) {
    let mut next = BLOCKS + 1;
    while let Some(first) = asked.blocking_recv() {
        let mut group = vec![first];
        while let Ok(ask) = asked.try_recv() {
            group.push(ask);
        }
        let answers = together(connection, &mut free, &mut next, &group);
        commits.fetch_add(1, Ordering::Relaxed);
        let answers = answers.unwrap_or_else(|error| {
            eprintln!("bare: {error:#}");
            Vec::new()
        });
        for ((_, reply), given) in group.into_iter().zip(answers) {
            reply.send(given).ok();
        }
    }
}

fn together(connection: &Connection, free: &mut Free, next: &mut i64, group: &[Ask]) -> Result<Vec<Option<Given>>> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(group.len());
    for (wanted, _) in group {
        let Some(leaf) = free.leaves.pop() else {
            answers.push(None);
            continue;
        };
        let (low, high) = (*next, *next + 1);
        *next += 2;
        let upper = leaf.first | 1 << (31 - leaf.mask);
        connection.prepare_cached(SPLIT)?.execute([leaf.id, low, high])?;
        let mut insert = connection.prepare_cached(HALF)?;
        let mask = leaf.mask + 1;
        insert.execute(params![low, leaf.id, key(leaf.first), mask, 1, wanted.resource_id, leaf.profile])?;
        insert.execute(params![high, leaf.id, key(upper), mask, 0, 2, leaf.profile])?;
        if mask < 32 {
            free.put(Leaf { id: high, first: upper, mask, profile: leaf.profile });
        }
        let items = format!("[[\"block\",{},{{\"state\":0}},{{\"state\":3}}],[\"block\",{low},null,{{}}]]", leaf.id);
        connection.prepare_cached(HISTORY)?.execute(params![low, items])?;
        connection.prepare_cached(COUNT)?.execute([leaf.profile])?;
        let cidr = format!("{}/{mask}", std::net::Ipv4Addr::from_bits(leaf.first));
        let (rir, resource_id, parent) = (wanted.rir.clone(), wanted.resource_id, leaf.id);
        answers.push(Some(Given { id: low, cidr, mask: wanted.mask, rir, resource_id, parent, state: "assigned" }));
    }
    connection.execute_batch("COMMIT")?;
    Ok(answers)
}
