//! Outcomes of spec tests for people and for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::simulate::reasons;
use super::style::{Paint, Role};
use super::{count, escape, json};
use crate::cases::live::{AskedOf, Live, LiveAnswer};
use crate::cases::{AccountTests, Answer, CaseOutcome, Coverage, TestOutcome, TestVerdict};
use crate::diag::Place;
use crate::spec::SkippedTest;

/// One line for each test; under a failed one each failed case with its place, what was decided and why. What is the same in several
/// accounts is printed once.
pub fn tests_text(accounts: &[AccountTests], paint: Paint) -> String {
    let mut order: Vec<(String, String)> = Vec::new();
    let mut holds_in: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for account in accounts {
        for block in blocks(account, paint) {
            // Results that differ only in the account's own id are equal.
            let shape = account.id.as_ref().map_or_else(|| block.clone(), |id| block.replace(id.as_str(), "\0"));
            let names = holds_in.entry(shape.clone()).or_default();
            if names.is_empty() {
                order.push((shape, block));
            }
            names.push(&account.account);
        }
    }
    let mut out = String::new();
    for (shape, block) in order {
        let names = holds_in.get(&shape).map(Vec::as_slice).unwrap_or_default();
        let (head, rest) = block.split_once('\n').unwrap_or((&block, ""));
        let whose =
            if names.len() == accounts.len() { String::new() } else { format!("  {}", paint.paint(Role::Dim, &among(names))) };
        out += &format!("{head}{whose}\n{rest}");
    }
    if let Some(coverage) = coverage(accounts) {
        out += &coverage_text(&coverage, paint);
    }
    out += &summary_line(accounts, paint);
    out + &live_lines(accounts, paint)
}

/// `in a, b and 3 more accounts`.
fn among(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape::line(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => format!("in {}", shown.join(", ")),
        more => format!("in {} and {}", shown.join(", "), count(more, "more account", "more accounts")),
    }
}

/// What is printed of each test of an account.
fn blocks(account: &AccountTests, paint: Paint) -> Vec<String> {
    let mut blocks: Vec<String> = account.ran().iter().map(|test| block(test, paint)).collect();
    blocks.extend(account.skipped.iter().map(|test| {
        let why = paint.paint(Role::Dim, &format!("({})", escape::line(&test.why)));
        format!("{}  {} {why}\n", paint.paint(Role::Dim, "skipped"), escape::line(&test.name))
    }));
    if let Err(why) = &account.outcomes {
        blocks.push(format!("{}  no test ran: {}\n", paint.paint(Role::Error, "failed"), escape::line(why)));
    }
    blocks
}

fn block(test: &TestOutcome, paint: Paint) -> String {
    let word = match test.verdict() {
        TestVerdict::Passed => paint.paint(Role::Create, "passed"),
        TestVerdict::Unknown => paint.paint(Role::Warning, "unknown"),
        TestVerdict::Failed => paint.paint(Role::Error, "failed"),
    };
    let mut cases = count(test.cases.len(), "case", "cases");
    let offline = test.cases.iter().filter(|case| matches!(case.live, Some(Live::OfflineOnly(_)))).count();
    if offline > 0 {
        cases += &format!(", {offline} decided offline only");
    }
    let mut out = format!("{word}  {} {}\n", escape::line(&test.name), paint.paint(Role::Dim, &format!("({cases})")));
    if !test.from_account.is_empty() {
        let text = format!("    with what the account has: {}", escape::line(&test.from_account.join(", ")));
        out += &format!("{}\n", paint.paint(Role::Dim, &text));
    }
    for case in test.cases.iter().filter(|case| !case.passed() || case.differs()) {
        for (i, line) in failure(test, case).iter().enumerate() {
            out += &format!("{}{line}\n", if i == 0 { "    " } else { "        " });
        }
    }
    out
}

/// How much of the specs the cases of all accounts reach.
fn coverage(accounts: &[AccountTests]) -> Option<Coverage> {
    accounts.iter().any(|account| account.statements.is_some()).then(|| Coverage::of(accounts.iter().flat_map(|a| &a.statements)))
}

