//! What each principal gains and loses by the plan: the account as it is against the account as the rehearsal leaves it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::reads;
use crate::diff::Diff;
use crate::holdings::{AccountState, subject_of};
use crate::model::{AccountIdentity, Act, Seen, Snapshot, Tags};
use crate::names::{AccountId, Address, Arn, EntityKind, Name, entity_arn};
use crate::plan::{AccessChange, Action};
use crate::policy::Document;
use crate::policy::access::{AccessDiff, Aliases, Fixed, Library, Options, PrincipalPolicies, TrustDiff, Verdict};
use crate::policy::ast::{Effect, Policy};

/// A principal's policies, and what else of it policies may speak of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// The policies.
    pub policies: PrincipalPolicies,
    /// The ARN; `None` when the principal is not there.
    pub arn: Option<String>,
    /// The unique id.
    id: String,
    tags: Seen<Tags>,
    /// The trust policy; only roles have one.
    trust: Option<Seen<Document>>,
}

/// Every principal whose policies the plan changes, by address. `end`: the account when all steps are done.
pub(super) fn changes(library: &Library, before: &Snapshot, end: Option<&Snapshot>, diff: &Diff) -> Vec<AccessChange> {
    match end {
        Some(after) => between_accounts_in(library, before, after),
        None => not_rehearsed(diff),
    }
}

/// What every principal gains and loses from one state of an account to another, by address; and what policies that stay as they are
/// mean otherwise, because something that they read changes.
pub fn between_accounts(before: &Snapshot, after: &Snapshot) -> Vec<AccessChange> {
    between_accounts_in(&Library::of_partition(&after.account.partition), before, after)
}

/// The same with what other comparisons have worked out.
fn between_accounts_in(library: &Library, before: &Snapshot, after: &Snapshot) -> Vec<AccessChange> {
    let (was, is) = (AccountState::of_snapshot(before), AccountState::of_snapshot(after));
    let renamed = renamed(before, after);
    let all: BTreeSet<Address> = was.entities().into_iter().chain(is.entities()).collect();
    let old = |address: &Address| renamed.get(address).unwrap_or(address).clone();
    // A user's holdings hold those of its groups, so what a group gains its members gain.
    let touched = all
        .into_iter()
        .filter(|address| !renamed.values().any(|old| old == address) && was.holdings(&old(address)) != is.holdings(address));
    let aliases = aliases(&was, &is);
    let mut changes: Vec<AccessChange> =
        touched.filter_map(|address| change(library, &was, &is, &aliases, (&old(&address), address.clone()))).collect();
    changes.extend(profiles(library, (before, &was), (after, &is)));
    reads::add(&mut changes, before, after, &is);
    changes
}

/// Users and groups that have another name afterwards, by unique id: the new address, and the old one.
fn renamed(before: &Snapshot, after: &Snapshot) -> BTreeMap<Address, Address> {
    fn ids(snapshot: &Snapshot) -> BTreeMap<(EntityKind, &str), Address> {
        let users = snapshot.users.iter().map(|(name, user)| (EntityKind::User, user.id.as_str(), name));
        let groups = snapshot.groups.iter().map(|(name, group)| (EntityKind::Group, group.id.as_str(), name));
        let known = users.chain(groups).filter(|(_, id, _)| !id.is_empty());
        known.map(|(kind, id, name)| ((kind, id), Address::new(kind, name))).collect()
    }
    let was = ids(before);
    let moved = ids(after).into_iter().filter_map(|(id, now)| Some((now, was.get(&id)?.clone())));
    moved.filter(|(now, then)| now != then && after.arn_of(then).is_none()).collect()
}

