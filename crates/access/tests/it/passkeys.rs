//! Passkeys, in a real browser with a device that exists in it only. The page is made here, and calls the API.

use access::{PublicUrl, Settings, TransportPolicy};
use axum::{Extension, Router, response::Html, routing::get};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use testkit::{Chromium, on_both};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::door::{self, Door, PASSWORD, Said, admin};

/// What the scripts of the page share: asking the API, and asking the device.
const PAGE: &str = r"<!doctype html><title>Passkeys</title><script>
const ask = async (method, path, body, csrf) => {
  const headers = {'content-type': 'application/json', ...(csrf && {'X-CSRF-Token': csrf})};
  const answer = await fetch('/api/v2' + path, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  return {status: answer.status, body: text && JSON.parse(text)};
};
const make = async (question) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(question.publicKey);
  return (await navigator.credentials.create({publicKey})).toJSON();
};
const prove = async (question) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(question.publicKey);
  return (await navigator.credentials.get({publicKey})).toJSON();
};
</script>";

const REGISTER: &str = "
const {username, password, name} = args;
const session = (await ask('POST', '/sessions', {username, password})).body;
const begun = await ask('POST', '/passkeys/registration', undefined, session.csrf_token);
if (begun.status !== 200) return begun;
const credential = await make(begun.body);
const new_ = {name, ceremony: begun.body.ceremony, credential};
const first = await ask('POST', '/passkeys', new_, session.csrf_token);
const again = await ask('POST', '/passkeys', new_, session.csrf_token);
return {first, again, question: begun.body, credential};
";

const PROVE: &str = "
const begun = await ask('POST', '/sessions/passkey/challenge', args.pending ? {pending: args.pending} : {});
if (begun.status !== 200) return begun;
return {ceremony: begun.body.ceremony, question: begun.body, credential: await prove(begun.body)};
";

/// A door that a browser reaches at `localhost`.
struct Site {
    door: Door,
    url: String,
    task: JoinHandle<()>,
}

impl Site {
    async fn on(engine: testkit::Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let settings = Settings { public_url: Some(PublicUrl::parse(&url).unwrap()), ..door::settings() };
        let door = Door::with(engine, settings).await;
        let router: Router = door::router(&door.access, TransportPolicy::default())
            .route("/", get(|| async { Html(PAGE) }))
            .layer(Extension(access::Secure(true)));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or_default() });
        Self { door, url, task }
    }

    /// A browser on the page, with the passkey of Ann registered; answers with what was said.
    async fn registered(&self, browser: &Chromium) -> Value {
        self.door.user("ann").await;
        browser.go(&self.url).await;
        self.register(browser, "ann").await
    }

    async fn register(&self, browser: &Chromium, username: &str) -> Value {
        let said =
            browser.run(REGISTER, json!({"username": username, "password": PASSWORD, "name": " My laptop "})).await;
        assert_eq!(said["first"]["status"], 201, "{said}");
        said
    }

    /// What `POST /sessions/passkey` says to this answer.
    async fn sign_in(&self, answer: &Value) -> Said {
        let body = json!({"ceremony": answer["ceremony"], "credential": answer["credential"]});
        crate::browser::post(&self.door, "/sessions/passkey", body).await
    }

    /// A sign-in of Ann with her password, which waits for her second factor.
    async fn pending(&self) -> Value {
        let said = crate::browser::sign_in(&self.door, json!({"username": "ann", "password": PASSWORD})).await;
        assert_eq!(said.status, 202, "{}", said.text);
        said.json()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The key of a device, in the hands of the test.
struct Key(EcdsaKeyPair);

impl Key {
    fn from_pkcs8(der: &[u8]) -> Self {
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &SystemRandom::new()).unwrap())
    }

    /// The answer with these two parts in place of its own.
    fn signed(&self, answer: &Value, data: &[u8], client: &[u8]) -> Value {
        let said = [data, digest(&SHA256, client).as_ref()].concat();
        let signature = self.0.sign(&SystemRandom::new(), &said).unwrap();
        let mut answer = answer.clone();
        for (field, bytes) in
            [("authenticatorData", data), ("clientDataJSON", client), ("signature", signature.as_ref())]
        {
            answer["credential"]["response"][field] = json!(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        }
        answer
    }
}

