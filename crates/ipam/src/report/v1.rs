//! The reports in API v1, target `ipam`, in the mixed types of the original: a number that is not zero is a text, zero
//! is a number, and no blocks in holding are null.

use api_v1::{Actions, Answer, Params, Request};
use kernel::{Error, Family, ResourceId, Result};
use serde_json::{Map, Value, json};

use super::{Amount, MaskFilter, Sums, Utilization, UtilizationFilter, mask::whole, sum::ByMask};
use crate::{
    Ipam,
    block::{tree::percentage, v1::request},
    profile::tag_set,
};

/// The actions that report.
pub(crate) fn actions(ipam: &Ipam) -> Actions<Ipam> {
    Actions::new(ipam.clone())
        .on("ipam", "utilization", utilization)
        .on("ipam", "getHostUtilization", host_utilization)
        .on("ipam", "maskReport", mask_report)
        .on("ipam", "getAttributeLists", attribute_lists)
}

async fn utilization(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let block = request::block(&request.params)?;
    let mask = request::mask(&request.params, "mask", None)?;
    let found = super::utilization(&mut tx, block, mask).await?;
    let Sums { available, assigned, holding, pool } = found.sums;
    let (total, free) = (found.sums.total().blocks, available.blocks + pool.blocks);
    let percent = |blocks: u64| rounded(u128::from(blocks), u128::from(total));
    Ok(Answer::bare()
        .with("totalBlocks", total)
        .extend(hosts(&found))
        .with("blocksAssigned", assigned.blocks)
        .with("blocksAllocated", pool.blocks)
        .with("blocksAvailable", text_or_zero(u128::from(free)))
        .with("blocksInHolding", if holding.blocks == 0 { Value::Null } else { json!(holding.blocks.to_string()) })
        .with("blocksAssignedPercentage", percent(assigned.blocks))
        .with("blocksAllocatedPercentage", percent(pool.blocks))
        .with("blocksAvailablePercentage", percent(free))
        .with("blocksInHoldingPercentage", percent(holding.blocks)))
}

async fn host_utilization(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let family = request::family(params)?.ok_or_else(|| Error::invalid("type", "is required"))?;
    let criteria = request::criteria(params, true)?;
    let mut tx = ipam.db.read(&request.actor).await?;
    let found = super::host_utilization(&mut tx, &UtilizationFilter { family, criteria }).await?;
    Ok(Answer::bare().extend(hosts(&found)))
}

/// The keys about hosts, which both answers share.
fn hosts(found: &Utilization) -> Vec<(&'static str, Value)> {
    let Sums { available, assigned, holding, pool } = found.sums;
    let mut free = available;
    free.add(pool);
    let total = found.sums.total();
    let shown = |amount: Amount| text_or_zero(amount.shown(found.family));
    let percent = |amount: Amount| json!(rounded(amount.addresses, total.addresses));
    let holders: Vec<Value> = found
        .holders
        .iter()
        .map(|share| {
            json!({
                "id": share.id,
                "name": share.name,
                "type": share.kind,
                "hosts": share.amount.shown(found.family).to_string(),
                "blocks": share.amount.blocks.to_string(),
                "percentage": rounded(share.amount.addresses, total.addresses),
            })
        })
        .collect();
    vec![
        ("totalHosts", shown(total)),
        ("hostsAssigned", shown(assigned)),
        ("hostsAllocated", shown(pool)),
        ("hostsAvailable", shown(free)),
        ("hostsInHolding", shown(holding)),
        ("availablePercentage", percent(free)),
        ("assignedPercentage", percent(assigned)),
        ("allocatedPercentage", percent(pool)),
        ("inHoldingPercentage", percent(holding)),
        ("resources", json!(holders)),
    ]
}

fn text_or_zero(number: u128) -> Value {
    if number == 0 { json!(0) } else { json!(number.to_string()) }
}

/// A percentage with two decimals, rounded half up: `number_format` of PHP.
fn rounded(part: u128, whole: u128) -> String {
    if whole == 0 {
        return "0.00".to_owned();
    }
    // Both sides lose the same bits, so that the product stays below 2^128.
    let shift = 128_u32.saturating_sub(whole.leading_zeros()).saturating_sub(110);
    let (part, whole) = (part >> shift, (whole >> shift).max(1));
    let hundredths = (part * 20_000 + whole) / (2 * whole);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

async fn mask_report(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let filter = MaskFilter {
        holder: params.number("resource_id")?.map(ResourceId),
        tags: params.names("tags")?.map(tag_set),
        regions: params.names("regions")?,
    };
    let mut tx = ipam.db.read(&request.actor).await?;
    let report = super::mask_report(&mut tx, &filter).await?;
    let mut data = Map::new();
    for (family, by_mask) in &report.families {
        let name = if *family == Family::Ipv4 { "IPv4" } else { "IPv6" };
        data.insert(name.to_owned(), family_report(*family, by_mask));
    }
    Ok(Answer::bare().data(data))
}

fn family_report(family: Family, by_mask: &ByMask) -> Value {
    let each = by_mask.iter().map(|(mask, sums)| {
        let mut row = percentages(*sums);
        row.extend(amounts(family, *sums));
        (mask.0.to_string(), Value::Object(row))
    });
    let prefixes: Map<String, Value> = each.collect();
    let whole = whole(by_mask);
    let mut report = amounts(family, whole);
    report.insert("prefixes".to_owned(), Value::Object(prefixes));
    report.extend(percentages(whole));
    Value::Object(report)
}

/// A pool counts as assigned, and as allocated.
fn taken(sums: Sums) -> Amount {
    let mut taken = sums.assigned;
    taken.add(sums.pool);
    taken
}

fn amounts(family: Family, sums: Sums) -> Map<String, Value> {
    let named = [
        ("total", sums.total()),
        ("available", sums.available),
        ("assigned", taken(sums)),
        ("holding", sums.holding),
        ("allocated", sums.pool),
    ];
    let shown = |amount: Amount| number(amount.shown(family));
    named.into_iter().map(|(name, amount)| (name.to_owned(), shown(amount))).collect()
}

/// JSON numbers hold 64 bits exactly; a larger count is shown as the nearest that fits.
fn number(number: u128) -> Value {
    json!(u64::try_from(number).unwrap_or(u64::MAX))
}

fn percentages(sums: Sums) -> Map<String, Value> {
    let total = sums.total().addresses;
    let named = [
        ("assigned_percentage", taken(sums)),
        ("holding_percentage", sums.holding),
        ("available_percentage", sums.available),
        ("allocated_percentage", sums.pool),
    ];
    named.into_iter().map(|(name, amount)| (name.to_owned(), json!(percentage(amount.addresses, total)))).collect()
}

/// The distinct values in use at and below a block. The original answers without `success`.
async fn attribute_lists(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let block = single_id(&request.params)?;
    let lists = super::attributes::lists(&mut tx, block).await?;
    Ok(Answer::plain(lists))
}

fn single_id(params: &Params) -> Result<crate::block::BlockRef> {
    params.required("id")?;
    let id = params.number("id")?.ok_or_else(|| Error::invalid("id", "is required"))?;
    Ok(crate::block::BlockRef::Id(kernel::BlockId(id)))
}
