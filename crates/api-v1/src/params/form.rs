//! Parameters from a query string or a form (`application/x-www-form-urlencoded`).

use std::borrow::Cow;

use kernel::{Error, Result};
use percent_encoding::percent_decode;

use super::{Name, Params, limits};

impl Params {
    /// Reads the raw bytes of a query string (without the `?`) or of a form. Brackets in names make lists and maps;
    /// of several values for one name the last one wins; pairs without a name are ignored.
    pub fn from_form(raw: &[u8]) -> Result<Self> {
        limits::check_body(raw.len())?;
        let mut params = Pairs::default();
        for pair in raw.split(|byte| *byte == b'&') {
            let (name, value) = split_pair(pair);
            params.add(&decode(name), &decode(value))?;
        }
        Ok(params.all)
    }
}

/// The pairs that have been read so far.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) all: Params,
    count: usize,
}

impl Pairs {
    /// Adds one; without a name it is ignored.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        if name.is_empty() {
            return Ok(());
        }
        let name = text(name, name, "its name")?;
        self.count += 1;
        limits::check_pairs(self.count, name)?;
        limits::check_name(name, name)?;
        let value = text(value, name.as_bytes(), "its value")?;
        limits::check_value(name, value)?;
        self.all.insert(&Name::parse(name)?, value.to_owned())
    }
}

/// A pair without `=` has an empty value.
fn split_pair(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &[]),
    }
}

/// `+` is a space, `%XX` a byte; a percent sign that introduces no byte stays as it is.
fn decode(raw: &[u8]) -> Vec<u8> {
    let spaced: Cow<'_, [u8]> = if raw.contains(&b'+') {
        raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    } else {
        raw.into()
    };
    percent_decode(&spaced).collect()
}

