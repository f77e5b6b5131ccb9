//! Elements of XML, as far as payloads of Reg-RWS need them: names without their prefixes, attributes, text, children.

use quick_xml::{
    Reader, XmlVersion,
    escape::{escape, resolve_predefined_entity},
    events::{BytesStart, Event},
};

/// How deep elements may be nested.
const DEEPEST: usize = 32;
/// The namespace of the payloads.
const NAMESPACE: &str = "http://www.arin.net/regrws/core/v1";

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// One with children.
    pub(super) fn new(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), children, ..Self::default() }
    }

    /// One with a text.
    pub(super) fn text(name: &str, text: impl ToString) -> Self {
        Self { name: name.to_owned(), text: text.to_string(), ..Self::default() }
    }

    /// Lines with their numbers, as addresses and comments have them.
    pub(super) fn lines(name: &str, lines: &[String]) -> Self {
        let line = |(n, text): (usize, &String)| Self {
            attributes: vec![("number".to_owned(), (n + 1).to_string())],
            ..Self::text("line", text)
        };
        Self::new(name, lines.iter().enumerate().map(line).collect())
    }

    /// The first child with this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child with this name, if there is any.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The text of a child that must be there.
    pub(super) fn need(&self, name: &str) -> Result<String, String> {
        self.get(name).ok_or_else(|| format!("has no {name} in its {}", self.name))
    }

    /// The lines in a child, in the order in which they stand: their numbers begin anew in answers.
    pub(super) fn lines_in(&self, name: &str) -> Vec<String> {
        let lines = self.child(name).map(|child| child.children.as_slice()).unwrap_or_default();
        lines.iter().filter(|line| line.name == "line").map(|line| line.text.trim().to_owned()).collect()
    }

    /// The element as a document.
    pub(super) fn to_document(&self) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}<{}", self.name));
        if depth == 0 {
            out.push_str(&format!(" xmlns=\"{NAMESPACE}\""));
        }
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(value.as_str())));
        }
        if self.children.is_empty() {
            out.push_str(&format!(">{}</{}>\n", escape(self.text.as_str()), self.name));
            return;
        }
        out.push_str(">\n");
        self.children.iter().for_each(|child| child.write(out, depth + 1));
        out.push_str(&format!("{indent}</{}>\n", self.name));
    }

    /// Reads a document. The error is the end of a sentence that begins with the answer.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let broken = |error: &dyn std::fmt::Display| format!("is no XML: {error}");
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        loop {
            match reader.read_event().map_err(|e| broken(&e))? {
                Event::Start(start) => {
                    if open.len() >= DEEPEST {
                        return Err("is nested too deep".to_owned());
                    }
                    open.push(Self::begin(&start).map_err(|e| broken(&e))?);
                }
                Event::Empty(start) => {
                    let element = Self::begin(&start).map_err(|e| broken(&e))?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::End(_) => match (open.pop(), open.last_mut()) {
                    (Some(element), Some(parent)) => parent.children.push(element),
                    (Some(element), None) => return Ok(element),
                    (None, _) => return Err("is no XML: an end without a beginning".to_owned()),
                },
                Event::Text(text) => {
                    let text = text.decode().map_err(|e| broken(&e))?;
                    say(&mut open, &text);
                }
                Event::CData(text) => {
                    let text = text.decode().map_err(|e| broken(&e))?;
                    say(&mut open, &text);
                }
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().map_err(|e| broken(&e))? {
                        Some(c) => c.to_string(),
                        None => {
                            let name = reference.decode().map_err(|e| broken(&e))?;
                            let known = resolve_predefined_entity(&name);
                            known.ok_or_else(|| "is no XML: it refers to what is not there".to_owned())?.to_owned()
                        }
                    };
                    say(&mut open, &text);
                }
                Event::DocType(_) => return Err("declares a document type, which no answer does".to_owned()),
                Event::Eof => return Err("ends too early".to_owned()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    /// The element that begins with this tag.
    fn begin(start: &BytesStart<'_>) -> quick_xml::Result<Self> {
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute?;
            let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
            attributes.push((key, attribute.normalized_value(XmlVersion::Explicit1_0)?.into_owned()));
        }
        Ok(Self { name, attributes, ..Self::default() })
    }
}

/// Adds text to the innermost element that is open.
fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was_written() {
        let written = Element::new(
            "customer",
            vec![
                Element::text("customerName", "Fish & Chips <Ltd> \"One\""),
                Element::lines("streetAddress", &["1 Main St".to_owned(), "Suite 2".to_owned()]),
            ],
        );
        let read = Element::parse(&written.to_document()).unwrap();
        assert_eq!(read.get("customerName").unwrap(), "Fish & Chips <Ltd> \"One\"");
        assert_eq!(read.lines_in("streetAddress"), ["1 Main St", "Suite 2"]);
    }

    #[test]
    fn prefixes_do_not_matter_and_what_is_unknown_is_there() {
        let text = "<?xml version='1.0'?><!-- x --><n:net xmlns:n='http://www.arin.net/regrws/core/v1'>\
                    <n:new><a/></n:new><n:handle> NET&#45;1 </n:handle></n:net>";
        let net = Element::parse(text).unwrap();
        assert_eq!((net.name.as_str(), net.get("handle").as_deref()), ("net", Some("NET-1")));
        assert!(net.child("new").is_some());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "net", "<net>", "<net></customer>", "<net>&bomb;</net>", "<!DOCTYPE net><net/>"] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert_eq!(Element::parse(&deep).unwrap_err(), "is nested too deep");
    }
}
