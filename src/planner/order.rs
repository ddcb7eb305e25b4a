//! The order of the calls, found by carrying them out on the embedded machine (INVARIANT (rehearsed)).
//!
//! Two kinds of edges: *hard* ones, without which IAM would refuse a call or lose something (a role before its attachments,
//! a memory before what it remembers), and *soft* ones, which keep each principal's access between old and new (see
//! [`Phase`]). A quota that leaves no room, or a circle, breaks soft edges only, and the plan marks the gap.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::backend::embedded::{Machine, Strictness};
use crate::backend::{BackendError, ErrorKind};
use crate::diff::{Context, Diff, Phase};
use crate::model::{Act, Operation, Policy, Seen, Snapshot, policy_address};
use crate::names::{Address, EntityKind, VersionId};
use crate::plan::{Action, Finding, Gap, Step, StepId};
use crate::policy::access::Library;
use crate::scope;

use super::refusal;
use effects::Effects;

mod effects;
mod others;
mod passing;
mod proof;
mod prove;
mod reading;
mod search;
#[cfg(test)]
mod tests;
mod trust;

/// What ordering yields.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    /// The calls in an order that IAM accepts.
    pub steps: Vec<Step>,
    /// Where something is missing for a while.
    pub gaps: Vec<Gap>,
    /// Refusals that IAM would give too.
    pub findings: Vec<Finding>,
    /// The account after all steps, as rehearsed; `None` when there are no steps.
    pub end: Option<Snapshot>,
}

#[derive(Clone)]
struct Node<'a> {
    draft: usize,
    address: &'a Address,
    operation: Cow<'a, Operation>,
    phase: Phase,
    subject: Option<Address>,
    refers: Vec<Address>,
    hard: BTreeSet<usize>,
    soft: BTreeSet<usize>,
}

/// A walk, and the place of each call in it.
struct Walked {
    ordered: Ordered,
    positions: Vec<Option<usize>>,
}

/// Time of the rehearsal: the machine stamps what it makes, and nothing of it reaches the plan.
pub(super) const REHEARSAL_TIME: &str = "1970-01-01T00:00:00Z";

/// Orders and rehearses every call of the changes that are not blocked.
pub(super) fn order(cx: &Context<'_>, diff: &Diff, library: &Library, wanted: super::Order) -> Ordered {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    for (index, draft) in diff.drafts.iter().enumerate().filter(|(_, d)| d.action != Action::Blocked) {
        for call in &draft.calls {
            nodes.push(Node {
                draft: index,
                address: &draft.address,
                operation: Cow::Borrowed(&call.operation),
                phase: call.phase,
                subject: call.operation.subject(),
                refers: call.operation.refers(),
                hard: BTreeSet::new(),
                soft: BTreeSet::new(),
            });
        }
    }
    if nodes.is_empty() {
        return Ordered::default();
    }
    hard_edges(cx.snapshot, diff, &mut nodes);
    let renamed = renamed(cx.snapshot, &nodes);
    let named = Context { snapshot: renamed.as_ref().unwrap_or(cx.snapshot), ..*cx };
    let effects = effects::of(&named, library, &mut nodes);
    soft_edges(&effects, &mut nodes);
    let first = Walk::new(cx, &nodes).run();
    if wanted == super::Order::OfPhases {
        return first.ordered;
    }
    // What is replaced is not there for a while; the plan says so.
    let replaced = |a: &Address| diff.drafts.iter().any(|d| d.action == Action::Replace && d.address == *a);
    prove::prove(&prove::Account { cx, named: &named, library }, nodes, effects, &replaced, first)
}

