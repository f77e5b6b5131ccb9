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
        expect("GET", "/tokens").answers(&json!([{ "id": 3, "name": "backup", "created": "2026-01-01T00:00:00Z" }])),
        expect("DELETE", "/tokens/3").says(204, ""),
        expect("GET", "/tokens").answers(&json!([])),
    ])
    .await;
    let listed = Terminal::of(&server).types("token list").await;
    insta::assert_snapshot!(listed.out, @r"
    ID  NAME    CREATED               LAST USED
    ─────────────────────────────────────────────
    3   backup  2026-01-01T00:00:00Z
    ");
    assert_eq!(Terminal::of(&server).types("token delete 3").await.out, "Deleted token 3.\n");
    assert_eq!(Terminal::of(&server).types("token list").await.out, "There are no tokens.\n");
    server.satisfied();
}
