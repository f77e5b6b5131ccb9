use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn what_was_found_is_listed() {
    let hits = json!([
        { "type": "block", "id": "12", "name": "192.0.2.64/27", "detail": "assigned to Acme", "href": "/api/v2/ipam/netblocks/12" },
        { "type": "resource", "id": "7", "name": "Acme", "detail": "customer", "href": "/api/v2/resources/7" },
    ]);
    let server = Server::expecting([
        expect("GET", "/search?q=192.0.2.77&limit=5").answers(&hits),
        expect("GET", "/search?q=nobody").answers(&json!([])),
    ])
    .await;
    let found = Terminal::of(&server).types("search 192.0.2.77 --limit 5").await;
    insta::assert_snapshot!(found.out, @r"
    NAME           TYPE      ID  DETAIL
    ───────────────────────────────────────────────
    192.0.2.64/27  block     12  assigned to Acme
    Acme           resource  7   customer
    ");
    assert_eq!(Terminal::of(&server).types("search nobody").await.out, "Nothing was found.\n");
    server.satisfied();
}
