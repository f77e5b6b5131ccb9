//! Smart assign: the best free block that fits what is asked for, to this resource.
//!
//! The best block is the smallest one that is large enough, and among those the one with the lowest address. It is
//! split on the way down to the wanted size, at its low end, unless a rule or sparse allocation puts it elsewhere. Requests that wait at the same time are planned
//! together in memory and written together; none of them can get what another one got.

use std::collections::{HashMap, HashSet};

use kernel::{Action, Actor, BlockId, Error, Family, Prefix, ResourceId, Result};
use resources::{Resource, system};
use store::{Batch, RequestKey, Tx};

use super::{
    Block, BlockView, assign,
    direct_assign::listed,
    explanation::{Explanation, explain, summary},
    find,
    model::MetaPatch,
    pick::Held,
    recipient::Recipient,
    system::allow,
};
use crate::{
    list,
    profile::Criteria,
    quota::{Gains, Meter},
    registrar,
    space::{Edit, Found, FreeLeaf, Place, Pool},
    vrf::NO_VRF,
};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct SmartAssign {
    pub(crate) family: Family,
    pub(crate) mask: u8,
    pub(crate) criteria: Criteria,
    pub(crate) to: Recipient,
    pub(crate) from: Source,
    /// Only space of this aggregate.
    pub(crate) root: Option<BlockId>,
    /// Whether pieces of the block may be given on.
    pub(crate) sub_assignable: bool,
    pub(crate) meta: MetaPatch,
    /// Whether the answer says which free blocks there were, and what left them out.
    pub(crate) explain: bool,
    pub(crate) key: Option<RequestKey>,
}

/// Whose space may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// That of nobody.
    Available,
    /// The pool of this resource.
    Of(ResourceId),
    /// That of nobody, or any pool.
    Any,
}

/// The queue of requests.
#[derive(Debug)]
pub(crate) struct SmartAssignBatch;

impl Batch for SmartAssignBatch {
    type Item = SmartAssign;
    type Out = BlockView;
    const NAME: &'static str = "block.smart_assign";

    async fn run(items: &[(Actor, SmartAssign)], tx: &mut Tx) -> Result<Vec<Result<BlockView>>> {
        let mut edit = Edit::begin(tx).await?;
        let ready = prepare(tx, items, &mut edit).await?;
        let mut meter = Meter::new(edit.quotas(), items.iter().map(|(actor, _)| actor));
        let plans = plan(tx, items, ready, &mut edit, &mut meter).await?;
        let new: Vec<bool> = plans.iter().map(|plan| matches!(plan, Plan::Take(_))).collect();
        let answers = write(tx, items, plans, &mut edit).await?;
        edit.finish_metered(tx).await?;
        for (((actor, item), answer), new) in items.iter().zip(&answers).zip(new) {
            if let (Ok(view), Some(_), true) = (answer, &item.key, new) {
                tx.act_as(actor.clone(), Self::NAME);
                tx.remember(item.key.as_ref(), view).await?;
            }
        }
        Ok(answers)
    }
}

/// What is known of a request before space is looked for.
enum Ready {
    /// It was answered before, or can't be.
    Answered(Result<BlockView>),
    Wanted(Wanted),
}

/// What is looked for, and where.
struct Wanted {
    to: Resource,
    criteria: Criteria,
    pools: Vec<Pool>,
    bounds: Option<(Place, Place)>,
}

