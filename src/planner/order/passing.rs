//! Passing documents: where one call of a document would do two things at once, and no order of the calls is safe, the document takes its
//! steps one after the other. First it denies what the new one denies, then it allows what both allow, and only then it gives up the old.
//! A trust policy first admits only those whom both admit.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Node;
use super::effects::{self, Effects};
use super::search::Group;
use super::trust;
use crate::diff::{Context, Effect};
use crate::model::{Act, Operation};
use crate::names::Address;
use crate::policy::Document;
use crate::policy::access::Library;

/// A call taken apart.
struct Passing {
    /// The calls on the way, each with what it does.
    stages: Vec<(Operation, Effect)>,
    /// What the call itself then does.
    last: Effect,
    /// Calls that make room: the number of the stage that needs it (the call itself comes after the last), and the call.
    room: Vec<(usize, Operation)>,
}

/// Single calls that are taken apart before all are.
const SINGLE: usize = 6;

/// What taking calls apart changed, so that it can be undone.
#[derive(Default)]
pub(super) struct Split<'a> {
    /// How many calls there were.
    length: usize,
    nodes: Vec<(usize, Node<'a>)>,
    effects: BTreeMap<Address, BTreeMap<usize, Effect>>,
}

impl<'a> Split<'a> {
    /// Whether no call could be taken apart.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// As it was before.
    pub(super) fn undo(self, nodes: &mut Vec<Node<'a>>, effects: &mut Effects, group: &mut Group) {
        nodes.truncate(self.length);
        group.calls.retain(|call| *call < self.length);
        for (call, node) in self.nodes {
            if let Some(own) = nodes.get_mut(call) {
                *own = node;
            }
        }
        effects.extend(self.effects);
    }
}

