//! Reading the columns, and naming one.

use kernel::{Error, Result};
use store::{RequestKey, Tx, Work};

use super::{
    FIELDS, NamedColumn,
    model::{Column, ColumnPatch},
};
use crate::list;

/// All columns, in the order of their fields.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Column>> {
    let named: Vec<NamedColumn> = tx.find("0 = 0", &[]).await?;
    let column = |(field, usual): (&str, &str)| {
        let named = named.iter().find(|named| named.field == field);
        Column {
            field: field.to_owned(),
            name: named.map_or_else(|| usual.to_owned(), |named| named.name.clone()),
            shown: named.is_none_or(|named| named.shown),
        }
    };
    Ok(FIELDS.into_iter().map(column).collect())
}

/// Names a column, or hides it.
pub(super) struct ChangeColumn {
    pub(super) field: String,
    pub(super) patch: ColumnPatch,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeColumn {
    type Out = Column;
    const NAME: &'static str = "column.change";

    async fn run(&self, tx: &mut Tx) -> Result<Column> {
        tx.lock("ipam columns").await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let columns = all(tx).await?;
        let missing = || Error::not_found(format!("No column found: {}", list::short(&self.field)));
        let mut column = columns.iter().find(|column| column.field == self.field).cloned().ok_or_else(missing)?;
        if let Some(name) = &self.patch.name {
            column.name = list::entry("name", name)?;
            let same = |other: &&Column| other.field != column.field && other.name.eq_ignore_ascii_case(&column.name);
            if let Some(other) = columns.iter().find(same) {
                let message = format!("the column {} has the name \"{}\" already", other.field, other.name);
                return Err(Error::conflict_of("name", message));
            }
        }
        column.shown = self.patch.shown.unwrap_or(column.shown);
        let Column { field, name, shown } = column.clone();
        if let Some(old) = tx.find::<NamedColumn>("field = $1", store::params![field]).await?.pop() {
            let mut new = NamedColumn { name, shown, ..old.clone() };
            if new != old {
                tx.update(&old, &mut new).await?;
            }
        } else {
            let id = tx.new_id::<NamedColumn>().await?;
            tx.insert(&NamedColumn { id, version: 1, field, name, shown }).await?;
        }
        tx.remember(self.key.as_ref(), &column).await?;
        Ok(column)
    }
}
