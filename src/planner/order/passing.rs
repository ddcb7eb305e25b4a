//! Passing documents: where one call of a document would do two things at once, and no order of the calls is safe, the document takes its
//! steps one after the other. First it denies what the new one denies, then it allows what both allow, and only then it gives up the old.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Node;
use super::effects::{self, Effects};
use super::search::Group;
use crate::diff::{Context, Effect};
use crate::model::{Act, Operation};
use crate::policy::Document;

/// The calls with each inline replacement of a group taken apart; `None` where none can be.
///
/// Managed policies are left alone: the versions in between would stay in their history, where a rollback would find them.
pub(super) fn split<'a>(
    cx: &Context<'_>,
    nodes: &[Node<'a>],
    effects: &Effects,
    group: &Group,
) -> Option<(Vec<Node<'a>>, Effects, Group)> {
    let (mut nodes, mut effects) = (nodes.to_vec(), effects.clone());
    let mut all = Group { calls: group.calls.clone(), principals: group.principals.clone() };
    let mut changed = false;
    for call in &group.calls {
        let Some(node) = nodes.get(*call).cloned() else { continue };
        let Some((before, after)) = effects::replaced_inline(cx, &node) else { continue };
        let effect = Effect::of(Some(&before), Some(&after)).proven(&before, &after);
        let Some((passing, last)) = stages(&before, &after, effect).filter(|(passing, _)| !passing.is_empty()) else { continue };
        changed = true;
        let mut previous = None;
        for (document, effect) in passing {
            let number = nodes.len();
            let mut stage = node.clone();
            stage.operation = Cow::Owned(with_document(&node.operation, &document)?);
            stage.phase = effect.phase();
            stage.hard.extend(previous);
            nodes.push(stage);
            all.calls.insert(number);
            for calls in effects.values_mut().filter(|calls: &&mut BTreeMap<usize, Effect>| calls.contains_key(call)) {
                calls.insert(number, effect);
            }
            previous = Some(number);
        }
        // Whatever waited for the replacement waits for its last stage, which is the call itself.
        if let Some(own) = nodes.get_mut(*call) {
            own.hard.extend(previous);
            own.phase = last.phase();
        }
        for effect in effects.values_mut().filter_map(|calls| calls.get_mut(call)) {
            *effect = last;
        }
    }
    changed.then_some((nodes, effects, all))
}

/// The documents on the way, each with what its call does, and what the last call does.
fn stages(before: &Document, after: &Document, effect: Effect) -> Option<(Vec<(Document, Effect)>, Effect)> {
    let version = before.value().get("Version");
    if version != after.value().get("Version") {
        return None;
    }
    let none = Effect::default();
    let does = [
        (effect.restrains, Effect { restrains: true, ..none }, (true, false), true),
        (effect.grants, Effect { grants: true, ..none }, (true, true), true),
        (effect.withdraws, Effect { withdraws: true, ..none }, (false, true), true),
        (effect.relaxes, Effect { relaxes: true, ..none }, (false, true), false),
    ];
    let both_deny = effect.restrains;
    let mut steps: Vec<(Document, Effect)> = Vec::new();
    for (_, effect, (old, new), old_denies) in does.into_iter().filter(|(does, ..)| *does) {
        let mut statements: Vec<Value> = Vec::new();
        let mut add = |document: &Document, deny: bool| {
            for statement in document.statements().iter().filter(|s| effects::is_deny(s) == deny) {
                if !statements.contains(statement) {
                    statements.push(statement.clone());
                }
            }
        };
        if old {
            add(before, false);
        }
        if new {
            add(after, false);
        }
        if old_denies {
            add(before, true);
        }
        if both_deny || !old_denies {
            add(after, true);
        }
        unique_sids(&mut statements);
        let mut whole = serde_json::Map::new();
        whole.extend(version.map(|version| ("Version".to_owned(), version.clone())));
        whole.insert("Statement".to_owned(), json!(statements));
        steps.push((Document::new(Value::Object(whole)), effect));
    }
    let (_, last) = steps.pop()?;
    Some((steps, last))
}

/// IAM wants each `Sid` once.
fn unique_sids(statements: &mut [Value]) {
    let mut seen = BTreeSet::new();
    for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
        let taken = statement.get("Sid").and_then(Value::as_str).is_some_and(|sid| !seen.insert(sid.to_owned()));
        if taken {
            statement.remove("Sid");
        }
    }
}

fn with_document(operation: &Operation, document: &Document) -> Option<Operation> {
    let Act::PutInline(name, _) = operation.act() else { return None };
    Some(operation.holder()?.put(name.to_owned(), document.to_compact()))
}
