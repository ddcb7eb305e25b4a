//! The first lines: what it is about, the verdict, what must be read before all else, and the filter.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::text::{code, line, prose};
use crate::plan::Action;
use crate::report::count;
use crate::review::{AccountReport, Concern, Report, ReviewVerdict, Subject};

/// Accounts of one entry that are named unfolded.
const NAMES: usize = 8;

/// The page's head: the accounts, and links to them where there are several.
pub fn head(report: &Report) -> Markup {
    html! {
        header.top {
            p.brand { "iamctl" }
            h1 {
                @if report.subject == Subject::Plan { "Plan" } @else { "Review" }
                @match report.accounts.as_slice() {
                    _ if report.fleet.is_some() => {
                        " of " (count(report.fleet.as_ref().map_or(0, |fleet| fleet.accounts.len()), "account", "accounts"))
                    },
                    [] => {},
                    [one] => {
                        " of " (with_ids(one))
                        @if let Some(stack) = &one.stack { " " span.soft { "stack " (line(stack)) } }
                    },
                    several => { " of " (count(several.iter().map(|a| a.accounts.len()).sum(), "account", "accounts")) },
                }
            }
            @if report.accounts.len() > 1 {
                nav aria-label="Accounts" {
                    ul {
                        @for (i, account) in report.accounts.iter().enumerate() {
                            li { a href={"#a" (i + 1)} { (line(&account.whose())) } }
                        }
                    }
                }
            }
        }
    }
}

/// The names of an entry's accounts; harmless.
pub fn names(account: &AccountReport) -> String {
    account.accounts.iter().map(|a| line(&a.name)).collect::<Vec<_>>().join(", ")
}

/// The same with their ids.
pub fn with_ids(account: &AccountReport) -> Markup {
    html! {
        @for (i, one) in account.accounts.iter().take(NAMES).enumerate() {
            @if i > 0 { ", " }
            (line(&one.name)) " " span.soft { (one.id) }
        }
        @if account.accounts.len() > NAMES {
            details.fold {
                summary { "and " (account.accounts.len() - NAMES) " more" }
                @for one in account.accounts.iter().skip(NAMES) { (line(&one.name)) " " span.soft { (one.id) } " " }
            }
        }
    }
}

/// A verdict's class, sign and word.
fn words(report: &Report) -> (&'static str, &'static str, &'static str) {
    match report.verdict {
        ReviewVerdict::NoChange => ("good", "\u{2713}", "No change"),
        ReviewVerdict::NoNewAccess => ("good", "\u{2713}", "No new access"),
        ReviewVerdict::Undecided if report.is_ceiling() => ("warn", "!", "A ceiling is lifted"),
        ReviewVerdict::Undecided => ("doubt", "?", "Undecided"),
        ReviewVerdict::NewAccess => ("warn", "!", "New access"),
        ReviewVerdict::Escalation => ("bad", "!", "Escalation"),
        ReviewVerdict::Error => ("bad", "\u{00d7}", "Error"),
    }
}

/// The answer in one word and in one sentence, and what a gate may refuse.
pub fn verdict(report: &Report) -> Markup {
    let (class, sign, word) = words(report);
    // The sentence without the word above it.
    let rest = report.headline.strip_prefix(word).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&report.headline);
    html! {
        section class={"verdict " (class)} aria-labelledby="verdict" {
            span.seal aria-hidden="true" { (sign) }
            div {
                h2 id="verdict" { (word) }
                p { (prose(rest)) }
                @if !report.concerns.is_empty() {
                    ul.concerns aria-label="What a gate may refuse" {
                        @for concern in &report.concerns {
                            @let (word, help) = gate(*concern);
                            li title=(help) { (word) }
                        }
                    }
                }
            }
        }
    }
}

fn gate(concern: Concern) -> (&'static str, &'static str) {
    match concern {
        Concern::NewAccess => {
            ("new access", "a principal is allowed something that it was not, or someone may assume a role that they could not")
        }
        Concern::Ceiling => ("ceiling", "a denial or a boundary keeps less than it did"),
        Concern::Escalation => ("escalation", "a new way to more than was given"),
        Concern::Error => ("error", "errors in the specs or the plan, new findings of that severity, or failing tests"),
        Concern::Undecided => ("undecided", "a verdict on access that could not be proven"),
        Concern::Controls => ("controls", "guards, requirements, ownership, waivers or tests are weaker than before"),
    }
}

/// What must be read before all else.
pub fn notices(report: &Report) -> Markup {
    html! {
        @if !report.notices.is_empty() {
            section.notices aria-labelledby="notices" {
                h2 id="notices" { (count(report.notices.len(), "thing to read first", "things to read first")) }
                ul {
                    @for notice in &report.notices {
                        @let word = notice.severity.word();
                        li { span class={"badge " (word)} { (word) } " " (code(&notice.subject)) " " (prose(&notice.message)) }
                    }
                }
            }
        }
    }
}

/// The filter: a box, and a button for each action, kind and verdict that there is. Shown by the script, for without it it does nothing.
pub fn tools(report: &Report) -> Markup {
    let mut actions: BTreeSet<Action> = BTreeSet::new();
    let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
    let mut verdicts: BTreeSet<(&'static str, &'static str)> = BTreeSet::new();
    for account in &report.accounts {
        actions.extend(account.changes.iter().chain(&account.drift).map(|c| c.action));
        kinds.extend(account.changes.iter().map(|c| c.address.kind.word()));
        kinds.extend(account.access.iter().map(|c| c.principal.kind.word()));
        verdicts.extend(account.access.iter().map(|c| super::access::token(c.verdict)));
    }
    if report.fleet.is_none()
        && actions.is_empty()
        && kinds.is_empty()
        && report.accounts.iter().all(|a| a.findings.new.is_empty())
    {
        return html! {};
    }
    let outcomes: BTreeSet<&'static str> =
        report.fleet.iter().flat_map(|fleet| fleet.totals.keys()).map(|outcome| super::fleet::token(*outcome)).collect();
    let groups: [(&str, Vec<(&str, &str)>); 4] = [
        ("Outcome", outcomes.into_iter().map(|o| (o, o)).collect()),
        ("Action", actions.into_iter().map(|a| (super::changes::token(a), super::changes::token(a))).collect()),
        ("Kind", kinds.into_iter().map(|k| (k, k)).collect()),
        ("Access", verdicts.into_iter().collect()),
    ];
    html! {
        div.tools id="tools" role="search" hidden {
            label.box {
                span.sr { "Filter by name, kind, action, verdict or code" }
                input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="Filter (press /)";
            }
            @for (name, tokens) in groups.iter().filter(|(_, tokens)| tokens.len() > 1) {
                div.chips role="group" aria-label=(name) {
                    @for (token, word) in tokens {
                        button.chip type="button" data-w=(token) aria-pressed="false" { (word) }
                    }
                }
            }
            div.end {
                span id="count" role="status" {}
                button.link type="button" id="unfold" { "Unfold all" }
            }
        }
    }
}
