//! The answer in one word and in one sentence, and what a gate may refuse.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::notices::IN_USE;
use super::report::{AccountReport, Concern, Notice, Subject, Verdict};
use crate::diag::Severity;
use crate::lint::rules;
use crate::names::Address;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Action};

/// Longest list or text inside the headline, in characters.
const LONGEST: usize = 120;

/// What an account's result rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Errors left it without a result, or with one that an apply would refuse.
    pub failed: bool,
    /// Both sides had a meaning, all of it.
    pub comparable: bool,
}

/// What one account's result comes to.
pub(super) fn of(account: &AccountReport, standing: Standing) -> Verdict {
    let is = |verdict| account.access.iter().any(|a| a.verdict == verdict);
    if standing.failed {
        Verdict::Error
    } else if account.chains.iter().any(|chain| chain.opened) {
        Verdict::Escalation
    } else if is(AccessVerdict::NewAccess) {
        Verdict::NewAccess
    } else if is(AccessVerdict::Undecided)
        || !standing.comparable
        || account.access.iter().any(|a| !a.ceiling_loosened.is_empty())
    {
        Verdict::Undecided
    } else if account.changes.is_empty() {
        Verdict::NoChange
    } else {
        Verdict::NoNewAccess
    }
}

/// What a gate may refuse of one account.
pub(super) fn concerns(account: &AccountReport, standing: Standing) -> BTreeSet<Concern> {
    let mut found = BTreeSet::new();
    let is = |verdict| account.access.iter().any(|a| a.verdict == verdict);
    let tests = account.tests.iter().flat_map(|t| &t.failed).any(|test| test.new);
    let errors = standing.failed || account.findings.new.iter().any(|f| f.severity == Severity::Error);
    for (concern, holds) in [
        (Concern::NewAccess, is(AccessVerdict::NewAccess)),
        (Concern::Ceiling, account.access.iter().any(|a| !a.ceiling_loosened.is_empty())),
        (Concern::Escalation, account.chains.iter().any(|chain| chain.opened)),
        (Concern::Error, errors || tests),
        (Concern::Undecided, is(AccessVerdict::Undecided) || !standing.comparable),
    ] {
        if holds {
            found.insert(concern);
        }
    }
    found
}

/// The answer in one sentence, of all accounts.
pub(super) fn headline(subject: Subject, verdict: Verdict, accounts: &[AccountReport], notices: &[Notice]) -> String {
    let mut text = match verdict {
        Verdict::NoChange if subject == Subject::Plan => "No changes: the account is as the specs have it".to_owned(),
        Verdict::NoChange => "No change in meaning: what is declared is what was declared before".to_owned(),
        Verdict::NoNewAccess => format!("No new access (proven): {}", changes(accounts)),
        Verdict::Undecided => undecided(accounts),
        Verdict::NewAccess => new_access(accounts),
        Verdict::Escalation => escalation(accounts),
        Verdict::Error => error(accounts),
    };
    text += &deleted(notices);
    let failing = accounts.iter().flat_map(|a| &a.tests).flat_map(|t| &t.failed).filter(|test| test.new).count();
    if failing > 0 {
        text += &format!("; {}", number(failing, "test newly fails", "tests newly fail"));
    }
    text
}

fn number(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn more(n: usize, what: (&str, &str)) -> String {
    match n {
        0 => String::new(),
        n => format!(", and {} more {}", n, if n == 1 { what.0 } else { what.1 }),
    }
}

/// `1 entity created, 2 updated`; the losses that are proven.
fn changes(accounts: &[AccountReport]) -> String {
    let mut counts: BTreeMap<Action, BTreeSet<&Address>> = BTreeMap::new();
    for change in accounts.iter().flat_map(|a| &a.changes) {
        counts.entry(change.action).or_default().insert(&change.address);
    }
    let word = |action: &Action| match action {
        Action::Create => "created",
        Action::Update => "changed",
        Action::Delete => "deleted",
        Action::Adopt => "adopted",
        Action::Replace => "replaced",
        Action::DetachOnly => "let go",
        Action::Release => "released",
        Action::Blocked => "blocked",
    };
    let mut text: Vec<String> = Vec::new();
    for (action, entities) in &counts {
        let noun = match (text.is_empty(), entities.len()) {
            (true, 1) => " entity",
            (true, _) => " entities",
            _ => "",
        };
        text.push(format!("{}{noun} {}", entities.len(), word(action)));
    }
    let losing = accounts.iter().flat_map(|a| &a.access).filter(|a| !a.lost.is_empty()).map(|a| &a.principal);
    let losing: BTreeSet<&Address> = losing.collect();
    let rest = match losing.len() {
        0 => "nobody gains or loses access".to_owned(),
        n => format!("nobody gains access, and {} some", number(n, "principal loses", "principals lose")),
    };
    format!("{}; {rest}", text.join(", "))
}

fn principals(accounts: &[AccountReport], which: impl Fn(&AccessChange) -> bool) -> Vec<&AccessChange> {
    let mut seen = BTreeSet::new();
    accounts.iter().flat_map(|a| &a.access).filter(|a| which(a) && seen.insert(&a.principal)).collect()
}

fn new_access(accounts: &[AccountReport]) -> String {
    let found = principals(accounts, |a| a.verdict == AccessVerdict::NewAccess);
    let Some(first) = found.first() else { return "New access".to_owned() };
    let what = first
        .gained
        .first()
        .map_or_else(|| format!("`{}` gains access", first.principal), |grant| gains(&first.principal, grant));
    let rest = match found.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more principal gains access".to_owned(),
        n => format!(", and {n} more principals gain access"),
    };
    format!("New access: {what}{rest}")
}

