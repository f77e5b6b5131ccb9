//! Notices: entries of the change log of which nothing changes, such as a sign-in that failed. They stand in the log
//! like changes do, with who and when, and are sealed and thrown away with them.

use kernel::Result;
use serde::{Deserialize, Serialize};

use crate::Tx;

/// How grave an entry of the log is, in the words of syslog (RFC 5424), the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// The system is unusable.
    Emergency,
    /// Something must be done at once.
    Alert,
    /// A part of the system has failed.
    Critical,
    /// Something was not done because of a fault.
    Error,
    /// Something was refused, or may be wrong.
    Warning,
    /// Usual, but worth a look.
    Notice,
    /// Usual.
    Info,
    /// For those who look for faults.
    Debug,
}

impl Level {
    /// All of them, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Info,
        Self::Debug,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Info => "Info",
            Self::Debug => "Debug",
        }
    }

    /// The level with this word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(word))
    }
}

/// What stands in an item of the log where otherwise the table stands.
pub(crate) const NOTICE: &str = "notice";

/// What is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How grave it is.
    pub level: Level,
    /// What it is about, in the words of the log's categories.
    pub category: String,
    /// What has happened, as a sentence.
    pub text: String,
}

impl Notice {
    /// What an entry with these items notes, if it does.
    pub fn of(items: &serde_json::Value) -> Option<Self> {
        let item = items.get(0)?;
        if item.get(0)? != NOTICE {
            return None;
        }
        Self::deserialize(item.get(3)?).ok()
    }
}

impl Tx {
    /// Notes in the change log that something has happened, in the transaction and by the actor of this task.
    pub fn note(&mut self, level: Level, category: &str, text: &str) -> Result<()> {
        self.log.note(&Notice { level, category: category.to_owned(), text: text.to_owned() })
    }
}
