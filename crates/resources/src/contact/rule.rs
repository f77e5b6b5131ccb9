//! What may be written about a local contact, and that nothing may about another one.

use kernel::{Error, FieldErrors, Result};
use store::Tx;

use super::{
    Card, ContactType, FoundContact, HANDLE, TYPE,
    card::{ADDRESS, COMMENTS, EMAILS, ORGANIZATION, PHONES},
};
use crate::{
    attribute::{self, Attributes},
    resource::Resource,
};

/// The most phone numbers, and the most e-mail addresses.
const MOST: usize = 20;
/// The longest line, in characters.
const LONGEST_LINE: usize = 255;
/// The longest address, in characters.
const LONGEST_ADDRESS: usize = 1_000;
/// The longest comments, in characters.
const LONGEST_COMMENTS: usize = 10_000;
/// The longest e-mail address, and the longest part before the `@` (RFC 5321, 4.5.3.1).
const LONGEST_EMAIL: usize = 254;
const LONGEST_MAILBOX: usize = 64;

/// Checks what somebody wants to write about a local contact, and finds all that is wrong.
pub(crate) fn check(attributes: &Attributes, errors: &mut FieldErrors) {
    for (name, values) in attributes {
        let mut refuse = |rule: String| errors.push(format!("attrs.{name}"), rule);
        match name.as_str() {
            // To remove what is not there does no harm.
            TYPE | HANDLE if values.is_empty() => {}
            TYPE | HANDLE => refuse("is written by the import of a contact only".to_owned()),
            PHONES | EMAILS if values.len() > MOST => refuse(format!("may have at most {MOST} values")),
            PHONES => values.iter().filter(|value| !is_phone(value)).for_each(|value| {
                refuse(format!(
                    "\"{}\" is no phone number: digits, with blanks and + - ( ) . / between them, and an extension \
                     behind \"ext.\"",
                    brief(value)
                ));
            }),
            EMAILS => values.iter().filter(|value| !is_email(value)).for_each(|value| {
                refuse(format!("\"{}\" is no e-mail address: it has the form name@example.net", brief(value)));
            }),
            ORGANIZATION | ADDRESS | COMMENTS if values.len() > 1 => refuse("may have one value only".to_owned()),
            ORGANIZATION => check_lines(values, 1, LONGEST_LINE, refuse),
            ADDRESS => check_lines(values, usize::MAX, LONGEST_ADDRESS, refuse),
            COMMENTS => check_lines(values, usize::MAX, LONGEST_COMMENTS, refuse),
            _ => {}
        }
    }
}

/// The same for a change, which an imported contact does not take at all.
pub(crate) async fn check_change(
    tx: &mut Tx,
    contact: &Resource,
    attributes: &Attributes,
    errors: &mut FieldErrors,
) -> Result<()> {
    let present = attribute::load(tx, &[contact.id]).await?.remove(&contact.id).unwrap_or_default();
    if let Some(source) = present.get(TYPE).and_then(|values| values.first()) {
        let (name, id) = (&contact.name, contact.id);
        return Err(Error::conflict(format!(
            "Contact \"{name}\" ({id}) was imported from {source} and can't be edited here. Change it there and import \
             it again, or delete it."
        )));
    }
    check(attributes, errors);
    Ok(())
}

/// Refuses what a source says of a contact when it is too much to be a contact. Its form is the source's own affair.
pub(super) fn check_found(source: ContactType, found: &FoundContact) -> Result<()> {
    let Card { organization, phones, emails, address, comments } = &found.card;
    let lines = [&found.name, &found.handle].into_iter().chain(organization).chain(phones).chain(emails);
    let fits = lines.into_iter().all(|line| !line.is_empty() && line.chars().count() <= LONGEST_LINE)
        && phones.len() <= MOST
        && emails.len() <= MOST
        && address.iter().all(|text| text.chars().count() <= LONGEST_ADDRESS)
        && comments.iter().all(|text| text.chars().count() <= LONGEST_COMMENTS)
        && ![Some(&found.name), Some(&found.handle), organization.as_ref(), address.as_ref(), comments.as_ref()]
            .into_iter()
            .flatten()
            .chain(phones)
            .chain(emails)
            .any(|text| has_controls(text));
    if fits {
        return Ok(());
    }
    let (source, handle) = (source.name(), &found.handle);
    Err(Error::conflict(format!(
        "What {source} says of \"{}\" is too long, or no text, and was not kept.",
        brief(handle)
    )))
}

