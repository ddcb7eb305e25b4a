//! New roles that trust each other, or themselves: IAM wants a principal to exist when the trust is saved (iam-facts 2.9).
//!
//! One role of each circle is made with a trust that lets nobody in, and gets its own trust once all of them exist. The
//! placeholder denies everyone, so at no moment is anyone let in who is not to be.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Context, Diff, Phase};
use crate::model::{Operation, named_in};
use crate::names::{Address, EntityKind};
use crate::plan::Action;

/// A trust that lets nobody in.
pub(super) const NOBODY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

/// Breaks every circle of trust among the roles that the plan makes.
pub(super) fn break_trust_cycles(cx: &Context<'_>, diff: &mut Diff) {
    let mut trusts: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for draft in diff.drafts.iter().filter(|d| matches!(d.action, Action::Create | Action::Replace)) {
        for call in &draft.calls {
            if let Operation::CreateRole { assume_role_policy_document, .. } = &call.operation {
                let own = cx.snapshot.account.id.as_str();
                let mine = assume_role_policy_document.contains(own);
                trusts.insert(
                    draft.address.clone(),
                    if mine { named_in(assume_role_policy_document).into_iter().collect() } else { BTreeSet::new() },
                );
            }
        }
    }
    let made: BTreeSet<Address> = trusts.keys().cloned().collect();
    for named in trusts.values_mut() {
        named.retain(|a| a.kind == EntityKind::Role && made.contains(a));
    }
    while let Some(role) = in_a_circle(&trusts) {
        trusts.insert(role.clone(), BTreeSet::new());
        postpone(diff, &role);
    }
}

/// The first role, by address, that can be reached from itself.
fn in_a_circle(trusts: &BTreeMap<Address, BTreeSet<Address>>) -> Option<Address> {
    // Roles that trust no open role cannot be in a circle: take them out until nothing moves, and only the rest is searched.
    let mut open: BTreeMap<&Address, BTreeSet<&Address>> = trusts.iter().map(|(a, t)| (a, t.iter().collect())).collect();
    loop {
        let free: BTreeSet<&Address> = open.iter().filter(|(_, t)| t.is_empty()).map(|(a, _)| *a).collect();
        if free.is_empty() {
            break;
        }
        open.retain(|a, _| !free.contains(*a));
        for named in open.values_mut() {
            named.retain(|a| !free.contains(*a));
        }
    }
    open.keys()
        .find(|start| {
            let mut seen = BTreeSet::new();
            let mut queue: Vec<&Address> = open.get(**start).into_iter().flatten().copied().collect();
            while let Some(next) = queue.pop() {
                if next == **start {
                    return true;
                }
                if seen.insert(next) {
                    queue.extend(open.get(next).into_iter().flatten().copied());
                }
            }
            false
        })
        .map(|a| (*a).clone())
}

fn postpone(diff: &mut Diff, role: &Address) {
    let Some(draft) = diff.drafts.iter_mut().find(|d| d.address == *role) else { return };
    let mut full = None;
    for call in &mut draft.calls {
        if let Operation::CreateRole { assume_role_policy_document, .. } = &mut call.operation {
            full = Some(std::mem::replace(assume_role_policy_document, NOBODY.to_owned()));
        }
    }
    if let Some(policy_document) = full {
        let itself = named_in(&policy_document).contains(role);
        let why = if itself { "its trust names the role itself" } else { "its trust is part of a circle of new roles" };
        draft
            .warnings
            .push(format!("{why}: it is created with a trust that denies everyone, and gets its own once what it names exists"));
        draft.call(Phase::Admit, Operation::UpdateAssumeRolePolicy { role_name: role.name.clone(), policy_document });
    }
}
