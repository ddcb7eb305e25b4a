//! From [`Node`]s to the plain types of `shape`: every fault with its place, and as many faults as there are.
//!
//! A value that does not fit is recorded and set aside, and its parent is read again without it, so that one run
//! reports every fault and what does fit is still checked further.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::value::{StrDeserializer, U64Deserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::at::{AT, RAW, hand_over};
use super::node::{Kind, Node, Plain};
use crate::diag::{did_you_mean, nearest};
use crate::spec::mistakes;
use crate::spec::text::Pos;

/// A fault with its point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Pos,
    /// Kebab-case word.
    pub code: &'static str,
    /// Headline.
    pub message: String,
    /// Next move.
    pub help: Option<String>,
}

/// Reads values and gathers their faults.
#[derive(Debug, Default)]
pub struct Decoder {
    problems: RefCell<Vec<Problem>>,
    /// Values set aside, by address; nodes do not move while a decoder reads them.
    aside: RefCell<BTreeSet<usize>>,
    faulty: RefCell<FaultyKeys>,
    /// Keys that were read as another, by address; each is told once.
    respelt: RefCell<BTreeSet<usize>>,
}

/// The keys of mappings (by where the mapping stands) below which something was set aside: what they lack has been told.
pub type FaultyKeys = BTreeMap<Pos, BTreeSet<String>>;

/// YAML's merge key, which is not supported.
pub const MERGE_KEY: &str = "<<";

/// Most faults that one document records; more than anyone reads, and each holds its line.
const MOST_RECORDED: usize = 2000;

/// How often one value is read again; far more faults than anyone mends in one go.
const MAX_ROUNDS: usize = 64;

