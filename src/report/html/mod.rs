//! A review or a plan as one page: no other file, no address that is fetched, and a policy (CSP) that lets nothing run but the script
//! that is named by its hash. The page says all without the script too; the script filters and unfolds.

mod access;
mod account;
mod banner;
mod changes;
mod diff;
mod fields;
mod findings;
mod fleet;
mod graph;
mod hash;
mod plan;
mod spec_tests;
mod text;

use maud::{DOCTYPE, PreEscaped, html};

use super::view::View;
use crate::review::{Report, Subject};
use hash::hash;
use text::line;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page. Equal reports produce equal bytes.
pub fn review_html(report: &Report) -> String {
    let view = View::of(report);
    let style = format!("{STYLE}{}", super::graph::STYLE);
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (line(&title(report))) }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (banner::head(report))
                main id="main" {
                    (banner::verdict(report))
                    (banner::notices(report))
                    (banner::tools(report))
                    @for (i, account) in view.accounts.iter().enumerate() { (account::write(report, account, i + 1)) }
                    (fleet::write(report))
                    p.nothing id="nothing" hidden { "Nothing matches the filter." }
                }
                footer { p { "iamctl " (line(&report.iamctl_version)) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn title(report: &Report) -> String {
    let what = if report.subject == Subject::Plan { "Plan" } else { "Review" };
    if let Some(fleet) = &report.fleet {
        return format!("{what} of {} accounts", fleet.accounts.len());
    }
    let names: Vec<&str> = report.accounts.iter().flat_map(|a| &a.accounts).map(|a| a.name.as_str()).collect();
    match names.as_slice() {
        [] => format!("{what} by iamctl"),
        [name] => format!("{what} of {name}"),
        names => format!("{what} of {} accounts", names.len()),
    }
}
