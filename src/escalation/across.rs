//! Who of one account becomes strong in another: over roles whose trust names an account that is known too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::actor::Actors;
use super::steps::ASSUME;
use super::{How, Next, Power, Powers, Step, path};
use crate::holdings::AccountState;
use crate::model::Seen;
use crate::names::{Address, EntityKind};
use crate::policy::ast::{Effect, Policy};
use crate::policy::eval::Principal;

/// Somebody who becomes strong in another account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// The number of the account of the source.
    pub from: usize,
    /// Who gains.
    pub source: Address,
    /// The number of the account in which it becomes strong.
    pub into: usize,
    /// Whom it becomes there at last.
    pub target: Address,
    /// The steps, each with the number of the account that it ends in. Never empty.
    pub steps: Vec<(usize, Step)>,
    /// What the target may do.
    pub power: Power,
}

/// An actor by the numbers of its account and of itself there.
type Node = (usize, usize);

/// Every way over accounts, sorted. `today` as for [`super::escalations`].
///
/// Whoever enters another account is listed, and whoever becomes such a principal inside its own; not who is strong in its own account and
/// so can be anybody there.
pub fn crossings(accounts: &[AccountState<'_>], today: &str) -> Vec<Crossing> {
    let numbers: BTreeMap<&str, usize> =
        accounts.iter().enumerate().map(|(at, account)| (account.identity().id.as_str(), at)).collect();
    let entrances: Vec<Entrances> = accounts.iter().map(|account| entrances(account, &numbers)).collect();
    let named = entrances.iter().flat_map(BTreeMap::values).flatten().copied();
    let entered = entrances.iter().enumerate().filter(|(_, roles)| !roles.is_empty()).map(|(at, _)| at);
    let involved: BTreeSet<usize> = entered.clone().chain(named).collect();
    let worlds: BTreeMap<usize, World<'_>> =
        involved.into_iter().filter_map(|at| Some((at, World::new(accounts.get(at)?, today)))).collect();
    let mut found: Vec<Crossing> =
        entered.flat_map(|into| Walk { worlds: &worlds, entrances: &entrances, into }.found()).collect();
    found.sort();
    found
}

/// The roles of an account whose trust names other known accounts, each with these.
type Entrances = BTreeMap<Address, BTreeSet<usize>>;

fn entrances(account: &AccountState<'_>, numbers: &BTreeMap<&str, usize>) -> Entrances {
    let own = account.identity().id.as_str();
    let mut found = Entrances::new();
    for role in account.entities().into_iter().filter(|address| address.kind == EntityKind::Role) {
        let Some(Seen::Value(trust)) = account.trust(&role.name) else { continue };
        for statement in Policy::read(trust).statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated) else { continue };
            for (_, value) in principals.values.iter().filter(|(kind, _)| kind == "AWS") {
                let of = Principal::parse(value).and_then(|principal| principal.account().map(str::to_owned));
                if let Some(number) = of.filter(|id| id != own).and_then(|id| numbers.get(id.as_str())) {
                    found.entry(role.clone()).or_default().insert(*number);
                }
            }
        }
    }
    found
}

/// The actors of an account, and which of them become strong in it.
struct World<'s> {
    actors: Actors<'s>,
    powers: Powers,
    next: Next,
}

impl<'s> World<'s> {
    fn new(state: &'s AccountState<'s>, today: &str) -> Self {
        let actors = Actors::new(state, today);
        let powers = actors.powers();
        let next = actors.next_steps(&powers);
        Self { actors, powers, next }
    }
}

/// The search backwards from the strong of one account.
struct Walk<'w> {
    worlds: &'w BTreeMap<usize, World<'w>>,
    entrances: &'w [Entrances],
    into: usize,
}

impl Walk<'_> {
    fn found(&self) -> Vec<Crossing> {
        let Some(world) = self.worlds.get(&self.into) else { return Vec::new() };
        let strong = |at: &usize| path(&world.actors, &world.next, &world.powers, *at).is_some();
        let mut queue: VecDeque<Node> = (0..world.actors.len()).filter(strong).map(|at| (self.into, at)).collect();
        let mut reached: BTreeMap<Node, (Step, Node)> = BTreeMap::new();
        while let Some(to) = queue.pop_front() {
            for (from, step) in self.before(to, &reached) {
                reached.insert(from, (step, to));
                queue.push_back(from);
            }
        }
        reached.keys().filter_map(|from| self.crossing(*from, &reached)).collect()
    }

    /// Who becomes an actor in one step, and is not known yet.
    fn before(&self, to: Node, known: &BTreeMap<Node, (Step, Node)>) -> Vec<(Node, Step)> {
        let mut found = Vec::new();
        let Some((world, target)) = self.worlds.get(&to.0).and_then(|world| Some((world, world.actors.get(to.1)?))) else {
            return found;
        };
        let others = self.entrances.get(to.0).and_then(|roles| roles.get(&target.address)).into_iter().flatten();
        // Whoever gets from the account itself into it is the business of its own escalations.
        for other in others.copied().filter(|other| *other != self.into) {
            let Some(theirs) = self.worlds.get(&other) else { continue };
            for (at, actor) in theirs.actors.iter().enumerate() {
                if known.contains_key(&(other, at)) || !theirs.actors.mentions(at, ASSUME) {
                    continue;
                }
                if let Some(terms) = theirs.actors.enters(actor, target) {
                    found.push(((other, at), Step::new(How::Assume(ASSUME), target, terms)));
                }
            }
        }
        if to.0 != self.into {
            let local = (0..world.actors.len()).filter(|from| !known.contains_key(&(to.0, *from)));
            found.extend(local.filter_map(|from| Some(((to.0, from), world.actors.step(from, to.1)?))));
        }
        found
    }

    fn crossing(&self, from: Node, reached: &BTreeMap<Node, (Step, Node)>) -> Option<Crossing> {
        let world = self.worlds.get(&from.0)?;
        let source = world.actors.get(from.1)?.address.clone();
        let (mut steps, mut at) = (Vec::new(), from);
        while let Some((step, to)) = reached.get(&at) {
            steps.push((to.0, step.clone()));
            at = *to;
        }
        let enters = steps.first().is_some_and(|(account, _)| *account != from.0);
        if !enters && world.powers.contains_key(&from.1) {
            return None;
        }
        let there = self.worlds.get(&self.into)?;
        let (onward, target, power) = path(&there.actors, &there.next, &there.powers, at.1)?;
        steps.extend(onward.into_iter().map(|step| (self.into, step)));
        Some(Crossing { from: from.0, source, into: self.into, target, steps, power })
    }
}