/// Instance profiles that hold another role than before: what runs with one gets what the new role may do.
fn profiles(
    library: &Library,
    (before, was): (&Snapshot, &AccountState<'_>),
    (after, is): (&Snapshot, &AccountState<'_>),
) -> Vec<AccessChange> {
    let role = |account: &AccountState<'_>, role: &Seen<Option<Name>>, profile: &Address| match role {
        Seen::Value(Some(role)) => held(account, &Address::new(EntityKind::Role, role)),
        Seen::Value(None) => Ok(Held::default()),
        Seen::Unread => Err(format!("the role in `{profile}` was not read")),
    };
    let mut found = Vec::new();
    for (name, now) in &after.instance_profiles {
        let Some(then) = before.instance_profiles.get(name).filter(|then| then.role != now.role) else { continue };
        let address = Address::new(EntityKind::InstanceProfile, name);
        let change = match (role(was, &then.role, &address), role(is, &now.role, &address)) {
            (Ok(was), Ok(is)) => AccessChange::of(address, between_in(library, &was, &is)),
            (Err(reason), _) | (_, Err(reason)) => AccessChange::of(address, AccessDiff::undecided(reason)),
        };
        found.push(change);
    }
    found
}

/// One principal; `None` when nothing that gives access differs.
fn change(
    library: &Library,
    before: &AccountState<'_>,
    after: &AccountState<'_>,
    aliases: &[Aliases; 2],
    (old, address): (&Address, Address),
) -> Option<AccessChange> {
    let (was, is) = match (held(before, old), held(after, &address)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(reason), _) | (_, Err(reason)) => return Some(AccessChange::of(address, AccessDiff::undecided(reason))),
    };
    let trust = trust(library, &was, &is, aliases);
    let same = was.policies == is.policies && was.speaks_the_same(&is);
    if same && trust.is_none() {
        return None;
    }
    let mut diff = between_in(library, &was, &is);
    if is.arn.is_none() {
        // Whom there is no more no resource policy can give anything.
        diff.ceiling_loosened.clear();
    }
    let lifted = diff.verdict == Verdict::NewAccess && ceiling_lifted(library, &was, &is);
    let change = AccessChange { ceiling_lifted: lifted, ..AccessChange::of(address, diff) };
    let Some(trust) = trust else { return Some(change) };
    let arn = is.arn.clone().or_else(|| was.arn.clone()).unwrap_or_default();
    Some(change.with_trust(trust, &arn))
}

/// Whether what was granted before is now allowed in more cases, because a denial or the boundary keeps less.
fn ceiling_lifted(library: &Library, was: &Held, is: &Held) -> bool {
    if was.arn.is_none() || is.arn.is_none() {
        return false;
    }
    let of = |policies: &PrincipalPolicies, effect: Effect| -> Vec<(String, Document)> {
        policies.identity.iter().map(|(id, document)| (format!("{id} {effect:?}"), only(document, effect))).collect()
    };
    let denies = |held: &Held| of(&held.policies, Effect::Deny).into_iter().map(|(_, document)| document).collect::<Vec<_>>();
    let (old, new) = (&was.policies, &is.policies);
    if old.boundary == new.boundary && old.scps == new.scps && denies(was) == denies(is) {
        return false;
    }
    let mut identity = of(&was.policies, Effect::Allow);
    identity.extend(of(&is.policies, Effect::Deny));
    let kept = Held { policies: PrincipalPolicies { identity, ..is.policies.clone() }, ..was.clone() };
    between_in(library, was, &kept).verdict == Verdict::NewAccess
}

/// A document with the statements of one effect alone.
fn only(document: &Document, effect: Effect) -> Document {
    let read = Policy::read(document).statements;
    let of_effect = read.iter().filter(|statement| statement.effect == effect);
    let statements: Vec<Json> = of_effect.filter_map(|s| document.statements().get(s.index)).cloned().collect();
    let mut value = document.value().clone();
    if let Some(map) = value.as_object_mut() {
        map.insert("Statement".to_owned(), Json::Array(statements));
    }
    Document::new(value)
}

/// What a role's changed trust policy means; `None` where it is the same, and for whom has none.
fn trust(library: &Library, was: &Held, is: &Held, aliases: &[Aliases; 2]) -> Option<TrustDiff> {
    let undecided = |reason: &str| Some(TrustDiff { reason: Some(reason.to_owned()), ..TrustDiff::default() });
    let account = |held: &Held| held.arn.as_deref().and_then(Arn::parse).and_then(|arn| AccountId::parse(&arn.account));
    let speaks_of_tags = |held: &Held| {
        held.trust.as_ref().and_then(Seen::value).is_some_and(|d| d.to_compact().to_lowercase().contains("resourcetag/"))
    };
    // In a trust policy the resource is the role.
    let both = was.trust.is_some() && is.trust.is_some();
    if both && (speaks_of_tags(was) || speaks_of_tags(is)) && was.tags != is.tags {
        return undecided("its trust policy speaks of the role's tags, which change");
    }
    if both && account(was) != account(is) {
        return undecided("the roles are in two accounts, to which their trust policies mean different things");
    }
    if was.trust == is.trust {
        return None;
    }
    let unread = |held: &Held| held.trust.as_ref().is_some_and(Seen::is_unread);
    if unread(was) || unread(is) {
        return undecided("the trust policy was not read");
    }
    let account = account(is).or_else(|| account(was))?;
    let [old, new] = aliases;
    Some(library.compare_trust_of(was.trust_value(), is.trust_value(), &account, [old, new], Options::default()))
}

