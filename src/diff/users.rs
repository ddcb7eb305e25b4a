//! Users. Additive unless the spec says otherwise, made and owned only with `create: true`.

use serde_json::{Value, json};

use super::attachments::{self, There, Wanted};
use super::context::{Context, Treatment};
use super::draft::{Diff, Draft, Phase};
use super::roles::{differs, note_foreign};
use super::tags;
use crate::diag::Severity;
use crate::model::{Holder, Manage, Operation, Seen, Tags, User, Want, WantUser};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.users {
        let address = Address::new(EntityKind::User, name);
        match cx.snapshot.users.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&EntityKind::User) => {
                diff.skip(&address, "entity", "the users were not listed")
            }
            None if want.create => diff.drafts.push(create(cx, &address, want)),
            None => {
                let message = "it does not exist in the account, and the spec does not say to create it".to_owned();
                let help = Some("write `create: true` to have it made and owned, or correct the name".to_owned());
                diff.find(Severity::Error, "user-missing", &address, Some(&want.place), message, help);
            }
            Some((real, user)) => existing(cx, diff, real, want, user),
        }
    }
}

fn wanted(want: &WantUser) -> Wanted<'_> {
    Wanted { managed: &want.managed_policies, inline: &want.inline_policies, manage: want.manage }
}

pub(super) fn there(user: &User) -> There<'_> {
    There { managed: user.attached_policies.value(), inline: user.inline_policies.value(), tags: user.tags.value() }
}

fn create(cx: &Context<'_>, address: &Address, want: &WantUser) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, "it does not exist", Some(&want.place));
    let mut all = want.tags.clone();
    if want.manage.owns() {
        all.extend(cx.marks().owned(EntityKind::User, want.protect, true));
    }
    all.extend(wanted(want).memories(cx));
    if want.manage == Manage::Additive {
        all.extend(cx.marks().tag_memory(&want.tags));
    }
    let path = want.path.value().cloned().unwrap_or_else(|| "/".to_owned());
    let boundary = want.permissions_boundary.value().and_then(Option::as_ref).map(|r| cx.arn(r));
    draft.field("path", Value::Null, json!(path));
    if let Some(arn) = &boundary {
        draft.field("permissions_boundary", Value::Null, json!(arn));
    }
    if !all.is_empty() {
        draft.field("tags", Value::Null, tags::value(&all));
    }
    let user_name = address.name.clone();
    draft.call(Phase::Make, Operation::CreateUser { user_name, path, permissions_boundary: boundary, tags: all });
    attachments::dress(cx, &mut draft, Holder::User(&address.name), &wanted(want));
    attachments::finish(cx, &mut draft, address, want.manage);
    draft
}

fn existing(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantUser, user: &User) {
    let address = Address::new(EntityKind::User, real);
    if want.manage == Manage::CreateOnly {
        let mut draft = Draft::new(address, Action::Update, "its creation was broken off", Some(&want.place));
        let there = There { tags: None, ..there(user) };
        boundary(cx, &mut Diff::default(), &mut draft, want, user);
        let residue = attachments::compare(cx, &mut draft, Holder::User(real), &wanted(want), &there);
        attachments::go_on(cx, diff, draft, user.tags.value(), &residue.foreign);
        return;
    }
    let owner = cx.owner(EntityKind::User, &user.tags);
    let standing = cx.standing(&address, &owner, want.manage, want.adopt);
    if standing == Treatment::Unknown {
        diff.skip(&address, "ownership", "the tags were not read");
    }
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    path(&mut draft, want, user);
    boundary(cx, diff, &mut draft, want, user);
    let residue = attachments::compare(cx, &mut draft, Holder::User(real), &wanted(want), &there(user));
    for (unread, field) in
        [(user.attached_policies.is_unread(), "managed_policies"), (user.inline_policies.is_unread(), "inline_policies")]
    {
        if unread {
            diff.skip(&address, field, "it was not read");
        }
    }
    note_foreign(cx, diff, &address, want.manage, &residue);
    match &user.tags {
        Seen::Unread => diff.skip(&address, "tags", "they were not read"),
        Seen::Value(seen) => {
            let mut all: Tags = want.tags.clone();
            if !matches!(standing, Treatment::Joined | Treatment::Blocked(..)) {
                all.extend(cx.marks().owned(EntityKind::User, want.protect, cx.marks().is_created(seen)));
                all.extend(cx.adoption(&standing));
            }
            if want.manage == Manage::Additive {
                // A tag that was there already is not this stack's.
                let ours =
                    want.tags.iter().filter(|(key, value)| cx.marks().remembers_tag(seen, key) || seen.get(*key) != Some(value));
                let ours: Tags = ours.map(|(key, value)| (key.clone(), value.clone())).collect();
                all.extend(cx.marks().tag_memory(&ours));
            }
            let mut found = tags::compare(cx, EntityKind::User, &all, seen, want.manage.is_exact());
            if want.manage == Manage::Additive {
                // What this stack set and no longer lists goes; what others set stays.
                let ours = |key: &&String| {
                    cx.marks().remembers_tag(seen, key) && crate::scope::find(EntityKind::User, &all, key).is_none()
                };
                found.unset.extend(seen.keys().filter(ours).cloned());
                found.unset.extend(cx.marks().tag_memories(seen).into_iter().filter(|key| !all.contains_key(key)));
            }
            if standing == Treatment::Ours && !want.protect && cx.marks().is_protected(EntityKind::User, seen) {
                found.unset.push(cx.marks().protect_key().to_owned());
            }
            let arn = cx.snapshot.arn(EntityKind::User, &user.path, real);
            tags::apply(&mut draft, &address, &arn, seen, found, residue);
        }
    }
    if let Treatment::Blocked(why, help) = standing {
        draft.block(why.clone());
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), why, Some(help));
    }
    diff.push(draft);
}

