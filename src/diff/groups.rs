//! Groups. They carry no tags, so they are never pruned, and what an additive spec attached earlier cannot be told apart.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attachments::{self, There, Wanted};
use super::context::Context;
use super::draft::{Diff, Draft, Phase};
use super::roles::note_foreign;
use crate::model::{Group, Manage, Operation, Want, WantGroup};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
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
    attachments::dress(cx, &mut draft, address, &wanted(want));
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
    if want.manage == Manage::CreateOnly {
        diff.unchanged += 1;
        return;
    }
    let mut draft = Draft::new(address.clone(), Action::Update, "differs from the spec", Some(&want.place));
    if let Want::Exactly(new_path) = &want.path
        && *new_path != group.path
    {
        draft.field("path", json!(group.path), json!(new_path));
        draft.warnings.push("its ARN changes with the path: policies that spell the old ARN no longer name it".to_owned());
        draft.call(Phase::Make, Operation::UpdateGroup { group_name: real.clone(), new_path: new_path.clone() });
    }
    let there = There { managed: group.attached_policies.value(), inline: group.inline_policies.value(), tags: None };
    for (unread, field) in
        [(group.attached_policies.is_unread(), "managed_policies"), (group.inline_policies.is_unread(), "inline_policies")]
    {
        if unread {
            diff.skip(&address, field, "it was not read");
        }
    }
    let mut residue = attachments::compare(cx, &mut draft, &address, &wanted(want), &there);
    members(cx, diff, &mut draft, real, want, &mut residue.foreign);
    note_foreign(cx, diff, &address, want.manage, &residue);
    diff.push(draft);
}

fn members(cx: &Context<'_>, diff: &mut Diff, draft: &mut Draft, group: &Name, want: &WantGroup, foreign: &mut Vec<String>) {
    let unread = cx.snapshot.users.values().any(|u| u.groups.is_unread()) || cx.snapshot.unlisted.contains(&EntityKind::User);
    if unread {
        diff.skip(&draft.address.clone(), "users", "who is in the group was not read");
        return;
    }
    let is_in = |user: &crate::model::User| user.groups.value().is_some_and(|g| g.contains(group));
    let seen: BTreeSet<Name> = cx.snapshot.users.iter().filter(|(_, u)| is_in(u)).map(|(name, _)| name.clone()).collect();
    let wanted: BTreeSet<Name> = want.users.iter().map(|(user, _)| user.clone()).collect();
    let mut after = seen.clone();
    for user in wanted.difference(&seen) {
        join(draft, group, user);
        after.insert(user.clone());
    }
    for user in seen.difference(&wanted) {
        if want.manage == Manage::Exclusive {
            let (group_name, user_name) = (group.clone(), user.clone());
            draft.call(Phase::Withdraw, Operation::RemoveUserFromGroup { group_name, user_name });
            after.remove(user);
        } else {
            foreign.push(format!("member {user}"));
        }
    }
    if after != seen {
        draft.field("users", json!(seen), json!(after));
    }
}
