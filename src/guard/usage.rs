//! `delete_unused_days`: a role that is in use is not deleted without a word.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use crate::diff::Context;
use crate::model::{Operation, Relations, Role};
use crate::names::{Address, EntityKind, Name};
use crate::plan::{Action, GuardRefusal};
use crate::policy::Document;

const DAY: i64 = 86_400;

pub(super) fn check(cx: &Context<'_>, items: &[Item<'_>]) -> Vec<GuardRefusal> {
    let ending: BTreeSet<&Address> = items.iter().filter(|item| item.ends()).map(|item| item.address).collect();
    let going = |kind, name: &Name| ending.contains(&Address::new(kind, name));
    let relations = Relations::of(cx.snapshot);
    let trusts = Trusts::of(items);
    let mut refusals = Vec::new();
    for item in items.iter().filter(|item| item.action == Action::Delete && item.address.kind == EntityKind::Role) {
        let address = item.address;
        let Some(role) = cx.snapshot.roles.get(&address.name) else { continue };
        if cx.settings.options.allow_delete.contains(address) {
            continue;
        }
        let mut reasons = Vec::new();
        reasons.extend(recently_used(cx, role));
        let profiles = relations.profiles_of(&address.name).iter().filter(|name| !going(EntityKind::InstanceProfile, name));
        reasons.extend(profiles.map(|name| format!("it is in instance profile `{name}`, which stays")));
        let arn = cx.snapshot.arn(EntityKind::Role, &role.path, &address.name);
        let trusting = trusts.after(&relations, &arn).into_iter();
        let was_there = |name: &Name| cx.snapshot.roles.contains_key(name);
        let trusting = trusting.filter(|name| **name != address.name && was_there(name) && !going(EntityKind::Role, name));
        reasons.extend(trusting.map(|name| format!("the trust of `role/{name}`, which stays, names it")));
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

/// The trusts that the plan writes.
struct Trusts<'a> {
    written: BTreeMap<&'a Name, Document>,
    naming: BTreeMap<String, BTreeSet<&'a Name>>,
}

impl<'a> Trusts<'a> {
    fn of(items: &[Item<'a>]) -> Self {
        let mut trusts = Self { written: BTreeMap::new(), naming: BTreeMap::new() };
        for item in items.iter().filter(|item| item.address.kind == EntityKind::Role) {
            let last = item.calls.iter().filter_map(|call| Operation::trust(call)).next_back();
            if let Some(Ok(trust)) = last.map(Document::parse) {
                trusts.written.insert(&item.address.name, trust);
            }
        }
        for (name, trust) in &trusts.written {
            for principal in trust.principals() {
                trusts.naming.entry(principal.value.to_owned()).or_default().insert(name);
            }
        }
        trusts
    }

    /// The roles whose trust names an ARN after the plan.
    fn after<'s>(&'s self, relations: &'s Relations<'_>, arn: &str) -> BTreeSet<&'s Name> {
        let kept = relations.trusting(arn).iter().copied().filter(|name| !self.written.contains_key(*name));
        kept.chain(self.naming.get(arn).into_iter().flatten().copied()).collect()
    }
}
