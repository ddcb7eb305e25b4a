//! Policies that stay as they are and mean something else, because what they read changes: a tag, or the ARN of an entity.
//!
//! A comparison of one principal's policies holds only while all that they read stays fixed. What the principal's own tags and ARN mean
//! to its own policies is compared there; here is what policies read of *other* entities. It is never proven harmless: the answer is
//! "undecided", with what is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::holdings::{AccountState, Holdings};
use crate::model::{Seen, Snapshot, Tags};
use crate::names::{Address, EntityKind, Name};
use crate::plan::{AccessChange, AccessVerdict};
use crate::policy::Document;
use crate::policy::access::AccessDiff;
use crate::policy::ast::{Policy, Statement};
use crate::policy::pattern::Pattern;

/// What policies may read of an entity, and that changes.
struct Changed {
    address: Address,
    /// The ARN before and after.
    was: String,
    is: String,
    tags: ChangedTags,
}

/// Which of an entity's tags change.
enum ChangedTags {
    /// Those with these keys, in lower case: IAM ignores the case of tag keys in condition keys.
    Keys(BTreeSet<String>),
    /// They were not read, so any may.
    Any,
}

impl ChangedTags {
    fn between(was: &Seen<Tags>, is: &Seen<Tags>) -> Self {
        match (was, is) {
            (Seen::Value(was), Seen::Value(is)) => {
                let keys = was.keys().chain(is.keys());
                Self::Keys(keys.filter(|key| was.get(*key) != is.get(*key)).map(|key| key.to_lowercase()).collect())
            }
            // A dump without tags on either side says nothing of a change.
            (Seen::Unread, Seen::Unread) => Self::Keys(BTreeSet::new()),
            (Seen::Unread, Seen::Value(_)) | (Seen::Value(_), Seen::Unread) => Self::Any,
        }
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::Keys(keys) if keys.is_empty())
    }

    fn has(&self, key: &str) -> bool {
        match self {
            Self::Keys(keys) => keys.contains(key),
            Self::Any => true,
        }
    }
}

/// `account`: the one after the change. Adds to the changes whoever holds, or whose trust is, a policy that reads what changes of another entity.
pub(super) fn add(changes: &mut Vec<AccessChange>, before: &Snapshot, after: &Snapshot, account: &AccountState<'_>) {
    let changed = changed(before, after, &BTreeMap::new());
    if changed.is_empty() {
        return;
    }
    for (reader, reason) in readers(account, &changed) {
        match changes.iter_mut().find(|change| change.principal == reader) {
            Some(change) => {
                if change.verdict == AccessVerdict::NoNewAccess {
                    change.verdict = AccessVerdict::Undecided;
                }
                change.reason.get_or_insert(reason);
            }
            None => changes.push(AccessChange::of(reader, AccessDiff::undecided(reason))),
        }
    }
}

/// Which of a principal's documents read something of an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadBy {
    /// Its trust policy: of who may assume it.
    pub trust: bool,
    /// What it holds, by itself or through groups: of the target of a request.
    pub held: bool,
}

/// Whose policies, before or after, read something that changes of which entity; of those pairs alone that are wanted. What the trust
/// policy of a role reads of the role itself is not among it. `renamed`: the ARNs before of those that have another name.
pub(super) fn pairs(
    before: &Snapshot,
    after: &Snapshot,
    renamed: &BTreeMap<Address, String>,
    wanted: &dyn Fn(&Address, &Address) -> bool,
) -> BTreeMap<(Address, Address), ReadBy> {
    let changed = changed(before, after, renamed);
    let mut found: BTreeMap<(Address, Address), ReadBy> = BTreeMap::new();
    if changed.is_empty() {
        return found;
    }
    for account in [before, after].map(AccountState::of_snapshot) {
        let mut known = BTreeMap::new();
        for address in account.entities() {
            let Some(holdings) = account.holdings(&address) else { continue };
            let trust = trust_reads(&holdings, &account, &changed).is_some();
            if !trust && held_reads(&holdings, false, &changed, &mut known).is_none() {
                continue;
            }
            for one in changed.iter().filter(|one| wanted(&address, &one.address)) {
                let one_alone = std::slice::from_ref(one);
                let trust = trust && trust_reads(&holdings, &account, one_alone).is_some();
                let held = held_reads(&holdings, false, one_alone, &mut BTreeMap::new()).is_some();
                if trust || held {
                    let by = found.entry((address.clone(), one.address.clone())).or_default();
                    (by.trust, by.held) = (by.trust || trust, by.held || held);
                }
            }
        }
    }
    found
}

