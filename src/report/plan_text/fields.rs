//! One field's change: scalars as before and after, sets and maps item by item, documents as diffs.

use serde_json::{Map, Value};

use super::page::Page;
use super::values::{NONE, show};
use crate::plan::{Action, Change, FieldChange};
use crate::policy::DocumentKind;
use crate::report::diff::{document_diff, text_diff};
use crate::report::style::Role;
use crate::report::{count, escape};

/// Longest line of metadata that is worth a diff, in bytes.
const LONGEST_LINE: usize = 300;

/// Writes a field's change, or nothing when it says nothing (absent before and after; the path `/` of something new).
pub fn write(page: &mut Page<'_>, change: &Change, field: &FieldChange) {
    let (before, after) = (&field.before, &field.after);
    if before == after || (is_empty(before) && is_empty(after)) || is_root_path(change.action, field) {
        return;
    }
    let name = escape::line(&field.field).into_owned();
    let place = format!("{} {name}", change.address);
    match (field.field.as_str(), before, after) {
        ("trust" | "document", ..) => {
            let kind = if field.field == "trust" { DocumentKind::Trust } else { DocumentKind::Identity };
            page.line(6, &format!("{name}:"));
            page.diff(8, &document_diff(before, after, kind, &page.plan.account.partition), &place);
        }
        ("inline_policies", ..) => inline_policies(page, &place, before, after),
        ("metadata", ..) => metadata(page, &place, before, after),
        (_, Value::Object(_), Value::Object(_) | Value::Null) | (_, Value::Null, Value::Object(_)) => {
            page.line(6, &format!("{name}:"));
            entries(page, &field.field, before, after);
        }
        (_, Value::Array(_), Value::Array(_) | Value::Null) | (_, Value::Null, Value::Array(_)) => {
            page.line(6, &format!("{name}:"));
            items(page, &field.field, before, after);
        }
        _ => scalar(page, &name, field, change.action),
    }
}

/// SAML metadata: a diff of its lines; XML on one long line is only measured, for no reader finds a change in it.
fn metadata(page: &mut Page<'_>, place: &str, before: &Value, after: &Value) {
    let (old, new) = (before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default());
    let long = old.lines().chain(new.lines()).any(|l| l.len() > LONGEST_LINE);
    if !long {
        page.line(6, "metadata:");
        return page.diff(8, &text_diff(old, new), place);
    }
    let size = |v: &Value, text: &str| {
        if v.is_null() { NONE.to_owned() } else { count(text.chars().count(), "character", "characters") }
    };
    let text = match (before.is_null(), after.is_null()) {
        (true, _) => format!("metadata: {}", size(after, new)),
        (_, true) => format!("metadata: {}, gone", size(before, old)),
        _ => format!("metadata: {} -> {}, other content", size(before, old), size(after, new)),
    };
    page.line(6, &text);
}

/// Absent, or a collection with nothing in it.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// The path that everything has unless it is told otherwise; not worth a line at creation.
pub fn is_root_path(action: Action, field: &FieldChange) -> bool {
    action == Action::Create && field.field == "path" && field.before.is_null() && field.after == "/"
}

/// `name: before -> after`; one value alone where the other is absent because the entity is new or goes.
fn scalar(page: &mut Page<'_>, name: &str, field: &FieldChange, action: Action) {
    let account = &page.plan.account;
    let value = |v| show(&field.field, v, account);
    let text = match (&field.before, &field.after) {
        (Value::Null, after) if action == Action::Create => {
            format!("{name}: {}", page.paint.paint(Role::Create, &value(after)))
        }
        (before, Value::Null) if action == Action::Delete => {
            format!("{name}: {}", page.paint.paint(Role::Delete, &value(before)))
        }
        (before, after) => {
            let before = page.paint.paint(Role::Delete, &value(before));
            format!("{name}: {before} -> {}", page.paint.paint(Role::Create, &value(after)))
        }
    };
    page.line(6, &text);
}

/// A map by key: tags, versions.
fn entries(page: &mut Page<'_>, field: &str, before: &Value, after: &Value) {
    for (key, old, new) in joined(before, after) {
        let account = &page.plan.account;
        let (key, value) = (escape::line(key), |v| show(field, v, account));
        let (role, text) = match (old, new) {
            (None, Some(new)) => (Role::Create, format!("+ {key}: {}", value(new))),
            (Some(old), None) => (Role::Delete, format!("- {key}: {}", value(old))),
            (Some(old), Some(new)) if old != new => (Role::Update, format!("~ {key}: {} -> {}", value(old), value(new))),
            _ => continue,
        };
        let text = page.paint.paint(role, &text);
        page.line(8, &text);
    }
}

/// A set: managed policies, users, client ids. Items that stay are counted.
fn items(page: &mut Page<'_>, field: &str, before: &Value, after: &Value) {
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(before), list(after));
    let account = &page.plan.account;
    let mut lines = Vec::new();
    let gone: Vec<&Value> = old.iter().filter(|i| !new.contains(i)).collect();
    let come: Vec<&Value> = new.iter().filter(|i| !old.contains(i)).collect();
    let short = |v: &Value| show(field, v, account);
    // A policy that moves to another path keeps its short name: then the ARNs tell the two apart.
    let text = |v: &Value, others: &[&Value]| match v.as_str() {
        Some(arn) if others.iter().any(|o| short(o) == short(v)) => escape::line(arn).into_owned(),
        _ => short(v),
    };
    for item in &gone {
        lines.push(page.paint.paint(Role::Delete, &format!("- {}", text(item, &come))));
    }
    for item in &come {
        lines.push(page.paint.paint(Role::Create, &format!("+ {}", text(item, &gone))));
    }
    let kept = new.iter().filter(|i| old.contains(i)).count();
    if kept > 0 {
        lines.push(page.dim(&format!("  ({kept} unchanged)")));
    }
    for text in lines {
        page.line(8, &text);
    }
}

/// Inline policies by name, each with its document's diff.
fn inline_policies(page: &mut Page<'_>, place: &str, before: &Value, after: &Value) {
    page.line(6, "inline_policies:");
    for (name, old, new) in joined(before, after) {
        let (role, mark) = match (old, new) {
            (None, Some(_)) => (Role::Create, '+'),
            (Some(_), None) => (Role::Delete, '-'),
            (Some(old), Some(new)) if old != new => (Role::Update, '~'),
            _ => continue,
        };
        let text = page.paint.paint(role, &format!("{mark} {}", escape::line(name)));
        page.line(8, &text);
        let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
        let diff = document_diff(old, new, DocumentKind::Identity, &page.plan.account.partition);
        page.diff(10, &diff, &format!("{place} {name}"));
    }
}

/// The keys of two maps, sorted, with the value on each side; `null` is absent.
pub fn joined<'v>(before: &'v Value, after: &'v Value) -> Vec<(&'v str, Option<&'v Value>, Option<&'v Value>)> {
    let map = |v: &'v Value| -> Option<&'v Map<String, Value>> { v.as_object() };
    let (old, new) = (map(before), map(after));
    let mut keys: Vec<&str> = old.into_iter().chain(new).flat_map(|m| m.keys().map(String::as_str)).collect();
    keys.sort_unstable();
    keys.dedup();
    let side = |m: Option<&'v Map<String, Value>>, k: &str| m.and_then(|m| m.get(k)).filter(|v| !v.is_null());
    keys.into_iter().map(|k| (k, side(old, k), side(new, k))).collect()
}
