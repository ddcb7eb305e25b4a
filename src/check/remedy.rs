//! What mends it: a spec that changes the role, a spec of a role of its own, or a text for an administrator. Each only adds; what denies must
//! be taken away by hand, and is named.

use serde_json::{Map, Value, json};

use super::need::Need;
use super::{Gap, Half, Outcome, Report};
use crate::model::{Role, Snapshot};
use crate::names::Name;
use crate::policy::Document;

/// An instance of the template, with the parameters that were asked with.
pub(super) fn made_anew(need: &Need, name: &str) -> Option<String> {
    if need.trust.is_empty() {
        return None;
    }
    let mut text = format!("version: 1\nuse:\n  - template: {}\n    name: {}\n", need.name, quoted(name));
    if !need.with.is_empty() {
        text += "    with:\n";
    }
    for (name, values) in &need.with {
        let value = match values.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        // The value means in a spec what it means on the command line, variables included.
        text += &format!("      {}: {value}\n", quoted(name));
    }
    Some(text)
}

/// For a role that lacks something.
pub(super) fn of_role(
    need: &Need,
    report: &mut Report,
    snapshot: &Snapshot,
    (name, role): (&Name, &Role),
    notes: &mut Vec<String>,
) {
    let missing_trust = report.trust.as_ref().is_some_and(|t| t.verdict == Half::No);
    let statements = missing_statements(need, &report.permissions.gaps);
    tell_denials(report, notes);
    tell_boundary(report, notes);
    if report.permissions.verdict == Half::Yes && !missing_trust {
        return;
    }
    report.new_role = free_name(need, snapshot).and_then(|free| made_anew(need, &free));
    if statements.is_empty() && !missing_trust {
        return;
    }
    report.request = Some(request(need, report, &statements, missing_trust));
    if role.is_reserved() {
        notes.push("IAM does not allow changes to this role: create one of your own".to_owned());
        return;
    }
    let inline = (!statements.is_empty()).then(|| {
        let policy = policy_name(need);
        // The policy of an earlier mend stays whole.
        let own = role.inline_policies.value().and_then(|own| own.get(&policy)).map(|own| own.statements().to_vec());
        let all: Vec<Value> = own.unwrap_or_default().into_iter().chain(statements).collect();
        format!("    inline_policies:\n      {}:\n{}", quoted(&policy), indented(&document(&all), 8))
    });
    let head = format!("version: 1\nroles:\n  {}:\n", quoted(name.as_str()));
    if !missing_trust {
        report.remediation = inline.map(|inline| format!("{head}    manage: attach_only\n{inline}"));
        return;
    }
    let Some(trust) = role.trust.value() else {
        notes.push("the role's trust policy was not read, and a spec must hold it whole".to_owned());
        return;
    };
    notes.push(format!(
        "a trust policy changes only in a role that the stack owns: put what the spec says into the role's own spec, or apply it with \
         `--adopt=role/{name}`"
    ));
    let trust = joined(trust, need.trust_document.as_ref());
    report.remediation = Some(format!(
        "{head}    manage: additive\n    path: {}\n    trust_document:\n{}{}",
        quoted(&role.path),
        indented(&trust, 6),
        inline.unwrap_or_default()
    ));
}

/// For a user who lacks something.
pub(super) fn of_user(need: &Need, report: &mut Report, name: &Name, notes: &mut Vec<String>) {
    let statements = missing_statements(need, &report.permissions.gaps);
    tell_denials(report, notes);
    tell_boundary(report, notes);
    if statements.is_empty() {
        return;
    }
    report.request = Some(request(need, report, &statements, false));
    report.remediation = Some(format!(
        "version: 1\nusers:\n  {}:\n    inline_policies:\n      {}:\n{}",
        quoted(name.as_str()),
        quoted(&policy_name(need)),
        indented(&document(&statements), 8)
    ));
}

/// A name that no role of the account has.
fn free_name(need: &Need, snapshot: &Snapshot) -> Option<String> {
    let name = need.default_name.clone()?;
    let numbered = (2..1_000).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !snapshot.roles.contains_key(&Name::new(name.as_str())))
}

fn policy_name(need: &Need) -> String {
    format!("{}-missing", need.name.replace('/', "-"))
}

fn document(statements: &[Value]) -> Document {
    Document::new(json!({"Version": crate::policy::data::VERSION, "Statement": statements}))
}

/// Gaps of permissions and of trust.
fn all_gaps(report: &Report) -> impl Iterator<Item = &Gap> {
    report.permissions.gaps.iter().chain(report.trust.iter().flat_map(|t| &t.gaps))
}

fn tell_denials(report: &Report, notes: &mut Vec<String>) {
    let explicit: Vec<&Gap> = all_gaps(report).filter(|gap| gap.outcome == Outcome::ExplicitlyDenied).collect();
    if explicit.is_empty() {
        return;
    }
    let mut grounds: Vec<String> = explicit.iter().flat_map(|gap| gap.because.iter().cloned()).collect();
    grounds.sort();
    grounds.dedup();
    let by = if grounds.is_empty() { "a Deny statement".to_owned() } else { grounds.join(", ") };
    notes.push(format!("a Deny wins over every Allow: first change {by}"));
}

