//! What is owned and no longer declared: deleted, detached, or released. INVARIANT (hands-off): nothing without this stack's
//! mark is touched here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::context::Context;
use super::draft::{Diff, Draft, Phase};
use super::{attachments, conflicts, earlier, replace, roles, users};
use crate::diag::Severity;
use crate::model::{Holder, Operation, Seen, Tags};
use crate::names::{Address, EntityKind};
use crate::plan::Action;

/// Why something goes.
fn undeclared_reason(cx: &Context<'_>) -> &'static str {
    if cx.settings.options.destroy { "this stack owns it" } else { "this stack owns it and no spec declares it" }
}

/// Whether the policy of an ARN is this stack's, and is deleted because no spec declares it.
pub(super) fn goes(cx: &Context<'_>, arn: &str) -> bool {
    let Some(address) = cx.policy_of(arn) else { return false };
    let Some(policy) = cx.snapshot.policies.get(&address.name) else { return false };
    let protected = policy.tags.value().is_some_and(|tags| cx.marks().is_protected(address.kind, tags));
    let adopted = policy.tags.value().is_some_and(|tags| cx.marks().is_adopted(address.kind, tags));
    cx.settings.options.prune
        && cx.owner(address.kind, &policy.tags).is_ours()
        && earlier::name(cx, &address, &policy.tags).is_none()
        && !protected
        && (!adopted || cx.settings.options.allow_delete.contains(&address))
        && !cx.desired.declares(&address)
        && !cx.desired.release.contains_key(&address)
}

/// Every entity with its tags and path.
fn tagged<'a>(cx: &Context<'a>) -> Vec<(Address, &'a Seen<Tags>, &'a str)> {
    let snapshot = cx.snapshot;
    let mut all = Vec::new();
    for (name, p) in &snapshot.policies {
        all.push((Address::new(EntityKind::Policy, name), &p.tags, p.path.as_str()));
    }
    for (name, r) in snapshot.roles.iter().filter(|(_, r)| !r.is_reserved()) {
        all.push((Address::new(EntityKind::Role, name), &r.tags, r.path.as_str()));
    }
    for (name, p) in &snapshot.instance_profiles {
        all.push((Address::new(EntityKind::InstanceProfile, name), &p.tags, p.path.as_str()));
    }
    for (name, u) in &snapshot.users {
        all.push((Address::new(EntityKind::User, name), &u.tags, u.path.as_str()));
    }
    for (name, p) in &snapshot.oidc_providers {
        all.push((Address::new(EntityKind::OidcProvider, name), &p.tags, "/"));
    }
    for (name, p) in &snapshot.saml_providers {
        all.push((Address::new(EntityKind::SamlProvider, name), &p.tags, "/"));
    }
    all
}

/// Addresses that carry this stack's mark.
pub fn owned(cx: &Context<'_>) -> Vec<Address> {
    tagged(cx).into_iter().filter(|(a, tags, _)| cx.owner(a.kind, tags).is_ours()).map(|(a, _, _)| a).collect()
}

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    let options = &cx.settings.options;
    if refuse_the_empty_set(cx, diff) {
        return;
    }
    let (mut left, mut unread) = (0, 0);
    let mut under_earlier: BTreeMap<String, Vec<Address>> = BTreeMap::new();
    for (address, tags, path) in tagged(cx) {
        let arn = cx.snapshot.arn(address.kind, path, &address.name);
        if let Some(at) = cx.desired.release.get(&address) {
            release(cx, diff, &address, &arn, tags, Some(at));
            continue;
        }
        if cx.desired.declares(&address) {
            continue;
        }
        let Seen::Value(seen) = tags else {
            // It may be this stack's: INVARIANT (unread-is-not-absent). Where that would decide over a deletion the plan is not
            // complete; providers are never deleted unasked, and tags of profiles are read only where they may be ours.
            match address.kind {
                EntityKind::InstanceProfile => {}
                EntityKind::Policy | EntityKind::Role | EntityKind::User if options.prune => {
                    diff.skip(&address, "ownership", "the tags were not read");
                }
                _ => unread += 1,
            }
            continue;
        };
        let ours = cx.owner(address.kind, tags).is_ours();
        let memories = cx.marks().all_memories(seen);
        if !ours && memories.is_empty() {
            continue;
        }
        let old = earlier::name(cx, &address, tags).or_else(|| if ours { None } else { earlier::remembered(cx, seen) });
        if let Some(old) = old {
            under_earlier.entry(old).or_default().push(address);
            continue;
        }
        if !options.prune {
            left += usize::from(ours);
            continue;
        }
        if ours { undeclared(cx, diff, &address, &arn, seen) } else { detach_only(cx, diff, &address, &arn, seen) }
    }
    for (address, at) in &cx.desired.release {
        if address.kind == EntityKind::Group || cx.snapshot.arn_of(address).is_none() {
            let message =
                if address.kind == EntityKind::Group { "groups have no ownership tags to remove" } else { "it does not exist" };
            diff.find(Severity::Note, "nothing-to-release", address, Some(at), message.to_owned(), None);
        }
    }
    if unread > 0 {
        let noun = if unread == 1 { "entity whose tags were" } else { "entities whose tags were" };
        let message = format!("{unread} {noun} not read may be this stack's; nothing is decided about them");
        let help =
            "read the account with permission for `iam:GetPolicy` and the like, or plan against a snapshot of `iamctl snapshot`";
        diff.say(Severity::Note, "unread", message, help);
    }
    if left > 0 {
        let verb = if left == 1 { "entity that this stack owns is" } else { "entities that this stack owns are" };
        let message = format!("{left} {verb} not declared here and left alone, because this run does not prune");
        diff.say(
            Severity::Note,
            "not-pruned",
            message,
            "plan all specs without paths, `--target` and `--no-prune`, or add `--prune`",
        );
    }
    earlier::note(diff, under_earlier);
    conflicts::find(cx, diff);
    trusts_in_what_goes(cx, diff);
}

