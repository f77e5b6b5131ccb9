//! Working out the entries that a file asks for, before anything is written.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use kernel::{Action, Area, Error, ResourceId, Result};
use store::{Tx, params};

use super::{
    Fault, Request,
    columns::{self, Target},
    file::{Row, Table},
    short, slugs,
};
use crate::{
    attribute::{Attributes, MASK},
    resource::{NewResource, Resource, add, column::separated, get, load},
    section::{self, Form},
};

/// What is to be written, unless there are faults.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) entries: Vec<Planned>,
    pub(super) parents: HashMap<ResourceId, Resource>,
    pub(super) faults: Vec<Fault>,
    /// For each title of the file, what its column holds.
    pub(super) columns: IndexMap<String, String>,
    /// The form that all of them fill in.
    pub(super) form: Form,
}

/// An entry of the file.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) line: u64,
    pub(super) new: NewResource,
    pub(super) parent: ResourceId,
    /// Its slug, which no other resource has.
    pub(super) slug: String,
}

/// Reads a table as entries of its section, with all that is wrong with any of them.
pub(super) async fn plan(tx: &mut Tx, request: &Request, table: &Table) -> Result<Plan> {
    let section = get(tx, request.section).await?;
    section.allow(tx.actor(), Area::Resource, Action::Read)?;
    if section.kind != section::SECTION {
        return Err(Error::conflict(format!("resource {} is a {}, and no section", section.id, section.kind)));
    }
    let mut plan = Plan { faults: table.faults.clone(), ..Plan::default() };
    if table.titles.is_empty() {
        return Ok(plan);
    }
    let form = Form::of(tx, Some(section.id)).await?;
    let targets = match columns::targets(table, request, form.fields()) {
        Ok(targets) => targets,
        Err(faults) => {
            plan.faults.extend(faults);
            return Ok(plan);
        }
    };
    let file = File { table, form: &form, targets: &targets };
    plan.columns = file.said();
    let places = Places::load(tx, &file, request).await?;
    for row in &table.rows {
        let mut entry = Entry { file: &file, row, faults: &mut plan.faults };
        let new = entry.read();
        let parent = entry.parent(tx.actor(), request, &places);
        let category = entry.category(tx.actor(), request, &places);
        let Some(parent) = parent else { continue };
        let new = NewResource { parent_id: Some(parent.id), category_id: category, ..new };
        plan.parents.entry(parent.id).or_insert_with(|| parent.clone());
        plan.entries.push(Planned { line: row.line, new, parent: parent.id, slug: String::new() });
    }
    let title = file.title(Target::Slug);
    slugs::assign(tx, &mut plan.entries, title, &mut plan.faults).await?;
    plan.form = form;
    plan.faults.sort_by_key(|fault| fault.line);
    Ok(plan)
}

/// A table, and what its columns hold.
struct File<'a> {
    table: &'a Table,
    form: &'a Form,
    targets: &'a [Option<Target>],
}

impl File<'_> {
    fn columns(&self, target: Target) -> impl Iterator<Item = usize> {
        (0..).zip(self.targets).filter(move |(_, one)| **one == Some(target)).map(|(at, _)| at)
    }

    fn title(&self, target: Target) -> Option<String> {
        self.columns(target).next().and_then(|at| self.table.titles.get(at)).map(|title| short(title))
    }

    /// What holds the field with this slug, of which a long one may be given by its beginning.
    fn field(&self, slug: &str) -> Option<Target> {
        self.form.fields().iter().position(|field| field.slug.starts_with(slug)).map(Target::Field)
    }

    /// For people: which title was taken for what.
    fn said(&self) -> IndexMap<String, String> {
        let name = |target: &Option<Target>| match target {
            None => String::new(),
            Some(Target::Field(at)) => self.form.fields().get(*at).map(|field| field.slug.clone()).unwrap_or_default(),
            Some(own) => columns::word(*own).to_owned(),
        };
        self.table.titles.iter().cloned().zip(self.targets.iter().map(name)).collect()
    }

    fn texts(&self, target: Target) -> Vec<String> {
        let Some(at) = self.columns(target).next() else { return Vec::new() };
        let texts: HashSet<&str> = self.table.rows.iter().map(|row| row.cell(at).trim()).collect();
        texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}

/// The parents and categories that a file names, by the text that names them.
struct Places {
    parents: HashMap<String, Resource>,
    parents_by_slug: HashMap<String, Resource>,
    categories: HashMap<String, Resource>,
    categories_by_slug: HashMap<String, Resource>,
}

impl Places {
    async fn load(tx: &mut Tx, file: &File<'_>, request: &Request) -> Result<Self> {
        let (parents, categories) = (file.texts(Target::ParentId), file.texts(Target::CategoryId));
        let parent = request.parent.unwrap_or(ResourceId::TOP).to_string();
        let category = request.category.map(|id| id.to_string());
        Ok(Self {
            parents: by_id(tx, parents.into_iter().chain([parent]).collect()).await?,
            parents_by_slug: by_slug(tx, file.texts(Target::ParentSlug)).await?,
            categories: by_id(tx, categories.into_iter().chain(category).collect()).await?,
            categories_by_slug: by_slug(tx, file.texts(Target::CategorySlug)).await?,
        })
    }
}

