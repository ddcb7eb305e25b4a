//! Roles.

use serde_json::{Value, json};

use super::attachments::{self, Residue, There, Wanted};
use super::context::{Context, Treatment};
use super::documents::replacing_trust;
use super::draft::{Diff, Draft, Phase};
use super::{replace, tags};
use crate::diag::Severity;
use crate::model::{Holder, Manage, Operation, Relations, Role, Seen, Tags, Want, WantRole};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;
use crate::policy::{Document, DocumentKind, is_unique_id};

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.roles {
        let address = Address::new(EntityKind::Role, name);
        match cx.snapshot.roles.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&EntityKind::Role) => {
                diff.skip(&address, "entity", "the roles were not listed")
            }
            None if want.manage == Manage::AttachOnly => {
                let message = "it does not exist, and `manage: attach_only` creates nothing".to_owned();
                let help = "correct the name, or declare the role with its trust and another `manage:`".to_owned();
                diff.find(Severity::Error, "role-missing", &address, Some(&want.place), message, Some(help));
            }
            None => diff.drafts.push(create(cx, &address, want, "it does not exist")),
            Some((real, role)) => existing(cx, diff, real, name, want, role),
        }
    }
}

pub(super) fn wanted(want: &WantRole) -> Wanted<'_> {
    Wanted { managed: &want.managed_policies, inline: &want.inline_policies, manage: want.manage }
}

pub(super) fn there(role: &Role) -> There<'_> {
    There { managed: role.attached_policies.value(), inline: role.inline_policies.value(), tags: role.tags.value() }
}

fn marked_tags(cx: &Context<'_>, want: &WantRole) -> Tags {
    let mut tags = want.tags.clone();
    if want.manage.owns() {
        tags.extend(cx.marks().owned(EntityKind::Role, want.protect, false));
    }
    tags
}

/// The change that makes a role, also as the second half of a replacement.
pub(super) fn create(cx: &Context<'_>, address: &Address, want: &WantRole, reason: &str) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, reason, Some(&want.place));
    let mut all = marked_tags(cx, want);
    all.extend(wanted(want).memories(cx));
    let boundary = want.permissions_boundary.value().and_then(Option::as_ref).map(|r| cx.arn(r));
    let description = want.description.value().filter(|d| !d.is_empty()).cloned();
    let duration = want.max_session_duration.value().copied();
    draft.field("path", Value::Null, json!(want.path));
    if let Some(text) = &description {
        draft.field("description", Value::Null, json!(text));
    }
    if let Some(seconds) = duration {
        draft.field("max_session_duration", Value::Null, json!(seconds));
    }
    if let Some(arn) = &boundary {
        draft.field("permissions_boundary", Value::Null, json!(arn));
    }
    draft.field("trust", Value::Null, want.trust.value().clone());
    if !all.is_empty() {
        draft.field("tags", Value::Null, tags::value(&all));
    }
    draft.call(
        Phase::Make,
        Operation::CreateRole {
            role_name: address.name.clone(),
            path: want.path.clone(),
            assume_role_policy_document: want.trust.to_compact(),
            description,
            max_session_duration: duration,
            permissions_boundary: boundary,
            tags: all,
        },
    );
    attachments::dress(cx, &mut draft, Holder::Role(&address.name), &wanted(want));
    attachments::finish(cx, &mut draft, address, want.manage);
    draft
}

/// A role that `create_only` created: what differs is a note. Where its creation was broken off, it goes on.
fn created_before(cx: &Context<'_>, diff: &mut Diff, address: &Address, want: &WantRole, role: &Role) {
    let mut draft = Draft::new(address.clone(), Action::Update, "its creation was broken off", Some(&want.place));
    let mut seen = Diff::default();
    fields(cx, &mut seen, &mut draft, want, role);
    let there = There { tags: None, ..there(role) };
    let residue = attachments::compare(cx, &mut draft, Holder::Role(&address.name), &wanted(want), &there);
    attachments::go_on(cx, diff, draft, role.tags.value(), &residue.foreign);
}