fn refusal(said: &Said) -> String {
    said.refusal(401)
}

on_both! {
    async fn a_passkey_signs_its_owner_in_alone_and_without_a_name(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        let said = site.registered(&browser).await;
        let passkey = &said["first"]["body"];
        assert_eq!((&passkey["name"], &passkey["last_used_at"]), (&json!("My laptop"), &Value::Null));
        assert_eq!(said["question"]["publicKey"]["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(said["question"]["publicKey"]["attestation"], "none");
        let answer = browser.run(PROVE, json!({})).await;
        assert_eq!(answer["question"]["publicKey"]["userVerification"], "required", "{answer}");
        assert!(answer["question"]["publicKey"]["allowCredentials"].as_array().is_none_or(Vec::is_empty), "{answer}");
        let said = site.sign_in(&answer).await;
        assert_eq!(said.status, 201, "{}", said.text);
        assert_eq!(said.json()["session"]["method"], "passkey");
        let ann = crate::browser::Browser::opened(&site.door, &said);
        assert_eq!(ann.get("/users/me").await.json()["name"], "ann");
        let listed = ann.get("/passkeys").await.json();
        assert_eq!((&listed[0]["name"], &listed[0]["last_used_at"]), (&json!("My laptop"), &json!("2026-01-01T00:00:00Z")));
        assert!(said.headers["set-cookie"].to_str().unwrap().contains("HttpOnly"));
    }

    async fn beside_a_password_only_a_passkey_of_the_same_user_is_taken(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let device = browser.authenticator().await;
        site.registered(&browser).await;
        let pending = site.pending().await;
        assert_eq!(pending["second_factor"], json!(["passkey"]));
        let answer = browser.run(PROVE, json!({"pending": pending["pending"]})).await;
        assert_eq!(answer["question"]["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1, "{answer}");
        let said = site.sign_in(&answer).await;
        assert_eq!((said.status, &said.json()["session"]["method"]), (201, &json!("local")), "{}", said.text);
        let alone = site.door.get(&door::basic("ann", PASSWORD), "/users/me").await;
        assert!(alone.refusal(401).contains("signs in with a second factor"));
        // Bob's passkey answers the question that was meant for Ann's.
        let anns = device.credentials().await[0].clone();
        site.door.user("bob").await;
        site.register(&browser, "bob").await;
        let bobs = device.credentials().await.into_iter().find(|one| one["credentialId"] != anns["credentialId"]);
        device.hold(bobs.unwrap()).await;
        let question = "
            const begun = await ask('POST', '/sessions/passkey/challenge', {pending: args.pending});
            const {ceremony, publicKey} = begun.body;
            return {ceremony, credential: await prove({publicKey: {...publicKey, allowCredentials: []}})};";
        let answer = browser.run(question, json!({"pending": site.pending().await["pending"]})).await;
        assert!(refusal(&site.sign_in(&answer).await).contains("not known here"));
    }

    async fn an_answer_is_good_once_for_its_own_question_and_not_for_ever(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        let said = site.registered(&browser).await;
        assert_eq!(said["again"]["status"], 401, "a ceremony registers one passkey: {said}");
        let (first, second) = (browser.run(PROVE, json!({})).await, browser.run(PROVE, json!({})).await);
        let crossed = json!({"ceremony": second["ceremony"], "credential": first["credential"]});
        assert!(refusal(&site.sign_in(&crossed).await).contains("does not fit the question"));
        assert_eq!(site.sign_in(&first).await.status, 201);
        assert!(refusal(&site.sign_in(&first).await).contains("has been used already"));
        let forged = json!({"ceremony": said["question"]["ceremony"], "credential": second["credential"]});
        assert!(refusal(&site.sign_in(&forged).await).contains("Begin again"), "the ceremony of another kind");
        site.door.later(600);
        assert!(refusal(&site.sign_in(&second).await).contains("too long ago"));
    }

    async fn a_device_that_has_not_verified_its_user_is_refused(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        site.registered(&browser).await;
        // The page asks for less than it was told to; the device says so in what it signs.
        let lax = "
            const begun = await ask('POST', '/sessions/passkey/challenge', args.pending ? {pending: args.pending} : {});
            const {ceremony, publicKey} = begun.body;
            return {ceremony, credential: await prove({publicKey: {...publicKey, userVerification: 'discouraged'}})};";
        for pending in [Value::Null, site.pending().await["pending"].clone()] {
            let answer = browser.run(lax, json!({"pending": pending})).await;
            assert!(refusal(&site.sign_in(&answer).await).contains("not verified its user"), "{answer}");
        }
    }

    async fn a_counter_that_goes_back_is_refused(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let device = browser.authenticator().await;
        site.registered(&browser).await;
        let copy = device.credentials().await[0].clone();
        assert_eq!(site.sign_in(&browser.run(PROVE, json!({})).await).await.status, 201);
        assert_eq!(site.sign_in(&browser.run(PROVE, json!({})).await).await.status, 201);
        device.hold(copy).await;
        let answer = browser.run(PROVE, json!({})).await;
        assert!(refusal(&site.sign_in(&answer).await).contains("counter of this passkey has gone back"), "{answer}");
    }

    async fn what_was_said_to_another_site_or_has_been_changed_is_refused(engine) {
        let (site, elsewhere) = (Site::on(engine).await, Site::on(engine).await);
        let browser = Chromium::start().await;
        let device = browser.authenticator().await;
        site.registered(&browser).await;
        // The same name, but another port: another origin. The question is the right one.
        let question = crate::browser::post(&site.door, "/sessions/passkey/challenge", json!({})).await.json();
        browser.go(&elsewhere.url).await;
        let credential = browser.run("return prove(args);", question.clone()).await;
        let answer = json!({"ceremony": question["ceremony"], "credential": credential});
        assert!(refusal(&site.sign_in(&answer).await).contains("does not fit the question"), "{answer}");
        browser.go(&site.url).await;
        let good = browser.run(PROVE, json!({})).await;
        for (field, at) in [("authenticatorData", 0), ("authenticatorData", 40), ("signature", 20), ("clientDataJSON", 30)] {
            let mut changed = good.clone();
            let text = changed["credential"]["response"][field].as_str().unwrap().to_owned();
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            changed["credential"]["response"][field] = json!(format!("{}{other}{}", &text[..at], &text[at + 1..]));
            assert_eq!(site.sign_in(&changed).await.status, 401, "{field} {at}");
        }
        assert_eq!(site.sign_in(&good).await.status, 201, "what was refused spends nothing");
        drop(device);
    }

    async fn what_the_right_key_has_signed_is_refused_when_it_speaks_of_another_site_or_another_deed(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let device = browser.authenticator().await;
        site.registered(&browser).await;
        let key = device.credentials().await[0]["privateKey"].as_str().unwrap().to_owned();
        let key = Key::from_pkcs8(&BASE64_URL_SAFE_NO_PAD.decode(key).unwrap());
        let good = browser.run(PROVE, json!({})).await;
        let of = |field: &str| BASE64_URL_SAFE_NO_PAD.decode(good["credential"]["response"][field].as_str().unwrap()).unwrap();
        let (data, client) = (of("authenticatorData"), of("clientDataJSON"));
        let of_site = |site: &str| [digest(&SHA256, site.as_bytes()).as_ref(), &data[32..]].concat();
        let saying = |from: &str, to: &str| String::from_utf8(client.clone()).unwrap().replace(from, to).into_bytes();
        let unseen = [&data[..32], &[data[32] & !0x01], &data[33..]].concat();
        let port = site.url.rsplit(':').next().unwrap();
        for (data, client, why) in [
            (&of_site("evil.example"), &client, "the hash of another site"),
            (&unseen, &client, "nobody was there"),
            (&data, &saying("webauthn.get", "webauthn.create"), "another deed"),
            (&data, &saying(port, "1"), "another port"),
            (&data, &saying("http://localhost", "https://localhost"), "another scheme"),
            (&data, &saying("http://localhost", "http://evil.localhost"), "a site below"),
        ] {
            assert!(refusal(&site.sign_in(&key.signed(&good, data, client)).await).contains("does not fit"), "{why}");
        }
        assert_eq!(site.sign_in(&key.signed(&good, &of_site("localhost"), &client)).await.status, 201);
    }

    async fn only_who_has_signed_in_a_moment_ago_registers_one(engine) {
        let site = Site::on(engine).await;
        let door = &site.door;
        let said = door.ask(&admin(), "POST", "/passkeys/registration", Value::Null).await;
        assert!(said.refusal(403).contains("within the last ten minutes"));
        let ann = { door.user("ann").await; crate::browser::Browser::of(door, "ann").await };
        assert_eq!(ann.ask("POST", "/passkeys/registration", Value::Null).await.status, 200);
        door.later(600);
        assert_eq!(ann.ask("POST", "/passkeys/registration", Value::Null).await.status, 403);
    }

    async fn everyone_names_and_deletes_passkeys_of_their_own(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        let said = site.registered(&browser).await;
        let path = format!("/passkeys/{}", said["first"]["body"]["id"]);
        let opened = site.sign_in(&browser.run(PROVE, json!({})).await).await;
        let ann = crate::browser::Browser::opened(&site.door, &opened);
        assert_eq!(ann.ask("PATCH", &path, json!({"name": "Old"})).await.json()["name"], "Old");
        assert_eq!(ann.ask("PATCH", &path, json!({"name": " "})).await.status, 422);
        assert_eq!(site.door.ask(&admin(), "PATCH", &path, json!({"name": "x"})).await.status, 404);
        assert_eq!(site.door.ask(&admin(), "DELETE", &path, Value::Null).await.status, 404);
        let answer = browser.run(PROVE, json!({})).await;
        assert_eq!(ann.ask("DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(ann.get("/passkeys").await.json(), json!([]));
        assert!(refusal(&site.sign_in(&answer).await).contains("not known here, or has been deleted"));
        let said = crate::browser::sign_in(&site.door, json!({"username": "ann", "password": PASSWORD})).await;
        assert_eq!(said.status, 201, "nothing is left to ask for");
    }

    async fn the_passkeys_of_a_deleted_user_are_gone(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        let id = { site.registered(&browser).await; site.door.administer("GET", "/users?q=ann", Value::Null).await[0]["id"].clone() };
        let answer = browser.run(PROVE, json!({})).await;
        site.door.administer("DELETE", &format!("/users/{id}"), Value::Null).await;
        assert!(refusal(&site.sign_in(&answer).await).contains("not known here"));
    }

    async fn a_disabled_user_does_not_sign_in_with_one(engine) {
        let (site, browser) = (Site::on(engine).await, Chromium::start().await);
        let _device = browser.authenticator().await;
        site.registered(&browser).await;
        let id = site.door.administer("GET", "/users?q=ann", Value::Null).await[0]["id"].clone();
        let answer = browser.run(PROVE, json!({})).await;
        site.door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        assert!(refusal(&site.sign_in(&answer).await).contains("disabled"));
    }

    async fn a_server_that_does_not_know_its_site_says_so(engine) {
        let door = Door::on(engine).await;
        let said = crate::browser::post(&door, "/sessions/passkey/challenge", json!({})).await;
        assert!(said.refusal(409).contains("PLATBOOK_PUBLIC_URL"));
    }
}
