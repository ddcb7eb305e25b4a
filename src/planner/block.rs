//! What is blocked takes along what depends on it: a change whose calls refer to a blocked entity is blocked too.

use std::collections::BTreeMap;

use crate::diff::{Context, Diff};
use crate::model::Act;
use crate::names::Address;
use crate::plan::Action;

/// Blocks dependents until nothing more depends on what is blocked.
pub(super) fn dependents(diff: &mut Diff, cx: &Context<'_>) {
    let account = cx.snapshot.account.id.as_str();
    loop {
        // A blocked entity that exists may still be referred to where the reference needs nothing of it but its existence:
        // another stack's role in a trust. Attaching or bounding by a blocked policy would use a document nobody reviewed.
        let mut blocked: BTreeMap<Address, bool> = BTreeMap::new();
        let mut held: BTreeMap<String, Address> = BTreeMap::new();
        for draft in diff.drafts.iter().filter(|d| d.action == Action::Blocked) {
            blocked.insert(draft.address.clone(), cx.snapshot.arn_of(&draft.address).is_some());
            for call in &draft.calls {
                if let Act::Detach(arn) = call.operation.act() {
                    held.insert(arn.to_owned(), draft.address.clone());
                }
            }
        }
        let mut again = false;
        for draft in diff.drafts.iter_mut().filter(|d| d.action != Action::Blocked) {
            let why = draft.calls.iter().find_map(|call| {
                let policy_arn = call.operation.policy_arn();
                if let Some(holder) = policy_arn.filter(|_| call.operation.deletes()).and_then(|arn| held.get(arn)) {
                    return Some(holder.clone());
                }
                let mut refers =
                    call.operation.refers().into_iter().filter(|_| policy_arn.is_none_or(|arn| arn.contains(account)));
                refers.find(|address| match blocked.get(address) {
                    Some(exists) => !exists || address.kind == crate::names::EntityKind::Policy,
                    None => false,
                })
            });
            if let Some(address) = why {
                draft.block(format!("it depends on `{address}`, which is blocked"));
                again = true;
            }
        }
        if !again {
            return;
        }
    }
}
