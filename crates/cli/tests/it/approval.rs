use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn what_waits_is_listed_and_decided() {
    let row = json!({"id": 17, "state": "pending", "submitter": "cat", "sentence": "Split a block", "voices": [],
        "name": "PUT /api/v2/ipam/netblocks/5/split"});
    let decide = json!({"ids": [17, 18], "decision": "reject", "comment": "Not now."});
    let decided =
        json!([{"id": 17, "state": "rejected", "error": null}, {"id": 18, "state": null, "error": "It is gone."}]);
    let server = Server::expecting([
        expect("GET", "/approvals/pending?q=split&sort=-name").answers(&json!([row])),
        expect("GET", "/approvals/pending/17").answers(&row),
        expect("GET", "/approvals/history?state=executed").answers(&json!([])),
        expect("POST", "/approvals/decisions").json(decide).answers(&decided),
    ])
    .await;
    let listed = Terminal::of(&server).types("approval list --search split --sort -name").await;
    assert!(
        listed.out.contains("17  pending  cat        Split a block  PUT /api/v2/ipam/netblocks/5/split"),
        "{}",
        listed.out
    );
    let shown = Terminal::of(&server).types("approval get 17").await;
    assert!(shown.out.contains("submitter  cat"), "{}", shown.out);
    assert_eq!(Terminal::of(&server).types("approval history --state executed").await.out, "Nothing was decided.\n");
    let done = Terminal::of(&server).types("approval reject 17 18 --comment 'Not now.'").await;
    assert_eq!(done.out, "17: rejected\n18: nothing was decided. It is gone.\n");
    server.satisfied();
}

#[tokio::test]
async fn a_command_that_others_have_to_approve_says_so() {
    let waits = json!({"id": 17, "state": "pending", "sentence": "Delete a resource", "voices": [{"group": "dogs"}]});
    let server = Server::expecting([expect("DELETE", "/resources/5").says(202, &waits.to_string())]).await;
    let outcome = Terminal::of(&server).types("resource delete 5").await;
    assert_eq!((outcome.code, &*outcome.out), (0, "Delete a resource: waits for approval by dogs (submission 17).\n"));
    server.satisfied();
}
