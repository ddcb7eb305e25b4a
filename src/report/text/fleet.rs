//! A plan of many accounts: their outcomes.

use super::{Detail, Page};
use crate::report::diff::Shown;
use crate::report::escape;
use crate::report::style::{Paint, Role};
use crate::report::view::Line;
use crate::review::{Fleet, FleetAccount, FleetOutcome};

/// Names in one line.
pub const NAMES: usize = 8;

/// What became of an apply to many accounts.
pub fn fleet_text(fleet: &Fleet, headline: &str, paint: Paint) -> String {
    let mut page = Page { paint, detail: Detail::Full, shown: Shown::default(), out: String::new() };
    let role = if fleet.accounts.iter().any(|account| account.outcome.is_trouble()) { Role::Error } else { Role::Strong };
    page.line(&Line::of(0, role, escape::line(headline)));
    write(&mut page, fleet);
    page.out
}

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
    for guard in &fleet.guards {
        let head = Line::of(2, Role::Error, format!("! {}", escape::line(&guard.guard)));
        page.line(&head.with(None, format!(": {}", escape::line(&guard.message))));
        if let Some(way) = guard.way_through() {
            let text = format!(" to allow it for one run, add {}", escape::line(&way));
            page.line(&Line::of(6, Role::Note, "help:").with(None, text));
        }
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
