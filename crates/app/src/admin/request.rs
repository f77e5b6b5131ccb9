//! What can be asked, and doing it.

use access::{ApiKey, Hidden};
use kernel::{Actor, Page, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{check, modules::Modules};

/// Something to be done with an instance from its own machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Make the key with which a user signs requests of API v1, or take one over.
    ApiKey {
        user: String,
        /// The key and the secret that the user has elsewhere.
        given: Option<(String, String)>,
    },
    /// Give a user a new password.
    Password { user: String },
    /// Take the second factor of a user away.
    SecondFactor { user: String },
    /// List the users.
    Users,
    /// Recount everything.
    Check,
}

/// Does it, with all rights: who gets here may read the database anyway.
pub(crate) async fn perform(modules: &Modules, request: &Request) -> Result<Value> {
    let (actor, access) = (Actor::system("admin command"), &modules.access);
    Ok(match request {
        Request::ApiKey { user, given: None } => {
            let made = access.make_api_key(&actor, user).await?;
            json!({ "apiKey": made.api_key, "secret": made.secret.0 })
        }
        Request::ApiKey { user, given: Some((key, secret)) } => {
            let given = ApiKey { api_key: key.clone(), secret: Hidden(secret.clone()) };
            access.take_over_api_key(&actor, user, given).await?;
            json!({ "apiKey": key, "secret": secret })
        }
        Request::Password { user } => {
            json!({ "username": user, "password": access.reset_password(&actor, user).await?.0 })
        }
        Request::SecondFactor { user } => {
            access.reset_second_factor_of(&actor, user).await?;
            json!({ "username": user })
        }
        Request::Users => {
            let page = Page { limit: Page::MOST, offset: 0 };
            json!(access.users(&actor, None, page).await?.0)
        }
        Request::Check => json!(check::differences(modules).await?),
    })
}