/// A declared trust that names what the plan deletes: IAM puts the id in place of the name, and never again takes the name.
fn trusts_in_what_goes(cx: &Context<'_>, diff: &mut Diff) {
    let going: Vec<(Address, String)> = diff
        .drafts
        .iter()
        .filter(|d| d.action == Action::Delete && matches!(d.address.kind, EntityKind::Role | EntityKind::User))
        .filter_map(|d| Some((d.address.clone(), cx.snapshot.arn_of(&d.address)?)))
        .collect();
    for (name, want) in cx.desired.roles.iter().filter(|(_, want)| want.manage.owns()) {
        for (gone, arn) in &going {
            if want.trust.principals().any(|p| p.kind == "AWS" && p.value == arn) {
                let address = Address::new(EntityKind::Role, name);
                let message = format!("its trust names `{gone}`, which this plan deletes because no spec declares it");
                let help = format!("remove it from the trust, or keep it: declare it, or `release: [{gone}]`");
                diff.find(Severity::Error, "unknown-principal", &address, Some(&want.trust_place), message, Some(help));
            }
        }
    }
}

/// A set that declares nothing is a lost path more often than a wish to delete everything: nothing is planned of it.
fn refuse_the_empty_set(cx: &Context<'_>, diff: &mut Diff) -> bool {
    let options = &cx.settings.options;
    // A release of what this stack does not own says no more than nothing.
    let releases = |address: &Address| cx.snapshot.tags_of(address).is_some_and(|tags| cx.owner(address.kind, tags).is_ours());
    if options.destroy || !options.prune || !cx.desired.is_empty() || cx.desired.release.keys().any(releases) {
        return false;
    }
    let owned = owned(cx).len();
    if owned > 0 {
        let noun = if owned == 1 { "entity" } else { "entities" };
        let message = format!("the specs declare nothing, and the stack `{}` owns {owned} {noun}", cx.settings.stack);
        let help = "check the paths; to delete all that the stack owns, run `iamctl destroy`";
        diff.say(Severity::Error, "empty-set", message, help);
    }
    owned > 0
}

fn release(cx: &Context<'_>, diff: &mut Diff, address: &Address, arn: &str, tags: &Seen<Tags>, at: Option<&crate::diag::Place>) {
    let Seen::Value(seen) = tags else {
        diff.skip(address, "ownership", "the tags were not read");
        return;
    };
    let keys = cx.marks().to_release(seen);
    if keys.is_empty() {
        diff.find(
            Severity::Note,
            "nothing-to-release",
            address,
            at,
            "it does not have this stack's ownership tag".to_owned(),
            None,
        );
        return;
    }
    let mut after = seen.clone();
    after.retain(|key, _| !keys.contains(key));
    let mut draft = Draft::new(
        address.clone(),
        Action::Release,
        "the spec releases it: the ownership tags are removed, nothing else changes",
        at,
    );
    draft.field("tags", json!(seen), json!(after));
    detach_what_goes(cx, &mut draft);
    draft.call(Phase::Unmark, Operation::untag(address, arn, keys));
    diff.drafts.push(draft);
}

