//! Backups: everything comes back, on either engine, or nothing does.

use std::{
    collections::BTreeSet,
    io::{self, Cursor},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kernel::{Error, Result};
use serde_json::json;
use store::{Bytes, Db, Location, Migration, RequestKey, Setup, job::NewJob, params};
use testkit::{Engine, Place, on_both, tokio};

use crate::world::{
    MIGRATIONS, Moon, PLANETS, Planet, add, ann, database, discover, names, number, planet, setup, work,
};

/// Some of everything that a database can hold.
pub(crate) async fn fill(db: &Db) {
    let fill = work(|tx| {
        Box::pin(async move {
            // More than are read or written at a time.
            for n in 0..1_203 {
                add(tx, &format!("planet {n}")).await?;
            }
            let id = tx.new_id::<Planet>().await?;
            let odd = Planet {
                name: "\u{1F30D} \"Gaia\" \\ \n\t '".to_owned(),
                mass: i64::MIN,
                password: Some(String::new()),
                spectrum: Some(Bytes((0..=255).collect())),
                ..planet(id, "")
            };
            tx.insert(&odd).await?;
            let id = tx.new_id::<Planet>().await?;
            tx.insert(&Planet { mass: i64::MAX, spectrum: Some(Bytes(vec![])), ..planet(id, "Max") }).await?;
            // Each moon turns around one that was added later.
            let first = tx.new_id::<Moon>().await?;
            let moon = |id, around| Moon { id, version: 1, planet_id: odd.id, around };
            tx.insert(&moon(first + 600, None)).await?;
            for id in (first..first + 600).rev() {
                tx.insert(&moon(id, Some(id + 1))).await?;
            }
            tx.count(&PLANETS, &[1], 1_203);
            for at in 0..700 {
                tx.derive("INSERT INTO sighting (name, at) VALUES ($1, $2)", params![format!("s{}", at % 7), at])
                    .await?;
            }
            tx.enqueue(NewJob {
                kind: "echo",
                payload: json!({"a": [1, null]}),
                key: Some("k".to_owned()),
                run_at: None,
                most_attempts: 3,
            })
            .await?;
            let key = RequestKey::new("key".to_owned(), &json!(1))?;
            tx.remember(Some(&key), &json!({"id": odd.id})).await
        })
    });
    db.write(&ann(), fill).await.unwrap();
    // Ids that are gone again are not to come back.
    for _ in 0..3 {
        let fleeting = db.write(&ann(), discover("Vulcan")).await.unwrap();
        let delete = work(move |tx| {
            let fleeting = fleeting.clone();
            Box::pin(async move { tx.delete(&fleeting).await })
        });
        db.write(&ann(), delete).await.unwrap();
    }
}

const TABLES: [(&str, &str); 16] = [
    ("planet", "id"),
    ("moon", "id"),
    ("planet_count", "mass"),
    ("sighting", "name, at"),
    ("change", "id"),
    ("change_ref", "entity, entity_id, change_id"),
    ("job", "id"),
    ("job_line", "job_id, n"),
    ("idempotency", "actor, request_key"),
    ("audit_seal", "n"),
    ("audit_head", "one"),
    ("audit_gap", "first"),
    ("audit_cut", "one"),
    ("log_retention", "id"),
    ("preview", "token"),
    ("done_once", "name"),
];

/// All rows of all tables.
pub(crate) async fn contents(db: &Db) -> Vec<(&'static str, Vec<store::Row>)> {
    let mut tx = db.read(&ann()).await.unwrap();
    let mut contents = Vec::new();
    for (table, key) in TABLES {
        let rows = tx.rows(&format!("SELECT * FROM {table} ORDER BY {key}"), params![]).await.unwrap();
        contents.push((table, rows));
    }
    contents
}

pub(crate) async fn backed_up(db: &Db) -> Vec<u8> {
    let mut file = Vec::new();
    store::backup(db, &mut file).await.unwrap();
    file
}

pub(crate) async fn restore(place: &Place, setup: Setup, file: &[u8]) -> Result<store::BackupSummary> {
    store::restore(&place.location, setup, Cursor::new(file.to_vec())).await
}

pub(crate) async fn is_empty(place: &Place) -> bool {
    match &place.location {
        Location::Directory(path) => !path.exists(),
        Location::Postgres(_) => {
            matches!(Db::open_reader(&place.location, setup()).await.err(), Some(Error::NotFound(_)))
        }
    }
}

async fn comes_back(from: Engine, to: Engine) {
    let test = database(from).await;
    fill(&test.db).await;
    let before = contents(&test.db).await;
    let mut file = Vec::new();
    let written = store::backup(&test.db, &mut file).await.unwrap();
    assert_eq!(written.rows.keys().map(String::as_str).collect::<BTreeSet<_>>(), TABLES.map(|t| t.0).into());
    assert_eq!((written.rows["planet"], written.rows["moon"], written.rows["job"]), (1_205, 601, 1));
    let highest = test.db.write(&ann(), discover("Vulcan")).await.unwrap().id;

    let place = to.place().await;
    let read = restore(&place, setup(), &file).await.unwrap();
    assert_eq!(read, written);
    let copy = place.open(setup()).await;
    assert!(contents(&copy.db).await == before, "something has changed");
    let next = copy.db.write(&ann(), discover("Vulcan")).await.unwrap().id;
    assert!(next >= highest, "the id {next} was given out before ({highest} would be next)");
    // The log goes on as well, and a second backup is as good as the first one.
    assert_eq!(copy.db.read(&ann()).await.unwrap().history("planet", next, 10).await.unwrap().len(), 1);
    let place = from.place().await;
    restore(&place, setup(), &backed_up(&copy.db).await).await.unwrap();
}

on_both!(
    everything_comes_back,
    everything_comes_back_on_the_other_engine,
    a_backup_is_of_one_instant_while_writes_go_on,
    a_backup_can_be_made_beside_the_server,
    an_empty_database_comes_back,
    a_database_that_is_not_empty_is_left_alone,
    a_backup_of_a_newer_program_is_refused,
    an_older_backup_is_brought_up_to_date,
    rows_that_the_schema_brings_are_not_added_again,
    a_full_disk_is_told,
);

async fn everything_comes_back(engine: Engine) {
    comes_back(engine, engine).await;
}

async fn everything_comes_back_on_the_other_engine(engine: Engine) {
    let other = if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite };
    comes_back(engine, other).await;
}

