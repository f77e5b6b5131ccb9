//! RADIUS (RFC 2865): asking a server about a name and a password.
//!
//! Every request carries a Message-Authenticator, and an answer without one is not believed: what protects an answer
//! otherwise is an MD5 that can be forged on the way (CVE-2024-3596, "Blast-RADIUS").

mod packet;

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use access::{Hidden, Identity, RadiusLogin};
use kernel::{Error, Result};
use tokio::{
    net::{UdpSocket, lookup_host},
    time::{Instant, timeout_at},
};

use self::packet::{Answer, LONGEST, Request, Verdict};

/// How often a request is sent.
const TRIES: u32 = 3;
/// How long an answer may take before the request is sent again.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest name and the longest password that a packet can carry, in bytes.
const LONGEST_NAME: usize = 253;
const LONGEST_PASSWORD: usize = 128;

/// Refuses settings that can't work or are not safe.
pub(crate) fn check_login(login: &RadiusLogin, has_secret: bool) -> Result<()> {
    let port = login.server.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    if !port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)) || login.server.len() > 253 {
        return Err(Error::invalid("settings.radius.server", "must be HOST:PORT; the port is usually 1812"));
    }
    if !(1..=LONGEST_NAME).contains(&login.nas_identifier.len()) {
        return Err(Error::invalid("settings.radius.nas_identifier", "must have 1 to 253 bytes"));
    }
    if !has_secret {
        return Err(Error::invalid("secret", "must be what is shared with the RADIUS server"));
    }
    Ok(())
}

/// Asks the server whether the name and the password belong together.
pub(crate) async fn log_in(
    login: &RadiusLogin,
    secret: Option<&Hidden<String>>,
    name: &str,
    password: &Hidden<String>,
) -> Result<Option<Identity>> {
    let Some(secret) = secret else {
        return Err(Error::conflict("The login method has no secret."));
    };
    let sendable = (1..=LONGEST_NAME).contains(&name.len()) && (1..=LONGEST_PASSWORD).contains(&password.0.len());
    if !sendable {
        return Ok(None);
    }
    let request = Request::new(secret.0.as_bytes(), name, &password.0, &login.nas_identifier)?;
    match exchange(&login.server, &request).await? {
        Answer { verdict: Verdict::Accept, groups } => {
            Ok(Some(Identity { subject: name.to_owned(), email: None, groups }))
        }
        Answer { verdict: Verdict::Reject, .. } => Ok(None),
        Answer { verdict: Verdict::Challenge, .. } => Err(Error::conflict(format!(
            "The RADIUS server {} asks something back, which can't be answered here. Second factors are Platbook's own.",
            login.server
        ))),
    }
}

/// Sends the request until there is an answer to be believed. The same packet is sent each time, so that the server
/// recognises it (RFC 5080, section 2.2.1).
async fn exchange(server: &str, request: &Request<'_>) -> Result<Answer> {
    let silent = |why: String| Error::Busy(format!("The RADIUS server {server} does not answer: {why}."));
    let address = lookup_host(server).await.map_err(|error| silent(error.to_string()))?.next();
    let address = address.ok_or_else(|| silent("its name has no address".to_owned()))?;
    let own: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(own).await.map_err(|error| silent(error.to_string()))?;
    // From now on only what comes from there is heard.
    socket.connect(address).await.map_err(|error| silent(error.to_string()))?;
    let mut why = "there was no answer in time".to_owned();
    let mut buffer = [0; LONGEST];
    for _ in 0..TRIES {
        let until = Instant::now() + PATIENCE;
        if let Err(error) = socket.send(request.bytes()).await {
            why = error.to_string();
        }
        loop {
            match timeout_at(until, socket.recv(&mut buffer)).await {
                Ok(Ok(length)) => match request.read(&buffer[..length]) {
                    Ok(answer) => return Ok(answer),
                    // It may be forged; the right one may follow.
                    Err(problem) => problem.clone_into(&mut why),
                },
                // Nobody listens there, as the machine says.
                Ok(Err(error)) => {
                    why = error.to_string();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    break;
                }
                Err(_) => break,
            }
        }
    }
    Err(silent(why))
}