/// The account with the names that the plan gives, where it gives some: whatever else is done to what is renamed comes after.
fn renamed(snapshot: &Snapshot, nodes: &[Node<'_>]) -> Option<Snapshot> {
    let mut renames = nodes.iter().filter(|node| node.operation.renames().is_some()).peekable();
    renames.peek()?;
    let mut machine = Machine::new(snapshot.clone(), Strictness::Rehearsal);
    for node in renames {
        // One that is refused here is refused in the rehearsal, and no plan follows.
        let _ = machine.perform(&node.operation, REHEARSAL_TIME);
    }
    Some(machine.into_snapshot())
}

/// Whether a version of a policy only was a step on the way from an earlier one to the default (see `passing`).
pub fn is_on_the_way(policy: &Policy, version: &VersionId) -> bool {
    let document = |version: &VersionId| policy.versions.get(version).and_then(|version| version.document.value());
    let (Some(on_the_way), Some(after)) = (document(version), policy.default_document()) else { return false };
    let earlier = policy.versions.keys().filter(|id| *id < version).filter_map(document);
    *version < policy.default_version && earlier.into_iter().any(|before| passing::is_stage(before, on_the_way, after))
}

/// Dependencies that IAM itself has.
fn hard_edges(snapshot: &Snapshot, diff: &Diff, nodes: &mut [Node<'_>]) {
    let mut makers: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    let mut removers: BTreeMap<Address, usize> = BTreeMap::new();
    let mut renamers: BTreeMap<Address, usize> = BTreeMap::new();
    // Whatever brings an entity into the state that others rely on: a new default version, a new path.
    let mut movers: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        let Some(subject) = node.subject.clone() else { continue };
        if node.operation.creates() {
            makers.entry(subject.clone()).or_default().push(i);
        }
        // Under its new name an entity is there once it is renamed.
        if let Some(new) = node.operation.renames() {
            renamers.insert(new.clone(), i);
            makers.entry(new).or_default().push(i);
        }
        if node.operation.deletes() {
            removers.insert(subject.clone(), i);
        }
        if matches!(node.operation.act(), Act::NewVersion | Act::DefaultVersion | Act::Move) {
            movers.entry(subject).or_default().push(i);
        }
    }
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        for referred in &node.refers {
            edges.extend(makers.get(referred).into_iter().flatten().map(|m| (i, *m)));
            edges.extend(movers.get(referred).into_iter().flatten().map(|m| (i, *m)));
        }
        edges.extend(node.operation.frees().and_then(|freed| renamers.get(&freed)).map(|renamer| (i, *renamer)));
        if let Some(subject) = &node.subject {
            let remover = removers.get(subject).copied();
            if node.operation.creates() {
                edges.extend(remover.map(|r| (i, r)));
            } else if let (true, Some(remover)) = (node.operation.act().takes(), remover) {
                edges.push((remover, i));
            } else if !node.operation.deletes() {
                edges.extend(makers.get(subject).into_iter().flatten().map(|m| (i, *m)));
            }
        }
        // Detaching a policy, or leaving a profile or a group, comes before the end of what is left.
        if node.operation.act().takes() {
            let left = node.operation.policy_arn().and_then(policy_address).or_else(|| node.operation.frees());
            if let Some(remover) = left.and_then(|a| removers.get(&a).copied()) {
                edges.push((remover, i));
            }
        }
    }
    let ends_a_boundary = |node: &Node<'_>| {
        let holder = node.operation.holder().is_some();
        holder && matches!(node.operation.act(), Act::Bound(_) | Act::Unbound | Act::Delete)
    };
    let deletes_a_policy =
        |node: &Node<'_>| node.operation.deletes() && node.subject.as_ref().is_some_and(|a| a.kind == EntityKind::Policy);
    let deletions: Vec<usize> = (0..nodes.len()).filter(|i| deletes_a_policy(&nodes[*i])).collect();
    // One that is taken off and set again ends where it is taken off.
    let unbound: BTreeSet<Address> =
        nodes.iter().filter(|n| n.operation.act() == Act::Unbound).filter_map(|n| n.subject.clone()).collect();
    let again = |node: &Node<'_>| {
        matches!(node.operation.act(), Act::Bound(_)) && node.subject.as_ref().is_some_and(|subject| unbound.contains(subject))
    };
    let bounders: Vec<usize> = (0..nodes.len()).filter(|i| ends_a_boundary(&nodes[*i]) && !again(&nodes[*i])).collect();
    // A boundary holds its policy: whatever ends or moves it comes before the policy is deleted. One that was not read may be any.
    let mut bounding: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for bounder in bounders {
        let boundary = nodes[bounder].subject.as_ref().and_then(|subject| boundary_of(snapshot, subject));
        match boundary.unwrap_or(&Seen::Unread) {
            Seen::Value(Some(policy)) => bounding.entry(Some(policy)).or_default().push(bounder),
            Seen::Value(None) => {}
            Seen::Unread => bounding.entry(None).or_default().push(bounder),
        }
    }
    for policy in deletions {
        let own = bounding.get(&nodes[policy].operation.policy_arn());
        edges.extend(own.into_iter().chain(bounding.get(&None)).flatten().map(|b| (policy, *b)));
    }
    for (i, j) in within_drafts(diff, nodes) {
        edges.push((i, j));
    }
    for (i, j) in edges {
        if i != j {
            nodes[i].hard.insert(j);
        }
    }
}

