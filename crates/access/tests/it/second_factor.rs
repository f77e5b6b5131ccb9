//! Second factors: authenticator apps and recovery codes.

use kernel::Clock as _;
use ring::hmac;
use serde_json::{Value, json};
use testkit::on_both;

use crate::{
    browser::{Browser, post, sign_in},
    door::{Door, PASSWORD, Said, admin, basic},
};

/// An authenticator app, written from RFC 6238 and not from the product.
struct App(Vec<u8>);

impl App {
    /// From the secret that a person types, in base32.
    fn typed(secret: &str) -> Self {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let letters = secret.chars().map(|c| format!("{:05b}", alphabet.find(c).unwrap()));
        let bits = letters.collect::<Vec<_>>().concat();
        Self(
            bits.as_bytes()
                .chunks_exact(8)
                .map(|bits| u8::from_str_radix(str::from_utf8(bits).unwrap(), 2).unwrap())
                .collect(),
        )
    }

    /// What it shows now.
    fn code(&self, door: &Door) -> String {
        let step = door.clock.now().epoch_seconds() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let at = usize::from(bytes[19] & 15);
        let number = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Sets up the app of the browser's user; answers with it and the recovery codes. Its code is used up for half a minute.
async fn set_up(door: &Door, browser: &Browser<'_>) -> (App, Vec<String>) {
    let said = browser.ask("POST", "/users/me/second_factor/totp", json!({"password": PASSWORD})).await;
    assert_eq!(said.status, 201, "{}", said.text);
    let app = App::typed(said.json()["secret"].as_str().unwrap());
    let said = browser.ask("POST", "/users/me/second_factor/totp/confirm", json!({"code": app.code(door)})).await;
    assert_eq!(said.status, 200, "{}", said.text);
    door.later(30);
    let codes =
        said.json()["recovery_codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    (app, codes)
}

async fn pending(door: &Door, name: &str) -> Value {
    let said = sign_in(door, json!({"username": name, "password": PASSWORD})).await;
    assert_eq!(said.status, 202, "{}", said.text);
    assert!(!said.headers.contains_key("set-cookie"));
    said.json()
}

async fn second_step(door: &Door, pending: &Value, code: &str) -> Said {
    post(door, "/sessions/second_factor", json!({"pending": pending["pending"], "code": code})).await
}

on_both! {
    async fn with_an_app_a_sign_in_takes_the_password_and_a_code(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let (app, codes) = set_up(&door, &Browser::of(&door, "ann").await).await;
        assert_eq!(codes.len(), 10);
        let waiting = pending(&door, "ann").await;
        assert_eq!(waiting["second_factor"], json!(["totp", "recovery"]));
        let said = second_step(&door, &waiting, "000000").await;
        assert!(said.refusal(401).contains("The code is wrong"));
        let browser = Browser::opened(&door, &second_step(&door, &waiting, &app.code(&door)).await);
        assert_eq!(browser.get("/users/me").await.json()["name"], "ann");
        assert_eq!(browser.get("/users/me/second_factor").await.json(),
            json!({"totp": true, "passkeys": 0, "recovery_codes": 10, "required": false}));
        door.later(30);
        let all = json!({"username": "ann", "password": PASSWORD, "code": app.code(&door)});
        assert_eq!(sign_in(&door, all).await.status, 201, "who knows the code shows it at once");
    }

    async fn a_code_is_good_once(engine) {
        let door = Door::on(engine).await;
        let (app, _) = set_up(&door, &Browser::of(&door, "admin").await).await;
        let code = app.code(&door);
        let (one, two) = (pending(&door, "admin").await, pending(&door, "admin").await);
        let (one, two) = tokio::join!(second_step(&door, &one, &code), second_step(&door, &two, &code));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 401], "also of two who show it at the same time");
        door.later(30);
        let waiting = pending(&door, "admin").await;
        assert_eq!(second_step(&door, &waiting, &code).await.status, 401, "its step is not over, but it was used");
        assert_eq!(second_step(&door, &waiting, &app.code(&door)).await.status, 201);
    }

    async fn a_recovery_code_is_good_once_and_may_be_typed_as_people_type(engine) {
        let door = Door::on(engine).await;
        let (app, codes) = set_up(&door, &Browser::of(&door, "admin").await).await;
        let waiting = pending(&door, "admin").await;
        let typed = codes[3].to_uppercase().replace('-', " ");
        let browser = Browser::opened(&door, &second_step(&door, &waiting, &typed).await);
        assert_eq!(second_step(&door, &waiting, &codes[3]).await.status, 401);
        assert_eq!(browser.get("/users/me/second_factor").await.json()["recovery_codes"], 9);
        let new = browser.ask("POST", "/users/me/second_factor/recovery_codes", json!({"code": app.code(&door)})).await.json();
        assert_eq!(new["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(second_step(&door, &waiting, &codes[4]).await.status, 401, "new codes take the place of the old ones");
        assert_eq!(second_step(&door, &waiting, new["recovery_codes"][0].as_str().unwrap()).await.status, 201);
    }

    async fn with_a_second_factor_http_basic_is_refused_and_tokens_and_keys_go_on(engine) {
        let door = Door::on(engine).await;
        let ann = basic("ann", PASSWORD);
        door.user("ann").await;
        let token = door.ask(&ann, "POST", "/tokens", json!({"name": "t"})).await.json();
        assert_eq!(door.get(&ann, "/users/me").await.status, 200);
        set_up(&door, &Browser::of(&door, "ann").await).await;
        let refused = door.get(&ann, "/users/me").await.refusal(401);
        assert!(refused.contains("signs in with a second factor") && refused.contains("API token"), "{refused}");
        assert_eq!(door.get(&basic("ann", "wrong"), "/users/me").await.refusal(401), "The user name or the password is wrong.");
        let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
        assert_eq!(door.get(&bearer, "/users/me").await.json()["name"], "ann");
    }

    async fn an_app_counts_once_it_is_confirmed_and_setting_it_up_takes_the_password(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let totp = "/users/me/second_factor/totp";
        let said = browser.ask("POST", totp, json!({"password": "wrong"})).await;
        assert_eq!(said.json()["errors"][0]["field"], "password");
        let confirm = "/users/me/second_factor/totp/confirm";
        assert!(browser.ask("POST", confirm, json!({"code": "123456"})).await.refusal(409).contains("waits for its first code"));
        let first = browser.ask("POST", totp, json!({"password": PASSWORD})).await.json();
        let uri = first["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Platbook:admin?secret=") && uri.contains("&issuer=Platbook&"), "{uri}");
        assert_eq!(door.get(&admin(), "/users/me").await.status, 200, "nothing is demanded yet");
        let second = browser.ask("POST", totp, json!({"password": PASSWORD})).await.json();
        let (first, second) = (App::typed(first["secret"].as_str().unwrap()), App::typed(second["secret"].as_str().unwrap()));
        let said = browser.ask("POST", confirm, json!({"code": first.code(&door)})).await;
        assert_eq!(said.json()["errors"][0]["field"], "code", "another secret has taken its place");
        assert_eq!(browser.ask("POST", confirm, json!({"code": second.code(&door)})).await.status, 200);
        let said = browser.ask("POST", totp, json!({"password": PASSWORD})).await;
        assert!(said.refusal(409).contains("Remove it"));
    }

    async fn wrong_codes_are_counted_apart_from_passwords_until_the_account_rests(engine) {
        let door = Door::on(engine).await;
        let (app, _) = set_up(&door, &Browser::of(&door, "admin").await).await;
        for _ in 0..10 {
            // The password is right each time, which must not begin the count anew.
            let waiting = pending(&door, "admin").await;
            assert_eq!(second_step(&door, &waiting, "000000").await.status, 401);
        }
        let waiting = pending(&door, "admin").await;
        let said = second_step(&door, &waiting, &app.code(&door)).await;
        assert!(said.refusal(503).contains("too many failed sign-ins"));
        door.later(60);
        assert_eq!(second_step(&door, &waiting, &app.code(&door)).await.status, 201);
    }

    async fn a_sign_in_waits_five_minutes_and_ends_when_its_user_changes(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let (app, _) = set_up(&door, &Browser::of(&door, "ann").await).await;
        let waiting = pending(&door, "ann").await;
        door.later(300);
        assert!(second_step(&door, &waiting, &app.code(&door)).await.refusal(401).contains("no longer under way"));
        let waiting = pending(&door, "ann").await;
        door.administer("PATCH", &format!("/users/{id}"), json!({"password": "quite another one"})).await;
        assert_eq!(second_step(&door, &waiting, &app.code(&door)).await.status, 401);
        for made_up in ["", "x", "AAAA", &"A".repeat(5000)] {
            let said = second_step(&door, &json!({"pending": made_up}), &app.code(&door)).await;
            assert!(said.refusal(401).contains("no longer under way"));
        }
    }

    async fn who_has_lost_it_is_helped_by_an_administrator_and_others_remove_it_with_a_code(engine) {
        let door = Door::on(engine).await;
        let (ann, bob) = (door.user("ann").await, door.user("bob").await);
        door.group("desk", &[(1, &["permissionUserRead", "permissionUserUpdate"])], &[bob]).await;
        let (hers, his) = (Browser::of(&door, "ann").await, Browser::of(&door, "bob").await);
        set_up(&door, &hers).await;
        let (app, _) = set_up(&door, &his).await;
        let factor = |id: i64| format!("/users/{id}/second_factor");
        assert_eq!(his.get(&factor(ann)).await.json()["totp"], true);
        assert_eq!(hers.ask("DELETE", &factor(bob), Value::Null).await.status, 403);
        assert_eq!(his.ask("DELETE", &factor(bob), Value::Null).await.status, 403, "nobody by themselves without a code");
        assert_eq!(his.ask("DELETE", &factor(ann), Value::Null).await.status, 204);
        assert_eq!(door.get(&basic("ann", PASSWORD), "/users/me").await.status, 200);
        let said = his.ask("POST", "/users/me/second_factor/remove", json!({"code": "000000"})).await;
        assert_eq!(said.json()["errors"][0]["field"], "code");
        assert_eq!(his.ask("POST", "/users/me/second_factor/remove", json!({"code": app.code(&door)})).await.status, 204);
        assert_eq!(sign_in(&door, json!({"username": "bob", "password": PASSWORD})).await.status, 201);
        let root = door.administer("GET", "/users/me", Value::Null).await["id"].clone();
        assert!(his.ask("DELETE", &format!("/users/{root}/second_factor"), Value::Null).await.refusal(403).contains("rights"));
    }

    async fn where_one_is_required_it_is_set_up_in_the_sign_in(engine) {
        let door = Door::on(engine).await;
        let ann = door.user("ann").await;
        door.user("bob").await;
        let group = door.group("operators", &[], &[ann]).await;
        door.administer("PATCH", "/sign_in_policy", json!({"second_factor_groups": [group]})).await;
        let refused = door.get(&basic("ann", PASSWORD), "/users/me").await.refusal(401);
        assert!(refused.contains("needs a second factor, and has none yet"), "{refused}");
        assert_eq!(door.get(&basic("bob", PASSWORD), "/users/me").await.status, 200, "others are not concerned");
        let waiting = pending(&door, "ann").await;
        assert_eq!(waiting["second_factor"], json!(["enrol"]));
        assert_eq!(second_step(&door, &waiting, "123456").await.status, 409, "there is no app yet");
        let said = post(&door, "/sessions/second_factor/totp", json!({"pending": waiting["pending"]})).await;
        assert_eq!(said.status, 201, "{}", said.text);
        let app = App::typed(said.json()["secret"].as_str().unwrap());
        assert_eq!(second_step(&door, &waiting, "000000").await.status, 401);
        let said = second_step(&door, &waiting, &app.code(&door)).await;
        assert_eq!(said.json()["recovery_codes"].as_array().unwrap().len(), 10);
        let browser = Browser::opened(&door, &said);
        assert_eq!(browser.get("/users/me/second_factor").await.json()["required"], true);
        let said = post(&door, "/sessions/second_factor/totp", json!({"pending": waiting["pending"]})).await;
        assert!(said.refusal(409).contains("set up already"), "a stolen password must not replace the app");
        door.administer("PATCH", "/sign_in_policy", json!({"second_factor_groups": [], "second_factor_required": true})).await;
        assert_eq!(pending(&door, "bob").await["second_factor"], json!(["enrol"]));
    }

    async fn no_secret_of_a_second_factor_is_kept_or_told(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let (app, codes) = set_up(&door, &browser).await;
        let mut tx = door.test.db.read(&crate::door::system()).await.unwrap();
        let id = tx.scalar::<i64>("SELECT id FROM totp", &[]).await.unwrap().unwrap();
        let told: String = tx.history("totp", id, 10).await.unwrap().iter().map(|change| change.items.to_string()).collect();
        assert!(told.contains(r#""secret":"(secret)""#), "{told}");
        let kept = tx.scalar::<store::Bytes>("SELECT secret FROM totp", &[]).await.unwrap().unwrap();
        assert!(!kept.0.windows(app.0.len()).any(|window| window == app.0), "it is sealed");
        let shown = browser.get("/users/me/second_factor").await.text;
        assert!(codes.iter().all(|code| !shown.contains(code.as_str())));
    }
}