/// What IAM was asked, and what it was not asked and why; nothing where no simulator was meant to be asked.
fn live_lines(accounts: &[AccountTests], paint: Paint) -> String {
    let Some(live) = LiveSummary::of(accounts) else { return String::new() };
    let asked = count(live.asked, "case", "cases");
    let mut out = format!("IAM's simulator answered {asked}");
    if live.asked_of_specs > 0 {
        out += &format!(", {} of them for the specs' documents, whose principals are not in the account", live.asked_of_specs);
    }
    out += &match live.differing {
        0 => "; none differs from the offline answer\n".to_owned(),
        n => format!(
            "; {}\n",
            paint.paint(Role::Warning, &format!("{n} differ{} from the offline answer", if n == 1 { "s" } else { "" }))
        ),
    };
    let reasons = |wanted: fn(&Live) -> Option<&String>| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for why in cases(accounts).filter_map(|case| wanted(case.live.as_ref()?)) {
            *counts.entry(why).or_default() += 1;
        }
        counts
    };
    for (why, n) in reasons(|live| if let Live::OfflineOnly(why) = live { Some(why) } else { None }) {
        out += &format!("{} decided offline only: {}\n", count(n, "case", "cases"), escape::line(why));
    }
    out
}

/// `--live` in numbers.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LiveSummary {
    /// Cases that IAM answered.
    asked: usize,
    /// Those of them for which the specs' documents were asked, because the principal is not in the account.
    asked_of_specs: usize,
    /// Those of them where the offline answer is another one.
    differing: usize,
    /// Cases that the simulator cannot decide: the offline answer counts.
    offline_only: usize,
    /// Cases to which IAM gave no answer.
    unknown: usize,
}

impl LiveSummary {
    fn of(accounts: &[AccountTests]) -> Option<Self> {
        cases(accounts).find_map(|case| case.live.as_ref())?;
        let number = |wanted: &dyn Fn(&CaseOutcome) -> bool| cases(accounts).filter(|case| wanted(case)).count();
        Some(Self {
            asked: number(&|case| matches!(case.live, Some(Live::Answer(_)))),
            asked_of_specs: number(&|case| matches!(&case.live, Some(Live::Answer(a)) if a.asked_of == AskedOf::Specs)),
            differing: number(&CaseOutcome::differs),
            offline_only: number(&|case| matches!(case.live, Some(Live::OfflineOnly(_)))),
            unknown: number(&|case| matches!(case.live, Some(Live::Unknown(_)))),
        })
    }
}

fn tests(accounts: &[AccountTests]) -> impl Iterator<Item = &TestOutcome> {
    accounts.iter().flat_map(AccountTests::ran)
}

fn cases(accounts: &[AccountTests]) -> impl Iterator<Item = &CaseOutcome> {
    tests(accounts).flat_map(|test| &test.cases)
}

fn summary_line(accounts: &[AccountTests], paint: Paint) -> String {
    let skipped: usize = accounts.iter().map(|account| account.skipped.len()).sum();
    let unread = accounts.iter().filter(|account| account.outcomes.is_err()).count();
    let all = tests(accounts).count() + skipped;
    if all == 0 && unread == 0 {
        return "The specs have no tests.\n".to_owned();
    }
    let of = |verdict| tests(accounts).filter(|test| test.verdict() == verdict).count();
    let mut parts = format!("{} passed", of(TestVerdict::Passed));
    for (verdict, role) in [(TestVerdict::Failed, Role::Error), (TestVerdict::Unknown, Role::Warning)] {
        if of(verdict) > 0 {
            parts += &format!(", {}", paint.paint(role, &format!("{} {}", of(verdict), verdict.word())));
        }
    }
    if skipped > 0 {
        parts += &format!(", {skipped} skipped");
    }
    if unread > 0 {
        parts += &format!(", {}", paint.paint(Role::Error, &format!("{} not read", count(unread, "account", "accounts"))));
    }
    let whose = if accounts.len() == 1 { String::new() } else { format!(" in {} accounts", accounts.len()) };
    format!("{}{whose}, {}: {parts}\n", count(all, "test", "tests"), count(cases(accounts).count(), "case", "cases"))
}