/// A policy of this stack that the same plan deletes comes off what is released: it was this stack's to attach.
fn detach_what_goes(cx: &Context<'_>, draft: &mut Draft) {
    let name = draft.address.name.clone();
    let (holder, attached) = match draft.address.kind {
        EntityKind::Role => (Holder::Role(&name), cx.snapshot.roles.get(&name).map(|role| &role.attached_policies)),
        EntityKind::User => (Holder::User(&name), cx.snapshot.users.get(&name).map(|user| &user.attached_policies)),
        _ => return,
    };
    let Some(attached) = attached.and_then(Seen::value) else { return };
    let (going, staying): (Vec<&String>, Vec<&String>) = attached.iter().partition(|arn| goes(cx, arn));
    if going.is_empty() {
        return;
    }
    draft.reason =
        "the spec releases it: the ownership tags are removed, and the policies of this stack that this plan deletes are detached".to_owned();
    draft.field("managed_policies", json!(attached), json!(staying));
    for policy in going {
        draft.call(cx.going(policy), holder.detach(policy.clone()));
    }
}

fn undeclared(cx: &Context<'_>, diff: &mut Diff, address: &Address, arn: &str, seen: &Tags) {
    let options = &cx.settings.options;
    let mut draft = Draft::new(address.clone(), Action::Delete, undeclared_reason(cx), None);
    if cx.marks().is_protected(address.kind, seen) {
        draft.block(format!("{}, and it is protected (`iamctl:protect`)", undeclared_reason(cx)));
        diff.protected.push(address.clone());
        diff.drafts.push(draft);
        return;
    }
    let others = cx.marks().other_stacks(seen);
    if !others.is_empty() {
        let stacks = others.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
        let message = format!("{}, and the stack {stacks} attached to it", undeclared_reason(cx));
        draft.block(message.clone());
        let help = format!("let that stack detach first, or `release: [{address}]`");
        diff.find(Severity::Warning, "delete-conflict", address, None, message, Some(help));
        diff.drafts.push(draft);
        return;
    }
    if cx.marks().is_adopted(address.kind, seen) && !options.allow_delete.contains(address) {
        detach_only(cx, diff, address, arn, seen);
        return;
    }
    match address.kind {
        EntityKind::Role => role(cx, &mut draft, address),
        EntityKind::Policy => {
            if let Some(policy) = cx.snapshot.policies.get(&address.name) {
                draft.field("document", json!(policy.default_document()), Value::Null);
                replace::delete_policy(&mut draft, arn, policy);
            }
        }
        EntityKind::InstanceProfile => profile(cx, &mut draft, address),
        EntityKind::User if !cx.marks().is_created(seen) => {
            detach_only(cx, diff, address, arn, seen);
            return;
        }
        EntityKind::User => users::delete(cx, diff, &mut draft, address),
        EntityKind::OidcProvider | EntityKind::SamlProvider if !options.destroy && !options.allow_delete.contains(address) => {
            let message = "this stack made it and no spec declares it; others may rely on it, so it stays".to_owned();
            let help = Some(format!("to delete it, run with `--allow-delete {address}`; to keep it, `release: [{address}]`"));
            diff.find(Severity::Note, "oidc-shared", address, None, message, help);
            return;
        }
        EntityKind::OidcProvider => draft.call(Phase::Remove, Operation::DeleteOidcProvider { provider_arn: arn.to_owned() }),
        EntityKind::SamlProvider => draft.call(Phase::Remove, Operation::DeleteSamlProvider { provider_arn: arn.to_owned() }),
        EntityKind::Group | EntityKind::ServiceLinkedRole => return,
    }
    diff.drafts.push(draft);
}

fn role(cx: &Context<'_>, draft: &mut Draft, address: &Address) {
    let Some(role) = cx.snapshot.roles.get(&address.name) else { return };
    draft.field("trust", json!(role.trust.value()), Value::Null);
    let attached = role.attached_policies.value();
    if attached.is_some_and(|a| !a.is_empty()) {
        draft.field("managed_policies", json!(attached), Value::Null);
    }
    if let Some(inline) = role.inline_policies.value().filter(|i| !i.is_empty()) {
        let gone: BTreeMap<&String, Value> = inline.keys().map(|name| (name, Value::Null)).collect();
        draft.field("inline_policies", json!(inline), json!(gone));
    }
    attachments::strip(cx, draft, Holder::Role(&address.name), &roles::there(role));
    for (profile, held) in &cx.snapshot.instance_profiles {
        let holds = held.role.value().and_then(Option::as_ref) == Some(&address.name);
        // A profile that goes too takes the role out itself.
        let goes = cx.owner(EntityKind::InstanceProfile, &held.tags).is_ours()
            && !cx.desired.declares(&Address::new(EntityKind::InstanceProfile, profile));
        if holds && !goes && !cx.desired.declares(&Address::new(EntityKind::InstanceProfile, profile)) {
            let (instance_profile_name, role_name) = (profile.clone(), address.name.clone());
            draft.call(Phase::Withdraw, Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name });
        }
    }
    draft.call(Phase::Remove, Operation::DeleteRole { role_name: address.name.clone() });
    roles::usage_warnings(draft, role);
}