/// Which calls of a group to take apart, the least that may do first: one, all but managed policies, all. Where somebody else may assume a
/// role, its access can hardly change before the trust policy admits fewer, so that comes first. A version of a managed policy stays in its
/// history, so those come last.
pub(super) fn choices(nodes: &[Node<'_>], effects: &Effects, group: &Group) -> Vec<BTreeSet<usize>> {
    let mixed = |call: &&usize| {
        let own = group.touched.iter().filter_map(|principal| effects.get(principal)?.get(*call));
        own.into_iter().any(|effect| !effect.is_pure())
    };
    let all: BTreeSet<usize> = group.calls.iter().filter(mixed).copied().collect();
    let is_version = |call: &usize| nodes.get(*call).is_some_and(|node| node.operation.act() == Act::NewVersion);
    let is_trust = |call: &usize| nodes.get(*call).is_some_and(|node| matches!(node.operation.act(), Act::Trust(_)));
    let (versions, plain): (BTreeSet<usize>, BTreeSet<usize>) = all.iter().partition(|call| is_version(call));
    let (trusts, others): (Vec<usize>, Vec<usize>) = plain.iter().partition(|call| is_trust(call));
    let singles = trusts.iter().chain(&others).chain(&versions).take(SINGLE).map(|call| BTreeSet::from([*call]));
    let mut choices: Vec<BTreeSet<usize>> = singles.collect();
    for choice in [plain, all] {
        if choice.len() > 1 && !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    choices
}

/// Takes some calls of a group apart, where they can be.
pub(super) fn split<'a>(
    cx: &Context<'_>,
    library: &Library,
    (nodes, effects): (&mut Vec<Node<'a>>, &mut Effects),
    group: &mut Group,
    choice: &BTreeSet<usize>,
) -> Split<'a> {
    let mut split = Split { length: nodes.len(), ..Split::default() };
    for call in choice {
        let Some(node) = nodes.get(*call).cloned() else { continue };
        let Some(passing) = apart(cx, library, &node, nodes).filter(|passing| !passing.stages.is_empty()) else { continue };
        split.nodes.push((*call, node.clone()));
        let touched: Vec<&Address> =
            group.touched.iter().filter(|one| effects.get(*one).is_some_and(|calls| calls.contains_key(call))).collect();
        for principal in &touched {
            if let Some(calls) = effects.get(*principal) {
                split.effects.entry((*principal).clone()).or_insert_with(|| calls.clone());
            }
        }
        let needs = |stage: usize, room: &[(usize, usize)]| -> Vec<usize> {
            room.iter().filter(|(of, _)| *of == stage).map(|(_, number)| *number).collect()
        };
        let mut room = Vec::new();
        for (stage, operation) in passing.room {
            room.push((stage, nodes.len()));
            nodes.push(Node { operation: Cow::Owned(operation), soft: BTreeSet::new(), ..node.clone() });
        }
        let count = passing.stages.len();
        let mut previous = None;
        for (stage, (operation, effect)) in passing.stages.into_iter().enumerate() {
            let number = nodes.len();
            let mut next = Node { operation: Cow::Owned(operation), phase: effect.phase(), ..node.clone() };
            next.hard.extend(previous);
            next.hard.extend(needs(stage, &room));
            nodes.push(next);
            group.calls.insert(number);
            for principal in &touched {
                effects.entry((*principal).clone()).or_default().insert(number, effect);
            }
            previous = Some(number);
        }
        // Whatever waited for the replacement waits for its last stage, which is the call itself.
        if let Some(own) = nodes.get_mut(*call) {
            own.hard.extend(previous);
            own.hard.extend(needs(count, &room));
            own.phase = passing.last.phase();
        }
        for principal in touched {
            effects.entry(principal.clone()).or_default().insert(*call, passing.last);
        }
    }
    split
}

fn apart(cx: &Context<'_>, library: &Library, node: &Node<'_>, nodes: &[Node<'_>]) -> Option<Passing> {
    if let Act::Trust(after) = node.operation.act() {
        let (before, after) = (trust::before(cx, node)?, Document::parse(after).ok()?);
        let between = trust::common(library, &before, &after, &cx.snapshot.account.id)?;
        let bars = Effect { bars: true, ..Effect::default() };
        let operation = with_document(&node.operation, &between)?;
        let last = Effect { admits: true, ..Effect::default() };
        return Some(Passing { stages: vec![(operation, bars)], last, room: Vec::new() });
    }
    let (before, after) = effects::replaced(cx, node)?;
    let effect = Effect::of(Some(&before), Some(&after)).proven(&before, &after);
    let (documents, last) = stages(&before, &after, effect)?;
    let operations = documents.into_iter().map(|(document, effect)| Some((with_document(&node.operation, &document)?, effect)));
    let stages: Vec<(Operation, Effect)> = operations.collect::<Option<_>>()?;
    let room = if node.operation.act() == Act::NewVersion { room(cx, node, nodes, stages.len())? } else { Vec::new() };
    Some(Passing { stages, last, room })
}

/// Versions that go so that IAM takes some more than one: the oldest that are not in force. `None`: there are too few.
fn room(cx: &Context<'_>, node: &Node<'_>, nodes: &[Node<'_>], more: usize) -> Option<Vec<(usize, Operation)>> {
    let arn = node.operation.policy_arn()?;
    let policy = cx.snapshot.policies.get(&cx.policy_of(arn)?.name)?;
    let dropped: Vec<&Operation> = node
        .hard
        .iter()
        .filter_map(|i| nodes.get(*i))
        .map(|node| &*node.operation)
        .filter(|o| o.act() == Act::DropVersion)
        .collect();
    let free = (cx.snapshot.limits().versions_per_policy() as usize + dropped.len()).checked_sub(policy.versions.len())?;
    let drop = |version_id| Operation::DeletePolicyVersion { policy_arn: arn.to_owned(), version_id };
    let mut old = policy
        .versions
        .keys()
        .filter(|version| **version != policy.default_version)
        .map(|version| drop(version.clone()))
        .filter(|operation| !dropped.contains(&operation));
    (free..=more).map(|stage| Some((stage, old.next()?))).collect()
}

/// Whether a version of a managed policy was only on the way from one document to another.
pub(super) fn is_stage(before: &Document, version: &Document, after: &Document) -> bool {
    let effect = Effect::of(Some(before), Some(after)).proven(before, after);
    stages(before, after, effect).is_some_and(|(on_the_way, _)| on_the_way.iter().any(|(document, _)| document == version))
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
                    statements.push((*statement).clone());
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
        steps.push((with_statements(version, statements), effect));
    }
    let (_, last) = steps.pop()?;
    Some((steps, last))
}

/// A document of these statements. IAM wants each `Sid` once.
pub(super) fn with_statements(version: Option<&Value>, mut statements: Vec<Value>) -> Document {
    let mut seen = BTreeSet::new();
    for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
        let taken = statement.get("Sid").and_then(Value::as_str).is_some_and(|sid| !seen.insert(sid.to_owned()));
        if taken {
            statement.remove("Sid");
        }
    }
    let mut whole = serde_json::Map::new();
    whole.extend(version.map(|version| ("Version".to_owned(), version.clone())));
    whole.insert("Statement".to_owned(), json!(statements));
    Document::new(Value::Object(whole))
}

/// The same call with another document.
fn with_document(operation: &Operation, document: &Document) -> Option<Operation> {
    let text = document.to_compact();
    match operation.act() {
        Act::PutInline(name, _) => Some(operation.holder()?.put(name.to_owned(), text)),
        Act::Trust(_) => {
            let role_name = operation.subject()?.name;
            Some(Operation::UpdateAssumeRolePolicy { role_name, policy_document: text })
        }
        Act::NewVersion => {
            let policy_arn = operation.policy_arn()?.to_owned();
            Some(Operation::CreatePolicyVersion { policy_arn, policy_document: text, set_as_default: true })
        }
        _ => None,
    }
}
