//! Documents over their documented limit that the rehearsal lets pass: IAM measures something a little smaller than what can be
//! counted here, and has been seen to accept them (iam-facts 3.1).

use crate::diag::Severity;
use crate::diff::{Context, Diff};
use crate::model::{InlinePolicies, Snapshot};
use crate::names::EntityKind;
use crate::plan::Action;

/// Warns of what the plan writes that is over a limit, as the account is after the plan.
pub(super) fn warn(cx: &Context<'_>, end: &Snapshot, diff: &mut Diff) {
    let limits = end.limits();
    let mut found = Vec::new();
    let inline = |all: Option<&InlinePolicies>| all.map_or(0, |m| m.values().map(|d| d.size()).sum());
    for draft in diff.drafts.iter().filter(|d| !matches!(d.action, Action::Blocked | Action::Delete)) {
        let name = &draft.address.name;
        let mut note = |what: &str, size: u64, limit: u64| {
            if size > limit {
                found.push((
                    draft.address.clone(),
                    draft.at.clone(),
                    format!("{what} has {size} characters, over the limit of {limit}"),
                ));
            }
        };
        match draft.address.kind {
            EntityKind::Role => {
                if let Some(role) = end.roles.get(name) {
                    note("its trust", role.trust.value().map_or(0, |d| d.size()), limits.trust_size());
                    note(
                        "what its inline policies hold together",
                        inline(role.inline_policies.value()),
                        limits.role_inline_size(),
                    );
                }
            }
            EntityKind::User => {
                if let Some(user) = end.users.get(name) {
                    note(
                        "what its inline policies hold together",
                        inline(user.inline_policies.value()),
                        limits.user_inline_size(),
                    );
                }
            }
            EntityKind::Group => {
                if let Some(group) = end.groups.get(name) {
                    note(
                        "what its inline policies hold together",
                        inline(group.inline_policies.value()),
                        limits.group_inline_size(),
                    );
                }
            }
            EntityKind::Policy => {
                let size = end.policies.get(name).and_then(|p| p.default_document()).map_or(0, |d| d.size());
                note("its document", size, limits.policy_size());
            }
            EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole | EntityKind::OidcProvider | EntityKind::SamlProvider => {
            }
        }
    }
    for (address, at, message) in found {
        let raised = if message.starts_with("its trust") { ", or have the quota raised" } else { "" };
        let help = format!("IAM counts a little less than this and may take it; if not, shorten the document{raised}");
        diff.find(
            Severity::Warning,
            "size-near-limit",
            &address,
            at.as_ref().or(cx.desired.place_of(&address)),
            message,
            Some(help),
        );
    }
}
