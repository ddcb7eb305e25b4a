//! What each principal gains and loses; principals with the same change share a card.

use maud::{Markup, html};

use super::text::{Filter, address, code, id, line, prose, section};
use crate::plan::AccessVerdict;
use crate::report::view::access::{Example, NOTHING_TODAY, text};
use crate::report::view::{AccessGroup, AccountView, GrantView};

/// Cards that are unfolded from the start.
const UNFOLDED: usize = 12;
/// Items of one list shown before the rest is folded away.
const SHOWN: usize = 6;
/// Statements of access shown before the rest is folded away.
const GRANTS: usize = 5;

/// The word by which the filter finds a verdict, and what a reader sees.
pub fn token(verdict: AccessVerdict) -> (&'static str, &'static str) {
    match verdict {
        AccessVerdict::NewAccess => ("new_access", "new access"),
        AccessVerdict::NoNewAccess => ("no_new_access", "no new access"),
        AccessVerdict::Undecided => ("undecided", "undecided"),
    }
}

/// A badge with the verdict.
pub fn badge(group: &AccessGroup<'_>) -> Markup {
    let (class, words) = match group.change.verdict {
        AccessVerdict::NewAccess => ("warn", "new access"),
        AccessVerdict::NoNewAccess if !group.ceiling.is_empty() => ("doubt", "a ceiling is lifted"),
        AccessVerdict::NoNewAccess if group.lost.is_empty() => ("good", "no new access"),
        AccessVerdict::NoNewAccess => ("good", "less access"),
        AccessVerdict::Undecided => ("doubt", "undecided: may be new access"),
    };
    html! { span class={"badge " (class)} { (words) } }
}

/// The section, gravest first; nothing when no principal's access was looked at.
pub fn write(view: &AccountView<'_>, n: usize) -> Markup {
    if view.access.is_empty() {
        return html! {};
    }
    let mut sorted: Vec<&AccessGroup<'_>> = view.access.iter().collect();
    sorted.sort_by_key(|group| group.rank());
    let cards = html! {
        @for (at, group) in sorted.into_iter().enumerate() {
            (card(view, group, n, at < UNFOLDED && group.rank() < 4))
        }
    };
    section(n, "access", "Access", Some(view.report.access.len()), cards)
}

fn card(view: &AccountView<'_>, group: &AccessGroup<'_>, n: usize, open: bool) -> Markup {
    let names: Vec<String> = group.principals.iter().map(ToString::to_string).collect();
    let (verdict, _) = token(group.change.verdict);
    let kinds = group.principals.iter().map(|who| who.kind.word());
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let filter = Filter::of(&words, &kinds.chain([verdict]).collect::<Vec<_>>());
    let anchor = |name: &str| id(n, "access", name);
    let changed = |name: &str| view.report.changes.iter().any(|c| c.address.to_string() == name).then(|| id(n, "change", name));
    let says_nothing =
        group.change.reason.is_none() && group.gained.is_empty() && group.lost.is_empty() && group.ceiling.is_empty();
    let first = names.first().map(String::as_str).unwrap_or_default();
    html! {
        details.item id=(anchor(first)) data-f=(filter.words) data-t=(filter.tokens) open[open] {
            summary {
                @if let [one] = group.principals.as_slice() { (address(one)) } @else { b { (group.counted()) } }
                " " (badge(group))
            }
            div.body {
                @if group.principals.len() > 1 { (holders(group, &anchor)) }
                @if let Some(through) = group.through() { p.soft { "through " (through) } }
                @if let Some(reason) = &group.change.reason { p.soft { (prose(reason)) } }
                (grants(&group.gained, "gain", "+", "Gains"))
                (grants(&group.lost, "loss", "\u{2212}", "Loses"))
                @if !group.ceiling.is_empty() {
                    p { "A denial or a boundary no longer prevents this where a resource policy allows it; own policies do not allow it:" }
                    (grants(&group.ceiling, "gain", "!", "May be allowed"))
                }
                @if says_nothing { p.soft { "Proven: it may do exactly what it could do before." } }
                @if let (1, Some(change)) = (names.len(), changed(first)) {
                    p.more { a href={"#" (change)} { "What changes in it" } }
                }
            }
        }
    }
}

