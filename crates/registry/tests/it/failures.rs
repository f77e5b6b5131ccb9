//! Whatever happens around a write, in the end there is exactly what was wanted at ARIN, once.

use std::time::Duration;

use serde_json::json;
use testkit::{Fault, on_both};

use crate::world::{Crash, TOO_LATE, World, world};

/// Everything that can happen to a write.
const EVENTS: [(Fault, Crash); 9] = [
    (Fault::LostBefore, Crash::Never),
    (Fault::LostAfter, Crash::Never),
    (Fault::Late(TOO_LATE), Crash::Never),
    (Fault::Garbled, Crash::Never),
    (Fault::Outage, Crash::Never),
    (Fault::FailsAfter, Crash::Never),
    (Fault::TooMany, Crash::Never),
    (Fault::None, Crash::BeforeSending),
    (Fault::None, Crash::AfterTheAnswer),
];

/// Has this happen to the nth write from now, and nothing to the others.
fn happens(world: &World, n: usize, (fault, crash): (Fault, Crash)) {
    let (mut faults, mut crashes) = (vec![Fault::None; n], vec![Crash::Never; n]);
    faults.push(fault);
    crashes.push(crash);
    // A node that dies before it sends takes nothing from ARIN.
    world.arin.writes_meet(if crash == Crash::Never { &faults } else { &[] });
    world.nodes_die(&crashes);
}

on_both! {
    async fn every_failure_of_a_reassignment_ends_with_one_net_and_one_customer(engine) {
        let world = world(engine).await;
        let mut wanted = Vec::new();
        for (n, what) in ["customer", "net"].into_iter().enumerate() {
            for (i, event) in EVENTS.into_iter().enumerate() {
                let (cidr, name) = (format!("67.221.24{n}.{}/28", i * 16), format!("Acme {what} {i}"));
                let acme = world.customer(&name).await;
                world.assign(&cidr, acme).await;
                happens(&world, n, event);
                world.reassign(&cidr).await;
                let state = world.end(&cidr).await;
                assert_eq!(state["request"]["state"], "done", "{what}, {event:?}: {state}");
                wanted.push((cidr.clone(), name));
                let mut given = world.arin.given();
                given.sort_by_key(|net| (net.cidr.len(), net.cidr.clone()));
                assert_eq!(given.len(), wanted.len(), "{what}, {event:?}: {given:?}");
                let net = given.iter().find(|net| net.cidr == cidr).unwrap();
                assert_eq!(state["registration"]["net_handle"], net.handle, "{what}, {event:?}");
                let mut names: Vec<String> = world.arin.customers().into_iter().map(|(_, name)| name).collect();
                names.sort_unstable();
                let mut expected: Vec<String> = wanted.iter().map(|(_, name)| name.clone()).collect();
                expected.sort_unstable();
                assert_eq!(names, expected, "{what}, {event:?}");
                assert_eq!(world.get(&format!("/ipam/netblocks/{cidr}")).await["swipped"], true);
            }
        }
    }

    async fn every_failure_of_a_deassignment_ends_with_nothing(engine) {
        let world = world(engine).await;
        for (n, what) in ["net", "customer"].into_iter().enumerate() {
            for (i, event) in EVENTS.into_iter().enumerate() {
                let cidr = format!("67.221.24{n}.{}/28", i * 16);
                let acme = world.customer(&format!("Acme {what} {i}")).await;
                world.assign(&cidr, acme).await;
                world.reassign(&cidr).await;
                assert_eq!(world.end(&cidr).await["swipped"], true);
                happens(&world, n, event);
                assert_eq!(world.delete(&format!("/ipam/netblocks/{cidr}/swip")).await.status, 202);
                let state = world.end(&cidr).await;
                assert_eq!((&state["request"]["state"], &state["swipped"]), (&json!("done"), &json!(false)), "{event:?}");
                assert_eq!(world.at_arin(), (vec![], 0), "{what}, {event:?}");
            }
        }
    }

    async fn reading_that_fails_is_tried_again_and_writes_nothing(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign("67.221.244.0/28", acme).await;
        world.arin.reads_meet(&[Fault::LostBefore, Fault::Outage, Fault::TooMany]);
        world.reassign("67.221.244.0/28").await;
        let state = world.rests("67.221.244.0/28").await;
        assert_eq!(state["request"]["state"], "draft");
        assert_eq!(world.at_arin(), (vec![], 0));
        assert_eq!(world.end("67.221.244.0/28").await["request"]["state"], "done");
        assert_eq!(world.at_arin(), (vec!["67.221.244.0/28".to_owned()], 1));
    }

    async fn a_customer_whom_the_directory_shows_late_is_not_made_twice(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign("67.221.244.0/28", acme).await;
        world.arin.directory_shows(false);
        world.arin.writes_meet(&[Fault::LostAfter]);
        world.reassign("67.221.244.0/28").await;
        let state = world.rests("67.221.244.0/28").await;
        let message = state["request"]["message"].as_str().unwrap();
        assert!(message.starts_with("It is not known yet whether ARIN has made the customer \"Acme\""), "{message}");
        world.arin.directory_shows(true);
        assert_eq!(world.end("67.221.244.0/28").await["request"]["state"], "done");
        assert_eq!(world.at_arin(), (vec!["67.221.244.0/28".to_owned()], 1));
    }

    async fn a_customer_who_was_made_twice_after_all_is_removed_again(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign("67.221.244.0/28", acme).await;
        world.arin.directory_shows(false);
        let outage = [Fault::Outage; 3];
        world.arin.writes_meet(&[&[Fault::LostAfter, Fault::None], outage.as_slice()].concat());
        world.reassign("67.221.244.0/28").await;
        world.rests("67.221.244.0/28").await;
        world.an_hour_passes().await;
        for _ in 0..200 {
            if world.arin.customers().len() == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        world.rests("67.221.244.0/28").await;
        assert_eq!(world.at_arin(), (vec![], 2));
        world.arin.directory_shows(true);
        assert_eq!(world.end("67.221.244.0/28").await["request"]["state"], "done");
        assert_eq!(world.at_arin(), (vec!["67.221.244.0/28".to_owned()], 1));
    }

    async fn a_wrong_key_ends_the_change_and_says_so(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign("67.221.244.0/28", acme).await;
        world.patch(&format!("/ipam/lirs/{}", world.lir), json!({"api_key": "API-WRONG"})).await;
        world.reassign("67.221.244.0/28").await;
        let state = world.end("67.221.244.0/28").await;
        assert_eq!(state["request"]["state"], "failed");
        let message = state["request"]["message"].as_str().unwrap();
        assert!(message.contains("E_AUTHENTICATION"), "{message}");
    }
}
