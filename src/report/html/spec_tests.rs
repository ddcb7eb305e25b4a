//! The specs' tests.

use super::text::{filterable, line, prose, section};
use crate::report::count;
use crate::review::AccountReport;

/// Failed tests in full; passed ones are counted.
pub fn write(out: &mut String, account: &AccountReport, n: usize) {
    let Some(tests) = &account.tests else { return };
    if tests.passed == 0 && tests.failed.is_empty() && tests.removed.is_empty() {
        return;
    }
    section(out, n, "tests", "Spec tests", None);
    let passed = count(tests.passed, "test passed", "tests passed");
    let failed = if tests.failed.is_empty() { String::new() } else { format!(", {} failed", tests.failed.len()) };
    *out += &format!("<p>{passed}{failed}.</p>\n<ul class=\"cards\">\n");
    for test in &tests.failed {
        let at = test.at.as_ref().map(|at| format!(" <span class=\"at\">{}</span>", line(&at.to_string()))).unwrap_or_default();
        let new = if test.new { "" } else { " <span class=\"soft\">failed before as well</span>" };
        *out += &format!(
            "<li class=\"card error\"{}>\n<p class=\"head\"><span class=\"badge error\">failed</span> <b>{}</b>{new}{at}</p>\n",
            filterable(&[&test.name], &["failed"]),
            line(&test.name)
        );
        for message in &test.messages {
            *out += &format!("<p>{}</p>\n", prose(message));
        }
        *out += "</li>\n";
    }
    for name in &tests.removed {
        let filter = filterable(&[name], &["removed"]);
        *out += &format!(
            "<li class=\"card warning\"{filter}>\n<p class=\"head\"><span class=\"badge warning\">removed</span> {}</p>\n</li>\n",
            line(name)
        );
    }
    *out += "</ul>\n</section>\n";
}
