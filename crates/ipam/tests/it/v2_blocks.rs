//! Blocks in API v2: paths, statuses, keys and types, as the official client of the original decodes them.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{cidrs, fill, world};

/// What the client insists on: an id may be a number, a text or null.
fn is_id(value: &Value) -> bool {
    value.is_number() || value.is_string() || value.is_null()
}

fn is_text(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

on_both! {
    async fn a_block_has_these_keys_and_types(engine) {
        let world = world(engine).await;
        world.tags(&["Customer"]).await;
        let region =
            world.post("/ipam/regions", json!({"code": "SFO", "name": "San Francisco, CA"})).await.body["id"].clone();
        let body = json!({
            "cidr": "192.0.2.0/24", "rir": "ARIN", "tags": ["Customer"], "vlan_id": 100, "region_id": region,
            "asn": 64500, "code": "DC1", "notes": "racks", "lir_id": 12, "meta1": "a", "allow_sub_assignments": false,
        });
        let reply = world.post("/ipam/netblocks", body).await;
        assert_eq!(reply.status, 201);
        let documented = fill(
            r#"{"id":<id>,"type":"ipv4","top_aggregate":null,"cidr":"192.0.2.0/24","address":"3221225984","end_address":"3221226239","mask":24,"netmask":"255.255.255.0","is_aggregate":true,"assigned":false,"state":"available","child1":null,"child2":null,"parent":null,"resource_id":2,"resource_name":"Available","rir":"ARIN","lir_id":12,"asn":64500,"vlan_id":100,"vlan_domain_id":1,"vrf_id":1,"rule_id":null,"sparse_allocation":null,"sparse_allocation_id":null,"reserved_time":null,"reserved_by":null,"nat":null,"generic_code":"DC1","region":"SFO","region_id":<region>,"region_name":"San Francisco, CA","tags":["Customer"],"notes":"racks","description":null,"allow_sub_assignments":false,"allow_duplicate":"false","assign_time":null,"last_update_time":null,"custody_chain":[],"swipped":false,"swip_time":null,"net_handle":null,"customer_handle":null,"org_id":null,"is_important":false,"host_count":"256","range":["192.0.2.0","192.0.2.255"],"permissions":["permissionIPAMRead","permissionIPAMUpdate","permissionIPAMCreate","permissionIPAMDelete","permissionResourceRead","permissionResourceUpdate","permissionResourceCreate","permissionResourceDelete","permissionPeeringRead","permissionPeeringUpdate","permissionPeeringCreate","permissionPeeringDelete","permissionUserRead","permissionUserUpdate","permissionUserCreate","permissionUserDelete","permissionDNSRead","permissionDNSUpdate","permissionDNSCreate","permissionDNSDelete","permissionDHCPRead","permissionDHCPUpdate","permissionDHCPCreate","permissionDHCPDelete","permissionDCIMRead","permissionDCIMUpdate","permissionDCIMCreate","permissionDCIMDelete","permissionSWIP","permissionAdmin"],"meta1":"a","meta2":null,"meta3":null,"meta4":null,"meta5":null,"meta6":null,"meta7":null,"meta8":null,"meta9":null,"meta10":null,"dhcp_resource_id":null,"cmnetblock_resource_id":null,"umbrella_resource_id":null,"utilization_status":null}"#,
            &[("id", reply.body["id"].as_i64().unwrap()), ("region", region.as_i64().unwrap())],
        );
        assert_eq!(reply.body.to_string(), documented);
    }

    /// One type off, and the client refuses the whole answer.
    async fn the_official_client_can_decode_every_block(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.add("10.0.0.0/24", "allowDuplicate=true").await;
        world.add("2001:db8::/32", "asn=64500&vlan=7").await;
        world.pool("2001:db8::/33", acme).await;
        world.assign("2001:db8:0:1::/64", acme).await;
        world.done("action=unassign&block=2001:db8:0:1::/64").await;
        let blocks = world.get("/ipam/netblocks?limit=1000").await.body;
        for block in blocks.as_array().unwrap() {
            for key in [
                "id",
                "top_aggregate",
                "lir_id",
                "asn",
                "child1",
                "child2",
                "resource_id",
                "parent",
                "vlan_id",
                "org_id",
                "region_id",
            ] {
                assert!(is_id(&block[key]), "{key}: {block}");
            }
            for key in ["is_aggregate", "assigned", "is_important", "swipped", "allow_sub_assignments"] {
                assert!(block[key].is_boolean(), "{key}: {block}");
            }
            for key in [
                "type",
                "cidr",
                "address",
                "end_address",
                "netmask",
                "last_update_time",
                "resource_name",
                "description",
                "rir",
                "notes",
                "generic_code",
                "assign_time",
                "swip_time",
                "net_handle",
                "customer_handle",
                "region",
                "region_name",
                "host_count",
                "allow_duplicate",
                "meta1",
                "meta10",
                "rule_id",
                "sparse_allocation_id",
                "reserved_time",
                "reserved_by",
                "nat",
                "dhcp_resource_id",
                "cmnetblock_resource_id",
                "umbrella_resource_id",
                "utilization_status",
            ] {
                assert!(is_text(&block[key]), "{key}: {block}");
            }
            assert!(block["mask"].is_u64());
            for key in ["permissions", "range", "tags"] {
                assert!(block[key].as_array().unwrap().iter().all(Value::is_string), "{key}: {block}");
            }
        }
    }

    async fn a_block_is_named_by_its_id_or_its_cidr_in_any_spelling(engine) {
        let world = world(engine).await;
        let v4 = world.add("10.0.0.0/24", "").await;
        let v6 = world.add("2001:db8::/32", "").await;
        for (path, id) in [
            (v4.to_string(), v4),
            ("10.0.0.0/24".to_owned(), v4),
            ("10.0.0.0%2F24".to_owned(), v4),
            ("10.0.0.0%2f24".to_owned(), v4),
            ("10.0.0.0/24/".to_owned(), v4),
            ("2001:db8::/32".to_owned(), v6),
            ("2001:db8::%2F32".to_owned(), v6),
            ("2001%3Adb8%3A%3A/32".to_owned(), v6),
            ("2001:0DB8:0:0::/32".to_owned(), v6),
        ] {
            let reply = world.get(&format!("/ipam/netblocks/{}", path.trim_end_matches('/'))).await;
            assert_eq!((reply.status, &reply.body["id"]), (200, &json!(id)), "{path}");
            let reply = world.get(&format!("/ipam/netblocks/{}/options", path.trim_end_matches('/'))).await;
            assert_eq!(reply.status, 200, "{path}");
        }
    }

    async fn each_action_answers_at_its_path(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("192.168.192.0/24", "").await;
        let to = json!({"resource_id": acme.to_string()});
        let reply = world.put("/ipam/netblocks/192.168.192.176/28/direct_assign", to.clone()).await;
        assert_eq!((reply.status, cidrs(&reply.body)), (200, vec!["192.168.192.176/28".to_owned()]), "a list of one");
        let reply = world.put("/ipam/netblocks/192.168.192.176%2F28/unassign", json!({"skip_holding": false})).await;
        assert_eq!((reply.status, &reply.body["state"]), (200, &json!("holding")));
        let reply = world.put("/ipam/netblocks/192.168.192.176/28/override_holding", Value::Null).await;
        assert_eq!((reply.status, &reply.body["state"]), (200, &json!("available")));
        let reply = world.put("/ipam/netblocks/192.168.192.128/25/aggregate", json!({"mask": 24})).await;
        assert_eq!((reply.status, &reply.body["cidr"]), (200, &json!("192.168.192.0/24")));
        let reply = world.put("/ipam/netblocks/192.168.192.0/24/split", Value::Null).await;
        assert_eq!((reply.status, cidrs(&reply.body).len()), (200, 2));
        let mut smart = to;
        smart.as_object_mut().unwrap().extend([
            ("type".to_owned(), json!("ipv4")),
            ("mask".to_owned(), json!(32)),
            ("rir".to_owned(), json!("1918")),
        ]);
        let reply = world.put("/ipam/netblocks/smart_assign", smart).await;
        assert_eq!((reply.status, &reply.body["cidr"]), (200, &json!("192.168.192.0/32")), "one block, no list");
        let reply = world.get("/ipam/netblocks/192.168.192.0/24/first_available").await;
        assert_eq!((reply.status, reply.body), (200, json!({"cidr": "192.168.192.1/32"})));
        let reply = world.get("/ipam/netblocks/192.168.192.0/32/resource_hierarchy").await;
        assert_eq!(reply.body, json!([{"id": acme, "name": "Acme"}, {"id": 1, "name": "TLR"}]));
        let reply = world.patch("/ipam/netblocks/192.168.192.0/24", json!({"notes": "x"})).await;
        assert_eq!((reply.status, &reply.body["notes"]), (200, &json!("x")));
        let reply = world.delete("/ipam/netblocks/192.168.192.0/24?force=true").await;
        assert_eq!((reply.status, reply.body), (204, Value::Null));
    }

    async fn the_first_available_address_lies_in_free_space_or_a_pool(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("2001:db8::/126", "").await;
        let first = async |block: &str| world.get(&format!("/ipam/netblocks/{block}/first_available")).await;
        for expected in ["2001:db8::/128", "2001:db8::1/128", "2001:db8::2/128", "2001:db8::3/128"] {
            assert_eq!(first("2001:db8::/126").await.body, json!({"cidr": expected}));
            world.assign(expected, acme).await;
        }
        assert_eq!(first("2001:db8::/126").await.refusal(), (404, "No address of 2001:db8::/126 is free".to_owned()));
        world.done("action=unassign&block=2001:db8::2/128").await;
        assert_eq!(first("2001:db8::/126").await.status, 404, "what is held is not free");
        world.add("10.0.0.0/24", &format!("resourceId={acme}&allowSubAssignments=true")).await;
        assert_eq!(first("10.0.0.0/24").await.body, json!({"cidr": "10.0.0.0/32"}));
    }

    async fn lists_of_names_are_kept_through_v2_as_well(engine) {
        let world = world(engine).await;
        assert_eq!(world.post("/ipam/tags", json!({"name": "Customer"})).await.status, 201);
        assert_eq!(world.get("/ipam/tags").await.body, json!([{"name": "Customer"}]));
        assert_eq!(
            world.post("/ipam/tags", json!({"name": "Customer"})).await.refusal(),
            (409, "name: the tag \"Customer\" is in the list already".to_owned())
        );
        assert_eq!(world.delete("/ipam/tags/Customer").await.status, 204);
        assert_eq!(
            world.delete("/ipam/tags/Customer").await.refusal(),
            (404, "name: there is no tag \"Customer\" in the list".to_owned())
        );
        let region = world.post("/ipam/regions", json!({"code": "ASH1", "name": "Ashburn, VA"})).await;
        assert_eq!((region.status, &region.body["name"]), (201, &json!("Ashburn, VA")));
        assert_eq!(world.get("/ipam/regions").await.body, json!([region.body]));
        assert_eq!(
            world.post("/ipam/regions", json!({"code": "ANY"})).await.refusal(),
            (409, "code: the region \"ANY\" is in the list already".to_owned())
        );
        let rir = world.post("/ipam/rirs", json!({"value": "1918-SJC", "name": "San Jose"})).await;
        assert_eq!((rir.status, rir.body), (201, json!({"value": "1918-SJC", "name": "San Jose"})));
        assert_eq!(world.get("/ipam/rirs").await.body.as_array().unwrap().len(), 7);
        assert_eq!(
            world.post("/ipam/rirs", json!({"value": "arin"})).await.refusal(),
            (409, "value: the RIR \"arin\" is in the list already".to_owned())
        );
        assert_eq!(world.get("/ipam/sizes?family=6").await.body[0], json!(32));
        assert_eq!(world.get("/ipam/sizes?family=5").await.refusal(), (422, "family: must be 4 or 6".to_owned()));
    }

    async fn what_is_not_there_is_not_found(engine) {
        let world = world(engine).await;
        for (method, path) in [
            (Method::GET, "/ipam/netblocks/10.0.0.0/24"),
            (Method::GET, "/ipam/netblocks/10.0.0.0/24/children"),
            (Method::GET, "/ipam/netblocks/10.0.0.0/24/options"),
            (Method::GET, "/ipam/netblocks/10.0.0.0/24/utilization"),
            (Method::GET, "/ipam/netblocks/10.0.0.0/24/first_available"),
            (Method::GET, "/ipam/netblocks/10.0.0.0/24/resource_hierarchy"),
            (Method::PATCH, "/ipam/netblocks/10.0.0.0/24"),
            (Method::DELETE, "/ipam/netblocks/10.0.0.0/24"),
            (Method::PUT, "/ipam/netblocks/10.0.0.0/24/split"),
            (Method::PUT, "/ipam/netblocks/10.0.0.0/24/aggregate"),
            (Method::PUT, "/ipam/netblocks/10.0.0.0/24/unassign"),
            (Method::PUT, "/ipam/netblocks/10.0.0.0/24/override_holding"),
        ] {
            let reply = world.v2_as(&world.root, method.clone(), path, Value::Null).await;
            assert_eq!(reply.refusal(), (404, "No block found: 10.0.0.0/24".to_owned()), "{method} {path}");
        }
        let reply = world.get("/ipam/netblocks/4711").await;
        assert_eq!(reply.refusal(), (404, "No block found with ID: 4711".to_owned()));
        let reply = world.put("/ipam/netblocks/4711/direct_assign", json!({"resource_id": 1})).await;
        assert_eq!(reply.refusal(), (404, "No block found with ID: 4711".to_owned()));
    }
}
