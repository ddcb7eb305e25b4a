//! May an existing role, or the caller, serve a workload? Pure: a need and what was read give a verdict, and what mends it.
//!
//! INVARIANT (unread-is-not-absent): what was not read makes a verdict unknown, never yes.

mod held;
pub mod need;
mod overlap;
mod remedy;
mod trust;

use schemars::JsonSchema;
use serde::Serialize;

pub use held::Held;
pub use need::{HYPERPOD_CLI, Need};

use crate::model::simulation::{SimulateCase, SimulatedAnswer, SimulatedDecision};
use crate::model::{Role, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::policy::context::Value;
use need::Keys;

/// The answer to the whole question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Permissions and trust are there.
    Ready,
    /// Something is missing.
    NotReady,
    /// Something could not be found out, and nothing is known to be missing.
    Unknown,
}

/// The answer to half of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// All is there.
    Yes,
    /// Something is missing.
    No,
    /// Not known.
    Unknown,
}

impl Half {
    /// `yes`, `no`, `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    fn of(outcomes: impl Iterator<Item = Outcome>) -> Self {
        match outcomes.max() {
            None | Some(Outcome::Allowed | Outcome::Narrower) => Self::Yes,
            Some(Outcome::Unknown) => Self::Unknown,
            Some(Outcome::Denied | Outcome::ExplicitlyDenied) => Self::No,
        }
    }
}

/// The answer to one question, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Allowed.
    Allowed,
    /// Allowed on some of the resources that the pattern stands for.
    Narrower,
    /// Not known.
    Unknown,
    /// Nothing allows it.
    Denied,
    /// A statement denies it.
    ExplicitlyDenied,
}

/// An outcome with its grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub outcome: Outcome,
    pub why: Vec<String>,
}

impl Answer {
    fn new(outcome: Outcome, why: Vec<String>) -> Self {
        Self { outcome, why }
    }
}

/// One permission or one trust that is not simply there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Gap {
    /// The principal that must assume the role; none for a permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The action.
    pub action: String,
    /// What it is needed on; none for a trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// How it stands.
    pub outcome: Outcome,
    /// Why.
    pub because: Vec<String>,
}

/// How the permissions were found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By IAM's simulator.
    Simulator,
    /// By evaluating the policies that could be read.
    Offline,
    /// Not at all.
    None,
}

/// Permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PermissionsReport {
    /// Whether they suffice.
    pub verdict: Half,
    /// How it was found out.
    pub method: Method,
    /// Actions that are denied, sorted, each once.
    pub denied_actions: Vec<String>,
    /// Everything that is not simply allowed, in the order of the template.
    pub gaps: Vec<Gap>,
}

/// Trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrustReport {
    /// Whether it suffices.
    pub verdict: Half,
    /// Principals that must be able to assume the role.
    pub principals: Vec<String>,
    /// Those that cannot, or not for certain.
    pub gaps: Vec<Gap>,
}

/// The result of `iamctl check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Check", deny_unknown_fields)]
pub struct Report {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The answer.
    pub verdict: Verdict,
    /// The role; none where the caller is no role.
    pub principal: Option<String>,
    /// Its ARN, as far as known.
    pub arn: Option<String>,
    /// The template.
    #[serde(rename = "for")]
    pub need: String,
    /// Permissions.
    pub permissions: PermissionsReport,
    /// Trust; none for what a caller needs.
    pub trust: Option<TrustReport>,
    /// Every action that is needed, as the template writes it, sorted.
    pub required_actions: Vec<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// A spec that mends it.
    pub remediation: Option<String>,
}

/// What was found out about the role.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// It was read.
    Role {
        /// The account, at least as far as the role goes.
        snapshot: &'a Snapshot,
        /// The role's name.
        name: &'a Name,
        /// The role.
        role: &'a Role,
    },
    /// There is none, for certain.
    Missing {
        /// Its address.
        address: &'a Address,
        /// Why that is certain, and the next move.
        why: &'a str,
    },
    /// It is there, or may be, and could not be read.
    Unread {
        /// Its address.
        address: Option<&'a Address>,
        /// Its ARN, if that much is known.
        arn: Option<&'a str>,
        /// Why.
        why: &'a str,
    },
}

/// What IAM's simulator answered: one list for each of [`cases`].
pub type Simulations = Vec<Vec<SimulatedAnswer>>;

