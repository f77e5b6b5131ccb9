//! The lines and cells of a file (RFC 4180).

use csv::{ReaderBuilder, StringRecord};

use super::Fault;

/// The most entries of one file.
const MOST_ROWS: usize = 200_000;
/// The most columns.
const MOST_COLUMNS: usize = 200;
/// The most cells that are not empty: what bounds the memory that an import takes.
const MOST_CELLS: usize = 2_000_000;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The titles of the columns, and the line on which they stand.
    pub(super) titles: Vec<String>,
    pub(super) title_line: u64,
    pub(super) rows: Vec<Row>,
    pub(super) faults: Vec<Fault>,
}

/// A row of a file.
#[derive(Debug)]
pub(super) struct Row {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    cells: StringRecord,
}

impl Row {
    /// The text in a column, as it was before a table of ours kept it from being a formula.
    pub(super) fn cell(&self, column: usize) -> &str {
        api_v2::table::text(self.cells.get(column).unwrap_or_default())
    }
}

impl Table {
    fn refuse(&mut self, line: u64, reason: impl Into<String>) {
        self.faults.push(Fault { line, column: None, reason: reason.into() });
    }
}

/// Reads a file. Empty lines are passed over, and cells that are missing at the end of a line are empty.
pub(super) fn read(bytes: &[u8]) -> Table {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut table = Table::default();
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = 1 + newlines(&bytes[..error.valid_up_to()]);
        table.refuse(line, "is not UTF-8 text; save the file in that encoding");
        return table;
    }
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let (mut record, mut counted, mut line, mut cells) = (StringRecord::new(), 0, 1, 0);
    loop {
        let before = place(reader.position().byte());
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                table.refuse(line, format!("is not CSV: {error}"));
                break;
            }
        }
        // The reader passes over the ends of lines only when it reads on.
        let raw = bytes.get(before..place(reader.position().byte())).unwrap_or_default();
        let begin = before + raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += newlines(bytes.get(counted..begin).unwrap_or_default());
        counted = begin;
        if !count(raw, b'"').is_multiple_of(2) {
            table.refuse(line, "has a quote without its counterpart; a quote in a value is written twice, in quotes");
        } else if record.iter().all(|cell| cell.trim().is_empty()) {
        } else if table.titles.is_empty() {
            table.titles = record.iter().map(|title| title.trim().to_owned()).collect();
            table.title_line = line;
            if record.len() > MOST_COLUMNS {
                table.refuse(line, format!("has {} columns; {MOST_COLUMNS} are the most", record.len()));
                break;
            }
        } else if record.len() > table.titles.len() {
            let (values, titles) = (record.len(), table.titles.len());
            table.refuse(line, format!("has {values} values for {titles} columns"));
        } else {
            cells += record.iter().filter(|cell| !cell.is_empty()).count();
            if table.rows.len() == MOST_ROWS || cells > MOST_CELLS {
                table.refuse(
                    line,
                    format!("is more than one import takes: {MOST_ROWS} lines, {MOST_CELLS} values; split the file"),
                );
                break;
            }
            table.rows.push(Row { line, cells: record.clone() });
        }
    }
    if table.titles.is_empty() && table.faults.is_empty() {
        table.refuse(1, "is empty; the first line names the columns");
    }
    table
}

fn place(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}

fn newlines(bytes: &[u8]) -> u64 {
    count(bytes, b'\n')
}

fn count(bytes: &[u8], wanted: u8) -> u64 {
    bytes.split(|byte| *byte == wanted).skip(1).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_know_the_line_on_which_they_begin() {
        for end in ["\n", "\r\n"] {
            let text = ["\u{feff}name,note", "", "a,\"one", "two\"", "", "", "b", ",", "\"c\"\"\",'=1"].join(end);
            let table = read(text.as_bytes());
            assert_eq!(table.titles, ["name", "note"]);
            assert_eq!((table.title_line, &table.faults), (1, &Vec::new()));
            let rows: Vec<_> = table.rows.iter().map(|row| (row.line, row.cell(0), row.cell(1))).collect();
            let two = format!("one{end}two");
            assert_eq!(rows, [(3, "a", two.as_str()), (7, "b", ""), (9, "c\"", "=1")], "{end:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let faults = |bytes: &[u8]| read(bytes).faults.iter().map(Fault::to_string).collect::<Vec<_>>();
        assert_eq!(faults(b""), ["line 1: is empty; the first line names the columns"]);
        assert_eq!(faults(b"name\na\n\xff\n"), ["line 3: is not UTF-8 text; save the file in that encoding"]);
        assert_eq!(
            faults(b"name\na,b\nc\nd,e,f\n"),
            ["line 2: has 2 values for 1 columns", "line 4: has 3 values for 1 columns"]
        );
        assert!(faults(b"name\na\n\"b\nc\n")[0].starts_with("line 3: has a quote without"));
        assert!(faults(b"name\n5\" disk\n")[0].starts_with("line 2: has a quote without"));
        assert!(faults(",".repeat(200).replace(',', "a,").as_bytes())[0].contains("200 are the most"));
    }

    #[test]
    fn a_file_that_is_too_long_is_refused_where_it_is() {
        let table = read(format!("name\n{}", "a\n".repeat(MOST_ROWS + 5)).as_bytes());
        assert_eq!(table.faults.len(), 1);
        assert_eq!(table.faults[0].line, 200_002);
    }
}
