//! Outcomes of spec tests as JUnit XML, which CI systems read. One `testcase` a test; its `file` and `line` lead to the spec.

use super::tests_text::failure;
use crate::cases::TestOutcome;

/// The whole document.
pub fn tests_junit(tests: &[TestOutcome]) -> String {
    let failed = tests.iter().filter(|test| !test.passed()).count();
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\"", tests.len());
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"iamctl\" {counts}>\n");
    out += &format!("  <testsuite name=\"iamctl test\" {counts}>\n");
    for test in tests {
        out += &format!(
            "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
            xml(&test.name),
            xml(&test.subject),
            xml(&test.place.file),
            test.place.line
        );
        let failures: Vec<Vec<String>> =
            test.cases.iter().filter(|case| !case.passed()).map(|case| failure(test, case)).collect();
        let Some(first) = failures.first().and_then(|lines| lines.first()) else {
            out += "/>\n";
            continue;
        };
        let text: Vec<String> = failures.iter().map(|lines| lines.join("\n    ")).collect();
        out += &format!(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", xml(first), xml(&text.join("\n")));
    }
    out + "  </testsuite>\n</testsuites>\n"
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
