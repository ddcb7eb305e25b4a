//! What is blocked takes along what depends on it: a change whose calls refer to a blocked entity is blocked too.

use std::collections::BTreeMap;

use crate::diff::{Context, Diff};
use crate::names::Address;
use crate::plan::Action;

use super::graph::Touch;

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
                let touch = Touch::of(&call.operation);
                if touch.takes
                    && let Some(arn) = touch.policy_arn
                {
                    held.insert(arn, draft.address.clone());
                }
            }
        }
        let mut again = false;
        for draft in diff.drafts.iter_mut().filter(|d| d.action != Action::Blocked) {
            let why = draft.calls.iter().find_map(|call| {
                let touch = Touch::of(&call.operation);
                if touch.removes
                    && let Some(holder) = touch.policy_arn.as_ref().and_then(|arn| held.get(arn))
                {
                    return Some(holder.clone());
                }
                let refers =
                    touch.refers.into_iter().filter(|_| touch.policy_arn.as_ref().is_none_or(|arn| arn.contains(account)));
                refers.into_iter().find(|address| match blocked.get(address) {
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
