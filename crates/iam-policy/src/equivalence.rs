//! Equality of two texts, wherever they come from: no account, no partition, nonsense included.

use std::fmt;

use serde_json::Value;

use super::DocumentKind;
use super::canon::{Rules, document, one_or_list};

/// Why two texts cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotComparable {
    /// Not JSON; what is wrong with it, with line and column.
    Json(String),
    /// JSON, but no policy document: what is of a wrong type.
    Shape(&'static str),
}

impl fmt::Display for NotComparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "not JSON: {error}"),
            Self::Shape(what) => write!(f, "not a policy document: {what}"),
        }
    }
}

impl std::error::Error for NotComparable {}

/// Whether two texts are the same policy.
///
/// The rules are those of [`Document::canon`](super::Document::canon), and looser where the account does not speak: an account id is its
/// root ARN in any partition, empty lists and `null` are absent, an empty text is `{}`, and a list with one document is that document.
///
/// # Errors
/// When a text is not JSON, or has text where only an object may stand and the like.
pub fn equivalent_texts(a: &str, b: &str) -> Result<bool, NotComparable> {
    let (a, b) = (read(a)?, read(b)?);
    let rules = Rules { kind: DocumentKind::Trust, partition: None, empty_is_absent: true };
    Ok(document(&a, rules) == document(&b, rules))
}

fn read(text: &str) -> Result<Value, NotComparable> {
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value = serde_json::from_str(text).map_err(|e| NotComparable::Json(e.to_string()))?;
    let value = match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        other => other,
    };
    shape(&value)?;
    Ok(value)
}

/// Refuses what has no reading: the types of the elements that have just one.
fn shape(value: &Value) -> Result<(), NotComparable> {
    let text = |of: &Value, name: &str| of.get(name).is_none_or(|v| v.is_string() || v.is_null());
    if !value.is_object() {
        return Err(NotComparable::Shape("the document is not an object"));
    }
    if !text(value, "Version") || !text(value, "Id") {
        return Err(NotComparable::Shape("Version and Id must be text"));
    }
    for statement in value.get("Statement").map(one_or_list).unwrap_or_default() {
        if !statement.is_object() && !statement.is_null() {
            return Err(NotComparable::Shape("a statement is not an object"));
        }
        if !text(statement, "Sid") || !text(statement, "Effect") {
            return Err(NotComparable::Shape("Sid and Effect must be text"));
        }
        if !statement.get("Condition").is_none_or(|c| c.is_object() || c.is_null()) {
            return Err(NotComparable::Shape("Condition must be an object"));
        }
    }
    Ok(())
}
