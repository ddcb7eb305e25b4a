//! When one permissions boundary takes the place of another among the other calls of a principal (contract 9, promise 4).

use super::draft::{Draft, Phase};
use crate::model::Operation;

/// Places the exchange of one boundary for another among the other calls of a principal. Where policies only go, they go first,
/// under the old boundary; where they only come, they come under the new one: at no moment is more allowed than before or
/// after. Where some go and others come, no order of calls promises that, and the plan says so.
pub(super) fn place(draft: &mut Draft) {
    use Operation as Op;
    let exchanged = draft.fields.iter().any(|f| f.field == "permissions_boundary" && f.before.is_string() && f.after.is_string());
    if !exchanged {
        return;
    }
    let (mut come, mut go) = (false, false);
    for call in &draft.calls {
        match &call.operation {
            Op::AttachRolePolicy { .. } | Op::AttachUserPolicy { .. } => come = true,
            Op::DetachRolePolicy { .. }
            | Op::DetachUserPolicy { .. }
            | Op::DeleteRolePolicy { .. }
            | Op::DeleteUserPolicy { .. } => go = true,
            // A document that is replaced may take as well as give.
            Op::PutRolePolicy { policy_name, .. } | Op::PutUserPolicy { policy_name, .. } => {
                come = true;
                go |= draft.fields.iter().any(|f| f.field == "inline_policies" && !f.before[policy_name].is_null());
            }
            _ => {}
        }
    }
    if go && come {
        let text = "its boundary is exchanged while policies come and go: between the calls it may briefly be allowed what neither the old nor the new state allows";
        draft.warnings.push(text.to_owned());
    } else if go {
        for call in &mut draft.calls {
            if matches!(call.operation, Op::PutRolePermissionsBoundary { .. } | Op::PutUserPermissionsBoundary { .. }) {
                call.phase = Phase::Relax;
            }
        }
    }
}
