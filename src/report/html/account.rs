//! One account, or several with the same result.

use super::text::line;
use super::{access, banner, changes, findings, graph, plan, spec_tests};
use crate::plan::Summary;
use crate::review::{AccountReport, Report, Subject};

/// Everything of an account, gravest first.
pub fn write(out: &mut String, report: &Report, account: &AccountReport, n: usize) {
    *out += &format!("<section class=\"account\" id=\"a{n}\" aria-label=\"{}\">\n", banner::names(account));
    if report.accounts.len() > 1 || account.accounts.len() > 1 {
        let ids: Vec<String> =
            account.accounts.iter().map(|a| format!("{} <span class=\"soft\">{}</span>", line(&a.name), a.id)).collect();
        *out += &format!("<h2 class=\"who\">{}</h2>\n", ids.join(", "));
    }
    tiles(out, report, account);
    findings::errors(out, account, n);
    plan::refusals(out, account, n);
    access::write(out, account, n);
    findings::chains(out, account, n);
    spec_tests::write(out, account, n);
    findings::write(out, account, n);
    changes::write(out, account, n);
    plan::drift(out, account, n);
    graph::write(out, account, n);
    plan::write(out, report, account, n);
    *out += "</section>\n";
}

fn tiles(out: &mut String, report: &Report, account: &AccountReport) {
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
        account.plan.as_ref().filter(|_| report.subject == Subject::Plan).map(|plan| (plan.steps.len(), "", "IAM calls")),
        Some((account.findings.new.len(), "", if report.subject == Subject::Plan { "findings" } else { "new findings" })),
        account.tests.as_ref().map(|t| match t.failed.len() {
            0 => (t.passed, "", "tests passed"),
            failed => (failed, "del", if failed == 1 { "test failed" } else { "tests failed" }),
        }),
    ];
    *out += "<dl class=\"tiles\">";
    for (n, class, word) in all.into_iter().flatten() {
        *out += &format!("<div class=\"tile {class}\"><dt>{word}</dt><dd>{n}</dd></div>");
    }
    *out += "</dl>\n";
}
