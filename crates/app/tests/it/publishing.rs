//! What the world may ask of our networks, when the server is told to answer.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::platbook::{Place, Server, answer};

async fn public(server: &Server, path: &str) -> (u16, String) {
    answer(server.request(Method::GET, path)).await
}

#[tokio::test]
async fn nothing_is_published_unless_the_server_is_told_to() {
    let place = Place::new();
    let server = place.serve("").await;
    assert_eq!(public(&server, "/rdap/help").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_published_by_rdap_and_whois_to_whoever_asks() {
    let place = Place::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let words = format!("--publish https://rdap.example.net/rdap --whois 127.0.0.1:{port}");
    let server = place.serve(&words).await;
    let block = json!({"cidr": "198.51.100.0/24", "rir": "RIPE"});
    server.v2(Method::POST, "/ipam/netblocks", block).await;
    let (status, text) = public(&server, "/rdap/ip/198.51.100.0/25").await;
    let network: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &network["startAddress"]), (200, &json!("198.51.100.0")), "{text}");
    assert_eq!(network["links"][0]["href"], "https://rdap.example.net/rdap/ip/198.51.100.0/24");
    assert_eq!(public(&server, "/rdap/ip/192.0.2.1").await.0, 404);
    let said = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"198.51.100.7\r\n").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    });
    let said = said.await.unwrap();
    assert!(said.starts_with("inetnum:        198.51.100.0 - 198.51.100.255\r\n"), "{said}");
}
