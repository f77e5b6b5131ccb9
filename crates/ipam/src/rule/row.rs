//! The table of rules.

use kernel::RuleId;
use serde::{Deserialize, Serialize};

store::record! {
    /// A rule.
    #[derive(Serialize, Deserialize)]
    pub struct Rule in "ipam_rule" secret [] {
        /// Its id.
        id: RuleId,
        /// How often it changed.
        version: i64,
        /// Its name, which no other rule has.
        name: String,
        /// The positions, as a JSON list in the order in which they were given.
        positions: String,
    }
}

impl Rule {
    /// The positions in order, as blocks carry them.
    pub(crate) fn sorted(&self) -> Vec<i64> {
        let mut positions = self.positions();
        positions.sort_unstable();
        positions
    }

    /// The positions as they were given.
    pub(crate) fn positions(&self) -> Vec<i64> {
        serde_json::from_str(&self.positions).unwrap_or_default()
    }
}
