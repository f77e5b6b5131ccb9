//! `/ipam/swip/duties` of API v2.

use api_v2::{Caller, Listed, PageQuery, Paged, Routes};
use axum::extract::State;
use kernel::{BlockId, Error, LirId, ResourceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Duty;
use crate::Registry;

/// The most days that a list looks ahead.
const MOST_DAYS: u32 = 365;

pub(crate) fn routes(registry: &Registry) -> Routes {
    OpenApiRouter::new().routes(routes!(list_swip_duties)).with_state(registry.clone())
}

/// How far to look ahead
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DutyQuery {
    /// What is due within this many days; 0, the usual one, is what is due already.
    #[param(minimum = 0, maximum = 365, default = 0, example = 3)]
    within_days: Option<u32>,
}

/// A block that has to be registered
#[derive(Debug, Serialize, ToSchema)]
struct SwipDuty {
    /// The block.
    #[schema(value_type = i64)]
    block_id: BlockId,
    /// Its range.
    #[schema(example = "67.221.244.0/28")]
    cidr: String,
    /// The resource that holds it.
    #[schema(value_type = i64)]
    resource_id: ResourceId,
    /// That resource's name.
    #[schema(example = "Acme")]
    resource_name: String,
    /// The LIR that the block is linked to.
    #[schema(value_type = Option<i64>)]
    lir_id: Option<LirId>,
    /// When its holder got it, in UTC.
    assign_time: String,
    /// By when it has to be registered, in UTC.
    due_time: String,
    /// Whether that has passed.
    overdue: bool,
}

impl From<Duty> for SwipDuty {
    fn from(Duty { block, assigned_at, due_at, overdue }: Duty) -> Self {
        Self {
            block_id: block.id,
            cidr: block.prefix.to_string(),
            resource_id: block.holder.id,
            resource_name: block.holder.name,
            lir_id: block.lir,
            assign_time: assigned_at.sql(),
            due_time: due_at.sql(),
            overdue,
        }
    }
}

/// List the blocks that have to be registered
///
/// Blocks of ARIN that somebody holds and that are not registered, though they have to be within seven days after they
/// were assigned: IPv4 of a /29 or larger, IPv6 of a /56 or larger. The most urgent first.
#[utoipa::path(get, path = "/ipam/swip/duties", tag = "IPAM", params(DutyQuery, PageQuery),
    responses((status = 200, body = [SwipDuty])))]
async fn list_swip_duties(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    paged: Paged<DutyQuery>,
) -> api_v2::Result<Listed<SwipDuty>> {
    let within = paged.query.within_days.unwrap_or(0);
    if within > MOST_DAYS {
        return Err(Error::invalid("within_days", format!("must be 0 to {MOST_DAYS}")).into());
    }
    let mut tx = registry.db.read(&actor).await?;
    let (duties, more) = super::list(&mut tx, within, paged.page).await?;
    Ok(paged.answer(duties.into_iter().map(SwipDuty::from).collect(), more))
}
