//! An apply as it goes, and what became of it.

use std::collections::BTreeSet;

use super::style::{Paint, Role};
use super::{count, escape, json};
use crate::apply::{Outcome, OutcomeReport, StepOutcome, StepState};
use crate::names::Address;
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
    // One sentence covers everything that another apply did first, and what waited for it.
    let contended = outcome.contended();
    for (step, error) in outcome.failed().filter(|(_, error)| !error.is_contention()) {
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
    if !contended.is_empty() {
        out += &another_apply(outcome, &contended, paint);
    }
    let left: Vec<_> = outcome.not_attempted().filter(|(step, _)| !contended.contains(&step.address)).collect();
    if !left.is_empty() {
        out += &format!("{}\n", paint.paint(Role::Warning, "not attempted:"));
    }
    for (step, because) in left {
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
        let wait = if contended.is_empty() { "" } else { "wait until the other has ended, then " };
        out += &format!("{} {wait}run `{again}` again; it continues where this one ended\n", paint.paint(Role::Note, "help:"));
    }
    out
}

/// What another apply seems to be at, once, with what was done on those entities.
fn another_apply(outcome: &Outcome, contended: &BTreeSet<&Address>, paint: Paint) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> =
        contended.iter().take(SHOWN).map(|address| escape::line(&address.to_string()).into_owned()).collect();
    if contended.len() > SHOWN {
        names.push(format!("{} more", contended.len() - SHOWN));
    }
    let head = paint.paint(Role::Error, "another apply seems to be changing these entities:");
    let mut out = format!("{head} {}\n", names.join(", "));
    let codes: BTreeSet<&str> =
        outcome.failed().filter(|(_, error)| error.is_contention()).filter_map(|(_, error)| error.code.as_deref()).collect();
    let codes: Vec<_> = codes.into_iter().map(escape::line).collect();
    let refused = outcome.failed().filter(|(_, error)| error.is_contention()).count();
    out += &format!("    {} refused ({})\n", count(refused, "call", "calls"), codes.join(", "));
    let done: Vec<String> = outcome
        .done()
        .filter(|step| contended.contains(&step.address))
        .map(|step| format!("{} {}", step.id, what(step)))
        .collect();
    if !done.is_empty() {
        out += &format!("    done there before: {}\n", done.join(", "));
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
