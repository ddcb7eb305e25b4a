//! What a guard looks at: a change with its calls, of a plan that is being made or of one that was saved.

use crate::diff::Diff;
use crate::model::Operation;
use crate::names::Address;
use crate::plan::{Action, Plan};

/// One change that is carried out.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub address: &'a Address,
    pub action: Action,
    /// Names of the fields that differ.
    pub fields: Vec<&'a str>,
    pub calls: Vec<&'a Operation>,
}

impl Item<'_> {
    /// Whether the entity is gone for a while or for good.
    pub(super) fn ends(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }
}

/// The changes of a plan that is being made, blocked ones left out.
pub(super) fn of_diff(diff: &Diff) -> Vec<Item<'_>> {
    let carried_out = diff.drafts.iter().filter(|d| d.action != Action::Blocked);
    let item = carried_out.map(|d| Item {
        address: &d.address,
        action: d.action,
        fields: d.fields.iter().map(|f| f.field.as_str()).collect(),
        calls: d.calls.iter().map(|c| &c.operation).collect(),
    });
    item.collect()
}

/// The changes of a saved plan.
pub(super) fn of_plan(plan: &Plan) -> Vec<Item<'_>> {
    let carried_out = plan.changes.iter().filter(|c| c.action != Action::Blocked);
    let item = carried_out.map(|c| Item {
        address: &c.address,
        action: c.action,
        fields: c.fields.iter().map(|f| f.field.as_str()).collect(),
        calls: plan.steps.iter().filter(|s| s.address == c.address).map(|s| &s.call).collect(),
    });
    item.collect()
}
