//! What is to be said of places in files: the one list that SARIF and GitHub's annotations are drawn from.

use std::collections::{BTreeMap, BTreeSet};

use super::style::{Paint, Role};
use super::view::{GrantView, line};
use super::{count, summary_line};
use crate::diag::{Finding, Severity, Source};
use crate::names::Address;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Change, GuardRefusal};
use crate::review::{AccountReport, Report, Subject};

/// Grants of one principal that are written out; the rest is counted.
const SHOWN: usize = 10;

/// A finding, and the accounts that it holds for. Texts are as they were found; the formats make them harmless.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The finding.
    pub finding: Finding,
    /// The accounts, where others of the same report are without it.
    pub accounts: Vec<String>,
}

impl Remark {
    /// Message, accounts and next move as lines of text.
    pub(super) fn text(&self) -> String {
        let mut text = self.finding.message.clone();
        if !self.accounts.is_empty() {
            text += &format!(" (in {})", self.accounts.join(", "));
        }
        if let Some(help) = &self.finding.help {
            text += &format!("\nhelp: {help}");
        }
        text
    }
}

/// All remarks of one run, the gravest first, then by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarks {
    /// What was run: `lint`, `validate`, `plan`, `review`.
    pub command: &'static str,
    /// What it was run for, when it was one account.
    pub account: Option<String>,
    /// The answer in one sentence.
    pub summary: String,
    /// The remarks.
    pub list: Vec<Remark>,
}

/// Where the project lies in its repository. Files of remarks are named from the project; reviewers' tools name them from the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The repository's directory, absolute, for files that are named in full.
    pub repository: Option<String>,
    /// The project's directory within it, with forward slashes; empty where they are the same.
    pub prefix: String,
    /// The file of the project that stands in for remarks without a place.
    pub fallback: Option<String>,
}

