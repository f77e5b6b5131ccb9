//! Writing attributes.

use std::collections::HashMap;

use kernel::{FieldErrors, ResourceId, Result};
use store::{Tx, params};

use super::{Attribute, Attributes, SECTION, model::number};

/// The longest name, in characters.
const LONGEST_NAME: usize = 255;
/// The largest value, in bytes: 256 KiB.
const LARGEST_VALUE: usize = 256 * 1024;
/// The most values that one name may have.
const MOST_VALUES: usize = 1000;

/// The rules for names and values.
pub(crate) fn check(attributes: &Attributes, errors: &mut FieldErrors) {
    for (name, values) in attributes {
        let field = format!("attrs.{}", name.chars().take(60).collect::<String>());
        if name == SECTION {
            errors.push(field, "is not written as an attribute; give section_id instead");
        } else if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            errors.push(field, "must have a name of 1 to 255 printable characters");
        } else if values.len() > MOST_VALUES {
            errors.push(field, format!("may have at most {MOST_VALUES} values"));
        } else if values.iter().any(|value| value.len() > LARGEST_VALUE) {
            errors.push(field, format!("may hold at most {LARGEST_VALUE} bytes (256 KiB)"));
        } else if values.iter().any(|value| value.contains('\0')) {
            errors.push(field, "may not hold a NUL character");
        }
    }
}

/// Writes the attributes of a new resource.
pub(crate) async fn add(tx: &mut Tx, resource_id: ResourceId, attributes: &Attributes) -> Result<()> {
    for (name, values) in attributes {
        write(tx, resource_id, name, Vec::new(), values).await?;
    }
    Ok(())
}

/// Gives the named attributes these values, and removes those without a value; others stay. Returns whether anything
/// has changed.
pub(crate) async fn set(tx: &mut Tx, resource_id: ResourceId, changes: &Attributes) -> Result<bool> {
    if changes.is_empty() {
        return Ok(false);
    }
    let mut present: HashMap<String, Vec<Attribute>> = HashMap::new();
    for attribute in tx.find::<Attribute>("resource_id = $1 ORDER BY position", params![resource_id]).await? {
        present.entry(attribute.name.clone()).or_default().push(attribute);
    }
    let mut any = false;
    for (name, values) in changes {
        any |= write(tx, resource_id, name, present.remove(name).unwrap_or_default(), values).await?;
    }
    Ok(any)
}

/// Writes one attribute over the rows that it has.
async fn write(
    tx: &mut Tx,
    resource_id: ResourceId,
    name: &str,
    present: Vec<Attribute>,
    values: &[String],
) -> Result<bool> {
    let mut changed = present.len() != values.len();
    let mut present = present.into_iter();
    for (position, value) in (0_i64..).zip(values) {
        match present.next() {
            Some(before) if before.value == *value => {}
            Some(before) => {
                let mut after = Attribute { value: value.clone(), number: number(value), ..before.clone() };
                tx.update(&before, &mut after).await?;
                changed = true;
            }
            None => {
                let (name, value, number) = (name.to_owned(), value.clone(), number(value));
                let id = tx.new_id::<Attribute>().await?;
                tx.insert(&Attribute { id, version: 0, resource_id, name, position, value, number }).await?;
            }
        }
    }
    for surplus in present {
        tx.delete(&surplus).await?;
    }
    Ok(changed)
}

/// Removes all attributes of resources that are going to be deleted.
pub(crate) async fn remove_all(tx: &mut Tx, ids: &[ResourceId]) -> Result<()> {
    for attribute in tx.find::<Attribute>("resource_id = ANY($1)", params![ids]).await? {
        tx.delete(&attribute).await?;
    }
    Ok(())
}
