//! Dumps of `aws iam get-account-authorization-details`: an account as a file, for planning without a connection.
//!
//! A dump lacks what the call lacks (iam-facts 1.3): descriptions, session durations, tags of policies, providers, quotas. All
//! that stays unread, and a kind that the dump was filtered to leave out is not listed.

mod shapes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::model::{
    AccountIdentity, Group, InlinePolicies, InstanceProfile, Policy, PolicyVersion, Role, Seen, Snapshot, Tags, User,
};
use crate::names::{AccountId, Arn, EntityKind, Name, VersionId};
use crate::policy::Document;
use shapes::{Dump, DumpAttached, DumpGroup, DumpInline, DumpPolicy, DumpRole, DumpTag, DumpUser};

/// Why a text is not a dump that can be planned on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpError {
    /// What is wrong.
    pub message: String,
    /// The next move.
    pub help: String,
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DumpError {}

const HELP: &str = "make it with `aws iam get-account-authorization-details > account.json`, which reads all pages";

fn error(message: impl Into<String>) -> DumpError {
    DumpError { message: message.into(), help: HELP.to_owned() }
}

/// Whether a JSON value looks like a dump rather than a snapshot: it has one of the call's lists, or is a list of pages that have.
pub fn is_dump(value: &Value) -> bool {
    if let Value::Array(pages) = value {
        return !pages.is_empty() && pages.iter().all(|page| page.is_object() && is_dump(page));
    }
    ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"].iter().any(|key| value.get(key).is_some())
}

/// Reads a dump: one answer, a list of pages, or pages one after the other. Account id and partition come from its ARNs; a
/// truncated listing and an entity that cannot be named are errors.
pub fn parse(text: &str) -> Result<Snapshot, DumpError> {
    let no_dump = |e: serde_json::Error| error(format!("this is not a dump of get-account-authorization-details: {e}"));
    let mut pages = Vec::new();
    for value in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Value>() {
        match value.map_err(no_dump)? {
            Value::Array(list) => pages.extend(list),
            one => pages.push(one),
        }
    }
    let pages = pages.into_iter().map(serde_json::from_value).collect::<Result<Vec<Dump>, _>>().map_err(no_dump)?;
    let dump = joined(pages)?;
    if [dump.users.is_some(), dump.groups.is_some(), dump.roles.is_some(), dump.policies.is_some()] == [false; 4] {
        return Err(error("this is not a dump of get-account-authorization-details: it has none of the lists of one"));
    }
    let mut snapshot = Snapshot::empty(identity(&dump)?);
    snapshot.limits = Seen::Unread;
    snapshot.unlisted = unlisted(&dump);
    for role in dump.roles.into_iter().flatten() {
        let name = name_of(role.name.as_deref(), &role.arn)?;
        for profile in &role.profiles {
            let Some(profile_name) = &profile.name else { continue };
            let seen = InstanceProfile {
                path: profile.path.clone().unwrap_or_else(|| "/".to_owned()),
                id: profile.id.clone().unwrap_or_default(),
                role: Seen::Value(Some(name.clone())),
                tags: Seen::Unread,
                created: profile.created.as_deref().map(time),
            };
            snapshot.instance_profiles.insert(Name::new(profile_name.as_str()), seen);
        }
        snapshot.roles.insert(name, to_role(role));
    }
    for user in dump.users.into_iter().flatten() {
        snapshot.users.insert(name_of(user.name.as_deref(), &user.arn)?, to_user(user));
    }
    for group in dump.groups.into_iter().flatten() {
        snapshot.groups.insert(name_of(group.name.as_deref(), &group.arn)?, to_group(group));
    }
    for policy in dump.policies.into_iter().flatten() {
        let name = name_of(policy.name.as_deref(), &policy.arn)?;
        let arn = policy.arn.clone();
        let policy = match to_policy(policy, &name) {
            // What AWS manages is not part of the account; a dump may tell less of it.
            Err(_) if Arn::parse(&arn).is_some_and(|a| a.is_aws_managed_policy()) => continue,
            policy => policy?,
        };
        if Arn::parse(&arn).is_some_and(|a| a.is_aws_managed_policy()) {
            snapshot.aws_policies.insert(arn, policy);
        } else {
            snapshot.policies.insert(name, policy);
        }
    }
    Ok(snapshot)
}

