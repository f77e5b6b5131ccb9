//! The packets: Access-Request and its answers (RFC 2865), with the Message-Authenticator of RFC 3579, section 3.2.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Error, Result};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

/// The longest packet, in bytes.
pub(super) const LONGEST: usize = 4096;

// Codes.
const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;

// Attributes.
const USER_NAME: u8 = 1;
const USER_PASSWORD: u8 = 2;
const SERVICE_TYPE: u8 = 6;
const FILTER_ID: u8 = 11;
const CLASS: u8 = 25;
const NAS_IDENTIFIER: u8 = 32;
const MESSAGE_AUTHENTICATOR: u8 = 80;

/// A person who asks a service to know who they are, and nothing more (RFC 2865, section 5.6).
const AUTHENTICATE_ONLY: u32 = 8;
/// Code, identifier and length.
const HEAD: usize = 4;
/// The bytes of an authenticator, and of everything made with MD5.
const BLOCK: usize = 16;

/// What a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Reject,
    Challenge,
}

/// An answer to be believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// What it says as `Filter-Id` and `Class`, as far as that is text.
    pub(super) groups: Vec<String>,
}

/// A request, as it is sent.
pub(super) struct Request<'a> {
    secret: &'a [u8],
    bytes: Vec<u8>,
}

impl<'a> Request<'a> {
    pub(super) fn new(secret: &'a [u8], name: &str, password: &str, nas_identifier: &str) -> Result<Self> {
        let (identifier, authenticator) = (rand::random(), rand::random());
        Self::with(identifier, authenticator, secret, name, password, nas_identifier)
    }

