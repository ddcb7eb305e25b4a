//! Spec tests of two sides.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{FailedTest, Notice, NoticeKind, TestsReport};
use crate::cases::{CaseOutcome, Expected, TestOutcome};
use crate::diag::{Finding, Severity, Source};
use crate::names::Address;
use crate::spec::Resolved;
use crate::spec::shape::{CaseSpec, TestSpec};
use crate::spec::yaml::{At, OneOrMany};

/// The head's tests, held against the base's by name.
pub(super) fn compare(base: &[TestOutcome], head: &[TestOutcome]) -> TestsReport {
    let failed_before: BTreeSet<&str> = base.iter().filter(|t| !t.passed()).map(|t| t.name.as_str()).collect();
    let names: BTreeSet<&str> = head.iter().map(|t| t.name.as_str()).collect();
    let removed: BTreeSet<&str> = base.iter().map(|t| t.name.as_str()).filter(|name| !names.contains(name)).collect();
    TestsReport {
        passed: head.iter().filter(|t| t.passed()).count(),
        failed: head
            .iter()
            .filter(|t| !t.passed())
            .map(|test| FailedTest {
                name: test.name.clone(),
                at: Some(test.place.clone()),
                messages: test.cases.iter().filter(|case| !case.passed()).map(|case| failure(test, case)).collect(),
                new: !failed_before.contains(test.name.as_str()),
            })
            .collect(),
        removed: removed.into_iter().map(str::to_owned).collect(),
    }
}

/// Adds tests that fail on another account, the one that was read, and passed on the first.
pub(super) fn add(report: &mut TestsReport, other: TestsReport) {
    for test in other.failed {
        match report.failed.iter_mut().find(|known| known.name == test.name) {
            Some(known) => known.new |= test.new,
            None => {
                report.passed = report.passed.saturating_sub(1);
                report.failed.push(test);
            }
        }
    }
}

/// The tests that fail, as findings of a plan.
pub fn findings(tests: &[TestOutcome]) -> Vec<Finding> {
    let of = |test: &TestOutcome| {
        let failed: Vec<String> = test.cases.iter().filter(|case| !case.passed()).map(|case| failure(test, case)).collect();
        let first = failed.first().cloned().unwrap_or_default();
        let more = if failed.len() > 1 { format!(" (and {} more of its cases)", failed.len() - 1) } else { String::new() };
        let with = match test.from_account.as_slice() {
            [] => String::new(),
            policies => format!("; with what the account has: {}", policies.join(", ")),
        };
        let finding =
            Finding::new(Source::Tests, Severity::Error, "test-failed", format!("test `{}`: {first}{more}{with}", test.name));
        let help = "correct the policies or the test; `iamctl test` shows the statements that decide";
        let about = test.subject.parse::<Address>().ok();
        Finding { address: about, ..finding.at(test.place.clone()).help(help) }
    };
    tests.iter().filter(|test| !test.passed()).map(of).collect()
}

fn failure(test: &TestOutcome, case: &CaseOutcome) -> String {
    match &case.answer {
        Err(problem) => problem.clone(),
        Ok(answer) => {
            let (expected, decision, name) = (case.expected.word(), answer.decision, &answer.name);
            let asked = match test.assumes {
                true => format!("`{name}` assumes `{}`", test.subject),
                false => format!("`{}` asks `{name}`", test.subject),
            };
            format!("expected {expected}, and it is {decision}: {asked}")
        }
    }
}

/// What one case asks, whatever the name and place of its test: each item of a list is one case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    /// `principal` or `assume`, and its value.
    subject: (bool, String),
    /// In lower case; `None` for the usual action of who assumes.
    action: Option<String>,
    resource: Option<String>,
    resource_account: Option<String>,
    key_policy: Option<String>,
    /// Who assumes: the key and its value.
    caller: Option<(&'static str, String)>,
    /// Keys in lower case, values as JSON.
    context: BTreeMap<String, String>,
}

