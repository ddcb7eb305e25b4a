//! Customer managed policies.

use serde_json::{Value, json};

use super::attachments::{self, Residue};
use super::context::{Context, Treatment};
use super::documents::replacing;
use super::draft::{Diff, Draft, Phase};
use super::{replace, roles::differs, tags};
use crate::diag::Severity;
use crate::model::{Manage, Operation, Policy, Seen, Tags, WantPolicy};
use crate::names::{Address, EntityKind, Name, VersionId};
use crate::plan::Action;
use crate::policy::DocumentKind;
use crate::scope::{HOLD, Hold};

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.policies {
        let address = Address::new(EntityKind::Policy, name);
        match cx.snapshot.policies.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&EntityKind::Policy) => {
                diff.skip(&address, "entity", "the policies were not listed")
            }
            None => diff.drafts.push(create(cx, &address, want, "it does not exist")),
            Some((real, policy)) => existing(cx, diff, real, name, want, policy),
        }
    }
}

fn marked_tags(cx: &Context<'_>, want: &WantPolicy) -> Tags {
    let mut tags = want.tags.clone();
    if want.manage.owns() {
        tags.extend(cx.marks().owned(EntityKind::Policy, want.protect, false));
    }
    tags
}

/// The change that makes a policy, also as the second half of a replacement.
pub(super) fn create(cx: &Context<'_>, address: &Address, want: &WantPolicy, reason: &str) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, reason, Some(&want.place));
    let all = marked_tags(cx, want);
    let description = want.description.value().filter(|d| !d.is_empty()).cloned();
    draft.field("path", Value::Null, json!(want.path));
    if let Some(text) = &description {
        draft.field("description", Value::Null, json!(text));
    }
    draft.field("document", Value::Null, want.document.value().clone());
    if !all.is_empty() {
        draft.field("tags", Value::Null, tags::value(&all));
    }
    draft.call(
        Phase::Make,
        Operation::CreatePolicy {
            policy_name: address.name.clone(),
            path: want.path.clone(),
            policy_document: want.document.to_compact(),
            description,
            tags: all,
        },
    );
    draft
}

fn existing(cx: &Context<'_>, diff: &mut Diff, real: &Name, name: &Name, want: &WantPolicy, policy: &Policy) {
    let address = Address::new(EntityKind::Policy, real);
    if want.manage == Manage::CreateOnly {
        let mut draft = Draft::new(address, Action::Update, "", Some(&want.place));
        document(cx, &mut Diff::default(), &mut draft, want, policy);
        attachments::go_on(cx, diff, draft, None, &[]);
        return;
    }
    if !real.same_spelling(name) {
        let message =
            format!("the account spells this policy `{real}`; IAM ignores case, so it is the same policy and keeps its name");
        diff.find(Severity::Note, "name-case", &address, Some(&want.place), message, Some(format!("write `{real}` in the spec")));
    }
    let owner = cx.owner(EntityKind::Policy, &policy.tags);
    let standing = cx.standing(&address, &owner, want.manage, want.adopt);
    if standing == Treatment::Unknown {
        diff.skip(&address, "ownership", "the tags were not read");
    }
    let other_text = differs(diff, &address, "description", &want.description, &policy.description, |want, seen| {
        seen.as_deref().unwrap_or("") == want
    });
    let hold = holding(cx, &address, want, policy);
    if policy.path != want.path || other_text {
        if cx.replaces(&address) {
            if let Holding::Held(version) = hold {
                diff.held.push((address.clone(), version));
            }
            replace::policy(cx, diff, &address, want, policy);
            return;
        }
        if policy.path != want.path {
            replace::immutable(diff, &address, &want.place, "path", &policy.path, &want.path);
        }
        if other_text {
            let seen = policy.description.value().cloned().flatten().unwrap_or_default();
            let wanted = want.description.value().cloned().unwrap_or_default();
            replace::immutable(diff, &address, &want.place, "description", &seen, &wanted);
        }
    }
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    document(cx, diff, &mut draft, want, policy);
    if standing == Treatment::Joined && !draft.fields.is_empty() {
        draft.block("it is not this stack's, and its document differs");
        let help = format!("to take it, run with `--adopt={address}` (or `--take-over {address}` if another stack owns it)");
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), draft.reason.clone(), Some(help));
        diff.push(draft);
        return;
    }
    match &policy.tags {
        Seen::Unread => diff.skip(&address, "tags", "they were not read"),
        Seen::Value(seen) => {
            let mut all = want.tags.clone();
            if !matches!(standing, Treatment::Joined | Treatment::Blocked(..)) {
                all.extend(marked_tags(cx, want));
                all.extend(cx.adoption(&standing));
            }
            let mut found = tags::compare(cx, EntityKind::Policy, &all, seen, want.manage.is_exact());
            if standing == Treatment::Ours && !want.protect && cx.marks().is_protected(EntityKind::Policy, seen) {
                found.unset.push(cx.marks().protect_key().to_owned());
            }
            if !matches!(standing, Treatment::Joined | Treatment::Blocked(..)) {
                match hold {
                    Holding::Held(version) if draft.fields.iter().any(|f| f.field == "document") => {
                        draft.warnings.push(format!("this is the document of {version}, which a rollback went back from"));
                        diff.held.push((address.clone(), version));
                    }
                    Holding::None | Holding::Held(_) => {}
                    // A hold that is released comes off before the document is shipped: whoever is stopped in between has
                    // nothing held. One that its spec has outgrown goes once the other document is in force.
                    Holding::Released(key) => found.unset_first.push(key),
                    Holding::Outgrown(key) => found.unset.push(key),
                }
            }
            let arn = cx.snapshot.arn(EntityKind::Policy, &policy.path, real);
            tags::apply(&mut draft, &address, &arn, seen, found, Residue::default());
        }
    }
    if let Treatment::Blocked(why, help) = standing {
        draft.block(why.clone());
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), why, Some(help));
    }
    note_newer_version(diff, &address, want, policy, &mut draft);
    diff.push(draft);
}