/// The names of principals in trust policies before and after, where the account knows them by another ARN now: unique ids, and before also
/// the ARNs of users that move in place. Whoever has the same id is the same principal, so a moved user gains and loses nothing.
fn aliases(before: &AccountState<'_>, after: &AccountState<'_>) -> [Aliases; 2] {
    let arns = |state: &AccountState<'_>| -> Aliases {
        let Some(snapshot) = state.snapshot() else { return Aliases::new() };
        let AccountIdentity { id: account, partition } = &snapshot.account;
        let arn = |kind, path: &str, name: &Name| entity_arn(partition, account, kind, path, name.as_str());
        let roles = snapshot.roles.iter().map(|(name, role)| (role.id.clone(), arn(EntityKind::Role, &role.path, name)));
        let users = snapshot.users.iter().map(|(name, user)| (user.id.clone(), arn(EntityKind::User, &user.path, name)));
        roles.chain(users).filter(|(id, _)| !id.is_empty()).collect()
    };
    let (was, is) = (arns(before), arns(after));
    let mut old = was.clone();
    for (id, arn) in &was {
        if let Some(now) = is.get(id) {
            old.insert(id.clone(), now.clone());
            old.insert(arn.clone(), now.clone());
        }
    }
    [old, is]
}

/// Compares two principals: what they may do, and for two roles who may assume them. The answer is `principal`'s.
pub fn between_principals(was: &Held, is: &Held, principal: Address) -> AccessChange {
    let partition = is.arn.as_deref().and_then(Arn::parse).map(|arn| arn.partition);
    let library = partition.map_or_else(Library::default, |partition| Library::of_partition(&partition));
    let change = AccessChange::of(principal, between_in(&library, was, is));
    match (&was.trust, &is.trust) {
        (Some(_), Some(_)) => match trust(&library, was, is, &[Aliases::new(), Aliases::new()]) {
            Some(trust) => change.with_trust(trust, is.arn.as_deref().unwrap_or_default()),
            None => change,
        },
        _ => change,
    }
}

/// What policies allow by `is` and not by `was`, and the other way round.
pub fn between(was: &Held, is: &Held) -> AccessDiff {
    between_in(&Library::default(), was, is)
}

/// The same with what other comparisons have worked out.
fn between_in(library: &Library, was: &Held, is: &Held) -> AccessDiff {
    if let Some(what) = was.speaks_of_what_differs(is) {
        let reason = format!("a policy speaks of the principal's {what}, which is not the same before and after");
        return AccessDiff::undecided(reason);
    }
    let known = was.arn.as_ref().or(is.arn.as_ref()).filter(|arn| was.arn.is_none() || is.arn.as_ref().is_none_or(|a| a == *arn));
    library.compare(&was.policies, &is.policies, &known.map(|arn| subject_of(arn)).unwrap_or_default(), Options::default())
}

impl Held {
    /// Policies that nobody in particular holds.
    pub fn of(policies: PrincipalPolicies) -> Self {
        Self { policies, ..Self::default() }
    }

