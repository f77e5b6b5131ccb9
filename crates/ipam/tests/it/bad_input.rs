//! Input that makes no sense is refused through both doors with a sentence that names the parameter and the rule, and
//! nothing half-done remains.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

async fn fixture(world: &World) {
    world.tags(&["Customer"]).await;
    world.add("10.0.0.0/24", "").await;
}

/// Everything is as it was.
async fn nothing_happened(world: &World) {
    assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
    assert_eq!(world.found("").await, ["10.0.0.0/24"]);
    let block = world.block("10.0.0.0/24").await;
    assert_eq!((&block["last_update_time"], &block["tags"]), (&Value::Null, &json!([])));
    world.is_sound().await;
}

on_both! {
    async fn exactly_one_of_id_and_block_names_a_block(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let id = world.id("10.0.0.0/24").await;
        for action in [
            "update",
            "delete",
            "addTag&tag=Customer",
            "deleteTag&tag=Customer",
            "directAssign&resourceId=1",
            "unassign",
            "aggregate",
            "split",
            "getVlan",
            "utilization",
            "overrideHolding",
        ] {
            for none in ["", "&id=", "&block= "] {
                assert_eq!(
                    world.refused(format!("action={action}{none}")).await,
                    "id, block: exactly one of these must be given, and none was",
                    "{action}{none}"
                );
            }
            assert_eq!(
                world.refused(format!("action={action}&id={id}&block=10.0.0.0/24")).await,
                "id, block: only one of these may be given, but there are id and block",
                "{action}"
            );
        }
        for action in ["getOptions", "getResourceHierarchy", "getAttributeLists"] {
            assert_eq!(world.refused(format!("action={action}")).await, "id: is required", "{action}");
        }
        nothing_happened(&world).await;
    }

    async fn where_one_block_is_meant_several_are_refused(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for action in ["delete", "addTag&tag=Customer", "unassign", "aggregate", "split", "getVlan", "utilization"] {
            assert_eq!(
                world.refused(format!("action={action}&block=10.0.0.0/24,10.0.1.0/24")).await,
                "block: must name exactly one block",
                "{action}"
            );
        }
        assert_eq!(world.refused("action=update&id=[]").await, "id: names no block");
        assert_eq!(world.refused("action=update&block=,,").await, "block: names no block");
        nothing_happened(&world).await;
    }

    async fn a_block_is_an_aligned_cidr(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (text, rule) in [
            ("10.0.0.1/24", "10.0.0.1/24 has host bits set; the block that contains it is 10.0.0.0/24"),
            ("2001:db8::1/32", "2001:db8::1/32 has host bits set; the block that contains it is 2001:db8::/32"),
            ("10.0.0.0/33", "\"/33\" is not a mask of an ipv4 block; use /0 to /32"),
            ("10.0.0/24", "\"10.0.0\" is not an IPv4 or IPv6 address"),
            ("10.0.0.0/-1", "\"/-1\" is not a mask of an ipv4 block; use /0 to /32"),
            ("010.0.0.0/8", "\"010.0.0.0\" is not an IPv4 or IPv6 address"),
            ("banana", "\"banana\" is not an IPv4 or IPv6 address"),
        ] {
            for action in ["add&rir=1918", "get", "split", "directAssign&resourceId=1"] {
                assert_eq!(
                    world.refused(format!("action={action}&block={text}")).await,
                    format!("block: {rule}"),
                    "{action}"
                );
            }
            let reply = world.post("/ipam/netblocks", json!({"cidr": text, "rir": "1918"})).await;
            assert_eq!(reply.refusal(), (422, format!("cidr: {rule}")));
            let reply = world.get(&format!("/ipam/netblocks?cidr={text}")).await;
            assert_eq!(reply.refusal(), (422, format!("cidr: {rule}")));
        }
        for (path, rule) in [
            ("10.0.0.1/24", "10.0.0.1/24 has host bits set; the block that contains it is 10.0.0.0/24"),
            ("10.0.0.0/99", "\"/99\" is not a mask of an ipv4 block; use /0 to /32"),
            ("banana", "\"banana\" is not an IPv4 or IPv6 address"),
            ("99999999999999999999", "this number is too large to be an id"),
        ] {
            let reply = world.get(&format!("/ipam/netblocks/{path}")).await;
            assert_eq!(reply.refusal(), (422, format!("block: {rule}")));
            let reply = world.put(&format!("/ipam/netblocks/{path}/split"), Value::Null).await;
            assert_eq!(reply.refusal(), (422, format!("block: {rule}")));
        }
        assert_eq!(world.refused("action=split&block=17").await, "block: \"17\" is not a CIDR");
        assert_eq!(world.refused("action=split&id=10.0.0.0/24").await, "id: \"10.0.0.0/24\" is not a whole number");
        nothing_happened(&world).await;
    }

    async fn names_that_are_in_no_list_are_refused(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let rir = "\"NIC\" is not in the list of RIRs; use one of ARIN, 1918, AfriNIC, APNIC, LACNIC, RIPE";
        let region = "\"Mars\" is not in the list of regions; add it to the list first";
        let tags = "\"Nope\" is not in the list of tags; add it to the list first";
        for action in ["add&block=10.9.0.0/24", "update&block=10.0.0.0/24"] {
            for (more, message) in [
                ("rir=NIC", format!("rir: {rir}")),
                ("rir=1918&region=Mars", format!("region: {region}")),
                ("rir=1918&tags=Customer,Nope", format!("tags: {tags}")),
            ] {
                assert_eq!(world.refused(format!("action={action}&{more}")).await, message, "{action}");
            }
        }
        for (body, message) in [
            (json!({"rir": "NIC"}), format!("rir: {rir}")),
            (json!({"region_id": "Mars"}), format!("region_id: {region}")),
            (json!({"tags": ["Nope"]}), format!("tags: {tags}")),
        ] {
            let reply = world.patch("/ipam/netblocks/10.0.0.0/24", body.clone()).await;
            assert_eq!(reply.refusal(), (422, message.clone()));
            let mut new = json!({"cidr": "10.9.0.0/24", "rir": "1918"});
            new.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            assert_eq!(world.post("/ipam/netblocks", new).await.refusal(), (422, message));
        }
        nothing_happened(&world).await;
    }

    async fn numbers_and_flags_that_are_none_are_refused(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let number =
            |name: &str, text: &str| format!("{name}: \"{text}\" is not a number, or not one that is possible here");
        for (more, message) in [
            ("vlan=x", number("vlan", "x")),
            ("vlan=0", "vlan: 0 is not a VLAN id; use 1 to 4094".to_owned()),
            ("vlan=4095", "vlan: 4095 is not a VLAN id; use 1 to 4094".to_owned()),
            ("vlan=1.5", number("vlan", "1.5")),
            ("asn=x", "asn: \"x\" is not an AS number (1 to 4294967295)".to_owned()),
            ("asn=4294967296", "asn: \"4294967296\" is not an AS number (1 to 4294967295)".to_owned()),
            ("lirId=x", number("lirId", "x")),
            ("lirId=99999999999999999999", number("lirId", "99999999999999999999")),
            (
                "allowSubAssignments=maybe",
                "allowSubAssignments: \"maybe\" is neither true (1) nor false (0)".to_owned(),
            ),
            ("vlan[]=1", "vlan: must be a single value, not a list or a map".to_owned()),
        ] {
            for action in ["update&block=10.0.0.0/24", "add&block=10.9.0.0/24&rir=1918"] {
                assert_eq!(world.refused(format!("action={action}&{more}")).await, message, "{action}");
            }
        }
        assert_eq!(
            world.refused("action=update&block=10.0.0.0/24&propagate=2").await,
            "propagate: \"2\" is neither true (1) nor false (0)"
        );
        assert_eq!(
            world.refused("action=split&block=10.0.0.0/24&autoSplitLimit=x").await,
            number("autoSplitLimit", "x")
        );
        assert_eq!(
            world.refused("action=directAssign&block=10.0.0.0/24&resourceId=x").await,
            number("resourceId", "x")
        );
        assert_eq!(world.refused("action=getSizes&size=5").await, "size: must be 4 or 6");
        for (body, message) in [
            (json!({"vlan_id": "x"}), "vlan_id: \"x\" is not a whole number"),
            (json!({"vlan_id": 4095}), "vlan_id: 4095 is not a VLAN id; use 1 to 4094"),
            (json!({"vlan_id": 1.5}), "vlan_id: must be a whole number or a text"),
            (json!({"asn": "x"}), "asn: \"x\" is not an AS number (1 to 4294967295)"),
            (json!({"lir_id": "x"}), "lir_id: \"x\" is not a whole number"),
            (json!({"lir_id": [1]}), "lir_id: must be a whole number or a text"),
            (
                json!({"allow_sub_assignments": "maybe"}),
                "allow_sub_assignments: must be true or false, not the text \"maybe\"",
            ),
            (json!({"tags": 5}), "tags: must be a list of texts, or one text with commas"),
            (json!({"notes": 5}), "notes: must be a string, not the number 5"),
            (json!({"colour": "red"}), "colour: is not known here; known are: "),
        ] {
            let (status, refused) = world.patch("/ipam/netblocks/10.0.0.0/24", body).await.refusal();
            assert!(status == 422 && refused.starts_with(message), "{message}\n{refused}");
        }
        for (body, message) in [
            (json!({"mask": "x"}), "mask: must be a whole number from 0 to 255, not the text \"x\""),
            (json!({"mask": -1}), "mask: must be a whole number from 0 to 255, not the number -1"),
            (json!({"limit": -1}), "limit: must be a whole number from 0 to 4294967295, not the number -1"),
        ] {
            let reply = world.put("/ipam/netblocks/10.0.0.0/24/split", body).await;
            assert_eq!(reply.refusal(), (422, message.to_owned()));
        }
        nothing_happened(&world).await;
    }

    async fn what_must_be_there_is_named_when_it_is_not(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        for (form, message) in [
            ("action=add", "block: is required"),
            ("action=add&block=10.9.0.0/24", "rir: is required"),
            ("action=addTag&block=10.0.0.0/24", "tag: is required"),
            ("action=addTagToList", "newTag: is required"),
            ("action=deleteTagFromList&tag= ", "tag: is required"),
            ("action=addRegionToList", "newRegion: is required"),
            ("action=getSizes", "size: is required"),
            (
                "action=directAssign&block=10.0.0.0/24",
                "resourceId, resourceQuery, resourceHolderId: exactly one of these must be given, and none was",
            ),
        ] {
            assert_eq!(world.refused(form).await, message);
        }
        for (path, body, message) in [
            ("/ipam/netblocks", json!({"rir": "1918"}), "cidr: is required"),
            ("/ipam/netblocks", json!({"cidr": "10.9.0.0/24"}), "rir: is required"),
            ("/ipam/tags", json!({}), "name: is required"),
            ("/ipam/regions", json!({}), "code: is required"),
            ("/ipam/rirs", json!({}), "value: is required"),
        ] {
            assert_eq!(world.post(path, body).await.refusal(), (422, message.to_owned()));
        }
        for (body, message) in [
            (json!({"type": "ipv4", "mask": 24}), "resource_id: is required; give it or resource_query"),
            (json!({"type": "ipv4", "resource_id": 1}), "mask: is required"),
            (json!({"mask": 24, "resource_id": 1}), "type: is required"),
            (
                json!({"type": "ipv4", "mask": 24, "resource_id": 1, "resource_query": {}}),
                "resource_id: can't be given together with resource_query",
            ),
            (
                json!({"type": "ipv4", "mask": 24, "resource_query": {"nam": "x"}}),
                "resource_query.nam: is not known in a query of resources",
            ),
        ] {
            let (status, refused) = world.put("/ipam/netblocks/smart_assign", body).await.refusal();
            assert!(status == 422 && refused.starts_with(message), "{message}\n{refused}");
        }
        nothing_happened(&world).await;
    }

    async fn entries_of_lists_are_short_printable_names(engine) {
        let world = world(engine).await;
        let long = "x".repeat(101);
        for (name, rule) in [
            ("a,b", "must not contain a comma, since lists are separated by commas"),
            (&long, "must not be longer than 100 characters"),
            ("a\u{7}b", "must not contain control characters"),
        ] {
            let encoded = name.replace('\u{7}', "%07");
            assert_eq!(world.refused(format!("action=addTagToList&newTag={encoded}")).await, format!("newTag: {rule}"));
            assert_eq!(
                world.refused(format!("action=addRegionToList&newRegion={encoded}")).await,
                format!("newRegion: {rule}")
            );
            assert_eq!(world.post("/ipam/tags", json!({"name": name})).await.refusal(), (422, format!("name: {rule}")));
            assert_eq!(
                world.post("/ipam/rirs", json!({"value": name})).await.refusal(),
                (422, format!("value: {rule}"))
            );
        }
        assert_eq!(
            world.post("/ipam/tags", json!({"name": " "})).await.refusal(),
            (422, "name: must not be empty".to_owned())
        );
    }
}
