//! The states of a block.

use kernel::{Error, Result};
use store::{Column, Kind, ToValue, Value};

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A leaf that belongs to nobody and may be given away.
    Available,
    /// A leaf that a resource holds and uses up.
    Assigned,
    /// A leaf that has been given back and rests until it may be given away again.
    Holding,
    /// Not a leaf: it has two halves.
    Split,
    /// A leaf that a resource holds, and of which pieces may be given to other resources.
    Pool,
}

impl State {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Available, Self::Assigned, Self::Holding, Self::Split, Self::Pool];

    /// The number in the database.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    /// The word in API v2.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Assigned => "assigned",
            Self::Holding => "holding",
            Self::Split => "split",
            Self::Pool => "pool",
        }
    }

    /// The state in a sentence: a block is this.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Holding => "in the holding tank",
            Self::Pool => "a pool",
            Self::Available | Self::Assigned | Self::Split => self.name(),
        }
    }

    /// The state with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

impl ToValue for State {
    fn to_value(&self) -> Value {
        Value::Int(self.number())
    }
}

impl Column for State {
    const KIND: Kind = Kind::Int;

    fn from_value(value: Value) -> Result<Self> {
        let number = i64::from_value(value)?;
        Self::from_number(number).ok_or_else(|| Error::internal(format!("a block can't have state {number}")))
    }
}
