//! A business card in JSON (jCard, RFC 7095), read as strictly as it is defined.

use resources::Card;
use serde_json::{Map, Value};

/// What is read of a card.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JCard {
    /// The name; empty when the registry keeps it to itself.
    pub(super) name: String,
    pub(super) card: Card,
}

/// One property: `["tel", {"type": "voice"}, "uri", "tel:+1-555-0100"]`.
struct Property<'v> {
    name: &'v str,
    parameters: &'v Map<String, Value>,
    kind: &'v str,
    values: &'v [Value],
}

impl JCard {
    pub(super) fn parse(value: &Value) -> Result<Self, String> {
        let Some([Value::String(mark), Value::Array(properties)]) = value.as_array().map(Vec::as_slice) else {
            return Err("it must be a list of \"vcard\" and its properties".to_owned());
        };
        let properties = properties.iter().map(Property::parse).collect::<Result<Vec<_>, _>>()?;
        if mark != "vcard" || !properties.first().is_some_and(|first| first.name == "version" && first.is("4.0")) {
            return Err("it must begin with the version 4.0".to_owned());
        }
        let (mut name, mut card) = (None, Card::default());
        for property in &properties {
            match property.name {
                "fn" => _ = name.get_or_insert(property.text()?),
                "org" => card.organization = card.organization.or(Some(property.joined(", ")?)),
                "adr" => card.address = card.address.or(property.address()?),
                "email" => card.emails.push(property.text()?),
                "tel" if !property.is_fax() => card.phones.push(property.phone()?),
                _ => {}
            }
        }
        let name = name.ok_or_else(|| "it has no name (fn)".to_owned())?;
        Ok(Self { name, card })
    }
}

impl<'v> Property<'v> {
    fn parse(value: &'v Value) -> Result<Self, String> {
        match value.as_array().map(Vec::as_slice) {
            Some([Value::String(name), Value::Object(parameters), Value::String(kind), values @ ..])
                if !values.is_empty() =>
            {
                Ok(Self { name, parameters, kind, values })
            }
            _ => Err("a property must be a list of a name, parameters, a type and values".to_owned()),
        }
    }

    fn is(&self, text: &str) -> bool {
        self.values == [Value::from(text)]
    }

    /// Its only value, a text.
    fn text(&self) -> Result<String, String> {
        match self.values {
            [Value::String(text)] => Ok(text.clone()),
            _ => Err(self.wrong("must be one text")),
        }
    }

    /// Its only value, a text or a list of texts.
    fn joined(&self, separator: &str) -> Result<String, String> {
        match self.values {
            [one] => Ok(self.texts(one)?.join(separator)),
            _ => Err(self.wrong("must have one value")),
        }
    }

    /// A number as a text or as `tel:`.
    fn phone(&self) -> Result<String, String> {
        let text = self.text()?;
        match self.kind {
            "uri" => {
                let number = text.strip_prefix("tel:").map(str::to_owned);
                number.ok_or_else(|| self.wrong("must begin with tel:"))
            }
            "text" => Ok(text),
            _ => Err(self.wrong("must be a text or a URI")),
        }
    }

    /// Seven parts, or the label that is to be printed instead.
    fn address(&self) -> Result<Option<String>, String> {
        let [Value::Array(parts)] = self.values else { return Err(self.wrong("must be a list of parts")) };
        let parts = parts.iter().map(|part| self.texts(part)).collect::<Result<Vec<_>, _>>()?;
        let [post_box, extended, street, locality, region, code, country] = parts.as_slice() else {
            return Err(self.wrong("must have seven parts"));
        };
        let mut lines = [post_box.as_slice(), extended, street].concat();
        let city: Vec<&str> =
            [locality.as_slice(), region, code].concat().into_iter().filter(|text| !text.is_empty()).collect();
        let city = city.join(", ");
        lines.push(&city);
        lines.extend(country);
        lines.retain(|line| !line.trim().is_empty());
        if !lines.is_empty() {
            return Ok(Some(lines.join("\n")));
        }
        match self.parameters.get("label") {
            None => Ok(None),
            Some(Value::String(label)) => Ok(Some(label.clone())),
            Some(_) => Err(self.wrong("must have a text as its label")),
        }
    }

    /// Whether it is the number of a fax and of nothing else.
    fn is_fax(&self) -> bool {
        let kinds = self.parameters.get("type").map(|kinds| self.texts(kinds).unwrap_or_default()).unwrap_or_default();
        !kinds.is_empty() && kinds.iter().all(|kind| kind.eq_ignore_ascii_case("fax"))
    }

