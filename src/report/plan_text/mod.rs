//! A plan as a reviewer reads it on a terminal.

pub(super) mod access;
mod calls;
pub(super) mod change;
pub(super) mod fields;
mod page;
mod sections;
mod summary;
pub(super) mod values;

pub(super) use calls::call_line;
pub use summary::summary_line;

use page::Page;

use super::style::{Paint, Role};
use crate::graph::Graph;
use crate::plan::Plan;
use crate::review::{self, Verdict};

/// The whole plan: header, changes by address, what stands in the way, findings, access, and one line that sums it up.
pub fn plan_text(plan: &Plan, paint: Paint) -> String {
    let mut page = Page::new(plan, paint);
    opening(&mut page);
    header(&mut page);
    plan.changes.iter().for_each(|change| change::write(&mut page, change));
    sections::gaps(&mut page);
    access::write(&mut page);
    sections::findings(&mut page);
    sections::not_compared(&mut page);
    sections::unmanaged(&mut page);
    sections::guards(&mut page);
    summary::write(&mut page);
    page.finish()
}

/// The parts of a plan that a review tells too: changes and access.
pub(super) fn changes_and_access(plan: &Plan, paint: Paint) -> String {
    let mut page = Page::new(plan, paint);
    plan.changes.iter().for_each(|change| change::write(&mut page, change));
    access::write(&mut page);
    page.finish()
}

/// The verdict that a review of the plan opens with. A plan without changes says so in its last line.
fn opening(page: &mut Page<'_>) {
    let report = review::of_plan(page.plan, Graph::default());
    if report.verdict != Verdict::NoChange {
        let line = super::review_text::headline(&report, page.paint);
        page.line(0, line.trim_end());
        page.gap();
    }
}

/// Account, partition where it is not the usual one, and stack.
fn header(page: &mut Page<'_>) {
    let plan = page.plan;
    let account = &plan.account;
    let name = page.strong(&account.name);
    let mut text = format!("Account {name} ({}", account.id);
    if account.partition != "aws" {
        text += &format!(", {}", page.safe(&account.partition));
    }
    text.push(')');
    match &plan.stack {
        Some(stack) => text += &format!(", stack {}", page.strong(stack)),
        None => text += ", no stack",
    }
    page.line(0, &text);
    if plan.options.destroy {
        let warning = page.paint.paint(Role::Error, "destroy: everything that the stack owns goes");
        page.line(0, &warning);
    }
}
