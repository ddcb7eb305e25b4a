//! A review or a plan as one page: no other file, no address that is fetched, and a policy (CSP) that lets nothing run but the script
//! that is named by its hash. The page says all without the script too; the script filters and unfolds.

mod access;
mod account;
mod banner;
mod changes;
mod diff;
mod fields;
mod findings;
mod graph;
mod hash;
mod plan;
mod spec_tests;
mod text;

use crate::review::{Report, Subject};
use hash::hash;
use text::{esc, line};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page. The same report gives the same bytes.
pub fn review_html(report: &Report) -> String {
    let style = format!("{STYLE}{}", super::graph::STYLE);
    let title = title(report);
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out += &format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n",
        hash(&style),
        hash(SCRIPT)
    );
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";
    out += &format!("<title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n", line(&title));
    out += "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n";
    banner::head(&mut out, report);
    out += "<main id=\"main\">\n";
    banner::verdict(&mut out, report);
    banner::notices(&mut out, report);
    banner::tools(&mut out, report);
    for (i, account) in report.accounts.iter().enumerate() {
        account::write(&mut out, report, account, i + 1);
    }
    out += "<p class=\"nothing\" id=\"nothing\" hidden>Nothing matches the filter.</p>\n</main>\n";
    out +=
        &format!("<footer><p>iamctl {}</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n", esc(&report.iamctl_version));
    out
}

fn title(report: &Report) -> String {
    let what = if report.subject == Subject::Plan { "Plan" } else { "Review" };
    let names: Vec<&str> = report.accounts.iter().flat_map(|a| &a.accounts).map(|a| a.name.as_str()).collect();
    match names.as_slice() {
        [] => format!("{what} by iamctl"),
        [name] => format!("{what} of {name}"),
        names => format!("{what} of {} accounts", names.len()),
    }
}