/// Mass moves between planets all the time, and none is ever lost; so it must be in a backup.
async fn a_backup_is_of_one_instant_while_writes_go_on(engine: Engine) {
    let test = database(engine).await;
    let first = work(|tx| {
        Box::pin(async move {
            for n in 0..2_000 {
                add(tx, &format!("planet {n:04}")).await?;
            }
            Ok(())
        })
    });
    test.db.write(&ann(), first).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (db, stopped) = (test.db.clone(), stop.clone());
    let writer = tokio::spawn(async move {
        let mut n = 0;
        while !stopped.load(Ordering::SeqCst) {
            // From a planet at one end of the table to one at the other, and a new one behind all.
            let (from, to, new) = (n * 7 % 2_000, (n * 7 + 1_000) % 2_000, format!("new {n}"));
            let moving = work(move |tx| {
                let new = new.clone();
                Box::pin(async move {
                    for (number, by) in [(from, -1), (to, 1)] {
                        let name = format!("planet {number:04}");
                        let before = tx.find::<Planet>("name = $1", params![name]).await?.remove(0);
                        tx.update(&before, &mut Planet { mass: before.mass + by, ..before.clone() }).await?;
                    }
                    add(tx, &new).await.map(drop)
                })
            });
            db.write(&ann(), moving).await.unwrap();
            n += 1;
        }
        n
    });
    let mut files = Vec::new();
    for _ in 0..3 {
        files.push(backed_up(&test.db).await);
    }
    stop.store(true, Ordering::SeqCst);
    assert!(writer.await.unwrap() > 0, "nothing was written meanwhile");
    for file in files {
        let place = Engine::Sqlite.place().await;
        restore(&place, setup(), &file).await.unwrap();
        let copy = place.open(setup()).await;
        let mass = number(&copy.db, "SELECT SUM(mass) FROM planet WHERE name LIKE 'planet %'").await;
        assert_eq!(mass, 2_000, "half of a move is in the backup");
        let new = number(&copy.db, "SELECT COUNT(*) FROM planet WHERE name LIKE 'new %'").await;
        assert_eq!(number(&copy.db, "SELECT COUNT(*) FROM change WHERE operation = 'test.work'").await, new + 2);
        let versions = number(&copy.db, "SELECT SUM(version - 1) FROM planet").await;
        assert_eq!(versions, 2 * new);
    }
}

