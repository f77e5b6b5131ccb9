//! One run: each operation is done by the model and asked of the server, and what they say is compared.

use std::time::Duration;

use axum::http::Method;
use futures_util::future::join_all;
use kernel::{Family, Prefix};
use serde_json::{Value, json};

use crate::{
    naive::{Answer, Block, Naive, Name, NewRoot, Recipient, Source, State},
    operation::{Among, From, MASKS, Mask, Operation, Pick, Piece, RANGES, Smart, Step},
    request,
    world::{Node, Reply, World, path},
};

pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) naive: Naive,
    /// What has happened so far, a line for each operation.
    said: Vec<String>,
}

/// A request, ready to be sent.
struct Call {
    method: Method,
    path: String,
    body: Value,
    /// Whether it may be sent again with the same key.
    repeatable: bool,
}

impl Call {
    fn put(block: &Value, action: &str, body: Value) -> Self {
        Self { method: Method::PUT, path: path(block, action), body, repeatable: true }
    }
}

impl Run {
    pub(crate) fn new(world: World) -> Self {
        Self { world, naive: Naive::default(), said: Vec::new() }
    }

    /// Does one step. An error says how model and server differ.
    pub(crate) async fn step(mut self, step: &Step) -> (Self, Result<(), String>) {
        if let Operation::Restart = step.operation {
            self.said.push("restart".to_owned());
            self.world = self.world.restart().await;
            return (self, Ok(()));
        }
        let node = self.world.nodes[usize::from(step.second_node) % self.world.nodes.len()].clone();
        let done = match &step.operation {
            Operation::Wait { days } => {
                self.said.push(format!("{days} days pass"));
                self.naive.today += i64::from(*days);
                self.world.clock.advance(Duration::from_hours(24) * u32::from(*days));
                Ok(())
            }
            Operation::SmartAssign(requests) => self.smart_assign(&node, requests, step.again).await,
            Operation::DirectAssign { pieces, .. } if pieces.len() > 1 => self.direct_assign(&node, step).await,
            _ => self.one(&node, step).await,
        };
        (self, done)
    }

    /// An operation that is one call.
    async fn one(&mut self, node: &Node, step: &Step) -> Result<(), String> {
        let Some((what, call, predicted)) = self.plan(&step.operation).await else { return Ok(()) };
        let key = self.key();
        let key = call.repeatable.then_some(key.as_str());
        let reply = node.ask_once(call.method.clone(), &call.path, call.body.clone(), key).await;
        if matches!(step.operation, Operation::Add { .. }) && reply.status == 201 {
            self.world.roots.push(reply.body["id"].as_i64().unwrap_or_default());
        }
        self.compare(&what, &predicted, &reply)?;
        if step.again && call.repeatable {
            let again = self.other(node).ask_once(call.method, &call.path, call.body, key).await;
            Self::repeated(&reply, &again)?;
        }
        Ok(())
    }

