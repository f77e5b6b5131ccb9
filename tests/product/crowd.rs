//! Space that is just too small for everybody, and people who want it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Person};

/// The aggregates: the first two are for everybody, pieces of the others are given on by the provider.
const SPACE: [(&str, bool); 4] =
    [("10.0.0.0/19", false), ("2001:db8::/53", false), ("10.0.64.0/21", true), ("2001:db8:8000::/55", true)];

/// Somebody whose pools others get pieces of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider(pub(crate) i64);

/// Makes the aggregates, the provider and so many people.
pub async fn crowd(client: &Client, many: usize) -> Vec<Person> {
    let resource = async |name: String| -> i64 {
        let made = client.done(Method::POST, "/resources", json!({ "name": name, "type": "customer" })).await;
        made["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {made}"))
    };
    let provider = resource("Provider".to_owned()).await;
    for (cidr, pool) in SPACE {
        let mut body = json!({ "cidr": cidr, "rir": "ARIN" });
        if pool {
            body["resource_id"] = json!(provider);
            body["allow_sub_assignments"] = Value::Bool(true);
        }
        client.done(Method::POST, "/ipam/netblocks", body).await;
    }
    let mut people = Vec::with_capacity(many);
    for n in 0..many {
        people.push(Person::new(resource(format!("Person {n}")).await, Provider(provider)));
    }
    people
}