/// All pages as one answer. The last one says whether more would follow.
fn joined(pages: Vec<Dump>) -> Result<Dump, DumpError> {
    let count = pages.len();
    let mut whole = Dump::default();
    for (n, page) in pages.into_iter().enumerate() {
        if n + 1 == count && (page.is_truncated == Some(true) || page.marker.is_some() || page.next_token.is_some()) {
            let what =
                if count == 1 { "it holds a page of the account, not all of it" } else { "its last page is not the last one" };
            return Err(error(format!("this dump is truncated: {what}")));
        }
        add(&mut whole.users, page.users);
        add(&mut whole.groups, page.groups);
        add(&mut whole.roles, page.roles);
        add(&mut whole.policies, page.policies);
    }
    Ok(whole)
}

fn add<T>(whole: &mut Option<Vec<T>>, page: Option<Vec<T>>) {
    if let Some(page) = page {
        whole.get_or_insert_default().extend(page);
    }
}

/// Kinds that the call never lists whole, and those whose list was filtered out.
fn unlisted(dump: &Dump) -> BTreeSet<EntityKind> {
    let mut unlisted = BTreeSet::from([EntityKind::InstanceProfile, EntityKind::OidcProvider, EntityKind::SamlProvider]);
    if dump.roles.is_none() {
        unlisted.extend([EntityKind::Role, EntityKind::ServiceLinkedRole]);
    }
    if dump.users.is_none() {
        unlisted.insert(EntityKind::User);
    }
    if dump.groups.is_none() {
        unlisted.insert(EntityKind::Group);
    }
    if dump.policies.is_none() {
        unlisted.insert(EntityKind::Policy);
    }
    unlisted
}

/// The account that most ARNs of entities name (samples that were edited by hand mix some in); with no entity at all, the one of
/// an account that says nothing else.
fn identity(dump: &Dump) -> Result<AccountIdentity, DumpError> {
    let arns = (dump.roles.iter().flatten().map(|e| &e.arn))
        .chain(dump.users.iter().flatten().map(|e| &e.arn))
        .chain(dump.groups.iter().flatten().map(|e| &e.arn))
        .chain(dump.policies.iter().flatten().map(|e| &e.arn));
    let mut named: BTreeMap<(AccountId, String), usize> = BTreeMap::new();
    let mut partition = None;
    for text in arns {
        let arn = Arn::parse(text).ok_or_else(|| error(format!("`{}` is not an ARN", text.escape_debug())))?;
        partition.get_or_insert_with(|| arn.partition.clone());
        if arn.is_aws_managed_policy() {
            continue;
        }
        let id = arn.account_id().ok_or_else(|| error(format!("the ARN `{}` names no account", text.escape_debug())))?;
        *named.entry((id, arn.partition)).or_default() += 1;
    }
    let most = named.into_iter().max_by_key(|(_, count)| *count);
    Ok(match most {
        Some(((id, partition), _)) => AccountIdentity { id, partition },
        None => AccountIdentity { id: AccountId::zero(), partition: partition.unwrap_or_else(|| "aws".to_owned()) },
    })
}

fn name_of(name: Option<&str>, arn: &str) -> Result<Name, DumpError> {
    name.map(str::to_owned)
        .or_else(|| Arn::parse(arn).map(|a| a.last_segment().to_owned()))
        .filter(|n| !n.is_empty())
        .map(Name::new)
        .ok_or_else(|| error(format!("`{}` names no entity", arn.escape_debug())))
}

