//! Somebody who is given blocks and gives them back, and who remembers what was answered.

use std::{collections::BTreeSet, time::Duration};

use kernel::Prefix;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Ledger, Lost, Reply, crowd::Provider};

/// Somebody holds no more than this, so that everybody finds space now and then, and nobody always does.
const MOST: usize = 8;
/// Tries until a server that is too busy must have done something.
const TRIES: usize = 200;

/// Somebody with a resource of their own. Nobody else touches its blocks.
#[derive(Debug)]
pub struct Person {
    id: i64,
    provider: Provider,
    /// What was given, and has not been given back.
    blocks: BTreeSet<Prefix>,
    /// What rests in the holding tank.
    resting: Vec<Prefix>,
    /// What has been asked for and not been answered yet.
    asked: Option<Asked>,
    /// How many requests there were.
    requests: u64,
}

/// A request, and what follows from it.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    body: Value,
    key: String,
    meaning: Meaning,
}

#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// A block is given, if there is one.
    Get,
    /// The block is given back: it can be had again.
    Return(Prefix),
    /// The block is given back, but has to rest.
    Rest(Prefix),
    /// It has rested enough.
    Wake(Prefix),
    /// Free blocks are split or merged, if they are still there.
    Shape,
}

impl Person {
    /// Somebody who has nothing.
    pub(crate) fn new(id: i64, provider: Provider) -> Self {
        Self { id, provider, blocks: BTreeSet::new(), resting: Vec::new(), asked: None, requests: 0 }
    }

    /// Asks for one thing at random. When the answer is lost, nobody knows what has been done, until somebody
    /// [recovers](Self::recover).
    pub async fn act(&mut self, client: &Client, ledger: &Ledger) -> Result<(), Lost> {
        let (path, body, meaning) = self.choose(client).await?;
        self.requests += 1;
        let asked = Asked { path, body, key: format!("{} {}", self.id, self.requests), meaning };
        if let Meaning::Return(block) | Meaning::Rest(block) = meaning {
            ledger.strike(block);
        }
        self.asked = Some(asked.clone());
        let reply = if matches!(meaning, Meaning::Get) && rand::random_ratio(1, 20) {
            // Somebody without patience, who gets the same block twice and not two blocks.
            let (first, second) = tokio::join!(asked.send(client), asked.send(client));
            let (first, second) = (first?, second?);
            // One may have been refused before there was space for the other one.
            let both = first.status == 200 && second.status == 200;
            assert!(!both || first == second, "{asked:?} was answered with {first:?} and {second:?}");
            if first.status == 200 { first } else { second }
        } else {
            asked.send(client).await?
        };
        self.hear(&reply, ledger);
        Ok(())
    }

    /// Whether something was asked for and never answered.
    pub fn waits(&self) -> bool {
        self.asked.is_some()
    }

