//! What the columns of a file hold.

use super::{Fault, Request, file::Table, short};
use crate::{resource::column::Column, section::FormField};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Name,
    Slug,
    CustomId,
    ParentId,
    ParentSlug,
    CategoryId,
    CategorySlug,
    /// The field at this place of the list.
    Field(usize),
}

const OWN: [(&str, Target); 7] = [
    ("name", Target::Name),
    ("slug", Target::Slug),
    ("custom_id", Target::CustomId),
    ("parent_id", Target::ParentId),
    ("parent", Target::ParentSlug),
    ("category_id", Target::CategoryId),
    ("category", Target::CategorySlug),
];

/// For each column of the file, what it holds; nothing where it is left out. Or all that is wrong with the titles.
pub(super) fn targets(
    table: &Table,
    request: &Request,
    fields: &[FormField],
) -> Result<Vec<Option<Target>>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut refuse = |column: Option<&str>, reason: String| {
        faults.push(Fault { line: table.title_line, column: column.map(short), reason });
    };
    for (title, _) in &request.map {
        if !table.titles.contains(title) {
            refuse(None, format!("has no column \"{}\", which the mapping names", short(title)));
        }
    }
    let mut targets: Vec<Option<Target>> = Vec::new();
    for title in &table.titles {
        let mapped = request.map.iter().find(|(from, _)| from == title).map(|(_, to)| to.as_str());
        if mapped == Some("") {
            targets.push(None);
            continue;
        }
        let name = mapped.unwrap_or(title);
        let target = find(name, fields);
        match target {
            None => refuse(Some(title), unknown(name, fields)),
            Some(target) if is_full(target, &targets, fields) => {
                refuse(Some(title), format!("there is no room for a further column {}", short(name)));
            }
            Some(_) => {}
        }
        targets.push(target);
    }
    if !targets.contains(&Some(Target::Name)) {
        refuse(None, "names no column \"name\"; every entry has one".to_owned());
    }
    if faults.is_empty() { Ok(targets) } else { Err(faults) }
}

/// What a name means: something that every entry has, or a field by its slug or name.
fn find(name: &str, fields: &[FormField]) -> Option<Target> {
    let plain = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    if let Some((_, own)) = OWN.iter().find(|(word, _)| *word == plain) {
        return Some(*own);
    }
    let slug = match Column::named(name) {
        Column::Attribute(slug) => slug,
        Column::Own(_) => name.to_owned(),
    };
    let by_slug = fields.iter().position(|field| field.slug == slug);
    let by_name = || fields.iter().position(|field| field.name.to_lowercase() == name.to_lowercase());
    by_slug.or_else(by_name).map(Target::Field)
}

/// Whether the columns before leave no room for one more of this.
fn is_full(target: Target, before: &[Option<Target>], fields: &[FormField]) -> bool {
    let room = match target {
        Target::Field(at) => fields.get(at).map_or(1, |field| if field.takes_several() { usize::MAX } else { 1 }),
        _ => 1,
    };
    let alike = |other: &&Option<Target>| match (other, target) {
        (Some(Target::ParentId | Target::ParentSlug), Target::ParentId | Target::ParentSlug)
        | (Some(Target::CategoryId | Target::CategorySlug), Target::CategoryId | Target::CategorySlug) => true,
        (other, target) => **other == Some(target),
    };
    before.iter().filter(alike).count() >= room
}

fn unknown(name: &str, fields: &[FormField]) -> String {
    const FIRST: usize = 30;
    let own = OWN.iter().map(|(word, _)| *word);
    let known: Vec<&str> = own.chain(fields.iter().map(|field| field.slug.as_str())).take(FIRST).collect();
    let name = short(name);
    format!("\"{name}\" is no field of the section; known are {}. Map it to one, or leave it out", known.join(", "))
}

/// The word for something that every entry has.
pub(super) fn word(target: Target) -> &'static str {
    OWN.iter().find(|(_, own)| *own == target).map_or("", |(word, _)| *word)
}
