//! The mask report: for each family and mask, how much is assigned, held and free.
//!
//! Checked against the documents' example: only leaves count; a pool counts as assigned and also as allocated; IPv6
//! is shown in /64 subnets; percentages are cut, not rounded, to six decimals.

use kernel::{Action, Area, Error, Family, ResourceId, Result, Rights};
use store::{Query, Tx};

use super::{Amount, Sums, sum::ByMask};
use crate::{
    block::State,
    list,
    profile::{Criteria, Profiles},
};

/// Which blocks are reported.
#[derive(Debug, Clone, Default)]
pub(crate) struct MaskFilter {
    /// Those of this holder.
    pub(crate) holder: Option<ResourceId>,
    /// Those with all of these tags.
    pub(crate) tags: Option<Vec<String>>,
    /// Those in one of these regions.
    pub(crate) regions: Option<Vec<String>>,
}

/// The report, IPv4 first.
#[derive(Debug)]
pub(crate) struct MaskReport {
    pub(crate) families: [(Family, ByMask); 2],
}

/// Makes the report.
pub(crate) async fn mask_report(tx: &mut Tx, filter: &MaskFilter) -> Result<MaskReport> {
    let lists = list::current(tx).await?;
    if let Some(tags) = &filter.tags {
        lists.tags("tags", tags)?;
    }
    let region = match &filter.regions {
        Some(names) => lists.regions("regions", names)?,
        None => None,
    };
    let criteria = Criteria { region, tags: filter.tags.clone(), ..Criteria::default() };
    let mut report = MaskReport { families: [(Family::Ipv4, ByMask::new()), (Family::Ipv6, ByMask::new())] };
    let profiles = tx.memory::<Profiles>().all(tx).await?;
    let fitting: Vec<_> = profiles.iter().filter(|(_, p)| criteria.fits(p)).map(|(id, _)| *id).collect();
    let visible = resources::visible_condition(tx, Area::Ipam, "r").await?;
    let mut query = Query::default();
    if filter.holder.is_none() && visible.is_none() {
        query.push("SELECT b.family, c.mask, c.state, CAST(SUM(c.n) AS BIGINT) FROM block_count c JOIN block b ON b.id = c.root_id WHERE c.n <> 0 AND c.profile_id = ANY(");
        query.bind(fitting).push(") GROUP BY b.family, c.mask, c.state");
    } else {
        query.push("SELECT b.family, b.mask, b.state, COUNT(*) FROM block b ");
        query.push(&resources::join("r", "b.holder")).push(" WHERE b.child1 IS NULL AND b.profile_id = ANY(");
        query.bind(fitting).push(")");
        if let Some(holder) = filter.holder {
            let known = resources::load(tx, &[holder]).await?;
            let read = Rights::of(Area::Ipam, Action::Read);
            if !known.get(&holder).is_some_and(|resource| resource.rights(tx.actor()).has(read)) {
                return Err(Error::invalid("resource_id", format!("No resource found with ID: {holder}")));
            }
            let index = if holder == resources::system::AVAILABLE { "" } else { " AND b.holder <> 2" };
            query.push(index).push(" AND b.holder = ").bind(holder);
        }
        if let Some(visible) = visible {
            query.push(" AND (").append(&visible).push(")");
        }
        query.push(" GROUP BY b.family, b.mask, b.state");
    }
    for mut row in tx.rows(query.text(), query.params()).await? {
        let (family, mask, state): (i64, u8, State) = (row.take(0)?, row.take(1)?, row.take(2)?);
        let n = number(row.into_values().pop());
        let Some(family) = Family::from_number(family) else { continue };
        let (_, by_mask) = &mut report.families[usize::from(family == Family::Ipv6)];
        by_mask.entry(std::cmp::Reverse(mask)).or_default().add(state, Amount::of(family, mask, n));
    }
    Ok(report)
}

/// A sum: PostgreSQL answers with a decimal number where SQLite answers with an integer.
pub(super) fn number(value: Option<store::Value>) -> u64 {
    match value {
        Some(store::Value::Int(n)) => u64::try_from(n).unwrap_or(0),
        Some(store::Value::Text(text)) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

/// All masks of a family together.
pub(crate) fn whole(by_mask: &ByMask) -> Sums {
    let mut sums = Sums::default();
    for part in by_mask.values() {
        sums.merge(*part);
    }
    sums
}
