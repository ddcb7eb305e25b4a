//! Renders what the other modules found: pure functions from data to text and JSON.
//!
//! Every text that comes from a spec or an account goes through [`escape`] (INVARIANT (inert-text)).

mod access;
mod apply_text;
mod aws_policies;
mod check_text;
mod diagnostics;
mod diff;
pub mod escape;
mod github;
pub mod graph;
mod history;
mod html;
mod junit;
pub mod manual;
mod markdown;
mod remarks;
mod sarif;
mod schema;
mod simulate;
mod spec_tests;
mod style;
mod text;
mod view;

pub use access::{AccessAnswer, access_json, access_text};
pub use apply_text::{outcome_json, outcome_text, step_line};
pub use aws_policies::{AwsPolicyLine, aws_policies_json, aws_policies_text};
pub use check_text::{check_text, required_text};
pub use diagnostics::{diagnostics_text, findings_json};
pub use diff::{DiffLine, document_diff};
pub use github::github;
pub use history::{
    History, HistoryChange, HistoryEntry, VersionDiff, history_json, history_text, version_diff_json, version_diff_text,
};
pub use html::review_html;
pub use junit::tests_junit;
pub use markdown::review_markdown;
pub use remarks::{Origin, Remarks};
pub use sarif::sarif;
pub use schema::{
    access_schema, check_required_schema, check_schema, findings_schema, fleet_schema, outcome_schema, plan_schema,
    review_schema, simulation_schema, snapshot_schema, tests_schema,
};
pub use simulate::{simulation_json, simulation_text};
pub use spec_tests::{tests_json, tests_text};
pub use style::{Paint, Role};
pub use text::{Detail, fleet_text, report_text, summary_line};

use serde::Serialize;

/// One JSON document, indented, with a final line end. Empty only if the value has no JSON form, which no type of ours lacks. What could
/// hide or reorder text on a terminal is escaped, as JSON can spell every character (INVARIANT (inert-text)).
pub fn json<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default();
    if text.is_ascii() && !text.contains('\u{7f}') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            // Beside line ends, such characters stand in strings alone.
            c if escape::is_harmful(c) => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}"));
            }
            c => out.push(c),
        }
    }
    out
}

/// A plan as `--format json` prints it and `--out` saves it.
pub fn plan_json(plan: &crate::plan::Plan) -> String {
    json(plan)
}

/// `1 entity`, `2 entities`: a count with its noun.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
