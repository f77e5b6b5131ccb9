//! Recounting everything: whether the blocks, the counters and the index agree.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use kernel::{Actor, BlockId, Error, Prefix, ProfileId, ResourceId, Result, VrfId};
use store::{Db, Tx, Work, params};

use crate::{
    block::{Block, State, assign},
    profile::{Profile, Profiles},
    report, rule,
    space::{Edit, FreeLeaf},
    vlan, vrf,
};

/// Something that is not as it should be, as a sentence.
pub type Difference = String;

/// Blocks looked at at a time.
const PIECE: u32 = 20_000;

/// Compares everything with everything else. Says what differs; changes nothing.
pub async fn check(db: &Db, actor: &Actor) -> Result<Vec<Difference>> {
    db.write(actor, Check).await
}

struct Check;

impl Work for Check {
    type Out = Vec<Difference>;
    const NAME: &'static str = "ipam.check";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Difference>> {
        let mut edit = Edit::begin(tx).await?;
        let (mut seen, mut after) = (Seen::default(), 0);
        loop {
            let blocks: Vec<Block> = tx.find("id > $1 ORDER BY id LIMIT $2", params![after, PIECE]).await?;
            let Some(last) = blocks.last() else { break };
            after = last.id.0;
            let children = children(tx, &blocks).await?;
            for block in &blocks {
                seen.look(block, &children);
            }
        }
        seen.compare_indexed(&edit.index().leaves());
        seen.compare_counted(&report::counts(tx).await?);
        seen.find_lost(tx).await?;
        let Seen { mut found, parts, halves, .. } = seen;
        if parts != halves {
            found.push(format!("{parts} blocks are part of another one, but split blocks have {halves} halves"));
        }
        Ok(found)
    }
}

/// What has been seen so far.
#[derive(Default)]
struct Seen {
    found: Vec<Difference>,
    /// Blocks that say that they are a half of another one, and halves that split blocks have.
    parts: usize,
    halves: usize,
    /// The top-level aggregates: by space, family and first address.
    roots: BTreeMap<(i64, i64, u128), Prefix>,
    /// Leaves, counted as the counters count them.
    leaves: HashMap<[i64; 4], i64>,
    free: Vec<FreeLeaf>,
    holders: HashSet<ResourceId>,
    profiles: HashSet<ProfileId>,
    /// The profiles that there are in each aggregate.
    of_roots: HashSet<(BlockId, ProfileId)>,
    /// Who is whose partner behind an address translation.
    partners: HashMap<BlockId, BlockId>,
}

impl Seen {
    fn look(&mut self, block: &Block, children: &HashMap<BlockId, Block>) {
        let prefix = block.prefix();
        self.found.extend(family(block, children));
        self.holders.insert(block.holder);
        self.profiles.insert(block.profile_id);
        self.of_roots.insert((block.root_id, block.profile_id));
        if block.marks.is_some() {
            self.partners.extend(block.marks().nat.map(|partner| (block.id, partner.id)));
        }
        if block.parent_id.is_some() {
            self.parts += 1;
        } else {
            self.root(block);
        }
        if block.state == State::Split {
            self.halves += 2;
            return;
        }
        if block.state != assign::state_of(block.holder, block.sub_assignable) {
            let (id, state, holder) = (block.id, block.state.name(), block.holder);
            self.found.push(format!("{prefix} ({id}) is {state}, but resource {holder} holds it"));
        }
        let key = [block.root_id.0, block.profile_id.0, block.state.number(), i64::from(block.mask)];
        *self.leaves.entry(key).or_default() += 1;
        self.free.extend(FreeLeaf::of(block));
    }

    fn root(&mut self, block: &Block) {
        let prefix = block.prefix();
        if block.root_id != block.id {
            self.found.push(format!("{prefix} ({}) is part of no block, but not an aggregate either", block.id));
        }
        let place = |first| (block.space, block.family, first);
        let other = self.roots.range(place(0)..=place(prefix.last())).next_back().map(|(_, other)| *other);
        if let Some(other) = other.filter(|other| other.overlaps(prefix)) {
            self.found.push(format!("the aggregates {prefix} ({}) and {other} overlap", block.id));
        }
        self.roots.insert(place(prefix.first()), prefix);
    }

    fn compare_indexed(&mut self, indexed: &[FreeLeaf]) {
        let (table, index): (HashSet<_>, HashSet<_>) = (self.free.iter().collect(), indexed.iter().collect());
        let (missing, foreign) = (table.difference(&index).count(), index.difference(&table).count());
        if missing + foreign > 0 {
            let what = format!("the index of free space lacks {missing} leaves, and has {foreign} that are not free");
            self.found.push(what);
        }
    }

