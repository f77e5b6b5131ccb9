//! Tables as files of comma-separated values (RFC 4180), which people open in spreadsheets.

use std::borrow::Cow;

use axum::{
    body::Body,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use csv::{Terminator, WriterBuilder};
use kernel::{Error, Result};

/// The signs with which a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Rows of a table as bytes of a file. No cell of it is a formula.
pub fn rows<R>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item: AsRef<str>>,
{
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        for text in row {
            table.write_field(guarded(text.as_ref()).as_bytes()).map_err(Error::internal)?;
        }
        table.write_record(None::<&[u8]>).map_err(Error::internal)?;
    }
    table.into_inner().map_err(Error::internal)
}

/// The answer that is such a file, to be kept under this name.
pub fn file(name: &str, body: impl Into<Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let kind = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)];
    (kind, body.into()).into_response()
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it: whoever chose a user's name or an
/// attribute must not run anything at the reader's (OWASP, CSV injection).
fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { format!("'{text}").into() } else { text.into() }
}

/// A cell without the apostrophe that [`rows`] put before it, so that a table can be read again.
pub fn text(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_can_be_read_again() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let cell = guarded(formula);
            assert_eq!(cell, format!("'{formula}"));
            assert_eq!(text(&cell), formula);
        }
        for plain in ["ann", "[[\"block\",1]]", "'quoted'", ""] {
            assert_eq!((&*guarded(plain), text(plain)), (plain, plain));
        }
    }

    #[test]
    fn cells_with_signs_of_their_own_are_quoted() {
        let table = rows([vec!["name", "note"], vec!["a,b", "say \"no\"\nor yes"], vec!["=1", ""]]).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "name,note\r\n\"a,b\",\"say \"\"no\"\"\nor yes\"\r\n'=1,\r\n");
    }
}
