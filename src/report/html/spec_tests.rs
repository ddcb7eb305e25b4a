//! The specs' tests.

use maud::{Markup, html};

use super::text::{Filter, line, prose, section};
use crate::report::count;
use crate::review::AccountReport;

/// Failed tests in full; passed ones are counted.
pub fn write(account: &AccountReport, n: usize) -> Markup {
    let Some(tests) = &account.tests else { return html! {} };
    if tests.passed == 0 && tests.failed.is_empty() && tests.removed.is_empty() {
        return html! {};
    }
    let body = html! {
        p {
            (count(tests.passed, "test passed", "tests passed"))
            @if !tests.failed.is_empty() { ", " (tests.failed.len()) " failed" }
            "."
        }
        ul.cards {
            @for test in &tests.failed {
                @let filter = Filter::of(&[&test.name], &["failed"]);
                li.card.error data-f=(filter.words) data-t=(filter.tokens) {
                    p.head {
                        span.badge.error { "failed" } " " b { (line(&test.name)) }
                        @if !test.new { " " span.soft { "failed before as well" } }
                        @if let Some(at) = &test.at { " " span.at { (line(&at.to_string())) } }
                    }
                    @for message in &test.messages { p { (prose(message)) } }
                }
            }
            @for name in &tests.removed {
                @let filter = Filter::of(&[name], &["removed"]);
                li.card.warning data-f=(filter.words) data-t=(filter.tokens) {
                    p.head { span.badge.warning { "removed" } " " (line(name)) }
                }
            }
        }
    };
    section(n, "tests", "Spec tests", None, body)
}
