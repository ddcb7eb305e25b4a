//! An order of calls in which every principal's access stays between old and new, where the order of their phases does not do.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use super::effects::Effects;
use super::proof::{Amiss, Calls, Proof};
use crate::model::Act;
use crate::names::Address;

/// Calls that an order is looked for; more of them keep the order of their phases, each step of which is put to the prover.
const CALLS: usize = 40;
/// States that a search looks at.
const STATES: usize = 600;

/// Calls and principals that have to do with each other.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub calls: BTreeSet<usize>,
    pub principals: BTreeSet<Address>,
    /// The same, and those whom only one of the calls touches.
    pub touched: BTreeSet<Address>,
}

/// A state in which a principal's access is not proven to lie between old and new.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    /// Whose access.
    pub principal: Address,
    /// After this call.
    pub from: usize,
    /// Until this one.
    pub until: Option<usize>,
    /// What is wrong.
    pub how: Amiss,
}

/// The principals whose calls are not safe by their phases alone, each with whoever shares a call with it.
pub(super) fn groups(effects: &Effects, unsafe_ones: &[&Address]) -> Vec<Group> {
    let mut by_call: BTreeMap<usize, Vec<&Address>> = BTreeMap::new();
    for (principal, calls) in effects {
        for call in calls.keys() {
            by_call.entry(*call).or_default().push(principal);
        }
    }
    let mut known: BTreeSet<&Address> = BTreeSet::new();
    let mut out = Vec::new();
    for start in unsafe_ones {
        if !known.insert(start) {
            continue;
        }
        let mut group = Group::default();
        let mut open = vec![*start];
        while let Some(principal) = open.pop() {
            group.principals.insert(principal.clone());
            for call in effects.get(principal).into_iter().flat_map(BTreeMap::keys) {
                if group.calls.insert(*call) {
                    let others = by_call.get(call).into_iter().flatten().copied();
                    group.touched.extend(others.clone().cloned());
                    // Whoever has no other call is moved by this one from old to new at once.
                    let others = others.filter(|other| effects.get(*other).is_some_and(|calls| calls.len() > 1));
                    open.extend(others.filter(|other| known.insert(other)));
                }
            }
        }
        out.push(group);
    }
    out
}

/// A search over the orders of one group's calls.
pub(super) struct Search<'s, 'p, 'a> {
    proof: &'s Proof<'p>,
    nodes: &'s [Node<'a>],
    group: &'s Group,
    /// The principals that each call touches, with all calls that touch them.
    touches: BTreeMap<usize, Vec<(&'s Address, &'s Calls)>>,
    /// The calls of the group that must be done before, for each of them.
    needs: BTreeMap<usize, BTreeSet<usize>>,
    dead: BTreeSet<Vec<usize>>,
    states: usize,
}

impl<'s, 'p, 'a> Search<'s, 'p, 'a> {
    /// Over one group.
    pub(super) fn new(proof: &'s Proof<'p>, nodes: &'s [Node<'a>], effects: &'s Effects, group: &'s Group) -> Self {
        let needs = group.calls.iter().map(|call| (*call, needs_among(nodes, *call, &group.calls))).collect();
        let mut touches: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        for (principal, calls) in group.principals.iter().filter_map(|principal| Some((principal, effects.get(principal)?))) {
            calls.keys().for_each(|call| touches.entry(*call).or_default().push((principal, calls)));
        }
        Self { proof, nodes, group, touches, needs, dead: BTreeSet::new(), states: 0 }
    }

    /// An order in which nothing is amiss at any moment.
    pub(super) fn order(&mut self) -> Option<Vec<usize>> {
        if self.group.calls.len() > CALLS {
            let order = self.by_phase();
            return self.breaches(&order).is_empty().then_some(order);
        }
        let mut done = Vec::new();
        self.extend(&mut done).then_some(done)
    }

    fn extend(&mut self, done: &mut Vec<usize>) -> bool {
        if done.len() == self.group.calls.len() {
            return true;
        }
        let mut set = done.clone();
        set.sort_unstable();
        if self.dead.contains(&set) {
            return false;
        }
        for call in self.ready(done) {
            if self.states >= STATES {
                return false;
            }
            done.push(call);
            if self.amiss(done).is_empty() && self.extend(done) {
                return true;
            }
            done.pop();
        }
        self.dead.insert(set);
        false
    }

    /// The calls that may come next, in the order of their phases.
    fn ready(&self, done: &[usize]) -> Vec<usize> {
        let met = |call: &&usize| self.needs.get(call).is_none_or(|needs| needs.iter().all(|need| done.contains(need)));
        let mut ready: Vec<usize> = self.group.calls.iter().filter(|call| !done.contains(call)).filter(met).copied().collect();
        // Joining a group waits for the group's grants.
        let joins = |node: &Node<'_>| matches!(node.operation.act(), Act::Join(..));
        ready.sort_by_key(|call| self.nodes.get(*call).map(|node| (node.phase, joins(node), node.address, *call)));
        ready
    }

    /// What is amiss after the last of these calls.
    fn amiss(&mut self, done: &[usize]) -> Vec<(Address, Amiss)> {
        let touched = done.last().and_then(|last| self.touches.get(last));
        let mut found = Vec::new();
        for (principal, calls) in touched.into_iter().flatten() {
            let own = own(calls, done);
            self.states += 1;
            if let Err(how) = self.proof.state(self.nodes, principal, &own, calls) {
                found.push(((*principal).clone(), how));
            }
        }
        found
    }

    /// The order of the phases.
    pub(super) fn by_phase(&self) -> Vec<usize> {
        let mut done = Vec::new();
        while let Some(next) = self.ready(&done).into_iter().next() {
            done.push(next);
        }
        done
    }

    /// Where these calls, in this order, lead outside; each until it is over.
    pub(super) fn breaches(&mut self, order: &[usize]) -> Vec<Breach> {
        let mut found: Vec<Breach> = Vec::new();
        for (at, call) in order.iter().enumerate() {
            let so_far = order.get(..=at).unwrap_or_default();
            let amiss = self.amiss(so_far);
            let touched: Vec<_> = self.touches.get(call).into_iter().flatten().copied().collect();
            let touches = |principal: &Address| touched.iter().any(|(one, _)| *one == principal);
            for breach in found.iter_mut().filter(|b| b.until.is_none() && touches(&b.principal)) {
                breach.until = (!amiss.iter().any(|(principal, _)| *principal == breach.principal)).then_some(*call);
            }
            for (principal, how) in amiss {
                if !found.iter().any(|b| b.until.is_none() && b.principal == principal) {
                    let calls = touched.iter().find(|(one, _)| **one == principal).map(|(_, calls)| *calls);
                    let named = calls.and_then(|calls| self.proof.named(self.nodes, &principal, &own(calls, so_far), calls));
                    found.push(Breach { principal, from: *call, until: None, how: named.unwrap_or(how) });
                }
            }
        }
        found
    }
}

/// Those of the calls that touch a principal, in this order.
fn own(calls: &Calls, done: &[usize]) -> Vec<usize> {
    done.iter().filter(|call| calls.contains_key(*call)).copied().collect()
}

/// The calls among `wanted` that IAM demands before a call, directly or through others.
fn needs_among(nodes: &[Node<'_>], call: usize, wanted: &BTreeSet<usize>) -> BTreeSet<usize> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![call]);
    while let Some(one) = open.pop() {
        for need in nodes.get(one).into_iter().flat_map(|node| &node.hard) {
            if seen.insert(*need) {
                open.push(*need);
            }
        }
    }
    seen.remove(&call);
    seen.intersection(wanted).copied().collect()
}
