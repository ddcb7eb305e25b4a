//! Policies that cannot be deleted, because something outside this plan holds them.

use std::collections::BTreeSet;

use super::context::Context;
use super::draft::{Diff, Draft, Phase};
use super::policies;
use crate::diag::Severity;
use crate::model::{Act, Holder};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

/// A holder that lets go within the plan: of a managed policy, or of its boundary whichever that is.
type Freed = BTreeSet<(EntityKind, Name, Option<String>)>;

fn freed(diff: &Diff) -> Freed {
    let mut freed = Freed::new();
    for draft in &diff.drafts {
        for call in &draft.calls {
            let Some(holder) = call.operation.holder() else { continue };
            match call.operation.act() {
                Act::Detach(arn) => drop(freed.insert((holder.kind(), holder.name().clone(), Some(arn.to_owned())))),
                Act::Bound(_) | Act::Unbound | Act::Delete => drop(freed.insert((holder.kind(), holder.name().clone(), None))),
                _ => {}
            }
        }
    }
    freed
}

/// Blocks the deletions of policies that are held. iamctl never detaches from what it does not manage, unless it is told to
/// (`--detach-holders=policy/NAME`); then the calls are part of the policy's change.
pub(super) fn find(cx: &Context<'_>, diff: &mut Diff) {
    let freed = freed(diff);
    let mut found: Vec<(Address, String, String)> = Vec::new();
    let ends = |d: &&mut Draft| matches!(d.action, Action::Delete | Action::Replace) && d.address.kind == EntityKind::Policy;
    for draft in diff.drafts.iter_mut().filter(ends) {
        let Some(policy) = cx.snapshot.policies.get(&draft.address.name) else { continue };
        let arn = cx.snapshot.arn(EntityKind::Policy, &policy.path, &draft.address.name);
        let mut holders = cx.holders(&arn);
        holders.retain(|(a, bounds)| !freed.contains(&(a.kind, a.name.clone(), (!bounds).then(|| arn.clone()))));
        if draft.action == Action::Delete && cx.settings.options.detach_holders.contains(&draft.address) {
            holders.retain(|(holder, bounds)| !detach(cx, draft, holder, *bounds, &arn));
        }
        if holders.is_empty() {
            continue;
        }
        let help = help(cx, draft, &holders);
        let held: Vec<String> = holders
            .into_iter()
            .map(|(a, bounds)| format!("`{a}`{}", if bounds { " (as its permissions boundary)" } else { "" }))
            .collect();
        let verb = if draft.action == Action::Replace { "replaced" } else { "deleted" };
        let message = format!("it cannot be {verb} while it is held by {}", policies::list(&held));
        draft.block(message.clone());
        found.push((draft.address.clone(), message, help));
    }
    for (address, message, help) in found {
        diff.find(Severity::Error, "delete-conflict", &address, None, message, Some(help));
    }
}

/// Detaches a policy from a holder that no spec declares, or takes it off as boundary. A boundary keeps its holder from what its policies
/// allow, so it goes only where the holder is named too (`--allow ADDRESS`).
fn detach(cx: &Context<'_>, draft: &mut Draft, holder: &Address, bounds: bool, arn: &str) -> bool {
    let Some(holds) = Holder::of(holder) else { return false };
    if bounds {
        if !cx.settings.options.allow.contains(holder) {
            return false;
        }
        let whose = if cx.desired.declares(holder) { "" } else { ", which this stack does not manage" };
        draft.warnings.push(format!(
            "`{holder}`{whose} loses its permissions boundary, so its policies alone say what it may do (`--detach-holders`, `--allow`)"
        ));
        draft.call(Phase::Relax, holds.unbind());
        return true;
    }
    draft.warnings.push(format!("`{holder}` loses it, which this stack does not manage (`--detach-holders`)"));
    draft.call(cx.going(arn), holds.detach(arn.to_owned()));
    true
}

fn help(cx: &Context<'_>, draft: &Draft, holders: &[(Address, bool)]) -> String {
    let attached = holders.iter().any(|(_, bounds)| !bounds);
    match attached {
        false if holders.iter().all(|(a, _)| cx.desired.declares(a)) => {
            "the boundary stays where a spec does not mention it: write `permissions_boundary: none` there, or another boundary"
                .to_owned()
        }
        false => format!(
            "iamctl does not take a boundary off what it does not manage: change it there, declare those entities, or let this run take it \
             off with `--detach-holders={}{}`",
            draft.address,
            holders.iter().map(|(holder, _)| format!(" --allow={holder}")).collect::<String>()
        ),
        true => format!(
            "iamctl never detaches from what it does not manage: detach it there, declare those entities, or let this run detach it with \
             `--detach-holders={}`",
            draft.address
        ),
    }
}
