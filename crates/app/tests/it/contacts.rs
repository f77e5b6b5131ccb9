//! Contacts from a registry and from a directory, on the terminal.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Directory, Registry};

use crate::platbook::{PASSWORD, Place, Ran, Server};

const PEOPLE: &str = "dn: uid=ann,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: ann
cn: Ann Noc
sn: Noc
mail: ann@example.net
";

fn contact(place: &Place, server: &Server, words: &str) -> Ran {
    let mut command = place.platbook(&format!("contact {words}"));
    command.env("PLATBOOK_SERVER", &server.url).env("PLATBOOK_USERNAME", "admin").env("PLATBOOK_PASSWORD", PASSWORD);
    Ran::of(&command.output().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_imported_from_a_registry_and_from_a_directory() {
    let (place, registry) = (Place::new(), Registry::start().await);
    registry.answers("ZN-ARIN", Registry::entity("ZN-ARIN", "Zoe Noc", "zoe@example.net"));
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, ca) = (signed.cert.pem(), place.path("ca.pem"));
    std::fs::write(&ca, &certificate).unwrap();
    let directory = Directory::start(PEOPLE, &certificate, &signed.signing_key.serialize_pem());
    let mut command = place.platbook(&format!(
        "serve --listen 127.0.0.1:0 --rdap ARIN={},RIPE= --ldap-url {} --ldap-base {} --ldap-bind-dn {} --ldap-ca {}",
        registry.url(),
        directory.encrypted_url(),
        Directory::BASE,
        Directory::READER,
        ca.display()
    ));
    command.env("PLATBOOK_LDAP_PASSWORD", Directory::PASSWORD);
    let server = Server::start(command).await;

    let added = contact(&place, &server, "import ARIN zn-arin").said();
    assert!(added.starts_with("Added Zoe Noc ("), "{added}");
    let added = contact(&place, &server, "import LDAP ann").said();
    assert!(added.starts_with("Added Ann Noc ("), "{added}");
    registry.answers("ZN-ARIN", Registry::entity("ZN-ARIN", "Zoe Smith", "zoe@example.net"));
    let refreshed = contact(&place, &server, "import ARIN ZN-ARIN").said();
    assert!(refreshed.starts_with("Refreshed Zoe Smith ("), "{refreshed}");
    let list: Value = serde_json::from_str(&contact(&place, &server, "list --json").said()).unwrap();
    let kinds: Vec<_> =
        list.as_array().unwrap().iter().map(|one| (one["type"].as_str(), one["emails"][0].as_str())).collect();
    assert_eq!(kinds, [(Some("LDAP"), Some("ann@example.net")), (Some("ARIN"), Some("zoe@example.net"))]);
    let hits = server.v2(Method::GET, "/search?q=zoe@example", Value::Null).await;
    assert_eq!((&hits[0]["name"], &hits[0]["detail"]), (&json!("Zoe Smith"), &json!("contact")));

    let missing = contact(&place, &server, "import ARIN NOBODY");
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("The import failed: ARIN knows no contact \"NOBODY\"."), "{}", missing.err);
    registry.answers("HUGE", Answer::Endless);
    let huge = contact(&place, &server, "import ARIN HUGE");
    assert!(huge.err.contains("is larger than 1 MiB."), "{}", huge.err);
    let unset = contact(&place, &server, "import RIPE X-RIPE");
    assert!(unset.err.contains("RIPE is not set up on this server"), "{}", unset.err);
    let log = server.out() + &server.err();
    assert!(!log.contains(Directory::PASSWORD), "the password of the directory is in the log");
}

#[tokio::test]
async fn a_source_that_can_not_work_stops_the_start_with_a_sentence() {
    let place = Place::new();
    for (words, why) in [
        (
            "--rdap SWIP=https://rdap.example/",
            "must be one of ARIN, RIPE, APNIC, LACNIC, AfriNIC, then = and an address",
        ),
        ("--rdap ARIN=http://rdap.example/", "must begin with https://"),
        (
            "--ldap-url ldap://192.0.2.1 --ldap-base dc=x --ldap-bind-dn cn=x",
            "takes a password in PLATBOOK_LDAP_PASSWORD",
        ),
        ("--ldap-url ldap://192.0.2.1", "--ldap-base"),
    ] {
        let ran = place.run(&format!("serve --listen 127.0.0.1:0 {words}"));
        assert_ne!(ran.code, Some(0), "{words}");
        assert!(ran.err.contains(why), "{words}: {}", ran.err);
    }
}
