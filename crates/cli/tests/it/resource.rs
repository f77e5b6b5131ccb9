use insta::assert_snapshot;
use serde_json::json;

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

#[tokio::test]
async fn resources_are_found() {
    let found = json!([
        { "id": "5", "name": "Acme", "type": "entry", "parent_id": "1", "custom_id": "cust-001" },
        { "id": 6, "name": "Router", "type": "entry", "parent_id": 5, "custom_id": null },
    ]);
    let target = "/resources?q=a&name=n&type=entry&parent_id=1&limit=10&offset=20";
    let line = "resource list --search a --name n --type entry --parent-id 1 --limit 10 --offset 20";
    assert_snapshot!(done(line, expect("GET", target).answers(&found)).await, @r"
    ID  NAME    TYPE   PARENT  CUSTOM ID
    ──────────────────────────────────────
    5   Acme    entry  1       cust-001
    6   Router  entry  5
    ");
    assert_eq!(done("resource list", expect("GET", "/resources").answers(&json!([]))).await, "No resources fit.\n");
}

#[tokio::test]
async fn resources_are_exported_as_they_come() {
    let csv = "id,name,serial\r\n5,\"Acme, Inc.\",'=1\r\n";
    let target = "/resources?type=entry&columns=serial%2Crack&export=csv";
    let line = "resource export --type entry --columns serial,rack";
    assert_eq!(done(line, expect("GET", target).says(200, csv)).await, csv);
    done("resource export", expect("GET", "/resources?export=csv").says(200, csv)).await;
}

#[tokio::test]
async fn views_are_listed_and_read() {
    let views = json!([{ "id": "3", "name": "Servers", "columns": ["name", "rack"] }]);
    assert_snapshot!(done("resource views", expect("GET", "/resource_views").answers(&views)).await, @r"
    ID  NAME     COLUMNS
    ─────────────────────────
    3   Servers  name, rack
    ");
    let csv = "name,rack\r\na,7\r\n";
    let target = "/resource_views/3/resources?site=fra&export=csv";
    assert_eq!(done("resource view 3 site=fra", expect("GET", target).says(200, csv)).await, csv);
}

#[tokio::test]
async fn a_resource_shows_its_attributes() {
    let resource = json!({ "id": "5", "name": "Acme", "attrs": { "city": "Utrecht", "_section": "9" }, "gadgets": [] });
    assert_snapshot!(done("resource get 5", expect("GET", "/resources/5").answers(&resource)).await, @r"
    id     5
    name   Acme
    attrs  city=Utrecht, _section=9
    ");
}

#[tokio::test]
async fn a_resource_is_added_and_deleted() {
    let body = json!({
        "name": "Acme", "type": "entry", "parent_id": 1, "section_id": 9, "custom_id": "c", "attrs": { "city": "Utrecht" },
    });
    let added = expect("POST", "/resources").json(body).says(201, r#"{"id":5,"name":"Acme"}"#);
    let line = "resource add Acme --parentId 1 --sectionId 9 --customId c --attr city=Utrecht";
    assert_eq!(done(line, added).await, "Added Acme (5).\n");
    let bare = expect("POST", "/resources").json(json!({ "name": "R", "type": "dnszone" })).says(201, r#"{"id":6}"#);
    done("resource add R --type dnszone --json", bare).await;
    let deleted = expect("DELETE", "/resources/5?recursive=true").says(204, "");
    assert_eq!(done("resource delete 5 --recursive", deleted).await, "Deleted resource 5.\n");
    done("resource delete 5", expect("DELETE", "/resources/5").says(204, "")).await;
}

#[tokio::test]
async fn entries_are_imported_and_what_is_wrong_is_said() {
    let file = "Name,Rack\na,7\n";
    let target = "/resources/imports?section=server&parent_id=5&map=Rack%3Dposition&map=Old%3D";
    let started = expect("POST", target).text(file, "text/csv").says(202, r#"{"id":12}"#);
    let errors = json!([{ "line": 2, "column": "Rack", "reason": "is full" }, { "line": 3, "reason": "is odd" }]);
    let result = json!({ "entries": 1200, "added": 0, "errors": errors, "error_count": 2, "dry_run": false });
    let ended = expect("GET", "/jobs/12").answers(&json!({ "id": 12, "status": "done", "result": result }));
    let server = Server::expecting([started, ended]).await;
    let line = "resource import - --section server --parent-id 5 --map Rack=position --map Old=";
    let outcome = Terminal::of(&server).input(file).types(line).await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (1, ""));
    assert_snapshot!(outcome.out, @r"
    line 2, Rack: is full
    line 3: is odd
    Read 1,200 entries: 0 added, 2 faults.
    ");
}
