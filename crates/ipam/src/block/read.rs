//! Lists of blocks.
//!
//! No list scans more than it shows where an index can help: a filter on attributes is resolved to profile ids first,
//! and each profile is one stretch of an index in address order; the stretches are merged until the page is full.

use kernel::{AddrKey, Area, BlockId, Family, Order, Page, Prefix, ProfileId, Result};
use store::{Merge, Query, TextIndex, Tx};

use super::{
    Block,
    filter::{BlockQuery, Sort, When},
    find, piece,
};
use crate::{
    list,
    profile::{Profile, Profiles},
    registrar,
};

/// More stretches than this are not merged; the list is then walked in address order.
const MOST_STRETCHES: usize = 1_000;

/// Finds notes.
pub(super) static NOTES: TextIndex = TextIndex { name: "block_search", table: "block", columns: &["notes"] };

/// The most characters of a text that is searched for.
pub(crate) const LONGEST_SEARCH: usize = 255;

/// Where the blocks of a list are looked for.
enum Among {
    /// In the stretches of an index in address order that these values of a column have.
    Merged(&'static str, Vec<i64>, Query),
    /// Where one of these conditions is met.
    Any(Vec<Query>),
}

/// The blocks of one page that the caller may see, and whether there are more.
pub(crate) async fn list(tx: &mut Tx, query: &BlockQuery) -> Result<(Vec<Block>, bool)> {
    match among(tx, query).await? {
        Some(among) => page(tx, query, among).await,
        None => Ok((Vec::new(), false)),
    }
}

/// The first blocks, in address order, that mention this text in their attributes and that the caller may see.
pub(super) async fn with_attributes_like(tx: &mut Tx, text: &str, limit: u32) -> Result<Vec<Block>> {
    let profiles = mentioning(tx, text).await?;
    if profiles.is_empty() {
        return Ok(Vec::new());
    }
    let query = BlockQuery { page: Page { offset: 0, limit }, ..BlockQuery::default() };
    let keys = profiles.iter().map(|profile| profile.0).take(MOST_STRETCHES).collect();
    Ok(page(tx, &query, Among::Merged("b.profile_id", keys, Query::default())).await?.0)
}

async fn page(tx: &mut Tx, query: &BlockQuery, among: Among) -> Result<(Vec<Block>, bool)> {
    let mut ids = ids(tx, query, among).await?;
    let more = ids.len() > query.page.limit as usize;
    ids.truncate(query.page.limit as usize);
    let found = if ids.is_empty() { Vec::new() } else { find::by_ids(tx, &ids).await? };
    let mut by_id: std::collections::HashMap<_, _> = found.into_iter().map(|block| (block.id, block)).collect();
    Ok((ids.iter().filter_map(|id| by_id.remove(id)).collect(), more))
}

/// The ids, one more than the page holds.
async fn ids(tx: &mut Tx, query: &BlockQuery, among: Among) -> Result<Vec<BlockId>> {
    let Some(conditions) = conditions(tx, query).await? else { return Ok(Vec::new()) };
    let join = if resources::visible_condition(tx, Area::Ipam, "r").await?.is_some() {
        format!(" {}", resources::join("r", "b.holder"))
    } else {
        String::new()
    };
    match among {
        Among::Merged(stretch, keys, mut filter) => {
            filter.append(&conditions);
            let merge = Merge {
                select: format!("SELECT b.family, b.first, b.mask, b.space, b.id FROM block b{join}"),
                stretch,
                order: &["b.family", "b.first", "b.mask", "b.space"],
                descending: query.order == Order::Descending,
                conditions: filter,
            };
            let offset = usize::try_from(query.page.offset).unwrap_or(usize::MAX);
            let wanted = offset.saturating_add(query.page.limit as usize + 1);
            let rows = tx.merged(&merge, &keys, wanted).await?;
            rows.into_iter().skip(offset).map(|mut row| row.take(4)).collect()
        }
        Among::Any(places) => {
            let statement = statement(query, &places, &conditions, &join);
            let rows = tx.rows(statement.text(), statement.params()).await?;
            rows.into_iter().map(|mut row| row.take(0)).collect()
        }
    }
}

/// The statement that answers with the ids of blocks that meet any of the first and all of the other conditions.
fn statement(query: &BlockQuery, places: &[Query], conditions: &Query, join: &str) -> Query {
    let direction = query.order.sql();
    let (extra, order) = match query.sort {
        Sort::Cidr => ("", String::new()),
        Sort::Mask => ("", format!("mask {direction}, ")),
        Sort::UpdateTime => (", COALESCE(b.updated_at, 0) AS key1", format!("key1 {direction}, ")),
        Sort::Rir => (", p.rir AS key1", format!("key1 {direction}, ")),
        Sort::Vlan => (", COALESCE(p.vlan, 0) AS key1", format!("key1 {direction}, ")),
        Sort::Code => (", COALESCE(p.code, '') AS key1", format!("key1 {direction}, ")),
    };
    let profile = if matches!(query.sort, Sort::Rir | Sort::Vlan | Sort::Code) {
        " JOIN block_profile p ON p.id = b.profile_id"
    } else {
        ""
    };
    let select = format!("SELECT b.id, b.family, b.first, b.mask, b.space{extra} FROM block b{join}{profile} WHERE ");
    let mut statement = Query::default();
    for (i, place) in places.iter().enumerate() {
        if i > 0 {
            // A text may be found in several places of one block.
            statement.push(" UNION ");
        }
        statement.push(&select).append(place).append(conditions);
    }
    // The last keys only make the order complete; the index has them.
    let by_address = if query.sort == Sort::Mask {
        format!("family {direction}, first {direction}, space {direction}")
    } else {
        format!("family {direction}, first {direction}, mask {direction}, space {direction}")
    };
    statement.push(&format!(" ORDER BY {order}{by_address} LIMIT ")).bind(i64::from(query.page.limit) + 1);
    if query.page.offset > 0 {
        statement.push(" OFFSET ").bind(query.page.offset);
    }
    statement
}

/// Where the blocks are; nothing when there can't be any.
async fn among(tx: &mut Tx, query: &BlockQuery) -> Result<Option<Among>> {
    let everywhere = || vec![Query::new("0 = 0")];
    // Whatever names few blocks by itself needs no help.
    if query.ids.is_some() || query.prefix.is_some() || query.contains.is_some() || query.parent.is_some() {
        return with_profiles(tx, query, everywhere()).await;
    }
    if let Some(text) = &query.search {
        return found_by_text(tx, query, text).await;
    }
    let in_order = query.sort == Sort::Cidr && query.root.is_none();
    if let Some(holders) = &query.holders {
        if holders.is_empty() {
            return Ok(None);
        }
        let named = holders.iter().all(|holder| *holder != resources::system::AVAILABLE);
        if named && in_order && holders.len() <= MOST_STRETCHES {
            let Some(filter) = filter(tx, query).await? else { return Ok(None) };
            let mut keys: Vec<_> = holders.iter().map(|holder| holder.0).collect();
            keys.sort_unstable();
            keys.dedup();
            let mut named = Query::new(" AND b.holder <> 2");
            named.append(&filter);
            return Ok(Some(Among::Merged("b.holder", keys, named)));
        }
        let mut any = Query::new("b.holder = ANY(");
        any.bind(holders.clone()).push(")");
        return with_profiles(tx, query, vec![any]).await;
    }
    if query.top_level {
        return with_profiles(tx, query, vec![Query::new("b.parent_id IS NULL")]).await;
    }
    if query.criteria.is_empty() && query.states().is_none() {
        return Ok(Some(Among::Any(everywhere())));
    }
    let profiles = fitting(tx, query).await?;
    if profiles.is_empty() {
        return Ok(None);
    }
    if in_order && profiles.len() <= MOST_STRETCHES {
        let keys = profiles.iter().map(|profile| profile.0).collect();
        return Ok(Some(Among::Merged("b.profile_id", keys, in_states(query))));
    }
    with_profiles(tx, query, everywhere()).await
}

/// The profiles that meet the criteria.
async fn fitting(tx: &mut Tx, query: &BlockQuery) -> Result<Vec<ProfileId>> {
    let all = tx.memory::<Profiles>().all(tx).await?;
    Ok(all.iter().filter(|(_, profile)| query.criteria.fits(profile)).map(|(id, _)| *id).collect())
}

/// The criteria on attributes and states, to be added to a condition; nothing when no block can meet them.
async fn filter(tx: &mut Tx, query: &BlockQuery) -> Result<Option<Query>> {
    let mut filter = Query::default();
    if !query.criteria.is_empty() {
        let profiles = fitting(tx, query).await?;
        if profiles.is_empty() {
            return Ok(None);
        }
        // The sign keeps the database from starting here: there is a shorter way, or the list is walked in order.
        filter.push(" AND +b.profile_id = ANY(").bind(profiles).push(")");
    }
    filter.append(&in_states(query));
    Ok(Some(filter))
}

/// The criteria on states. They are spelt out, since indexes of few states are only used where they are.
fn in_states(query: &BlockQuery) -> Query {
    let numbers = query.states().map(|states| states.iter().map(|state| state.number()).collect::<Vec<_>>());
    match numbers.as_deref() {
        None => Query::default(),
        Some([one]) => Query::new(format!(" AND b.state = {one}")),
        Some([]) => Query::new(" AND 0 = 1"),
        Some(several) => {
            let list: Vec<_> = several.iter().map(ToString::to_string).collect();
            Query::new(format!(" AND b.state IN ({})", list.join(", ")))
        }
    }
}

/// Adds the criteria on attributes and states to places that are short by themselves.
async fn with_profiles(tx: &mut Tx, query: &BlockQuery, mut places: Vec<Query>) -> Result<Option<Among>> {
    let Some(filter) = filter(tx, query).await? else { return Ok(None) };
    for place in &mut places {
        place.append(&filter);
    }
    Ok(Some(Among::Any(places)))
}

/// Where a text may be: at the beginning of the address, or in the notes, the attributes or the holder's name.
async fn found_by_text(tx: &mut Tx, query: &BlockQuery, text: &str) -> Result<Option<Among>> {
    let within = |(family, first, last): (Family, AddrKey, AddrKey)| {
        let mut stretch = Query::new("b.family = ");
        stretch.bind(family.number()).push(" AND b.first >= ").bind(first).push(" AND b.first <= ").bind(last);
        stretch
    };
    if let Some(ranges) = piece::ranges(text) {
        return with_profiles(tx, query, ranges.into_iter().map(within).collect()).await;
    }
    let mut stretches = vec![notes_like(tx, text.trim())];
    stretches.extend(piece::first_group(text).into_iter().map(within));
    let profiles = mentioning(tx, text).await?;
    if !profiles.is_empty() {
        let mut by_profile = Query::new("b.profile_id = ANY(");
        by_profile.bind(profiles).push(")");
        stretches.push(by_profile);
    }
    let holders = resources::named_like(tx, text.trim()).await?;
    if !holders.is_empty() {
        let mut by_holder = Query::new("b.holder <> 2 AND b.holder = ANY(");
        by_holder.bind(holders).push(")");
        stretches.push(by_holder);
    }
    with_profiles(tx, query, stretches).await
}

/// A condition: the text is somewhere in the notes.
fn notes_like(tx: &Tx, text: &str) -> Query {
    if text.chars().count() >= TextIndex::SHORTEST {
        let mut notes = Query::new("b.id IN (");
        notes.append(&NOTES.containing(tx, "t.id", text)).push(")");
        return notes;
    }
    let like = format!("%{}%", text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let mut notes = Query::new("b.notes IS NOT NULL AND LOWER(b.notes) LIKE ");
    notes.bind(like.as_str()).push(" ESCAPE '\\'");
    notes
}

/// The profiles in which this text is somewhere: in the names, the numbers or the tags.
async fn mentioning(tx: &mut Tx, text: &str) -> Result<Vec<ProfileId>> {
    let wanted = text.trim().to_lowercase();
    let has = |value: &str| value.to_lowercase().contains(&wanted);
    let lists = list::current(tx).await?;
    let region = |code: &String| has(code) || lists.regions.iter().any(|r| r.code == *code && has(&r.name));
    let all = tx.memory::<Profiles>().all(tx).await?;
    let found = |profile: &Profile| {
        let numbers = [profile.vlan, profile.asn.map(|asn| asn.0.into()), profile.lir.map(|lir| lir.0)];
        has(&profile.rir)
            || profile.region.as_ref().is_some_and(region)
            || profile.code.as_deref().is_some_and(has)
            || profile.tags.iter().any(|tag| has(tag))
            || numbers.into_iter().flatten().any(|number| has(&number.to_string()))
    };
    Ok(all.iter().filter(|(_, profile)| found(profile)).map(|(id, _)| *id).collect())
}

/// Everything that is asked of each block, whichever stretch it is in.
async fn conditions(tx: &mut Tx, query: &BlockQuery) -> Result<Option<Query>> {
    let mut c = Query::default();
    if let Some(ids) = &query.ids {
        c.push(" AND b.id = ANY(").bind(ids.clone()).push(")");
    }
    if let Some(family) = query.family {
        c.push(" AND b.family = ").bind(family.number());
    }
    if let Some(mask) = query.mask {
        c.push(" AND b.mask = ").bind(mask);
    }
    if let Some(prefix) = query.prefix {
        c.push(" AND b.family = ").bind(prefix.family().number());
        c.push(" AND b.first = ").bind(prefix.key()).push(" AND b.mask = ").bind(prefix.mask());
    }
    if let Some(address) = query.contains {
        let ids: Vec<BlockId> = find::ancestors(tx, Prefix::host(address)).await?.iter().map(|b| b.id).collect();
        c.push(" AND b.id = ANY(").bind(ids).push(")");
    }
    if let Some(first) = query.first {
        c.push(" AND b.first = ANY(").bind(keys(first)).push(")");
    }
    if let Some(last) = query.last {
        ends_at(&mut c, last);
    }
    if let Some(sub_assignable) = query.sub_assignable {
        c.push(" AND b.sub_assignable = ").bind(sub_assignable);
    }
    match (query.swipped, registrar::registered(tx)) {
        (Some(true), None) => return Ok(None),
        (Some(swipped), Some(registered)) => {
            c.push(if swipped { " AND b.id IN (" } else { " AND b.id NOT IN (" }).append(&registered).push(")");
        }
        (None, _) | (Some(false), None) => {}
    }
    if let Some(root) = query.root {
        let Some(root) = find::by_ids(tx, &[root]).await?.pop() else { return Ok(None) };
        let prefix = root.prefix();
        c.push(" AND b.family = ").bind(root.family).push(" AND b.first >= ").bind(prefix.key());
        c.push(" AND b.first <= ").bind(prefix.last_key()).push(" AND b.root_id = ").bind(root.id);
    }
    if query.top_level {
        c.push(" AND b.parent_id IS NULL");
    }
    if let Some(parent) = query.parent {
        let children = find::by_ids(tx, &[parent]).await?.pop();
        let ids: Vec<BlockId> = children.into_iter().flat_map(|b| b.child1.into_iter().chain(b.child2)).collect();
        c.push(" AND b.id = ANY(").bind(ids).push(")");
    }
    if let Some(notes) = &query.notes {
        c.push(" AND b.notes = ").bind(notes.as_str());
    }
    if let Some((when, at)) = query.updated {
        c.push(" AND b.updated_at IS NOT NULL");
        let last = at.plus_seconds(1);
        if when != When::Before {
            c.push(" AND b.updated_at >= ").bind(at);
        }
        if when != When::After {
            c.push(" AND b.updated_at < ").bind(last);
        }
    }
    if let Some(visible) = resources::visible_condition(tx, Area::Ipam, "r").await? {
        c.push(" AND (").append(&visible).push(")");
    }
    Ok(Some(c))
}

/// The address with this number, in each family that has it.
fn keys(value: u128) -> Vec<AddrKey> {
    let v4 = (value <= u128::from(u32::MAX)).then(|| AddrKey::new(Family::Ipv4, value));
    v4.into_iter().chain([AddrKey::new(Family::Ipv6, value)]).collect()
}

/// Blocks end at an address if their mask and first address say so; for each mask that is one first address.
fn ends_at(c: &mut Query, last: u128) {
    let mut any = Query::default();
    for family in [Family::Ipv4, Family::Ipv6] {
        if family == Family::Ipv4 && last > u128::from(u32::MAX) {
            continue;
        }
        for mask in 0..=family.bits() {
            let Some(prefix) = Prefix::containing(family, last, mask).filter(|p| p.last() == last) else { continue };
            any.push(if any.is_empty() { "(" } else { " OR (" }).push("b.family = ").bind(family.number());
            any.push(" AND b.mask = ").bind(mask).push(" AND b.first = ").bind(prefix.key()).push(")");
        }
    }
    c.push(" AND (").append(&any).push(")");
}
