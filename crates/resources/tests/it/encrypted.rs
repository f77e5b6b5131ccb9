//! Fields whose values are kept from sight.

use axum::http::Method;
use kernel::{Action, ResourceId};
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::world::{EVERY_RESOURCE_RIGHT, World, may, world};

const MASK: &str = "********";

/// A section with an encrypted field, and an entry with a value in it.
struct Safe {
    world: World,
    field: i64,
    entry: i64,
}

async fn safe(engine: Engine) -> Safe {
    let world = world(engine).await;
    let field = world.v1_json("action=add&meta[type]=field&meta[field_type]=encrypted&meta[name]=Secret").await;
    let field = field["data"]["id"].as_i64().unwrap();
    world.v1(&format!("action=add&meta[type]=section&meta[name]=S&fields[0][id]={field}&fields[1][id]={field}")).await;
    let entry = "action=add&meta[type]=entry&meta[name]=E&meta[section]=s&fields[secret][]=tulip&fields[note][]=n";
    let entry = world.v1_json(entry).await;
    assert_eq!(entry["data"]["attr"]["secret"], MASK, "{entry}");
    let entry = entry["data"]["id"].as_i64().unwrap();
    Safe { world, field, entry }
}

impl Safe {
    async fn change(&self, attrs: Value) -> (u16, Value) {
        self.world.v2(Method::PATCH, &format!("/resources/{}", self.entry), json!({ "attrs": attrs })).await
    }

    async fn decoded(&self) -> Value {
        let path = format!("/resources/{}/attrs/secret/decode", self.entry);
        self.world.v2(Method::POST, &path, Value::Null).await.1["secret"].take()
    }
}

