use std::{fs, sync::Arc};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use crate::terminal::Terminal;

/// A server with a certificate of its own, which answers everybody with an empty list.
async fn self_signed() -> (String, TempDir, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.pem");
    fs::write(&file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (url, folder, file.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (url, _folder, _) = self_signed().await;
    let outcome = Terminal::bare().types(&format!("ipam get --server {url} --token t")).await;
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.starts_with(&format!("error: The certificate of {url} is not trusted (")), "{}", outcome.err);
    assert!(outcome.err.ends_with("give its file with --cacert.\n"), "{}", outcome.err);
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_trusted_by_its_file() {
    let (url, _folder, file) = self_signed().await;
    let outcome = Terminal::bare().types(&format!("ipam get --server {url} --token t --cacert {file}")).await;
    assert_eq!((outcome.code, &*outcome.out), (0, "No blocks fit.\n"), "{}", outcome.err);
    let outcome = Terminal::bare().with("PLATBOOK_CACERT", &file).types(&format!("ipam get --server {url}")).await;
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}

#[tokio::test]
async fn the_file_of_another_server_does_not_help() {
    let ((url, ..), (_, _folder, other)) = (self_signed().await, self_signed().await);
    let outcome = Terminal::bare().types(&format!("ipam get --server {url} --cacert {other}")).await;
    assert_eq!(outcome.code, 1, "{}", outcome.out);
}

#[tokio::test]
async fn anybody_is_trusted_only_on_demand() {
    let (url, ..) = self_signed().await;
    let outcome = Terminal::bare().types(&format!("ipam get --server {url} --insecure")).await;
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}

#[tokio::test]
async fn a_file_without_a_certificate_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    fs::write(&file, "nothing").unwrap();
    for file in [file.to_str().unwrap(), "/nowhere/at/all.pem"] {
        let outcome = Terminal::bare().types(&format!("ipam get --server https://localhost:1 --cacert {file}")).await;
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.starts_with(&format!("error: The certificate {file} ")), "{}", outcome.err);
    }
}