fn existing(cx: &Context<'_>, diff: &mut Diff, real: &Name, name: &Name, want: &WantRole, role: &Role) {
    let address = Address::new(EntityKind::Role, real);
    if want.manage == Manage::CreateOnly {
        created_before(cx, diff, &address, want, role);
        return;
    }
    if role.is_reserved() {
        let mut draft = Draft::new(address, Action::Update, "", Some(&want.place));
        draft.block("IAM does not allow changes to this role: it is service-linked or reserved");
        let help = "remove it from the specs; a service-linked role is declared under `service_linked_roles:`".to_owned();
        diff.find(Severity::Warning, "not-adopted", &draft.address, Some(&want.place), draft.reason.clone(), Some(help));
        diff.push(draft);
        return;
    }
    if !real.same_spelling(name) {
        let message =
            format!("the account spells this role `{real}`; IAM ignores case, so it is the same role and keeps its name");
        let help = Some(format!("write `{real}` in the spec"));
        diff.find(Severity::Note, "name-case", &address, Some(&want.place), message, help);
    }
    let owner = cx.owner(EntityKind::Role, &role.tags);
    let standing = cx.standing(&address, &owner, want.manage, want.adopt);
    if standing == Treatment::Unknown {
        diff.skip(&address, "ownership", "the tags were not read");
    }
    let whole = want.manage != Manage::AttachOnly;
    if whole && role.path != want.path {
        if cx.replaces(&address) {
            replace::role(cx, diff, &address, want, role);
            return;
        }
        replace::immutable(diff, &address, &want.place, "path", &role.path, &want.path);
    }
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    if whole {
        fields(cx, diff, &mut draft, want, role);
    }
    if standing == Treatment::Joined && want.manage != Manage::Observe && !draft.fields.is_empty() {
        draft.block("it is not this stack's, and more differs than what an additive spec may put beside others");
        let help = format!("to take it, run with `--adopt={address}` (or `--take-over {address}` if another stack owns it)");
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), draft.reason.clone(), Some(help));
        diff.push(draft);
        return;
    }
    let residue = attachments::compare(cx, &mut draft, Holder::Role(real), &wanted(want), &there(role));
    for (unread, field) in
        [(role.attached_policies.is_unread(), "managed_policies"), (role.inline_policies.is_unread(), "inline_policies")]
    {
        if unread {
            diff.skip(&address, field, "it was not read");
        }
    }
    note_foreign(cx, diff, &address, want.manage, &residue);
    compare_tags(cx, diff, &mut draft, want, role, &standing, residue);
    if let Treatment::Blocked(why, help) = standing {
        draft.block(why.clone());
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), why, Some(help));
    }
    if !draft.fields.is_empty() {
        usage_warnings(&mut draft, role);
    }
    diff.push(draft);
}

fn compare_tags(
    cx: &Context<'_>,
    diff: &mut Diff,
    draft: &mut Draft,
    want: &WantRole,
    role: &Role,
    to: &Treatment,
    residue: Residue,
) {
    let address = draft.address.clone();
    let arn = cx.snapshot.arn(EntityKind::Role, &role.path, &address.name);
    let Seen::Value(seen) = &role.tags else {
        diff.skip(&address, "tags", "they were not read");
        return;
    };
    let mut all = want.tags.clone();
    if !matches!(to, Treatment::Joined | Treatment::Blocked(..)) {
        all.extend(marked_tags(cx, want));
        all.extend(cx.adoption(to));
    }
    let mut found = tags::compare(cx, EntityKind::Role, &all, seen, want.manage.is_exact());
    if *to == Treatment::Ours && !want.protect && cx.marks().is_protected(EntityKind::Role, seen) {
        found.unset.push(cx.marks().protect_key().to_owned());
    }
    tags::apply(draft, &address, &arn, seen, found, residue);
}

/// Everything of a role but attachments and tags.
fn fields(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, want: &WantRole, role: &Role) {
    let address = draft.address.clone();
    let name = address.name.clone();
    let description = differs(diff, &address, "description", &want.description, &role.description, |want, seen| {
        seen.as_deref().unwrap_or("") == want
    });
    let duration =
        differs(diff, &address, "max_session_duration", &want.max_session_duration, &role.max_session_duration, |w, s| w == s);
    if description || duration {
        let before = role.description.value().cloned().flatten();
        let after = want.description.value().filter(|_| description).cloned().or_else(|| before.clone()).unwrap_or_default();
        let old = role.max_session_duration.value().copied().unwrap_or(3600);
        let new = want.max_session_duration.value().copied().filter(|_| duration).unwrap_or(old);
        if description {
            draft.field("description", json!(before), json!(Some(&after).filter(|a| !a.is_empty())));
        }
        if duration {
            draft.field("max_session_duration", json!(old), json!(new));
        }
        draft.call(Phase::Make, Operation::UpdateRole { role_name: name.clone(), description: after, max_session_duration: new });
    }
    boundary(cx, diff, draft, want, role);
    match &role.trust {
        Seen::Unread => diff.skip(&address, "trust", "it was not read"),
        Seen::Value(seen) if cx.same_document(DocumentKind::Trust, seen, &want.trust) => {}
        // An id that the account resolves is that principal under its ARN.
        Seen::Value(seen) if cx.same_document(DocumentKind::Trust, &cx.with_arns(seen), &want.trust) => {}
        Seen::Value(seen) => {
            draft.field("trust", seen.value().clone(), want.trust.value().clone());
            draft.call(
                replacing_trust(Some(seen), &want.trust),
                Operation::UpdateAssumeRolePolicy { role_name: name, policy_document: want.trust.to_compact() },
            );
            let dangling = dangling(seen);
            if !dangling.is_empty() {
                let message = format!(
                    "the trust names {}: a principal that was deleted; one recreated under the same name is trusted again only after the trust is saved again",
                    dangling.join(", ")
                );
                draft.warnings.push(message.clone());
                diff.find(Severity::Warning, "dangling-principal", &address, Some(&want.trust_place), message, None);
            }
        }
    }
}

