//! `renamed_from:` of users and groups: the entity keeps its unique id, members and credentials, and gets another name. Everything else is
//! compared as if it had the new name already; the renaming comes before.

use serde_json::json;

use super::context::Context;
use super::draft::{Call, Diff, Draft, Phase};
use crate::diag::{Place, Severity};
use crate::model::{Operation, Seen, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;
use crate::scope::Owner;

/// The account with the new names, and the calls that give them.
pub(super) struct Renames {
    pub snapshot: Snapshot,
    list: Vec<Rename>,
}

struct Rename {
    old: Name,
    new: Address,
    place: Place,
}

/// The renames that the specs ask for; what stands in the way is a finding.
pub(super) fn find(cx: &Context<'_>, diff: &mut Diff) -> Option<Renames> {
    let users = cx.desired.users.iter().map(|(name, want)| (EntityKind::User, name, &want.renamed_from));
    let groups = cx.desired.groups.iter().map(|(name, want)| (EntityKind::Group, name, &want.renamed_from));
    let mut list = Vec::new();
    for (kind, name, from) in users.chain(groups) {
        let Some((old, place)) = from else { continue };
        let (old, new) = (Address::new(kind, old), Address::new(kind, name));
        if cx.snapshot.arn_of(&old).is_none() || cx.settings.options.destroy {
            continue;
        }
        let mut refuse = |message: String, help: String| {
            diff.find(Severity::Error, "not-renamed", &new, Some(place), message, Some(help));
        };
        if cx.desired.declares(&old) {
            refuse(
                format!("`renamed_from` names `{old}`, which the specs declare too"),
                format!("take out one of `{old}` and `renamed_from`"),
            );
        } else if cx.snapshot.arn_of(&new).is_some() {
            refuse(
                format!("`{old}` cannot be renamed: the account has a `{new}` already"),
                "take `renamed_from` out, and remove or declare the old one".to_owned(),
            );
        } else if let Some(whose) = foreign(cx, &old) {
            refuse(format!("`{old}` belongs to {whose}"), format!("let its owner release it, or run with `--take-over {new}`"));
        } else {
            list.push(Rename { old: old.name, new, place: place.clone() });
        }
    }
    if list.is_empty() {
        return None;
    }
    let mut snapshot = cx.snapshot.clone();
    for Rename { old, new, .. } in &list {
        match new.kind {
            EntityKind::User => {
                if let Some(user) = snapshot.users.remove(old) {
                    snapshot.users.insert(new.name.clone(), user);
                }
            }
            _ => {
                if let Some(group) = snapshot.groups.remove(old) {
                    snapshot.groups.insert(new.name.clone(), group);
                }
                for user in snapshot.users.values_mut() {
                    if let Seen::Value(groups) = &mut user.groups
                        && groups.remove(old)
                    {
                        groups.insert(new.name.clone());
                    }
                }
            }
        }
    }
    Some(Renames { snapshot, list })
}

/// Whose a user is, where it is another stack's. Groups are nobody's.
fn foreign(cx: &Context<'_>, old: &Address) -> Option<String> {
    let tags = cx.snapshot.tags_of(old)?;
    let taken = cx.desired.addresses().iter().any(|a| cx.settings.options.take_over.contains(a) && a.kind == old.kind);
    match cx.owner(old.kind, tags) {
        Owner::Stack(stack) if !taken => Some(format!("the stack `{stack}`")),
        Owner::CloudFormation(stack) if !taken => Some(format!("the CloudFormation stack `{stack}`")),
        Owner::Stack(_) | Owner::CloudFormation(_) | Owner::Ours | Owner::Formerly(_) | Owner::Nobody | Owner::Unknown => None,
    }
}

impl Renames {
    /// Puts each renaming before everything else of its entity's change.
    pub(super) fn add_to(self, diff: &mut Diff) {
        for Rename { old, new, place } in self.list {
            let (unknown, name) = (old.clone(), Some(new.name.clone()));
            let operation = match new.kind {
                EntityKind::User => Operation::UpdateUser { user_name: unknown, new_path: None, new_user_name: name },
                _ => Operation::UpdateGroup { group_name: unknown, new_path: None, new_group_name: name },
            };
            let at = diff.drafts.iter().position(|draft| draft.address == new).unwrap_or_else(|| {
                diff.unchanged = diff.unchanged.saturating_sub(1);
                diff.drafts.push(Draft::new(new.clone(), Action::Update, "", Some(&place)));
                diff.drafts.len() - 1
            });
            let Some(draft) = diff.drafts.get_mut(at).filter(|draft| draft.action != Action::Blocked) else { continue };
            draft.reason = format!("renamed from `{old}`; its unique id, members and credentials stay");
            draft.field("name", json!(old), json!(new.name));
            draft
                .warnings
                .push("its ARN changes with the name: resource policies that spell the old ARN no longer name it".to_owned());
            draft.calls.insert(0, Call { operation, phase: Phase::Mark });
        }
    }
}
