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

/// Callers that a headline names; the rest is counted.
const NAMED: usize = 4;

/// Says who may newly assume `role`, and how many of the grants that covers. Callers of other accounts come first: a foreign one
/// must not hide behind a familiar one. `None` where no grant is of a trust policy.
pub(super) fn assumed(account: &AccountReport, role: &Address, grants: &[AccessGrant]) -> Option<(String, usize)> {
    let trust = account.changes.iter().filter(|c| c.address == *role).flat_map(|c| &c.fields).find(|f| f.field == "trust");
    let before = trust.map(|field| principals(&field.before)).unwrap_or_default();
    let classes = grants.iter().filter_map(|grant| Some((grant, grant.example.get("principal")?.as_str()?)));
    let (wider, new): (Vec<_>, Vec<_>) = classes.partition(|(_, by)| before.iter().any(|named| stands_for(named, by)));
    let (classes, what) = match new.is_empty() {
        true => (wider, format!("may assume `{role}` in more cases than before")),
        false => (new, format!("may now assume `{role}`")),
    };
    let own = |by: &str| is_own(account, by);
    let mut callers: Vec<String> = Vec::new();
    let (own, foreign): (Vec<_>, Vec<_>) = classes.iter().partition(|(_, by)| own(by));
    for (grant, by) in foreign.into_iter().chain(own) {
        let caller = who(account, grant, by);
        if !callers.contains(&caller) {
            callers.push(caller);
        }
    }
    let last = callers.len().checked_sub(1)?;
    let text = match callers.as_slice() {
        [one] => format!("{one} {what}"),
        many if many.len() <= NAMED => format!("{} and {} {what}", many[..last].join(", "), many[last]),
        many => format!("{} and {} more callers {what}", many[..NAMED].join(", "), many.len() - NAMED),
    };
    Some((text, classes.len()))
}

/// Whether a caller is of the account itself.
fn is_own(account: &AccountReport, by: &str) -> bool {
    let id = match CallerClass::read(by) {
        CallerClass::Account(id) => Some(id),
        CallerClass::One(name) => parts(&name).map(|(id, _)| id.to_owned()),
        CallerClass::Anyone | CallerClass::AnyService | CallerClass::AnyProvider | CallerClass::Organisation(_) => None,
    };
    id.is_some_and(|id| account.accounts.iter().any(|own| own.id.as_str() == id))
}

/// Whether a caller is of the account itself, or one AWS service. Providers are not: who they know is for others to say.
pub(super) fn is_familiar(account: &AccountReport, by: &str) -> bool {
    let is_service = matches!(CallerClass::read(by), CallerClass::One(name) if parts(&name).is_none());
    is_service || (is_own(account, by) && !by.contains(":oidc-provider/") && !by.contains(":saml-provider/"))
}

/// The account of an ARN, and what follows it: `role/example`.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    Some((parts.next()?, parts.next()?))
}

fn who(account: &AccountReport, grant: &AccessGrant, by: &str) -> String {
    if let Some((_, host)) = by.split_once(":oidc-provider/") {
        return match subjects(&grant.conditions, host).as_slice() {
            [] => format!("anyone with a token of `{host}`"),
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
