//! Looking at identities.

use kernel::{Action, Actor, Result, Timestamp, UserId};
use store::params;

use super::ExternalIdentity;
use crate::{Access, cover::allow, user};

impl Access {
    /// The identities of a user. Everyone may look at their own.
    pub async fn identities(&self, actor: &Actor, of: UserId) -> Result<Vec<ExternalIdentity>> {
        if actor.user != Some(of) {
            allow(actor, Action::Read)?;
        }
        let mut tx = self.0.db.read(actor).await?;
        user::load(&mut tx, of).await?;
        let text = "SELECT i.id, p.name, i.subject, i.created_at FROM external_identity i
            JOIN oidc_provider p ON p.id = i.provider_id WHERE i.user_id = $1 ORDER BY i.id";
        let rows = tx.rows(text, params![of]).await?;
        let identity = |mut row: store::Row| {
            let (id, provider, subject) = (row.take(0)?, row.take(1)?, row.take(2)?);
            Ok(ExternalIdentity { id, provider, subject, created_at: row.take::<Timestamp>(3)?.to_string() })
        };
        rows.into_iter().map(identity).collect()
    }
}