/// The boundary of a role or user that is there.
fn boundary_of<'s>(snapshot: &'s Snapshot, holder: &Address) -> Option<&'s Seen<Option<String>>> {
    match holder.kind {
        EntityKind::Role => snapshot.roles.get(&holder.name).map(|role| &role.permissions_boundary),
        EntityKind::User => snapshot.users.get(&holder.name).map(|user| &user.permissions_boundary),
        _ => None,
    }
}

/// Orders inside one change: memory and marks first, forgetting last, room before what needs it.
fn within_drafts(diff: &Diff, nodes: &[Node<'_>]) -> Vec<(usize, usize)> {
    let mut by_draft: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        by_draft.entry(node.draft).or_default().push(i);
    }
    let mut edges = Vec::new();
    for (draft, members) in by_draft {
        let replaced = diff.drafts.get(draft).is_some_and(|d| d.action == Action::Replace);
        for &i in &members {
            for &j in &members {
                let (a, b) = (&nodes[i], &nodes[j]);
                let room = a.operation.act() == Act::NewVersion && b.operation.act() == Act::DropVersion;
                let swap = matches!((a.operation.act(), b.operation.act()), (Act::Join(..), Act::Leave(..)))
                    && a.subject == b.subject
                    && a.subject.as_ref().is_some_and(|s| s.kind == EntityKind::InstanceProfile);
                let marks_first = match scope::remembers(&b.operation) {
                    true => a.phase > Phase::Make,
                    false => b.phase == Phase::Mark && a.phase > Phase::Mark,
                };
                let forgets_last = a.phase == Phase::Unmark && b.phase < Phase::Unmark;
                let renewed = replaced
                    && a.subject == b.subject
                    && matches!((a.operation.act(), b.operation.act()), (Act::Attach(new), Act::Detach(old)) if new == old);
                if room || swap || marks_first || forgets_last || renewed {
                    edges.push((i, j));
                }
            }
        }
    }
    edges
}

/// Each principal's calls in the order of their phases; a membership waits for what the group is given.
fn soft_edges(effects: &Effects, nodes: &mut [Node<'_>]) {
    for calls in effects.values() {
        let mut phases: BTreeMap<Phase, Vec<usize>> = BTreeMap::new();
        for &i in calls.keys().filter(|i| nodes.get(**i).is_some_and(|node| effects::is_ordered(node.phase))) {
            phases.entry(nodes[i].phase).or_default().push(i);
        }
        let levels: Vec<Vec<usize>> = phases.into_values().collect();
        for pair in levels.windows(2) {
            let [before, after] = pair else { continue };
            for &i in after {
                nodes[i].soft.extend(before.iter().filter(|j| **j != i));
            }
        }
    }
    for i in 0..nodes.len() {
        let (Act::Join(..), Some(group)) = (nodes[i].operation.act(), &nodes[i].subject) else { continue };
        let gifts = effects.get(group).into_iter().flatten().map(|(j, _)| *j);
        let gifts: Vec<usize> = gifts.filter(|j| nodes[*j].phase <= Phase::Grant).collect();
        nodes[i].soft.extend(gifts);
    }
}

type Key<'a> = (Phase, &'a Address, usize);

