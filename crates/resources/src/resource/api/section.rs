//! The section of a resource, with its fields.

use api_v2::{Caller, Json, Path, Query, When};
use axum::extract::State;
use kernel::{Action, Area, Error, ResourceId, Result};
use serde::Serialize;
use store::Tx;
use utoipa::ToSchema;

use super::{ResourceBody, read};
use crate::{
    Resources, attribute,
    resource::{Details, Load, details, get},
    section::{self, field_type, help_block, options},
};

/// A section and what it is made of
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Section)]
pub(super) struct SectionBody {
    /// The section itself.
    #[serde(flatten)]
    section: ResourceBody,
    /// Its fields, in order.
    fields: Vec<FieldBody>,
}

/// A field of a section
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SectionField)]
struct FieldBody {
    /// Its place: 0 is the first.
    position: i64,
    /// The field's id. The same field may stand in a section several times.
    id: String,
    /// Its name.
    name: String,
    /// The name under which an entry keeps its values.
    slug: String,
    /// `text`, `textarea`, `radios`, `checkboxes`, `choicebox` or `encrypted`.
    field_type: String,
    /// The line of help under it in this section.
    help_block: Option<String>,
    /// What may be chosen.
    options: Vec<String>,
}

/// Shows the section of a resource, with its fields
///
/// Of an entry, the section that it belongs to; of a section, itself. Other resources have none.
#[utoipa::path(
    get,
    path = "/resources/{id}/section",
    params(("id" = i64, Path), When),
    responses((status = 200, body = SectionBody))
)]
pub(super) async fn get_section(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    Query(when): Query<When>,
) -> api_v2::Result<Json<SectionBody>> {
    let mut tx = read(&resources, &actor, when.at()?).await?;
    let resource = get(&mut tx, id).await?;
    resource.allow(&actor, Area::Resource, Action::Read)?;
    let section = match resource.section_id {
        Some(section) => get(&mut tx, section).await?,
        None if resource.kind == section::SECTION => resource,
        None => return Err(Error::not_found(format!("\"{}\" ({id}) has no section", resource.name)).into()),
    };
    let shown = details(&mut tx, vec![section], Load::USUAL).await?.pop();
    let shown = shown.ok_or_else(|| Error::internal("a section was read and is not there"))?;
    let fields = fields(&mut tx, &shown).await?;
    Ok(Json(SectionBody { section: shown.into(), fields }))
}

async fn fields(tx: &mut Tx, section: &Details) -> Result<Vec<FieldBody>> {
    let ids: Vec<ResourceId> = section.fields.iter().map(|(_, field)| field.id).collect();
    let definitions = attribute::load(tx, &ids).await?;
    let fields = section.fields.iter().map(|(place, field)| {
        let definition = definitions.get(&field.id).cloned().unwrap_or_default();
        FieldBody {
            position: place.position,
            id: field.id.to_string(),
            name: field.name.clone(),
            slug: field.slug.clone(),
            field_type: field_type(&definition).to_owned(),
            help_block: place.help_block.clone().or_else(|| help_block(&definition).cloned()),
            options: options(&definition).to_vec(),
        }
    });
    Ok(fields.collect())
}
