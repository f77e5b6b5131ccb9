//! Rights: what is not seen is not there, what is seen but not allowed names the missing right, and whatever moves
//! space from one resource to another needs rights on both.

use axum::http::Method;
use kernel::{Action, Actor, Area, ResourceId, Rights};
use serde_json::{Value, json};
use testkit::{actor, on_both};

use crate::world::{World, cidrs, world};

const READ: Rights = Rights::of(Area::Ipam, Action::Read);

fn all() -> Rights {
    [Action::Read, Action::Create, Action::Update, Action::Delete]
        .iter()
        .fold(Rights::NONE, |sum, action| sum | Rights::of(Area::Ipam, *action))
}

/// Two customers, Acme with a branch below it, and a /24 for each; one more is free.
struct Land {
    world: World,
    acme: ResourceId,
    branch: ResourceId,
    bolt: ResourceId,
}

const ACME: &str = "10.0.0.0/24";
const BRANCH: &str = "10.0.1.0/24";
const BOLT: &str = "10.0.2.0/24";
const FREE: &str = "10.0.3.0/24";

async fn land(engine: testkit::Engine) -> Land {
    let world = world(engine).await;
    let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
    let branch = world.holder_below("Acme Branch", acme).await;
    world.add(ACME, &format!("resourceId={acme}&allowSubAssignments=true&notes=note")).await;
    world.add(BRANCH, &format!("resourceId={branch}&notes=note")).await;
    world.add(BOLT, &format!("resourceId={bolt}&notes=note")).await;
    world.add(FREE, "notes=note").await;
    Land { world, acme, branch, bolt }
}

impl Land {
    /// Somebody with all rights on address space of Acme and what is below it.
    fn ann(&self) -> Actor {
        actor("ann").with(all(), self.acme).build()
    }

    async fn put(&self, who: &Actor, path: &str, body: Value) -> (u16, String) {
        let reply = self.world.v2_as(who, Method::PUT, path, body).await;
        if reply.status < 400 { (reply.status, String::new()) } else { reply.refusal() }
    }
}

fn needs(right: &str, name: &str, id: impl std::fmt::Display) -> String {
    format!("You need {right} on resource \"{name}\" ({id}) to do this.")
}