fn profile(cx: &Context<'_>, draft: &mut Draft, address: &Address) {
    let Some(profile) = cx.snapshot.instance_profiles.get(&address.name) else { return };
    if let Some(Some(role)) = profile.role.value() {
        draft.field("instance_profile", json!(role), Value::Null);
        let (instance_profile_name, role_name) = (address.name.clone(), role.clone());
        draft.call(Phase::Withdraw, Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name });
    }
    draft.call(Phase::Remove, Operation::DeleteInstanceProfile { instance_profile_name: address.name.clone() });
}

/// The entity stays; what this stack put on it comes off.
fn detach_only(cx: &Context<'_>, diff: &mut Diff, address: &Address, arn: &str, seen: &Tags) {
    let reason = match cx.settings.options.destroy {
        _ if cx.marks().is_adopted(address.kind, seen) => {
            "it existed before this stack adopted it: what the stack attached is detached and the ownership tags are removed; the rest stays"
        }
        true => "this stack did not create it: what it attached is detached, the rest stays",
        false => "no spec declares it any more: what this stack attached is detached, the rest stays",
    };
    let mut draft = Draft::new(address.clone(), Action::DetachOnly, reason, None);
    let name = &address.name;
    let held = match address.kind {
        EntityKind::Role => cx.snapshot.roles.get(name).map(|role| (Holder::Role(name), roles::there(role))),
        EntityKind::User => cx.snapshot.users.get(name).map(|user| (Holder::User(name), users::there(user))),
        // Nothing is attached to these, and groups remember nothing.
        EntityKind::Group
        | EntityKind::Policy
        | EntityKind::InstanceProfile
        | EntityKind::ServiceLinkedRole
        | EntityKind::OidcProvider
        | EntityKind::SamlProvider => None,
    };
    if let Some((holder, there)) = held {
        let mut stays = Vec::new();
        let mut remembered = |what: &str, ident: &str| {
            let (ours, others) = (!cx.marks().memories(seen, what, ident).is_empty(), cx.marks().others(seen, what, ident));
            if ours && !others.is_empty() {
                stays.push((ident.to_owned(), others));
                return false;
            }
            ours
        };
        if let Some(managed) = there.managed {
            let gone: Vec<&String> =
                managed.iter().filter(|arn| remembered(attachments::MANAGED, arn) || goes(cx, arn)).collect();
            if !gone.is_empty() {
                let after: Vec<&String> = managed.iter().filter(|arn| !gone.contains(arn)).collect();
                draft.field("managed_policies", json!(managed), json!(after));
            }
            for policy in gone {
                draft.call(cx.going(policy), holder.detach(policy.clone()));
            }
        }
        let inline: Vec<_> =
            there.inline.into_iter().flatten().filter(|(name, _)| remembered(attachments::INLINE, name)).collect();
        if !inline.is_empty() {
            let before: BTreeMap<_, _> = inline.iter().copied().collect();
            let after: BTreeMap<_, Value> = inline.iter().map(|(name, _)| (*name, Value::Null)).collect();
            draft.field("inline_policies", json!(before), json!(after));
        }
        for (policy, document) in inline {
            let phase = super::documents::Effect::of(Some(document), None).phase();
            draft.call(phase, holder.delete(policy.clone()));
        }
        for (what, stacks) in stays {
            attachments::shared(&mut draft, &cx.short(&what), &stacks);
        }
    }
    let mut keys = cx.marks().to_release(seen);
    keys.extend(seen.keys().filter(|key| cx.marks().remembers_tag(seen, key)).cloned());
    let mut after = seen.clone();
    after.retain(|key, _| !keys.contains(key));
    draft.field("tags", json!(seen), json!(after));
    draft.call(Phase::Unmark, Operation::untag(address, arn, keys));
    diff.drafts.push(draft);
}
