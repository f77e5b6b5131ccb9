//! The ids that are in no seal.

use std::collections::BTreeMap;

/// The first id that there can be, and the last one.
const ALL: (i64, i64) = (-i64::MAX, i64::MAX);

/// A set of ids as ranges: the last id of each by its first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gaps(BTreeMap<i64, i64>);

impl Gaps {
    /// All ids there are.
    pub(super) fn all() -> Self {
        Self(BTreeMap::from([ALL]))
    }

    /// These ranges.
    pub(super) fn of(ranges: impl IntoIterator<Item = (i64, i64)>) -> Self {
        Self(ranges.into_iter().collect())
    }

    /// Takes an id out; says whether it was there.
    pub(super) fn remove(&mut self, id: i64) -> bool {
        let Some((first, last)) = self.0.range(..=id).next_back().map(|(first, last)| (*first, *last)) else {
            return false;
        };
        if last < id {
            return false;
        }
        self.0.remove(&first);
        if first < id {
            self.0.insert(first, id - 1);
        }
        if id < last {
            self.0.insert(id + 1, last);
        }
        true
    }

    /// The ranges, in order.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().map(|(first, last)| (*first, *last))
    }

    /// The ranges that the other set does not have.
    pub(super) fn beside(&self, other: &Self) -> Vec<(i64, i64)> {
        self.ranges().filter(|(first, last)| other.0.get(first) != Some(last)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_out_once() {
        let mut gaps = Gaps::of([(1, 3), (7, 7)]);
        assert!(gaps.remove(2) && !gaps.remove(2) && !gaps.remove(5) && !gaps.remove(0));
        assert_eq!(gaps.ranges().collect::<Vec<_>>(), [(1, 1), (3, 3), (7, 7)]);
        assert!(gaps.remove(7) && gaps.remove(1) && gaps.remove(3));
        assert_eq!(gaps.ranges().count(), 0);
    }

    #[test]
    fn ids_in_a_row_leave_one_range_behind_them() {
        let mut gaps = Gaps::all();
        for id in 1..100 {
            assert!(gaps.remove(id));
        }
        assert_eq!(gaps.ranges().collect::<Vec<_>>(), [(-i64::MAX, 0), (100, i64::MAX)]);
        assert_eq!(gaps.beside(&Gaps::all()), [(-i64::MAX, 0), (100, i64::MAX)]);
        assert!(gaps.remove(i64::MAX) && gaps.remove(-i64::MAX));
    }
}
