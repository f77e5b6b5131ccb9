//! HTTP Basic.

use std::time::{Duration, Instant};

use kernel::Error;
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::door::{Door, PASSWORD, admin, basic, credentials, request};

const WRONG: &str = "The user name or the password is wrong.";

on_both! {
    async fn a_user_signs_in_with_name_and_password(engine) {
        let door = Door::on(engine).await;
        let id = door.user("Ann").await;
        for name in ["Ann", "ann", "ANN"] {
            let me = door.get(&basic(name, PASSWORD), "/users/me").await.json();
            assert_eq!(me, json!({"id": id, "name": "Ann", "email": null, "groups": [], "permissions": []}));
        }
    }

    async fn a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words(engine) {
        let door = Door::on(engine).await;
        for who in [basic("admin", "wrong"), basic("admin", ""), basic("nobody", PASSWORD), basic("", "")] {
            let said = door.get(&who, "/users/me").await;
            assert_eq!(said.refusal(401), WRONG);
            assert!(said.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"));
        }
    }

    async fn what_was_proven_is_remembered_for_a_minute(engine) {
        let door = Door::on(engine).await;
        let admin = credentials("admin", PASSWORD);
        assert!(door.access.recognise(&admin).unwrap().is_none());
        door.access.authenticate(&admin, request(), None).await.unwrap();
        door.later(59);
        assert_eq!(&*door.access.recognise(&admin).unwrap().unwrap().name, "admin");
        assert!(door.access.recognise(&credentials("admin", "a password for test")).unwrap().is_none());
        door.later(1);
        assert!(door.access.recognise(&admin).unwrap().is_none());
    }

    async fn a_changed_password_counts_at_once(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let before = basic("ann", PASSWORD);
        assert_eq!(door.get(&before, "/users/me").await.status, 200);
        door.administer("PATCH", &format!("/users/{id}"), json!({"password": "quite another one"})).await;
        assert_eq!(door.get(&before, "/users/me").await.refusal(401), WRONG);
        assert_eq!(door.get(&basic("ann", "quite another one"), "/users/me").await.status, 200);
    }

    async fn changed_rights_count_at_once(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        assert_eq!(door.get(&ann, "/users").await.status, 403);
        let group = door.group("readers", &[(1, &["permissionUserRead"])], &[id]).await;
        assert_eq!(door.get(&ann, "/users").await.status, 200);
        let group = format!("/usergroups/{group}");
        door.administer("PATCH", &group, json!({"enabled": false})).await;
        assert_eq!(door.get(&ann, "/users").await.status, 403);
        door.administer("PATCH", &group, json!({"enabled": true})).await;
        assert_eq!(door.get(&ann, "/users").await.status, 200);
        door.administer("PUT", &format!("{group}/permissions"), json!([])).await;
        assert_eq!(door.get(&ann, "/users").await.status, 403);
    }

    async fn a_disabled_user_is_refused_at_once_and_a_deleted_one_is_unknown(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        assert_eq!(door.get(&ann, "/users/me").await.status, 200);
        let user = format!("/users/{id}");
        door.administer("PATCH", &user, json!({"enabled": false})).await;
        assert!(door.get(&ann, "/users/me").await.refusal(401).contains("\"ann\" is disabled"));
        assert_eq!(door.get(&basic("ann", "wrong"), "/users/me").await.refusal(401), WRONG);
        door.administer("PATCH", &user, json!({"enabled": true})).await;
        assert_eq!(door.get(&ann, "/users/me").await.status, 200);
        door.administer("DELETE", &user, Value::Null).await;
        assert_eq!(door.get(&ann, "/users/me").await.refusal(401), WRONG);
    }

    async fn ten_failures_within_a_minute_refuse_the_name_for_a_minute(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        for name in ["ann", "ANN"].iter().cycle().take(10) {
            assert_eq!(door.get(&basic(name, "wrong"), "/users/me").await.status, 401);
        }
        let said = door.get(&basic("ann", PASSWORD), "/users/me").await;
        assert!(said.refusal(503).contains("too many failed sign-ins under this name"));
        assert!(said.headers.contains_key("retry-after"));
        assert_eq!(door.get(&admin(), "/users/me").await.status, 200, "other names are not concerned");
        door.later(60);
        assert_eq!(door.get(&basic("ann", PASSWORD), "/users/me").await.status, 200);
    }

    async fn failures_from_one_network_are_counted_under_all_names(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let from = Some("2001:db8:1:2::7".parse().unwrap());
        let attempt = async |name: String, password: &str, from| {
            door.access.authenticate(&credentials(&name, password), request(), from).await
        };
        for n in 0..100 {
            assert!(matches!(attempt(format!("guess{n}"), "wrong", from).await, Err(Error::Unauthenticated(_))), "{n}");
        }
        let neighbour = Some("2001:db8:1:2:ffff::1".parse().unwrap());
        let refused = attempt("ann".to_owned(), PASSWORD, neighbour).await.unwrap_err();
        assert!(refused.to_string().contains("from your network"), "{refused}");
        assert!(attempt("ann".to_owned(), PASSWORD, Some("192.0.2.1".parse().unwrap())).await.is_ok());
        door.later(60);
        assert!(attempt("ann".to_owned(), PASSWORD, from).await.is_ok());
    }

    async fn who_is_signed_in_is_not_locked_out_by_the_failures_of_others(engine) {
        let door = Door::on(engine).await;
        assert_eq!(door.get(&admin(), "/users/me").await.status, 200);
        for _ in 0..10 {
            assert_eq!(door.get(&basic("admin", "wrong"), "/users/me").await.status, 401);
        }
        assert_eq!(door.get(&basic("admin", "wrong"), "/users/me").await.status, 503);
        assert_eq!(door.get(&admin(), "/users/me").await.status, 200);
    }

    async fn an_actor_is_made_for_work_that_is_done_without_the_user(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let group = door.group("readers", &[(7, &["permissionIPAMRead"])], &[id]).await;
        let actor = async || door.access.actor(kernel::UserId(id), request()).await;
        let lineage = [kernel::ResourceId(7), kernel::ResourceId::TOP];
        assert_eq!(actor().await.unwrap().rights(&lineage).names(), ["permissionIPAMRead"]);
        assert_eq!(&*actor().await.unwrap().name, "ann");
        door.administer("DELETE", &format!("/usergroups/{group}"), Value::Null).await;
        assert_eq!(actor().await.unwrap().rights(&lineage).names(), [""; 0]);
        door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        assert!(matches!(actor().await, Err(Error::Unauthenticated(_))));
    }
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_to_refuse_as_a_wrong_password() {
    let door = Door::on(Engine::Sqlite).await;
    let fastest = async |name: &str| {
        let mut fastest = Duration::MAX;
        for n in 0..5 {
            let begun = Instant::now();
            let wrong = credentials(name, &format!("wrong {n}"));
            door.access.authenticate(&wrong, request(), None).await.unwrap_err();
            fastest = fastest.min(begun.elapsed());
        }
        fastest
    };
    let (known, unknown) = (fastest("admin").await, fastest("nobody").await);
    assert!(unknown > known / 4 && known > unknown / 4, "{known:?} {unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_come_at_once_with_the_same_password_only_the_first_have_it_hashed() {
    let door = Door::on(Engine::Sqlite).await;
    let begun = Instant::now();
    door.access.authenticate(&credentials("admin", PASSWORD), request(), None).await.unwrap();
    let one = begun.elapsed();
    door.later(60);
    let begun = Instant::now();
    let together: Vec<_> = (0..400)
        .map(|_| {
            let access = door.access.clone();
            tokio::spawn(async move { access.authenticate(&credentials("admin", PASSWORD), request(), None).await })
        })
        .collect();
    for each in together {
        each.await.unwrap().unwrap();
    }
    assert!(begun.elapsed() < one * 60, "{:?} for all of them, {one:?} for one", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_counted_by_all_nodes_together() {
    let door = Door::on(Engine::Postgres).await;
    let other = door.test.second_node().await;
    let other = access::Access::open(other, crate::door::master_key(), crate::door::settings()).await.unwrap();
    for n in 0..10 {
        let node = if n % 2 == 0 { &door.access } else { &other };
        let refused = node.authenticate(&credentials("ann", "wrong"), request(), None).await;
        assert!(matches!(refused, Err(Error::Unauthenticated(_))));
    }
    for node in [&door.access, &other] {
        let refused = node.authenticate(&credentials("ann", "wrong"), request(), None).await;
        assert!(matches!(refused, Err(Error::Busy(_))));
    }
}
