//! The first start of a new database.

use access::{ADMINISTRATORS, Access, Hidden, READERS, bootstrap};
use serde_json::Value;
use testkit::{Engine, TestClock, on_both};

use crate::door::{Door, First, admin, credentials, master_key, request, settings, setup};

on_both! {
    async fn a_new_database_gets_an_administrator_with_a_password_that_nobody_can_guess(engine) {
        let test = engine.database(setup(&TestClock::default())).await;
        let first = bootstrap(&test.db, None).await.unwrap().unwrap();
        assert_eq!(first.name, "admin");
        assert!(first.password.0.len() >= 20 && !format!("{first:?}").contains(&first.password.0));
        let access = Access::open(test.db.clone(), master_key(), settings()).await.unwrap();
        let actor = access.authenticate(&credentials("admin", &first.password.0), request(), None).await.unwrap();
        assert!(actor.is_administrator());
    }

    async fn it_gets_the_two_groups_that_everybody_needs(engine) {
        let door = Door::on(engine).await;
        let groups = door.administer("GET", "/usergroups", Value::Null).await;
        let names: Vec<_> = groups.as_array().unwrap().iter().map(|group| group["name"].clone()).collect();
        assert_eq!(names, [ADMINISTRATORS, READERS]);
        let me = door.get(&admin(), "/users/me").await.json();
        assert_eq!(me["groups"][0]["name"], ADMINISTRATORS);
        assert_eq!(me["permissions"].as_array().unwrap().len(), 30);
    }

    async fn later_starts_change_nothing(engine) {
        let door = Door::on(engine).await;
        let readers = door.group_id(READERS).await;
        door.administer("DELETE", &format!("/usergroups/{readers}"), Value::Null).await;
        assert_eq!(bootstrap(&door.test.db, Some(Hidden("another password".to_owned()))).await.unwrap(), None);
        assert_eq!(door.administer("GET", "/usergroups", Value::Null).await.as_array().unwrap().len(), 1);
    }

    async fn a_given_password_follows_the_rule(engine) {
        let test = engine.database(setup(&TestClock::default())).await;
        let error = bootstrap(&test.db, Some(Hidden("short".to_owned()))).await.unwrap_err();
        assert_eq!(error.to_string(), "admin password: must have at least 12 characters");
        let given = Hidden("long enough for it".to_owned());
        assert_eq!(bootstrap(&test.db, Some(given.clone())).await.unwrap().unwrap().password, given);
    }

    async fn of_nodes_that_start_at_once_one_makes_the_administrator(engine) {
        let test = engine.database(setup(&TestClock::default())).await;
        let other = if engine == Engine::Postgres { test.second_node().await } else { test.db.clone() };
        let (one, two) = tokio::join!(bootstrap(&test.db, None), bootstrap(&other, None));
        let made: Vec<First> = vec![one.unwrap(), two.unwrap()];
        assert_eq!(made.iter().filter(|first| first.is_some()).count(), 1);
        let access = Access::open(other, master_key(), settings()).await.unwrap();
        let first = made.into_iter().flatten().next().unwrap();
        access.authenticate(&credentials("admin", &first.password.0), request(), None).await.unwrap();
    }
}
