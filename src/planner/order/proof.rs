//! Whether a principal's access stays between old and new while calls are made: each state on the way is put to the prover.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::trust::Door;
use super::{Node, REHEARSAL_TIME};
use crate::backend::embedded::{Machine, Strictness};
use crate::diff::{Context, Effect};
use crate::holdings::AccountState;
use crate::model::{Act, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::planner::access::{self, Held};
use crate::policy::access::{Between, Example, Grant, Library, Options, Subject, Verdict};

/// The proof of one state may take so many steps.
const OPTIONS: Options = Options { steps: 3_000_000, names: false };

/// Puts states to the prover, and remembers the answers.
pub(super) struct Proof<'p> {
    /// The calls on each entity, by number. Calls that were taken apart since are on the same entities, and about the same policies.
    on: BTreeMap<Address, Vec<usize>>,
    /// The calls by which each user joins a group, by number.
    joins: BTreeMap<Name, Vec<usize>>,
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
    pub(super) fn new(cx: &'p Context<'p>, end: &'p Snapshot, nodes: &[Node<'_>], prover: &'p Library) -> Self {
        let ends = [AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(end)];
        let (mut on, mut joins) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::<_, Vec<usize>>::new());
        for (at, node) in nodes.iter().enumerate() {
            if let Some(subject) = &node.subject {
                on.entry(subject.clone()).or_default().push(at);
            }
            if let Act::Join(EntityKind::User, user) = node.operation.act() {
                joins.entry(user.clone()).or_default().push(at);
            }
        }
        Self { on, joins, cx, ends, prover, worlds: RefCell::default(), answers: RefCell::default() }
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
            // Who may assume a role is no part of the machine: those whom a trust policy names are not all in it.
            if matches!(node.operation.act(), Act::Trust(_)) {
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
        let now = access::held(&AccountState::of_snapshot(machine.snapshot()), principal).map_err(Amiss::Unproven)?;
        let [old, new] = world.ends.as_ref().map_err(|why| Amiss::Unproven(why.clone()))?;
        if let Some(what) = old.reads_what_differs(new) {
            // Of no request it is known what it brings: only a state that is one of the ends is proven.
            let is = |end: &Held| now.policies.is_same(&end.policies) && now.reads_what_differs(end).is_none();
            return if is(old) && !door.new || is(new) && !door.old {
                Ok(())
            } else {
                Err(Amiss::Unproven(format!("a policy reads the principal's {what}, which is not the same before and after")))
            };
        }
        let subject = old.arn.as_ref().or(new.arn.as_ref()).map(|arn| crate::holdings::subject_of(arn)).unwrap_or_default();
        let (is_old, is_new) = (now.policies.is_same(&old.policies), now.policies.is_same(&new.policies));
        if door.old && !is_old {
            let found = if is_new { self.whole(old, new, &subject)[0].take() } else { None };
            found.unwrap_or_else(|| self.no_more_than(old, &now, &subject, options))?;
        }
        if door.new && !is_new {
            let found = if is_old { self.whole(old, new, &subject)[1].take() } else { None };
            found.unwrap_or_else(|| self.no_more_than(new, &now, &subject, options))?;
        }
        if is_old || is_new {
            return Ok(());
        }
        match self.prover.between(&old.policies, &now.policies, &new.policies, &subject, options) {
            Between::Within => Ok(()),
            Between::More(example) => Err(Amiss::More(example)),
            Between::Less(example) => Err(Amiss::Less(example)),
            Between::Undenied(example) => Err(Amiss::Undenied(example)),
            Between::Undecided(why) => Err(Amiss::Unproven(why)),
        }
    }

    /// Whether the new end is no more than the old one, and the old one no more than the new one, as the plan compares them anyway to say
    /// what a principal gains and loses; `None` where that comparison leaves it open.
    fn whole(&self, old: &Held, new: &Held, subject: &Subject) -> [Option<Result<(), Amiss>>; 2] {
        let found = self.prover.compare(&old.policies, &new.policies, subject, Options::default());
        let decided = found.reason.is_none();
        let of = |grants: Vec<Grant>| match grants.into_iter().next() {
            Some(grant) => Some(Err(Amiss::Admitted(grant.example))),
            None => decided.then_some(Ok(())),
        };
        [of(found.gained), of(found.lost)]
    }

    /// Whether the access is no more than at one end, for those who may assume the role at that end alone.
    fn no_more_than(&self, end: &Held, now: &Held, subject: &Subject, options: Options) -> Result<(), Amiss> {
        let found = self.prover.compare(&end.policies, &now.policies, subject, options);
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
            // What the rehearsal of the whole plan accepts may be refused in this part of the account, where it is no part of access.
            let _ = machine.perform(&node.operation, REHEARSAL_TIME);
        }
        let [before, after] = self.ends.each_ref().map(|state| access::held(state, principal));
        World { machine, ends: before.and_then(|before| Ok([before, after?])) }
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
