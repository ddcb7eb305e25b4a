//! Groups. They carry no tags, so they are never pruned, and what an additive spec attached earlier cannot be told apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::attachments::{self, Residue, There, Wanted};
use super::context::Context;
use super::documents::Effect;
use super::draft::{Diff, Draft, Phase};
use super::roles::note_foreign;
use crate::diag::Severity;
use crate::model::{Group, Holder, Manage, Operation, Want, WantGroup};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    if cx.settings.options.destroy {
        let there =
            cx.desired.groups.iter().filter_map(|(name, want)| cx.snapshot.groups.get_key_value(name).map(|at| (at, want)));
        there.for_each(|((real, group), want)| let_go(cx, diff, real, want, group));
        return;
    }
    for (name, want) in &cx.desired.groups {
        let address = Address::new(EntityKind::Group, name);
        match cx.snapshot.groups.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&EntityKind::Group) => {
                diff.skip(&address, "entity", "the groups were not listed")
            }
            None => diff.drafts.push(create(cx, &address, want)),
            Some((real, group)) => existing(cx, diff, real, want, group),
        }
    }
}

fn wanted(want: &WantGroup) -> Wanted<'_> {
    Wanted { managed: &want.managed_policies, inline: &want.inline_policies, manage: want.manage }
}

fn join(draft: &mut Draft, group: &Name, user: &Name) {
    let (group_name, user_name) = (group.clone(), user.clone());
    draft.call(Phase::Grant, Operation::AddUserToGroup { group_name, user_name });
}

fn create(cx: &Context<'_>, address: &Address, want: &WantGroup) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, "it does not exist", Some(&want.place));
    let path = want.path.value().cloned().unwrap_or_else(|| "/".to_owned());
    draft.field("path", Value::Null, json!(path));
    draft.call(Phase::Make, Operation::CreateGroup { group_name: address.name.clone(), path });
    attachments::dress(cx, &mut draft, Holder::Group(&address.name), &wanted(want));
    if !want.users.is_empty() {
        let users: BTreeSet<&Name> = want.users.iter().map(|(user, _)| user).collect();
        draft.field("users", Value::Null, json!(users));
        for user in users {
            join(&mut draft, &address.name, user);
        }
    }
    draft
}

fn existing(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantGroup, group: &Group) {
    let address = Address::new(EntityKind::Group, real);
    let mut draft = Draft::new(address.clone(), Action::Update, "differs from the spec", Some(&want.place));
    if let Want::Exactly(new_path) = &want.path
        && *new_path != group.path
    {
        draft.field("path", json!(group.path), json!(new_path));
        draft.warnings.push("its ARN changes with the path: policies that spell the old ARN no longer name it".to_owned());
        let (group_name, new_path) = (real.clone(), Some(new_path.clone()));
        draft.call(Phase::Make, Operation::UpdateGroup { group_name, new_path, new_group_name: None });
    }
    let there = There { managed: group.attached_policies.value(), inline: group.inline_policies.value(), tags: None };
    if want.manage == Manage::CreateOnly {
        let mut more = attachments::compare(cx, &mut draft, Holder::Group(real), &wanted(want), &there).foreign;
        let strangers = members(cx, &mut Diff::default(), &mut draft, real, want);
        more.extend(strangers.iter().map(|user| Address::new(EntityKind::User, user).to_string()));
        attachments::go_on(cx, diff, draft, None, &more);
        return;
    }
    for (unread, field) in
        [(group.attached_policies.is_unread(), "managed_policies"), (group.inline_policies.is_unread(), "inline_policies")]
    {
        if unread {
            diff.skip(&address, field, "it was not read");
        }
    }
    let residue = attachments::compare(cx, &mut draft, Holder::Group(real), &wanted(want), &there);
    let residue = detach_what_goes(cx, &mut draft, real, want, &there, residue);
    let strangers = members(cx, diff, &mut draft, real, want);
    note_foreign(cx, diff, &address, want.manage, &residue);
    note_strangers(diff, &address, want, &strangers);
    diff.push(draft);
}

