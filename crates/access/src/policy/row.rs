//! The table, of one row or none.

use kernel::Result;
use store::Tx;

use super::Policy;

store::record! {
    /// The policy.
    pub struct PolicyRow in "sign_in_policy" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// After how many minutes without a request a session ends.
        session_idle_minutes: Option<i64>,
        /// After how many hours a session ends whatever is done with it.
        session_hours: i64,
    }
}

pub(super) async fn find(tx: &mut Tx) -> Result<Option<PolicyRow>> {
    Ok(tx.find::<PolicyRow>("id > $1", store::params![0]).await?.pop())
}

/// The policy that counts now.
pub(crate) async fn load(tx: &mut Tx) -> Result<Policy> {
    Ok(find(tx).await?.map(Policy::from).unwrap_or_default())
}
