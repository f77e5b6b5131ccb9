//! ARIN's books, and the rules by which it lets itself be written into.

use std::collections::{BTreeMap, HashMap};

use kernel::{Family, Prefix};

use super::payload::Element;

/// A network in the books.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) prefix: Prefix,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) parent: Option<String>,
    pub(super) org: Option<String>,
    pub(super) customer: Option<String>,
}

/// A customer in the books.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) street_address: Vec<String>,
    pub(super) city: String,
    pub(super) state: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) country: String,
    pub(super) private: bool,
    pub(super) comment: Vec<String>,
    /// The organisation whose customer they are.
    pub(super) org: String,
}

/// Something that a person at ARIN has to decide.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) status: String,
    pub(super) resolution: Option<String>,
    /// What is done when they agree.
    pub(super) deed: Option<Deed>,
}

/// A change of the books that keeps all rules.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    AddCustomer(Customer),
    AddNet(Net),
    RemoveNet(String),
    RemoveCustomer(String),
}

/// Why something is not done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) components: Vec<(String, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), components: Vec::new() }
    }

    pub(super) fn absent(what: &str) -> Self {
        Self::new(404, "E_OBJECT_NOT_FOUND", &format!("The {what} you specified was not found."))
    }

    fn entity(components: Vec<(String, String)>) -> Self {
        Self { components, ..Self::new(400, "E_ENTITY_VALIDATION", "Payload entity failed validation. See components") }
    }
}

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) nets: BTreeMap<String, Net>,
    pub(super) customers: BTreeMap<String, Customer>,
    pub(super) orgs: Vec<String>,
    pub(super) tickets: HashMap<String, Ticket>,
    made: u32,
}

/// What is wrong with a payload, by element.
#[derive(Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn add(&mut self, name: &str, message: &str) {
        self.0.push((name.to_owned(), message.to_owned()));
    }

    /// The text of an element that must be there, in ASCII.
    fn need(&mut self, element: &Element, name: &str) -> String {
        let text = element.get(name).unwrap_or_default().to_owned();
        if text.is_empty() {
            self.add(name, "is required");
        }
        if !text.is_ascii() {
            self.add(name, "has characters that are not ASCII");
        }
        text
    }

    /// Elements that ARIN fills in itself.
    fn must_be_empty(&mut self, element: &Element, names: &[&str]) {
        for name in names {
            if element.get(name).is_some() {
                self.add(name, "must be empty");
            }
        }
    }

    fn into_result<T>(self, value: T) -> Result<T, Refusal> {
        if self.0.is_empty() { Ok(value) } else { Err(Refusal::entity(self.0)) }
    }
}

impl Books {
    /// The net with this handle, in any case.
    pub(super) fn net(&self, handle: &str) -> Result<(&String, &Net), Refusal> {
        self.nets.get_key_value(&handle.to_uppercase()).ok_or_else(|| Refusal::absent("net"))
    }

    pub(super) fn customer(&self, handle: &str) -> Result<(&String, &Customer), Refusal> {
        self.customers.get_key_value(&handle.to_uppercase()).ok_or_else(|| Refusal::absent("customer"))
    }

    /// The smallest net that contains this range, or is it.
    pub(super) fn most_specific(&self, range: Prefix) -> Option<(&String, &Net)> {
        self.nets.iter().filter(|(_, net)| net.prefix.contains(range)).max_by_key(|(_, net)| net.prefix.mask())
    }