/// `destroy`: the policies that the spec lists come off the group, and those that go. Groups are never deleted, and who is in them stays.
fn let_go(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantGroup, group: &Group) {
    if matches!(want.manage, Manage::CreateOnly | Manage::Observe) {
        return;
    }
    let address = Address::new(EntityKind::Group, real);
    let reason = "what its spec lists is detached; groups are never deleted, and their members stay";
    let mut draft = Draft::new(address, Action::DetachOnly, reason, Some(&want.place));
    let holder = Holder::Group(real);
    let listed = wanted(want).arns(cx);
    let attached = group.attached_policies.value();
    let gone: BTreeSet<&String> =
        attached.into_iter().flatten().filter(|arn| listed.contains(*arn) || super::prune::goes(cx, arn)).collect();
    if !gone.is_empty() {
        let after: BTreeSet<&String> = attached.into_iter().flatten().filter(|arn| !gone.contains(arn)).collect();
        draft.field("managed_policies", json!(attached), json!(after));
    }
    for arn in gone {
        draft.call(cx.going(arn), holder.detach(arn.clone()));
    }
    let inline = group.inline_policies.value().into_iter().flatten();
    let inline: BTreeMap<_, _> = inline.filter(|(name, _)| want.inline_policies.contains_key(*name)).collect();
    if !inline.is_empty() {
        let after: BTreeMap<&String, Value> = inline.keys().map(|name| (*name, Value::Null)).collect();
        draft.field("inline_policies", json!(inline), json!(after));
    }
    for (name, document) in inline {
        draft.call(Effect::of(Some(document), None).phase(), holder.delete(name.clone()));
    }
    if !draft.calls.is_empty() {
        diff.drafts.push(draft);
    }
}

/// A group has no memory of what this stack attached, but a policy that this stack owns and deletes need not stay attached to a group that
/// it declares.
fn detach_what_goes(
    cx: &Context<'_>,
    draft: &mut Draft,
    group: &Name,
    want: &WantGroup,
    there: &There<'_>,
    mut residue: Residue,
) -> Residue {
    if want.manage != Manage::Additive {
        return residue;
    }
    let gone: Vec<String> = residue.foreign.iter().filter(|arn| super::prune::goes(cx, arn)).cloned().collect();
    if gone.is_empty() {
        return residue;
    }
    for arn in &gone {
        draft.call(cx.going(arn), Holder::Group(group).detach(arn.clone()));
    }
    residue.foreign.retain(|arn| !gone.contains(arn));
    let wanted = wanted(want).arns(cx);
    let after: BTreeSet<&String> = there.managed.into_iter().flatten().filter(|arn| !gone.contains(arn)).chain(&wanted).collect();
    draft.fields.retain(|field| field.field != "managed_policies");
    draft.field("managed_policies", json!(there.managed), json!(after));
    residue
}

/// Says which members an additive spec leaves.
fn note_strangers(diff: &mut Diff, address: &Address, want: &WantGroup, strangers: &[Name]) {
    if strangers.is_empty() {
        return;
    }
    let list: Vec<String> = strangers.iter().map(|name| format!("`{name}`")).collect();
    let (noun, verb) = if list.len() == 1 { ("member", "stays") } else { ("members", "stay") };
    let message = format!(
        "{} {noun} not in the spec {verb}: {}; groups have no tags, so the members that this stack added earlier cannot be distinguished",
        list.len(),
        super::policies::list(&list)
    );
    diff.find(Severity::Note, "group-cannot-be-marked", address, Some(&want.place), message, None);
}

/// Compares members, and returns those that the spec does not list and that stay.
fn members(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, group: &Name, want: &WantGroup) -> Vec<Name> {
    let unread = cx.snapshot.users.values().any(|u| u.groups.is_unread()) || cx.snapshot.unlisted.contains(&EntityKind::User);
    if unread {
        diff.skip(&draft.address.clone(), "users", "who is in the group was not read");
        return Vec::new();
    }
    let mut strangers = Vec::new();
    let is_in = |user: &crate::model::User| user.groups.value().is_some_and(|g| g.contains(group));
    let seen: BTreeSet<Name> = cx.snapshot.users.iter().filter(|(_, u)| is_in(u)).map(|(name, _)| name.clone()).collect();
    let wanted: BTreeSet<Name> = want.users.iter().map(|(user, _)| user.clone()).collect();
    let mut after = seen.clone();
    for user in wanted.difference(&seen) {
        join(draft, group, user);
        after.insert(user.clone());
    }
    for user in seen.difference(&wanted) {
        if want.manage.is_exact() {
            let (group_name, user_name) = (group.clone(), user.clone());
            draft.call(Phase::Withdraw, Operation::RemoveUserFromGroup { group_name, user_name });
            after.remove(user);
        } else {
            strangers.push(user.clone());
        }
    }
    if after != seen {
        draft.field("users", json!(seen), json!(after));
    }
    strangers
}
