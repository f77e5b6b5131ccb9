//! Login methods: ways of signing in with a password that another server knows, by LDAP or RADIUS.
//!
//! A local password always counts first, so that an administrator gets in while the others are away. Who signs in by a
//! method has a user here, made at the first sign-in or linked to it then, as the method says; nobody gets at a user
//! only by having an account of the same name somewhere.

mod account;
mod add;
mod admit;
mod api;
mod ask;
mod change;
mod delete;
mod model;
mod read;
mod row;
mod server;
mod try_out;

pub(crate) use account::{delete_of, is_elsewhere};
pub(crate) use admit::set_groups;
pub(crate) use api::routes;
pub use model::{
    GroupMapping, LdapLogin, LoginMethod, LoginMethodPatch, LoginSettings, LoginTest, LoginTried, NewLoginMethod,
    RadiusLogin,
};
pub(crate) use server::NoServers;
pub use server::{Identity, LoginServers};
