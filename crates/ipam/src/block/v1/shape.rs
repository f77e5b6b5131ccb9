//! A block as API v1 shows it: key by key in the order and the types of the original.

use serde_json::{Map, Value, json};

use crate::block::BlockView;

/// The block as a JSON object. `attributes` are shown when they were asked for.
pub(crate) fn block(view: &BlockView, with_attributes: bool) -> Value {
    let BlockView { block, profile, holder_name, region_name, rights, registration, .. } = view;
    let registered = registration.as_ref();
    let prefix = block.prefix();
    let cidr = prefix.to_string();
    let names = rights.names().into_iter();
    let granted = names
        .filter(|name| name.starts_with("permissionIPAM") || *name == "permissionSWIP" || *name == "permissionAdmin");
    let granted: Map<String, Value> = granted.map(|name| (name.to_owned(), json!("1"))).collect();
    let mut shape = json!({
        "id": block.id,
        "type": prefix.family(),
        "top_aggregate": (block.root_id != block.id).then_some(block.root_id),
        "cidr": cidr,
        "formatted_ip": cidr,
        "address": prefix.first().to_string(),
        "end_address": prefix.last().to_string(),
        "mask": block.mask,
        "netmask": prefix.netmask().to_string(),
        "child1": block.child1,
        "child2": block.child2,
        "is_assigned": i32::from(block.state == crate::State::Assigned),
        "is_swipped": i32::from(registered.is_some()),
        "is_aggregate": i32::from(block.is_leaf()),
        "custid": block.holder,
        "resource_id": block.holder,
        "resource_name": holder_name,
        "last_updated_time": block.updated_at.map(kernel::Timestamp::sql),
        "description": null,
        "parent": block.parent_id,
        "rir": profile.rir,
        "lir_id": profile.lir.map(|lir| lir.to_string()),
        "notes": block.notes,
        "generic_code": profile.code,
        "code": profile.code,
        "region": profile.region,
        "region_name": region_name,
        "vlan": profile.vlan,
        "arin_net_id": registered.map(|r| &r.net_handle),
        "arin_cust_id": registered.and_then(|r| r.customer_handle.as_ref()),
        "org_id": registered.and_then(|r| r.org_handle.as_ref()),
        "arin_swip_time": registered.map(|r| r.registered_at.sql()),
        "assigned_time": block.assigned_at.map(kernel::Timestamp::sql),
        "asn": profile.asn.map(|asn| asn.to_string()),
        "allowSubAssignments": block.sub_assignable,
        // An empty map is an empty list in PHP.
        "permissions": if granted.is_empty() { json!([]) } else { Value::Object(granted) },
        "range": format!("{} - {}", prefix.first_address(), prefix.last_address()),
        "tags": profile.tags,
    });
    if with_attributes && let Some(members) = shape.as_object_mut() {
        let chain = block.custody.clone().unwrap_or_else(|| "[]".to_owned());
        members.insert("attributes".to_owned(), json!({ "custody_chain": chain }));
    }
    shape
}
