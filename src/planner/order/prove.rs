//! The proof that an order keeps access between old and new, another order where it does not, and the gaps that no order avoids.

use std::collections::BTreeSet;

use super::effects::{self, Effects};
use super::others::May;
use super::passing;
use super::proof::{Amiss, Proof};
use super::reading;
use super::search::{self, Breach, Group, Search};
use super::{Node, Ordered, Walk, Walked};
use crate::diff::Context;
use crate::names::Address;
use crate::plan::{Gap, StepId};
use crate::policy::access::{Example, Library};
use crate::policy::context::Value;

/// What an order is proven of.
pub(super) struct Account<'p> {
    /// The account as it is.
    pub cx: &'p Context<'p>,
    /// The same with the names that the plan gives.
    pub named: &'p Context<'p>,
    /// What was proven already.
    pub library: &'p Library,
}

/// Proves the order of a walk, or walks again in a better one. `replaced`: what is not there for a while, which the plan says anyway.
pub(super) fn prove(
    account: &Account<'_>,
    nodes: Vec<Node<'_>>,
    mut effects: Effects,
    replaced: &dyn Fn(&Address) -> bool,
    mut first: Walked,
) -> Ordered {
    let Some(end) = first.ordered.end.take() else { return first.ordered };
    if !first.ordered.findings.is_empty() {
        return Ordered { end: Some(end), ..first.ordered };
    }
    let watched = reading::add(account, &end, &nodes, &mut effects);
    let doubtful: Vec<&Address> =
        effects.iter().filter(|(a, calls)| !effects::are_safe(calls, &nodes) && !replaced(a)).map(|(a, _)| a).collect();
    let doubtful: Vec<Address> = doubtful.into_iter().cloned().collect();
    let proof = Proof::new(account, &end, &nodes, &watched);
    let found = if doubtful.is_empty() { None } else { better(account, &proof, (&nodes, &effects), &doubtful) };
    let (nodes, effects, mut walked) = match found {
        Some(found) => found,
        None => {
            proof.forget(effects.keys());
            (nodes, effects, first)
        }
    };
    let broken = broken(&effects, &nodes, &walked);
    let all: BTreeSet<&Address> = doubtful.iter().chain(&broken).collect();
    let mut breaches = Vec::new();
    for group in search::groups(&effects, &all.into_iter().collect::<Vec<_>>()) {
        let mut order: Vec<usize> = group.calls.iter().copied().collect();
        order.sort_by_key(|call| walked.positions.get(*call).copied().flatten());
        wait(&mut walked, &effects, &group, &order);
        breaches.extend(Search::new(&proof, &nodes, &effects, &group).breaches(&order));
        proof.close(&group.principals);
    }
    drop(proof);
    let mut ordered = mark(walked, &breaches, &effects);
    ordered.end.get_or_insert(end);
    ordered
}

type Found<'a> = (Vec<Node<'a>>, Effects, Walked);

/// Another order, in which what is doubtful is proven as far as it can be; `None` where the rehearsal refuses it.
fn better<'a>(
    account: &Account<'_>,
    proof: &Proof<'_>,
    known: (&[Node<'a>], &Effects),
    doubtful: &[Address],
) -> Option<Found<'a>> {
    let (mut nodes, mut effects) = (known.0.to_vec(), known.1.clone());
    for mut group in search::groups(&effects, &doubtful.iter().collect::<Vec<_>>()) {
        let mut order = Search::new(proof, &nodes, &effects, &group).order();
        if order.is_none() {
            order = with_passing(account, proof, (&mut nodes, &mut effects), &mut group);
        }
        let order = order.unwrap_or_else(|| Search::new(proof, &nodes, &effects, &group).by_phase());
        chain(&mut nodes, &effects, &group, &order);
        proof.close(&group.principals);
    }
    let walked = Walk::new(account.cx, &nodes).run();
    walked.ordered.findings.is_empty().then_some((nodes, effects, walked))
}

