//! An entry of a directory as a contact: the attributes of RFC 4519 and RFC 2798.

use std::collections::HashMap;

use ldap3::SearchEntry;
use resources::{Card, FoundContact};

const NAMES: [&str; 2] = ["displayName", "cn"];
const ORGANIZATIONS: [&str; 2] = ["o", "company"];
const PHONES: [&str; 2] = ["telephoneNumber", "mobile"];
const EMAIL: &str = "mail";
const ADDRESS: &str = "postalAddress";
/// What an address is made of where it is not written as a whole.
const PARTS: [&str; 5] = ["street", "postalCode", "l", "st", "co"];
const COMMENTS: &str = "description";

/// The attributes that are asked for.
pub(super) fn wanted(handle_attribute: &str) -> Vec<&str> {
    let single = [handle_attribute, EMAIL, ADDRESS, COMMENTS];
    [&single[..], &NAMES, &ORGANIZATIONS, &PHONES, &PARTS].concat()
}

/// The contact that an entry is about. The error is the end of a sentence that begins with the entry.
pub(super) fn contact(entry: SearchEntry, handle_attribute: &str) -> Result<FoundContact, String> {
    // A directory writes the names of attributes as it likes.
    let attributes: HashMap<String, Vec<String>> =
        entry.attrs.into_iter().map(|(name, values)| (name.to_ascii_lowercase(), values)).collect();
    let all = |name: &str| attributes.get(&name.to_ascii_lowercase()).map_or(&[][..], Vec::as_slice);
    let first = |names: &[&str]| names.iter().find_map(|name| all(name).first()).cloned();
    let missing = |what: &str| format!("has no {what}");
    let parts: Vec<&str> = PARTS.iter().filter_map(|name| all(name).first()).map(String::as_str).collect();
    let card = Card {
        organization: first(&ORGANIZATIONS),
        phones: PHONES.iter().flat_map(|name| all(name)).cloned().collect(),
        emails: all(EMAIL).to_vec(),
        address: first(&[ADDRESS]).map(|text| postal(&text)).or_else(|| Some(parts.join("\n"))),
        comments: Some(all(COMMENTS).join("\n")),
    };
    Ok(FoundContact {
        handle: first(&[handle_attribute]).ok_or_else(|| missing(handle_attribute))?,
        name: first(&NAMES).ok_or_else(|| missing("name"))?,
        card,
    })
}

/// A postal address in lines. In a directory they are divided by `$`, with `\24` and `\5C` for what looks like a sign
/// and is none (RFC 4517, 3.3.28).
fn postal(text: &str) -> String {
    text.replace('$', "\n").replace("\\24", "$").replace("\\5C", "\\").replace("\\5c", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(attributes: &[(&str, &[&str])]) -> SearchEntry {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let attrs = attributes.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect();
        SearchEntry { dn: "uid=ann".to_owned(), attrs, bin_attrs: HashMap::new() }
    }

    #[test]
    fn an_address_is_read_as_a_whole_or_put_together() {
        let address = |attributes: &[(&str, &[&str])]| {
            contact(entry(&[&[("uid", &["ann"][..]), ("CN", &["Ann"])], attributes].concat()), "uid")
                .unwrap()
                .card
                .address
        };
        let whole: &[(&str, &[&str])] = &[("postaladdress", &["Acme $ 5\\2400 Street$Town"]), ("l", &["City"])];
        assert_eq!(address(whole).as_deref(), Some("Acme \n 5$00 Street\nTown"));
        let parts: &[(&str, &[&str])] = &[("l", &["City"]), ("street", &["Street 1"]), ("postalCode", &["1234"])];
        assert_eq!(address(parts).as_deref(), Some("Street 1\n1234\nCity"));
    }

    #[test]
    fn nobody_is_without_a_name_and_a_handle() {
        assert_eq!(contact(entry(&[("uid", &["ann"])]), "uid").unwrap_err(), "has no name");
        assert_eq!(contact(entry(&[("cn", &["Ann"])]), "uid").unwrap_err(), "has no uid");
    }
}