    /// What is asked, in words and as a request, and what the model makes of it; nothing when there is no block.
    async fn plan(&mut self, operation: &Operation) -> Option<(String, Call, Answer)> {
        if let Operation::Add { range, profile, holder, sub_assignable, duplicate, notes } = operation {
            let (prefix, holder) = (RANGES[*range].parse().unwrap(), holder.map(|who| self.world.holders[who]));
            let (profile, sub_assignable) = (profile.clone(), *sub_assignable);
            let new = NewRoot { prefix, profile, holder, sub_assignable, duplicate: *duplicate, notes: *notes };
            let predicted = self.naive.change(|naive| naive.add(&new));
            let (method, path, body) = (Method::POST, "/ipam/netblocks".to_owned(), request::add(&new));
            return Some((format!("add {new}"), Call { method, path, body, repeatable: true }, predicted));
        }
        if let Operation::ProcessHoldingTank = operation {
            let predicted = Ok(self.naive.process_holding());
            let path = "/ipam/holding_tank/process".to_owned();
            let call = Call { method: Method::PUT, path, body: Value::Null, repeatable: false };
            return Some(("process the holding tank".to_owned(), call, predicted));
        }
        if let Operation::DirectAssign { pieces, wanted, to, sub_assignable } = operation {
            let name = self.piece(*pieces.first()?)?;
            let to = Recipient { holder: self.world.holders[*to], sub_assignable: *sub_assignable };
            let what = format!("direct assign {} to {to}{wanted}", spoken(name));
            let call = Call::put(&self.sent(name).await, "/direct_assign", request::direct(wanted, to));
            let predicted = self.naive.change(|naive| naive.direct_assign(&[name], wanted, to));
            return Some((what, call, predicted));
        }
        let name = name(&self.pick(picked(operation)?)?, picked(operation)?);
        let (said, sent) = (spoken(name), self.sent(name).await);
        let naive = &mut self.naive;
        Some(match operation {
            Operation::Split { deeper, limit, .. } => {
                let mask = deeper.map(|deeper| mask_of(name) + deeper);
                let call = Call::put(&sent, "/split", json!({"mask": mask, "limit": limit}));
                (
                    format!("split {said} to {mask:?} limit {limit:?}"),
                    call,
                    naive.change(|n| n.split(name, mask, *limit)),
                )
            }
            Operation::Aggregate { mask, ignore, .. } => {
                let mask = mask.map(|mask| match mask {
                    Mask::Shorter(by) => mask_of(name).saturating_sub(by),
                    Mask::Longer(by) => mask_of(name) + by,
                });
                let call = Call::put(&sent, "/aggregate", json!({"mask": mask, "ignore_assignments": ignore}));
                let what = format!("aggregate {said} to {mask:?}, ignoring assignments: {ignore}");
                (what, call, naive.change(|n| n.aggregate(name, mask, *ignore)))
            }
            Operation::Unassign { skip_holding, .. } => {
                let call = Call::put(&sent, "/unassign", json!({"skip_holding": skip_holding}));
                let what = format!("unassign {said}, past the tank: {skip_holding}");
                (what, call, naive.change(|n| n.unassign(name, *skip_holding)))
            }
            Operation::OverrideHolding { .. } => {
                let call = Call::put(&sent, "/override_holding", Value::Null);
                (format!("override holding of {said}"), call, naive.change(|n| n.override_holding(name)))
            }
            Operation::Update { patch, .. } => {
                let (method, path, body) = (Method::PATCH, path(&sent, ""), request::patch(patch));
                let what = format!("update {said}: {body}");
                (what, Call { method, path, body, repeatable: false }, naive.change(|n| n.update(name, patch)))
            }
            Operation::Delete { force, .. } => {
                let path = path(&sent, &format!("?force={force}"));
                let call = Call { method: Method::DELETE, path, body: Value::Null, repeatable: false };
                (format!("delete {said}, by force: {force}"), call, naive.change(|n| n.delete(name, *force)))
            }
            _ => return None,
        })
    }

    /// Several requests that arrive at the same time are answered as if they had come one after another.
    async fn smart_assign(&mut self, node: &Node, requests: &[Smart], again: bool) -> Result<(), String> {
        let mut calls = Vec::new();
        for smart in requests {
            let family = self.family(smart.ipv6);
            let masks = MASKS[usize::from(family == Family::Ipv6)];
            let mask = masks[smart.mask % masks.len()];
            let inside = smart.inside.and_then(|pick| self.pick_if(pick, |block| block.prefix.family() == family));
            let inside = inside.map(|block| (block.root, block.prefix));
            let from = match smart.from {
                From::Nobody => Source::Nobody,
                From::Of(at, who) => Source::Of(self.pool(at).unwrap_or(self.world.holders[who])),
                From::Anybody => Source::Anybody,
            };
            let to = Recipient { holder: self.world.holders[smart.to], sub_assignable: Some(smart.sub_assignable) };
            let id = match inside {
                Some((root, prefix)) => Some(self.world.id(root, prefix).await),
                None => None,
            };
            let body = request::smart((family, mask), &smart.wanted, from, id, to);
            calls.push((smart.clone(), (family, mask), from, inside, to, body, self.key()));
        }
        // The first one is sent twice at once, and once more later.
        let twins = usize::from(again);
        let sent = calls[..twins].iter().chain(&calls);
        let path = "/ipam/netblocks/smart_assign";
        let ask = |(.., body, key): &(_, _, _, _, _, Value, String)| {
            let (body, key) = (body.clone(), key.clone());
            async move { node.ask_once(Method::PUT, path, body, Some(&key)).await }
        };
        let replies = join_all(sent.map(ask)).await;
        for ((smart, size, from, inside, to, ..), reply) in calls.iter().zip(&replies[twins..]) {
            // An earlier one of these may have split the block that was meant, but it is still there.
            let predicted = self.naive.change(|n| n.smart_assign(*size, &smart.wanted, *from, *inside, *to));
            let inside = inside.map_or(String::new(), |(root, prefix)| format!(" inside {prefix} of aggregate {root}"));
            let what = format!("smart assign {} /{} of {from:?}{inside} to {to}{}", size.0, size.1, smart.wanted);
            self.compare(&what, &predicted, reply)?;
        }
        for twin in &replies[..twins] {
            Self::repeated(&replies[twins], twin)?;
            // What was refused may be possible by now.
            if twin.status < 300 {
                let (.., body, key) = &calls[0];
                let later = self.other(node).ask_once(Method::PUT, path, body.clone(), Some(key)).await;
                Self::repeated(twin, &later)?;
            }
        }
        Ok(())
    }

