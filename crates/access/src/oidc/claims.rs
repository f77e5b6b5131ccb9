//! What is read of a provider's claims.

use std::collections::BTreeSet;

use kernel::GroupId;
use serde_json::Value;

use super::{OidcClaims, provider::OidcProviderRow};

/// The longest subject (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;

/// Somebody, as a provider describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outsider {
    /// By which the provider knows them.
    pub(super) subject: String,
    /// What they are called there.
    pub(super) username: Option<String>,
    /// Where they get mail, if the provider has made sure of it.
    pub(super) email: Option<String>,
    /// The groups into which the provider's claims put them, of those that it decides on.
    pub(super) groups: BTreeSet<GroupId>,
}

impl Outsider {
    /// Reads the claims as the provider's settings say. Nothing, when the subject can't be one.
    pub(super) fn read(claims: OidcClaims, provider: &OidcProviderRow) -> Option<Self> {
        let OidcClaims { subject, all } = claims;
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return None;
        }
        let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        let verified = all.get("email_verified") == Some(&Value::Bool(true));
        let named = provider.groups_claim.as_ref().and_then(|claim| all.get(claim));
        let named: BTreeSet<&str> = match named {
            Some(Value::String(one)) => BTreeSet::from([one.as_str()]),
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => BTreeSet::new(),
        };
        let groups = provider.groups.0.iter().filter(|mapping| named.contains(mapping.value.as_str()));
        Some(Self {
            username: text(&provider.username_claim),
            email: text("email").filter(|_| verified),
            groups: groups.map(|mapping| mapping.group_id).collect(),
            subject,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::provider::{GroupMapping, example};

    fn read(claims: &Value) -> Option<Outsider> {
        let subject = claims["sub"].as_str().unwrap_or_default().to_owned();
        let all = claims.as_object().cloned().unwrap_or_default();
        let mapping = |value: &str, id| GroupMapping { value: value.to_owned(), group_id: GroupId(id) };
        let groups = vec![mapping("netops", 3), mapping("readers", 4), mapping("everybody", 4)];
        Outsider::read(OidcClaims { subject, all }, &example(Some("roles"), groups))
    }

    #[test]
    fn claims_are_read_by_the_names_that_the_settings_give() {
        let claims = json!({
            "sub": "1", "preferred_username": "ann", "email": "ann@example.net", "email_verified": true,
            "roles": ["netops", "everybody", "readers", "root", 7]
        });
        let ann = read(&claims).unwrap();
        assert_eq!((ann.subject.as_str(), ann.username.as_deref()), ("1", Some("ann")));
        assert_eq!(ann.email.as_deref(), Some("ann@example.net"));
        assert_eq!(ann.groups, BTreeSet::from([GroupId(3), GroupId(4)]));
        assert_eq!(read(&json!({"sub": "1", "roles": "netops"})).unwrap().groups, BTreeSet::from([GroupId(3)]));
    }

    #[test]
    fn what_nobody_has_made_sure_of_is_left_out() {
        for unsure in [json!({}), json!({"email_verified": false}), json!({"email_verified": "true"})] {
            let mut claims = json!({"sub": "1", "email": "ann@example.net", "preferred_username": ["ann"], "roles": 7});
            claims.as_object_mut().unwrap().extend(unsure.as_object().unwrap().clone());
            let ann = read(&claims).unwrap();
            assert_eq!((ann.username, ann.email, ann.groups), (None, None, BTreeSet::new()));
        }
        assert_eq!(read(&json!({})), None);
        assert_eq!(read(&json!({"sub": "x".repeat(256)})), None);
    }
}
