//! Whose is it: which entities this stack owns, which it may take, and which it must leave (contract 5).
//!
//! Ownership is a tag on the entity, put on in the create call itself; the account is the only state.

mod forbid;
mod hold;
mod marks;
mod principals;
mod settings;

pub use crate::policy::pattern::matches as glob_matches;
pub use forbid::ForbidRule;
pub use hold::{HOLD, HeldDocument, Hold, document_of};
pub use marks::{Marks, is_memory_key, is_reserved_key, is_tag_memory_key, remembers};
pub use principals::PrincipalPattern;
pub use settings::{Guards, Ignore, Settings};

use crate::model::{Seen, Tags};
use crate::names::EntityKind;

/// Whom an entity belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This stack.
    Ours,
    /// This stack, under an earlier name that is to be rewritten.
    Formerly(String),
    /// Another iamctl stack.
    Stack(String),
    /// A CloudFormation stack.
    CloudFormation(String),
    /// Nobody that says so.
    Nobody,
    /// Its tags were not read: nothing may be decided from them.
    Unknown,
}

impl Owner {
    /// Whether the entity carries this stack's mark, of today or of an earlier name.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Ours | Self::Formerly(_))
    }

    /// Reads the owner from an entity's tags.
    pub fn of(kind: EntityKind, tags: &Seen<Tags>, settings: &Settings) -> Self {
        let Some(tags) = tags.value() else { return Self::Unknown };
        if let Some(stack) = find(kind, tags, &settings.tag_key) {
            if stack == settings.stack {
                return Self::Ours;
            }
            if settings.formerly.iter().any(|old| old == stack) {
                return Self::Formerly(stack.to_owned());
            }
            return Self::Stack(stack.to_owned());
        }
        match find(kind, tags, "aws:cloudformation:stack-name") {
            Some(stack) => Self::CloudFormation(stack.to_owned()),
            None => Self::Nobody,
        }
    }
}

/// A tag's value by key, with the kind's rule for case.
pub fn find<'a>(kind: EntityKind, tags: &'a Tags, key: &str) -> Option<&'a str> {
    let exact = tags.get(key);
    let found = match exact {
        None if kind.tag_keys_ignore_case() => tags.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v),
        found => found,
    };
    found.map(String::as_str)
}
