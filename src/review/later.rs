//! What a change means on later days: from the day of an `expires` on, something counts as not declared, and that may be what held access back.

use std::collections::BTreeSet;

use super::compare::Compared;
use super::report::{AccountReport, Notice, NoticeKind, Reservation, ReviewVerdict, Subject};
use super::verdict::ReviewBasis;
use super::{headline, verdict};
use crate::spec::Resolved;

/// Days that are looked at.
const MOST_DAYS: usize = 12;

/// The days, in order, on which one side declares something no longer that the other one still does.
pub fn later_days(base: &Resolved, head: &Resolved, today: &str) -> Vec<String> {
    let differing = |one: &Resolved, other: &Resolved| -> Vec<String> {
        one.ends.iter().filter(|(what, day)| other.ends.get(*what) != Some(*day)).map(|(_, day)| day.clone()).collect()
    };
    // Days in this form compare as texts.
    let days: BTreeSet<String> = differing(base, head).into_iter().chain(differing(head, base)).collect();
    days.into_iter().filter(|day| day.as_str() > today).collect()
}

impl Compared {
    /// Adds what `compare` finds on each of these days, the first ones; that the others are not looked at is a reservation.
    pub fn add_days(&mut self, days: &[String], compare: impl Fn(&str) -> Self) {
        for day in days.iter().take(MOST_DAYS) {
            self.add_day(&compare(day), day);
        }
        if let Some(day) = days.get(MOST_DAYS) {
            let why = format!("`expires` changes for {} days, and those from {day} on are not compared", days.len());
            self.report.reserve("expires", "later days", why);
            self.notices.extend(self.report.reservations.last().map(Reservation::notice));
        }
    }

    /// Adds what the same change is found to mean on a later day and does not mean today.
    fn add_day(&mut self, later: &Self, day: &str) {
        let today = &self.report;
        let mut more = AccountReport { accounts: today.accounts.clone(), ..later.report.clone() };
        more.access.retain(|change| !today.access.contains(change));
        more.chains.retain(|chain| !today.chains.contains(chain));
        more.reservations.retain(|one| !today.reservations.contains(one));
        let found = verdict::of(&more, ReviewBasis { failed: later.failed, comparable: later.comparable });
        if self.failed || matches!(found, ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess) {
            return;
        }
        let opened = more.chains.iter().find(|chain| chain.opened).map(|chain| chain.principal.to_string());
        let subject = opened.or_else(|| more.access.first().map(|change| change.principal.to_string()));
        let subject = subject.unwrap_or_else(|| "expires".to_owned());
        let what = headline::headline(Subject::PullRequest, found, std::slice::from_ref(&more), &[]);
        let notice = Notice::warning(subject, format!("from {day} on: {what}")).of_kind(NoticeKind::Later);
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}
