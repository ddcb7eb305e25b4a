//! Who may newly assume a role, in words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report::AccountReport;
use crate::names::Address;
use crate::plan::AccessGrant;
use crate::policy::Document;
use crate::policy::access::CallerClass;
use crate::policy::ast::{Policy, Statement};

/// Who may assume a role by a grant of its trust policy, in words with names between backticks; `None` for any other grant.
pub fn caller(account: &AccountReport, grant: &AccessGrant) -> Option<String> {
    let by = grant.example.get("principal").and_then(Value::as_str)?;
    Some(who(account, grant, by))
}

/// Says who may newly assume `role`; `by` is the class of callers that gains.
pub(super) fn assumed(account: &AccountReport, role: &Address, grant: &AccessGrant, by: &str) -> String {
    let trust = account.changes.iter().filter(|c| c.address == *role).flat_map(|c| &c.fields).find(|f| f.field == "trust");
    let before = trust.map(|field| principals(&field.before)).unwrap_or_default();
    let who = who(account, grant, by);
    if before.iter().any(|named| stands_for(named, by)) {
        return format!("{who} may assume `{role}` in more cases than before");
    }
    format!("{who} may now assume `{role}`")
}

/// The account of an ARN, and what follows it: `role/example`.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    Some((parts.next()?, parts.next()?))
}

fn who(account: &AccountReport, grant: &AccessGrant, by: &str) -> String {
    if let Some((_, host)) = by.split_once(":oidc-provider/") {
        return match subjects(&grant.conditions, host).as_slice() {
            [] => format!("whoever has a token of `{host}`"),
            [one] => format!("`{one}` of `{host}`"),
            [one, rest @ ..] => format!("`{one}` and {} more of `{host}`", rest.len()),
        };
    }
    match CallerClass::read(by) {
        CallerClass::Account(id) => return format!("any principal of account `{id}`"),
        CallerClass::One(_) => {}
        class => return class.to_string(),
    }
    match parts(by) {
        Some((id, what)) => {
            let session =
                what.strip_prefix("assumed-role/").and_then(|s| s.split_once('/')).map(|(name, _)| format!("role/{name}"));
            let what = session.unwrap_or_else(|| what.to_owned());
            match account.accounts.iter().any(|own| own.id.as_str() == id) {
                true => format!("`{what}`"),
                false => format!("`{what}` of account `{id}`"),
            }
        }
        None => format!("`{by}`"),
    }
}

/// Whether a principal of a trust policy lets in who is like the caller.
fn stands_for(named: &str, by: &str) -> bool {
    if named == "*" || named == by {
        return true;
    }
    if let CallerClass::Account(id) = CallerClass::read(by) {
        return named == id || parts(named).is_some_and(|(account, what)| account == id && what == "root");
    }
    let Some((account, what)) = parts(by) else { return false };
    if named == account {
        return true;
    }
    match (parts(named), what) {
        (Some((id, "root")), _) => id == account,
        (Some((id, named)), what) if id == account => {
            let name = named.strip_prefix("role/").map(|name| name.rsplit('/').next().unwrap_or(name));
            let session = what.strip_prefix("assumed-role/").and_then(|s| s.split_once('/')).map(|(name, _)| name);
            name.is_some() && name == session
        }
        _ => false,
    }
}

/// Every principal that Allow statements of a trust policy name.
fn principals(trust: &Value) -> BTreeSet<String> {
    let policy = Policy::read(&Document::new(trust.clone()));
    let named = policy.statements.iter().filter(|s| s.allows()).flat_map(Statement::each_principal);
    named.filter(|principal| !principal.negated).map(|principal| principal.value.to_owned()).collect()
}

/// The subjects that conditions ask a token for, as written.
fn subjects<'a>(conditions: &'a Value, host: &str) -> Vec<&'a str> {
    let key = format!("{host}:sub");
    let operators = conditions
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(operator, _)| matches!(operator.as_str(), "StringEquals" | "StringLike"));
    let tests = operators.filter_map(|(_, tests)| tests.as_object()).flatten();
    tests.filter(|(name, _)| name.eq_ignore_ascii_case(&key)).flat_map(|(_, values)| texts(values)).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
