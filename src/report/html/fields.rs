//! One field's change: single values as before and after, sets and maps item by item, documents side by side.

use maud::{Markup, html};

use super::diff::Diffs;
use super::text::line;
use crate::report::view::field::{Body, Entry, FieldView};

/// A field's change. `whose`: the entity; `anchor`: the id of its change, for pointing back at a diff.
pub fn write(field: &FieldView<'_>, whose: &str, anchor: &str, diffs: &mut Diffs) -> Markup {
    let body = match &field.body {
        Body::Value { before, after } => html! { p { (value(before.as_deref(), after.as_deref())) } },
        Body::Entries(entries) => html! { ul.set { @for one in entries { (entry(one)) } } },
        Body::Items { gone, come, kept } => html! {
            ul.set {
                @for one in gone { (item("del", "\u{2212}", html! { del { (one) } })) }
                @for one in come { (item("add", "+", html! { ins { (one) } })) }
                @if *kept > 0 { li.soft { (kept) " unchanged" } }
            }
        },
        Body::Document(texts) => diffs.write(texts, anchor, &format!("{whose} {}", field.name)),
        Body::Documents(documents) => {
            let mut parts = Vec::new();
            for (_, name, texts) in documents {
                let diff = diffs.write(texts, anchor, &format!("{whose} inline policy {name}"));
                parts.push(html! { h5 { (name) } (diff) });
            }
            html! { @for part in parts { (part) } }
        }
        Body::Measured(size) => html! { p { (size) } },
    };
    html! { div.field { h4 { (line(field.name).replace('_', " ")) } (body) } }
}

fn value(before: Option<&str>, after: Option<&str>) -> Markup {
    html! {
        @if let Some(before) = before { del { (before) } }
        @if before.is_some() && after.is_some() { " \u{2192} " }
        @if let Some(after) = after { ins { (after) } }
    }
}

fn entry(entry: &Entry) -> Markup {
    let Entry { key, before, after } = entry;
    match (before, after) {
        (Some(before), Some(after)) => item("mod", "~", html! { (key) ": " (value(Some(before), Some(after))) }),
        (Some(before), None) => item("del", "\u{2212}", html! { del { (key) ": " (before) } }),
        (None, after) => item("add", "+", html! { ins { (key) ": " (after.as_deref().unwrap_or_default()) } }),
    }
}

fn item(class: &str, sign: &str, text: Markup) -> Markup {
    html! { li class=(class) { span.sign aria-hidden="true" { (sign) } (text) } }
}
