//! Views: saved lists over sections, with the columns that they show, filters with parameters, and an order. Whoever
//! reads one sees the resources that they may see themselves.

pub(crate) mod api;
mod change;
mod model;
mod parameter;
mod read;
mod row;
