//! Signing in against OpenLDAP and FreeRADIUS.

use std::time::{Duration, Instant};

use access::{Hidden, Identity, LdapLogin, LoginServers as _, LoginSettings, RadiusLogin};
use drivers::Logins;
use kernel::{Error, Result};
use testkit::{Directory, Radius};

const PEOPLE: &str = "dn: uid=ann,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Archer
mail: ann@example.net
userPassword: correct horse battery staple

dn: uid=bob,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: bob
uid: twice
cn: Bob
sn: Baker
userPassword: another password

dn: uid=carl,ou=people,dc=example,dc=net
objectClass: inetOrgPerson
uid: carl
uid: twice
cn: Carl
sn: Cook
departmentNumber: cn=night,ou=people,dc=example,dc=net
userPassword: a third password

dn: cn=network,ou=people,dc=example,dc=net
objectClass: groupOfNames
cn: network
member: uid=ann,ou=people,dc=example,dc=net

dn: cn=desk,ou=people,dc=example,dc=net
objectClass: groupOfNames
cn: desk
member: uid=ann,ou=people,dc=example,dc=net
member: uid=bob,ou=people,dc=example,dc=net
";

const PASSWORD: &str = "correct horse battery staple";

struct Running {
    directory: Directory,
    certificate: String,
}

fn directory() -> Running {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let certificate = made.cert.pem();
    let directory = Directory::start(PEOPLE, &certificate, &made.signing_key.serialize_pem());
    Running { directory, certificate }
}

/// Where people are searched.
fn searching(running: &Running) -> LdapLogin {
    LdapLogin {
        url: running.directory.encrypted_url(),
        starttls: false,
        ca: Some(running.certificate.clone()),
        user_dn: None,
        base: Some(Directory::BASE.to_owned()),
        filter: "(uid=%LOGIN%)".to_owned(),
        bind_dn: Some(Directory::READER.to_owned()),
        group_attribute: "memberOf".to_owned(),
        group_base: None,
        group_filter: "(member=%DN%)".to_owned(),
    }
}

fn hidden(text: &str) -> Hidden<String> {
    Hidden(text.to_owned())
}

async fn by_ldap(login: &LdapLogin, name: &str, password: &str) -> Result<Option<Identity>> {
    let secret = login.bind_dn.as_ref().map(|_| hidden(Directory::PASSWORD));
    let settings = LoginSettings::Ldap(login.clone());
    Logins.check(&settings, secret.is_some())?;
    Logins.ask(&settings, secret.as_ref(), name, &hidden(password)).await
}

async fn by_radius(server: &str, secret: &str, name: &str, password: &str) -> Result<Option<Identity>> {
    let settings =
        LoginSettings::Radius(RadiusLogin { server: server.to_owned(), nas_identifier: "platbook".to_owned() });
    Logins.check(&settings, true)?;
    Logins.ask(&settings, Some(&hidden(secret)), name, &hidden(password)).await
}

#[tokio::test]
async fn a_directory_knows_who_is_found_and_can_bind() {
    let running = directory();
    let login = LdapLogin { group_base: Some(Directory::BASE.to_owned()), ..searching(&running) };
    let ann = by_ldap(&login, "ann", PASSWORD).await.unwrap().unwrap();
    assert_eq!(ann.subject, "uid=ann,ou=people,dc=example,dc=net");
    assert_eq!(ann.email.as_deref(), Some("ann@example.net"));
    let mut groups = ann.groups;
    groups.sort();
    assert_eq!(groups, ["cn=desk,ou=people,dc=example,dc=net", "cn=network,ou=people,dc=example,dc=net"]);
    for (name, password) in [
        ("ann", "wrong"),
        ("nobody", PASSWORD),
        ("ann", ""),
        ("", PASSWORD),
        ("*", PASSWORD),
        ("ann)(uid=*", PASSWORD),
        ("bob", PASSWORD),
    ] {
        assert_eq!(by_ldap(&login, name, password).await.unwrap(), None, "{name} {password}");
    }
    let twice = by_ldap(&login, "twice", "another password").await.unwrap_err();
    assert!(twice.to_string().contains("several people"), "{twice}");
    let settings = LoginSettings::Ldap(login);
    let refused = Logins.ask(&settings, Some(&hidden("wrong")), "ann", &hidden(PASSWORD)).await.unwrap_err();
    assert!(refused.to_string().contains("refuses bind_dn"), "{refused}");
}

