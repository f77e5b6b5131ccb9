//! API keys: the name and secret with which a user signs requests to API v1.

mod api;
mod delete;
mod make;
mod row;

pub(crate) use api::routes;
pub use make::ApiKey;
pub(crate) use row::{ApiKeyRow, by_key, context, delete_of};
