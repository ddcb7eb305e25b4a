//! Principals that become stronger ones in another account of the project.

use std::collections::BTreeMap;

use super::words::{Hangs, member, path_in_words};
use crate::diag::Severity;
use crate::escalation::{Crossing, Power};
use crate::lint::rule::{Check, Rule};
use crate::names::Address;

/// The page of the rule.
const PAGE: &str = "\
A principal can become a stronger one in another account

The principal enters a role of another account of the project, and that role is an administrator, can give itself any permission, or
becomes such a principal. A step into another account counts when the principal's own policies and the role's trust both allow it; steps
inside an account count as for `escalation-chain`.

`lint` looks at the accounts that it is run for together, `review` at all accounts of the project. Accounts that the project does not
know stay outsiders.

**Why it matters.** The principal is worth as much as the strongest role that it can enter, in whatever account that is. A hub role that
may enter every account is the key to all of them.

**What to do.** Narrow the trust of the role that is entered, or the principal's `sts:AssumeRole`. Where the principal is meant to be that
strong, waive the finding with the reason.
";

/// The rule; its findings come from [`ways_over_accounts`].
pub const CROSS_ACCOUNT_ESCALATION: Rule =
    Rule { code: "cross-account-escalation", severity: Severity::Warning, page: PAGE, check: Check::Accounts };

/// A way of one principal over accounts, with all accounts in which it ends alike.
#[derive(Clone, Debug)]
pub struct WayOverAccounts {
    /// The number of the account of the source.
    pub from: usize,
    /// Who gains.
    pub source: Address,
    /// The role that it enters first, with the number of its account.
    pub entered: (usize, Address),
    /// What a finding says of it.
    pub claim: String,
    /// The claim with the steps, and what they depend on.
    pub message: String,
    /// What would end it.
    pub help: String,
}

/// What is the same of ways into several accounts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape<'c> {
    from: usize,
    source: &'c Address,
    power: Power,
    path: String,
    hangs: Hangs<'c>,
}

/// Ways over accounts in words; `names` are those of the accounts by number. Ways that differ only in the account that they end in are one.
pub fn ways_over_accounts<'c>(crossings: impl IntoIterator<Item = &'c Crossing>, names: &[&str]) -> Vec<WayOverAccounts> {
    let mut shapes: BTreeMap<Shape<'c>, Vec<&'c Crossing>> = BTreeMap::new();
    for crossing in crossings {
        let shape = Shape {
            from: crossing.from,
            source: &crossing.source,
            power: crossing.power,
            path: path(crossing, names),
            hangs: Hangs::of(crossing.steps.iter().map(|(_, step)| step)),
        };
        shapes.entry(shape).or_default().push(crossing);
    }
    shapes.into_iter().filter_map(|(shape, crossings)| way(&shape, &crossings, names)).collect()
}

fn way(shape: &Shape<'_>, crossings: &[&Crossing], names: &[&str]) -> Option<WayOverAccounts> {
    let (account, step) = crossings.first()?.steps.iter().find(|(account, _)| *account != shape.from)?;
    let into: Vec<&str> = crossings.iter().filter_map(|crossing| names.get(crossing.into).copied()).collect();
    let claim = format!("`{}` {} become {} in {}", shape.source, shape.hangs.verb(), shape.power.noun(), accounts(&into));
    let message = format!("{claim}: {}{}", shape.path, shape.hangs.in_words());
    Some(WayOverAccounts {
        from: shape.from,
        source: shape.source.clone(),
        entered: (*account, step.to.clone()),
        claim,
        message,
        help: format!("narrow the trust of `{}`, or take away {}", step.to, shape.hangs.actions()),
    })
}

/// Accounts that a sentence names.
const MOST_NAMED: usize = 3;

fn accounts(names: &[&str]) -> String {
    let named: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names {
        [_] => format!("account {}", named.join("")),
        _ if names.len() <= MOST_NAMED => format!("accounts {}", named.join(", ")),
        _ => format!("{} accounts ({} and {} more)", names.len(), named.join(", "), names.len() - MOST_NAMED),
    }
}

/// `` `role/a` → `role/b` there (passed to `lambda`) ``: an account is named where it is neither the source's nor the one that it ends in.
fn path(crossing: &Crossing, names: &[&str]) -> String {
    let mut at = crossing.from;
    let mut path = vec![format!("`{}`", crossing.source)];
    for (account, step) in &crossing.steps {
        let place = match *account {
            same if same == at => String::new(),
            into if into == crossing.into => " there".to_owned(),
            other => names.get(other).map(|name| format!(" of `{}`", name.escape_debug())).unwrap_or_default(),
        };
        at = *account;
        path.push(member(step, &place));
    }
    path_in_words(path)
}
