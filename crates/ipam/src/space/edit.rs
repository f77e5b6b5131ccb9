//! Changing blocks: the table, the counters, the journal and the index together.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kernel::{BlockId, Error, Prefix, ProfileId, Result};
use store::{Counter, Tx, params};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{FreeLeaf, Place, Pool, index::Index, journal::Change};
use crate::{
    block::{self, Block, State, reserved_until},
    profile::Profile,
    quota::{self, Gains, Quotas},
};

/// How many leaves a root has, by profile, state and mask.
static COUNT: Counter = Counter::new(
    "block_count",
    &[
        Counter::column("root_id"),
        Counter::column("profile_id"),
        Counter::column("state"),
        Counter::column("mask"),
        Counter::column("n"),
    ],
);

/// Held by every change of blocks, from before it looks at them to its commit.
pub(crate) const LOCK: &str = "ipam blocks";

/// The index of one database.
#[derive(Debug, Default)]
pub(crate) struct Space {
    index: Arc<Mutex<Index>>,
    /// Whether the index holds changes that were lost after all.
    spoilt: Arc<AtomicBool>,
}

/// One task's changes to blocks. Whoever has it is alone: on one node by the index's own lock, among nodes by a lock
/// in the database that is held until the commit.
pub(crate) struct Edit {
    draft: Draft,
    spoilt: Arc<AtomicBool>,
    /// What the other nodes will be told.
    changes: Vec<Change>,
    /// The quotas to which whoever changes something is held, and what they have got so far.
    quotas: Arc<Quotas>,
    gains: Gains,
}

/// The index while somebody changes it. What comes to nothing is undone before anybody else sees it.
struct Draft {
    index: OwnedMutexGuard<Index>,
    done: Vec<Change>,
}

impl Draft {
    fn apply(&mut self, change: Change) {
        self.index.apply(&[change]);
        self.done.push(change);
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for (there, leaf) in self.done.drain(..).rev() {
            self.index.apply(&[(!there, leaf)]);
        }
    }
}

impl Edit {
    /// Waits for its turn and brings the index up to date. Whether a request was answered before is asked after this,
    /// since the same request may just have had its turn.
    pub(crate) async fn begin(tx: &mut Tx) -> Result<Self> {
        tx.lock(LOCK).await?;
        let space = tx.memory::<Space>();
        let mut index = space.index.clone().lock_owned().await;
        if space.spoilt.swap(false, Ordering::SeqCst) {
            index.clear();
        }
        index.catch_up(tx).await?;
        let (draft, spoilt) = (Draft { index, done: Vec::new() }, space.spoilt.clone());
        Ok(Self { draft, spoilt, changes: Vec::new(), quotas: quota::known(tx).await?, gains: Gains::default() })
    }

    /// The free leaves, with everything that this edit has changed so far.
    pub(crate) fn index(&mut self) -> &mut Index {
        &mut self.draft.index
    }

    /// The profile of a free leaf.
    pub(crate) fn profile(&self, id: ProfileId) -> Option<Arc<Profile>> {
        self.draft.index.profiles.get(&id).cloned()
    }

    /// Takes a leaf out of the index ahead of its change, and puts in the halves that a split towards the wanted block
    /// will leave over: whoever is planned next sees what will be there. The changes themselves must follow.
    pub(crate) fn reserve(&mut self, leaf: &FreeLeaf, wanted: Prefix, ids: &[[BlockId; 2]]) -> Result<()> {
        self.draft.apply((false, *leaf));
        let beyond = || Error::internal("a leaf can't be split below a single address");
        let mut node = Prefix::containing(leaf.family, leaf.place.first, leaf.mask).ok_or_else(beyond)?;
        for [lower, upper] in ids {
            let (low, high) = node.halves().ok_or_else(beyond)?;
            let (inner, outer, id) = if low.contains(wanted) { (low, high, *upper) } else { (high, low, *lower) };
            let place = Place { first: outer.first(), ..leaf.place };
            self.draft.apply((true, FreeLeaf { id, mask: outer.mask(), place, until: None, ..*leaf }));
            node = inner;
        }
        Ok(())
    }

    /// Has the index built anew the next time: it was found to differ from the table.
    pub(crate) fn spoil(&self) {
        self.spoilt.store(true, Ordering::SeqCst);
    }

    /// Adds a block.
    pub(crate) async fn insert(&mut self, tx: &mut Tx, block: &Block) -> Result<()> {
        self.note(tx, block, true).await?;
        tx.insert(block).await
    }

    /// Changes a block, which must still be as `before`.
    pub(crate) async fn update(&mut self, tx: &mut Tx, before: &Block, after: &mut Block) -> Result<()> {
        self.note(tx, before, false).await?;
        after.updated_at = Some(tx.now());
        self.note(tx, after, true).await?;
        tx.update(before, after).await
    }

