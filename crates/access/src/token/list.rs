//! Looking at one's own tokens.

use std::collections::HashMap;

use kernel::{Actor, Result, Timestamp, TokenId};
use store::params;

use super::{Token, TokenRow};
use crate::Access;

impl Access {
    /// The actor's own tokens, the oldest first.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<Token>> {
        let Some(user) = actor.user else { return Ok(Vec::new()) };
        let mut tx = self.0.db.read(actor).await?;
        let rows = tx.find::<TokenRow>("user_id = $1 ORDER BY id", params![user]).await?;
        let text = "SELECT token_id, last_used_at FROM token_use WHERE token_id = ANY($1)";
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut last_uses: HashMap<TokenId, Timestamp> = HashMap::new();
        for mut row in tx.rows(text, params![ids]).await? {
            last_uses.insert(row.take(0)?, row.take(1)?);
        }
        rows.into_iter()
            .map(|row| (last_uses.get(&row.id).copied(), row))
            .map(|(at, row)| Token::new(row, at))
            .collect()
    }
}
