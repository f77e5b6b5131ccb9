//! The seals over the change log, as an operator sees them.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use store::{Db, Location, Setup, Tx, Work};
use testkit::Engine;

use crate::platbook::{Place, Ran};

/// Has the server seal what somebody did: it does so at its end, at the latest.
async fn sealed(place: &Place, words: &str) {
    let mut server = place.serve(words).await;
    server.v2(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/8", "rir": "1918" })).await;
    let said = place.run(&format!("audit verify {words}")).said();
    assert!(said.contains("The change log is what was sealed"), "while the server runs: {said}");
    assert_eq!(server.stop().await, Some(0));
}

#[tokio::test]
async fn what_was_sealed_is_verified_and_what_was_changed_is_named() {
    let place = Place::new();
    sealed(&place, "").await;
    let said = place.run("audit verify").said();
    assert!(said.ends_with(" seals.\n") && !said.contains("Not sealed yet"), "{said}");
    let kept = place.path("checkpoint.json");
    fs::write(&kept, place.run("audit checkpoint").said()).unwrap();
    let with_kept = format!("audit verify --checkpoint {}", kept.display());
    place.run(&with_kept).said();

    change_behind_its_back(&place).await;
    let ran = place.run("audit verify");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.out.lines().next(), Some("entry 1, which seal 1 holds, was changed"), "{}", ran.out);
    assert_eq!(ran.err, "platbook: the change log is not what was sealed: there is 1 finding\n");
    let Ran { code, out, .. } = place.run("audit verify --json");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &report["findings"][0]["entry"], &report["findings"][0]["seal"]),
        (Some(1), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn the_seals_come_back_with_a_backup() {
    let (old, new) = (Place::new(), Place::new());
    sealed(&old, "").await;
    let kept = old.path("checkpoint.json");
    fs::write(&kept, old.run("audit checkpoint").said()).unwrap();
    let file = old.path("backup.gz");
    old.run(&format!("backup {}", file.display())).said();
    new.run(&format!("restore {}", file.display())).said();

    let ran = new.run("audit verify");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the master key is neither in the data directory nor in"), "{}", ran.err);
    assert!(!new.data().join("master.key").exists(), "looking makes no key");
    new.run(&format!("audit verify --checkpoint {}", kept.display())).said();
    fs::copy(old.data().join("master.key"), new.data().join("master.key")).unwrap();
    new.run(&format!("audit verify --checkpoint {}", kept.display())).said();
}

#[tokio::test]
async fn a_file_that_is_no_checkpoint_is_refused() {
    let place = Place::new();
    sealed(&place, "").await;
    let ran = place.run(&format!("audit verify --checkpoint {}", place.data().join("master.key").display()));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("master.key"), "{}", ran.err);
    let ran = place.run(&format!("audit verify --checkpoint {}", place.path("none").display()));
    assert!(ran.err.contains("none can't be read"), "{}", ran.err);
}

#[tokio::test]
async fn nodes_on_a_shared_database_seal_it_too() {
    let (shared, place) = (Engine::Postgres.place().await, Place::new());
    let Location::Postgres(url) = &shared.location else { panic!("not a URL: {:?}", shared.location) };
    let key = "ab".repeat(32);
    let command = |words: &str| {
        let mut command = place.platbook(words);
        command.env("PLATBOOK_DATABASE", url).env("PLATBOOK_MASTER_KEY", &key);
        command
    };
    let mut server = crate::platbook::Server::start(command("serve --listen 127.0.0.1:0")).await;
    assert_eq!(server.stop().await, Some(0));
    let said = Ran::of(&command("audit verify").output().unwrap()).said();
    assert!(said.contains("in 1 seals") && !said.contains("Not sealed yet"), "{said}");
    let checkpoint = Ran::of(&command("audit checkpoint").output().unwrap()).said();
    assert_eq!(serde_json::from_str::<Value>(&checkpoint).unwrap()["seal"], 1);
}

/// As somebody who can write the database does.
async fn change_behind_its_back(place: &Place) {
    let upper = [registry::MIGRATIONS, approvals::MIGRATIONS].concat();
    let migrations = [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS, &upper].concat();
    let setup = Setup { migrations, ..Setup::default() };
    let db = Db::open(&Location::Directory(place.data()), setup).await.unwrap();
    db.write(&kernel::Actor::system("sabotage"), PutTheBlameOnBob).await.unwrap();
}

struct PutTheBlameOnBob;

impl Work for PutTheBlameOnBob {
    type Out = ();
    const NAME: &'static str = "test.blame";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<()> {
        let tables = store::tables(&[]);
        let log = tables.iter().find(|table| *table == "change").unwrap();
        tx.derive(&format!("UPDATE {log} SET actor = 'bob' WHERE id = 1"), &[]).await.map(drop)
    }
}
