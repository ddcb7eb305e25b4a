//! Puts the reviewed parts together as the plan that is stored and shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diff::{Context, Diff};
use crate::escalation::{Source, escalations};
use crate::holdings::AccountState;
use crate::model::{Act, Operation, Snapshot, policy_address};
use crate::names::{AccountId, Address, EntityKind};
use crate::plan::{Action, Change, Gap, GuardRefusal, Plan, PlanAccount, Step, StepId, StepOrder, Summary};

use super::order::Ordered;
use super::{access, fingerprint, through, unmanaged};
use crate::policy::access::Library;

/// The plan. `end`: the account when all is done. `guards`: what refuses it.
pub(super) fn assemble(
    cx: &Context<'_>,
    library: &Library,
    diff: Diff,
    ordered: Ordered,
    end: Option<&Snapshot>,
    guards: Vec<GuardRefusal>,
) -> Plan {
    let snapshot = cx.snapshot;
    let mut access = access::changes(library, snapshot, end, &diff);
    through::add(cx, &diff, &mut access);
    let escalates = match end {
        Some(end) if !access.is_empty() => escalates(snapshot, end, cx.settings.now),
        _ => BTreeSet::new(),
    };
    let prints = fingerprint::fingerprints_of(snapshot, &depends_on(cx, &diff));
    let unmanaged = unmanaged::list(cx);
    let summary = summary(&diff);
    let mut gaps = ordered.gaps;
    gaps.extend(swaps(&diff, &ordered.steps));
    gaps.sort_by(|a, b| (&a.address, &a.message).cmp(&(&b.address, &b.message)));
    let mut steps_of: BTreeMap<&Address, Vec<StepId>> = BTreeMap::new();
    for step in &ordered.steps {
        steps_of.entry(&step.address).or_default().push(step.id.clone());
    }
    let changes = diff
        .drafts
        .into_iter()
        .map(|d| Change {
            steps: steps_of.remove(&d.address).unwrap_or_default(),
            address: d.address,
            action: d.action,
            reason: d.reason,
            fields: d.fields,
            warnings: d.warnings,
            at: d.at,
        })
        .collect();
    Plan {
        format_version: 1,
        iamctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        stack: Some(cx.settings.stack.clone()),
        account: PlanAccount {
            name: cx.settings.account_name.clone(),
            id: snapshot.account.id.clone(),
            partition: snapshot.account.partition.clone(),
        },
        digest: digest(&snapshot.account.id, &cx.settings.stack, &ordered.steps),
        complete: diff.not_compared.is_empty(),
        summary,
        changes,
        steps: ordered.steps,
        guards,
        order: if gaps.is_empty() { StepOrder::Proven } else { StepOrder::Gaps },
        gaps,
        access,
        unmanaged_count: unmanaged.len(),
        unmanaged: if cx.settings.list_unmanaged { unmanaged } else { Vec::new() },
        findings: diff.findings,
        escalates,
        not_compared: diff.not_compared,
        options: cx.settings.options.clone(),
        fingerprints: prints,
        file_digest: None,
    }
}

/// From whom a way to more leads after the plan that did not lead there before. What outsiders gain is named by the role that admits them.
fn escalates(before: &Snapshot, after: &Snapshot, now: i64) -> BTreeSet<Address> {
    let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let ways = |account: &Snapshot| escalations(&AccountState::of_snapshot(account), &today);
    let was: BTreeSet<(Source, Address)> = ways(before).into_iter().map(|way| (way.source, way.target)).collect();
    let new = ways(after).into_iter().filter(|way| !was.contains(&(way.source.clone(), way.target.clone())));
    new.filter_map(|way| match way.source {
        Source::Principal(address) => Some(address),
        Source::Outsider(_) => way.steps.first().map(|step| step.to.clone()),
    })
    .collect()
}

/// `sha256:…` over account id, stack, and the ordered steps with their requests, nothing else (contract 7).
pub(super) fn digest(account: &AccountId, stack: &str, steps: &[Step]) -> String {
    #[derive(Serialize)]
    struct Digested<'a> {
        account: &'a AccountId,
        stack: &'a str,
        steps: Vec<&'a Operation>,
    }
    let text =
        serde_json::to_string(&Digested { account, stack, steps: steps.iter().map(|s| &s.call).collect() }).unwrap_or_default();
    sha256(&text)
}

/// `sha256:…` of a text.
pub(super) fn sha256(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

fn summary(diff: &Diff) -> Summary {
    let mut s = Summary { unchanged: diff.unchanged, ..Summary::default() };
    for draft in &diff.drafts {
        let count = match draft.action {
            Action::Create => &mut s.create,
            Action::Update => &mut s.update,
            Action::Delete => &mut s.delete,
            Action::Adopt => &mut s.adopt,
            Action::Replace => &mut s.replace,
            Action::DetachOnly => &mut s.detach_only,
            Action::Release => &mut s.release,
            Action::Blocked => &mut s.blocked,
        };
        *count += 1;
    }
    s
}

/// What the plan changes and what it relies on.
fn depends_on(cx: &Context<'_>, diff: &Diff) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for draft in diff.drafts.iter().filter(|d| d.action != Action::Blocked) {
        found.insert(draft.address.clone());
        for call in &draft.calls {
            // Another account's role or user is nothing that this account could tell of.
            let here = |a: &Address| a.kind == EntityKind::Policy || cx.desired.declares(a) || cx.snapshot.arn_of(a).is_some();
            found.extend(call.operation.subject().into_iter().chain(call.operation.refers()).filter(here));
        }
    }
    found
}

/// Swaps that IAM only offers as remove, then add.
fn swaps(diff: &Diff, steps: &[Step]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let Act::Leave(EntityKind::Role, _) = step.call.act() else { continue };
        let fills = |s: &&Step| matches!(s.call.act(), Act::Join(EntityKind::Role, _)) && s.call.subject() == step.call.subject();
        let back = steps.get(i..).unwrap_or_default().iter().find(fills);
        if let (Some(back), Some(profile)) = (back, step.call.subject()) {
            let message =
                format!("instance profile `{}` holds no role until {}: IAM allows one at a time", profile.name, back.id);
            gaps.push(Gap { step: step.id.clone(), address: step.address.clone(), message });
        }
    }
    for draft in diff.drafts.iter().filter(|d| d.action == Action::Replace) {
        let first: Option<&StepId> = steps.iter().find(|s| s.address == draft.address).map(|s| &s.id);
        if let Some(id) = first {
            let mut message =
                format!("`{}` does not exist between its deletion and its creation: names are unique", draft.address);
            let attached: Vec<&Step> =
                steps.iter().filter(|s| s.call.attaches().and_then(policy_address).as_ref() == Some(&draft.address)).collect();
            if let Some(last) = attached.last() {
                let holders: Vec<String> = attached.iter().map(|s| format!("`{}`", s.address)).collect();
                message += &format!("; what it allows is missing until {} for {}", last.id, holders.join(", "));
            }
            gaps.push(Gap { step: id.clone(), address: draft.address.clone(), message });
        }
    }
    gaps
}
