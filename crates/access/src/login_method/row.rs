//! The tables.

use kernel::{Error, LoginMethodId, Result, UserId};
use store::{Bytes, Tx, params};

use super::{GroupMapping, LoginMethod, LoginSettings, model::not_found};
use crate::{hidden::Hidden, master_key::MasterKey};

store::record! {
    /// A login method.
    pub struct LoginMethodRow in "login_method" secret ["secret"] {
        /// Its id.
        id: LoginMethodId,
        /// How often it has been changed.
        version: i64,
        /// Its name.
        name: String,
        /// The name in lower case, which no other method has.
        name_key: String,
        /// Its place in the order.
        position: i64,
        /// Whether it is asked.
        enabled: bool,
        /// Whether it makes users.
        creates_users: bool,
        /// Whether users that are here already may sign in by it.
        existing_users: bool,
        /// How its server is asked, as JSON.
        settings: String,
        /// Which groups there are which groups here, as JSON.
        group_map: String,
        /// The secret, sealed with the master key.
        secret: Option<Hidden<Bytes>>,
    }
}

store::record! {
    /// The account by which a user signs in at a login method's server.
    pub struct LoginAccountRow in "login_account" secret [] part_of [("user_id", "user_account")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose it is. Nobody has two.
        user_id: UserId,
        /// The method.
        method_id: LoginMethodId,
        /// What the server calls it.
        subject: String,
    }
}

impl LoginMethodRow {
    pub(super) fn settings(&self) -> Result<LoginSettings> {
        serde_json::from_str(&self.settings).map_err(Error::internal)
    }

    pub(super) fn groups(&self) -> Result<Vec<GroupMapping>> {
        serde_json::from_str(&self.group_map).map_err(Error::internal)
    }

    pub(super) fn show(self) -> Result<LoginMethod> {
        let (settings, groups) = (self.settings()?, self.groups()?);
        let Self { id, name, enabled, position, creates_users, existing_users, secret, .. } = self;
        let has_secret = secret.is_some();
        Ok(LoginMethod { id, name, enabled, position, creates_users, existing_users, settings, has_secret, groups })
    }

    pub(super) fn open_secret(&self, key: &MasterKey) -> Result<Option<Hidden<String>>> {
        let Some(sealed) = &self.secret else { return Ok(None) };
        let secret = String::from_utf8(key.open(&context(self.id), &sealed.0.0)?);
        secret.map(|secret| Some(Hidden(secret))).map_err(|_| Error::internal("a secret is not text"))
    }
}

/// Where the secret of this method is sealed, so that none can be put in the place of another one.
fn context(id: LoginMethodId) -> String {
    format!("the secret of login method {id}")
}

pub(super) fn seal(key: &MasterKey, id: LoginMethodId, secret: &Hidden<String>) -> Result<Hidden<Bytes>> {
    Ok(Hidden(Bytes(key.seal(&context(id), secret.0.as_bytes())?)))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// The method with this id.
pub(super) async fn load(tx: &mut Tx, id: LoginMethodId) -> Result<LoginMethodRow> {
    tx.get(id).await?.ok_or_else(|| not_found(id))
}

/// All methods, in the order in which they are asked.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<LoginMethodRow>> {
    tx.find::<LoginMethodRow>("id > $1 ORDER BY position, id", params![0]).await
}

pub(super) async fn account_of(tx: &mut Tx, user: UserId) -> Result<Option<LoginAccountRow>> {
    Ok(tx.find::<LoginAccountRow>("user_id = $1", params![user]).await?.pop())
}
