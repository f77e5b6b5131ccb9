//! The key outside of the database.

use access::{Access, MasterKey};
use testkit::on_both;

use crate::door::{Door, KEY, master_key, settings, system};

on_both! {
    async fn another_key_than_the_first_one_is_refused_at_the_start(engine) {
        let door = Door::on(engine).await;
        let other = MasterKey::existing(Some(&KEY.replace("00", "ff")), None).unwrap().unwrap();
        let refused = Access::open(door.test.db.clone(), other, settings()).await.err().unwrap().to_string();
        assert!(refused.contains("not the master key") && refused.contains("PLATBOOK_MASTER_KEY"), "{refused}");
        let again = Access::open(door.test.db.clone(), master_key(), settings()).await.unwrap();
        again.make_api_key(&system(), "admin").await.unwrap();
    }
}
