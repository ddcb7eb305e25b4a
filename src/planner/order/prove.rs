//! The proof that an order keeps access between old and new, another order where it does not, and the gaps that no order avoids.

use std::collections::BTreeSet;

use super::effects::Effects;
use super::passing;
use super::proof::Proof;
use super::search::{self, Breach, Group, Search};
use super::{Node, Ordered, Walk, Walked};
use crate::diff::Context;
use crate::names::Address;
use crate::plan::{Gap, StepId};
use crate::policy::access::{Between, Example, Library};
use crate::policy::context::Value;

/// Proves the order of a walk, or walks again in a better one. `doubtful`: principals whose phases alone prove nothing.
pub(super) fn prove(
    cx: &Context<'_>,
    mut nodes: Vec<Node<'_>>,
    mut effects: Effects,
    doubtful: &[Address],
    first: Walked,
) -> Ordered {
    let Some(end) = first.ordered.end.clone().filter(|_| first.ordered.findings.is_empty()) else { return first.ordered };
    let broken = broken(&effects, &nodes, &first);
    if doubtful.is_empty() && broken.is_empty() {
        return first.ordered;
    }
    let library = Library::default();
    let mut walked = first;
    if !doubtful.is_empty() {
        let doubtful: Vec<&Address> = doubtful.iter().collect();
        let mut groups = search::groups(&effects, &doubtful);
        for group in &mut groups {
            let proof = Proof::new(cx, &end, &nodes, &library);
            let found = Search::new(&proof, &nodes, &effects, group).order();
            let order = match found {
                Some(order) => order,
                None => match with_passing(cx, &end, &library, (&nodes, &effects), group) {
                    Some((more, theirs, all, order)) => {
                        (nodes, effects, *group) = (more, theirs, all);
                        order
                    }
                    None => Search::new(&proof, &nodes, &effects, group).by_phase(),
                },
            };
            chain(&mut nodes, &effects, group, &order);
        }
        walked = Walk::new(cx, &nodes).run();
    }
    let broken = self::broken(&effects, &nodes, &walked);
    let all: BTreeSet<&Address> = doubtful.iter().chain(&broken).collect();
    let proof = Proof::new(cx, &end, &nodes, &library);
    let mut breaches = Vec::new();
    for group in search::groups(&effects, &all.into_iter().collect::<Vec<_>>()) {
        let mut order: Vec<usize> = group.calls.iter().copied().collect();
        order.sort_by_key(|call| walked.positions.get(*call).copied().flatten());
        breaches.extend(Search::new(&proof, &nodes, &effects, &group).breaches(&order));
    }
    mark(walked, &breaches, &effects)
}

type Better<'a> = (Vec<Node<'a>>, Effects, Group, Vec<usize>);

/// An order with passing documents: each replacement does one thing after the other.
fn with_passing<'a>(
    cx: &Context<'_>,
    end: &crate::model::Snapshot,
    library: &Library,
    (nodes, effects): (&[Node<'a>], &Effects),
    group: &Group,
) -> Option<Better<'a>> {
    let (nodes, effects, group) = passing::split(cx, nodes, effects, group)?;
    let proof = Proof::new(cx, end, &nodes, library);
    let order = Search::new(&proof, &nodes, &effects, &group).order()?;
    Some((nodes, effects, group, order))
}

/// Makes each principal's calls of a group follow each other in this order.
fn chain(nodes: &mut [Node<'_>], effects: &Effects, group: &Group, order: &[usize]) {
    for call in &group.calls {
        if let Some(node) = nodes.get_mut(*call) {
            node.soft.retain(|other| !group.calls.contains(other));
        }
    }
    for calls in effects.iter().filter(|(principal, _)| group.principals.contains(*principal)).map(|(_, calls)| calls) {
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
        Between::Within => format!("{until}the access of `{principal}` is in order"),
        Between::More(example) => format!(
            "{until}`{principal}` is allowed {}, which neither the old nor the new state allows: no order of the calls avoids it",
            request(example)
        ),
        Between::Less(example) => format!(
            "{until}`{principal}` is not allowed {}, which both the old and the new state allow: no order of the calls avoids it",
            request(example)
        ),
        Between::Undecided(why) => format!("{until}it is not proven that `{principal}` keeps its access: {why}"),
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