fn changed(before: &Snapshot, after: &Snapshot, renamed: &BTreeMap<Address, String>) -> Vec<Changed> {
    const NONE: &Seen<Tags> = &Seen::Unread;
    fn names<'a, T>(
        before: &'a BTreeMap<Name, T>,
        after: &'a BTreeMap<Name, T>,
    ) -> impl Iterator<Item = (&'a Name, &'a T, &'a T)> {
        before.iter().filter_map(|(name, was)| Some((name, was, after.get(name)?)))
    }
    let mut found = Vec::new();
    let mut add = |kind, name: &Name, was_tags: &Seen<Tags>, is_tags: &Seen<Tags>| {
        let address = Address::new(kind, name);
        let was = renamed.get(&address).cloned().or_else(|| before.arn_of(&address));
        let (Some(was), Some(is)) = (was, after.arn_of(&address)) else { return };
        let tags = ChangedTags::between(was_tags, is_tags);
        if was != is || !tags.is_none() {
            found.push(Changed { address, was, is, tags });
        }
    };
    names(&before.policies, &after.policies).for_each(|(n, was, is)| add(EntityKind::Policy, n, &was.tags, &is.tags));
    names(&before.roles, &after.roles).for_each(|(n, was, is)| add(EntityKind::Role, n, &was.tags, &is.tags));
    names(&before.users, &after.users).for_each(|(n, was, is)| add(EntityKind::User, n, &was.tags, &is.tags));
    names(&before.groups, &after.groups).for_each(|(n, _, _)| add(EntityKind::Group, n, NONE, NONE));
    let profiles = names(&before.instance_profiles, &after.instance_profiles);
    profiles.for_each(|(n, was, is)| add(EntityKind::InstanceProfile, n, &was.tags, &is.tags));
    let oidc = names(&before.oidc_providers, &after.oidc_providers);
    oidc.for_each(|(n, was, is)| add(EntityKind::OidcProvider, n, &was.tags, &is.tags));
    let saml = names(&before.saml_providers, &after.saml_providers);
    saml.for_each(|(n, was, is)| add(EntityKind::SamlProvider, n, &was.tags, &is.tags));
    found
}

/// Who holds a policy that reads something of what changes, each with the first such policy in words. What a group holds is reported of
/// the group.
fn readers(account: &AccountState<'_>, changed: &[Changed]) -> BTreeMap<Address, String> {
    let mut found = BTreeMap::new();
    let mut known: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let entities = account.entities();
    let all: Vec<Holdings<'_>> = entities.iter().filter_map(|address| account.holdings(address)).collect();
    for holdings in &all {
        let reason = trust_reads(holdings, account, changed).or_else(|| held_reads(holdings, true, changed, &mut known));
        found.extend(reason.map(|reason| (holdings.address.clone(), reason)));
    }
    found
}

/// What the trust policy of one holder reads of what changes, in words.
fn trust_reads(holdings: &Holdings<'_>, account: &AccountState<'_>, changed: &[Changed]) -> Option<String> {
    let trust = holdings.trust.as_ref().and_then(Seen::value)?;
    let what = of_trust(trust, &holdings.address, account, changed)?;
    Some(format!("its trust policy reads {what}, which changes"))
}

/// What the policies of one holder read of what changes, in words; `alone`: without those of its groups. Several principals hold the
/// same managed policy: `known` has what each reads, by ARN.
fn held_reads<'h>(
    holdings: &Holdings<'h>,
    alone: bool,
    changed: &[Changed],
    known: &mut BTreeMap<&'h str, Option<String>>,
) -> Option<String> {
    let levels = holdings.ceiling.into_iter().flat_map(|ceiling| ceiling.scps.levels());
    for (id, document) in levels.flat_map(|level| level.policies()) {
        if let Some(what) = known.entry(id).or_insert_with(|| of_identity(document, changed)).clone() {
            return Some(format!("`{id}` reads {what}, which changes"));
        }
    }
    let own = holdings.identity.iter().filter(|held| !alone || held.holder() == holdings.address);
    own.chain(holdings.boundary.policy()).find_map(|held| {
        let what = match held.arn() {
            Some(arn) => known.entry(arn).or_insert_with(|| of_identity(held.document, changed)).clone(),
            None => of_identity(held.document, changed),
        }?;
        Some(format!("`{}` reads {what}, which changes", held.label()))
    })
}