#[tokio::test]
async fn the_groups_of_a_person_may_stand_in_their_entry() {
    let running = directory();
    let login = LdapLogin { group_attribute: "departmentNumber".to_owned(), ..searching(&running) };
    let carl = by_ldap(&login, "carl", "a third password").await.unwrap().unwrap();
    assert_eq!(carl.groups, ["cn=night,ou=people,dc=example,dc=net"]);
}

#[tokio::test]
async fn a_template_needs_no_search_and_starttls_begins_on_the_open_connection() {
    let running = directory();
    let login = LdapLogin {
        url: running.directory.url().replace("127.0.0.1", "localhost"),
        starttls: true,
        user_dn: Some("uid=%LOGIN%,ou=people,dc=example,dc=net".to_owned()),
        base: None,
        bind_dn: None,
        ..searching(&running)
    };
    let ann = by_ldap(&login, "ann", PASSWORD).await.unwrap().unwrap();
    assert_eq!(ann.subject, "uid=ann,ou=people,dc=example,dc=net");
    for (name, password) in [("ann", "wrong"), ("nobody", PASSWORD), ("ann,ou=people", PASSWORD), ("a=b", PASSWORD)] {
        assert_eq!(by_ldap(&login, name, password).await.unwrap(), None, "{name} {password}");
    }
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    let error = by_ldap(&LdapLogin { ca: Some(stranger), ..login }, "ann", PASSWORD).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)) && error.to_string().contains("does not answer"), "{error}");
}

#[test]
fn settings_that_can_not_work_or_are_not_safe_are_refused() {
    let good = LdapLogin {
        url: "ldap://127.0.0.1".to_owned(),
        starttls: false,
        ca: None,
        user_dn: None,
        base: Some("dc=example".to_owned()),
        filter: "(uid=%LOGIN%)".to_owned(),
        bind_dn: None,
        group_attribute: "memberOf".to_owned(),
        group_base: None,
        group_filter: "(member=%DN%)".to_owned(),
    };
    let refused = |login: LdapLogin| Logins.check(&LoginSettings::Ldap(login), false).err().map(|e| e.to_string());
    assert_eq!(refused(good.clone()), None);
    for (login, rule) in [
        (LdapLogin { url: "ldap://192.0.2.1".to_owned(), ..good.clone() }, "url: passwords are sent over TLS only"),
        (LdapLogin { url: "https://192.0.2.1".to_owned(), ..good.clone() }, "must begin with ldaps://"),
        (LdapLogin { base: None, ..good.clone() }, "give either user_dn, or base"),
        (LdapLogin { user_dn: Some("uid=x".to_owned()), base: None, ..good.clone() }, "must contain %LOGIN%"),
        (LdapLogin { filter: "(uid=x)".to_owned(), ..good.clone() }, "filter: must be a filter"),
        (LdapLogin { filter: "(uid=%LOGIN%".to_owned(), ..good.clone() }, "filter: must be a filter"),
        (LdapLogin { group_filter: "(member=x)".to_owned(), ..good.clone() }, "group_filter: must be a filter"),
        (LdapLogin { bind_dn: Some("cn=x".to_owned()), ..good.clone() }, "secret: is the password of bind_dn"),
        (LdapLogin { ca: Some("x".to_owned()), url: "ldaps://192.0.2.1".to_owned(), ..good.clone() }, "ca: "),
    ] {
        let said = refused(login).unwrap_or_default();
        assert!(said.contains(rule), "{rule}: {said}");
    }
    let radius = |server: &str, has_secret| {
        let login = RadiusLogin { server: server.to_owned(), nas_identifier: "platbook".to_owned() };
        Logins.check(&LoginSettings::Radius(login), has_secret).is_ok()
    };
    assert!(radius("radius.example.net:1812", true));
    assert!(
        !radius("radius.example.net", true)
            && !radius(":1812", true)
            && !radius("x:0", true)
            && !radius("x:1812", false)
    );
}

#[tokio::test]
async fn a_radius_server_is_asked_and_its_signed_answer_believed() {
    let server = Radius::start();
    let ask =
        async |name: &str, password: &str| by_radius(&server.address(), Radius::SECRET, name, password).await.unwrap();
    let ann = ask("ann", Radius::PASSWORD).await.unwrap();
    assert_eq!(
        ann,
        Identity { subject: "ann".to_owned(), email: None, groups: vec!["network".to_owned(), "desk".to_owned()] }
    );
    for (name, password) in
        [("ann", "wrong"), ("bob", Radius::PASSWORD), ("ann", ""), ("", "x"), ("ann", &"x".repeat(129))]
    {
        assert_eq!(ask(name, password).await, None, "{name} {password}");
    }
}

