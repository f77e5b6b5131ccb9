//! Answers laid out for people.

use comfy_table::{ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use serde_json::{Map, Value};

use crate::text;

/// A column: its title, and what a row has in it.
pub(crate) type Column = (&'static str, fn(&Value) -> String);

/// No frame: a line under the titles is enough, and lines without bars can be copied.
const OPEN: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// A list: a line for each row. Where the page has a width, long cells are wrapped, the first column excepted.
pub(crate) fn list(columns: &[Column], rows: &[Value], width: Option<u16>) -> String {
    let mut table = empty(width);
    table.set_header(columns.iter().map(|(title, _)| *title));
    table.add_rows(rows.iter().map(|row| columns.iter().map(|(_, cell)| cell(row)).collect::<Vec<_>>()));
    finish(table)
}

/// One thing: a line for each field that says something. Lists of objects follow as tables of their own.
pub(crate) fn facts(thing: &Value, width: Option<u16>) -> String {
    let Value::Object(fields) = thing else { return text::of(thing) };
    let mut table = empty(width);
    let mut tables = vec![];
    for (name, value) in fields {
        match value {
            Value::Array(rows) if rows.iter().any(Value::is_object) => {
                tables.push(format!("\n\n{}:\n{}", label(name), objects(rows, width)));
            }
            value => {
                let value = cell(value);
                if !value.is_empty() {
                    table.add_row([label(name), value]);
                }
            }
        }
    }
    format!("{}{}", finish(table), tables.concat())
}

/// A list of objects, whose columns are the fields of the first.
fn objects(rows: &[Value], width: Option<u16>) -> String {
    let names: Vec<&String> = rows.iter().find_map(Value::as_object).into_iter().flat_map(Map::keys).collect();
    let mut table = empty(width);
    table.set_header(names.iter().map(|name| label(name)));
    table.add_rows(rows.iter().map(|row| names.iter().map(|name| cell(&row[name.as_str()])).collect::<Vec<_>>()));
    finish(table)
}

/// A value in one cell; an object as `name=value, ...`.
fn cell(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            fields
                .map(|(name, value)| format!("{}={}", text::visible(name), text::of(value)))
                .collect::<Vec<_>>()
                .join(", ")
        }
        other => text::of(other),
    }
}

/// The name of a field in words.
fn label(name: &str) -> String {
    text::visible(name).replace('_', " ")
}

fn empty(width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(OPEN);
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

fn finish(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}
