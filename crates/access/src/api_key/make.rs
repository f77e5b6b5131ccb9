//! Making the API key of a user, or taking over one that they have elsewhere.

use std::sync::Arc;

use kernel::{Action, Actor, Error, FieldErrors, Result, UserId};
use store::{Bytes, Tx, Work};

use super::{ApiKeyRow, by_key, context, row};
use crate::{
    Access, LOCK, MasterKey, SIGNAL,
    cover::{Tree, allow, require_cover},
    hidden::Hidden,
    permission, random,
    token::require_all_rights,
    user::{self, UserRow},
};

/// Letters of a key behind the user's id, as the original has it.
const KEY_LETTERS: usize = 16;
/// Digits of a secret, as the original has it: 128 bits.
const SECRET_DIGITS: usize = 32;

/// A key with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The value of the parameter `apiKey`: the user's id, a dash and 16 capitals and digits.
    pub api_key: String,
    /// What signs the requests. It can't be shown again.
    pub secret: Hidden<String>,
}

impl Access {
    /// Makes the API key of a user, in place of the one that they have: that one is refused from then on.
    pub async fn make_api_key(&self, actor: &Actor, user: &str) -> Result<ApiKey> {
        require_all_rights(actor)?;
        actor.must_mean_it("a key is made once")?;
        self.write(actor, self.set_api_key(Whose::Name(user.to_owned()), None)).await
    }

    /// The same for the user with this id.
    pub async fn make_api_key_of(&self, actor: &Actor, user: UserId) -> Result<ApiKey> {
        require_all_rights(actor)?;
        actor.must_mean_it("a key is made once")?;
        self.write(actor, self.set_api_key(Whose::Id(user), None)).await
    }

    /// Gives a user the key and secret that they have in the system they come from, so that their scripts go on
    /// working.
    pub async fn take_over_api_key(&self, actor: &Actor, user: &str, key: ApiKey) -> Result<()> {
        allow(actor, Action::Update)?;
        key.check()?;
        self.write(actor, self.set_api_key(Whose::Name(user.to_owned()), Some(key))).await.map(drop)
    }

    fn set_api_key(&self, user: Whose, given: Option<ApiKey>) -> SetApiKey {
        let (master_key, tree) = (self.0.master_key.clone(), self.0.settings.tree.clone());
        SetApiKey { user, given, master_key, tree }
    }
}

impl ApiKey {
    fn random(user: UserId) -> Self {
        let api_key = format!("{user}-{}", random::text(random::CAPITALS_AND_DIGITS, KEY_LETTERS));
        Self { api_key, secret: Hidden(random::text(random::HEXADECIMAL, SECRET_DIGITS)) }
    }

    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let in_url = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !(8..=64).contains(&self.api_key.len()) || !self.api_key.chars().all(in_url) {
            errors.push("apiKey", "must be 8 to 64 letters, digits and characters of - . _ ~");
        }
        if !(16..=128).contains(&self.secret.0.len()) || !self.secret.0.chars().all(|c| c.is_ascii_graphic()) {
            errors.push("secret", "must be 16 to 128 printable ASCII characters without spaces");
        }
        errors.into_result()
    }
}

/// How a user is named.
pub(super) enum Whose {
    Name(String),
    Id(UserId),
}

struct SetApiKey {
    user: Whose,
    given: Option<ApiKey>,
    master_key: MasterKey,
    tree: Arc<dyn Tree>,
}

impl Work for SetApiKey {
    type Out = ApiKey;
    const NAME: &'static str = "api_key.set";

    async fn run(&self, tx: &mut Tx) -> Result<ApiKey> {
        tx.lock(LOCK).await?;
        let user = self.user.allowed(tx, &self.tree, "give \"{}\" an API key").await?;
        let before = row::of_user(tx, user).await?;
        let key = self.given.clone().unwrap_or_else(|| ApiKey::random(user));
        if by_key(tx, &key.api_key).await?.is_some_and(|other| other.user_id != user) {
            return Err(Error::conflict_of("apiKey", format!("another user has the key {} already.", key.api_key)));
        }
        let secret = Hidden(Bytes(self.master_key.seal(&context(&key.api_key), key.secret.0.as_bytes())?));
        let id = match &before {
            Some(before) => before.id,
            None => tx.new_id::<ApiKeyRow>().await?,
        };
        let (key_text, created_at) = (key.api_key.clone(), tx.now());
        let mut after = ApiKeyRow { id, version: 1, user_id: user, key_text, secret, created_at };
        match before {
            Some(before) => tx.update(&before, &mut after).await?,
            None => tx.insert(&after).await?,
        }
        tx.signal(SIGNAL);
        Ok(key)
    }
}

impl Whose {
    /// The user, if the actor may act as them: it is the actor, or someone who has no rights that the actor lacks.
    /// `what` is what they must not do, as in `change {}`.
    pub(super) async fn allowed(&self, tx: &mut Tx, tree: &Arc<dyn Tree>, what: &str) -> Result<UserId> {
        let user = match self {
            Self::Name(name) => user::by_name(tx, name).await?,
            Self::Id(id) => tx.get::<UserRow>(*id).await?,
        };
        if user.is_none() || user.as_ref().map(|user| user.id) != tx.actor().user {
            // Before it is said whether there is such a user.
            allow(tx.actor(), Action::Update)?;
        }
        let user = user.ok_or_else(|| self.missing())?;
        let grants = permission::of_user(tx, user.id).await?;
        let what = format!("You may not {}", what.replace("{}", &user.name));
        require_cover(tx, tree, &grants, &what).await?;
        Ok(user.id)
    }

    fn missing(&self) -> Error {
        Error::not_found(match self {
            Self::Name(name) => format!("There is no user \"{name}\"."),
            Self::Id(id) => format!("There is no user with id {id}."),
        })
    }
}