    fn compare_counted(&mut self, counts: &[report::Count]) {
        for count in counts {
            let key = [count.root, count.profile.0, count.state.number(), i64::from(count.mask)];
            let real = self.leaves.remove(&key).unwrap_or(0);
            if real != count.n {
                let (root, mask, state) = (count.root, count.mask, count.state.name());
                self.found.push(format!(
                    "aggregate {root}: {real} leaves /{mask} are {state}, but the counter says {}",
                    count.n
                ));
            }
        }
        for ([root, _, state, mask], n) in self.leaves.drain() {
            let state = State::from_number(state).map_or("?", State::name);
            self.found.push(format!("aggregate {root}: {n} leaves /{mask} are {state}, but there is no counter"));
        }
    }

    /// Holders and profiles that do not exist.
    async fn find_lost(&mut self, tx: &mut Tx) -> Result<()> {
        let holders: Vec<_> = self.holders.iter().copied().collect();
        for piece in holders.chunks(PIECE as usize) {
            let there = resources::load(tx, piece).await?;
            let lost = piece.iter().filter(|id| !there.contains_key(*id));
            self.found.extend(lost.map(|id| format!("resource {id} holds blocks, but does not exist")));
        }
        let profiles: Vec<_> = self.profiles.iter().copied().collect();
        let there = tx.memory::<Profiles>().of(tx, &profiles).await?;
        let lost = profiles.iter().filter(|id| !there.contains_key(*id));
        self.found.extend(lost.map(|id| format!("blocks have the profile {id}, which does not exist")));
        self.compare_vrfs(&there);
        self.compare_partners();
        for profile in there.values() {
            self.look_up(tx, profile).await?;
        }
        Ok(())
    }

    /// An aggregate is in one VRF.
    fn compare_vrfs(&mut self, profiles: &HashMap<ProfileId, Arc<Profile>>) {
        let mut vrfs: BTreeMap<BlockId, BTreeSet<VrfId>> = BTreeMap::new();
        for (root, profile) in &self.of_roots {
            vrfs.entry(*root).or_default().extend(profiles.get(profile).map(|profile| profile.vrf));
        }
        let mixed = vrfs.into_iter().filter(|(_, vrfs)| vrfs.len() > 1);
        self.found
            .extend(mixed.map(|(root, vrfs)| format!("the blocks of aggregate {root} are in {} VRFs", vrfs.len())));
    }

    /// Partners behind an address translation know each other.
    fn compare_partners(&mut self) {
        let alone = self.partners.iter().filter(|(block, partner)| self.partners.get(*partner) != Some(*block));
        let alone = alone.map(|(block, partner)| {
            format!("block {block} is translated to block {partner}, which is not translated back to it")
        });
        self.found.extend(alone);
    }

    /// What a profile names must be there: VRF, VLAN domain, rule.
    async fn look_up(&mut self, tx: &mut Tx, profile: &Profile) -> Result<()> {
        let mut lost = vec![vrf::refuse_unknown(tx, profile.vrf).await];
        if profile.vlan.is_some() {
            lost.push(vlan::refuse_unknown(tx, profile.vlan_domain, profile.vlan).await);
        }
        if let Some(rule) = &profile.rule {
            lost.push(rule::is_current(tx, rule).await);
        }
        for error in lost.into_iter().filter_map(Result::err) {
            match error {
                Error::Invalid(_) => self.found.push(format!("blocks have a profile that is wrong: {error}")),
                other => return Err(other),
            }
        }
        Ok(())
    }
}

async fn children(tx: &mut Tx, blocks: &[Block]) -> Result<HashMap<BlockId, Block>> {
    let ids: Vec<BlockId> = blocks.iter().flat_map(|block| block.child1.into_iter().chain(block.child2)).collect();
    let found: Vec<Block> = if ids.is_empty() { Vec::new() } else { tx.find("id = ANY($1)", params![ids]).await? };
    Ok(found.into_iter().map(|block| (block.id, block)).collect())
}

