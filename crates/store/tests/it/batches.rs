//! Requests of one kind are done together, and each gets its own answer.

use std::sync::{Arc, Mutex, mpsc};

use kernel::{Actor, Error, Result};
use store::{Batch, Batcher, Tx};
use testkit::{Engine, actor, on_both, tokio};

use crate::world::{Planet, add, ann, database, discover, names, number};

/// What is asked of a batch of discoveries.
enum Ask {
    /// A planet with this name; none with an empty one.
    Planet(String),
    /// Two planets with one name, which the database refuses when the batch ends.
    Twins,
    /// The whole batch fails.
    Failure,
    /// The whole batch panics.
    Panic,
    /// Says that the batch runs and waits until it may go on.
    Gate(mpsc::Sender<()>, Arc<Mutex<mpsc::Receiver<()>>>),
}

struct Discoveries;

impl Batch for Discoveries {
    type Item = Ask;
    type Out = i64;
    const NAME: &'static str = "planet.discoveries";

    async fn run(items: &[(Actor, Ask)], tx: &mut Tx) -> Result<Vec<Result<i64>>> {
        let mut answers = Vec::new();
        for (actor, ask) in items {
            tx.act_as(actor.clone(), Self::NAME);
            answers.push(match ask {
                Ask::Planet(name) if name.is_empty() => Err(Error::invalid("name", "a planet has a name")),
                Ask::Planet(name) => Ok(add(tx, name).await?.id),
                Ask::Twins => {
                    add(tx, "Twin").await?;
                    Ok(add(tx, "Twin").await?.id)
                }
                Ask::Failure => return Err(Error::internal("the batch fails")),
                Ask::Panic => panic!("a comet"),
                Ask::Gate(arrived, open) => {
                    arrived.send(()).ok();
                    open.lock().unwrap().recv().ok();
                    Ok(0)
                }
            });
        }
        Ok(answers)
    }
}

type Answers = tokio::task::JoinSet<(String, Result<i64>)>;

/// Asks for these planets while a batch is held up, so that they wait together; returns when all of them wait.
async fn asked_together(batcher: &Batcher<Discoveries>, names: Vec<String>) -> Answers {
    let (arrived, has_arrived) = mpsc::channel();
    let (open, may_go_on) = mpsc::channel();
    let gate = Ask::Gate(arrived, Arc::new(Mutex::new(may_go_on)));
    let first = batcher.clone();
    let held = tokio::spawn(async move { first.submit(&ann(), gate).await });
    tokio::task::spawn_blocking(move || has_arrived.recv().unwrap()).await.unwrap();
    let mut answers = Answers::new();
    for name in names {
        let batcher = batcher.clone();
        let mut asking = Box::pin(async move {
            let answer = batcher.submit(&actor(&name).nobody(), Ask::Planet(name.clone())).await;
            (name, answer)
        });
        // Asked once, it stands in the queue.
        let waiting =
            std::future::poll_fn(|context| std::task::Poll::Ready(asking.as_mut().poll(context).is_pending()));
        assert!(waiting.await);
        answers.spawn(asking);
    }
    open.send(()).unwrap();
    held.await.unwrap().unwrap();
    answers
}

on_both!(
    each_answer_belongs_to_its_request,
    requests_that_wait_at_the_same_time_are_one_batch,
    a_refused_request_does_not_hurt_the_others,
    a_failed_batch_answers_everyone_and_the_next_one_works,
    a_batch_is_logged_for_each_person,
    whoever_goes_away_holds_nobody_up,
);

fn many(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("planet {n:03}")).collect()
}

async fn each_answer_belongs_to_its_request(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    let answers = asked_together(&batcher, many(300)).await.join_all().await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    for (name, answer) in answers {
        let planet = tx.get::<Planet>(answer.unwrap()).await.unwrap().unwrap();
        assert_eq!(planet.name, name);
    }
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 300);
}

async fn requests_that_wait_at_the_same_time_are_one_batch(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    for (_, answer) in asked_together(&batcher, many(100)).await.join_all().await {
        answer.unwrap();
    }
    // A transaction has one instant.
    assert_eq!(number(&test.db, "SELECT COUNT(DISTINCT at) FROM change").await, 1);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 100);
}

async fn a_refused_request_does_not_hurt_the_others(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    let asked = ["Mars", "", "Venus", ""].map(str::to_owned).to_vec();
    for (name, answer) in asked_together(&batcher, asked).await.join_all().await {
        assert_eq!(answer.is_err(), name.is_empty(), "{name:?}: {answer:?}");
    }
    assert_eq!(names(&test.db).await, ["Mars", "Venus"]);
}

async fn a_failed_batch_answers_everyone_and_the_next_one_works(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    for (n, bad) in [Ask::Failure, Ask::Panic, Ask::Twins].into_iter().enumerate() {
        let mut answers = asked_together(&batcher, many(10)).await;
        // Of the ten some may be done before this one comes, but then they are answered with success.
        let failing = batcher.clone();
        let failed = failing.submit(&ann(), bad).await;
        assert!(matches!(failed, Err(Error::Busy(_))), "{failed:?}");
        let mut kept = 0;
        while let Some(answer) = answers.join_next().await {
            kept += i64::from(answer.unwrap().1.is_ok());
        }
        assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, kept);
        let name = format!("after {n}");
        let id = batcher.submit(&ann(), Ask::Planet(name.clone())).await.unwrap();
        assert_eq!(number(&test.db, &format!("SELECT id FROM planet WHERE name = '{name}'")).await, id);
        clear(&test.db).await;
    }
}

async fn clear(db: &store::Db) {
    let all = crate::world::work(|tx| {
        Box::pin(async move {
            for planet in tx.find::<Planet>("1 = 1", &[]).await? {
                tx.delete(&planet).await?;
            }
            Ok(())
        })
    });
    db.write(&ann(), all).await.unwrap();
}

async fn a_batch_is_logged_for_each_person(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    for (name, answer) in asked_together(&batcher, many(5)).await.join_all().await {
        let id = answer.unwrap();
        let history = test.db.read(&ann()).await.unwrap().history("planet", id, 10).await.unwrap();
        assert_eq!(history.len(), 1);
        assert_eq!((history[0].actor.as_str(), history[0].operation.as_str()), (name.as_str(), "planet.discoveries"));
    }
}

async fn whoever_goes_away_holds_nobody_up(engine: Engine) {
    let test = database(engine).await;
    let batcher = Batcher::<Discoveries>::new(test.db.clone());
    for round in 0..5 {
        let ann = ann();
        let mut leaving = Box::pin(batcher.submit(&ann, Ask::Planet(format!("left behind {round}"))));
        std::future::poll_fn(|context| std::task::Poll::Ready(leaving.as_mut().poll(context).is_ready())).await;
        drop(leaving);
        let staying = batcher.submit(&ann, Ask::Planet(format!("planet {round}"))).await;
        assert!(staying.is_ok(), "{staying:?}");
    }
    test.db.write(&ann(), discover("Mars")).await.unwrap();
}
