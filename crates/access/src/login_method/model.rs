//! What a login method looks like from outside.

use kernel::{Error, FieldErrors, GroupId, LoginMethodId, Patch, Result};
use serde::{Deserialize, Serialize};

use crate::hidden::Hidden;

/// A login method. Its secret is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": 3, "name": "directory", "enabled": true, "position": 1, "creates_users": true, "existing_users": false,
    "settings": {"ldap": {
        "url": "ldaps://ldap.example.net", "starttls": false, "ca": null, "user_dn": null,
        "base": "ou=people,dc=example,dc=net", "filter": "(uid=%LOGIN%)", "bind_dn": "cn=platbook,dc=example,dc=net",
        "group_attribute": "memberOf", "group_base": null, "group_filter": "(member=%DN%)"
    }},
    "has_secret": true,
    "groups": [{"outside": "cn=network,ou=groups,dc=example,dc=net", "group_id": 7}]
}))]
pub struct LoginMethod {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: LoginMethodId,
    /// Its name, by which a sign-in can ask for it.
    pub name: String,
    /// Whether it is asked.
    pub enabled: bool,
    /// Its place in the order in which methods are asked.
    pub position: i64,
    /// Whether a user is made at the first sign-in of somebody who has none.
    pub creates_users: bool,
    /// Whether users that are here already, under the same name, may sign in by it as well.
    pub existing_users: bool,
    /// How its server is asked.
    pub settings: LoginSettings,
    /// Whether it has a secret: the password of `bind_dn`, or what is shared with a RADIUS server.
    pub has_secret: bool,
    /// Which groups there are which groups here.
    pub groups: Vec<GroupMapping>,
}

/// A new login method.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "radius", "creates_users": true, "settings": {"radius": {"server": "192.0.2.10:1812"}},
    "secret": "shared with the server"
}))]
pub struct NewLoginMethod {
    /// Its name, by which a sign-in can ask for it: 1 to 64 letters, digits and characters of `. _ -`.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// Whether it is asked.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// Its place in the order in which methods are asked.
    #[serde(default)]
    pub position: i64,
    /// Whether a user is made at the first sign-in of somebody who has none.
    #[serde(default)]
    pub creates_users: bool,
    /// Whether users that are here already, under the same name, may sign in by it as well.
    #[serde(default)]
    pub existing_users: bool,
    /// How its server is asked.
    pub settings: LoginSettings,
    /// The password of `bind_dn`, or what is shared with a RADIUS server.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    pub secret: Option<Hidden<String>>,
    /// Which groups there are which groups here. At each sign-in the user is put into those and out of the others of
    /// this list; groups that are not in the list are left alone.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub groups: Vec<GroupMapping>,
}

const fn yes() -> bool {
    true
}

/// A change to a login method; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub struct LoginMethodPatch {
    /// Its name.
    pub name: Option<String>,
    /// Whether it is asked.
    pub enabled: Option<bool>,
    /// Its place in the order in which methods are asked.
    pub position: Option<i64>,
    /// Whether a user is made at the first sign-in of somebody who has none.
    pub creates_users: Option<bool>,
    /// Whether users that are here already, under the same name, may sign in by it as well.
    pub existing_users: Option<bool>,
    /// How its server is asked, as a whole. Another server wants the secret to be given again.
    pub settings: Option<LoginSettings>,
    /// The secret; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub secret: Patch<Hidden<String>>,
    /// Which groups there are which groups here: this list replaces the other one.
    pub groups: Option<Vec<GroupMapping>>,
}

/// How a server is asked: by one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginSettings {
    /// A directory (RFC 4511).
    Ldap(LdapLogin),
    /// A RADIUS server (RFC 2865).
    Radius(RadiusLogin),
}

/// A directory. Either `user_dn` says where people are, or they are searched below `base`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapLogin {
    /// `ldaps://HOST`, or `ldap://HOST`; `:PORT` when it is not the usual one.
    pub url: String,
    /// With `ldap://`: whether TLS begins on the open connection before anything else is said.
    #[serde(default)]
    pub starttls: bool,
    /// The certificates, in PEM, by which the directory is known; those of the system when there are none.
    #[serde(default)]
    pub ca: Option<String>,
    /// The name of somebody's entry: `uid=%LOGIN%,ou=people,dc=example,dc=net`. Then nothing is searched.
    #[serde(default)]
    pub user_dn: Option<String>,
    /// The entry below which people are.
    #[serde(default)]
    pub base: Option<String>,
    /// What finds somebody there.
    #[serde(default = "by_uid")]
    #[schema(default = "(uid=%LOGIN%)")]
    pub filter: String,
    /// Whoever searches, with the method's secret as the password; without, what everybody may see is searched.
    #[serde(default)]
    pub bind_dn: Option<String>,
    /// The attribute of a person that names their groups.
    #[serde(default = "member_of")]
    #[schema(default = "memberOf")]
    pub group_attribute: String,
    /// The entry below which groups are, where the people don't name them.
    #[serde(default)]
    pub group_base: Option<String>,
    /// What finds the groups of somebody there.
    #[serde(default = "by_member")]
    #[schema(default = "(member=%DN%)")]
    pub group_filter: String,
}

