//! What each principal gains and loses.

use serde_json::Value;

use super::text::{address, filterable, id, line, prose, section};
use crate::plan::{AccessChange, AccessGrant, AccessVerdict};
use crate::review::AccountReport;

/// Principals whose access is unfolded from the start.
const UNFOLDED: usize = 12;
/// Items of one list shown before the rest is folded away.
const SHOWN: usize = 6;
/// Statements of access shown before the rest is folded away.
const GRANTS: usize = 5;

/// The word by which the filter finds a verdict, and what a reader sees.
pub fn token(verdict: AccessVerdict) -> (&'static str, &'static str) {
    match verdict {
        AccessVerdict::NewAccess => ("new_access", "new access"),
        AccessVerdict::NoNewAccess => ("no_new_access", "no new access"),
        AccessVerdict::Undecided => ("undecided", "undecided"),
    }
}

/// A badge: class and words.
pub fn badge(change: &AccessChange) -> String {
    let (class, words) = match change.verdict {
        AccessVerdict::NewAccess => ("warn", "new access"),
        AccessVerdict::NoNewAccess if !change.ceiling_loosened.is_empty() => ("doubt", "a ceiling is lifted"),
        AccessVerdict::NoNewAccess if change.lost.is_empty() => ("good", "no new access"),
        AccessVerdict::NoNewAccess => ("good", "less access"),
        AccessVerdict::Undecided => ("doubt", "undecided: may be new access"),
    };
    format!("<span class=\"badge {class}\">{words}</span>")
}

/// The section, gravest first; nothing when no principal's access was looked at.
pub fn write(out: &mut String, account: &AccountReport, n: usize) {
    if account.access.is_empty() {
        return;
    }
    section(out, n, "access", "Access", Some(account.access.len()));
    let rank = |c: &AccessChange| match c.verdict {
        AccessVerdict::NewAccess => 0,
        AccessVerdict::Undecided => 1,
        AccessVerdict::NoNewAccess if !c.ceiling_loosened.is_empty() => 2,
        AccessVerdict::NoNewAccess if !c.lost.is_empty() => 3,
        AccessVerdict::NoNewAccess => 4,
    };
    let mut sorted: Vec<&AccessChange> = account.access.iter().collect();
    sorted.sort_by_key(|c| rank(c));
    for (at, change) in sorted.into_iter().enumerate() {
        principal(out, account, change, n, at < UNFOLDED && rank(change) < 4);
    }
    *out += "</section>\n";
}

fn principal(out: &mut String, account: &AccountReport, change: &AccessChange, n: usize, open: bool) {
    let name = change.principal.to_string();
    let (verdict, _) = token(change.verdict);
    let filter = filterable(&[&name], &[change.principal.kind.word(), verdict]);
    let open = if open { " open" } else { "" };
    *out += &format!(
        "<details class=\"item\" id=\"{}\"{filter}{open}>\n<summary>{} {}</summary>\n<div class=\"body\">\n",
        id(n, "access", &name),
        address(&change.principal),
        badge(change)
    );
    if let Some(reason) = &change.reason {
        *out += &format!("<p class=\"soft\">{}</p>\n", prose(reason));
    }
    grants(out, &change.gained, "gain", "+", "Gains");
    grants(out, &change.lost, "loss", "\u{2212}", "Loses");
    if !change.ceiling_loosened.is_empty() {
        *out += "<p>A denial or a boundary no longer keeps this from what resource policies may give; its own policies do not allow it:</p>\n";
        grants(out, &change.ceiling_loosened, "gain", "!", "May be given");
    }
    if change.reason.is_none() && change.gained.is_empty() && change.lost.is_empty() && change.ceiling_loosened.is_empty() {
        *out += "<p class=\"soft\">Proven: it may do exactly what it could do before.</p>\n";
    }
    if account.changes.iter().any(|c| c.address == change.principal) {
        *out += &format!("<p class=\"more\"><a href=\"#{}\">What changes in it</a></p>\n", id(n, "change", &name));
    }
    *out += "</div>\n</details>\n";
}

