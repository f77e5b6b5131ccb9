use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    server::{Exchange, Server, expect},
    terminal::Terminal,
};

/// The look-up of Ann among those whose names hold hers.
fn ann() -> Exchange {
    let found = json!([{ "id": 4, "username": "joann" }, { "id": 5, "username": "Ann", "enabled": true }]);
    expect("GET", "/users?q=ann&limit=1000").answers(&found)
}

#[tokio::test]
async fn a_user_is_disabled_by_name() {
    let changed = expect("PATCH", "/users/5").json(json!({ "enabled": false })).answers(&json!({ "id": 5 }));
    let server = Server::expecting([ann(), changed]).await;
    assert_eq!(Terminal::of(&server).types("user disable ann").await.out, "Disabled user ann.\n");
    server.satisfied();
    let none = Server::expecting([expect("GET", "/users?q=bob&limit=1000").answers(&json!([]))]).await;
    let missing = Terminal::of(&none).types("user delete bob").await;
    assert_eq!((missing.code, missing.err.contains("There is no user \"bob\".")), (1, true), "{missing:?}");
}

#[tokio::test]
async fn a_password_is_asked_for_and_never_typed_into_the_command() {
    let body = json!({ "username": "ann", "password": "a long password", "email": "ann@example.net" });
    let made = expect("POST", "/users").json(body).says(201, r#"{"id":5,"username":"ann"}"#);
    let server = Server::expecting([made]).await;
    let added = Terminal::of(&server).person("a long password").types("user add ann --email ann@example.net").await;
    assert_eq!((&*added.out, &*added.err), ("Added user ann (5).\n", "Password of ann: "));
    server.satisfied();
}

#[tokio::test]
async fn what_a_user_may_do_is_explained() {
    let group = json!({ "id": 3, "name": "noc" });
    let entry = |more: Value| {
        let mut entry = json!({ "group": group, "resource_id": 7 });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let explained = json!({
        "username": "Ann", "resource_id": 70, "enabled": false, "disabled_groups": [{ "id": 9, "name": "old" }],
        "rights": [
            { "permission": "permissionIPAMRead", "allowed": true,
              "given_by": [entry(json!({ "as": "permissionAdmin" }))], "taken_away_by": [] },
            { "permission": "permissionIPAMUpdate", "allowed": false, "given_by": [],
              "taken_away_by": [entry(json!({ "from": 1 }))] },
            { "permission": "permissionDNSRead", "allowed": false, "given_by": [], "taken_away_by": [] },
        ],
    });
    let asked = expect("GET", "/users/5/permissions?resource_id=70").answers(&explained);
    let server = Server::expecting([ann(), asked]).await;
    assert_snapshot!(Terminal::of(&server).types("user why ann --resource 70").await.out, @r"
    RIGHT                 ALLOWED  WHY
    ───────────────────────────────────────────────────────────────
    permissionIPAMRead    yes      noc on 7 (permissionAdmin)
    permissionIPAMUpdate  no       taken away by noc on 7, from 1
    Disabled groups: old.
    Ann is disabled, and may not sign in.
    ");
    server.satisfied();
}

#[tokio::test]
async fn an_api_key_is_shown_once() {
    let made = expect("POST", "/users/5/api_key").says(201, r#"{"api_key":"5-ABCDEFGH","secret":"0123"}"#);
    let gone = expect("DELETE", "/users/5/api_key").says(204, "");
    let server = Server::expecting([ann(), made, ann(), gone]).await;
    let shown = Terminal::of(&server).types("user api-key ann").await.out;
    assert_eq!(shown, "apiKey: 5-ABCDEFGH\nsecret: 0123\nThe secret is not shown again.\n");
    assert_eq!(Terminal::of(&server).types("user api-key ann --delete").await.code, 0);
    server.satisfied();
}

#[tokio::test]
async fn a_lost_password_is_replaced_without_signing_in() {
    let asked = expect("POST", "/password_resets").json(json!({ "username": "ann" })).authorization(None);
    let body = json!({ "token": "pbr_secret", "new_password": "pbr_secret" });
    let set = expect("PUT", "/password_resets").json(body).authorization(None).says(204, "");
    let server = Server::expecting([asked.says(202, r#"{"message":"It is on its way."}"#), set]).await;
    let nobody = || Terminal::bare().with("PLATBOOK_SERVER", &server.url);
    assert_eq!(nobody().types("user forgot-password ann").await.out, "It is on its way.\n");
    let done = nobody().person("pbr_secret").types("user new-password").await;
    assert_eq!(done.out, "The new password counts from now on.\n", "{done:?}");
    server.satisfied();
}
