//! The actions that policies speak of: works of people, by the names under which they stand in the change log.

use serde::Serialize;

/// An action, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub sentence: &'static str,
    /// Whether its answer tells a secret that is shown only once. It can be denied, but not wait for others: nobody would
    /// be there to read the answer.
    pub tells_secret: bool,
}

impl Action {
    /// The noun that it is about, such as `block`.
    pub fn family(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }
}

const fn does(name: &'static str, sentence: &'static str) -> Action {
    Action { name, sentence, tells_secret: false }
}

const fn tells(name: &'static str, sentence: &'static str) -> Action {
    Action { name, sentence, tells_secret: true }
}

/// All of them. A test of the house compares them with the works in the code.
pub const ACTIONS: &[Action] = &[
    does("api_key.delete", "Take the API key of a user away"),
    tells("api_key.set", "Make the API key of a user"),
    does("attachment.add", "Attach a file to a resource"),
    does("attachment.delete", "Remove an attached file"),
    does("block.add", "Add a block or an aggregate"),
    does("block.aggregate", "Merge blocks into the one around them"),
    does("block.delete", "Delete an aggregate"),
    does("block.direct_assign", "Assign a chosen block"),
    does("block.move", "Move a block to another holder"),
    does("block.override_holding", "Take a block out of the holding tank"),
    does("block.process_holding", "Make available what has rested in the holding tank"),
    does("block.release", "End the reservation of a block"),
    does("block.reserve", "Reserve a block"),
    does("block.smart_assign", "Assign the best free block"),
    does("block.split", "Split a block"),
    does("block.tag", "Change the tags of a block"),
    does("block.unassign", "Take a block back"),
    does("block.unassign_all", "Take back all blocks of a resource"),
    does("block.update", "Change blocks"),
    does("column.change", "Name a column of blocks"),
    does("contact.import", "Import or refresh a contact from a registry or a directory"),
    does("group.add", "Add a group of users"),
    does("group.change", "Change a group of users"),
    does("group.delete", "Delete a group of users"),
    does("group.set_members", "Set the users in a group"),
    does("group.set_permissions", "Set the permissions of a group"),
    does("identity.add", "Link a user to an account of a provider of OpenID Connect"),
    does("identity.delete", "Unlink a user from a provider of OpenID Connect"),
    does("import.start", "Import blocks from a file"),
    does("job.change", "Cancel a job, or try it again"),
    does("link.add", "Link resources"),
    does("link.change", "Change a link"),
    does("link.remove", "Remove a link"),
    does("link.set", "Set the links of a resource"),
    does("lir.add", "Add an LIR"),
    does("lir.change", "Change an LIR"),
    does("lir.delete", "Delete an LIR"),
    does("log.undo", "Undo changes"),
    does("login_method.add", "Add a way of signing in"),
    does("login_method.change", "Change a way of signing in"),
    does("login_method.delete", "Delete a way of signing in"),
    does("mail.forget", "Forget how mail is sent"),
    does("mail.set", "Set how mail is sent"),
    does("mail.try", "Try out how mail is sent"),
    does("oidc_provider.add", "Add a provider of OpenID Connect"),
    does("oidc_provider.change", "Change a provider of OpenID Connect"),
    does("oidc_provider.delete", "Delete a provider of OpenID Connect"),
    does("passkey.change", "Rename a passkey"),
    does("passkey.delete", "Delete a passkey"),
    does("passkey.register", "Add a passkey"),
    does("quota.add", "Add a quota"),
    does("quota.change", "Change a quota"),
    does("quota.delete", "Delete a quota"),
    does("region.add", "Add a region"),
    does("resource.add", "Add a resource"),
    does("resource.back_up", "Copy a resource into the archive"),
    does("resource.clone", "Clone a resource"),
    tells("resource.decode", "Read an encrypted field"),
    does("resource.delete", "Delete a resource"),
    does("resource.restore", "Restore a resource from the archive"),
    does("resource.start_import", "Import the entries of a section from a file"),
    does("resource.update", "Change a resource"),
    does("resource.update_many", "Change several resources"),
    does("rir.add", "Add a numbering authority"),
    does("rule.add", "Add an IPAM rule"),
    does("rule.change", "Change an IPAM rule"),
    does("rule.delete", "Delete an IPAM rule"),
    does("second_factor.confirm", "Begin to use a second factor"),
    tells("second_factor.enrol", "Make a second factor"),
    does("second_factor.remove", "Remove a second factor"),
    tells("second_factor.renew_recovery_codes", "Make new recovery codes"),
    does("session.revoke", "End a session"),
    does("sign_in_policy.change", "Change what signing in takes"),
    does("swip.start", "Register or remove a reassignment at a registry"),
    does("tag.add", "Add a tag"),
    does("tag.delete", "Delete a tag"),
    tells("token.make", "Make a token"),
    does("token.revoke", "Revoke a token"),
    does("user.add", "Add a user"),
    does("user.change", "Change a user"),
    does("user.change_password", "Change a password"),
    does("user.delete", "Delete a user"),
    does("view.add", "Add a view"),
    does("view.change", "Change a view"),
    does("view.delete", "Delete a view"),
    does("vlan.add", "Add a VLAN"),
    does("vlan.change", "Change a VLAN"),
    does("vlan.delete", "Delete a VLAN"),
    does("vlan_domain.add", "Add a VLAN domain"),
    does("vlan_domain.change", "Change a VLAN domain"),
    does("vlan_domain.delete", "Delete a VLAN domain"),
    does("vrf.add", "Add a VRF"),
    does("vrf.change", "Change a VRF"),
    does("vrf.delete", "Delete a VRF"),
];

/// The action with this name.
pub(crate) fn find(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

/// How closely a pattern names an action: its name, its family, or all; nothing when it does not.
pub(crate) fn closeness(pattern: &str, action: &Action) -> Option<u8> {
    match pattern.strip_suffix(".*") {
        _ if pattern == action.name => Some(2),
        Some(family) if family == action.family() => Some(1),
        _ if pattern == "*" => Some(0),
        _ => None,
    }
}