fn grants(out: &mut String, list: &[AccessGrant], class: &str, sign: &str, title: &str) {
    if list.is_empty() {
        return;
    }
    let (first, rest) = list.split_at(list.len().min(GRANTS));
    some(out, first, class, sign, title);
    if !rest.is_empty() {
        *out += &format!("<details class=\"rest\"><summary>and {} more</summary>\n", rest.len());
        some(out, rest, class, sign, title);
        *out += "</details>\n";
    }
}

fn some(out: &mut String, list: &[AccessGrant], class: &str, sign: &str, title: &str) {
    *out += &format!("<ul class=\"grants {class}\" aria-label=\"{title}\">\n");
    for grant in list {
        let AccessGrant { actions, resources, conditions, example, .. } = grant;
        *out += &format!(
            "<li><span class=\"sign\" aria-hidden=\"true\">{sign}</span><div><p>{} <span class=\"on\">on</span> {}</p>\n",
            items(actions),
            items(resources)
        );
        when(out, conditions);
        amounts(out, grant);
        if let Some(example) = self::example(example) {
            *out += &format!("<p class=\"example\"><span class=\"on\">for example</span> {example}</p>\n");
        }
        all(out, actions, "actions");
        all(out, resources, "resources");
        *out += "</div></li>\n";
    }
    *out += "</ul>\n";
}

/// What the actions amount to, and which of them are grave.
fn amounts(out: &mut String, grant: &AccessGrant) {
    if let Some(summary) = &grant.summary {
        *out += &format!("<p class=\"soft\">{}</p>\n", line(summary));
    }
    for (what, names) in
        [("changes permissions", &grant.permissions_management), ("hands out credentials", &grant.gives_credentials)]
    {
        if !names.is_empty() {
            *out += &format!("<p class=\"grave\">{what}: {}</p>\n", items(names));
        }
    }
    if grant.grants_nothing_today {
        *out += "<p class=\"soft\">grants nothing today: no known resource type of these actions is like these resources</p>\n";
    }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", line(text))
}

/// The first few; [`all`] has the rest.
fn items(list: &[String]) -> String {
    if list.is_empty() {
        return "<span class=\"soft\">(not given)</span>".to_owned();
    }
    let shown: Vec<String> = list.iter().take(SHOWN).map(|item| code(item)).collect();
    let text = shown.join(", ");
    if list.len() > SHOWN { format!("{text} and {} more", list.len() - SHOWN) } else { text }
}

/// All of a list of which some were left out.
fn all(out: &mut String, list: &[String], what: &str) {
    if list.len() > SHOWN {
        let lines: Vec<String> = list.iter().map(|item| line(item)).collect();
        *out += &format!(
            "<details class=\"rest\"><summary>All {} {what}</summary><pre>{}</pre></details>\n",
            list.len(),
            lines.join("\n")
        );
    }
}

/// Conditions, test by test; what is of no known shape as it is.
fn when(out: &mut String, conditions: &Value) {
    if is_nothing(conditions) {
        return;
    }
    let mut tests: Vec<String> = Vec::new();
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        let Some(keys) = keys.as_object() else {
            tests.clear();
            break;
        };
        for (key, values) in keys {
            let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            let values = match values {
                Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
                one => text(one),
            };
            tests.push(code(&format!("{operator} {key}: {values}")));
        }
    }
    let text = if tests.is_empty() { code(&conditions.to_string()) } else { tests.join(" <span class=\"on\">and</span> ") };
    *out += &format!("<p class=\"when\"><span class=\"on\">when</span> {text}</p>\n");
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn example(example: &Value) -> Option<String> {
    let action = example.get("action")?.as_str()?;
    let resource = example.get("resource").and_then(Value::as_str).unwrap_or("*");
    let mut text = format!("{} on {}", code(action), code(resource));
    if let Some(caller) = example.get("principal").and_then(Value::as_str) {
        text += &format!(" by {}", code(caller));
    }
    for (key, value) in example.get("context").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text += &format!(", {}", code(&format!("{key}={value}")));
    }
    Some(text)
}
