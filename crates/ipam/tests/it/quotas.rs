//! Quotas: how much space the members of a group may bring below a resource.

use std::sync::Arc;

use access::{Access, MasterKey, NewGroup, Settings};
use axum::http::Method;
use futures_util::future::join_all;
use kernel::{Action, Actor, Area, GroupId, ResourceId, Rights};
use serde_json::{Value, json};
use testkit::{Engine, actor, on_both};

use crate::world::{Reply, World, world};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Acme with a branch below it and Bolt beside it, a free /20 and a free /40, and a group that may assign anywhere.
struct Land {
    world: World,
    acme: ResourceId,
    branch: ResourceId,
    bolt: ResourceId,
    noc: GroupId,
}

async fn land(engine: Engine) -> Land {
    let world = world(engine).await;
    let key = MasterKey::existing(Some(KEY), None).unwrap().unwrap();
    let access = Access::open(world.test.db.clone(), key, Settings::default()).await.unwrap();
    let new = NewGroup { name: "noc".to_owned(), enabled: true };
    let noc = access.add_group(&world.root, new, None).await.unwrap().id;
    let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
    let branch = world.holder_below("Acme Branch", acme).await;
    world.add("10.0.0.0/20", "").await;
    world.add("2001:db8::/40", "").await;
    Land { world, acme, branch, bolt, noc }
}

impl Land {
    /// A member of the group, who may do everything with space.
    fn ann(&self) -> Actor {
        let all = [Action::Read, Action::Create, Action::Update, Action::Delete];
        let all = all.iter().fold(Rights::NONE, |sum, action| sum | Rights::of(Area::Ipam, *action));
        let ann = actor("ann").with(all, ResourceId::TOP).build();
        let mut grants = (*ann.grants).clone();
        grants.join(self.noc);
        Actor { grants: Arc::new(grants), ..ann }
    }

    fn path(&self) -> String {
        format!("/usergroups/{}/quotas", self.noc)
    }

    /// A quota of the group below Acme; answers with its id.
    async fn quota(&self, family: &str, mask: Option<u8>, limit: i64) -> i64 {
        let new = json!({"resource_id": self.acme, "type": family, "mask": mask, "limit": limit});
        let reply = self.world.post(&self.path(), new).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.body["id"].as_i64().unwrap()
    }

    async fn used(&self) -> Vec<i64> {
        let list = self.world.get(&self.path()).await.body;
        list.as_array().unwrap().iter().map(|quota| quota["used"].as_i64().unwrap()).collect()
    }

    async fn smart(&self, who: &Actor, family: &str, mask: u8, to: ResourceId) -> Reply {
        let wanted = json!({"type": family, "mask": mask, "resource_id": to});
        self.world.v2_as(who, Method::PUT, "/ipam/netblocks/smart_assign", wanted).await
    }
}

