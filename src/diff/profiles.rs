//! Instance profiles, each declared by its role.

use serde_json::{Value, json};

use super::attachments::{self, Residue};
use super::context::{Context, Treatment};
use super::draft::{Diff, Draft, Phase};
use super::{replace, tags};
use crate::diag::Severity;
use crate::model::{InstanceProfile, Manage, Operation, Seen, WantInstanceProfile};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.instance_profiles {
        let address = Address::new(EntityKind::InstanceProfile, name);
        if want.manage == Manage::AttachOnly {
            continue;
        }
        match cx.snapshot.instance_profiles.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&EntityKind::InstanceProfile) => {
                diff.skip(&address, "entity", "the instance profiles were not listed");
            }
            None => diff.drafts.push(create(cx, &address, want)),
            Some((real, profile)) => existing(cx, diff, real, want, profile),
        }
    }
}

/// The change that makes a profile, also as the second half of a replacement.
pub(super) fn create(cx: &Context<'_>, address: &Address, want: &WantInstanceProfile) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, "it does not exist", Some(&want.place));
    let mut all = want.tags.clone();
    if want.manage.owns() {
        all.extend(cx.marks().owned(address.kind, want.protect, false));
    }
    draft.field("path", Value::Null, json!(want.path));
    draft.field("instance_profile", Value::Null, json!(want.role));
    if !all.is_empty() {
        draft.field("tags", Value::Null, tags::value(&all));
    }
    let instance_profile_name = address.name.clone();
    draft.call(Phase::Make, Operation::CreateInstanceProfile { instance_profile_name, path: want.path.clone(), tags: all });
    add(&mut draft, &address.name, &want.role);
    draft
}

fn add(draft: &mut Draft, profile: &Name, role: &Name) {
    let (instance_profile_name, role_name) = (profile.clone(), role.clone());
    draft.call(Phase::Grant, Operation::AddRoleToInstanceProfile { instance_profile_name, role_name });
}

fn existing(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantInstanceProfile, profile: &InstanceProfile) {
    let address = Address::new(EntityKind::InstanceProfile, real);
    if want.manage == Manage::CreateOnly {
        let mut draft = Draft::new(address, Action::Update, "", Some(&want.place));
        if let Seen::Value(role) = &profile.role
            && role.as_ref() != Some(&want.role)
        {
            draft.field("instance_profile", json!(role), json!(want.role));
        }
        attachments::go_on(cx, diff, draft, None, &[]);
        return;
    }
    let owner = cx.owner(address.kind, &profile.tags);
    let standing = cx.standing(&address, &owner, want.manage, want.adopt);
    if standing == Treatment::Unknown {
        diff.skip(&address, "ownership", "the tags were not read");
    }
    if profile.path != want.path {
        if cx.replaces(&address) {
            replace::profile(cx, diff, &address, want, profile);
            return;
        }
        replace::immutable(diff, &address, &want.place, "path", &profile.path, &want.path);
    }
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    match &profile.role {
        Seen::Unread => diff.skip(&address, "instance_profile", "the role in it was not read"),
        Seen::Value(Some(role)) if *role == want.role => {}
        Seen::Value(held) => {
            draft.field("instance_profile", json!(held), json!(want.role));
            if let Some(role) = held {
                draft.warnings.push(
                    "a profile holds one role: instances that run with it have no credentials until the new role is in"
                        .to_owned(),
                );
                let (instance_profile_name, role_name) = (real.clone(), role.clone());
                draft.call(Phase::Withdraw, Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name });
            }
            add(&mut draft, real, &want.role);
        }
    }
    match &profile.tags {
        Seen::Unread => diff.skip(&address, "tags", "they were not read"),
        Seen::Value(seen) => {
            let mut all = want.tags.clone();
            if !matches!(standing, Treatment::Joined | Treatment::Blocked(..)) {
                all.extend(cx.marks().owned(address.kind, want.protect, false));
                all.extend(cx.adoption(&standing));
            }
            let mut found = tags::compare(cx, address.kind, &all, seen, want.manage.is_exact());
            if standing == Treatment::Ours && !want.protect && cx.marks().is_protected(address.kind, seen) {
                found.unset.push(cx.marks().protect_key().to_owned());
            }
            let arn = cx.snapshot.arn(address.kind, &profile.path, real);
            tags::apply(&mut draft, &address, &arn, seen, found, Residue::default());
        }
    }
    if let Treatment::Blocked(why, help) = standing {
        draft.block(why.clone());
        diff.find(Severity::Warning, "not-adopted", &address, Some(&want.place), why, Some(help));
    }
    diff.push(draft);
}
