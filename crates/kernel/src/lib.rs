//! The words that every part of Platbook speaks: ids, addresses and prefixes, who acts and what they may do,
//! errors, pages and time. Nothing here does I/O, and nothing here knows a database, HTTP or a particular noun.

mod actor;
mod address;
mod asn;
mod clock;
mod error;
mod id;
mod page;
mod patch;
mod prefix;
mod right;
mod terms;

pub use actor::{Actor, RequestId};
pub use address::{AddrKey, Family};
pub use asn::Asn;
pub use clock::{Clock, SystemClock, Timestamp};
pub use error::{Error, FieldError, FieldErrors, Obstacle, Result};
pub use id::{
    BlockId, ChangeId, GroupId, JobId, LirId, LoginMethodId, PasskeyId, ProfileId, ResourceId, RuleId, SessionId,
    TokenId, UserId, VlanDomainId, VlanId, VrfId,
};
pub use page::{Order, Page};
pub use patch::Patch;
pub use prefix::{Prefix, PrefixError};
pub use right::{Action, Area, Grants, Rights};
pub use terms::{Manner, Offer, Preview, Rule, Seen, Terms, unshowable};
