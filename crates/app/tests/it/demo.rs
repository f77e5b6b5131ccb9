//! The demo, from its first line to its end.

use std::path::Path;

use serde_json::Value;

use crate::platbook::{Place, Server, answer};

fn value<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {said}")).trim()
}

#[tokio::test]
async fn what_the_demo_prints_is_true() {
    let place = Place::new();
    let mut command = place.platbook("demo --listen 127.0.0.1:0");
    command.env_remove("PLATBOOK_DATA").env_remove("PLATBOOK_ADMIN_PASSWORD");
    let mut server = Server::start(command).await;
    while !server.out().contains("Stop with") {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let said = server.out();
    let (user, password) = (value(&said, "Sign in as"), value(&said, "Password"));
    let get = async |path: &str| {
        let request = server.request(reqwest::Method::GET, &format!("/api/v2{path}")).basic_auth(user, Some(password));
        let (status, text) = answer(request).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let top = get("/ipam/netblocks?top_aggregate=null&limit=1000").await;
    let loaded: usize = value(&said, "Loaded").split(' ').next().unwrap().parse().unwrap();
    assert_eq!(top.as_array().unwrap().len(), loaded);

    let shown = &said[said.find("200 OK after").unwrap()..];
    let (begin, end) = (shown.find('{').unwrap(), shown.find("\n}\n").unwrap() + 2);
    let shown: Value = serde_json::from_str(&shown[begin..end]).unwrap();
    assert_eq!(get(&format!("/ipam/netblocks/{}", shown["id"])).await, shown);
    assert_eq!((&shown["state"], &shown["mask"], &shown["region"]), (&"assigned".into(), &27.into(), &"IS".into()));
    assert_eq!(get("/ipam/netblocks?state=holding").await.as_array().unwrap().len(), 1);
    assert_eq!(server.get("/dev/swagger/").await.0, 200);

    let (curl, url) = value(&said, "Try it").rsplit_once(' ').unwrap();
    assert_eq!(curl, format!("curl -u {user}:{password}"));
    assert_eq!(url, format!("'{}/api/v2/ipam/netblocks?state=assigned'", server.url));
    assert_eq!(get("/ipam/netblocks?state=assigned").await.as_array().unwrap().len(), 24);

    let directory = value(&said, &format!("Platbook {}, with a new database in", env!("CARGO_PKG_VERSION"))).to_owned();
    assert!(Path::new(&directory).join("platbook.db").exists());
    assert_eq!(server.stop().await, Some(0));
    assert!(!Path::new(&directory).exists(), "the database went away with the demo");
}

#[tokio::test]
async fn a_directory_that_is_named_is_kept_and_not_used_twice() {
    let place = Place::new();
    let mut server = Server::start(place.platbook("demo --listen 127.0.0.1:0")).await;
    assert_eq!(server.stop().await, Some(0));
    let ran = place.run("demo");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("there is a database in") && ran.err.contains("platbook serve"), "{}", ran.err);
    let server = place.serve("").await;
    let list = server.v2(reqwest::Method::GET, "/resources?type=entry", Value::Null).await;
    assert_eq!(list.as_array().unwrap().len(), 9);
    assert_eq!(place.run("check").said(), "Everything fits together.\n");
}
