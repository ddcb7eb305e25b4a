//! One field's change: scalars as before and after, sets and maps item by item, documents side by side.

use serde_json::Value;

use super::diff::Diffs;
use super::text::{esc, line};
use crate::plan::{Action, Change, FieldChange};
use crate::policy::DocumentKind;
use crate::report::count;
use crate::report::diff::document_texts;
use crate::report::plan_text::fields::{is_empty, is_root_path, joined};
use crate::report::plan_text::values::show;
use crate::review::AccountReport;

/// Longest line of metadata that is worth a diff, in bytes.
const LONGEST_LINE: usize = 300;

/// Writes a field's change, or nothing when it says nothing. `anchor`: the id of the change, for pointing back at a diff.
pub fn write(out: &mut String, account: &AccountReport, change: &Change, field: &FieldChange, anchor: &str, diffs: &mut Diffs) {
    let (before, after) = (&field.before, &field.after);
    if before == after || (is_empty(before) && is_empty(after)) || is_root_path(change.action, field) {
        return;
    }
    let Some(whose) = account.accounts.first() else { return };
    let value = |v: &Value| esc(&show(&field.field, v, whose));
    let name = line(&field.field);
    *out += &format!("<div class=\"field\"><h4>{}</h4>\n", name.replace('_', " "));
    match (field.field.as_str(), before, after) {
        ("trust" | "document", ..) => {
            let kind = if field.field == "trust" { DocumentKind::Trust } else { DocumentKind::Identity };
            let (old, new) = document_texts(before, after, kind, &whose.partition);
            diffs.write(out, &old, &new, anchor, &format!("{} {}", change.address, field.field));
        }
        ("inline_policies", ..) => {
            for (name, old, new) in joined(before, after).into_iter().filter(|(_, old, new)| old != new) {
                let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
                *out += &format!("<h5>{}</h5>\n", line(name));
                let (old, new) = document_texts(old, new, DocumentKind::Identity, &whose.partition);
                diffs.write(out, &old, &new, anchor, &format!("{} inline policy {name}", change.address));
            }
        }
        ("metadata", ..) => metadata(out, before, after, anchor, diffs),
        (_, Value::Object(_), Value::Object(_) | Value::Null) | (_, Value::Null, Value::Object(_)) => {
            *out += "<ul class=\"set\">";
            for (key, old, new) in joined(before, after) {
                let key = line(key);
                match (old, new) {
                    (None, Some(new)) => *out += &item("add", "+", &format!("<ins>{key}: {}</ins>", value(new))),
                    (Some(old), None) => *out += &item("del", "\u{2212}", &format!("<del>{key}: {}</del>", value(old))),
                    (Some(old), Some(new)) if old != new => {
                        *out +=
                            &item("mod", "~", &format!("{key}: <del>{}</del> \u{2192} <ins>{}</ins>", value(old), value(new)));
                    }
                    _ => {}
                }
            }
            *out += "</ul>\n";
        }
        (_, Value::Array(_), Value::Array(_) | Value::Null) | (_, Value::Null, Value::Array(_)) => {
            let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
            let (old, new) = (list(before), list(after));
            // A policy that moves to another path keeps its short name: then the ARNs tell the two apart.
            let text = |v: &Value, others: &[Value]| match v.as_str() {
                Some(arn) if others.iter().any(|o| o != v && value(o) == value(v)) => line(arn),
                _ => value(v),
            };
            *out += "<ul class=\"set\">";
            for gone in old.iter().filter(|i| !new.contains(i)) {
                *out += &item("del", "\u{2212}", &format!("<del>{}</del>", text(gone, &new)));
            }
            for come in new.iter().filter(|i| !old.contains(i)) {
                *out += &item("add", "+", &format!("<ins>{}</ins>", text(come, &old)));
            }
            let kept = new.iter().filter(|i| old.contains(i)).count();
            if kept > 0 {
                *out += &format!("<li class=\"soft\">{kept} unchanged</li>");
            }
            *out += "</ul>\n";
        }
        (_, Value::Null, _) if change.action == Action::Create => *out += &format!("<p><ins>{}</ins></p>\n", value(after)),
        (_, _, Value::Null) if change.action == Action::Delete => *out += &format!("<p><del>{}</del></p>\n", value(before)),
        _ => *out += &format!("<p><del>{}</del> \u{2192} <ins>{}</ins></p>\n", value(before), value(after)),
    }
    *out += "</div>\n";
}

fn item(class: &str, sign: &str, text: &str) -> String {
    format!("<li class=\"{class}\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span>{text}</li>")
}

/// SAML metadata: a diff of its lines; XML on one long line is only measured, for no reader finds a change in it.
fn metadata(out: &mut String, before: &Value, after: &Value, anchor: &str, diffs: &mut Diffs) {
    let (old, new) = (before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default());
    if !old.lines().chain(new.lines()).any(|l| l.len() > LONGEST_LINE) {
        return diffs.write(out, old, new, anchor, "metadata");
    }
    let size = |text: &str| count(text.chars().count(), "character", "characters");
    let text = match (before.is_null(), after.is_null()) {
        (true, _) => size(new),
        (_, true) => format!("{}, gone", size(old)),
        _ => format!("{} \u{2192} {}, other content", size(old), size(new)),
    };
    *out += &format!("<p>{text}</p>\n");
}