/// How a policy's hold stands to the document that its spec declares.
enum Holding {
    /// There is none.
    None,
    /// The declared document is the one of this version, which was rolled back from.
    Held(VersionId),
    /// It is, and `--release-hold` lets it go; the tag's key.
    Released(String),
    /// The spec says something else by now; the tag's key.
    Outgrown(String),
}

fn holding(cx: &Context<'_>, address: &Address, want: &WantPolicy, policy: &Policy) -> Holding {
    let Some(hold) = Hold::of_policy(policy) else { return Holding::None };
    let options = &cx.settings.options;
    let key = || HOLD.to_owned();
    match hold.entry_for(&want.document, policy, &cx.snapshot.account.partition) {
        None => Holding::Outgrown(key()),
        Some(_) if options.release_hold_all || options.release_hold.contains(address) => Holding::Released(key()),
        Some(entry) => Holding::Held(entry.version.clone()),
    }
}

fn document(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, want: &WantPolicy, policy: &Policy) {
    let address = draft.address.clone();
    let Some(seen) = policy.default_document() else {
        diff.skip(&address, "document", "it was not read");
        return;
    };
    if cx.same_document(DocumentKind::Identity, seen, &want.document) {
        return;
    }
    let policy_arn = cx.snapshot.arn(EntityKind::Policy, &policy.path, &address.name);
    draft.field("document", seen.value().clone(), want.document.value().clone());
    let phase = replacing(seen, &want.document);
    let limit = cx.snapshot.limits().versions_per_policy() as usize;
    if policy.versions.len() >= limit {
        // Ids are never used again, so the smallest number is the oldest (iam-facts 2.3.2).
        if let Some(oldest) = policy.versions.keys().find(|id| **id != policy.default_version) {
            draft
                .warnings
                .push(format!("IAM keeps {limit} versions: the oldest one not in force, {oldest}, is deleted to make room"));
            draft.call(phase, Operation::DeletePolicyVersion { policy_arn: policy_arn.clone(), version_id: oldest.clone() });
        }
    }
    let policy_document = want.document.to_compact();
    draft.call(phase, Operation::CreatePolicyVersion { policy_arn: policy_arn.clone(), policy_document, set_as_default: true });
    let holders = cx.holders(&policy_arn);
    if !holders.is_empty() {
        let names: Vec<String> =
            holders.iter().map(|(a, bound)| format!("{a}{}", if *bound { " (boundary)" } else { "" })).collect();
        draft.warnings.push(format!("takes effect at once for {}", list(&names)));
    }
}

/// A list for a sentence, cut after eight.
pub(super) fn list(names: &[String]) -> String {
    match names.len() {
        0..=8 => names.join(", "),
        n => format!("{} and {} more", names.iter().take(8).cloned().collect::<Vec<_>>().join(", "), n - 8),
    }
}

fn note_newer_version(diff: &mut Diff, address: &Address, want: &WantPolicy, policy: &Policy, draft: &mut Draft) {
    let newer: Vec<&VersionId> = policy.versions.keys().filter(|id| **id > policy.default_version).collect();
    let Some(last) = newer.last() else { return };
    let message = format!(
        "version {last} is newer than the one in force ({}): someone created it without making it the default, or rolled back from it",
        policy.default_version
    );
    draft.warnings.push(message.clone());
    diff.find(Severity::Warning, "newer-version-not-default", address, Some(&want.place), message, None);
}
