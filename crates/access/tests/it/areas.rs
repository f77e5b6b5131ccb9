//! The areas DNS, DHCP and DCIM in databases that are older than they are.

use access::{ADMINISTRATORS, Access, Hidden, READERS};
use kernel::{Action, Area, GroupId, Rights};
use store::{Setup, params};
use testkit::{TestClock, on_both};

use crate::door::{PASSWORD, master_key, settings, setup, system};

/// The rights that there were.
const OLD: i64 = (1 << 18) - 1;
const OLD_READS: i64 = 1 << 1 | 1 << 5 | 1 << 9 | 1 << 13;

on_both! {
    async fn whoever_administers_or_reads_everything_does_so_in_the_new_areas(engine) {
        let clock = TestClock::default();
        // The entries are put back into their old state past the change log.
        let derived = [access::DERIVED, &["permission"]].concat();
        let old = Setup { migrations: access::MIGRATIONS[..2].to_vec(), derived, ..setup(&clock) };
        let test = engine.database(old).await;
        access::bootstrap(&test.db, Some(Hidden(PASSWORD.to_owned()))).await.unwrap();
        let access = Access::open(test.db.clone(), master_key(), settings()).await.unwrap();
        let groups = access.groups(&system(), kernel::Page { limit: 10, offset: 0 }).await.unwrap().0;
        let id = |name: &str| groups.iter().find(|group| group.name == name).unwrap().id;
        let (admins, readers) = (id(ADMINISTRATORS), id(READERS));
        test.db.write(&system(), Age(admins, readers)).await.unwrap();
        drop(access);
        let test = test.closed().open(setup(&clock)).await;
        let access = Access::open(test.db.clone(), master_key(), settings()).await.unwrap();
        let rights = async |group: GroupId| {
            let names = access.permissions(&system(), group).await.unwrap().remove(0).permissions;
            names.iter().fold(Rights::NONE, |sum, name| sum | Rights::from_name(name).unwrap())
        };
        assert_eq!(rights(admins).await, Rights::ALL);
        assert_eq!(rights(readers).await, Rights::read_everything());
        let mut tx = test.db.read(&system()).await.unwrap();
        let narrow = "SELECT rights FROM permission WHERE resource_id = 7";
        let narrow = tx.scalar::<Rights>(narrow, params![]).await.unwrap().unwrap();
        assert!(!narrow.has(Rights::of(Area::Dns, Action::Read)), "further down nobody gets anything new");
    }
}

/// Gives the groups the rights of then.
struct Age(GroupId, GroupId);

impl store::Work for Age {
    type Out = ();
    const NAME: &'static str = "test.age";

    async fn run(&self, tx: &mut store::Tx) -> kernel::Result<()> {
        let set = "UPDATE permission SET rights = $2 WHERE group_id = $1";
        tx.derive(set, params![self.0, OLD]).await?;
        tx.derive(set, params![self.1, OLD_READS]).await?;
        let narrow = "INSERT INTO permission (id, version, group_id, resource_id, rights) VALUES (900, 1, $1, 7, $2)";
        tx.derive(narrow, params![self.1, OLD_READS]).await.map(drop)
    }
}
