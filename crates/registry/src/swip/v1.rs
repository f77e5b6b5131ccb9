//! The SWIP calls of API v1, target `ipam`. A call waits for its end, within a limit; what takes longer goes on.

use std::time::Duration;

use api_v1::{Actions, Answer, Request};
use kernel::{Actor, Error, LirId, ResourceId, Result};

use super::{Action, NewSwip, State, Swip, SwipRow};
use crate::Registry;

/// How often a call looks whether it has come to its end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn actions(registry: &Registry) -> Actions<Registry> {
    Actions::new(registry.clone()).on("ipam", "simpleReassign", simple_reassign).on("ipam", "deassign", deassign)
}

async fn simple_reassign(registry: Registry, request: Request) -> Result<Answer> {
    let new = new(&request, Action::SimpleReassign)?;
    push(&registry, &request.actor, new).await
}

async fn deassign(registry: Registry, request: Request) -> Result<Answer> {
    let mut new = new(&request, Action::Deassign)?;
    let cidr = request.params.required("block")?;
    new.cidr = Some(cidr.parse().map_err(|e: kernel::PrefixError| Error::invalid("block", e.to_string()))?);
    push(&registry, &request.actor, new).await
}

fn new(request: &Request, action: Action) -> Result<NewSwip> {
    let params = &request.params;
    let missing = |name: &str| Error::invalid(name, "is required");
    let number = |name: &str| -> Result<i64> { params.number(name)?.ok_or_else(|| missing(name)) };
    let block = number("blockId")?;
    Ok(NewSwip {
        resource_id: Some(ResourceId(number("resourceId")?)),
        lir_id: Some(LirId(number("lirId")?)),
        entity_handle: Some(params.required("entityHandle")?.to_owned()),
        net_name: params.text("netName")?.map(str::to_owned),
        ..NewSwip::new(block.to_string(), action)
    })
}

async fn push(registry: &Registry, actor: &Actor, new: NewSwip) -> Result<Answer> {
    let action = new.action.name_of_v1();
    let swip = registry.start_swip(actor, new, None).await.map_err(in_words_of_v1)?;
    let swip = wait(registry, actor, swip).await?;
    let (cidr, id) = (&swip.cidr, swip.id);
    let mut tx = registry.db.read(actor).await?;
    let name = resources::get(&mut tx, swip.resource_id).await?.name;
    let what = format!("Sent ARIN SWIP with action {action} for {cidr} for {name}");
    match (swip.state, swip.message) {
        (State::Done, None) => Ok(Answer::ok(format!("{what}, Message: Success"))),
        (State::Done, Some(message)) => Ok(Answer::ok(format!("{what}, Message: Success. {message}"))),
        (State::Failed, message) => Err(Error::conflict(message.unwrap_or_else(|| format!("{what}, Message: Failed")))),
        (State::Draft | State::Validated | State::Sent | State::Ticket, message) => {
            let why = message.map(|message| format!(" {message}")).unwrap_or_default();
            Ok(Answer::ok(format!("{what}, Message: Pending, it goes on as request {id}.{why}")))
        }
    }
}

/// Waits for the end of a change, within a limit.
async fn wait(registry: &Registry, actor: &Actor, swip: Swip) -> Result<Swip> {
    let end = async {
        loop {
            let row = registry.db.read(actor).await?.get::<SwipRow>(swip.id).await?;
            match row {
                Some(row) if row.state.is_over() => return Ok(Swip::from(&row)),
                Some(_) => tokio::time::sleep(LOOK_EVERY).await,
                None => return Err(Error::internal("a change at a registry is gone")),
            }
        }
    };
    match tokio::time::timeout(registry.patience, end).await {
        Ok(end) => end,
        Err(_) => {
            let row = registry.db.read(actor).await?.get::<SwipRow>(swip.id).await?;
            Ok(row.as_ref().map_or(swip, Swip::from))
        }
    }
}

/// An error in the words of API v1: behind the doors, fields have the names of API v2.
fn in_words_of_v1(mut error: Error) -> Error {
    for field in error.fields_mut() {
        let name = match field.as_str() {
            "block" => "blockId",
            "cidr" => "block",
            "resource_id" => "resourceId",
            "lir_id" => "lirId",
            "entity_handle" => "entityHandle",
            "net_name" => "netName",
            _ => continue,
        };
        name.clone_into(field);
    }
    error
}
