//! Tickets, and what others have registered.

use serde_json::json;
use testkit::{Fault, on_both};

use crate::world::world;

const BLOCK: &str = "67.221.244.0/28";

on_both! {
    async fn a_ticket_is_followed_to_its_end(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.arin.writes_meet(&[Fault::None, Fault::Ticket]);
        world.reassign(BLOCK).await;
        let state = world.rests(BLOCK).await;
        let [ticket] = <[_; 1]>::try_from(world.arin.open_tickets()).unwrap();
        assert_eq!((&state["request"]["state"], &state["request"]["ticket"]), (&json!("ticket"), &json!(ticket)));
        world.an_hour_passes().await;
        let state = world.rests(BLOCK).await;
        assert_eq!(state["request"]["message"], format!("ARIN looks at it: ticket {ticket}, PENDING_REVIEW."));
        world.arin.decide(&ticket, true);
        let state = world.end(BLOCK).await;
        assert_eq!((&state["request"]["state"], &state["swipped"]), (&json!("done"), &json!(true)), "{state}");
        assert_eq!(world.at_arin(), (vec![BLOCK.to_owned()], 1));
        let writes = world.arin.calls().into_iter().filter(|call| !call.starts_with("GET"));
        assert_eq!(writes.count(), 2, "nothing was sent twice");
    }

    async fn a_ticket_that_is_denied_ends_the_change_and_leaves_no_customer(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.arin.writes_meet(&[Fault::None, Fault::Ticket]);
        world.reassign(BLOCK).await;
        world.rests(BLOCK).await;
        let ticket = world.arin.open_tickets().remove(0);
        world.arin.decide(&ticket, false);
        let state = world.end(BLOCK).await;
        assert_eq!(state["request"]["state"], "failed");
        assert_eq!(state["request"]["message"], format!("ARIN closed ticket {ticket} without doing it: DENIED."));
        assert_eq!(world.at_arin(), (vec![], 0));
    }

    async fn what_is_registered_for_the_same_customer_already_is_taken_over(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let parent = world.arin.allocate("67.221.0.0/16", "EXAMPLE-1");
        let handle = world.arin.give_elsewhere(&parent, BLOCK, "ACME");
        world.reassign(BLOCK).await;
        let state = world.end(BLOCK).await;
        assert_eq!((&state["request"]["state"], &state["registration"]["net_handle"]), (&json!("done"), &json!(handle)));
        assert_eq!(world.at_arin(), (vec![BLOCK.to_owned()], 1));
        assert!(world.arin.calls().iter().all(|call| call.starts_with("GET")));
    }

    async fn what_is_registered_for_somebody_else_is_kept_on_the_block_and_told(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let parent = world.arin.allocate("67.221.0.0/16", "EXAMPLE-1");
        let handle = world.arin.give_elsewhere(&parent, BLOCK, "Other Ltd");
        world.reassign(BLOCK).await;
        let state = world.end(BLOCK).await;
        assert_eq!((&state["request"]["state"], &state["registration"]["net_handle"]), (&json!("failed"), &json!(handle)));
        let message = format!("ARIN had {BLOCK} already as {handle}, for Other Ltd; that was kept. Deassign it first.");
        assert_eq!(state["request"]["message"], message);
        assert_eq!(world.at_arin(), (vec![BLOCK.to_owned()], 1), "the customer of somebody else stays");
    }

    async fn space_of_another_organisation_is_not_given_away(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let block = json!({"cidr": "198.51.100.0/24", "rir": "ARIN", "lir_id": world.lir});
        world.post("/ipam/netblocks", block).await;
        world.assign("198.51.100.0/28", acme).await;
        world.reassign("198.51.100.0/28").await;
        let state = world.end("198.51.100.0/28").await;
        assert_eq!(state["request"]["message"], "ARIN knows no network that contains 198.51.100.0/28.");
        let parent = world.arin.allocate("198.51.100.0/24", "OTHER-9");
        world.reassign("198.51.100.0/28").await;
        let state = world.end("198.51.100.0/28").await;
        let why = format!("198.51.100.0/28 lies in {parent}, which ARIN has given to OTHER-9, not to EXAMPLE-1.");
        assert_eq!(state["request"]["message"], why);
        assert_eq!(world.at_arin(), (vec![], 0));
    }

    async fn a_direct_allocation_is_never_taken_back(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign("67.221.240.0/20", acme).await;
        assert_eq!(world.delete("/ipam/netblocks/67.221.240.0/20/swip").await.status, 202);
        let state = world.end("67.221.240.0/20").await;
        let message = state["request"]["message"].as_str().unwrap();
        assert!(message.contains("is of kind DA: only what was given on is taken back"), "{message}");
    }
}
