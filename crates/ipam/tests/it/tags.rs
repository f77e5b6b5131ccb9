//! Tags: the four modes of filters, and what an update does with a block's tags.

use serde_json::json;
use testkit::on_both;

use crate::world::{World, world};

/// Four blocks: untagged, with Customer, with VPN, with both.
async fn fixture(world: &World) {
    world.tags(&["Customer", "VPN", "PTP"]).await;
    for (n, tags) in ["", "Customer", "VPN", "VPN, Customer"].iter().enumerate() {
        world.add(&format!("10.0.{n}.0/24"), &format!("tags={tags}")).await;
    }
}

const NONE: &str = "10.0.0.0/24";
const CUSTOMER: &str = "10.0.1.0/24";
const VPN: &str = "10.0.2.0/24";
const BOTH: &str = "10.0.3.0/24";

on_both! {
    async fn four_modes_compare_a_list_with_the_tags_of_a_block(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (mode, tags, expected) in [
            ("strict", "Customer", vec![CUSTOMER]),
            ("strict", "Customer,VPN", vec![BOTH]),
            ("strict", "", vec![NONE]),
            ("exclude", "Customer", vec![NONE, VPN]),
            ("exclude", "Customer,VPN", vec![NONE]),
            ("exclude", "PTP", vec![NONE, CUSTOMER, VPN, BOTH]),
            ("intersection", "Customer", vec![CUSTOMER, BOTH]),
            ("intersection", "Customer,VPN", vec![BOTH]),
            ("intersection", "Customer,PTP", vec![]),
            ("union", "Customer", vec![CUSTOMER, BOTH]),
            ("union", "Customer,VPN", vec![CUSTOMER, VPN, BOTH]),
            ("union", "VPN,PTP", vec![VPN, BOTH]),
            ("UNION", "PTP", vec![]),
        ] {
            assert_eq!(world.found(&format!("tags={tags}&tagsMode={mode}")).await, expected, "v1 {mode} {tags}");
            assert_eq!(world.listed(&format!("tags={tags}&tags_mode={mode}")).await, expected, "v2 {mode} {tags}");
        }
    }

    async fn intersection_is_the_usual_mode_and_no_tags_are_no_filter(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(world.found("tags=Customer").await, [CUSTOMER, BOTH]);
        assert_eq!(world.listed("tags=Customer").await, [CUSTOMER, BOTH]);
        assert_eq!(world.found("tags=").await, [NONE, CUSTOMER, VPN, BOTH]);
        assert_eq!(world.listed("tags=").await, [NONE, CUSTOMER, VPN, BOTH]);
    }

    async fn a_list_of_tags_may_have_spaces_or_be_json_but_names_are_compared_exactly(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(world.found("tags=Customer, VPN").await, [BOTH]);
        assert_eq!(world.found(r#"tags=["VPN","Customer"]"#).await, [BOTH]);
        assert_eq!(world.found("tags[]=VPN&tags[]=Customer").await, [BOTH]);
        assert_eq!(
            world.refused("action=get&tags=customer").await,
            "tags: \"customer\" is not in the list of tags; add it to the list first"
        );
    }

    async fn a_search_is_narrowed_by_tags(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(world.found("search=10.0.3&tags=Customer").await, [BOTH]);
        assert_eq!(world.found("search=10.0.2&tags=Customer").await, [""; 0]);
        assert_eq!(world.listed("q=10.0&tags=VPN&tags_mode=exclude").await, [NONE, CUSTOMER]);
    }

    async fn an_update_replaces_adds_or_deletes_tags(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let old = async |more: &str| {
            let form = format!("action=update&block={BOTH}&{more}");
            world.done(&form).await["data"]["tags"].clone()
        };
        assert_eq!(old("tags=PTP&tags_action=add").await, json!(["Customer", "PTP", "VPN"]));
        assert_eq!(old("tags=VPN,Customer&tags_action=delete").await, json!(["PTP"]));
        assert_eq!(old("tags=VPN,Customer&tags_action=replace").await, json!(["Customer", "VPN"]));
        assert_eq!(old("tags=PTP").await, json!(["PTP"]), "without an action they replace");
        assert_eq!(old("notes=x").await, json!(["PTP"]), "and stay when they are not named");
        assert_eq!(old("tags=").await, json!([]));
        let path = format!("/ipam/netblocks/{BOTH}");
        let new = async |body| world.patch(&path, body).await.body["tags"].clone();
        assert_eq!(new(json!({"tags": ["VPN"], "tags_action": "add"})).await, json!(["VPN"]));
        assert_eq!(
            new(json!({"tags": "PTP, Customer", "tags_action": "add"})).await,
            json!(["Customer", "PTP", "VPN"])
        );
        assert_eq!(new(json!({"tags": ["VPN"], "tags_action": "delete"})).await, json!(["Customer", "PTP"]));
        assert_eq!(new(json!({"tags": []})).await, json!([]));
    }

    async fn an_action_without_tags_is_refused(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let expected = "tags_action: must be used together with tags";
        assert_eq!(world.refused(format!("action=update&block={BOTH}&tags_action=add")).await, expected);
        let reply = world.patch(&format!("/ipam/netblocks/{BOTH}"), json!({"tags_action": "add"})).await;
        assert_eq!(reply.refusal(), (422, expected.to_owned()));
        assert_eq!(
            world.refused(format!("action=update&block={BOTH}&tags=VPN&tags_action=toss")).await,
            "tags_action: \"toss\" is not replace, add or delete"
        );
    }

    async fn a_tag_that_a_block_does_not_carry_can_not_be_taken_off(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(
            world.refused(format!("action=deleteTag&block={CUSTOMER}&tag=VPN")).await,
            "tag: 10.0.1.0/24 does not carry the tag \"VPN\""
        );
        assert_eq!(
            world.refused(format!("action=addTag&block={CUSTOMER}&tag=Nope")).await,
            "tag: \"Nope\" is not in the list of tags; add it to the list first"
        );
    }

    async fn a_tag_stays_in_the_list_while_a_block_carries_it(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(
            world.refused("action=deleteTagFromList&tag=VPN").await,
            "tag: 2 blocks carry the tag \"VPN\"; take it off them first"
        );
        assert_eq!(
            world.delete("/ipam/tags/VPN").await.refusal(),
            (409, "name: 2 blocks carry the tag \"VPN\"; take it off them first".to_owned())
        );
        world.done(&format!("action=deleteTag&block={VPN}&tag=VPN")).await;
        world.done(&format!("action=deleteTag&block={BOTH}&tag=VPN")).await;
        assert_eq!(world.delete("/ipam/tags/VPN").await.status, 204);
    }
}
