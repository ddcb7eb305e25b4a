//! The answer in one sentence, of all accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::amounts::amounts;
use super::assumed::{self, assumed};
use super::report::{AccountReport, Chain, Notice, NoticeKind, Reservation, ReviewVerdict, Subject};
use crate::catalogue::{self, AccessLevel};
use crate::diag::Severity;
use crate::lint::rules;
use crate::names::{Address, EntityKind};
use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Action, Finding};

/// Longest name inside the headline, and longest sentence that someone else wrote, in characters.
const LONGEST: usize = 120;
const SENTENCE: usize = 240;

/// The answer in one sentence, of all accounts.
pub(super) fn headline(subject: Subject, verdict: ReviewVerdict, accounts: &[AccountReport], notices: &[Notice]) -> String {
    let of_kind = |kind: NoticeKind| notices.iter().filter(move |notice| notice.kind == kind).collect::<Vec<_>>();
    let (controls, stays) = (of_kind(NoticeKind::Control), of_kind(NoticeKind::Stays));
    let later = of_kind(NoticeKind::Later);
    let mut text = match verdict {
        ReviewVerdict::NoChange if subject == Subject::Plan => "No changes: the account is as the specs have it".to_owned(),
        ReviewVerdict::NoChange if !later.is_empty() => "No change of access today".to_owned(),
        ReviewVerdict::NoChange if !controls.is_empty() => "No change of access".to_owned(),
        ReviewVerdict::NoChange => match stays.first() {
            Some(first) => {
                let more = more(stays.len() - 1, ("remark of this kind", "remarks of this kind"));
                format!("Nothing changes in the account: `{}`: {}{more}", first.subject, clip(&first.message, SENTENCE))
            }
            None => "No change in meaning: what is declared is what was declared before".to_owned(),
        },
        ReviewVerdict::NoNewAccess => format!("No new access (proven): {}", changes(accounts)),
        ReviewVerdict::Undecided => undecided(subject, accounts),
        ReviewVerdict::NewAccess => new_access(accounts),
        ReviewVerdict::Escalation => escalation(accounts),
        ReviewVerdict::Error => error(accounts),
    };
    let deleted = deleted(notices);
    text += &deleted;
    if let Some(first) = later.first() {
        text += &format!("; {}", clip(&first.message, SENTENCE));
    }
    let failing: BTreeSet<&str> = failing(accounts).collect();
    if !failing.is_empty() {
        text += &format!("; {}", number(failing.len(), "test newly fails", "tests newly fail"));
    }
    let weaker: BTreeSet<&str> = controls.iter().map(|notice| notice.subject.as_str()).collect();
    match weaker.iter().copied().collect::<Vec<_>>().as_slice() {
        [] => {}
        [one] => text += &format!("; a control is weaker than before: `{one}`"),
        [one, rest @ ..] => {
            text += &format!("; {} controls are weaker than before: `{one}` and {} more", weaker.len(), rest.len())
        }
    }
    // What is said already sends the reader on.
    let calm = matches!(verdict, ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess)
        && deleted.is_empty()
        && weaker.is_empty()
        && later.is_empty();
    match notices.iter().filter(|n| n.severity > Severity::Note).count() {
        n if n == 0 || !calm => {}
        1 => text += "; but read the warning below",
        n => text += &format!("; but read the {n} warnings below"),
    }
    text
}

/// The names of tests that newly fail; one that fails in several accounts is one test.
fn failing(accounts: &[AccountReport]) -> impl Iterator<Item = &str> {
    accounts.iter().flat_map(|a| &a.tests).flat_map(|t| &t.failed).filter(|test| test.new).map(|test| test.name.as_str())
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
        Action::DetachOnly => "detached",
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
    // Where only the organisation's policies change, no entity does.
    if text.is_empty() { rest } else { format!("{}; {rest}", text.join(", ")) }
}

/// Each principal once, with the account where it was found first.
fn principals(accounts: &[AccountReport], which: impl Fn(&AccessChange) -> bool) -> Vec<(&AccountReport, &AccessChange)> {
    let mut seen = BTreeSet::new();
    let all = accounts.iter().flat_map(|account| account.access.iter().map(move |change| (account, change)));
    all.filter(|(_, change)| which(change) && seen.insert(&change.principal)).collect()
}

fn new_access(accounts: &[AccountReport]) -> String {
    let found = principals(accounts, |a| a.verdict == AccessVerdict::NewAccess);
    let all: Vec<(&AccountReport, &AccessChange, &AccessGrant)> =
        found.iter().flat_map(|(account, change)| change.gained.iter().map(|grant| (*account, *change, grant))).collect();
    // The gravest of what is gained is what has to be read; of equals the first.
    let gravest = all.iter().rev().max_by_key(|(account, change, grant)| weight(account, change, grant));
    let Some((account, change, grant)) = gravest else {
        return found
            .first()
            .map_or_else(|| "New access".to_owned(), |(_, first)| format!("New access: `{}` gains access", first.principal));
    };
    let (mut what, mut said) = gains(account, change, grant);
    // Of a new role, what it may do is worth what they are worth who may assume it.
    let entered = |g: &&AccessGrant| caller_of(g).is_some_and(|by| !assumed::is_familiar(account, by));
    if is_new(account, change)
        && caller_of(grant).is_none()
        && change.gained.iter().any(|g| entered(&g))
        && let Some((who, more)) = assumed(account, &change.principal, &change.gained)
    {
        what += &format!(", and {who}");
        said += more;
    }
    let rest = match all.len().saturating_sub(said) {
        0 => String::new(),
        1 => ", and 1 more grant".to_owned(),
        n => format!(", and {n} more grants"),
    };
    match ceiling(accounts) {
        Some(ceiling) => format!("New access: {ceiling}; {what}{rest}"),
        None => format!("New access: {what}{rest}"),
    }
}

