//! Random operations, compared with a model that is too simple to be wrong.
//!
//! Everything that can be done with blocks is done in random order, through the doors, on both engines, on PostgreSQL
//! through two nodes. A list of blocks in memory, in which everything is found by walking over all of it, says what
//! must come of each request: whether it is refused, which blocks are answered, and what every block is like at the
//! end. `PROPTEST_CASES` makes more runs, `PLATBOOK_MODEL_OPERATIONS` longer ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod compare;
mod naive;
mod operation;
mod request;
mod run;
mod world;

use std::sync::Mutex;

use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use testkit::Engine;

use crate::{
    operation::{Step, steps},
    run::Run,
    world::World,
};

/// Runs on each engine, unless the environment says otherwise.
const RUNS: u32 = 80;
/// Operations in a run at the most, unless the environment says otherwise.
const OPERATIONS: usize = 50;

#[test]
fn whatever_happens_on_sqlite_the_model_says_the_same() {
    hold(Engine::Sqlite);
}

#[test]
fn whatever_happens_on_two_nodes_of_postgresql_the_model_says_the_same() {
    hold(Engine::Postgres);
}

fn hold(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let runs = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { RUNS };
    let most = std::env::var("PLATBOOK_MODEL_OPERATIONS").ok().map_or(OPERATIONS, |most| most.parse().unwrap());
    let config = Config {
        cases: runs,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    // A database lives on after a run that went well: what a long life leaves in it is part of the test.
    let alive: Mutex<Option<World>> = Mutex::new(None);
    let outcome = TestRunner::new(config).run(&steps(most), |steps| {
        let world = alive.lock().unwrap().take();
        let (world, outcome) = runtime.block_on(run(engine, world, &steps));
        *alive.lock().unwrap() = world;
        outcome.map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("{why}\n\nThe steps: {steps:#?}"),
        Err(error) => panic!("{error}"),
    }
}

/// One run. Gives the database back when all went well.
async fn run(engine: Engine, world: Option<World>, steps: &[Step]) -> (Option<World>, Result<(), String>) {
    let world = match world {
        Some(world) => world,
        None => World::new(engine).await,
    };
    let mut run = Run::new(world);
    for step in steps {
        let (next, done) = run.step(step).await;
        run = next;
        if let Err(difference) = done {
            return (None, Err(run.story(&[difference])));
        }
    }
    let differences = compare::differences(&run.world, &run.naive).await;
    if !differences.is_empty() {
        return (None, Err(run.story(&differences)));
    }
    run.world.clear().await;
    (Some(run.world), Ok(()))
}