fn text<'a>(bytes: &'a [u8], name: &[u8], place: &str) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|_| {
        Error::invalid(limits::shorten(&String::from_utf8_lossy(name)), format!("{place} is not valid UTF-8 text"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{MAX_BODY, MAX_NAME, MAX_PAIRS, MAX_VALUE};

    fn read(form: &str) -> Value {
        Params::from_form(form.as_bytes()).unwrap().to_json()
    }

    fn refusal(form: &[u8]) -> Error {
        Params::from_form(form).unwrap_err()
    }

    #[test]
    fn plain_pairs_are_texts_and_the_last_one_wins() {
        assert_eq!(read("target=ipam&action=get"), json!({"target": "ipam", "action": "get"}));
        assert_eq!(read("id=1&id=2"), json!({"id": "2"}));
        assert_eq!(read("a&b=&c=x=y"), json!({"a": "", "b": "", "c": "x=y"}));
    }

    #[test]
    fn empty_pairs_are_ignored() {
        assert_eq!(read("&&netName=x&&=y&"), json!({"netName": "x"}));
        assert_eq!(read(""), json!({}));
    }

    #[test]
    fn plus_is_a_space_and_percent_a_byte_and_other_percent_signs_stay() {
        assert_eq!(read("a=Loopback+C%2B%C3%A9&b=50%&c=%zz"), json!({"a": "Loopback C+é", "b": "50%", "c": "%zz"}));
    }

    #[test]
    fn empty_brackets_take_the_next_index() {
        assert_eq!(read("id[]=1771&id[]=14238"), json!({"id": ["1771", "14238"]}));
        assert_eq!(read("a[5]=x&a[]=y&a[b]=z&a[]=w"), json!({"a": {"5": "x", "6": "y", "b": "z", "7": "w"}}));
        assert_eq!(read("a[07]=x&a[-3]=y&a[]=z"), json!({"a": {"07": "x", "-3": "y", "0": "z"}}));
    }

    #[test]
    fn brackets_nest_to_maps_and_lists() {
        assert_eq!(
            read("meta[name]=x&meta[options][]=Blue&meta[options][]=Green&fields[network-fqdn][]=a"),
            json!({"meta": {"name": "x", "options": ["Blue", "Green"]}, "fields": {"network-fqdn": ["a"]}})
        );
        assert_eq!(
            read("gadgets[0][code]=_ipam&gadgets[0][uuid]=u1&gadgets[1][code]=_dns"),
            json!({"gadgets": [{"code": "_ipam", "uuid": "u1"}, {"code": "_dns"}]})
        );
        assert_eq!(read("a[][x]=1&a[][x]=2"), json!({"a": [{"x": "1"}, {"x": "2"}]}));
    }

    #[test]
    fn encoded_brackets_are_brackets() {
        assert_eq!(read("meta%5Bname%5d=x&a%5B%5D=1"), read("meta[name]=x&a[]=1"));
    }

    #[test]
    fn of_a_plain_and_a_bracketed_name_the_later_one_replaces_the_earlier() {
        assert_eq!(read("a=1&a[]=2"), json!({"a": ["2"]}));
        assert_eq!(read("a[]=1&a=2"), json!({"a": "2"}));
        assert_eq!(read("a[b]=1&a[b][c]=2"), json!({"a": {"b": {"c": "2"}}}));
    }

    #[test]
    fn nothing_follows_the_highest_possible_index() {
        let refusal = refusal(b"a[9223372036854775807]=x&a[]=y");
        assert_eq!(refusal.to_string(), "a[]: has no index left after the highest possible one");
    }

    #[test]
    fn nul_bytes_are_refused_by_name() {
        assert_eq!(refusal(b"notes=a%00b").to_string(), "notes: its value contains a NUL byte (%00)");
        assert_eq!(refusal(b"no%00tes=a").to_string(), "no\\0tes: its name contains a NUL byte (%00)");
    }

    #[test]
    fn what_is_not_utf_8_is_refused_by_name() {
        assert_eq!(refusal(b"notes=%FF").to_string(), "notes: its value is not valid UTF-8 text");
        assert_eq!(refusal(b"notes=\xFF").to_string(), "notes: its value is not valid UTF-8 text");
        assert_eq!(refusal(b"n%FF=1").to_string(), "n\u{FFFD}: its name is not valid UTF-8 text");
    }

    #[test]
    fn a_value_may_hold_256_kib_but_not_a_megabyte() {
        let most = format!("notes={}", "x".repeat(MAX_VALUE));
        assert!(Params::from_form(most.as_bytes()).is_ok());
        let refusal = refusal(format!("notes={}", "x".repeat(1 << 20)).as_bytes());
        assert!(matches!(refusal, Error::TooLarge(_)));
        assert_eq!(refusal.to_string(), "notes: holds 1048576 bytes; one parameter may hold at most 262144 (256 KiB).");
    }

    #[test]
    fn a_name_may_have_1_kib() {
        let most = "x".repeat(MAX_NAME);
        assert!(Params::from_form(most.as_bytes()).is_ok());
        let refusal = refusal(format!("{most}x=1").as_bytes()).to_string();
        assert!(
            refusal.ends_with("x...: its name has 1025 bytes; the name of a parameter may have at most 1024."),
            "{refusal}"
        );
    }

    #[test]
    fn ten_thousand_pairs_are_taken_and_one_more_is_refused() {
        assert!(Params::from_form("a[]=1&".repeat(MAX_PAIRS).as_bytes()).is_ok());
        let refusal = refusal("a[]=1&".repeat(MAX_PAIRS + 1).as_bytes());
        assert_eq!(refusal.to_string(), "a[]: is parameter number 10001; at most 10000 may be sent in one call.");
    }

    #[test]
    fn a_body_may_hold_4_mib() {
        assert!(matches!(refusal(&vec![b'&'; MAX_BODY + 1]), Error::TooLarge(_)));
        assert!(Params::from_form(&vec![b'&'; MAX_BODY]).is_ok());
    }

    #[test]
    fn parameters_of_the_body_replace_those_of_the_query() {
        let mut params = Params::from_form(b"id[]=1&id[]=2&mask=24").unwrap();
        params.merge(Params::from_form(b"id[]=3&type=ipv4").unwrap());
        assert_eq!(params.to_json(), json!({"id": ["3"], "mask": "24", "type": "ipv4"}));
    }
}
