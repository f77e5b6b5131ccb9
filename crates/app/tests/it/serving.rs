//! Starting, serving and stopping.

use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::platbook::{PASSWORD, Place, Server, answer};

#[tokio::test]
async fn the_first_password_is_shown_once_and_opens_the_door() {
    let place = Place::new();
    let mut command = place.platbook("serve --listen 127.0.0.1:0");
    command.env_remove("PLATBOOK_ADMIN_PASSWORD");
    let mut server = Server::start(command).await;
    let said = server.out();
    let password = said.lines().find_map(|line| line.split_once("with the password: ")).unwrap().1;
    assert!(said.contains("The first administrator is \"admin\"") && said.contains("It is shown this once."));
    assert!(!server.err().contains(password), "it is not logged");
    let me = server.request(Method::GET, "/api/v2/tokens").basic_auth("admin", Some(password));
    assert_eq!(answer(me).await, (200, "[]".to_owned()));
    assert_eq!(server.stop().await, Some(0));

    let server = place.serve("").await;
    assert!(!server.out().contains("password"), "{}", server.out());
    let me = server.request(Method::GET, "/api/v2/tokens").basic_auth("admin", Some(PASSWORD));
    assert_eq!(answer(me).await.0, 401, "the variable is for the first start only");
}

#[tokio::test]
async fn a_password_from_the_environment_is_not_repeated() {
    let place = Place::new();
    let server = place.serve("").await;
    assert!(server.out().contains("with the password in PLATBOOK_ADMIN_PASSWORD."), "{}", server.out());
    assert!(!server.out().contains(PASSWORD) && !server.err().contains(PASSWORD));
    assert_eq!(server.v2(Method::GET, "/tokens", Value::Null).await, json!([]));
}

#[tokio::test]
async fn the_data_directory_is_for_its_owner_alone() {
    let place = Place::new();
    let _server = place.serve("").await;
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.data()), 0o700);
    assert_eq!(mode(place.data().join("admin.sock")), 0o600);
    assert_eq!(mode(place.data().join("master.key")), 0o600);
}

