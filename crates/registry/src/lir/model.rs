//! What an LIR looks like from outside.

use access::Hidden;
use kernel::{Asn, FieldErrors, LirId, Patch, ResourceId, Result};
use resources::Resource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LirRow;

/// An LIR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lir {
    /// Its id, which is that of a resource.
    #[schema(value_type = i64, example = 1062)]
    pub id: LirId,
    /// The resource above it.
    #[schema(value_type = Option<i64>, example = 1)]
    pub parent_id: Option<ResourceId>,
    /// Its name.
    #[schema(example = "Example Networks at ARIN")]
    pub name: String,
    /// The regional registry: `ARIN`, `RIPE`, `APNIC`, `LACNIC` or `AfriNIC`.
    #[schema(example = "ARIN")]
    pub rir: String,
    /// Its AS number.
    #[schema(value_type = Option<u32>, example = 64496)]
    pub asn: Option<Asn>,
    /// Its organisations at the registry.
    #[schema(example = json!(["CONNE-81"]))]
    pub org_ids: Vec<String>,
    /// The handle of the administrative contact.
    #[schema(example = "ADMIN123-ARIN")]
    pub admin_poc: Option<String>,
    /// The handle of the technical contact.
    pub tech_poc: Option<String>,
    /// The handle of the contact for abuse.
    pub abuse_poc: Option<String>,
    /// What the names of its networks begin with.
    #[schema(example = "6CONN")]
    pub net_name_prefix: Option<String>,
    /// Its maintainer, where the registry has them.
    #[schema(example = "EXAMPLE-MNT")]
    pub maintainer: Option<String>,
    /// Whether there is an API key. The key itself never comes back.
    pub has_api_key: bool,
    /// Whether there is a password. The password itself never comes back.
    pub has_password: bool,
}

impl Lir {
    pub(super) fn of(row: &LirRow, resource: &Resource) -> Self {
        Self {
            id: row.id,
            parent_id: resource.parent_id,
            name: resource.name.clone(),
            rir: row.rir.clone(),
            asn: row.asn,
            org_ids: row.org_ids(),
            admin_poc: row.admin_poc.clone(),
            tech_poc: row.tech_poc.clone(),
            abuse_poc: row.abuse_poc.clone(),
            net_name_prefix: row.net_name_prefix.clone(),
            maintainer: row.maintainer.clone(),
            has_api_key: row.api_key.is_some(),
            has_password: row.password.is_some(),
        }
    }
}

/// An LIR that is to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLir {
    /// Its name: 1 to 255 characters.
    #[schema(example = "Example Networks at ARIN")]
    pub name: String,
    /// The regional registry: `ARIN`, `RIPE`, `APNIC`, `LACNIC` or `AfriNIC`.
    #[schema(example = "ARIN")]
    pub rir: String,
    /// The resource above it; the top-level resource when there is none.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub parent_id: Option<ResourceId>,
    /// Its AS number.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    pub asn: Option<Asn>,
    /// Its organisations at the registry: at most 20 handles.
    #[serde(default)]
    #[schema(example = json!(["CONNE-81"]))]
    pub org_ids: Vec<String>,
    /// The handle of the administrative contact.
    #[serde(default)]
    pub admin_poc: Option<String>,
    /// The handle of the technical contact.
    #[serde(default)]
    pub tech_poc: Option<String>,
    /// The handle of the contact for abuse.
    #[serde(default)]
    pub abuse_poc: Option<String>,
    /// What the names of its networks begin with: 1 to 30 letters, digits and hyphens.
    #[serde(default)]
    #[schema(example = "6CONN")]
    pub net_name_prefix: Option<String>,
    /// Its maintainer, where the registry has them.
    #[serde(default)]
    pub maintainer: Option<String>,
    /// The API key at the registry. It is kept encrypted, and never comes back.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "API-1234-5678-9ABC-DEFG")]
    pub api_key: Option<Hidden<String>>,
    /// The password of the maintainer. It is kept encrypted, and never comes back.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub password: Option<Hidden<String>>,
}

/// A change of an LIR; what is left out stays, and `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LirPatch {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its AS number.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    pub asn: Patch<Asn>,
    /// Its organisations at the registry: all of them.
    #[serde(default)]
    pub org_ids: Option<Vec<String>>,
    /// The handle of the administrative contact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub admin_poc: Patch<String>,
    /// The handle of the technical contact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub tech_poc: Patch<String>,
    /// The handle of the contact for abuse.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub abuse_poc: Patch<String>,
    /// What the names of its networks begin with.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "6CONN")]
    pub net_name_prefix: Patch<String>,
    /// Its maintainer.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub maintainer: Patch<String>,
    /// Another API key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub api_key: Patch<Hidden<String>>,
    /// Another password.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub password: Patch<Hidden<String>>,
}

