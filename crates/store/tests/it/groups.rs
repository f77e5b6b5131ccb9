//! Group commit: works that wait at the same time share one commit, and so one sync of the disk.

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
};

use testkit::{Engine, tokio};

use crate::world::{ann, database, discover, number, work};

/// How many commits the write-ahead log holds: frames that say how large the database is after them.
fn commits(database: &Path) -> usize {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    let log = std::fs::read(path).unwrap();
    let word = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let (page, salt) = (word(8) as usize, word(16));
    // Frames behind the last valid one are from an earlier round of the log and have another salt.
    (32..log.len()).step_by(24 + page).take_while(|at| word(at + 8) == salt).filter(|at| word(at + 4) > 0).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_works_that_wait_together_are_one_commit() {
    let test = database(Engine::Sqlite).await;
    let file = test.db.file().unwrap().to_owned();
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let before = commits(&file);
    test.db.write(&ann(), discover("Venus")).await.unwrap();
    assert_eq!(commits(&file), before + 1, "one work alone is one commit");

    let (arrived, has_arrived) = mpsc::channel();
    let (open, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Arc::new(Mutex::new(may_go_on));
    let gate = work(move |_| {
        let (arrived, may_go_on) = (arrived.clone(), may_go_on.clone());
        Box::pin(async move {
            arrived.send(()).ok();
            may_go_on.lock().unwrap().recv().ok();
            Ok(())
        })
    });
    let db = test.db.clone();
    let held = tokio::spawn(async move { db.write(&ann(), gate).await });
    tokio::task::spawn_blocking(move || has_arrived.recv().unwrap()).await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..64 {
        let db = test.db.clone();
        let mut write = Box::pin(async move { db.write(&ann(), discover(&format!("planet {n}"))).await });
        // Asked once, it stands in the queue.
        let queued = std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_pending()));
        assert!(queued.await);
        waiting.spawn(write);
    }
    open.send(()).unwrap();
    held.await.unwrap().unwrap();
    for outcome in waiting.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(commits(&file), before + 2);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 66);
}

#[tokio::test]
async fn a_work_that_changes_nothing_writes_nothing() {
    let test = database(Engine::Sqlite).await;
    let file = test.db.file().unwrap().to_owned();
    let before = commits(&file);
    for _ in 0..10 {
        let reading = work(|tx| Box::pin(async move { tx.rows("SELECT * FROM planet", &[]).await }));
        test.db.write(&ann(), reading).await.unwrap();
    }
    assert_eq!(commits(&file), before);
}
