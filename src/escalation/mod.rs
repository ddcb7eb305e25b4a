//! Who can become more than they are: one engine for lint, reviews and drawings.
//!
//! Every step is a question to the evaluator with what the principal holds: its policies, those of its groups, its boundary, its own condition
//! keys. A condition stops a step only if the principal can never meet it ([`possible`](crate::policy::eval::possible)).
//!
//! [`escalations`] is the entry point: an account in, a sorted list of sources, targets and methods out.

mod across;
mod actor;
mod creates;
pub mod methods;
mod outcome;
mod outsiders;
mod power;
mod services;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

pub use across::{Crossing, crossings};
pub use actor::{Actors, circumstances, reasons};
pub use outcome::{Asker, BOUNDARY, Outcome, POLICY, STRONG_POLICIES, outcome};
pub use outsiders::Outsider;
pub use power::probes;
pub use services::hosts;

use crate::holdings::AccountState;
use crate::names::Address;

/// One way to more access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Escalation {
    /// Who gains.
    pub source: Source,
    /// Whom it becomes at last: a principal that may do, or give itself, anything. The source itself where it needs nobody else.
    pub target: Address,
    /// The steps from the source to the target; one where it is direct. Never empty.
    pub steps: Vec<Step>,
    /// What the target may do.
    pub power: Power,
}

/// Where an escalation begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A role or user of the account.
    Principal(Address),
    /// Somebody outside the account.
    Outsider(Outsider),
}

/// What somebody may do at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// It may give itself what its permissions boundary allows.
    UpToBoundary,
    /// It may grant itself any permission.
    AnyPermission,
    /// It is an administrator.
    Administrator,
}

impl Power {
    /// For a sentence: "may become …".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::AnyPermission => "a principal that can grant itself any permission",
            Self::UpToBoundary => "a principal that can grant itself everything that its permissions boundary allows",
        }
    }
}

/// From one principal to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// How.
    pub how: How,
    /// Whom the step reaches.
    pub to: Address,
    /// Condition keys that must have some value which the caller does not choose: multi-factor authentication, an address, a network.
    pub conditions: BTreeSet<String>,
    /// What the step depends on and is not known, in words.
    pub open: BTreeSet<String>,
}

/// How somebody becomes more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is the target already.
    Is,
    /// It assumes the role.
    Assume(&'static str),
    /// It writes the role's trust, and then assumes the role.
    WriteTrust,
    /// It passes the role to something of its own in this service.
    Pass {
        /// `lambda`, `ec2`.
        service: &'static str,
        /// All actions that it needs.
        with: &'static str,
    },
    /// It makes credentials for the user with this action.
    Credentials(&'static str),
    /// It enters the role and changes what the role may do with this action.
    Rewrite(&'static str),
    /// It changes what it may do itself with this action.
    Itself(&'static str),
    /// It joins this group.
    Join(Address),
    /// It is a member of this group.
    Member(Address),
}

impl How {
    /// The action that matters.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Is | Self::Member(_) => "*",
            Self::Assume(action) | Self::Credentials(action) | Self::Rewrite(action) | Self::Itself(action) => action,
            Self::WriteTrust => "iam:UpdateAssumeRolePolicy",
            Self::Pass { .. } => "iam:PassRole",
            Self::Join(_) => "iam:AddUserToGroup",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is => f.write_str("as it is"),
            Self::Assume(action) | Self::Credentials(action) | Self::Itself(action) => write!(f, "by `{action}`"),
            Self::WriteTrust => f.write_str("by `iam:UpdateAssumeRolePolicy`"),
            Self::Pass { service, .. } => write!(f, "passed to `{service}`"),
            Self::Rewrite(action) => write!(f, "by entering it and `{action}`"),
            Self::Join(group) => write!(f, "by joining `{group}`"),
            Self::Member(group) => write!(f, "as a member of `{group}`"),
        }
    }
}

/// Every way in which somebody becomes, or gives itself, more than it has, sorted. `today`: `2027-01-31`; requests are made then or later.
///
/// Principals that may do or give themselves anything are listed with themselves as target. Everybody else is listed with each such principal
/// that it becomes in one step, or with the nearest that it becomes in several.
pub fn escalations(state: &AccountState<'_>, today: &str) -> Vec<Escalation> {
    escalations_of(&Actors::new(state, today))
}

/// The same of actors that are ready.
pub fn escalations_of(actors: &Actors<'_>) -> Vec<Escalation> {
    let mut found = Vec::new();
    let powers = actors.powers();
    for (at, (power, steps)) in &powers {
        let Some(actor) = actors.get(*at) else { continue };
        for step in steps {
            let (source, target) = (Source::Principal(actor.address.clone()), actor.address.clone());
            found.push(Escalation { source, target, steps: vec![step.clone()], power: *power });
        }
    }
    let next = actors.next_steps(&powers);
    for (from, actor) in actors.iter().enumerate().filter(|(from, _)| !powers.contains_key(from)) {
        let source = Source::Principal(actor.address.clone());
        let mut direct = false;
        for (to, (power, _)) in &powers {
            let Some(target) = actors.get(*to) else { continue };
            if let Some(step) = actors.step(from, *to) {
                direct = true;
                found.push(Escalation {
                    source: source.clone(),
                    target: target.address.clone(),
                    steps: vec![step],
                    power: *power,
                });
            }
        }
        if !direct && let Some((steps, target, power)) = path(actors, &next, &powers, from) {
            found.push(Escalation { source, target, steps, power });
        }
    }
    found.extend(actors.undeclared_members());
    found.extend(outsiders::escalations(actors, &next, &powers));
    found.sort();
    found.dedup();
    found
}

/// For each actor that is strong: how strong, and by which steps of its own.
pub(crate) type Powers = BTreeMap<usize, (Power, Vec<Step>)>;

/// For each actor that can become a strong one: the next step, and whom it reaches.
pub(crate) type Next = BTreeMap<usize, (Step, usize)>;

impl Actors<'_> {
    /// From every actor that can reach a strong one, its next step on a shortest way.
    pub(crate) fn next_steps(&self, powers: &Powers) -> Next {
        let mut next = Next::new();
        let mut queue: VecDeque<usize> = powers.keys().copied().collect();
        for from in (0..self.len()).filter(|from| !powers.contains_key(from)) {
            if let Some(found) = self.rewrites(from) {
                next.insert(from, found);
                queue.push_back(from);
            }
        }
        while let Some(to) = queue.pop_front() {
            for from in (0..self.len()).filter(|from| !powers.contains_key(from)) {
                if !next.contains_key(&from)
                    && let Some(step) = self.step(from, to)
                {
                    next.insert(from, (step, to));
                    queue.push_back(from);
                }
            }
        }
        next
    }
}

/// The steps from an actor to the strong one that it becomes.
pub(crate) fn path(actors: &Actors<'_>, next: &Next, powers: &Powers, from: usize) -> Option<(Vec<Step>, Address, Power)> {
    let (mut steps, mut at) = (Vec::new(), from);
    loop {
        if let Some((power, _)) = powers.get(&at) {
            return Some((steps, actors.get(at)?.address.clone(), *power));
        }
        let (step, to) = next.get(&at)?;
        steps.push(step.clone());
        // Whoever writes the policies of another is as strong as it likes, up to the boundary of that one.
        if matches!(step.how, How::Rewrite(_)) {
            let target = actors.get(*to)?;
            return Some((steps, target.address.clone(), actors.ceiling(actors.get(at)?, target)));
        }
        at = *to;
    }
}