/// How grave a grant is, from breadth alone to what changes permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gravity {
    /// Of a role that is new, what it may do says more than who of the account may assume it.
    NewRole,
    Some(Option<AccessLevel>),
    WriteOnEverything,
    Credentials,
    Permissions,
}

fn is_new(account: &AccountReport, change: &AccessChange) -> bool {
    account.changes.iter().any(|c| c.action == Action::Create && c.address == change.principal)
}

/// Who may assume, where a grant is of a trust policy.
fn caller_of(grant: &AccessGrant) -> Option<&str> {
    grant.example.get("principal").and_then(Value::as_str)
}

/// How grave a grant is, and how many actions it is of.
fn weight(account: &AccountReport, change: &AccessChange, grant: &AccessGrant) -> (Gravity, usize) {
    let breadth = grant.actions.iter().map(|pattern| catalogue::expand(pattern).len().max(1)).sum();
    let levels = grant.actions.iter().flat_map(|pattern| catalogue::expand(pattern)).map(catalogue::Action::level);
    let level = levels.max();
    let writes = level >= Some(AccessLevel::Write);
    let familiar = |by: &str| assumed::is_familiar(account, by);
    let gravity = if is_new(account, change) && caller_of(grant).is_some_and(familiar) {
        Gravity::NewRole
    } else if !grant.permissions_management.is_empty() {
        Gravity::Permissions
    } else if !grant.gives_credentials.is_empty() {
        Gravity::Credentials
    } else if writes && grant.resources.iter().any(|resource| resource == "*") {
        Gravity::WriteOnEverything
    } else {
        Gravity::Some(level)
    };
    (gravity, breadth)
}

/// What a principal may newly do, or who may newly assume it; and how many grants that covers.
fn gains(account: &AccountReport, change: &AccessChange, grant: &AccessGrant) -> (String, usize) {
    let principal = &change.principal;
    let who = who(principal);
    if grant.example.get("principal").is_some_and(Value::is_string)
        && let Some(found) = assumed(account, principal, &change.gained)
    {
        return found;
    }
    if grant.policy.starts_with("aws/") {
        let same: Vec<&AccessGrant> = change.gained.iter().filter(|other| other.policy == grant.policy).collect();
        if let Some(amounts) = amounts(&same) {
            return (format!("{who} may now {amounts} (`{}`)", grant.policy), 1);
        }
    }
    let mut actions = grant.actions.clone();
    // Stable: actions of the same level stay in their order.
    actions.sort_by_key(|action| std::cmp::Reverse(catalogue::expand(action).into_iter().map(catalogue::Action::level).max()));
    (format!("{who} may now call {} on {}", listed(&actions), listed(&grant.resources)), 1)
}

/// Who it is that may do something.
fn who(principal: &Address) -> String {
    match principal.kind {
        EntityKind::Policy => format!("whoever holds `{principal}`"),
        EntityKind::InstanceProfile => format!("what runs with `{principal}`"),
        _ => format!("`{principal}`"),
    }
}

fn listed(items: &[String]) -> String {
    match items {
        [] => "something".to_owned(),
        [one] => format!("`{}`", clip(one, LONGEST)),
        [one, two] => format!("`{}` and `{}`", clip(one, LONGEST), clip(two, LONGEST)),
        [one, rest @ ..] => format!("`{}` and {} more", clip(one, LONGEST), rest.len()),
    }
}

/// The first characters of a text, and a sign that there were more. No name is cut into.
fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    match cut.rfind('`') {
        Some(open) if cut.matches('`').count() % 2 == 1 => format!("{}…", cut.get(..open).unwrap_or_default().trim_end()),
        _ => format!("{cut}…"),
    }
}