    /// Several blocks in one call, all or none.
    async fn direct_assign(&mut self, node: &Node, step: &Step) -> Result<(), String> {
        let Operation::DirectAssign { pieces, wanted, to, sub_assignable } = &step.operation else { return Ok(()) };
        let names: Option<Vec<Name>> = pieces.iter().map(|piece| self.piece(*piece)).collect();
        let Some(names) = names else { return Ok(()) };
        // One call names its blocks either by id or by range.
        let names: Vec<Name> = names.iter().map(|name| Name::Cidr(prefix_of(*name))).collect();
        let to = Recipient { holder: self.world.holders[*to], sub_assignable: *sub_assignable };
        let query = request::direct_v1(&names.iter().map(|name| prefix_of(*name)).collect::<Vec<_>>(), wanted, to);
        let said: Vec<String> = names.iter().map(|name| spoken(*name)).collect();
        let what = format!("direct assign {} together to {to}{wanted}", said.join(", "));
        let predicted = self.naive.change(|naive| naive.direct_assign(&names, wanted, to));
        let reply = node.ask_v1(&query).await;
        let fits = match &predicted {
            Ok(_) => reply.status == 200,
            Err(_) => (400..500).contains(&reply.status),
        };
        self.said.push(format!("{what}: {predicted:?}"));
        if fits { Ok(()) } else { Err(format!("the model says {predicted:?}, the server says {reply:?}")) }
    }

    /// Another node than this one, where there are several.
    fn other<'a>(&'a self, node: &'a Node) -> &'a Node {
        self.world.nodes.iter().find(|other| !other.is(node)).unwrap_or(node)
    }

    fn compare(&mut self, what: &str, predicted: &Answer, reply: &Reply) -> Result<(), String> {
        let fits = match predicted {
            Ok(ranges) => (200..300).contains(&reply.status) && *ranges == reply.ranges(),
            Err(_) => (400..500).contains(&reply.status),
        };
        let list = |ranges: &[Prefix]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let model = match predicted {
            Ok(ranges) => list(ranges),
            Err(why) => format!("refused: {why}"),
        };
        self.said.push(format!("{what}: {model}"));
        if fits {
            return Ok(());
        }
        let server = match reply.status {
            200..300 => list(&reply.ranges()),
            status => format!("{status}: {}", reply.body["detail"]),
        };
        Err(format!("the last one is answered with: {server}"))
    }

    /// Whoever asks again with the same key hears the same.
    fn repeated(first: &Reply, again: &Reply) -> Result<(), String> {
        let same = if first.status < 300 { first == again } else { first.status == again.status };
        if same { Ok(()) } else { Err(format!("the last one, sent again with its key, is answered with {again:?}")) }
    }

    /// What happened, and what is wrong.
    pub(crate) fn story(&self, differences: &[String]) -> String {
        let steps: Vec<String> = self.said.iter().zip(1..).map(|(said, n)| format!("{n:>3}. {said}")).collect();
        format!("\n{}\n\n{}\n", steps.join("\n"), differences.join("\n"))
    }

