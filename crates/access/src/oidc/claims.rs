//! What is read of a provider's claims.

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
    /// What the provider calls their groups.
    pub(super) groups: Vec<String>,
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
        let groups = match named {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Some(Self {
            username: text(&provider.username_claim),
            email: text("email").filter(|_| verified),
            groups,
            subject,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::provider::example;

    fn read(claims: &Value) -> Option<Outsider> {
        let subject = claims["sub"].as_str().unwrap_or_default().to_owned();
        let all = claims.as_object().cloned().unwrap_or_default();
        Outsider::read(OidcClaims { subject, all }, &example(Some("roles"), Vec::new()))
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
        assert_eq!(ann.groups, ["netops", "everybody", "readers", "root"]);
        assert_eq!(read(&json!({"sub": "1", "roles": "netops"})).unwrap().groups, ["netops"]);
    }

    #[test]
    fn what_nobody_has_made_sure_of_is_left_out() {
        for unsure in [json!({}), json!({"email_verified": false}), json!({"email_verified": "true"})] {
            let mut claims = json!({"sub": "1", "email": "ann@example.net", "preferred_username": ["ann"], "roles": 7});
            claims.as_object_mut().unwrap().extend(unsure.as_object().unwrap().clone());
            let ann = read(&claims).unwrap();
            assert_eq!((ann.username, ann.email, ann.groups), (None, None, Vec::new()));
        }
        assert_eq!(read(&json!({})), None);
        assert_eq!(read(&json!({"sub": "x".repeat(256)})), None);
    }
}
