//! The description of the doors.

use access::Access;
use testkit::{Engine, TestClock};

use crate::door::{master_key, settings, setup};

#[tokio::test]
async fn the_document_has_no_faults() {
    let test = Engine::Sqlite.database(setup(&TestClock::default())).await;
    let access = Access::open(test.db.clone(), master_key(), settings()).await.unwrap();
    let (_, document) = api_v2::assemble("1.0.0", access::v2(&access)).unwrap();
    assert_eq!(api_v2::faults(&document), [""; 0]);
    assert!(document.paths.paths.contains_key("/users/{id}/permissions"));
}
