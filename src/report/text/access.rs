//! What each principal gains and loses; principals with the same change are grouped.

use super::{Detail, Page, some};
use crate::plan::AccessVerdict;
use crate::report::escape;
use crate::report::style::Role;
use crate::report::view::access::verdict;
use crate::report::view::{AccessGroup, AccountView, Line, line};

/// The access section; nothing when no principal's access was looked at.
pub(super) fn write(page: &mut Page, view: &AccountView<'_>) {
    if view.access.is_empty() {
        return;
    }
    page.heading(Role::Strong, "Access:");
    for group in &view.access {
        match page.detail {
            Detail::Full => full(page, group),
            Detail::Summary => summary(page, group),
        }
    }
}

fn full(page: &mut Page, group: &AccessGroup<'_>) {
    let (line, names) = head(group);
    page.line(&line);
    if let Some(names) = names {
        page.line(&Line::of(6, Role::Dim, names));
    }
    if let Some(through) = group.through() {
        page.line(&Line::of(6, Role::Dim, format!("through {through}")));
    }
    for text in group.change.reason.iter().flat_map(|reason| escape::block(reason)) {
        page.line(&Line::of(6, Role::Dim, text));
    }
    for (grants, role, sign) in [(&group.gained, Role::Create, '+'), (&group.lost, Role::Delete, '-')] {
        grants.iter().for_each(|grant| page.lines(&line::of_grant(grant, 4, role, sign)));
    }
    if !group.ceiling.is_empty() {
        page.line(&Line::plain(4, CEILING));
        group.ceiling.iter().for_each(|grant| page.lines(&line::of_grant(grant, 4, Role::Warning, '!')));
    }
}

/// Stands above grants that a Deny or a boundary no longer prevents.
pub const CEILING: &str = "no longer denied, so that a resource policy may allow it:";

/// One line: who, the verdict, and the first grant.
fn summary(page: &mut Page, group: &AccessGroup<'_>) {
    let (line, _) = head(group);
    let all = || {
        group
            .gained
            .iter()
            .map(|g| ('+', g))
            .chain(group.ceiling.iter().map(|g| ('!', g)))
            .chain(group.lost.iter().map(|g| ('-', g)))
    };
    let mut line = match all().next() {
        Some((sign, grant)) => line.with(None, format!("  {sign} {}", grant.sentence())),
        None => line,
    };
    if let Some(more) = all().count().checked_sub(1).filter(|more| *more > 0) {
        line = line.with(Some(Role::Dim), format!(" and {more} more"));
    }
    if let Some(through) = group.through() {
        line = line.with(Some(Role::Dim), format!(" through {through}"));
    }
    page.line(&line);
}

/// Who and the verdict; and the names of many.
fn head(group: &AccessGroup<'_>) -> (Line, Option<String>) {
    let (role, word) = verdict(group.change.verdict, group.change.lost.is_empty());
    let names: Vec<String> = group.principals.iter().map(ToString::to_string).collect();
    let is_calm = group.change.verdict == AccessVerdict::NoNewAccess && group.lost.is_empty() && group.ceiling.is_empty();
    let (who, below) = match names.len() {
        1..=3 => (escape::line(&names.join(", ")).into_owned(), None),
        _ if is_calm && names.len() <= super::fleet::NAMES => (some(&names), None),
        _ => (group.counted(), Some(some(&names))),
    };
    (Line::of(2, Role::Strong, who).with(None, "  ").with(Some(role), word), below)
}