/// Place, expectation and decision; then why. Of a case that went as expected: where IAM and the offline answer differ.
pub(super) fn failure(test: &TestOutcome, case: &CaseOutcome) -> Vec<String> {
    let subject = escape::line(&test.subject);
    let place = escape::line(&case.place.to_string()).into_owned();
    let answer = match &case.answer {
        Err(problem) => return vec![format!("{place}: {}", escape::line(problem))],
        Ok(answer) => answer,
    };
    let name = escape::line(&answer.name);
    let asked = if test.assumes { format!("{name} assumes {subject}") } else { format!("{subject} asks {name}") };
    let expected = case.expected.word();
    let (decision, why) = match &case.live {
        None => (answer.decision, reasons(answer)),
        Some(Live::OfflineOnly(why)) => {
            let mut lines = vec![format!("decided offline only: {}", escape::line(why))];
            lines.extend(reasons(answer));
            (answer.decision, lines)
        }
        Some(Live::Unknown(why)) => ("unknown", vec![escape::line(why).into_owned(), format!("offline: {}", answer.decision)]),
        Some(Live::Answer(live)) => (live.decision, live_reasons(case, live, answer)),
    };
    let head = if case.passed() {
        format!("{place}: IAM and the offline answer differ: {asked}")
    } else {
        format!("{place}: expected {expected}, and it is {decision}: {asked}")
    };
    std::iter::once(head).chain(why).collect()
}

/// Both answers, and what led to each.
fn live_reasons(case: &CaseOutcome, live: &LiveAnswer, answer: &Answer) -> Vec<String> {
    let mut lines = vec![format!("live: {}, offline: {}", live.decision, answer.decision)];
    if live.asked_of == AskedOf::Specs {
        lines.push("the principal is not in the account: the specs' documents were asked".to_owned());
    }
    let verb = match live.decision {
        "allowed" => "live: allowed by",
        "explicitDeny" => "live: denied by",
        _ => "live: matched",
    };
    for statement in &live.because {
        let kind = if statement.kind.is_empty() { String::new() } else { format!(" ({})", escape::line(&statement.kind)) };
        let line = statement.line.map(|line| format!(", line {line}")).unwrap_or_default();
        lines.push(format!("{verb} {}{kind}{line}", escape::line(&statement.policy)));
    }
    for layer in &live.withheld_by {
        lines.push(match *layer {
            "boundary" => "live: the permissions boundary does not allow it".to_owned(),
            _ => "live: the organisation's policies do not allow it".to_owned(),
        });
    }
    if !live.missing_context.is_empty() {
        let keys: Vec<_> = live.missing_context.iter().map(|key| escape::line(key)).collect();
        lines.push(format!("live: condition keys not given: {}", keys.join(", ")));
    }
    if case.differs() {
        lines.extend(reasons(answer).into_iter().map(|line| format!("offline: {line}")));
    }
    lines
}

fn coverage_text(coverage: &Coverage, paint: Paint) -> String {
    let mut out = format!(
        "{} {} of {} reached by a case\n",
        paint.paint(Role::Strong, "coverage:"),
        coverage.reached,
        count(coverage.statements, "statement", "statements")
    );
    for statement in &coverage.unreached {
        let sid = statement.sid.as_ref().map(|sid| format!(" (`{}`)", escape::line(sid))).unwrap_or_default();
        let place = statement.place.as_ref().map(|place| format!("{}: ", escape::line(&place.to_string()))).unwrap_or_default();
        out += &format!("    {place}statement {}{sid} of {}\n", statement.statement + 1, escape::line(&statement.policy));
    }
    out
}

/// `{"tests": [...], "summary": {...}}`, and `coverage` where it was asked for.
pub fn tests_json(accounts: &[AccountTests]) -> String {
    let of = |verdict| tests(accounts).filter(|test| test.verdict() == verdict).count();
    let skipped: usize = accounts.iter().map(|account| account.skipped.len()).sum();
    let summary = Summary {
        tests: tests(accounts).count() + skipped,
        passed: of(TestVerdict::Passed),
        failed: of(TestVerdict::Failed),
        unknown: of(TestVerdict::Unknown),
        skipped,
        cases: cases(accounts).count(),
        cases_failed: cases(accounts).filter(|case| case.verdict() == TestVerdict::Failed).count(),
        live: LiveSummary::of(accounts),
    };
    let unread = |account: &'_ AccountTests| {
        Some(UnreadAccount { account: account.account.clone(), message: account.outcomes.as_ref().err()?.clone() })
    };
    json(&TestsReport {
        tests: accounts.iter().flat_map(Test::of_account).collect(),
        summary,
        unread_accounts: accounts.iter().filter_map(unread).collect(),
        coverage: coverage(accounts),
    })
}

