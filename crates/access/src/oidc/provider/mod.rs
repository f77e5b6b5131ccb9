//! A provider of OpenID Connect, as an administrator has set it up.

mod add;
mod api;
mod change;
mod delete;
mod model;
mod read;
mod row;

pub(crate) use api::routes;
pub use model::{NewOidcProvider, OidcProvider, OidcProviderPatch};
pub(super) use row::OidcProviderRow;
#[cfg(test)]
pub(super) use row::example;
