//! An apply as it goes, and what became of it.

use super::style::{Paint, Role};
use super::{count, escape, json};
use crate::apply::{Outcome, OutcomeReport, StepOutcome, StepState};
use crate::plan::Plan;

/// One line when a step has ended: `[3/9] done    AttachRolePolicy role/x`. `number` counts from 1.
pub fn step_line(number: usize, total: usize, step: &StepOutcome, paint: Paint) -> String {
    let (role, word) = match &step.state {
        StepState::Done { .. } => (Role::Create, "done  "),
        StepState::Failed { .. } => (Role::Error, "failed"),
        StepState::NotAttempted { .. } => (Role::Dim, "not attempted"),
    };
    let width = total.to_string().len();
    let head = paint.paint(role, word);
    let mut text = format!("[{number:>width$}/{total}] {head} {}", what(step));
    match &step.state {
        StepState::Done { note: Some(note) } => text += &paint.paint(Role::Dim, &format!(" ({})", escape::line(note))),
        StepState::Failed { error } => text += &format!(": {}", escape::line(&error.message)),
        _ => {}
    }
    text + "\n"
}

/// `AttachRolePolicy role/x`.
fn what(step: &StepOutcome) -> String {
    format!("{} {}", escape::line(&step.operation), escape::line(&step.address.to_string()))
}

/// The final report: what was done, each failure with its reason, what was not attempted, and the next move,
/// which is the command `again`.
pub fn outcome_text(plan: &Plan, outcome: &Outcome, again: &str, paint: Paint) -> String {
    let mut out = String::new();
    let total = outcome.steps.len();
    let done = outcome.done().count();
    for (step, error) in outcome.failed() {
        let code = error.code.as_deref().map(|c| format!("{}: ", escape::line(c))).unwrap_or_default();
        let head = paint.paint(Role::Error, "failed");
        out += &format!("{head} {} {}\n", step.id, paint.paint(Role::Strong, &what(step)));
        for line in escape::block(&format!("{code}{}", error.message)) {
            out += &format!("    {line}\n");
        }
        if let Some(id) = &error.request_id {
            out += &paint.paint(Role::Dim, &format!("    request {}", escape::line(id)));
            out.push('\n');
        }
        if let Some(hint) = &error.hint {
            out += &format!("    {} {}\n", paint.paint(Role::Note, "help:"), escape::line(hint));
        }
    }
    if outcome.not_attempted().next().is_some() {
        out += &format!("{}\n", paint.paint(Role::Warning, "not attempted:"));
    }
    for (step, because) in outcome.not_attempted() {
        out += &format!("    {} {}: {}\n", step.id, what(step), escape::line(because));
    }
    if let Some(stopped) = &outcome.stopped {
        out += &format!("{} {}\n", paint.paint(Role::Error, "stopped:"), escape::line(stopped));
    }
    if outcome.is_complete() {
        out += &finished(plan, outcome, paint);
    } else {
        let (failed, left) = (outcome.failed().count(), outcome.not_attempted().count());
        let line =
            format!("Applied in part: {done} of {} done, {failed} failed, {left} not attempted.", count(total, "call", "calls"));
        out += &format!("{}\n", paint.paint(Role::Error, &line));
        out += &format!("{} run `{again}` again; it continues where this one ended\n", paint.paint(Role::Note, "help:"));
    }
    out
}

fn finished(plan: &Plan, outcome: &Outcome, paint: Paint) -> String {
    if outcome.steps.is_empty() {
        return "Nothing to do.\n".to_owned();
    }
    let entities = count(plan.changes.iter().filter(|c| !c.steps.is_empty()).count(), "entity", "entities");
    let line = format!("Applied: {} on {entities}.", count(outcome.steps.len(), "IAM call", "IAM calls"));
    let mut text = paint.paint(Role::Create, &line) + "\n";
    if outcome.converged == Some(false) {
        text += &format!(
            "{} the account is not yet as the specs say\n{} run `iamctl plan` to see what is left\n",
            paint.paint(Role::Warning, "warning:"),
            paint.paint(Role::Note, "help:")
        );
    }
    text
}

/// The document of `apply --format json`.
pub fn outcome_json(plan: &Plan, outcome: &Outcome) -> String {
    json(&OutcomeReport::new(plan, outcome))
}
