//! What changes, entity by entity.

use maud::{Markup, html};

use super::access;
use super::diff::Diffs;
use super::fields;
use super::text::{Filter, address, id, line, prose, section};
use crate::plan::Action;
use crate::report::count;
use crate::report::view::{AccountView, ChangeView};

/// So few changes are unfolded from the start.
const UNFOLDED: usize = 5;

/// The word by which the filter finds an action, as plans spell it.
pub fn token(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Replace => "replace",
        Action::DetachOnly => "detach_only",
        Action::Release => "release",
        Action::Blocked => "blocked",
    }
}

fn words(action: Action) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Create => ("add", "+", "create"),
        Action::Update => ("mod", "~", "update"),
        Action::Delete => ("del", "\u{2212}", "delete"),
        Action::Adopt => ("mod", "=", "adopt"),
        Action::Replace => ("del", "\u{00b1}", "replace: delete, then create"),
        Action::DetachOnly => ("mod", "~", "detach only"),
        Action::Release => ("mod", "\u{25cb}", "release"),
        Action::Blocked => ("del", "!", "blocked"),
    }
}

/// A list of changes; `name` distinguishes its ids from those of another list.
pub fn write(view: &AccountView<'_>, changes: &[ChangeView<'_>], n: usize, name: &str, title: &str) -> Markup {
    if changes.is_empty() {
        return html! {};
    }
    let open = changes.len() <= UNFOLDED && name == "change";
    let mut diffs = Diffs::default();
    let entities: Vec<Markup> = changes.iter().map(|change| entity(view, change, n, name, open, &mut diffs)).collect();
    section(n, name, title, Some(changes.len()), html! { @for entity in entities { (entity) } })
}

fn entity(view: &AccountView<'_>, change: &ChangeView<'_>, n: usize, name: &str, open: bool, diffs: &mut Diffs) -> Markup {
    let ChangeView { change, fields, calls, .. } = change;
    let full = change.address.to_string();
    let (class, sign, word) = words(change.action);
    let own = view.access.iter().find(|group| group.principals.contains(&&change.address));
    let verdict = own.map(|group| access::token(group.change.verdict).0);
    let tokens: Vec<&str> = [change.address.kind.word(), token(change.action)].into_iter().chain(verdict).collect();
    let at = change.at.as_ref().map(ToString::to_string);
    let mut texts = vec![full.as_str()];
    texts.extend(change.fields.iter().map(|f| f.field.as_str()));
    texts.extend(at.as_deref());
    let filter = Filter::of(&texts, &tokens);
    let anchor = id(n, name, &full);
    let own = own.filter(|_| name == "change");
    let fields: Vec<Markup> =
        fields.iter().map(|field| fields::write(field, &change.address.to_string(), &anchor, diffs)).collect();
    html! {
        details class={"item " (class)} id=(anchor) data-f=(filter.words) data-t=(filter.tokens) open[open] {
            summary {
                span.sign aria-hidden="true" { (sign) } " " (address(&change.address)) " " span.verb { (word) }
                @if let Some(own) = own { " " (access::badge(own)) }
                @if !change.warnings.is_empty() {
                    " " span.badge.doubt { (count(change.warnings.len(), "warning", "warnings")) }
                }
                @if let Some(at) = &at { " " span.at { (line(at)) } }
            }
            div.body {
                @if !change.reason.is_empty() { p.soft { (prose(&change.reason)) } }
                @for warning in &change.warnings { p.warning { (prose(warning)) } }
                @for field in fields { (field) }
                @if !calls.is_empty() {
                    details.calls {
                        summary { (count(calls.len(), "IAM call", "IAM calls")) }
                        pre { @for (i, call) in calls.iter().enumerate() { @if i > 0 { "\n" } (line(call)) } }
                    }
                }
                p.more {
                    @if own.is_some() { a href={"#" (id(n, "access", &full))} { "The access that this grants" } " " }
                    a href={"#" (anchor)} { "Link to this" }
                }
            }
        }
    }
}
