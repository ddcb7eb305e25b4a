//! Findings and spec tests.

use super::Page;
use crate::diag::{Finding, Severity};
use crate::report::escape;
use crate::report::style::Role;
use crate::report::view::{Line, line};
use crate::review::AccountReport;

fn head(indent: usize, finding: &Finding) -> Line {
    let role = match finding.severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
        Severity::Note => Role::Note,
    };
    Line::of(indent, role, format!("{}[{}]", finding.severity.word(), escape::line(&finding.code)))
}

/// Findings, each on one line.
pub(super) fn short<'f>(page: &mut Page, heading: &str, list: impl IntoIterator<Item = &'f Finding>) {
    for (i, finding) in list.into_iter().enumerate() {
        if i == 0 {
            page.heading(Role::Strong, &format!("{heading}:"));
        }
        let line = head(2, finding).with(None, format!(" {}", escape::line(&finding.message)));
        page.line(&match &finding.at {
            Some(at) => line.with(Some(Role::Dim), format!("  [{}:{}]", escape::line(&at.file), at.line)),
            None => line,
        });
    }
}

/// A finding with its next move.
pub(super) fn full(page: &mut Page, finding: &Finding) {
    let mut line = head(2, finding);
    if let Some(address) = &finding.address {
        line = line.with(None, " ").with(Some(Role::Strong), escape::line(&address.to_string()));
    }
    if let Some(at) = &finding.at {
        line = line.with(Some(Role::Dim), escape::line(&format!("  [{at}]")));
    }
    page.line(&line);
    escape::block(&finding.message).for_each(|text| page.line(&Line::plain(6, text)));
    page.lines(&finding.help.iter().flat_map(|help| line::help(6, help)).collect::<Vec<_>>());
}

/// Failed tests; passed ones are counted.
pub(super) fn tests(page: &mut Page, account: &AccountReport) {
    let Some(tests) = account.tests.as_ref().filter(|tests| tests.passed > 0 || !tests.failed.is_empty()) else { return };
    let failed = if tests.failed.is_empty() { String::new() } else { format!(", {} failed", tests.failed.len()) };
    page.gap();
    page.line(&Line::plain(0, format!("Tests: {} passed", tests.passed)).with(Some(Role::Error), failed));
    for test in &tests.failed {
        let new = if test.new { "failed now" } else { "failed before too" };
        page.line(&Line::of(2, Role::Error, new).with(None, format!(" {}", escape::line(&test.name))));
        test.messages.iter().for_each(|message| page.line(&Line::plain(6, escape::line(message))));
    }
}