on_both! {
    async fn a_group_holds_no_more_addresses_below_a_resource_than_its_quota(engine) {
        let land = land(engine).await;
        let ann = land.ann();
        land.quota("ipv4", None, 512).await;
        assert_eq!(land.smart(&ann, "ipv4", 24, land.acme).await.status, 200);
        assert_eq!(land.smart(&ann, "ipv4", 25, land.branch).await.status, 200, "what is below counts as well");
        assert_eq!(land.used().await, [384]);
        let (status, why) = land.smart(&ann, "ipv4", 24, land.branch).await.refusal();
        let expected = format!(
            "Your quota of 512 IPv4 addresses below \"Acme\" ({}) does not allow this: 640 would be held.", land.acme
        );
        assert!(status == 409 && why.starts_with(&expected), "{why}");
        assert_eq!(land.smart(&ann, "ipv4", 25, land.branch).await.status, 200, "up to the last address");
        assert_eq!(land.used().await, [512]);
        assert_eq!(land.smart(&ann, "ipv4", 24, land.bolt).await.status, 200, "beside the resource there is no quota");
        land.world.is_sound().await;
    }

    async fn every_way_of_getting_space_is_held_to_the_quota(engine) {
        let land = land(engine).await;
        let (world, ann, acme) = (&land.world, land.ann(), land.acme);
        land.quota("ipv4", None, 255).await;
        for form in [
            format!("action=directAssign&block=10.0.1.0/24&resourceId={acme}"),
            format!("action=directAssign&block=10.0.1.0/25,10.0.2.0/25&resourceId={acme}"),
            format!("action=smartAssign&type=ipv4&rir=1918&mask=24&resourceId={acme}"),
            format!("action=add&block=10.1.0.0/24&rir=1918&resourceId={acme}"),
        ] {
            let why = world.refused_as(&ann, &form).await;
            assert!(why.contains("Your quota of 255 IPv4 addresses below \"Acme\""), "{form}: {why}");
        }
        let (status, _) = land.smart(&ann, "ipv4", 24, acme).await.refusal();
        assert_eq!((status, land.used().await), (409, vec![0]), "nothing half done");
        world.is_sound().await;
    }

    async fn whoever_is_in_no_group_with_a_quota_is_free(engine) {
        let land = land(engine).await;
        land.quota("ipv4", None, 0).await;
        let root = land.world.root.clone();
        assert_eq!(land.smart(&root, "ipv4", 24, land.acme).await.status, 200);
        assert_eq!(land.used().await, [256], "the space of others counts");
    }

    async fn space_that_goes_round_below_the_resource_is_not_counted_twice(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        world.pool("10.0.0.0/24", land.acme).await;
        land.quota("ipv4", None, 256).await;
        let form = format!("action=directAssign&block=10.0.0.0/28&resourceId={}", land.branch);
        world.done_as(&ann, &form).await;
        let wanted = json!({"type": "ipv4", "mask": 28, "resource_id": land.branch, "assigned_resource_id": land.acme});
        let reply = world.v2_as(&ann, Method::PUT, "/ipam/netblocks/smart_assign", wanted).await;
        assert_eq!((reply.status, land.used().await), (200, vec![256]), "{reply:?}");
        assert_eq!(land.smart(&ann, "ipv4", 32, land.branch).await.status, 409);
    }

    async fn what_is_given_back_can_be_had_again(engine) {
        let land = land(engine).await;
        let (world, ann) = (&land.world, land.ann());
        land.quota("ipv4", None, 256).await;
        let first = land.smart(&ann, "ipv4", 24, land.acme).await.body["cidr"].as_str().unwrap().to_owned();
        assert_eq!(land.smart(&ann, "ipv4", 24, land.acme).await.status, 409);
        world.done_as(&world.root, &format!("action=unassign&block={first}")).await;
        assert_eq!(land.used().await, [0], "the holding tank is nobody's");
        assert_eq!(land.smart(&ann, "ipv4", 24, land.acme).await.status, 200);
    }

    async fn ipv6_is_counted_in_64s_and_blocks_by_their_mask(engine) {
        let land = land(engine).await;
        let ann = land.ann();
        land.quota("ipv6", None, 512).await;
        land.quota("ipv6", Some(56), 1).await;
        assert_eq!(land.smart(&ann, "ipv6", 56, land.acme).await.status, 200);
        let (status, why) = land.smart(&ann, "ipv6", 56, land.acme).await.refusal();
        assert!(status == 409 && why.starts_with("Your quota of 1 IPv6 blocks of /56 below"), "{why}");
        assert_eq!(land.smart(&ann, "ipv6", 57, land.acme).await.status, 200);
        assert_eq!(land.smart(&ann, "ipv6", 128, land.acme).await.status, 200, "a part of a /64");
        assert_eq!(land.used().await, [385, 1]);
        assert_eq!(land.smart(&ann, "ipv6", 57, land.acme).await.status, 409);
        assert_eq!(land.smart(&ann, "ipv4", 24, land.acme).await.status, 200, "of IPv4 there is no quota");
    }

    async fn at_the_same_time_no_more_is_given_than_one_after_the_other(engine) {
        let land = land(engine).await;
        let ann = land.ann();
        let (root, bolt) = (land.world.root.clone(), land.bolt);
        land.quota("ipv4", None, 5 * 16).await;
        let wanted: Vec<_> = (0..20).map(|_| land.smart(&ann, "ipv4", 28, land.acme)).collect();
        let others: Vec<_> = (0..5).map(|_| land.smart(&root, "ipv4", 28, bolt)).collect();
        let (mine, others) = tokio::join!(join_all(wanted), join_all(others));
        let given = mine.iter().filter(|reply| reply.status == 200).count();
        assert_eq!((given, land.used().await), (5, vec![80]));
        assert!(mine.iter().all(|reply| matches!(reply.status, 200 | 409)));
        assert!(others.iter().all(|reply| reply.status == 200), "one that is refused is in nobody's way");
        land.world.is_sound().await;
    }

    async fn quotas_are_kept_by_who_administers_the_resource(engine) {
        let land = land(engine).await;
        let (world, path) = (&land.world, land.path());
        let id = land.quota("ipv4", Some(29), 2).await;
        let shown = json!({"id": id, "group_id": land.noc, "resource_id": land.acme, "type": "ipv4", "mask": 29,
            "limit": 2, "used": 0, "unit": "blocks"});
        assert_eq!(world.get(&path).await.body, json!([shown]));
        let again = world.post(&path, json!({"resource_id": land.acme, "type": "ipv4", "mask": 29, "limit": 9})).await;
        assert!(again.refusal().1.starts_with("The group \"noc\" has a quota of IPv4 blocks of /29 there already"));
        let one = format!("{path}/{id}");
        assert_eq!(world.patch(&one, json!({"limit": 4})).await.body["limit"], 4);

        let ann = land.ann();
        let raise = world.v2_as(&ann, Method::PATCH, &one, json!({"limit": 99})).await;
        assert_eq!(raise.status, 404, "who sees no resources: {raise:?}");
        let reads = Rights::of(Area::Resource, Action::Read) | Rights::of(Area::User, Action::Read);
        let bob = actor("bob").with(reads, ResourceId::TOP).build();
        let raise = world.v2_as(&bob, Method::PATCH, &one, json!({"limit": 99})).await.refusal();
        assert!(raise.0 == 403 && raise.1.starts_with("You need permissionAdmin on resource \"Acme\""), "{raise:?}");
        assert_eq!(world.v2_as(&bob, Method::GET, &path, Value::Null).await.body[0]["limit"], 4);
        let carl = actor("carl").with(Rights::ADMIN, land.acme).build();
        assert_eq!(world.v2_as(&carl, Method::PATCH, &one, json!({"limit": 3})).await.status, 200);
        assert_eq!(world.v2_as(&carl, Method::GET, &path, Value::Null).await.body[0]["limit"], 3);
        assert_eq!(world.v2_as(&carl, Method::DELETE, &one, Value::Null).await.status, 204);
        assert_eq!(world.get(&path).await.body, json!([]));
        assert_eq!(world.delete(&one).await.status, 404);
    }

    async fn a_quota_that_can_not_be_meant_is_refused(engine) {
        let land = land(engine).await;
        let refused = async |new: Value| land.world.post(&land.path(), new).await.refusal();
        let new = |mask: Value, limit: i64| json!({"resource_id": 1, "type": "ipv4", "mask": mask, "limit": limit});
        assert_eq!(refused(new(json!(33), 1)).await, (422, "mask: must be 1 to 32".to_owned()));
        assert_eq!(refused(new(Value::Null, -1)).await.0, 422);
        let gone = json!({"resource_id": 99_999, "type": "ipv4", "limit": 1});
        assert_eq!(refused(gone).await, (422, "resource_id: No resource found with ID: 99999".to_owned()));
        let nobody = land.world.post("/usergroups/99999/quotas", new(Value::Null, 1)).await.refusal();
        assert_eq!(nobody, (404, "There is no group with id 99999.".to_owned()));
    }
}
