//! A rollback: one policy, one kept version that becomes the default, and the hold that keeps the next apply from undoing it.

use serde_json::json;

use super::attachments::Residue;
use super::context::Context;
use super::documents::replacing;
use super::draft::{Diff, Draft};
use super::policies::list;
use super::tags::{self, TagDiff};
use crate::diag::Severity;
use crate::model::{Operation, Policy, Seen, TAGS_PER_ENTITY, Tags};
use crate::names::{Address, EntityKind, VersionId};
use crate::plan::Action;
use crate::policy::DocumentKind;
use crate::scope::{HOLD, Hold, Owner, document_of};

/// The change that puts a kept version of a policy in force. `address` is spelled as the account spells it, and `to` is one of the
/// policy's versions; where it is the default already, nothing changes.
///
/// The hold is written before the default is switched: whoever is stopped in between has a policy as it was and a mark that
/// holds nothing back, and the next rollback goes on from there.
pub fn rollback(cx: &Context<'_>, address: &Address, policy: &Policy, to: &VersionId) -> Diff {
    let mut diff = Diff::default();
    let from = &policy.default_version;
    if to == from {
        diff.unchanged = 1;
        return diff;
    }
    let mut draft = Draft::new(address.clone(), Action::Update, format!("rolled back from {from} to {to}"), None);
    draft.field("versions", json!({"default": from}), json!({"default": to}));
    let arn = cx.snapshot.arn(EntityKind::Policy, &policy.path, &address.name);
    let (Some(left), Some(wanted)) = (document_of(policy, from), document_of(policy, to)) else {
        let unread = if document_of(policy, from).is_none() { from } else { to };
        diff.skip(address, "document", &format!("the document of {unread} was not read"));
        diff.push(draft);
        return diff;
    };
    let same = cx.same_document(DocumentKind::Identity, left, wanted);
    if !same {
        draft.field("document", left.value().clone(), wanted.value().clone());
    }
    let Seen::Value(seen) = &policy.tags else {
        diff.skip(address, "ownership", "the tags were not read");
        diff.push(draft);
        return diff;
    };
    if let Some((why, help)) = not_ours(&cx.owner(EntityKind::Policy, &policy.tags), address) {
        draft.block(why.clone());
        diff.find(Severity::Warning, "not-adopted", address, None, why, Some(help));
        diff.push(draft);
        return diff;
    }
    if cx.marks().is_protected(EntityKind::Policy, seen) {
        diff.protected.push(address.clone());
    }
    if same {
        draft.warnings.push(format!("{from} and {to} are equivalent: no access changes, and nothing is held"));
    } else {
        let hold = Hold::of(seen).unwrap_or_default().after(policy, (from, left), wanted, &cx.snapshot.account.partition);
        let set = Tags::from([(HOLD.to_owned(), hold.to_string())]);
        if !seen.contains_key(HOLD) && seen.len() >= TAGS_PER_ENTITY {
            let message = format!("it has {} tags, as many as IAM allows, and the hold needs one", seen.len());
            let help = "take a tag off the policy first".to_owned();
            diff.find(Severity::Error, "quota", address, None, message, Some(help));
        }
        // A rollback that was stopped after the tag finds it there.
        if seen.get(HOLD) != set.get(HOLD) {
            tags::apply(&mut draft, address, &arn, seen, TagDiff { marks: set, ..TagDiff::default() }, Residue::default());
        }
        draft.warnings.push(format!(
            "specs that still declare the document of {from} are refused by the guard `hold` until they change; `--release-hold={address}` releases the hold"
        ));
    }
    let policy_arn = arn.clone();
    draft.call(replacing(left, wanted), Operation::SetDefaultPolicyVersion { policy_arn, version_id: to.clone() });
    let holders: Vec<String> =
        cx.holders(&arn).iter().map(|(a, bound)| format!("{a}{}", if *bound { " (boundary)" } else { "" })).collect();
    if !holders.is_empty() {
        draft.warnings.push(format!("takes effect at once for {}", list(&holders)));
    }
    diff.push(draft);
    diff
}

/// Why a policy is not this stack's to roll back, and the next move; `None` where it is.
fn not_ours(owner: &Owner, address: &Address) -> Option<(String, String)> {
    match owner {
        Owner::Ours | Owner::Formerly(_) | Owner::Unknown => None,
        Owner::Stack(stack) => Some((
            format!("it belongs to the stack `{stack}`"),
            format!("roll it back with `--stack {stack}`, or take it over first with `iamctl apply --take-over {address}`"),
        )),
        Owner::CloudFormation(stack) => Some((
            format!("it belongs to the CloudFormation stack `{stack}`"),
            format!("roll back that stack, or take the policy over first with `iamctl apply --take-over {address}`"),
        )),
        Owner::Nobody => Some((
            "no stack owns it".to_owned(),
            format!("adopt it first: set `adopt: true` in its spec, or run `iamctl apply --adopt={address}`"),
        )),
    }
}
