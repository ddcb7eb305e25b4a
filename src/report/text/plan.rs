//! A plan: changes, refusals, findings, access, and a summary line.

use super::{Page, access, changes, findings, summary_line};
use crate::plan::{NotCompared, Plan};
use crate::report::style::Role;
use crate::report::view::{AccountView, Line};
use crate::report::{count, escape};

/// Everything of the plan below the verdict.
pub(super) fn write(page: &mut Page, view: &AccountView<'_>) {
    let Some(plan) = &view.report.plan else { return };
    header(page, plan);
    if view.report.accounts.len() > 1 {
        let n = view.report.accounts.len();
        page.line(
            &Line::plain(0, format!("The same in {n} accounts, each with its own id, name and variables: "))
                .with(Some(Role::Strong), super::accounts(view.report)),
        );
    }
    changes(page, view);
    gaps(page, plan);
    access::write(page, view);
    let errors = view.report.errors.iter();
    if !view.report.errors.is_empty() || !view.findings.is_empty() || view.notes > 0 {
        page.heading(Role::Strong, "Findings:");
        errors.chain(view.findings.iter().copied()).for_each(|finding| findings::full(page, finding));
        if view.notes > 0 {
            let notes = count(view.notes, "note", "notes");
            page.line(&Line::of(2, Role::Dim, format!("{notes} about what changes (`iamctl lint` lists them)")));
        }
    }
    not_compared(page, plan);
    unmanaged(page, plan);
    guards(page, plan);
    page.gap();
    page.line(&Line::of(0, Role::Strong, summary_line(plan)));
    page.line(&Line::of(0, Role::Dim, format!("Digest: {}", escape::line(&plan.digest))));
}

/// Account, partition where it is not the usual one, and stack.
fn header(page: &mut Page, plan: &Plan) {
    let account = &plan.account;
    let partition = if account.partition == "aws" { String::new() } else { format!(", {}", escape::line(&account.partition)) };
    let line = Line::plain(0, "Account ")
        .with(Some(Role::Strong), escape::line(&account.name))
        .with(None, format!(" ({}{partition}), ", account.id));
    page.line(&match &plan.stack {
        Some(stack) => line.with(None, "stack ").with(Some(Role::Strong), escape::line(stack)),
        None => line.with(None, "no stack"),
    });
    if plan.options.destroy {
        page.line(&Line::of(0, Role::Error, "destroy: everything that the stack owns is deleted"));
    }
}

/// Moments at which access is briefly outside old and new.
fn gaps(page: &mut Page, plan: &Plan) {
    if !plan.gaps.is_empty() {
        page.heading(Role::Warning, "While this is applied, access is briefly missing or extra:");
    }
    for gap in &plan.gaps {
        let text = format!("  at {}: {}", escape::line(&gap.step.0), escape::line(&gap.message));
        page.line(&Line::of(2, Role::Strong, escape::line(&gap.address.to_string())).with(None, text));
    }
}

/// What could not be read. Such a plan is never applied.
fn not_compared(page: &mut Page, plan: &Plan) {
    if plan.not_compared.is_empty() && plan.complete {
        return;
    }
    page.heading(Role::Warning, "Cannot be compared, because it could not be read:");
    // They are sorted by address; one line for what has the same reason.
    let alike = |a: &NotCompared, b: &NotCompared| a.address == b.address && a.reason == b.reason;
    for group in plan.not_compared.chunk_by(alike) {
        let Some(first) = group.first() else { continue };
        let what: Vec<String> = group.iter().map(|entry| unread(&entry.field)).collect();
        let text = format!("  {}: {}", what.join(", "), escape::line(&first.reason));
        page.line(&Line::of(2, Role::Strong, escape::line(&first.address.to_string())).with(None, text));
    }
    if !plan.complete {
        page.line(&Line::plain(2, "This plan is not complete: it decides nothing about these, and is never applied."));
    }
}

fn unread(field: &str) -> String {
    match field {
        "entity" => "whether it exists".to_owned(),
        "ownership" => "whose it is".to_owned(),
        field => escape::line(field).into_owned(),
    }
}

/// What no stack owns: the count always, the list where it was asked for.
fn unmanaged(page: &mut Page, plan: &Plan) {
    if plan.unmanaged_count == 0 && plan.unmanaged.is_empty() {
        return;
    }
    let how_many = count(plan.unmanaged_count, "entity", "entities");
    if plan.unmanaged.is_empty() {
        let them = if plan.unmanaged_count == 1 { "it" } else { "them" };
        return page.heading(Role::Dim, &format!("No stack owns {how_many} of this account (`--unmanaged` lists {them})"));
    }
    page.heading(Role::Strong, &format!("Owned by no stack ({how_many}):"));
    plan.unmanaged.iter().for_each(|address| page.line(&Line::plain(2, escape::line(&address.to_string()))));
}

/// Guards that refuse the plan, with the flag that overrides each.
fn guards(page: &mut Page, plan: &Plan) {
    if !plan.guards.is_empty() {
        page.heading(Role::Error, "Refused by guards (nothing of this plan is applied):");
    }
    for guard in &plan.guards {
        let head = Line::of(2, Role::Error, format!("! {}", escape::line(&guard.guard)));
        page.line(&head.with(None, format!(": {}", escape::line(&guard.message))));
        if let Some(way) = guard.way_through() {
            let text = format!(" to allow it for one run, add {}", escape::line(&way));
            page.line(&Line::of(6, Role::Note, "help:").with(None, text));
        }
    }
}
