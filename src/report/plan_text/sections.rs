//! What stands beside the changes: gaps, findings, what could not be compared, what no stack owns, refusals.

use super::page::Page;
use crate::diag::{Severity, Source};
use crate::plan::{Finding, NotCompared};
use crate::report::style::Role;
use crate::report::{count, escape};

/// Moments at which access is briefly outside old and new.
pub fn gaps(page: &mut Page<'_>) {
    let plan = page.plan;
    if plan.gaps.is_empty() {
        return;
    }
    page.heading(Role::Warning, "While this is applied, access is briefly missing or extra:");
    for gap in &plan.gaps {
        let head = page.strong(&gap.address.to_string());
        page.line(2, &format!("{head}  at {}: {}", page.safe(&gap.step.0), page.safe(&gap.message)));
    }
}

/// Findings, gravest first.
pub fn findings(page: &mut Page<'_>) {
    let plan = page.plan;
    let told = |finding: &&Finding| plan.changes.iter().any(|change| super::change::told_by(change, finding));
    // Notes of the rules are many and seldom news: they are counted here, and listed by the command that is for them.
    let is_note = |finding: &Finding| finding.severity == Severity::Note && finding.source == Source::Lint;
    let (notes, mut sorted): (Vec<&Finding>, Vec<&Finding>) =
        plan.findings.iter().filter(|finding| !told(finding)).partition(|finding| is_note(finding));
    if sorted.is_empty() && notes.is_empty() {
        return;
    }
    page.heading(Role::Strong, "Findings:");
    sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    for finding in sorted {
        self::finding(page, finding);
    }
    if !notes.is_empty() {
        let text = page.dim(&format!("{} about what changes (`iamctl lint` lists them)", count(notes.len(), "note", "notes")));
        page.line(2, &text);
    }
}

fn finding(page: &mut Page<'_>, finding: &Finding) {
    let role = match finding.severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
        Severity::Note => Role::Note,
    };
    let head = page.paint.paint(role, &format!("{}[{}]", finding.severity.word(), escape::line(&finding.code)));
    let address = finding.address.as_ref().map(|a| format!(" {}", page.strong(&a.to_string()))).unwrap_or_default();
    let place = finding.at.as_ref().map(|at| format!("  [{at}]")).unwrap_or_default();
    let place = page.dim(&place);
    page.line(2, &format!("{head}{address}{place}"));
    for text in escape::block(&finding.message) {
        page.line(6, &text);
    }
    for (i, text) in finding.help.iter().flat_map(|help| escape::block(help)).enumerate() {
        let label = page.paint.paint(Role::Note, if i == 0 { "help:" } else { "     " });
        page.line(6, &format!("{label} {text}"));
    }
}

/// What could not be read. Such a plan is never applied.
pub fn not_compared(page: &mut Page<'_>) {
    let plan = page.plan;
    if plan.not_compared.is_empty() && plan.complete {
        return;
    }
    page.heading(Role::Warning, "Cannot be compared, because it could not be read:");
    let mut rest: &[NotCompared] = &plan.not_compared;
    while let Some(first) = rest.first() {
        // They are sorted by address; one line for what has the same reason.
        let same = |e: &NotCompared| e.address == first.address && e.reason == first.reason;
        let alike = rest.iter().take_while(|e| same(e)).count();
        let (now, later) = rest.split_at(alike);
        let what: Vec<String> = now.iter().map(|e| unread(page, &e.field)).collect();
        let head = page.strong(&first.address.to_string());
        page.line(2, &format!("{head}  {}: {}", what.join(", "), page.safe(&first.reason)));
        rest = later;
    }
    if !plan.complete {
        page.line(2, "This plan is not complete: it decides nothing about these, and is never applied.");
    }
}

fn unread(page: &Page<'_>, field: &str) -> String {
    match field {
        "entity" => "whether it exists".to_owned(),
        "ownership" => "whose it is".to_owned(),
        field => page.safe(field),
    }
}

/// What no stack owns: the count always, the list where it was asked for.
pub fn unmanaged(page: &mut Page<'_>) {
    let plan = page.plan;
    if plan.unmanaged_count == 0 && plan.unmanaged.is_empty() {
        return;
    }
    let how_many = count(plan.unmanaged_count, "entity", "entities");
    if plan.unmanaged.is_empty() {
        page.gap();
        let them = if plan.unmanaged_count == 1 { "it" } else { "them" };
        let text = page.dim(&format!("No stack owns {how_many} of this account (`--unmanaged` lists {them})"));
        return page.line(0, &text);
    }
    page.heading(Role::Strong, &format!("Owned by no stack ({how_many}):"));
    for address in &plan.unmanaged {
        let text = page.safe(&address.to_string());
        page.line(2, &text);
    }
}

/// Guards that refuse the plan, with the flag that overrides each.
pub fn guards(page: &mut Page<'_>) {
    let plan = page.plan;
    if plan.guards.is_empty() {
        return;
    }
    page.heading(Role::Error, "Refused by guards (nothing of this plan is applied):");
    for guard in &plan.guards {
        let head = page.paint.paint(Role::Error, &format!("! {}", escape::line(&guard.guard)));
        page.line(2, &format!("{head}: {}", page.safe(&guard.message)));
        if let Some(flag) = &guard.r#override {
            let label = page.paint.paint(Role::Note, "help:");
            page.line(6, &format!("{label} to allow it for one run, add {}", page.safe(flag)));
        }
    }
}
