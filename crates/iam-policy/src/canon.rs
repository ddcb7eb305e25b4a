//! The normal form: two documents with the same normal form are the same document (iam-facts 5.7; INVARIANT (canon)).
//!
//! A normal form is text, built so that different meanings never share one: sets are sorted lists of JSON texts, objects have sorted
//! keys, and whatever the language has no place for stands verbatim (keys sorted) under `?`. Any JSON value has a normal form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::data::{EFFECTS, OLD_VERSION};
use super::operator::Operator;
use super::{Document, DocumentKind};
use crate::names::{AccountId, Arn};

/// A document's normal form. Equal forms: the same document, whatever its spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canon(String);

impl Canon {
    /// Sixteen bytes of the form's SHA-256, in hexadecimal: stable across runs, machines and spellings; the same of what is [`equal`].
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Canon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Document {
    /// The normal form under the rules of iam-facts 5.7. `partition` is the account's: an account id as principal is the root ARN there.
    pub fn canon(&self, kind: DocumentKind, partition: &str) -> Canon {
        Canon(document(self.value(), Rules { kind, partition: Some(partition), empty_is_absent: false }))
    }
}

/// Whether two documents say the same (iam-facts 5.7). An equivalence.
///
/// ```
/// use iam_policy::{Document, DocumentKind, equal};
///
/// let list = Document::parse(r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:getobject"], "Resource": ["*"]}]}"#)?;
/// let one = Document::parse(r#"{"Statement": {"Resource": "*", "Action": "s3:GetObject", "Effect": "Allow"}}"#)?;
/// assert!(equal(&list, &one, DocumentKind::Identity, "aws"));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn equal(a: &Document, b: &Document, kind: DocumentKind, partition: &str) -> bool {
    a.value() == b.value() || a.canon(kind, partition) == b.canon(kind, partition)
}

/// What is held equal beyond what the language itself says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// A trust policy's `"*"` is `{"AWS":"*"}`.
    pub kind: DocumentKind,
    /// The partition that an account id belongs to; `None`: root ARNs of every partition are their account id.
    pub partition: Option<&'a str>,
    /// Empty lists and `null` are as good as nothing.
    pub empty_is_absent: bool,
}

/// One value or a list of them, as the values.
pub(super) fn one_or_list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// The normal form of a whole document.
pub(super) fn document(value: &Value, rules: Rules<'_>) -> String {
    let Value::Object(fields) = value else { return verbatim(value) };
    let mut known = BTreeMap::new();
    let mut other = BTreeMap::new();
    known.insert("Version", quoted(OLD_VERSION));
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) if rules.empty_is_absent => {}
            ("Version", Value::String(text)) if text.is_empty() && rules.empty_is_absent => {}
            ("Version", _) => drop(known.insert("Version", verbatim(value))),
            ("Id", Value::String(text)) if text.is_empty() => {}
            ("Id", _) => drop(known.insert("Id", verbatim(value))),
            ("Statement", Value::Array(list)) if list.is_empty() && rules.empty_is_absent => {}
            ("Statement", Value::Array(_) | Value::Object(_)) => {
                let texts = one_or_list(value).iter().map(|s| statement(s, rules)).collect();
                known.insert("Statement", set(texts));
            }
            _ => drop(other.insert(name.as_str(), verbatim(value))),
        }
    }
    with_rest(known, other)
}

/// The normal form of one statement.
pub(super) fn statement(value: &Value, rules: Rules<'_>) -> String {
    let Value::Object(fields) = value else { return verbatim(value) };
    let allows = fields.get("Effect").is_some_and(is_allow);
    let mut known = BTreeMap::new();
    let mut other = BTreeMap::new();
    for (name, value) in fields {
        match element(name, value, allows, rules) {
            Element::Known(text) => drop(known.insert(name.as_str(), text)),
            Element::Other(text) => drop(other.insert(name.as_str(), text)),
            Element::Nothing => {}
        }
    }
    with_rest(known, other)
}

/// The normal form of one element of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// As the language has it.
    Known(String),
    /// Not of the language: an unknown element, or a known one of a wrong type.
    Other(String),
    /// The same as if the element were not there.
    Nothing,
}

/// The normal form of the element `name`; `allows`: the statement's effect is `Allow`.
pub(super) fn element(name: &str, value: &Value, allows: bool, rules: Rules<'_>) -> Element {
    match (name, value) {
        (_, Value::Null) if rules.empty_is_absent => Element::Nothing,
        ("Sid", Value::String(text)) if text.is_empty() => Element::Nothing,
        ("Sid", Value::String(text)) => Element::Known(quoted(text)),
        ("Effect", Value::String(text)) => {
            let known = EFFECTS.iter().copied().find(|e| e.eq_ignore_ascii_case(text));
            Element::Known(quoted(known.unwrap_or(text)))
        }
        ("Action" | "NotAction" | "Resource" | "NotResource", Value::Array(list)) if list.is_empty() && rules.empty_is_absent => {
            Element::Nothing
        }
        ("Action" | "NotAction", _) => Element::Known(set(one_or_list(value).iter().map(action).collect())),
        ("Resource" | "NotResource", _) => Element::Known(set(one_or_list(value).iter().map(verbatim).collect())),
        ("Principal" | "NotPrincipal", _) => principal(value, allows && name == "Principal", rules),
        ("Condition", Value::Object(operators)) => {
            let mut tests = BTreeSet::new();
            for (operator, keys) in operators {
                condition(operator, keys, &mut tests);
            }
            if tests.is_empty() { Element::Nothing } else { Element::Known(set(tests)) }
        }
        _ => Element::Other(verbatim(value)),
    }
}

