//! What a token may do, as people write it.

use kernel::{FieldErrors, Rights};

/// The right to read in every area, and nothing else.
const READ: &str = "read";

/// The rights behind the words.
pub(super) fn parse(words: &[String], errors: &mut FieldErrors) -> Rights {
    if words.is_empty() {
        errors.push("scopes", "must name a right, or be left out for all that you may do");
    }
    let mut rights = Rights::NONE;
    for (at, word) in words.iter().enumerate() {
        let known = if word == READ { Some(Rights::read_everything()) } else { Rights::from_name(word) };
        let Some(right) = known else {
            let names = Rights::ALL.names().join(", ");
            errors.push(format!("scopes[{at}]"), format!("is not known; known are: {READ}, {names}"));
            continue;
        };
        rights |= right;
    }
    rights
}

/// The words for rights.
pub(super) fn words(rights: Rights) -> Vec<String> {
    if rights == Rights::read_everything() {
        return vec![READ.to_owned()];
    }
    rights.names().into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_round_trip() {
        for scopes in [&["read"][..], &["permissionIPAMRead", "permissionIPAMUpdate"], &["permissionAdmin"]] {
            let scopes: Vec<String> = scopes.iter().map(|word| (*word).to_owned()).collect();
            let mut errors = FieldErrors::default();
            assert_eq!(words(parse(&scopes, &mut errors)), scopes);
            errors.into_result().unwrap();
        }
    }

    #[test]
    fn a_scope_that_is_not_known_is_named_with_its_place() {
        let mut errors = FieldErrors::default();
        parse(&["read".to_owned(), "write".to_owned()], &mut errors);
        assert!(errors.into_result().unwrap_err().to_string().starts_with("scopes[1]: is not known; known are: read,"));
        let mut errors = FieldErrors::default();
        parse(&[], &mut errors);
        assert!(errors.into_result().is_err());
    }
}
