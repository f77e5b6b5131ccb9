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
        /// The positions, sorted, as a JSON list.
        positions: String,
    }
}

impl Rule {
    /// The positions, sorted.
    pub(crate) fn positions(&self) -> Vec<i64> {
        serde_json::from_str(&self.positions).unwrap_or_default()
    }
}
