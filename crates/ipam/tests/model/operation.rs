//! What may happen, and how it is drawn at random.

use std::collections::BTreeSet;

use kernel::Patch as Field;
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::naive::{Patch, Profile, Tags, Wanted};

/// One thing that somebody asks for. Which blocks it is about is settled when it is done, since only then it is known
/// which there are.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Add {
        range: usize,
        profile: Profile,
        holder: Option<Who>,
        sub_assignable: bool,
        duplicate: bool,
        notes: Option<&'static str>,
    },
    Split {
        block: Pick,
        deeper: Option<u8>,
        limit: Option<u32>,
    },
    Aggregate {
        block: Pick,
        mask: Option<Mask>,
        ignore: bool,
    },
    /// All of them at the same time, through one node.
    SmartAssign(Vec<Smart>),
    DirectAssign {
        pieces: Vec<Piece>,
        wanted: Wanted,
        to: Who,
        sub_assignable: Option<bool>,
    },
    Unassign {
        block: Pick,
        skip_holding: bool,
    },
    OverrideHolding {
        block: Pick,
    },
    ProcessHoldingTank,
    Wait {
        days: u8,
    },
    Update {
        block: Pick,
        patch: Patch,
    },
    Delete {
        block: Pick,
        force: bool,
    },
    /// A node goes and another one comes.
    Restart,
}

/// An operation, and the way in which it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    /// Whether it is asked of the second node, where there are two.
    pub(crate) second_node: bool,
    /// Whether it is asked for twice with the same key.
    pub(crate) again: bool,
}

/// One of the blocks that there are then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pick {
    pub(crate) among: Among,
    pub(crate) at: u16,
    /// Whether it is named by its range instead of its id.
    pub(crate) by_cidr: bool,
}

/// Among which blocks is chosen; among all when there are none such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    All,
    Free,
    Held,
    Resting,
    Split,
    Aggregates,
}

/// A mask relative to that of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mask {
    Shorter(u8),
    Longer(u8),
}

/// A range inside a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) of: Pick,
    /// The block itself, or how many bits smaller and which one of these.
    pub(crate) deeper: Option<(u8, u16)>,
}

/// One of those who hold blocks, by number; the last two are those that never can be given any.
pub(crate) type Who = usize;

/// A smart assign. It asks for the family, and for the pool, of which there is something.
#[derive(Debug, Clone)]
pub(crate) struct Smart {
    pub(crate) ipv6: bool,
    pub(crate) mask: usize,
    pub(crate) wanted: Wanted,
    pub(crate) from: From,
    pub(crate) inside: Option<Pick>,
    pub(crate) to: Who,
    pub(crate) sub_assignable: bool,
}

/// Whose space is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From {
    Nobody,
    /// The holder of one of the pools, or somebody who has none.
    Of(u16, Who),
    Anybody,
}

/// The ranges that aggregates may have: side by side, inside each other, and as large and as small as they can be.
pub(crate) const RANGES: [&str; 12] = [
    "10.0.0.0/22",
    "2001:db8::/40",
    "10.0.4.0/24",
    "10.0.0.0/23",
    "2001:db8:100::/48",
    "2001:db8::/41",
    "192.0.2.0/30",
    "2001:db8:ffff::8/126",
    "203.0.113.7/32",
    "2001:db8:ffff::1/128",
    "0.0.0.0/0",
    "::/0",
];
/// The masks that smart assigns ask for; those of /0 and of single addresses among them.
pub(crate) const MASKS: [&[u8]; 2] = [&[24, 25, 26, 23, 28, 30, 31, 32, 22, 0], &[44, 45, 48, 42, 56, 64, 127, 128, 0]];
/// Resources that hold blocks.
pub(crate) const HOLDERS: usize = 4;

const RIRS: [&str; 3] = ["ARIN", "RIPE", "LAB"];
const REGIONS: [&str; 2] = ["AMS", "LON"];
const TAGS: [&str; 3] = ["core", "customer", "vpn"];
const MODES: [&str; 4] = ["strict", "exclude", "intersection", "union"];

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    // Without space there is nothing to do, so each run begins with some.
    let all = (vec(step(add()), 1..4), vec(step(operation()), 0..most));
    all.prop_map(|(first, rest)| first.into_iter().chain(rest).collect())
}

fn step(operation: impl Strategy<Value = Operation>) -> impl Strategy<Value = Step> {
    let again = prop::bool::weighted(0.2);
    (operation, any::<bool>(), again).prop_map(|(operation, second_node, again)| Step { operation, second_node, again })
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::{Aggregate, Delete, OverrideHolding, ProcessHoldingTank, Restart, Split, Unassign, Wait};
    prop_oneof![
        3 => add(),
        4 => (pick(Among::Free), option::of(1_u8..6), option::weighted(0.4, select(vec![2_u32, 4, 8, 3, 0])))
            .prop_map(|(block, deeper, limit)| Split { block, deeper, limit }),
        4 => (pick(Among::All), option::of(mask()), any::<bool>())
            .prop_map(|(block, mask, ignore)| Aggregate { block, mask, ignore }),
        9 => vec(smart(), 1..4).prop_map(at_once),
        6 => direct_assign(),
        6 => (pick(Among::Held), any::<bool>()).prop_map(|(block, skip_holding)| Unassign { block, skip_holding }),
        2 => pick(Among::Resting).prop_map(|block| OverrideHolding { block }),
        2 => Just(ProcessHoldingTank),
        2 => select(vec![1_u8, 10, 29, 30]).prop_map(|days| Wait { days }),
        4 => (pick(Among::All), patch()).prop_map(|(block, patch)| Operation::Update { block, patch }),
        1 => (pick(Among::Aggregates), any::<bool>()).prop_map(|(block, force)| Delete { block, force }),
        1 => Just(Restart),
    ]
}

