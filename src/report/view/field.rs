//! One field's change: single values as before and after, sets and maps item by item, documents as two texts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::value::{NONE, show};
use crate::plan::{Action, FieldChange, PlanAccount};
use crate::policy::DocumentKind;
use crate::report::diff::document_texts;
use crate::report::{count, escape};

/// Longest line of metadata that is worth a diff, in bytes.
const LONGEST_LINE: usize = 300;

/// A field that differs in something that a reader can see.
pub struct FieldView<'a> {
    /// Its name: `managed_policies`; as plans have it.
    pub name: &'a str,
    /// What differs.
    pub body: Body,
}

/// What differs in a field.
pub enum Body {
    /// One value; a side is `None` where the entity is not there yet or no longer, and then nothing is shown for it.
    Value { before: Option<String>, after: Option<String> },
    /// A map by key: tags, versions.
    Entries(Vec<Entry>),
    /// A set: managed policies, users, client ids. Items that stay are counted.
    Items { gone: Vec<String>, come: Vec<String>, kept: usize },
    /// A document.
    Document(Texts),
    /// Documents by name.
    Documents(Vec<(Mark, String, Texts)>),
    /// Too long to be shown, only measured.
    Measured(String),
}

/// One key of a map.
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value before; `None`: the key is new.
    pub before: Option<String>,
    /// The value after; `None`: the key goes.
    pub after: Option<String>,
}

/// The two sides of a document, raw; an absent document has no text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Texts {
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// Whether something comes, goes, or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// It changes.
    Changed,
}

impl<'a> FieldView<'a> {
    /// The view of a field; `None` when it says nothing: absent before and after, or the path `/` of something new.
    pub fn of(action: Action, field: &'a FieldChange, account: &PlanAccount) -> Option<Self> {
        let (before, after) = (&field.before, &field.after);
        let is_root_path = action == Action::Create && field.field == "path" && before.is_null() && *after == "/";
        if before == after || (is_empty(before) && is_empty(after)) || is_root_path {
            return None;
        }
        let name = field.field.as_str();
        let is_list = |v: &Value| v.is_array() || v.is_null();
        let is_map = |v: &Value| v.is_object() || v.is_null();
        let body = match name {
            "trust" => Body::Document(texts(before, after, DocumentKind::Trust, account)),
            "document" => Body::Document(texts(before, after, DocumentKind::Identity, account)),
            "inline_policies" => Body::Documents(documents(before, after, account)),
            "metadata" => metadata(before, after),
            _ if is_map(before) && is_map(after) => Body::Entries(entries(name, before, after, account)),
            _ if is_list(before) && is_list(after) => items(name, before, after, account),
            _ => Body::Value {
                before: (action != Action::Create || !before.is_null()).then(|| show(name, before, account)),
                after: (action != Action::Delete || !after.is_null()).then(|| show(name, after, account)),
            },
        };
        Some(Self { name, body })
    }
}

impl Texts {
    /// Whether the two are long enough to be shown once only.
    pub fn is_long(&self) -> bool {
        self.before.lines().count() + self.after.lines().count() > 12
    }
}

fn texts(before: &Value, after: &Value, kind: DocumentKind, account: &PlanAccount) -> Texts {
    let (before, after) = document_texts(before, after, kind, &account.partition);
    Texts { before, after }
}

/// SAML metadata: its lines; XML on one long line is only measured, for no reader finds a change in it.
fn metadata(before: &Value, after: &Value) -> Body {
    let (old, new) = (before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default());
    if !old.lines().chain(new.lines()).any(|line| line.len() > LONGEST_LINE) {
        return Body::Document(Texts { before: old.to_owned(), after: new.to_owned() });
    }
    let size = |v: &Value, text: &str| {
        if v.is_null() { NONE.to_owned() } else { count(text.chars().count(), "character", "characters") }
    };
    Body::Measured(match (before.is_null(), after.is_null()) {
        (true, _) => size(after, new),
        (_, true) => format!("{}, gone", size(before, old)),
        _ => format!("{} -> {}, other content", size(before, old), size(after, new)),
    })
}

/// Absent, or a collection with nothing in it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn entries(field: &str, before: &Value, after: &Value, account: &PlanAccount) -> Vec<Entry> {
    let text = |side: Option<&Value>| side.map(|value| show(field, value, account));
    let differing = joined(before, after).into_iter().filter(|(_, old, new)| old != new);
    differing.map(|(key, old, new)| Entry { key: escape::line(key).into_owned(), before: text(old), after: text(new) }).collect()
}

fn items(field: &str, before: &Value, after: &Value, account: &PlanAccount) -> Body {
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(before), list(after));
    let gone: Vec<&Value> = old.iter().filter(|item| !new.contains(item)).collect();
    let come: Vec<&Value> = new.iter().filter(|item| !old.contains(item)).collect();
    let short = |v: &Value| show(field, v, account);
    // A policy that moves to another path keeps its short name: then the ARNs tell the two apart.
    let texts = |of: &[&Value], others: &[&Value]| {
        let taken: BTreeSet<String> = others.iter().map(|other| short(other)).collect();
        let text = |v: &Value| match v.as_str() {
            Some(arn) if taken.contains(&short(v)) => escape::line(arn).into_owned(),
            _ => short(v),
        };
        of.iter().map(|item| text(item)).collect()
    };
    let kept = new.iter().filter(|item| old.contains(item)).count();
    Body::Items { gone: texts(&gone, &come), come: texts(&come, &gone), kept }
}

/// Inline policies by name.
fn documents(before: &Value, after: &Value, account: &PlanAccount) -> Vec<(Mark, String, Texts)> {
    let differing = joined(before, after).into_iter().filter(|(_, old, new)| old != new);
    let view = |(name, old, new): (&str, Option<&Value>, Option<&Value>)| {
        let mark = match (old, new) {
            (None, _) => Mark::Added,
            (_, None) => Mark::Removed,
            (Some(_), Some(_)) => Mark::Changed,
        };
        let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
        (mark, escape::line(name).into_owned(), texts(old, new, DocumentKind::Identity, account))
    };
    differing.map(view).collect()
}

/// The keys of two maps, sorted, with the value on each side; `null` is absent.
fn joined<'v>(before: &'v Value, after: &'v Value) -> Vec<(&'v str, Option<&'v Value>, Option<&'v Value>)> {
    let map = |v: &'v Value| -> Option<&'v Map<String, Value>> { v.as_object() };
    let (old, new) = (map(before), map(after));
    let keys: BTreeSet<&str> = old.into_iter().chain(new).flat_map(|m| m.keys().map(String::as_str)).collect();
    let side = |m: Option<&'v Map<String, Value>>, k: &str| m.and_then(|m| m.get(k)).filter(|v| !v.is_null());
    keys.into_iter().map(|k| (k, side(old, k), side(new, k))).collect()
}