fn boundary(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, want: &WantRole, role: &Role) {
    let address = draft.address.clone();
    let name = address.name.clone();
    match (&want.permissions_boundary, &role.permissions_boundary) {
        (Want::Leave, Seen::Value(Some(arn))) => diff.find(
            Severity::Note,
            "undeclared-boundary",
            &address,
            Some(&want.place),
            format!("it is bounded by `{}`, which the spec does not mention; the boundary stays", cx.short(arn)),
            Some("declare it as `permissions_boundary:`, or write `permissions_boundary: none` to take it off".to_owned()),
        ),
        (Want::Leave, _) => {}
        (Want::Exactly(_), Seen::Unread) => diff.skip(&address, "permissions_boundary", "it was not read"),
        (Want::Exactly(reference), Seen::Value(seen)) => {
            let arn = reference.as_ref().map(|r| cx.arn(r));
            if arn == *seen {
                return;
            }
            draft.field("permissions_boundary", json!(seen), json!(arn));
            match arn {
                Some(permissions_boundary) => {
                    draft.call(Phase::Restrain, Operation::PutRolePermissionsBoundary { role_name: name, permissions_boundary });
                }
                None => {
                    draft.warnings.push("taking the permissions boundary off widens what this role may do".to_owned());
                    draft.call(Phase::Relax, Operation::DeleteRolePermissionsBoundary { role_name: name });
                }
            }
        }
    }
}

/// Whether a field differs; an unread one is recorded as not compared.
pub(super) fn differs<W, S>(
    diff: &mut Diff,
    address: &Address,
    field: &str,
    want: &Want<W>,
    seen: &Seen<S>,
    same: impl Fn(&W, &S) -> bool,
) -> bool {
    match (want, seen) {
        (Want::Leave, _) => false,
        (Want::Exactly(_), Seen::Unread) => {
            diff.skip(address, field, "it was not read");
            false
        }
        (Want::Exactly(want), Seen::Value(seen)) => !same(want, seen),
    }
}

/// The unique ids of deleted principals that a trust names.
pub(super) fn dangling(trust: &Document) -> Vec<String> {
    let mut ids: Vec<String> =
        trust.principals().filter(|p| p.kind == "AWS" && is_unique_id(p.value)).map(|p| p.value.to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Says what others attached and an additive spec leaves.
pub(super) fn note_foreign(cx: &Context<'_>, diff: &mut Diff, address: &Address, manage: Manage, residue: &Residue) {
    if !manage.remembers() || residue.foreign.is_empty() {
        return;
    }
    let list: Vec<String> = residue.foreign.iter().map(|f| format!("`{}`", cx.short(f))).collect();
    let count = list.len();
    let (code, why) = match address.kind {
        EntityKind::Group => {
            ("group-cannot-be-marked", "; groups have no tags, so what this stack attached earlier cannot be distinguished")
        }
        _ => ("unmanaged-attachment", ""),
    };
    let noun = if count == 1 { "policy" } else { "policies" };
    let message = format!("{count} {noun} not in the spec stay{}: {}{why}", if count == 1 { "s" } else { "" }, list.join(", "));
    diff.find(Severity::Note, code, address, cx.desired.place_of(address), message, None);
}

/// What a reviewer should know of a role that changes: it is in use.
pub(super) fn usage_warnings(draft: &mut Draft, role: &Role) {
    if let Some(Some(when)) = role.last_used.value() {
        draft.warnings.push(format!("last used {when}"));
    }
}

/// What names the roles that go: profiles whose instances lose their credentials, and trusts in which an id takes the place of the ARN.
pub(super) fn note_what_names_them(cx: &Context<'_>, diff: &mut Diff) {
    let goes =
        |draft: &&mut Draft| draft.address.kind == EntityKind::Role && matches!(draft.action, Action::Delete | Action::Replace);
    if !diff.drafts.iter_mut().any(|draft| goes(&draft)) {
        return;
    }
    let relations = Relations::of(cx.snapshot);
    for draft in diff.drafts.iter_mut().filter(goes) {
        let address = &draft.address;
        let Some(role) = cx.snapshot.roles.get(&address.name) else { continue };
        let profiles = relations.profiles_of(&address.name).iter();
        let profiles =
            profiles.map(|name| format!("in instance profile `{name}`: instances that run with it lose their credentials"));
        let arn = cx.snapshot.arn(EntityKind::Role, &role.path, &address.name);
        let stays = |other: &&&Name| {
            let ours = cx.snapshot.roles.get(*other).is_some_and(|other| cx.owner(EntityKind::Role, &other.tags).is_ours());
            let goes = cx.settings.options.destroy && ours && !cx.desired.declares(&Address::new(EntityKind::Role, **other));
            ***other != address.name && !goes
        };
        let trusting = relations.trusting(&arn).iter().filter(stays);
        let trusting = trusting.map(|name| format!("named in the trust of `role/{name}`, where its id will replace its ARN"));
        let notes: Vec<String> = profiles.chain(trusting).collect();
        draft.warnings.extend(notes);
    }
}