fn check_lines(values: &[String], most: usize, longest: usize, mut refuse: impl FnMut(String)) {
    for value in values {
        if value.trim().is_empty() || value.chars().count() > longest || has_controls(value) {
            refuse(format!("must have 1 to {longest} printable characters"));
        } else if value.lines().count() > most {
            refuse("must be on one line".to_owned());
        }
    }
}

/// Whether there are control characters other than ends of lines.
fn has_controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

/// A phone number as people write it, or as in `tel:` without the scheme (RFC 3966): at least three digits, and an
/// extension behind `ext`, `ext.`, `x` or `;ext=`.
fn is_phone(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let (number, extension) = ["; ext=", ";ext=", "ext.", "ext", "x"]
        .into_iter()
        .find_map(|mark| lower.split_once(mark))
        .map_or((lower.as_str(), None), |(number, extension)| (number, Some(extension)));
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit() || b" -()./".contains(&b));
    let extended = extension.map(str::trim).is_none_or(|e| !e.is_empty() && digits(e) == e.len());
    text.len() <= 64 && text == text.trim() && digits(number) >= 3 && plain && extended
}

/// An address at which mail may arrive: a mailbox, `@`, and a host name of at least two labels or an address literal.
fn is_email(text: &str) -> bool {
    let Some((mailbox, domain)) = text.rsplit_once('@') else { return false };
    let printable = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '@');
    let dotted = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    let label = |label: &str| {
        let fits = |c: char| c.is_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(fits) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= LONGEST_EMAIL
        && (1..=LONGEST_MAILBOX).contains(&mailbox.len())
        && mailbox.chars().all(printable)
        && dotted(mailbox)
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn brief(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_digits_with_the_usual_marks() {
        for text in [
            "+1-703-227-0660",
            "(020) 123 45.67",
            "112",
            "+31 20 1234567 ext. 12",
            "555-0100 x7",
            "+1-201-555-0123;ext=8",
        ] {
            assert!(is_phone(text), "{text}");
        }
        for text in
            ["", "12", "phone", "+31 20 call me", "1+234", "+1 555 ext. a", "555-0100 x", " 5550100", &"1".repeat(65)]
        {
            assert!(!is_phone(text), "{text}");
        }
    }

    #[test]
    fn e_mail_addresses_have_a_mailbox_and_a_domain() {
        for text in ["noc@example.net", "a.b+tag@sub.example.org", "o'hara@example.com", "info@müller.example"] {
            assert!(is_email(text), "{text}");
        }
        for text in [
            "",
            "noc",
            "@example.net",
            "noc@",
            "noc@example",
            "a b@example.net",
            "a@b@example.net",
            ".a@example.net",
            "a..b@example.net",
            "a@-example.net",
            "a@example..net",
            "Ann <ann@example.net>",
            "a@b.example,c@d.example",
        ] {
            assert!(!is_email(text), "{text}");
        }
        assert!(!is_email(&format!("{}@example.net", "a".repeat(65))));
        assert!(!is_email(&format!("a@{}net", "example.".repeat(40))));
    }

    #[test]
    fn all_that_is_wrong_is_found_at_once() {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let attributes: Attributes = [
            (PHONES, list(&["112", "x"])),
            (EMAILS, list(&["a", "b"])),
            (ORGANIZATION, list(&["A\nB"])),
            (ADDRESS, list(&["one", "two"])),
            (COMMENTS, list(&["fine\nso far"])),
            (HANDLE, list(&["X-ARIN"])),
            ("shoe_size", list(&["44"])),
        ]
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
        let mut errors = FieldErrors::default();
        check(&attributes, &mut errors);
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            ["attrs.phones", "attrs.emails", "attrs.emails", "attrs.organization", "attrs.address", "attrs.handle"]
        );
    }
}
