//! What a role holds: the policies that speak for and against it, as far as they were read.

use std::collections::BTreeSet;

use super::need::Keys;
use super::overlap::meeting;
use super::{Answer, Outcome};
use crate::holdings::{AccountState, Unknown};
use crate::model::Snapshot;
use crate::names::{Address, EntityKind, Name};
use crate::policy::ast::{self, Policy};
use crate::policy::caller::Caller;
use crate::policy::eval::{self, Context, Decision, Effect, Layer, PolicySet, StatementRef, Value};

/// The most narrower resources that are told.
const TOLD: usize = 3;

/// A role's policies.
#[derive(Clone, Debug)]
pub struct Held {
    set: PolicySet,
    caller: Caller,
    /// Resources of Allow and of Deny statements, as written.
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// What could not be read.
    pub unread: Vec<String>,
}

impl Held {
    /// The policies of a role of a snapshot; `None` where the role is not there.
    pub fn of(snapshot: &Snapshot, name: &Name) -> Option<Self> {
        let state = AccountState::of_snapshot(snapshot);
        let holdings = state.holdings(&Address::new(EntityKind::Role, name))?;
        let unread = holdings.unknown.iter().map(Unknown::noun).collect();
        let (mut allowed, mut denied) = (BTreeSet::new(), BTreeSet::new());
        for statement in holdings.identity.iter().flat_map(|held| Policy::read(held.document).statements) {
            let to = if statement.effect == ast::Effect::Allow { &mut allowed } else { &mut denied };
            to.extend(statement.resources.filter(|clause| !clause.negated).into_iter().flat_map(|clause| clause.values));
        }
        Some(Self { set: state.policy_set(&holdings), caller: holdings.caller(), allowed, denied, unread })
    }

    /// Whether the role may do this, for each of the resources; `keys` is what the request is known to hold.
    pub(super) fn ask(&self, actions: &[String], resource: &str, keys: &Keys) -> Vec<Answer> {
        let scoped = resource != "*" && resource.contains(['*', '?']);
        let granted = meetings(&self.allowed, resource);
        let refused = if resource.contains(['*', '?']) { meetings(&self.denied, resource) } else { Vec::new() };
        let one = |action: &String| {
            let decision = self.decide(action, resource, keys);
            match &decision.effect {
                Effect::ExplicitDeny => Answer::new(Outcome::ExplicitlyDenied, statements(&decision.because)),
                Effect::Unknown(open) => Answer::new(Outcome::Unknown, vec![hangs_on(open)]),
                Effect::Allow | Effect::ImplicitDeny if !self.unread.is_empty() => {
                    Answer::new(Outcome::Unknown, vec![format!("not read: {}", self.unread.join(", "))])
                }
                Effect::Allow => {
                    let but =
                        refused.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).effect == Effect::ExplicitDeny);
                    let but: Vec<String> = but.map(|(written, _)| written.clone()).collect();
                    let why = if but.is_empty() { Vec::new() } else { vec![format!("denied on {}", few(&but))] };
                    Answer::new(Outcome::Allowed, why)
                }
                Effect::ImplicitDeny => {
                    let on = granted.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).is_allowed());
                    let on: Vec<String> = on.map(|(written, _)| written.clone()).collect();
                    if !on.is_empty() {
                        // A pattern with a place for regions and names stands for the one that the workload uses; `*` means `*`.
                        let outcome = if scoped { Outcome::Narrower } else { Outcome::Denied };
                        return Answer::new(outcome, vec![format!("allowed only on {}", few(&on))]);
                    }
                    let bound =
                        decision.withheld_by.contains(&Layer::Boundary) && !decision.withheld_by.contains(&Layer::Identity);
                    let why = if bound { vec!["the permissions boundary does not allow it".to_owned()] } else { Vec::new() };
                    Answer::new(Outcome::Denied, why)
                }
            }
        };
        actions.iter().map(one).collect()
    }

    fn decide(&self, action: &str, resource: &str, keys: &Keys) -> Decision {
        let given: Context = keys.iter().map(|(key, value)| (key, Value::Single(value.clone()))).collect();
        eval::decide_strictly(&self.set, &self.caller.request(action, resource, &given))
    }
}

/// Resources as they are written that meet a pattern, each with a resource that both mean.
fn meetings(written: &BTreeSet<String>, pattern: &str) -> Vec<(String, String)> {
    let service = |text: &str| text.split(':').nth(2).filter(|s| !s.contains(['*', '?'])).map(str::to_owned);
    let wanted = service(pattern);
    written
        .iter()
        .filter(|text| *text != pattern && !text.contains("${"))
        .filter(|text| match (&wanted, service(text)) {
            (Some(wanted), Some(found)) => *wanted == found,
            _ => true,
        })
        .filter_map(|text| Some((text.clone(), meeting(text, pattern)?)))
        .collect()
}

/// The statements that decided, in words.
pub(super) fn statements(list: &[StatementRef]) -> Vec<String> {
    let place = |s: &StatementRef| match &s.sid {
        Some(sid) => format!("statement `{sid}` of {}", s.policy),
        None => format!("statement {} of {}", s.statement.saturating_add(1), s.policy),
    };
    list.iter().map(place).collect()
}

/// Keys on which a decision hangs, in words.
pub(super) fn hangs_on<'a>(keys: impl IntoIterator<Item = &'a String>) -> String {
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    format!("hangs on {}", keys.join(", "))
}

fn few(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().take(TOLD).map(|text| format!("`{text}`")).collect();
    let more = list.len().saturating_sub(TOLD);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
