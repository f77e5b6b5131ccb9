//! On which terms a request writes. Nearly all do without: what they write is written. Others only want to see what would
//! be written, or want exactly what they have seen, or must wait until others agree.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{Actor, Error, Result, Timestamp};

/// How the writes of a request are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Manner {
    /// They are kept.
    #[default]
    Keep,
    /// They are done, shown, and taken back.
    Rehearse,
    /// The same, and a token is given out by which exactly this is done later.
    Offer,
    /// They are kept if they do exactly what the preview with this token has shown.
    Exactly(Arc<str>),
}

/// What a policy says about an action, where it does not just allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Others must agree first.
    NeedsApproval,
    /// It is refused, with this sentence.
    Denied(String),
}

/// What a rehearsal has shown. What is made gets the ids that it has here, if it is made: nobody else gets them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preview {
    /// The name of the work.
    pub action: String,
    /// When it was done, in microseconds since 1970.
    pub at: i64,
    /// The ids of what is made: table, first and last.
    pub ids: Vec<(String, i64, i64)>,
    /// The records that it has loaded: table, id and version.
    pub reads: Vec<(String, i64, i64)>,
    /// What it changes, as it would stand in the change log: a JSON list of `[table, id, before, after]`.
    pub changes: String,
    /// The kinds of the jobs that it starts. What they do is no part of the preview.
    pub jobs: Vec<String>,
}

/// By which exactly what was shown can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To be sent with the same request.
    pub token: String,
    /// Until when it is good.
    pub until: Timestamp,
}

/// The terms of one request. All clones tell of the same request.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// How its writes are meant.
    pub manner: Manner,
    /// What tells this request from every other one; offers are good for no other.
    pub request: Arc<str>,
    /// By name of the work: what policies say.
    pub rules: Arc<HashMap<String, Rule>>,
    /// What was shown of it before: what it makes gets the same ids.
    pub shown: Option<Arc<Preview>>,
    /// Its writes are done only once, however often it is sent, under this name.
    pub once: Option<Arc<str>>,
    /// What has happened to it.
    pub seen: Arc<Mutex<Seen>>,
}

/// What has happened to a request.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// How many writes it has asked for.
    pub writes: u32,
    /// The work that was not done, since others have to agree first.
    pub withheld: Option<&'static str>,
    /// Whether others would have to agree to what was only shown.
    pub needs_approval: bool,
    /// What a rehearsal has shown.
    pub preview: Option<Preview>,
    /// By which that can be done.
    pub offer: Option<Offer>,
    /// Whether it is of a kind that can't be shown ahead of time.
    pub unshowable: bool,
    /// Whether the operation itself sees to it that nothing is written.
    pub by_itself: bool,
    /// Whether it has been done before, under the name in [`Terms::once`].
    pub repeated: bool,
}

impl Terms {
    /// What has happened so far.
    pub fn seen(&self) -> Seen {
        self.note().clone()
    }

    /// To write down what happens.
    pub fn note(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is written is taken back again.
    pub const fn rehearses(&self) -> bool {
        matches!(self.manner, Manner::Rehearse | Manner::Offer)
    }

    /// Whether the work with this name may be done; returns which write of the request it is, from 1.
    pub fn admit(&self, name: &'static str) -> Result<u32> {
        let mut seen = self.note();
        match (self.rules.get(name), &self.manner) {
            (Some(Rule::Denied(why)), _) => return Err(Error::Forbidden(why.clone())),
            (Some(Rule::NeedsApproval), Manner::Exactly(_)) => {
                let why = "This has to be approved by others first, so it can't be committed; send it without commit.";
                return Err(Error::conflict(why));
            }
            (Some(Rule::NeedsApproval), Manner::Keep) => {
                seen.withheld = Some(name);
                return Err(Error::forbidden(format!("\"{name}\" has to be approved by others first.")));
            }
            (Some(Rule::NeedsApproval), Manner::Rehearse | Manner::Offer) => seen.needs_approval = true,
            (None, _) => {}
        }
        seen.writes += 1;
        if seen.writes > 1 && self.manner != Manner::Keep {
            seen.unshowable = true;
            return Err(unshowable("it does several things one after the other"));
        }
        Ok(seen.writes)
    }
}

impl Actor {
    /// For an operation that shows by itself what it would do: whether it is to do only that. Its writes are kept then.
    pub fn takes_over_rehearsal(&mut self) -> bool {
        let rehearses = self.terms.take_if(|terms| terms.rehearses());
        if let Some(terms) = &rehearses {
            terms.note().by_itself = true;
        }
        rehearses.is_some()
    }

    /// For an operation that does more than write into the database, or tells a secret: refuses to show ahead of time
    /// what it would do.
    pub fn must_mean_it(&self, why: &str) -> Result<()> {
        match self.terms.as_deref() {
            Some(terms) if terms.manner != Manner::Keep => {
                terms.note().unshowable = true;
                Err(unshowable(why))
            }
            _ => Ok(()),
        }
    }
}

/// The refusal of a dry run. `why` is a part of a sentence.
pub fn unshowable(why: &str) -> Error {
    Error::invalid("dry_run", format!("can't be shown ahead of time, since {why}; send the request without it"))
}
