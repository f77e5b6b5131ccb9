//! Duties: what has to be published, and by when. ARIN wants every IPv4 network of a /29 or larger and every IPv6 network
//! of a /56 or larger to be registered within seven days after it was given to somebody, by SWIP or in a way that is as
//! good (ARIN's page on RWhois).

pub(crate) mod api;

use ipam::{HeldBlock, Unregistered};
use kernel::{Page, Result, Timestamp};
use store::Tx;

/// The longest masks that have to be registered.
const LONGEST: (u8, u8) = (29, 56);
/// Within how many days.
const DAYS: i64 = 7;
/// The seconds of a day.
const DAY: i64 = 24 * 3600;

/// A block that has to be registered.
#[derive(Debug, Clone)]
struct Duty {
    block: HeldBlock,
    assigned_at: Timestamp,
    due_at: Timestamp,
    overdue: bool,
}

/// A part of the blocks that are not registered and have to be within this many days from now, the most urgent first;
/// and whether there are more.
async fn list(tx: &mut Tx, within_days: u32, page: Page) -> Result<(Vec<Duty>, bool)> {
    let now = tx.now();
    let assigned_until = now.plus_seconds((i64::from(within_days) - DAYS) * DAY);
    let (longest_ipv4, longest_ipv6) = LONGEST;
    let wanted = Unregistered { rir: "ARIN", longest_ipv4, longest_ipv6, assigned_until, page };
    let (blocks, more) = ipam::unregistered(tx, wanted).await?;
    let duty = |block: HeldBlock| {
        let assigned_at = block.assigned_at?;
        let due_at = assigned_at.plus_seconds(DAYS * DAY);
        Some(Duty { assigned_at, due_at, overdue: due_at < now, block })
    };
    Ok((blocks.into_iter().filter_map(duty).collect(), more))
}
