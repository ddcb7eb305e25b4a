//! A spec that mends what is missing. It only adds; what denies must be taken away by hand, and is named.

use serde_json::{Map, Value, json};

use super::need::Need;
use super::{Half, Outcome, Report};
use crate::model::Role;
use crate::names::{Address, Name};
use crate::policy::Document;

/// For a role that is not there: an instance of the template, with the parameters that were asked with.
pub(super) fn made_anew(need: &Need, address: &Address) -> Option<String> {
    if need.trust.is_empty() {
        return None;
    }
    let mut text = format!("version: 1\nuse:\n  - template: {}\n    name: {}\n", need.name, quoted(address.name.as_str()));
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

/// For a role that lacks something: what is missing, added to what it has. `None` when nothing is missing or adding cannot help.
pub(super) fn mended(need: &Need, report: &Report, name: &Name, role: &Role, notes: &mut Vec<String>) -> Option<String> {
    let trust = report.trust.as_ref();
    let missing_trust = trust.is_some_and(|t| t.verdict == Half::No);
    let statements = missing_statements(need, report);
    let explicit: Vec<&super::Gap> = report
        .permissions
        .gaps
        .iter()
        .chain(trust.into_iter().flat_map(|t| &t.gaps))
        .filter(|gap| gap.outcome == Outcome::ExplicitlyDenied)
        .collect();
    if !explicit.is_empty() {
        let mut grounds: Vec<String> = explicit.iter().flat_map(|gap| gap.because.iter().cloned()).collect();
        grounds.sort();
        grounds.dedup();
        let by = if grounds.is_empty() { "a Deny statement".to_owned() } else { grounds.join(", ") };
        notes.push(format!("a Deny wins over every Allow: first change {by}"));
    }
    if statements.is_empty() && !missing_trust {
        return None;
    }
    if role.is_reserved() {
        notes.push("IAM lets nobody change this role: make one of your own".to_owned());
        return None;
    }
    if report.permissions.gaps.iter().any(|gap| gap.because.iter().any(|why| why.contains("boundary does not allow"))) {
        notes.push("the permissions boundary must allow it too".to_owned());
    }
    let Some(trust) = role.trust.value() else {
        notes.push("the role's trust policy was not read, and a spec must hold it whole".to_owned());
        return None;
    };
    let trust = if missing_trust { joined(trust, need.trust_document.as_ref()) } else { trust.clone() };
    let mut text = format!("version: 1\nroles:\n  {}:\n    manage: additive\n    adopt: true\n", quoted(name.as_str()));
    text += &format!("    path: {}\n", quoted(&role.path));
    text += "    trust_document:\n";
    text += &indented(&trust, 6);
    if !statements.is_empty() {
        let policy = format!("{}-missing", need.name.replace('/', "-"));
        let document = Document::new(json!({"Version": crate::policy::data::VERSION, "Statement": statements}));
        text += &format!("    inline_policies:\n      {}:\n", quoted(&policy));
        text += &indented(&document, 8);
    }
    Some(text)
}

/// The template's statements, of each the actions and resources that nothing allows.
fn missing_statements(need: &Need, report: &Report) -> Vec<Value> {
    let denied = |action: &str, resource: &str| {
        report
            .permissions
            .gaps
            .iter()
            .any(|gap| gap.outcome == Outcome::Denied && gap.action == action && gap.resource.as_deref() == Some(resource))
    };
    let mut all = Vec::new();
    for statement in &need.statements {
        let singles = statement.single_actions();
        let actions: Vec<&String> = singles.iter().filter(|a| statement.resources.iter().any(|r| denied(a, r))).collect();
        if actions.is_empty() {
            continue;
        }
        // All of a pattern's actions missing: the pattern as the template has it.
        let actions: Vec<&String> = if actions.len() == singles.len() { statement.actions.iter().collect() } else { actions };
        let resources: Vec<&String> = statement.resources.iter().filter(|r| singles.iter().any(|a| denied(a, r))).collect();
        let mut one = Map::new();
        one.insert("Effect".to_owned(), json!("Allow"));
        one.insert("Action".to_owned(), json!(actions));
        one.insert("Resource".to_owned(), json!(resources));
        if let Some(condition) = &statement.condition {
            one.insert("Condition".to_owned(), condition.clone());
        }
        all.push(Value::Object(one));
    }
    all
}

/// The role's own trust with the template's statements after it; one that is no document is replaced.
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