/// Everything that needs a question to the database, asked once for all.
async fn prepare(tx: &mut Tx, items: &[(Actor, SmartAssign)], edit: &mut Edit) -> Result<Vec<Ready>> {
    let mut ids: HashSet<ResourceId> = HashSet::from([system::AVAILABLE]);
    for (_, item) in items {
        ids.extend(item.to.id());
        match item.from {
            Source::Available => {}
            Source::Of(id) => _ = ids.insert(id),
            Source::Any => ids.extend(edit.index().pools(item.family).iter().map(|pool| holder(*pool))),
        }
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let known = resources::load(tx, &ids).await?;
    let mut ready = Vec::with_capacity(items.len());
    for (actor, item) in items {
        tx.act_as(actor.clone(), SmartAssignBatch::NAME);
        let one = one(tx, item, &known, edit).await;
        match one {
            Err(Error::Internal(why)) => return Err(Error::Internal(why)),
            Err(refused) => ready.push(Ready::Answered(Err(refused))),
            Ok(one) => ready.push(one),
        }
    }
    Ok(ready)
}

const fn holder(pool: Pool) -> ResourceId {
    match pool {
        Pool::Available => system::AVAILABLE,
        Pool::Of(id) => id,
    }
}

async fn one(tx: &mut Tx, item: &SmartAssign, known: &HashMap<ResourceId, Resource>, edit: &mut Edit) -> Result<Ready> {
    if let Some(answer) = tx.answered(item.key.as_ref()).await? {
        return Ok(Ready::Answered(Ok(answer)));
    }
    let to = match item.to.id() {
        Some(id) => item.to.checked(tx, id, known.get(&id), Action::Update)?,
        None => item.to.find(tx, Action::Update).await?,
    };
    let mut criteria =
        if item.criteria.is_empty() { item.criteria.clone() } else { listed(tx, &item.criteria).await? };
    // Whoever knows of no VRFs means the space that is in none; an aggregate is in one VRF.
    if item.root.is_none() {
        criteria.vrf.get_or_insert(NO_VRF);
    }
    let pools = match item.from {
        Source::Available | Source::Of(system::AVAILABLE) => vec![Pool::Available],
        Source::Of(id) => vec![Pool::Of(id)],
        Source::Any => {
            let mut pools = edit.index().pools(item.family);
            pools.retain(|pool| may_take(tx, *pool, known).is_ok());
            pools
        }
    };
    if item.from != Source::Any {
        pools.iter().try_for_each(|pool| may_take(tx, *pool, known))?;
    }
    let bounds = match item.root {
        Some(root) => Some(within(tx, root, item.family).await?),
        None => None,
    };
    Ok(Ready::Wanted(Wanted { to, criteria, pools, bounds }))
}

/// Checks that the caller may take space of a pool.
fn may_take(tx: &Tx, pool: Pool, known: &HashMap<ResourceId, Resource>) -> Result<()> {
    let id = holder(pool);
    let missing = || Error::invalid("assignedResourceId", format!("No resource found with ID: {id}"));
    match allow(tx, known.get(&id).ok_or_else(missing)?, Action::Update) {
        Err(Error::NotFound(_)) => Err(missing()),
        answer => answer,
    }
}

/// The places inside an aggregate.
async fn within(tx: &mut Tx, root: BlockId, family: Family) -> Result<(Place, Place)> {
    let missing = || Error::invalid("top_aggregate", format!("No block found with ID: {root}"));
    let found = find::by_ids(tx, &[root]).await?;
    let block = Held::visible(tx, found).await?.pop().ok_or_else(missing)?.block;
    let prefix = block.prefix();
    if prefix.family() != family {
        return Err(Error::invalid("top_aggregate", format!("{prefix} is not {family}")));
    }
    let place = |first| Place { space: block.space, first };
    Ok((place(prefix.first()), place(prefix.last())))
}

/// What becomes of a request.
#[expect(clippy::large_enum_variant, reason = "nearly all of a batch are of the large kind")]
enum Plan {
    /// It takes this.
    Take(Take),
    /// It gets nothing new.
    Answer(Box<Result<BlockView>>),
    /// It is an earlier one of the batch, sent once more by somebody who has lost patience.
    Same(usize),
}

/// A leaf that was found, and the way from it to the wanted block.
struct Take {
    to: Resource,
    leaf: FreeLeaf,
    wanted: Prefix,
    ids: Vec<[BlockId; 2]>,
    explanation: Option<Box<Explanation>>,
}

/// Finds a leaf for each request, in order. What one takes is gone for the next, what it leaves over is there; into a
/// pool that one makes, only the next batch looks.
async fn plan(
    tx: &mut Tx,
    items: &[(Actor, SmartAssign)],
    ready: Vec<Ready>,
    edit: &mut Edit,
    meter: &mut Meter,
) -> Result<Vec<Plan>> {
    let mut plans = Vec::with_capacity(items.len());
    let mut keys: HashMap<_, usize> = HashMap::new();
    for (n, ((actor, item), ready)) in items.iter().zip(ready).enumerate() {
        let key = item.key.as_ref().map(|key| (&actor.name, key.name()));
        let first = key.as_ref().and_then(|key| keys.get(key).copied());
        plans.push(match (ready, first) {
            (Ready::Answered(answer), _) => Plan::Answer(Box::new(answer)),
            (_, Some(first)) if items[first].1.key == item.key => Plan::Same(first),
            (_, Some(_)) => Plan::Answer(Box::new(Err(RequestKey::misused()))),
            (Ready::Wanted(wanted), None) => match take(tx, (actor, item), wanted, edit, meter).await {
                Ok(Err(nothing)) => Plan::Answer(Box::new(Err(nothing))),
                Ok(Ok(found)) => {
                    keys.extend(key.map(|key| (key, n)));
                    Plan::Take(found)
                }
                // A quota is in the way of this request, and of no other one.
                Err(refused @ Error::Conflict(_)) => Plan::Answer(Box::new(Err(refused))),
                Err(other) => return Err(other),
            },
        });
    }
    Ok(plans)
}

/// Finds the best leaf for one request, and takes it out of the index; or says why there is none.
async fn take(
    tx: &mut Tx,
    (actor, item): (&Actor, &SmartAssign),
    wanted: Wanted,
    edit: &mut Edit,
    meter: &mut Meter,
) -> Result<Result<Take>> {
    let Wanted { to, criteria, pools, bounds } = wanted;
    let index = edit.index();
    let best = pools
        .iter()
        .filter_map(|pool| index.best(item.family, *pool, &criteria, item.mask, bounds))
        .min_by_key(|found| found.rank);
    let Some(Found { leaf, wanted, .. }) = best else {
        let sets = index.survey(item.family, &pools, &criteria, item.mask, bounds);
        return Ok(Err(nothing(item, &summary(&sets))));
    };
    let explanation = item.explain.then(|| {
        let sets = index.survey(item.family, &pools, &criteria, item.mask, bounds);
        Box::new(explain(sets, &criteria, item.mask))
    });
    meter.admit(tx, actor, || carved(&leaf, item.mask, to.id)).await?;
    let ids = assign::ids_for_path(tx, item.mask - leaf.mask).await?;
    edit.reserve(&leaf, wanted, &ids)?;
    Ok(Ok(Take { to, leaf, wanted, ids, explanation }))
}

/// Which leaves come and go when a resource gets a piece of one.
fn carved(leaf: &FreeLeaf, mask: u8, to: ResourceId) -> Gains {
    let mut gains = Gains::default();
    gains.add(holder(leaf.pool), leaf.family, leaf.mask, -1);
    for rest in leaf.mask + 1..=mask {
        gains.add(holder(leaf.pool), leaf.family, rest, 1);
    }
    gains.add(to, leaf.family, mask, 1);
    gains
}

fn nothing(item: &SmartAssign, why: &str) -> Error {
    let rir = item.criteria.rir.as_deref().map_or_else(String::new, |rir| format!(" of {rir}"));
    let whose = match item.from {
        Source::Available => "",
        Source::Of(_) => " in the pool of the given resource",
        Source::Any => " in any pool",
    };
    let (family, mask) = (item.family, item.mask);
    let message = format!(
        "No free {family} block{rir} of /{mask} or larger matches{whose}; free or add space, or ask for less. {why}."
    );
    Error::conflict_of("mask", message)
}

/// Carries the plans out: one question for all the leaves, then only writing.
async fn write(
    tx: &mut Tx,
    items: &[(Actor, SmartAssign)],
    plans: Vec<Plan>,
    edit: &mut Edit,
) -> Result<Vec<Result<BlockView>>> {
    let taken = |plan: &Plan| if let Plan::Take(take) = plan { Some(take.leaf.id) } else { None };
    let ids: Vec<BlockId> = plans.iter().filter_map(taken).collect();
    let found = if ids.is_empty() { Vec::new() } else { find::by_ids(tx, &ids).await? };
    let mut leaves: HashMap<BlockId, Block> = found.into_iter().map(|block| (block.id, block)).collect();
    let lists = list::current(tx).await?;
    let mut registrations = registrar::registrations(tx, &ids).await?;
    let mut answers: Vec<Result<BlockView>> = Vec::with_capacity(items.len());
    let mut told = Vec::new();
    for ((actor, item), plan) in items.iter().zip(plans) {
        let Take { to, leaf, wanted, ids, explanation } = match plan {
            Plan::Take(take) => take,
            Plan::Answer(answer) => {
                answers.push(*answer);
                continue;
            }
            Plan::Same(first) => {
                let lost = || Error::internal("what was planned has no answer");
                let answer = answers.get(first).and_then(|answer| answer.as_ref().ok()).cloned();
                answers.push(answer.ok_or_else(lost));
                continue;
            }
        };
        tx.act_as(actor.clone(), SmartAssignBatch::NAME);
        // The index promised this leaf; if the table disagrees, it is built anew and everybody is served again.
        let stale = || Error::Stale(format!("the free block at {wanted} has changed meanwhile"));
        let Some(row) = leaves.remove(&leaf.id).filter(|row| row.is_free(leaf.pool)) else {
            edit.spoil();
            return Err(stale());
        };
        let now = tx.now();
        let change = |block: &mut Block| {
            assign::hand_over(block, &to, item.sub_assignable, now);
            block.meta = item.meta.apply(block.meta.as_deref());
        };
        let (block, others) = assign::carve(tx, edit, &row, wanted, &ids, change).await?;
        leaves.extend(others.into_iter().map(|block| (block.id, block)));
        let profile = edit.profile(block.profile_id).ok_or_else(|| Error::internal("a leaf has no profile"))?;
        told.push(crate::events::assigned(&block, &to));
        let view = BlockView { explanation, ..BlockView::of(tx, block, &profile, Some(&to), &lists) };
        answers.push(Ok(view.registered(&mut registrations)));
    }
    for (event, what) in told {
        tx.emit(event, &what).await?;
    }
    Ok(answers)
}

impl Block {
    /// Whether this is still free space of that pool.
    fn is_free(&self, pool: Pool) -> bool {
        use super::State;
        match pool {
            Pool::Available => self.state == State::Available,
            Pool::Of(holder) => self.state == State::Pool && self.holder == holder,
        }
    }
}
