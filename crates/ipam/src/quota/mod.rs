//! Quotas: how much space the members of a group may bring below a resource.
//!
//! A quota counts what is held there, whoever got it: addresses of IPv4, /64s of IPv6, or blocks of one mask. It limits
//! the members of its group: no change of theirs may take the count beyond it. Whose groups have none pays nothing.

mod add;
mod api;
mod change;
mod count;
mod delete;
mod hold;
mod known;
mod model;
mod read;
mod row;

pub(crate) use add::AddQuota;
pub(crate) use api::routes;
pub(crate) use change::ChangeQuota;
pub(crate) use count::Gains;
pub(crate) use delete::DeleteQuota;
pub(crate) use hold::{Meter, hold};
pub(crate) use known::{Quotas, SIGNAL, known};
pub(crate) use model::{NewQuota, Quota, QuotaPatch};
pub(crate) use row::QuotaRow;
