//! A small made-up slice: planets, their moons, and what can be counted about them.

use std::{
    future::Future,
    marker::PhantomData,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use kernel::{Actor, Result};
use store::{Bytes, Counter, Db, Migration, Setup, Tx, Work, params};
use testkit::{Engine, TestDb, actor};

store::record! {
    /// A planet.
    pub struct Planet in "planet" secret ["password"] {
        id: i64,
        version: i64,
        name: String,
        mass: i64,
        password: Option<String>,
        spectrum: Option<Bytes>,
    }
}

store::record! {
    /// A moon.
    pub struct Moon in "moon" secret [] part_of [("planet_id", "planet")] {
        id: i64,
        version: i64,
        planet_id: i64,
        /// The moon around which this one turns.
        around: Option<i64>,
    }
}

/// How many planets there are of each mass.
pub(crate) static PLANETS: Counter = Counter::new("planet_count", &[Counter::column("mass"), Counter::column("n")]);

pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "world/0001",
    sql: "
CREATE TABLE planet (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  mass BIGINT NOT NULL,
  password TEXT,
  spectrum BYTEA
);
CREATE UNIQUE INDEX planet_name ON planet (name);
CREATE TABLE moon (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  planet_id BIGINT NOT NULL REFERENCES planet (id),
  around BIGINT REFERENCES moon (id)
);
CREATE TABLE planet_count (mass BIGINT PRIMARY KEY, n BIGINT NOT NULL);
CREATE TABLE sighting (name TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (name, at));
",
}];

pub(crate) fn setup() -> Setup {
    let derived = vec!["planet_count", "sighting"];
    Setup { migrations: MIGRATIONS.to_vec(), derived, ..Setup::default() }
}

pub(crate) async fn database(engine: Engine) -> TestDb {
    engine.database(setup()).await
}

pub(crate) fn ann() -> Actor {
    actor("ann").nobody()
}

pub(crate) fn planet(id: i64, name: &str) -> Planet {
    Planet { id, version: 1, name: name.to_owned(), mass: 1, password: None, spectrum: None }
}

/// Adds a planet with this name.
pub(crate) async fn add(tx: &mut Tx, name: &str) -> Result<Planet> {
    let new = planet(tx.new_id::<Planet>().await?, name);
    tx.insert(&new).await?;
    Ok(new)
}

/// A work made of a closure.
pub(crate) struct Do<F, T>(F, PhantomData<fn() -> T>);

pub(crate) fn work<T, F>(run: F) -> Do<F, T>
where
    F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    T: Send + 'static,
{
    Do(run, PhantomData)
}

impl<F, T> Work for Do<F, T>
where
    F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    T: Send + 'static,
{
    type Out = T;
    const NAME: &'static str = "test.work";

    async fn run(&self, tx: &mut Tx) -> Result<T> {
        (self.0)(tx).await
    }
}

/// Adds a planet with this name; answers with it.
pub(crate) struct Discover(pub(crate) String);

pub(crate) fn discover(name: &str) -> Discover {
    Discover(name.to_owned())
}

impl Work for Discover {
    type Out = Planet;
    const NAME: &'static str = "planet.discover";

    async fn run(&self, tx: &mut Tx) -> Result<Planet> {
        add(tx, &self.0).await
    }
}

/// Writes a planet's next version, if it is still as given.
pub(crate) struct Change {
    pub(crate) before: Planet,
    pub(crate) after: Planet,
}

impl Work for Change {
    type Out = Planet;
    const NAME: &'static str = "planet.change";

    async fn run(&self, tx: &mut Tx) -> Result<Planet> {
        let mut after = self.after.clone();
        tx.update(&self.before, &mut after).await?;
        Ok(after)
    }
}

/// The names of all planets, sorted.
pub(crate) async fn names(db: &Db) -> Vec<String> {
    let mut tx = db.read(&ann()).await.unwrap();
    let planets = tx.find::<Planet>("1 = 1 ORDER BY name", params![]).await.unwrap();
    planets.into_iter().map(|planet| planet.name).collect()
}

/// The number that a question answers with.
pub(crate) async fn number(db: &Db, text: &str) -> i64 {
    let mut tx = db.read(&ann()).await.unwrap();
    tx.scalar::<i64>(text, params![]).await.unwrap().unwrap()
}

/// Waits until this is so; fails when it is not so for long.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(30), "not in time: {what}");
        testkit::tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