impl Case {
    /// Each case, with the words for it.
    fn all_of(subject: &(bool, String), case: &CaseSpec) -> Vec<(Self, String)> {
        let list = |texts: Option<&OneOrMany>| match texts.map(OneOrMany::texts).filter(|texts| !texts.is_empty()) {
            Some(texts) => texts.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let text = |value: &Option<At<String>>| value.as_ref().map(|text| text.value.clone());
        let callers = [("service", &case.service), ("aws", &case.aws), ("oidc", &case.oidc), ("saml", &case.saml)];
        let context = case.context.list.iter();
        let one = Self {
            subject: subject.clone(),
            action: None,
            resource: None,
            resource_account: text(&case.resource_account),
            key_policy: text(&case.key_policy),
            caller: callers.into_iter().find_map(|(key, value)| Some((key, text(value)?))),
            context: context.map(|(key, value)| (key.value.to_lowercase(), value.0.to_json().to_string())).collect(),
        };
        let actions: Vec<Option<String>> = list(case.action.as_ref());
        let resources: Vec<Option<String>> = list(case.resource.as_ref());
        let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        pairs
            .map(|(action, resource)| {
                // No resource means `*` (contract 8).
                let resource = resource.clone().filter(|resource| resource != "*");
                let case = Self { action: action.as_ref().map(|action| action.to_lowercase()), resource, ..one.clone() };
                let words = case.words(action.as_deref().unwrap_or("sts:AssumeRole"));
                (case, words)
            })
            .collect()
    }

    fn words(&self, action: &str) -> String {
        let mut text = match (&self.caller, &self.resource) {
            (Some((_, who)), _) => format!("`{action}` by `{who}`"),
            (None, Some(resource)) => format!("`{action}` on `{resource}`"),
            (None, None) => format!("`{action}`"),
        };
        if !self.context.is_empty() {
            let keys: Vec<String> = self.context.keys().map(|key| format!("`{key}`")).collect();
            text += &format!(" with {}", keys.join(", "));
        }
        text
    }
}

/// Every case of some tests, with what is expected.
fn cases(tests: &[At<TestSpec>]) -> BTreeMap<Case, BTreeSet<Expected>> {
    let mut found: BTreeMap<Case, BTreeSet<Expected>> = BTreeMap::new();
    for test in tests {
        for (expected, case, _) in cases_of(test) {
            found.entry(case).or_default().insert(expected);
        }
    }
    found
}

fn cases_of(test: &TestSpec) -> Vec<(Expected, Case, String)> {
    let expect = &test.expect.value;
    let lists = [
        (Expected::Allowed, &expect.allowed),
        (Expected::Denied, &expect.denied),
        (Expected::ImplicitlyDenied, &expect.implicitly_denied),
        (Expected::ExplicitlyDenied, &expect.explicitly_denied),
    ];
    let subject = test.principal.as_ref().or(test.assume.as_ref()).map(|text| text.value.clone()).unwrap_or_default();
    let subject = (test.assume.is_some(), subject);
    let all = lists.into_iter().flat_map(|(expected, list)| list.0.iter().map(move |case| (expected, case)));
    all.flat_map(|(expected, case)| Case::all_of(&subject, case).into_iter().map(move |(case, words)| (expected, case, words)))
        .collect()
}

/// Whether one of these expectations asks at least what another asked.
fn holds(now: &BTreeSet<Expected>, then: Expected) -> bool {
    now.contains(&then)
        || (then == Expected::Denied && (now.contains(&Expected::ImplicitlyDenied) || now.contains(&Expected::ExplicitlyDenied)))
}

/// Cases of the base that no test of the head asks any more, test by test. A case is the same whatever its test is called: it counts
/// by principal, action, resource and context. `declared`: whether the head still declares an entity.
pub(super) fn notices(base: &Resolved, head: &Resolved, declared: &dyn Fn(&Address) -> bool) -> Vec<Notice> {
    let now = cases(&head.tests);
    let mut found = Vec::new();
    for test in &base.tests {
        let all = cases_of(test);
        let lost: Vec<String> = all
            .iter()
            .filter(|(expected, case, _)| !now.get(case).is_some_and(|now| holds(now, *expected)))
            .map(|(expected, _, words)| format!("{} {words}", expected.word()))
            .collect();
        let Some(first) = lost.first() else { continue };
        let subject = format!("test {}", test.name.value);
        let of = test.principal.as_ref().or(test.assume.as_ref()).map(|text| text.value.as_str()).unwrap_or_default();
        if of.parse::<Address>().is_ok_and(|address| !declared(&address)) {
            found.push(Notice::note(subject, format!("the test was removed with `{of}`, which it is about")));
            continue;
        }
        let message = if lost.len() == all.len() && !head.tests.iter().any(|t| t.name.value == test.name.value) {
            format!("the test of `{of}` was removed: nothing checks what it asked")
        } else {
            let more = if lost.len() > 1 { format!(", and {} more", lost.len() - 1) } else { String::new() };
            format!("the test checks less than before: {first}{more} is no longer expected")
        };
        found.push(Notice::warning(subject, message).of_kind(NoticeKind::Control));
    }
    found
}
