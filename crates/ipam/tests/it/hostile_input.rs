//! Input that somebody made to do harm, or a broken program sends: too much of it, too deep, not text.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

async fn is_unharmed(world: &World) {
    assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
    world.is_sound().await;
}

on_both! {
    async fn a_megabyte_in_one_parameter_is_refused_in_a_short_sentence(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        let megabyte = "x".repeat(1 << 20);
        for name in ["notes", "code", "block", "id", "tags", "search", "resourceQuery", "vlan"] {
            for action in ["update&block=10.0.0.0/24", "get"] {
                assert_eq!(
                    world.refused(format!("action={action}&{name}={megabyte}")).await,
                    format!("{name}: holds 1048576 bytes; one parameter may hold at most 262144 (256 KiB).")
                );
            }
        }
        for (body, rule) in [
            (json!({"notes": megabyte}), "notes: must not be longer than 10000 characters"),
            (json!({"code": megabyte}), "code: must not be longer than 100 characters"),
            (json!({"meta1": megabyte}), "meta1: must not be longer than 1000 characters"),
            (json!({"rir": megabyte}), "rir: \"xxxxxxxxxx"),
            (json!({"region_id": megabyte}), "region_id: \"xxxxxxxxxx"),
            (json!({"tags": [megabyte]}), "tags: \"xxxxxxxxxx"),
            (json!({"asn": megabyte}), "asn: \"xxxxxxxxxx"),
            (json!({"vlan_id": megabyte}), "vlan_id: \"xxxxxxxxxx"),
            (json!({megabyte.as_str(): 1}), "xxxxxxxxxx"),
        ] {
            let (status, refused) = world.patch("/ipam/netblocks/10.0.0.0/24", body).await.refusal();
            assert!(
                status == 422 && refused.starts_with(rule) && refused.len() < 700,
                "{rule}: {status} {}",
                refused.len()
            );
        }
        is_unharmed(&world).await;
    }

    async fn texts_have_an_end(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        let long = |n| "x".repeat(n);
        assert_eq!(
            world.refused(format!("action=update&block=10.0.0.0/24&notes={}", long(10_001))).await,
            "notes: must not be longer than 10000 characters"
        );
        assert_eq!(
            world.refused(format!("action=update&block=10.0.0.0/24&code={}", long(101))).await,
            "code: must not be longer than 100 characters"
        );
        let rule = "must not be longer than 255 characters";
        assert_eq!(world.refused(format!("action=get&search={}", long(256))).await, format!("search: {rule}"));
        let reply = world.get(&format!("/ipam/netblocks?q={}", long(256))).await;
        assert_eq!(reply.refusal(), (422, format!("q: {rule}")));
        assert_eq!(world.found(&format!("search={}", long(255))).await, [""; 0]);
        assert_eq!(world.found(&format!("notes={}", long(60_000))).await, [""; 0]);
        is_unharmed(&world).await;
    }

    async fn a_thousand_levels_of_brackets_are_refused(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        let short = format!("action=get&resourceQuery{}=1", "[]".repeat(25));
        let refused = world.refused(&short).await;
        assert!(
            refused.starts_with("resourceQuery[][]") && refused.ends_with("...: is nested more than 8 levels deep"),
            "{refused}"
        );
        let deep = format!("action=get&resourceQuery{}=1", "[a]".repeat(1_000));
        let refused = world.refused(&deep).await;
        assert!(refused.starts_with("resourceQuery[a][a]") && refused.len() < 200, "{refused}");
        let (open, close) = ("[".repeat(1_000), "]".repeat(1_000));
        for name in ["id", "tags", "resourceQuery"] {
            let refused = world.refused(format!("action=get&{name}={open}{close}")).await;
            assert!(refused.starts_with(&format!("{name}: is not valid JSON: recursion limit exceeded")), "{refused}");
        }
        let body = format!("{{\"tags\":{open}{close}}}");
        let reply = world.send_v2(&world.root, Method::PATCH, "/ipam/netblocks/10.0.0.0/24", None, body).await;
        let (status, refused) = reply.refusal();
        assert!(
            status == 400 && refused.starts_with("The body is not valid JSON: recursion limit exceeded"),
            "{status} {refused}"
        );
        let reply = world.send_v2(&world.root, Method::PATCH, "/ipam/netblocks/10.0.0.0/24", None, open + &close).await;
        assert_eq!(reply.refusal(), (422, "body: must be an object, not a list".to_owned()));
        let query =
            json!({"type": "ipv4", "mask": 24, "resource_query": (0..100).fold(json!(1), |inner, _| json!([inner]))});
        let (status, refused) = world.put("/ipam/netblocks/smart_assign", query).await.refusal();
        assert!(status == 422 && refused.starts_with("resource_query"), "{refused}");
        is_unharmed(&world).await;
    }

    async fn a_nul_byte_is_refused_wherever_it_stands(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        for name in ["notes", "block", "tags", "search", "code", "resourceQuery"] {
            for action in ["update", "get", "smartAssign"] {
                assert_eq!(
                    world.refused(format!("action={action}&{name}=a%00b")).await,
                    format!("{name}: its value contains a NUL byte (%00)")
                );
            }
        }
        for (body, rule) in [
            (json!({"notes": "a\0b"}), "notes: must not contain control characters"),
            (json!({"code": "a\0b"}), "code: must not contain control characters"),
            (json!({"meta1": "a\0b"}), "meta1: must not contain control characters"),
            (json!({"tags": ["a\0b"]}), "tags: "),
            (json!({"rir": "a\0b"}), "rir: "),
            (json!({"region_id": "a\0b"}), "region_id: "),
        ] {
            let (status, refused) = world.patch("/ipam/netblocks/10.0.0.0/24", body).await.refusal();
            assert!(status == 422 && refused.starts_with(rule), "{rule}: {status} {refused}");
        }
        for (query, field) in [
            ("q=a%00b", "q"),
            ("notes=a%00b", "notes"),
            ("code=a%00b", "code"),
            ("tags=a%00b", "tags"),
            ("rir=a%00b", "rir"),
            ("region_id=a%00b", "region_id"),
            ("cidr=10.0.0.0%00/24", "cidr"),
            ("state=%00", "state"),
        ] {
            let (status, refused) = world.get(&format!("/ipam/netblocks?{query}")).await.refusal();
            assert!(status == 422 && refused.starts_with(&format!("{field}: ")), "{query}: {status} {refused}");
        }
        let body = json!({"type": "ipv4", "mask": 24, "resource_query": {"name": "a\0b"}});
        let reply = world.put("/ipam/netblocks/smart_assign", body).await;
        assert_eq!(reply.refusal(), (422, "resource_query.name: its value contains a NUL byte (%00)".to_owned()));
        assert_eq!(world.get("/ipam/netblocks/10.0.0.0%00%2F24").await.status, 422);
        assert_eq!(world.delete("/ipam/tags/a%00b").await.status, 404);
        assert_eq!(
            world.post("/ipam/tags", json!({"name": "a\0b"})).await.refusal(),
            (422, "name: must not contain control characters".to_owned())
        );
        is_unharmed(&world).await;
    }

    async fn what_is_no_text_is_refused(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        for name in ["notes", "block", "search"] {
            assert_eq!(
                world.refused(format!("action=get&{name}=%FF%FE")).await,
                format!("{name}: its value is not valid UTF-8 text")
            );
            let raw = [b"action=get&".as_slice(), name.as_bytes(), b"=\xC3\x28"].concat();
            assert_eq!(world.refused(raw).await, format!("{name}: its value is not valid UTF-8 text"));
        }
        let body = b"{\"notes\":\"\xFF\"}".to_vec();
        let reply = world.send_v2(&world.root, Method::PATCH, "/ipam/netblocks/10.0.0.0/24", None, body).await;
        let (status, refused) = reply.refusal();
        assert!(
            status == 400 && refused.starts_with("The body is not valid JSON: invalid unicode"),
            "{status} {refused}"
        );
        let reply = world.get("/ipam/netblocks/%FF").await;
        assert_eq!(reply.refusal(), (400, "\"block\" in the path is not UTF-8 text.".to_owned()));
        for query in ["q=%FF", "notes=%FF%FE"] {
            let (status, refused) = world.get(&format!("/ipam/netblocks?{query}")).await.refusal();
            let field = query.split('=').next().unwrap();
            assert_eq!((status, refused), (422, format!("{field}: is not valid UTF-8 text")), "{query}");
        }
        is_unharmed(&world).await;
    }

    async fn a_body_that_is_no_json_object_is_refused(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        for (body, status, message) in [
            ("{", 400, "The body is not valid JSON: EOF while parsing an object at line 1 column 1."),
            ("notes=x", 400, "The body is not valid JSON: expected ident at line 1 column 2."),
            ("[]", 422, "body: must be an object, not a list"),
            ("\"x\"", 422, "body: must be an object, not the text \"x\""),
            ("{\"notes\":\"a\",\"notes\":\"b\"}", 422, "notes: is given more than once"),
        ] {
            let reply = world.send_v2(&world.root, Method::PATCH, "/ipam/netblocks/10.0.0.0/24", None, body).await;
            assert_eq!(reply.refusal(), (status, message.to_owned()), "{body}");
        }
        is_unharmed(&world).await;
    }

    async fn ten_thousand_blocks_are_the_most_in_one_call(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        let many = vec!["1"; 10_001].join(",");
        assert_eq!(
            world.refused(format!("action=update&notes=x&id={many}")).await,
            "id: names 10001 blocks; one call takes 10000"
        );
        let json = format!("[{many}]");
        let refused = world.refused(format!("action=update&notes=x&id={json}")).await;
        assert!(refused.ends_with("at most 10000 may be sent in one call."), "{refused}");
        is_unharmed(&world).await;
    }

    async fn signs_of_sql_and_of_patterns_are_only_text(engine) {
        let world = world(engine).await;
        world.tags(&["a'b"]).await;
        world.add("10.0.0.0/24", "tags=a'b&code=x_y").await;
        for text in ["'; DROP TABLE block; --", "\\", "%", "_x", "a%b", "\"", "$1"] {
            let encoded = text.bytes().fold(String::new(), |done, byte| format!("{done}%{byte:02X}"));
            assert_eq!(world.found(&format!("search={encoded}")).await, [""; 0], "{text}");
            assert_eq!(world.listed(&format!("q={encoded}")).await, [""; 0], "{text}");
            assert_eq!(world.found(&format!("notes={encoded}")).await, [""; 0], "{text}");
            world.done(&format!("action=update&block=10.0.0.0/24&notes={encoded}")).await;
            assert_eq!(world.block("10.0.0.0/24").await["notes"], json!(text.trim()));
            assert_eq!(world.found(&format!("search={encoded}")).await, ["10.0.0.0/24"], "{text}");
            world.done("action=update&block=10.0.0.0/24&notes=").await;
        }
        assert_eq!(world.found("search=a'b").await, ["10.0.0.0/24"]);
        assert_eq!(world.block("10.0.0.0/24").await["notes"], Value::Null);
    }
}
