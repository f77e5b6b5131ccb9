//! Values on their way to and from the database. Three kinds are enough for both engines: integers, text, bytes.

use std::sync::Arc;

use kernel::{
    AddrKey, Asn, BlockId, ChangeId, Error, GroupId, JobId, LirId, LoginMethodId, PasskeyId, ProfileId, ResourceId,
    Result, Rights, RuleId, SessionId, Timestamp, TokenId, UserId, VlanDomainId, VlanId, VrfId,
};

/// One value of a column or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// An integer; booleans are 0 and 1.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes, compared as bytes.
    Bytes(Vec<u8>),
    /// A list, as the parameter of `= ANY($n)`.
    List(Vec<Value>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`.
    Int,
    /// `TEXT`.
    Text,
    /// `BYTEA`, in SQLite `BLOB`.
    Bytes,
}

/// What can be a parameter.
pub trait ToValue {
    /// The database's form of it.
    fn to_value(&self) -> Value;
}

/// What can be a column.
pub trait Column: ToValue + Sized {
    /// What the column holds.
    const KIND: Kind;
    /// Reads it back.
    fn from_value(value: Value) -> Result<Self>;
}

fn mismatch(expected: &str, found: &Value) -> Error {
    Error::internal(format!("the database holds {found:?} where {expected} belongs"))
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl ToValue for &str {
    fn to_value(&self) -> Value {
        Value::Text((*self).to_owned())
    }
}

impl<T: ToValue> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(ToValue::to_value).collect())
    }
}

impl<T: ToValue> ToValue for &[T] {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(ToValue::to_value).collect())
    }
}

macro_rules! column {
    ($($type:ty: $kind:ident, $expected:literal, |$this:ident| $to:expr, $pattern:pat => $from:expr;)+) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                let $this = self;
                Value::$kind($to)
            }
        }

        impl Column for $type {
            const KIND: Kind = Kind::$kind;
            fn from_value(value: Value) -> Result<Self> {
                match value {
                    $pattern => $from,
                    other => Err(mismatch($expected, &other)),
                }
            }
        }
    )+};
}

column! {
    i64: Int, "an integer", |n| *n, Value::Int(n) => Ok(n);
    i32: Int, "a small integer", |n| i64::from(*n), Value::Int(n) => n.try_into().map_err(Error::internal);
    u32: Int, "a small integer", |n| i64::from(*n), Value::Int(n) => n.try_into().map_err(Error::internal);
    u8: Int, "a byte", |n| i64::from(*n), Value::Int(n) => n.try_into().map_err(Error::internal);
    bool: Int, "0 or 1", |b| i64::from(*b), Value::Int(n) => Ok(n != 0);
    String: Text, "a text", |s| s.clone(), Value::Text(s) => Ok(s);
    Arc<str>: Text, "a text", |s| (**s).to_owned(), Value::Text(s) => Ok(s.into());
    AddrKey: Bytes, "an address of 16 bytes", |k| k.0.to_vec(),
        Value::Bytes(b) => b.try_into().map(AddrKey).map_err(|b| mismatch("an address of 16 bytes", &Value::Bytes(b)));
    Timestamp: Int, "an instant", |t| t.0, Value::Int(n) => Ok(Timestamp(n));
    Rights: Int, "rights", |r| r.bits(), Value::Int(n) => Ok(Rights::from_bits(n));
    Asn: Int, "an AS number", |a| i64::from(a.0), Value::Int(n) => n.try_into().map(Asn).map_err(Error::internal);
    BlockId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    ChangeId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    GroupId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    JobId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    LirId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    LoginMethodId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    PasskeyId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    ProfileId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    ResourceId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    RuleId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    SessionId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    TokenId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    UserId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    VlanDomainId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    VlanId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
    VrfId: Int, "an id", |id| id.0, Value::Int(n) => Ok(Self(n));
}

/// Raw bytes in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(
    /// The bytes.
    pub Vec<u8>,
);

impl ToValue for Bytes {
    fn to_value(&self) -> Value {
        Value::Bytes(self.0.clone())
    }
}

impl Column for Bytes {
    const KIND: Kind = Kind::Bytes;
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Bytes(bytes) => Ok(Self(bytes)),
            other => Err(mismatch("bytes", &other)),
        }
    }
}

/// The parameters of a statement: `params![id, "text", key]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] };
}

/// One row of an answer, read from left to right or by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Takes the value of the column at this position, counted from 0.
    pub fn take<T: Column>(&mut self, position: usize) -> Result<T> {
        let slot = self.0.get_mut(position);
        let value = slot.map(|slot| std::mem::replace(slot, Value::Null));
        T::from_value(value.ok_or_else(|| Error::internal(format!("the answer has no column {position}")))?)
    }

    /// All values, in the order of the columns.
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }
}
