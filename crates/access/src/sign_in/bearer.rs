//! Bearer tokens.

use std::sync::Arc;

use kernel::{Actor, Error, Result};
use store::params;

use super::{Fingerprint, Person, Proven, person};
use crate::{
    Access,
    hidden::Hidden,
    token::{self, LastUse, TokenRow},
    user,
};

impl Access {
    pub(super) fn print_of_token(&self, token: &Hidden<String>) -> Fingerprint {
        self.0.fingerprints.of(&["bearer", &token.0])
    }

    /// Looks a token up.
    pub(super) async fn prove_token(&self, given: &Hidden<String>) -> Result<Arc<Person>> {
        let unknown = || Error::Unauthenticated("The API token is not known. It may have been revoked.".to_owned());
        if given.0.len() != token::PREFIX.len() + token::LETTERS || !given.0.starts_with(token::PREFIX) {
            return Err(unknown());
        }
        let read_in = self.0.memory.generation();
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let found = tx.find::<TokenRow>("hash = $1", params![token::hash(&given.0)]).await?.pop();
        let found = found.ok_or_else(unknown)?;
        let now = self.now();
        if found.expires_at.is_some_and(|expires| expires <= now) {
            let name = found.name;
            return Err(Error::Unauthenticated(format!("The API token \"{name}\" has expired. Make another one.")));
        }
        let user = user::load(&mut tx, found.user_id).await?;
        let owner = person(&mut tx, user).await?;
        let (grants, bounds) = (found.limit(owner.grants), Arc::new(found.bounds()?));
        let person = Arc::new(Person { grants, bounds, ..owner });
        token::note_use(&self.0.db, LastUse::load(&mut tx, found.id).await?, now);
        let proven = Proven { person: person.clone(), expires: found.expires_at, secret: None };
        self.0.memory.keep_proven(read_in, self.print_of_token(given), proven, now);
        Ok(person)
    }
}
