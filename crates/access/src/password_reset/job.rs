//! The job that looks whether there is somebody who can be helped, and writes to them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Error, Result, UserId};
use serde_json::{Value, json};
use store::{
    Tx, Work,
    job::{Job, JobContext},
    params,
};

use super::{
    ResetRequest,
    row::{LETTERS, PREFIX, PasswordResetRow, hash, live},
};
use crate::{
    Access, LOCK, Mail, login_method,
    master_key::MasterKey,
    random,
    user::{UserRow, by_name},
};

/// The kind of the job.
pub(super) const KIND: &str = "password_reset.mail";
/// How long a token is good, in seconds.
const SECONDS: i64 = 3600;
/// The most tokens of a user at a time: more mails would only be a nuisance.
const MOST: usize = 3;
/// The most users to whom one address belongs that are written to.
const MOST_USERS: i64 = 3;

/// Seals what was asked.
pub(super) fn seal(key: &MasterKey, plain: &[u8]) -> Result<Vec<u8>> {
    key.seal(CONTEXT, plain)
}

const CONTEXT: &str = "who asks for a new password";

/// Writes to those who have asked for a new password.
pub(crate) struct MailReset(pub(crate) Access);

impl Job for MailReset {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        async {
            let who = self.open(&context.payload)?;
            let url = self.0.0.settings.public_url.as_ref().map(|url| url.of(""));
            context.db.write(&context.actor, IssueReset { who, url }).await?;
            // How many mails there were is nobody's business.
            Ok(json!({}))
        }
        .boxed()
    }
}

impl MailReset {
    fn open(&self, payload: &Value) -> Result<ResetRequest> {
        let broken = || Error::internal("what was asked for can't be read");
        let sealed = BASE64_STANDARD.decode(payload["sealed"].as_str().unwrap_or_default()).map_err(|_| broken())?;
        serde_json::from_slice(&self.0.0.master_key.open(CONTEXT, &sealed)?).map_err(|_| broken())
    }
}

struct IssueReset {
    who: ResetRequest,
    /// Where people reach this server, if it was told.
    url: Option<String>,
}

impl Work for IssueReset {
    type Out = ();
    const NAME: &'static str = "password_reset.issue";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        for user in self.users(tx).await? {
            // Who is known by another server, and has no password here, gets none, by which that server would be passed
            // over.
            let elsewhere = !user.has_password() || login_method::is_elsewhere(tx, user.id).await?;
            if !user.enabled || elsewhere {
                continue;
            }
            if let Some(to) = user.email.as_deref() {
                issue(tx, user.id, &user.name, to, self.url.as_deref()).await?;
            }
        }
        Ok(())
    }
}

impl IssueReset {
    async fn users(&self, tx: &mut Tx) -> Result<Vec<UserRow>> {
        match (&self.who.username, &self.who.email) {
            (Some(name), _) => Ok(by_name(tx, name).await?.into_iter().collect()),
            (None, Some(email)) => {
                let condition = "LOWER(email) = $1 AND enabled = 1 ORDER BY id LIMIT $2";
                tx.find::<UserRow>(condition, params![email.to_lowercase(), MOST_USERS]).await
            }
            (None, None) => Ok(Vec::new()),
        }
    }
}

async fn issue(tx: &mut Tx, user_id: UserId, name: &str, to: &str, url: Option<&str>) -> Result<()> {
    if live(tx, user_id).await?.len() >= MOST {
        return Ok(());
    }
    let token = format!("{PREFIX}{}", random::text(random::BASE62, LETTERS));
    let now = tx.now();
    let id = tx.new_id::<PasswordResetRow>().await?;
    let (secret_hash, expires_at) = (hash(&token), now.plus_seconds(SECONDS));
    tx.insert(&PasswordResetRow { id, version: 1, user_id, secret_hash, created_at: now, expires_at }).await?;
    let mail =
        Mail { to: to.to_owned(), subject: "A new password for Platbook".to_owned(), body: body(name, &token, url) };
    mail.enqueue(tx).await.map(drop)
}

fn body(name: &str, token: &str, url: Option<&str>) -> String {
    let (at, server) =
        url.map_or((String::new(), String::new()), |url| (format!(" at {url}"), format!(" --server {url}")));
    format!(
        "Somebody, probably you, wants a new password for the user \"{name}\" of Platbook{at}.\n\n\
         Set one within the hour, with this token:\n\n    {token}\n\n\
         On the command line:\n\n    platbook user new-password{server}\n\n\
         By API v2: PUT /api/v2/password_resets with {{\"token\": ..., \"new_password\": ...}}.\n\n\
         If it was not you, do nothing: the old password stays, and nobody else has got this mail.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_says_what_to_do_with_and_without_a_known_address() {
        let with = body("ann", "pbr_x", Some("https://platbook.example.net"));
        assert!(
            with.contains("\n    pbr_x\n") && with.contains("new-password --server https://platbook.example.net\n")
        );
        assert!(body("ann", "pbr_x", None).contains("of Platbook.\n"));
    }
}
