//! One box over everything: what somebody types, and what it may mean.

use api_v2::{Caller, Json, Query, Result, Routes};
use axum::extract;
use ipam::{FoundBlock, State};
use kernel::Error;
use resources::Resource;
use serde::{Deserialize, Serialize};
use store::Db;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 255;
/// How many things of each type are returned when nobody says how many, and at the most.
const USUAL: u32 = 10;
const MOST: u32 = 100;

/// The operations.
pub(crate) fn routes(db: &Db) -> Routes {
    OpenApiRouter::new().routes(routes!(search)).with_state(db.clone())
}

/// What is looked for
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// An address, a CIDR, the beginning of an address, or a piece of a name, a custom id, an attribute or notes.
    #[param(example = "192.0.2.77", max_length = 255)]
    q: String,
    /// How many things of each type to return at the most.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u32>,
}

/// What a thing is
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// An IP block.
    Block,
    /// A resource.
    Resource,
}

/// Something that was found
#[derive(Debug, Serialize, ToSchema)]
struct Hit {
    /// What it is.
    r#type: Kind,
    /// Its id.
    #[schema(example = "4208")]
    id: String,
    /// Its name; of a block the CIDR.
    #[schema(example = "192.0.2.64/27")]
    name: String,
    /// Of a block, its state and holder; of a resource, its type.
    #[schema(example = "assigned to Fjord Robotics")]
    detail: String,
    /// Where it is in this API.
    #[schema(example = "/api/v2/ipam/netblocks/4208")]
    href: String,
}

impl From<FoundBlock> for Hit {
    fn from(block: FoundBlock) -> Self {
        let (state, holder) = (block.state.name(), block.holder.unwrap_or_default());
        Self {
            r#type: Kind::Block,
            id: block.id.to_string(),
            name: block.prefix.to_string(),
            detail: match block.state {
                State::Assigned => format!("assigned to {holder}"),
                State::Pool => format!("pool of {holder}"),
                State::Available | State::Holding | State::Split => state.to_owned(),
            },
            href: format!("/api/v2/ipam/netblocks/{}", block.id),
        }
    }
}

impl From<Resource> for Hit {
    fn from(resource: Resource) -> Self {
        Self {
            r#type: Kind::Resource,
            id: resource.id.to_string(),
            href: format!("/api/v2/resources/{}", resource.id),
            name: resource.name,
            detail: resource.kind,
        }
    }
}

/// Search everything
///
/// Blocks come first, then resources, each type in the order of how well it fits; nothing that the caller may not
/// see. A text of one or two characters is looked for at the beginning of names only.
#[utoipa::path(get, path = "/search", tag = "Search", params(Wanted), responses((status = 200, body = [Hit])))]
async fn search(
    extract::State(db): extract::State<Db>,
    Caller(actor): Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<Hit>>> {
    let (text, limit) = (wanted.q.trim(), wanted.limit.unwrap_or(USUAL));
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Error::invalid("q", format!("must have 1 to {LONGEST} printable characters")).into());
    }
    if !(1..=MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("must be 1 to {MOST}")).into());
    }
    let mut tx = db.read(&actor).await?;
    let blocks = ipam::search(&mut tx, text, limit).await?;
    let resources = resources::search(&mut tx, text, limit as usize).await?;
    Ok(Json(blocks.into_iter().map(Hit::from).chain(resources.into_iter().map(Hit::from)).collect()))
}
