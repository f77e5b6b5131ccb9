//! The filters of `get` one by one, each with its namesake in API v2; all that are given must be met.

use testkit::on_both;

use crate::world::{World, world};

/// Five blocks of which each filter finds some and leaves some.
async fn fixture(world: &World) {
    world.tags(&["Customer", "VPN"]).await;
    world.region("SFO", "San Francisco").await;
    world.region("CHI", "Chicago, IL").await;
    let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
    world.add("10.0.0.0/24", "region=SFO&vlan=100&tags=Customer&code=DC1&asn=64500&notes=note123").await;
    world.add("10.0.1.0/25", &format!("region=CHI&vlan=7&resourceId={acme}&notes=Note123")).await;
    world.at("2026-02-02 02:02:02");
    world.add("10.0.2.0/24", &format!("resourceId={bolt}&allowSubAssignments=true&code=DC2")).await;
    world.done("action=update&block=10.0.2.0/24&lirId=101").await;
    world.done("action=add&block=11.0.0.0/24&rir=ARIN").await;
    world.done("action=split&block=11.0.0.0/24").await;
    world.at("2026-03-03 03:03:03");
    world.done("action=add&block=2001:db8::/32&rir=RIPE&asn=AS64501").await;
    world.done("action=update&block=2001:db8::/32&notes=six").await;
}

const A: &str = "10.0.0.0/24";
const B: &str = "10.0.1.0/25";
const C: &str = "10.0.2.0/24";
const D: &str = "11.0.0.0/24";
const LOW: &str = "11.0.0.0/25";
const HIGH: &str = "11.0.0.128/25";
const SIX: &str = "2001:db8::/32";