    /// A customer who is to get a part of this net.
    pub(super) fn new_customer(&self, parent: &str, payload: &Element) -> Result<Deed, Refusal> {
        let (_, net) = self.net(parent)?;
        let mut faults = Faults::default();
        faults.must_be_empty(payload, &["handle", "parentOrgHandle", "registrationDate"]);
        let (name, city) = (faults.need(payload, "customerName"), faults.need(payload, "city"));
        let street_address = payload.lines("streetAddress");
        if street_address.is_empty() || street_address.iter().any(|line| line.is_empty() || !line.is_ascii()) {
            faults.add("streetAddress", "is required, in ASCII");
        }
        let code = |name: &str| payload.below("iso3166-1").iter().find(|code| code.name == name);
        let country = code("code2").map(|code| code.text.trim().to_owned()).unwrap_or_default();
        if country.len() != 2 && code("code3").is_none_or(|code| code.text.trim().len() != 3) {
            faults.add("iso3166-1", "is required: code2 or code3");
        }
        if matches!(country.as_str(), "US" | "CA") {
            faults.need(payload, "iso3166-2");
            faults.need(payload, "postalCode");
        }
        let private = match payload.get("privateCustomer") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                faults.add("privateCustomer", "must be true or false");
                false
            }
        };
        let Some(org) = net.org.clone().filter(|_| matches!(net.kind.as_str(), "DA" | "A")) else {
            let message = "A customer can be made for an allocation only";
            return Err(Refusal::new(400, "E_BAD_REQUEST", message));
        };
        faults.into_result(Deed::AddCustomer(Customer {
            name,
            street_address,
            city,
            state: payload.get("iso3166-2").map(str::to_owned),
            postal_code: payload.get("postalCode").map(str::to_owned),
            country,
            private,
            comment: payload.lines("comment"),
            org,
        }))
    }

    /// A part of this net for somebody else, of this kind.
    pub(super) fn new_net(&self, parent: &str, payload: &Element, kind: &str) -> Result<Deed, Refusal> {
        let (parent, allocation) = self.net(parent)?;
        let mut faults = Faults::default();
        faults.must_be_empty(payload, &["handle", "registrationDate"]);
        if !payload.below("originASes").is_empty() {
            faults.add("originASes", "is retired");
        }
        if payload.get("parentNetHandle") != Some(parent) {
            faults.add("parentNetHandle", "is not the net of the URL");
        }
        if !matches!(allocation.kind.as_str(), "DA" | "A") {
            faults.add("parentNetHandle", "is no allocation");
        }
        let name = faults.need(payload, "netName");
        if name.len() > 50 || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ')) {
            faults.add("netName", "must have letters, digits, hyphens and blanks only");
        }
        let (org, customer) = (payload.get("orgHandle"), payload.get("customerHandle"));
        self.recipient(org, customer, kind, allocation, &mut faults);
        if customer.is_some() && !payload.below("pocLinks").is_empty() {
            faults.add("pocLinks", "are not taken for a customer");
        }
        let prefix = block(payload, kind, &mut faults);
        if let Some(prefix) = prefix {
            self.fits(prefix, allocation, parent, &mut faults);
        }
        let Some(prefix) = prefix else { return Err(Refusal::entity(faults.0)) };
        faults.into_result(Deed::AddNet(Net {
            prefix,
            name,
            kind: kind.to_owned(),
            parent: Some(parent.clone()),
            org: org.map(str::to_owned),
            customer: customer.map(str::to_owned),
        }))
    }

    fn recipient(&self, org: Option<&str>, customer: Option<&str>, kind: &str, parent: &Net, faults: &mut Faults) {
        match (org, customer) {
            (Some(org), None) if self.orgs.iter().any(|known| known == org) => {}
            (Some(_), None) => faults.add("orgHandle", "is not known"),
            (None, Some(_)) if kind != "S" => faults.add("customerHandle", "a customer gets no allocation"),
            (None, Some(handle)) => match self.customers.get(handle) {
                None => faults.add("customerHandle", "is not known"),
                Some(customer) if Some(&customer.org) != parent.org.as_ref() => {
                    faults.add("customerHandle", "is a customer of somebody else");
                }
                Some(_) if self.nets.values().any(|net| net.customer.as_deref() == Some(handle)) => {
                    faults.add("customerHandle", "has a net already, and may have one only");
                }
                Some(_) => {}
            },
            _ => faults.add("orgHandle", "either an orgHandle or a customerHandle is required"),
        }
    }

    fn fits(&self, prefix: Prefix, allocation: &Net, parent: &str, faults: &mut Faults) {
        if !allocation.prefix.contains(prefix) || allocation.prefix == prefix {
            faults.add("netBlocks", "is not a part of the parent net");
        }
        if prefix.family() == Family::Ipv6 && prefix.mask() > 64 {
            faults.add("netBlocks", "must not be smaller than a /64");
        }
        if self.nets.values().any(|net| net.parent.as_deref() == Some(parent) && net.prefix.overlaps(prefix)) {
            faults.add("netBlocks", "overlaps a net that is registered");
        }
    }

    pub(super) fn removal_of_net(&self, handle: &str) -> Result<Deed, Refusal> {
        let (handle, net) = self.net(handle)?;
        if !matches!(net.kind.as_str(), "S" | "A") {
            return Err(Refusal::new(400, "E_NOT_REMOVEABLE", "A direct allocation can't be removed."));
        }
        if self.nets.values().any(|other| other.parent.as_ref() == Some(handle)) {
            return Err(Refusal::new(400, "E_NOT_REMOVEABLE", "The net has nets below it."));
        }
        Ok(Deed::RemoveNet(handle.clone()))
    }

    pub(super) fn removal_of_customer(&self, handle: &str) -> Result<Deed, Refusal> {
        let (handle, _) = self.customer(handle)?;
        if self.nets.values().any(|net| net.customer.as_ref() == Some(handle)) {
            return Err(Refusal::new(409, "E_BAD_REQUEST", "The customer still has a net."));
        }
        Ok(Deed::RemoveCustomer(handle.clone()))
    }

    /// Whether a change still keeps all rules: what comes late may find the books changed.
    pub(super) fn still_fits(&self, deed: &Deed) -> bool {
        match deed {
            Deed::AddCustomer(_) => true,
            Deed::AddNet(net) => {
                !self.nets.values().any(|other| other.parent == net.parent && other.prefix.overlaps(net.prefix))
            }
            Deed::RemoveNet(handle) => self.nets.contains_key(handle),
            Deed::RemoveCustomer(handle) => self.removal_of_customer(handle).is_ok(),
        }
    }

    /// Does it; the answer is the handle of what was made or removed.
    pub(super) fn act(&mut self, deed: Deed) -> String {
        self.made += 1;
        match deed {
            Deed::AddCustomer(customer) => {
                let handle = format!("C{:08}", self.made);
                self.customers.insert(handle.clone(), customer);
                handle
            }
            Deed::AddNet(net) => {
                let address = net.prefix.first_address().to_string().replace(['.', ':'], "-").to_uppercase();
                let handle = format!("NET-{address}-{}", self.made);
                self.nets.insert(handle.clone(), net);
                handle
            }
            Deed::RemoveNet(handle) => {
                self.nets.remove(&handle);
                handle
            }
            Deed::RemoveCustomer(handle) => {
                self.customers.remove(&handle);
                handle
            }
        }
    }
}

