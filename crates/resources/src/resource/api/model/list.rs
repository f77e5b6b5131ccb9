//! What a list of resources takes. It is read in the way of API v1, which knows the same conditions.

use api_v2::{PageQuery, instant};
use kernel::{Error, Page, ResourceId, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::resource::{Load, ResourceQuery, SectionRef, api::export, column::Column};

/// Which resources are wanted.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct ListQuery {
    /// This one.
    id: Option<String>,
    /// Instead of resources, the archived copies of this one, the newest first: each as it was. Of the other
    /// parameters only `limit`, `offset` and `page` count then.
    orig_id: Option<String>,
    /// These, separated by commas.
    #[serde(rename = "resource__in")]
    resource_in: Option<String>,
    /// Of this type: `entry`, `section`, ...
    #[serde(rename = "type")]
    kind: Option<String>,
    /// With this slug.
    slug: Option<String>,
    /// With this name, to the letter.
    name: Option<String>,
    /// With this id in someone else's system.
    custom_id: Option<String>,
    /// Directly below this resource.
    parent_id: Option<String>,
    /// In this category.
    category_id: Option<String>,
    /// With this text in the name, the slug, the custom id or an attribute, in any case.
    q: Option<String>,
    /// The column that `q` searches: `name`, `slug`, `type`, `id`, `custom_id` or `attr_value`.
    search_column: Option<String>,
    /// With this attribute, or with `attr_value` in it.
    attr_key: Option<String>,
    /// With this value in `attr_key`, or in any attribute.
    attr_value: Option<String>,
    /// How `attr_value` is compared: `=`, `!=`, `>=`, `<=`, `LIKE`, `NOT LIKE`, `IN`, `NOT IN`, `BETWEEN`, `NOT BETWEEN`.
    attr_compare: Option<String>,
    /// Last changed at this time: `2026-01-31 23:59:59` (UTC), or the whole day `2026-01-31`.
    modified: Option<String>,
    /// How `modified` is compared: `=` (the usual one), `!=`, `>=`, `<=`, `>`, `<`.
    modified_compare: Option<String>,
    /// Last changed between two such times, both included, separated by a comma.
    modified_between: Option<String>,
    /// On which the caller has these rights, separated by commas, such as `permissionIPAMUpdate`.
    #[serde(rename = "permissions__true")]
    permissions_true: Option<String>,
    /// On which the caller has none of these rights.
    #[serde(rename = "permissions__false")]
    permissions_false: Option<String>,
    /// `id`, `name` (which is the usual order), `slug`, `type`, `parent_id`, `date`, `modified`, or `resource__in` for the order given there.
    order_by: Option<String>,
    /// `ASC` or `DESC`.
    sort: Option<String>,
    /// Whether attributes and sections are shown; they are, unless this is `false`.
    load_attributes: Option<bool>,
    /// Whether the caller's rights are shown; they are, unless this is `false`.
    load_permissions: Option<bool>,
    /// Whether links are shown; they are not, unless this is `true`.
    load_links: Option<bool>,
    /// `csv`: a table of all that fits, instead of a part of it in JSON.
    export: Option<String>,
    /// The attributes (of entries: fields, by slug) that the table has besides what every resource has, separated by
    /// commas.
    columns: Option<String>,
    /// As of this time (RFC 3339), all changes of that very moment included. A time since which too much has changed is
    /// refused.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

impl ListQuery {
    /// The resource whose archived copies are wanted.
    pub(in crate::resource::api) fn orig_id(&self) -> Result<Option<kernel::ResourceId>> {
        super::read_id("orig_id", &serde_json::json!(self.orig_id))
    }

    /// The columns of the table that is wanted instead of JSON, if one is.
    pub(in crate::resource::api) fn table(&self, page: Page) -> Result<Option<Vec<Column>>> {
        if !export::is_wanted(self.export.as_deref(), page)? {
            return match self.columns {
                Some(_) => Err(Error::invalid("columns", "goes together with export=csv")),
                None => Ok(None),
            };
        }
        if self.as_of.is_some() {
            return Err(Error::invalid("as_of", "can't go together with export: a table shows what there is now"));
        }
        let names = self.columns.iter().flat_map(|names| names.split(','));
        Ok(Some(Column::all_and(Column::list("columns", names)?)))
    }

    pub(in crate::resource::api) fn query(&self, page: Page) -> Result<ResourceQuery> {
        ResourceQuery::from_list(self, &["export", "columns", "as_of", "orig_id"], page)
    }

    /// The time as of which is asked.
    pub(in crate::resource::api) fn at(&self) -> Result<Option<Timestamp>> {
        self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()
    }

    pub(in crate::resource::api) fn load(&self) -> Load {
        load(self.load_attributes, self.load_permissions, self.load_links)
    }
}

fn load(attributes: Option<bool>, rights: Option<bool>, links: Option<bool>) -> Load {
    let usual = Load::USUAL;
    Load {
        attributes: attributes.unwrap_or(usual.attributes),
        rights: rights.unwrap_or(usual.rights),
        links: links.unwrap_or(usual.links),
    }
}

/// How many are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct Limit {
    /// How many to return at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// As of this time (RFC 3339), all changes of that very moment included.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

impl Limit {
    /// The time as of which is asked.
    pub(in crate::resource::api) fn at(&self) -> Result<Option<Timestamp>> {
        self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()
    }
}

impl TryFrom<Limit> for u32 {
    type Error = kernel::Error;

    fn try_from(Limit { limit, .. }: Limit) -> Result<Self> {
        Ok(Page::try_from(PageQuery { limit, ..PageQuery::default() })?.limit)
    }
}

/// The top of the tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct Top {
    /// Only entries of the section with this id.
    section_id: Option<i64>,
    /// Only entries of the section with this slug, instead of `section_id`.
    section: Option<String>,
    /// How many to return at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// As of this time (RFC 3339), all changes of that very moment included.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

impl Top {
    /// The section, how many, and as of when.
    pub(in crate::resource::api) fn wanted(self) -> Result<(Option<SectionRef>, u32, Option<Timestamp>)> {
        let limit = Limit { limit: self.limit, as_of: self.as_of };
        let (at, limit) = (limit.at()?, limit.try_into()?);
        let section = match (self.section_id, self.section) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("section", "is another way to say section_id; give one of them"));
            }
            (Some(id), None) => Some(SectionRef::Id(ResourceId(id))),
            (None, slug) => slug.map(SectionRef::Slug),
        };
        Ok((section, limit, at))
    }
}

