//! What confirms an import: the specs are resolved and planned against the account that they came from. Ownership tags aside,
//! nothing may be left to do.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Import, placed};
use super::layout::SpecFile;
use crate::diag::{Finding, Severity};
use crate::diff;
use crate::model::Seen;
use crate::names::{Address, EntityKind, Name};
use crate::plan::{Action, Change, FieldChange};
use crate::planner;
use crate::policy::{self, Document, DocumentKind};
use crate::scope::{Owner, is_reserved_key};
use crate::spec::{self, Resolved};

/// What was found.
pub(super) enum RoundTrip {
    /// Nothing is left to do; the digest of the plan that says so.
    Good(String),
    /// These cannot stand in specs, each with the reason.
    Rejected(BTreeMap<Address, String>),
    /// The short trust of these roles reads back as another.
    InFull(BTreeSet<Name>),
    /// Errors that belong to no entity.
    Bad(Vec<Finding>),
    /// The plan would change the account.
    Differs { changes: Vec<Change>, problems: Vec<String> },
}

/// What the specs that are there declare.
pub(super) fn declared(import: &Import<'_>) -> Result<BTreeSet<Address>, Vec<Finding>> {
    let loaded = spec::load((import.existing)());
    if loaded.is_empty() && loaded.problems.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut known = spec::resolve(&loaded, &import.context)?.desired.addresses();
    // A service-linked role is known by its service to a spec, and by its name to the account.
    let linked: Vec<Address> = known
        .iter()
        .filter(|a| a.kind == EntityKind::ServiceLinkedRole)
        .filter_map(|a| import.snapshot.service_linked_role(a.name.as_str()))
        .map(|(name, _)| Address::new(EntityKind::Role, name))
        .collect();
    known.extend(linked);
    Ok(known)
}

/// Why an entity cannot stand in a spec, as far as it alone tells.
pub(super) fn unfit(import: &Import<'_>, address: &Address) -> Option<String> {
    let snapshot = import.snapshot;
    let name = &address.name;
    let fault = |what: String, document: &Seen<Document>, kind: DocumentKind| match document {
        Seen::Unread => Some(format!("{what} was not read")),
        Seen::Value(document) => fault(import, &what, document, kind),
    };
    let inline = |inline: &Seen<crate::model::InlinePolicies>| {
        inline.value().into_iter().flatten().find_map(|(policy, document)| {
            self::fault(import, &format!("its inline policy `{}`", policy.escape_debug()), document, DocumentKind::Identity)
        })
    };
    // An omitted boundary stays as it is, but not where the project's defaults set one.
    let boundary = |seen: &Seen<Option<String>>| {
        let unread = seen.is_unread() && import.context.defaults.permissions_boundary.is_some();
        unread.then(|| "its permissions boundary is not known, and `defaults:` would set one".to_owned())
    };
    match address.kind {
        EntityKind::Policy => {
            let policy = snapshot.policies.get(name)?;
            let Some(version) = policy.versions.get(&policy.default_version) else {
                return Some("the document in force was not read".to_owned());
            };
            fault("its document".to_owned(), &version.document, DocumentKind::Identity)
        }
        EntityKind::Role => {
            let role = snapshot.roles.get(name)?;
            if role.linked_service().is_some() {
                return None;
            }
            fault("its trust".to_owned(), &role.trust, DocumentKind::Trust)
                .or_else(|| inline(&role.inline_policies))
                .or_else(|| boundary(&role.permissions_boundary))
        }
        EntityKind::User => {
            let user = snapshot.users.get(name)?;
            inline(&user.inline_policies).or_else(|| boundary(&user.permissions_boundary))
        }
        EntityKind::Group => inline(&snapshot.groups.get(name)?.inline_policies),
        EntityKind::SamlProvider => {
            let unread = snapshot.saml_providers.get(name).is_some_and(|p| p.metadata.is_unread());
            unread.then(|| "its metadata was not read".to_owned())
        }
        _ => None,
    }
}

fn fault(import: &Import<'_>, what: &str, document: &Document, kind: DocumentKind) -> Option<String> {
    if kind == DocumentKind::Trust
        && let Some(gone) = document.dangling_principals().next()
    {
        return Some(format!("its trust names `{}`, a principal that was deleted; IAM takes no such document again", gone.value));
    }
    let partition = policy::GrammarContext { partition: Some(&import.context.partition) };
    let first = policy::check(document, kind, partition).into_iter().find(|fault| fault.severity == Severity::Error)?;
    Some(format!("IAM no longer accepts {what}: {}", first.message))
}

/// Reads the files and plans them.
pub(super) fn judge(import: &Import<'_>, files: &[SpecFile], declared: &BTreeSet<Address>) -> RoundTrip {
    let placed = placed(import, files);
    let texts = placed.iter().map(|(name, file)| (name.as_str(), file.text.as_str()));
    let loaded = spec::load((import.existing)().with_unwritten(texts));
    let resolved = match spec::resolve(&loaded, &import.context) {
        Ok(resolved) => resolved,
        Err(problems) => return rejected(problems, &placed),
    };
    let in_full = misread(import, &resolved, declared);
    if !in_full.is_empty() {
        return RoundTrip::InFull(in_full);
    }
    plan(import, resolved, declared)
}

