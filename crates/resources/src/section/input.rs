//! The lists of a section as callers write them.

use api_v1::Params;
use kernel::{Error, ResourceId, Result};

use super::{Definition, FieldRef, NewGadget, NewSectionField};

/// `fields[POSITION][KEY]=VALUE`: all the fields of a section. `fields=` removes them all.
pub(crate) fn fields(params: &Params) -> Result<Option<Vec<NewSectionField>>> {
    if !params.has("fields") {
        return Ok(None);
    }
    let field = |(position, item): (u32, Params)| field(position, &item);
    let positions = match params.json("fields")? {
        None => Vec::new(),
        // An empty list, as forms write one.
        Some(value) if value == serde_json::json!([""]) => Vec::new(),
        // A list without places of its own: each field stands where it stands in it.
        Some(value) if value.is_array() => (0..).zip(params.list("fields")?.unwrap_or_default()).collect(),
        Some(_) => at_positions(&params.map("fields")?.unwrap_or_default())?,
    };
    positions.into_iter().map(field).collect::<Result<_>>().map(Some)
}

fn at_positions(fields: &Params) -> Result<Vec<(u32, Params)>> {
    let at = |position: &str| {
        let wrong = || Error::invalid(format!("fields[{position}]"), "must be fields[POSITION][id], [slug] or [new]");
        let item = fields.map(position)?.ok_or_else(wrong)?;
        Ok((position.parse().map_err(|_| wrong())?, item))
    };
    fields.keys().map(at).collect()
}

fn field(position: u32, item: &Params) -> Result<NewSectionField> {
    let field = if item.flag("new")?.unwrap_or(false) {
        FieldRef::New {
            name: item.required("name")?.to_owned(),
            definition: Definition {
                field_type: Some(item.required("field_type")?),
                help_block: None,
                options: item.json("options")?.as_ref(),
                depends_on: item.text("depends_on")?,
            }
            .attributes()?,
        }
    } else {
        match item.number("id")? {
            Some(id) => FieldRef::Id(ResourceId(id)),
            None => FieldRef::Slug(item.required("slug")?.to_owned()),
        }
    };
    Ok(NewSectionField { position, field, help_block: item.text("help_block")?.map(str::to_owned) })
}

/// `gadgets[N][code]=CODE&gadgets[N][uuid]=ID`
pub(crate) fn gadgets(params: &Params) -> Result<Option<Vec<NewGadget>>> {
    if !params.has("gadgets") {
        return Ok(None);
    }
    if params.json("gadgets")? == Some(serde_json::json!([""])) {
        return Ok(Some(Vec::new()));
    }
    let items = params.list("gadgets")?.unwrap_or_default();
    let gadget = |item: &Params| {
        Ok(NewGadget { code: item.required("code")?.to_owned(), uuid: item.required("uuid")?.to_owned() })
    };
    items.iter().map(gadget).collect::<Result<_>>().map(Some)
}
