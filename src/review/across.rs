//! Ways from a principal of one account to a stronger one in another that a change opens and closes. All accounts of the project take part.

use std::collections::BTreeSet;

use super::compare::Compared;
use super::report::Chain;
use crate::escalation::{Crossing, crossings};
use crate::holdings::AccountState;
use crate::lint::rules::{CROSS_ACCOUNT_ESCALATION, ways_over_accounts};
use crate::model::Snapshot;
use crate::spec::Waiver;

/// One account as both sides of a change leave it.
#[derive(Clone, Debug)]
pub struct Ends {
    /// After the base.
    pub before: Snapshot,
    /// After the head.
    pub after: Snapshot,
    /// The waivers that count.
    pub accepted: Vec<Waiver>,
    /// The day of the review.
    pub today: String,
}

/// Adds the chains to the accounts of those who gain or lose.
pub(super) fn add(compared: &mut [Compared]) {
    let found = chains(compared);
    for (at, chain) in found {
        if let Some(one) = compared.get_mut(at) {
            one.report.chains.push(chain);
        }
    }
}

/// The chains, each with the number of the entry of its principal's account.
fn chains(compared: &[Compared]) -> Vec<(usize, Chain)> {
    let ends: Vec<(usize, &Ends)> = compared.iter().enumerate().filter_map(|(at, one)| Some((at, one.ends.as_ref()?))).collect();
    let Some((_, first)) = ends.first().filter(|_| ends.len() > 1) else { return Vec::new() };
    let of = |side: fn(&Ends) -> &Snapshot| {
        let states: Vec<AccountState<'_>> = ends.iter().map(|(_, ends)| AccountState::of_snapshot(side(ends))).collect();
        crossings(&states, &first.today)
    };
    let (was, is) = (of(|ends| &ends.before), of(|ends| &ends.after));
    let name = |at: &usize| compared.get(*at).and_then(|one| one.report.accounts.first()).map_or("", |account| &account.name);
    let names: Vec<&str> = ends.iter().map(|(at, _)| name(at)).collect();
    let is_waived = |crossing: &Crossing| {
        let accepted = ends.get(crossing.from).map(|(_, ends)| ends.accepted.as_slice()).unwrap_or_default();
        accepted.iter().any(|waiver| waiver.address == crossing.source && waiver.code == CROSS_ACCOUNT_ESCALATION.code)
    };
    let mut found = Vec::new();
    for (side, other, opened) in [(&is, &was, true), (&was, &is, false)] {
        let known: BTreeSet<_> = other.iter().map(|one| (one.from, &one.source, one.into, &one.target)).collect();
        let new = side.iter().filter(|one| !known.contains(&(one.from, &one.source, one.into, &one.target)));
        for way in ways_over_accounts(new.filter(|one| !opened || !is_waived(one)), &names) {
            let Some((at, _)) = ends.get(way.from) else { continue };
            let code = CROSS_ACCOUNT_ESCALATION.code.to_owned();
            found.push((*at, Chain { principal: way.source, code, message: way.message, opened }));
        }
    }
    found
}
