//! The lists that an administrator keeps: registries, tags, regions, and the usual sizes of blocks.

pub(crate) mod api;
mod region;
mod rir;
mod tag;
pub(crate) mod v1;

use std::sync::Arc;

use kernel::{Error, Family, Result};
use store::{Cached, Tx};

pub(crate) use region::{AddRegion, ListedRegion};
pub(crate) use rir::{AddRir, ListedRir, first_rirs};
pub(crate) use tag::{AddTagToList, DeleteTagFromList, ListedTag};

/// Signalled when a list has changed.
const SIGNAL: &str = "ipam.lists";

/// The filter value that means "in whatever region"; always the first of the list.
pub(crate) const ANY_REGION: &str = "ANY";

/// All lists, as they stand.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) rirs: Vec<ListedRir>,
    pub(crate) tags: Vec<ListedTag>,
    pub(crate) regions: Vec<ListedRegion>,
}

/// The lists, from memory when nobody has changed them.
pub(crate) async fn current(tx: &mut Tx) -> Result<Arc<Lists>> {
    let memory = tx.memory::<Cached<Lists>>();
    let generation = tx.generation(SIGNAL);
    if let Some(lists) = memory.fresh(generation) {
        return Ok(lists);
    }
    let lists = Lists {
        rirs: tx.find("0 = 0 ORDER BY position, id", &[]).await?,
        tags: tx.find("0 = 0 ORDER BY position, id", &[]).await?,
        regions: tx.find("0 = 0 ORDER BY position, id", &[]).await?,
    };
    Ok(memory.keep(generation, lists))
}

/// The usual masks of a family, offered for splits and assignments.
pub(crate) fn sizes(family: Family) -> Vec<u8> {
    match family {
        Family::Ipv4 => (8..=32).collect(),
        Family::Ipv6 => vec![32, 36, 40, 44, 48, 52, 56, 60, 64, 126, 127, 128],
    }
}

impl Lists {
    /// The registry with this name, spelt as in the list; letters may differ in case.
    pub(crate) fn rir(&self, name: &str) -> Result<String> {
        let found = self.rirs.iter().find(|rir| rir.value.eq_ignore_ascii_case(name.trim()));
        let known = || self.rirs.iter().map(|rir| rir.value.as_str()).collect::<Vec<_>>().join(", ");
        found.map(|rir| rir.value.clone()).ok_or_else(|| {
            Error::invalid("rir", format!("\"{}\" is not in the list of RIRs; use one of {}", short(name), known()))
        })
    }

    /// Checks that all tags are in the list.
    pub(crate) fn tags(&self, field: &str, tags: &[String]) -> Result<()> {
        let unknown = tags.iter().find(|tag| !self.tags.iter().any(|listed| listed.name == **tag));
        unknown.map_or(Ok(()), |tag| {
            let message = format!("\"{}\" is not in the list of tags; add it to the list first", short(tag));
            Err(Error::invalid(field, message))
        })
    }

    /// The code of the region with this code, name or id.
    pub(crate) fn region(&self, field: &str, name: &str) -> Result<String> {
        let name = name.trim();
        let found = self.regions.iter().find(|r| r.code == name).or_else(|| {
            let named = |r: &&ListedRegion| r.code.eq_ignore_ascii_case(name) || r.name.eq_ignore_ascii_case(name);
            let numbered = |r: &&ListedRegion| name.parse() == Ok(r.id);
            self.regions.iter().find(named).or_else(|| self.regions.iter().find(numbered))
        });
        found.map(|region| region.code.clone()).ok_or_else(|| {
            let message = format!("\"{}\" is not in the list of regions; add it to the list first", short(name));
            Error::invalid(field, message)
        })
    }

    /// The regions of a filter; `ANY` means that there is no filter.
    pub(crate) fn regions(&self, field: &str, names: &[String]) -> Result<Option<Vec<String>>> {
        if names.iter().any(|name| name.eq_ignore_ascii_case(ANY_REGION)) {
            return Ok(None);
        }
        names.iter().map(|name| self.region(field, name)).collect::<Result<_>>().map(Some)
    }
}

/// Errors repeat what was typed, but not all of a megabyte.
pub(crate) fn short(text: &str) -> String {
    if text.chars().count() > 60 {
        format!("{}...", text.chars().take(60).collect::<String>())
    } else {
        text.to_owned()
    }
}

/// A new entry's text: trimmed, printable, not empty and not too long.
pub(crate) fn entry(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let problem = if text.is_empty() {
        "must not be empty"
    } else if text.chars().count() > 100 {
        "must not be longer than 100 characters"
    } else if text.chars().any(char::is_control) {
        "must not contain control characters"
    } else if text.contains(',') {
        "must not contain a comma, since lists are separated by commas"
    } else {
        return Ok(text.to_owned());
    };
    Err(Error::invalid(field, problem))
}

/// Only an administrator keeps the lists.
pub(crate) fn allow(tx: &Tx) -> Result<()> {
    if tx.actor().is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden("only an administrator (permissionAdmin on the top-level resource) may change the IPAM lists"))
}