/// The outcomes of the specs' tests: what `iamctl test --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tests", deny_unknown_fields)]
pub(super) struct TestsReport<'a> {
    /// Account by account, the tests in the order of the specs, then those that are skipped.
    tests: Vec<Test<'a>>,
    /// In numbers.
    summary: Summary,
    /// Accounts that could not be read, so that no test ran there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread_accounts: Vec<UnreadAccount>,
    /// What no case reached; with `--coverage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage>,
}

/// An account in which no test ran.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnreadAccount {
    /// Its name.
    account: String,
    /// Why.
    message: String,
}

/// All tests in numbers.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Summary {
    /// Tests.
    tests: usize,
    /// Tests that passed.
    passed: usize,
    /// Tests with a case that failed.
    failed: usize,
    /// Tests without a failed case and with one that IAM gave no answer to.
    unknown: usize,
    /// Tests of other accounts: they do not run here.
    skipped: usize,
    /// Cases of all tests that ran.
    cases: usize,
    /// Cases that failed.
    cases_failed: usize,
    /// With `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveSummary>,
}

/// One test.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Test<'a> {
    /// The account whose specs are tested.
    account: &'a str,
    /// Its name.
    name: &'a str,
    /// `passed`, `failed`, `unknown`, `skipped`.
    #[schemars(extend("enum" = ["passed", "failed", "unknown", "skipped"]))]
    outcome: &'static str,
    /// Why it is skipped in this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped_because: Option<&'a str>,
    /// Whose permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    /// Which role's trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    assume: Option<&'a str>,
    /// Where it is written.
    #[serde(flatten)]
    place: &'a Place,
    /// Its cases in the order of the spec.
    cases: Vec<Case<'a>>,
    /// Policies that come from the account and not from the specs, each with who holds it; with `--against` and `--from-account`.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    from_account: &'a [String],
}

/// One case.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Case<'a> {
    /// `passed`, `failed`, `unknown`; by IAM's answer where IAM was asked.
    #[schemars(extend("enum" = ["passed", "failed", "unknown"]))]
    outcome: &'static str,
    /// What the spec expects.
    #[schemars(extend("enum" = ["allowed", "denied", "implicitly_denied", "explicitly_denied"]))]
    expected: &'static str,
    /// Where it is written.
    #[serde(flatten)]
    place: &'a Place,
    /// The offline answer.
    #[serde(flatten)]
    answer: Option<&'a Answer>,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    /// What came of it at IAM; with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<&'a Live>,
    /// Whether IAM and the offline answer say different things; with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<bool>,
}

impl<'a> Test<'a> {
    /// Those of an account: what ran, then what is skipped.
    fn of_account(account: &'a AccountTests) -> Vec<Self> {
        let name = account.account.as_str();
        let ran = account.ran().iter().map(|test| Self::new(name, test));
        ran.chain(account.skipped.iter().map(|test| Self::skipped(name, test))).collect()
    }

    fn new(account: &'a str, test: &'a TestOutcome) -> Self {
        Self {
            account,
            name: &test.name,
            outcome: test.verdict().word(),
            skipped_because: None,
            principal: (!test.assumes).then_some(test.subject.as_str()),
            assume: test.assumes.then_some(test.subject.as_str()),
            place: &test.place,
            cases: test.cases.iter().map(Case::new).collect(),
            from_account: &test.from_account,
        }
    }

    fn skipped(account: &'a str, test: &'a SkippedTest) -> Self {
        Self {
            account,
            name: &test.name,
            outcome: "skipped",
            skipped_because: Some(&test.why),
            principal: (!test.assumes).then_some(test.subject.as_str()),
            assume: test.assumes.then_some(test.subject.as_str()),
            place: &test.place,
            cases: Vec::new(),
            from_account: &[],
        }
    }
}

impl<'a> Case<'a> {
    fn new(case: &'a CaseOutcome) -> Self {
        Self {
            outcome: case.verdict().word(),
            expected: case.expected.word(),
            place: &case.place,
            answer: case.answer.as_ref().ok(),
            problem: case.answer.as_ref().err().map(String::as_str),
            live: case.live.as_ref(),
            differs: case.live.as_ref().map(|_| case.differs()),
        }
    }
}
