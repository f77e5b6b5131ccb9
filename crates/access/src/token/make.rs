//! Making a token.

use kernel::{Actor, Error, Result, TokenId, UserId};
use store::{Tx, Work};

use super::{LETTERS, MadeToken, NewToken, PREFIX, TokenRow, hash};
use crate::{Access, hidden::Hidden, random};

/// How many letters of a token, those of [`PREFIX`] included, are kept to recognise it by.
const SHOWN: usize = PREFIX.len() + 5;
const SECONDS_PER_DAY: i64 = 24 * 3600;

impl Access {
    /// Makes a token for the actor. Only this answer ever shows it, so a repeated request makes another one.
    pub async fn make_token(&self, actor: &Actor, new: NewToken) -> Result<MadeToken> {
        let Some(user) = actor.user else { return Err(Error::forbidden("The system itself needs no token.")) };
        actor.must_mean_it("a token is made once")?;
        new.check()?;
        self.write(actor, MakeToken { user, new }).await
    }
}

struct MakeToken {
    user: UserId,
    new: NewToken,
}

impl Work for MakeToken {
    type Out = MadeToken;
    const NAME: &'static str = "token.make";

    async fn run(&self, tx: &mut Tx) -> Result<MadeToken> {
        let token = format!("{PREFIX}{}", random::text(random::BASE62, LETTERS));
        let days = self.new.expires_in_days.map(i64::from);
        let expires_at = days.map(|days| tx.now().plus_seconds(days * SECONDS_PER_DAY));
        let row = TokenRow {
            id: TokenId(tx.new_id::<TokenRow>().await?),
            version: 1,
            user_id: self.user,
            name: self.new.name.trim().to_owned(),
            prefix: token.chars().take(SHOWN).collect(),
            hash: hash(&token),
            created_at: tx.now(),
            expires_at,
        };
        tx.insert(&row).await?;
        let expires_at = expires_at.map(|at| at.to_string());
        Ok(MadeToken { id: row.id, name: row.name, token: Hidden(token), expires_at })
    }
}