fn add() -> impl Strategy<Value = Operation> {
    let range = prop_oneof![3 => 0..RANGES.len() / 2, 1 => 0..RANGES.len()];
    let duplicate = prop::bool::weighted(0.2);
    (range, profile(), option::weighted(0.2, who()), any::<bool>(), duplicate, notes()).prop_map(
        |(range, profile, holder, sub_assignable, duplicate, notes)| Operation::Add {
            range,
            profile,
            holder,
            sub_assignable,
            duplicate,
            notes,
        },
    )
}

fn direct_assign() -> impl Strategy<Value = Operation> {
    // Several at once are asked for through the old door, and rarely fit.
    let pieces = prop_oneof![4 => vec(piece(), 1), 1 => vec(piece(), 2..4)];
    (pieces, wanted(), who(), option::of(any::<bool>()))
        .prop_map(|(pieces, wanted, to, sub_assignable)| Operation::DirectAssign { pieces, wanted, to, sub_assignable })
}

fn piece() -> impl Strategy<Value = Piece> {
    (pick(Among::Free), option::of((1_u8..5, any::<u16>()))).prop_map(|(of, deeper)| Piece { of, deeper })
}

fn smart() -> impl Strategy<Value = Smart> {
    let from = prop_oneof![4 => Just(From::Nobody), 4 => (any::<u16>(), who()).prop_map(|(at, who)| From::Of(at, who)), 2 => Just(From::Anybody)];
    let inside = option::weighted(0.15, pick(Among::All));
    (any::<bool>(), 0..MASKS[0].len(), wanted(), from, inside, who(), any::<bool>()).prop_map(
        |(ipv6, mask, wanted, from, inside, to, sub_assignable)| Smart {
            ipv6,
            mask: mask % MASKS[usize::from(ipv6)].len(),
            wanted,
            from,
            inside,
            to,
            sub_assignable,
        },
    )
}

/// A pool that is made at the same time may or may not be looked into; so only the last one makes a pool.
fn at_once(mut requests: Vec<Smart>) -> Operation {
    let last = requests.len() - 1;
    requests[..last].iter_mut().for_each(|smart| smart.sub_assignable = false);
    Operation::SmartAssign(requests)
}

fn pick(usual: Among) -> impl Strategy<Value = Pick> {
    (prop_oneof![5 => Just(usual), 1 => Just(Among::All), 1 => Just(Among::Split)], any::<u16>(), any::<bool>())
        .prop_map(|(among, at, by_cidr)| Pick { among, at, by_cidr })
}

fn mask() -> impl Strategy<Value = Mask> {
    prop_oneof![(0_u8..4).prop_map(Mask::Shorter), (1_u8..4).prop_map(Mask::Longer)]
}

/// Mostly those who can hold blocks.
fn who() -> impl Strategy<Value = Who> {
    prop_oneof![60 => 0..HOLDERS, 1 => Just(HOLDERS), 1 => Just(HOLDERS + 1)]
}

fn profile() -> impl Strategy<Value = Profile> {
    (rir(), region(), vlan(), code(), tags()).prop_map(|(rir, region, vlan, code, tags)| Profile {
        rir,
        region,
        vlan,
        code,
        tags,
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let rarely = |one: BoxedStrategy<&'static str>| option::weighted(0.07, one);
    let mode = option::weighted(0.15, (select(MODES.to_vec()), vec(select(TAGS.to_vec()), 1..3)));
    let vlan = option::weighted(0.03, Just(7));
    (option::weighted(0.3, rir()), rarely(select(REGIONS.to_vec()).boxed()), vlan, rarely(Just("x").boxed()), mode)
        .prop_map(|(rir, region, vlan, code, tags)| {
            let tags = tags.map(|(mode, tags)| (mode, BTreeSet::from_iter(tags).into_iter().collect()));
            Wanted { rir, region, vlan, code, tags }
        })
}

fn patch() -> impl Strategy<Value = Patch> {
    let change = prop_oneof![tags().prop_map(Tags::Replace), tags().prop_map(Tags::Add), tags().prop_map(Tags::Delete)];
    let attributes = (option::of(rir()), field(region()), field(vlan()), field(code()));
    let rest = (option::of(change), field(notes()), option::of(any::<bool>()), any::<bool>());
    (attributes, rest).prop_map(|((rir, region, vlan, code), (tags, notes, sub_assignable, propagate))| Patch {
        rir,
        region,
        vlan,
        code,
        tags,
        notes,
        sub_assignable,
        propagate,
    })
}

/// Keeps something, clears it, or sets it.
fn field<T: std::fmt::Debug>(value: impl Strategy<Value = Option<T>>) -> impl Strategy<Value = Field<T>> {
    option::of(value).prop_map(|change| change.map_or(Field::Keep, |value| value.map_or(Field::Clear, Field::Set)))
}

fn rir() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(RIRS[0]), 2 => Just(RIRS[1]), 1 => Just(RIRS[2])]
}

fn region() -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(REGIONS.to_vec()))
}

fn vlan() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.1, Just(7))
}

fn code() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(0.3, Just("x"))
}

fn tags() -> impl Strategy<Value = BTreeSet<&'static str>> {
    vec(select(TAGS.to_vec()), 0..3).prop_map(BTreeSet::from_iter)
}

fn notes() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(0.2, Just("rack 7"))
}