impl Decoder {
    /// Reads one value; `None` when nothing of it can be kept. Faults are added to [`Self::into_problems`].
    pub fn read<T: for<'n> Deserialize<'n>>(&self, node: &Node) -> Option<T> {
        for _ in 0..MAX_ROUNDS {
            match T::deserialize(De { node, decoder: self }) {
                Ok(value) => return Some(value),
                Err(fault) => {
                    let at_root = fault.recorded.is_none();
                    self.record(fault, node.at, node);
                    if at_root || self.is_aside(node) {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// The faults so far, in the order in which they were met.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// The keys below which something was set aside.
    pub fn faulty_keys(&self) -> FaultyKeys {
        self.faulty.borrow().clone()
    }

    fn mark(&self, mapping: Pos, key: &Node) {
        let Some(key) = key.as_str() else { return };
        self.faulty.borrow_mut().entry(mapping).or_default().insert(key.to_owned());
    }

    /// Tells a key that is read as the one that is meant.
    fn respell(&self, key: &Node, meant: &str) {
        if self.respelt.borrow_mut().insert(address(key)) && self.problems.borrow().len() < MOST_RECORDED {
            let message = format!("unknown key `{}`", shown(key.as_str().unwrap_or_default()));
            let help = Some(format!("did you mean `{meant}`?"));
            self.problems.borrow_mut().push(Problem { at: key.at, code: "unknown-key", message, help });
        }
    }

    fn is_aside(&self, node: &Node) -> bool {
        self.aside.borrow().contains(&address(node))
    }

    /// Records a fault once, at the innermost value that has a place.
    fn record(&self, mut fault: Fault, at: Pos, set_aside: &Node) -> Fault {
        if fault.recorded.is_none() {
            fault.recorded = Some(());
            self.aside.borrow_mut().insert(address(set_aside));
            if !fault.silent && self.problems.borrow().len() < MOST_RECORDED {
                let Fault { code, ref message, ref help, .. } = fault;
                self.problems.borrow_mut().push(Problem { at, code, message: message.clone(), help: help.clone() });
            }
        }
        fault
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Why a value does not fit.
#[derive(Debug)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
    help: Option<String>,
    missing: Option<&'static str>,
    silent: bool,
    recorded: Option<()>,
}

impl Fault {
    fn new(code: &'static str, message: String) -> Self {
        Self { code, message, help: None, missing: None, silent: false, recorded: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

fn found(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Map | Unexpected::StructVariant => "a mapping".to_owned(),
        Unexpected::Seq | Unexpected::TupleVariant => "a list".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Str(text) => format!("`{}`", text.chars().take(60).collect::<String>().escape_debug()),
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("`{n}`"),
        Unexpected::Signed(n) => format!("`{n}`"),
        Unexpected::Float(n) => format!("`{n}`"),
        _ => "something else".to_owned(),
    }
}

fn expected(exp: &dyn de::Expected) -> String {
    match exp.to_string().as_str() {
        "a string" => "text".to_owned(),
        "u32" => "a whole number".to_owned(),
        other => other.to_owned(),
    }
}

/// The next move for a value of the wrong shape.
fn instead(unexpected: &Unexpected<'_>, expected: &str) -> String {
    match (expected, unexpected) {
        ("a list", Unexpected::Str(text)) if text.len() <= 60 => format!("write a list: `[{}]`", text.escape_debug()),
        ("a list", Unexpected::Map) => "put `- ` before every entry, or the entries into `[…]`".to_owned(),
        ("a list", _) => "write a list: `[…]`, or lines that begin with `- `".to_owned(),
        ("text", Unexpected::Unit) => "write a value (`\"\"` is the empty text), or leave the key out".to_owned(),
        ("text", _) => "write one value here".to_owned(),
        ("a mapping from names to values", _) => {
            "write lines of `name: value`, indented below the key and without `- `".to_owned()
        }
        ("a whole number", _) => "write digits without quotes".to_owned(),
        ("`true` or `false`", _) => "write `true` or `false`, or leave the key out".to_owned(),
        (long, Unexpected::Str(text)) if long.starts_with("a trust entry") => format!("write `{}`", mistakes::trust_entry(text)),
        (long, _) if long.contains(": a mapping") => "write lines of `key: value`, indented below".to_owned(),
        (other, _) => format!("write {other}"),
    }
}

impl de::Error for Fault {
    /// Text of the form `message; help` is split at the first semicolon.
    fn custom<T: fmt::Display>(text: T) -> Self {
        let text = text.to_string();
        match text.split_once("; ") {
            Some((message, help)) => Self { help: Some(help.to_owned()), ..Self::new("wrong-value", message.to_owned()) },
            None => Self::new("wrong-value", text),
        }
    }
    fn invalid_type(unexpected: Unexpected<'_>, exp: &dyn de::Expected) -> Self {
        let expected = expected(exp);
        let help = Some(instead(&unexpected, &expected));
        Self { help, ..Self::new("wrong-type", format!("expected {expected}, found {}", found(&unexpected))) }
    }
    fn invalid_value(unexpected: Unexpected<'_>, exp: &dyn de::Expected) -> Self {
        let expected = expected(exp);
        let help = Some(instead(&unexpected, &expected));
        Self { help, ..Self::new("wrong-value", format!("expected {expected}, found {}", found(&unexpected))) }
    }
    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self {
            help: Some(
                mistakes::key(field, known)
                    .or_else(|| mistakes::respelling(field, known).map(|meant| format!("did you mean `{meant}`?")))
                    .unwrap_or_else(|| choices(field, known, "the keys here are")),
            ),
            ..Self::new("unknown-key", format!("unknown key `{}`", shown(field)))
        }
    }
    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self {
            help: Some(choices(variant, known, "write one of")),
            ..Self::new("unknown-value", format!("unknown value `{}`", shown(variant)))
        }
    }
    fn missing_field(field: &'static str) -> Self {
        let help = Some(format!("add `{field}:`"));
        Self { help, missing: Some(field), ..Self::new("missing-key", format!("the key `{field}` is missing")) }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect::<String>().escape_debug().to_string()
}

fn choices(word: &str, known: &[&str], lead: &str) -> String {
    let list = || known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    did_you_mean(word, known.iter().copied()).unwrap_or_else(|| format!("{lead} {}", list()))
}

/// One node as a deserializer.
#[derive(Clone, Copy)]
struct De<'n, 'd> {
    node: &'n Node,
    decoder: &'d Decoder,
}

impl<'n> De<'n, '_> {
    fn unexpected(self) -> Unexpected<'n> {
        match &self.node.kind {
            Kind::Null => Unexpected::Unit,
            Kind::Scalar(text, _) => Unexpected::Str(text),
            Kind::Seq(_) => Unexpected::Seq,
            Kind::Map(_) => Unexpected::Map,
        }
    }

    fn wrong<'v, V: Visitor<'v>>(self, visitor: &V) -> Fault {
        de::Error::invalid_type(self.unexpected(), visitor)
    }

    fn map<'v, V: Visitor<'v>>(
        self,
        entries: &'n [(Node, Node)],
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let at = self.node.at;
        let there = entries;
        visitor.visit_map(Entries { at, there, fields, entries, current: None, decoder: self.decoder }).map_err(|mut fault| {
            // A key that is there and faulty, or misspelt, has its own error.
            let lost = |field| {
                let mut aside = entries.iter().filter(|(_, v)| self.decoder.is_aside(v)).filter_map(|(k, _)| k.as_str());
                aside.any(|key| nearest(key, [field]).is_some())
            };
            fault.silent |= fault.missing.is_some_and(lost);
            fault
        })
    }

    fn seq<'v, V: Visitor<'v>>(self, items: &'n [Node], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Items { items, decoder: self.decoder })
    }
}

impl<'de> Deserializer<'de> for De<'_, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Scalar(text, Plain::Bool) => visitor.visit_bool(text.eq_ignore_ascii_case("true")),
            Kind::Scalar(text, Plain::Number) => match (text.parse::<u64>(), text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(n), _, _) => visitor.visit_u64(n),
                (_, Ok(n), _) => visitor.visit_i64(n),
                (_, _, Ok(n)) => visitor.visit_f64(n),
                _ => visitor.visit_str(text),
            },
            Kind::Scalar(text, _) => visitor.visit_str(text),
            Kind::Seq(items) => self.seq(items, visitor),
            Kind::Map(entries) => self.map(entries, &[], visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Scalar(text, _) => visitor.visit_str(text),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Seq(items) => self.seq(items, visitor),
            Kind::Null => self.seq(&[], visitor),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Map(entries) => self.map(entries, fields, visitor),
            Kind::Null => self.map(&[], fields, visitor),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Scalar(text, _) if variants.contains(&&**text) => visitor.visit_enum(StrDeserializer::new(text)),
            Kind::Scalar(text, _) => Err(de::Error::unknown_variant(text, variants)),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if name == RAW {
            hand_over(self.node);
            return visitor.visit_unit();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, name: &'static str, _: usize, visitor: V) -> Result<V::Value, Fault> {
        if name == AT {
            return visitor.visit_seq(Placed { de: self, given: 0 });
        }
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple ignored_any
    }
}

/// A value with its place (file and offset, then the instance), as the triple that [`super::At`] reads.
struct Placed<'n, 'd> {
    de: De<'n, 'd>,
    given: u8,
}

impl<'de> SeqAccess<'de> for Placed<'_, '_> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Pos { file, offset, via } = self.de.node.at;
        self.given += 1;
        let place: U64Deserializer<Fault> = match self.given {
            1 => ((u64::from(file) << 32) | u64::from(offset)).into_deserializer(),
            2 => u64::from(via.bits()).into_deserializer(),
            _ => return seed.deserialize(self.de).map(Some),
        };
        seed.deserialize(place).map(Some)
    }
}

struct Items<'n, 'd> {
    items: &'n [Node],
    decoder: &'d Decoder,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;
    /// A faulty item is recorded and answered with an error; asking again goes on after it.
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        while let Some((item, rest)) = self.items.split_first() {
            if self.decoder.is_aside(item) {
                self.items = rest;
                continue;
            }
            let value = seed.deserialize(De { node: item, decoder: self.decoder });
            return match value {
                Ok(value) => {
                    self.items = rest;
                    Ok(Some(value))
                }
                Err(fault) => Err(self.decoder.record(fault, item.at, item)),
            };
        }
        Ok(None)
    }
}

struct Entries<'n, 'd> {
    /// Where the mapping stands.
    at: Pos,
    /// All of it.
    there: &'n [(Node, Node)],
    /// The keys that the type has; none for a mapping whose keys are names.
    fields: &'static [&'static str],
    /// What is left.
    entries: &'n [(Node, Node)],
    current: Option<&'n (Node, Node)>,
    decoder: &'d Decoder,
}