on_both! {
    async fn lists_searches_and_reports_show_only_what_may_be_read(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        for (filter, expected) in [
            ("", vec![ACME, BRANCH]),
            ("search=10.0", vec![ACME, BRANCH]),
            ("search=note", vec![ACME, BRANCH]),
            ("search=bolt", vec![]),
            ("search=acme", vec![ACME, BRANCH]),
            ("notes=note&sortField=rir&sortOrder=DESC", vec![BRANCH, ACME]),
            ("isAssigned=true", vec![BRANCH]),
            ("block=10.0.2.0/24", vec![]),
        ] {
            assert_eq!(world.found_as(&ann, filter).await, expected, "{filter}");
        }
        assert_eq!(world.listed_as(&ann, "q=note").await, [ACME, BRANCH]);
        assert_eq!(world.listed_as(&ann, "limit=1&offset=1").await, [BRANCH]);
        let report = world.done_as(&ann, "action=maskReport").await;
        assert_eq!((&report["data"]["IPv4"]["total"], &report["data"]["IPv4"]["assigned"]), (&json!(512), &json!(512)));
        let usage = world.done_as(&ann, "action=getHostUtilization&type=ipv4").await;
        assert_eq!(
            (&usage["totalHosts"], &usage["hostsAssigned"], &usage["hostsAllocated"]),
            (&json!("512"), &json!("256"), &json!("256"))
        );
        assert_eq!(usage["resources"].as_array().unwrap().len(), 2);
        let whole = world.done("action=maskReport").await;
        assert_eq!(whole["data"]["IPv4"]["total"], 1024);
    }

    async fn the_parts_of_a_tree_that_may_not_be_read_are_left_out(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        world.assign("10.0.0.0/26", land.bolt).await;
        let reply = world.v2_as(&ann, Method::GET, "/ipam/netblocks/10.0.0.0/24/children", Value::Null).await;
        assert_eq!(cidrs(&reply.body), ["10.0.0.64/26", "10.0.0.128/25"]);
        let usage = world.done_as(&ann, "action=utilization&block=10.0.0.0/24").await;
        assert_eq!((&usage["totalHosts"], &usage["resources"][0]["name"]), (&json!("192"), &json!("Acme")));
        world.done("action=update&block=10.0.0.0/26&code=secret").await;
        let lists = world.done_as(&ann, &format!("action=getAttributeLists&id={}", world.id(ACME).await)).await;
        assert_eq!((&lists["codes"], lists["resources"].as_array().unwrap().len()), (&json!([]), 1));
        let reply = world.v2_as(&ann, Method::GET, "/ipam/netblocks/10.0.0.0/24/first_available", Value::Null).await;
        assert_eq!(reply.body["cidr"], "10.0.0.64/32");
    }

    async fn what_may_not_be_seen_is_not_there(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        let id = world.id(BOLT).await;
        let missing = (404, format!("No block found: {BOLT}"));
        for form in [
            "update&notes=x",
            "delete&force=true",
            "split",
            "aggregate",
            "unassign",
            "getVlan",
            "utilization",
            "addTag&tag=x",
            "overrideHolding",
            &format!("directAssign&resourceId={}", land.acme),
        ] {
            assert_eq!(world.refused_as(&ann, format!("action={form}&block={BOLT}")).await, missing.1, "{form}");
        }
        for form in ["getOptions", "getResourceHierarchy", "getAttributeLists"] {
            let refused = world.refused_as(&ann, format!("action={form}&id={id}")).await;
            assert_eq!(refused, format!("No block found with ID: {id}"), "{form}");
        }
        for (method, tail, body) in [
            (Method::GET, "", Value::Null),
            (Method::GET, "/children", Value::Null),
            (Method::GET, "/utilization", Value::Null),
            (Method::GET, "/first_available", Value::Null),
            (Method::GET, "/resource_hierarchy", Value::Null),
            (Method::GET, "/options", Value::Null),
            (Method::PATCH, "", json!({"notes": "x"})),
            (Method::DELETE, "?force=true", Value::Null),
            (Method::PUT, "/split", Value::Null),
            (Method::PUT, "/aggregate", Value::Null),
            (Method::PUT, "/unassign", Value::Null),
            (Method::PUT, "/override_holding", Value::Null),
            (Method::PUT, "/direct_assign", json!({"resource_id": land.acme})),
        ] {
            let reply = world.v2_as(&ann, method.clone(), &format!("/ipam/netblocks/{BOLT}{tail}"), body).await;
            assert_eq!(reply.refusal(), missing, "{method} {tail}");
        }
        assert_eq!(world.block(BOLT).await["state"], "assigned");
    }

    async fn what_may_be_seen_but_not_changed_names_the_missing_right(engine) {
        let land = land(engine).await;
        let (world, bob) = (&land.world, actor("bob").with(READ, ResourceId::TOP).build());
        assert_eq!(world.found_as(&bob, "").await.len(), 4);
        let shown = world.v2_as(&bob, Method::GET, &format!("/ipam/netblocks/{ACME}"), Value::Null).await;
        assert_eq!(shown.body["permissions"], json!(["permissionIPAMRead"]));
        let old = world.v1_as(&bob, format!("action=get&block={ACME}")).await;
        assert!(old.contains(r#""permissions":{"permissionIPAMRead":"1"}"#), "{old}");
        let update = needs("permissionIPAMUpdate", "Acme", land.acme);
        for form in ["update&notes=x", "split", "unassign", "addTag&tag=x"] {
            assert_eq!(world.refused_as(&bob, format!("action={form}&block={ACME}")).await, update, "{form}");
        }
        for (method, tail, body) in [
            (Method::PATCH, "", json!({"notes": "x"})),
            (Method::PUT, "/split", Value::Null),
            (Method::PUT, "/unassign", Value::Null),
        ] {
            let reply = world.v2_as(&bob, method.clone(), &format!("/ipam/netblocks/{ACME}{tail}"), body).await;
            assert_eq!(reply.refusal(), (403, update.clone()), "{method} {tail}");
        }
        let delete = needs("permissionIPAMDelete", "Acme", land.acme);
        assert_eq!(world.refused_as(&bob, format!("action=delete&block={ACME}&force=true")).await, delete);
        let create = needs("permissionIPAMCreate", "Available", 2);
        assert_eq!(world.refused_as(&bob, "action=add&block=10.9.0.0/24&rir=1918").await, create);
        let reply =
            world.v2_as(&bob, Method::POST, "/ipam/netblocks", json!({"cidr": "10.9.0.0/24", "rir": "1918"})).await;
        assert_eq!(reply.refusal(), (403, create));
        let options = world.done_as(&bob, &format!("action=getOptions&id={}", world.id(FREE).await)).await;
        assert_eq!(
            options["options"],
            json!({"actions": [], "templates": []}),
            "nothing that may not be done is offered"
        );
        world.is_sound().await;
    }

    async fn a_move_needs_rights_on_both_ends(engine) {
        let land = land(engine).await;
        let ann = land.ann();
        let to = |id: ResourceId| json!({"resource_id": id});
        // From Acme to its branch: both are hers.
        let path = "/ipam/netblocks/10.0.0.0/26/direct_assign";
        assert_eq!(land.put(&ann, path, to(land.branch)).await.0, 200);
        // To Bolt: she may not even know it.
        let path = "/ipam/netblocks/10.0.0.64/26/direct_assign";
        let unknown = (422, format!("resource_id: No resource found with ID: {}", land.bolt));
        assert_eq!(land.put(&ann, path, to(land.bolt)).await, unknown, "the same as if there were none");
        assert_eq!(
            land.put(&ann, path, to(ResourceId(99_999))).await,
            (422, "resource_id: No resource found with ID: 99999".to_owned())
        );
        // She may read Bolt: then the right that is missing has a name.
        let both = actor("ann").with(all(), land.acme).with(READ, land.bolt).build();
        assert_eq!(land.put(&both, path, to(land.bolt)).await, (403, needs("permissionIPAMUpdate", "Bolt", land.bolt)));
        // From the Available space, on which she has no right.
        let smart = json!({"resource_id": land.acme, "type": "ipv4", "mask": 28});
        let available = needs("permissionIPAMUpdate", "Available", 2);
        assert_eq!(land.put(&ann, "/ipam/netblocks/smart_assign", smart).await, (403, available.clone()));
        // Back into the tank, and past it.
        let path = format!("/ipam/netblocks/{BRANCH}/unassign");
        assert_eq!(land.put(&ann, &path, json!({})).await, (403, needs("permissionIPAMUpdate", "Holding", 3)));
        assert_eq!(land.put(&ann, &path, json!({"skip_holding": true})).await, (403, available));
        let full = actor("ann").with(all(), land.acme).with(all(), ResourceId(2)).with(all(), ResourceId(3)).build();
        assert_eq!(land.put(&full, &path, json!({})).await.0, 200);
        land.world.is_sound().await;
    }

    async fn sub_assignment_inside_ones_own_subtree_needs_nothing_else(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        let form = format!(
            "action=smartAssign&type=ipv4&rir=1918&mask=28&resourceId={}&assignedResourceId={}",
            land.branch, land.acme
        );
        assert_eq!(world.done_as(&ann, &form).await["data"]["cidr"], "10.0.0.0/28");
        let back = world.done_as(&ann, "action=unassign&block=10.0.0.0/28&skipHolding=true").await;
        assert_eq!(back["data"]["resource_name"], "Acme");
        // "ignore" takes what she may take, and no more.
        let form = format!(
            "action=smartAssign&type=ipv4&rir=1918&mask=24&resourceId={}&assignedResourceId=ignore",
            land.branch
        );
        assert!(
            world.refused_as(&ann, &form).await.starts_with("mask: No free ipv4 block"),
            "the free /24 is not hers to give"
        );
        assert_eq!(world.done_as(&ann, &form.replace("mask=24", "mask=25")).await["data"]["cidr"], "10.0.0.128/25");
        let form = format!(
            "action=smartAssign&type=ipv4&rir=1918&mask=28&resourceId={}&assignedResourceId={}",
            land.branch, land.bolt
        );
        assert_eq!(
            world.refused_as(&ann, &form).await,
            format!("assignedResourceId: No resource found with ID: {}", land.bolt)
        );
        world.is_sound().await;
    }

    async fn an_override_needs_rights_on_the_tank_and_on_who_gets_the_block_back(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        let id = world.assign("10.0.0.0/26", land.branch).await;
        world.done(&format!("action=unassign&id={id}")).await;
        assert_eq!(
            world.refused_as(&ann, format!("action=overrideHolding&id={id}")).await,
            format!("No block found with ID: {id}")
        );
        let reader = actor("ann").with(all(), land.acme).with(READ, ResourceId(3)).build();
        assert_eq!(
            world.refused_as(&reader, format!("action=overrideHolding&id={id}")).await,
            needs("permissionIPAMUpdate", "Holding", 3)
        );
        let keeper = actor("kim").with(all(), ResourceId(3)).with(READ, land.acme).build();
        assert_eq!(
            world.refused_as(&keeper, format!("action=overrideHolding&id={id}")).await,
            needs("permissionIPAMUpdate", "Acme", land.acme)
        );
        let full = actor("ann").with(all(), land.acme).with(all(), ResourceId(3)).build();
        world.done_as(&full, &format!("action=overrideHolding&id={id}")).await;
        let preview = world.refused_as(&ann, "action=processHoldingTank&preview=true").await;
        assert_eq!(preview, needs("permissionIPAMRead", "Holding", 3));
        world.is_sound().await;
    }

    async fn everything_below_an_aggregate_must_be_ones_own_to_be_deleted_or_propagated_to(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        world.assign("10.0.0.0/26", land.bolt).await;
        let hidden = "10.0.0.0/24 contains blocks that you may not see";
        assert_eq!(world.refused_as(&ann, format!("action=delete&block={ACME}&force=true")).await, hidden);
        assert_eq!(world.refused_as(&ann, format!("action=update&block={ACME}&propagate=true&code=x")).await, hidden);
        assert_eq!(
            world
                .refused_as(
                    &ann,
                    format!("action=aggregate&block={ACME}&autoAggregateToMask=25&ignoreAssignments=true")
                )
                .await,
            "10.0.0.0/25 contains blocks that you may not see"
        );
        assert_eq!(world.leaves(ACME).await[0], "10.0.0.0/26 assigned Bolt");
        world.is_sound().await;
    }

    async fn refusals_do_not_tell_what_may_not_be_seen(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        world.assign("10.0.0.0/26", land.bolt).await;
        assert_eq!(
            world.refused_as(&ann, format!("action=unassign&block={ACME}")).await,
            "block: 10.0.0.0/24 can't be unassigned: 10.0.0.0/26 below it belongs to somebody else"
        );
        let hidden = world.id(BOLT).await;
        let body = json!({"resource_id": land.branch, "type": "ipv6", "mask": 64, "top_aggregate": hidden,
            "assigned_resource_id": land.acme});
        let unknown = (422, format!("top_aggregate: No block found with ID: {hidden}"));
        assert_eq!(land.put(&ann, "/ipam/netblocks/smart_assign", body).await, unknown);
        let form = format!("action=maskReport&resource_id={}", land.bolt);
        assert_eq!(
            world.refused_as(&ann, form).await,
            format!("resource_id: No resource found with ID: {}", land.bolt)
        );
    }

    async fn the_resources_above_a_block_are_named_as_far_as_they_may_be_read(engine) {
        let land = land(engine).await;
        let (world, path) = (&land.world, format!("/ipam/netblocks/{BRANCH}/resource_hierarchy"));
        let names = async |who: &Actor| {
            let reply = world.v2_as(who, Method::GET, &path, Value::Null).await;
            reply.body.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&world.root).await, ["Acme Branch", "Acme", "TLR"]);
        assert_eq!(names(&land.ann()).await, ["Acme Branch", "Acme"]);
        assert_eq!(names(&actor("ben").with(READ, land.branch).build()).await, ["Acme Branch"]);
    }

    async fn a_nearer_entry_takes_rights_away(engine) {
        let land = land(engine).await;
        let world = &land.world;
        let mut grants = kernel::Grants::default();
        grants.add(kernel::GroupId(1), ResourceId::TOP, all());
        grants.add(kernel::GroupId(1), land.branch, Rights::NONE);
        let cat = Actor { grants: grants.into(), ..actor("cat").nobody() };
        assert_eq!(world.found_as(&cat, "").await, [ACME, BOLT, FREE]);
        assert_eq!(
            world.refused_as(&cat, format!("action=split&block={BRANCH}")).await,
            format!("No block found: {BRANCH}")
        );
        assert_eq!(world.done_as(&cat, "action=maskReport").await["data"]["IPv4"]["total"], 768);
    }

    async fn only_an_administrator_keeps_the_lists(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, actor("ann").with(all(), ResourceId::TOP).build());
        let refused = "only an administrator (permissionAdmin on the top-level resource) may change the IPAM lists";
        for form in ["addTagToList&newTag=x", "deleteTagFromList&tag=x", "addRegionToList&newRegion=x"] {
            assert_eq!(world.refused_as(&ann, format!("action={form}")).await, refused, "{form}");
        }
        for (path, body) in [
            ("/ipam/tags", json!({"name": "x"})),
            ("/ipam/regions", json!({"code": "x"})),
            ("/ipam/rirs", json!({"value": "x"})),
        ] {
            assert_eq!(
                world.v2_as(&ann, Method::POST, path, body).await.refusal(),
                (403, refused.to_owned()),
                "{path}"
            );
        }
        assert_eq!(world.v2_as(&ann, Method::GET, "/ipam/rirs", Value::Null).await.status, 200);
    }

    async fn somebody_without_any_right_sees_an_empty_world(engine) {
        let land = land(engine).await;
        let (world, nobody) = (&land.world, actor("nobody").nobody());
        assert_eq!(world.found_as(&nobody, "").await, [""; 0]);
        assert_eq!(world.listed_as(&nobody, "q=10.0").await, [""; 0]);
        assert_eq!(world.done_as(&nobody, "action=maskReport").await["data"]["IPv4"]["total"], 0);
        assert_eq!(world.done_as(&nobody, "action=getHostUtilization&type=ipv4").await["resources"], json!([]));
        assert_eq!(
            world.refused_as(&nobody, format!("action=split&block={FREE}")).await,
            format!("No block found: {FREE}")
        );
        let reply = world.v2_as(&nobody, Method::GET, &format!("/ipam/netblocks/{FREE}"), Value::Null).await;
        assert_eq!(reply.refusal(), (404, format!("No block found: {FREE}")));
    }
}
