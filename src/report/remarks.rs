//! Remarks about places in files: the list that SARIF and GitHub's annotations are made from.

use super::style::{Paint, Role};
use super::view::{GrantView, line};
use super::{count, summary_line};
use crate::diag::{Finding, OfAccount, Severity, Source, fold, gathered};
use crate::names::Address;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Change, GuardRefusal};
use crate::review::{AccountReport, Report, Subject};

/// Grants of one principal that are written out; the rest is counted.
const SHOWN: usize = 10;

/// All remarks of one run, most severe first, then by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarks {
    /// What was run: `lint`, `validate`, `plan`, `review`.
    pub command: &'static str,
    /// What it was run for, when it was one account.
    pub account: Option<String>,
    /// The answer in one sentence.
    pub summary: String,
    /// The findings. Texts are as they were found; the formats make them harmless.
    pub list: Vec<Finding>,
}

/// Where the project is in its repository. Remarks name files relative to the project; reviewers' tools name them relative to the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The repository's directory, absolute, for files that are named in full.
    pub repository: Option<String>,
    /// The project's directory within it, with forward slashes; empty where they are the same.
    pub prefix: String,
    /// The file that is used for remarks without a place.
    pub fallback: Option<String>,
}

impl Origin {
    /// A file's path in the repository, with forward slashes; `None` for what is not a file of it.
    pub fn path(&self, file: &str) -> Option<String> {
        // Built-in templates and specs of the command line have names that are not paths.
        if file.starts_with(crate::spec::text::BUILT_IN) || file.starts_with('(') {
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

    /// A finding's file in the repository with line and column: its own place, else the fallback's first line.
    pub(super) fn place(&self, finding: &Finding) -> Option<(String, u32, Option<u32>)> {
        let own = finding.at.as_ref().and_then(|at| Some((self.path(&at.file)?, at)));
        match own {
            Some((path, at)) => Some((path, at.line.max(1), (at.column > 0).then_some(at.column))),
            None => Some((self.path(self.fallback.as_deref()?)?, 1, None)),
        }
    }
}

impl Remarks {
    /// Of findings, as `lint` and `validate` have them; `account` where one account was looked at.
    pub fn of_findings(command: &'static str, account: Option<String>, findings: &[Finding]) -> Self {
        let summary = match counted(findings) {
            none if none.is_empty() => "no findings".to_owned(),
            some => some,
        };
        Self::sorted(command, account, summary, findings.to_vec())
    }

    /// Of the report for reviewers.
    pub fn of_review(report: &Report) -> Self {
        let of_accounts: Vec<OfAccount> = report
            .accounts
            .iter()
            .map(|account| {
                let names = account.accounts.iter().map(|a| a.name.clone()).collect();
                let id = account.accounts.first().map(|a| a.id.to_string()).unwrap_or_default();
                OfAccount { names, id, findings: of_account(account) }
            })
            .collect();
        let all: Vec<&String> = of_accounts.iter().flat_map(|account| &account.names).collect();
        let account = match all.as_slice() {
            [one] => Some((*one).clone()),
            _ => None,
        };
        let mut list = gathered(fold(of_accounts));
        // Those of a plan are in its changes and guards too.
        let notices = report.notices.iter().filter(|_| report.subject == Subject::PullRequest);
        list.extend(notices.map(|notice| {
            let message = format!("`{}`: {}", notice.subject, notice.message);
            Finding::new(Source::Plan, notice.severity, "changed-controls", message)
        }));
        let (command, summary) = match (report.subject, report.accounts.first().and_then(|account| account.plan.as_ref())) {
            (Subject::Plan, _) if report.fleet.is_some() => ("plan", report.headline.clone()),
            (Subject::Plan, Some(plan)) if plan.complete => ("plan", summary_line(plan)),
            (Subject::Plan, Some(plan)) => {
                ("plan", format!("{} Not all could be compared: the plan is not complete.", summary_line(plan)))
            }
            (Subject::Plan, None) => ("plan", report.headline.clone()),
            (Subject::PullRequest, _) => ("review", report.headline.clone()),
        };
        Self::sorted(command, account, summary, list)
    }

    fn sorted(command: &'static str, account: Option<String>, summary: String, mut list: Vec<Finding>) -> Self {
        list.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
        list.dedup();
        Self { command, account, summary, list }
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

/// What a principal gains, what is no longer denied to it, and what could not be decided.
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
        let message = format!("`{principal}` is no longer denied what resource policies may grant:{lines}");
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
            verdict: crate::review::ReviewVerdict::NewAccess,
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
            fleet: None,
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
        let of = |code: &str| mine.list.iter().filter(|r| r.code == code).collect::<Vec<_>>();
        assert_eq!((of("both").len(), of("both")[0].accounts.len()), (1, 0));
        assert_eq!(of("prod-only")[0].accounts, ["prod"]);
        assert!(of("changed-controls")[0].message.contains("guards.max_deletes"));
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
        let of = |code: &str| mine.list.iter().filter(|r| r.code == code).collect::<Vec<_>>();
        let access = of("new-access")[0];
        assert_eq!(access.at, Some(place("specs/a.yaml", 4, 3)));
        assert!(access.message.ends_with("and 2 more"), "{}", access.message);
        assert_eq!(of("loosened-ceiling").len(), 1);
        assert_eq!(of("escalation-chain").len(), 1, "told once, with the finding's place");
        assert_eq!((of("other-chain")[0].at.clone(), of("closed-chain").len()), (Some(place("specs/a.yaml", 4, 3)), 0));
        assert_eq!((of("failed-test")[0].at.clone(), of("removed-test").len()), (Some(place("specs/t.yaml", 9, 5)), 1));
        assert_eq!(mine.list[0].code, "failed-test", "the gravest first");
    }
}