fn undecided(subject: Subject, accounts: &[AccountReport]) -> String {
    let found = principals(accounts, |a| a.verdict == AccessVerdict::Undecided);
    let reserved: BTreeSet<&Reservation> = accounts.iter().flat_map(|account| &account.reservations).collect();
    let mut text = match (ceiling(accounts), found.first(), reserved.first()) {
        (Some(ceiling), None, None) => format!("A ceiling is lifted: {ceiling}; own policies grant no new access"),
        (Some(ceiling), ..) => format!("A ceiling is lifted: {ceiling}"),
        (None, Some((_, first)), _) => {
            let why = first.reason.as_ref().map(|why| format!(" ({})", clip(why, SENTENCE))).unwrap_or_default();
            let rest = more(found.len() - 1, ("principal", "principals"));
            format!("Undecided: whether `{}` gains access could not be proven{why}{rest}", first.principal)
        }
        (None, None, Some(first)) => {
            let rest = more(reserved.len() - 1, ("thing", "things"));
            return format!("No access change found; not checked: {} of `{}` ({}){rest}", first.what, first.subject, first.why);
        }
        (None, None, None) => {
            return match subject {
                Subject::Plan => "Undecided: not everything of the account could be compared, so nothing is proven".to_owned(),
                Subject::PullRequest => {
                    "Undecided: the specs before this change have errors, so there is nothing to compare it with".to_owned()
                }
            };
        }
    };
    if let Some(first) = reserved.first() {
        text += &format!("; not checked: {} of `{}`{}", first.what, first.subject, more(reserved.len() - 1, ("thing", "things")));
    }
    text
}

/// A removed boundary, or a Deny or a boundary that blocks less: the most severe first.
fn ceiling(accounts: &[AccountReport]) -> Option<String> {
    let loosened = principals(accounts, |a| !a.ceiling_loosened.is_empty() || a.ceiling_lifted);
    let boundary = |account: &AccountReport, who: &Address| {
        // What the specs left as it was is only in the plan on the account.
        let planned = account.plan.iter().flat_map(|plan| &plan.changes);
        let fields =
            account.changes.iter().chain(planned).filter(|change| change.address == *who).flat_map(|change| &change.fields);
        fields.into_iter().find(|field| field.field == "permissions_boundary").map(|field| field.after.is_null())
    };
    let (account, first) = loosened.iter().min_by_key(|(account, change)| match boundary(account, &change.principal) {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    })?;
    let who = &first.principal;
    let what = match boundary(account, who) {
        Some(true) => format!("the permissions boundary of `{who}` is removed"),
        Some(false) => format!("another permissions boundary keeps less from `{who}`"),
        None => format!("a denial or a boundary keeps less from `{who}` than it did"),
    };
    Some(format!("{what}{}", more(loosened.len() - 1, ("principal", "principals"))))
}

fn escalation(accounts: &[AccountReport]) -> String {
    let opened =
        accounts.iter().flat_map(|account| account.chains.iter().filter(|chain| chain.opened).map(move |c| (account, c)));
    let opened: Vec<_> = opened.collect();
    let who: BTreeSet<&Address> = opened.iter().map(|(_, chain)| &chain.principal).collect();
    let Some((_, first)) = opened.iter().min_by_key(|(account, chain)| rank(account, chain)) else {
        return "Escalation".to_owned();
    };
    let rest = more(who.len() - 1, ("principal", "principals"));
    format!("Escalation: {}{rest}", clip(&first.message, SENTENCE))
}

/// What stands in the headline before what: the way itself before those who come to it by others, and these before what works only
/// where something else is there already.
fn rank(account: &AccountReport, chain: &Chain) -> usize {
    let is = |f: &&Finding| f.code == chain.code && f.address.as_ref() == Some(&chain.principal);
    let grave = account.findings.new.iter().find(is).is_some_and(|f| f.severity == Severity::Error);
    match chain.code.as_str() {
        // It names the role that became strong, and who else becomes it.
        code if code == rules::CROSS_ACCOUNT_ESCALATION.code => 0,
        code if code == rules::ADMINISTRATOR_ACCESS.code => 1,
        code if code == rules::PRIVILEGE_ESCALATION.code && grave => 2,
        code if code == rules::ESCALATION_CHAIN.code => 3,
        code if code == rules::PRIVILEGE_ESCALATION.code => 4,
        _ => 5,
    }
}

fn error(accounts: &[AccountReport]) -> String {
    let mut seen = BTreeSet::new();
    let all: Vec<_> = accounts.iter().flat_map(|a| &a.errors).filter(|e| seen.insert(*e)).collect();
    let Some(first) = all.first() else { return "Errors".to_owned() };
    let about = first.address.as_ref().map(|a| format!("`{a}`: ")).unwrap_or_default();
    let place = first.at.as_ref().map(|at| format!(" (`{}:{}`)", at.file, at.line)).unwrap_or_default();
    format!("Error: {about}{}{place}{}", clip(&first.message, SENTENCE), more(all.len() - 1, ("error", "errors")))
}

/// Roles that go while something still uses them: nobody should have to read on to learn of it.
fn deleted(notices: &[Notice]) -> String {
    let found: Vec<&str> = notices.iter().filter(|n| n.kind == NoticeKind::InUse).map(|n| n.subject.as_str()).collect();
    match found.as_slice() {
        [] => String::new(),
        [one] => format!("; `{one}` is deleted while still in use"),
        [one, rest @ ..] => format!("; `{one}` and {} more are deleted while still in use", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_cut_into() {
        assert_eq!(clip("`role/a` may write `s3:PutObject`", 24), "`role/a` may write…");
        assert_eq!(clip("`role/a` may write", 14), "`role/a` may w…");
        assert_eq!(clip("`role/a`", 8), "`role/a`");
    }
}