    /// Removes blocks, which must still be as given. Where they were is kept, so that their past is found.
    pub(crate) async fn delete(&mut self, tx: &mut Tx, blocks: &[Block]) -> Result<()> {
        let ids: Vec<BlockId> = blocks.iter().map(|block| block.id).collect();
        let keep = "INSERT INTO block_gone (family, first, mask, block_id)
            SELECT family, first, mask, id FROM block WHERE id = ANY($1) ON CONFLICT DO NOTHING";
        tx.derive(keep, params![ids]).await?;
        block::part(tx, self, blocks).await?;
        for block in blocks {
            self.note(tx, block, false).await?;
            tx.delete(block).await?;
        }
        Ok(())
    }

    /// The quotas that there are.
    pub(crate) fn quotas(&self) -> Arc<Quotas> {
        self.quotas.clone()
    }

    /// To be called at the end of every task that changed something. Refuses it when it takes a quota of the actor too
    /// far.
    pub(crate) async fn finish(self, tx: &mut Tx) -> Result<()> {
        if !self.gains.is_empty() {
            quota::hold(tx, &self.quotas, &self.gains).await?;
        }
        self.finish_metered(tx).await
    }

    /// The same for a task that has held everyone to their quotas already.
    pub(crate) async fn finish_metered(mut self, tx: &mut Tx) -> Result<()> {
        if tx.rehearses() {
            // The index goes back to what it was before anybody else sees it, as the table will.
            return Ok(());
        }
        let index = &mut self.draft.index;
        index.publish(tx, &self.changes).await?;
        if !std::mem::take(&mut self.draft.done).is_empty() {
            let spoilt = self.spoilt;
            tx.if_lost(Arc::new(move || spoilt.store(true, Ordering::SeqCst)));
        }
        if tx.is_shared() {
            // The next task gets the lock in the database as soon as the commit or the failure is there, but must not
            // see the index before it is here as well.
            tx.hold(self.draft);
        }
        Ok(())
    }

    async fn note(&mut self, tx: &mut Tx, block: &Block, there: bool) -> Result<()> {
        if block.state == State::Split {
            return Ok(());
        }
        let key = [block.root_id.0, block.profile_id.0, block.state.number(), i64::from(block.mask)];
        tx.count(&COUNT, &key, if there { 1 } else { -1 });
        if !self.quotas.none_for(tx.actor()) {
            self.gains.note(block, there);
        }
        if let Some(leaf) = FreeLeaf::of(block) {
            if !self.draft.index.knows(leaf.profile) {
                // A profile that this very task has made.
                self.draft.index.meet(tx, std::iter::once(leaf.profile)).await?;
            }
            self.draft.apply((there, leaf));
            if tx.is_shared() {
                self.changes.push((there, leaf));
            }
        }
        Ok(())
    }
}

impl FreeLeaf {
    /// The block as free space, if it is.
    pub(crate) fn of(block: &Block) -> Option<Self> {
        let pool = match block.state {
            State::Available => Pool::Available,
            State::Pool => Pool::Of(block.holder),
            State::Assigned | State::Holding | State::Split => return None,
        };
        let prefix = block.prefix();
        let place = Place { space: block.space, first: prefix.first() };
        let (family, mask) = (prefix.family(), prefix.mask());
        let until = block.marks.as_deref().and_then(|marks| reserved_until(Some(marks)));
        Some(Self { id: block.id, family, pool, profile: block.profile_id, mask, place, until })
    }
}

#[cfg(test)]
mod tests {
    use kernel::Actor;
    use store::{Db, Setup, Work};
    use testkit::{Engine, TestDb};

    use super::*;
    use crate::rule::{Rule, Ruled};

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Ends {
        Well,
        /// In the middle of the task.
        Refused,
        /// After the task has done all that it had to do.
        Lost,
    }