on_both! {
    async fn a_secret_is_nowhere_in_the_clear_but_in_the_answer_of_its_decoding(engine) {
        let safe = safe(engine).await;
        let (world, id) = (&safe.world, safe.entry);
        assert_eq!(safe.decoded().await, "tulip");
        for path in ["", "/attrs", "/history", "?as_of=2026-01-01T00:00:00Z"] {
            let (status, shown) = world.v2(Method::GET, &format!("/resources/{id}{path}"), Value::Null).await;
            assert!(status == 200 && shown.to_string().contains(MASK) && !shown.to_string().contains("tulip"), "{shown}");
        }
        for form in ["search=tulip", "attr_value=tulip", "attr_key=secret&attr_compare=LIKE&attr_value=tul"] {
            assert_eq!(world.v1_json(&format!("action=get&{form}")).await["found_count"], 0, "{form}");
        }
        let mut tx = world.read(&world.root).await;
        let log = tx.changes(&store::ChangeFilter::default(), 100).await.unwrap().entries;
        assert!(log.len() >= 4 && log.iter().all(|entry| !entry.items.to_string().contains("tulip")), "{log:?}");
        for mut row in tx.rows("SELECT value FROM resource_attr", &[]).await.unwrap() {
            assert!(!row.take::<String>(0).unwrap().contains("tulip"));
        }
        for mut row in tx.rows("SELECT sealed FROM resource_attr WHERE sealed IS NOT NULL", &[]).await.unwrap() {
            let sealed = row.take::<store::Bytes>(0).unwrap().0;
            assert!(sealed.len() > 5 && !sealed.windows(5).any(|w| w == b"tulip"));
        }
    }

    async fn who_may_change_a_resource_may_decode_it_and_the_log_says_who_did(engine) {
        let safe = safe(engine).await;
        let (world, id) = (&safe.world, ResourceId(safe.entry));
        let path = format!("/resources/{id}/attrs/secret/decode");
        let ann = testkit::actor("ann").with(may(&[Action::Read, Action::Create]), id).build();
        assert_eq!(world.v2_as(&ann, Method::POST, &path, Value::Null).await.0, 403);
        let bob = testkit::actor("bob").nobody();
        assert_eq!(world.v2_as(&bob, Method::POST, &path, Value::Null).await.0, 404);
        let eve = testkit::actor("eve").with(may(&[Action::Read, Action::Update]), id).build();
        assert_eq!(world.v2_as(&eve, Method::POST, &path, Value::Null).await, (200, json!({"secret": "tulip"})));
        let (status, problem) = world.v2(Method::POST, &format!("/resources/{id}/attrs/note/decode"), Value::Null).await;
        let detail = json!(format!("Resource {id} has no encrypted attribute \"note\"."));
        assert_eq!((status, &problem["detail"]), (404, &detail));
        let mut tx = world.read(&world.root).await;
        let filter = store::ChangeFilter { operation: Some("resource.decode".to_owned()), ..Default::default() };
        let entries = tx.changes(&filter, 10).await.unwrap().entries;
        assert_eq!(entries.len(), 1, "a refusal decodes nothing");
        let notice = store::Notice::of(&entries[0].items).unwrap();
        assert_eq!((&*entries[0].actor, notice.level), ("eve", store::Level::Notice));
        assert_eq!(notice.text, format!("Decoded secret of \"E\" ({id})"));
    }

    async fn the_mask_stands_for_the_value_that_is_there(engine) {
        let safe = safe(engine).await;
        assert_eq!(safe.change(json!({"secret": MASK, "note": "m"})).await.0, 200);
        assert_eq!(safe.decoded().await, "tulip");
        assert_eq!(safe.change(json!({"secret": [MASK, "rose"]})).await.0, 200);
        assert_eq!(safe.decoded().await, json!(["tulip", "rose"]));
        assert_eq!(safe.change(json!({"secret": "daisy"})).await.1["attrs"]["secret"], MASK);
        assert_eq!(safe.decoded().await, "daisy");
        let (status, problem) = safe.change(json!({"secret": [MASK, MASK]})).await;
        let rule = json!({"field": "attrs.secret", "detail": "******** stands for an encrypted value that is there, and there is none"});
        assert_eq!((status, &problem["errors"][0]), (422, &rule));
        let (_, read) = safe.world.v2(Method::GET, &format!("/resources/{}", safe.entry), Value::Null).await;
        assert_eq!(safe.world.v2(Method::PUT, &format!("/resources/{}", safe.entry), read).await.0, 200);
        assert_eq!(safe.decoded().await, "daisy");
    }

    async fn a_copy_has_no_secrets_and_a_section_elsewhere_does_not_uncover_them(engine) {
        let safe = safe(engine).await;
        let (world, id) = (&safe.world, safe.entry);
        let (status, copy) = world.v2(Method::POST, &format!("/resources/{id}/clone"), json!({"name": "Copy"})).await;
        assert_eq!((status, copy["attrs"].get("secret"), &copy["attrs"]["note"]), (201, None, &json!("n")));
        world.section("Open").await;
        let (status, moved) = world.v2(Method::PATCH, &format!("/resources/{id}"), json!({"section": "open"})).await;
        assert_eq!((status, &moved["attrs"]["secret"]), (200, &json!(MASK)));
        assert_eq!(safe.decoded().await, "tulip");
        // Back again, with something that was written in the clear meanwhile.
        safe.change(json!({"secret": "rose"})).await;
        let (status, moved) = world.v2(Method::PATCH, &format!("/resources/{id}"), json!({"section": "s"})).await;
        assert_eq!((status, &moved["attrs"]["secret"]), (200, &json!(MASK)));
        assert_eq!(safe.decoded().await, "rose");
    }

    async fn a_copy_of_the_resource_brings_back_no_more_secrets_than_are_there(engine) {
        let safe = safe(engine).await;
        let world = &safe.world;
        assert_eq!(safe.change(json!({"secret": ["tulip", "rose"]})).await.0, 200);
        let path = format!("/resources/{}/backup", safe.entry);
        let (_, copy) = world.v2(Method::POST, &path, Value::Null).await;
        assert_eq!(safe.change(json!({"secret": MASK, "note": "new"})).await.0, 200);
        let restore = format!("{path}/{}/restore", copy["id"].as_str().unwrap());
        let (status, back) = world.v2(Method::POST, &restore, json!({})).await;
        assert_eq!((status, &back["attrs"]["secret"], &back["attrs"]["note"]), (200, &json!(MASK), &json!("n")), "{back}");
        assert_eq!(safe.decoded().await, "tulip");
        world.v2(Method::DELETE, &format!("/resources/{}", safe.entry), Value::Null).await;
        assert_eq!(world.v2(Method::POST, &restore, json!({})).await.1["attrs"]["secret"], Value::Null);
    }

    async fn a_table_with_masks_for_secrets_is_refused_line_by_line(engine) {
        let safe = safe(engine).await;
        let result = safe.world.import(&safe.world.root, "section=s", &format!("name,secret\na,x\nb,{MASK}\n")).await;
        assert_eq!((&result["added"], &result["errors"][0]["line"]), (&json!(0), &json!(3)), "{result}");
        assert_eq!(result["errors"][0]["reason"], format!("{MASK} stands for a value, and is none"));
    }

    async fn a_secret_can_not_be_put_where_somebody_else_may_decode_it(engine) {
        let safe = safe(engine).await;
        let (world, id) = (&safe.world, safe.entry);
        let other = "action=add&meta[type]=entry&meta[name]=F&meta[section]=s&fields[secret][]=rose";
        let other = world.v1_json(other).await["data"]["id"].as_i64().unwrap();
        world.test.db.write(&world.root, Swap(id, other)).await.unwrap();
        let ann = testkit::actor("ann").with(may(&EVERY_RESOURCE_RIGHT), ResourceId(other)).build();
        let (status, _) =
            world.v2_as(&ann, Method::POST, &format!("/resources/{other}/attrs/secret/decode"), Value::Null).await;
        assert_eq!(status, 500);
    }

    async fn what_is_in_the_clear_does_not_become_encrypted_nor_the_other_way_round(engine) {
        let safe = safe(engine).await;
        let (world, field) = (&safe.world, safe.field);
        let update = async |id: i64, form: &str| world.v1_json(&format!("action=update&meta[id]={id}&meta[type]={form}")).await["message"].clone();
        let rule = "meta[field_type]: can't be changed to encrypted or from it; make another field";
        assert_eq!(update(field, "field&meta[field_type]=text").await, rule);
        assert_eq!(update(field, "field&meta[slug]=open").await, "meta[slug]: of an encrypted field can't be changed; make another field");
        let note = world.v1_json("action=add&meta[type]=field&meta[field_type]=text&meta[name]=Other").await["data"]["id"].as_i64().unwrap();
        assert_eq!(update(note, "field&meta[field_type]=encrypted").await, rule);
        world.v1("action=add&meta[type]=field&meta[field_type]=encrypted&meta[name]=Note").await;
        let section = world.v1_json("action=get&slug=s").await["data"][0]["id"].as_str().unwrap().parse().unwrap();
        let message = update(section, "section&fields[0][slug]=secret&fields[1][slug]=note").await;
        assert!(message.as_str().unwrap().starts_with("fields: the field note is encrypted, but entries of this section"), "{message}");
    }
}

/// Swaps two secrets, as somebody might who can write the database.
struct Swap(i64, i64);

impl store::Work for Swap {
    type Out = ();
    const NAME: &'static str = "test.swap";

    async fn run(&self, tx: &mut store::Tx) -> kernel::Result<()> {
        let condition = "resource_id = $1 AND sealed IS NOT NULL";
        let one = tx.find::<resources::Attribute>(condition, store::params![self.0]).await?.remove(0);
        let two = tx.find::<resources::Attribute>(condition, store::params![self.1]).await?.remove(0);
        let mut after = resources::Attribute { sealed: one.sealed, ..two.clone() };
        tx.update(&two, &mut after).await
    }
}