/// What is wrong between a block and its halves.
fn family(block: &Block, children: &HashMap<BlockId, Block>) -> Vec<Difference> {
    let prefix = block.prefix();
    let (Some(child1), Some(child2)) = (block.child1, block.child2) else {
        let wrong = block.state == State::Split;
        return wrong.then(|| format!("{prefix} ({}) is split but has no halves", block.id)).into_iter().collect();
    };
    let halves = prefix.halves();
    let fits = |id: BlockId, wanted: Option<kernel::Prefix>| {
        children.get(&id).is_some_and(|child| {
            Some(child.prefix()) == wanted
                && child.parent_id == Some(block.id)
                && child.root_id == block.root_id
                && child.space == block.space
        })
    };
    let right = fits(child1, halves.map(|(low, _)| low)) && fits(child2, halves.map(|(_, high)| high));
    if right { Vec::new() } else { vec![format!("the halves of {prefix} ({}) do not tile it", block.id)] }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use kernel::RuleId;
    use store::Setup;
    use testkit::Engine;

    use super::*;
    use crate::{block::tree::Pieces, rule::Ruled};

    /// Does something to the tables, and says nothing to whoever keeps counters and index.
    struct Break(Harm);

    type Harm = fn(&mut Tx) -> BoxFuture<'_, Result<()>>;

    impl Work for Break {
        type Out = ();
        const NAME: &'static str = "test.break";

        async fn run(&self, tx: &mut Tx) -> Result<()> {
            (self.0)(tx).await
        }
    }

    /// Makes 10.0.0.0/23 of two halves.
    struct Plant;

    impl Work for Plant {
        type Out = ();
        const NAME: &'static str = "test.plant";

        async fn run(&self, tx: &mut Tx) -> Result<()> {
            let mut edit = Edit::begin(tx).await?;
            let (id, profile_id) = (BlockId(tx.new_id::<Block>().await?), Profile::default().intern(tx).await?);
            let block = Block { profile_id, ..Block::available(id, "10.0.0.0/23".parse().unwrap(), 0) };
            edit.insert(tx, &block).await?;
            assign::split(tx, &mut edit, &block, Pieces::Halves).await?;
            edit.finish(tx).await
        }
    }

    /// The block with this range.
    async fn block(tx: &mut Tx, prefix: &str) -> Block {
        crate::block::find::by_prefix(tx, prefix.parse().unwrap()).await.unwrap().pop().unwrap()
    }

    /// Changes the block with this range past everything.
    async fn change(tx: &mut Tx, prefix: &str, change: impl FnOnce(&mut Block)) -> Result<()> {
        let before = block(tx, prefix).await;
        let mut after = before.clone();
        change(&mut after);
        tx.update(&before, &mut after).await
    }

    const LOW: &str = "10.0.0.0/24";

    /// Gives the lower half another profile, past everything.
    async fn with_profile(tx: &mut Tx, profile: Profile) -> Result<()> {
        let profile_id = profile.intern(tx).await?;
        change(tx, LOW, |low| low.profile_id = profile_id).await
    }

    /// What is found after each kind of harm.
    const HARM: [(&str, Harm); 12] = [
        ("the counter says 2", |tx| Box::pin(change(tx, LOW, |low| low.state = State::Holding))),
        ("is assigned, but resource 2 holds it", |tx| Box::pin(change(tx, LOW, |low| low.state = State::Assigned))),
        ("lacks 0 leaves, and has 1 that", |tx| Box::pin(change(tx, LOW, |low| low.state = State::Holding))),
        ("resource 777 holds blocks, but does not exist", |tx| {
            Box::pin(change(tx, LOW, |low| low.holder = ResourceId(777)))
        }),
        ("the profile 777, which does not exist", |tx| {
            Box::pin(change(tx, LOW, |low| low.profile_id = ProfileId(777)))
        }),
        ("is translated to block 777, which", |tx| {
            Box::pin(change(tx, LOW, |low| low.marks = Some(r#"{"nat":{"id":777,"cidr":"10.9.0.0/24"}}"#.to_owned())))
        }),
        ("the blocks of aggregate 1 are in 2 VRFs", |tx| {
            Box::pin(with_profile(tx, Profile { vrf: VrfId(777), ..Profile::default() }))
        }),
        ("is wrong: vrf_id: No VRF found with ID: 777", |tx| {
            Box::pin(with_profile(tx, Profile { vrf: VrfId(777), ..Profile::default() }))
        }),
        ("is wrong: rule_id: No rule found with ID: 777", |tx| {
            let rule = Ruled { id: RuleId(777), mask: 24, positions: vec![1] };
            Box::pin(with_profile(tx, Profile { rule: Some(rule), ..Profile::default() }))
        }),
        ("1 blocks are part of another one, but split blocks have 2 halves", |tx| {
            Box::pin(async move {
                let low = block(tx, LOW).await;
                tx.delete(&low).await
            })
        }),
        ("the halves of 10.0.0.0/23 (1) do not tile it", |tx| Box::pin(change(tx, LOW, |low| low.mask = 25))),
        ("the aggregates 10.0.1.0/24 (4) and 10.0.0.0/23 overlap", |tx| {
            Box::pin(async move {
                let high = block(tx, "10.0.1.0/24").await;
                let (id, root_id) = (BlockId(4), BlockId(4));
                change(tx, "10.0.1.0/24", |high| high.mask = 25).await?;
                tx.insert(&Block {
                    id,
                    root_id,
                    parent_id: None,
                    version: 1,
                    child1: Some(high.id),
                    child2: Some(high.id),
                    state: State::Split,
                    ..high
                })
                .await
            })
        }),
    ];

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_harm_is_noticed() {
        for (expected, harm) in HARM {
            let migrations = [resources::MIGRATIONS, crate::MIGRATIONS].concat();
            let setup = Setup { migrations, derived: crate::DERIVED.to_vec(), ..Setup::default() };
            let test = Engine::Sqlite.database(setup).await;
            let actor = Actor::system("test");
            resources::bootstrap(&test.db).await.unwrap();
            test.db.write(&actor, Plant).await.unwrap();
            assert_eq!(check(&test.db, &actor).await.unwrap(), [""; 0]);
            test.db.write(&actor, Break(harm)).await.unwrap();
            let found = check(&test.db, &actor).await.unwrap();
            assert!(found.iter().any(|sentence| sentence.contains(expected)), "{expected}: {found:#?}");
        }
    }
}
