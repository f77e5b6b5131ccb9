//! The rules that a change at ARIN must keep before anything is sent.

use ipam::{HeldBlock, State as BlockState};
use kernel::{Area, Error, Family, FieldErrors, Prefix, Result, Rights};
use resources::{Load, Resource};
use store::{Tx, params};

use super::{Action, NewSwip};
use crate::{
    arin::Customer,
    lir::{self, LirRow},
    registration::RegistrationRow,
};

/// What is to be done, with all that follows from what is known here.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) block: HeldBlock,
    pub(crate) lir: LirRow,
    pub(crate) action: Action,
    pub(crate) entity_handle: String,
    pub(crate) recipient: Option<String>,
    pub(crate) net_name: String,
    pub(crate) customer: Option<Customer>,
    pub(crate) customer_handle: Option<String>,
    /// What is registered for the block.
    pub(crate) registration: Option<RegistrationRow>,
}

/// The longest name of a network.
const LONGEST_NAME: usize = 50;
/// The longest prefix of an IPv6 network that ARIN registers.
const LONGEST_IPV6: u8 = 64;

/// Works the plan out. The actor needs the right to send registrations (SWIP) for the block's holder.
pub(crate) async fn plan(tx: &mut Tx, new: &NewSwip) -> Result<Plan> {
    let block = ipam::held_block(tx, &new.block).await?;
    may_send(tx, &block.holder)?;
    if let Some(cidr) = new.cidr.filter(|cidr| *cidr != block.prefix) {
        let message = format!("block {} is {}, not {cidr}", block.id, block.prefix);
        return Err(Error::invalid("cidr", message));
    }
    if let Some(id) = new.resource_id.filter(|id| *id != block.holder.id) {
        let (name, holder) = (&block.holder.name, block.holder.id);
        let message = format!("{} is held by \"{name}\" ({holder}), not by {id}", block.prefix);
        return Err(Error::conflict_of("resource_id", message));
    }
    let registration = tx.find::<RegistrationRow>("block_id = $1", params![block.id]).await?.pop();
    let lir = lir_of(tx, new, &block, registration.as_ref()).await?;
    let entity_handle = entity(new, &lir)?;
    let mut errors = FieldErrors::default();
    let net_name = match &new.net_name {
        Some(name) => given_name(name, &mut errors),
        None => default_name(&lir, block.prefix, new.action, &mut errors),
    };
    let recipient = recipient(new, &mut errors);
    let customer_handle = new.customer_handle.as_ref().map(|text| lir::handle("customer_handle", text, &mut errors));
    if new.action != Action::Deassign {
        can_be_given(&block, registration.as_ref())?;
    }
    let customer = match (&new.customer, new.action, &customer_handle) {
        (Some(_), Action::SimpleReassign, Some(_)) => {
            errors.push("customer", "can't be given together with customer_handle; give one of the two");
            None
        }
        (Some(customer), Action::SimpleReassign, None) => Some(customer.clone()),
        (None, Action::SimpleReassign, None) => Some(customer_of(tx, &block.holder, &mut errors).await?),
        (Some(_), _, _) => {
            errors.push("customer", "is taken for a simple reassignment only");
            None
        }
        (None, _, _) => None,
    };
    if let Some(customer) = &customer {
        customer.check(&mut errors);
    }
    errors.into_result()?;
    Ok(Plan {
        block,
        lir,
        action: new.action,
        entity_handle,
        recipient,
        net_name,
        customer,
        customer_handle,
        registration,
    })
}

/// Refuses whoever may not send registrations for blocks of this holder.
pub(crate) fn may_send(tx: &Tx, holder: &Resource) -> Result<()> {
    if holder.rights(tx.actor()).has(Rights::SWIP) {
        return Ok(());
    }
    let (right, name, id) = (Rights::SWIP.names().join(", "), &holder.name, holder.id);
    Err(Error::forbidden(format!("You need {right} on resource \"{name}\" ({id}) to do this.")))
}

async fn lir_of(
    tx: &mut Tx,
    new: &NewSwip,
    block: &HeldBlock,
    registration: Option<&RegistrationRow>,
) -> Result<LirRow> {
    let known = new.lir_id.or(registration.map(|registration| registration.lir_id)).or(block.lir);
    let missing = || Error::invalid("lir_id", format!("is required: {} is linked to no LIR", block.prefix));
    let id = known.ok_or_else(missing)?;
    let (lir, _) = lir::visible(tx, id).await.map_err(|_| Error::invalid("lir_id", format!("there is no LIR {id}")))?;
    if lir.rir != "ARIN" {
        let message = format!("LIR {id} is an account at {}; only ARIN registers reassignments by SWIP", lir.rir);
        return Err(Error::invalid("lir_id", message));
    }
    if block.rir != lir.rir {
        return Err(Error::conflict_of("lir_id", format!("{} is of {}, not of ARIN", block.prefix, block.rir)));
    }
    Ok(lir)
}

/// The organisation as which the LIR acts.
fn entity(new: &NewSwip, lir: &LirRow) -> Result<String> {
    let (orgs, id) = (lir.org_ids(), lir.id);
    let list = if orgs.is_empty() { "it has none".to_owned() } else { format!("it has {}", orgs.join(", ")) };
    match (&new.entity_handle, orgs.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Error::invalid("entity_handle", format!("must be an organisation of LIR {id}; {list}"))),
        (Some(given), known) => {
            let found = known.iter().find(|org| org.eq_ignore_ascii_case(given.trim()));
            let unknown = || Error::invalid("entity_handle", format!("is no organisation of LIR {id}; {list}"));
            found.cloned().ok_or_else(unknown)
        }
    }
}