async fn by_id(tx: &mut Tx, texts: Vec<String>) -> Result<HashMap<String, Resource>> {
    let ids: Vec<ResourceId> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    let found = load(tx, &ids).await?;
    let resource = |text: String| {
        let id: ResourceId = text.parse().ok()?;
        Some((text, found.get(&id)?.clone()))
    };
    Ok(texts.into_iter().filter_map(resource).collect())
}

async fn by_slug(tx: &mut Tx, slugs: Vec<String>) -> Result<HashMap<String, Resource>> {
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.find::<Resource>("slug = ANY($1)", params![slugs]).await?;
    Ok(found.into_iter().map(|resource| (resource.slug.clone(), resource)).collect())
}

/// A line on its way to being an entry.
struct Entry<'a> {
    file: &'a File<'a>,
    row: &'a Row,
    faults: &'a mut Vec<Fault>,
}

impl Entry<'_> {
    fn refuse(&mut self, target: Option<Target>, reason: impl Into<String>) {
        let column = target.and_then(|target| self.file.title(target));
        self.faults.push(Fault { line: self.row.line, column, reason: reason.into() });
    }

    fn text(&self, target: Target) -> Option<&str> {
        let at = self.file.columns(target).next()?;
        Some(self.row.cell(at).trim()).filter(|text| !text.is_empty())
    }

    /// What the line says of itself, without its place.
    fn read(&mut self) -> NewResource {
        let attributes = self.values();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let new = NewResource {
            name: owned(self.text(Target::Name)).unwrap_or_default(),
            kind: section::ENTRY.to_owned(),
            slug: owned(self.text(Target::Slug)),
            custom_id: owned(self.text(Target::CustomId)),
            attributes,
            ..NewResource::default()
        };
        for error in add::check(&new).0 {
            let target = match error.field.as_str() {
                "name" => Some(Target::Name),
                "custom_id" => Some(Target::CustomId),
                field => self.file.field(field.strip_prefix("attrs.").unwrap_or(field)),
            };
            self.refuse(target, error.message);
        }
        new
    }

    fn values(&mut self) -> Attributes {
        let mut values = Attributes::new();
        for (at, field) in self.file.form.fields().iter().enumerate() {
            let cells = self.file.columns(Target::Field(at)).map(|column| self.row.cell(column));
            let given: Vec<String> = cells
                .filter(|cell| !cell.is_empty())
                .flat_map(|cell| {
                    let several = field.takes_several() && !field.offers(cell);
                    if several { separated(cell) } else { vec![cell.to_owned()] }
                })
                .collect();
            if !given.is_empty() {
                values.insert(field.slug.clone(), given);
            }
        }
        for (at, field) in self.file.form.fields().iter().enumerate() {
            let is_mask = |values: &Vec<String>| values.iter().any(|value| value == MASK);
            if self.file.form.encrypts(&field.slug) && values.get(&field.slug).is_some_and(is_mask) {
                self.refuse(Some(Target::Field(at)), format!("{MASK} stands for a value, and is none"));
            }
        }
        for error in self.file.form.faults(&values, &Attributes::new()).0 {
            let target = self.file.field(error.field.strip_prefix("attrs.").unwrap_or(&error.field));
            self.refuse(target, error.message);
        }
        values
    }

    fn parent<'p>(&mut self, actor: &kernel::Actor, request: &Request, places: &'p Places) -> Option<&'p Resource> {
        let usual = request.parent.unwrap_or(ResourceId::TOP).to_string();
        let (target, text, found) = if let Some(slug) = self.text(Target::ParentSlug) {
            (Target::ParentSlug, slug, places.parents_by_slug.get(slug))
        } else {
            let id = self.text(Target::ParentId).unwrap_or(&usual);
            (Target::ParentId, id, places.parents.get(id))
        };
        let unseen = || format!("there is no resource \"{}\"", short(text));
        let allowed =
            found.ok_or_else(unseen).and_then(|parent| match parent.allow(actor, Area::Resource, Action::Create) {
                Err(Error::NotFound(_)) => Err(unseen()),
                Err(error) => Err(error.to_string()),
                Ok(()) => add::too_deep(parent).map_or(Ok(parent), Err),
            });
        match allowed {
            Ok(parent) => Some(parent),
            Err(reason) => {
                self.refuse(Some(target), reason);
                None
            }
        }
    }

    fn category(&mut self, actor: &kernel::Actor, request: &Request, places: &Places) -> Option<ResourceId> {
        let usual = request.category.map(|id| id.to_string());
        let (target, text, found) = if let Some(slug) = self.text(Target::CategorySlug) {
            (Target::CategorySlug, slug, places.categories_by_slug.get(slug))
        } else {
            let id = self.text(Target::CategoryId).or(usual.as_deref())?;
            (Target::CategoryId, id, places.categories.get(id))
        };
        let may_file = |found: &&Resource| {
            found.kind == section::CATEGORY && found.allow(actor, Area::Resource, Action::Read).is_ok()
        };
        let category = found.filter(may_file).map(|category| category.id);
        if category.is_none() {
            let reason = format!("there is no category \"{}\"", short(text));
            self.refuse(Some(target), reason);
        }
        category
    }
}
