//! Lists that lie in many stretches of an index: the first rows of all of them, in one order.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, VecDeque},
};

use kernel::Result;

use crate::{Query, Row, Value};

/// A question about stretches of an index. An index on `(kind, name, id)` has one stretch for each kind, and there the
/// rows are in the order of name and id; this asks for the first rows of several kinds together, in that order.
#[derive(Debug, Clone)]
pub struct Merge {
    /// `SELECT ... FROM ...`: the columns of the order come first.
    pub select: String,
    /// The column that has one value in a stretch: an integer.
    pub stretch: &'static str,
    /// The columns after it in the index, which tell the rows of a stretch apart.
    pub order: &'static [&'static str],
    /// Whether the order is downwards.
    pub descending: bool,
    /// What else a row must fulfil, beginning with ` AND `; or nothing.
    pub conditions: Query,
}

impl Merge {
    const fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { "" }
    }

    fn ordered(&self, columns: impl Iterator<Item = String>) -> String {
        columns.map(|column| column + self.direction()).collect::<Vec<_>>().join(", ")
    }

    fn order_by(&self) -> String {
        self.ordered(self.order.iter().map(|column| (*column).to_owned()))
    }

    /// For PostgreSQL, the whole question in one statement.
    pub(crate) fn whole(&self, stretches: &[i64], limit: usize) -> Query {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut query = Query::new("SELECT x.* FROM unnest(");
        query.bind(stretches.to_vec()).push("::bigint[]) AS s(stretch) CROSS JOIN LATERAL (");
        query.push(&self.select).push(" WHERE ").push(self.stretch).push(" = s.stretch").append(&self.conditions);
        query.push(" ORDER BY ").push(&self.order_by()).push(" LIMIT ").bind(limit).push(") AS x ORDER BY ");
        query.push(&self.ordered((1..=self.order.len()).map(|n| n.to_string()))).push(" LIMIT ").bind(limit);
        query
    }

    /// Where there is no index to be walked, the whole question as any other.
    pub(crate) fn at_once(&self, stretches: &[i64], limit: usize) -> Query {
        let mut query = Query::new(self.select.as_str());
        query.push(" WHERE ").push(self.stretch).push(" = ANY(").bind(stretches.to_vec()).push(")");
        query.append(&self.conditions).push(" ORDER BY ").push(&self.order_by()).push(" LIMIT ");
        query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
        query
    }

    /// For SQLite, the question after the first rows of one stretch, or after those that follow a row. The parameters
    /// are the stretch, the row, those of the conditions, and how many.
    pub(crate) fn piece(&self, follows: bool) -> String {
        let mut query = Query::new(self.select.as_str());
        query.push(" WHERE ").push(self.stretch).push(" = ").bind(0_i64);
        if follows {
            let sign = if self.descending { " < (" } else { " > (" };
            query.push(" AND (").push(&self.order.join(", ")).push(")").push(sign);
            for n in 0..self.order.len() {
                query.push(if n > 0 { ", " } else { "" }).bind(0_i64);
            }
            query.push(")");
        }
        query.append(&self.conditions).push(" ORDER BY ").push(&self.order_by()).push(" LIMIT ").bind(0_i64);
        query.text().to_owned()
    }

    /// The first rows of all stretches. No stretch is read much further than its rows are needed: each is read in
    /// pieces, of which every next one is twice as long. `ask` is told whether the rows are to follow one.
    pub(crate) fn rows(
        &self,
        stretches: &[i64],
        limit: usize,
        mut ask: impl FnMut(bool, &[Value]) -> Result<Vec<Row>>,
    ) -> Result<Vec<Row>> {
        let mut read = |stretch: i64, after: Option<&[Value]>, many: usize| {
            let mut params = vec![Value::Int(stretch)];
            params.extend_from_slice(after.unwrap_or_default());
            params.extend_from_slice(self.conditions.params());
            params.push(Value::Int(i64::try_from(many).unwrap_or(i64::MAX)));
            ask(after.is_some(), &params)
        };
        let piece = if stretches.len() == 1 { limit } else { limit.min(1) };
        let mut heads = BinaryHeap::with_capacity(stretches.len());
        for key in stretches {
            let stretch = Stretch { merge: self, key: *key, piece, rows: VecDeque::new(), more: true };
            heads.extend(stretch.next(None, &mut read)?);
        }
        let mut answer = Vec::new();
        while answer.len() < limit {
            let Some(Head { row, stretch }) = heads.pop() else { break };
            if answer.len() + 1 < limit {
                heads.extend(stretch.next(row.0.get(..self.order.len()), &mut read)?);
            }
            answer.push(row);
        }
        Ok(answer)
    }
}

/// What has been read of a stretch.
struct Stretch<'a> {
    merge: &'a Merge,
    key: i64,
    /// How many rows to read the next time.
    piece: usize,
    rows: VecDeque<Row>,
    /// Whether there may be more than has been read.
    more: bool,
}

/// The next row of a stretch. The one that comes first in the order is the greatest.
struct Head<'a> {
    row: Row,
    stretch: Stretch<'a>,
}

impl<'a> Stretch<'a> {
    /// The row after this one, with what is left.
    fn next(
        mut self,
        after: Option<&[Value]>,
        read: &mut impl FnMut(i64, Option<&[Value]>, usize) -> Result<Vec<Row>>,
    ) -> Result<Option<Head<'a>>> {
        if self.rows.is_empty() && self.more {
            self.rows = read(self.key, after, self.piece)?.into();
            self.more = self.rows.len() == self.piece;
            self.piece = self.piece.saturating_mul(2);
        }
        Ok(self.rows.pop_front().map(|row| Head { row, stretch: self }))
    }
}

impl Head<'_> {
    fn key(&self) -> Option<&[Value]> {
        self.row.0.get(..self.stretch.merge.order.len())
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let upwards = other.key().cmp(&self.key());
        if self.stretch.merge.descending { upwards.reverse() } else { upwards }
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Head<'_> {}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
