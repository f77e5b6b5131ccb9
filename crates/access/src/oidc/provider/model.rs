//! What a provider looks like from outside.

use std::collections::BTreeSet;

use kernel::{Actor, Error, FieldErrors, Patch, Result};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Url;

use super::OidcProviderRow;
use crate::{hidden::Hidden, login_method::GroupMapping};

/// A provider of OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": 2, "name": "work", "issuer": "https://login.example.net", "client_id": "platbook", "has_client_secret": true,
    "scopes": ["profile", "email", "groups"], "username_claim": "preferred_username", "groups_claim": "groups",
    "groups": [{"outside": "netops", "group_id": 3}], "add_users": true, "enabled": true,
    "callback": "/api/v2/oidc/work/callback"
}))]
pub struct OidcProvider {
    /// Its id.
    pub id: i64,
    /// Its name, which is a part of the URLs.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// Our client identifier there.
    pub client_id: String,
    /// Whether we have a secret there.
    pub has_client_secret: bool,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that is a new user's name.
    pub username_claim: String,
    /// The claim that says in which groups somebody is; null for none.
    pub groups_claim: Option<String>,
    /// Which value of that claim is which group here.
    pub groups: Vec<GroupMapping>,
    /// Whether somebody who is not known here becomes a user when they first sign in.
    pub add_users: bool,
    /// Whether anybody may sign in there.
    pub enabled: bool,
    /// The path that, behind the public URL of this server, is the redirect URI to register at the provider.
    pub callback: String,
}

/// A new provider.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "work", "issuer": "https://login.example.net", "client_id": "platbook", "client_secret": "s3cr3t of ours",
    "scopes": ["profile", "email", "groups"], "groups_claim": "groups",
    "groups": [{"outside": "netops", "group_id": 3}], "add_users": true
}))]
pub struct NewOidcProvider {
    /// Its name, which is a part of the URLs and never changes: 1 to 32 lower-case letters, digits and dashes.
    #[schema(min_length = 1, max_length = 32)]
    pub name: String,
    /// Its issuer identifier: the URL below which `/.well-known/openid-configuration` is found. It never changes.
    #[schema(max_length = 500)]
    pub issuer: String,
    /// Our client identifier there: 1 to 255 characters.
    #[schema(min_length = 1, max_length = 255)]
    pub client_id: String,
    /// Our secret there; left out when we are a public client.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, max_length = 1024, write_only)]
    pub client_secret: Option<Hidden<String>>,
    /// What is asked for beside `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim that is a new user's name.
    #[serde(default = "usual_username_claim")]
    #[schema(default = "preferred_username")]
    pub username_claim: String,
    /// The claim that says in which groups somebody is.
    #[serde(default)]
    pub groups_claim: Option<String>,
    /// Which value of that claim, in any case, is which group here. At each sign-in the user is put into those and out of
    /// the others of this list; groups that are not in the list are left alone.
    #[serde(default)]
    pub groups: Vec<GroupMapping>,
    /// Whether somebody who is not known here becomes a user when they first sign in.
    #[serde(default)]
    pub add_users: bool,
    /// Whether anybody may sign in there.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
}

fn usual_scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

fn usual_username_claim() -> String {
    "preferred_username".to_owned()
}

const fn yes() -> bool {
    true
}

/// A change to a provider; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"add_users": false, "groups": [{"outside": "netops", "group_id": 3}]}))]
pub struct OidcProviderPatch {
    /// Our client identifier there.
    pub client_id: Option<String>,
    /// Our secret there; null when we are a public client.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub client_secret: Patch<Hidden<String>>,
    /// What is asked for beside `openid`.
    pub scopes: Option<Vec<String>>,
    /// The claim that is a new user's name.
    pub username_claim: Option<String>,
    /// The claim that says in which groups somebody is; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub groups_claim: Patch<String>,
    /// Which value of that claim is which group here.
    pub groups: Option<Vec<GroupMapping>>,
    /// Whether somebody who is not known here becomes a user when they first sign in.
    pub add_users: Option<bool>,
    /// Whether anybody may sign in there.
    pub enabled: Option<bool>,
}

