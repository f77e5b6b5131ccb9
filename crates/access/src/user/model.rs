//! What a user looks like from outside.

use kernel::{Error, FieldErrors, Patch, Result, UserId};
use serde::{Deserialize, Serialize};

use super::{UserRow, check_new, password::check_new_of};
use crate::{group::GroupName, hidden::Hidden, mail::is_address};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// The user's id.
    #[schema(value_type = i64)]
    pub id: UserId,
    /// The name by which the user signs in, in any case.
    pub username: String,
    /// Where the user gets mail.
    pub email: Option<String>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// The groups that the user is in.
    pub groups: Vec<GroupName>,
    /// When the user was added (RFC 3339).
    pub created_at: String,
}

/// A user, as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// The user's id.
    #[schema(value_type = i64)]
    pub id: UserId,
    /// The name by which the user signs in.
    pub name: String,
    /// Where the user gets mail.
    pub email: Option<String>,
    /// The groups that the user is in.
    pub groups: Vec<GroupName>,
    /// The names of the user's rights on the top-level resource.
    pub permissions: Vec<&'static str>,
}

/// A new user, who is in no group yet.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name by which the user signs in: 1 to 64 letters, digits and characters of `. _ - @ +`.
    #[schema(min_length = 1, max_length = 64)]
    pub username: String,
    /// The password: at least 12 characters.
    #[schema(value_type = String, format = Password, min_length = 12, write_only)]
    pub password: Hidden<String>,
    /// Where the user gets mail.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the user may sign in.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

/// A change to a user; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The name by which the user signs in.
    pub username: Option<String>,
    /// A new password: at least 12 characters.
    #[schema(value_type = Option<String>, format = Password, min_length = 12)]
    pub password: Option<Hidden<String>>,
    /// Where the user gets mail; null for nowhere.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub email: Patch<String>,
    /// Whether the user may sign in.
    pub enabled: Option<bool>,
}

impl User {
    pub(crate) fn new(row: UserRow, groups: Vec<GroupName>) -> Self {
        let UserRow { id, name, email, enabled, created_at, .. } = row;
        Self { id, username: name.to_string(), email, enabled, groups, created_at: created_at.to_string() }
    }
}

impl NewUser {
    /// Refuses what can't be a user.
    pub(crate) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        check_name(&self.username, &mut errors);
        let names = [Some(self.username.as_str()), self.email.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        check_new_of(&names, "password", &self.password.0, &mut errors);
        check_email(self.email.as_deref(), &mut errors);
        errors.into_result()
    }
}

impl UserPatch {
    /// Refuses what can't be a user.
    pub(crate) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if let Some(name) = &self.username {
            check_name(name, &mut errors);
        }
        if let Some(password) = &self.password {
            check_new("password", &password.0, &mut errors);
        }
        if let Patch::Set(email) = &self.email {
            check_email(Some(email), &mut errors);
        }
        errors.into_result()
    }
}

/// HTTP Basic ends a name at a colon; spaces and invisible characters would make two names look like one.
pub(crate) fn check_name(name: &str, errors: &mut FieldErrors) {
    const LONGEST: usize = 64;
    let allowed = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    if !(1..=LONGEST).contains(&name.chars().count()) || !name.chars().all(allowed) {
        errors.push("username", format!("must be 1 to {LONGEST} letters, digits and characters of . _ - @ +"));
    }
}

/// Whether mail arrives only a mail can tell; this finds what was typed into the wrong field.
pub(super) fn check_email(email: Option<&str>, errors: &mut FieldErrors) {
    let Some(email) = email else { return };
    if !is_address(email) {
        errors.push("email", "must be an address such as ann@example.com");
    }
}

/// There is no such user.
pub(crate) fn not_found(id: UserId) -> Error {
    Error::not_found(format!("There is no user with id {id}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(username: &str, email: Option<&str>) -> NewUser {
        let password = Hidden("correct horse".to_owned());
        NewUser { username: username.to_owned(), password, email: email.map(str::to_owned), enabled: true }
    }

    #[test]
    fn names_hold_letters_digits_and_a_few_signs() {
        for name in ["a", "ann", "Jörg.Müller", "ann+test@example.com", "r2-d2_", &"x".repeat(64)] {
            assert!(new(name, None).check().is_ok(), "{name}");
        }
        for name in ["", " ann", "a:b", "a b", "a\u{200b}b", "a\0b", &"x".repeat(65)] {
            assert!(new(name, None).check().unwrap_err().to_string().starts_with("username: must be 1 to 64"));
        }
    }

    #[test]
    fn an_address_of_mail_is_told_from_other_text() {
        for email in ["ann@example.com", "ann@localhost"] {
            assert!(new("ann", Some(email)).check().is_ok(), "{email}");
        }
        for email in ["", "ann", "@example.com", "ann@", "ann @example.com"] {
            assert!(new("ann", Some(email)).check().is_err(), "{email}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let wrong = NewUser { password: Hidden("short".to_owned()), ..new("a b", Some("x")) };
        let Err(Error::Invalid(errors)) = wrong.check() else { panic!("it is not refused") };
        assert_eq!(errors.0.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["username", "password", "email"]);
        assert!(!format!("{wrong:?}").contains("short"));
    }
}
