//! What a session looks like from outside.

use std::net::IpAddr;

use kernel::{RequestId, SessionId, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use super::{Pending, SessionRow};
use crate::{hidden::Hidden, policy::Policy};

/// A session: a sign-in that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": 7, "method": "local", "address": "192.0.2.17", "agent": "Mozilla/5.0", "current": true,
    "created_at": "2026-01-01T08:00:00Z", "last_used_at": "2026-01-01T09:30:00Z", "ends_at": "2026-01-01T20:00:00Z"
}))]
pub struct Session {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: SessionId,
    /// How its user has signed in: `local`, or the name of another way.
    pub method: String,
    /// The address from which they have signed in.
    pub address: Option<String>,
    /// What their browser calls itself.
    pub agent: Option<String>,
    /// Whether this request belongs to it.
    pub current: bool,
    /// When it began (RFC 3339).
    pub created_at: String,
    /// When it was last used, to within some minutes (RFC 3339).
    pub last_used_at: String,
    /// When it ends at the latest (RFC 3339). It ends earlier when it is not used, as the sign-in policy says.
    pub ends_at: String,
}

impl Session {
    pub(super) fn new(row: SessionRow, last_used_at: Option<Timestamp>, policy: &Policy, current: bool) -> Self {
        let ends_at = row.ends_at(policy).to_string();
        let last_used_at = last_used_at.unwrap_or(row.created_at).to_string();
        let SessionRow { id, method, address, agent, created_at, .. } = row;
        Self { id, method, address, agent, current, created_at: created_at.to_string(), last_used_at, ends_at }
    }
}

/// The session of this request, with what its page needs to change something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "session": {
        "id": 7, "method": "local", "address": "192.0.2.17", "agent": "Mozilla/5.0", "current": true,
        "created_at": "2026-01-01T08:00:00Z", "last_used_at": "2026-01-01T08:00:00Z", "ends_at": "2026-01-01T20:00:00Z"
    },
    "csrf_token": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}))]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// What belongs into the header `X-CSRF-Token` of each request by this session that is not a GET.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    pub csrf_token: Hidden<String>,
    /// When this sign-in has set up the second factor: codes for the day on which it is lost, shown this once.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "reveal_codes")]
    #[schema(value_type = Option<Vec<String>>)]
    pub recovery_codes: Option<Hidden<Vec<String>>>,
    /// What belongs into the cookie.
    #[serde(skip)]
    pub secret: Hidden<String>,
}

/// A sign-in with a password.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ann", "password": "correct horse battery staple"}))]
pub struct SignIn {
    /// The user's name, in any case.
    #[schema(max_length = 256)]
    pub username: String,
    /// The password.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: Hidden<String>,
    /// `local`, a kind of login method such as `ldap`, or the name of one; without, whichever knows the password.
    #[serde(default, rename = "type")]
    #[schema(max_length = 64)]
    pub kind: Option<String>,
    /// The second factor, for who has one and knows it: a code of the authenticator app, or a recovery code.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub code: Option<Hidden<String>>,
}

/// The second factor of a sign-in that waits for it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pending": "AVt3...", "code": "287082"}))]
pub struct SecondStep {
    /// What `POST /sessions` has answered.
    #[schema(value_type = String, max_length = 1024)]
    pub pending: Hidden<String>,
    /// A code of the authenticator app, or a recovery code.
    #[schema(value_type = String, max_length = 64)]
    pub code: Hidden<String>,
}

/// A sign-in that has to set up its second factor.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pending": "AVt3..."}))]
pub struct EnrolStep {
    /// What `POST /sessions` has answered.
    #[schema(value_type = String, max_length = 1024)]
    pub pending: Hidden<String>,
}

/// How far a sign-in has come.
#[derive(Debug, Clone)]
pub enum SignedIn {
    /// The session is open.
    Open(OpenSession),
    /// A second factor has to be shown.
    Pending(Pending),
}

/// From where and with what somebody signs in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The address, if it is known.
    pub address: Option<IpAddr>,
    /// Whether the browser speaks TLS, here or to a proxy in front.
    pub tls: bool,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// The request.
    pub request: RequestId,
}

/// The one way in which a secret of these models leaves the program.
pub(super) fn reveal<S: Serializer>(secret: &Hidden<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&secret.0)
}

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn reveal_codes<S: Serializer>(codes: &Option<Hidden<Vec<String>>>, serializer: S) -> Result<S::Ok, S::Error> {
    codes.as_ref().map(|codes| &codes.0).serialize(serializer)
}
