//! Looking at login methods.

use kernel::{Actor, LoginMethodId, Result};

use super::{
    LoginMethod,
    model::only_administrators,
    row::{self, LoginMethodRow},
};
use crate::Access;

impl Access {
    /// All login methods, in the order in which they are asked.
    pub async fn login_methods(&self, actor: &Actor) -> Result<Vec<LoginMethod>> {
        only_administrators(actor)?;
        row::all(&mut self.0.db.read(actor).await?).await?.into_iter().map(LoginMethodRow::show).collect()
    }

    /// One login method.
    pub async fn login_method(&self, actor: &Actor, id: LoginMethodId) -> Result<LoginMethod> {
        only_administrators(actor)?;
        row::load(&mut self.0.db.read(actor).await?, id).await?.show()
    }
}
