//! The things that ARIN knows.

use kernel::{FieldErrors, Prefix};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A network that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Net {
    /// Its handle.
    pub handle: String,
    /// Its name.
    pub name: Option<String>,
    /// Its ranges, as prefixes.
    pub prefixes: Vec<Prefix>,
    /// The letters of its kind, such as `DA` (direct allocation), `A` (reallocated) or `S` (reassigned).
    pub kind: String,
    /// The network of which it is a part.
    pub parent: Option<String>,
    /// The organisation that has it.
    pub org: Option<String>,
    /// The customer that has it.
    pub customer: Option<String>,
}

impl Net {
    /// Whether it is this range and nothing else.
    pub fn is(&self, prefix: Prefix) -> bool {
        self.prefixes == [prefix]
    }

    /// Whether it was given on by somebody, and can be taken back by them.
    pub fn is_given_on(&self) -> bool {
        matches!(self.kind.as_str(), "S" | "A")
    }

    /// Whether pieces of it can be given on: an allocation.
    pub fn can_be_given_on(&self) -> bool {
        matches!(self.kind.as_str(), "DA" | "A" | "AR" | "AP" | "AF" | "LN" | "RN")
    }
}

/// A part of a network that is to be given to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNet {
    /// The part.
    pub prefix: Prefix,
    /// Its name.
    pub name: String,
    /// Who gets it.
    pub to: To,
}

/// Who gets a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// The customer with this handle.
    Customer(String),
    /// The organisation with this handle.
    Org(String),
}

/// A request that somebody at ARIN has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its number.
    pub number: String,
    /// Where it stands: `PENDING_REVIEW`, `RESOLVED`, `CLOSED`, ...
    pub status: String,
    /// How it ended: `ACCEPTED`, `DENIED`, ...
    pub resolution: Option<String>,
}

impl Ticket {
    /// Whether nobody looks at it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "RESOLVED" | "CLOSED")
    }
}

/// A customer of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The handle, which ARIN gives.
    #[serde(default, skip)]
    pub handle: Option<String>,
    /// The name of the person or the organisation, in ASCII.
    #[schema(example = "Acme")]
    pub name: String,
    /// The lines of the street address.
    #[schema(example = json!(["1 Main St"]))]
    pub street_address: Vec<String>,
    /// The city.
    #[schema(example = "Ashburn")]
    pub city: String,
    /// The state or province, where the country has them: up to three letters (ISO 3166-2).
    #[serde(default)]
    #[schema(example = "VA")]
    pub state: Option<String>,
    /// The postal code.
    #[serde(default)]
    #[schema(example = "20147")]
    pub postal_code: Option<String>,
    /// The country: two letters (ISO 3166-1).
    #[schema(example = "US")]
    pub country: String,
    /// Whether ARIN keeps the name and the address to itself.
    #[serde(default)]
    pub private: bool,
    /// What ARIN shows beside it, in lines.
    #[serde(default, skip)]
    pub comment: Vec<String>,
}

/// The most lines of a street address.
const MOST_LINES: usize = 8;

impl Customer {
    /// Finds all that ARIN would refuse (Reg-RWS payloads: ASCII, and a state in the US and Canada).
    pub(crate) fn check(&self, errors: &mut FieldErrors) {
        let mut text = |field: &str, text: &str, longest: usize| {
            let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
            if text.trim().is_empty() || text.len() > longest || !printable {
                let rule = format!("must have 1 to {longest} characters of ASCII, which is all that ARIN takes");
                errors.push(format!("customer.{field}"), rule);
            }
        };
        text("name", &self.name, 256);
        text("city", &self.city, 100);
        self.street_address.iter().for_each(|line| text("street_address", line, 100));
        if let Some(code) = &self.postal_code {
            text("postal_code", code, 20);
        }
        if !(1..=MOST_LINES).contains(&self.street_address.len()) {
            errors.push("customer.street_address", format!("must have 1 to {MOST_LINES} lines"));
        }
        let capitals = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            errors.push("customer.country", "must be the two letters of ISO 3166-1, such as US");
        }
        match &self.state {
            Some(state) if !(1..=3).contains(&state.len()) || !capitals(state) => {
                errors.push("customer.state", "must be one to three letters of ISO 3166-2, such as VA");
            }
            None if matches!(self.country.as_str(), "US" | "CA") => {
                errors.push("customer.state", "is required in the US and in Canada");
            }
            _ => {}
        }
        if self.postal_code.is_none() && matches!(self.country.as_str(), "US" | "CA") {
            errors.push("customer.postal_code", "is required in the US and in Canada");
        }
    }
}
