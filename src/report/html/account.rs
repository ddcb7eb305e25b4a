//! One account, or several with the same result.

use maud::{Markup, html};

use super::{access, banner, changes, findings, graph, plan, spec_tests};
use crate::plan::Summary;
use crate::report::view::AccountView;
use crate::review::{Report, Subject};

/// Everything of an account, gravest first.
pub fn write(report: &Report, view: &AccountView<'_>, n: usize) -> Markup {
    let account = view.report;
    html! {
        section.account id={"a" (n)} aria-label=(banner::names(account)) {
            @if report.accounts.len() > 1 || account.accounts.len() > 1 { h2.who { (banner::with_ids(account)) } }
            (tiles(report, view))
            (findings::errors(account, n))
            (plan::refusals(account, n))
            (access::write(view, n))
            (findings::chains(account, n))
            (spec_tests::write(account, n))
            (findings::write(account, n))
            (changes::write(view, &view.changes, n, "change", "Changes"))
            (changes::write(view, &view.drift, n, "drift", "Drift of the account, not of this change"))
            (graph::write(account, n))
            (plan::write(report, account, n))
        }
    }
}

fn tiles(report: &Report, view: &AccountView<'_>) -> Markup {
    let account = view.report;
    let is_plan = report.subject == Subject::Plan;
    let Summary { create, update, delete, adopt, replace, detach_only, release, blocked, unchanged } = account.summary;
    let new = |n: usize, class: &'static str, word: &'static str| (n > 0).then_some((n, class, word));
    let all = [
        new(create, "add", "create"),
        new(update, "mod", "update"),
        new(delete, "del", "delete"),
        new(replace, "del", "replace"),
        new(adopt, "mod", "adopt"),
        new(detach_only, "mod", "detach only"),
        new(release, "mod", "release"),
        new(blocked, "del", "blocked"),
        Some((unchanged, "", "unchanged")),
        account.plan.as_ref().filter(|_| is_plan).map(|plan| (plan.steps.len(), "", "IAM calls")),
        Some((account.findings.new.len(), "", if is_plan { "findings" } else { "new findings" })),
        account.tests.as_ref().map(|t| match t.failed.len() {
            0 => (t.passed, "", "tests passed"),
            failed => (failed, "del", if failed == 1 { "test failed" } else { "tests failed" }),
        }),
    ];
    html! {
        dl.tiles {
            @for (n, class, word) in all.into_iter().flatten() {
                div class={"tile " (class)} { dt { (word) } dd { (n) } }
            }
        }
    }
}