impl Origin {
    /// A file's path in the repository, with forward slashes; `None` for what is no file of it.
    pub fn path(&self, file: &str) -> Option<String> {
        // Templates inside the binary and specs of the command line have names that are no paths.
        if file.starts_with("built-in:") || file.starts_with('(') {
            return None;
        }
        let file = file.replace('\\', "/");
        let is_absolute = file.starts_with('/') || file.as_bytes().get(1) == Some(&b':');
        let from_root = match is_absolute {
            true => {
                let root = self.repository.as_ref()?.replace('\\', "/");
                file.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?.to_owned()
            }
            false => format!("{}/{file}", self.prefix),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in from_root.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    /// A remark's file in the repository with line and column: its own place, else the fallback's first line.
    pub(super) fn place(&self, remark: &Remark) -> Option<(String, u32, Option<u32>)> {
        let own = remark.finding.at.as_ref().and_then(|at| Some((self.path(&at.file)?, at)));
        match own {
            Some((path, at)) => Some((path, at.line.max(1), (at.column > 0).then_some(at.column))),
            None => Some((self.path(self.fallback.as_deref()?)?, 1, None)),
        }
    }
}

impl Remarks {
    /// Of findings, as `lint` and `validate` have them.
    pub fn of_findings(command: &'static str, account: &str, findings: &[Finding]) -> Self {
        let summary = match counted(findings) {
            none if none.is_empty() => "no findings".to_owned(),
            some => some,
        };
        Self::sorted(command, Some(account.to_owned()), summary, findings.iter().cloned().map(Remark::of).collect())
    }

    /// Of the report for reviewers.
    pub fn of_review(report: &Report) -> Self {
        // By finding, the accounts that have it: a finding of a file holds for every account that reads the file.
        // What differs in the account's own id alone, an example say, is the same finding.
        let mut by_account: BTreeMap<Finding, Remark> = BTreeMap::new();
        let mut all = Vec::new();
        for account in &report.accounts {
            let names: Vec<String> = account.accounts.iter().map(|a| a.name.clone()).collect();
            let id = account.accounts.first().map(|a| a.id.to_string()).unwrap_or_default();
            let mut seen = BTreeSet::new();
            for finding in of_account(account) {
                let shape = Finding { message: finding.message.replace(&id, "\u{0}"), ..finding.clone() };
                let entry = by_account.entry(shape.clone()).or_insert_with(|| Remark::of(finding));
                if seen.insert(shape) {
                    entry.accounts.extend(names.clone());
                }
            }
            all.extend(names);
        }
        let mut list: Vec<Remark> = by_account
            .into_values()
            .map(|remark| if remark.accounts.len() < all.len() { remark } else { Remark::of(remark.finding) })
            .collect();
        // Those of a plan stand in its changes and guards too.
        let notices = report.notices.iter().filter(|_| report.subject == Subject::PullRequest);
        list.extend(notices.map(|notice| {
            let message = format!("`{}`: {}", notice.subject, notice.message);
            Remark::of(Finding::new(Source::Plan, notice.severity, "changed-controls", message))
        }));
        let (command, summary) = match (report.subject, report.accounts.first().and_then(|account| account.plan.as_ref())) {
            (Subject::Plan, Some(plan)) if plan.complete => ("plan", summary_line(plan)),
            (Subject::Plan, Some(plan)) => {
                ("plan", format!("{} Not all could be compared: the plan is not complete.", summary_line(plan)))
            }
            (Subject::Plan, None) => ("plan", report.headline.clone()),
            (Subject::PullRequest, _) => ("review", report.headline.clone()),
        };
        let account = match all.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        Self::sorted(command, account, summary, list)
    }

    fn sorted(command: &'static str, account: Option<String>, summary: String, mut list: Vec<Remark>) -> Self {
        list.sort_by(|a, b| b.finding.severity.cmp(&a.finding.severity).then_with(|| a.cmp(b)));
        list.dedup();
        Self { command, account, summary, list }
    }
}

impl Remark {
    fn of(finding: Finding) -> Self {
        Self { finding, accounts: Vec::new() }
    }
}

fn of_account(account: &AccountReport) -> Vec<Finding> {
    let mut list: Vec<Finding> = account.errors.iter().chain(&account.findings.new).cloned().collect();
    list.extend(account.access.iter().flat_map(|change| access(account, change)));
    let told: Vec<(String, Option<Address>)> = list.iter().map(|f| (f.code.clone(), f.address.clone())).collect();
    for chain in account.chains.iter().filter(|chain| chain.opened) {
        // The rule that reports the way is among the findings too, with its place.
        if !told.contains(&(chain.code.clone(), Some(chain.principal.clone()))) {
            let found = Finding::new(Source::Plan, Severity::Warning, &*chain.code, &*chain.message);
            list.push(located(found, &chain.principal, &account.changes, &[]));
        }
    }
    for test in account.tests.iter().flat_map(|tests| &tests.failed) {
        let message = format!("the spec test `{}` fails: {}", test.name, test.messages.join("; "));
        list.push(Finding::error("failed-test", message).at_opt(test.at.clone()));
    }
    for name in account.tests.iter().flat_map(|tests| &tests.removed) {
        list.push(Finding::warning("removed-test", format!("the spec test `{name}` is gone")));
    }
    list.extend(account.plan.iter().flat_map(|plan| &plan.guards).map(guard));
    list
}

fn guard(refusal: &GuardRefusal) -> Finding {
    let help = refusal.way_through().map(|way| format!("if it is meant, allow it for one run with {way}"));
    Finding { help, ..Finding::new(Source::Plan, Severity::Error, &*refusal.guard, &*refusal.message) }
}

/// What a principal gains, what is kept from it no more, and what could not be decided.
fn access(account: &AccountReport, change: &AccessChange) -> Vec<Finding> {
    let principal = &change.principal;
    let mut list = Vec::new();
    let mut say = |code: &str, message: String, help: &str| {
        let found = Finding::new(Source::Plan, Severity::Warning, code, message).help(help);
        list.push(located(found, principal, &account.changes, &change.through));
    };
    match change.verdict {
        AccessVerdict::NewAccess => {
            let reason = change.reason.as_ref().map(|reason| format!("\n{reason}")).unwrap_or_default();
            let message = format!("`{principal}` gains access:{}{reason}", grants(account, &change.gained, '+'));
            say("new-access", message, "approve it only if this access is meant");
        }
        AccessVerdict::Undecided => {
            let reason = change.reason.as_deref().unwrap_or("the comparison could not be finished");
            let message = format!("whether `{principal}` gains access could not be decided: {reason}");
            say("undecided-access", message, "read the change as if it gave access");
        }
        AccessVerdict::NoNewAccess => {}
    }
    if !change.ceiling_loosened.is_empty() {
        let lines = grants(account, &change.ceiling_loosened, '!');
        let message = format!("`{principal}` is no longer kept from what resource policies may give:{lines}");
        say("loosened-ceiling", message, "approve it only if the denial or the boundary is meant to keep less");
    }
    list
}

fn grants(account: &AccountReport, list: &[AccessGrant], sign: char) -> String {
    let mut text = String::new();
    for grant in list.iter().take(SHOWN) {
        let view = GrantView::of(account, grant);
        let mut lines = line::of_grant(&view, 0, Role::Dim, sign).into_iter().map(|line| line.painted(Paint::PLAIN));
        text += &format!("\n{}", lines.next().unwrap_or_default());
        let rest: Vec<String> = lines.map(|line| line.trim_start().to_owned()).collect();
        if !rest.is_empty() {
            text += &format!(" ({})", rest.join("; "));
        }
    }
    if list.len() > SHOWN {
        text += &format!("\nand {} more", list.len() - SHOWN);
    }
    text
}

/// A finding about a principal, where the principal is declared; where it does not change itself, where the change that reaches it is
/// declared, or the only thing that changes.
fn located(finding: Finding, principal: &Address, changes: &[Change], through: &[Address]) -> Finding {
    let of = |address: &Address| changes.iter().find(|change| change.address == *address);
    let cause = of(principal).or_else(|| through.iter().find_map(of)).or(match changes {
        [only] => Some(only),
        _ => None,
    });
    finding.about(principal.clone()).at_opt(cause.and_then(|change| change.at.clone()))
}

/// `2 errors, 1 warning`; empty for none.
fn counted(list: &[Finding]) -> String {
    let of = |severity| list.iter().filter(|r| r.severity == severity).count();
    let kinds =
        [(Severity::Error, "error", "errors"), (Severity::Warning, "warning", "warnings"), (Severity::Note, "note", "notes")];
    let parts = kinds.into_iter().filter(|(s, ..)| of(*s) > 0).map(|(s, one, many)| count(of(s), one, many));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    #[test]
    fn files_are_named_from_the_repository() {
        let origin = Origin { repository: Some("/repo".into()), prefix: "iam".into(), fallback: Some("iamctl.yaml".into()) };
        let path = |file: &str| origin.path(file);
        assert_eq!(path("specs/a.yaml").as_deref(), Some("iam/specs/a.yaml"));
        assert_eq!(path("../shared\\b.yaml").as_deref(), Some("shared/b.yaml"));
        assert_eq!(path("/repo/x.json").as_deref(), Some("x.json"));
        for outside in
            ["../../etc/passwd", "/etc/passwd", "/repository/x", "built-in:sagemaker/training.yaml", "(command line)", ""]
        {
            assert!(path(outside).is_none_or(|p| outside.is_empty() && p == "iam"), "{outside}");
        }
    }

    fn account(names: &[&str], findings: Vec<Finding>) -> AccountReport {
        let id = crate::names::AccountId::zero();
        let one = |name: &&str| crate::plan::PlanAccount { name: (*name).to_owned(), id: id.clone(), partition: "aws".into() };
        AccountReport {
            accounts: names.iter().map(one).collect(),
            stack: None,
            summary: crate::plan::Summary::default(),
            changes: vec![Change {
                address: "role/x".parse().unwrap(),
                action: crate::plan::Action::Update,
                reason: String::new(),
                fields: Vec::new(),
                warnings: Vec::new(),
                steps: Vec::new(),
                at: Some(place("specs/a.yaml", 4, 3)),
            }],
            access: Vec::new(),
            chains: Vec::new(),
            findings: crate::review::FindingsReport { new: findings, fixed: Vec::new(), standing: 0 },
            tests: None,
            reservations: Vec::new(),
            errors: Vec::new(),
            plan: None,
            drift: Vec::new(),
            graph: crate::graph::Graph::default(),
        }
    }

    fn report(accounts: Vec<AccountReport>) -> Report {
        Report {
            format_version: 1,
            iamctl_version: "0".into(),
            subject: Subject::PullRequest,
            verdict: crate::review::Verdict::NewAccess,
            headline: "somebody gains access".into(),
            concerns: Default::default(),
            causes: Default::default(),
            notices: vec![crate::review::Notice {
                kind: crate::review::NoticeKind::Control,
                subject: "guards.max_deletes".into(),
                message: "10 becomes 100".into(),
                severity: crate::diag::Severity::Warning,
            }],
            accounts,
        }
    }

    fn place(file: &str, line: u32, column: u32) -> Place {
        Place { file: file.to_owned(), line, column }
    }

    fn found(code: &str) -> Finding {
        Finding::warning(code, "m").about("role/x".parse().unwrap()).at(place("specs/a.yaml", 5, 7))
    }

    #[test]
    fn what_holds_for_some_accounts_names_them_and_what_holds_for_all_stands_once() {
        let mine = Remarks::of_review(&report(vec![
            account(&["dev", "test"], vec![found("both")]),
            account(&["prod"], vec![found("both"), found("prod-only")]),
        ]));
        let of = |code: &str| mine.list.iter().filter(|r| r.finding.code == code).collect::<Vec<_>>();
        assert_eq!((of("both").len(), of("both")[0].accounts.len()), (1, 0));
        assert_eq!(of("prod-only")[0].accounts, ["prod"]);
        assert!(of("changed-controls")[0].finding.message.contains("guards.max_deletes"));
        assert_eq!((mine.command, mine.account.as_deref()), ("review", None));
    }

    #[test]
    fn a_review_tells_access_chains_and_tests_at_their_places() {
        let mut one = account(&["dev"], vec![found("escalation-chain")]);
        let grant = AccessGrant {
            actions: vec!["s3:GetObject".into()],
            resources: vec!["*".into()],
            conditions: serde_json::Value::Null,
            example: serde_json::Value::Null,
            ..AccessGrant::default()
        };
        one.access = vec![AccessChange {
            principal: "role/x".parse().unwrap(),
            verdict: AccessVerdict::NewAccess,
            gained: vec![grant.clone(); 12],
            lost: Vec::new(),
            ceiling_loosened: vec![grant],
            ceiling_lifted: false,
            reason: None,
            through: Vec::new(),
        }];
        let chain = |code: &str, opened| crate::review::Chain {
            principal: "role/x".parse().unwrap(),
            code: code.into(),
            message: "x becomes y".into(),
            opened,
        };
        one.chains = vec![chain("escalation-chain", true), chain("other-chain", true), chain("closed-chain", false)];
        one.tests = Some(crate::review::TestsReport {
            passed: 0,
            failed: vec![crate::review::FailedTest {
                name: "t".into(),
                at: Some(place("specs/t.yaml", 9, 5)),
                messages: vec!["expected denied".into()],
                new: true,
            }],
            removed: vec!["gone".into()],
        });
        let mine = Remarks::of_review(&report(vec![one]));
        let of = |code: &str| mine.list.iter().filter(|r| r.finding.code == code).collect::<Vec<_>>();
        let access = of("new-access")[0];
        let access = &access.finding;
        assert_eq!(access.at, Some(place("specs/a.yaml", 4, 3)));
        assert!(access.message.ends_with("and 2 more"), "{}", access.message);
        assert_eq!(of("loosened-ceiling").len(), 1);
        assert_eq!(of("escalation-chain").len(), 1, "told once, with the finding's place");
        assert_eq!((of("other-chain")[0].finding.at.clone(), of("closed-chain").len()), (Some(place("specs/a.yaml", 4, 3)), 0));
        assert_eq!((of("failed-test")[0].finding.at.clone(), of("removed-test").len()), (Some(place("specs/t.yaml", 9, 5)), 1));
        assert_eq!(mine.list[0].finding.code, "failed-test", "the gravest first");
    }
}