/// Which resources are wanted. All conditions must hold. Ids may be numbers or texts.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceQuery)]
#[serde(deny_unknown_fields, default)]
pub(in crate::resource::api) struct QueryBody {
    /// This one.
    #[schema(value_type = Option<i64>)]
    id: Value,
    /// These.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "resource__in")]
    resource_in: Value,
    /// None of these.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "resource__not_in")]
    resource_not_in: Value,
    /// Directly below this resource.
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
    /// Directly below one of these.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "parent__in")]
    parent_in: Value,
    /// Directly below none of these.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "parent__not_in")]
    parent_not_in: Value,
    /// In this category.
    #[schema(value_type = Option<i64>)]
    category_id: Value,
    /// In one of these categories.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "category__in")]
    category_in: Value,
    /// In none of these categories.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(rename = "category__not_in")]
    category_not_in: Value,
    /// Of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// With this slug.
    slug: Option<String>,
    /// With this name, to the letter.
    name: Option<String>,
    /// With this id in someone else's system.
    #[schema(value_type = Option<String>)]
    custom_id: Value,
    /// With this text in the name, the slug, the custom id or an attribute, in any case.
    q: Option<String>,
    /// With these attributes.
    attrs: Vec<AttributeBody>,
    /// Conditions on links, all of which must hold.
    links: Vec<LinkBody>,
    /// The order: `name` (the usual one), `id`, `slug`, `type`, `parent_id`, `date`, `modified`, `resource__in`.
    order_by: Option<String>,
    /// `ASC` or `DESC`.
    sort: Option<String>,
    /// How many to return at the most: 1 to 1000, 100 when nothing is said.
    limit: Option<u32>,
    /// How many to leave out at the start.
    offset: Option<u32>,
    /// The page of `limit` resources, counted from 1, instead of `offset`.
    page: Option<u32>,
    /// Whether attributes and sections are shown; they are, unless this is `false`.
    load_attributes: Option<bool>,
    /// Whether the caller's rights are shown; they are, unless this is `false`.
    load_permissions: Option<bool>,
    /// Whether links are shown; they are not, unless this is `true`.
    load_links: Option<bool>,
    /// As of this time (RFC 3339), all changes of that very moment included. A time since which too much has changed is
    /// refused.
    #[schema(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

/// A condition on an attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AttributeCondition)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttributeBody {
    /// The attribute's name; any attribute when there is none.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// What it is compared with; a list for `IN` and `BETWEEN`. Without it, the attribute need only be there.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) value: Value,
    /// `=` (the usual one), `!=`, `>=`, `<=`, `LIKE`, `NOT LIKE`, `IN`, `NOT IN`, `BETWEEN` or `NOT BETWEEN`.
    #[serde(default)]
    pub(crate) compare: Option<String>,
    /// How it is joined to the condition before it: `AND` (the usual one, which binds closer) or `OR`.
    #[serde(default)]
    pub(crate) rule: Option<String>,
}

/// A condition on a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LinkCondition)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct LinkBody {
    /// By this relation; by any when there is none.
    #[serde(default)]
    relation: Option<String>,
    /// To or from this resource; any when there is none.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    resource_id: Value,
}

impl QueryBody {
    pub(in crate::resource::api) fn query(&self) -> Result<ResourceQuery> {
        let Self { limit, offset, page, .. } = *self;
        let page: Page = PageQuery { limit, offset, page }.try_into()?;
        ResourceQuery::from_list(self, &["as_of"], page)
    }

    /// The time as of which is asked.
    pub(in crate::resource::api) fn at(&self) -> Result<Option<Timestamp>> {
        self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()
    }

    pub(in crate::resource::api) fn load(&self) -> Load {
        load(self.load_attributes, self.load_permissions, self.load_links)
    }
}
