//! `simpleReassign` and `deassign` of API v1, with the messages of its documents.

use std::time::Duration;

use testkit::{Fault, on_both};

use crate::world::{world, world_with};

on_both! {
    async fn the_calls_of_the_documents_answer_as_documented(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let (block, lir) = (world.assign("67.221.244.0/28", acme).await, world.lir);
        let call = format!("blockId={block}&resourceId={acme}&lirId={lir}&entityHandle=EXAMPLE-1");
        let answer = world.v1(&format!("action=simpleReassign&{call}&&netName=NET-ACME-67-221-244-0-28")).await;
        assert_eq!(
            answer,
            r#"{"success":1,"message":"Sent ARIN SWIP with action simpleReassign for 67.221.244.0\/28 for Acme, Message: Success"}"#
        );
        assert_eq!(world.at_arin(), (vec!["67.221.244.0/28".to_owned()], 1));
        let again = world.v1(&format!("action=simpleReassign&{call}")).await;
        assert!(again.starts_with(r#"{"success":0,"message":"blockId: 67.221.244.0\/28 is registered already, as NET-"#), "{again}");
        let wrong = world.v1(&format!("action=deassign&{call}&block=67.221.244.0/29")).await;
        let expected = format!(
            r#"{{"success":0,"message":"block: block {block} is 67.221.244.0\/28, not 67.221.244.0\/29"}}"#
        );
        assert_eq!(wrong, expected);
        let answer = world.v1(&format!("action=deassign&{call}&block=67.221.244.0/28")).await;
        assert_eq!(
            answer,
            r#"{"success":1,"message":"Sent ARIN SWIP with action deassign for 67.221.244.0\/28 for Acme, Message: Success"}"#
        );
        assert_eq!(world.at_arin(), (vec![], 0));
    }

    async fn what_is_required_is_named_as_the_documents_name_it(engine) {
        let world = world(engine).await;
        for (form, why) in [
            ("action=simpleReassign", "blockId: is required"),
            ("action=simpleReassign&blockId=1", "resourceId: is required"),
            ("action=simpleReassign&blockId=1&resourceId=1", "lirId: is required"),
            ("action=simpleReassign&blockId=1&resourceId=1&lirId=1", "entityHandle: is required"),
            ("action=deassign&blockId=1&resourceId=1&lirId=1&entityHandle=X", "block: is required"),
        ] {
            let answer = world.v1(form).await;
            assert!(answer.contains(why), "{form}: {answer}");
        }
    }

    async fn a_refusal_of_arin_is_told_in_its_words_and_leaves_no_customer(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let (block, lir) = (world.assign("67.221.241.0/28", acme).await, world.lir);
        // Somebody has registered a part of it.
        world.arin.give_elsewhere("NET-67-221-240-0-1", "67.221.241.4/30", "Other");
        let call = format!("blockId={block}&resourceId={acme}&lirId={lir}&entityHandle=EXAMPLE-1");
        let answer = world.v1(&format!("action=simpleReassign&{call}")).await;
        assert_eq!(
            answer,
            r#"{"success":0,"message":"ARIN refuses: Payload entity failed validation. See components (E_ENTITY_VALIDATION); netBlocks: overlaps a net that is registered"}"#
        );
        assert_eq!(world.at_arin(), (vec!["67.221.241.4/30".to_owned()], 1));
    }

    async fn a_call_that_takes_longer_goes_on_and_says_so(engine) {
        let world = world_with(engine, Duration::from_millis(300)).await;
        let acme = world.customer("Acme").await;
        let (block, lir) = (world.assign("67.221.241.0/28", acme).await, world.lir);
        world.arin.writes_meet(&[Fault::None, Fault::Ticket]);
        let call = format!("blockId={block}&resourceId={acme}&lirId={lir}&entityHandle=EXAMPLE-1");
        let answer = world.v1(&format!("action=simpleReassign&{call}")).await;
        let expected = r#"{"success":1,"message":"Sent ARIN SWIP with action simpleReassign for 67.221.241.0\/28 for Acme, Message: Pending, it goes on as request "#;
        assert!(answer.starts_with(expected), "{answer}");
        world.rests("67.221.241.0/28").await;
        world.arin.decide(&world.arin.open_tickets()[0], true);
        assert_eq!(world.end("67.221.241.0/28").await["request"]["state"], "done");
    }
}
