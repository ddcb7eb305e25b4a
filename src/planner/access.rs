//! What each principal gains and loses by the plan: the account as it is against the account as the rehearsal leaves it.

use std::collections::BTreeSet;

use super::reads;
use crate::aws_policies;
use crate::diff::Diff;
use crate::model::{InlinePolicies, Role, Seen, Snapshot, Tags, User};
use crate::names::{AccountId, Address, Arn, EntityKind, Name};
use crate::plan::{AccessChange, Action};
use crate::policy::Document;
use crate::policy::access::{AccessDiff, Library, Options, PrincipalPolicies, Subject, TrustDiff};

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
pub(super) fn changes(before: &Snapshot, end: Option<&Snapshot>, diff: &Diff) -> Vec<AccessChange> {
    match end {
        Some(after) => between_accounts(before, after),
        None => not_rehearsed(diff),
    }
}

/// What every principal gains and loses from one state of an account to another, by address; and what policies that stay as they are
/// mean otherwise, because something that they read changes.
pub fn between_accounts(before: &Snapshot, after: &Snapshot) -> Vec<AccessChange> {
    let documents = changed_documents(before, after);
    let mut found: BTreeSet<Address> = BTreeSet::new();
    let names = |kind, names: BTreeSet<&Name>| names.into_iter().map(move |name| Address::new(kind, name)).collect::<Vec<_>>();
    let roles = names(EntityKind::Role, before.roles.keys().chain(after.roles.keys()).collect());
    let users = names(EntityKind::User, before.users.keys().chain(after.users.keys()).collect());
    let groups = names(EntityKind::Group, before.groups.keys().chain(after.groups.keys()).collect());
    for address in roles.into_iter().chain(users).chain(groups) {
        if let (Some(was), Some(is)) = (parts(before, &address), parts(after, &address))
            && was == is
            && trust_of(before, &address) == trust_of(after, &address)
            && was.attached.iter().chain(&was.boundary).all(|arn| !documents.contains(arn.as_str()))
        {
            continue;
        }
        found.insert(address);
    }
    // What a group gains its members gain.
    let groups: BTreeSet<Name> = found.iter().filter(|a| a.kind == EntityKind::Group).map(|a| a.name.clone()).collect();
    for snapshot in [before, after] {
        for (name, user) in &snapshot.users {
            if user.groups.value().is_some_and(|of| of.iter().any(|g| groups.contains(g))) {
                found.insert(Address::new(EntityKind::User, name));
            }
        }
    }
    let library = Library::default();
    let mut changes: Vec<AccessChange> =
        found.into_iter().filter_map(|address| change(&library, before, after, address)).collect();
    changes.extend(profiles(&library, before, after));
    reads::add(&mut changes, before, after);
    changes
}

/// Instance profiles that hold another role than before: what runs with one gets what the new role may do.
fn profiles(library: &Library, before: &Snapshot, after: &Snapshot) -> Vec<AccessChange> {
    let role = |snapshot: &Snapshot, role: &Seen<Option<Name>>, profile: &Address| match role {
        Seen::Value(Some(role)) => held(snapshot, &Address::new(EntityKind::Role, role)),
        Seen::Value(None) => Ok(Held::default()),
        Seen::Unread => Err(format!("the role in `{profile}` was not read")),
    };
    let mut found = Vec::new();
    for (name, is) in &after.instance_profiles {
        let Some(was) = before.instance_profiles.get(name).filter(|was| was.role != is.role) else { continue };
        let address = Address::new(EntityKind::InstanceProfile, name);
        let change = match (role(before, &was.role, &address), role(after, &is.role, &address)) {
            (Ok(was), Ok(is)) => AccessChange::of(address, between_in(library, &was, &is)),
            (Err(reason), _) | (_, Err(reason)) => AccessChange::of(address, AccessDiff::undecided(reason)),
        };
        found.push(change);
    }
    found
}

/// One principal; `None` when nothing that gives access differs.
fn change(library: &Library, before: &Snapshot, after: &Snapshot, address: Address) -> Option<AccessChange> {
    let (was, is) = match (held(before, &address), held(after, &address)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(reason), _) | (_, Err(reason)) => return Some(AccessChange::of(address, AccessDiff::undecided(reason))),
    };
    let trust = trust(library, &was, &is);
    let same = was.policies == is.policies && was.speaks_the_same(&is);
    if same && trust.is_none() {
        return None;
    }
    let mut diff = between_in(library, &was, &is);
    if is.arn.is_none() {
        // Whom there is no more no resource policy can give anything.
        diff.ceiling_loosened.clear();
    }
    let change = AccessChange::of(address, diff);
    let Some(trust) = trust else { return Some(change) };
    let arn = is.arn.clone().or_else(|| was.arn.clone()).unwrap_or_default();
    Some(change.with_trust(trust, &arn))
}

