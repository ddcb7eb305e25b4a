//! Newtypes for the plain names of IAM.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A twelve-digit AWS account id. Leading zeros belong to it, so it is text and never a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Parses exactly twelve ASCII digits; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Self(text.to_owned()))
    }

    /// The account id of an embedded account that does not say otherwise: `000000000000`.
    pub fn zero() -> Self {
        Self("000000000000".to_owned())
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an account id is twelve digits, written as a string"))
    }
}

/// The name of an entity as its author spells it, compared as IAM compares it: ignoring (ASCII) case.
///
/// IAM stores the case given at creation and refuses a second entity whose name differs only by case (iam-facts 3.3).
#[derive(Clone, Debug)]
pub struct Name(String);

impl Name {
    /// Wraps a name without checking it; the rules of each kind are in [`super::check_name`].
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name in the spelling it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both spell the name with the same case.
    pub fn same_spelling(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let fold = |b: u8| b.to_ascii_lowercase();
        self.0.bytes().map(fold).cmp(other.0.bytes().map(fold))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for b in self.0.bytes() {
            state.write_u8(b.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self)
    }
}

/// The id of a managed policy version, `v<number>`; ordered by the number (`v2` before `v10`).
///
/// IAM's pattern also admits a suffix after a dot, which orders after the number (iam-facts 2.3.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId {
    number: u64,
    suffix: String,
}

impl VersionId {
    /// `v<number>`.
    pub fn new(number: u64) -> Self {
        Self { number, suffix: String::new() }
    }

    /// Parses `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('v')?;
        let (digits, suffix) = match rest.find('.') {
            Some(dot) => rest.split_at(dot),
            None => (rest, ""),
        };
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let tail = suffix.bytes().skip(1).all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain || !tail {
            return None;
        }
        Some(Self { number: digits.parse().ok()?, suffix: suffix.to_owned() })
    }

    /// The number after the `v`.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}{}", self.number, self.suffix)
    }
}

impl Serialize for VersionId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a policy version id (`v1`, `v2`, …)")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_case_are_one_name() {
        assert_eq!(Name::new("Deploy"), Name::new("deploy"));
        assert!(!Name::new("Deploy").same_spelling(&Name::new("deploy")));
        let set: std::collections::BTreeSet<Name> = [Name::new("a"), Name::new("A"), Name::new("b")].into();
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn versions_order_by_number() {
        let v = |t| VersionId::parse(t).unwrap();
        assert!(v("v2") < v("v10"));
        assert!(VersionId::parse("v0").is_none() && VersionId::parse("2").is_none() && VersionId::parse("v").is_none());
        assert_eq!(v("v3.a-1").to_string(), "v3.a-1");
    }

    #[test]
    fn account_ids_keep_leading_zeros() {
        assert_eq!(AccountId::parse("012345678901").unwrap().to_string(), "012345678901");
        assert!(AccountId::parse("12345678901").is_none());
    }
}
