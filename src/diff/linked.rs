//! Service-linked roles: made when missing; only their description can be changed, and they are never ours to delete.

use serde_json::{Value, json};

use super::context::Context;
use super::draft::{Diff, Draft, Phase};
use super::roles::differs;
use crate::model::Operation;
use crate::names::{Address, EntityKind};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.service_linked_roles {
        let address = Address::new(EntityKind::ServiceLinkedRole, name);
        let Some((real, role)) = cx.snapshot.service_linked_role(name.as_str()) else {
            if cx.snapshot.unlisted.contains(&EntityKind::Role) {
                diff.skip(&address, "entity", "the roles were not listed");
                continue;
            }
            let mut draft = Draft::new(address, Action::Create, "it does not exist", Some(&want.place));
            let description = want.description.value().filter(|d| !d.is_empty()).cloned();
            draft.field("description", Value::Null, json!(description));
            draft.fields.retain(|f| f.before != f.after);
            draft.call(
                Phase::Make,
                Operation::CreateServiceLinkedRole {
                    aws_service_name: want.service.clone(),
                    custom_suffix: want.custom_suffix.clone(),
                    description,
                },
            );
            diff.drafts.push(draft);
            continue;
        };
        let mut draft = Draft::new(address.clone(), Action::Update, "its description differs from the spec", Some(&want.place));
        let other = differs(diff, &address, "description", &want.description, &role.description, |want, seen| {
            seen.as_deref().unwrap_or("") == want
        });
        if other {
            let description = want.description.value().cloned().unwrap_or_default();
            draft.field("description", json!(role.description.value()), json!(description));
            let max_session_duration = role.max_session_duration.value().copied().unwrap_or(3600);
            draft.call(Phase::Make, Operation::UpdateRole { role_name: real.clone(), description, max_session_duration });
        }
        diff.push(draft);
    }
}
