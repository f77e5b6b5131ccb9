use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn a_new_token_is_the_only_thing_on_the_output() {
    let made = r#"{"id":3,"name":"backup","token":"plat_new"}"#;
    let create = || expect("POST", "/tokens").json(json!({ "name": "backup" })).says(201, made);
    let server = Server::expecting([create(), create()]).await;
    let people = Terminal::of(&server).types("token create backup").await;
    assert_eq!((people.code, &*people.out), (0, "plat_new\n"));
    assert_eq!(people.err, "Created token backup (3). It is not shown again:\n");
    let program = Terminal::of(&server).types("token create backup --json").await;
    assert_eq!((program.code, &*program.out, &*program.err), (0, &*format!("{made}\n"), ""));
    server.satisfied();
}

#[tokio::test]
async fn tokens_are_listed_and_taken_back() {
    let server = Server::expecting([
        expect("GET", "/tokens").answers(&json!([{ "id": 3, "name": "backup", "created_at": "2026-01-01T00:00:00Z",
            "scopes": ["permissionIPAMRead"], "last_used_at": null, "expires_at": null }])),
        expect("DELETE", "/tokens/3").says(204, ""),
        expect("GET", "/tokens").answers(&json!([])),
    ])
    .await;
    let listed = Terminal::of(&server).types("token list").await;
    insta::assert_snapshot!(listed.out, @r"
    ID  NAME    MAY                 CREATED               EXPIRES  LAST USED
    ──────────────────────────────────────────────────────────────────────────
    3   backup  permissionIPAMRead  2026-01-01T00:00:00Z
    ");
    assert_eq!(Terminal::of(&server).types("token delete 3").await.out, "Deleted token 3.\n");
    assert_eq!(Terminal::of(&server).types("token list").await.out, "There are no tokens.\n");
    server.satisfied();
}

#[tokio::test]
async fn a_token_can_be_made_to_do_less() {
    let body = json!({
        "name": "gadget", "expires_in_days": 30, "scopes": ["read", "permissionIPAMUpdate"],
        "allowed_networks": ["192.0.2.0/24"], "allowed_origins": ["https://intranet.example.net"],
    });
    let made = expect("POST", "/tokens").json(body).says(201, r#"{"id":4,"name":"gadget","token":"plat_new"}"#);
    let server = Server::expecting([made]).await;
    let line = "token create gadget --days 30 --scope read,permissionIPAMUpdate --from 192.0.2.0/24 --origin \
                https://intranet.example.net";
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(Terminal::of(&server).runs(&words).await.code, 0);
    server.satisfied();
}
