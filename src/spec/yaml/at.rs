//! Building blocks of the spec's types: a value with its place, mappings and lists that keep going past a fault.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::node::{Kind, Node};
use crate::spec::text::{Pos, Via};

pub(super) const AT: &str = "iamctl::At";
pub(super) const RAW: &str = "iamctl::Raw";

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// Where.
    pub at: Pos,
    /// The value.
    pub value: T,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Pair<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pair<T> {
            type Value = At<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<At<T>, A::Error> {
                let lost = || de::Error::custom("a value without its place");
                let place: u64 = access.next_element()?.ok_or_else(lost)?;
                let via: u32 = access.next_element()?.ok_or_else(lost)?;
                let value = access.next_element()?.ok_or_else(lost)?;
                let half = |n: u64| u32::try_from(n & 0xffff_ffff).unwrap_or(u32::MAX);
                let at = Pos { file: half(place >> 32), offset: half(place), via: Via::from_bits(via) };
                Ok(At { at, value })
            }
        }
        d.deserialize_tuple_struct(AT, 3, Pair(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // The reader takes any scalar for text: `tags: {cost: 12}`.
        match T::schema_name() == "string" {
            true => json_schema!({"type": ["string", "number", "boolean"]}),
            false => T::json_schema(generator),
        }
    }
}

thread_local! {
    /// Carries one node past serde, which has no word for it; filled and emptied within one call.
    static HANDED: RefCell<Option<Node>> = const { RefCell::new(None) };
}

pub(super) fn hand_over(node: &Node) {
    HANDED.with_borrow_mut(|slot| *slot = Some(node.clone()));
}

/// Any value as it stands: policy documents and conditions, which have a grammar of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw(pub Node);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Take;
        impl Visitor<'_> for Take {
            type Value = Raw;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
                HANDED.with_borrow_mut(Option::take).map(Raw).ok_or_else(|| E::custom("a value without its place"))
            }
        }
        d.deserialize_newtype_struct(RAW, Take)
    }
}

impl JsonSchema for Raw {
    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// How often a reader goes on past a fault.
const MAX_FAULTS: usize = 200;

/// A mapping from names to values, in the author's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Entries<T> {
    /// The entries.
    pub list: Vec<(At<String>, T)>,
    /// Names whose values do not fit; they are declared all the same.
    pub faulty: Vec<At<String>>,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { list: Vec::new(), faulty: Vec::new() }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping from names to values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Entries::default();
                while let Some(name) = access.next_key::<At<String>>()? {
                    // Each time without the part that was faulty the time before.
                    let value = (0..MAX_FAULTS).find_map(|_| access.next_value().ok());
                    match value {
                        Some(value) => entries.list.push((name, value)),
                        None => entries.faulty.push(name),
                    }
                }
                Ok(entries)
            }
        }
        d.deserialize_map(EntriesVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        // An entity with nothing to say may be written as a bare name: `alice:`.
        let value = match value.get("$ref") {
            Some(_) => json_schema!({"anyOf": [value, {"type": "null"}]}),
            None => value,
        };
        json_schema!({"type": ["object", "null"], "additionalProperties": value})
    }
}

/// A list that goes on past faulty items.
#[derive(Clone, Debug, PartialEq)]
pub struct Items<T>(pub Vec<T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

fn gather<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut access: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    let mut faults = 0;
    loop {
        match access.next_element() {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return Ok(items),
            Err(fault) if faults == MAX_FAULTS => return Err(fault),
            Err(_) => faults += 1,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct ItemsVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ItemsVisitor<T> {
            type Value = Items<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Items<T>, A::Error> {
                gather(access).map(Items)
            }
        }
        d.deserialize_seq(ItemsVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Items<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({"anyOf": [{"type": "array", "items": item}, {"type": "null"}, {"type": "string", "pattern": "^\\$\\{[^}]+\\}$"}]})
    }
}

/// One text, or a list of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OneOrMany(pub Vec<At<String>>);

impl OneOrMany {
    /// The texts without their places.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|t| t.value.clone()).collect()
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(d)?;
        let text = |node: &Node| match &node.kind {
            Kind::Scalar(text, _) => Ok(At { at: node.at, value: text.to_string() }),
            _ => Err(de::Error::custom(format!("expected text or a list of texts, found {}", node.noun()))),
        };
        match &raw.0.kind {
            Kind::Seq(items) => items.iter().map(text).collect::<Result<_, _>>().map(Self),
            _ => text(&raw.0).map(|one| Self(vec![one])),
        }
    }
}

impl JsonSchema for OneOrMany {
    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One text, or a list of texts",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        })
    }
}