    /// How much has been asked for so far.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    async fn choose(&mut self, client: &Client) -> Result<(String, Value, Meaning), Lost> {
        let one = |blocks: usize| rand::random_range(0..blocks);
        let many = self.blocks.len();
        if many > 0 && (many >= MOST || rand::random_ratio(2, 5)) {
            let block = *self.blocks.iter().nth(one(many)).unwrap();
            let skip_holding = rand::random_ratio(4, 5);
            let meaning = if skip_holding { Meaning::Return(block) } else { Meaning::Rest(block) };
            return Ok((path(block, "unassign"), json!({ "skip_holding": skip_holding }), meaning));
        }
        if !self.resting.is_empty() && rand::random_ratio(1, 3) {
            let block = self.resting[one(self.resting.len())];
            return Ok((path(block, "override_holding"), Value::Null, Meaning::Wake(block)));
        }
        Ok(match rand::random_range(0..20) {
            0 | 1 => {
                let block = Prefix::containing(kernel::Family::Ipv4, 0x0a00_0000 + rand::random_range(0..1 << 13), 28);
                (path(block.unwrap(), "direct_assign"), json!({ "resource_id": self.id }), Meaning::Get)
            }
            2 => match self.free(client).await? {
                Some(block) => (path(block, "split"), json!({}), Meaning::Shape),
                None => self.smart_assign(),
            },
            3 => match self.free(client).await? {
                Some(block) => (path(block, "aggregate"), json!({}), Meaning::Shape),
                None => self.smart_assign(),
            },
            _ => self.smart_assign(),
        })
    }

    fn smart_assign(&self) -> (String, Value, Meaning) {
        let (family, masks) = if rand::random() { ("ipv4", 26..=30) } else { ("ipv6", 60..=64) };
        let mut body = json!({ "resource_id": self.id, "type": family, "mask": rand::random_range(masks) });
        match rand::random_range(0..6) {
            0 => body["assigned_resource_id"] = json!("ignore"),
            1 => body["assigned_resource_id"] = json!(self.provider.0),
            _ => {}
        }
        ("/ipam/netblocks/smart_assign".to_owned(), body, Meaning::Get)
    }

    /// Some block that was free just now.
    async fn free(&self, client: &Client) -> Result<Option<Prefix>, Lost> {
        let offset: u32 = rand::random_range(0..30);
        let path = format!("/ipam/netblocks?state=available&limit=1&offset={offset}");
        let reply = client.ask(Method::GET, &path, Value::Null, None).await?;
        Ok(reply.body[0]["cidr"].as_str().map(|cidr| cidr.parse().unwrap()))
    }

    /// Takes over what was answered.
    fn hear(&mut self, reply: &Reply, ledger: &Ledger) {
        let Some(asked) = self.asked.take() else { return };
        match (asked.meaning, reply.status) {
            (Meaning::Get, 200) => {
                let block = block(if reply.body.is_array() { &reply.body[0] } else { &reply.body });
                ledger.enter(block, self.id);
                self.blocks.insert(block);
            }
            (Meaning::Return(block), 200) => _ = self.blocks.remove(&block),
            (Meaning::Rest(block), 200) => {
                self.blocks.remove(&block);
                self.resting.push(block);
            }
            // Somebody may have got it by its name meanwhile.
            (Meaning::Wake(block), 200 | 404 | 409) => self.resting.retain(|other| *other != block),
            (Meaning::Get, 400..500) | (Meaning::Shape, 200 | 400..500) => {}
            (_, _) => panic!("{asked:?} was answered with {reply:?}"),
        }
    }

    /// After a server was killed: finds out what became of the request that was not answered, and fails when anything
    /// that was answered is gone, or when the same request, sent again, does another thing than it did before.
    pub async fn recover(&mut self, client: &Client, ledger: &Ledger) {
        let there = self.there(client).await;
        let Some(asked) = self.asked.clone() else {
            assert_eq!(there, self.blocks, "{} does not have what was answered", self.id);
            return;
        };
        let given: Vec<Prefix> = there.difference(&self.blocks).copied().collect();
        let mut gone = self.blocks.difference(&there);
        match asked.meaning {
            Meaning::Get => assert!(gone.next().is_none() && given.len() <= 1, "{asked:?} gave {given:?} of {there:?}"),
            Meaning::Return(block) | Meaning::Rest(block) => {
                assert!(given.is_empty() && gone.all(|other| *other == block), "{asked:?} left {there:?}");
            }
            Meaning::Wake(_) | Meaning::Shape => assert_eq!(there, self.blocks, "{asked:?} changed what was given"),
        }
        let Ok(reply) = asked.send(client).await else { panic!("{asked:?} was lost again") };
        self.hear(&reply, ledger);
        if let [given] = given[..] {
            assert!(self.blocks.contains(&given), "{asked:?} had given {given}, and then was answered with {reply:?}");
        }
        assert_eq!(self.there(client).await, self.blocks, "{asked:?} was answered with {reply:?}");
    }

    /// The blocks that the server says are this resource's.
    async fn there(&self, client: &Client) -> BTreeSet<Prefix> {
        let blocks = client.blocks(&format!("resource_id={}&is_aggregate=true", self.id)).await;
        blocks.iter().map(block).collect()
    }
}

impl Asked {
    /// Sends it, again and again while the server has too much to do.
    async fn send(&self, client: &Client) -> Result<Reply, Lost> {
        for _ in 0..TRIES {
            let reply = client.ask(Method::PUT, &self.path, self.body.clone(), Some(&self.key)).await?;
            if reply.status != 503 {
                return Ok(reply);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{self:?} was put off {TRIES} times");
    }
}

fn path(block: Prefix, action: &str) -> String {
    format!("/ipam/netblocks/{block}/{action}")
}

fn block(shown: &Value) -> Prefix {
    shown["cidr"].as_str().and_then(|cidr| cidr.parse().ok()).unwrap_or_else(|| panic!("no block: {shown}"))
}
