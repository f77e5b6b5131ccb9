//! Looking contacts up at a registry.

use std::time::Duration;

use drivers::Rdap;
use kernel::Error;
use resources::{Card, ContactType, Source as _};
use serde_json::json;
use testkit::{Answer, Registry};

fn rdap(base: &str) -> Rdap {
    Rdap::with_patience(ContactType::Arin, base, Duration::from_secs(2)).unwrap()
}

/// Looks a handle up of which the registry says this, and returns why it could not be had.
async fn refusal(answer: Answer) -> Error {
    let registry = Registry::start().await;
    registry.answers("ZN-ARIN", answer);
    rdap(&registry.url()).look_up("ZN-ARIN").await.unwrap_err()
}

#[tokio::test]
async fn a_contact_is_found_by_its_handle() {
    let registry = Registry::start().await;
    registry.answers("ZN-ARIN", Registry::entity("ZN-ARIN", "Zoe Noc", "zoe@example.net"));
    let found = rdap(&registry.url()).look_up("ZN-ARIN").await.unwrap();
    assert_eq!((found.handle.as_str(), found.name.as_str()), ("ZN-ARIN", "Zoe Noc"));
    let expected = Card {
        organization: None,
        phones: vec!["+1-555-0100".to_owned()],
        emails: vec!["zoe@example.net".to_owned()],
        address: Some("Street 1\nTown".to_owned()),
        comments: Some("By day.".to_owned()),
    };
    assert_eq!(found.card, expected);
    let missing = rdap(&registry.url()).look_up("NOBODY").await.unwrap_err();
    assert!(matches!(&missing, Error::NotFound(text) if text == "ARIN knows no contact \"NOBODY\"."), "{missing:?}");
}

#[tokio::test]
async fn a_handle_is_one_segment_of_the_path_whatever_is_in_it() {
    let registry = Registry::start().await;
    let rdap = rdap(&registry.url());
    let strange =
        ["../../admin", "a/b", "a?b=c", "a#b", "a%2Fb", "a b", "ü", "a\\b", "@evil.example", "//evil.example/"];
    for handle in strange {
        registry.answers(handle, Registry::entity(handle, "Found", "a@example.net"));
        assert_eq!(rdap.look_up(handle).await.unwrap().handle, handle);
    }
    assert_eq!(registry.asked(), strange);
    for dots in [".", "..", "..."] {
        assert!(matches!(rdap.look_up(dots).await, Err(Error::NotFound(_))), "{dots}");
    }
    assert_eq!(registry.asked().len(), strange.len(), "nobody was asked for dots");
}

#[tokio::test]
async fn an_answer_that_is_no_contact_is_refused_for_good() {
    let card = json!(["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "A"]]]);
    let entity = |class: &str, handle: &str, card: &serde_json::Value| {
        Answer::Entity(json!({"objectClassName": class, "handle": handle, "vcardArray": card}))
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (answer, why) in [
        (entity("ip network", "ZN-ARIN", &card), "is about something that is no entity."),
        (entity("entity", "EVE-ARIN", &card), "is about another handle."),
        (
            entity("entity", "ZN-ARIN", &json!(["vcard", []])),
            "has a card that can't be read: it must begin with the version 4.0.",
        ),
        (Answer::Entity(json!({"objectClassName": "entity"})), "is no RDAP entity: missing field `handle`"),
        (Answer::Entity(json!([])), "is no RDAP entity"),
        (Answer::Text("application/rdap+json", "{".to_owned()), "is no RDAP entity"),
        (Answer::Text("application/rdap+json", deep), "is no RDAP entity"),
        (Answer::Text("text/html", "<html>".to_owned()), "is no JSON."),
        (Answer::Status(403), "is a refusal: 403 Forbidden."),
        (Answer::Endless, "is larger than 1 MiB."),
    ] {
        let error = refusal(answer.clone()).await;
        let expected = format!("The answer of ARIN about \"ZN-ARIN\" {why}");
        assert!(
            matches!(&error, Error::Conflict(text) if text.message.starts_with(&expected)),
            "{answer:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_asked_another_time() {
    for (answer, why) in [
        (Answer::Status(503), "ARIN can't answer now (503 Service Unavailable)."),
        (Answer::Status(429), "ARIN can't answer now (429 Too Many Requests)."),
        (Answer::Silence, "it takes too long."),
    ] {
        let error = refusal(answer).await;
        assert!(matches!(&error, Error::Busy(text) if text.ends_with(why)), "{error:?}");
    }
    let gone = Registry::start().await.url();
    let error = rdap(&gone).look_up("ZN-ARIN").await.unwrap_err();
    let expected = format!("ARIN does not answer at {gone}: no connection.");
    assert!(matches!(&error, Error::Busy(text) if *text == expected), "{error:?}");
}

#[tokio::test]
async fn a_registry_may_send_us_on_within_itself_and_nowhere_else() {
    let (registry, elsewhere) = (Registry::start().await, Registry::start().await);
    registry.answers("OLD", Answer::Redirect("/registry/entity/NEW".to_owned()));
    registry.answers("NEW", Registry::entity("OLD", "Found", "a@example.net"));
    assert_eq!(rdap(&registry.url()).look_up("OLD").await.unwrap().name, "Found");

    elsewhere.answers("ZN-ARIN", Registry::entity("ZN-ARIN", "Eve", "eve@example.net"));
    for target in [
        format!("{}entity/ZN-ARIN", elsewhere.url()),
        format!("{}/registry/entity/ZN-ARIN", registry.url().replace("/registry/", "@evil.example")),
        "/admin".to_owned(),
        "/registry/../admin".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/".to_owned(),
    ] {
        registry.answers("ZN-ARIN", Answer::Redirect(target.clone()));
        let error = rdap(&registry.url()).look_up("ZN-ARIN").await.unwrap_err();
        let why = "lies elsewhere, where this server is not told to look.";
        assert!(matches!(&error, Error::Conflict(text) if text.message.ends_with(why)), "{target}: {error:?}");
    }
    assert_eq!(elsewhere.asked(), [""; 0]);
    registry.answers("LOOP", Answer::Redirect("/registry/entity/LOOP".to_owned()));
    assert!(rdap(&registry.url()).look_up("LOOP").await.is_err());
    assert_eq!(registry.asked().iter().filter(|handle| *handle == "LOOP").count(), 4, "the first time and three more");
}

#[test]
fn an_address_is_encrypted_or_on_this_machine_and_nothing_but_a_place() {
    let refused = |base: &str| Rdap::new(ContactType::Ripe, base).err().map(|error| error.to_string());
    for base in ["https://rdap.db.ripe.net/", "https://rdap.db.ripe.net", "http://127.0.0.1:8080/rdap", "http://[::1]/"]
    {
        assert_eq!(refused(base), None, "{base}");
    }
    for base in [
        "http://rdap.db.ripe.net/",
        "ftp://127.0.0.1/",
        "http://10.0.0.1/",
        "https://a:b@x.example/",
        "https://x.example/?a=b",
        "ripe",
    ] {
        let why = refused(base).unwrap_or_default();
        assert!(why.starts_with(&format!("rdap: the address of RIPE, {base}, ")), "{base}: {why}");
    }
}