async fn a_backup_can_be_made_beside_the_server(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let reader = Db::open_reader(&test.location, setup()).await.unwrap();
    let file = backed_up(&reader).await;
    let place = engine.place().await;
    restore(&place, setup(), &file).await.unwrap();
    assert_eq!(names(&place.open(setup()).await.db).await, ["Mars"]);
}

async fn an_empty_database_comes_back(engine: Engine) {
    let test = database(engine).await;
    let place = engine.place().await;
    let summary = restore(&place, setup(), &backed_up(&test.db).await).await.unwrap();
    let (gaps, all) = (summary.rows["audit_gap"], summary.rows.values().sum::<u64>());
    assert_eq!((gaps, all), (1, 1), "nothing but the range of ids that may be sealed");
    let copy = place.open(setup()).await;
    assert!(copy.db.write(&ann(), discover("Mars")).await.unwrap().id > 0);
}

async fn a_database_that_is_not_empty_is_left_alone(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let file = backed_up(&test.db).await;
    let other = database(engine).await;
    other.db.write(&ann(), discover("Venus")).await.unwrap();
    let place = other.closed();
    let error = restore(&place, setup(), &file).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)) && error.to_string().contains("not empty"), "{error:?}");
    assert_eq!(names(&place.open(setup()).await.db).await, ["Venus"]);
}

const RINGS: Migration = Migration {
    name: "world/0002",
    sql: "ALTER TABLE planet ADD COLUMN rings BIGINT NOT NULL DEFAULT 0;
          UPDATE planet SET rings = 7 WHERE name = 'Saturn';
          CREATE TABLE ring (id BIGINT PRIMARY KEY, version BIGINT NOT NULL);",
};

fn with_rings() -> Setup {
    Setup { migrations: [MIGRATIONS, &[RINGS]].concat(), ..setup() }
}

async fn a_backup_of_a_newer_program_is_refused(engine: Engine) {
    let test = engine.database(with_rings()).await;
    let place = engine.place().await;
    let error = restore(&place, setup(), &backed_up(&test.db).await).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)) && error.to_string().contains("newer Platbook"), "{error:?}");
    assert!(is_empty(&place).await);
}

async fn an_older_backup_is_brought_up_to_date(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    let file = backed_up(&test.db).await;
    let place = engine.place().await;
    restore(&place, with_rings(), &file).await.unwrap();
    let copy = place.open(with_rings()).await;
    assert_eq!(number(&copy.db, "SELECT rings FROM planet WHERE name = 'Saturn'").await, 7);
    assert_eq!(number(&copy.db, "SELECT COUNT(*) FROM ring").await, 0);

    // So is one that a newer program makes of a database whose server is still the older one.
    let reader = Db::open_reader(&test.location, with_rings()).await.unwrap();
    let place = engine.place().await;
    restore(&place, setup(), &backed_up(&reader).await).await.unwrap();
}

async fn rows_that_the_schema_brings_are_not_added_again(engine: Engine) {
    let seed = Migration {
        name: "world/0002",
        sql: "INSERT INTO planet (id, version, name, mass) VALUES (1, 1, 'Earth', 1);
              INSERT INTO planet (id, version, name, mass) VALUES (2, 1, 'Pluto', 1);",
    };
    let seeded = || Setup { migrations: [MIGRATIONS, &[seed]].concat(), ..setup() };
    let test = engine.database(seeded()).await;
    let change = work(|tx| {
        Box::pin(async move {
            let [earth, pluto] = [tx.get::<Planet>(1).await?.unwrap(), tx.get::<Planet>(2).await?.unwrap()];
            tx.update(&earth, &mut Planet { name: "Terra".to_owned(), ..earth.clone() }).await?;
            tx.delete(&pluto).await
        })
    });
    test.db.write(&ann(), change).await.unwrap();
    let place = engine.place().await;
    restore(&place, seeded(), &backed_up(&test.db).await).await.unwrap();
    assert_eq!(names(&place.open(seeded()).await.db).await, ["Terra"]);
}

async fn a_full_disk_is_told(engine: Engine) {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let test = database(engine).await;
    let error = store::backup(&test.db, Full).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)) && error.to_string().contains("can't be written"), "{error:?}");
}
