//! What must hold of fields and sections whichever way they came to be as they are: by a change, by an undo, or from a
//! copy.

use kernel::{Error, ResourceId, Result};
use store::Tx;

use super::{FIELD, SECTION, definition::check_dependency, dependents, field::check_encrypted, fields_of};
use crate::{attribute, resource::load};

/// Checks the fields and sections among these resources, and the sections of the entries among them; and that nothing
/// depends on what is gone.
pub(crate) async fn check_sound(tx: &mut Tx, touched: &[ResourceId], gone: &[ResourceId]) -> Result<()> {
    if let Some((field, other)) = dependents(tx, gone).await?.into_iter().find(|(field, _)| !gone.contains(field)) {
        return Err(Error::conflict(format!("the field {field} depends on the field {other}")));
    }
    let touched = load(tx, touched).await?;
    let of_kind = |kind| touched.values().filter(move |resource| resource.kind == kind).map(|resource| resource.id);
    let fields: Vec<ResourceId> = of_kind(FIELD).collect();
    let mut sections: Vec<ResourceId> = of_kind(SECTION).collect();
    sections.extend(touched.values().filter_map(|resource| resource.section_id));
    sections.sort_unstable();
    sections.dedup();
    for (field, definition) in attribute::load(tx, &fields).await? {
        check_dependency(tx, Some(field), &definition).await.map_err(|error| in_the_way(field, &error))?;
    }
    for (section, places) in fields_of(tx, &sections).await? {
        let ids: Vec<ResourceId> = places.iter().map(|place| place.field_id).collect();
        let fields: Vec<_> = load(tx, &ids).await?.into_values().collect();
        check_encrypted(tx, section, &fields).await.map_err(|error| in_the_way(section, &error))?;
    }
    Ok(())
}

/// Nobody has sent the field that the rule names.
fn in_the_way(id: ResourceId, error: &Error) -> Error {
    match error {
        Error::Invalid(_) => Error::conflict(format!("resource {id}: {error}")),
        other => Error::internal(other),
    }
}
