//! Identifiers: 128 bits, ordered by creation time, made without a central authority.
//!
//! The upper 48 bits are milliseconds since 1970, the others are random; the layout is that of UUID version 7 (RFC 9562),
//! written as 32 hexadecimal digits because MLflow clients expect that form. Each noun has its own type, so that a user's id
//! cannot be used in place of a run's id.

use std::{fmt, str::FromStr};

use crate::{Malformed, Time, as_text::serde_as_text};

/// Makes a UUID version 7 from a time and 80 random bits.
pub(crate) const fn uuid_v7(now: Time, random: [u8; 10]) -> u128 {
    let millis = (now.micros() / 1000) as u128 & 0xffff_ffff_ffff;
    let mut low = 0_u128;
    let mut i = 0;
    while i < 10 {
        low = low << 8 | random[i] as u128;
        i += 1;
    }
    let version = 0x7_u128 << 76;
    let variant = 0b10_u128 << 62;
    let rand_a = (low >> 64 & 0xfff) << 64;
    let rand_b = low & 0x3fff_ffff_ffff_ffff;
    millis << 80 | version | rand_a | variant | rand_b
}

/// Declares types of ids, in the file of their noun.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// A new id from the time and ten random bytes.
            pub const fn mint(now: $crate::Time, random: [u8; 10]) -> Self {
                Self($crate::id::uuid_v7(now, random))
            }
            pub const fn from_u128(value: u128) -> Self {
                Self(value)
            }
            /// When it was minted, to the millisecond.
            pub const fn minted(self) -> $crate::Time {
                $crate::Time::from_micros((self.0 >> 80) as i64 * 1000)
            }
            pub const fn as_u128(self) -> u128 {
                self.0
            }
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::id::write_hex(self.0, f)
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::Malformed;
            fn from_str(text: &str) -> Result<Self, $crate::Malformed> {
                $crate::id::parse_hex(text).map(Self)
            }
        }
        $crate::as_text::serde_as_text!($name);

        impl $crate::sample::Sampled for $name {
            fn sample(g: &mut $crate::sample::Generator) -> Self {
                Self(g.id())
            }
        }
    )*};
}
pub(crate) use ids;

ids! {
    /// Names one fact.
    FactId
    /// Names one run.
    RunId
    /// Names one version of a dataset.
    DatasetId
    /// Names a claim; it stays the same when the claim is stated again.
    ClaimId
    /// Names a publication.
    PublicationId
    /// Names a repair.
    RepairId
    /// Names a runner: a program that starts processes for one Unix user in one pool.
    RunnerId
    /// Names a user account.
    UserId
    /// Names an access token; it is not the secret.
    TokenId
    /// Names an actor: a user, an attempt's own token, a runner or the system. It is opaque, so it may stay in headers that are
    /// never erased.
    ActorId
}

/// The 32 digits, from a table: ids are written with every fact, and the standard number formatter takes several times as long.
pub(crate) fn write_hex(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(value.to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

pub(crate) fn parse_hex(text: &str) -> Result<u128, Malformed> {
    let malformed = || Malformed::Id(text.to_owned());
    if text.len() != 32 {
        return Err(malformed());
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(malformed);
    text.bytes().try_fold(0, |value, byte| Ok(value << 4 | u128::from(digit(byte)?)))
}

impl ActorId {
    /// Hven itself: for actions that follow from a rule and not from a person's request.
    pub const SYSTEM: Self = Self(0);
}

impl From<UserId> for ActorId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}
impl From<RunnerId> for ActorId {
    fn from(id: RunnerId) -> Self {
        Self(id.0)
    }
}
impl From<RunId> for ActorId {
    fn from(id: RunId) -> Self {
        Self(id.0)
    }
}

/// One attempt at a run: the run and its number, counted from 1. Written `<run>.<number>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    pub run: RunId,
    pub number: u32,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.number)
    }
}
impl FromStr for AttemptId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::Id(text.to_owned());
        let (run, number) = text.split_once('.').ok_or_else(malformed)?;
        Ok(Self { run: run.parse()?, number: number.parse().map_err(|_| malformed())? })
    }
}
serde_as_text!(AttemptId);

crate::sample::sampled! {
    AttemptId { run, number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_7_and_ordered_by_time() {
        let early = RunId::mint(Time::from_micros(1_700_000_000_000_000), [0xff; 10]);
        let late = RunId::mint(Time::from_micros(1_700_000_000_001_000), [0; 10]);
        assert!(early < late);
        let text = early.to_string();
        assert_eq!((&text[12..13], &text[..12]), ("7", "018bcfe56800"));
        assert!(matches!(&text[16..17], "8" | "9" | "a" | "b"));
        assert_eq!(text.parse::<RunId>(), Ok(early));
        assert_eq!(late.minted(), Time::from_micros(1_700_000_000_001_000));
    }

    #[test]
    fn bad_ids_are_refused() {
        for bad in ["", "7Q2M", "g".repeat(32).as_str(), "+".repeat(32).as_str(), "0".repeat(33).as_str()] {
            assert!(bad.parse::<RunId>().is_err(), "{bad}");
        }
        assert!("018bcfe5687fffffbfffffffffffffff.x".parse::<AttemptId>().is_err());
    }

    #[test]
    fn attempts_round_trip() {
        let attempt = AttemptId { run: RunId::from_u128(7), number: 3 };
        assert_eq!(attempt.to_string().parse(), Ok(attempt));
        let json = serde_json::to_string(&attempt).expect("ids serialise");
        assert_eq!(serde_json::from_str::<AttemptId>(&json).expect("ids deserialise"), attempt);
    }
}