/// The walk over the graph, on the machine.
struct Walk<'n, 'a> {
    cx: &'n Context<'n>,
    nodes: &'n [Node<'a>],
    machine: Machine,
    waiting: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    ready: BinaryHeap<Reverse<Key<'n>>>,
    /// The step of each call that was carried out.
    done: Vec<Option<usize>>,
    skipped: BTreeSet<usize>,
    /// Needs that a quota added: this call needs that removal.
    extra: BTreeMap<usize, BTreeSet<usize>>,
    sequence: Vec<usize>,
    /// What is missing for a while: which call removes it, which call waited for the room, and what a reader is to know.
    missing: Vec<(usize, usize, String)>,
    out: Ordered,
}

impl<'n, 'a> Walk<'n, 'a> {
    fn new(cx: &'n Context<'n>, nodes: &'n [Node<'a>]) -> Self {
        let mut dependents = vec![Vec::new(); nodes.len()];
        let mut waiting = vec![0; nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            let needs: BTreeSet<usize> = node.hard.union(&node.soft).copied().collect();
            waiting[i] = needs.len();
            for j in needs {
                dependents[j].push(i);
            }
        }
        let mut ready = BinaryHeap::new();
        for (i, node) in nodes.iter().enumerate() {
            if waiting[i] == 0 {
                ready.push(Reverse((node.phase, node.address, i)));
            }
        }
        let machine = Machine::new(cx.snapshot.clone(), Strictness::Rehearsal);
        let (done, skipped) = (vec![None; nodes.len()], BTreeSet::new());
        let (extra, sequence, missing, out) = (BTreeMap::new(), Vec::new(), Vec::new(), Ordered::default());
        Self { cx, nodes, machine, waiting, dependents, ready, done, skipped, extra, sequence, missing, out }
    }

    fn settled(&self, i: usize) -> bool {
        self.done[i].is_some() || self.skipped.contains(&i)
    }

    fn run(mut self) -> Walked {
        loop {
            while let Some(Reverse((_, _, i))) = self.ready.pop() {
                if !self.settled(i) {
                    self.carry_out(i);
                }
            }
            // What is left waits in a circle of soft edges: the first call whose hard needs are met goes.
            let stuck = (0..self.nodes.len())
                .filter(|i| !self.settled(*i) && self.nodes[*i].hard.iter().all(|j| self.settled(*j)))
                .min_by_key(|i| (self.nodes[*i].phase, self.nodes[*i].address, *i));
            match stuck {
                Some(i) => self.carry_out(i),
                None => break,
            }
        }
        self.finish()
    }

    fn carry_out(&mut self, i: usize) {
        if self.nodes[i].hard.iter().any(|j| self.skipped.contains(j)) {
            self.skip(i);
            return;
        }
        loop {
            match self.machine.perform(&self.nodes[i].operation, REHEARSAL_TIME) {
                Ok(_) => {
                    self.mark_done(i);
                    return;
                }
                Err(error) => {
                    if error.kind == ErrorKind::Limit && self.make_room(i, &error) {
                        continue;
                    }
                    self.out.findings.push(refusal::explain(self.cx, self.nodes[i].address, &self.nodes[i].operation, &error));
                    self.skip(i);
                    return;
                }
            }
        }
    }

    fn mark_done(&mut self, i: usize) {
        self.done[i] = Some(self.sequence.len());
        self.sequence.push(i);
        self.release(i);
    }

    fn skip(&mut self, i: usize) {
        self.skipped.insert(i);
        self.release(i);
    }

    fn release(&mut self, i: usize) {
        for j in std::mem::take(&mut self.dependents[i]) {
            self.waiting[j] = self.waiting[j].saturating_sub(1);
            if self.waiting[j] == 0 {
                self.ready.push(Reverse((self.nodes[j].phase, self.nodes[j].address, j)));
            }
        }
    }

    /// A quota leaves no room for a call: the least removal of the same kind goes first, with what it hard-needs.
    fn make_room(&mut self, i: usize, error: &BackendError) -> bool {
        let candidate = (0..self.nodes.len())
            .filter(|j| !self.settled(*j) && frees_room(&self.nodes[i], &self.nodes[*j]))
            .find_map(|j| self.closure(j, i).map(|closure| (j, closure)));
        let Some((chosen, closure)) = candidate else { return false };
        for j in closure {
            let node = &self.nodes[j];
            if self.machine.perform(&node.operation, REHEARSAL_TIME).is_err() {
                return false;
            }
            if matches!(node.phase, Phase::Withdraw | Phase::Relax) {
                let message = format!(
                    "{} goes before its replacement is there, because the account's quota leaves no room ({}): what only it allows is missing",
                    what(self.cx, node),
                    error.message
                );
                self.missing.push((j, i, message));
            }
            self.mark_done(j);
        }
        self.extra.entry(i).or_default().insert(chosen);
        true
    }

    /// A call with all that it hard-needs and that is not done, in order; `None` if that would include `without`.
    fn closure(&self, start: usize, without: usize) -> Option<Vec<usize>> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let mut stack = vec![(start, false)];
        while let Some((node, expanded)) = stack.pop() {
            if node == without {
                return None;
            }
            if expanded {
                order.push(node);
                continue;
            }
            if self.settled(node) || !seen.insert(node) {
                continue;
            }
            stack.push((node, true));
            stack.extend(self.nodes[node].hard.iter().map(|j| (*j, false)));
        }
        Some(order)
    }

    fn finish(mut self) -> Walked {
        let id = |position: usize| StepId(format!("s{}", position + 1));
        for (position, &i) in self.sequence.iter().enumerate() {
            let node = &self.nodes[i];
            let needs: BTreeSet<usize> = node
                .hard
                .iter()
                .chain(&node.soft)
                .chain(self.extra.get(&i).into_iter().flatten())
                .filter_map(|j| self.done[*j])
                // A soft edge that was given up points forward.
                .filter(|done| *done < position)
                .collect();
            self.out.steps.push(Step {
                id: id(position),
                address: node.address.clone(),
                needs: needs.into_iter().map(id).collect(),
                call: node.operation.clone().into_owned(),
            });
        }
        for (removal, waiting, mut message) in self.missing {
            let Some(step) = self.done[removal].map(id) else { continue };
            if let Some(position) = self.done[waiting] {
                message += &format!(" until {}", id(position));
            }
            self.out.gaps.push(Gap { step, address: self.nodes[removal].address.clone(), message });
        }
        self.out.findings.sort();
        self.out.findings.dedup();
        self.out.end = Some(self.machine.into_snapshot());
        Walked { ordered: self.out, positions: self.done }
    }
}

