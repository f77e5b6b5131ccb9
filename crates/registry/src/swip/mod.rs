//! Registering blocks at ARIN (SWIP): giving a part of one's network to a customer or an organisation in ARIN's books, and
//! taking it back.
//!
//! What is wanted becomes a row, and a job carries it out step by step. Each step looks at ARIN first and acts on what it
//! finds there; before a write is sent, the row says so. So whatever happens on the way, a lost answer, a node that dies,
//! a person who is impatient, the next step begins with a look, and nothing is sent twice without one.

pub(crate) mod api;
mod customer;
mod finish;
mod give;
mod job;
mod model;
mod plan;
mod preview;
mod read;
mod row;
mod start;
mod take;
pub(crate) mod v1;

pub(crate) use job::PushSwip;
pub use model::{Action, NewSwip, State, Swip};
pub(crate) use plan::net_name;
pub(crate) use row::SwipRow;
