//! Making a token.

use kernel::{Actor, Error, Result, Rights, TokenId, UserId};
use store::{Tx, Work};

use super::{Bounds, LETTERS, MadeToken, NewToken, PREFIX, TokenRow, hash};
use crate::{Access, hidden::Hidden, random};

/// How many letters of a token, those of [`PREFIX`] included, are kept to recognise it by.
const SHOWN: usize = PREFIX.len() + 5;
const SECONDS_PER_DAY: i64 = 24 * 3600;

impl Access {
    /// Makes a token for the actor. Only this answer ever shows it, so a repeated request makes another one.
    pub async fn make_token(&self, actor: &Actor, new: NewToken) -> Result<MadeToken> {
        let Some(user) = actor.user else { return Err(Error::forbidden("The system itself needs no token.")) };
        require_all_rights(actor)?;
        actor.must_mean_it("a token is made once")?;
        let (rights, bounds) = new.check()?;
        self.write(actor, MakeToken { user, new, rights, bounds }).await
    }
}

struct MakeToken {
    user: UserId,
    new: NewToken,
    rights: Option<Rights>,
    bounds: Bounds,
}

/// Refuses who has come with a token that may do less than its user, or not everywhere, or not for ever: they could make
/// themselves one that may.
pub(crate) fn require_all_rights(actor: &Actor) -> Result<()> {
    if actor.grants.limit().is_none() {
        return Ok(());
    }
    Err(Error::forbidden(
        "A token that is limited in rights, networks, origins or time can't make tokens or keys. Sign in otherwise.",
    ))
}

impl Work for MakeToken {
    type Out = MadeToken;
    const NAME: &'static str = "token.make";

    async fn run(&self, tx: &mut Tx) -> Result<MadeToken> {
        let token = format!("{PREFIX}{}", random::text(random::BASE62, LETTERS));
        let days = self.new.expires_in_days.map(i64::from);
        let expires_at = days.map(|days| tx.now().plus_seconds(days * SECONDS_PER_DAY));
        let [networks, origins] = self.bounds.to_stored();
        let row = TokenRow {
            id: TokenId(tx.new_id::<TokenRow>().await?),
            version: 1,
            user_id: self.user,
            name: self.new.name.trim().to_owned(),
            prefix: token.chars().take(SHOWN).collect(),
            hash: hash(&token),
            created_at: tx.now(),
            expires_at,
            rights: self.rights,
            networks,
            origins,
        };
        tx.insert(&row).await?;
        let expires_at = expires_at.map(|at| at.to_string());
        Ok(MadeToken { id: row.id, name: row.name, token: Hidden(token), expires_at })
    }
}
