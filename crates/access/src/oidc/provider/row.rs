//! The table.

use kernel::{Error, Result};
use store::{Bytes, Column, Kind, ToValue, Value};

use crate::{hidden::Hidden, login_method::GroupMapping};

store::record! {
    /// A provider.
    pub struct OidcProviderRow in "oidc_provider" secret ["secret"] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Its name, in URLs. It never changes: providers know it.
        name: String,
        /// Its issuer identifier. It never changes: it is what the subjects of users belong to.
        issuer: String,
        /// Our client identifier there.
        client_id: String,
        /// Our secret there, sealed with the master key.
        secret: Option<Hidden<Bytes>>,
        /// What is asked for beside `openid`, with spaces between.
        scopes: String,
        /// The claim that is a new user's name.
        username_claim: String,
        /// The claim that says in which groups somebody is.
        groups_claim: Option<String>,
        /// Which value of it means which group.
        groups: Mappings,
        /// Whether somebody who is not known here becomes a user.
        add_users: bool,
        /// Whether anybody may sign in there.
        enabled: bool,
    }
}

/// Mappings of groups, in a column as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mappings(
    /// The mappings.
    pub Vec<GroupMapping>,
);

impl ToValue for Mappings {
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(&self.0).unwrap_or_default())
    }
}

impl Column for Mappings {
    const KIND: Kind = Kind::Text;

    fn from_value(value: Value) -> Result<Self> {
        serde_json::from_str(&String::from_value(value)?).map(Self).map_err(Error::internal)
    }
}

impl OidcProviderRow {
    /// Where its secret is sealed.
    pub(crate) fn context(&self) -> String {
        context(&self.name)
    }
}

/// Where the secret of the provider with this name is sealed, so that none can be put in the place of another one.
pub(super) fn context(name: &str) -> String {
    format!("the secret of OpenID Connect provider {name}")
}

/// A provider for tests.
#[cfg(test)]
pub(in crate::oidc) fn example(groups_claim: Option<&str>, groups: Vec<GroupMapping>) -> OidcProviderRow {
    OidcProviderRow {
        id: 1,
        version: 1,
        name: "work".to_owned(),
        issuer: "https://login.example.net".to_owned(),
        client_id: "platbook".to_owned(),
        secret: None,
        scopes: "profile".to_owned(),
        username_claim: "preferred_username".to_owned(),
        groups_claim: groups_claim.map(str::to_owned),
        groups: Mappings(groups),
        add_users: false,
        enabled: true,
    }
}