/// The name of a network (Reg-RWS: letters, digits and hyphens).
fn given_name(name: &str, errors: &mut FieldErrors) -> String {
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !(1..=LONGEST_NAME).contains(&name.len()) || !name.chars().all(fits) {
        errors.push("net_name", format!("must have 1 to {LONGEST_NAME} letters, digits and hyphens"));
    }
    name.to_owned()
}

/// The LIR's prefix, the address with hyphens, and the mask: `6CONN-67-221-241-0-24`.
fn default_name(lir: &LirRow, prefix: Prefix, action: Action, errors: &mut FieldErrors) -> String {
    let Some(begin) = &lir.net_name_prefix else {
        if action != Action::Deassign {
            errors.push("net_name", format!("is required: LIR {} has no net_name_prefix", lir.id));
        }
        return String::new();
    };
    net_name(begin, prefix)
}

pub(crate) fn net_name(begin: &str, prefix: Prefix) -> String {
    let address = prefix.first_address().to_string().to_ascii_uppercase();
    let parts: Vec<&str> = address.split(['.', ':']).filter(|part| !part.is_empty()).collect();
    let parts = if parts.is_empty() { "0".to_owned() } else { parts.join("-") };
    format!("{begin}-{parts}-{}", prefix.mask())
}

fn recipient(new: &NewSwip, errors: &mut FieldErrors) -> Option<String> {
    match (&new.recipient, new.action) {
        (Some(handle), Action::DetailedReassign | Action::Reallocate) => Some(lir::handle("recipient", handle, errors)),
        (None, Action::DetailedReassign | Action::Reallocate) => {
            errors.push("recipient", "is required: the organisation at ARIN that gets the block");
            None
        }
        (Some(_), Action::SimpleReassign | Action::Deassign) => {
            errors.push("recipient", "is taken for a detailed reassignment and a reallocation only");
            None
        }
        (None, Action::SimpleReassign | Action::Deassign) => None,
    }
}

/// Refuses what can't be given to anybody in ARIN's books.
fn can_be_given(block: &HeldBlock, registration: Option<&RegistrationRow>) -> Result<()> {
    let prefix = block.prefix;
    if let Some(registration) = registration {
        let net = &registration.net_handle;
        return Err(Error::conflict_of(
            "block",
            format!("{prefix} is registered already, as {net}; deassign it first"),
        ));
    }
    if !matches!(block.state, BlockState::Assigned | BlockState::Pool) {
        return Err(Error::conflict_of("block", format!("{prefix} is held by no customer; assign it first")));
    }
    if prefix.family() == Family::Ipv6 && prefix.mask() > LONGEST_IPV6 {
        let message =
            format!("{prefix} is smaller than a /{LONGEST_IPV6}, and ARIN registers no smaller IPv6 networks");
        return Err(Error::invalid("block", message));
    }
    Ok(())
}

/// The customer that a resource is, by its attributes.
async fn customer_of(tx: &mut Tx, holder: &Resource, errors: &mut FieldErrors) -> Result<Customer> {
    holder.allow(tx.actor(), Area::Resource, kernel::Action::Read)?;
    let what = Load { attributes: true, rights: false, links: false };
    let details = resources::details(tx, vec![holder.clone()], what).await?.pop();
    let attributes = details.map(|details| details.attributes).unwrap_or_default();
    let lines = |name: &str| -> Vec<String> {
        let values = attributes.get(name).map(Vec::as_slice).unwrap_or_default();
        let lines = values.iter().flat_map(|value| value.lines()).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let one = |name: &str| lines(name).into_iter().next();
    for name in ["street_address", "city", "country"] {
        if lines(name).is_empty() {
            let (holder, id) = (&holder.name, holder.id);
            let rule = format!("is required: give it here, or resource \"{holder}\" ({id}) the attribute {name}");
            errors.push(format!("customer.{name}"), rule);
        }
    }
    errors.clone().into_result()?;
    Ok(Customer {
        handle: None,
        name: holder.name.clone(),
        street_address: lines("street_address"),
        city: one("city").unwrap_or_default(),
        state: one("state").map(|state| state.to_ascii_uppercase()),
        postal_code: one("postal_code"),
        country: one("country").map(|country| country.to_ascii_uppercase()).unwrap_or_default(),
        private: one("private_customer")
            .is_some_and(|yes| matches!(yes.to_ascii_lowercase().as_str(), "1" | "true" | "yes")),
        comment: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_networks_follow_the_pattern_of_the_documents() {
        for (begin, prefix, name) in [
            ("6CONN", "67.221.241.0/24", "6CONN-67-221-241-0-24"),
            ("NET-ACME", "67.221.244.0/28", "NET-ACME-67-221-244-0-28"),
            ("6CONN", "2001:db8:1::/48", "6CONN-2001-DB8-1-48"),
            ("6CONN", "::/0", "6CONN-0-0"),
        ] {
            assert_eq!(net_name(begin, prefix.parse().unwrap()), name);
        }
    }
}
