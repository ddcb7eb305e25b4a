//! `break_glass`: the principals that must work when everything else does not, and the caller's own, are never changed.

use std::collections::BTreeSet;

use super::item::Item;
use crate::diff::Context;
use crate::names::{Address, Arn, EntityKind};
use crate::plan::GuardRefusal;

pub(super) fn check(cx: &Context<'_>, items: &[Item<'_>]) -> Vec<GuardRefusal> {
    let allowed = &cx.settings.options.allow;
    let mut refusals = Vec::new();
    // A change may call for others than its own entity: a policy that goes is detached from its holders.
    let with_calls = items.iter().filter(|item| !item.calls.is_empty());
    let touched: BTreeSet<Address> = with_calls
        .flat_map(|item| item.calls.iter().filter_map(|call| call.subject()).chain([item.address.clone()]))
        .filter(|address| matches!(address.kind, EntityKind::Role | EntityKind::User) && !allowed.contains(address))
        .collect();
    for address in touched {
        let Some(why) = reason(cx, &address) else { continue };
        refusals.push(GuardRefusal {
            guard: "break_glass".to_owned(),
            message: format!("`{address}` {why}, and is never changed without a word"),
            r#override: Some(format!("--allow {address}")),
        });
    }
    refusals
}

/// Why a role or user of the account is not to be changed; `None` for all others.
pub(super) fn reason(cx: &Context<'_>, address: &Address) -> Option<&'static str> {
    let arn = cx.snapshot.arn_of(address)?;
    let account = &cx.snapshot.account;
    if cx.settings.guards.break_glass.iter().any(|p| p.matches(&arn, &account.id, &account.partition)) {
        Some("is listed under `break_glass`")
    } else if same_principal(&cx.settings.caller_arn, &arn) {
        Some("is the principal that runs iamctl")
    } else {
        None
    }
}

/// Whether the caller is this role or user; a session's ARN has no path, so roles compare by account and name.
fn same_principal(caller: &str, arn: &str) -> bool {
    if caller == arn {
        return true;
    }
    let (Some(caller), Some(arn)) = (Arn::parse(caller), Arn::parse(arn)) else { return false };
    let role_of_session = match caller.resource.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, ..] if caller.service == "sts" => (*role).to_owned(),
        ["role", .., name] => (*name).to_owned(),
        _ => return false,
    };
    caller.account == arn.account && arn.resource.starts_with("role/") && role_of_session.eq_ignore_ascii_case(arn.last_segment())
}

#[cfg(test)]
mod tests {
    use super::same_principal;

    #[test]
    fn a_session_is_its_role_whatever_the_path() {
        let role = "arn:aws:iam::111111111111:role/ops/Deployer";
        assert!(same_principal("arn:aws:sts::111111111111:assumed-role/Deployer/ci", role));
        assert!(same_principal(role, role));
        assert!(!same_principal("arn:aws:sts::222222222222:assumed-role/Deployer/ci", role));
        assert!(!same_principal("arn:aws:iam::111111111111:root", role));
    }
}
