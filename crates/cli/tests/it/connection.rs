use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    server::{Exchange, Server, expect},
    terminal::{Outcome, Terminal},
};

fn listed() -> Exchange {
    expect("GET", "/ipam/netblocks").answers(&json!([]))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// One command that arrives with this `Authorization`.
async fn arrives(authorization: Option<&str>, terminal: Terminal, options: &str) -> Outcome {
    let server = Server::expecting([listed().authorization(authorization)]).await;
    let outcome = terminal.with("PLATBOOK_SERVER", &server.url).types(&format!("ipam get{options}")).await;
    server.satisfied();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    outcome
}

async fn misused(terminal: Terminal, line: &str) -> String {
    let outcome = terminal.types(line).await;
    assert_eq!((outcome.code, &*outcome.out), (2, ""), "{}", outcome.err);
    outcome.err
}

#[tokio::test]
async fn the_server_is_the_option_then_platbooks_variable_then_the_old_one() {
    for (terminal, options) in [
        (
            Terminal::bare().with("PLATBOOK_SERVER", "http://127.0.0.1:1").with("PROVISION_HOST", "http://127.0.0.1:1"),
            true,
        ),
        (Terminal::bare().with("PROVISION_HOST", "http://127.0.0.1:1"), false),
        (Terminal::bare().with("PLATBOOK_SERVER", ""), false),
    ] {
        let server = Server::expecting([listed().authorization(None)]).await;
        let outcome = if options {
            terminal.types(&format!("ipam get --server {}", server.url)).await
        } else {
            terminal.with("PLATBOOK_SERVER", "").with("PROVISION_HOST", &server.url).types("ipam get").await
        };
        server.satisfied();
        assert_eq!(outcome.code, 0, "{}", outcome.err);
    }
}

#[tokio::test]
async fn an_address_may_lack_its_scheme_and_may_have_the_path_of_the_api() {
    let server = Server::expecting([listed().authorization(None), listed().authorization(None)]).await;
    let host = server.url.trim_start_matches("http://");
    for address in [format!("{host}/"), format!("http://{host}/api/v2/")] {
        let outcome = Terminal::bare().types(&format!("ipam get --server {address}")).await;
        assert_eq!(outcome.code, 0, "{}", outcome.err);
    }
    server.satisfied();
}

#[tokio::test]
async fn a_path_before_the_api_is_kept() {
    let server = Server::expecting([]).await;
    let outcome = Terminal::bare().types(&format!("ipam get --server {}/6.2.0", server.url)).await;
    assert!(outcome.err.contains(&format!("{}/6.2.0 answers 418", server.url)), "{}", outcome.err);
}

#[tokio::test]
async fn what_is_typed_goes_before_the_environment() {
    let environment = || Terminal::bare().with("PLATBOOK_TOKEN", "env-token").with("PROVISION_USERNAME", "env");
    arrives(Some("Bearer env-token"), environment(), "").await;
    arrives(Some("Bearer typed"), environment(), " --token typed").await;
    arrives(Some(&basic("me", "pw")), environment(), " --username me --password pw").await;
    let password = environment().with("PLATBOOK_PASSWORD", "new").with("PROVISION_PASSWORD", "old");
    arrives(Some(&basic("me", "new")), password, " --username me").await;
}

#[tokio::test]
async fn the_old_variables_are_still_read() {
    let old = Terminal::bare().with("PROVISION_USERNAME", "jo").with("PROVISION_PASSWORD", "a:b ü");
    arrives(Some(&basic("jo", "a:b ü")), old, "").await;
}

#[tokio::test]
async fn a_line_end_behind_a_token_is_no_part_of_it() {
    arrives(Some("Bearer abc"), Terminal::bare().with("PLATBOOK_TOKEN", " abc\n"), "").await;
}

#[tokio::test]
async fn a_person_is_asked_for_a_missing_password() {
    let outcome = arrives(Some(&basic("me", "typed in")), Terminal::bare().person("typed in"), " --username me").await;
    assert!(outcome.err.starts_with("Password of me at http://127.0.0.1:"), "{}", outcome.err);
    let nobody = misused(Terminal::bare(), "ipam get --username me").await;
    assert!(nobody.contains("no terminal to ask for it. Give it in PLATBOOK_PASSWORD"), "{nobody}");
}

#[tokio::test]
async fn secrets_do_not_travel_in_the_clear_to_other_machines() {
    for host in ["192.0.2.1", "platbook.example", "[2001:db8::1]", "localhost.example", "127.0.0.1.example"] {
        let person = Terminal::bare().person("must not be asked");
        let error = misused(person, &format!("ipam get --server http://{host} --username me")).await;
        assert!(error.starts_with("error: Passwords and tokens are not sent over plain http"), "{error}");
        let token = Terminal::bare().with("PLATBOOK_TOKEN", "t");
        let error = misused(token, &format!("ipam get --server http://{host} --insecure")).await;
        assert!(error.contains("not sent over plain http"), "{error}");
    }
    let misplaced = Terminal::bare().with("PLATBOOK_PASSWORD", "x");
    let error = misused(misplaced, "ipam get").await;
    assert!(error.contains("A password is given, but no user name."), "{error}");
}

#[tokio::test]
async fn no_secret_is_repeated_in_an_error() {
    let (password, typed) = ("hunter2", ["--username", "me", "--password", "hunter2"]);
    for words in [
        &["ipam", "get", "--server", "http://me:hunter2@127.0.0.1:1"][..],
        &["ipam", "get", "--server", "me:hunter2@127.0.0.1:1"],
        &["ipam", "get", "--server", "http://me:hunter2@[bad"],
        &["ipam", "get", "--server", "ftp://127.0.0.1", "--token", "hunter2"],
        &["ipam", "get", "--server", "http://127.0.0.1/?p=hunter2"],
        &["ipam", "get", "--username", "a:b", "--password", "hunter2"],
        &["ipam", "get", "--token", "hunter2\u{7f}"],
        &["ipam", "get", "--token", "hunter2", "--username", "me"],
    ] {
        let outcome = Terminal::bare().runs(words).await;
        assert_eq!(outcome.code, 2, "{words:?}");
        assert!(!outcome.err.contains(password), "{}", outcome.err);
    }
    let unreachable = [&["ipam", "get", "--server", "http://127.0.0.1:1"], &typed[..]].concat();
    let outcome = Terminal::bare().runs(&unreachable).await;
    assert_eq!(outcome.code, 1);
    assert!(!outcome.err.contains(password), "{}", outcome.err);
    let connection = cli::Connection { password: Some("hunter2".to_owned().into()), ..cli::Connection::default() };
    assert!(!format!("{connection:?}").contains(password));
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let away = axum::routing::any(|| async { axum::response::Redirect::permanent("https://platbook.example/") });
        axum::serve(listener, axum::Router::new().fallback_service(away)).await.unwrap();
    });
    let outcome = Terminal::bare().types(&format!("ipam get --server {url} --token t")).await;
    assert_eq!(outcome.code, 1);
    let sentence = format!("error: {url} sends us on to https://platbook.example/. Give that address with --server.\n");
    assert_eq!(outcome.err, sentence);
}

#[tokio::test]
async fn nobody_hears_how_to_sign_in() {
    let server = Server::expecting([listed().authorization(None).refuses(401, "Who are you?", &[])]).await;
    let outcome = Terminal::bare().types(&format!("ipam get --server {}", server.url)).await;
    server.satisfied();
    assert_eq!(outcome.err, "error: Who are you?\nSign in with --token, or with --username and --password.\n");
}
