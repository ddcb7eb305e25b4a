//! What changes, entity by entity.

use super::access;
use super::diff::Diffs;
use super::fields;
use super::text::{address, filterable, id, line, prose, section};
use crate::plan::{Action, Change};
use crate::report::count;
use crate::report::plan_text::call_line;
use crate::review::AccountReport;

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

/// The section.
pub fn write(out: &mut String, account: &AccountReport, n: usize) {
    list(out, account, &account.changes, n, "change", "Changes");
}

/// A list of changes; `name` tells its ids from another list's.
pub fn list(out: &mut String, account: &AccountReport, changes: &[Change], n: usize, name: &str, title: &str) {
    if changes.is_empty() {
        return;
    }
    section(out, n, name, title, Some(changes.len()));
    let mut diffs = Diffs::default();
    for change in changes {
        entity(out, account, change, n, name, changes.len() <= UNFOLDED && name == "change", &mut diffs);
    }
    *out += "</section>\n";
}

fn entity(out: &mut String, account: &AccountReport, change: &Change, n: usize, name: &str, open: bool, diffs: &mut Diffs) {
    let full = change.address.to_string();
    let (class, sign, word) = words(change.action);
    let own = account.access.iter().find(|a| a.principal == change.address);
    let verdict = own.map(|a| access::token(a.verdict).0);
    let tokens: Vec<&str> = [change.address.kind.word(), token(change.action)].into_iter().chain(verdict).collect();
    let mut texts = vec![full.as_str()];
    texts.extend(change.fields.iter().map(|f| f.field.as_str()));
    let at = change.at.as_ref().map(ToString::to_string);
    texts.extend(at.as_deref());
    let anchor = id(n, name, &full);
    *out += &format!(
        "<details class=\"item {class}\" id=\"{anchor}\"{}{}>\n<summary><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {} <span class=\"verb\">{word}</span>",
        filterable(&texts, &tokens),
        if open { " open" } else { "" },
        address(&change.address)
    );
    if let Some(own) = own.filter(|_| name == "change") {
        *out += &format!(" {}", access::badge(own));
    }
    if !change.warnings.is_empty() {
        *out += &format!(" <span class=\"badge doubt\">{}</span>", count(change.warnings.len(), "warning", "warnings"));
    }
    if let Some(at) = &at {
        *out += &format!(" <span class=\"at\">{}</span>", line(at));
    }
    *out += "</summary>\n<div class=\"body\">\n";
    if !change.reason.is_empty() {
        *out += &format!("<p class=\"soft\">{}</p>\n", prose(&change.reason));
    }
    for warning in &change.warnings {
        *out += &format!("<p class=\"warning\">{}</p>\n", prose(warning));
    }
    for field in &change.fields {
        fields::write(out, account, change, field, &anchor, diffs);
    }
    calls(out, account, change);
    let access = own.filter(|_| name == "change").map(|_| id(n, "access", &full));
    let access = access.map(|id| format!("<a href=\"#{id}\">What access that gives</a> ")).unwrap_or_default();
    *out += &format!("<p class=\"more\">{access}<a href=\"#{anchor}\">Link to this</a></p>\n</div>\n</details>\n");
}

fn calls(out: &mut String, account: &AccountReport, change: &Change) {
    let Some(plan) = account.plan.as_ref().filter(|_| !change.steps.is_empty()) else { return };
    let found: Vec<String> = change
        .steps
        .iter()
        .filter_map(|id| plan.steps.iter().find(|step| step.id == *id))
        .map(|step| line(&call_line(&step.id, &step.call, &change.address, &plan.account)))
        .collect();
    if found.is_empty() {
        return;
    }
    let title = count(found.len(), "IAM call", "IAM calls");
    *out += &format!("<details class=\"calls\"><summary>{title}</summary><pre>{}</pre></details>\n", found.join("\n"));
}
