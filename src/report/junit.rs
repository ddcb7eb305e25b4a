//! Outcomes of spec tests as JUnit XML, which CI systems read. One `testcase` a test; its `file` and `line` lead to the spec.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::escape;
use super::spec_tests::failure;
use crate::cases::live::Live;
use crate::cases::{AccountTests, CaseOutcome, TestOutcome, TestVerdict};
use crate::diag::Place;
use crate::spec::SkippedTest;

/// The whole document, a suite for each account. What IAM gave no answer to, and an account that could not be read, is an `error`; what
/// differs or was decided offline only stands in `system-out`.
pub fn tests_junit(accounts: &[AccountTests]) -> String {
    let mut report = Report::new("iamctl");
    for account in accounts {
        let name = if accounts.len() == 1 { "iamctl test".to_owned() } else { format!("iamctl test: {}", account.account) };
        let mut suite = TestSuite::new(harmless(&name));
        suite.add_test_cases(account.ran().iter().map(test_case).chain(account.skipped.iter().map(skipped_case)));
        if let Err(why) = &account.outcomes {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(harmless(why));
            suite.add_test_case(TestCase::new(harmless(&account.account), status));
        }
        report.add_test_suite(suite);
    }
    // Writing to memory fails only where the library itself is at fault; then CI shows no test, and not a green one.
    report.to_string().unwrap_or_default()
}

fn test_case(test: &TestOutcome) -> TestCase {
    let told = |cases: Vec<&CaseOutcome>| cases.into_iter().map(|case| failure(test, case)).collect::<Vec<_>>();
    let kind = match test.verdict() {
        TestVerdict::Passed => None,
        TestVerdict::Failed => Some(NonSuccessKind::Failure),
        TestVerdict::Unknown => Some(NonSuccessKind::Error),
    };
    let status = match kind {
        None => TestCaseStatus::success(),
        Some(kind) => {
            // A failed test has one `failure`; unknown cases are listed there too.
            let failures = told(test.cases.iter().filter(|case| !case.passed()).collect());
            let mut status = TestCaseStatus::non_success(kind);
            if let Some(first) = failures.first().and_then(|lines| lines.first()) {
                status.set_message(harmless(first));
            }
            status.set_description(joined(&failures));
            status
        }
    };
    let mut case = named(&test.name, &test.subject, &test.place, status);
    let differing = told(test.cases.iter().filter(|case| case.passed() && case.differs()).collect());
    let offline = test.cases.iter().filter_map(|case| match &case.live {
        Some(Live::OfflineOnly(why)) => Some(vec![format!("{}: decided offline only: {why}", case.place)]),
        Some(Live::Answer(_) | Live::Unknown(_)) | None => None,
    });
    let notes: Vec<Vec<String>> = differing.into_iter().chain(offline).collect();
    if !notes.is_empty() {
        case.set_system_out(joined(&notes));
    }
    case
}

/// A test of another account.
fn skipped_case(test: &SkippedTest) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(harmless(&test.why));
    named(&test.name, &test.subject, &test.place, status)
}

fn named(name: &str, subject: &str, place: &Place, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(harmless(name), status);
    case.set_classname(harmless(subject));
    case.extra.insert("file".into(), harmless(&place.file).into());
    case.extra.insert("line".into(), place.line.to_string().into());
    case
}

fn joined(list: &[Vec<String>]) -> String {
    list.iter().map(|lines| harmless(&lines.join("\n    "))).collect::<Vec<_>>().join("\n")
}

/// What could hide or reorder text is shown as an escape; the library escapes markup and leaves out what XML 1.0 cannot hold.
fn harmless(text: &str) -> String {
    escape::block(text).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_xml() {
        let hostile = "a\"<b>&\u{1b}[31m]]>\u{ffff}\u{202e}";
        let mut suite = TestSuite::new("s");
        let mut case = TestCase::new(harmless(hostile), TestCaseStatus::success());
        case.set_system_out(harmless(hostile));
        suite.add_test_case(case);
        let mut report = Report::new("r");
        report.add_test_suite(suite);
        let text = report.to_string().unwrap();
        assert!(text.contains("&lt;b&gt;&amp;\\u{1b}[31m]]&gt;") && text.contains("\\u{202e}"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{ffff}', '\u{202e}']), "{text}");
    }
}
