//! The requests that the loads are made of.

use std::rc::Rc;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use crate::{
    client::Request,
    estate::Estate,
    fill::{FIRST_VLAN, REGIONS, RIRS, TAGS, VLANS, region},
};

/// Different requests; when they have all been used, they come again.
const MANY: usize = 20_000;

/// Smart assigns: 70 % IPv4 /22 to /30, 30 % IPv6 /48 to /64, of five RIRs, half of them with one more constraint.
pub(crate) fn smart_assigns(estate: &Estate) -> Rc<Vec<Request>> {
    let mut random = StdRng::seed_from_u64(7);
    let one = |_| {
        let (family, masks) = if random.random_bool(0.7) { ("ipv4", 22..=30) } else { ("ipv6", 48..=64) };
        let mut body = json!({
            "resource_id": estate.resources[random.random_range(0..estate.resources.len())],
            "type": family,
            "mask": random.random_range(masks),
            "rir": RIRS[random.random_range(0..RIRS.len())],
        });
        match random.random_range(0..6) {
            0 => body["region_id"] = region(random.random_range(0..REGIONS)).into(),
            1 => body["vlan"] = (FIRST_VLAN + random.random_range(0..VLANS)).into(),
            2 => body["tags"] = format!("T{}", random.random_range(0..TAGS)).into(),
            _ => {}
        }
        Request::json("PUT", "/api/v2/ipam/netblocks/smart_assign", &body)
    };
    Rc::new((0..MANY).map(one).collect())
}

/// The cheapest question that there is.
pub(crate) fn health() -> Rc<Vec<Request>> {
    Rc::new(vec![Request::get("/healthz")])
}

/// The questions of people who look around, each in many variants.
pub(crate) fn looks(estate: &Estate) -> Vec<(&'static str, Vec<Request>)> {
    let mut random = StdRng::seed_from_u64(11);
    let mut many = |path: &dyn Fn(&mut StdRng) -> String| {
        (0..200).map(|_| Request::get(&format!("/api/v2{}", path(&mut random)))).collect()
    };
    let rir = |random: &mut StdRng| RIRS[random.random_range(0..RIRS.len())];
    vec![
        (
            "page of 100 blocks by RIR and state",
            many(&|random| {
                let state = ["available", "assigned"][random.random_range(0..2)];
                format!("/ipam/netblocks?rir={}&state={state}&limit=100", rir(random))
            }),
        ),
        (
            "page of 100 blocks by region and tag",
            many(&|random| {
                let region = region(random.random_range(0..REGIONS));
                format!("/ipam/netblocks?region={region}&tags=T{}&limit=100", random.random_range(0..TAGS))
            }),
        ),
        ("100 leaves of a block with many", many(&|_| format!("/ipam/netblocks/{}/children?limit=100", estate.wide))),
        ("100 children of a resource with many", many(&|_| format!("/resources/{}/children?limit=100", estate.parent))),
        (
            "the blocks around an address",
            many(&|random| {
                let address = std::net::Ipv4Addr::from_bits(
                    (11 << 24) + ((random.random_range(0..20) * 3) << 19) + random.random_range(0..1 << 11),
                );
                format!("/ipam/netblocks?address={address}")
            }),
        ),
        ("search for 10.17.", many(&|_| "/ipam/netblocks?q=10.17.&limit=100".to_owned())),
    ]
}