fn path(draft: &mut Draft, want: &WantUser, user: &User) {
    let Want::Exactly(new_path) = &want.path else { return };
    if *new_path == user.path {
        return;
    }
    draft.field("path", json!(user.path), json!(new_path));
    draft.warnings.push("its ARN changes with the path: resource policies that spell the old ARN no longer name it".to_owned());
    let user_name = draft.address.name.clone();
    draft.call(Phase::Make, Operation::UpdateUser { user_name, new_path: Some(new_path.clone()), new_user_name: None });
}

fn boundary(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, want: &WantUser, user: &User) {
    let address = draft.address.clone();
    if let (Want::Leave, Seen::Value(Some(arn))) = (&want.permissions_boundary, &user.permissions_boundary) {
        let message = format!("it is bounded by `{}`, which the spec does not mention; the boundary stays", cx.short(arn));
        let help = Some("declare it as `permissions_boundary:`, or write `permissions_boundary: none` to take it off".to_owned());
        diff.find(Severity::Note, "undeclared-boundary", &address, Some(&want.place), message, help);
    }
    let arn = want.permissions_boundary.value().map(|r| r.as_ref().map(|r| cx.arn(r)));
    let wanted = Want::from(arn.clone());
    if !differs(diff, &address, "permissions_boundary", &wanted, &user.permissions_boundary, |want, seen| want == seen) {
        return;
    }
    let arn = arn.flatten();
    draft.field("permissions_boundary", json!(user.permissions_boundary.value()), json!(arn));
    let user_name = address.name;
    match arn {
        Some(permissions_boundary) => {
            draft.call(Phase::Restrain, Operation::PutUserPermissionsBoundary { user_name, permissions_boundary })
        }
        None => {
            draft.warnings.push("taking the permissions boundary off widens what this user may do".to_owned());
            draft.call(Phase::Relax, Operation::DeleteUserPermissionsBoundary { user_name });
        }
    }
}

/// The deletion of a user that this stack made. Credentials are never deleted, and one that is not known may be there.
pub(super) fn delete(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, address: &Address) {
    let Some(user) = cx.snapshot.users.get(&address.name) else { return };
    let allowed = cx.settings.options.allow_delete.contains(address);
    let held: Vec<&str> = user.held_credentials().collect();
    let unread: Vec<&str> = user.unread_credentials().collect();
    if !allowed && (!held.is_empty() || !unread.is_empty()) {
        let mut parts = Vec::new();
        if !held.is_empty() {
            parts.push(format!("it still has {}, and iamctl never deletes credentials", held.join(", ")));
        }
        if !unread.is_empty() {
            parts.push(format!("whether it has {} could not be read", unread.join(", ")));
        }
        let message = parts.join("; ");
        draft.block(message.clone());
        let help = match held.is_empty() {
            true => format!(
                "give the caller the permission to list them, or delete the user all the same with `--allow-delete {address}`: IAM \
                 refuses where there is one"
            ),
            false => "delete the credentials first, or keep the user declared".to_owned(),
        };
        diff.find(Severity::Error, "delete-conflict", address, None, message, Some(help));
        return;
    }
    if user.credentials.is_unread() && !allowed {
        let message = "whether it has credentials was not read, and IAM refuses to delete a user that has any".to_owned();
        draft.block(message.clone());
        let help =
            format!("plan against the account itself or a snapshot of `iamctl snapshot`, or add `--allow-delete {address}`");
        diff.find(Severity::Warning, "delete-conflict", address, None, message, Some(help));
        return;
    }
    if allowed && (user.credentials.is_unread() || !held.is_empty() || !unread.is_empty()) {
        draft.warnings.push("IAM refuses to delete a user that has credentials, and not all of them are known".to_owned());
    }
    attachments::strip(cx, draft, Holder::User(&address.name), &there(user));
    for group in user.groups.value().into_iter().flatten() {
        let (group_name, user_name) = (group.clone(), address.name.clone());
        draft.call(Phase::Withdraw, Operation::RemoveUserFromGroup { group_name, user_name });
    }
    draft.call(Phase::Remove, Operation::DeleteUser { user_name: address.name.clone() });
}
