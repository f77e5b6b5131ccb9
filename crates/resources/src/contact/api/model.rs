//! A contact in the JSON of API v2.

use kernel::{Error, JobId, Page, Patch, ResourceId, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    attribute::Attributes,
    contact::{
        CONTACT, Card, Contact, ContactImport, ContactType, RELATION,
        card::{ADDRESS, COMMENTS, EMAILS, ORGANIZATION, PHONES},
        read::of_type,
    },
    link::LinkFilter,
    resource::{Details, NewResource, ResourcePatch, ResourceQuery, api::read_id},
};

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(super) struct ContactBody {
    /// Its id, which is that of a resource.
    id: String,
    /// The id of the resource above it.
    parent_id: Option<String>,
    /// Where it comes from. Only a `Local` one can be edited.
    #[serde(rename = "type")]
    contact_type: ContactType,
    /// The name by which its source knows it; of a local one `null`.
    #[schema(example = "ZN-ARIN")]
    handle: Option<String>,
    /// The name of the person, the role or the organisation.
    name: String,
    /// For whom they work.
    organization: Option<String>,
    /// Phone numbers.
    phones: Vec<String>,
    /// E-mail addresses.
    emails: Vec<String>,
    /// The postal address, in lines.
    address: Option<String>,
    /// What else there is to say.
    comments: Option<String>,
    /// What someone else's system calls it.
    custom_id: Option<String>,
    /// When it was made, in UTC.
    date: String,
    /// When it was last changed, in UTC.
    modified: String,
}

impl From<Contact> for ContactBody {
    fn from(Contact { resource, contact_type, handle, card }: Contact) -> Self {
        let Card { organization, phones, emails, address, comments } = card;
        Self {
            id: resource.id.to_string(),
            parent_id: resource.parent_id.map(|id| id.to_string()),
            contact_type,
            handle,
            name: resource.name,
            organization,
            phones,
            emails,
            address,
            comments,
            custom_id: resource.custom_id,
            date: resource.created_at.sql(),
            modified: resource.modified_at.sql(),
        }
    }
}

impl From<Details> for ContactBody {
    fn from(details: Details) -> Self {
        Contact::from(details).into()
    }
}

/// A local contact that is to be made, or what is to change in one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ContactInput)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactInput {
    /// The name of the person, the role or the organisation: 1 to 255 characters.
    name: Option<String>,
    /// `Local`, if anything: other contacts are imported.
    #[serde(rename = "type")]
    contact_type: Option<String>,
    /// The resource above it; the top-level resource when there is none. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
    /// For whom they work, or `null`: one line, at most 255 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    organization: Patch<String>,
    /// Phone numbers, at most 20.
    #[schema(max_items = 20, example = json!(["+31 20 123 4567 ext. 8"]))]
    phones: Option<Vec<String>>,
    /// E-mail addresses, at most 20.
    #[schema(max_items = 20, example = json!(["noc@example.net"]))]
    emails: Option<Vec<String>>,
    /// The postal address in lines, or `null`: at most 1,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    address: Patch<String>,
    /// What else there is to say, or `null`: at most 10,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    comments: Patch<String>,
    /// What someone else's system calls it, or `null`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    custom_id: Patch<String>,
}

impl ContactInput {
    /// The contact that is to be made.
    pub(super) fn new_resource(&self) -> Result<NewResource> {
        self.check_type()?;
        Ok(NewResource {
            name: self.required_name()?,
            kind: CONTACT.to_owned(),
            parent_id: read_id("parent_id", &self.parent_id)?,
            custom_id: written(&self.custom_id).apply(None),
            attributes: self.attributes(),
            ..NewResource::default()
        })
    }

    /// What is to change.
    pub(super) fn patch(&self) -> Result<ResourcePatch> {
        self.check_type()?;
        Ok(ResourcePatch {
            name: self.name.clone(),
            parent_id: read_id("parent_id", &self.parent_id)?,
            custom_id: written(&self.custom_id),
            attributes: self.attributes(),
            ..ResourcePatch::default()
        })
    }

    /// The whole contact: what is not given becomes empty, but for its place.
    pub(super) fn whole(&self) -> Result<ResourcePatch> {
        let NewResource { name, parent_id, custom_id, attributes: given, .. } = self.new_resource()?;
        let mut attributes = Card::default().attributes();
        attributes.extend(given);
        let custom_id = custom_id.map_or(Patch::Clear, Patch::Set);
        Ok(ResourcePatch { name: Some(name), parent_id, custom_id, attributes, ..ResourcePatch::default() })
    }