    /// Its unique id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn trust_value(&self) -> Option<&Document> {
        self.trust.as_ref().and_then(Seen::value)
    }

    /// Whether neither side's principal differs in what policies may speak of.
    fn speaks_the_same(&self, other: &Self) -> bool {
        self.arn == other.arn && self.id == other.id && self.tags == other.tags
    }

    /// Whether a policy of it speaks of one of these, or its trust policy, to which it is the resource.
    pub(super) fn speaks_of(&self, what: &Trait) -> bool {
        match what {
            Trait::Arn => self.speaks("aws:principalarn") || self.speaks("aws:username"),
            Trait::Tags(keys) => {
                keys.iter().any(|key| self.speaks(&spelling("aws:principaltag/", key))) || self.trust_reads(keys)
            }
        }
    }

    /// Whether a policy of it holds this text, which is in lower case.
    pub(super) fn speaks(&self, word: &str) -> bool {
        self.policies.documents().any(|(_, document)| document.to_compact().to_lowercase().contains(word))
    }

    /// Whether its trust policy reads one of these tags of the role.
    pub(super) fn trust_reads(&self, keys: &BTreeSet<String>) -> bool {
        let trust = self.trust_value().map(|trust| trust.to_compact().to_lowercase()).unwrap_or_default();
        keys.iter().any(|key| trust.contains(&spelling("resourcetag/", key)))
    }

    /// The same once this call is made on it.
    pub(super) fn once(mut self, act: &Act<'_>) -> Self {
        if let Seen::Value(tags) = &mut self.tags {
            match act {
                Act::Tag(new) => tags.extend(new.iter().map(|(key, value)| (key.clone(), value.clone()))),
                Act::Untag(keys) => tags.retain(|key, _| !keys.contains(key)),
                _ => {}
            }
        }
        self
    }

    /// Whether sessions of it may bring tags of their own, which then stand in place of its tags: whoever sets them needs
    /// `sts:TagSession` in the trust policy.
    fn may_tag_sessions(&self) -> bool {
        match &self.trust {
            None => false,
            Some(Seen::Unread) => true,
            Some(Seen::Value(trust)) => Policy::read(trust).statements.iter().any(|statement| {
                statement.effect == Effect::Allow
                    && (statement.faulty || statement.actions.is_none() || statement.has_action("sts:tagsession"))
            }),
        }
    }

    /// What policies read of it as the target of a request, where these tags differ.
    pub(super) fn target_keys(&self, keys: &BTreeSet<String>) -> BTreeMap<String, Option<String>> {
        let of = |begin: &str| keys.iter().map(|key| (format!("{begin}{key}"), self.tag(key))).collect::<Vec<_>>();
        ["aws:resourcetag/", "iam:resourcetag/"].iter().flat_map(|begin| of(begin)).collect()
    }

    /// The value of a tag, by its key in lower case.
    fn tag(&self, key: &str) -> Option<String> {
        let (_, value) = self.tags.value()?.iter().find(|(own, _)| own.to_lowercase() == key)?;
        Some(value.clone())
    }

    /// What differs between the two principals and stands in a policy of either. A principal that is not there has no access
    /// whatever its policies speak of.
    pub(super) fn speaks_of_what_differs(&self, other: &Self) -> Option<&'static str> {
        if self.arn.is_none() || other.arn.is_none() {
            return None;
        }
        let spoken = |key: &str| [self, other].iter().any(|held| held.speaks(key));
        if self.arn != other.arn && (spoken("aws:principalarn") || spoken("aws:username")) {
            Some("ARN")
        } else if self.id != other.id && spoken("aws:userid") {
            Some("unique id")
        } else if differing(&self.tags, &other.tags)
            .is_some_and(|keys| keys.iter().any(|key| spoken(&spelling("aws:principaltag/", key))))
        {
            Some("tags")
        } else {
            None
        }
    }
}

/// The kinds of requests of a principal that policies tell apart while its tags or its ARN change, each with what is fixed of it in each
/// of these states: one, and more of them where sessions of a role may bring tags of their own. `speaks`: whether a policy that decides
/// holds a text, which is in lower case.
///
/// # Errors
/// What is read and cannot be put in, in words.
pub(super) fn kinds_of_requests(states: [&Held; 3], speaks: &dyn Fn(&str) -> bool) -> Result<Vec<[Fixed; 3]>, String> {
    let there: Vec<&Held> = states.into_iter().filter(|held| held.arn.is_some()).collect();
    let [first, others @ ..] = there.as_slice() else { return Ok(vec![Default::default()]) };
    if others.iter().any(|held| held.id != first.id) && speaks("aws:userid") {
        return Err("a policy reads the principal's unique id, which is not the same before and after".to_owned());
    }
    let mut always: [Fixed; 3] = Default::default();
    if others.iter().any(|held| held.arn != first.arn) {
        for (fixed, held) in always.iter_mut().zip(states) {
            let name = held.arn.as_deref().and_then(Arn::parse).map(|arn| arn.last_segment().to_owned());
            let keys = [("aws:principalarn", held.arn.clone()), ("aws:username", name)];
            fixed.keys.extend(keys.into_iter().filter(|(key, _)| speaks(key)).map(|(key, value)| (key.to_owned(), value)));
        }
    }
    let tags = differing_tags(&there)?;
    let tags: Vec<&String> = tags.iter().filter(|key| speaks(&spelling("aws:principaltag/", key))).collect();
    let overridden = if there.iter().any(|held| held.may_tag_sessions()) { tags.len() } else { 0 };
    if overridden > OVERRIDDEN {
        return Err(format!("policies read {overridden} tags that change, and sessions may bring tags of their own"));
    }
    let subsets = 0..1_usize << overridden;
    Ok(subsets
        .map(|subset| {
            let mut kind = always.clone();
            for (fixed, held) in kind.iter_mut().zip(states) {
                let own = tags.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 0);
                fixed.keys.extend(own.map(|(_, key)| (format!("aws:principaltag/{key}"), held.tag(key))));
            }
            kind
        })
        .collect())
}