/// What a principal may newly do; who may newly assume it.
pub fn gains(principal: &Address, grant: &AccessGrant) -> String {
    if let Some(caller) = grant.example.get("principal").and_then(Value::as_str) {
        return format!("`{}` may now assume `{principal}`", clip(caller));
    }
    format!("`{principal}` may now call {} on {}", listed(&grant.actions), listed(&grant.resources))
}

fn listed(items: &[String]) -> String {
    match items {
        [] => "something".to_owned(),
        [one] => format!("`{}`", clip(one)),
        [one, two] => format!("`{}` and `{}`", clip(one), clip(two)),
        [one, rest @ ..] => format!("`{}` and {} more", clip(one), rest.len()),
    }
}

fn clip(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    // A name that is cut stays a name.
    let close = if cut.matches('`').count() % 2 == 1 { "`" } else { "" };
    format!("{cut}…{close}")
}

fn undecided(accounts: &[AccountReport]) -> String {
    let found = principals(accounts, |a| a.verdict == AccessVerdict::Undecided);
    if let Some(first) = found.first() {
        let why = first.reason.as_ref().map(|why| format!(" ({})", clip(why))).unwrap_or_default();
        let rest = more(found.len() - 1, ("principal", "principals"));
        return format!("Undecided: whether `{}` gains access could not be proven{why}{rest}", first.principal);
    }
    let loosened = principals(accounts, |a| !a.ceiling_loosened.is_empty());
    match loosened.first() {
        Some(first) => format!(
            "A ceiling is lifted: a denial or a boundary keeps less from `{}` than it did{}; its own policies give it no new access",
            first.principal,
            more(loosened.len() - 1, ("principal", "principals"))
        ),
        None => "Undecided: the specs before this change have errors, so there is nothing to hold it against".to_owned(),
    }
}

fn escalation(accounts: &[AccountReport]) -> String {
    let opened: Vec<_> = accounts.iter().flat_map(|a| &a.chains).filter(|chain| chain.opened).collect();
    let who: BTreeSet<&Address> = opened.iter().map(|chain| &chain.principal).collect();
    // The way itself before those who come to it by others.
    let rank = |code: &str| [rules::ADMINISTRATOR_ACCESS.code, rules::PRIVILEGE_ESCALATION.code].iter().position(|c| *c == code);
    let Some(first) = opened.iter().min_by_key(|c| rank(&c.code).unwrap_or(usize::MAX)) else { return "Escalation".to_owned() };
    let rest = more(who.len() - 1, ("principal", "principals"));
    format!("Escalation: {}{rest}", clip(&first.message))
}

fn error(accounts: &[AccountReport]) -> String {
    let mut seen = BTreeSet::new();
    let all: Vec<_> = accounts.iter().flat_map(|a| &a.errors).filter(|e| seen.insert(*e)).collect();
    let Some(first) = all.first() else { return "Errors".to_owned() };
    let about = first.address.as_ref().map(|a| format!("`{a}`: ")).unwrap_or_default();
    let place = match (&first.file, first.line) {
        (Some(file), Some(line)) => format!(" (`{file}:{line}`)"),
        (Some(file), None) => format!(" (`{file}`)"),
        _ => String::new(),
    };
    format!("Error: {about}{}{place}{}", clip(&first.message), more(all.len() - 1, ("error", "errors")))
}

/// Roles that go while something still uses them: nobody should have to read on to learn of it.
fn deleted(notices: &[Notice]) -> String {
    let found: Vec<&str> = notices.iter().filter(|n| n.message.starts_with(IN_USE)).map(|n| n.subject.as_str()).collect();
    match found.as_slice() {
        [] => String::new(),
        [one] => format!("; `{one}` is deleted while still in use"),
        [one, rest @ ..] => format!("; `{one}` and {} more are deleted while still in use", rest.len()),
    }
}