/// What to ask IAM's simulator: every statement with every combination of its condition values. Wide patterns, which the
/// simulator does not take, are left out.
pub fn cases(need: &Need) -> Vec<SimulateCase> {
    let of = |statement: &need::NeedStatement| {
        let actions: Vec<String> = statement.single_actions().into_iter().filter(|a| !a.contains(['*', '?'])).collect();
        let case = |keys: Keys| SimulateCase {
            actions: actions.clone(),
            resources: statement.resources.clone(),
            context: keys.into_iter().map(|(key, value)| (key, Value::Single(value))).collect(),
            resource_owner: None,
        };
        need::requests(statement.condition.as_ref()).into_iter().map(case).collect::<Vec<_>>()
    };
    need.statements.iter().flat_map(of).collect()
}

/// Gives the verdict. `simulated` holds the answers to [`cases`], where the simulator could be asked.
pub fn check(need: &Need, subject: Subject<'_>, simulated: Option<&Simulations>, mut notes: Vec<String>) -> Report {
    let mut report = Report {
        format_version: 1,
        verdict: Verdict::Unknown,
        principal: None,
        arn: None,
        need: need.name.clone(),
        permissions: PermissionsReport {
            verdict: Half::Unknown,
            method: Method::None,
            denied_actions: Vec::new(),
            gaps: Vec::new(),
        },
        trust: (!need.trust.is_empty()).then(|| TrustReport {
            verdict: Half::Unknown,
            principals: principals(need),
            gaps: Vec::new(),
        }),
        required_actions: need.required_actions(),
        notes: Vec::new(),
        remediation: None,
    };
    match subject {
        Subject::Missing { address, why } => {
            report.principal = Some(address.to_string());
            report.permissions.verdict = Half::No;
            if let Some(trust) = &mut report.trust {
                trust.verdict = Half::No;
            }
            notes.push(why.to_owned());
            report.remediation = remedy::made_anew(need, address);
        }
        Subject::Unread { address, arn, why } => {
            report.principal = address.map(Address::to_string);
            report.arn = arn.map(str::to_owned);
            notes.push(why.to_owned());
            if let Some(simulated) = simulated {
                report.permissions = permissions(need, None, Some(simulated));
            }
        }
        Subject::Role { snapshot, name, role } => {
            let arn = snapshot.arn(EntityKind::Role, &role.path, name);
            report.principal = Some(Address::new(EntityKind::Role, name).to_string());
            let held = Held::of(snapshot, name);
            report.permissions = permissions(need, held.as_ref(), simulated);
            if let Some(report) = &mut report.trust {
                fill_trust(report, need, role, &arn);
            }
            report.arn = Some(arn);
            report.remediation = remedy::mended(need, &report, name, role, &mut notes);
        }
    }
    if !need.unclear.is_empty() {
        notes.extend(need.unclear.iter().map(|what| format!("the template grants by {what}, which was not checked")));
        if report.permissions.verdict == Half::Yes {
            report.permissions.verdict = Half::Unknown;
        }
    }
    let halves = [Some(report.permissions.verdict), report.trust.as_ref().map(|t| t.verdict)];
    report.verdict = if halves.contains(&Some(Half::No)) {
        Verdict::NotReady
    } else if halves.contains(&Some(Half::Unknown)) {
        Verdict::Unknown
    } else {
        Verdict::Ready
    };
    report.notes = notes;
    report
}

fn principals(need: &Need) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for trust in &need.trust {
        if !list.contains(&trust.principal) {
            list.push(trust.principal.clone());
        }
    }
    list
}

fn fill_trust(report: &mut TrustReport, need: &Need, role: &Role, arn: &str) {
    for needed in &need.trust {
        for (action, answer) in trust::ask(&role.trust, arn, needed) {
            if answer.outcome != Outcome::Allowed {
                report.gaps.push(Gap {
                    principal: Some(needed.principal.clone()),
                    action,
                    resource: None,
                    outcome: answer.outcome,
                    because: answer.why,
                });
            }
        }
    }
    report.verdict = Half::of(report.gaps.iter().map(|gap| gap.outcome));
}

