//! Looking contacts up in a directory: OpenLDAP.

use std::{path::PathBuf, sync::LazyLock, time::Duration};

use access::Hidden;
use drivers::{Bind, Ldap, LdapSettings};
use kernel::Error;
use resources::{Card, FoundContact, Source as _};
use tempfile::TempDir;
use testkit::Directory;

const PEOPLE: &str = "dn: uid=ann,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: ann
cn: Ann Noc
sn: Noc
displayName: Ann van Noc
o: Acme
mail: ann@example.net
mail: noc@example.net
telephoneNumber: +31 20 123 4567
mobile: +31 6 1234 5678
postalAddress: Street 1$1234 Town
description: By day.

dn: uid=bob,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: bob
cn: Bob (the \"Star*\")
sn: Noc

dn: cn=odd,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: odd*(name)\\
cn: odd
sn: Odd

dn: cn=twin one,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: twin
cn: twin one
sn: Twin

dn: cn=twin two,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: twin
cn: twin two
sn: Twin

dn: uid=robot,ou=people,dc=example,dc=net
objectClass: account
uid: robot
";

/// A directory, and the file with its certificate.
struct Setting {
    directory: Directory,
    folder: TempDir,
}

impl Setting {
    fn new() -> Self {
        let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
        let folder = TempDir::with_prefix("drivers-").unwrap();
        std::fs::write(folder.path().join("ca.pem"), &certificate).unwrap();
        Self { directory: Directory::start(PEOPLE, &certificate, &key), folder }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn settings(&self, url: String) -> LdapSettings {
        LdapSettings {
            url,
            starttls: false,
            ca: Some(self.ca()),
            base: Directory::BASE.to_owned(),
            handle_attribute: "uid".to_owned(),
            bind: Some(bind(Directory::PASSWORD)),
        }
    }

    fn plain(&self) -> LdapSettings {
        self.settings(self.directory.url())
    }
}

fn bind(password: &str) -> Bind {
    Bind { dn: Directory::READER.to_owned(), password: Hidden(password.to_owned()) }
}

async fn look_up(settings: LdapSettings, handle: &str) -> Result<FoundContact, Error> {
    Ldap::new(settings).unwrap().look_up(handle).await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_their_handle_and_by_nothing_else() {
    let setting = Setting::new();
    let found = look_up(setting.plain(), "ANN").await.unwrap();
    let expected = Card {
        organization: Some("Acme".to_owned()),
        phones: vec!["+31 20 123 4567".to_owned(), "+31 6 1234 5678".to_owned()],
        emails: vec!["ann@example.net".to_owned(), "noc@example.net".to_owned()],
        address: Some("Street 1\n1234 Town".to_owned()),
        comments: Some("By day.".to_owned()),
    };
    assert_eq!(found, FoundContact { handle: "ann".to_owned(), name: "Ann van Noc".to_owned(), card: expected });
    assert_eq!(look_up(setting.plain(), "odd*(name)\\").await.unwrap().name, "odd", "signs stand for themselves");
    for nobody in ["carl", "*", "a*", "bob)(uid=*", "ann)(|(uid=*", "\\2a", "robot", "ann\0"] {
        let missing = look_up(setting.plain(), nobody).await.unwrap_err();
        assert!(matches!(missing, Error::NotFound(_)), "{nobody:?}: {missing:?}");
    }
    let twins = look_up(setting.plain(), "twin").await.unwrap_err();
    let text = "The directory knows several people with the handle \"twin\".";
    assert!(matches!(&twins, Error::Conflict(found) if found.message == text), "{twins:?}");
    let by_name = LdapSettings { handle_attribute: "cn".to_owned(), ..setting.plain() };
    assert_eq!(look_up(by_name, "Bob (the \"Star*\")").await.unwrap().handle, "Bob (the \"Star*\")");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_is_encrypted_by_tls_or_by_starttls_with_a_certificate_that_is_known() {
    let setting = Setting::new();
    let tls = setting.settings(setting.directory.encrypted_url());
    let starttls = LdapSettings { starttls: true, ..setting.plain() };
    assert_eq!(look_up(tls.clone(), "ann").await.unwrap().handle, "ann");
    assert_eq!(look_up(starttls.clone(), "ann").await.unwrap().handle, "ann");
    let other = setting.folder.path().join("other.pem");
    std::fs::write(&other, rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem()).unwrap();
    for stranger in [tls, starttls] {
        let stranger = LdapSettings { ca: Some(other.clone()), ..stranger };
        let error = look_up(stranger, "ann").await.unwrap_err();
        assert!(matches!(&error, Error::Busy(text) if text.contains("certificate")), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_directory_refuses_is_told_without_the_password() {
    let setting = Setting::new();
    let wrong = LdapSettings { bind: Some(bind("guessed password")), ..setting.plain() };
    let error = look_up(wrong, "ann").await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(text) if text.message.contains("refuses the sign-in")), "{error:?}");
    assert!(!error.to_string().contains("guessed password"));
    let nowhere = LdapSettings { base: "ou=nowhere,dc=example,dc=net".to_owned(), ..setting.plain() };
    let error = look_up(nowhere, "ann").await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(text) if text.message.contains("refuses the search")), "{error:?}");
    let anonymous = LdapSettings { bind: None, ..setting.plain() };
    assert!(look_up(anonymous, "ann").await.is_err(), "this directory shows nothing to strangers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_does_not_answer_is_asked_another_time() {
    static NEVER: LazyLock<std::net::TcpListener> =
        LazyLock::new(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let settings = |port: u16| LdapSettings {
        url: format!("ldap://127.0.0.1:{port}"),
        starttls: false,
        ca: None,
        base: Directory::BASE.to_owned(),
        handle_attribute: "uid".to_owned(),
        bind: None,
    };
    // It takes connections and says nothing.
    let silent = settings(NEVER.local_addr().unwrap().port());
    let error = Ldap::with_patience(silent, Duration::from_millis(300)).unwrap().look_up("ann").await.unwrap_err();
    assert!(matches!(&error, Error::Busy(text) if text.ends_with("takes too long.")), "{error:?}");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = look_up(settings(gone), "ann").await.unwrap_err();
    assert!(matches!(&error, Error::Busy(text) if text.contains("does not answer")), "{error:?}");
}
