//! A YAML value with its place: what every later step reads.

use std::sync::Arc;

use serde_json::{Map, Number, Value};

use crate::spec::text::Pos;

/// How a scalar that YAML itself could type was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// In quotes, as a block, or put in for a variable: text whatever it looks like.
    Quoted,
    /// Without quotes, and text to YAML.
    Text,
    /// Without quotes, and a boolean to YAML.
    Bool,
    /// Without quotes, and a number to YAML.
    Number,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as its author wrote it: `1.0` and `0o17` keep their spelling.
    Scalar(Arc<str>, Plain),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping in the author's order; keys are scalars.
    Map(Vec<(Node, Node)>),
}

/// A value and where it stands. A mapping or list stands where its first member stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where.
    pub at: Pos,
    /// What.
    pub kind: Kind,
}

impl Node {
    /// Text at a place.
    pub fn text(at: Pos, text: &str) -> Self {
        Self { at, kind: Kind::Scalar(text.into(), Plain::Quoted) }
    }

    /// The text of a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, v)| v)
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The kind in an error: ``a list``.
    pub fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(_, Plain::Quoted | Plain::Text) => "text",
            Kind::Scalar(_, Plain::Bool) => "a boolean",
            Kind::Scalar(_, Plain::Number) => "a number",
            Kind::Seq(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// The JSON value; plain numbers and booleans keep their type, everything else is text.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Scalar(text, Plain::Bool) => Value::Bool(text.eq_ignore_ascii_case("true")),
            Kind::Scalar(text, Plain::Number) => number(text).map_or_else(|| Value::from(&**text), Value::Number),
            Kind::Scalar(text, _) => Value::from(&**text),
            Kind::Seq(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => {
                let members = entries.iter().map(|(k, v)| (k.as_str().unwrap_or_default().to_owned(), v.to_json()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// Calls `f` on every node of this value, the keys of mappings included.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        match &self.kind {
            Kind::Null | Kind::Scalar(..) => {}
            Kind::Seq(items) => items.iter().for_each(|item| item.walk(f)),
            Kind::Map(entries) => {
                for (key, value) in entries {
                    f(key);
                    value.walk(f);
                }
            }
        }
    }

    /// The same value, all of it at one place: how what a template makes points at its use.
    pub fn placed(&self, at: Pos) -> Self {
        let kind = match &self.kind {
            Kind::Null | Kind::Scalar(..) => self.kind.clone(),
            Kind::Seq(items) => Kind::Seq(items.iter().map(|item| item.placed(at)).collect()),
            Kind::Map(entries) => Kind::Map(entries.iter().map(|(k, v)| (k.placed(at), v.placed(at))).collect()),
        };
        Self { at, kind }
    }
}

/// A JSON number from YAML's spelling; text of other spellings (`0o17`, `.inf`, `1_000`) stays text.
fn number(text: &str) -> Option<Number> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Ok(n) = plain.parse::<u64>() {
        return Some(n.into());
    }
    if let Ok(n) = plain.parse::<i64>() {
        return Some(n.into());
    }
    serde_json::from_str(plain).ok()
}
