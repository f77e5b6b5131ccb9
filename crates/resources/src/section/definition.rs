//! What defines a field: attributes of its own.
//!
//! A field may depend on another one: then each of its options belongs to an option of that other field, and can be
//! chosen only together with it.

use kernel::{Error, FieldErrors, ResourceId, Result};
use serde_json::Value;
use store::{Tx, params};

use super::FIELD;
use crate::{
    attribute::{self, Attributes},
    resource::Resource,
};

/// The attribute of a field that says how its value is entered; one that has none is a line of text.
const FIELD_TYPE: &str = "_field_type";
/// The attribute with the line of help under a field.
const HELP_BLOCK: &str = "_help_block";
/// The attribute with the choices of a field.
const OPTIONS: &str = "_options";
/// The attribute with the field on which a field depends: its id.
pub(super) const DEPENDS_ON: &str = "_depends_on";
/// The attribute that says, of each choice of a dependent field, to which choice of the other field it belongs.
const OWNERS: &str = "_option_owners";

const TEXT: &str = "text";
const CHOICEBOX: &str = "choicebox";
/// The type of a field of which several options may be chosen.
pub(super) const CHECKBOXES: &str = "checkboxes";
/// The type of a field whose values are kept from sight.
const ENCRYPTED: &str = "encrypted";
const TYPES: [&str; 6] = [TEXT, "textarea", "radios", CHECKBOXES, CHOICEBOX, ENCRYPTED];
/// The types of which the value is one (or some) of the options.
const WITH_OPTIONS: [&str; 3] = ["radios", CHECKBOXES, CHOICEBOX];
/// How long a chain of fields may be, each of which depends on the next one.
const LONGEST_CHAIN: usize = 10;

/// What is said about the definition of a field. What is not given stays; an empty part removes what is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Definition<'a> {
    pub(crate) field_type: Option<&'a str>,
    pub(crate) help_block: Option<&'a str>,
    /// A list of texts, or lists by the options of the field on which this one depends.
    pub(crate) options: Option<&'a Value>,
    /// The id or the slug of the field on which this one depends.
    pub(crate) depends_on: Option<&'a str>,
}

impl Definition<'_> {
    /// The attributes that say so.
    pub(crate) fn attributes(&self) -> Result<Attributes> {
        let mut attributes = Attributes::new();
        let one = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        if let Some(field_type) = self.field_type {
            let field_type = field_type.to_ascii_lowercase();
            attributes.insert(FIELD_TYPE.to_owned(), if field_type == TEXT { Vec::new() } else { one(&field_type) });
        }
        if let Some(text) = self.help_block {
            attributes.insert(HELP_BLOCK.to_owned(), one(text));
        }
        if let Some(options) = self.options {
            let (options, owners) = read_options(options)?;
            attributes.insert(OPTIONS.to_owned(), options);
            attributes.insert(OWNERS.to_owned(), owners);
        }
        if let Some(field) = self.depends_on {
            attributes.insert(DEPENDS_ON.to_owned(), one(field));
        }
        Ok(attributes)
    }
}

/// The options, and the options of another field to which they belong, if they come by these.
fn read_options(options: &Value) -> Result<(Vec<String>, Vec<String>)> {
    let wrong = || Error::invalid("options", "must be a list of texts, or lists by the options of another field");
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    let texts = |list: &Vec<Value>| list.iter().map(text).collect::<Result<Vec<_>>>();
    let by_owner: Vec<(String, &Value)> = match options {
        Value::Null => Vec::new(),
        Value::Array(list) if !list.iter().any(Value::is_array) => {
            let mut options = texts(list)?;
            options.retain(|option| !option.is_empty());
            return Ok((options, Vec::new()));
        }
        // Forms make a list of lists when the other field's options are 0, 1, 2, ...
        Value::Array(lists) => lists.iter().enumerate().map(|(n, list)| (n.to_string(), list)).collect(),
        Value::Object(lists) => lists.iter().map(|(owner, list)| (owner.clone(), list)).collect(),
        one => return Ok((Some(text(one)?).filter(|option| !option.is_empty()).into_iter().collect(), Vec::new())),
    };
    let (mut options, mut owners) = (Vec::new(), Vec::new());
    for (owner, list) in by_owner {
        for option in texts(list.as_array().ok_or_else(wrong)?)?.into_iter().filter(|option| !option.is_empty()) {
            options.push(option);
            owners.push(owner.clone());
        }
    }
    Ok((options, owners))
}

fn list<'d>(definition: &'d Attributes, name: &str) -> &'d [String] {
    definition.get(name).map_or(&[], Vec::as_slice)
}

/// How the value of a field with this definition is entered.
pub(crate) fn field_type(definition: &Attributes) -> &str {
    list(definition, FIELD_TYPE).first().map_or(TEXT, String::as_str)
}

/// The line of help under a field with this definition.
pub(crate) fn help_block(definition: &Attributes) -> Option<&String> {
    list(definition, HELP_BLOCK).first()
}

