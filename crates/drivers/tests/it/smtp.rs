//! Handing mail to a mail server.

use std::time::{Duration, Instant};

use access::{Hidden, Mail, MailCarrier as _, MailLogin, MailSecurity, MailServer};
use drivers::Smtp;
use kernel::Error;
use testkit::Mailhost;

/// A mail server that wants a sign-in, and the certificate by which it is known.
struct Setting {
    host: Mailhost,
    ca: String,
}

impl Setting {
    fn new(way: &str) -> Self {
        let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let ca = signed.cert.pem();
        Self { host: Mailhost::start(way, true, &ca, &signed.signing_key.serialize_pem()), ca }
    }

    fn server(&self, security: MailSecurity) -> MailServer {
        MailServer {
            host: "127.0.0.1".to_owned(),
            port: self.host.port(),
            security,
            login: Some(login(Mailhost::PASSWORD)),
            from: "Platbook <noc@example.net>".to_owned(),
            ca: Some(self.ca.clone()),
        }
    }
}

fn login(password: &str) -> MailLogin {
    MailLogin { username: Mailhost::USER.to_owned(), password: Hidden(password.to_owned()) }
}

fn mail() -> Mail {
    Mail {
        to: "ann@example.net".to_owned(),
        subject: "Ready".to_owned(),
        body: "It is done.\n.\nAll of it.\n".to_owned(),
    }
}

async fn carry(server: &MailServer, mail: &Mail) -> Result<(), Error> {
    let smtp = Smtp::default();
    smtp.check(server)?;
    smtp.carry(server, "0123abcd", mail).await
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_tls_by_whoever_has_signed_in() {
    for (way, security) in [("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls)] {
        let setting = Setting::new(way);
        carry(&setting.server(security), &mail()).await.unwrap();
        let received = setting.host.wait(1).await.remove(0);
        assert!(received.encrypted, "{way}");
        assert_eq!(received.user.as_deref(), Some(Mailhost::USER));
        assert_eq!(
            (received.from.as_str(), received.to.as_slice()),
            ("noc@example.net", &["ann@example.net".to_owned()][..])
        );
        assert_eq!(received.header("From"), Some("Platbook <noc@example.net>"));
        assert_eq!(received.header("To"), Some("ann@example.net"));
        assert_eq!(received.header("Subject"), Some("Ready"));
        assert_eq!(received.header("Message-ID"), Some("<0123abcd@example.net>"));
        assert_eq!(received.header("Auto-Submitted"), Some("auto-generated"));
        assert!(received.text.ends_with("\r\n\r\nIt is done.\r\n.\r\nAll of it.\r\n"), "{}", received.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_arrives_within_what_a_mail_may_hold() {
    let host = Mailhost::open();
    let server = MailServer { login: None, port: host.port(), ..plain() };
    let subject = "Überlänge – 日本語 ".repeat(10);
    let long =
        Mail { subject: subject.trim().to_owned(), body: format!("Ä{}\nbare\rreturn\n", "x".repeat(3_000)), ..mail() };
    carry(&server, &long).await.unwrap();
    let received = host.wait(1).await.remove(0);
    assert!(received.header("Subject").unwrap().starts_with("=?utf-8?"), "{}", received.text);
    assert!(!received.encrypted && received.user.is_none());
}

fn plain() -> MailServer {
    MailServer {
        host: "127.0.0.1".to_owned(),
        port: 1,
        security: MailSecurity::None,
        login: None,
        from: "noc@example.net".to_owned(),
        ca: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_tls_that_is_wanted_nothing_is_said() {
    let host = Mailhost::open();
    for security in [MailSecurity::StartTls, MailSecurity::Tls] {
        let server = MailServer { port: host.port(), security, login: Some(login("tulip")), ..plain() };
        let smtp = Smtp::with_patience(Duration::from_secs(3));
        let refused = smtp.carry(&server, "1", &mail()).await.unwrap_err();
        assert!(matches!(refused, Error::Busy(_)), "{refused}");
        assert!(!refused.to_string().contains("tulip"));
    }
    let setting = Setting::new("starttls");
    let strange = MailServer { ca: None, ..setting.server(MailSecurity::StartTls) };
    assert!(matches!(carry(&strange, &mail()).await, Err(Error::Busy(_))), "the certificate is nobody's");
    let elsewhere = MailServer { host: "localhost".to_owned(), ..setting.server(MailSecurity::StartTls) };
    assert!(matches!(carry(&elsewhere, &mail()).await, Err(Error::Busy(_))), "the certificate is of another name");
    assert_eq!((host.received().len(), setting.host.received().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_work_later_is_told_from_what_never_will() {
    let host = Mailhost::open();
    let server = MailServer { port: host.port(), ..plain() };
    let to = |to: &str| Mail { to: to.to_owned(), ..mail() };
    let never = carry(&server, &to("nobody@example.net")).await.unwrap_err();
    assert!(matches!(never, Error::Conflict(_)) && never.to_string().contains("There is no such mailbox"), "{never}");
    let later = carry(&server, &to("later@example.net")).await.unwrap_err();
    assert!(matches!(later, Error::Busy(_)) && later.to_string().contains("Come back later"), "{later}");
    let setting = Setting::new("tls");
    let server = MailServer { login: Some(login("a wrong password")), ..setting.server(MailSecurity::Tls) };
    let wrong = carry(&server, &mail()).await.unwrap_err();
    assert!(matches!(wrong, Error::Busy(_)) && !wrong.to_string().contains("a wrong password"), "{wrong}");
    let nobody = carry(&plain(), &mail()).await.unwrap_err();
    assert!(matches!(nobody, Error::Busy(_)), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = MailServer { port: silent.local_addr().unwrap().port(), ..plain() };
    let began = Instant::now();
    let given_up = Smtp::with_patience(Duration::from_millis(300)).carry(&server, "1", &mail()).await.unwrap_err();
    assert!(matches!(given_up, Error::Busy(_)) && began.elapsed() < Duration::from_secs(10), "{given_up}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_adds_headers_or_recipients() {
    let host = Mailhost::open();
    let server = MailServer { port: host.port(), ..plain() };
    let injected = "ann@example.net\r\nBcc: bob@example.net";
    assert!(carry(&server, &Mail { to: injected.to_owned(), ..mail() }).await.is_err());
    let from = MailServer { from: format!("Noc\r\nBcc: bob@example.net <{injected}>"), ..server.clone() };
    assert!(carry(&from, &mail()).await.is_err());
    carry(&server, &Mail { subject: "Ready\r\nBcc: bob@example.net\r\n\r\nHello".to_owned(), ..mail() }).await.ok();
    let quoted = MailServer { from: "\"A, B\" <noc@example.net>".to_owned(), ..server };
    carry(&quoted, &mail()).await.unwrap();
    for received in host.wait(1).await {
        assert_eq!(received.to, ["ann@example.net"]);
        assert_eq!(received.header("Bcc"), None, "{}", received.text);
    }
}

#[test]
fn settings_that_can_not_work_are_refused() {
    let refused = |server: MailServer| Smtp::default().check(&server).unwrap_err().to_string();
    assert!(refused(MailServer { from: "noc".to_owned(), ..plain() }).starts_with("from: must be an address"));
    let tls = MailServer { security: MailSecurity::Tls, ..plain() };
    assert!(refused(MailServer { ca: Some("none".to_owned()), ..tls.clone() }).starts_with("ca: "));
    assert!(refused(MailServer { host: "a_b:c".to_owned(), ..tls }).starts_with("host: "));
}
