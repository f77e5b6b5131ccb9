//! Who may come in, and what they may do: users, groups, permissions, and the ways of signing in.
//!
//! - [`Access`] is the handle: [`Access::open`], then what each noun's folder adds to it.
//! - [`bootstrap`] makes the first administrator of a new database.
//! - [`recognise`] is the layer that turns HTTP Basic, bearer tokens, the sessions of browsers and signed requests of API v1 into a
//!   [`kernel::Actor`].
//! - [`v2`] are the doors of this slice.
//!
//! Rights are hung on resources, but the tree of resources stands above this slice: where a rule needs to know what
//! lies below what, it asks a [`Tree`].

mod access;
mod api_key;
mod ceremony;
mod cover;
mod first_start;
mod group;
mod hidden;
mod login_method;
mod mail;
mod master_key;
mod middleware;
mod oidc;
mod passkey;
mod password_reset;
mod permission;
mod policy;
mod public_url;
mod random;
mod second_factor;
mod session;
mod sign_in;
mod token;
mod transport;
mod user;

pub use access::{Access, Settings};
pub use api_key::ApiKey;
pub use cover::Tree;
pub use first_start::{ADMINISTRATOR, ADMINISTRATORS, FirstAdministrator, READERS, bootstrap};
pub use group::{Group, GroupPatch, Member, NewGroup, groups_by_id, groups_in_force, load_group};
pub use hidden::Hidden;
pub use login_method::{
    GroupMapping, Identity, LdapLogin, LoginMethod, LoginMethodPatch, LoginServers, LoginSettings, LoginTest,
    LoginTried, NewLoginMethod, RadiusLogin,
};
pub use mail::{Mail, MailCarrier, MailLogin, MailSecurity, MailServer, MailSettings, NewMailSettings, mail_is_set_up};
pub use master_key::MasterKey;
pub use middleware::{Recognise, Recognised, recognise};
pub use oidc::{
    Arrival, Departure, ExternalIdentity, NewExternalIdentity, NewOidcProvider, OidcClaims, OidcClient, OidcExpected,
    OidcProvider, OidcProviderPatch, OidcRequest, RelyingParty,
};
pub use passkey::{NewPasskey, Passkey, PasskeyAnswer, PasskeyChallenge, PasskeyPatch};
pub use password_reset::ResetRequest;
pub use permission::{Explanation, Given, Permission, Reason, TakenAway};
pub use policy::{Policy, PolicyPatch};
pub use public_url::PublicUrl;
pub use second_factor::{Factor, NewTotp, RecoveryCodes, SecondFactor, Totp};
pub use session::{EnrolStep, OpenSession, Pending, SecondStep, Session, SignIn, SignedIn, Visit, signed_in};
pub use sign_in::{Credentials, Person};
pub use token::{Bounds, MadeToken, NewToken, Token};
pub use transport::{Peer, Secure, TransportPolicy};
pub use user::{Me, NewUser, User, UserPatch, address_of};

/// The steps of this slice's schema.
pub const MIGRATIONS: &[store::Migration] = &[
    store::Migration { name: "access/0001", sql: include_str!("migrations/0001.sql") },
    store::Migration { name: "access/0002", sql: include_str!("migrations/0002.sql") },
    store::Migration { name: "access/0003", sql: include_str!("migrations/0003.sql") },
    store::Migration { name: "access/0004", sql: include_str!("migrations/0004.sql") },
    store::Migration { name: "access/0005", sql: include_str!("migrations/0005.sql") },
    store::Migration { name: "access/0006", sql: include_str!("migrations/0006.sql") },
    store::Migration { name: "access/0007", sql: include_str!("migrations/0007.sql") },
    store::Migration { name: "access/0008", sql: include_str!("migrations/0008.sql") },
    store::Migration { name: "access/0009", sql: include_str!("migrations/0009.sql") },
    store::Migration { name: "access/0010", sql: include_str!("migrations/0010.sql") },
    store::Migration { name: "access/0011", sql: include_str!("migrations/0011.sql") },
    store::Migration { name: "access/0012", sql: include_str!("migrations/0012.sql") },
];

/// This slice's tables that have no change log.
pub const DERIVED: &[&str] = &["token_use", "session_use", "sign_in_failure", "totp_use", "spent_ceremony"];

/// Said to all nodes after a change by which something that sign-in remembers may have become wrong.
pub const SIGNAL: &str = "access";

/// Held by every change of users and groups: the rules about them look at several rows at once.
pub(crate) const LOCK: &str = "access";

/// The endpoints of API v2, by family.
pub fn v2(access: &Access) -> [(&'static str, api_v2::Routes); 7] {
    let groups = group::routes(access).merge(permission::routes(access));
    let users = user::routes(access).merge(permission::routes_of_users(access)).merge(api_key::routes(access));
    let sessions = session::routes(access).merge(policy::routes(access)).merge(second_factor::routes(access));
    let sessions = sessions.merge(login_method::routes(access)).merge(passkey::routes(access));
    [
        ("users", users),
        ("usergroups", groups),
        ("tokens", token::routes(access)),
        ("sessions", sessions),
        ("password_resets", password_reset::routes(access)),
        ("oidc", oidc::routes(access)),
        ("settings", mail::routes(access)),
    ]
}

/// The slice's kinds of jobs.
pub fn jobs(jobs: store::job::Jobs, access: &Access) -> store::job::Jobs {
    jobs.with(mail::SendMail(access.clone())).with(password_reset::MailReset(access.clone()))
}
