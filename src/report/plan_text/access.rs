//! What each principal gains and loses.

use serde_json::Value;

use super::page::Page;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict};
use crate::report::escape;
use crate::report::style::Role;

/// Items of one list shown before the rest is counted.
const SHOWN: usize = 8;

/// The access section; nothing when no principal's access was looked at.
pub fn write(page: &mut Page<'_>) {
    let plan = page.plan;
    if plan.access.is_empty() {
        return;
    }
    page.heading(Role::Strong, "Access:");
    for change in &plan.access {
        principal(page, change);
    }
}

fn principal(page: &mut Page<'_>, change: &AccessChange) {
    let (role, word) = match change.verdict {
        AccessVerdict::NewAccess => (Role::Warning, "new access"),
        AccessVerdict::NoNewAccess if change.lost.is_empty() => (Role::Dim, "no new access"),
        AccessVerdict::NoNewAccess => (Role::Dim, "no new access, less than before"),
        AccessVerdict::Undecided => (Role::Warning, "undecided: may be new access"),
    };
    let head = page.strong(&change.principal.to_string());
    let word = page.paint.paint(role, word);
    let reason = change.reason.as_deref().map(|r| format!(" ({})", page.safe(r))).unwrap_or_default();
    page.line(2, &format!("{head}  {word}{reason}"));
    for (grants, role, sign) in [(&change.gained, Role::Create, '+'), (&change.lost, Role::Delete, '-')] {
        for grant in grants {
            grant_lines(page, grant, role, sign);
        }
    }
    if !change.ceiling_loosened.is_empty() {
        page.line(4, "no longer kept from what resource policies may give:");
        for grant in &change.ceiling_loosened {
            grant_lines(page, grant, Role::Warning, '!');
        }
    }
}

fn grant_lines(page: &mut Page<'_>, grant: &AccessGrant, role: Role, sign: char) {
    let mut text = format!("{sign} {} on {}", list(&grant.actions), list(&grant.resources));
    if !is_nothing(&grant.conditions) {
        text += &format!(" when {}", escape::line(&grant.conditions.to_string()));
    }
    let text = page.paint.paint(role, &text);
    page.line(4, &text);
    if let Some(example) = example(&grant.example) {
        let text = page.dim(&format!("for example {example}"));
        page.line(8, &text);
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return "(not given)".to_owned();
    }
    let mut text = items.iter().take(SHOWN).map(|i| escape::line(i)).collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN {
        text += &format!(" and {} more", items.len() - SHOWN);
    }
    text
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `s3:GetObject on arn:aws:s3:::a/b with {"aws:SourceIp": …}`; none where no request is given. Not escaped yet.
fn example(example: &Value) -> Option<String> {
    let action = example.get("action")?.as_str()?;
    let resource = example.get("resource").and_then(Value::as_str).unwrap_or("*");
    let mut text = format!("{action} on {resource}");
    if let Some(context) = example.get("context").filter(|c| !is_nothing(c)) {
        text += &format!(" with {context}");
    }
    Some(text)
}