    /// The attributes that are given; one that is to be empty has no value.
    fn attributes(&self) -> Attributes {
        let one = |text: &Patch<String>| match written(text) {
            Patch::Keep => None,
            text => Some(text.apply(None).into_iter().collect()),
        };
        [
            (ORGANIZATION, one(&self.organization)),
            (PHONES, self.phones.clone()),
            (EMAILS, self.emails.clone()),
            (ADDRESS, one(&self.address)),
            (COMMENTS, one(&self.comments)),
        ]
        .into_iter()
        .filter_map(|(name, values)| Some((name.to_owned(), values?)))
        .collect()
    }

    fn required_name(&self) -> Result<String> {
        self.name.clone().ok_or_else(|| Error::invalid("name", "is required"))
    }

    fn check_type(&self) -> Result<()> {
        match self.contact_type.as_deref().map(ContactType::parse) {
            None | Some(Some(ContactType::Local)) => Ok(()),
            Some(_) => {
                let rule = "must be Local here; other contacts are imported by their handle: POST /contacts/import";
                Err(Error::invalid("type", rule))
            }
        }
    }
}

/// An empty text stands for none.
fn written(text: &Patch<String>) -> Patch<String> {
    match text.clone().map(|text| text.trim().to_owned()) {
        Patch::Set(text) if text.is_empty() => Patch::Clear,
        other => other,
    }
}

/// The body knows the attributes of a contact as fields of its own.
pub(super) fn in_words_of_the_body(mut error: Error) -> Error {
    if let Error::Invalid(errors) = &mut error {
        for error in &mut errors.0 {
            if let Some(name) = error.field.strip_prefix("attrs.") {
                error.field = name.to_owned();
            }
        }
    }
    error
}

/// A contact that is to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ContactImportInput)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportInput {
    /// Where it is known: `ARIN`, `RIPE`, `APNIC`, `LACNIC`, `AfriNIC` or `LDAP`.
    #[schema(example = "ARIN")]
    source: String,
    /// By which name: 1 to 100 characters.
    #[schema(example = "ZN-ARIN")]
    handle: String,
    /// The resource above the contact; the top-level resource when there is none. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
}

impl ImportInput {
    pub(super) fn import(self) -> Result<ContactImport> {
        let source = ContactType::parse(&self.source).filter(|source| *source != ContactType::Local);
        let source = source.ok_or_else(|| {
            let known: Vec<&str> = ContactType::ALL.into_iter().skip(1).map(ContactType::name).collect();
            Error::invalid("source", format!("must be one of {}", known.join(", ")))
        })?;
        let parent_id = read_id("parent_id", &self.parent_id)?;
        Ok(ContactImport { source, handle: self.handle, parent_id, contact_id: None })
    }
}

/// The job that does it
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactImportStarted)]
pub(super) struct Started {
    /// To be followed at `/jobs/{id}`. Its result names the contact (`contact_id`, `name`) and says what became of it
    /// (`outcome`): `added`, `refreshed` or `unchanged`.
    #[schema(value_type = i64)]
    pub(super) id: JobId,
}

/// Which contacts are wanted.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// From there: `Local`, `ARIN`, `RIPE`, `APNIC`, `LACNIC`, `AfriNIC` or `LDAP`.
    #[serde(rename = "type")]
    contact_type: Option<String>,
    /// The contacts of this resource: those linked to it by the relation `contact`.
    #[param(value_type = Option<i64>)]
    resource_id: Option<ResourceId>,
    /// Directly below this resource.
    parent_id: Option<String>,
    /// With this text in the name, the slug, the custom id or an attribute (the handle, phone numbers, e-mail addresses
    /// ...), in any case.
    q: Option<String>,
    /// With this id in someone else's system.
    custom_id: Option<String>,
    /// `id`, `name` (which is the usual order), `slug`, `parent_id`, `date` or `modified`.
    order_by: Option<String>,
    /// `ASC` or `DESC`.
    sort: Option<String>,
}

impl ListQuery {
    pub(super) fn query(&self, page: Page) -> Result<ResourceQuery> {
        let mut query = ResourceQuery::from_list(self, &["type", "resource_id"], page)?;
        query.kind = Some(CONTACT.to_owned());
        if let Some(id) = self.resource_id {
            query.links.push(LinkFilter { relation: Some(RELATION.to_owned()), side: None, value: Some(id) });
        }
        if let Some(name) = &self.contact_type {
            let known = ContactType::ALL.map(ContactType::name).join(", ");
            let contact_type = ContactType::parse(name);
            let contact_type = contact_type.ok_or_else(|| Error::invalid("type", format!("must be one of {known}")))?;
            query.attributes.push(of_type(contact_type));
        }
        Ok(query)
    }
}
