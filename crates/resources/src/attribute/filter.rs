//! Finding resources by their attributes.

use kernel::{Error, Result};
use store::Query;

use super::model::number;

/// The longest pattern or search text, in characters.
pub(crate) const LONGEST: usize = 255;
/// The attribute by which the APIs show the section of an entry. It is a column of the resource.
pub(crate) const SECTION: &str = "_section";
/// How much of a value is in the index.
const INDEXED: usize = 64;

/// A condition on an attribute. A resource fulfils it when one of its values does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFilter {
    /// The attribute's name; `None` for any attribute.
    pub key: Option<String>,
    /// What its value must be; `None` when it need only be there.
    pub compare: Option<Comparison>,
    /// How the condition is joined to the one before it.
    pub join: Join,
}

impl AttributeFilter {
    /// That the attribute with this name has this value.
    pub(crate) fn equal(key: &str, value: String) -> Self {
        Self { key: Some(key.to_owned()), compare: Some(Comparison::Equal(value)), join: Join::And }
    }
}

/// How conditions are joined; AND binds closer than OR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Join {
    /// Both must hold.
    #[default]
    And,
    /// One is enough.
    Or,
}

/// What the value of an attribute is compared with. Sizes are compared as numbers where both sides are numbers, and
/// as texts elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// There is none of this name at all.
    Absent,
    /// Equal, to the letter.
    Equal(String),
    /// Anything else.
    NotEqual(String),
    /// This or more.
    AtLeast(String),
    /// This or less.
    AtMost(String),
    /// Like a pattern with `%` and `_`, whatever the case; a text without these may stand anywhere in the value.
    Like(String),
    /// Not like it.
    NotLike(String),
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// From the first to the second.
    Between(String, String),
    /// Less than the first or more than the second.
    NotBetween(String, String),
}

impl Comparison {
    /// The comparison with this sign or word. `values` are what was given to compare with: a single text as it is, or
    /// a list. `field` names the sign in errors.
    pub fn parse(sign: &str, values: Values, field: &str) -> Result<Self> {
        let sign = sign.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        let wrong = |rule: String| Error::invalid(field, rule);
        let one = |values: Values| match values {
            Values::One(text) => Ok(text),
            Values::Many(_) => Err(wrong(format!("{sign} takes a single value"))),
        };
        let pattern = |values| {
            let text = one(values)?;
            let short = text.chars().count() <= LONGEST;
            let anywhere = || if text.contains(['%', '_']) { text.clone() } else { format!("%{text}%") };
            short.then(anywhere).ok_or_else(|| wrong(format!("a pattern has at most {LONGEST} characters")))
        };
        let pair = |values: Values| {
            let two = <[String; 2]>::try_from(values.list());
            two.map_err(|_| wrong(format!("{sign} takes two values, the first and the last one")))
        };
        Ok(match sign.as_str() {
            "" | "=" => Self::Equal(one(values)?),
            "!=" | "<>" => Self::NotEqual(one(values)?),
            // The documentation prints the small forms of these signs.
            ">=" | "=>" | "\u{fe65}=" => Self::AtLeast(one(values)?),
            "<=" | "=<" | "\u{fe64}=" => Self::AtMost(one(values)?),
            "LIKE" => Self::Like(pattern(values)?),
            "NOT LIKE" => Self::NotLike(pattern(values)?),
            "IN" => Self::In(values.list()),
            "NOT IN" => Self::NotIn(values.list()),
            "BETWEEN" => pair(values).map(|[from, to]| Self::Between(from, to))?,
            "NOT BETWEEN" => pair(values).map(|[from, to]| Self::NotBetween(from, to))?,
            _ => {
                let known = "=, !=, >=, <=, LIKE, NOT LIKE, IN, NOT IN, BETWEEN, NOT BETWEEN";
                return Err(wrong(format!("must be one of {known}")));
            }
        })
    }
}

/// What an attribute is compared with, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// A text; where a list is needed, its parts between commas.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl Values {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Self::Many(list) => list,
        }
    }
}

/// How a condition on attributes is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Whether the resource is in the set of those that fulfil it, which is made once.
    Set,
    /// Of each resource that is looked at.
    Each,
}

/// Those of the filters that a resource must fulfil and that an index answers; none where one of several is enough.
pub(crate) fn telling(filters: &[AttributeFilter]) -> impl Iterator<Item = &AttributeFilter> {
    let all_hold = filters.iter().skip(1).all(|filter| filter.join == Join::And);
    let is_exact = |compare: &Comparison| matches!(compare, Comparison::Equal(_) | Comparison::In(_));
    filters.iter().filter(move |filter| {
        all_hold && filter.key.as_deref() != Some(SECTION) && filter.compare.as_ref().is_some_and(is_exact)
    })
}

/// The condition on `alias.id` (and `alias.section_id`) that all filters make together.
pub(crate) fn condition(filters: &[AttributeFilter], alias: &str, lookup: Lookup) -> Result<Query> {
    let mut all = Query::default();
    for (i, filter) in filters.iter().enumerate() {
        all.push(match (i, filter.join) {
            (0, _) => "",
            (_, Join::And) => " AND ",
            (_, Join::Or) => " OR ",
        });
        let one = match filter.key.as_deref() {
            Some(SECTION) => on_section(filter.compare.as_ref(), alias)?,
            _ => on_values(filter, alias, lookup),
        };
        all.append(&one);
    }
    Ok(all)
}

