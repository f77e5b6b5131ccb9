//! Every operation of API v2 and every action of API v1, asked by everybody: nobody, people with few rights in the right
//! and in the wrong place, credentials that were good once, and an administrator. What each of them is answered stands
//! in the matrix beside this file, which is committed: a right that changes shows there, and an operation that nobody
//! has thought about is not in it, which fails.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod action;
mod operation;
mod role;
mod world;

use std::fmt::Write as _;

use product_tests::Setting;
use testkit::Engine;

use crate::{role::Role, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_do_what_on_sqlite() {
    compare(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_do_what_on_postgresql() {
    compare(Engine::Postgres).await;
}

async fn compare(engine: Engine) {
    let setting = Setting::new(engine).await;
    let actions = setting.printed("actions");
    let world = World::new(&setting).await;
    let mut rows = Vec::new();
    for (method, path) in world.operations().await {
        rows.push((format!("{method} {path}"), world.ask_all(&method, &path).await));
    }
    for line in actions.lines() {
        let (target, action) = line.split_once(' ').unwrap();
        rows.push((format!("v1 {target} {action}"), world.act_all(target, action).await));
    }
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("matrix", table(&rows));
    });
}

/// What they got, one operation in a line.
fn table(rows: &[(String, Vec<String>)]) -> String {
    let mut table = format!("{:<58}", "");
    for role in Role::ALL {
        write!(table, "{:<10}", role.name()).unwrap();
    }
    for (what, answers) in rows {
        write!(table, "\n{what:<58}").unwrap();
        for answer in answers {
            write!(table, "{answer:<10}").unwrap();
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