/// An order with passing documents: each replacement does one thing after the other. Where there is none, nothing is changed.
fn with_passing(
    account: &Account<'_>,
    proof: &Proof<'_>,
    (nodes, effects): (&mut Vec<Node<'_>>, &mut Effects),
    group: &mut Group,
) -> Option<Vec<usize>> {
    for choice in passing::choices(nodes, effects, group) {
        let split = passing::split(account.named, account.library, (nodes, effects), group, &choice);
        proof.forget(&group.principals);
        let order = if split.is_empty() { None } else { Search::new(proof, nodes, effects, group).order() };
        if order.is_some() {
            return order;
        }
        split.undo(nodes, effects, group);
    }
    proof.forget(&group.principals);
    None
}

/// Lets each step of a principal need the one before, where a quota or a circle kept the order from being kept: no other state is proven.
fn wait(walked: &mut Walked, effects: &Effects, group: &Group, order: &[usize]) {
    for calls in group.principals.iter().filter_map(|principal| effects.get(principal)) {
        let own = order.iter().filter(|call| calls.contains_key(*call));
        let own: Vec<usize> = own.filter_map(|call| walked.positions.get(*call).copied().flatten()).collect();
        for pair in own.windows(2) {
            if let [before, after] = pair
                && let Some(step) = walked.ordered.steps.get_mut(*after)
            {
                let need = StepId(format!("s{}", before + 1));
                if !step.needs.contains(&need) {
                    step.needs.push(need);
                    step.needs.sort_by_key(|id| id.0.get(1..).and_then(|number| number.parse::<usize>().ok()));
                }
            }
        }
    }
}

/// Makes each principal's calls of a group follow each other in this order.
fn chain(nodes: &mut [Node<'_>], effects: &Effects, group: &Group, order: &[usize]) {
    for call in &group.calls {
        if let Some(node) = nodes.get_mut(*call) {
            node.soft.retain(|other| !group.calls.contains(other));
        }
    }
    for calls in group.principals.iter().filter_map(|principal| effects.get(principal)) {
        let own: Vec<usize> = order.iter().filter(|call| calls.contains_key(*call)).copied().collect();
        for pair in own.windows(2) {
            if let [before, after] = pair
                && let Some(node) = nodes.get_mut(*after)
            {
                node.soft.insert(*before);
            }
        }
    }
}

/// The principals of whom a call came before one that it should have waited for: a quota left no room, or a circle was cut.
fn broken(effects: &Effects, nodes: &[Node<'_>], walked: &Walked) -> Vec<Address> {
    let late = |i: usize| {
        let position = |call: usize| walked.positions.get(call).copied().flatten();
        nodes.get(i).is_some_and(|node| node.soft.iter().any(|j| position(*j) > position(i)))
    };
    let is_broken = |calls: &std::collections::BTreeMap<usize, crate::diff::Effect>| calls.keys().any(|i| late(*i));
    effects.iter().filter(|(_, calls)| calls.len() > 1 && is_broken(calls)).map(|(address, _)| address.clone()).collect()
}

/// Puts the breaches into the plan.
fn mark(walked: Walked, breaches: &[Breach], effects: &Effects) -> Ordered {
    let Walked { mut ordered, positions } = walked;
    let id = |call: usize| positions.get(call).copied().flatten().map(|at| StepId(format!("s{}", at + 1)));
    let call_of = |step: &StepId| (0..positions.len()).find(|call| id(*call).as_ref() == Some(step));
    // What a quota forces is a gap only for whom it leaves with less.
    ordered.gaps.retain(|gap| {
        let Some(call) = call_of(&gap.step) else { return true };
        let mut touched = effects.iter().filter(|(_, calls)| calls.contains_key(&call)).map(|(address, _)| address).peekable();
        touched.peek().is_none() || touched.any(|address| breaches.iter().any(|b| b.principal == *address))
    });
    for breach in breaches {
        let Some(step) = id(breach.from) else { continue };
        let text = sentence(breach, breach.until.and_then(id).as_ref());
        match ordered.gaps.iter_mut().find(|gap| gap.step == step && gap.address == breach.principal) {
            Some(gap) => gap.message = format!("{}; {text}", gap.message),
            None => ordered.gaps.push(Gap { step, address: breach.principal.clone(), message: text }),
        }
    }
    ordered
}

fn sentence(breach: &Breach, until: Option<&StepId>) -> String {
    let until = until.map(|step| format!("until {step} ")).unwrap_or_default();
    let principal = &breach.principal;
    match &breach.how {
        Amiss::More(example) => format!(
            "{until}`{principal}` is allowed {}, which neither the old nor the new state allow: no order of the calls avoids it",
            request(example)
        ),
        Amiss::Less(example) => format!(
            "{until}`{principal}` is not allowed {}, which both the old and the new state allow: no order of the calls avoids it",
            request(example)
        ),
        Amiss::Undenied(example) => format!(
            "{until}nothing denies `{principal}` {}, which both the old and the new state deny: a resource policy may allow it meanwhile",
            request(example)
        ),
        Amiss::Admitted(example) => format!(
            "{until}callers may assume `{principal}` that may do so only before or only after the plan, and with it {}, which it is not allowed in that state",
            request(example)
        ),
        Amiss::Caller(caller, May::Now) => format!(
            "{until}`{caller}` may assume `{principal}`, which it may neither before nor after the plan: no order of the calls avoids it"
        ),
        Amiss::Caller(caller, May::Otherwise) => format!(
            "{until}`{caller}` may not assume `{principal}`, which it may before and after the plan: no order of the calls avoids it"
        ),
        Amiss::Unproven(why) => {
            format!("{until}it is not proven that the access of `{principal}` stays between old and new: {why}")
        }
    }
}

fn request(example: &Example) -> String {
    let text = |value: &Value| match value {
        Value::Single(text) => text.clone(),
        Value::Many(texts) => texts.join(", "),
    };
    let context: Vec<String> = example.context.iter().map(|(key, value)| format!("{key} = {}", text(value))).collect();
    let with = if context.is_empty() { String::new() } else { format!(" with {}", context.join("; ")) };
    format!("`{}` on `{}`{with}", example.action, example.resource)
}