/// Everyone with this change, each with its own anchor; the first is the anchor of the card.
fn holders(group: &AccessGroup<'_>, anchor: &dyn Fn(&str) -> String) -> Markup {
    let (first, rest) = group.principals.split_at(group.principals.len().min(SHOWN));
    let item = |(i, who): (usize, &&crate::names::Address)| {
        let id = (i > 0).then(|| anchor(&who.to_string()));
        html! { li id=[id] { (address(who)) } }
    };
    html! {
        ul.plain.holders { @for one in first.iter().enumerate() { (item(one)) } }
        @if !rest.is_empty() {
            details.rest {
                summary { "and " (rest.len()) " more" }
                ul.plain.holders { @for (i, one) in rest.iter().enumerate() { (item((i + SHOWN, one))) } }
            }
        }
    }
}

fn grants(list: &[GrantView<'_>], class: &str, sign: &str, title: &str) -> Markup {
    let (first, rest) = list.split_at(list.len().min(GRANTS));
    html! {
        @if !first.is_empty() { (some(first, class, sign, title)) }
        @if !rest.is_empty() {
            details.rest { summary { "and " (rest.len()) " more" } (some(rest, class, sign, title)) }
        }
    }
}

fn some(list: &[GrantView<'_>], class: &str, sign: &str, title: &str) -> Markup {
    html! {
        ul class={"grants " (class)} aria-label=(title) {
            @for grant in list {
                li { span.sign aria-hidden="true" { (sign) } div { (self::grant(grant)) } }
            }
        }
    }
}

fn grant(view: &GrantView<'_>) -> Markup {
    let grant = view.grant;
    let conditions = view.conditions();
    html! {
        p {
            @if let Some(caller) = &view.caller {
                (prose(caller)) " " span.on { "may assume it" } " (" (items(&grant.actions)) ")"
            } @else {
                (items(&grant.actions)) " " span.on { "on" } " " (items(&grant.resources))
            }
        }
        @if !conditions.is_empty() {
            p.when {
                span.on { "when" } " "
                @for (i, test) in conditions.iter().enumerate() {
                    @if i > 0 { " " span.on { "and" } " " }
                    (code(test))
                }
            }
        }
        @if let (Some(summary), None) = (&grant.summary, &view.caller) { p.soft { (line(summary)) } }
        @for (what, names) in view.grave() { p.grave { (what) ": " (items(names)) } }
        @if grant.grants_nothing_today { p.soft { (NOTHING_TODAY) } }
        @if let Some(example) = view.example() { (self::example(&example, view.caller.is_some())) }
        (all(&grant.actions, "actions"))
        @if view.caller.is_none() { (all(&grant.resources, "resources")) }
    }
}

/// The first few; [`all`] has the rest.
fn items(list: &[String]) -> Markup {
    html! {
        @if list.is_empty() { span.soft { "(not given)" } }
        @for (i, item) in list.iter().take(SHOWN).enumerate() {
            @if i > 0 { ", " }
            (code(item))
        }
        @if list.len() > SHOWN { " and " (list.len() - SHOWN) " more" }
    }
}

/// All of a list of which some were left out.
fn all(list: &[String], what: &str) -> Markup {
    html! {
        @if list.len() > SHOWN {
            details.rest {
                summary { "All " (list.len()) " " (what) }
                pre { @for (i, item) in list.iter().enumerate() { @if i > 0 { "\n" } (line(item)) } }
            }
        }
    }
}

/// `of_trust`: the grant names the action and the role already.
fn example(example: &Example<'_>, of_trust: bool) -> Markup {
    html! {
        p.example {
            span.on { "for example" } " " @match example.caller {
                Some(caller) if of_trust => { (code(caller)) },
                caller => {
                    (code(example.action)) " on " (code(example.resource))
                    @if let Some(caller) = caller { " by " (code(caller)) }
                },
            }
            @for (key, value) in example.context.into_iter().flatten() { ", " (code(&format!("{key}={}", text(value)))) }
        }
    }
}
