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
    let mut told: Vec<&AccessChange> = Vec::new();
    for change in &plan.access {
        if told.iter().any(|other| is_same(other, change)) {
            continue;
        }
        told.push(change);
        let alike: Vec<&AccessChange> = plan.access.iter().filter(|other| is_same(other, change)).collect();
        principals(page, change, &alike);
    }
}

/// Whether two principals get the same line: the same verdict for the same reason, and no access to list.
fn is_same(a: &AccessChange, b: &AccessChange) -> bool {
    let bare = |c: &AccessChange| c.gained.is_empty() && c.lost.is_empty() && c.ceiling_loosened.is_empty();
    std::ptr::eq(a, b) || (bare(a) && bare(b) && a.verdict == b.verdict && a.reason == b.reason)
}

/// A verdict in words.
pub fn verdict(verdict: AccessVerdict, nothing_lost: bool) -> (Role, &'static str) {
    match verdict {
        AccessVerdict::NewAccess => (Role::Warning, "new access"),
        AccessVerdict::NoNewAccess if nothing_lost => (Role::Dim, "no new access"),
        AccessVerdict::NoNewAccess => (Role::Dim, "no new access, less than before"),
        AccessVerdict::Undecided => (Role::Warning, "undecided: may be new access"),
    }
}

fn principals(page: &mut Page<'_>, change: &AccessChange, alike: &[&AccessChange]) {
    let (role, word) = verdict(change.verdict, change.lost.is_empty());
    let head = alike.iter().map(|c| page.strong(&c.principal.to_string())).collect::<Vec<_>>().join(", ");
    let word = page.paint.paint(role, word);
    page.line(2, &format!("{head}  {word}"));
    if let Some(reason) = &change.reason {
        for text in escape::block(reason) {
            let text = page.paint.paint(Role::Dim, &text);
            page.line(6, &text);
        }
    }
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
    for (step, (role, text)) in told_in_full(grant, sign, role).into_iter().enumerate() {
        let text = page.paint.paint(role, &text);
        page.line(if step == 0 { 4 } else { 8 }, &text);
    }
}

/// A grant on one line, and its example on another; harmless.
pub fn grant_texts(grant: &AccessGrant, sign: char) -> (String, Option<String>) {
    let mut text = format!("{sign} {} on {}", list(&grant.actions), list(&grant.resources));
    if !is_nothing(&grant.conditions) {
        text += &format!(" when {}", escape::line(&grant.conditions.to_string()));
    }
    (text, example(&grant.example).map(|example| escape::line(&format!("for example {example}")).into()))
}

/// A grant on one line, and under it what its actions amount to, which of them are grave, and its example; harmless.
pub fn told_in_full(grant: &AccessGrant, sign: char, role: Role) -> Vec<(Role, String)> {
    let (text, example) = grant_texts(grant, sign);
    let mut lines = vec![(role, text)];
    let summary = grant.summary.as_deref().unwrap_or("no action that iamctl knows falls under it");
    lines.push((Role::Dim, escape::line(summary).into()));
    for (what, names) in
        [("changes permissions", &grant.permissions_management), ("hands out credentials", &grant.gives_credentials)]
    {
        if !names.is_empty() {
            lines.push((Role::Warning, format!("{what}: {}", list(names))));
        }
    }
    if grant.grants_nothing_today {
        let text = "grants nothing today: no known resource type of these actions is like these resources";
        lines.push((Role::Dim, text.to_owned()));
    }
    lines.extend(example.map(|example| (Role::Dim, example)));
    lines
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
    if let Some(caller) = example.get("principal").and_then(Value::as_str) {
        text += &format!(" by {caller}");
    }
    if let Some(context) = example.get("context").filter(|c| !is_nothing(c)) {
        text += &format!(" with {context}");
    }
    Some(text)
}
