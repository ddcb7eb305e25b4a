//! A plan of many accounts: a table of their outcomes, which the filter searches.

use maud::{Markup, html};

use super::text::{Filter, line, prose};
use crate::report::count;
use crate::review::{Fleet, FleetOutcome, Report};

/// The table.
pub fn write(report: &Report) -> Markup {
    let Some(fleet) = &report.fleet else { return html! {} };
    html! {
        section.account aria-labelledby="accounts" {
            h2.who id="accounts" { (count(fleet.accounts.len(), "account", "accounts")) }
            (totals(fleet))
            @for guard in &fleet.guards { p { span class="badge error" { (line(&guard.guard)) } " " (prose(&guard.message)) } }
            table.grid {
                thead { tr { th { "Account" } th { "Id" } th { "Unit" } th { "Outcome" } th { "Changes" } th { "Why" } } }
                tbody {
                    @for account in &fleet.accounts {
                        @let id = account.id.as_ref().map(|id| id.as_str()).unwrap_or_default();
                        @let ou = account.ou.as_deref().unwrap_or_default();
                        @let why = account.message.as_deref().unwrap_or_default();
                        @let word = account.outcome.words();
                        @let filter = Filter::of(&[&account.name, id, ou, word, why], &[token(account.outcome)]);
                        tr data-f=(filter.words) data-t=(filter.tokens) {
                            th scope="row" { (line(&account.name)) }
                            td { (id) }
                            td { (line(ou)) }
                            td { span class={"badge " (class(account.outcome))} { (word) } }
                            td {
                                @if let Some(s) = &account.summary {
                                    (s.create + s.update + s.delete + s.adopt + s.replace + s.detach_only + s.release)
                                }
                            }
                            td { (prose(why)) }
                        }
                    }
                }
            }
            @if !fleet.elsewhere.is_empty() { p.soft { (fleet.elsewhere.len()) " more in other shards" } }
            p.soft { "Fleet digest: " code { (line(&fleet.digest)) } }
        }
    }
}

fn totals(fleet: &Fleet) -> Markup {
    html! {
        dl.tiles {
            @for (outcome, n) in &fleet.totals {
                div class={"tile " (if outcome.is_trouble() { "del" } else { "" })} { dt { (outcome.words()) } dd { (n) } }
            }
        }
    }
}

/// The word by which the filter finds an outcome.
pub fn token(outcome: FleetOutcome) -> &'static str {
    match outcome {
        FleetOutcome::PartlyApplied => "partly_applied",
        FleetOutcome::NotStarted => "not_started",
        other => other.words(),
    }
}

fn class(outcome: FleetOutcome) -> &'static str {
    match outcome {
        FleetOutcome::Unchanged | FleetOutcome::Changes | FleetOutcome::Applied => "note",
        FleetOutcome::Blocked | FleetOutcome::NotStarted => "warning",
        _ => "error",
    }
}
