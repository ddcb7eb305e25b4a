//! What of a plan is not this pull request's doing: the base would change it as well.

use crate::plan::{Action, Change, FieldChange, Plan};

/// Changes of the head's plan that stand in the base's plan too, each with the fields that both change alike.
pub(super) fn of(head: &Plan, base: &Plan) -> Vec<Change> {
    let mut found = Vec::new();
    for change in &head.changes {
        let Some(other) = base.changes.iter().find(|c| c.address == change.address && c.action == change.action) else {
            continue;
        };
        let fields: Vec<FieldChange> = change.fields.iter().filter(|f| other.fields.contains(f)).cloned().collect();
        // What goes, or is blocked, goes on either side whatever its fields.
        if !fields.is_empty() || matches!(change.action, Action::Delete | Action::Blocked) {
            found.push(Change { fields, steps: Vec::new(), ..change.clone() });
        }
    }
    found
}
