//! `lockout`: the caller and the break-glass principals that may undo a plan before it may undo it afterwards.
//!
//! For each call of the plan the call that takes it back is asked of the evaluator: of the account as it is, and of the account as the
//! rehearsal leaves it. A principal that may not make such a call today loses nothing. Unknown is not a refusal.

use std::collections::BTreeSet;

use super::Course;
use super::{break_glass, ways_in};
use crate::diff::Context;
use crate::holdings::AccountState;
use crate::model::{Act, Operation, Seen, Snapshot};
use crate::names::{Address, EntityKind};
use crate::plan::{GuardRefusal, Step};
use crate::policy::context::Context as Keys;
use crate::policy::eval::{Effect, decide};

/// Reading the account: without it there is no plan that could undo this one.
const READ: &str = "GetAccountAuthorizationDetails";

/// How many permissions a refusal names.
const SHOWN: usize = 3;

/// A permission that undoing the plan takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Need {
    /// IAM's name of the call.
    call: String,
    /// What it acts on; `None` for reading the account.
    on: Option<Address>,
    /// The managed policy that it attaches or detaches.
    policy: Option<String>,
}

impl Need {
    fn words(&self) -> String {
        match &self.on {
            Some(address) => format!("`iam:{}` on `{address}`", self.call),
            None => format!("`iam:{}`", self.call),
        }
    }
}

pub(super) fn check(cx: &Context<'_>, course: &Course<'_>) -> Vec<GuardRefusal> {
    let before = AccountState::of_snapshot(cx.snapshot);
    let watched = |address: &Address| !cx.settings.options.allow_lockout.contains(address);
    let guarded = before.principals().into_iter().filter(watched);
    let guarded: Vec<(Address, &str)> = guarded.filter_map(|a| break_glass::reason(cx, &a).map(|why| (a, why))).collect();
    if guarded.is_empty() || course.steps.is_empty() {
        return Vec::new();
    }
    let after = AccountState::of_snapshot(course.end);
    let needs: BTreeSet<Need> = course.steps.iter().filter_map(|step| undoing(&step.call)).collect();
    let needs: BTreeSet<Need> = needs.into_iter().chain([Need { call: READ.to_owned(), on: None, policy: None }]).collect();
    let mut refusals = Vec::new();
    for (address, why) in guarded {
        let closed = ways_in::closed(cx.snapshot, course.end, &address);
        if !closed.is_empty() {
            let names: Vec<String> = closed.iter().map(|provider| format!("`{provider}`")).collect();
            let by = ways_in::culprit(course, &address, &closed).map(|step| format!(" after {} ({})", step.id, step.call.name()));
            refusals.push(GuardRefusal {
                guard: "lockout".to_owned(),
                message: format!(
                    "`{address}` {why} and could not come back to undo this plan: nobody could assume it{}, because only {} lets callers in",
                    by.unwrap_or_default(),
                    names.join(", ")
                ),
                r#override: Some(format!("--allow-lockout {address}")),
            });
            continue;
        }
        let lost: Vec<&Need> = needs
            .iter()
            .filter(|need| may(&before, course.end, &address, need) == Some(true))
            .filter(|need| may(&after, cx.snapshot, &address, need) == Some(false))
            .collect();
        let Some(first) = lost.first() else { continue };
        let by = culprit(course, cx.snapshot, &address, first).map(by_words).unwrap_or_default();
        let mut named: Vec<String> = lost.iter().take(SHOWN).map(|need| need.words()).collect();
        if lost.len() > SHOWN {
            named.push(format!("{} more", lost.len() - SHOWN));
        }
        refusals.push(GuardRefusal {
            guard: "lockout".to_owned(),
            message: format!("`{address}` {why} and could not undo this plan: it would lose {}{by}", named.join(", ")),
            r#override: Some(format!("--allow-lockout {address}")),
        });
    }
    refusals
}

fn by_words(step: &Step) -> String {
    let what = step.call.subject().map(|subject| format!(" of `{subject}`")).unwrap_or_default();
    format!(", the first by {} ({}{what})", step.id, step.call.name())
}

/// The call after which the principal no longer may: found by halving, because each look carries calls out anew.
fn culprit<'a>(course: &Course<'a>, before: &Snapshot, address: &Address, need: &Need) -> Option<&'a Step> {
    let (mut allowed, mut lost) = (0, course.steps.len());
    while lost - allowed > 1 {
        let middle = usize::midpoint(allowed, lost);
        let account = (course.after)(middle);
        match may(&AccountState::of_snapshot(&account), before, address, need) {
            Some(false) => lost = middle,
            Some(true) | None => allowed = middle,
        }
    }
    course.steps.get(allowed)
}

/// Whether a principal may make a call; `None` where that is not known. What the call acts on is looked for in `elsewhere` where the
/// account does not have it: what a plan creates is not there before, what it deletes is not there after.
fn may(account: &AccountState<'_>, elsewhere: &Snapshot, address: &Address, need: &Need) -> Option<bool> {
    let Some(who) = account.evaluated(address) else { return Some(false) };
    let here = account.snapshot()?;
    let mut keys = Keys::new();
    let resource = match &need.on {
        None => "*".to_owned(),
        Some(on) => {
            let holder = if here.arn_of(on).is_some() { here } else { elsewhere };
            describe(holder, on, &mut keys);
            holder.arn_of(on)?
        }
    };
    if let Some(policy) = &need.policy {
        keys.set("iam:PolicyARN", policy.clone());
    }
    let request = who.caller.request(format!("iam:{}", need.call), resource, &keys);
    match decide(&who.policies, &request).effect {
        Effect::ExplicitDeny => Some(false),
        _ if !who.unknown.is_empty() => None,
        Effect::Allow => Some(true),
        Effect::ImplicitDeny => Some(false),
        Effect::Unknown(_) => None,
    }
}

