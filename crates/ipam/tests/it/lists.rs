//! The order of lists, and their parts.

use serde_json::json;
use testkit::on_both;

use crate::world::{World, cidrs, world};

async fn fixture(world: &World) {
    world.done("action=add&block=10.0.2.0/24&rir=RIPE&vlan=5&code=b").await;
    world.done("action=add&block=10.0.0.0/24&rir=ARIN&vlan=10&code=c").await;
    world.done("action=add&block=10.0.1.0/25&rir=LACNIC&code=a").await;
    world.done("action=add&block=2001:db8::/32&rir=APNIC&vlan=7").await;
    for (time, cidr) in [("2026-02-01", "10.0.1.0/25"), ("2026-02-02", "2001:db8::/32"), ("2026-02-03", "10.0.2.0/24")]
    {
        world.at(time);
        world.done(&format!("action=update&block={cidr}&notes=x")).await;
    }
}

const A: &str = "10.0.0.0/24";
const B: &str = "10.0.1.0/25";
const C: &str = "10.0.2.0/24";
const SIX: &str = "2001:db8::/32";

on_both! {
    async fn lists_are_sorted_by_each_field_and_then_by_address(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (old, new, ascending) in [
            ("cidr", "cidr", [A, B, C, SIX]),
            ("mask", "mask", [A, C, B, SIX]),
            ("rir", "rir", [SIX, A, B, C]),
            ("vlan", "vlan", [B, C, SIX, A]),
            ("code", "code", [SIX, B, C, A]),
            ("updateTime", "last_update_time", [A, B, SIX, C]),
        ] {
            let found = world.found(&format!("sortField={old}")).await;
            assert_eq!(found, ascending, "{old}");
            assert_eq!(world.found(&format!("sortField={old}&sortOrder=asc")).await, ascending, "{old}");
            assert_eq!(world.listed(&format!("order_by={new}")).await, ascending, "{new}");
            let mut descending = ascending;
            descending.reverse();
            if old == "mask" {
                // Of equal masks, the higher address comes first as well.
                descending = [SIX, B, C, A];
            }
            assert_eq!(world.found(&format!("sortField={old}&sortOrder=DESC")).await, descending, "{old}");
            assert_eq!(world.listed(&format!("order_by={new}&sort=DESC")).await, descending, "{new}");
        }
        assert_eq!(
            world.refused("action=get&sortField=colour").await,
            "sortField: \"colour\" is no field to sort by; use one of cidr, mask, rir, vlan, code, updateTime"
        );
        assert_eq!(world.refused("action=get&sortOrder=up").await, "sortOrder: \"up\" is neither ASC nor DESC");
    }

    async fn a_larger_block_comes_before_those_inside_it(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=26").await;
        assert_eq!(
            world.found("").await,
            [
                "10.0.0.0/24",
                "10.0.0.0/25",
                "10.0.0.0/26",
                "10.0.0.64/26",
                "10.0.0.128/25",
                "10.0.0.128/26",
                "10.0.0.192/26"
            ]
        );
    }

    async fn v1_counts_parts_from_an_offset(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=27").await;
        let part = async |more: &str| world.done(&format!("action=get&mask=27&{more}")).await;
        let third = part("selectCount=3&selectOffset=6").await;
        assert_eq!(cidrs(&third["data"]), ["10.0.0.192/27", "10.0.0.224/27"]);
        assert_eq!(third["message"], "2 blocks found. ");
        assert_eq!(
            cidrs(&part("selectCount=2&selectOffset=1&sortOrder=DESC").await["data"]),
            ["10.0.0.192/27", "10.0.0.160/27"]
        );
        assert_eq!(part("selectCount=3&selectOffset=60").await["data"], json!([]));
        assert_eq!(world.refused("action=get&selectCount=0").await, "selectCount: must be 1 to 10000");
        assert_eq!(world.refused("action=get&selectCount=10001").await, "selectCount: must be 1 to 10000");
        assert_eq!(
            world.refused("action=get&selectOffset=-1").await,
            "selectOffset: \"-1\" is not a number, or not one that is possible here"
        );
    }

    async fn a_block_that_a_search_finds_twice_is_listed_once(engine) {
        let world = world(engine).await;
        for n in 0..3 {
            world.add(&format!("10.0.{n}.0/24"), "code=acme&notes=for acme").await;
        }
        assert_eq!(world.listed("q=acme&limit=2").await, ["10.0.0.0/24", "10.0.1.0/24"]);
        assert_eq!(world.listed("q=acme&limit=2&page=2").await, ["10.0.2.0/24"]);
        assert!(world.get("/ipam/netblocks?q=acme&limit=1").await.headers.contains_key("link"));
        assert_eq!(
            world.found("search=acme&sortField=code&sortOrder=DESC").await,
            ["10.0.2.0/24", "10.0.1.0/24", "10.0.0.0/24"]
        );
    }

    async fn v2_links_to_the_next_part(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=27").await;
        let first = world.get("/ipam/netblocks?mask=27&limit=3").await;
        assert_eq!(cidrs(&first.body), ["10.0.0.0/27", "10.0.0.32/27", "10.0.0.64/27"]);
        assert_eq!(first.headers["link"], "</api/v2/ipam/netblocks?mask=27&limit=3&offset=3>; rel=\"next\"");
        let by_offset = world.listed("mask=27&limit=3&offset=3").await;
        assert_eq!(world.listed("mask=27&limit=3&page=2").await, by_offset);
        let last = world.get("/ipam/netblocks?mask=27&limit=3&page=3").await;
        assert_eq!(cidrs(&last.body), ["10.0.0.192/27", "10.0.0.224/27"]);
        assert!(!last.headers.contains_key("link"));
        for (place, message) in [
            ("limit=0", "limit: must be 1 to 1000"),
            ("limit=1001", "limit: must be 1 to 1000"),
            ("page=0", "page: must be 1 or more, and begin before entry 4294967296 of the list"),
            ("page=1&offset=0", "page: can't be given together with offset; give one of the two"),
            ("offset=-1", "offset: must be a whole number"),
        ] {
            let (status, refused) = world.get(&format!("/ipam/netblocks?{place}")).await.refusal();
            assert!(status == 422 && refused.starts_with(message), "{place}: {refused}");
        }
    }

    async fn the_leaves_of_a_block_are_paged_by_address(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=27").await;
        let page =
            async |more: &str| cidrs(&world.get(&format!("/ipam/netblocks/10.0.0.0/24/children?{more}")).await.body);
        assert_eq!(page("limit=2").await, ["10.0.0.0/27", "10.0.0.32/27"]);
        assert_eq!(page("limit=2&from=10.0.0.64").await, ["10.0.0.64/27", "10.0.0.96/27"]);
        assert_eq!(page("from=10.0.0.193").await, ["10.0.0.224/27"]);
        assert_eq!(page("from=9.0.0.0&limit=1").await, ["10.0.0.0/27"]);
        assert_eq!(page("from=11.0.0.0").await, [""; 0]);
        let reply = world.get("/ipam/netblocks/10.0.0.0/24/children?from=x").await;
        assert_eq!(reply.refusal(), (422, "from: \"x\" is not an address".to_owned()));
    }

    async fn columns_have_the_names_that_an_administrator_gives_them(engine) {
        let world = world(engine).await;
        let columns = world.get("/ipam/columns").await.body;
        assert_eq!(columns.as_array().unwrap().len(), 11);
        assert_eq!(columns[1], json!({ "field": "meta1", "name": "Meta 1", "shown": true }));
        let reply = world.patch("/ipam/columns/meta1", json!({ "name": "Circuit" })).await;
        assert_eq!(reply.body, json!({ "field": "meta1", "name": "Circuit", "shown": true }));
        world.patch("/ipam/columns/code", json!({ "name": "Site", "shown": false })).await;
        world.patch("/ipam/columns/meta1", json!({ "shown": false })).await;
        let columns = world.get("/ipam/columns").await.body;
        assert_eq!(columns[0], json!({ "field": "code", "name": "Site", "shown": false }));
        assert_eq!(columns[1], json!({ "field": "meta1", "name": "Circuit", "shown": false }));
        let refused = world.patch("/ipam/columns/meta2", json!({ "name": "circuit" })).await.refusal();
        assert_eq!(refused, (409, "name: the column meta1 has the name \"Circuit\" already".to_owned()));
        assert_eq!(world.patch("/ipam/columns/meta11", json!({ "name": "x" })).await.status, 404);
        let ann = testkit::actor("ann").build();
        let reply = world.v2_as(&ann, axum::http::Method::PATCH, "/ipam/columns/meta1", json!({ "name": "x" })).await;
        assert_eq!(reply.status, 403);
    }
}
