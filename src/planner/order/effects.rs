//! Whose access each call touches, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, trust};
use crate::diff::{ANYTHING, Context, Effect, Phase};
use crate::model::{Act, InlinePolicies, Operation, Seen};
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;
use crate::policy::access::Library;

/// The calls that touch the access of each role, user and group, with what they do to it.
pub(super) type Effects = BTreeMap<Address, BTreeMap<usize, Effect>>;

/// Reads all calls. Where a principal has several, what they do is proven rather than read off their texts, and their phases follow.
/// `cx`: the account with the names that the plan gives.
pub(super) fn of(cx: &Context<'_>, library: &Library, nodes: &mut [Node<'_>]) -> Effects {
    let reader = Reader::new(cx, nodes);
    let mut effects: Effects = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        for (principal, effect) in reader.touched(node) {
            let known = effects.entry(principal).or_default().entry(i).or_default();
            *known = known.and(effect);
        }
    }
    let mut proven: BTreeMap<usize, Effect> = BTreeMap::new();
    for calls in effects.values_mut().filter(|calls| calls.len() > 1) {
        for (i, effect) in calls.iter_mut().filter(|(_, effect)| !effect.is_pure()) {
            let Some(node) = nodes.get(*i) else { continue };
            if effect.bars && effect.admits {
                *effect = trust::proven(cx, library, node).unwrap_or(*effect);
                proven.insert(*i, *effect);
                continue;
            }
            let Some((before, after)) = replaced(cx, node) else { continue };
            let read = Effect::of(Some(&before), Some(&after));
            let exact = *proven.entry(*i).or_insert_with(|| read.proven(&before, &after));
            if *effect == read {
                *effect = exact;
            } else if *effect == read.as_boundary() {
                *effect = exact.as_boundary();
            }
        }
    }
    for (i, effect) in proven {
        if let Some(node) = nodes.get_mut(i) {
            node.phase = effect.phase();
        }
    }
    effects
}

/// Whether calls of these effects keep access between old and new in the order of their phases, whichever calls of one phase are done.
///
/// With A what is allowed and D what is denied, the phases pass through (A, D ∪ D′), (A ∪ A′, D ∪ D′) and (A′, D ∪ D′) to (A′, D′). A
/// call that does two things at once fits where these meet, once in each place: a second one would be on one side only. A trust that only
/// bars comes first, one that only admits last; what of the access is allowed in between is then allowed to nobody new.
pub(super) fn are_safe(calls: &BTreeMap<usize, Effect>, nodes: &[Node<'_>]) -> bool {
    if calls.len() <= 1 {
        return true;
    }
    let mut seen = BTreeSet::new();
    calls.iter().all(|(i, effect)| {
        let placed = *effect == Effect::default() || nodes.get(*i).is_some_and(|node| node.phase == effect.phase());
        let fits = match (effect.grants, effect.withdraws, effect.restrains, effect.relaxes) {
            (true, false, true, false) | (true, true, false, false) | (false, true, false, true) => seen.insert(effect.phase()),
            _ => effect.is_pure(),
        };
        placed && fits
    })
}

struct Reader<'r> {
    cx: &'r Context<'r>,
    /// The users of each group, before or after.
    members: BTreeMap<Name, BTreeSet<Name>>,
    /// Who holds each managed policy that changes, by attachment or as boundary (the flag), before or after.
    holders: BTreeMap<String, BTreeSet<(Address, bool)>>,
    /// The documents that groups gain by this plan.
    dressed: BTreeMap<Name, Vec<Option<Document>>>,
}

