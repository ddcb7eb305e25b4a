//! A policy document: JSON with its author's order and spelling.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What a document is for; the grammar differs (iam-facts 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A managed, inline or boundary policy.
    Identity,
    /// A role's trust policy.
    Trust,
}

/// A policy document. Holds any JSON value, because an account may hold what no spec may: reading never fails on meaning. Clones share it.
#[derive(Clone, Debug)]
pub struct Document(Arc<Value>);

impl Document {
    /// Wraps a JSON value.
    pub fn new(value: Value) -> Self {
        Self(Arc::new(value))
    }

    /// Parses JSON text, whatever it means. Of a key given twice the last counts.
    ///
    /// # Errors
    /// serde_json's, with line and column.
    ///
    /// ```
    /// use iam_policy::Document;
    ///
    /// let error = Document::parse("{\"Version\": ").unwrap_err();
    /// assert_eq!((error.line(), error.column()), (1, 12));
    /// ```
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self::new)
    }

    /// The JSON value, key order as written.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Compact JSON in the author's order: what is sent to IAM. Parsing it gives the same document.
    pub fn to_compact(&self) -> String {
        self.0.to_string()
    }

    /// Where the value lies: as long as one of them lives, documents of one place are the same.
    pub(crate) fn place(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::new)
    }
}
