//! What a plan comes to, in one line.

use crate::plan::Plan;
use crate::report::count;

/// `Plan: 2 to create, 1 to update, 0 to delete, 1 to adopt, 14 unchanged. 9 IAM calls.`, or that nothing changes.
pub fn summary_line(plan: &Plan) -> String {
    let s = &plan.summary;
    if plan.changes.is_empty() && plan.steps.is_empty() {
        let unchanged = count(s.unchanged, "declared entity", "declared entities");
        return match plan.complete {
            true if s.unchanged == 0 => "No changes.".to_owned(),
            true => format!("No changes ({unchanged} unchanged)."),
            false => format!("No changes in what could be compared ({unchanged})."),
        };
    }
    let mut parts = vec![format!("{} to create", s.create), format!("{} to update", s.update), format!("{} to delete", s.delete)];
    let others = [
        (s.replace, "to replace"),
        (s.adopt, "to adopt"),
        (s.detach_only, "to detach only"),
        (s.release, "to release"),
        (s.blocked, "blocked"),
    ];
    parts.extend(others.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")));
    parts.push(format!("{} unchanged", s.unchanged));
    format!("Plan: {}. {}.", parts.join(", "), count(plan.steps.len(), "IAM call", "IAM calls"))
}
