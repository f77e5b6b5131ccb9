//! The sample network: address space as the registries have delegated it to five countries, and customers made up.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use super::api::Api;

/// See `LICENCE.md` beside it.
const BLOCKS: &str = include_str!("network.csv");
const REGIONS: [(&str, &str); 5] =
    [("IS", "Iceland"), ("UY", "Uruguay"), ("JM", "Jamaica"), ("KE", "Kenya"), ("NZ", "New Zealand")];
/// The registry that serves each region.
const REGISTRIES: [&str; 5] = ["RIPE", "LACNIC", "ARIN", "AfriNIC", "APNIC"];
const TAGS: [&str; 2] = ["Customer", "Infrastructure"];

/// A customer: the name, the region as its place in [`REGIONS`], and the masks of what they got, IPv4 and IPv6.
type Customer = (&'static str, usize, &'static [u8], &'static [u8]);

const CUSTOMERS: [Customer; 8] = [
    ("Geysir Hosting", 0, &[24, 26, 26], &[48]),
    ("Nordlys Media", 0, &[27, 29], &[]),
    ("Río Plata Cloud", 1, &[23, 25], &[48, 56]),
    ("Estancia Software", 1, &[28], &[]),
    ("Blue Mountain Broadband", 2, &[22, 24], &[40]),
    ("Savanna Telecom", 3, &[20, 24, 24], &[44]),
    ("Kiwi Compute", 4, &[22, 26], &[48]),
    ("Tui Networks", 4, &[29, 30], &[56]),
];
/// They have nothing yet.
const NEWEST: &str = "Fjord Robotics";

/// What was loaded.
pub(super) struct Network {
    blocks: i64,
    customers: usize,
    assignments: usize,
    /// The id of a customer who has no address space yet.
    pub(super) newest_customer: Value,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blocks, customers, assignments, .. } = self;
        let regions = REGIONS.map(|(_, name)| name).join(", ");
        writeln!(f, "{blocks} blocks that the registries have delegated to {regions} (ipverse/rir-ip, CC0),")?;
        writeln!(
            f,
            "{customers} customers that we made up, and {assignments} assignments to them; one was given back and"
        )?;
        write!(f, "rests in the holding tank.")
    }
}

/// Puts it into a new database.
pub(super) async fn load(api: &Api) -> anyhow::Result<Network> {
    for (code, name) in REGIONS {
        api.post("/ipam/regions", &json!({ "code": code, "name": name })).await?;
    }
    for tag in TAGS {
        api.post("/ipam/tags", &json!({ "name": tag })).await?;
    }
    let blocks = import(api).await?;
    api.post("/resources", &json!({ "name": "Customer", "type": "section", "slug": "customer" })).await?;
    let mut assigned = Vec::new();
    for (name, region, ipv4, ipv6) in CUSTOMERS {
        let customer = add_customer(api, name, REGIONS[region].1).await?;
        let masks = ipv4.iter().map(|mask| ("ipv4", mask)).chain(ipv6.iter().map(|mask| ("ipv6", mask)));
        for (family, mask) in masks {
            let wanted = json!({
                "resource_id": customer, "type": family, "mask": mask, "rir": REGISTRIES[region],
                "region_id": REGIONS[region].0, "tags": TAGS[0],
            });
            assigned.push(api.put("/ipam/netblocks/smart_assign", &wanted).await?.1["id"].take());
        }
    }
    if let Some(block) = assigned.first() {
        api.put(&format!("/ipam/netblocks/{block}/unassign"), &json!({})).await?;
    }
    let newest_customer = add_customer(api, NEWEST, REGIONS[0].1).await?;
    Ok(Network { blocks, customers: CUSTOMERS.len() + 1, assignments: assigned.len(), newest_customer })
}

async fn add_customer(api: &Api, name: &str, country: &str) -> anyhow::Result<Value> {
    let customer = json!({ "name": name, "type": "entry", "section": "customer", "attrs": { "country": country } });
    Ok(api.post("/resources", &customer).await?["id"].take())
}

/// Imports the blocks and waits for the job; answers how many there are.
async fn import(api: &Api) -> anyhow::Result<i64> {
    let job = api.upload("/ipam/imports?format=csv", BLOCKS).await?["id"].take();
    loop {
        let job = api.get(&format!("/jobs/{job}")).await?;
        match job["status"].as_str() {
            Some("done") if job["result"]["error_count"] == 0 => {
                return Ok(job["result"]["added"].as_i64().unwrap_or_default());
            }
            Some("queued" | "running") => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => anyhow::bail!("the blocks could not be imported: {job}"),
        }
    }
}