/// What a role's changed trust policy means; `None` where it is the same, and for whom has none.
fn trust(library: &Library, was: &Held, is: &Held) -> Option<TrustDiff> {
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
    Some(library.compare_trust(was.trust_value(), is.trust_value(), &account, Options::default()))
}

fn trust_of<'a>(snapshot: &'a Snapshot, address: &Address) -> Option<&'a Seen<Document>> {
    if address.kind == EntityKind::Role { snapshot.roles.get(&address.name).map(|role| &role.trust) } else { None }
}

/// Compares two principals: what they may do, and for two roles who may assume them. The answer is `principal`'s.
pub fn between_principals(was: &Held, is: &Held, principal: Address) -> AccessChange {
    let library = Library::default();
    let change = AccessChange::of(principal, between_in(&library, was, is));
    match (&was.trust, &is.trust) {
        (Some(_), Some(_)) => match trust(&library, was, is) {
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
    library.compare(&was.policies, &is.policies, &known.map(|arn| subject(arn)).unwrap_or_default(), Options::default())
}

/// Whose requests they are; a group makes none itself.
fn subject(arn: &str) -> Subject {
    match Arn::parse(arn).as_ref().and_then(Arn::iam_resource) {
        Some(("role", ..)) => Subject::Role { arn: arn.to_owned() },
        Some(("user", ..)) => Subject::User { arn: arn.to_owned() },
        _ => Subject::Anyone,
    }
}

impl Held {
    /// Policies that nobody in particular holds.
    pub fn of(policies: PrincipalPolicies) -> Self {
        Self { policies, ..Self::default() }
    }

    fn trust_value(&self) -> Option<&Document> {
        self.trust.as_ref().and_then(Seen::value)
    }

    /// Whether neither side's principal differs in what policies may speak of.
    fn speaks_the_same(&self, other: &Self) -> bool {
        self.arn == other.arn && self.id == other.id && self.tags == other.tags
    }

    /// What differs between the two principals and stands in a policy of either. A principal that is not there has no access
    /// whatever its policies speak of.
    fn speaks_of_what_differs(&self, other: &Self) -> Option<&'static str> {
        if self.arn.is_none() || other.arn.is_none() {
            return None;
        }
        let texts: Vec<String> = [self, other]
            .iter()
            .flat_map(|h| h.policies.identity.iter().chain(&h.policies.boundary))
            .map(|(_, document)| document.to_compact().to_lowercase())
            .collect();
        let spoken = |key: &str| texts.iter().any(|text| text.contains(key));
        if self.arn != other.arn && (spoken("aws:principalarn") || spoken("aws:username")) {
            Some("ARN")
        } else if self.id != other.id && spoken("aws:userid") {
            Some("unique id")
        } else if self.tags != other.tags && spoken("aws:principaltag") {
            Some("tags")
        } else {
            None
        }
    }
}

/// The policies of a role, user or group; none when it is not there.
///
/// # Errors
/// What was not read, or is not known, in words.
pub fn held(snapshot: &Snapshot, address: &Address) -> Result<Held, String> {
    let Some(parts) = parts(snapshot, address) else {
        return if snapshot.unlisted.contains(&address.kind) {
            Err(format!("whether `{address}` exists is not known: the listing was not read"))
        } else {
            Ok(Held::default())
        };
    };
    let mut held = Held {
        arn: snapshot.arn_of(address),
        id: parts.id.to_owned(),
        tags: parts.tags.clone(),
        trust: trust_of(snapshot, address).cloned(),
        ..Held::default()
    };
    add(snapshot, &parts, &address.to_string(), &mut held.policies)?;
    if let Some(groups) = parts.groups {
        for group in groups.value().ok_or_else(|| format!("the groups of `{address}` were not read"))? {
            let group = Address::new(EntityKind::Group, group);
            let parts = self::parts(snapshot, &group).ok_or_else(|| format!("`{group}` was not read"))?;
            add(snapshot, &parts, &group.to_string(), &mut held.policies)?;
        }
    }
    if let Some(arn) = &parts.boundary {
        held.policies.boundary = Some((policy_id(arn), document(snapshot, arn)?));
    }
    Ok(held)
}

/// Inline and attached policies under names that tell them apart.
fn add(snapshot: &Snapshot, parts: &Parts<'_>, holder: &str, policies: &mut PrincipalPolicies) -> Result<(), String> {
    let unread = |what: &str| format!("the {what} of `{holder}` were not read");
    for (name, document) in parts.inline.value().ok_or_else(|| unread("inline policies"))? {
        policies.identity.push((format!("{holder} inline {name}"), document.clone()));
    }
    if parts.attached_unread {
        return Err(unread("attached policies"));
    }
    if parts.boundary_unread {
        return Err(format!("the permissions boundary of `{holder}` was not read"));
    }
    for arn in &parts.attached {
        policies.identity.push((policy_id(arn), document(snapshot, arn)?));
    }
    Ok(())
}

/// `policy/NAME`, or the ARN of what this account does not have.
fn policy_id(arn: &str) -> String {
    match Arn::parse(arn) {
        Some(parsed) if !parsed.is_aws_managed_policy() => Address::new(EntityKind::Policy, parsed.last_segment()).to_string(),
        Some(_) => format!("aws/{}", arn.split_once(":policy/").map_or(arn, |(_, name)| name)),
        None => arn.to_owned(),
    }
}

/// The document in force behind an ARN.
fn document(snapshot: &Snapshot, arn: &str) -> Result<Document, String> {
    let parsed = Arn::parse(arn);
    let known = match &parsed {
        Some(parsed) if parsed.is_aws_managed_policy() => {
            let read = snapshot.aws_policies.get(arn).and_then(|p| p.default_document().cloned());
            read.or_else(|| aws_policies::document(arn))
        }
        Some(parsed) => snapshot.policies.get(&Name::new(parsed.last_segment())).and_then(|p| p.default_document().cloned()),
        None => None,
    };
    known.ok_or_else(|| format!("the document of `{}` is not known", policy_id(arn)))
}

/// What gives a principal its access.
#[derive(PartialEq)]
struct Parts<'a> {
    id: &'a str,
    path: &'a str,
    inline: &'a Seen<InlinePolicies>,
    attached: BTreeSet<String>,
    attached_unread: bool,
    boundary: Option<String>,
    boundary_unread: bool,
    /// Only users have some.
    groups: Option<&'a Seen<BTreeSet<Name>>>,
    tags: &'a Seen<Tags>,
}

