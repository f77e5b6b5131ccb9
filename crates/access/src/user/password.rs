//! Passwords: the rule for new ones, and their hashes.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use kernel::{Error, FieldErrors, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zxcvbn::{Score, zxcvbn};

use crate::hidden::Hidden;

/// The fewest characters of a new password.
const SHORTEST: usize = 12;
/// The most bytes of a new password.
const LONGEST: usize = 1024;
/// Hashes worked out at the same time. Each takes 19 MiB and a processor for some 20 ms.
const AT_ONCE: usize = 2;
/// How long a caller waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hash of a password nobody has, against which the passwords of unknown users are checked, so that they take as
/// long to be refused as those of known ones.
pub(super) const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$UGxhdGJvb2tOb2JvZHlz$Qm9keSBoYXMgdGhpcyBwYXNzd29yZCwgbm90IGV2ZW4";

/// Refuses a new password that is too short to be safe or too long to be meant, or that would be guessed soon.
pub(crate) fn check_new(field: &str, password: &str, errors: &mut FieldErrors) {
    check_new_of(&[], field, password, errors);
}

/// The same for somebody with these names, which are the first guesses.
///
/// What is guessed soon is up to `zxcvbn`, which brings lists of the passwords that have been found most often in breaches,
/// of names and of words, and finds them behind capitals, digits and signs as well.
pub(crate) fn check_new_of(names: &[&str], field: &str, password: &str, errors: &mut FieldErrors) {
    if password.chars().count() < SHORTEST {
        errors.push(field, format!("must have at least {SHORTEST} characters"));
    } else if password.len() > LONGEST {
        errors.push(field, format!("must have at most {LONGEST} bytes"));
    } else if password.contains(char::is_control) {
        errors.push(field, "must not contain control characters, since HTTP Basic can't carry them");
    } else if zxcvbn(password, &[names, &["platbook"]].concat()).score() < Score::Three {
        errors.push(
            field,
            "is one of those that are guessed first: known passwords, names, words or patterns. Take several words that \
             have nothing to do with each other",
        );
    }
}

/// Where passwords are hashed: few at a time, away from the threads that answer requests.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

/// The turn of one caller to have a password hashed.
pub(crate) struct Turn(OwnedSemaphorePermit);

impl Passwords {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        match tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            _ => Err(Error::Busy("Too many people are signing in at the moment. Try again.".to_owned())),
        }
    }
}

impl Turn {
    /// The hash of a new password, with a salt of its own, as a PHC string.
    pub(crate) async fn hash(self, password: Hidden<String>) -> Result<Hidden<String>> {
        self.take(move || {
            let hash = argon2()?.hash_password(password.0.as_bytes()).map_err(Error::internal)?;
            Ok(Hidden(hash.to_string()))
        })
        .await
    }

    /// Whether this is the password behind the hash. Without a hash it isn't, and that takes as long to find out.
    pub(crate) async fn verify(self, password: Hidden<String>, hash: Option<Hidden<String>>) -> Result<bool> {
        self.take(move || {
            let known = hash.is_some();
            let hash = hash.map_or_else(|| NOBODYS.to_owned(), |hash| hash.0);
            Ok(argon2()?.verify_password(password.0.as_bytes(), hash.as_str()).is_ok() && known)
        })
        .await
    }

    /// The turn ends with the work, even if the one who asked has gone away.
    async fn take<T: Send + 'static>(self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let run = move || {
            let done = work();
            drop(self.0);
            done
        };
        tokio::task::spawn_blocking(run).await.map_err(Error::internal)?
    }
}

/// argon2id with 19 MiB, two passes and one lane: the first choice of OWASP's Password Storage Cheat Sheet.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Hidden<String> {
        Hidden(text.to_owned())
    }

    fn problem(password: &str) -> String {
        let mut errors = FieldErrors::default();
        check_new("password", password, &mut errors);
        errors.to_string()
    }

    #[test]
    fn twelve_characters_are_the_fewest() {
        assert_eq!(problem("elevenchars"), "password: must have at least 12 characters");
        assert_eq!(problem("twelve chars"), "");
        assert_eq!(problem("äöüäöüäöüäö"), "password: must have at least 12 characters");
        assert_eq!(problem(&"x".repeat(1025)), "password: must have at most 1024 bytes");
        assert!(problem("line\nbreak in it").contains("control characters"));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for weak in [
            "password1234",
            "Password12345!",
            "P@ssw0rd1234",
            "123456789012",
            "qwertyuiop123",
            "aaaaaaaaaaaaa",
            "abcdefghijklm",
            "platbook12345",
            "trustno1trustno1",
        ] {
            assert!(problem(weak).contains("guessed first"), "{weak}");
        }
        for good in
            ["correct horse battery staple", "a password for tests", "k7mpw-x3nqz-9fhrt-2ubva", "quite another one"]
        {
            assert_eq!(problem(good), "", "{good}");
        }
    }

    #[test]
    fn the_name_of_its_user_is_no_password() {
        let mut errors = FieldErrors::default();
        check_new_of(&["wilhelmina.harker"], "password", "wilhelmina.harker", &mut errors);
        check_new_of(&["wilhelmina.harker"], "password", "Wilhelmina.Harker1", &mut errors);
        assert_eq!(errors.0.len(), 2);
    }

    #[tokio::test]
    async fn a_hash_tells_its_password_from_all_others() {
        let passwords = Passwords::new();
        let hash = passwords.turn().await.unwrap().hash(hidden("correct horse")).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = async |password, hash| passwords.turn().await.unwrap().verify(hidden(password), hash).await;
        assert!(verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horsf", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
        let again = passwords.turn().await.unwrap().hash(hidden("correct horse")).await.unwrap();
        assert_ne!(again, hash, "each hash has a salt of its own");
    }

    #[test]
    fn the_hash_of_nobody_is_well_formed_and_costs_as_much_as_any() {
        let wrong = argon2().unwrap().verify_password(b"x", NOBODYS).unwrap_err();
        assert!(matches!(wrong, argon2::password_hash::Error::PasswordInvalid), "{wrong}");
    }
}
