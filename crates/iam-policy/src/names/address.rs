//! Addresses: how a person names one entity, `role/basic-role`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Name;

/// The kinds of entity that iamctl manages. The order is the one in which plans list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// An OpenID Connect provider, named by its host and path.
    OidcProvider,
    /// A SAML provider.
    SamlProvider,
    /// A customer managed policy.
    Policy,
    /// A role that is not service-linked.
    Role,
    /// An instance profile.
    InstanceProfile,
    /// A service-linked role, named by its service principal, with `/SUFFIX` where it has one.
    ServiceLinkedRole,
    /// A user.
    User,
    /// A group.
    Group,
}

impl EntityKind {
    /// Every kind, in plan order.
    pub const ALL: [Self; 8] = [
        Self::OidcProvider,
        Self::SamlProvider,
        Self::Policy,
        Self::Role,
        Self::InstanceProfile,
        Self::ServiceLinkedRole,
        Self::User,
        Self::Group,
    ];

    /// The word before the slash of an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Policy => "policy",
            Self::User => "user",
            Self::Group => "group",
            Self::InstanceProfile => "instance-profile",
            Self::ServiceLinkedRole => "service-linked-role",
            Self::OidcProvider => "oidc-provider",
            Self::SamlProvider => "saml-provider",
        }
    }

    /// The kind in the middle of a sentence: `instance profile`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Policy => "policy",
            Self::User => "user",
            Self::Group => "group",
            Self::InstanceProfile => "instance profile",
            Self::ServiceLinkedRole => "service-linked role",
            Self::OidcProvider => "OIDC provider",
            Self::SamlProvider => "SAML provider",
        }
    }

    /// Whether IAM can put tags on this kind; groups have none (iam-facts 2.4).
    pub fn taggable(self) -> bool {
        self != Self::Group
    }

    /// Whether tag keys of this kind ignore case: roles (service-linked ones too) and users (iam-facts 2.4).
    pub fn tag_keys_ignore_case(self) -> bool {
        matches!(self, Self::Role | Self::ServiceLinkedRole | Self::User)
    }
}

/// One entity of an account, as `kind/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// What it is.
    pub kind: EntityKind,
    /// Its name; the path is not part of it.
    pub name: Name,
}

impl Address {
    /// An address from its parts.
    pub fn new(kind: EntityKind, name: impl Into<Name>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.name)
    }
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// What was read.
    pub text: String,
    /// The likeliest kind word, when one is close.
    pub suggestion: Option<&'static str>,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an address", self.text.escape_debug())?;
        match self.suggestion {
            Some(word) => write!(f, "; did you mean `{word}/NAME`?"),
            None => f.write_str("; write KIND/NAME, as in `role/my-role` or `policy/my-policy`"),
        }
    }
}

impl std::error::Error for AddressError {}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |suggestion| AddressError { text: text.to_owned(), suggestion };
        let (word, name) = text.split_once('/').ok_or_else(|| error(None))?;
        let kind = EntityKind::ALL.into_iter().find(|k| k.word() == word);
        match kind {
            Some(kind) if !name.is_empty() => Ok(Self::new(kind, name)),
            Some(kind) => Err(error(Some(kind.word()))),
            None => {
                let near = EntityKind::ALL.into_iter().map(EntityKind::word).min_by_key(|k| strsim::levenshtein(k, word));
                Err(error(near.filter(|k| strsim::levenshtein(k, word) <= 2)))
            }
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for EntityKind {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for EntityKind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::ALL
            .into_iter()
            .find(|k| k.word() == text)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown entity kind `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_parse_and_print_back() {
        for text in [
            "role/a",
            "service-linked-role/autoscaling.amazonaws.com/blue",
            "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_misspelt_kind_is_suggested() {
        let error = "rol/a".parse::<Address>().unwrap_err().to_string();
        assert!(error.contains("did you mean `role/NAME`"), "{error}");
        assert!("a".parse::<Address>().is_err() && "role/".parse::<Address>().is_err());
    }
}
