//! The tokens by which exactly that is done which a dry run has shown. What was shown is kept beside the hash of its token,
//! so that any node can compare, and say what is different.

use kernel::{Error, Offer, Preview, Result};
use sha2::{Digest as _, Sha256};

use crate::{Bytes, Tx, params};

/// How long an offer is good.
const GOOD_SECONDS: i64 = 3_600;

/// Keeps what was shown, and gives out a token for it.
pub(super) async fn make(tx: &mut Tx, request: &str, shown: &Preview) -> Result<Offer> {
    let token = format!("{:032x}", rand::random::<u128>());
    let now = tx.now();
    tx.derive("DELETE FROM preview WHERE at < $1", params![now.plus_seconds(-GOOD_SECONDS)]).await?;
    let text = "INSERT INTO preview (token, at, actor, request, shown, used) VALUES ($1, $2, $3, $4, $5, 0)";
    let shown = serde_json::to_string(shown).map_err(Error::internal)?;
    tx.derive(text, params![hash(&token), now, owner(tx), request, shown]).await?;
    Ok(Offer { token, until: now.plus_seconds(GOOD_SECONDS) })
}

/// What was shown for this token, to the same person for the same request; and whether it has been done already. Nobody
/// else gets it until this transaction has ended.
pub(super) async fn take(tx: &mut Tx, token: &str, request: &str) -> Result<(Preview, bool)> {
    let text = "UPDATE preview SET used = used + 1 WHERE token = $1 AND actor = $2 AND request = $3 AND at >= $4
        RETURNING shown, used";
    let oldest = tx.now().plus_seconds(-GOOD_SECONDS);
    let Some(mut row) = tx.derive(text, params![hash(token), owner(tx), request, oldest]).await?.1.pop() else {
        let why = "There is no preview of this request with this token, or it is older than an hour. The request must be \
                   the same as in the dry run, and be sent by the same person. Ask again with dry_run=true.";
        return Err(Error::conflict_of("commit", why));
    };
    let shown = serde_json::from_str(&row.take::<String>(0)?).map_err(Error::internal)?;
    Ok((shown, row.take::<i64>(1)? > 1))
}

/// Whose offer it is. Names may be given again; ids are not.
fn owner(tx: &Tx) -> String {
    tx.actor().user.map_or_else(|| tx.actor().name.to_string(), |user| user.to_string())
}

fn hash(token: &str) -> Bytes {
    Bytes(Sha256::digest(token).to_vec())
}
