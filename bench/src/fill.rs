//! What an estate consists of: aggregates with many different attributes, and blocks in them that resources hold.

use std::{collections::HashSet, fmt::Write as _};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// The numbering authorities, as every first start has them.
pub(crate) const RIRS: [&str; 5] = ["ARIN", "RIPE", "APNIC", "LACNIC", "AfriNIC"];
/// Regions `R01` and so on.
pub(crate) const REGIONS: usize = 20;
/// Tags `T0` and so on.
pub(crate) const TAGS: usize = 10;
/// VLANs, from the first one on.
pub(crate) const VLANS: usize = 8;
/// The first VLAN.
pub(crate) const FIRST_VLAN: usize = 100;
/// The most aggregates; one in three is IPv6.
const ROOTS: usize = 600;
/// Nodes below an aggregate where there are few of them.
const SMALLEST: usize = 150;
/// An IPv4 aggregate is a /13, from 11.0.0.0 on.
const V4: Pool = Pool { bits: 32, root: 13, sizes: (22, 30) };
/// An IPv6 aggregate is a /32, from 2a00:: on.
const V6: Pool = Pool { bits: 128, root: 32, sizes: (48, 64) };

struct Pool {
    bits: u32,
    root: u32,
    sizes: (u32, u32),
}

/// The attributes of an aggregate and of all that is split out of it.
pub(crate) struct Attributes {
    rir: &'static str,
    region: String,
    vlan: String,
    tags: String,
}

impl Attributes {
    fn of(n: usize) -> Self {
        let turn = n / RIRS.len();
        let vlan = if turn.is_multiple_of(3) { String::new() } else { (FIRST_VLAN + turn % VLANS).to_string() };
        let tags = match turn % 4 {
            0 => String::new(),
            1 => format!("T{}", turn % TAGS),
            _ => format!("T{};T{}", turn % TAGS, (turn / 7 + 3) % TAGS),
        };
        Self { rir: RIRS[n % RIRS.len()], region: region(turn % REGIONS), vlan, tags }
    }
}

/// The code of a region.
pub(crate) fn region(n: usize) -> String {
    format!("R{:02}", n + 1)
}

/// A CSV file of blocks that make a tree of about so many nodes, held by the given resources.
pub(crate) fn csv(nodes: usize, holders: &[i64]) -> (String, usize) {
    let mut random = StdRng::seed_from_u64(42);
    let mut text = String::from("block,rir,region,vlan,tags,resourceId\n");
    let roots = (nodes / SMALLEST).clamp(1, ROOTS);
    let mut made = 0;
    for n in 0..roots {
        let (pool, first) = if n % 3 < 2 {
            (&V4, (11_u128 << 24) + ((n as u128) << 19))
        } else {
            (&V6, (0x2a00_u128 << 112) + ((n as u128) << 96))
        };
        let each = (nodes - made) / (roots - n);
        made += aggregate(&mut text, &mut random, pool, first, each, &Attributes::of(n), holders);
    }
    (text, made)
}

/// An aggregate and, from its low end on, blocks of random sizes in it, with gaps. Returns how many nodes that makes.
fn aggregate(
    text: &mut String,
    random: &mut StdRng,
    pool: &Pool,
    first: u128,
    nodes: usize,
    attributes: &Attributes,
    holders: &[i64],
) -> usize {
    let Attributes { rir, region, vlan, tags } = attributes;
    let mut line = |address: u128, mask: u32, holder: &str| {
        let address = if pool.bits == 32 {
            std::net::Ipv4Addr::from_bits(u32::try_from(address).unwrap_or(u32::MAX)).to_string()
        } else {
            std::net::Ipv6Addr::from_bits(address).to_string()
        };
        _ = writeln!(text, "{address}/{mask},{rir},{region},{vlan},{tags},{holder}");
    };
    line(first, pool.root, "");
    // Each node that has halves adds two nodes to the one that the aggregate is.
    let mut split = HashSet::new();
    let (mut at, end) = (0_u128, 1_u128 << (pool.bits - pool.root));
    while 1 + 2 * split.len() < nodes {
        let mask = random.random_range(pool.sizes.0..=pool.sizes.1);
        let size = 1_u128 << (pool.bits - mask);
        at = at.next_multiple_of(size);
        if at + size > end {
            break;
        }
        if random.random_bool(0.7) {
            split.extend((pool.root..mask).map(|above| (above, at >> (pool.bits - above))));
            line(first + at, mask, &holders[random.random_range(0..holders.len())].to_string());
        }
        at += size;
    }
    1 + 2 * split.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_has_about_the_nodes_that_were_asked_for_and_many_different_attributes() {
        for nodes in [10_000, 1_000_000] {
            let (_, made) = csv(nodes, &[7, 8]);
            assert!(made.abs_diff(nodes) < nodes / 20, "{made} of {nodes}");
        }
        let (text, _) = csv(100_000, &[7, 8]);
        let kinds: HashSet<_> = text.lines().filter_map(|line| line.split_once(',')?.1.rsplit_once(',')).collect();
        assert!(kinds.len() > 300, "{}", kinds.len());
    }
}
