//! What IAM cannot change: told as findings, and replaced only on the user's word (`--replace ADDRESS`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::context::{Context, principal_addresses};
use super::draft::{Diff, Draft, Phase};
use super::{attachments, policies, profiles, roles};
use crate::diag::{Place, Severity};
use crate::model::{Holder, InstanceProfile, Operation, Policy, Role, Seen, WantInstanceProfile, WantPolicy, WantRole};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

/// `a role`, `an instance profile`.
fn a_noun(kind: EntityKind) -> String {
    let noun = kind.noun();
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u', 'O']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Records a difference that IAM offers no call for.
pub(super) fn immutable(diff: &mut Diff, address: &Address, at: &Place, field: &str, is: &str, wanted: &str) {
    let message =
        format!("its {field} is `{is}`, the spec says `{wanted}`; IAM cannot change the {field} of {}", a_noun(address.kind));
    let help = format!(
        "change the spec, or recreate it with `--replace {address}` (new id; whatever names it breaks until it is saved again)"
    );
    diff.find(Severity::Warning, "immutable-field", address, Some(at), message, Some(help));
}

fn refused_by_protection(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, tags: &Seen<crate::model::Tags>) -> bool {
    let kind = draft.address.kind;
    let guarded = tags.value().is_some_and(|t| cx.marks().is_protected(kind, t));
    if guarded {
        draft.block("it is protected (`iamctl:protect`) and may not be replaced");
        diff.protected.push(draft.address.clone());
    }
    guarded
}

/// Replaces a role whose path differs: everything comes off, it is deleted, and made anew.
pub(super) fn role(cx: &Context<'_>, diff: &mut Diff, address: &Address, want: &WantRole, role: &Role) {
    let mut draft = roles::create(cx, address, want, "its path cannot be changed");
    draft.action = Action::Replace;
    let created = std::mem::take(&mut draft.calls);
    draft.fields.retain(|f| f.field == "path");
    for field in &mut draft.fields {
        field.before = json!(role.path);
    }
    if !owned(cx, &mut draft, EntityKind::Role, &role.tags) || refused_by_protection(cx, diff, &mut draft, &role.tags) {
        diff.push(draft);
        return;
    }
    attachments::strip(cx, &mut draft, Holder::Role(&address.name), &roles::there(role));
    for (profile, held) in &cx.snapshot.instance_profiles {
        // A profile that is to hold another role is emptied and filled by its own comparison.
        let stays = cx.desired.instance_profiles.get(profile).is_none_or(|want| want.role == address.name);
        if stays && held.role.value().and_then(Option::as_ref) == Some(&address.name) {
            let (instance_profile_name, role_name) = (profile.clone(), address.name.clone());
            let take = Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name };
            draft.call(Phase::Withdraw, take);
            let (instance_profile_name, role_name) = (profile.clone(), address.name.clone());
            draft.call(Phase::Grant, Operation::AddRoleToInstanceProfile { instance_profile_name, role_name });
        }
    }
    draft.call(Phase::Remove, Operation::DeleteRole { role_name: address.name.clone() });
    draft.calls.extend(created);
    draft.warnings.push(
        "a new unique id: resource policies and trusts that name the old role stop working until they are saved again".to_owned(),
    );
    roles::usage_warnings(&mut draft, role);
    diff.push(draft);
}

fn owned(cx: &Context<'_>, draft: &mut Draft, kind: EntityKind, tags: &Seen<crate::model::Tags>) -> bool {
    let ours = cx.owner(kind, tags).is_ours();
    if !ours {
        draft.block("it is not this stack's, and so cannot be replaced");
    }
    ours
}

/// Replaces an instance profile whose path differs.
pub(super) fn profile(
    cx: &Context<'_>,
    diff: &mut Diff,
    address: &Address,
    want: &WantInstanceProfile,
    profile: &InstanceProfile,
) {
    let mut draft = profiles::create(cx, address, want);
    draft.action = Action::Replace;
    draft.reason = "its path cannot be changed".to_owned();
    let created = std::mem::take(&mut draft.calls);
    draft.fields.retain(|f| f.field == "path");
    for field in &mut draft.fields {
        field.before = json!(profile.path);
    }
    let kind = EntityKind::InstanceProfile;
    if !owned(cx, &mut draft, kind, &profile.tags) || refused_by_protection(cx, diff, &mut draft, &profile.tags) {
        diff.push(draft);
        return;
    }
    if let Some(Some(role)) = profile.role.value() {
        if *role != want.role {
            draft.field("instance_profile", json!(role), json!(want.role));
        }
        let (instance_profile_name, role_name) = (address.name.clone(), role.clone());
        draft.call(Phase::Withdraw, Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name });
    }
    draft.call(Phase::Remove, Operation::DeleteInstanceProfile { instance_profile_name: address.name.clone() });
    draft.calls.extend(created);
    draft.warnings.push(
        "a new unique id: instances that run with the old profile have no credentials until it is associated again".to_owned(),
    );
    diff.push(draft);
}

