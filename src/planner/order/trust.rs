//! Who may assume a role while its trust policy and its access change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Node, effects, passing};
use crate::diff::{Context, Effect};
use crate::model::Act;
use crate::names::AccountId;
use crate::policy::Document;
use crate::policy::access::{CallerClass, Library, Options, TrustDiff, TrustGrant, Verdict};

/// Which states of a role's access are no more than everyone may have who may assume it in this state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Door {
    /// Somebody may still assume it who may not afterwards: the role may not be allowed more than before.
    pub old: bool,
    /// Somebody may assume it already who could not before: the role may not be allowed more than afterwards.
    pub new: bool,
}

impl Door {
    /// When these calls of a role are done.
    pub(super) fn at(calls: &BTreeMap<usize, Effect>, done: &[usize]) -> Self {
        let old = calls.iter().any(|(call, effect)| effect.bars && !done.contains(call));
        let new = calls.iter().any(|(call, effect)| effect.admits && done.contains(call));
        Self { old, new }
    }
}

/// The trust policy that a call replaces; `None` where there is none, or it was not read.
pub(super) fn before(cx: &Context<'_>, node: &Node<'_>) -> Option<Document> {
    cx.snapshot.roles.get(&node.subject.as_ref()?.name)?.trust.value().cloned()
}

/// What a call that replaces a trust policy does.
pub(super) fn effect(cx: &Context<'_>, node: &Node<'_>) -> Effect {
    let Act::Trust(after) = node.operation.act() else { return Effect::default() };
    let there = node.subject.as_ref().is_some_and(|role| cx.snapshot.roles.contains_key(&role.name));
    match (before(cx, node), Document::parse(after)) {
        (Some(before), Ok(after)) => Effect::of_trust(Some(&before), &after),
        _ => Effect { bars: there, admits: true, ..Effect::default() },
    }
}

/// The same by what the policies mean, where their texts say that it does both.
pub(super) fn proven(cx: &Context<'_>, library: &Library, node: &Node<'_>) -> Option<Effect> {
    let Act::Trust(after) = node.operation.act() else { return None };
    let (before, after) = (before(cx, node)?, Document::parse(after).ok()?);
    let found = library.compare_trust(Some(&before), Some(&after), &cx.snapshot.account.id, Options::default());
    Some(Effect { bars: loses(&found), admits: found.verdict() != Verdict::NoNewAccess, ..Effect::default() })
}

fn loses(found: &TrustDiff) -> bool {
    !found.lost.is_empty() || found.lost_reason.is_some()
}

/// A trust policy that admits whom both admit, and nobody else; `None` where none is proven to.
pub(super) fn common(library: &Library, before: &Document, after: &Document, account: &AccountId) -> Option<Document> {
    let version = before.value().get("Version");
    if version != after.value().get("Version") {
        return None;
    }
    let theirs = each_principal(after);
    let mut kept: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    let mut whole: Vec<Value> = Vec::new();
    for (rest, principal) in each_principal(before).into_iter().filter(|one| theirs.contains(one)) {
        match principal {
            Some((kind, value)) => kept.entry(rest).or_default().entry(kind).or_default().push(Value::String(value)),
            None => whole.extend(serde_json::from_str::<Value>(&rest).ok()),
        }
    }
    for (rest, principals) in kept {
        let mut statement: Map<String, Value> = serde_json::from_str(&rest).ok()?;
        statement.insert("Principal".to_owned(), json!(principals));
        whole.push(Value::Object(statement));
    }
    for statement in before.statements().iter().chain(after.statements()).filter(|s| effects::is_deny(s)) {
        if !whole.contains(statement) {
            whole.push(statement.clone());
        }
    }
    let admits = whole.iter().any(|statement| !effects::is_deny(statement));
    let document =
        if admits { passing::with_statements(version, whole) } else { Document::parse(crate::planner::cycles::NOBODY).ok()? };
    let compare = |one: &Document, other: &Document| library.compare_trust(Some(one), Some(other), account, Options::default());
    let (from_old, from_new) = (compare(before, &document), compare(after, &document));
    let narrower =
        [&from_old, &from_new].iter().all(|found| found.verdict() == Verdict::NoNewAccess && found.lost_reason.is_none());
    (narrower && apart(&from_old.lost, &from_new.lost)).then_some(document)
}

/// Whether nobody is among both: each is named, and none twice.
fn apart(one: &[TrustGrant], other: &[TrustGrant]) -> bool {
    let named = |grants: &[TrustGrant]| -> Option<BTreeSet<String>> {
        let name = |grant: &TrustGrant| match &grant.caller {
            CallerClass::One(name) => Some(name.clone()),
            CallerClass::Anyone
            | CallerClass::AnyService
            | CallerClass::AnyProvider
            | CallerClass::Organisation(_)
            | CallerClass::Account(_) => None,
        };
        grants.iter().map(name).collect()
    };
    // Whoever loses nothing on one side is in no danger of losing it on both.
    one.is_empty()
        || other.is_empty()
        || matches!((named(one), named(other)), (Some(one), Some(other)) if one.is_disjoint(&other))
}

/// Each Allow once for each of its principals: the statement without it and without `Sid`, and the principal, where it is one by name.
fn each_principal(document: &Document) -> Vec<(String, Option<(String, String)>)> {
    let mut found = Vec::new();
    for statement in document.statements().iter().filter(|s| !effects::is_deny(s)) {
        let Some(mut rest) = statement.as_object().cloned() else { continue };
        rest.remove("Sid");
        let by_kind = rest.get("Principal").and_then(Value::as_object).cloned();
        let Some(by_kind) = by_kind else {
            found.push((Value::Object(rest).to_string(), None));
            continue;
        };
        rest.remove("Principal");
        let rest = Value::Object(rest).to_string();
        for (kind, values) in by_kind {
            let values = match values {
                Value::Array(all) => all,
                one => vec![one],
            };
            let names = values.into_iter().filter_map(|value| value.as_str().map(str::to_owned));
            found.extend(names.map(|name| (rest.clone(), Some((kind.clone(), name)))));
        }
    }
    found
}