/// What an identity policy reads of entities as targets of IAM's and STS's actions.
fn of_identity(document: &Document, changed: &[Changed]) -> Option<String> {
    let policy = Policy::read(document);
    for statement in policy.statements.iter().filter(|statement| is_about_iam(statement)) {
        let tags = |key: &str| {
            ["aws:resourcetag/", "iam:resourcetag/"].iter().find_map(|begin| key.strip_prefix(begin).map(str::to_owned))
        };
        for key in statement.conditions.iter().filter_map(|test| tags(&test.key)) {
            if let Some(one) = changed.iter().find(|one| one.tags.has(&key)) {
                return Some(format!("the tag `{key}` of `{}`", one.address));
            }
        }
        let mut patterns: Vec<&String> = statement.resources.iter().flat_map(|clause| &clause.values).collect();
        let arns = |key: &str| matches!(key, "iam:policyarn" | "iam:permissionsboundary");
        patterns.extend(statement.conditions.iter().filter(|test| arns(&test.key)).flat_map(|test| &test.values));
        if let Some(one) = tells_apart(&patterns, changed) {
            return Some(format!("the ARN of `{}`", one.address));
        }
    }
    None
}

/// What a trust policy reads of those who may assume the role.
fn of_trust(document: &Document, role: &Address, account: &AccountState<'_>, changed: &[Changed]) -> Option<String> {
    let policy = Policy::read(document);
    let callers = |one: &&Changed| matches!(one.address.kind, EntityKind::Role | EntityKind::User) && one.address != *role;
    for statement in &policy.statements {
        let concerned: Vec<&Changed> = changed.iter().filter(callers).filter(|one| names(statement, account, one)).collect();
        if concerned.is_empty() {
            continue;
        }
        for test in &statement.conditions {
            let read = test.key.strip_prefix("aws:principaltag/").map(str::to_owned);
            for key in read.into_iter().chain(test.values.iter().flat_map(|value| tags_in(value))) {
                if let Some(one) = concerned.iter().find(|one| one.tags.has(&key)) {
                    return Some(format!("the tag `{key}` of `{}`", one.address));
                }
            }
            let patterns: Vec<&String> = test.values.iter().filter(|_| test.key == "aws:principalarn").collect();
            for one in &concerned {
                if patterns.iter().any(|pattern| splits(pattern, one)) {
                    return Some(format!("the ARN of `{}`", one.address));
                }
            }
        }
    }
    None
}

/// Keys of `${aws:PrincipalTag/…}` in a value, in lower case.
fn tags_in(value: &str) -> Vec<String> {
    let lower = value.to_lowercase();
    let keys = lower.split("${aws:principaltag/").skip(1);
    keys.map(|rest| rest.split(['}', ',']).next().unwrap_or_default().trim().to_owned()).collect()
}

/// Whether a statement of a trust is about an entity of this account, by name or as one of all.
fn names(statement: &Statement, account: &AccountState<'_>, one: &Changed) -> bool {
    let Some(principals) = &statement.principals else { return false };
    let own = account.identity().id.as_str();
    let session = one.address.name.as_str();
    principals.negated
        || principals.values.iter().any(|(_, value)| {
            let whole = value == "*" || value == own || value.ends_with(":root");
            whole || *value == one.was || *value == one.is || value.contains(&format!(":assumed-role/{session}/"))
        })
}

/// Whether a statement is about actions of IAM or STS.
fn is_about_iam(statement: &Statement) -> bool {
    let Some(actions) = &statement.actions else { return false };
    actions.negated
        || actions.values.iter().any(|action| {
            let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
            let pattern = Pattern::glob(&service);
            pattern.matches("iam") || pattern.matches("sts")
        })
}

/// The first entity whose ARN one of the patterns matches before or after, and not both.
fn tells_apart<'a>(patterns: &[&String], changed: &'a [Changed]) -> Option<&'a Changed> {
    changed.iter().find(|one| patterns.iter().any(|pattern| splits(pattern, one)))
}

fn splits(pattern: &str, one: &Changed) -> bool {
    one.was != one.is && {
        let pattern = Pattern::glob(pattern);
        pattern.matches(&one.was) != pattern.matches(&one.is)
    }
}