/// Whether carrying out `other` frees the room that `node` lacks.
fn frees_room(node: &Node<'_>, other: &Node<'_>) -> bool {
    let same_subject = node.subject == other.subject;
    match (node.operation.act(), other.operation.act()) {
        (Act::Attach(_), Act::Detach(_)) | (Act::PutInline(..), Act::DeleteInline(_)) | (Act::Tag(_), Act::Untag(_)) => {
            same_subject
        }
        // A replacement that is shorter than what waits frees room too.
        (Act::PutInline(_, waits), Act::PutInline(_, shorter)) => same_subject && shorter.len() < waits.len(),
        (Act::Join(EntityKind::User, joins), Act::Leave(EntityKind::User, leaves)) => joins == leaves,
        (Act::Create { .. }, Act::Delete) => node.subject.as_ref().map(|a| a.kind) == other.subject.as_ref().map(|a| a.kind),
        _ => false,
    }
}

/// What a removing call takes away, for a sentence.
fn what(cx: &Context<'_>, node: &Node<'_>) -> String {
    match node.operation.act() {
        Act::Detach(arn) => format!("managed policy `{}`", cx.short(arn)),
        Act::DeleteInline(name) => format!("inline policy `{name}`"),
        Act::Leave(..) => {
            node.subject.as_ref().map_or_else(String::new, |a| format!("membership in {} `{}`", a.kind.noun(), a.name))
        }
        _ => format!("what {} removes", node.operation.name()),
    }
}