fn on_section(compare: Option<&Comparison>, alias: &str) -> Result<Query> {
    // What is no id is the section of no entry.
    let among = |texts: &[String]| {
        let ids: Vec<i64> = texts.iter().filter_map(|text| text.trim().parse().ok()).collect();
        let mut query = Query::new(format!("{alias}.section_id = "));
        match *ids {
            // Compared directly, so that the order of the index behind it can be used.
            [one] => drop(query.bind(one)),
            _ => drop(query.push("ANY(").bind(ids).push(")")),
        }
        query
    };
    match compare {
        None => Ok(Query::new(format!("{alias}.section_id IS NOT NULL"))),
        Some(Comparison::Equal(id)) => Ok(among(std::slice::from_ref(id))),
        Some(Comparison::NotEqual(id)) => Ok(not(&among(std::slice::from_ref(id)))),
        Some(Comparison::In(list)) => Ok(among(list)),
        Some(Comparison::NotIn(list)) => Ok(not(&among(list))),
        Some(_) => Err(Error::invalid("attr_compare", "_section is compared by =, !=, IN and NOT IN only")),
    }
}

fn on_values(filter: &AttributeFilter, alias: &str, lookup: Lookup) -> Query {
    let attribute = on_attribute(filter);
    let (among, found) =
        if filter.compare == Some(Comparison::Absent) { ("NOT IN", ") IS NULL") } else { ("IN", ") = 1") };
    match lookup {
        Lookup::Set => {
            let mut query = Query::new(format!("{alias}.id {among} (SELECT a.resource_id FROM resource_attr a WHERE "));
            query.append(&attribute).push(")");
            query
        }
        // As a value and not as EXISTS, which SQLite may turn around into a set again.
        Lookup::Each => {
            let mut query = Query::new(format!("(SELECT 1 FROM resource_attr a WHERE a.resource_id = {alias}.id AND "));
            query.append(&attribute).push(" LIMIT 1").push(found);
            query
        }
    }
}

/// The condition on an attribute `a`.
pub(super) fn on_attribute(filter: &AttributeFilter) -> Query {
    let mut query = Query::default();
    match &filter.key {
        Some(key) => query.push("a.name = ").bind(key),
        None => query.push("1 = 1"),
    };
    if let Some(compare) = &filter.compare {
        query.push(" AND ").append(&on_value(compare));
    }
    query
}

fn on_value(compare: &Comparison) -> Query {
    match compare {
        Comparison::Absent => Query::new("1 = 1"),
        Comparison::Equal(text) => one_of(std::slice::from_ref(text)),
        Comparison::NotEqual(text) => not(&one_of(std::slice::from_ref(text))),
        Comparison::AtLeast(text) => sized(">=", text),
        Comparison::AtMost(text) => sized("<=", text),
        Comparison::Like(pattern) => like("a.value", pattern),
        Comparison::NotLike(pattern) => not(&like("a.value", pattern)),
        Comparison::In(list) => one_of(list),
        Comparison::NotIn(list) => not(&one_of(list)),
        Comparison::Between(from, to) => between(from, to),
        Comparison::NotBetween(from, to) => not(&between(from, to)),
    }
}

fn not(condition: &Query) -> Query {
    let mut query = Query::new("NOT (");
    query.append(condition).push(")");
    query
}

/// The beginning of the value comes first, since that is what the index holds.
fn one_of(list: &[String]) -> Query {
    let beginnings: Vec<String> = list.iter().map(|text| text.chars().take(INDEXED).collect()).collect();
    let mut query = Query::new(format!("SUBSTR(a.value, 1, {INDEXED}) = ANY("));
    query.bind(beginnings).push(") AND a.value = ANY(").bind(list).push(")");
    query
}

/// Whether a text is like a pattern, whatever the case (of ASCII letters).
pub(crate) fn like(text: &str, pattern: &str) -> Query {
    let mut query = Query::new(format!("LOWER({text}) LIKE "));
    query.bind(pattern.to_ascii_lowercase()).push(" ESCAPE '\\'");
    query
}

fn sized(sign: &str, text: &str) -> Query {
    let mut query = Query::default();
    match number(text) {
        Some(number) => {
            query.push(&format!("(a.number {sign} ")).bind(number);
            query.push(&format!(" OR (a.number IS NULL AND a.value {sign} ")).bind(text).push("))");
        }
        None => drop(query.push(&format!("a.value {sign} ")).bind(text)),
    }
    query
}

fn between(from: &str, to: &str) -> Query {
    let mut query = Query::default();
    if let (Some(first), Some(last)) = (number(from), number(to)) {
        // May be negated, so it must not come out as NULL.
        query.push("(a.number IS NOT NULL AND a.number BETWEEN ").bind(first).push(" AND ").bind(last);
        query.push(" OR (a.number IS NULL AND a.value BETWEEN ").bind(from).push(" AND ").bind(to).push("))");
    } else {
        query.push("a.value BETWEEN ").bind(from).push(" AND ").bind(to);
    }
    query
}
