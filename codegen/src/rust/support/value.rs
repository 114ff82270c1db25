//! Values for which neither the driver nor a common crate has a type that keeps everything: `interval`,
//! `inet`, `xid8`, and the exact text of `json` and `jsonb`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut as _, BytesMut};
use serde::Serialize;
use serde::de::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// An `interval`: months, days and microseconds do not convert into each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months; a year is twelve of them.
    pub months: i32,
    /// Days, which need not have 24 hours.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

impl fmt::Display for Interval {
    /// As the server reads it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            months,
            days,
            microseconds,
        } = self;
        write!(
            formatter,
            "{months} months {days} days {microseconds} microseconds"
        )
    }
}

impl FromSql<'_> for Interval {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let (microseconds, raw) = raw.split_first_chunk().ok_or("an interval has 16 bytes")?;
        let (days, raw) = raw.split_first_chunk().ok_or("an interval has 16 bytes")?;
        Ok(Self {
            months: i32::from_be_bytes(raw.try_into()?),
            days: i32::from_be_bytes(*days),
            microseconds: i64::from_be_bytes(*microseconds),
        })
    }

    accepts!(INTERVAL);
}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(IsNull::No)
    }

    accepts!(INTERVAL);
    to_sql_checked!();
}

/// An `inet`: an address of a host, with the prefix of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Inet {
    /// The address.
    pub address: IpAddr,
    /// Length of the network's prefix, in bits: at most 32 for IPv4, 128 for IPv6.
    pub prefix: u8,
}

/// The server's numbers for the address families, on every platform.
const IPV4: u8 = 2;
const IPV6: u8 = 3;

impl From<IpAddr> for Inet {
    /// A host, without a network.
    fn from(address: IpAddr) -> Self {
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self { address, prefix }
    }
}

impl fmt::Display for Inet {
    /// As the server reads it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

impl FromSql<'_> for Inet {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let address = match raw {
            [IPV4, _, _, 4, bytes @ ..] => IpAddr::from(<[u8; 4]>::try_from(bytes)?),
            [IPV6, _, _, 16, bytes @ ..] => IpAddr::from(<[u8; 16]>::try_from(bytes)?),
            _ => return Err("an inet of an unknown form".into()),
        };
        Ok(Self {
            address,
            prefix: raw[1],
        })
    }

    accepts!(INET);
}

impl ToSql for Inet {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self.address {
            IpAddr::V4(address) => {
                out.put_slice(&[IPV4, self.prefix, 0, 4]);
                out.put_slice(&Ipv4Addr::octets(&address));
            }
            IpAddr::V6(address) => {
                out.put_slice(&[IPV6, self.prefix, 0, 16]);
                out.put_slice(&Ipv6Addr::octets(&address));
            }
        }
        Ok(IsNull::No)
    }

    accepts!(INET);
    to_sql_checked!();
}

/// An `xid8`: a full transaction id, which never wraps around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xid8(pub u64);

impl fmt::Display for Xid8 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromSql<'_> for Xid8 {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        Ok(Self(u64::from_be_bytes(raw.try_into()?)))
    }

    accepts!(XID8);
}

impl ToSql for Xid8 {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_u64(self.0);
        Ok(IsNull::No)
    }

    accepts!(XID8);
    to_sql_checked!();
}

/// A JSON document as text, decoded when asked: nothing is lost, and an unread payload costs one copy.
#[derive(Clone, Debug)]
pub struct RawJson(Box<RawValue>);

/// The version that stands before the text of a `jsonb` in the protocol.
const JSONB_VERSION: u8 = 1;

impl RawJson {
    /// The document that a value is written as.
    ///
    /// # Errors
    /// When the value cannot be JSON: a map with keys that are not texts, for example.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// A text that is a JSON document.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// The text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value that the document stands for; it may borrow from the text.
    ///
    /// # Errors
    /// When the document is not of that type.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }
}

impl PartialEq for RawJson {
    /// Compares the texts.
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Display for RawJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.get())
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(value: Box<RawValue>) -> Self {
        Self(value)
    }
}

impl FromSql<'_> for RawJson {
    fn from_sql(ty: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let text = match (ty, raw) {
            (&Type::JSONB, [JSONB_VERSION, text @ ..]) => text,
            (&Type::JSONB, _) => return Err("a jsonb of an unknown version".into()),
            _ => raw,
        };
        Ok(Self(serde_json::from_slice(text)?))
    }

    accepts!(JSON, JSONB);
}

impl ToSql for RawJson {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        if *ty == Type::JSONB {
            out.put_u8(JSONB_VERSION);
        }
        out.put_slice(self.get().as_bytes());
        Ok(IsNull::No)
    }

    accepts!(JSON, JSONB);
    to_sql_checked!();
}
