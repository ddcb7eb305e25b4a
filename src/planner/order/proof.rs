//! Whether a principal's access stays between old and new while calls are made: each state on the way is put to the prover.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::others::{self, Watched};
use super::prove::Account;
use super::trust::Door;
use super::{Node, REHEARSAL_TIME};
use crate::backend::embedded::{Machine, Strictness};
use crate::diff::{Context, Effect};
use crate::holdings::AccountState;
use crate::model::{Act, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::planner::access::{self, Held};
use crate::policy::Document;
use crate::policy::access::{Between, Example, Fixed, Grant, Library, Options, PrincipalPolicies, Subject, Verdict};
use crate::policy::context::Value;

/// The proof of one state may take so many steps.
const OPTIONS: Options = Options { steps: 3_000_000, names: false };

/// Puts states to the prover, and remembers the answers.
pub(super) struct Proof<'p> {
    /// The calls on each entity, by number. Calls that were taken apart since are on the same entities, and about the same policies.
    on: BTreeMap<Address, Vec<usize>>,
    /// The calls by which each user joins a group, by number.
    joins: BTreeMap<Name, Vec<usize>>,
    /// Under its new name: the call that renames a user or group, and the ARN before.
    renamed: BTreeMap<Address, (usize, Option<String>)>,
    /// What the policies of a principal read of others.
    watched: &'p BTreeMap<Address, Vec<Watched>>,
    cx: &'p Context<'p>,
    ends: [AccountState<'p>; 2],
    prover: &'p Library,
    worlds: RefCell<BTreeMap<Address, World>>,
    answers: RefCell<Answers>,
}

/// What was answered about a principal once these calls were made.
type Answers = HashMap<Address, HashMap<Vec<usize>, Result<(), Amiss>>>;

/// The calls that touch a principal, with what they do.
pub(super) type Calls = BTreeMap<usize, Effect>;

/// What is wrong with a principal's access in one state.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Amiss {
    /// It is allowed this, which neither end allows.
    More(Example),
    /// It is not allowed this, which both ends allow.
    Less(Example),
    /// It is not denied this, which both ends deny.
    Undenied(Example),
    /// It is allowed this, which is more than the one end allows at which some may assume it who may do so now.
    Admitted(Example),
    /// Callers such as this one may assume it who may not at either end, or may not who may at both.
    Caller(String, others::May),
    /// Neither is proven, for this reason.
    Unproven(String),
}

/// The part of the account that decides one principal's access.
#[derive(Debug)]
struct World {
    machine: Machine,
    ends: Result<[Held; 2], String>,
}

impl<'p> Proof<'p> {
    /// Over the account and its rehearsed end.
    pub(super) fn new(
        account: &Account<'p>,
        end: &'p Snapshot,
        nodes: &[Node<'_>],
        watched: &'p BTreeMap<Address, Vec<Watched>>,
    ) -> Self {
        let Account { cx: real, named: cx, library: prover } = *account;
        let ends = [AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(end)];
        let (mut on, mut joins) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::<_, Vec<usize>>::new());
        let mut renamed = BTreeMap::new();
        for (at, node) in nodes.iter().enumerate() {
            if let Some(subject) = &node.subject {
                on.entry(subject.clone()).or_default().push(at);
            }
            if let Act::Join(EntityKind::User, user) = node.operation.act() {
                joins.entry(user.clone()).or_default().push(at);
            }
            if let (Some(new), Some(old)) = (node.operation.renames(), &node.subject) {
                renamed.insert(new, (at, real.snapshot.arn_of(old)));
            }
        }
        Self { on, joins, renamed, watched, cx, ends, prover, worlds: RefCell::default(), answers: RefCell::default() }
    }