impl From<OidcProviderRow> for OidcProvider {
    fn from(row: OidcProviderRow) -> Self {
        Self {
            id: row.id,
            callback: crate::oidc::callback(&row.name),
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_client_secret: row.secret.is_some(),
            scopes: row.scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            username_claim: row.username_claim,
            groups_claim: row.groups_claim,
            groups: row.groups.0,
            add_users: row.add_users,
            enabled: row.enabled,
        }
    }
}

impl NewOidcProvider {
    /// Refuses what can't be a provider.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=32).contains(&self.name.len()) || !self.name.bytes().all(plain) {
            errors.push("name", "must be 1 to 32 lower-case letters, digits and dashes");
        }
        check_issuer(&self.issuer, &mut errors);
        check_secret(self.client_secret.as_ref(), &mut errors);
        let texts = Texts {
            client_id: Some(&self.client_id),
            scopes: Some(&self.scopes),
            username_claim: Some(&self.username_claim),
            groups_claim: self.groups_claim.as_ref(),
            groups: Some(&self.groups),
        };
        texts.check(&mut errors);
        errors.into_result()
    }
}

impl OidcProviderPatch {
    /// Refuses what can't be a provider.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if let Patch::Set(secret) = &self.client_secret {
            check_secret(Some(secret), &mut errors);
        }
        let groups_claim = if let Patch::Set(claim) = &self.groups_claim { Some(claim) } else { None };
        let texts = Texts {
            client_id: self.client_id.as_ref(),
            scopes: self.scopes.as_ref(),
            username_claim: self.username_claim.as_ref(),
            groups_claim,
            groups: self.groups.as_ref(),
        };
        texts.check(&mut errors);
        errors.into_result()
    }
}

/// What both a new provider and a change may hold.
struct Texts<'a> {
    client_id: Option<&'a String>,
    scopes: Option<&'a Vec<String>>,
    username_claim: Option<&'a String>,
    groups_claim: Option<&'a String>,
    groups: Option<&'a Vec<GroupMapping>>,
}

impl Texts<'_> {
    fn check(&self, errors: &mut FieldErrors) {
        let long =
            |text: &str, most: usize| !(1..=most).contains(&text.chars().count()) || text.contains(char::is_control);
        if self.client_id.is_some_and(|id| long(id, 255)) {
            errors.push("client_id", "must have 1 to 255 characters");
        }
        // RFC 6749, 3.3.
        let is_scope = |scope: &String| {
            (1..=100).contains(&scope.len()) && scope.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b))
        };
        if self.scopes.is_some_and(|scopes| scopes.len() > 20 || !scopes.iter().all(is_scope)) {
            errors.push("scopes", "must be at most 20 words without spaces, quotes and backslashes");
        }
        for (field, claim) in [("username_claim", self.username_claim), ("groups_claim", self.groups_claim)] {
            if claim.is_some_and(|claim| long(claim, 200)) {
                errors.push(field, "must be the name of a claim, of 1 to 200 characters");
            }
        }
        if let Some(groups) = self.groups {
            let values: BTreeSet<_> = groups.iter().map(|mapping| (&mapping.outside, mapping.group_id)).collect();
            if groups.len() > 200
                || values.len() < groups.len()
                || groups.iter().any(|mapping| long(&mapping.outside, 200))
            {
                errors.push("groups", "must be at most 200 different mappings, each of a value of 1 to 200 characters");
            }
        }
    }
}

fn check_issuer(issuer: &str, errors: &mut FieldErrors) {
    let fits = Url::parse(issuer).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let safe = url.scheme() == "https" || (url.scheme() == "http" && local);
        safe && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if !fits || issuer.len() > 500 {
        errors.push("issuer", "must be a URL that begins with https://, without user, query and fragment");
    }
}

fn check_secret(secret: Option<&Hidden<String>>, errors: &mut FieldErrors) {
    if secret.is_some_and(|secret| !(1..=1024).contains(&secret.0.len())) {
        errors.push("client_secret", "must have 1 to 1024 bytes");
    }
}

/// Who decides where people may sign in decides who anybody is.
pub(super) fn require_administrator(actor: &Actor) -> Result<()> {
    if actor.is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden(
        "Providers are set up by administrators: by those with permissionAdmin on the top-level resource.",
    ))
}

/// There is no such provider.
pub(super) fn not_found(id: i64) -> Error {
    Error::not_found(format!("There is no OpenID Connect provider with id {id}."))
}
