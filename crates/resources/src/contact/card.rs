//! What is known of a contact besides its name in the tree.

use serde::{Deserialize, Serialize};

use crate::attribute::Attributes;

pub(super) const ORGANIZATION: &str = "organization";
pub(super) const PHONES: &str = "phones";
pub(super) const EMAILS: &str = "emails";
pub(super) const ADDRESS: &str = "address";
pub(super) const COMMENTS: &str = "comments";

/// How somebody can be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// For whom they work.
    pub organization: Option<String>,
    /// Phone numbers, the most important one first.
    pub phones: Vec<String>,
    /// E-mail addresses, the most important one first.
    pub emails: Vec<String>,
    /// The postal address, in lines.
    pub address: Option<String>,
    /// What else there is to say.
    pub comments: Option<String>,
}

impl Card {
    /// Takes what is on the card out of the attributes.
    pub(super) fn take(attributes: &mut Attributes) -> Self {
        let mut list = |name: &str| attributes.shift_remove(name).unwrap_or_default();
        Self {
            organization: first(list(ORGANIZATION)),
            phones: list(PHONES),
            emails: list(EMAILS),
            address: first(list(ADDRESS)),
            comments: first(list(COMMENTS)),
        }
    }

    /// The attributes that say the same. What is not on the card has no value, and so removes what is there.
    pub(super) fn attributes(&self) -> Attributes {
        let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
        [
            (ORGANIZATION, one(&self.organization)),
            (PHONES, self.phones.clone()),
            (EMAILS, self.emails.clone()),
            (ADDRESS, one(&self.address)),
            (COMMENTS, one(&self.comments)),
        ]
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect()
    }

    /// The same without blanks around the texts, empty texts, and values that come twice.
    #[must_use]
    pub(super) fn tidied(self) -> Self {
        Self {
            organization: self.organization.and_then(|text| line(&text)),
            phones: each_once(&self.phones),
            emails: each_once(&self.emails),
            address: self.address.and_then(|text| lines(&text)),
            comments: self.comments.and_then(|text| lines(&text)),
        }
    }
}

fn first(values: Vec<String>) -> Option<String> {
    values.into_iter().next()
}

/// The text on one line; `None` when nothing is left.
pub(super) fn line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The text on several lines, none of them empty.
fn lines(text: &str) -> Option<String> {
    let lines: Vec<String> = text.lines().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn each_once(texts: &[String]) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts.iter().filter_map(|text| line(text)) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_card_comes_back_from_its_attributes() {
        let card = Card {
            organization: Some("Acme".to_owned()),
            phones: texts(&["+31 20 1", "+31 20 2"]),
            address: Some("Street 1\nTown".to_owned()),
            ..Card::default()
        };
        let mut attributes = card.attributes();
        assert_eq!(attributes[EMAILS], [""; 0], "what is not there is removed");
        attributes.insert("shoe_size".to_owned(), texts(&["44"]));
        assert_eq!(Card::take(&mut attributes), card);
        assert_eq!(attributes.keys().collect::<Vec<_>>(), ["shoe_size"]);
    }

    #[test]
    fn blanks_empty_texts_and_repetitions_go() {
        let card = Card {
            organization: Some(" \t ".to_owned()),
            phones: texts(&["+1\t 2", "", "+1 2"]),
            emails: texts(&[" a@example.net "]),
            address: Some("\r\nStreet  1\r\n\r\n Town\r\n".to_owned()),
            comments: None,
        };
        let tidied = Card {
            phones: texts(&["+1 2"]),
            emails: texts(&["a@example.net"]),
            address: Some("Street 1\nTown".to_owned()),
            ..Card::default()
        };
        assert_eq!(card.tidied(), tidied);
    }
}