    fn texts<'t>(&self, value: &'t Value) -> Result<Vec<&'t str>, String> {
        let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        list.iter().map(|one| one.as_str().ok_or_else(|| self.wrong("must hold texts only"))).collect()
    }

    fn wrong(&self, rule: &str) -> String {
        format!("the property {} {rule}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card(properties: &[Value]) -> Result<JCard, String> {
        let version = json!(["version", {}, "text", "4.0"]);
        let all: Vec<&Value> = [&version].into_iter().chain(properties).collect();
        JCard::parse(&json!(["vcard", all]))
    }

    #[test]
    fn a_card_as_arin_sends_it() {
        let read = card(&[
            json!(["adr", {"label": "PO Box 1\nHerndon\nVA\n20170\nUnited States"}, "text", ["", "", "", "", "", "", ""]]),
            json!(["fn", {}, "text", "Network Desk"]),
            json!(["org", {}, "text", "Acme"]),
            json!(["kind", {}, "text", "group"]),
            json!(["email", {}, "text", "noc@example.net"]),
            json!(["tel", {"type": ["work", "voice"]}, "text", "+1-555-0100"]),
            json!(["tel", {"type": "fax"}, "text", "+1-555-0199"]),
        ]);
        let expected = Card {
            organization: Some("Acme".to_owned()),
            phones: vec!["+1-555-0100".to_owned()],
            emails: vec!["noc@example.net".to_owned()],
            address: Some("PO Box 1\nHerndon\nVA\n20170\nUnited States".to_owned()),
            comments: None,
        };
        assert_eq!(read.unwrap(), JCard { name: "Network Desk".to_owned(), card: expected });
    }

    #[test]
    fn a_card_with_the_forms_that_others_use() {
        let street = json!(["", "", ["Street 1", "Hall 2"], "Town", "Shire", "1234", "Country"]);
        let read = card(&[
            json!(["fn", {}, "text", ""]),
            json!(["org", {}, "text", ["Acme", "Network"]]),
            json!(["adr", {}, "text", street]),
            json!(["tel", {}, "uri", "tel:+31-20-1234567;ext=8"]),
        ]);
        let JCard { name, card } = read.unwrap();
        assert_eq!((name.as_str(), card.organization.as_deref()), ("", Some("Acme, Network")));
        assert_eq!(card.address.as_deref(), Some("Street 1\nHall 2\nTown, Shire, 1234\nCountry"));
        assert_eq!(card.phones, ["+31-20-1234567;ext=8"]);
    }

    #[test]
    fn what_is_no_card_is_refused_and_says_why() {
        for (properties, why) in [
            (json!([]), "it has no name (fn)"),
            (json!([["fn", {}, "text"]]), "a property must be a list of a name, parameters, a type and values"),
            (json!([["fn", [], "text", "A"]]), "a property must be a list of a name, parameters, a type and values"),
            (json!(["fn"]), "a property must be a list of a name, parameters, a type and values"),
            (json!([["fn", {}, "text", 7]]), "the property fn must be one text"),
            (json!([["fn", {}, "text", "A", "B"]]), "the property fn must be one text"),
            (json!([["tel", {}, "uri", "mailto:a@example.net"]]), "the property tel must begin with tel:"),
            (json!([["adr", {}, "text", "Street"]]), "the property adr must be a list of parts"),
            (json!([["adr", {}, "text", ["a", "b"]]]), "the property adr must have seven parts"),
            (json!([["adr", {}, "text", ["", "", [7], "", "", "", ""]]]), "the property adr must hold texts only"),
        ] {
            assert_eq!(card(properties.as_array().unwrap()).unwrap_err(), why, "{properties}");
        }
        for value in [json!(null), json!([]), json!(["vcard"]), json!(["vcard", {}]), json!({"vcard": []})] {
            assert_eq!(JCard::parse(&value).unwrap_err(), "it must be a list of \"vcard\" and its properties");
        }
        for value in [
            json!(["vcard", []]),
            json!(["jscard", [["version", {}, "text", "4.0"]]]),
            json!(["vcard", [["version", {}, "text", "3.0"]]]),
        ] {
            assert_eq!(JCard::parse(&value).unwrap_err(), "it must begin with the version 4.0");
        }
    }
}
