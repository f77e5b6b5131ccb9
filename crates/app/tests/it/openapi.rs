//! The document of API v2.

use utoipa::openapi::OpenApi;

use crate::platbook::Place;

const COMMITTED: &str = include_str!("../../../../openapi/v2.json");

#[test]
fn the_committed_document_is_that_of_the_program() {
    let printed = Place::new().run("openapi").said();
    assert!(
        printed == COMMITTED,
        "API v2 has changed, and openapi/v2.json does not say so. If the change is meant, run\n  \
         cargo run -- openapi > openapi/v2.json\nand commit the difference with it."
    );
}

#[test]
fn the_document_is_sound() {
    let document: OpenApi = serde_json::from_str(COMMITTED).unwrap();
    assert_eq!(api_v2::faults(&document), [""; 0]);
}
