//! What the policies of all groups of a person together say.
//!
//! In each group the policy that names an action most closely decides. Among groups a denial comes first; then whoever
//! allows it expressly, which is how somebody is freed from what another group has to ask for; then whoever wants approval.
//! A group that says nothing has no part in it, and what nobody speaks of is allowed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use access::{groups_by_id, groups_in_force};
use kernel::{Actor, Error, GroupId, Result, Rule, UserId};
use store::{Cached, Db, Tx};

use super::{Effect, PolicyRow};
use crate::{
    SIGNAL,
    action::{ACTIONS, Action, closeness},
};

/// The most people whose rules are kept in memory.
const MOST_PEOPLE: usize = 10_000;

/// The rules of a person, by action; empty for most.
type OfPerson = Arc<HashMap<String, Rule>>;

/// The rules in memory, as long as nothing changes.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    all: Cached<Vec<PolicyRow>>,
    /// With the generations of policies and of users in which they were worked out.
    of_people: Mutex<HashMap<UserId, ((u64, u64), OfPerson)>>,
}

impl Rules {
    /// The rules of a person, when they can be told without waiting.
    pub(crate) fn at_once(&self, db: &Db, user: UserId) -> Option<OfPerson> {
        let generation = generation(db);
        if self.all.fresh(generation.0).is_some_and(|all| all.is_empty()) {
            return Some(OfPerson::default());
        }
        let known = self.of_people.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&user).filter(|(kept, _)| *kept == generation).map(|(_, rules)| rules.clone())
    }

    /// The rules of a person.
    pub(crate) async fn of(&self, db: &Db, user: UserId) -> Result<OfPerson> {
        if let Some(known) = self.at_once(db, user) {
            return Ok(known);
        }
        let generation = generation(db);
        let mut tx = db.read(&Actor::system("policies")).await?;
        let all = match self.all.fresh(generation.0) {
            Some(all) => all,
            None => self.all.keep(generation.0, policies(&mut tx).await?),
        };
        let rules = if all.is_empty() { OfPerson::default() } else { Arc::new(combined(&mut tx, &all, user).await?) };
        let mut known = self.of_people.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PEOPLE {
            known.clear();
        }
        known.insert(user, (generation, rules.clone()));
        Ok(rules)
    }
}

fn generation(db: &Db) -> (u64, u64) {
    (db.generation(SIGNAL), db.generation(access::SIGNAL))
}

async fn policies(tx: &mut Tx) -> Result<Vec<PolicyRow>> {
    tx.find::<PolicyRow>("id > 0 ORDER BY id", &[]).await
}

async fn combined(tx: &mut Tx, all: &[PolicyRow], user: UserId) -> Result<HashMap<String, Rule>> {
    let groups = groups_in_force(tx, user).await?;
    let named = groups_by_id(tx, &groups).await?;
    let name = |id: GroupId| named.iter().find(|group| group.id == id).map_or("", |group| &group.name);
    let mut rules = HashMap::new();
    for action in ACTIONS {
        let said = said(all, &groups, action)?;
        let denied = said.iter().find(|(effect, _)| *effect == Effect::Deny);
        let freed = said.iter().any(|(effect, _)| *effect == Effect::Allow);
        let asks = said.iter().any(|(effect, _)| *effect == Effect::NeedsApproval) && !action.tells_secret;
        if let Some((_, policy)) = denied {
            let (group, action) = (name(policy.group_id), action.name);
            let why = format!("A policy of your group \"{group}\" does not allow \"{action}\".");
            rules.insert(action.to_owned(), Rule::Denied(why));
        } else if asks && !freed {
            rules.insert(action.name.to_owned(), Rule::NeedsApproval);
        }
    }
    Ok(rules)
}

/// What these groups say of an action: for each that says anything, the policy that names it most closely.
fn said<'a>(all: &'a [PolicyRow], groups: &[GroupId], action: &Action) -> Result<Vec<(Effect, &'a PolicyRow)>> {
    let mut nearest: HashMap<GroupId, (u8, &PolicyRow)> = HashMap::new();
    for policy in all.iter().filter(|policy| groups.contains(&policy.group_id)) {
        let Some(near) = closeness(&policy.action, action) else { continue };
        let best = nearest.entry(policy.group_id).or_insert((near, policy));
        if near > best.0 {
            *best = (near, policy);
        }
    }
    nearest.into_values().map(|(_, policy)| Ok((policy.effect()?, policy))).collect()
}

/// The groups that must agree before this person may do this.
pub(crate) async fn approvers_of(tx: &mut Tx, user: UserId, action: &Action) -> Result<BTreeSet<GroupId>> {
    let (all, groups) = (policies(tx).await?, groups_in_force(tx, user).await?);
    let mut approvers = BTreeSet::new();
    for (effect, policy) in said(&all, &groups, action)? {
        if effect == Effect::NeedsApproval {
            approvers.extend(policy.approvers()?);
        }
    }
    if approvers.is_empty() {
        return Err(Error::conflict("The policies have just been changed; send the request again."));
    }
    Ok(approvers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::find;

    fn policy(group: i64, action: &str, effect: Effect) -> PolicyRow {
        let (action, effect) = (action.to_owned(), effect.name().to_owned());
        PolicyRow { id: 0, version: 1, group_id: GroupId(group), action, effect, approvers: "[]".to_owned() }
    }

    fn effects(all: &[PolicyRow], groups: &[i64]) -> Vec<Effect> {
        let groups: Vec<_> = groups.iter().map(|id| GroupId(*id)).collect();
        let mut effects: Vec<_> =
            said(all, &groups, find("block.split").unwrap()).unwrap().into_iter().map(|(effect, _)| effect).collect();
        effects.sort_by_key(|effect| effect.name());
        effects
    }

    #[test]
    fn in_a_group_the_closest_name_decides_and_other_groups_have_no_say() {
        let all = [
            policy(1, "*", Effect::Deny),
            policy(1, "block.*", Effect::NeedsApproval),
            policy(1, "block.add", Effect::Deny),
            policy(2, "block.split", Effect::Allow),
            policy(3, "resource.*", Effect::Deny),
        ];
        assert_eq!(effects(&all, &[1]), [Effect::NeedsApproval]);
        assert_eq!(effects(&all, &[1, 2]), [Effect::Allow, Effect::NeedsApproval]);
        assert_eq!(effects(&all, &[3]), []);
        assert_eq!(effects(&all, &[]), []);
    }
}
