use insta::assert_snapshot;
use serde_json::json;

use crate::{
    server::{Exchange, Server, expect},
    terminal::{Outcome, Terminal},
};

fn unassign() -> Exchange {
    expect("PUT", "/ipam/netblocks/17/unassign").json(json!({ "skip_holding": false }))
}

async fn refused(exchange: Exchange) -> Outcome {
    let server = Server::expecting([exchange]).await;
    let outcome = Terminal::of(&server).types("ipam unassign 17").await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.out), (1, ""));
    outcome
}

#[tokio::test]
async fn a_refusal_names_every_field() {
    let errors = [("mask", "must be 1 to 32"), ("rir", "is not in the list; known are: RIPE, ARIN")];
    let outcome = refused(unassign().refuses(422, "mask: must be 1 to 32; rir: ...", &errors)).await;
    assert_snapshot!(outcome.err, @r"
    error: This was refused:
      mask: must be 1 to 32
      rir: is not in the list; known are: RIPE, ARIN
    ");
}

#[tokio::test]
async fn a_refusal_without_fields_is_its_sentence() {
    let outcome = refused(unassign().refuses(409, "192.0.2.0/24 is not assigned.", &[])).await;
    assert_eq!(outcome.err, "error: 192.0.2.0/24 is not assigned.\n");
}

#[tokio::test]
async fn a_fault_of_the_server_is_named_by_its_request() {
    let outcome = refused(unassign().refuses(500, "Something went wrong.", &[])).await;
    assert_eq!(outcome.err, "error: Something went wrong. (request 4f1c2a)\n");
}

#[tokio::test]
async fn who_is_not_known_hears_how_to_sign_in() {
    let outcome = refused(unassign().refuses(401, "Unknown token.", &[])).await;
    assert_eq!(outcome.err, "error: Unknown token.\nCheck the token; it may have been taken back.\n");
}

#[tokio::test]
async fn what_is_not_platbook_is_seen() {
    let html = refused(unassign().says(502, "<html>Bad Gateway</html>")).await;
    assert!(html.err.contains("answers 502 Bad Gateway, and not as Platbook does."), "{}", html.err);
    let server = Server::expecting([unassign().says(200, "<html>Hello</html>")]).await;
    let outcome = Terminal::of(&server).types("ipam unassign 17").await;
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("does not answer in JSON. Is the address of the server right?"), "{}", outcome.err);
}

#[tokio::test]
async fn a_lost_write_is_sent_once_more_under_the_same_name() {
    let answer = json!({ "cidr": "10.0.0.0/8", "state": "holding" });
    let server = Server::expecting([unassign().breaks(), unassign().answers(&answer)]).await;
    let outcome = Terminal::of(&server).types("ipam unassign 17").await;
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let keys = server.satisfied();
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0].len(), 32);
}

#[tokio::test]
async fn a_write_that_is_lost_twice_may_have_been_made() {
    let server = Server::expecting([unassign().breaks(), unassign().breaks()]).await;
    let outcome = Terminal::of(&server).types("ipam unassign 17").await;
    server.satisfied();
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains(" was lost before the answer came: "), "{}", outcome.err);
    assert!(outcome.err.ends_with("The change may have been made: look before you repeat it.\n"), "{}", outcome.err);
}

#[tokio::test]
async fn two_writes_have_two_names() {
    let answer = json!({ "cidr": "10.0.0.0/8" });
    let server = Server::expecting([unassign().answers(&answer), unassign().answers(&answer)]).await;
    Terminal::of(&server).types("ipam unassign 17").await;
    Terminal::of(&server).types("ipam unassign 17").await;
    let keys = server.satisfied();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn where_nobody_listens_it_says_what_to_do() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = Terminal::bare().types(&format!("ipam get --server {url}")).await;
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.starts_with(&format!("error: {url} can't be reached: Connection refused")), "{}", outcome.err);
    assert!(outcome.err.contains("Is Platbook running there?"), "{}", outcome.err);
}
