//! Handing mail to a mail server: SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314).

use std::time::Duration;

use access::{Mail, MailCarrier, MailSecurity, MailServer};
use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Error, Result};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};
use rustls::pki_types::ServerName;

/// How long handing a mail over may take in all.
const PATIENCE: Duration = Duration::from_mins(1);
/// How much of what a server says is repeated, in characters.
const LONGEST_ANSWER: usize = 300;
/// The server wants another sign-in or a safer way (RFC 4954, section 6): whoever set mail up can mend that, and then
/// the same mail goes out.
const OF_THE_SIGN_IN: [u16; 4] = [530, 534, 535, 538];

/// Hands mail to a mail server.
#[derive(Debug)]
pub struct Smtp {
    patience: Duration,
}

impl Default for Smtp {
    fn default() -> Self {
        Self::with_patience(PATIENCE)
    }
}

impl Smtp {
    /// The same, for tests that do not want to wait.
    pub const fn with_patience(patience: Duration) -> Self {
        Self { patience }
    }

    async fn hand_over(&self, server: &MailServer, id: &str, mail: &Mail) -> Result<()> {
        let (transport, message) = (self.transport(server)?, message(server, id, mail)?);
        let late = || Error::Busy(format!("The mail server {}:{} takes too long.", server.host, server.port));
        let sent = tokio::time::timeout(self.patience, transport.send(message)).await.map_err(|_| late())?;
        sent.map(drop).map_err(|error| refused(server, &error))
    }

    fn transport(&self, server: &MailServer) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
        let tls = match server.security {
            MailSecurity::StartTls => Tls::Required(tls(server)?),
            MailSecurity::Tls => Tls::Wrapper(tls(server)?),
            MailSecurity::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .timeout(Some(self.patience))
            .tls(tls);
        if let Some(login) = &server.login {
            transport = transport.credentials(Credentials::new(login.username.clone(), login.password.0.clone()));
        }
        Ok(transport.build())
    }
}

impl MailCarrier for Smtp {
    fn check(&self, server: &MailServer) -> Result<()> {
        from(server)?;
        self.transport(server).map(drop)
    }

    fn carry<'a>(&'a self, server: &'a MailServer, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<()>> {
        self.hand_over(server, id, mail).boxed()
    }
}

fn tls(server: &MailServer) -> Result<TlsParameters> {
    let nameless = |_| Error::invalid("host", "must be the name or the address that the server's certificate shows");
    ServerName::try_from(server.host.as_str()).map_err(nameless)?;
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(ca) = &server.ca {
        let unreadable = |error: &dyn std::fmt::Display| Error::invalid("ca", format!("can't be read: {error}"));
        let certificate = Certificate::from_pem(ca.as_bytes()).map_err(|error| unreadable(&error))?;
        if !ca.contains("BEGIN CERTIFICATE") {
            return Err(Error::invalid("ca", "must hold certificates in PEM"));
        }
        parameters = parameters.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    parameters.build().map_err(|error| Error::invalid("host", format!("can't be reached by TLS: {error}")))
}

fn from(server: &MailServer) -> Result<Mailbox> {
    let rule = "must be an address such as noc@example.net or Platbook <noc@example.net>";
    server.from.parse().map_err(|_| Error::invalid("from", rule))
}

fn message(server: &MailServer, id: &str, mail: &Mail) -> Result<Message> {
    let from = from(server)?;
    let to = mail.to.parse().map_err(|_| Error::invalid("to", "must be an address such as ann@example.com"))?;
    let message_id = format!("<{id}@{}>", from.email.domain());
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        .message_id(Some(message_id))
        .date_now()
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        // It gets its last line end here.
        .body(mail.body.trim_end().to_owned())
        .map_err(|error| Error::conflict(format!("This can't be sent as a mail: {error}.")))
}

/// Keeps those who are on holiday from answering (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// What went wrong, in words without line breaks.
fn refused(server: &MailServer, error: &lettre::transport::smtp::Error) -> Error {
    let said: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let said: String = said.chars().take(LONGEST_ANSWER).collect();
    let code = error.status().map(u16::from);
    let place = format!("The mail server {}:{}", server.host, server.port);
    match code {
        Some(code) if error.is_permanent() && !OF_THE_SIGN_IN.contains(&code) => {
            Error::conflict(format!("{place} refuses this mail: {said}."))
        }
        _ => Error::Busy(format!("{place} did not take this mail: {said}.")),
    }
}
