//! `delete_unused_days`: a role that is in use is not deleted without a word.

use super::item::Item;
use crate::diff::Context;
use crate::model::{Operation, Role};
use crate::names::{Address, EntityKind};
use crate::plan::{Action, GuardRefusal};

const DAY: i64 = 86_400;

pub(super) fn check(cx: &Context<'_>, items: &[Item<'_>]) -> Vec<GuardRefusal> {
    let going = |kind, name: &crate::names::Name| {
        let address = Address::new(kind, name);
        items.iter().any(|item| *item.address == address && item.ends())
    };
    let mut refusals = Vec::new();
    for item in items.iter().filter(|item| item.action == Action::Delete && item.address.kind == EntityKind::Role) {
        let address = item.address;
        let Some(role) = cx.snapshot.roles.get(&address.name) else { continue };
        if cx.settings.options.allow_delete.contains(address) {
            continue;
        }
        let mut reasons = Vec::new();
        reasons.extend(recently_used(cx, role));
        let profiles = cx.snapshot.instance_profiles.iter().filter(|(name, p)| {
            p.role.value().and_then(Option::as_ref) == Some(&address.name) && !going(EntityKind::InstanceProfile, name)
        });
        reasons.extend(profiles.map(|(name, _)| format!("it is in instance profile `{name}`, which stays")));
        let arn = cx.snapshot.arn(EntityKind::Role, &role.path, &address.name);
        let trusting = cx.snapshot.roles.iter().filter(|(name, other)| {
            **name != address.name && !going(EntityKind::Role, name) && other_trust_stays(items, name, other, &arn)
        });
        reasons.extend(trusting.map(|(name, _)| format!("the trust of `role/{name}`, which stays, names it")));
        if !reasons.is_empty() {
            refusals.push(GuardRefusal {
                guard: "delete_unused_days".to_owned(),
                message: format!("`{address}` would be deleted, but {}", reasons.join("; ")),
                r#override: Some(format!("--allow-delete {address}")),
            });
        }
    }
    refusals
}

fn recently_used(cx: &Context<'_>, role: &Role) -> Option<String> {
    let when = role.last_used.value()?.as_ref()?;
    let limit = cx.settings.guards.delete_unused_days;
    // A date that cannot be read counts as recent: unknown is never shown as unused.
    let seconds = when.parse::<jiff::Timestamp>().map(|t| t.as_second()).unwrap_or(cx.settings.now);
    let days = (cx.settings.now - seconds).max(0) / DAY;
    (days < i64::from(limit)).then(|| format!("it was last used {when}, less than {limit} days ago"))
}

/// Whether a role that stays will still name the ARN in its trust after the plan.
fn other_trust_stays(items: &[Item<'_>], name: &crate::names::Name, other: &Role, arn: &str) -> bool {
    let address = Address::new(EntityKind::Role, name);
    let calls = items.iter().filter(|item| *item.address == address).flat_map(|item| &item.calls);
    let written = calls.filter_map(|call| Operation::trust(call)).next_back();
    match written.map(crate::policy::Document::parse) {
        Some(Ok(trust)) => trust.principals().any(|p| p.kind == "AWS" && p.value == arn),
        Some(Err(_)) | None => {
            other.trust.value().is_some_and(|trust| trust.principals().any(|p| p.kind == "AWS" && p.value == arn))
        }
    }
}