/// The one block of a net.
fn block(payload: &Element, kind: &str, faults: &mut Faults) -> Option<Prefix> {
    let [block] = payload.below("netBlocks") else {
        faults.add("netBlocks", "must be one");
        return None;
    };
    if block.get("type") != Some(kind) {
        faults.add("type", &format!("must be {kind}"));
    }
    let (first, last) = (block.get("startAddress")?.parse().ok(), block.get("endAddress"));
    let Some(first) = first else {
        faults.add("startAddress", "is no address");
        return None;
    };
    let host = Prefix::host(first);
    let by_length = block.get("cidrLength").and_then(|length| length.parse().ok());
    let by_end = last.and_then(|last| {
        let last = Prefix::host(last.parse().ok()?);
        (0..=host.family().bits()).find(|mask| {
            Prefix::containing(host.family(), host.first(), *mask)
                .is_some_and(|prefix| prefix.first() == host.first() && prefix.last() == last.first())
        })
    });
    let prefix = by_length.or(by_end).and_then(|mask| Prefix::containing(host.family(), host.first(), mask));
    let Some(prefix) = prefix.filter(|prefix| prefix.first() == host.first()) else {
        faults.add("netBlocks", "is no block: the address and the length do not go together");
        return None;
    };
    let version = if first.is_ipv4() { "4" } else { "6" };
    if payload.get("version") != Some(version) {
        faults.add("version", "is not that of the address");
    }
    Some(prefix)
}