    /// The calls on these entities, in the order of the plan.
    fn calls_on<'s, 'n, 'a>(
        &'s self,
        nodes: &'n [Node<'a>],
        entities: impl Iterator<Item = &'s Address>,
    ) -> impl Iterator<Item = &'n Node<'a>> {
        let numbers: BTreeSet<usize> = entities.filter_map(|entity| self.on.get(entity)).flatten().copied().collect();
        numbers.into_iter().filter_map(|at| nodes.get(at))
    }

    /// Whether a principal's access lies between old and new when these of the calls that touch it are done, in this order. `calls`: all
    /// that touch it.
    ///
    /// # Errors
    /// What is wrong. An example may name an action that there is not (see [`Self::named`]).
    pub(super) fn state(&self, nodes: &[Node<'_>], principal: &Address, done: &[usize], calls: &Calls) -> Result<(), Amiss> {
        let mut set = done.to_vec();
        set.sort_unstable();
        if let Some(known) = self.answers.borrow().get(principal).and_then(|answers| answers.get(&set)) {
            return known.clone();
        }
        let all = calls.keys().all(|call| done.contains(call));
        let answer = if all { Ok(()) } else { self.work_out(nodes, (principal, done), Door::at(calls, done), OPTIONS) };
        self.answers.borrow_mut().entry(principal.clone()).or_default().insert(set, answer.clone());
        answer
    }

    /// What is wrong with a state that is not proven, with an action that there is as its example.
    pub(super) fn named(&self, nodes: &[Node<'_>], principal: &Address, done: &[usize], calls: &Calls) -> Option<Amiss> {
        self.work_out(nodes, (principal, done), Door::at(calls, done), Options { names: true, ..OPTIONS }).err()
    }

    /// Forgets what was answered about these principals: their calls are others now.
    pub(super) fn forget<'q>(&self, principals: impl IntoIterator<Item = &'q Address>) {
        let mut answers = self.answers.borrow_mut();
        principals.into_iter().for_each(|principal| drop(answers.remove(principal)));
    }

    /// The order of these principals' calls is found: their part of the account is needed no more.
    pub(super) fn close(&self, principals: &BTreeSet<Address>) {
        let mut worlds = self.worlds.borrow_mut();
        principals.iter().for_each(|principal| drop(worlds.remove(principal)));
    }

    fn work_out(
        &self,
        nodes: &[Node<'_>],
        (principal, done): (&Address, &[usize]),
        door: Door,
        options: Options,
    ) -> Result<(), Amiss> {
        let mut worlds = self.worlds.borrow_mut();
        let world = worlds.entry(principal.clone()).or_insert_with(|| self.world(nodes, principal));
        let mut machine = world.machine.clone();
        for node in done.iter().filter_map(|i| nodes.get(*i)) {
            // Who may assume a role is not part of the machine: those whom a trust policy names are not all in it. What is done to others
            // is looked at beside it, and there is what has a new name under that alone.
            let elsewhere = match node.operation.act() {
                Act::Trust(_) | Act::Rename(_) => true,
                Act::Tag(_) | Act::Untag(_) | Act::Move => node.subject.as_ref() != Some(principal),
                _ => false,
            };
            if elsewhere {
                continue;
            }
            for room in node.hard.iter().filter_map(|i| nodes.get(*i)).filter(|n| n.operation.act() == Act::DropVersion) {
                // It may be gone already.
                let _ = machine.perform(&room.operation, REHEARSAL_TIME);
            }
            if machine.perform(&node.operation, REHEARSAL_TIME).is_err() {
                return Err(Amiss::Unproven("IAM would refuse a call at this point".to_owned()));
            }
        }
        let mut now = access::held(&AccountState::of_snapshot(machine.snapshot()), principal).map_err(Amiss::Unproven)?;
        let [old, new] = world.ends.as_ref().map_err(|why| Amiss::Unproven(why.clone()))?;
        if self.renamed.get(principal).is_some_and(|(call, _)| !done.contains(call)) {
            now.arn.clone_from(&old.arn);
        }
        let states = [old, &now, new];
        let subject = old.arn.as_ref().or(new.arn.as_ref()).map(|arn| crate::holdings::subject_of(arn)).unwrap_or_default();
        let speaks = |word: &str| states.iter().any(|held| held.speaks(word));
        let kinds = access::kinds_of_requests(states, &speaks).map_err(Amiss::Unproven)?;
        for kind in &kinds {
            self.requests(states, kind, door, &subject, options)?;
        }
        self.admits(nodes, (principal, done), states)?;
        for watched in self.watched.get(principal).into_iter().flatten() {
            let theirs = self.theirs(nodes, &watched.entity, done)?;
            if watched.by.held {
                let target = others::target(&theirs.each_ref()).map_err(Amiss::Unproven)?;
                for kind in &kinds {
                    let kind = [0, 1, 2].map(|at| others::both(&kind[at], &target[at]));
                    self.requests(states, &kind, Door::default(), &subject, options)?;
                }
            }
            if watched.by.trust {
                self.caller(nodes, (principal, done), states, &theirs)?;
            }
        }
        Ok(())
    }

    /// Whether requests of one kind stay between old and new.
    fn requests(
        &self,
        states: [&Held; 3],
        kind: &[Fixed; 3],
        door: Door,
        subject: &Subject,
        options: Options,
    ) -> Result<(), Amiss> {
        let settled = |at: usize| states[at].policies.settled(&kind[at]).map_err(Amiss::Unproven);
        let (old, now, new) = (settled(0)?, settled(1)?, settled(2)?);
        let shown = |mut example: Example| {
            for (key, value) in &kind[1].keys {
                let spoken = states.iter().any(|held| held.speaks(key));
                if let Some(value) = value.as_ref().filter(|_| spoken) {
                    example.context.insert(key.clone(), Value::Single(value.clone()));
                }
            }
            example
        };
        let (is_old, is_new) = (now.is_same(&old), now.is_same(&new));
        if door.old && !is_old {
            let found = if is_new { self.whole(&old, &new, subject)[0].take() } else { None };
            found.unwrap_or_else(|| self.no_more_than(&old, &now, subject, options))?;
        }
        if door.new && !is_new {
            let found = if is_old { self.whole(&old, &new, subject)[1].take() } else { None };
            found.unwrap_or_else(|| self.no_more_than(&new, &now, subject, options))?;
        }
        if is_old || is_new {
            return Ok(());
        }
        match self.prover.between(&old, &now, &new, subject, options) {
            Between::Within => Ok(()),
            Between::More(example) => Err(Amiss::More(shown(example))),
            Between::Less(example) => Err(Amiss::Less(shown(example))),
            Between::Undenied(example) => Err(Amiss::Undenied(shown(example))),
            Between::Undecided(why) => Err(Amiss::Unproven(why)),
        }
    }

    /// Whether the new end is no more than the old one, and the old one no more than the new one, as the plan compares them anyway to say
    /// what a principal gains and loses; `None` where that comparison leaves it open.
    fn whole(&self, old: &PrincipalPolicies, new: &PrincipalPolicies, subject: &Subject) -> [Option<Result<(), Amiss>>; 2] {
        let found = self.prover.compare(old, new, subject, Options::default());
        let decided = found.reason.is_none();
        let of = |grants: Vec<Grant>| match grants.into_iter().next() {
            Some(grant) => Some(Err(Amiss::Admitted(grant.example))),
            None => decided.then_some(Ok(())),
        };
        [of(found.gained), of(found.lost)]
    }

    /// Whether the access is no more than at one end, for those who may assume the role at that end alone.
    fn no_more_than(
        &self,
        end: &PrincipalPolicies,
        now: &PrincipalPolicies,
        subject: &Subject,
        options: Options,
    ) -> Result<(), Amiss> {
        let found = self.prover.compare(end, now, subject, options);
        match (found.verdict, found.gained.into_iter().next()) {
            (Verdict::NoNewAccess, _) => Ok(()),
            (_, Some(grant)) => Err(Amiss::Admitted(grant.example)),
            (Verdict::NewAccess | Verdict::Undecided, None) => Err(Amiss::Unproven(found.reason.unwrap_or_default())),
        }
    }

    /// The principal, its groups, their policies, and all of these that the plan makes.
    fn world(&self, nodes: &[Node<'_>], principal: &Address) -> World {
        let snapshot = self.cx.snapshot;
        let mut groups: BTreeSet<Name> = BTreeSet::new();
        if let Some(user) = snapshot.users.get(&principal.name).filter(|_| principal.kind == EntityKind::User) {
            groups.extend(user.groups.value().into_iter().flatten().cloned());
        }
        if let Some(joins) = self.joins.get(&principal.name).filter(|_| principal.kind == EntityKind::User) {
            let joined = joins.iter().filter_map(|at| nodes.get(*at)?.subject.as_ref());
            groups.extend(joined.map(|group| group.name.clone()));
        }
        let own: BTreeSet<Address> =
            groups.iter().map(|name| Address::new(EntityKind::Group, name)).chain(std::iter::once(principal.clone())).collect();
        let mut small = empty_like(snapshot);
        copy_entities(snapshot, &own, &mut small);
        let policies: BTreeSet<Name> = self
            .arns(nodes, &own, &small)
            .iter()
            .filter_map(|arn| {
                if let Some(read) = snapshot.aws_policies.get(arn) {
                    small.aws_policies.insert(arn.clone(), read.clone());
                }
                Some(self.cx.policy_of(arn)?.name)
            })
            .collect();
        for name in &policies {
            if let Some((real, policy)) = snapshot.policies.get_key_value(name) {
                small.policies.insert(real.clone(), policy.clone());
            }
        }
        let mut machine = Machine::new(small, Strictness::Rehearsal);
        let policies: Vec<Address> = policies.into_iter().map(|name| Address::new(EntityKind::Policy, name)).collect();
        let mut makers: Vec<&Node<'_>> =
            self.calls_on(nodes, own.iter().chain(&policies)).filter(|node| node.operation.creates()).collect();
        // A principal may be made under a boundary, which must be there.
        makers.sort_by_key(|node| node.subject.as_ref().map(|a| a.kind != EntityKind::Policy));
        for node in makers {
            // What the rehearsal of the whole plan accepts may be refused in this part of the account, where it is not part of access.
            let _ = machine.perform(&node.operation, REHEARSAL_TIME);
        }
        World { machine, ends: self.at_both_ends(principal, access::held) }
    }

    /// What is known of an entity before and after.
    fn at_both_ends(
        &self,
        entity: &Address,
        read: fn(&AccountState<'_>, &Address) -> Result<Held, String>,
    ) -> Result<[Held; 2], String> {
        let [before, after] = self.ends.each_ref().map(|state| read(state, entity));
        let mut before = before?;
        if let Some((_, arn)) = self.renamed.get(entity) {
            before.arn.clone_from(arn);
        }
        Ok([before, after?])
    }

    /// What is known of another entity before, once these calls are made, and after.
    fn theirs(&self, nodes: &[Node<'_>], entity: &Address, done: &[usize]) -> Result<[Held; 3], Amiss> {
        let [before, after] = self.at_both_ends(entity, access::read_of).map_err(Amiss::Unproven)?;
        let mut now = before.clone();
        for node in done.iter().filter_map(|i| nodes.get(*i)).filter(|node| node.subject.as_ref() == Some(entity)) {
            now = now.once(&node.operation.act());
        }
        let own = self.on.get(entity).into_iter().flatten();
        let moves = own.filter(|call| nodes.get(**call).is_some_and(|node| node.operation.act() == Act::Move));
        let moves: Vec<&usize> = moves.chain(self.renamed.get(entity).map(|(call, _)| call)).collect();
        match moves.iter().filter(|call| done.contains(call)).count() {
            0 => {}
            all if all == moves.len() => now.arn.clone_from(&after.arn),
            _ => return Err(Amiss::Unproven(format!("the path and the name of `{entity}` change one after the other"))),
        }
        Ok([before, now, after])
    }

    /// The trust policies of a role before, once these calls are made, and after.
    fn trusts(nodes: &[Node<'_>], role: (&Address, &[usize]), states: [&Held; 3]) -> Option<[Document; 3]> {
        let (role, done) = role;
        let made = done.iter().rev().filter_map(|i| nodes.get(*i)).find_map(|node| match node.operation.act() {
            Act::Trust(text) if node.subject.as_ref() == Some(role) => Document::parse(text).ok(),
            _ => None,
        });
        let (old, new) = (states[0].trust_value()?.clone(), states[2].trust_value()?.clone());
        Some([old.clone(), made.unwrap_or(old), new])
    }

    /// Whether those who may assume a role stay between old and new, where its trust policy reads tags of it that change.
    fn admits(&self, nodes: &[Node<'_>], role: (&Address, &[usize]), states: [&Held; 3]) -> Result<(), Amiss> {
        let Some(trusts) = Self::trusts(nodes, role, states) else { return Ok(()) };
        let keys = access::differing_tags(&states).map_err(Amiss::Unproven)?;
        if keys.is_empty() || !states.iter().any(|held| held.trust_reads(&keys)) {
            return Ok(());
        }
        let settled = |at: usize| {
            let fixed = Fixed { keys: states[at].target_keys(&keys), resource: None };
            trusts[at].settled(&fixed).map_err(|why| Amiss::Unproven(format!("its trust policy {why}")))
        };
        let (old, now, new) = (settled(0)?, settled(1)?, settled(2)?);
        let account = &self.cx.snapshot.account.id;
        let to = [&old, &new].map(|end| self.prover.compare_trust(Some(end), Some(&now), account, Options::default()));
        others::admitted(to)
    }

    /// Whether one caller, of whom a trust policy reads what changes, may assume the role only where it may at one end.
    fn caller(
        &self,
        nodes: &[Node<'_>],
        role: (&Address, &[usize]),
        states: [&Held; 3],
        theirs: &[Held; 3],
    ) -> Result<(), Amiss> {
        let Some(trusts) = Self::trusts(nodes, role, states) else { return Ok(()) };
        let account = self.cx.snapshot.account.id.as_str();
        let admitting = |trust: &Document| others::admitting(trust, theirs, account).map_err(Amiss::Unproven);
        let policies = [admitting(&trusts[0])?, admitting(&trusts[1])?, admitting(&trusts[2])?];
        let held = policies.map(Held::of);
        let speaks = |word: &str| held.iter().any(|held| held.speaks(word));
        let arn = theirs.iter().find_map(|held| held.arn.clone()).unwrap_or_default();
        for kind in access::kinds_of_requests(theirs.each_ref(), &speaks).map_err(Amiss::Unproven)? {
            match self.requests(held.each_ref(), &kind, Door::default(), &crate::holdings::subject_of(&arn), OPTIONS) {
                Err(Amiss::More(_)) => return Err(Amiss::Caller(arn, others::May::Now)),
                Err(Amiss::Less(_)) => return Err(Amiss::Caller(arn, others::May::Otherwise)),
                // Whom a trust policy does not allow a role, nothing else does.
                Err(Amiss::Undenied(_)) | Ok(()) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The managed policies that these entities hold, before or after.
    fn arns(&self, nodes: &[Node<'_>], own: &BTreeSet<Address>, small: &Snapshot) -> BTreeSet<String> {
        let mut arns: BTreeSet<String> = BTreeSet::new();
        let roles = small.roles.values().map(|e| (&e.attached_policies, e.permissions_boundary.value()));
        let users = small.users.values().map(|e| (&e.attached_policies, e.permissions_boundary.value()));
        let groups = small.groups.values().map(|e| (&e.attached_policies, None));
        for (attached, bound) in roles.chain(users).chain(groups) {
            arns.extend(attached.value().into_iter().flatten().cloned());
            arns.extend(bound.into_iter().flatten().cloned());
        }
        for node in self.calls_on(nodes, own.iter()) {
            arns.extend(node.operation.policy_arn().or(node.operation.boundary()).map(str::to_owned));
        }
        arns
    }
}

/// The account without its entities.
fn empty_like(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        serial: snapshot.serial,
        limits: snapshot.limits.clone(),
        unlisted: snapshot.unlisted.clone(),
        aws_policies_unread: snapshot.aws_policies_unread.clone(),
        ..Snapshot::empty(snapshot.account.clone())
    }
}

fn copy_entities(snapshot: &Snapshot, own: &BTreeSet<Address>, small: &mut Snapshot) {
    for address in own {
        let name = &address.name;
        match address.kind {
            EntityKind::Role => {
                small.roles.extend(snapshot.roles.get_key_value(name).map(|(name, role)| (name.clone(), role.clone())));
            }
            EntityKind::User => {
                small.users.extend(snapshot.users.get_key_value(name).map(|(name, user)| (name.clone(), user.clone())));
            }
            EntityKind::Group => {
                small.groups.extend(snapshot.groups.get_key_value(name).map(|(name, group)| (name.clone(), group.clone())));
            }
            _ => {}
        }
    }
}
