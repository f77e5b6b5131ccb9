use insta::assert_snapshot;
use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn rights_on_one_resource_are_changed_and_the_others_stay() {
    let there = json!([
        { "resource_id": 1, "permissions": ["permissionIPAMRead"] },
        { "resource_id": 7, "permissions": ["permissionAdmin"] },
    ]);
    let after = json!([
        { "resource_id": 1, "permissions": ["permissionIPAMRead"] },
        { "resource_id": 7, "permissions": ["permissionDNSRead", "permissionDNSUpdate"] },
    ]);
    let server = Server::expecting([
        expect("GET", "/usergroups/3/permissions").answers(&there),
        expect("PUT", "/usergroups/3/permissions").json(after.clone()).answers(&after),
        expect("GET", "/usergroups/3/permissions").answers(&there),
        expect("PUT", "/usergroups/3/permissions").json(json!([there[0]])).answers(&json!([there[0]])),
    ])
    .await;
    let granted = Terminal::of(&server).types("group grant 3 --resource 7 permissionDNSRead permissionDNSUpdate").await;
    assert_snapshot!(granted.out, @r"
    RESOURCE  PERMISSIONS
    ──────────────────────────────────────────────────
    1         permissionIPAMRead
    7         permissionDNSRead, permissionDNSUpdate
    ");
    assert_eq!(Terminal::of(&server).types("group revoke 3 --resource 7").await.code, 0);
    server.satisfied();
}

#[tokio::test]
async fn members_are_shown_and_set() {
    let members = json!([{ "id": 5, "username": "ann" }]);
    let server = Server::expecting([
        expect("PUT", "/usergroups/3/users").json(json!({ "users": [5, 6] })).answers(&members),
        expect("GET", "/usergroups/3/users").answers(&json!([])),
    ])
    .await;
    assert_eq!(Terminal::of(&server).types("group members 3 --set 5,6").await.code, 0);
    assert_eq!(Terminal::of(&server).types("group members 3").await.out, "Nobody is in the group.\n");
    server.satisfied();
}

#[tokio::test]
async fn quotas_show_what_is_held() {
    let quotas = json!([
        { "id": 4, "resource_id": 14, "type": "ipv4", "mask": 29, "limit": 2, "used": 1, "unit": "blocks" },
        { "id": 5, "resource_id": 14, "type": "ipv6", "mask": null, "limit": 512, "used": 256, "unit": "subnets" },
    ]);
    let server = Server::expecting([expect("GET", "/usergroups/3/quotas").answers(&quotas)]).await;
    assert_snapshot!(Terminal::of(&server).types("group quotas 3").await.out, @r"
    ID  RESOURCE  TYPE  COUNTS         USED  LIMIT
    ────────────────────────────────────────────────
    4   14        ipv4  blocks of /29  1     2
    5   14        ipv6  subnets        256   512
    ");
    server.satisfied();
}
