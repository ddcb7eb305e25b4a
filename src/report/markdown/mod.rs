//! A review or a plan as a comment on a pull request: the verdict first, then what must be read, then what may be unfolded.

mod access;
mod changes;
pub mod inert;
mod page;
mod sections;

use crate::diag::Severity;
use crate::report::view::View;
use crate::review::{Concern, Report, ReviewVerdict, Subject};

use inert::prose;
use page::Page;

/// The comment. A job finds it by its first line and edits it in place; it is never longer than GitHub accepts (65,536 characters).
pub fn review_markdown(report: &Report) -> String {
    let mut page = Page::new();
    page.head(&marker(report));
    page.head(&format!("### {} {}", sign(report), prose(&report.headline)));
    sections::notices(&mut page, report);
    let view = View::of(report);
    for of_account in &view.accounts {
        let account = of_account.report;
        let several = report.accounts.len() > 1 || account.accounts.len() > 1;
        if several && (report.fleet.is_some() || sections::has_head(account)) {
            page.head(&format!("#### {}", sections::accounts(account)));
        }
        sections::errors(&mut page, account);
        access::write(&mut page, of_account);
        sections::chains(&mut page, account);
    }
    for of_account in &view.accounts {
        let account = of_account.report;
        let whose = (report.accounts.len() > 1).then(|| account.whose());
        let of = whose.as_deref();
        sections::tests(&mut page, account, of);
        sections::findings(&mut page, account, of);
        sections::plan(&mut page, report.subject, account, of);
        changes::write(&mut page, of_account, of);
    }
    if let Some(fleet) = &report.fleet {
        sections::fleet(&mut page, fleet);
    }
    page.finish(&format!("iamctl {}", report.iamctl_version))
}

/// The first line, by which the comment is found again. A stack's name has only characters that cannot end it.
fn marker(report: &Report) -> String {
    let word = if report.subject == Subject::Plan { "plan" } else { "review" };
    let stack = report.accounts.first().and_then(|a| a.stack.as_deref()).unwrap_or("default");
    let safe: String = stack.chars().filter(|c| c.is_ascii_alphanumeric() || "_.:/=+@".contains(*c) || *c == '-').collect();
    let account = match report.accounts.as_slice() {
        [one] if report.subject == Subject::Plan && report.fleet.is_none() => {
            one.accounts.first().map(|a| format!(":{}", a.id)).unwrap_or_default()
        }
        _ => String::new(),
    };
    format!("<!-- iamctl:{word}:{safe}{account} -->")
}

fn sign(report: &Report) -> &'static str {
    match report.verdict {
        ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess if report.concerns.contains(&Concern::Error) => "⚠️",
        ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess if report.notices.iter().any(|n| n.severity > Severity::Note) => {
            "⚠️"
        }
        ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess => "✅",
        ReviewVerdict::Undecided if report.is_ceiling() => "⚠️",
        ReviewVerdict::Undecided => "❔",
        ReviewVerdict::NewAccess => "⚠️",
        ReviewVerdict::Escalation | ReviewVerdict::Error => "🛑",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{AccountId, Address, EntityKind};
    use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Action, Change, FieldChange, PlanAccount, Summary};
    use crate::review::{AccountReport, FindingsReport, Notice};
    use serde_json::{Value, json};

    fn large(n: usize) -> Report {
        let address = |i: usize| Address::new(EntityKind::Role, format!("role-with-a-long-name-{i:05}"));
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
        let change = |i| Change {
            address: address(i),
            action: Action::Create,
            reason: "newly declared".to_owned(),
            fields: vec![FieldChange { field: "trust".to_owned(), before: Value::Null, after: document.clone() }],
            warnings: Vec::new(),
            steps: Vec::new(),
            at: None,
        };
        let grant = |i| AccessGrant {
            actions: vec![format!("s3:Get{i}")],
            resources: vec!["*".to_owned()],
            conditions: Value::Null,
            example: json!({"action": "s3:GetObject", "resource": "*", "context": {}}),
            ..AccessGrant::default()
        };
        let access = |i| AccessChange {
            principal: address(i),
            verdict: AccessVerdict::NewAccess,
            gained: vec![grant(i)],
            lost: Vec::new(),
            ceiling_loosened: Vec::new(),
            ceiling_lifted: false,
            reason: None,
            through: Vec::new(),
        };
        let account = AccountReport {
            accounts: vec![PlanAccount { name: "prod".to_owned(), id: AccountId::zero(), partition: "aws".to_owned() }],
            stack: Some("shop".to_owned()),
            summary: Summary::default(),
            changes: (0..n).map(change).collect(),
            access: (0..n).map(access).collect(),
            chains: Vec::new(),
            findings: FindingsReport::default(),
            tests: None,
            reservations: Vec::new(),
            errors: Vec::new(),
            plan: None,
            drift: Vec::new(),
            graph: Default::default(),
        };
        Report {
            format_version: 1,
            iamctl_version: "0".to_owned(),
            subject: Subject::PullRequest,
            verdict: ReviewVerdict::NewAccess,
            headline: "New access".to_owned(),
            concerns: Default::default(),
            causes: Default::default(),
            notices: (0..n).map(|i| Notice::note(format!("n{i}"), "x".repeat(5000))).collect(),
            accounts: vec![account],
            fleet: None,
        }
    }

    /// The number before a noun in the line that says what was left out.
    fn left(comment: &str, noun: &str) -> usize {
        let line = comment.lines().find(|line| line.contains("Left out")).unwrap();
        let (before, _) = line.split_once(&format!(" {noun}")).unwrap();
        before.rsplit(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn ten_thousand_changes_fit_into_a_comment_and_what_is_cut_is_counted() {
        let comment = review_markdown(&large(10_000));
        assert!(comment.len() <= 65_536, "{} bytes", comment.len());
        assert!(comment.starts_with("<!-- iamctl:review:shop -->\n### ⚠️ New access\n"));
        let shown = |begin: &str| comment.lines().filter(|line| line.starts_with(begin)).count();
        // New roles of one shape fold after twenty.
        assert!(comment.contains("<summary>create 9980 more roles of the same shape</summary>"), "{comment}");
        assert_eq!(shown("<details><summary>create"), 21);
        assert_eq!(left(&comment, "notices") + shown("- `n"), 10_000);
        assert_eq!(left(&comment, "principals") + shown("- `role"), 10_000);
    }

    #[test]
    fn a_small_comment_cuts_nothing() {
        let comment = review_markdown(&large(3));
        assert!(!comment.contains("Left out"), "{comment}");
    }

    #[test]
    fn what_changes_is_coloured_as_a_diff() {
        let comment = review_markdown(&large(1));
        assert!(comment.contains("```diff\n newly declared\n trust:\n+   {\n"), "{comment}");
    }
}
