//! Spec tests of two sides.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{FailedTest, Notice, TestsReport};
use crate::cases::{CaseOutcome, TestOutcome};

/// What a test asks and expects, case by case.
fn asked(test: &TestOutcome) -> BTreeSet<(String, String)> {
    let name = |case: &CaseOutcome| match &case.answer {
        Ok(answer) => answer.name.clone(),
        Err(problem) => problem.clone(),
    };
    test.cases.iter().map(|case| (case.expected.word().to_owned(), name(case))).collect()
}

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

/// Tests that are gone, and tests that ask less than they did.
pub(super) fn notices(base: &[TestOutcome], head: &[TestOutcome]) -> Vec<Notice> {
    let mut cases: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for test in head {
        cases.entry(&test.name).or_default().extend(asked(test));
    }
    let mut found = Vec::new();
    for test in base {
        let subject = format!("test {}", test.name);
        let Some(still) = cases.get(test.name.as_str()) else {
            let message = format!("the test of `{}` is gone: nothing checks any more what it asked", test.subject);
            found.push(Notice::warning(subject, message));
            continue;
        };
        let lost: Vec<String> =
            asked(test).into_iter().filter(|case| !still.contains(case)).map(|(word, name)| format!("{word} `{name}`")).collect();
        if let Some(first) = lost.first() {
            let more = if lost.len() > 1 { format!(", and {} more", lost.len() - 1) } else { String::new() };
            found.push(Notice::warning(subject, format!("the test no longer expects what it did: {first}{more}")));
        }
    }
    found
}
