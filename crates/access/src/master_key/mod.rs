//! The master key: what seals the secrets that the database must be able to give back. It lives outside of the
//! database, so that a copy of the database alone gives nothing away.

mod check;
mod file;
mod held;

use std::{fmt, path::Path, sync::Arc};

use kernel::{Error, Result};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
};
use store::Db;

pub(crate) use check::check;
pub(crate) use held::{hold, of};

/// Bytes of a key.
const KEY: usize = 32;
/// The first byte of everything sealed: the form of what follows.
const FORM: u8 = 1;

/// What every key that is derived from this one begins with.
const SALT: &[u8] = b"Platbook master key";

/// The key. Cheap to clone.
#[derive(Clone)]
pub struct MasterKey(Arc<Keys>);

struct Keys {
    /// Seals secrets.
    sealing: LessSafeKey,
    /// From it the keys for other purposes are derived.
    deriving: Prk,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// The environment variable that may hold the key, as 64 hexadecimal digits.
    pub const VARIABLE: &str = "PLATBOOK_MASTER_KEY";
    /// The file in the data directory that holds it otherwise.
    pub const FILE: &str = "master.key";

    /// The key from the variable, if it is set, else from the file in the data directory. That is made when it is
    /// missing, but not when secrets of the database are sealed already: another key would be of no use. With
    /// PostgreSQL there is no data directory, and all nodes must be given the same key.
    ///
    /// The database has to be open, and with it locked, so that no second program makes a file at the same time.
    pub async fn find(db: &Db, variable: Option<&str>, directory: Option<&Path>) -> Result<Self> {
        if let (None, Some(directory)) = (variable, directory) {
            let path = directory.join(Self::FILE);
            if !path.exists() && check::is_sealed(db).await? {
                return Err(Error::conflict(format!(
                    "The master key {} is missing. Copy the one there that sealed the secrets in this database.",
                    path.display()
                )));
            }
        }
        Self::read_or_make(variable, directory)
    }

    fn read_or_make(variable: Option<&str>, directory: Option<&Path>) -> Result<Self> {
        match (variable, directory) {
            (Some(text), _) => Self::from_hexadecimal(text),
            (None, Some(directory)) => file::read_or_make(&directory.join(Self::FILE)).and_then(Self::from_bytes),
            (None, None) => Err(Error::invalid(
                Self::VARIABLE,
                "must be set, to the same value on every node: 64 hexadecimal digits; \
                 make a key with: openssl rand -hex 32",
            )),
        }
    }

    /// The same, but nothing when there is neither the variable nor the file: for commands that only look.
    pub fn existing(variable: Option<&str>, directory: Option<&Path>) -> Result<Option<Self>> {
        let is_there = variable.is_some() || directory.is_some_and(|directory| directory.join(Self::FILE).exists());
        if is_there { Self::read_or_make(variable, directory).map(Some) } else { Ok(None) }
    }

    fn from_hexadecimal(text: &str) -> Result<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pair = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.trim().as_bytes().chunks(2).map(pair).collect();
        let key: Option<[u8; KEY]> = bytes.and_then(|bytes| bytes.try_into().ok());
        key.ok_or_else(|| {
            Error::invalid(Self::VARIABLE, "must be 64 hexadecimal digits; make a key with: openssl rand -hex 32")
        })
        .and_then(Self::from_bytes)
    }

    fn from_bytes(key: [u8; KEY]) -> Result<Self> {
        let deriving = Salt::new(HKDF_SHA256, SALT).extract(&key);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(Error::internal)?;
        Ok(Self(Arc::new(Keys { sealing: LessSafeKey::new(key), deriving })))
    }

    /// The secret bytes for one purpose that follow from the key (HKDF, RFC 5869): the same on every node, and kept
    /// nowhere. They give away neither the key nor the bytes for another purpose.
    pub fn derive(&self, purpose: &str) -> Result<[u8; 32]> {
        let mut bytes = [0; 32];
        let info = [purpose.as_bytes()];
        let derived = self.0.deriving.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes));
        derived.map(|()| bytes).map_err(Error::internal)
    }

    /// Encrypts. What is sealed in one place (`context`) can't be opened as if it came from another one.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>> {
        // Random nonces of 96 bits are safe for 2^32 secrets under one key.
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plain.to_vec();
        self.0
            .sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut sealed)
            .map_err(Error::internal)?;
        Ok([&[FORM], &nonce[..], &sealed].concat())
    }

    /// Decrypts what [`seal`](Self::seal) made in the same context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let refused = || Error::internal(format!("{context}: what is kept here was not sealed with this master key"));
        let (nonce, sealed) =
            sealed.strip_prefix(&[FORM]).and_then(|rest| rest.split_first_chunk::<NONCE_LEN>()).ok_or_else(refused)?;
        let mut opened = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .0
            .sealing
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut opened)
            .map_err(|_| refused())?
            .len();
        opened.truncate(plain);
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    fn key() -> MasterKey {
        MasterKey::from_hexadecimal(TEXT).unwrap()
    }

    #[test]
    fn what_is_sealed_can_be_opened_in_its_place_only() {
        let sealed = key().seal("drawer 1", b"tulip").unwrap();
        assert!(!sealed.windows(5).any(|w| w == b"tulip"));
        assert_eq!(key().open("drawer 1", &sealed).unwrap(), b"tulip");
        assert!(key().open("drawer 2", &sealed).is_err());
        let other = MasterKey::from_bytes([7; KEY]).unwrap();
        assert!(other.open("drawer 1", &sealed).unwrap_err().to_string().contains("this master key"));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let sealed = key().seal("drawer", b"tulip").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key().open("drawer", &changed).is_err(), "byte {at}");
        }
        assert!(key().open("drawer", &[]).is_err());
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        assert_ne!(key().seal("drawer", b"tulip").unwrap(), key().seal("drawer", b"tulip").unwrap());
    }

    #[test]
    fn each_purpose_has_bytes_of_its_own_and_always_the_same() {
        let tulips = key().derive("tulips").unwrap();
        assert_eq!(key().derive("tulips").unwrap(), tulips);
        assert_ne!(key().derive("roses").unwrap(), tulips);
        assert_ne!(MasterKey::from_bytes([7; KEY]).unwrap().derive("tulips").unwrap(), tulips);
    }

    #[test]
    fn looking_makes_no_key() {
        let directory = tempfile::tempdir().unwrap();
        assert!(MasterKey::existing(None, Some(directory.path())).unwrap().is_none());
        assert!(MasterKey::existing(None, None).unwrap().is_none());
        MasterKey::read_or_make(None, Some(directory.path())).unwrap();
        assert!(MasterKey::existing(None, Some(directory.path())).unwrap().is_some());
        assert!(MasterKey::existing(Some(TEXT), None).unwrap().is_some());
    }

    #[test]
    fn a_bad_key_is_refused_without_being_repeated() {
        for text in ["", "00", &TEXT[1..], &format!("{TEXT}00"), &TEXT.replace('A', "g"), &"ä".repeat(32)] {
            let error = MasterKey::from_hexadecimal(text).unwrap_err().to_string();
            assert!(error.starts_with("PLATBOOK_MASTER_KEY: must be 64 hexadecimal digits"), "{error}");
        }
        assert!(MasterKey::read_or_make(None, None).unwrap_err().to_string().contains("must be set"));
        assert_eq!(format!("{:?}", key()), "MasterKey");
    }
}