    fn key(&mut self) -> String {
        self.world.keys += 1;
        format!("key {}", self.world.keys)
    }

    /// This family, or the other one when only that has anything free.
    fn family(&self, ipv6: bool) -> Family {
        let (wanted, other) = if ipv6 { (Family::Ipv6, Family::Ipv4) } else { (Family::Ipv4, Family::Ipv6) };
        let free = |family| self.naive.blocks.iter().any(|b| b.is_free() && b.prefix.family() == family);
        if free(other) && !free(wanted) { other } else { wanted }
    }

    /// The holder of one of the pools.
    fn pool(&self, at: u16) -> Option<i64> {
        let pools: Vec<&Block> = self.naive.blocks.iter().filter(|block| block.state == State::Pool).collect();
        pools.get(proportion(at, pools.len())).map(|block| block.holder)
    }

    fn pick(&self, pick: Pick) -> Option<Block> {
        self.pick_if(pick, |_| true)
    }

    fn pick_if(&self, pick: Pick, allowed: impl Fn(&Block) -> bool) -> Option<Block> {
        let fits = |block: &&Block| match pick.among {
            Among::All => true,
            Among::Free => block.is_free(),
            Among::Held => block.holder != crate::naive::AVAILABLE && block.state != State::Holding,
            Among::Resting => block.state == State::Holding,
            Among::Split => block.state == State::Split,
            Among::Aggregates => self.naive.is_root(block),
        };
        let all = || self.naive.blocks.iter().filter(|block| allowed(block));
        let mut found: Vec<&Block> = all().filter(fits).collect();
        if found.is_empty() {
            found = all().collect();
        }
        found.sort_by_key(|block| (block.root, block.prefix));
        found.get(proportion(pick.at, found.len())).map(|block| (*block).clone())
    }

    fn piece(&self, piece: Piece) -> Option<Name> {
        let block = self.pick(piece.of)?;
        let Some((deeper, which)) = piece.deeper else { return Some(name(&block, piece.of)) };
        let mask = (block.prefix.mask() + deeper).min(block.prefix.family().bits());
        let deeper = mask - block.prefix.mask();
        let shift = block.prefix.family().bits() - mask;
        let offset = (u128::from(which) & ((1 << deeper) - 1)).checked_shl(shift.into()).unwrap_or(0);
        Prefix::containing(block.prefix.family(), block.prefix.first() + offset, mask).map(Name::Cidr)
    }

    async fn sent(&self, name: Name) -> Value {
        match name {
            Name::Id(root, prefix) => self.world.id(root, prefix).await,
            Name::Cidr(prefix) => json!(prefix.to_string()),
        }
    }
}

/// The place in a list of this length that corresponds to a number.
fn proportion(at: u16, length: usize) -> usize {
    usize::from(at) * length / (usize::from(u16::MAX) + 1)
}

fn picked(operation: &Operation) -> Option<Pick> {
    match operation {
        Operation::Split { block, .. }
        | Operation::Aggregate { block, .. }
        | Operation::Unassign { block, .. }
        | Operation::OverrideHolding { block }
        | Operation::Update { block, .. }
        | Operation::Delete { block, .. } => Some(*block),
        _ => None,
    }
}

fn name(block: &Block, pick: Pick) -> Name {
    if pick.by_cidr { Name::Cidr(block.prefix) } else { Name::Id(block.root, block.prefix) }
}

fn prefix_of(name: Name) -> Prefix {
    let (Name::Id(_, prefix) | Name::Cidr(prefix)) = name;
    prefix
}

fn mask_of(name: Name) -> u8 {
    prefix_of(name).mask()
}

fn spoken(name: Name) -> String {
    match name {
        Name::Id(root, prefix) => format!("{prefix} of aggregate {root}"),
        Name::Cidr(prefix) => prefix.to_string(),
    }
}

impl Reply {
    /// The ranges of the blocks in it.
    fn ranges(&self) -> Vec<Prefix> {
        let one = |block: &Value| block["cidr"].as_str().and_then(|cidr| cidr.parse().ok());
        match &self.body {
            Value::Array(blocks) => blocks.iter().filter_map(one).collect(),
            block => one(block).into_iter().collect(),
        }
    }
}
