//! How the actions of API v1 are asked for.

use serde_json::json;

use crate::world::{SEEN, World};

/// The parameters of an action, about things that are new.
pub(crate) async fn query(world: &World, target: &str, action: &str) -> String {
    match target {
        "ipam" => ipam(world, action).await,
        "resource" => resource(world, action).await,
        _ => None,
    }
    .unwrap_or_else(|| panic!("say in tests/matrix/action.rs what the parameters of {target} {action} are"))
}

async fn ipam(world: &World, action: &str) -> Option<String> {
    let acorn = world.acorn().await;
    let number = world.number();
    Some(match action {
        "get" => format!("resourceId={acorn}&id={}", world.assigned(acorn).await),
        "add" => format!("block=2001:db8:{number:x}::/48&rir=ARIN&resourceId={acorn}"),
        "update" => format!("id={}&notes={SEEN}", world.assigned(acorn).await),
        "delete" => format!("id={}", world.free().await),
        "deleteTag" => {
            let block = world.assigned(acorn).await;
            world.patch(block, json!({ "tags": ["nut"], "tags_action": "add" })).await;
            format!("id={block}&tag=nut")
        }
        "addTag" => format!("id={}&tag=nut", world.assigned(acorn).await),
        "smartAssign" => format!("mask=28&rir=ARIN&type=ipv4&resourceId={acorn}"),
        "directAssign" => format!("id={}&resourceId={acorn}", world.half(acorn).await),
        "unassign" => format!("id={}&skipHolding=true", world.assigned(acorn).await),
        "aggregate" => format!("id={}", world.half(acorn).await),
        "split" => format!("id={}", world.aggregate(acorn).await),
        "overrideHolding" => format!("id={}", world.held(acorn).await),
        "getVlan" => {
            let block = world.assigned(acorn).await;
            world.patch(block, json!({ "vlan_id": 100 })).await;
            format!("id={block}")
        }
        "getOptions" | "getResourceHierarchy" | "utilization" | "getAttributeLists" => {
            format!("id={}", world.assigned(acorn).await)
        }
        "getSizes" => "size=4".to_owned(),
        "addTagToList" => format!("newTag=tag{number}"),
        "deleteTagFromList" => {
            world.make("/ipam/tags", json!({ "name": format!("tag{number}") })).await;
            format!("tag=tag{number}")
        }
        "addRegionToList" => format!("newRegion=region{number}"),
        "getHostUtilization" => "type=ipv4".to_owned(),
        "processHoldingTank" => "preview=true".to_owned(),
        "simpleReassign" | "deassign" => {
            format!("blockId={}&resourceId={acorn}&lirId=1&entityHandle=C1", world.assigned(acorn).await)
        }
        "getTagList" | "getRegionList" | "getRIRList" | "maskReport" => String::new(),
        _ => return None,
    })
}

async fn resource(world: &World, action: &str) -> Option<String> {
    let acorn = world.acorn().await;
    let number = world.number();
    Some(match action {
        "add" => {
            format!("meta[name]={SEEN}+{number}&meta[type]=entry&meta[section]=tree&meta[parent_id]={}", world.oak)
        }
        "update" => format!("meta[id]={acorn}&meta[type]=entry&meta[name]={SEEN}+{number}"),
        "get" | "delete" => format!("id={acorn}"),
        "getLink" => {
            let other = world.acorn().await;
            let link = json!({ "relation": "friend", "resource_id": other });
            world.make(&format!("/resources/{acorn}/links"), link).await;
            format!("relation=friend&resource_id1={acorn}")
        }
        _ => return None,
    })
}