    fn with(
        identifier: u8,
        authenticator: [u8; BLOCK],
        secret: &'a [u8],
        name: &str,
        password: &str,
        nas_identifier: &str,
    ) -> Result<Self> {
        let mut bytes = vec![ACCESS_REQUEST, identifier, 0, 0];
        bytes.extend(authenticator);
        // First, so that nothing before it can be chosen by who forges a prefix.
        let signature = bytes.len() + 2;
        add(&mut bytes, MESSAGE_AUTHENTICATOR, &[0; BLOCK])?;
        add(&mut bytes, USER_NAME, name.as_bytes())?;
        add(&mut bytes, USER_PASSWORD, &hide(password.as_bytes(), secret, &authenticator))?;
        add(&mut bytes, SERVICE_TYPE, &AUTHENTICATE_ONLY.to_be_bytes())?;
        add(&mut bytes, NAS_IDENTIFIER, nas_identifier.as_bytes())?;
        let length = u16::try_from(bytes.len()).map_err(Error::internal)?.to_be_bytes();
        bytes[2..HEAD].copy_from_slice(&length);
        let signed = sign(secret, &[&bytes]);
        bytes[signature..signature + BLOCK].copy_from_slice(&signed);
        Ok(Self { secret, bytes })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn authenticator(&self) -> &[u8] {
        &self.bytes[HEAD..HEAD + BLOCK]
    }

    /// Reads an answer. The error says why it is not to be believed.
    pub(super) fn read(&self, answer: &[u8]) -> Result<Answer, &'static str> {
        let malformed = "what came back is no RADIUS packet";
        let [code, identifier, high, low, ..] = *answer else { return Err(malformed) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // What follows the length is padding.
        let answer = answer.get(..length).filter(|answer| answer.len() >= HEAD + BLOCK).ok_or(malformed)?;
        if identifier != self.bytes[1] {
            return Err("what came back answers another request");
        }
        let (head, rest) = answer.split_at(HEAD);
        let (authenticator, attributes) = rest.split_at(BLOCK);
        let forged = "what came back is not from somebody with the same secret";
        let expected = Md5::new_with_prefix(head).chain_update(self.authenticator()).chain_update(attributes);
        let expected = expected.chain_update(self.secret).finalize();
        if !bool::from(expected.as_slice().ct_eq(authenticator)) {
            return Err(forged);
        }
        let attributes = split(attributes).ok_or(malformed)?;
        self.check_signature(head, &attributes).map_err(|unsigned| {
            if unsigned {
                "the answer has no Message-Authenticator, and so may be forged. Have the server send it: FreeRADIUS does \
                 from 3.2.5 on, and before with Message-Authenticator := 0x00 among the attributes of its reply"
            } else {
                forged
            }
        })?;
        let verdict = match code {
            ACCESS_ACCEPT => Verdict::Accept,
            ACCESS_REJECT => Verdict::Reject,
            ACCESS_CHALLENGE => Verdict::Challenge,
            _ => return Err("what came back is no answer to the request"),
        };
        let named = attributes.iter().filter(|(kind, _)| *kind == FILTER_ID || *kind == CLASS);
        let groups = named.filter_map(|(_, value)| str::from_utf8(value).ok()).map(str::to_owned).collect();
        Ok(Answer { verdict, groups })
    }

    /// The Message-Authenticator is made over the answer with the authenticator of the request in the place of its own,
    /// and zeros in the place of the signature. The error says whether there is none.
    fn check_signature(&self, head: &[u8], attributes: &[(u8, &[u8])]) -> Result<(), bool> {
        let mut signatures = attributes.iter().filter(|(kind, _)| *kind == MESSAGE_AUTHENTICATOR);
        let (Some((_, signature)), None) = (signatures.next(), signatures.next()) else { return Err(true) };
        let mut zeroed = Vec::new();
        for (kind, value) in attributes {
            let value = if *kind == MESSAGE_AUTHENTICATOR { &[0; BLOCK][..] } else { value };
            add(&mut zeroed, *kind, value).map_err(|_| false)?;
        }
        let expected = sign(self.secret, &[head, self.authenticator(), &zeroed]);
        if bool::from(expected.as_slice().ct_eq(signature)) { Ok(()) } else { Err(false) }
    }
}

fn add(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) -> Result<()> {
    let length = u8::try_from(value.len() + 2).map_err(Error::internal)?;
    bytes.extend([kind, length]);
    bytes.extend(value);
    Ok(())
}

/// The attributes, unless one reaches beyond the end.
fn split(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    while let [kind, length, ..] = *bytes {
        let attribute = bytes.get(..usize::from(length)).filter(|attribute| attribute.len() >= 2)?;
        found.push((kind, &attribute[2..]));
        bytes = &bytes[attribute.len()..];
    }
    bytes.is_empty().then_some(found)
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn sign(secret: &[u8], parts: &[&[u8]]) -> [u8; BLOCK] {
    let mac = Hmac::<Md5>::new_from_slice(secret).expect("HMAC takes keys of any length");
    parts.iter().fold(mac, |mac, part| mac.chain_update(part)).finalize().into_bytes().into()
}

/// RFC 2865, section 5.2: each block of the password under a hash of the secret and the block before it.
fn hide(password: &[u8], secret: &[u8], authenticator: &[u8; BLOCK]) -> Vec<u8> {
    let mut hidden = Vec::new();
    let mut before = *authenticator;
    for chunk in password.chunks(BLOCK) {
        let pad = Md5::new_with_prefix(secret).chain_update(before).finalize();
        let mut block = [0; BLOCK];
        block[..chunk.len()].copy_from_slice(chunk);
        block.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        hidden.extend(block);
        before = block;
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"xyzzy5461";

    fn request() -> Request<'static> {
        Request::with(7, [9; BLOCK], SECRET, "nemo", "arctangent", "platbook").unwrap()
    }

    /// An answer as a server makes it, with these attributes beside the Message-Authenticator.
    fn answer(code: u8, signed: bool, attributes: &[(u8, &[u8])]) -> Vec<u8> {
        let request = request();
        let mut body = Vec::new();
        if signed {
            add(&mut body, MESSAGE_AUTHENTICATOR, &[0; BLOCK]).unwrap();
        }
        attributes.iter().for_each(|(kind, value)| add(&mut body, *kind, value).unwrap());
        let length = u16::try_from(HEAD + BLOCK + body.len()).unwrap().to_be_bytes();
        let head = [code, 7, length[0], length[1]];
        if signed {
            let signature = sign(SECRET, &[&head, request.authenticator(), &body]);
            body[2..2 + BLOCK].copy_from_slice(&signature);
        }
        let authenticator = Md5::new_with_prefix(head)
            .chain_update(request.authenticator())
            .chain_update(&body)
            .chain_update(SECRET)
            .finalize();
        [&head[..], &authenticator, &body].concat()
    }

    #[test]
    fn a_password_is_hidden_as_in_the_example_of_the_rfc() {
        // RFC 2865, section 7.1.
        let authenticator =
            [0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22, 0x7a];
        let hidden = [0x0d, 0xbe, 0x70, 0x8d, 0x93, 0xd4, 0x13, 0xce, 0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a, 0x0a, 0xee];
        assert_eq!(hide(b"arctangent", SECRET, &authenticator), hidden);
        assert_eq!(hide(&[b'x'; 17], SECRET, &authenticator).len(), 32);
    }

    #[test]
    fn a_request_is_signed_first_of_all() {
        let request = request();
        let bytes = request.bytes();
        assert_eq!(usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), bytes.len());
        assert_eq!(bytes[20..22], [MESSAGE_AUTHENTICATOR, 18]);
        let mut zeroed = bytes.to_vec();
        zeroed[22..38].fill(0);
        assert_eq!(sign(SECRET, &[&zeroed]), bytes[22..38]);
        assert!(!bytes.windows(10).any(|window| window == b"arctangent"));
    }

    #[test]
    fn an_answer_tells_the_verdict_and_the_groups() {
        let said =
            request().read(&answer(ACCESS_ACCEPT, true, &[(FILTER_ID, b"staff"), (CLASS, b"\xff"), (18, b"hi")]));
        assert_eq!(said, Ok(Answer { verdict: Verdict::Accept, groups: vec!["staff".to_owned()] }));
        for (code, verdict) in [(ACCESS_REJECT, Verdict::Reject), (ACCESS_CHALLENGE, Verdict::Challenge)] {
            assert_eq!(request().read(&answer(code, true, &[])).unwrap().verdict, verdict);
        }
    }

    #[test]
    fn an_answer_without_a_message_authenticator_is_not_believed() {
        let refused = request().read(&answer(ACCESS_ACCEPT, false, &[(FILTER_ID, b"staff")])).unwrap_err();
        assert!(refused.contains("no Message-Authenticator"), "{refused}");
    }

    #[test]
    fn every_changed_byte_of_an_answer_is_noticed() {
        let right = answer(ACCESS_ACCEPT, true, &[(FILTER_ID, b"staff")]);
        for at in 0..right.len() {
            let mut changed = right.clone();
            changed[at] ^= 1;
            assert!(request().read(&changed).is_err(), "byte {at}");
        }
        for length in 0..right.len() {
            assert!(request().read(&right[..length]).is_err(), "{length} bytes");
        }
        assert!(request().read(&[right.clone(), vec![0; 9]].concat()).is_ok(), "padding is left alone");
    }

    #[test]
    fn a_rejection_can_not_be_made_an_acceptance_by_a_collision_of_the_old_digest_alone() {
        // Blast-RADIUS: the response authenticator fits, but the signature is that of the rejection.
        let mut body = answer(ACCESS_REJECT, true, &[])[HEAD + BLOCK..].to_vec();
        add(&mut body, 33, b"chosen by the attacker").unwrap();
        let length = u16::try_from(HEAD + BLOCK + body.len()).unwrap().to_be_bytes();
        let head = [ACCESS_ACCEPT, 7, length[0], length[1]];
        let fitting = Md5::new_with_prefix(head).chain_update([9; BLOCK]).chain_update(&body).chain_update(SECRET);
        let forged = [&head[..], &fitting.finalize(), &body].concat();
        assert!(request().read(&forged).is_err());
    }
}
