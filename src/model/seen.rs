//! Field states: what a spec may leave open, and what a reading may not know (INVARIANT (unread-is-not-absent)).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a spec says of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Want<T> {
    /// Nothing: whatever is there stays.
    #[default]
    Leave,
    /// Exactly this.
    Exactly(T),
}

impl<T> Want<T> {
    /// The wanted value, if the spec says one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Leave => None,
            Self::Exactly(v) => Some(v),
        }
    }
}

impl<T> From<Option<T>> for Want<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Leave, Self::Exactly)
    }
}

/// What a reading says of a field. In JSON an unread field is left out, and a field that is read and has no value is `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen<T> {
    /// It was not read: nothing may be concluded from it.
    #[default]
    Unread,
    /// It was read, and this is it.
    Value(T),
}

impl<T> Seen<T> {
    /// The value, if it was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Unread => None,
            Self::Value(v) => Some(v),
        }
    }

    /// The value to change, if it was read.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Unread => None,
            Self::Value(v) => Some(v),
        }
    }

    /// Whether nothing is known.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Unread)
    }
}

impl<T> From<T> for Seen<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Seen<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            // Fields of this type carry `skip_serializing_if = "Seen::is_unread"`.
            Self::Unread => s.serialize_none(),
            Self::Value(v) => v.serialize(s),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Seen<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        T::deserialize(d).map(Self::Value)
    }
}

impl<T: JsonSchema> JsonSchema for Seen<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