/// The regional registries.
pub(crate) const RIRS: [&str; 5] = ["ARIN", "RIPE", "APNIC", "LACNIC", "AfriNIC"];

/// The most organisations of one LIR.
const MOST_ORGS: usize = 20;

impl NewLir {
    /// The same in the form in which it is kept, if it can be one.
    pub(super) fn checked(mut self) -> Result<Self> {
        let mut errors = FieldErrors::default();
        match RIRS.into_iter().find(|known| known.eq_ignore_ascii_case(self.rir.trim())) {
            Some(known) => known.clone_into(&mut self.rir),
            None => errors.push("rir", format!("must be one of {}", RIRS.join(", "))),
        }
        asn(self.asn, &mut errors);
        orgs(&mut self.org_ids, &mut errors);
        for (name, text) in [
            ("admin_poc", &mut self.admin_poc),
            ("tech_poc", &mut self.tech_poc),
            ("abuse_poc", &mut self.abuse_poc),
            ("maintainer", &mut self.maintainer),
        ] {
            *text = text.take().map(|text| handle(name, &text, &mut errors)).filter(|text| !text.is_empty());
        }
        let prefix = self.net_name_prefix.take();
        self.net_name_prefix = prefix.map(|text| net_name_prefix(&text, &mut errors)).filter(|text| !text.is_empty());
        secret("api_key", self.api_key.as_ref(), &mut errors);
        secret("password", self.password.as_ref(), &mut errors);
        errors.into_result().map(|()| self)
    }
}

impl LirPatch {
    /// The same in the form in which it is kept, if it can be one.
    pub(super) fn checked(mut self) -> Result<Self> {
        let mut errors = FieldErrors::default();
        if let Patch::Set(number) = self.asn {
            asn(Some(number), &mut errors);
        }
        if let Some(list) = &mut self.org_ids {
            orgs(list, &mut errors);
        }
        for (name, text) in [
            ("admin_poc", &mut self.admin_poc),
            ("tech_poc", &mut self.tech_poc),
            ("abuse_poc", &mut self.abuse_poc),
            ("maintainer", &mut self.maintainer),
        ] {
            *text = std::mem::take(text).map(|text| handle(name, &text, &mut errors));
        }
        self.net_name_prefix = self.net_name_prefix.map(|text| net_name_prefix(&text, &mut errors));
        for (name, given) in [("api_key", &self.api_key), ("password", &self.password)] {
            if let Patch::Set(text) = given {
                secret(name, Some(text), &mut errors);
            }
        }
        errors.into_result().map(|()| self)
    }
}

fn asn(given: Option<Asn>, errors: &mut FieldErrors) {
    if given == Some(Asn(0)) {
        errors.push("asn", "must be 1 to 4294967295");
    }
}

fn orgs(list: &mut Vec<String>, errors: &mut FieldErrors) {
    if list.len() > MOST_ORGS {
        errors.push("org_ids", format!("may have at most {MOST_ORGS} handles"));
    }
    for text in list.iter_mut() {
        *text = handle("org_ids", text, errors);
    }
    list.dedup();
}

/// A handle, which registries write in capitals.
pub(crate) fn handle(field: &str, text: &str, errors: &mut FieldErrors) -> String {
    let text = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !(1..=100).contains(&text.len()) || !text.chars().all(fits) {
        errors.push(field, "must be a handle: 1 to 100 letters, digits, hyphens, dots and underscores");
    }
    text.to_ascii_uppercase()
}

fn net_name_prefix(text: &str, errors: &mut FieldErrors) -> String {
    let text = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !(1..=30).contains(&text.len()) || !text.chars().all(fits) || text.starts_with('-') || text.ends_with('-') {
        errors.push("net_name_prefix", "must have 1 to 30 letters and digits, and hyphens between them");
    }
    text.to_owned()
}

/// A key or a password goes into a header as it is.
fn secret(field: &str, given: Option<&Hidden<String>>, errors: &mut FieldErrors) {
    let fits = |text: &String| (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if given.is_some_and(|text| !fits(&text.0)) {
        errors.push(field, "must have 1 to 200 printable ASCII characters, and no blanks");
    }
}