impl<'r> Reader<'r> {
    fn new(cx: &'r Context<'r>, nodes: &[Node<'_>]) -> Self {
        let mut reader = Self { cx, members: BTreeMap::new(), holders: BTreeMap::new(), dressed: BTreeMap::new() };
        for node in nodes {
            if let Some(arn) = node.operation.policy_arn().filter(|_| node.operation.changes_document()) {
                reader.holders.entry(arn.to_owned()).or_default();
            }
            if let (Act::Join(EntityKind::User, user), Some(group)) = (node.operation.act(), &node.subject) {
                reader.members.entry(group.name.clone()).or_default().insert(user.clone());
            }
        }
        for node in nodes {
            reader.note(node);
        }
        reader.read_account(nodes);
        reader
    }

    /// What a call of this plan adds to who holds what.
    fn note(&mut self, node: &Node<'_>) {
        let Some(subject) = node.subject.clone() else { return };
        let (arn, bound) = match node.operation.act() {
            Act::Attach(arn) => (arn, false),
            Act::Bound(arn) => (arn, true),
            Act::PutInline(_, document) if subject.kind == EntityKind::Group => {
                self.dressed.entry(subject.name).or_default().push(Document::parse(document).ok());
                return;
            }
            _ => return,
        };
        if subject.kind == EntityKind::Group {
            let list = self.dressed.entry(subject.name.clone()).or_default();
            match self.cx.documents(arn) {
                Some((before, after)) => list.extend([Some(before), Some(after)]),
                None => list.push(None),
            }
        }
        if let Some(holders) = self.holders.get_mut(arn) {
            holders.insert((subject, bound));
        }
    }

    fn read_account(&mut self, nodes: &[Node<'_>]) {
        let cx = self.cx;
        if !self.holders.is_empty() {
            for (arn, holders) in &mut self.holders {
                holders.extend(cx.holders(arn));
            }
        }
        let groups: BTreeSet<&Name> = nodes
            .iter()
            .filter_map(|node| node.subject.as_ref())
            .filter(|subject| subject.kind == EntityKind::Group)
            .map(|subject| &subject.name)
            .chain(self.holders.values().flatten().filter(|(a, _)| a.kind == EntityKind::Group).map(|(a, _)| &a.name))
            .collect();
        let mut members: Vec<(Name, Name)> = Vec::new();
        if !groups.is_empty() {
            for (user, there) in &cx.snapshot.users {
                let of = there.groups.value().into_iter().flatten().filter(|group| groups.contains(group));
                members.extend(of.map(|group| (group.clone(), user.clone())));
            }
        }
        for (group, user) in members {
            self.members.entry(group).or_default().insert(user);
        }
    }

    /// A principal, and for a group its members.
    fn spread(&self, address: Address, effect: Effect) -> Vec<(Address, Effect)> {
        let mut found = Vec::new();
        if address.kind == EntityKind::Group {
            let users = self.members.get(&address.name).into_iter().flatten();
            found.extend(users.map(|user| (Address::new(EntityKind::User, user), effect)));
        }
        found.push((address, effect));
        found
    }

    fn touched(&self, node: &Node<'_>) -> Vec<(Address, Effect)> {
        let on = |effect: Effect| match &node.subject {
            Some(subject) => self.spread(subject.clone(), effect),
            None => Vec::new(),
        };
        let restrains = Effect { restrains: true, ..Effect::default() };
        let relaxes = Effect { relaxes: true, ..Effect::default() };
        match node.operation.act() {
            Act::PutInline(name, document) => on(match (inline_before(self.cx, node, name), Document::parse(document)) {
                (Ok(before), Ok(after)) => Effect::of(before.as_ref(), Some(&after)),
                _ => ANYTHING,
            }),
            Act::DeleteInline(name) => {
                on(inline_before(self.cx, node, name).map_or(ANYTHING, |before| Effect::of(before.as_ref(), None)))
            }
            Act::Attach(arn) => on(self.managed(arn, true)),
            Act::Detach(arn) => on(self.managed(arn, false)),
            Act::Bound(_) => on(if self.is_bound(node) { restrains.and(relaxes) } else { restrains }),
            Act::Unbound => on(relaxes),
            Act::NewVersion | Act::DefaultVersion => {
                let effect = replaced(self.cx, node).map_or(ANYTHING, |(b, a)| Effect::of(Some(&b), Some(&a)));
                let holders = node.operation.policy_arn().and_then(|arn| self.holders.get(arn)).into_iter().flatten();
                let of = |bound: bool| if bound { effect.as_boundary() } else { effect };
                holders.flat_map(|(holder, bound)| self.spread(holder.clone(), of(*bound))).collect()
            }
            Act::Trust(_) => on(trust::effect(self.cx, node)),
            Act::Join(EntityKind::User, user) => self.member(node, user, true),
            Act::Leave(EntityKind::User, user) => self.member(node, user, false),
            Act::Create { .. }
            | Act::Delete
            | Act::Settings
            | Act::Move
            | Act::Rename(_)
            | Act::Tag(_)
            | Act::Untag(_)
            | Act::Join(..)
            | Act::Leave(..)
            | Act::DropVersion
            | Act::Provide
            | Act::Withhold => Vec::new(),
        }
    }

    fn member(&self, node: &Node<'_>, user: &Name, comes: bool) -> Vec<(Address, Effect)> {
        let effect = node.subject.as_ref().map_or(ANYTHING, |group| self.group(&group.name, comes));
        vec![(Address::new(EntityKind::User, user), effect)]
    }

    /// Whether the principal has a boundary, or may have one.
    fn is_bound(&self, node: &Node<'_>) -> bool {
        let Some(Address { kind, name }) = &node.subject else { return true };
        let boundary = match kind {
            EntityKind::Role => self.cx.snapshot.roles.get(name).map(|role| &role.permissions_boundary),
            EntityKind::User => self.cx.snapshot.users.get(name).map(|user| &user.permissions_boundary),
            _ => None,
        };
        boundary.is_some_and(|seen| seen.value().is_none_or(Option::is_some))
    }

    /// Of a managed policy that comes or goes, whose document may change in the same plan.
    fn managed(&self, arn: &str, comes: bool) -> Effect {
        let way = |document: &Document| {
            if comes { Effect::of(None, Some(document)) } else { Effect::of(Some(document), None) }
        };
        self.cx.documents(arn).map_or(ANYTHING, |(before, after)| way(&before).and(way(&after)))
    }

    /// Of a membership that comes or goes.
    fn group(&self, name: &Name, comes: bool) -> Effect {
        let way = |document: Option<&Document>| match document {
            Some(document) if comes => Effect::of(None, Some(document)),
            Some(document) => Effect::of(Some(document), None),
            None => ANYTHING,
        };
        let gained = self.dressed.get(name).into_iter().flatten().map(|d| way(d.as_ref()));
        let mut effect = gained.fold(Effect::default(), Effect::and);
        let Some(group) = self.cx.snapshot.groups.get(name) else { return effect };
        let (Some(inline), Some(attached)) = (group.inline_policies.value(), group.attached_policies.value()) else {
            return ANYTHING;
        };
        effect = inline.values().fold(effect, |effect, document| effect.and(way(Some(document))));
        attached.iter().fold(effect, |effect, arn| effect.and(self.managed(arn, comes)))
    }
}

/// The documents before and after a call that replaces one.
pub(super) fn replaced(cx: &Context<'_>, node: &Node<'_>) -> Option<(Document, Document)> {
    let in_force = |arn: &str| cx.snapshot.policies.get(&cx.policy_of(arn)?.name)?.default_document().cloned();
    match &*node.operation {
        Operation::CreatePolicyVersion { policy_arn, policy_document, .. } => {
            Some((in_force(policy_arn)?, Document::parse(policy_document).ok()?))
        }
        Operation::SetDefaultPolicyVersion { policy_arn, version_id } => {
            let policy = cx.snapshot.policies.get(&cx.policy_of(policy_arn)?.name)?;
            let wanted = policy.versions.get(version_id)?.document.value()?.clone();
            Some((in_force(policy_arn)?, wanted))
        }
        _ => {
            let Act::PutInline(name, document) = node.operation.act() else { return None };
            Some((inline_before(cx, node, name).ok().flatten()?, Document::parse(document).ok()?))
        }
    }
}

/// Whether a statement denies.
pub(super) use crate::diff::is_deny;

/// Phases of calls that touch access.
pub(super) fn is_ordered(phase: Phase) -> bool {
    (Phase::Restrain..=Phase::Admit).contains(&phase)
}

/// The inline policies of an entity that is there.
fn inline<'r>(cx: &Context<'r>, address: &Address) -> Option<&'r Seen<InlinePolicies>> {
    let (snapshot, name) = (cx.snapshot, &address.name);
    match address.kind {
        EntityKind::Role => snapshot.roles.get(name).map(|role| &role.inline_policies),
        EntityKind::User => snapshot.users.get(name).map(|user| &user.inline_policies),
        EntityKind::Group => snapshot.groups.get(name).map(|group| &group.inline_policies),
        _ => None,
    }
}

/// The inline policy that a call replaces or deletes, if there is one.
///
/// # Errors
/// It was not read.
fn inline_before(cx: &Context<'_>, node: &Node<'_>, policy: &str) -> Result<Option<Document>, ()> {
    match node.subject.as_ref().and_then(|subject| inline(cx, subject)) {
        None => Ok(None),
        Some(seen) => seen.value().map(|all| all.get(policy).cloned()).ok_or(()),
    }
}