const NO_TAGS: &Seen<Tags> = &Seen::Unread;

fn parts<'a>(snapshot: &'a Snapshot, address: &Address) -> Option<Parts<'a>> {
    let name = &address.name;
    let set = |seen: &Seen<BTreeSet<String>>| (seen.value().cloned().unwrap_or_default(), seen.is_unread());
    let one = |seen: &Seen<Option<String>>| (seen.value().cloned().flatten(), seen.is_unread());
    match address.kind {
        EntityKind::Role => {
            let Role { id, path, inline_policies, attached_policies, permissions_boundary, tags, .. } =
                snapshot.roles.get(name)?;
            let ((attached, attached_unread), (boundary, boundary_unread)) = (set(attached_policies), one(permissions_boundary));
            Some(Parts {
                id,
                path,
                inline: inline_policies,
                attached,
                attached_unread,
                boundary,
                boundary_unread,
                groups: None,
                tags,
            })
        }
        EntityKind::User => {
            let User { id, path, inline_policies, attached_policies, permissions_boundary, tags, groups, .. } =
                snapshot.users.get(name)?;
            let ((attached, attached_unread), (boundary, boundary_unread)) = (set(attached_policies), one(permissions_boundary));
            let groups = Some(groups);
            Some(Parts { id, path, inline: inline_policies, attached, attached_unread, boundary, boundary_unread, groups, tags })
        }
        EntityKind::Group => {
            let group = snapshot.groups.get(name)?;
            let (attached, attached_unread) = set(&group.attached_policies);
            Some(Parts {
                id: &group.id,
                path: &group.path,
                inline: &group.inline_policies,
                attached,
                attached_unread,
                boundary: None,
                boundary_unread: false,
                groups: None,
                tags: NO_TAGS,
            })
        }
        _ => None,
    }
}

/// ARNs of customer managed policies whose document in force differs.
fn changed_documents(before: &Snapshot, after: &Snapshot) -> BTreeSet<String> {
    let names: BTreeSet<&Name> = before.policies.keys().chain(after.policies.keys()).collect();
    let mut arns = BTreeSet::new();
    for name in names {
        let (was, is) = (before.policies.get(name), after.policies.get(name));
        if was.map(|p| p.default_document()) != is.map(|p| p.default_document()) {
            let address = Address::new(EntityKind::Policy, name);
            arns.extend([before, after].into_iter().filter_map(|s| s.arn_of(&address)));
        }
    }
    arns
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
