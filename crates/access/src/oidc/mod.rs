//! OpenID Connect: signing in at a provider elsewhere. The provider says who somebody is, and perhaps in which groups; it is
//! trusted with the whole sign-in, so no second factor is asked for here.

mod admit;
mod api;
mod claims;
mod cookie;
mod finish;
mod identity;
mod provider;
mod relying_party;
mod return_to;
mod start;

pub(crate) use api::routes;
pub use finish::Arrival;
pub(crate) use identity::delete_all_of;
pub use identity::{ExternalIdentity, NewExternalIdentity};
pub use provider::{NewOidcProvider, OidcProvider, OidcProviderPatch};
pub(crate) use relying_party::NoRelyingParty;
pub use relying_party::{OidcClaims, OidcClient, OidcExpected, OidcRequest, RelyingParty};
pub use start::Departure;
use start::callback;