impl Entries<'_, '_> {
    /// The key that one which the type does not have is meant to be, so that what stands below it is read.
    fn meant(&self, key: &Node) -> Option<&'static str> {
        let word = key.as_str().filter(|word| !self.fields.is_empty() && !self.fields.contains(word))?;
        let meant = mistakes::respelling(word, self.fields)?;
        (!self.there.iter().any(|(key, _)| key.as_str() == Some(meant))).then_some(meant)
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        while let Some((entry @ (key, value), rest)) = self.entries.split_first() {
            self.entries = rest;
            if self.decoder.is_aside(value) {
                continue;
            }
            // The reader has reported it.
            if key.as_str() == Some(MERGE_KEY) {
                self.decoder.mark(self.at, key);
                continue;
            }
            self.current = Some(entry);
            if let Some(meant) = self.meant(key) {
                self.decoder.respell(key, meant);
                return seed.deserialize(StrDeserializer::new(meant)).map(Some);
            }
            return match seed.deserialize(De { node: key, decoder: self.decoder }) {
                Ok(key) => Ok(Some(key)),
                Err(fault) => {
                    self.decoder.mark(self.at, key);
                    Err(self.decoder.record(fault, key.at, value))
                }
            };
        }
        Ok(None)
    }

    /// A faulty value is recorded and answered with an error; asking again reads it without its faulty part.
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, value)) = self.current else { return Err(de::Error::custom("a value without a key")) };
        if self.decoder.is_aside(value) {
            let mut fault = Fault::new("wrong-value", String::new());
            fault.recorded = Some(());
            return Err(fault);
        }
        let before = self.decoder.problems.borrow().len();
        let read = seed.deserialize(De { node: value, decoder: self.decoder });
        let read = read.map_err(|mut fault| {
            if fault.recorded.is_none()
                && let Some(meant) = key.as_str().and_then(|key| mistakes::value(key, value))
            {
                fault.help = Some(meant);
            }
            self.decoder.record(fault, value.at, value)
        });
        if self.decoder.problems.borrow().len() > before {
            self.decoder.mark(self.at, key);
        }
        read
    }
}
