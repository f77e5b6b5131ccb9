//! A backup that is not whole is refused, and the place stays empty.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use kernel::Error;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use store::params;
use testkit::{Engine, on_both, tokio};

use crate::{
    backups::{backed_up, contents, fill, is_empty, restore},
    world::{Moon, ann, database, discover, number, setup, work},
};

on_both!(
    a_shortened_backup_is_refused_and_leaves_nothing,
    a_falsified_backup_is_refused_and_leaves_nothing,
    references_are_checked_again_after_a_restore,
);

fn gzipped(text: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

async fn a_shortened_backup_is_refused_and_leaves_nothing(engine: Engine) {
    let test = database(engine).await;
    fill(&test.db).await;
    let file = backed_up(&test.db).await;
    let place = engine.place().await;
    let mut lengths = vec![0, 1, 10, 100, file.len() / 2, file.len() - 9, file.len() - 8, file.len() - 1];
    lengths.sort_unstable();
    for length in lengths {
        let error = restore(&place, setup(), &file[..length]).await.unwrap_err();
        assert!(matches!(error, Error::Conflict(_)), "{length}: {error:?}");
        assert!(is_empty(&place).await, "{length}");
    }
    let longer = [&file[..], b"x"].concat();
    assert!(restore(&place, setup(), &longer).await.unwrap_err().to_string().contains("something follows"));
    let twice = [&file[..], &file[..]].concat();
    assert!(restore(&place, setup(), &twice).await.is_err());
    assert!(is_empty(&place).await);
    restore(&place, setup(), &file).await.unwrap();
}

#[tokio::test]
async fn a_changed_byte_is_noticed_wherever_it_is() {
    let test = database(Engine::Sqlite).await;
    for name in ["Mars", "Venus", "Pluto"] {
        test.db.write(&ann(), discover(name)).await.unwrap();
    }
    let (file, whole) = (backed_up(&test.db).await, contents(&test.db).await);
    let (mut refused, mut harmless) = (0, 0);
    for at in (0..file.len()).step_by(13).chain(file.len() - 12..file.len()) {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        let place = Engine::Sqlite.place().await;
        if let Err(error) = restore(&place, setup(), &changed).await {
            assert!(matches!(error, Error::Conflict(_)), "{at}: {error:?}");
            assert!(is_empty(&place).await, "{at}");
            refused += 1;
        } else {
            // Such as the time stamp of the compression.
            assert!(contents(&place.open(setup()).await.db).await == whole, "{at}");
            harmless += 1;
        }
    }
    assert!(refused > 20 && harmless < 5, "{refused} refused, {harmless} harmless");
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    for file in [b"hello".to_vec(), gzipped(""), gzipped("hello\n"), gzipped("{\"format\":\"other\"}\n")] {
        let place = Engine::Sqlite.place().await;
        assert!(matches!(restore(&place, setup(), &file).await, Err(Error::Conflict(_))));
        assert!(is_empty(&place).await);
    }
}

/// What is done to the lines of a backup.
type Change = fn(&mut Vec<Json>);

/// The backup with other lines, whose last one has the right checksum all the same.
fn falsified(file: &[u8], change: impl FnOnce(&mut Vec<Json>)) -> Vec<u8> {
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(&mut lines);
    let mut footer = lines.pop().unwrap();
    let mut text = lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n");
    if footer.get("sha256").is_some() {
        let hash = Sha256::digest(&text);
        footer["sha256"] = hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")).into();
    }
    writeln!(text, "{footer}").unwrap();
    gzipped(&text)
}

/// The place of the line before the rows of a table.
fn head(lines: &[Json], table: &str) -> usize {
    lines.iter().position(|line| line["table"] == table).unwrap()
}

async fn a_falsified_backup_is_refused_and_leaves_nothing(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let file = backed_up(&test.db).await;
    let place = engine.place().await;
    let changes: [(&str, Change); 13] = [
        ("a newer format", |lines| lines[0]["version"] = json!(2)),
        ("another format", |lines| lines[0]["format"] = json!("tar")),
        ("a row less", |lines| _ = lines.remove(head(lines, "planet") + 1)),
        ("a row twice", |lines| lines.insert(head(lines, "planet") + 1, lines[head(lines, "planet") + 1].clone())),
        ("a table less", |lines| _ = lines.remove(head(lines, "moon"))),
        ("a table twice", |lines| lines.insert(head(lines, "moon"), lines[head(lines, "moon")].clone())),
        ("another table", |lines| {
            let at = head(lines, "moon");
            lines[at]["table"] = json!("sun");
        }),
        ("another column", |lines| {
            let at = head(lines, "moon");
            lines[at]["columns"][1] = json!("sun");
        }),
        ("a value less", |lines| {
            let at = head(lines, "planet") + 1;
            lines[at].as_array_mut().unwrap().pop();
        }),
        ("a value of another type", |lines| {
            let at = head(lines, "planet") + 1;
            lines[at][3] = json!("heavy");
        }),
        ("a row before all tables", |lines| lines.insert(1, json!([1, 2]))),
        ("no last line", |lines| _ = lines.pop()),
        ("another count", |lines| lines.last_mut().unwrap()["rows"]["planet"] = json!(2)),
    ];
    for (what, change) in changes {
        let error = restore(&place, setup(), &falsified(&file, change)).await.unwrap_err();
        assert!(matches!(error, Error::Conflict(_)), "{what}: {error:?}");
        assert!(is_empty(&place).await, "{what}");
    }
    restore(&place, setup(), &falsified(&file, |_| {})).await.unwrap();
}

async fn references_are_checked_again_after_a_restore(engine: Engine) {
    let test = database(engine).await;
    fill(&test.db).await;
    let file = backed_up(&test.db).await;
    let orphan = falsified(&file, |lines| {
        let at = head(lines, "moon") + 1;
        lines[at][2] = json!(404_404);
    });
    let place = engine.place().await;
    let error = restore(&place, setup(), &orphan).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert!(is_empty(&place).await);

    restore(&place, setup(), &file).await.unwrap();
    let copy = place.open(setup()).await;
    let orphan = work(|tx| {
        Box::pin(async move {
            let id = tx.new_id::<Moon>().await?;
            tx.insert(&Moon { id, version: 1, planet_id: 404_404, around: None }).await?;
            // Said at once, not at the end.
            let at_once = tx.rows("SELECT 1", params![]).await.is_err();
            Ok(at_once)
        })
    });
    assert!(copy.db.write(&ann(), orphan).await.is_err());
    let deferrable = "SELECT COUNT(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable";
    if engine == Engine::Postgres {
        assert_eq!(number(&copy.db, deferrable).await, 0);
    }
}