/// The choices of a field with this definition; nothing when its value is not one of them.
pub(crate) fn options(definition: &Attributes) -> &[String] {
    if WITH_OPTIONS.contains(&field_type(definition)) { list(definition, OPTIONS) } else { &[] }
}

/// The same with the option of the other field to which each belongs.
pub(super) fn options_by_owner(definition: &Attributes) -> impl Iterator<Item = (&String, &String)> {
    list(definition, OWNERS).iter().zip(options(definition))
}

/// The field on which a field with this definition depends.
pub(super) fn depends_on(definition: &Attributes) -> Option<ResourceId> {
    list(definition, DEPENDS_ON).first()?.parse().ok()
}

/// Whether the values of a field with this definition are kept from sight.
pub(crate) fn is_encrypted(definition: &Attributes) -> bool {
    field_type(definition) == ENCRYPTED
}

/// The rules for the definition of a field, but for what it depends on.
pub(crate) fn check_definition(definition: &Attributes, errors: &mut FieldErrors) {
    let field_type = field_type(definition);
    if !TYPES.contains(&field_type) {
        errors.push("field_type", format!("must be one of {}", TYPES.join(", ")));
    } else if !list(definition, OPTIONS).is_empty() && !WITH_OPTIONS.contains(&field_type) {
        errors.push("options", format!("are for fields of the types {}, not {field_type}", WITH_OPTIONS.join(", ")));
    }
}

/// Finds the field on which one with this definition depends, which may be named by its slug, and checks that it can.
/// `of` is the field itself, if it is there already.
pub(super) async fn check_dependency(
    tx: &mut Tx,
    of: Option<ResourceId>,
    definition: &Attributes,
) -> Result<Option<ResourceId>> {
    let (options, owners) = (list(definition, OPTIONS), list(definition, OWNERS));
    let Some(named) = list(definition, DEPENDS_ON).first() else {
        let rule = "can be listed by the options of another field only when depends_on names that field";
        return if owners.is_empty() { Ok(None) } else { Err(Error::invalid("options", rule)) };
    };
    if field_type(definition) != CHOICEBOX {
        return Err(Error::invalid("depends_on", "is for fields of the type choicebox"));
    }
    let id: i64 = named.parse().unwrap_or(-1);
    let other = tx.find::<Resource>("kind = $1 AND (id = $2 OR slug = $3)", params![FIELD, id, named]).await?;
    // An id is meant rather than a slug that looks like one.
    let other = other.iter().find(|field| field.id.0 == id).or(other.first());
    let other = other.ok_or_else(|| Error::invalid("depends_on", format!("there is no field {named}")))?;
    let theirs = attribute::load(tx, &[other.id]).await?.remove(&other.id).unwrap_or_default();
    if !["radios", CHOICEBOX].contains(&field_type(&theirs)) {
        return Err(Error::invalid("depends_on", format!("{named} is not a field of the type choicebox or radios")));
    }
    if owners.len() != options.len() {
        let rule = format!("of a field that depends on another one are listed by the options of that field, {named}");
        return Err(Error::invalid("options", rule));
    }
    if let Some(unknown) = owners.iter().find(|owner| !self::options(&theirs).contains(owner)) {
        return Err(Error::invalid("options", format!("the field {named} has no option \"{unknown}\"")));
    }
    let (mut next, mut links) = (Some(other.id), 0);
    while let Some(id) = next {
        links += 1;
        if Some(id) == of || links > LONGEST_CHAIN {
            let rule = format!("makes a ring, or a chain of more than {LONGEST_CHAIN} fields");
            return Err(Error::invalid("depends_on", rule));
        }
        next = attribute::load(tx, &[id]).await?.get(&id).and_then(depends_on);
    }
    Ok(Some(other.id))
}

/// Puts the id of the field on which one depends in the place of its name. `whole` is the definition as it will be,
/// `changes` are the attributes that are going to be written.
pub(crate) async fn settle(
    tx: &mut Tx,
    of: Option<ResourceId>,
    whole: &Attributes,
    changes: &mut Attributes,
) -> Result<()> {
    let id = check_dependency(tx, of, whole).await?;
    if let (Some(id), Some(named)) = (id, changes.get_mut(DEPENDS_ON)) {
        *named = vec![id.to_string()];
    }
    Ok(())
}

/// The fields that depend on these: each with the one on which it depends.
pub(crate) async fn dependents(tx: &mut Tx, on: &[ResourceId]) -> Result<Vec<(ResourceId, ResourceId)>> {
    if on.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = on.iter().map(ToString::to_string).collect();
    let text = "SELECT r.id, a.value FROM resource_attr a JOIN resource r ON r.id = a.resource_id
        WHERE SUBSTR(a.value, 1, 64) = ANY($1) AND a.name = $2 AND r.kind = $3";
    let rows = tx.rows(text, params![ids, DEPENDS_ON, FIELD]).await?;
    let pair = |mut row: store::Row| Ok((row.take(0)?, row.take::<String>(1)?.parse().map_err(Error::internal)?));
    rows.into_iter().map(pair).collect()
}