/// Errors by the entity at whose lines they stand.
fn rejected(problems: Vec<Finding>, placed: &[(String, &SpecFile)]) -> RoundTrip {
    let starts: BTreeMap<&str, &SpecFile> = placed.iter().map(|(name, file)| (name.as_str(), *file)).collect();
    let mut found: BTreeMap<Address, String> = BTreeMap::new();
    let mut others = Vec::new();
    for problem in problems.into_iter().filter(|p| p.severity == Severity::Error) {
        let entity = problem.at.as_ref().and_then(|at| {
            let file = starts.get(at.file.as_str())?;
            file.starts.iter().rev().find(|(line, _)| *line <= at.line).map(|(_, address)| address.clone())
        });
        match entity {
            Some(address) => {
                found.entry(address).or_insert_with(|| format!("it cannot be written in a spec: {}", problem.message));
            }
            None => others.push(problem),
        }
    }
    if found.is_empty() { RoundTrip::Bad(others) } else { RoundTrip::Rejected(found) }
}

fn misread(import: &Import<'_>, resolved: &Resolved, declared: &BTreeSet<Address>) -> BTreeSet<Name> {
    let partition = &import.snapshot.account.partition;
    let wrong = |name: &Name, want: &Document| {
        let seen = import.snapshot.roles.get(name).and_then(|role| role.trust.value());
        declared.contains(&Address::new(EntityKind::Role, name))
            && seen.is_some_and(|seen| seen != want && !policy::equal(seen, want, DocumentKind::Trust, partition))
    };
    resolved.desired.roles.iter().filter(|(name, want)| wrong(name, &want.trust)).map(|(name, _)| name.clone()).collect()
}

fn plan(import: &Import<'_>, resolved: Resolved, declared: &BTreeSet<Address>) -> RoundTrip {
    let mut settings = import.settings.clone();
    settings.options.prune = false;
    settings.options.adopt_all = true;
    settings.options.take_over = taken_over(import, declared);
    settings.list_unmanaged = false;
    let cx = diff::Context { desired: &resolved.desired, snapshot: import.snapshot, settings: &settings };
    let plan = planner::plan(&cx).plan;
    let digest = planner::digest_of(&plan);
    let is_new = |address: &Address| declared.contains(address);
    let changes: Vec<Change> = plan
        .changes
        .into_iter()
        .filter(|change| is_new(&change.address))
        .filter_map(|mut change| {
            change.fields.retain(|field| !is_marks_alone(field, &settings.tag_key));
            (change.action == Action::Blocked || !change.fields.is_empty()).then_some(change)
        })
        .collect();
    let against = |f: &crate::plan::Finding| f.severity == Severity::Error || f.code == "immutable-field";
    let problems: Vec<String> = plan
        .findings
        .into_iter()
        .filter(|f| against(f) && f.address.as_ref().is_none_or(is_new))
        .map(|f| match f.address {
            Some(address) => format!("`{address}`: {}", f.message),
            None => f.message,
        })
        .collect();
    if changes.is_empty() && problems.is_empty() { RoundTrip::Good(digest) } else { RoundTrip::Differs { changes, problems } }
}

/// What CloudFormation owns and the user wants all the same.
fn taken_over(import: &Import<'_>, declared: &BTreeSet<Address>) -> BTreeSet<Address> {
    let snapshot = import.snapshot;
    let of_cloudformation = |address: &&Address| {
        let name = &address.name;
        let tags = match address.kind {
            EntityKind::Policy => snapshot.policies.get(name).map(|e| &e.tags),
            EntityKind::Role => snapshot.roles.get(name).map(|e| &e.tags),
            EntityKind::User => snapshot.users.get(name).map(|e| &e.tags),
            EntityKind::InstanceProfile => snapshot.instance_profiles.get(name).map(|e| &e.tags),
            EntityKind::OidcProvider => snapshot.oidc_providers.get(name).map(|e| &e.tags),
            EntityKind::SamlProvider => snapshot.saml_providers.get(name).map(|e| &e.tags),
            EntityKind::Group | EntityKind::ServiceLinkedRole => None,
        };
        tags.is_some_and(|tags| matches!(Owner::of(address.kind, tags, import.settings), Owner::CloudFormation(_)))
    };
    declared.iter().filter(of_cloudformation).cloned().collect()
}

/// Whether a field differs in iamctl's own tags and nothing else.
fn is_marks_alone(field: &FieldChange, tag_key: &str) -> bool {
    let (Some(before), Some(after)) = (field.before.as_object(), field.after.as_object()) else { return false };
    let rest = |tags: &serde_json::Map<String, serde_json::Value>| -> BTreeMap<String, serde_json::Value> {
        tags.iter().filter(|(key, _)| !is_reserved_key(key, tag_key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    field.field == "tags" && rest(before) == rest(after)
}