fn by_uid() -> String {
    "(uid=%LOGIN%)".to_owned()
}

fn member_of() -> String {
    "memberOf".to_owned()
}

fn by_member() -> String {
    "(member=%DN%)".to_owned()
}

/// A RADIUS server. The names of groups are what it answers as `Filter-Id` and `Class`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RadiusLogin {
    /// `HOST:PORT`; the port is usually 1812.
    pub server: String,
    /// How Platbook introduces itself.
    #[serde(default = "platbook")]
    #[schema(default = "platbook")]
    pub nas_identifier: String,
}

fn platbook() -> String {
    "platbook".to_owned()
}

/// A group there that is a group here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupMapping {
    /// What the server calls it, in any case: with LDAP the name of the group's entry.
    pub outside: String,
    /// The group here.
    #[schema(value_type = i64)]
    pub group_id: GroupId,
}

/// A name and a password to try a method with.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ann", "password": "correct horse battery staple"}))]
pub struct LoginTest {
    /// The name.
    #[schema(max_length = 256)]
    pub username: String,
    /// The password.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: Hidden<String>,
}

/// What a method's server says about a name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "accepted": true, "subject": "uid=ann,ou=people,dc=example,dc=net", "email": "ann@example.net",
    "groups": ["cn=network,ou=groups,dc=example,dc=net"], "group_ids": [7]
}))]
pub struct LoginTried {
    /// Whether they belong together.
    pub accepted: bool,
    /// What the server calls the person.
    pub subject: Option<String>,
    /// Where they get mail.
    pub email: Option<String>,
    /// What the server calls their groups.
    pub groups: Vec<String>,
    /// The groups here into which a sign-in would put them.
    #[schema(value_type = Vec<i64>)]
    pub group_ids: Vec<GroupId>,
}

impl LoginSettings {
    /// By what kind of server, as a sign-in names it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ldap(_) => "ldap",
            Self::Radius(_) => "radius",
        }
    }

    /// Where the secret is sent.
    pub(super) fn server(&self) -> (&'static str, &str) {
        match self {
            Self::Ldap(ldap) => (self.kind(), &ldap.url),
            Self::Radius(radius) => (self.kind(), &radius.server),
        }
    }
}

/// Refuses a name that a sign-in could not ask for.
pub(super) fn check_name(name: &str, errors: &mut FieldErrors) {
    let allowed = |c: char| c.is_alphanumeric() || "._-".contains(c);
    if !(1..=64).contains(&name.chars().count()) || !name.chars().all(allowed) {
        errors.push("name", "must be 1 to 64 letters, digits and characters of . _ -");
    }
    if ["local", "ldap", "radius", "oidc", "saml", "passkey"].contains(&name.to_lowercase().as_str()) {
        errors.push("name", format!("must not be \"{name}\", which names a kind of sign-in"));
    }
}

pub(super) fn check_groups(groups: &[GroupMapping], errors: &mut FieldErrors) {
    if groups.len() > 1000 {
        errors.push("groups", "must have at most 1000 entries");
    }
    for (at, group) in groups.iter().enumerate() {
        if !(1..=1024).contains(&group.outside.len()) {
            errors.push(format!("groups[{at}].outside"), "must have 1 to 1024 bytes");
        }
    }
}

pub(super) fn check_secret(secret: Option<&Hidden<String>>, errors: &mut FieldErrors) {
    if secret.is_some_and(|secret| !(1..=1024).contains(&secret.0.len())) {
        errors.push("secret", "must have 1 to 1024 bytes; leave it out for none");
    }
}

/// There is no such method.
pub(super) fn not_found(id: LoginMethodId) -> Error {
    Error::not_found(format!("There is no login method with id {id}."))
}

pub(super) fn only_administrators(actor: &kernel::Actor) -> Result<()> {
    if actor.is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden(
        "Login methods are a matter of administrators: of those with permissionAdmin on the top-level resource.",
    ))
}