#[tokio::test]
async fn operators_see_that_it_lives_and_is_ready() {
    let server = Place::new().serve("").await;
    assert_eq!(server.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(server.get("/readyz").await, (200, "ready\n".to_owned()));
}

#[tokio::test]
async fn metrics_count_requests_jobs_and_blocks() {
    let place = Place::new();
    let server = place.serve("").await;
    server.v2(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/8", "rir": "1918" })).await;
    server.v2(Method::PUT, "/ipam/netblocks/10.0.0.0/8/split", json!({})).await;
    let (status, text) = server.get("/metrics").await;
    assert_eq!(status, 200);
    let has = |line: &str| text.lines().any(|found| found == line);
    for line in [
        "platbook_requests_total{door=\"v2\",method=\"POST\",status=\"2xx\"} 1",
        "platbook_blocks{state=\"available\"} 2",
        "platbook_blocks{state=\"assigned\"} 0",
        "platbook_jobs{status=\"failed\"} 0",
        &format!("platbook_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(has(line), "{line} is missing in:\n{text}");
    }
    let named = |line: &str| line.split(['{', ' ']).next().unwrap().trim_end_matches("_bucket").to_owned();
    for name in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(named) {
        let name = name.trim_end_matches("_sum").trim_end_matches("_count");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

#[tokio::test]
async fn every_answer_names_its_request_and_so_does_the_log() {
    let place = Place::new();
    let mut command = place.platbook("serve --listen 127.0.0.1:0");
    command.env("PLATBOOK_LOG", "platbook=debug");
    let server = Server::start(command).await;
    let response = server.request(Method::GET, "/healthz").header("x-request-id", "abc-1").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "abc-1");
    let response = server.request(Method::GET, "/nothing").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"].len(), 24);
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().contains("nothing here")), (404, true));
    server.logs("/nothing").await;
    let log: Vec<Value> = server.err().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = log.iter().find(|line| line["span"]["id"] == "abc-1").unwrap();
    assert_eq!((&line["path"], &line["status"], &line["level"]), (&json!("/healthz"), &json!(200), &json!("DEBUG")));
}

#[tokio::test]
async fn a_log_filter_that_is_none_is_refused() {
    let ran = Place::new();
    let ran = crate::platbook::Ran::of(&ran.platbook("serve").env("PLATBOOK_LOG", "a=b=c").output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("PLATBOOK_LOG is \"a=b=c\", which is no filter"), "{}", ran.err);
}

#[tokio::test]
async fn people_are_led_to_the_description_of_the_api() {
    let server = Place::new().serve("").await;
    let response = server.request(Method::GET, "/").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["location"]), (303, &"/dev/swagger/".parse().unwrap()));
    let (status, page) = server.get("/dev/swagger/").await;
    assert_eq!(status, 200);
    assert!(page.contains("swagger-ui") && !page.contains("https://"), "all of it comes from the server: {page}");
    assert_eq!(server.get("/api/v2/openapi.json").await.0, 200);
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_server_is_told_to_stop() {
    let place = Place::new();
    let mut server = place.serve("").await;
    let body = json!({ "name": "Customer" }).to_string();
    let (begin, end) = body.split_at(5);
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /api/v2/ipam/tags HTTP/1.1\r\nhost: x\r\nauthorization: Basic YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{begin}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // So that the head has arrived.
    assert_eq!(server.get("/healthz").await.0, 200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    server.signal("TERM");
    while TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    stream.write_all(end.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 201 Created\r\n") && said.ends_with("{\"name\":\"Customer\"}"), "{said}");
    assert_eq!(server.ended().await, Some(0));

    let server = place.serve("").await;
    assert_eq!(server.v2(Method::GET, "/ipam/tags", Value::Null).await, json!([{ "name": "Customer" }]));
}

/// Sends this as it is, and returns what comes back until the server closes.
async fn raw(server: &crate::platbook::Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.ok();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
}

#[tokio::test]
async fn urls_are_taken_as_old_scripts_write_them() {
    let server = Place::new().serve("").await;
    let url =
        "/api/v1/api.php?target=resource&action=get&type=entry&attr_key=speed&attr_value=9&attr_compare=>=&x=\"<é>\"";
    let sign_in = "authorization: Basic YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5\r\nconnection: close";
    let said = raw(&server, &format!("GET {url} HTTP/1.1\r\nhost: x\r\n{sign_in}\r\n\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.contains("Search "), "{said}");
}

/// The rest of the body could be read as another request, and somebody else's behind a proxy be joined to it.
#[tokio::test]
async fn who_is_answered_before_the_body_has_been_read_is_told_to_come_again() {
    let server = Place::new().serve("").await;
    let head =
        |more: &str| format!("POST /api/v2/ipam/tags HTTP/1.1\r\nhost: x\r\n{more}content-length: 1000\r\n\r\nA \"\"");
    let said = raw(&server, &head("authorization: Basic eDp5\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 401") && said.contains("\r\nconnection: close\r\n"), "{said}");
}

#[tokio::test]
async fn who_sends_no_request_that_can_be_read_is_told_why_in_the_form_of_both_apis() {
    let server = Place::new().serve("").await;
    let long = |bytes| format!("GET /api/v1/api.php?notes={} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(bytes));
    for (request, status, why) in [
        (&*long(100_000), "414 URI Too Long", "Send the parameters in the body of a POST"),
        (&*long(1 << 20), "431 Request Header Fields Too Large", "Send the parameters in the body of a POST"),
        ("GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", "400 Bad Request", "must be escaped"),
    ] {
        let said = raw(&server, request).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{said}");
        let body: Value = serde_json::from_str(said.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!((&body["success"], &body["message"]), (&json!(0), &body["detail"]), "{body}");
        assert!(body["detail"].as_str().unwrap().contains(why), "{body}");
    }
}

#[tokio::test]
async fn nothing_but_the_data_is_left_behind() {
    let place = Place::new();
    let mut server = place.serve("").await;
    assert_eq!(server.stop().await, Some(0));
    assert_eq!(place.files(), ["attachments", "master.key", "platbook.db", "platbook.lock"]);
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let place = Place::new();
    let mut server = place.serve("").await;
    server.v2(Method::POST, "/ipam/tags", json!({ "name": "Customer" })).await;
    server.signal("KILL");
    assert_eq!(server.ended().await, None);
    let mut server = place.serve("").await;
    assert_eq!(server.v2(Method::GET, "/ipam/tags", Value::Null).await, json!([{ "name": "Customer" }]));
    assert_eq!(server.stop().await, Some(0));
    assert_eq!(
        place.files(),
        ["attachments", "master.key", "platbook.db", "platbook.lock"],
        "what the killed one left is cleared up"
    );
}

#[tokio::test]
async fn every_answer_protects_the_person_in_front_of_a_browser() {
    let server = Place::new().serve("").await;
    for (path, policy, cached) in [
        ("/api/v2/users/me", "default-src 'none'; frame-ancestors 'none'", "no-store"),
        ("/api/v1/api.php", "default-src 'none'; frame-ancestors 'none'", "no-store"),
        ("/nothing", "default-src 'none'; frame-ancestors 'none'", "no-store"),
        ("/dev/swagger/", "default-src 'self'; style-src 'self' 'unsafe-inline';", ""),
    ] {
        let response = server.request(Method::GET, path).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
        assert!(header("content-security-policy").starts_with(policy), "{path}: {response:?}");
        assert_eq!(header("cache-control"), cached, "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    }
}