    /// Adds an aggregate.
    struct Plant(&'static str, Ends);

    impl Work for Plant {
        type Out = ();
        const NAME: &'static str = "test.plant";

        async fn run(&self, tx: &mut Tx) -> Result<()> {
            let mut edit = Edit::begin(tx).await?;
            let (id, profile_id) = (BlockId(tx.new_id::<Block>().await?), Profile::default().intern(tx).await?);
            let block = Block { profile_id, ..Block::available(id, self.0.parse().unwrap(), 0) };
            edit.insert(tx, &block).await?;
            if self.1 == Ends::Refused {
                return Err(Error::conflict("refused"));
            }
            edit.finish(tx).await?;
            if self.1 == Ends::Lost { Err(Error::conflict("lost")) } else { Ok(()) }
        }
    }

    /// Clears the journal away but for its last entry.
    struct ClearJournal;

    impl Work for ClearJournal {
        type Out = ();
        const NAME: &'static str = "test.clear_journal";

        async fn run(&self, tx: &mut Tx) -> Result<()> {
            let text = "DELETE FROM block_journal WHERE seq < (SELECT MAX(seq) FROM block_journal)";
            tx.derive(text, &[]).await.map(drop)
        }
    }

    async fn database(engine: Engine) -> TestDb {
        let setup = Setup {
            migrations: [resources::MIGRATIONS, crate::MIGRATIONS].concat(),
            derived: crate::DERIVED.to_vec(),
            ..Setup::default()
        };
        let test = engine.database(setup).await;
        resources::bootstrap(&test.db).await.unwrap();
        test
    }

    async fn plant(db: &Db, prefix: &'static str, ends: Ends) {
        let done = db.write(&Actor::system("test"), Plant(prefix, ends)).await;
        assert_eq!(done.is_ok(), ends == Ends::Well, "{done:?}");
    }

    async fn is_right(db: &Db) {
        assert_eq!(crate::check(db, &Actor::system("test")).await.unwrap(), [""; 0]);
    }

    fn is_spoilt(db: &Db) -> bool {
        db.memory::<Space>().spoilt.load(Ordering::SeqCst)
    }

    testkit::on_both! {
        async fn what_is_refused_halfway_is_undone_at_once(engine) {
            let test = database(engine).await;
            plant(&test.db, "10.0.0.0/24", Ends::Well).await;
            plant(&test.db, "10.0.1.0/24", Ends::Refused).await;
            assert!(!is_spoilt(&test.db), "nothing has to be built anew");
            is_right(&test.db).await;
        }

        async fn what_is_lost_at_the_end_is_looked_up_again(engine) {
            let test = database(engine).await;
            plant(&test.db, "10.0.0.0/24", Ends::Well).await;
            plant(&test.db, "10.0.1.0/24", Ends::Lost).await;
            assert!(is_spoilt(&test.db));
            is_right(&test.db).await;
            assert!(!is_spoilt(&test.db));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nodes_hear_of_each_other_s_changes() {
        let test = database(Engine::Postgres).await;
        let other = test.second_node().await;
        is_right(&other).await;
        plant(&test.db, "10.0.0.0/24", Ends::Well).await;
        plant(&other, "2001:db8:ffff:ffff:ffff:ffff:ffff:fff0/124", Ends::Well).await;
        plant(&test.db, "8000::/1", Ends::Well).await;
        is_right(&other).await;
        is_right(&test.db).await;
    }

    /// Adds an aggregate that carries a rule, and a reserved one.
    struct PlantMarked;

    impl Work for PlantMarked {
        type Out = ();
        const NAME: &'static str = "test.plant_marked";

        async fn run(&self, tx: &mut Tx) -> Result<()> {
            let mut edit = Edit::begin(tx).await?;
            let id = kernel::RuleId(tx.new_id::<Rule>().await?);
            tx.insert(&Rule { id, version: 1, name: "first".to_owned(), positions: "[1]".to_owned() }).await?;
            for (prefix, marks) in [
                ("10.1.0.0/24", None),
                ("10.1.1.0/24", Some(format!(r#"{{"reserved":{{"until":{},"by":"ann"}}}}"#, i64::MAX))),
            ] {
                let rule = Ruled { id, mask: 24, positions: vec![1] };
                let profile_id = Profile { rule: Some(rule), ..Profile::default() }.intern(tx).await?;
                let id = BlockId(tx.new_id::<Block>().await?);
                let block = Block { profile_id, marks, ..Block::available(id, prefix.parse().unwrap(), 0) };
                edit.insert(tx, &block).await?;
            }
            edit.finish(tx).await
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nodes_hear_of_rules_and_reservations() {
        let test = database(Engine::Postgres).await;
        let other = test.second_node().await;
        plant(&other, "10.0.0.0/24", Ends::Well).await;
        test.db.write(&Actor::system("test"), PlantMarked).await.unwrap();
        is_right(&other).await;
        is_right(&test.db).await;
        let third = test.second_node().await;
        is_right(&third).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_that_has_slept_for_too_long_reads_everything() {
        let test = database(Engine::Postgres).await;
        let other = test.second_node().await;
        plant(&other, "10.0.0.0/24", Ends::Well).await;
        for prefix in ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"] {
            plant(&test.db, prefix, Ends::Well).await;
        }
        test.db.write(&Actor::system("test"), ClearJournal).await.unwrap();
        is_right(&other).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_lost_change_is_not_mistaken_for_one_of_another_node() {
        let test = database(Engine::Postgres).await;
        let other = test.second_node().await;
        plant(&test.db, "10.0.0.0/24", Ends::Well).await;
        is_right(&other).await;
        plant(&test.db, "10.0.1.0/24", Ends::Lost).await;
        // It has the place in the journal that the lost one was to have.
        plant(&other, "10.0.2.0/24", Ends::Well).await;
        is_right(&test.db).await;
        is_right(&other).await;
    }
}