fn permissions(need: &Need, held: Option<&Held>, simulated: Option<&Simulations>) -> PermissionsReport {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut simulations = simulated.into_iter().flatten();
    for statement in &need.statements {
        let actions = statement.single_actions();
        let requests = need::requests(statement.condition.as_ref());
        let simulations: Vec<Option<&Vec<SimulatedAnswer>>> = requests.iter().map(|_| simulations.next()).collect();
        for resource in &statement.resources {
            let asked = requests.iter().zip(&simulations).map(|(keys, simulation)| {
                let read = held.map(|held| held.ask(&actions, resource, keys));
                let one = |(at, action): (usize, &String)| {
                    let offline = read.as_ref().and_then(|answers| answers.get(at)).cloned();
                    combined(simulation.and_then(|list| find(list, action, resource)), offline, resource)
                };
                actions.iter().enumerate().map(one).collect::<Vec<Answer>>()
            });
            let asked: Vec<Vec<Answer>> = asked.collect();
            for (at, action) in actions.iter().enumerate() {
                let Some(worst) = asked.iter().filter_map(|answers| answers.get(at)).max_by_key(|a| a.outcome) else { continue };
                if worst.outcome != Outcome::Allowed || !worst.why.is_empty() {
                    let same = |gap: &Gap| gap.action == *action && gap.resource.as_ref() == Some(resource);
                    if !gaps.iter().any(same) {
                        gaps.push(Gap {
                            principal: None,
                            action: action.clone(),
                            resource: Some(resource.clone()),
                            outcome: worst.outcome,
                            because: worst.why.clone(),
                        });
                    }
                }
            }
        }
    }
    let denied = |gap: &&Gap| matches!(gap.outcome, Outcome::Denied | Outcome::ExplicitlyDenied);
    let mut denied_actions: Vec<String> = gaps.iter().filter(denied).map(|gap| gap.action.clone()).collect();
    denied_actions.sort();
    denied_actions.dedup();
    let method = match (simulated, held) {
        (Some(_), _) => Method::Simulator,
        (None, Some(_)) => Method::Offline,
        (None, None) => Method::None,
    };
    let verdict = if method == Method::None { Half::Unknown } else { Half::of(gaps.iter().map(|gap| gap.outcome)) };
    PermissionsReport { verdict, method, denied_actions, gaps }
}

fn find<'a>(list: &'a [SimulatedAnswer], action: &str, resource: &str) -> Option<&'a SimulatedAnswer> {
    list.iter().find(|a| a.action.eq_ignore_ascii_case(action) && a.resource == resource)
}

/// The simulator's word counts; reading the policies says where it is too coarse.
fn combined(simulated: Option<&SimulatedAnswer>, offline: Option<Answer>, resource: &str) -> Answer {
    let Some(simulated) = simulated else {
        return offline.unwrap_or_else(|| Answer::new(Outcome::Unknown, vec!["nobody could be asked".to_owned()]));
    };
    let reason = |answer: &Option<Answer>, outcome| {
        answer.as_ref().filter(|a| a.outcome == outcome).map(|a| a.why.clone()).unwrap_or_default()
    };
    let pattern = resource != "*" && resource.contains(['*', '?']);
    match simulated.decision {
        None => Answer::new(Outcome::Unknown, vec!["the simulator's answer is not understood".to_owned()]),
        Some(SimulatedDecision::ExplicitDeny) => {
            Answer::new(Outcome::ExplicitlyDenied, reason(&offline, Outcome::ExplicitlyDenied))
        }
        // The simulator takes a key that is not given for absent. Which keys matter here is known only from the policies.
        Some(SimulatedDecision::Allowed) => match offline {
            Some(Answer { outcome: Outcome::Allowed, why }) => Answer::new(Outcome::Allowed, why),
            Some(Answer { outcome: Outcome::Unknown, why }) if !simulated.missing_context.is_empty() => {
                Answer::new(Outcome::Unknown, why)
            }
            None if !simulated.missing_context.is_empty() => {
                Answer::new(Outcome::Unknown, vec![held::hangs_on(&simulated.missing_context)])
            }
            _ => Answer::new(Outcome::Allowed, Vec::new()),
        },
        Some(SimulatedDecision::ImplicitDeny) => match offline {
            Some(answer) if answer.outcome == Outcome::Narrower => answer,
            Some(answer) if answer.outcome == Outcome::Unknown && (pattern || !simulated.missing_context.is_empty()) => answer,
            None if pattern => Answer::new(Outcome::Unknown, vec!["it may be allowed on some of these resources".to_owned()]),
            other => Answer::new(Outcome::Denied, reason(&other, Outcome::Denied)),
        },
    }
}

#[cfg(test)]
mod tests;
