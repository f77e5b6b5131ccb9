//! Finding resources by the time of their last change.

use api_v1::Params;
use kernel::{Error, Result, Timestamp};
use store::Query;

/// A stretch of time. The APIs name times by the second or by the day, so a time that is named is a stretch itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modified {
    /// The first instant; `None` for the beginning of time.
    pub from: Option<Timestamp>,
    /// The first instant after it; `None` when it never ends.
    pub before: Option<Timestamp>,
    /// Whether all other times are meant.
    pub outside: bool,
}

const DAY: i64 = 24 * 60 * 60;

impl Modified {
    /// `modified` with `modified_compare`, or `modified_between`.
    pub(super) fn from_params(params: &Params) -> Result<Option<Self>> {
        let sign = params.text("modified_compare")?;
        match params.at_most_one(&["modified", "modified_between"])? {
            None if sign.is_some() => Err(Error::invalid("modified", "is required together with modified_compare")),
            None => Ok(None),
            Some("modified_between") if sign.is_some() => {
                Err(Error::invalid("modified_compare", "goes together with modified, not with modified_between"))
            }
            Some("modified_between") => between(&params.names("modified_between")?.unwrap_or_default()).map(Some),
            Some(name) => Ok(params.text(name)?.map(|text| compared(text, sign.unwrap_or("="))).transpose()?),
        }
    }

    pub(in crate::resource) fn condition(self, column: &str) -> Query {
        let mut within = Query::new(if self.outside { "NOT (1 = 1" } else { "(1 = 1" });
        if let Some(from) = self.from {
            within.push(&format!(" AND {column} >= ")).bind(from);
        }
        if let Some(before) = self.before {
            within.push(&format!(" AND {column} < ")).bind(before);
        }
        within.push(")");
        within
    }
}

fn compared(text: &str, sign: &str) -> Result<Modified> {
    let (from, before) = named("modified", text)?;
    let (from, before, outside) = match sign.trim() {
        "=" => (Some(from), Some(before), false),
        "!=" | "<>" => (Some(from), Some(before), true),
        ">=" => (Some(from), None, false),
        "<=" => (None, Some(before), false),
        ">" => (Some(before), None, false),
        "<" => (None, Some(from), false),
        _ => return Err(Error::invalid("modified_compare", "must be one of =, !=, >=, <=, >, <")),
    };
    Ok(Modified { from, before, outside })
}

fn between(times: &[String]) -> Result<Modified> {
    let [first, last] = times else {
        return Err(Error::invalid("modified_between", "takes two times, the first and the last one"));
    };
    let (from, _) = named("modified_between", first)?;
    let (_, before) = named("modified_between", last)?;
    Ok(Modified { from: Some(from), before: Some(before), outside: false })
}

/// The first instant of a named time, and the first after it.
fn named(field: &str, text: &str) -> Result<(Timestamp, Timestamp)> {
    let from = Timestamp::from_sql(text).ok_or_else(|| {
        Error::invalid(field, "must be a time in UTC such as 2026-01-31 23:59:59, or a day such as 2026-01-31")
    })?;
    let is_day = !text.contains(':');
    Ok((from, from.plus_seconds(if is_day { DAY } else { 1 })))
}
