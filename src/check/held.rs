//! What a role holds: the policies that speak for and against it, as far as they were read.

use std::collections::BTreeSet;

use super::need::{Keys, NeedStatement, Scope};
use super::overlap::meeting;
use super::{Answer, Outcome};
use crate::holdings::{AccountState, Unknown};
use crate::model::Snapshot;
use crate::names::Address;
use crate::policy::ast::{self, Policy};
use crate::policy::caller::Caller;
use crate::policy::eval::{self, Context, Decision, Effect, Layer, PolicySet, StatementRef, Value};
use crate::policy::pattern::covers;

/// The most narrower resources that are told.
const TOLD: usize = 3;

/// The policies of a role or a user.
#[derive(Clone, Debug)]
pub struct Held {
    set: PolicySet,
    caller: Caller,
    /// Resources of Allow and of Deny statements, as written; those that a boundary allows are among the first.
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// What could not be read.
    pub unread: Vec<String>,
}

impl Held {
    /// The policies of a role or a user of a snapshot; `None` where it is not there.
    pub fn of(snapshot: &Snapshot, address: &Address) -> Option<Self> {
        let state = AccountState::of_snapshot(snapshot);
        let holdings = state.holdings(address)?;
        let unread = holdings.unknown.iter().map(Unknown::noun).collect();
        let (mut allowed, mut denied) = (BTreeSet::new(), BTreeSet::new());
        let held = holdings.identity.iter().chain(holdings.boundary.policy());
        for statement in held.flat_map(|held| Policy::read(held.document).statements) {
            let to = if statement.effect == ast::Effect::Allow { &mut allowed } else { &mut denied };
            to.extend(statement.resources.filter(|clause| !clause.negated).into_iter().flat_map(|clause| clause.values));
        }
        Some(Self { set: state.policy_set(&holdings), caller: holdings.caller(), allowed, denied, unread })
    }

    /// Whether each action of a need is allowed on one of its resources; `keys` is what the request is known to hold.
    pub(super) fn ask(&self, need: &NeedStatement, resource: &str, keys: &Keys) -> Vec<Answer> {
        let is_pattern = resource.contains(['*', '?']);
        // A pattern with a place for regions and names stands for the one that the workload uses; `*` means `*`.
        let narrower = match &need.scope {
            Scope::Written if resource == "*" || !is_pattern => Outcome::Denied,
            Scope::Written | Scope::Open(_) => Outcome::Narrower,
            Scope::Every => Outcome::Denied,
            Scope::One(_) => Outcome::Unknown,
        };
        let granted = meetings(&self.allowed, resource);
        let refused = if is_pattern { meetings(&self.denied, resource) } else { Vec::new() };
        let only_on = |action: &String| -> Option<Answer> {
            let on = granted.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).is_allowed());
            let on: Vec<String> = on.map(|(written, _)| written.clone()).collect();
            // `*sagemaker*` meets a bucket of any name, and is not about this one.
            let narrower = if narrower == Outcome::Narrower && !on.iter().any(|written| is_about(written, resource)) {
                Outcome::Denied
            } else {
                narrower
            };
            let mut why = vec![format!("allowed only on {}", few(&on))];
            match &need.scope {
                Scope::One(hint) => why.push(hint.clone()),
                Scope::Open(parameter) => why.push(format!("`--with {parameter}=NAME` asks about one")),
                Scope::Written | Scope::Every => {}
            }
            (!on.is_empty()).then(|| Answer::new(narrower, why))
        };
        let one = |action: &String| {
            let decision = self.decide(action, resource, keys);
            match &decision.effect {
                Effect::ExplicitDeny => Answer::new(Outcome::ExplicitlyDenied, statements(&decision.because)),
                _ if !self.unread.is_empty() => {
                    Answer::new(Outcome::Unknown, vec![format!("not read: {}", self.unread.join(", "))]).beyond_adding()
                }
                Effect::Unknown(open) => {
                    let narrower = only_on(action).filter(|answer| answer.outcome == Outcome::Narrower);
                    narrower.unwrap_or_else(|| Answer::new(Outcome::Unknown, vec![hangs_on(open)]))
                }
                Effect::Allow => {
                    let but =
                        refused.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).effect == Effect::ExplicitDeny);
                    let but: Vec<String> = but.map(|(written, _)| written.clone()).collect();
                    let why = if but.is_empty() { Vec::new() } else { vec![format!("denied on {}", few(&but))] };
                    Answer::new(Outcome::Allowed, why)
                }
                Effect::ImplicitDeny => only_on(action).unwrap_or_else(|| {
                    let withheld = |layer| decision.withheld_by.contains(&layer);
                    match (withheld(Layer::Boundary), withheld(Layer::Identity)) {
                        (true, false) => {
                            Answer::new(Outcome::Denied, vec!["the permissions boundary does not allow it".to_owned()])
                                .beyond_adding()
                        }
                        (true, true) => {
                            Answer::new(Outcome::Denied, vec!["nor does the permissions boundary allow it".to_owned()])
                        }
                        _ => Answer::new(Outcome::Denied, Vec::new()),
                    }
                }),
            }
        };
        need.actions.iter().map(one).collect()
    }

    fn decide(&self, action: &str, resource: &str, keys: &Keys) -> Decision {
        let given: Context = keys.iter().map(|(key, value)| (key, Value::Single(value.clone()))).collect();
        eval::decide_strictly(&self.set, &self.caller.request(action, resource, &given))
    }
}

/// Whether a grant is about what a need names, narrower as it may be: it covers the last field of the ARN, or says more of it.
fn is_about(written: &str, needed: &str) -> bool {
    let last = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
    let (written, needed) = (last(written), last(needed));
    let head = |text: &str| text.split(['*', '?']).next().unwrap_or_default().to_owned();
    covers(&written, &needed) || head(&written).starts_with(&head(&needed))
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
    format!("depends on {}", keys.join(", "))
}

fn few(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().take(TOLD).map(|text| format!("`{text}`")).collect();
    let more = list.len().saturating_sub(TOLD);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
