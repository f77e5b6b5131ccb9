//! What ARIN takes: payloads of its namespace, with the elements of the published schema and no others.

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
};

/// The namespace of all payloads.
pub(super) const NAMESPACE: &str = "http://www.arin.net/regrws/core/v1";

/// An element of a payload.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    number: Option<String>,
}

impl Element {
    /// The text of a child, if there is any.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let child = self.children.iter().find(|child| child.name == name)?;
        Some(child.text.trim()).filter(|text| !text.is_empty())
    }

    /// The children of a child.
    pub(super) fn below(&self, name: &str) -> &[Self] {
        self.children.iter().find(|child| child.name == name).map(|child| child.children.as_slice()).unwrap_or_default()
    }

    /// All texts of lines below a child.
    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        self.below(name).iter().map(|line| line.text.trim().to_owned()).collect()
    }
}

/// The elements that each element may have, each once.
fn allowed(element: &str) -> &'static [&'static str] {
    match element {
        "customer" => &[
            "customerName",
            "iso3166-1",
            "handle",
            "streetAddress",
            "city",
            "iso3166-2",
            "postalCode",
            "comment",
            "parentOrgHandle",
            "registrationDate",
            "privateCustomer",
        ],
        "iso3166-1" => &["name", "code2", "code3", "e164"],
        "net" => &[
            "version",
            "comment",
            "registrationDate",
            "orgHandle",
            "handle",
            "netBlocks",
            "customerHandle",
            "parentNetHandle",
            "netName",
            "originASes",
            "pocLinks",
        ],
        "netBlock" => &["type", "description", "startAddress", "endAddress", "cidrLength"],
        "streetAddress" | "comment" => &["line"],
        "netBlocks" => &["netBlock"],
        "pocLinks" => &["pocLinkRef"],
        "originASes" => &["originAS"],
        _ => &[],
    }
}

/// The payload, which must be of this kind; the error says what does not fit the schema.
pub(super) fn read(body: &[u8], kind: &str) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the payload is not UTF-8".to_owned())?;
    let root = parse(text)?;
    if root.name != kind {
        return Err(format!("cvc-elt.1: a {kind} is wanted, not a {}", root.name));
    }
    fits(&root)?;
    Ok(root)
}

fn fits(element: &Element) -> Result<(), String> {
    let known = allowed(&element.name);
    let many = matches!(element.name.as_str(), "streetAddress" | "comment" | "netBlocks" | "pocLinks" | "originASes");
    for (n, child) in element.children.iter().enumerate() {
        if !known.contains(&child.name.as_str()) {
            return Err(format!("cvc-complex-type: {} has no element {}", element.name, child.name));
        }
        if !many && element.children[..n].iter().any(|other| other.name == child.name) {
            return Err(format!("cvc-complex-type: {} stands twice in {}", child.name, element.name));
        }
        let number = child.number.as_deref().map(str::parse::<u32>);
        if child.name == "line" && !matches!(number, Some(Ok(_))) {
            return Err("cvc-complex-type: a line has no number".to_owned());
        }
        fits(child)?;
    }
    if !known.is_empty() && !element.text.trim().is_empty() {
        return Err(format!("cvc-complex-type: {} has text between its elements", element.name));
    }
    Ok(())
}

fn parse(text: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        let is_ours = matches!(resolved, ResolveResult::Bound(bound) if bound.as_ref() == NAMESPACE.as_bytes());
        let closed = match event {
            Event::Start(start) if is_ours && root.is_none() => {
                open.push(begin(&start)?);
                None
            }
            Event::Empty(start) if is_ours && root.is_none() => Some(begin(&start)?),
            Event::Start(_) | Event::Empty(_) => return Err("an element is not of ARIN's namespace".to_owned()),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return Err("there is text outside the element".to_owned()),
                }
                None
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                let name = reference.decode().map_err(|error| error.to_string())?;
                let known = quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned);
                let text = character.map(String::from).or(known).ok_or("an entity is unknown")?;
                open.iter_mut().last().into_iter().for_each(|element| element.text.push_str(&text));
                None
            }
            Event::DocType(_) | Event::CData(_) | Event::PI(_) => return Err("this has no place here".to_owned()),
            Event::Eof => return root.ok_or_else(|| "the document ends too early".to_owned()),
            Event::Decl(_) | Event::Comment(_) => None,
        };
        if let Some(element) = closed {
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => root = Some(element),
            }
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Element, String> {
    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
    let mut number = None;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = attribute.key;
        if key.local_name().as_ref() == b"number" && name == "line" {
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
            number = Some(value.into_owned());
        } else if key.as_namespace_binding().is_none() {
            return Err(format!("cvc-complex-type: {name} has no attribute {}", String::from_utf8_lossy(key.as_ref())));
        }
    }
    Ok(Element { name, number, ..Element::default() })
}