#[tokio::test]
async fn an_answer_without_a_message_authenticator_is_not_believed() {
    let server = Radius::unsigned();
    let error = by_radius(&server.address(), Radius::SECRET, "ann", Radius::PASSWORD).await.unwrap_err();
    assert!(error.to_string().contains("has no Message-Authenticator"), "{error}");
}

#[tokio::test]
async fn a_server_with_another_secret_and_one_that_is_away_are_no_answer() {
    let server = Radius::start();
    let began = Instant::now();
    let error = by_radius(&server.address(), "another secret", "ann", Radius::PASSWORD).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "it does not even hear who signs with another secret: {error}");
    assert!(began.elapsed() < Duration::from_secs(20));
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let error = by_radius(&nobody, Radius::SECRET, "ann", Radius::PASSWORD).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)) && error.to_string().contains("does not answer"), "{error}");
}

#[tokio::test]
async fn somebody_of_the_directory_signs_in_and_gets_a_user_and_groups() {
    let running = directory();
    let setup = store::Setup {
        migrations: access::MIGRATIONS.to_vec(),
        derived: access::DERIVED.to_vec(),
        ..store::Setup::default()
    };
    let test = testkit::Engine::Sqlite.database(setup).await;
    let first = access::bootstrap(&test.db, None).await.unwrap().unwrap();
    let key = access::MasterKey::existing(Some(&"07".repeat(32)), None).unwrap().unwrap();
    let settings = access::Settings { login_servers: std::sync::Arc::new(Logins), ..access::Settings::default() };
    let access = access::Access::open(test.db.clone(), key, settings).await.unwrap();
    let system = kernel::Actor::system("test");
    let page = kernel::Page { offset: 0, limit: 10 };
    let readers =
        access.groups(&system, page).await.unwrap().0.into_iter().find(|group| group.name == access::READERS).unwrap();
    let new = access::NewLoginMethod {
        name: "directory".to_owned(),
        enabled: true,
        position: 0,
        creates_users: true,
        existing_users: false,
        settings: LoginSettings::Ldap(LdapLogin {
            group_base: Some(Directory::BASE.to_owned()),
            ..searching(&running)
        }),
        secret: Some(hidden(Directory::PASSWORD)),
        groups: vec![access::GroupMapping {
            outside: "CN=network,ou=people,dc=example,dc=net".to_owned(),
            group_id: readers.id,
        }],
    };
    let method = access.add_login_method(&system, new, None).await.unwrap();
    let test = access::LoginTest { username: "ann".to_owned(), password: hidden(PASSWORD) };
    let tried = access.try_login_method(&system, method.id, &test).await.unwrap();
    assert_eq!((tried.accepted, tried.group_ids), (true, vec![readers.id]));
    let visit = access::Visit { address: None, tls: true, agent: None, request: kernel::RequestId("test".into()) };
    let sign_in = async |name: &str, password: &str, kind: Option<&str>| {
        let (username, kind) = (name.to_owned(), kind.map(str::to_owned));
        let given = access::SignIn { username, password: hidden(password), kind, code: None };
        access.sign_in(&given, &visit).await
    };
    let access::SignedIn::Open(open) = sign_in("ann", PASSWORD, None).await.unwrap() else { panic!("a second factor") };
    assert_eq!(open.session.method, "directory");
    let users = access.users(&system, Some("ann"), page).await.unwrap().0;
    assert_eq!((users[0].email.as_deref(), users[0].groups[0].id), (Some("ann@example.net"), readers.id));
    assert!(sign_in("ann", "wrong", None).await.is_err() && sign_in("ann", PASSWORD, Some("local")).await.is_err());
    assert!(sign_in("ann", PASSWORD, Some("ldap")).await.is_ok());
    drop(running);
    let error = sign_in("ann", PASSWORD, None).await.unwrap_err();
    assert!(error.to_string().contains("\"directory\" could not be asked"), "{error}");
    assert!(sign_in(&first.name, &first.password.0, None).await.is_ok(), "local administrators get in all the same");
}
