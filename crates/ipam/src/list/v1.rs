//! The lists in API v1, target `ipam`.

use api_v1::{Actions, Answer, Request};
use kernel::{Error, Family, Result};
use serde_json::json;

use super::{ANY_REGION, AddRegion, AddTagToList, DeleteTagFromList};
use crate::Ipam;

/// The actions on lists.
pub(crate) fn actions(ipam: &Ipam) -> Actions<Ipam> {
    Actions::new(ipam.clone())
        .on("ipam", "getTagList", tags)
        .on("ipam", "addTagToList", add_tag)
        .on("ipam", "deleteTagFromList", delete_tag)
        .on("ipam", "getRegionList", regions)
        .on("ipam", "addRegionToList", add_region)
        .on("ipam", "getRIRList", rirs)
        .on("ipam", "getSizes", sizes)
}

async fn tags(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let lists = super::current(&mut tx).await?;
    let names: Vec<_> = lists.tags.iter().map(|tag| tag.name.as_str()).collect();
    Ok(Answer::ok("Tags Retrieved. ").data(json!(names)))
}

async fn add_tag(ipam: Ipam, request: Request) -> Result<Answer> {
    let name = request.params.required("newTag")?.to_owned();
    ipam.db.write(&request.actor, AddTagToList { field: "newTag", name, key: None }).await?;
    Ok(Answer::ok("Tag Added."))
}

async fn delete_tag(ipam: Ipam, request: Request) -> Result<Answer> {
    let name = request.params.required("tag")?.to_owned();
    ipam.db.write(&request.actor, DeleteTagFromList { field: "tag", name, key: None }).await?;
    Ok(Answer::ok("Tag Deleted."))
}

async fn regions(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let lists = super::current(&mut tx).await?;
    let any = json!({ "value": ANY_REGION, "name": "Any Region" });
    let listed = lists.regions.iter().map(|region| json!({ "value": region.code, "name": region.name }));
    let data: Vec<_> = [any].into_iter().chain(listed).collect();
    Ok(Answer::ok("Regions Retrieved.").data(data))
}

/// The documents know one parameter; the optional `name` is ours.
async fn add_region(ipam: Ipam, request: Request) -> Result<Answer> {
    let code = request.params.required("newRegion")?.to_owned();
    let name = request.params.text("name")?.map(ToOwned::to_owned);
    ipam.db.write(&request.actor, AddRegion { field: "newRegion", code, name, key: None }).await?;
    Ok(Answer::ok("Region Added."))
}

async fn rirs(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let lists = super::current(&mut tx).await?;
    let data: Vec<_> = lists.rirs.iter().map(|rir| json!({ "value": rir.value, "name": rir.name })).collect();
    Ok(Answer::ok("RIRs Retrieved.").data(data))
}

async fn sizes(_: Ipam, request: Request) -> Result<Answer> {
    let family = match request.params.required("size")? {
        "4" => Family::Ipv4,
        "6" => Family::Ipv6,
        _ => return Err(Error::invalid("size", "must be 4 or 6")),
    };
    let sizes: Vec<_> = super::sizes(family).iter().map(ToString::to_string).collect();
    Ok(Answer::ok("Lookup was successful").data(json!(sizes)))
}
