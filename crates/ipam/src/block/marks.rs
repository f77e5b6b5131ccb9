//! What is true of one block alone and of few: that it is important or reserved, and its partner behind an address
//! translation.

use kernel::{BlockId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Block;

/// The content of the column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Marks {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) important: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reserved: Option<Reserved>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nat: Option<Partner>,
}

/// A reservation: until it ends, no search finds the block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reserved {
    pub(crate) until: Timestamp,
    /// The name of the user who made it.
    pub(crate) by: String,
}

impl Reserved {
    /// What it is and how it ends, to stand behind "is".
    pub(crate) fn words(&self) -> String {
        let until = if self.until == FOR_GOOD { String::new() } else { format!(" until {} UTC", self.until.sql()) };
        format!("reserved by {}{until}; release it first", self.by)
    }
}

/// The end of a reservation that does not end by itself.
pub(crate) const FOR_GOOD: Timestamp = Timestamp(i64::MAX);

/// The block at the other side of an address translation. A block keeps its range as long as it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Partner {
    pub(crate) id: BlockId,
    pub(crate) cidr: String,
}

impl Partner {
    /// This block as somebody's partner.
    pub(crate) fn of(block: &Block) -> Self {
        Self { id: block.id, cidr: block.prefix().to_string() }
    }
}

impl Block {
    /// Its marks.
    pub(crate) fn marks(&self) -> Marks {
        self.marks.as_deref().and_then(|marks| serde_json::from_str(marks).ok()).unwrap_or_default()
    }

    /// Sets them.
    pub(crate) fn set_marks(&mut self, marks: &Marks) {
        self.marks = if *marks == Marks::default() { None } else { serde_json::to_string(marks).ok() };
    }

    /// The reservation that holds at this time.
    pub(crate) fn reservation(&self, now: Timestamp) -> Option<Reserved> {
        self.marks.as_deref()?;
        self.marks().reserved.filter(|reserved| reserved.until > now)
    }
}

/// Until when the block with these marks is or was reserved.
pub(crate) fn reserved_until(marks: Option<&str>) -> Option<Timestamp> {
    let marks: Marks = serde_json::from_str(marks?).ok()?;
    marks.reserved.map(|reserved| reserved.until)
}
