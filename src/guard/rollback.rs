//! What refuses a rollback: the policy's own protection, and the principals that must not lose their footing.

use std::collections::BTreeSet;

use super::{Course, break_glass, forbid, lockout};
use crate::diff::{Context, Diff};
use crate::names::{Address, EntityKind};
use crate::plan::{Action, GuardRefusal};

/// Every refusal of a rollback. Here a break-glass principal counts as changed when it holds the policy, itself or by a group.
/// `course`: the rollback as rehearsed; `None` where there is nothing to do.
pub fn check(cx: &Context<'_>, diff: &Diff, course: Option<&Course<'_>>) -> Vec<GuardRefusal> {
    let allowed = &cx.settings.options.allow;
    let mut refusals: Vec<GuardRefusal> = diff
        .protected
        .iter()
        .filter(|address| !allowed.contains(address))
        .map(|address| GuardRefusal {
            guard: "protect".to_owned(),
            message: format!("`{address}` is protected, and is not rolled back without a word"),
            r#override: Some(format!("--allow {address}")),
        })
        .collect();
    for draft in diff.drafts.iter().filter(|d| d.action != Action::Blocked && d.address.kind == EntityKind::Policy) {
        let Some(arn) = cx.snapshot.arn_of(&draft.address) else { continue };
        for holder in holders(cx, &arn).into_iter().filter(|h| !allowed.contains(h)) {
            if let Some(why) = break_glass::reason(cx, &holder) {
                refusals.push(GuardRefusal {
                    guard: "break_glass".to_owned(),
                    message: format!("`{holder}` holds `{}` and {why}", draft.address),
                    r#override: Some(format!("--allow {holder}")),
                });
            }
        }
    }
    refusals.extend(course.map(|course| lockout::check(cx, course)).unwrap_or_default());
    refusals.extend(course.map(forbid::check).unwrap_or_default());
    refusals
}

/// Roles and users that hold a policy, members of groups included.
fn holders(cx: &Context<'_>, arn: &str) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for (holder, _) in cx.holders(arn) {
        if holder.kind == EntityKind::Group {
            let members = cx.snapshot.users.iter().filter(|(_, u)| u.groups.value().is_some_and(|g| g.contains(&holder.name)));
            found.extend(members.map(|(name, _)| Address::new(EntityKind::User, name)));
        } else {
            found.insert(holder);
        }
    }
    found
}