/// Tags that change and that sessions may bring themselves; more of them are not told apart.
const OVERRIDDEN: usize = 4;

/// The keys, in lower case, of tags that differ between any of these.
///
/// # Errors
/// Tags were not read.
pub(super) fn differing_tags(states: &[&Held]) -> Result<BTreeSet<String>, String> {
    let mut keys = BTreeSet::new();
    for pair in states.windows(2) {
        if let [one, other] = pair {
            keys.extend(differing(&one.tags, &other.tags).into_iter().flatten());
        }
    }
    if keys.contains("") { Err("tags that a policy may read were not read".to_owned()) } else { Ok(keys) }
}

/// What of a principal policies may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    /// Tags of these keys, in lower case.
    Tags(BTreeSet<String>),
    /// Its ARN, and with it its name.
    Arn,
}

impl Trait {
    /// The tags of these keys.
    pub(super) fn tags<'k>(keys: impl IntoIterator<Item = &'k String>) -> Self {
        Self::Tags(keys.into_iter().map(|key| key.to_lowercase()).collect())
    }
}

/// How a policy spells the condition key of a tag, in lower case. A key that JSON escapes stands for every tag.
fn spelling(begin: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    format!("{begin}{}", if plain { key } else { "" })
}

/// The keys, in lower case, of tags that differ; one empty key, which is part of any, where they were not read on one side.
fn differing(one: &Seen<Tags>, other: &Seen<Tags>) -> Option<BTreeSet<String>> {
    match (one.value(), other.value()) {
        _ if one == other => None,
        (Some(one), Some(other)) => {
            let keys = one.keys().chain(other.keys()).filter(|key| one.get(*key) != other.get(*key));
            Some(keys.map(|key| key.to_lowercase()).collect())
        }
        _ => Some([String::new()].into()),
    }
}

/// What policies may read of any entity: its ARN and its tags; of a role or user all that is held.
pub(super) fn read_of(state: &AccountState<'_>, address: &Address) -> Result<Held, String> {
    if matches!(address.kind, EntityKind::Role | EntityKind::User) {
        return held(state, address);
    }
    let Some(snapshot) = state.snapshot() else { return Ok(Held::default()) };
    let tags = snapshot.tags_of(address).cloned().unwrap_or(Seen::Value(Tags::new()));
    Ok(Held { arn: snapshot.arn_of(address), tags, ..Held::default() })
}

/// The policies of a role, user or group; none when it is not there.
///
/// # Errors
/// What was not read, or is not known, in words.
pub fn held(state: &AccountState<'_>, address: &Address) -> Result<Held, String> {
    let Some(holdings) = state.holdings(address) else {
        let unlisted = state.snapshot().is_some_and(|snapshot| snapshot.unlisted.contains(&address.kind));
        return if unlisted {
            Err(format!("whether `{address}` exists is not known: the listing was not read"))
        } else {
            Ok(Held::default())
        };
    };
    let owned = |seen: &Seen<&Tags>| seen.value().map_or(Seen::Unread, |tags| Seen::Value((*tags).clone()));
    Ok(Held {
        policies: holdings.documents()?,
        id: holdings.id.unwrap_or_default().to_owned(),
        tags: owned(&holdings.tags),
        trust: holdings.trust.map(|trust| trust.value().map_or(Seen::Unread, |document| Seen::Value((*document).clone()))),
        arn: Some(holdings.arn),
    })
}

/// Without a rehearsal the end is not known: every principal that the plan touches is undecided.
fn not_rehearsed(diff: &Diff) -> Vec<AccessChange> {
    let is_principal =
        |d: &&crate::diff::Draft| matches!(d.address.kind, EntityKind::Role | EntityKind::User | EntityKind::Group);
    diff.drafts
        .iter()
        .filter(is_principal)
        .filter(|d| d.action != Action::Blocked && !d.calls.is_empty())
        .map(|d| {
            let reason = "the plan could not be rehearsed, so what it ends in is not known".to_owned();
            AccessChange::of(d.address.clone(), AccessDiff::undecided(reason))
        })
        .collect()
}
