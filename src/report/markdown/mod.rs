//! A review or a plan as a comment on a pull request: the verdict first, then what must be read, then what may be unfolded.

mod changes;
pub mod inert;
mod page;
mod sections;

use crate::diag::Severity;
use crate::review::{Report, Subject, Verdict};

use inert::prose;
use page::Page;

/// The comment. It is edited in place by whoever finds its first line; never longer than GitHub takes (65,536 characters).
pub fn review_markdown(report: &Report) -> String {
    let mut page = Page::new();
    page.head(&marker(report));
    page.head(&format!("### {} {}", sign(report), prose(&report.headline)));
    sections::notices(&mut page, report);
    for account in &report.accounts {
        if report.accounts.len() > 1 || account.accounts.len() > 1 {
            page.head(&format!("#### {}", sections::accounts(account)));
        }
        sections::errors(&mut page, account);
        sections::access(&mut page, account);
        sections::chains(&mut page, account);
    }
    for account in &report.accounts {
        let of = (report.accounts.len() > 1).then(|| account.accounts.first().map(|a| a.name.as_str())).flatten();
        sections::tests(&mut page, account, of);
        sections::findings(&mut page, account, of);
        sections::plan(&mut page, report.subject, account, of);
        changes::write(&mut page, account, of);
    }
    page.finish(&format!("iamctl {}", report.iamctl_version))
}

/// The first line, by which the comment is found again. A stack's name has only characters that cannot end it.
fn marker(report: &Report) -> String {
    let word = if report.subject == Subject::Plan { "plan" } else { "review" };
    let stack = report.accounts.first().and_then(|a| a.stack.as_deref()).unwrap_or("default");
    let safe: String = stack.chars().filter(|c| c.is_ascii_alphanumeric() || "_.:/=+@".contains(*c) || *c == '-').collect();
    let account = match report.accounts.as_slice() {
        [one] if report.subject == Subject::Plan => one.accounts.first().map(|a| format!(":{}", a.id)).unwrap_or_default(),
        _ => String::new(),
    };
    format!("<!-- iamctl:{word}:{safe}{account} -->")
}

fn sign(report: &Report) -> &'static str {
    match report.verdict {
        Verdict::NoChange | Verdict::NoNewAccess if report.notices.iter().any(|n| n.severity > Severity::Note) => "⚠️",
        Verdict::NoChange | Verdict::NoNewAccess => "✅",
        Verdict::Undecided => "❔",
        Verdict::NewAccess => "⚠️",
        Verdict::Escalation | Verdict::Error => "🛑",
    }
}