/// Replaces a policy whose path or description differs. Names are unique whatever the path, so the old one goes first.
pub(super) fn policy(cx: &Context<'_>, diff: &mut Diff, address: &Address, want: &WantPolicy, policy: &Policy) {
    let mut draft = policies::create(cx, address, want, "its path or description cannot be changed");
    draft.action = Action::Replace;
    let created = std::mem::take(&mut draft.calls);
    let old_description = policy.description.value().cloned().flatten();
    draft.fields.retain_mut(|f| {
        match f.field.as_str() {
            "path" => f.before = json!(policy.path),
            "description" => f.before = json!(old_description),
            _ => return false,
        }
        f.before != f.after
    });
    if !owned(cx, &mut draft, EntityKind::Policy, &policy.tags) || refused_by_protection(cx, diff, &mut draft, &policy.tags) {
        diff.push(draft);
        return;
    }
    let old_arn = cx.snapshot.arn(EntityKind::Policy, &policy.path, &address.name);
    let new_arn = cx.snapshot.arn(EntityKind::Policy, &want.path, &address.name);
    let mut outside = Vec::new();
    let told = cx.settings.options.detach_holders.contains(address);
    for (address, bounds) in cx.holders(&old_arn) {
        if told && (bounds || !cx.desired.declares(&address)) {
            renew(cx, &mut draft, &address, bounds, (&old_arn, &new_arn));
            continue;
        }
        match Holder::of(&address).filter(|_| !bounds && cx.desired.declares(&address)) {
            None => outside.push(format!("{address}{}", if bounds { " (boundary)" } else { "" })),
            // With another path the holders' own comparison detaches the old ARN and attaches the new one.
            Some(_) if old_arn != new_arn => {}
            Some(holder) => {
                draft.call(Phase::Withdraw, holder.detach(old_arn.clone()));
                draft.call(Phase::Grant, holder.attach(old_arn.clone()));
            }
        }
    }
    if !outside.is_empty() {
        let message = format!("it cannot be replaced while it is held by {}", policies::list(&outside));
        draft.block(message.clone());
        diff.find(
            Severity::Error,
            "delete-conflict",
            address,
            Some(&want.place),
            message,
            Some(format!(
                "detach it there first, or let this run do so, and attach the new one, with `--detach-holders={}`",
                draft.address
            )),
        );
        diff.push(draft);
        return;
    }
    delete_policy(&mut draft, &old_arn, policy);
    draft.calls.extend(created);
    draft.warnings.push("its holders are without it between the old one's end and the new one's attachment".to_owned());
    diff.push(draft);
}

/// Takes a policy off a holder that no spec declares, or off one that it bounds, and gives it the new one.
fn renew(cx: &Context<'_>, draft: &mut Draft, holder: &Address, bounds: bool, (old, new): (&str, &str)) {
    let Some(holds) = Holder::of(holder) else { return };
    let boundary = if bounds { " as its permissions boundary" } else { "" };
    draft.warnings.push(format!("`{holder}` is without it{boundary} until the new one is there (`--detach-holders`)"));
    if !bounds {
        draft.call(cx.going(old), holds.detach(old.to_owned()));
        draft.call(cx.coming(new), holds.attach(new.to_owned()));
        return;
    }
    // A spec that names another boundary, or this one under its new path, sets it itself.
    let says = |calls: &[super::Call]| {
        calls.iter().any(|call| call.operation.holder() == Some(holds) && call.operation.boundary().is_some())
    };
    draft.call(Phase::Relax, holds.unbind());
    if !says(&draft.calls) {
        draft.call(Phase::Restrain, holds.bind(new.to_owned()));
    }
}

/// The calls that delete a policy: versions not in force, then the policy with its default.
pub(super) fn delete_policy(draft: &mut Draft, arn: &str, policy: &Policy) {
    for id in policy.versions.keys().filter(|id| **id != policy.default_version) {
        draft.call(Phase::Remove, Operation::DeletePolicyVersion { policy_arn: arn.to_owned(), version_id: id.clone() });
    }
    draft.call(Phase::Remove, Operation::DeletePolicy { policy_arn: arn.to_owned() });
}

/// A replaced role has a new id, and trusts that name it hold the old one: declared trusts are saved again, the others are told.
pub(super) fn resave_trusts(cx: &Context<'_>, diff: &mut Diff) {
    let replaced: BTreeSet<Name> = diff
        .drafts
        .iter()
        .filter(|d| d.action == Action::Replace && d.address.kind == EntityKind::Role)
        .map(|d| d.address.name.clone())
        .collect();
    if replaced.is_empty() {
        return;
    }
    let by_arn: BTreeMap<String, Address> = principal_addresses(cx.snapshot, cx.desired);
    for (name, want) in &cx.desired.roles {
        let named = want.trust.principals().any(|p| by_arn.get(p.value).is_some_and(|a| replaced.contains(&a.name)));
        if !named || replaced.contains(name) || !cx.snapshot.roles.contains_key(name) {
            continue;
        }
        let address = Address::new(EntityKind::Role, name);
        let call = Operation::UpdateAssumeRolePolicy { role_name: name.clone(), policy_document: want.trust.to_compact() };
        match diff.drafts.iter_mut().find(|d| d.address == address) {
            Some(draft) if draft.action == Action::Blocked => {}
            Some(draft) => {
                let has = draft
                    .calls
                    .iter()
                    .any(|c| matches!(c.operation, Operation::UpdateAssumeRolePolicy { .. } | Operation::CreateRole { .. }));
                if !has {
                    draft.call(Phase::Admit, call);
                }
            }
            None => {
                let mut draft = Draft::new(address, Action::Update, "its trust names a role that is replaced", Some(&want.place));
                draft.field("trust", want.trust.value().clone(), want.trust.value().clone());
                draft
                    .warnings
                    .push("same text: it is saved again because IAM stores the id of the principal, which changes".to_owned());
                draft.call(Phase::Admit, call);
                diff.unchanged = diff.unchanged.saturating_sub(1);
                diff.drafts.push(draft);
            }
        }
    }
}
