//! Slugs: names for URLs and scripts, each of which only one resource has.

use std::collections::HashSet;

use kernel::{Error, ResourceId, Result};
use store::{Tx, params};

/// The longest slug, in characters; one that is made from a name leaves room for a number.
const LONGEST: usize = 255;
const LONGEST_MADE: usize = 200;
/// Numbers are tried up to here, at 1, 2, 4, 8, ...
const DOUBLINGS: u32 = 31;

/// A name in the form of a slug: lower case, with `-` for spaces and punctuation. Empty when nothing is left.
fn of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase).take(LONGEST_MADE) {
        if c.is_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A slug for a new resource: its name's, or that with the number 2, 3, ... behind it when others have it already.
pub(crate) async fn free(tx: &mut Tx, name: &str, kind: &str) -> Result<String> {
    let base = base(name, kind);
    let nth = |n: i64| nth(&base, n);
    let tried: Vec<i64> = (0..DOUBLINGS).map(|n| 1 << n).collect();
    let slugs: Vec<String> = tried.iter().map(|n| nth(*n)).collect();
    let taken = taken(tx, &slugs).await?;
    // Somewhere between the last number that is taken and the first that is not, a taken one has a free one behind it.
    let mut low = tried.iter().copied().take_while(|n| taken.contains(&nth(*n))).last().unwrap_or(0);
    let mut high = (low * 2).max(1);
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if holder(tx, &nth(middle)).await?.is_some() { low = middle } else { high = middle }
    }
    Ok(nth(high))
}

/// What the slug of a resource with this name begins with.
pub(crate) fn base(name: &str, kind: &str) -> String {
    Some(of(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| kind.to_owned())
}

/// The slug for the n-th resource with the same one, from 1.
pub(crate) fn nth(base: &str, n: i64) -> String {
    if n == 1 { base.to_owned() } else { format!("{base}-{n}") }
}

/// Those of the slugs that resources have.
pub(crate) async fn taken(tx: &mut Tx, slugs: &[String]) -> Result<HashSet<String>> {
    let rows = tx.rows("SELECT slug FROM resource WHERE slug = ANY($1)", params![slugs]).await?;
    rows.into_iter().map(|mut row| row.take(0)).collect()
}

/// What is wrong with the form of a slug that a caller has chosen.
pub(crate) fn misshapen(slug: &str) -> Option<String> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (slug.is_empty() || slug.chars().count() > LONGEST || !slug.chars().all(fits))
        .then(|| format!("must have 1 to {LONGEST} characters, each a letter, a digit, -, _ or ."))
}

/// What is said of the slug of another resource.
pub(crate) fn in_use(slug: &str) -> String {
    format!("\"{slug}\" is the slug of another resource; choose another one")
}

/// Checks a slug that a caller has chosen for this resource (`None` for a new one).
pub(crate) async fn check(tx: &mut Tx, slug: &str, of: Option<ResourceId>) -> Result<()> {
    if let Some(rule) = misshapen(slug) {
        return Err(Error::invalid("slug", rule));
    }
    match holder(tx, slug).await? {
        Some(other) if Some(other) != of => Err(Error::invalid("slug", in_use(slug))),
        _ => Ok(()),
    }
}

/// This slug for this resource, or another one when another resource has it.
pub(crate) async fn or(
    tx: &mut Tx,
    slug: String,
    of: ResourceId,
    otherwise: impl AsyncFnOnce(&mut Tx) -> Result<String>,
) -> Result<String> {
    match holder(tx, &slug).await? {
        Some(other) if other != of => otherwise(tx).await,
        _ => Ok(slug),
    }
}

async fn holder(tx: &mut Tx, slug: &str) -> Result<Option<ResourceId>> {
    tx.scalar("SELECT id FROM resource WHERE slug = $1", params![slug]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_punctuation_become_dashes() {
        assert_eq!(of("6Connect, Inc."), "6connect-inc");
        assert_eq!(of("2163 DHCP Module"), "2163-dhcp-module");
        assert_eq!(of(" _dhcp_attributes "), "_dhcp_attributes");
        assert_eq!(of("Zürich – Süd"), "zürich-süd");
        assert_eq!(of("?!"), "");
        assert_eq!(of(&"x".repeat(300)).len(), LONGEST_MADE);
    }
}