/// The condition keys that the entity itself brings to a request about it.
fn describe(account: &Snapshot, address: &Address, keys: &mut Keys) {
    if let Some(tags) = account.tags_of(address).and_then(Seen::value) {
        for family in ["iam:ResourceTag/", "aws:ResourceTag/"] {
            keys.set_absent(family);
            tags.iter().for_each(|(tag, value)| keys.set(&format!("{family}{tag}"), value.clone()));
        }
    }
    let boundary = match address.kind {
        EntityKind::Role => account.roles.get(&address.name).map(|role| &role.permissions_boundary),
        EntityKind::User => account.users.get(&address.name).map(|user| &user.permissions_boundary),
        _ => None,
    };
    match boundary.and_then(Seen::value) {
        Some(Some(arn)) => keys.set("iam:PermissionsBoundary", arn.clone()),
        Some(None) => keys.set_absent("iam:PermissionsBoundary"),
        None => {}
    }
}

/// What taking a call back takes; `None` where nothing of the account is to be taken back.
fn undoing(operation: &Operation) -> Option<Need> {
    // A renamed entity is renamed back under its new name.
    let on = operation.renames().or_else(|| operation.subject())?;
    let call = opposite(on.kind, operation);
    let policy = match operation.act() {
        Act::Attach(arn) | Act::Detach(arn) => Some(arn.to_owned()),
        _ => None,
    };
    Some(Need { call, on: Some(on), policy })
}

/// The call that takes another one back, by its name.
fn opposite(kind: EntityKind, operation: &Operation) -> String {
    let name = operation.name();
    let swap = |from: &str, to: &str| name.replacen(from, to, 1);
    match operation.act() {
        Act::Create { .. } => swap("Create", "Delete"),
        Act::Delete => swap("Delete", "Create"),
        Act::Tag(_) => swap("Tag", "Untag"),
        Act::Untag(_) => swap("Untag", "Tag"),
        Act::Attach(_) => swap("Attach", "Detach"),
        Act::Detach(_) => swap("Detach", "Attach"),
        Act::PutInline(..) | Act::Bound(_) => swap("Put", "Delete"),
        Act::DeleteInline(_) | Act::Unbound => swap("Delete", "Put"),
        Act::Join(EntityKind::User, _) => "RemoveUserFromGroup".to_owned(),
        Act::Leave(EntityKind::User, _) => "AddUserToGroup".to_owned(),
        Act::Join(..) => swap("Add", "Remove").replacen("To", "From", 1),
        Act::Leave(..) => swap("Remove", "Add").replacen("From", "To", 1),
        Act::NewVersion | Act::DefaultVersion => "SetDefaultPolicyVersion".to_owned(),
        Act::DropVersion => "CreatePolicyVersion".to_owned(),
        Act::Withhold => "AddClientIDToOpenIDConnectProvider".to_owned(),
        Act::Provide if kind == EntityKind::OidcProvider && name.starts_with("Add") => {
            "RemoveClientIDFromOpenIDConnectProvider".to_owned()
        }
        Act::Settings | Act::Move | Act::Rename(_) | Act::Trust(_) | Act::Provide => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Holder;
    use crate::names::Name;

    #[test]
    fn every_call_is_taken_back_by_a_call_of_iam() {
        let known: BTreeSet<&str> = Operation::CALLS.iter().map(|call| call.name).collect();
        let arn = || "arn:aws:iam::111111111111:policy/p".to_owned();
        let name = || Name::new("n");
        let mut all = vec![
            Operation::DeleteRole { role_name: name() },
            Operation::DeleteInstanceProfile { instance_profile_name: name() },
            Operation::AddRoleToInstanceProfile { instance_profile_name: name(), role_name: name() },
            Operation::RemoveRoleFromInstanceProfile { instance_profile_name: name(), role_name: name() },
            Operation::AddUserToGroup { group_name: name(), user_name: name() },
            Operation::RemoveUserFromGroup { group_name: name(), user_name: name() },
            Operation::DeletePolicy { policy_arn: arn() },
            Operation::PutRolePermissionsBoundary { role_name: name(), permissions_boundary: arn() },
            Operation::DeleteUserPermissionsBoundary { user_name: name() },
            Operation::DeleteSamlProvider { provider_arn: arn() },
            Operation::DeleteOidcProvider { provider_arn: arn() },
        ];
        for address in EntityKind::ALL.into_iter().map(|kind| Address::new(kind, "n")) {
            all.extend(Operation::tag(&address, &arn(), Default::default()));
            all.extend(Operation::untag(&address, &arn(), Vec::new()));
            if let Some(holder) = Holder::of(&address) {
                all.extend([holder.attach(arn()), holder.detach(arn())]);
                all.extend([holder.put("p".to_owned(), "{}".to_owned()), holder.delete("p".to_owned())]);
            }
        }
        for operation in all {
            let kind = operation.subject().map_or(EntityKind::Policy, |subject| subject.kind);
            let back = opposite(kind, &operation);
            assert!(known.contains(back.as_str()), "{} → {back}", operation.name());
            assert_ne!(back, operation.name(), "{back}");
        }
    }
}
