//! Outcomes of spec tests as JUnit XML, which CI systems read. One `testcase` a test; its `file` and `line` lead to the spec.

use super::tests_text::failure;
use crate::cases::live::Live;
use crate::cases::{CaseOutcome, TestOutcome, Verdict};
use crate::diag::Place;
use crate::spec::SkippedTest;

/// The whole document. What IAM gave no answer to is an `error`; what differs or was decided offline only stands in `system-out`.
pub fn tests_junit(tests: &[TestOutcome], skipped: &[SkippedTest]) -> String {
    let of = |verdict| tests.iter().filter(|test| test.verdict() == verdict).count();
    let (failed, unknown) = (of(Verdict::Failed), of(Verdict::Unknown));
    let counts = format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"{unknown}\" skipped=\"{}\"",
        tests.len() + skipped.len(),
        skipped.len()
    );
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"iamctl\" {counts}>\n");
    out += &format!("  <testsuite name=\"iamctl test\" {counts}>\n");
    for test in tests {
        out += &opening(&test.name, &test.subject, &test.place);
        let inside = inside(test);
        if inside.is_empty() {
            out += "/>\n";
        } else {
            out += &format!(">\n{inside}    </testcase>\n");
        }
    }
    for test in skipped {
        out += &opening(&test.name, &test.subject, &test.place);
        out += &format!(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml(&test.why));
    }
    out + "  </testsuite>\n</testsuites>\n"
}

/// The opening tag of a test, without its `>`.
fn opening(name: &str, subject: &str, place: &Place) -> String {
    let (name, subject, file) = (xml(name), xml(subject), xml(&place.file));
    format!("    <testcase name=\"{name}\" classname=\"{subject}\" file=\"{file}\" line=\"{}\"", place.line)
}

fn inside(test: &TestOutcome) -> String {
    let mut out = String::new();
    let told = |cases: Vec<&CaseOutcome>| cases.into_iter().map(|case| failure(test, case)).collect::<Vec<_>>();
    let joined = |list: &[Vec<String>]| list.iter().map(|lines| lines.join("\n    ")).collect::<Vec<_>>().join("\n");
    for (verdict, element) in [(Verdict::Failed, "failure"), (Verdict::Unknown, "error")] {
        // A failed test has one `failure`; what is unknown beside it is told there.
        if test.verdict() != verdict {
            continue;
        }
        let failures = told(test.cases.iter().filter(|case| !case.passed()).collect());
        let first = failures.first().and_then(|lines| lines.first()).map(String::as_str).unwrap_or_default();
        out += &format!("      <{element} message=\"{}\">{}</{element}>\n", xml(first), xml(&joined(&failures)));
    }
    let differing = told(test.cases.iter().filter(|case| case.passed() && case.differs()).collect());
    let offline = test.cases.iter().filter_map(|case| match &case.live {
        Some(Live::OfflineOnly(why)) => Some(vec![format!("{}: decided offline only: {why}", case.place)]),
        _ => None,
    });
    let notes: Vec<Vec<String>> = differing.into_iter().chain(offline).collect();
    if !notes.is_empty() {
        out += &format!("      <system-out>{}</system-out>\n", xml(&joined(&notes)));
    }
    out
}

/// Text in XML: what would be markup is escaped, what XML 1.0 cannot hold is shown as an escape.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out.push('\n'),
            c if super::escape::is_harmful(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out += &format!("\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_xml() {
        assert_eq!(xml("a\"<b>&\u{1b}]]>\u{ffff}"), "a&quot;&lt;b&gt;&amp;\\u{1b}]]&gt;\\u{ffff}");
    }
}
