//! Sections: what an entry of a section is made of. A section lists fields, of which a resource of kind `field` is the
//! definition, and the gadgets that the pages of its entries show.

mod definition;
mod field;
mod form;
mod gadget;
mod input;
mod sound;

pub(crate) use definition::{
    Definition, check_definition, dependents, field_type, help_block, is_encrypted, options, settle,
};
pub use field::{FieldRef, NewSectionField, SectionField};
pub(crate) use field::{fields_of, remove_fields, set_fields};
pub(crate) use form::{Form, FormField};
pub use gadget::{Gadget, NewGadget};
pub(crate) use gadget::{gadgets_of, is_as_shown, remove_gadgets, set_gadgets};
pub(crate) use input::{fields, gadgets};
pub(crate) use sound::check_sound;

/// The kind of a section.
pub(crate) const SECTION: &str = "section";
/// The kind of an item of a section.
pub(crate) const ENTRY: &str = "entry";
/// The kind of the definition of a field.
pub(crate) const FIELD: &str = "field";
/// The kind of a category.
pub(crate) const CATEGORY: &str = "category";
