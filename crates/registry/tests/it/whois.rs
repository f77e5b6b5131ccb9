//! What the world is told by WHOIS.

use registry::Publication;
use serde_json::json;
use testkit::on_both;

use crate::world::{World, world};

async fn ask(world: &World, line: &str) -> String {
    let publication = Publication::new(world.registry.clone(), "http://localhost/rdap/").unwrap();
    let answer = publication.whois("192.0.2.99".parse().unwrap(), line).await;
    assert!(answer.ends_with("\r\n") && !answer.replace("\r\n", "").contains('\n'), "lines end in CR LF: {answer:?}");
    answer.replace("\r\n", "\n")
}

on_both! {
    async fn a_network_of_arin_is_told_in_the_words_of_arin(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let block = world.assign("67.221.244.0/28", acme).await;
        assert_eq!(
            ask(&world, "n + 67.221.244.1\r").await,
            format!(
                "NetRange:       67.221.244.0 - 67.221.244.15\nCIDR:           67.221.244.0/28\n\
                 NetName:        NET-ACME-67-221-244-0-28\nNetHandle:      PB-NET-{block}\nNetType:        Reassigned\n\
                 RegDate:        2026-01-01\nUpdated:        2026-01-01\n\n\
                 CustName:       Acme\nCustHandle:     PB-{acme}\nAddress:        1 Main St\n\
                 Address:        Suite 2\nAddress:        Ashburn\nAddress:        va\nAddress:        20147\n\
                 Country:        us\n"
            )
        );
    }

    async fn a_network_of_another_registry_is_told_in_the_words_of_ripe(engine) {
        let world = world(engine).await;
        let lir = json!({"name": "Example at RIPE", "rir": "RIPE", "maintainer": "EXAMPLE-MNT", "admin_poc": "AA1-RIPE"});
        let lir = world.post("/ipam/lirs", lir).await.body["id"].clone();
        let block = json!({"cidr": "193.0.0.0/21", "rir": "RIPE", "lir_id": lir});
        let id = world.post("/ipam/netblocks", block).await.body["id"].clone();
        assert_eq!(
            ask(&world, "-B 193.0.0.1").await,
            format!(
                "inetnum:        193.0.0.0 - 193.0.7.255\nnetname:        PB-NET-{id}\ndescr:          Example at RIPE\n\
                 org:            EXAMPLE-MNT\nadmin-c:        AA1-RIPE\nstatus:         ALLOCATED PA\n\
                 source:         PLATBOOK\n\n\
                 organisation:   EXAMPLE-MNT\norg-name:       Example at RIPE\nsource:         PLATBOOK\n"
            )
        );
    }

    async fn what_is_not_known_or_no_question_is_said_in_a_comment(engine) {
        let world = world(engine).await;
        assert_eq!(ask(&world, "192.0.2.1").await, "% No match found.\n");
        assert_eq!(ask(&world, "AS64500").await, "% No match found.\n");
        let how = "% Ask for an address, a prefix, an AS number (AS64496) or a handle.\n";
        assert_eq!(ask(&world, "").await, how);
        assert_eq!(ask(&world, "one two").await, how);
        assert_eq!(ask(&world, &"x".repeat(100_000)).await, "% No match found.\n");
        assert!(ask(&world, "example-1").await.starts_with("organisation:   EXAMPLE-1\n"));
    }
}
