//! Requests as the doors take them.

use kernel::{Family, Patch as Field, Prefix};
use serde_json::{Map, Value, json};

use crate::naive::{NewRoot, Patch, Recipient, Source, Tags, Wanted};

/// A new aggregate.
pub(crate) fn add(new: &NewRoot) -> Value {
    json!({
        "cidr": new.prefix.to_string(),
        "rir": new.profile.rir,
        "region_id": new.profile.region,
        "vlan_id": new.profile.vlan,
        "code": new.profile.code,
        "tags": new.profile.tags,
        "resource_id": new.holder,
        "allow_sub_assignments": new.sub_assignable,
        "allow_duplicate": new.duplicate,
        "notes": new.notes,
    })
}

/// What a block must be like, and who gets it.
pub(crate) fn direct(wanted: &Wanted, to: Recipient) -> Value {
    let mut body = Map::new();
    body.insert("resource_id".to_owned(), json!(to.holder));
    let given = [
        ("rir", wanted.rir.map(Value::from)),
        ("region_id", wanted.region.map(Value::from)),
        ("vlan", wanted.vlan.map(Value::from)),
        ("code", wanted.code.map(Value::from)),
        ("tags", wanted.tags.as_ref().map(|(_, tags)| json!(tags))),
        ("tags_mode", wanted.tags.as_ref().map(|(mode, _)| json!(mode))),
        ("allow_sub_assignments", to.sub_assignable.map(Value::from)),
    ];
    body.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(body)
}

/// The same for the best block of a size.
pub(crate) fn smart(
    (family, mask): (Family, u8),
    wanted: &Wanted,
    from: Source,
    inside: Option<Value>,
    to: Recipient,
) -> Value {
    let mut body = direct(wanted, to);
    body["type"] = json!(family.name());
    body["mask"] = json!(mask);
    match from {
        Source::Nobody => {}
        Source::Of(holder) => body["assigned_resource_id"] = json!(holder),
        Source::Anybody => body["assigned_resource_id"] = json!("ignore"),
    }
    if let Some(inside) = inside {
        body["top_aggregate"] = inside;
    }
    body
}

/// The old door takes several blocks.
pub(crate) fn direct_v1(blocks: &[Prefix], wanted: &Wanted, to: Recipient) -> String {
    let blocks: Vec<String> = blocks.iter().map(ToString::to_string).collect();
    let mut query = format!("action=directAssign&block={}&resourceId={}", blocks.join(","), to.holder);
    let given = [
        ("rir", wanted.rir.map(str::to_owned)),
        ("region", wanted.region.map(str::to_owned)),
        ("vlan", wanted.vlan.map(|vlan| vlan.to_string())),
        ("code", wanted.code.map(str::to_owned)),
        ("tags", wanted.tags.as_ref().map(|(_, tags)| tags.join(","))),
        ("tagsMode", wanted.tags.as_ref().map(|(mode, _)| (*mode).to_owned())),
        ("allowSubAssignments", to.sub_assignable.map(|flag| flag.to_string())),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            query.extend(["&", name, "=", &value]);
        }
    }
    query
}

/// What is changed. What is cleared is null.
pub(crate) fn patch(patch: &Patch) -> Value {
    let (tags, action) = match &patch.tags {
        None => (None, None),
        Some(Tags::Replace(tags)) => (Some(json!(tags)), Some(json!("replace"))),
        Some(Tags::Add(tags)) => (Some(json!(tags)), Some(json!("add"))),
        Some(Tags::Delete(tags)) => (Some(json!(tags)), Some(json!("delete"))),
    };
    let given = [
        ("rir", patch.rir.map(Value::from)),
        ("region_id", field(patch.region)),
        ("vlan_id", field(patch.vlan)),
        ("code", field(patch.code)),
        ("notes", field(patch.notes)),
        ("tags", tags),
        ("tags_action", action),
        ("allow_sub_assignments", patch.sub_assignable.map(Value::from)),
        ("propagate", Some(patch.propagate.into())),
    ];
    Value::Object(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// What is set, null for what is cleared, and nothing for what is kept.
fn field<T: Into<Value>>(field: Field<T>) -> Option<Value> {
    match field {
        Field::Keep => None,
        Field::Clear => Some(Value::Null),
        Field::Set(value) => Some(value.into()),
    }
}