fn tell_boundary(report: &Report, notes: &mut Vec<String>) {
    if all_gaps(report).any(|gap| gap.because.iter().any(|why| why.contains("permissions boundary"))) {
        notes.push("the permissions boundary must allow it too".to_owned());
    }
}

/// The text for an administrator: what is asked for, and all that is needed to do it.
fn request(need: &Need, report: &Report, statements: &[Value], missing_trust: bool) -> String {
    let who = report.arn.as_deref().or(report.principal.as_deref()).unwrap_or("the caller");
    let mut text = format!("Please allow {who} to serve `{}`.\n", need.name);
    if !statements.is_empty() {
        text += "\nIt lacks these permissions. This policy, attached to it, grants them and nothing else:\n\n";
        text += document(statements).pretty().trim_end();
        text.push('\n');
    }
    if let (true, Some(trust)) = (missing_trust, &need.trust_document) {
        text += "\nIts trust policy must allow the service to assume it. Add this statement:\n\n";
        text += trust.pretty().trim_end();
        text.push('\n');
    }
    if all_gaps(report).any(|gap| gap.outcome == Outcome::ExplicitlyDenied) {
        text += "\nA Deny also blocks it, and must be changed first.\n";
    }
    let principal = report.principal.as_deref().unwrap_or("caller");
    text += &format!("\nTo see whether it is done: iamctl check {principal} --for {}", need.name);
    for (name, value) in need.with.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value))) {
        text += &format!(" --with {name}={value}");
    }
    text + "\n"
}

/// The least statements that allow what nothing allows for certain: what goes with the same resources, or has the same actions, is one.
fn missing_statements(need: &Need, gaps: &[Gap]) -> Vec<Value> {
    // What is missing, by resource and condition. Where a condition decides, a statement without it makes it certain.
    let is_missing = |gap: &Gap| gap.mendable && matches!(gap.outcome, Outcome::Denied | Outcome::Unknown);
    let mut by_resource: Vec<(String, Option<Value>, Vec<String>)> = Vec::new();
    for statement in need.statements.iter().filter(|s| s.feature.is_none()) {
        for resource in &statement.resources {
            let missing = |action: &&String| {
                gaps.iter().any(|g| g.action == **action && g.resource.as_ref() == Some(resource) && is_missing(g))
            };
            for action in statement.actions.iter().filter(missing) {
                match by_resource.iter_mut().find(|(r, c, _)| r == resource && *c == statement.condition) {
                    Some((_, _, actions)) if actions.contains(action) => {}
                    Some((_, _, actions)) => actions.push(action.clone()),
                    None => by_resource.push((resource.clone(), statement.condition.clone(), vec![action.clone()])),
                }
            }
        }
    }
    let mut by_actions: Vec<(Vec<String>, Option<Value>, Vec<String>)> = Vec::new();
    for (resource, condition, mut actions) in by_resource {
        actions.sort();
        match by_actions.iter_mut().find(|(a, c, _)| *a == actions && *c == condition) {
            Some((_, _, resources)) => resources.push(resource),
            None => by_actions.push((actions, condition, vec![resource])),
        }
    }
    let statement = |(actions, condition, resources): (Vec<String>, Option<Value>, Vec<String>)| {
        let mut one = Map::new();
        one.insert("Effect".to_owned(), json!("Allow"));
        one.insert("Action".to_owned(), json!(actions));
        one.insert("Resource".to_owned(), json!(resources));
        if let Some(condition) = condition {
            one.insert("Condition".to_owned(), condition);
        }
        Value::Object(one)
    };
    by_actions.into_iter().map(statement).collect()
}

/// The role's own trust with the template's statements after it; one that is not a document is replaced.
fn joined(own: &Document, wanted: Option<&Document>) -> Document {
    let Some(wanted) = wanted else { return own.clone() };
    let Some(fields) = own.value().as_object() else { return wanted.clone() };
    let mut fields = fields.clone();
    let statements: Vec<Value> = own.statements().iter().chain(wanted.statements()).cloned().collect();
    fields.insert("Statement".to_owned(), Value::Array(statements));
    Document::new(Value::Object(fields))
}

/// JSON is YAML: the document at a depth, its dollars kept from being read as variables of specs.
fn indented(document: &Document, depth: usize) -> String {
    let text = document.pretty();
    text.lines().map(|line| format!("{}{}\n", " ".repeat(depth), escaped(line))).collect()
}

/// `${name}` without a colon would be a variable of specs; IAM has only `${*}`, `${?}` and `${$}` of that shape, which pass.
fn escaped(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        out += before;
        let inner = after.split_once('}').map_or(after, |(inner, _)| inner);
        let passes = inner.contains(':') || ["*", "?", "$"].contains(&inner);
        out += if passes { "${" } else { "$${" };
        rest = after;
    }
    out + rest
}

/// A text as YAML: plain where that is safe, else in double quotes as in JSON.
fn quoted(text: &str) -> String {
    let plain = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}