on_both! {
    async fn each_filter_keeps_what_it_says(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let (acme, root) = (world.block(B).await["resource_id"].clone(), world.id(D).await);
        let (a, b) = (world.id(A).await, world.id(B).await);
        let all = || vec![A, B, C, D, LOW, HIGH, SIX];
        for (old, new, expected) in [
            (String::new(), String::new(), all()),
            (format!("id={a}"), format!("id={a}"), vec![A]),
            (format!("id={b},{a}"), format!("id={b},{a}"), vec![A, B]),
            (format!("block={B}"), format!("cidr={B}"), vec![B]),
            ("block=2001:0db8:0::/32".to_owned(), "cidr=2001:db8:0::0/32".to_owned(), vec![SIX]),
            ("type=ipv6".to_owned(), "type=ipv6".to_owned(), vec![SIX]),
            ("type=IPv4".to_owned(), "type=IPv4".to_owned(), vec![A, B, C, D, LOW, HIGH]),
            ("type=IP&mask=24".to_owned(), "type=ipv4&mask=24".to_owned(), vec![A, C, D]),
            ("mask=25".to_owned(), "mask=25".to_owned(), vec![B, LOW, HIGH]),
            ("rir=ARIN".to_owned(), "rir=arin".to_owned(), vec![D, LOW, HIGH]),
            ("region=SFO".to_owned(), "region_id=SFO".to_owned(), vec![A]),
            ("region=Chicago, IL".to_owned(), "region=Chicago,%20IL".to_owned(), vec![B]),
            ("region=ANY".to_owned(), "region_id=ANY".to_owned(), all()),
            ("vlan=100".to_owned(), "vlan=100".to_owned(), vec![A]),
            ("code=DC2".to_owned(), "code=DC2".to_owned(), vec![C]),
            ("asn=64501".to_owned(), "asn=AS64501".to_owned(), vec![SIX]),
            ("lirId=101".to_owned(), "lir_id=101".to_owned(), vec![C]),
            ("tags=Customer".to_owned(), "tags=Customer".to_owned(), vec![A]),
            ("notes=note123".to_owned(), "notes=note123".to_owned(), vec![A]),
            ("isAssigned=true".to_owned(), "assigned=true".to_owned(), vec![B]),
            ("isAssigned=false&type=ipv4".to_owned(), "assigned=false&type=ipv4".to_owned(), vec![A, C, D, LOW, HIGH]),
            ("isAggregate=false".to_owned(), "is_aggregate=false".to_owned(), vec![D]),
            ("isAggregate=true&rir=ARIN".to_owned(), "is_aggregate=true&rir=ARIN".to_owned(), vec![LOW, HIGH]),
            ("allowSubAssignments=true".to_owned(), "allow_sub_assignments=true".to_owned(), vec![C]),
            (format!("resourceId={acme}"), format!("resource_id={acme}"), vec![B]),
            (format!("topAggregateId={root}"), format!("top_aggregate={root}"), vec![D, LOW, HIGH]),
            ("rir=1918&mask=24&isAssigned=false".to_owned(), "rir=1918&mask=24&assigned=false".to_owned(), vec![A, C]),
            (format!("id={a}&rir=ARIN"), format!("id={a}&rir=ARIN"), vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(world.found(&old).await, expected, "v1 {old}");
            assert_eq!(world.listed(&new).await, expected, "v2 {new}");
        }
    }

    async fn some_filters_are_those_of_v1_alone(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (filter, expected) in [
            ("address=167772160", vec![A]),
            ("endAddress=167772543", vec![B]),
            ("endAddress=184549631", vec![D, HIGH]),
            ("address=42540766411282592856903984951653826560", vec![SIX]),
            ("isSwipped=true", vec![]),
            ("isSwipped=false&mask=25", vec![B, LOW, HIGH]),
            ("lastUpdateTime==2026-02-02 02:02:02", vec![C, D]),
            ("lastUpdateTime==>2026-2-2 02:02:03", vec![SIX]),
            ("lastUpdateTime==<2026-03-03 03:03:02", vec![C, D]),
            ("lastUpdateTime=>=2026-02-02 02:02:02", vec![C, D, SIX]),
            ("lastUpdateTime==%EF%B9%A52026-03-01 00:00:00", vec![SIX]),
            ("lastUpdateTime=2026-03-03 03:03:03", vec![SIX]),
            (r#"resourceQuery={"name":"Bolt"}"#, vec![C]),
            ("resourceQuery[type]=entry", vec![B, C]),
            (r#"resourceQuery={"name":"Nobody"}"#, vec![]),
            ("resourceHolderId=cust-001", vec![]),
        ] {
            assert_eq!(world.found(filter).await, expected, "{filter}");
        }
    }

    async fn some_filters_are_those_of_v2_alone(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let root = world.id(D).await;
        for (filter, expected) in [
            ("state=available".to_owned(), vec![A, LOW, HIGH, SIX]),
            ("state=pool".to_owned(), vec![C]),
            ("state=split".to_owned(), vec![D]),
            ("state=assigned".to_owned(), vec![B]),
            ("state=holding".to_owned(), vec![]),
            ("top_aggregate=null".to_owned(), vec![A, B, C, D, SIX]),
            (format!("parent={root}"), vec![LOW, HIGH]),
            ("address=11.0.0.77".to_owned(), vec![D, LOW]),
            ("address=2001:db8::1".to_owned(), vec![SIX]),
            ("address=9.9.9.9".to_owned(), vec![]),
        ] {
            assert_eq!(world.listed(&filter).await, expected, "{filter}");
        }
    }

    async fn a_search_looks_into_every_attribute_and_the_holders_name(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (text, expected) in [
            ("10.0", vec![A, B, C]),
            ("10.0.1", vec![B]),
            ("11.0.0.0/24", vec![D, LOW, HIGH]),
            ("2001:db8", vec![SIX]),
            ("acme", vec![B]),
            ("NOTE12", vec![A, B]),
            ("dc", vec![A, C]),
            ("sfo", vec![A]),
            ("chicago", vec![B]),
            ("custom", vec![A]),
            ("ripe", vec![SIX]),
            ("100", vec![A]),
            ("7", vec![B]),
            ("64501", vec![SIX]),
            ("101", vec![C]),
            ("10", vec![A, B, C]),
            ("1", vec![A, B, C, D, LOW, HIGH, SIX]),
            ("2001", vec![SIX]),
            ("%", vec![]),
            ("nothing", vec![]),
        ] {
            assert_eq!(world.found(&format!("search={text}")).await, expected, "{text}");
            assert_eq!(world.listed(&format!("q={}", text.replace('%', "%25"))).await, expected, "{text}");
        }
    }

    async fn a_filter_that_is_no_value_is_refused_by_name(engine) {
        let world = world(engine).await;
        for (filter, message) in [
            ("id=x", "id: \"x\" is not a number, or not one that is possible here"),
            ("mask=x", "mask: \"x\" is not a number, or not one that is possible here"),
            ("mask=129", "mask: 129 is not a mask; use 0 to 128"),
            ("type=ipv4&mask=64", "mask: 64 is not a mask; use 0 to 32"),
            ("address=10.0.0.0", "address: \"10.0.0.0\" is not a number, or not one that is possible here"),
            ("isAssigned=maybe", "isAssigned: \"maybe\" is neither true (1) nor false (0)"),
            (
                "lastUpdateTime=yesterday",
                "lastUpdateTime: \"yesterday\" is not a time such as 2015-08-19 21:08:54 (UTC)",
            ),
            ("asn=0", "asn: \"0\" is not an AS number (1 to 4294967295)"),
            ("vlan=x", "vlan: \"x\" is not a whole number"),
            ("rir=NIC", "rir: \"NIC\" is not in the list of RIRs; use one of ARIN, 1918, AfriNIC, APNIC, LACNIC, RIPE"),
            ("region=LON", "region: \"LON\" is not in the list of regions; add it to the list first"),
            ("resourceQuery={\"nam\":\"x\"}", "resourceQuery[nam]: is not known in a query of resources"),
        ] {
            let refused = world.refused(format!("action=get&{filter}")).await;
            assert!(refused.starts_with(message), "{filter}: {refused}");
        }
        for (filter, message) in [
            ("id=x", "id: \"x\" is not an id"),
            ("mask=x", "mask: must be a whole number"),
            ("mask=129", "mask: 129 is not a mask; use 0 to 128"),
            ("type=ipv5", "type: \"ipv5\" is neither ipv4 nor ipv6"),
            ("address=10", "address: \"10\" is not an address"),
            ("assigned=maybe", "assigned: must be true or false"),
            ("state=lost", "state: \"lost\" is unknown; use one of available, assigned, pool, holding, split"),
            ("top_aggregate=x", "top_aggregate: must be the id of a block, or null"),
            ("region_id=LON", "region_id: \"LON\" is not in the list of regions; add it to the list first"),
            ("colour=red", "colour: is not known here; known are: id, cidr, "),
        ] {
            let (status, refused) = world.get(&format!("/ipam/netblocks?{filter}")).await.refusal();
            assert!(status == 422 && refused.starts_with(message), "{filter}: {status} {refused}");
        }
    }
}
