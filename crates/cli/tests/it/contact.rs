use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    server::{Exchange, Server, expect},
    terminal::Terminal,
};

async fn done(line: &str, exchange: Exchange) -> String {
    let server = Server::expecting([exchange]).await;
    let outcome = Terminal::of(&server).types(line).await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (0, ""));
    outcome.out
}

fn ann() -> Value {
    json!({
        "id": "5", "parent_id": "1", "type": "Local", "handle": null, "name": "Ann Noc", "organization": "Acme",
        "phones": ["+31 20 123 4567"], "emails": ["ann@example.net", "noc@example.net"], "address": null,
    })
}

#[tokio::test]
async fn contacts_are_found() {
    let zoe = json!({ "id": "6", "name": "Zoe", "type": "ARIN", "handle": "ZN-ARIN", "phones": [], "emails": [] });
    let target = "/contacts?q=a&type=ARIN&resource_id=7&parent_id=1&limit=10&offset=20";
    let line = "contact list --search a --type ARIN --resourceId 7 --parent-id 1 --limit 10 --offset 20";
    assert_snapshot!(done(line, expect("GET", target).answers(&json!([ann(), zoe]))).await, @r"
    ID  NAME     TYPE   HANDLE   E-MAIL           PHONE
    ───────────────────────────────────────────────────────────────
    5   Ann Noc  Local           ann@example.net  +31 20 123 4567
    6   Zoe      ARIN   ZN-ARIN
    ");
    assert_eq!(done("contact list", expect("GET", "/contacts").answers(&json!([]))).await, "No contacts fit.\n");
}

#[tokio::test]
async fn a_contact_is_shown() {
    assert_snapshot!(done("contact show 5", expect("GET", "/contacts/5").answers(&ann())).await, @r"
    id            5
    parent id     1
    type          Local
    name          Ann Noc
    organization  Acme
    phones        +31 20 123 4567
    emails        ann@example.net, noc@example.net
    ");
}

#[tokio::test]
async fn a_contact_is_added_and_deleted() {
    let body = json!({
        "name": "Ann", "organization": "Acme", "phones": ["112", "113"], "emails": ["a@example.net"], "address": "Street",
        "comments": "Nice", "parent_id": 1, "custom_id": "c",
    });
    let added = expect("POST", "/contacts").json(body).says(201, r#"{"id":"5","name":"Ann"}"#);
    let line = "contact add Ann --organization Acme --phone 112 --phone 113 --email a@example.net --address Street \
                --comments Nice --parentId 1 --customId c";
    assert_eq!(done(line, added).await, "Added Ann (5).\n");
    let bare = expect("POST", "/contacts").json(json!({ "name": "Bob" })).says(201, r#"{"id":"6","name":"Bob"}"#);
    done("contact add Bob", bare).await;
    let deleted = expect("DELETE", "/contacts/5").says(204, "");
    assert_eq!(done("contact delete 5", deleted).await, "Deleted contact 5.\n");
}

/// What the terminal shows of an import whose job ends like this.
async fn imported(job: Value) -> (u8, String, String) {
    let body = json!({ "source": "ARIN", "handle": "ZN-ARIN", "parent_id": 7 });
    let started = expect("POST", "/contacts/import").json(body).says(202, r#"{"id":12}"#);
    let runs = expect("GET", "/jobs/12").answers(&json!({ "id": 12, "status": "running" }));
    let server = Server::expecting([started, runs, expect("GET", "/jobs/12").answers(&job)]).await;
    let outcome = Terminal::of(&server).types("contact import ARIN ZN-ARIN --parent-id 7").await;
    server.satisfied();
    (outcome.code, outcome.out, outcome.err)
}

#[tokio::test]
async fn an_import_is_followed_to_its_end() {
    for (outcome, told) in
        [("added", "Added Zoe (6).\n"), ("refreshed", "Refreshed Zoe (6).\n"), ("unchanged", "Zoe (6) is as it was.\n")]
    {
        let result = json!({ "contact_id": "6", "name": "Zoe", "outcome": outcome });
        let end = imported(json!({ "id": 12, "status": "done", "result": result })).await;
        assert_eq!(end, (0, told.to_owned(), String::new()));
    }
    let failed = json!({ "id": 12, "status": "failed", "error": "ARIN knows no contact \"ZN-ARIN\"." });
    let (code, out, err) = imported(failed).await;
    assert_eq!((code, &*out), (1, ""));
    assert!(err.contains("The import failed: ARIN knows no contact \"ZN-ARIN\"."), "{err}");
}
