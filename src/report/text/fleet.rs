//! A plan of many accounts: how each of them stands.

use super::Page;
use crate::report::escape;
use crate::report::style::Role;
use crate::report::view::Line;
use crate::review::{Fleet, FleetAccount, FleetOutcome};

/// Names in one line.
pub const NAMES: usize = 8;

/// One line for each outcome; what a person has to look at, account by account with its reason.
pub(super) fn write(page: &mut Page, fleet: &Fleet) {
    page.heading(Role::Strong, "Accounts:");
    for (outcome, n) in &fleet.totals {
        let of: Vec<&FleetAccount> = fleet.accounts.iter().filter(|account| account.outcome == *outcome).collect();
        let head = Line::of(2, colour(*outcome), format!("{n:>5} {}", outcome.words()));
        if !outcome.is_trouble() {
            let names: Vec<String> = of.iter().map(|account| account.name.clone()).collect();
            page.line(&head.with(Some(Role::Dim), format!("  {}", some(&names))));
            continue;
        }
        page.line(&head);
        for account in of {
            let id = account.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            let why = account.message.as_ref().map(|why| format!(": {}", escape::line(why))).unwrap_or_default();
            let line = Line::of(8, Role::Strong, escape::line(&account.name));
            page.line(&line.with(None, format!("{id}{why}")));
        }
    }
    if !fleet.elsewhere.is_empty() {
        page.line(&Line::of(2, Role::Dim, format!("{:>5} in other shards", fleet.elsewhere.len())));
    }
    page.line(&Line::of(0, Role::Dim, format!("Fleet digest: {}", escape::line(&fleet.digest))));
}

fn colour(outcome: FleetOutcome) -> Role {
    match outcome {
        FleetOutcome::Unchanged => Role::Dim,
        FleetOutcome::Changes | FleetOutcome::Applied => Role::Create,
        FleetOutcome::Blocked | FleetOutcome::NotStarted => Role::Warning,
        _ => Role::Error,
    }
}

/// The first few names, and how many more there are; harmless.
pub fn some(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(NAMES).map(|name| escape::line(name)).collect();
    match names.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
