//! Reports: how much of the space is used. They are made from the counters, which every change keeps up; only the
//! share of each holder, and parts of an aggregate, are added up from the leaves themselves.

pub(crate) mod api;
mod attributes;
mod mask;
mod sum;
mod utilization;
pub(crate) mod v1;

use kernel::{ProfileId, Result};
use store::Tx;

use crate::{
    block::State,
    profile::{Profile, Profiles},
};

pub(crate) use mask::{MaskFilter, mask_report};
pub(crate) use sum::{Amount, Sums};
pub(crate) use utilization::{Utilization, UtilizationFilter, host_utilization, utilization};

/// One counter: so many leaves of this mask in this state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) root: i64,
    pub(crate) profile: ProfileId,
    pub(crate) state: State,
    pub(crate) mask: u8,
    pub(crate) n: i64,
}

/// All counters that are not zero.
pub(crate) async fn counts(tx: &mut Tx) -> Result<Vec<Count>> {
    let rows = tx.rows("SELECT root_id, profile_id, state, mask, n FROM block_count WHERE n <> 0", &[]).await?;
    let count = |mut row: store::Row| {
        let (root, profile, state) = (row.take(0)?, row.take(1)?, row.take(2)?);
        Ok(Count { root, profile, state, mask: row.take(3)?, n: row.take(4)? })
    };
    rows.into_iter().map(count).collect()
}

/// How many leaves of all address space are in each state, for those who watch over an instance.
pub async fn leaves(tx: &mut Tx) -> Result<Vec<(State, i64)>> {
    let text = "SELECT state, CAST(SUM(n) AS BIGINT) FROM block_count GROUP BY state";
    let counted: Vec<(State, i64)> =
        tx.rows(text, &[]).await?.into_iter().map(|mut row| Ok((row.take(0)?, row.take(1)?))).collect::<Result<_>>()?;
    let of = |state| counted.iter().find(|(known, _)| *known == state).map_or(0, |(_, n)| *n);
    Ok(State::ALL.into_iter().filter(|state| *state != State::Split).map(|state| (state, of(state))).collect())
}

/// How many leaves have a profile like this.
pub(crate) async fn leaves_with(tx: &mut Tx, fits: impl Fn(&Profile) -> bool + Send) -> Result<i64> {
    let profiles = tx.memory::<Profiles>().all(tx).await?;
    let fitting: Vec<ProfileId> = profiles.iter().filter(|(_, p)| fits(p)).map(|(id, _)| *id).collect();
    let text = "SELECT COUNT(*) FROM block WHERE profile_id = ANY($1)";
    Ok(tx.scalar(text, store::params![fitting]).await?.unwrap_or(0))
}
