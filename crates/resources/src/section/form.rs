//! What an entry may say in the fields of its section.

use indexmap::IndexMap;
use kernel::{FieldErrors, ResourceId, Result};
use store::Tx;

use super::{
    definition::{CHECKBOXES, depends_on, field_type, is_encrypted, options, options_by_owner},
    fields_of,
};
use crate::{
    attribute::{self, Attributes},
    resource::load,
};

/// The fields of a section, as an entry fills them in.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<FormField>);

/// A field as an entry of its section may fill it.
#[derive(Debug)]
pub(crate) struct FormField {
    id: ResourceId,
    /// The slug, under which the entry keeps its values.
    pub(crate) slug: String,
    /// The name.
    pub(crate) name: String,
    definition: Attributes,
    /// A field that stands in the section twice has room for two values.
    room: usize,
}

impl Form {
    /// The form of this section; an empty one when there is none.
    pub(crate) async fn of(tx: &mut Tx, section: Option<ResourceId>) -> Result<Self> {
        let Some(section) = section else { return Ok(Self::default()) };
        let mut room: IndexMap<ResourceId, usize> = IndexMap::new();
        for field in fields_of(tx, &[section]).await?.remove(&section).unwrap_or_default() {
            *room.entry(field.field_id).or_default() += 1;
        }
        let ids: Vec<ResourceId> = room.keys().copied().collect();
        let mut definitions = attribute::load(tx, &ids).await?;
        let mut fields = load(tx, &ids).await?;
        let field = |(id, room)| {
            let (definition, resource) = (definitions.remove(&id).unwrap_or_default(), fields.remove(&id)?);
            Some(FormField { id, slug: resource.slug, name: resource.name, definition, room })
        };
        Ok(Self(room.into_iter().filter_map(field).collect()))
    }

    /// The fields, in order.
    pub(crate) fn fields(&self) -> &[FormField] {
        &self.0
    }

    /// Whether the values of the field with this slug are kept from sight.
    pub(crate) fn encrypts(&self, slug: &str) -> bool {
        self.0.iter().any(|field| field.slug == slug && is_encrypted(&field.definition))
    }

    /// Checks the values that an entry is given, in the fields that offer options. An empty text chooses nothing. Values
    /// that the entry has already pass: an option may have been withdrawn since.
    pub(crate) fn check(&self, given: &Attributes, present: &Attributes) -> Result<()> {
        self.faults(given, present).into_result()
    }

    /// All that is wrong with them.
    pub(crate) fn faults(&self, given: &Attributes, present: &Attributes) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for field in self.0.iter().filter(|field| !options(&field.definition).is_empty()) {
            let other = depends_on(&field.definition).and_then(|id| self.0.iter().find(|other| other.id == id));
            let touched = given.contains_key(&field.slug) || other.is_some_and(|other| given.contains_key(&other.slug));
            if touched {
                field.check(other, given, present, &mut errors);
            }
        }
        errors
    }
}

/// What is chosen in a field after a change.
fn chosen<'a>(slug: &str, given: &'a Attributes, present: &'a Attributes) -> Vec<&'a String> {
    let values = given.get(slug).or_else(|| present.get(slug));
    values.into_iter().flatten().filter(|value| !value.is_empty()).collect()
}

impl FormField {
    /// Whether an entry may have several values here.
    pub(crate) fn takes_several(&self) -> bool {
        field_type(&self.definition) == CHECKBOXES || self.room > 1
    }

    /// Whether this is one of the options.
    pub(crate) fn offers(&self, value: &str) -> bool {
        options(&self.definition).iter().any(|option| option == value)
    }

    fn check(&self, other: Option<&Self>, given: &Attributes, present: &Attributes, errors: &mut FieldErrors) {
        let (name, room) = (format!("attrs.{}", self.slug), self.room);
        let chosen_here = chosen(&self.slug, given, present);
        let before = present.get(&self.slug).map_or(&[][..], Vec::as_slice);
        let (mut offered, mut of) = (options(&self.definition).iter().collect::<Vec<_>>(), String::new());
        let mut may_stay = true;
        if let Some(other) = other {
            let theirs = chosen(&other.slug, given, present);
            may_stay = theirs == chosen(&other.slug, present, present);
            let stays = may_stay && chosen_here == chosen(&self.slug, present, present);
            if theirs.is_empty() && !chosen_here.is_empty() && !stays {
                errors.push(name, format!("needs a choice in the field {}, on which it depends", other.slug));
                return;
            }
            let fits = |(owner, option)| theirs.contains(&owner).then_some(option);
            offered = options_by_owner(&self.definition).filter_map(fits).collect();
            of = format!(" for this choice in {}", other.slug);
        }
        let fits = |value: &String| offered.contains(&value) || (may_stay && before.contains(value));
        if !chosen_here.iter().all(|value| fits(value)) {
            errors.push(name, format!("must be one of the options of its field{of}: {}", shown(&offered)));
        } else if field_type(&self.definition) != CHECKBOXES && chosen_here.len() > room.max(before.len()) {
            errors.push(name, format!("may have at most {room} of the options of its field"));
        }
    }
}

/// The first options, which are enough to see what is meant.
fn shown(options: &[&String]) -> String {
    const FIRST: usize = 20;
    let first = options.iter().take(FIRST).map(|option| option.as_str()).collect::<Vec<_>>().join(", ");
    if options.len() > FIRST { format!("{first}, ...") } else { first }
}
