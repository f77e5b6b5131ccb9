//! API keys: the name and secret with which a user signs requests to API v1.

mod make;
mod row;

pub use make::ApiKey;
pub(crate) use row::{ApiKeyRow, by_key, context, delete_of};
