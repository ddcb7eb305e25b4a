//! Outcomes of spec tests for people and for programs.

use serde::Serialize;

use super::simulate::reasons;
use super::style::{Paint, Role};
use super::{count, escape, json};
use crate::cases::{Answer, CaseOutcome, Coverage, TestOutcome};
use crate::diag::Place;

/// One line a test; under a failed one each failed case with its place, what was decided and why.
pub fn tests_text(tests: &[TestOutcome], coverage: Option<&Coverage>, paint: Paint) -> String {
    let mut out = String::new();
    for test in tests {
        let word = if test.passed() { paint.paint(Role::Create, "passed") } else { paint.paint(Role::Error, "failed") };
        let cases = count(test.cases.len(), "case", "cases");
        out += &format!("{word}  {} {}\n", escape::line(&test.name), paint.paint(Role::Dim, &format!("({cases})")));
        for case in test.cases.iter().filter(|case| !case.passed()) {
            for (i, line) in failure(test, case).iter().enumerate() {
                out += &format!("{}{line}\n", if i == 0 { "    " } else { "        " });
            }
        }
    }
    if let Some(coverage) = coverage {
        out += &coverage_text(coverage, paint);
    }
    out + &summary_line(tests, paint)
}

fn summary_line(tests: &[TestOutcome], paint: Paint) -> String {
    if tests.is_empty() {
        return "The specs have no tests.\n".to_owned();
    }
    let passed = tests.iter().filter(|test| test.passed()).count();
    let failed = tests.len() - passed;
    let cases: usize = tests.iter().map(|test| test.cases.len()).sum();
    let failed = match failed {
        0 => String::new(),
        n => format!(", {}", paint.paint(Role::Error, &format!("{n} failed"))),
    };
    let tests = count(tests.len(), "test", "tests");
    format!("{tests}, {}: {passed} passed{failed}\n", count(cases, "case", "cases"))
}

/// Place, expectation and decision; then why.
pub(super) fn failure(test: &TestOutcome, case: &CaseOutcome) -> Vec<String> {
    let subject = escape::line(&test.subject);
    let place = escape::line(&case.place.to_string()).into_owned();
    match &case.answer {
        Err(problem) => vec![format!("{place}: {}", escape::line(problem))],
        Ok(answer) => {
            let name = escape::line(&answer.name);
            let asked = if test.assumes { format!("{name} assumes {subject}") } else { format!("{subject} asks {name}") };
            let expected = case.expected.word();
            let mut lines = vec![format!("{place}: expected {expected}, and it is {}: {asked}", answer.decision)];
            lines.extend(reasons(answer));
            lines
        }
    }
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
pub fn tests_json(tests: &[TestOutcome], coverage: Option<&Coverage>) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        tests: Vec<Test<'a>>,
        summary: Summary,
        #[serde(skip_serializing_if = "Option::is_none")]
        coverage: Option<&'a Coverage>,
    }
    let passed = tests.iter().filter(|test| test.passed()).count();
    let all_cases = || tests.iter().flat_map(|test| &test.cases);
    let summary = Summary {
        tests: tests.len(),
        passed,
        failed: tests.len() - passed,
        cases: all_cases().count(),
        cases_failed: all_cases().filter(|case| !case.passed()).count(),
    };
    json(&Report { tests: tests.iter().map(Test::new).collect(), summary, coverage })
}

#[derive(Serialize)]
struct Summary {
    tests: usize,
    passed: usize,
    failed: usize,
    cases: usize,
    cases_failed: usize,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assume: Option<&'a str>,
    #[serde(flatten)]
    place: &'a Place,
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Case<'a> {
    outcome: &'static str,
    expected: &'static str,
    #[serde(flatten)]
    place: &'a Place,
    #[serde(flatten)]
    answer: Option<&'a Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

fn outcome(passed: bool) -> &'static str {
    if passed { "passed" } else { "failed" }
}

impl<'a> Test<'a> {
    fn new(test: &'a TestOutcome) -> Self {
        Self {
            name: &test.name,
            outcome: outcome(test.passed()),
            principal: (!test.assumes).then_some(test.subject.as_str()),
            assume: test.assumes.then_some(test.subject.as_str()),
            place: &test.place,
            cases: test
                .cases
                .iter()
                .map(|case| Case {
                    outcome: outcome(case.passed()),
                    expected: case.expected.word(),
                    place: &case.place,
                    answer: case.answer.as_ref().ok(),
                    problem: case.answer.as_ref().err().map(String::as_str),
                })
                .collect(),
        }
    }
}
