//! The REST door of Platbook: what every endpoint of API v2 shares, whatever it is about.
//!
//! - what comes in: [`Caller`], [`Json`], [`Query`], [`Paged`], [`Path`], [`IdempotencyKey`];
//! - what is only to be shown: [`dry_runs`];
//! - what goes out: [`Json`], [`Listed`], and [`Problem`] for everything that is refused;
//! - what describes it: [`assemble`] makes one OpenAPI 3.1 document of the slices' routes, [`swagger()`] shows it.
//!
//! A slice hands in [`Routes`]; who calls is found out by a middleware that leaves a [`kernel::Actor`] in the
//! request's extensions. The whole door, from the inside out:
//!
//! ```
//! use axum::middleware::from_fn;
//!
//! # fn door(families: Vec<(&'static str, api_v2::Routes)>) -> kernel::Result<axum::Router> {
//! let (router, document) = api_v2::assemble("1.0.0", families)?;
//! let router = router
//!     // here: the middleware that recognises the caller
//!     .merge(api_v2::swagger(&document))
//!     .layer(from_fn(api_v2::problems));
//! // here: the middleware that leaves a kernel::RequestId in the request's extensions
//! let router = api_v2::with_cidr_paths(router);
//! # Ok(router)
//! # }
//! ```
//!
//! What to know of utoipa: a struct of query parameters says `#[into_params(parameter_in = Query)]`, or they are
//! documented as parts of the path ([`faults`] notices); and every argument of a handler binds a name: `State(_app)`.

mod caller;
mod cidr_path;
mod difference;
mod dry_run;
mod family;
mod fault;
mod idempotency_key;
mod instant;
mod json;
mod list;
mod openapi;
mod page;
mod path;
mod problem;
mod problems;
mod query;
mod swagger;
pub mod table;
mod when;
mod wording;

pub use caller::Caller;
pub use cidr_path::{fold_cidr, with_cidr_paths};
pub use difference::drop_equal;
pub use dry_run::{DryRuns, OnTerms, dry_runs, peek};
pub use family::family;
pub use fault::faults;
pub use idempotency_key::IdempotencyKey;
pub use instant::instant;
pub use json::Json;
pub use list::{Listed, NoFilter, Paged};
pub use openapi::{BASE, Routes, assemble};
pub use page::{PageQuery, next_link};
pub use path::Path;
pub use problem::{FieldProblem, Problem, Result, refuse};
pub use problems::problems;
pub use query::Query;
pub use swagger::swagger;
pub use when::{Between, When};
