//! Files attached to resources, through API v2.

use std::{path::PathBuf, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, request::Builder},
};
use kernel::{Action, Actor, ResourceId};
use resources::Storage;
use serde_json::{Value, json};
use store::job::{ActorOf, Jobs, Worker};
use tempfile::TempDir;
use testkit::{Engine, on_both};
use tokio::sync::watch;

use crate::world::{World, may, send, world};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";
const TEXT: &[u8] = b"hostname <script>alert(1)</script>\n";

/// A world with a directory for files of at most 1000 bytes, and a resource to attach them to.
struct Office {
    world: World,
    folder: TempDir,
    thing: ResourceId,
}

async fn office(engine: Engine) -> Office {
    let folder = TempDir::new().unwrap();
    let mut world = world(engine).await;
    let storage = Storage::directory(&folder.path().join("files")).unwrap().with_largest(1000);
    world.resources = world.resources.with_storage(storage);
    let thing = world.thing("Thing", ResourceId::TOP).await.id;
    Office { world, folder, thing }
}

/// A form with one file.
fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--x--\r\n"].concat()
}

impl Office {
    async fn send(&self, actor: &Actor, request: Builder, body: impl Into<Body>) -> (u16, HeaderMap, Vec<u8>) {
        send(self.world.router(actor), request.body(body.into()).unwrap()).await
    }

    fn request(&self, method: Method, rest: &str) -> Builder {
        let uri = format!("/api/v2/resources/{}/attachments{rest}", self.thing);
        Request::builder().method(method).uri(uri).header("content-type", "multipart/form-data; boundary=x")
    }

    async fn attach_as(&self, actor: &Actor, name: &str, content: &[u8]) -> (u16, Value) {
        let (status, _, body) = self.send(actor, self.request(Method::POST, ""), form(name, content)).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn attach(&self, name: &str, content: &[u8]) -> String {
        let (status, attachment) = self.attach_as(&self.world.root, name, content).await;
        assert_eq!(status, 201, "{attachment}");
        attachment["id"].as_str().unwrap().to_owned()
    }

    async fn refused(&self, name: &str, content: &[u8]) -> (u16, String) {
        let (status, problem) = self.attach_as(&self.world.root, name, content).await;
        (status, problem["detail"].as_str().unwrap().to_owned())
    }

    async fn get(&self, rest: &str) -> (u16, HeaderMap, Vec<u8>) {
        self.send(&self.world.root, self.request(Method::GET, rest), Body::empty()).await
    }

    async fn list(&self) -> Value {
        serde_json::from_slice(&self.get("").await.2).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("files")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Lets the jobs that are due run, until there are so many files.
    async fn sweep_until(&self, files: usize) {
        let nobody: ActorOf = std::sync::Arc::new(|_, _| Box::pin(async { Ok(Actor::system("test")) }));
        let jobs = resources::jobs(Jobs::new(nobody), &self.world.resources);
        let (stop, told) = watch::channel(false);
        let worker = tokio::spawn(Worker::new(self.world.test.db.clone(), jobs, "test").run(told));
        for _ in 0..200 {
            if self.files().len() == files {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send_replace(true);
        worker.await.unwrap();
        assert_eq!(self.files().len(), files);
    }
}

on_both! {
    async fn a_file_is_attached_listed_downloaded_and_removed(engine) {
        let office = office(engine).await;
        let (status, added) = office.attach_as(&office.world.root, "Rack 7.PNG", PNG).await;
        let expected = json!({
            "id": added["id"], "resource_id": office.thing.to_string(), "name": "Rack 7.PNG",
            "media_type": "image/png", "size": PNG.len(),
            "sha256": "e103dc84851b76cf5ce939661e70bd97ad9accff3cc9c24a930f3bdf94f1ec46",
            "date": "2026-01-01 00:00:00", "user": "root", "preview": true,
        });
        assert_eq!((status, &added), (201, &expected));
        assert_eq!(office.list().await, json!([added]));

        let id = added["id"].as_str().unwrap();
        let (status, headers, content) = office.get(&format!("/{id}/download")).await;
        assert_eq!((status, &content[..]), (200, PNG));
        assert_eq!(headers["content-type"], "image/png");
        assert_eq!(headers["content-disposition"], "attachment; filename*=UTF-8''Rack%207%2EPNG");

        let (status, ..) = office.send(&office.world.root, office.request(Method::DELETE, &format!("/{id}")), "").await;
        assert_eq!((status, office.list().await), (204, json!([])));
        assert_eq!(office.get(&format!("/{id}/download")).await.0, 404);
        office.sweep_until(0).await;
    }

    async fn a_file_never_acts_on_the_pages_of_the_server(engine) {
        let office = office(engine).await;
        let (text, picture, pdf) =
            (office.attach("a.txt", TEXT).await, office.attach("a.png", PNG).await, office.attach("a.pdf", b"%PDF-1.7").await);
        for id in [&text, &picture, &pdf] {
            let (_, headers, _) = office.get(&format!("/{id}/download")).await;
            assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; "));
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["content-security-policy"], "sandbox; default-src 'none'");
        }
        for (id, media_type, content) in [(&text, "text/plain; charset=utf-8", TEXT), (&picture, "image/png", PNG)] {
            let (status, headers, shown) = office.get(&format!("/{id}")).await;
            assert_eq!((status, &shown[..]), (200, content));
            assert_eq!(headers["content-type"], media_type);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["content-security-policy"], "sandbox; default-src 'none'");
        }
        let (status, headers, shown) = office.get(&format!("/{pdf}")).await;
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "application/json"));
        assert_eq!((&shown["media_type"], &shown["preview"]), (&json!("application/pdf"), &json!(false)));
    }

