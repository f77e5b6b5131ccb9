//! How connections are protected.

use std::{fs, os::unix::fs::PermissionsExt as _};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::platbook::{PASSWORD, Place, Server, answer, client};

const HSTS: &str = "strict-transport-security";

#[tokio::test]
async fn loopback_is_plain_and_browsers_are_not_told_otherwise() {
    let server = Place::new().serve("").await;
    assert!(server.url.starts_with("http://127.0.0.1:"));
    let response = server.request(Method::GET, "/healthz").send().await.unwrap();
    assert!(!response.headers().contains_key(HSTS));
}

#[tokio::test]
async fn any_other_address_speaks_tls_with_a_certificate_of_its_own() {
    let place = Place::new();
    let server = Server::start(place.platbook("serve --listen 0.0.0.0:0")).await;
    let certificate = place.data().join("certificate.pem");
    assert!(server.out().contains(&format!("Clients know it by {}", certificate.display())), "{}", server.out());
    let port = server.url.rsplit_once(':').unwrap().1.to_owned();
    assert!(server.url.starts_with("https://0.0.0.0:"));
    for host in ["127.0.0.1", "localhost"] {
        let request = client(Some(&certificate)).get(format!("https://{host}:{port}/api/v2/tokens"));
        let response = request.basic_auth("admin", Some(PASSWORD)).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[HSTS]),
            (200, &"max-age=31536000".parse().unwrap())
        );
    }
    let unknown = client(None).get(format!("https://127.0.0.1:{port}/healthz")).send().await;
    assert!(unknown.is_err(), "nobody else vouches for it");
    let mode = fs::metadata(place.data().join("certificate.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_certificate_stays_the_same_after_a_restart() {
    let place = Place::new();
    let mut server = place.serve("--tls").await;
    let certificate = place.data().join("certificate.pem");
    let first = fs::read(&certificate).unwrap();
    assert_eq!(server.stop().await, Some(0));
    let server = place.serve("--tls").await.trusting(&certificate);
    assert_eq!(fs::read(&certificate).unwrap(), first);
    assert_eq!(server.v2(Method::GET, "/tokens", Value::Null).await, json!([]));
}

#[tokio::test]
async fn who_speaks_plainly_to_tls_is_told_so() {
    let place = Place::new();
    let server = place.serve("--tls").await;
    let mut stream = TcpStream::connect(server.url.strip_prefix("https://").unwrap()).await.unwrap();
    let request =
        format!("POST /api/v2/tokens HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\n{}", "x".repeat(9_999));
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 400 Bad Request") && said.contains("use https://"), "{said}");
}

#[tokio::test]
async fn greetings_under_way_do_not_hold_up_the_end() {
    let place = Place::new();
    let mut server = place.serve("--tls").await;
    let _silent = TcpStream::connect(server.url.strip_prefix("https://").unwrap()).await.unwrap();
    let began = std::time::Instant::now();
    assert_eq!(server.stop().await, Some(0));
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[tokio::test]
async fn behind_a_proxy_the_proxy_says_how_a_request_came() {
    let place = Place::new();
    let server = place.serve("--behind-proxy").await;
    let tokens = || server.request(Method::GET, "/api/v2/tokens").basic_auth("admin", Some(PASSWORD));
    let response = tokens().header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().contains_key(HSTS)), (200, true));
    let (status, text) = answer(tokens().header("x-forwarded-proto", "http")).await;
    assert_eq!(status, 403);
    assert!(text.contains("was sent over plain HTTP") && text.contains("must be changed"), "{text}");
}

#[tokio::test]
async fn a_proxy_on_this_machine_can_t_pass_on_what_came_plainly() {
    let place = Place::new();
    let server = place.serve("").await;
    let tokens = server.request(Method::GET, "/api/v2/tokens").basic_auth("admin", Some(PASSWORD));
    assert_eq!(answer(tokens.header("x-forwarded-proto", "http")).await.0, 403);
}

#[tokio::test]
async fn a_certificate_from_files_is_read_again_on_sighup() {
    let place = Place::new();
    let (chain, key) = (place.path("chain.pem"), place.path("key.pem"));
    let make = |name: &str| {
        let made = rcgen::generate_simple_self_signed([name.to_owned(), "127.0.0.1".to_owned()]).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::write(&chain, made.cert.pem()).unwrap();
        fs::copy(&chain, place.path(name)).unwrap();
        place.path(name)
    };
    let old = make("old.example");
    let files = format!("--tls-cert {} --tls-key {}", chain.display(), key.display());
    let mut server = place.serve(&files).await;
    let health = format!("{}/healthz", server.url);
    let works = async |certificate| client(Some(certificate)).get(&health).send().await.is_ok();
    assert!(works(&old).await && !place.data().join("certificate.pem").exists());

    fs::write(&chain, "nothing").unwrap();
    server.signal("HUP");
    server.logs("the old certificate stays").await;
    assert!(works(&old).await);
    let new = make("new.example");
    server.signal("HUP");
    server.logs("the certificate was read again").await;
    assert!(works(&new).await && !works(&old).await);
    assert_eq!(server.stop().await, Some(0));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let refused = |words: &str| {
        let ran = Place::new().run(words);
        assert_ne!(ran.code, Some(0));
        ran.err
    };
    assert!(refused("serve --behind-proxy --tls").contains("--behind-proxy means that a proxy speaks TLS"));
    assert!(refused("serve --tls-cert a.pem").contains("--tls-key"));
    assert!(refused("serve --tls-cert /none.pem --tls-key /none.key").contains("/none.pem can't be read as PEM"));
}
