//! What was answered survives kill -9.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use store::{Db, Location};
use testkit::{Engine, tokio};

use crate::world::{Planet, ann, discover, number, setup};

/// The directory and the first number that the child of the next test works with.
const DIRECTORY: &str = "STORE_TEST_DIRECTORY";
const FIRST: &str = "STORE_TEST_FIRST";
/// The first word of each line that acknowledges a write.
const DONE: &str = "done";
const NUMBERS_A_ROUND: u64 = 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "what the child of the next test runs"]
async fn child() {
    let directory = std::env::var(DIRECTORY).unwrap();
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let db = Db::open(&Location::parse(&directory), setup()).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let db = db.clone();
        writers.spawn(async move {
            for n in (first + writer..).step_by(8) {
                let planet = db.write(&ann(), discover(&format!("planet {n}"))).await.unwrap();
                let line = format!("\n{DONE} {} {n}\n", planet.id);
                std::io::stdout().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    writers.join_all().await;
}

fn start(directory: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The id and number of each write that the child has acknowledged.
fn acknowledged(child: &mut Child, at_least: usize) -> Vec<(i64, u64)> {
    let mut acknowledged = Vec::new();
    let mut killed = false;
    let began = Instant::now();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A line that breaks off was no acknowledgement.
        let Ok(line) = line else { break };
        let mut words = line.split(' ');
        if words.next() != Some(DONE) {
            continue;
        }
        let (Some(id), Some(n)) = (words.next(), words.next()) else { continue };
        acknowledged.push((id.parse().unwrap(), n.parse().unwrap()));
        if acknowledged.len() >= at_least && !killed {
            child.kill().unwrap();
            killed = true;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "the child is too slow");
    }
    child.wait().unwrap();
    assert!(killed, "the child ended by itself after {} writes", acknowledged.len());
    // The last line may lack its end, and with it some digits.
    acknowledged.pop();
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_write_and_its_log_survive_kill_9() {
    let place = Engine::Sqlite.place().await;
    let Location::Directory(directory) = &place.location else { panic!("not a directory") };
    let mut kept = Vec::new();
    for round in 0..6 {
        let mut child = start(directory, NUMBERS_A_ROUND * round);
        // Each round ends at another point.
        kept.extend(acknowledged(&mut child, 150 + 37 * usize::try_from(round).unwrap()));

        let db = Db::open(&place.location, setup()).await.unwrap();
        let mut tx = db.read(&ann()).await.unwrap();
        for (id, n) in &kept {
            let planet = tx.get::<Planet>(*id).await.unwrap();
            assert_eq!(planet.map(|planet| planet.name), Some(format!("planet {n}")), "round {round}");
        }
        for count in [
            // Nothing half done: a row for each entry of the log, and an entry for each row.
            "SELECT COUNT(*) FROM planet p WHERE NOT EXISTS
               (SELECT 1 FROM change_ref r WHERE r.entity = 'planet' AND r.entity_id = p.id)",
            "SELECT COUNT(*) FROM change_ref r WHERE NOT EXISTS (SELECT 1 FROM change c WHERE c.id = r.change_id)",
            "SELECT COUNT(*) FROM change_ref r WHERE NOT EXISTS (SELECT 1 FROM planet p WHERE p.id = r.entity_id)",
            "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        ] {
            assert_eq!(tx.scalar::<i64>(count, &[]).await.unwrap(), Some(0), "round {round}: {count}");
        }
    }
    assert!(kept.len() > 1_000, "{}", kept.len());
}

/// Until something is refused; then, when told that there is room again, once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "what the child of the next test runs"]
async fn child_without_room() {
    let directory = std::env::var(DIRECTORY).unwrap();
    let db = Db::open(&Location::parse(&directory), setup()).await.unwrap();
    let say = |line: &str| writeln!(std::io::stdout(), "\n{line}").unwrap();
    let mut kept = 0;
    let mut refused = 0;
    for round in 0.. {
        // Several at a time, so that a commit has something of each to lose.
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..20 {
            let db = db.clone();
            writers.spawn(async move { db.write(&ann(), discover(&format!("planet {round} {n}"))).await });
        }
        for outcome in writers.join_all().await {
            if outcome.is_ok() { kept += 1 } else { refused += 1 }
        }
        if refused > 0 {
            break;
        }
    }
    // What is there can still be read.
    assert_eq!(number(&db, "SELECT COUNT(*) FROM planet").await, kept);
    say("full");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    db.write(&ann(), discover("after")).await.unwrap();
    say(&format!("{DONE} {}", kept + 1));
}

/// A limit of the operating system stands in for the end of the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_loses_nothing_that_was_answered() {
    let place = Engine::Sqlite.place().await;
    let Location::Directory(directory) = &place.location else { panic!("not a directory") };
    let limited =
        "trap '' XFSZ; ulimit -S -f 2000; exec \"$0\" crash::child_without_room --exact --ignored --nocapture";
    let mut child = Command::new("bash")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env(DIRECTORY, directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "full"), "it never ran out of room");
    let more = Command::new("prlimit").args(["--fsize=unlimited:unlimited", "--pid", &child.id().to_string()]).status();
    assert!(more.unwrap().success());
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    let kept = lines.find_map(|line| line.strip_prefix("done ").map(str::to_owned)).expect("it does not go on");
    assert!(child.wait().unwrap().success());

    let db = Db::open(&place.location, setup()).await.unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) FROM planet").await, kept.parse::<i64>().unwrap());
    assert_eq!(number(&db, "SELECT COUNT(*) FROM change").await, kept.parse::<i64>().unwrap());
    assert_eq!(number(&db, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'").await, 0);
}