    async fn what_is_no_file_of_a_known_kind_is_refused_and_leaves_nothing(engine) {
        let office = office(engine).await;
        let (status, why) = office.refused("a.html", b"<html>").await;
        assert!(status == 422 && why.starts_with("name: must end with one of these: .png, .jpg"), "{why}");
        for (name, content, status, why) in [
            ("a.png", &b"<html>"[..], 422, "file: is not what its name says: its content does not begin as image/png does"),
            ("a.txt", b"a\0b", 422, "file: holds control characters, which a text does not"),
            ("a.txt", b"", 422, "file: is empty"),
            ("a.txt", &[b'x'; 1001], 413, "The file is larger than the 1000 bytes that it may have."),
            ("../a.txt", b"a", 422, "name: must be a file name of 1 to 255 printable characters without / and \\"),
        ] {
            assert_eq!(office.refused(name, content).await, (status, why.to_owned()));
        }
        let form = "body: must be a form (multipart/form-data) whose first part is a file with its name, or the file itself \
                    with ?name= and its name";
        let cut = "body: broke off before its end; send the request again";
        for (body, why) in [
            (&b"--x--\r\n"[..], form),
            (b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n", form),
            (b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\nhalf of", cut),
        ] {
            let (status, _, problem) = office.send(&office.world.root, office.request(Method::POST, ""), body).await;
            let problem: Value = serde_json::from_slice(&problem).unwrap();
            assert_eq!((status, &problem["detail"]), (422, &json!(why)));
        }
        assert_eq!(office.list().await, json!([]));
        assert_eq!(office.files().len(), 0);
    }

    async fn a_file_may_be_the_body_itself(engine) {
        let office = office(engine).await;
        let request = office.request(Method::POST, "?name=running%20config.cfg");
        let (status, _, added) = office.send(&office.world.root, request, TEXT).await;
        let added: Value = serde_json::from_slice(&added).unwrap();
        assert_eq!((status, &added["name"], &added["size"]), (201, &json!("running config.cfg"), &json!(TEXT.len())));
        assert_eq!(office.get(&format!("/{}/download", added["id"].as_str().unwrap())).await.2, TEXT);
    }

    async fn attachments_take_the_rights_on_their_resource(engine) {
        let office = office(engine).await;
        let id = office.attach("a.txt", TEXT).await;
        let other = office.world.thing("Other", ResourceId::TOP).await.id;
        for (rights, read, write) in [
            (&[][..], 404, 404),
            (&[Action::Read][..], 200, 403),
            (&[Action::Read, Action::Update][..], 200, 201),
        ] {
            let ann = testkit::actor("ann").with(may(rights), office.thing).build();
            for path in [String::new(), format!("/{id}"), format!("/{id}/download")] {
                let (status, ..) = office.send(&ann, office.request(Method::GET, &path), "").await;
                assert_eq!(status, read, "{rights:?} {path}");
            }
            assert_eq!(office.attach_as(&ann, "b.txt", TEXT).await.0, write, "{rights:?}");
            let (status, ..) = office.send(&ann, office.request(Method::DELETE, &format!("/{id}")), "").await;
            assert_eq!(status, if write == 201 { 204 } else { write }, "{rights:?}");
        }
        let id = office.attach("a.txt", TEXT).await;
        for path in [format!("/{id}"), format!("/{id}/download")] {
            let uri = format!("/api/v2/resources/{other}/attachments{path}");
            let (status, ..) = office.send(&office.world.root, Request::get(uri), "").await;
            assert_eq!(status, 404, "it is no attachment of that resource");
        }
    }

    async fn a_file_whose_record_never_came_is_removed_and_others_stay(engine) {
        let office = office(engine).await;
        let kept = office.attach("kept.txt", TEXT).await;
        // The node dies between the file and its record: here, the resource goes away while the file comes in.
        let gone = office.world.thing("Gone", ResourceId::TOP).await.id;
        let request = Request::post(format!("/api/v2/resources/{gone}/attachments?name=lost.txt"));
        let (send, receive) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
        let pieces = futures_util::stream::unfold(receive, |mut receive| async { Some((receive.recv().await?, receive)) });
        let upload = office.send(&office.world.root, request, Body::from_stream(pieces));
        let meanwhile = async {
            send.send(Ok(b"lost".to_vec())).await.unwrap();
            // The channel holds one piece: when it takes another one, the upload has begun.
            send.send(Ok(b" and found".to_vec())).await.unwrap();
            send.send(Ok(b".".to_vec())).await.unwrap();
            let (status, _) = office.world.v2(Method::DELETE, &format!("/resources/{gone}"), Value::Null).await;
            assert_eq!(status, 204);
            drop(send);
        };
        let ((status, ..), ()) = tokio::join!(upload, meanwhile);
        assert_eq!((status, office.files().len()), (404, 2));
        office.world.clock.advance(Duration::from_mins(61));
        office.sweep_until(1).await;
        assert_eq!(office.get(&format!("/{kept}/download")).await.2, TEXT);
    }

    async fn a_repeated_request_attaches_once(engine) {
        let office = office(engine).await;
        let upload = async |content: &[u8]| {
            let request = office.request(Method::POST, "").header("Idempotency-Key", "k");
            let (status, _, body) = office.send(&office.world.root, request, form("a.txt", content)).await;
            (status, body)
        };
        let first = upload(b"one").await;
        assert_eq!((first.0, upload(b"one").await), (201, first));
        assert_eq!(upload(b"two").await.0, 422, "the same key with another file");
        assert_eq!(office.list().await.as_array().unwrap().len(), 1);
        office.world.clock.advance(Duration::from_mins(61));
        office.sweep_until(1).await;
    }

    async fn a_server_without_a_place_for_files_says_so(engine) {
        let mut office = office(engine).await;
        office.world.resources = office.world.resources.with_storage(Storage::none());
        let (status, why) = office.refused("a.txt", TEXT).await;
        assert!(status == 409 && why.starts_with("This server has no place for attachments."), "{why}");
    }
}