/// An action without its case.
pub(super) fn action(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(&text.to_ascii_lowercase()),
        other => verbatim(other),
    }
}

fn principal(value: &Value, allows: bool, rules: Rules<'_>) -> Element {
    match value {
        Value::String(text) if text == "*" && allows && rules.kind == DocumentKind::Trust => {
            Element::Known(object([("AWS", set([quoted("*")].into()))]))
        }
        Value::String(text) if text.is_empty() && rules.empty_is_absent => Element::Nothing,
        Value::String(_) => Element::Known(principal_value("AWS", value, rules)),
        Value::Object(kinds) => {
            let mut texts = BTreeMap::new();
            for (kind, values) in kinds {
                let values: BTreeSet<String> = one_or_list(values)
                    .iter()
                    .filter(|v| !(rules.empty_is_absent && v.is_null()))
                    .map(|v| principal_value(kind, v, rules))
                    .collect();
                if !(values.is_empty() && rules.empty_is_absent) {
                    texts.insert(kind.as_str(), set(values));
                }
            }
            if texts.is_empty() && rules.empty_is_absent { Element::Nothing } else { Element::Known(object(texts)) }
        }
        other => Element::Other(verbatim(other)),
    }
}

/// One principal; an account id under `AWS` is its root ARN (iam-facts 5.7, 8).
pub(super) fn principal_value(kind: &str, value: &Value, rules: Rules<'_>) -> String {
    match value {
        Value::String(text) if kind == "AWS" => match rules.partition {
            Some(partition) if AccountId::parse(text).is_some() => quoted(&format!("arn:{partition}:iam::{text}:root")),
            None => quoted(&root_account(text).unwrap_or_else(|| text.clone())),
            Some(_) => quoted(text),
        },
        other => verbatim(other),
    }
}

fn root_account(text: &str) -> Option<String> {
    let arn = Arn::parse(text)?;
    let is_root = arn.service == "iam" && arn.region.is_empty() && arn.resource == "root" && arn.account_id().is_some();
    is_root.then_some(arn.account)
}

/// The name under which an operator is compared.
pub(super) fn operator_name(name: &str) -> String {
    Operator::read(name).map_or_else(|| name.to_owned(), |operator| operator.merged().name())
}

/// Every (operator, key, values) is one test; all must hold, so their order and grouping mean nothing. Two keys that differ
/// only in case stay two tests: merging their values would turn "and" into "or".
fn condition(name: &str, keys: &Value, tests: &mut BTreeSet<String>) {
    let operator = quoted(&operator_name(name));
    let Value::Object(keys) = keys else {
        tests.insert(list([operator, verbatim(keys)]));
        return;
    };
    for (key, values) in keys {
        let values = one_or_list(values).iter().map(|v| condition_value(name, v)).collect();
        tests.insert(list([operator.clone(), quoted(&key.to_ascii_lowercase()), set(values)]));
    }
}

/// A condition value as text: `true` is `"true"`, `10` is `"10"` (iam-facts 5.7, 7).
pub(super) fn condition_value(operator: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        other => return verbatim(other),
    };
    let folded = Operator::read(operator).is_some_and(|o| o.ignores_case());
    quoted(if folded { text.to_ascii_lowercase() } else { text }.as_str())
}

fn is_allow(effect: &Value) -> bool {
    effect.as_str().is_some_and(|text| text.eq_ignore_ascii_case("Allow"))
}

/// Any JSON value with sorted keys, nothing else changed. As deep as the value itself, which parsing bounds.
fn verbatim(value: &Value) -> String {
    match value {
        Value::Array(items) => list(items.iter().map(verbatim)),
        Value::Object(fields) => object(fields.iter().map(|(k, v)| (k.as_str(), verbatim(v))).collect::<BTreeMap<_, _>>()),
        scalar => scalar.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

fn set(items: BTreeSet<String>) -> String {
    list(items)
}

/// `fields` in sorted order.
fn object<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|(key, text)| format!("{}:{text}", quoted(key))).collect();
    format!("{{{}}}", fields.join(","))
}

fn with_rest<'a>(mut known: BTreeMap<&'a str, String>, other: BTreeMap<&'a str, String>) -> String {
    if !other.is_empty() {
        known.insert("?", object(other));
    }
    object(known)
}
