//! The reports in API v2.

use api_v2::{Caller, Json, Path, Query, Result, Routes};
use axum::extract::State;
use kernel::{Family, ResourceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Amount, MaskFilter, Sums, UtilizationFilter, mask::whole};
use crate::{
    Ipam,
    block::{
        api::{
            query::{self, Wanted},
            value::Tags,
        },
        tree::percentage,
    },
    profile::tag_set,
};

/// The operations that report.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_netblock_utilization))
        .routes(routes!(get_utilization))
        .routes(routes!(get_mask_report))
        .with_state(ipam.clone())
}

/// How much of a space is in which state
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    /// `addresses` (IPv4) or `subnets` (IPv6, counted in /64).
    unit: &'static str,
    /// All of it, as a decimal number.
    total: String,
    /// Used up by resources.
    assigned: String,
    /// Free, the free space of pools included.
    available: String,
    /// Free space of pools.
    allocated: String,
    /// In the holding tank.
    holding: String,
    /// The assigned part in percent, cut to six decimals.
    assigned_percentage: f64,
    /// The number of leaves.
    blocks: u64,
}

impl Usage {
    pub(crate) fn of(family: Family, sums: Sums) -> Self {
        let mut free = sums.available;
        free.add(sums.pool);
        let shown = |amount: Amount| amount.shown(family).to_string();
        let total = sums.total();
        Self {
            unit: if family == Family::Ipv4 { "addresses" } else { "subnets" },
            total: shown(total),
            assigned: shown(sums.assigned),
            available: shown(free),
            allocated: shown(sums.pool),
            holding: shown(sums.holding),
            assigned_percentage: percentage(sums.assigned.addresses, total.addresses),
            blocks: total.blocks,
        }
    }
}

/// What one resource holds
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HolderShare {
    /// The resource.
    #[schema(value_type = i64)]
    id: ResourceId,
    /// Its name.
    name: String,
    /// How much it holds, in the report's unit.
    hosts: String,
    /// How many leaves.
    blocks: u64,
    /// Its part of the whole in percent.
    percentage: f64,
}

/// Utilisation, and who holds how much
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UtilizationReport {
    /// By state.
    usage: Usage,
    /// By holder, the largest first.
    resources: Vec<HolderShare>,
}

impl From<super::Utilization> for UtilizationReport {
    fn from(found: super::Utilization) -> Self {
        let whole = found.sums.total().addresses;
        let share = |share: super::utilization::Share| HolderShare {
            id: share.id,
            name: share.name,
            hosts: share.amount.shown(found.family).to_string(),
            blocks: share.amount.blocks,
            percentage: percentage(share.amount.addresses, whole),
        };
        Self { usage: Usage::of(found.family, found.sums), resources: found.holders.into_iter().map(share).collect() }
    }
}

/// Which leaves of the block
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskQuery {
    /// Only leaves of this mask.
    mask: Option<u8>,
}

/// Get the utilisation of a block
#[utoipa::path(get, path = "/ipam/netblocks/{block}/utilization", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), MaskQuery),
    responses((status = 200, body = UtilizationReport)))]
async fn get_netblock_utilization(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    Query(which): Query<MaskQuery>,
) -> Result<Json<UtilizationReport>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(super::utilization(&mut tx, query::block(&block)?, which.mask).await?.into()))
}

/// Which blocks are counted
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UtilizationQuery {
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    family: String,
    /// The numbering authority.
    rir: Option<String>,
    /// The code or id of a region.
    region_id: Option<String>,
    /// A VLAN.
    vlan: Option<i64>,
    /// A VLAN domain.
    vlan_domain_id: Option<i64>,
    /// A VRF; 1 is "No VRF".
    vrf_id: Option<i64>,
    /// The generic code.
    code: Option<String>,
    /// Tags, separated by commas.
    tags: Option<String>,
}

/// Get the utilisation of all blocks that match
#[utoipa::path(get, path = "/ipam/utilization", tag = "IPAM", params(UtilizationQuery),
    responses((status = 200, body = UtilizationReport)))]
async fn get_utilization(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Query(which): Query<UtilizationQuery>,
) -> Result<Json<UtilizationReport>> {
    let wanted = Wanted {
        rir: which.rir,
        region_id: which.region_id,
        vlan: which.vlan,
        vlan_domain_id: which.vlan_domain_id,
        vrf_id: which.vrf_id,
        code: which.code,
        tags: which.tags.map(Tags::Text),
        ..Wanted::default()
    };
    let filter = UtilizationFilter { family: query::family("type", &which.family)?, criteria: wanted.criteria()? };
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(super::host_utilization(&mut tx, &filter).await.map_err(query::in_words_of_v2)?.into()))
}

/// Which blocks are reported
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskReportQuery {
    /// Those of this holder.
    resource_id: Option<i64>,
    /// Those with all of these tags, separated by commas.
    tags: Option<String>,
    /// Those in one of these regions, separated by commas.
    regions: Option<String>,
}

/// One mask of the report
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaskRow {
    /// The mask.
    mask: u8,
    /// How its leaves are used.
    usage: Usage,
}

/// One family of the report
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FamilyReport {
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    family: Family,
    /// All masks together.
    usage: Usage,
    /// Mask by mask, the longest first.
    masks: Vec<MaskRow>,
}

/// Get the mask report
#[utoipa::path(get, path = "/ipam/mask_report", tag = "IPAM", params(MaskReportQuery),
    responses((status = 200, body = [FamilyReport])))]
async fn get_mask_report(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Query(which): Query<MaskReportQuery>,
) -> Result<Json<Vec<FamilyReport>>> {
    let list = |text: String| text.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    let filter = MaskFilter {
        holder: which.resource_id.map(ResourceId),
        tags: which.tags.map(|tags| tag_set(tags.split(','))),
        regions: which.regions.map(list),
    };
    let mut tx = ipam.db.read(&actor).await?;
    let report = super::mask_report(&mut tx, &filter).await?;
    let family = |(family, by_mask): (Family, super::sum::ByMask)| {
        let rows = by_mask.iter().map(|(mask, sums)| MaskRow { mask: mask.0, usage: Usage::of(family, *sums) });
        let masks = rows.collect();
        FamilyReport { family, usage: Usage::of(family, whole(&by_mask)), masks }
    };
    Ok(Json(report.families.into_iter().map(family).collect()))
}
