//! The level and the category of an entry of the log, in the words of ProVision's log. A notice says them itself; those
//! of a change follow from what was done with which table.

use std::{collections::HashMap, sync::LazyLock};

use kernel::{Error, Result};
use store::{Change, Level, Notice};

/// All categories. In some of them nothing is logged yet.
pub(super) const CATEGORIES: [&str; 15] = [
    "System",
    "API",
    "Assistant",
    "Device",
    "DHCP",
    "DNS",
    "IPAM",
    "NTP",
    "Peering",
    "Reporting",
    "Resource Linkage",
    "Resource Holder",
    "Resource",
    "User",
    "VLAN",
];

/// The categories of the slices' tables.
static OF_TABLES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let slices = [
        (access::MIGRATIONS, "User"),
        (approvals::MIGRATIONS, "User"),
        (resources::MIGRATIONS, "Resource"),
        (ipam::MIGRATIONS, "IPAM"),
        (registry::MIGRATIONS, "IPAM"),
    ];
    let mut of_tables = HashMap::new();
    for (migrations, category) in slices {
        of_tables.extend(store::tables(migrations).into_iter().map(|table| (table, category)));
    }
    // What every list of tables begins with are the store's own.
    of_tables.extend(store::tables(&[]).into_iter().map(|table| (table, "System")));
    of_tables.insert("mail_settings".to_owned(), "System");
    of_tables.insert("resource_link".to_owned(), "Resource Linkage");
    of_tables
});

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) level: Level,
    pub(super) category: String,
    /// What it notes, when nothing changed.
    pub(super) text: Option<String>,
}

impl Kind {
    pub(super) fn of(change: &Change) -> Self {
        if let Some(Notice { level, category, text }) = Notice::of(&change.items) {
            return Self { level, category, text: Some(text) };
        }
        let table = change.items.get(0).and_then(|item| item.get(0)).and_then(|table| table.as_str());
        let table = table.unwrap_or_default();
        let category = if table.contains("vlan") { "VLAN" } else { OF_TABLES.get(table).copied().unwrap_or("System") };
        // What is taken away is worth a look.
        let verb = change.operation.rsplit('.').next().unwrap_or_default();
        let level = if matches!(verb, "delete" | "remove" | "revoke") { Level::Notice } else { Level::Info };
        Self { level, category: category.to_owned(), text: None }
    }
}

/// Which kinds are wanted; an empty list stands for all.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    levels: Vec<Level>,
    categories: Vec<&'static str>,
}

impl Wanted {
    /// From lists separated by commas.
    pub(super) fn parse(levels: Option<&str>, categories: Option<&str>) -> Result<Self> {
        let words = |text: Option<&str>| -> Vec<String> {
            let words = text.unwrap_or_default().split(',').map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let level = |word: String| Level::parse(&word).ok_or_else(|| one_of("level", &Level::ALL.map(Level::name)));
        let category = |word: String| {
            let known = CATEGORIES.into_iter().find(|known| known.eq_ignore_ascii_case(&word));
            known.ok_or_else(|| one_of("category", &CATEGORIES))
        };
        Ok(Self {
            levels: words(levels).into_iter().map(level).collect::<Result<_>>()?,
            categories: words(categories).into_iter().map(category).collect::<Result<_>>()?,
        })
    }

    pub(super) fn fits(&self, kind: &Kind) -> bool {
        (self.levels.is_empty() || self.levels.contains(&kind.level))
            && (self.categories.is_empty() || self.categories.contains(&&*kind.category))
    }
}

fn one_of(field: &str, words: &[&str]) -> Error {
    Error::invalid(field, format!("must be some of {}, separated by commas", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use kernel::{ChangeId, Timestamp};
    use serde_json::json;

    use super::*;

    fn kind(operation: &str, items: serde_json::Value) -> (Level, String) {
        let (actor, request, operation) = ("ann".to_owned(), "r".to_owned(), operation.to_owned());
        let kind = Kind::of(&Change { id: ChangeId(1), at: Timestamp(0), actor, request, operation, items });
        (kind.level, kind.category)
    }

    #[test]
    fn the_kind_of_a_change_follows_from_what_was_done_with_what() {
        for (operation, table, level, category) in [
            ("resource.add", "resource", Level::Info, "Resource"),
            ("resource.delete", "resource_attr", Level::Notice, "Resource"),
            ("link.remove", "resource_link", Level::Notice, "Resource Linkage"),
            ("block.split", "block", Level::Info, "IPAM"),
            ("token.revoke", "token", Level::Notice, "User"),
            ("x.y", "nowhere", Level::Info, "System"),
        ] {
            assert_eq!(kind(operation, json!([[table, 1, null, {}]])), (level, category.to_owned()), "{operation}");
        }
    }

    #[test]
    fn a_notice_says_itself_what_it_is() {
        let items = json!([["notice", 0, null, {"level": "Warning", "category": "API", "text": "No."}]]);
        assert_eq!(kind("resource.delete", items), (Level::Warning, "API".to_owned()));
    }

    #[test]
    fn levels_and_categories_are_named_in_any_case() {
        let wanted = Wanted::parse(Some("warning, ERROR"), Some("ipam,resource linkage")).unwrap();
        assert_eq!(
            (wanted.levels, wanted.categories),
            (vec![Level::Warning, Level::Error], vec!["IPAM", "Resource Linkage"])
        );
        assert!(
            Wanted::parse(Some("bad"), None).unwrap_err().to_string().starts_with("level: must be some of Emergency,")
        );
        assert!(Wanted::parse(None, Some("x")).is_err());
    }
}
