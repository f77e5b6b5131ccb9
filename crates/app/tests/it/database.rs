//! One database, and who may use it.

use reqwest::Method;
use serde_json::{Value, json};
use store::{Db, Location, Migration, Setup};
use testkit::Engine;

use crate::platbook::{Place, Server};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused() {
    let place = Place::new();
    let server = place.serve("").await;
    let ran = place.run("serve --listen 127.0.0.1:0");
    assert_eq!(ran.code, Some(1));
    let said = format!("platbook: another Platbook process is using {}; stop it first\n", place.data().display());
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", said.as_str()));
    assert_eq!(server.get("/readyz").await.0, 200, "the first one goes on");
    assert!(place.data().join("admin.sock").exists());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_no_password_is_lost() {
    let (first, second) = (Place::new(), Place::new());
    let server = first.serve("").await;
    let address = server.url.strip_prefix("http://").unwrap();
    let ran = second.run(&format!("serve --listen {address}"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains(&format!("can't listen on {address}")) && ran.err.contains("--listen"), "{}", ran.err);
    let server = second.serve("").await;
    assert!(server.out().contains("The first administrator"), "nobody has seen the password yet");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    let future = Migration { name: "future/0001", sql: "CREATE TABLE hovercraft (id BIGINT PRIMARY KEY);" };
    let setup = Setup { migrations: vec![future], ..Setup::default() };
    drop(Db::open(&Location::Directory(place.data()), setup).await.unwrap());
    for words in ["serve --listen 127.0.0.1:0", "migrate", "admin user list", "backup never.gz", "check"] {
        let ran = place.run(words);
        assert_eq!(ran.code, Some(1), "{words}");
        assert!(ran.err.contains("this was written by a newer Platbook (it has future/0001"), "{words}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_database_can_be_brought_up_to_date_ahead_of_the_start() {
    let place = Place::new();
    assert_eq!(place.run("migrate").said(), "The database is up to date.\n");
    let server = place.serve("").await;
    assert_eq!(server.get("/readyz").await.0, 200);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_share_one_postgresql_database() {
    let (one, other, database) = (Place::new(), Place::new(), Engine::Postgres.place().await);
    let Location::Postgres(url) = &database.location else { panic!("{:?}", database.location) };
    let start = |place: &Place| {
        let mut command = place.platbook("serve --listen 127.0.0.1:0");
        command.env("PLATBOOK_DATABASE", url).env("PLATBOOK_MASTER_KEY", KEY);
        Server::start(command)
    };
    let (mut one, mut other) = tokio::join!(start(&one), start(&other));
    let made = [&one, &other].iter().filter(|node| node.out().contains("The first administrator")).count();
    assert_eq!(made, 1, "one of them made the first administrator");

    one.v2(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/24", "rir": "1918" })).await;
    let section = json!({ "name": "Customer", "type": "section", "slug": "customer" });
    one.v2(Method::POST, "/resources", section).await;
    let ann = json!({ "name": "Ann", "type": "entry", "section": "customer" });
    let ann = other.v2(Method::POST, "/resources", ann).await["id"].take();
    let wanted = json!({ "resource_id": ann, "type": "ipv4", "mask": 26, "rir": "1918" });
    let mut blocks = Vec::new();
    for node in [&one, &other, &one, &other] {
        let block = node.v2(Method::PUT, "/ipam/netblocks/smart_assign", wanted.clone()).await;
        blocks.push(block["cidr"].as_str().unwrap().to_owned());
    }
    blocks.sort();
    assert_eq!(blocks, ["10.0.0.0/26", "10.0.0.128/26", "10.0.0.192/26", "10.0.0.64/26"]);
    let held = |node: &Server| {
        node.v2(Method::GET, &format!("/ipam/netblocks?resource_id={}", ann.as_str().unwrap()), Value::Null)
    };
    let (a, b) = tokio::join!(held(&one), held(&other));
    assert_eq!(a, b);
    assert_eq!((one.stop().await, other.stop().await), (Some(0), Some(0)));
}

#[tokio::test]
async fn with_postgresql_the_master_key_must_be_given() {
    let (place, database) = (Place::new(), Engine::Postgres.place().await);
    let Location::Postgres(url) = &database.location else { panic!("{:?}", database.location) };
    let ran = place.run(&format!("serve --database {url}"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("PLATBOOK_MASTER_KEY: must be set, to the same value on every node"), "{}", ran.err);
    let ran = place.run("serve --database mysql://root:secret@localhost/x");
    assert!(
        ran.err.contains("must be a URL that begins with postgres://") && !ran.err.contains("secret"),
        "{}",
        ran.err
    );
}