fn path_of(path: Option<String>, arn: &str) -> String {
    let from_arn = || Some(Arn::parse(arn)?.iam_resource()?.1.to_owned());
    path.or_else(from_arn).unwrap_or_else(|| "/".to_owned())
}

/// The CLI decodes documents, other tools write down what came over the wire.
fn document(value: Value) -> Document {
    match value {
        Value::String(text) => super::document::read_document(&text),
        decoded => Document::new(decoded),
    }
}

fn inline(list: Vec<DumpInline>) -> InlinePolicies {
    list.into_iter().map(|p| (p.name, document(p.document))).collect()
}

fn attached(list: Vec<DumpAttached>) -> BTreeSet<String> {
    list.into_iter().map(|p| p.arn).collect()
}

fn tags(list: Vec<DumpTag>) -> Tags {
    list.into_iter().map(|t| (t.key, t.value)).collect()
}

/// RFC 3339, whichever way the tool that made the dump prints time; what is no time stays as it is.
fn time(text: &str) -> String {
    let stamp = text.parse::<jiff::Timestamp>().or_else(|_| text.replacen(' ', "T", 1).parse());
    stamp.map_or_else(|_| text.to_owned(), |t| t.to_string())
}

fn to_role(role: DumpRole) -> Role {
    Role {
        path: path_of(role.path, &role.arn),
        id: role.id.unwrap_or_default(),
        trust: role.trust.map_or(Seen::Unread, |d| Seen::Value(document(d))),
        description: Seen::Unread,
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Value(role.boundary.and_then(|b| b.arn)),
        // A tool that drops empty lists drops these too.
        tags: Seen::Value(tags(role.tags)),
        inline_policies: Seen::Value(inline(role.inline)),
        attached_policies: Seen::Value(attached(role.attached)),
        created: role.created.as_deref().map(time),
        last_used: role.last_used.map_or(Seen::Unread, |used| Seen::Value(used.date.as_deref().map(time))),
    }
}

fn to_user(user: DumpUser) -> User {
    User {
        path: path_of(user.path, &user.arn),
        id: user.id.unwrap_or_default(),
        permissions_boundary: Seen::Value(user.boundary.and_then(|b| b.arn)),
        tags: Seen::Value(tags(user.tags)),
        inline_policies: Seen::Value(inline(user.inline)),
        attached_policies: Seen::Value(attached(user.attached)),
        groups: Seen::Value(user.groups.into_iter().map(Name::new).collect()),
        credentials: Seen::Unread,
        created: user.created.as_deref().map(time),
    }
}

fn to_group(group: DumpGroup) -> Group {
    Group {
        path: path_of(group.path, &group.arn),
        id: group.id.unwrap_or_default(),
        inline_policies: Seen::Value(inline(group.inline)),
        attached_policies: Seen::Value(attached(group.attached)),
        created: group.created.as_deref().map(time),
    }
}

fn to_policy(policy: DumpPolicy, name: &Name) -> Result<Policy, DumpError> {
    let mut default = policy.default_version.as_deref().and_then(VersionId::parse);
    let mut versions = BTreeMap::new();
    for version in policy.versions {
        let id = VersionId::parse(&version.id)
            .ok_or_else(|| error(format!("`{}` is not a version id of policy `{name}`", version.id.escape_debug())))?;
        if version.is_default {
            default.get_or_insert_with(|| id.clone());
        }
        let document = version.document.map_or(Seen::Unread, |d| Seen::Value(document(d)));
        versions.insert(id, PolicyVersion { document, created: version.created.as_deref().map(time) });
    }
    Ok(Policy {
        path: path_of(policy.path, &policy.arn),
        id: policy.id.unwrap_or_default(),
        description: Seen::Unread,
        tags: Seen::Unread,
        default_version: default.ok_or_else(|| error(format!("policy `{name}` has no default version in this dump")))?,
        versions,
        last_version: None,
        created: policy.created.as_deref().map(time),
    })
}

#[cfg(test)]
mod tests;
