//! Writing attributes.

use std::collections::HashMap;

use kernel::{Error, FieldErrors, ResourceId, Result};
use store::{Bytes, Tx, params};

use super::{Attribute, Attributes, MASK, SECTION, model::number, sealed};
use crate::section::Form;

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

/// Writes the attributes of a new resource, which fills in this form.
pub(crate) async fn add(tx: &mut Tx, resource_id: ResourceId, attributes: &Attributes, form: &Form) -> Result<()> {
    for (name, values) in attributes {
        let place = Place { resource_id, name, encrypted: form.encrypts(name) };
        place.write(tx, Vec::new(), values).await?;
    }
    Ok(())
}

/// Gives the named attributes these values, and removes those without a value; others stay. Returns whether anything
/// has changed.
pub(crate) async fn set(tx: &mut Tx, resource_id: ResourceId, changes: &Attributes, form: &Form) -> Result<bool> {
    if changes.is_empty() {
        return Ok(false);
    }
    let mut present: HashMap<String, Vec<Attribute>> = HashMap::new();
    for attribute in tx.find::<Attribute>("resource_id = $1 ORDER BY position", params![resource_id]).await? {
        present.entry(attribute.name.clone()).or_default().push(attribute);
    }
    let mut any = false;
    for (name, values) in changes {
        let place = Place { resource_id, name, encrypted: form.encrypts(name) };
        any |= place.write(tx, present.remove(name).unwrap_or_default(), values).await?;
    }
    Ok(any)
}

/// One attribute of a resource.
struct Place<'a> {
    resource_id: ResourceId,
    name: &'a str,
    /// Whether its values are kept from sight.
    encrypted: bool,
}

impl Place<'_> {
    /// Writes values over the rows that are there.
    async fn write(&self, tx: &mut Tx, present: Vec<Attribute>, values: &[String]) -> Result<bool> {
        let (resource_id, mut changed) = (self.resource_id, present.len() != values.len());
        let mut present = present.into_iter();
        for (position, value) in (0_i64..).zip(values) {
            let before = present.next();
            if before.as_ref().is_some_and(|before| self.is_already(before, value)) {
                continue;
            }
            let (value, sealed) = self.written(tx, value)?;
            let number = if sealed.is_some() { None } else { number(&value) };
            if let Some(before) = before {
                tx.update(&before, &mut Attribute { value, number, sealed, ..before.clone() }).await?;
                changed = true;
            } else {
                let (id, name) = (tx.new_id::<Attribute>().await?, self.name.to_owned());
                tx.insert(&Attribute { id, version: 0, resource_id, name, position, value, number, sealed }).await?;
            }
        }
        for surplus in present {
            tx.delete(&surplus).await?;
        }
        Ok(changed)
    }

    /// The mask stands for the value behind it.
    fn is_already(&self, before: &Attribute, value: &str) -> bool {
        before.value == value && (before.sealed.is_some() || !self.seals(value))
    }

    fn seals(&self, value: &str) -> bool {
        self.encrypted && !value.is_empty()
    }

    /// What is written for a value: what is shown, and what is sealed.
    fn written(&self, tx: &Tx, value: &str) -> Result<(String, Option<Bytes>)> {
        if !self.seals(value) {
            return Ok((value.to_owned(), None));
        }
        if value == MASK {
            let rule = format!("{MASK} stands for an encrypted value that is there, and there is none");
            return Err(Error::invalid(format!("attrs.{}", self.name), rule));
        }
        Ok((MASK.to_owned(), Some(sealed::seal(tx, self.resource_id, self.name, value)?)))
    }
}

/// Takes out of values that were kept without what is sealed the masks behind which there is nothing any more.
pub(crate) async fn drop_lost(tx: &mut Tx, resource_id: ResourceId, values: &mut Attributes) -> Result<()> {
    if !values.values().flatten().any(|value| value == MASK) {
        return Ok(());
    }
    let mut sealed: HashMap<String, Vec<usize>> = HashMap::new();
    for attribute in tx.find::<Attribute>("resource_id = $1 AND sealed IS NOT NULL", params![resource_id]).await? {
        let place = usize::try_from(attribute.position).map_err(Error::internal)?;
        sealed.entry(attribute.name).or_default().push(place);
    }
    for (name, values) in values {
        let there = sealed.get(name);
        let mut place = 0..;
        values.retain(|value| {
            let place = place.next().unwrap_or_default();
            value != MASK || there.is_some_and(|there| there.contains(&place))
        });
    }
    Ok(())
}

/// Removes all attributes of resources that are going to be deleted.
pub(crate) async fn remove_all(tx: &mut Tx, ids: &[ResourceId]) -> Result<()> {
    for attribute in tx.find::<Attribute>("resource_id = ANY($1)", params![ids]).await? {
        tx.delete(&attribute).await?;
    }
    Ok(())
}
