//! What a group looks like from outside.

use kernel::{Error, FieldErrors, GroupId, Result, UserId};
use serde::{Deserialize, Serialize};

use super::GroupRow;

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Group {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: GroupId,
    /// Its name, which no other group has in any case.
    pub name: String,
    /// Whether it gives its permissions to its members.
    pub enabled: bool,
}

/// A new group.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its name: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Whether it gives its permissions to its members.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

/// A change to a group; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPatch {
    /// Its name: 1 to 100 characters.
    pub name: Option<String>,
    /// Whether it gives its permissions to its members.
    pub enabled: Option<bool>,
}

/// A user in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The user's id.
    #[schema(value_type = i64)]
    pub id: UserId,
    /// The user's name.
    pub username: String,
}

/// A group as it is shown with its users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GroupName {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

impl From<GroupRow> for Group {
    fn from(GroupRow { id, name, enabled, .. }: GroupRow) -> Self {
        Self { id, name, enabled }
    }
}

/// A name without the spaces around it, if it can be one.
pub(crate) fn name(given: &str) -> Result<String> {
    const LONGEST: usize = 100;
    let name = given.trim();
    let mut errors = FieldErrors::default();
    if !(1..=LONGEST).contains(&name.chars().count()) {
        errors.push("name", format!("must have 1 to {LONGEST} characters"));
    } else if name.contains(char::is_control) {
        errors.push("name", "must not contain control characters");
    }
    errors.into_result().map(|()| name.to_owned())
}

/// There is no such group.
pub(crate) fn not_found(id: GroupId) -> Error {
    Error::not_found(format!("There is no group with id {id}."))
}
