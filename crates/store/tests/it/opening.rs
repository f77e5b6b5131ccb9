//! Opening a database: whose schema it has, and who else uses it.

use std::process::Command;

use kernel::Error;
use store::{Db, Location, Migration, Setup, params};
use testkit::{Engine, on_both, tokio};

use crate::world::{MIGRATIONS, ann, database, discover, names, number, setup, work};

on_both!(
    a_database_of_a_newer_program_is_refused,
    the_steps_of_a_newer_program_are_applied_once,
    a_step_that_fails_leaves_nothing,
    a_reader_sees_what_the_server_writes_but_writes_nothing,
    a_reader_refuses_a_place_without_a_database,
    a_reader_refuses_a_newer_schema,
);

const NEWER: Migration = Migration { name: "world/0002", sql: "CREATE TABLE comet (name TEXT PRIMARY KEY);" };

fn newer() -> Setup {
    Setup { migrations: [MIGRATIONS, &[NEWER]].concat(), ..setup() }
}

async fn refused(location: &Location, setup: Setup) -> Error {
    Db::open(location, setup).await.err().expect("it was opened")
}

async fn a_database_of_a_newer_program_is_refused(engine: Engine) {
    let place = engine.database(newer()).await.closed();
    let error = refused(&place.location, setup()).await;
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert!(error.to_string().contains("newer Platbook") && error.to_string().contains("world/0002"), "{error}");
    let test = place.open(newer()).await;
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM comet").await, 0);
}

async fn the_steps_of_a_newer_program_are_applied_once(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let test = test.closed().open(newer()).await;
    assert_eq!(names(&test.db).await, ["Mars"]);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM comet").await, 0);
    let test = test.restarted().await;
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM migration WHERE name NOT LIKE 'store/%'").await, 2);
}

async fn a_step_that_fails_leaves_nothing(engine: Engine) {
    let place = engine.database(setup()).await.closed();
    let broken = Migration { name: "world/0003", sql: "CREATE TABLE broken (x BIGINT, x BIGINT);" };
    let migrations = [MIGRATIONS, &[NEWER, broken]].concat();
    let error = refused(&place.location, Setup { migrations, ..setup() }).await;
    assert!(error.to_string().contains("world/0003"), "{error}");
    let test = place.open(setup()).await;
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM migration WHERE name NOT LIKE 'store/%'").await, 1);
    assert!(test.db.read(&ann()).await.unwrap().rows("SELECT * FROM comet", params![]).await.is_err());
}

async fn a_reader_sees_what_the_server_writes_but_writes_nothing(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let reader = Db::open_reader(&test.location, setup()).await.unwrap();
    assert_eq!(names(&reader).await, ["Mars"]);
    test.db.write(&ann(), discover("Venus")).await.unwrap();
    assert_eq!(names(&reader).await, ["Mars", "Venus"]);
    assert!(reader.write(&ann(), discover("Pluto")).await.is_err());
    assert_eq!(names(&test.db).await, ["Mars", "Venus"]);
    // And when nobody else has it open.
    let place = test.closed();
    assert_eq!(names(&reader).await, ["Mars", "Venus"]);
    let reader = Db::open_reader(&place.location, setup()).await.unwrap();
    assert_eq!(names(&reader).await, ["Mars", "Venus"]);
}

async fn a_reader_refuses_a_place_without_a_database(engine: Engine) {
    let place = engine.place().await;
    let error = Db::open_reader(&place.location, setup()).await.err().expect("it was opened");
    assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    if let Location::Directory(path) = &place.location {
        assert!(!path.exists(), "looking must not make anything");
    }
}

async fn a_reader_refuses_a_newer_schema(engine: Engine) {
    let test = engine.database(newer()).await;
    let error = Db::open_reader(&test.location, setup()).await.err().expect("it was opened");
    assert!(error.to_string().contains("newer Platbook"), "{error}");
    let older = database(engine).await;
    Db::open_reader(&older.location, newer()).await.unwrap();
    assert_eq!(
        number(&older.db, "SELECT COUNT(*) FROM migration WHERE name NOT LIKE 'store/%'").await,
        1,
        "a reader does not migrate"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_once() {
    let place = Engine::Postgres.place().await;
    let mut nodes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let location = place.location.clone();
        nodes.spawn(async move { Db::open(&location, setup()).await.unwrap() });
    }
    let nodes = nodes.join_all().await;
    assert_eq!(number(&nodes[0], "SELECT COUNT(*) FROM migration WHERE name NOT LIKE 'store/%'").await, 1);
}

#[tokio::test]
async fn a_directory_of_sqlite_is_opened_once_at_a_time() {
    let test = database(Engine::Sqlite).await;
    let error = refused(&test.location, setup()).await;
    assert!(matches!(error, Error::Busy(_)), "{error:?}");
    assert!(error.to_string().contains("another Platbook process"), "{error}");
    test.restarted().await;
}

/// The directory that the child of the next test opens.
const DIRECTORY: &str = "STORE_TEST_DIRECTORY";

#[tokio::test]
#[ignore = "what the child of the next test runs"]
async fn child() {
    let directory = std::env::var(DIRECTORY).unwrap();
    let error = refused(&Location::parse(&directory), setup()).await;
    assert!(matches!(error, Error::Busy(_)), "{error:?}");
    let reader = Db::open_reader(&Location::parse(&directory), setup()).await.unwrap();
    assert_eq!(names(&reader).await, ["Mars"]);
}

#[tokio::test]
async fn another_process_can_read_a_directory_of_sqlite_but_not_write() {
    let test = database(Engine::Sqlite).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let directory = test.db.file().unwrap().parent().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["opening::child", "--exact", "--ignored"])
        .env(DIRECTORY, directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
    test.db.write(&ann(), discover("Venus")).await.unwrap();
    assert_eq!(names(&test.db).await, ["Mars", "Venus"]);
}

#[test]
fn a_location_is_shown_without_its_password() {
    for url in [
        "postgres://me:secret@db.example/platbook",
        "postgresql://db.example/platbook?user=me&password=secret",
        "postgres://me:sec@ret@db.example/platbook",
    ] {
        let shown = format!("{:?}", Location::parse(url));
        assert!(!shown.contains("sec"), "{shown}");
    }
    let shown = format!("{:?}", Location::parse("postgres://me:secret@db.example/platbook"));
    assert_eq!(shown, "postgres://db.example/platbook");
    assert_eq!(format!("{:?}", Location::parse("/var/lib/platbook")), "/var/lib/platbook");
}

#[tokio::test]
async fn an_unreadable_url_is_refused_without_showing_it() {
    let location = Location::parse("postgres://me:secret@db.example:port/platbook");
    let error = refused(&location, setup()).await;
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_unreachable() {
    let location = Location::parse("postgres://me@127.0.0.1:1/platbook");
    let error = refused(&location, setup()).await;
    assert!(matches!(error, Error::Busy(_)) && error.to_string().contains("can't be reached"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_all_connections_were_cut() {
    let test = database(Engine::Postgres).await;
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for n in 0..3 {
        number(&test.db, cut).await;
        let mut tries = 0;
        // A connection that was cut is noticed when it is used; the next request has a new one.
        while let Err(error) = test.db.write(&ann(), discover(&format!("planet {n}"))).await {
            assert!(matches!(error, Error::Busy(_)), "{error:?}");
            tries += 1;
            assert!(tries < 50, "it does not come back");
        }
    }
    let reading = work(|tx| Box::pin(async move { tx.scalar::<i64>("SELECT COUNT(*) FROM planet", params![]).await }));
    assert_eq!(test.db.write(&ann(), reading).await.unwrap(), Some(3));
}
