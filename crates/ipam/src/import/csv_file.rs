//! Blocks as comma-separated values. The header line names the columns, in any order: `block` (or `cidr`), `rir`,
//! `region`, `vlan`, `code`, `asn`, `lirId`, `tags` (separated by `,` in quotes, or by `;`), `notes`, `resourceId`,
//! `allowSubAssignments`. Only `block` must be there, and `rir` unless one is given for the whole file.

use std::str::FromStr;

use kernel::{Asn, LirId, Prefix, ResourceId};

use super::{Read, Wanted};
use crate::{
    block::update::{text, vlan},
    list::short,
    profile::{Profile, tag_set},
};

const COLUMNS: [&str; 11] =
    ["block", "rir", "region", "vlan", "code", "asn", "lirid", "tags", "notes", "resourceid", "allowsubassignments"];

/// Reads the lines of one file.
#[derive(Debug, Default)]
pub(crate) struct CsvReader {
    /// For each column of the file, which of ours it is.
    columns: Option<Vec<usize>>,
    /// The RIR of lines that name none.
    rir: Option<String>,
}

impl CsvReader {
    /// For lines of this RIR where they name none.
    pub(crate) fn new(rir: Option<String>) -> Self {
        Self { columns: None, rir }
    }

    /// Reads one line. Each line is a record of its own: a quoted value does not go over several lines.
    pub(crate) fn read(&mut self, line: u64, text: &str) -> Read {
        if text.trim().is_empty() || text.starts_with('#') {
            return Read::Skipped;
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let record = match reader.records().next() {
            Some(Ok(record)) => record,
            Some(Err(error)) => return Read::Bad(format!("is not CSV: {error}")),
            None => return Read::Skipped,
        };
        match &self.columns {
            None => match header(&record) {
                Ok(columns) => {
                    self.columns = Some(columns);
                    Read::Skipped
                }
                Err(reason) => Read::Bad(reason),
            },
            Some(columns) if record.len() > columns.len() => {
                Read::Bad(format!("has {} values for {} columns", record.len(), columns.len()))
            }
            Some(columns) => {
                let value = |column: &str| {
                    let ours = COLUMNS.iter().position(|name| *name == column)?;
                    let at = columns.iter().position(|index| *index == ours)?;
                    record.get(at).map(str::trim).filter(|value| !value.is_empty())
                };
                match self.wanted(line, value) {
                    Ok(wanted) => Read::Blocks(vec![wanted]),
                    Err(reason) => Read::Bad(reason),
                }
            }
        }
    }

    fn wanted<'a>(&self, line: u64, value: impl Fn(&str) -> Option<&'a str>) -> Result<Wanted, String> {
        let block = value("block").ok_or("block: is missing")?;
        let prefix: Prefix = block.parse().map_err(|e: kernel::PrefixError| format!("block: {e}"))?;
        let rir = value("rir").map(ToOwned::to_owned).or_else(|| self.rir.clone()).ok_or("rir: is missing")?;
        let sub_assignable = match value("allowsubassignments").map(str::to_ascii_lowercase).as_deref() {
            None | Some("0" | "false" | "no") => false,
            Some("1" | "true" | "yes") => true,
            Some(other) => return Err(format!("allowSubAssignments: \"{}\" is neither true nor false", short(other))),
        };
        let checked = |field: &str, longest| match value(field) {
            None => Ok(None),
            Some(given) => text(field, given, longest).map(Some).map_err(|e| e.to_string()),
        };
        let asn = match value("asn") {
            None => None,
            Some(given) => {
                Some(given.parse::<Asn>().map_err(|()| format!("asn: \"{}\" is not an AS number", short(given)))?)
            }
        };
        let vlan_id = match number("vlan", value("vlan"))? {
            None => None,
            Some(number) => Some(vlan("vlan", number).map_err(|e| e.to_string())?),
        };
        let profile = Profile {
            rir,
            region: value("region").map(ToOwned::to_owned),
            vlan: vlan_id,
            code: checked("code", 100)?,
            asn,
            lir: number("lirId", value("lirid"))?.map(LirId),
            tags: tag_set(value("tags").unwrap_or_default().split([',', ';'])),
            ..Profile::default()
        };
        let holder = number("resourceId", value("resourceid"))?.map(ResourceId);
        Ok(Wanted { line, prefix, profile, holder, sub_assignable, notes: checked("notes", 10_000)? })
    }
}

fn number<T: FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, String> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("{field}: \"{}\" is not a whole number", short(text)))
}

fn header(record: &csv::StringRecord) -> Result<Vec<usize>, String> {
    let column = |name: &str| {
        let plain: String = name.trim().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let ours = if plain == "cidr" { "block" } else { &plain };
        COLUMNS.iter().position(|known| *known == ours).ok_or_else(|| {
            format!("\"{}\" is no column; the first line names the columns: {}", short(name), COLUMNS.join(", "))
        })
    };
    let columns = record.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let twice = columns.iter().enumerate().find(|(i, column)| columns[..*i].contains(column));
    if let Some((_, column)) = twice {
        return Err(format!("the column {} is there twice", COLUMNS[*column]));
    }
    if columns.contains(&0) { Ok(columns) } else { Err("the first line names no column \"block\"".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<Read> {
        let mut reader = CsvReader::new(Some("ARIN".to_owned()));
        lines.iter().enumerate().map(|(i, line)| reader.read(i as u64 + 1, line)).collect()
    }

    #[test]
    fn columns_come_in_any_order_and_the_rir_may_be_given_for_all() {
        let found =
            read(&["Notes,CIDR,tags,vlan", "\"core, west\",192.0.2.0/24,\"Customer,VPN\",100", "", ",198.51.100.0/24"]);
        let [Read::Skipped, Read::Blocks(first), Read::Skipped, Read::Blocks(second)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(first[0].notes.as_deref(), Some("core, west"));
        assert_eq!(first[0].profile.tags, ["Customer", "VPN"]);
        assert_eq!((first[0].profile.vlan, first[0].profile.rir.as_str(), first[0].line), (Some(100), "ARIN", 2));
        assert_eq!(second[0].prefix.to_string(), "198.51.100.0/24");
    }

    #[test]
    fn bad_lines_say_which_column_and_why() {
        let reason = |header: &str, line: &str| match read(&[header, line]).pop() {
            Some(Read::Bad(reason)) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("block,vlan", "10.0.0.0/8,9999"), "vlan: 9999 is not a VLAN id; use 1 to 4094");
        assert_eq!(reason("block,vlan", "10.0.0.0/8,x"), "vlan: \"x\" is not a whole number");
        assert!(reason("block", "10.0.0.1/8").starts_with("block: 10.0.0.1/8 has host bits set"));
        assert_eq!(reason("block", "10.0.0.0/8,7"), "has 2 values for 1 columns");
        assert!(matches!(&read(&["block,colour"])[0], Read::Bad(reason) if reason.contains("\"colour\" is no column")));
        assert!(matches!(&read(&["rir"])[0], Read::Bad(reason) if reason.contains("no column \"block\"")));
    }
}
