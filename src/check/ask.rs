//! Whether the permissions suffice: each need asked of the policies that were read and of IAM's simulator.

use super::held::{self, Held};
use super::need::{self, Keys, Need, NeedStatement};
use super::{FeatureReport, Gap, Half, Method, Outcome, PermissionsReport, Simulations};
use crate::model::simulation::{SimulateCase, SimulatedAnswer, SimulatedDecision};
use crate::policy::context::Value;

/// An outcome with its grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub outcome: Outcome,
    pub why: Vec<String>,
    /// Whether a statement that allows it would help.
    pub mendable: bool,
}

impl Answer {
    pub(super) fn new(outcome: Outcome, why: Vec<String>) -> Self {
        Self { outcome, why, mendable: true }
    }

    /// No statement that allows it would help.
    pub(super) fn beyond_adding(self) -> Self {
        Self { mendable: false, ..self }
    }
}

/// What to ask IAM's simulator: every statement with every combination of its condition values. Wide patterns, which the
/// simulator does not take, are left out.
pub fn cases(need: &Need) -> Vec<SimulateCase> {
    let of = |statement: &NeedStatement| {
        let actions: Vec<String> = statement.actions.iter().filter(|a| !a.contains(['*', '?'])).cloned().collect();
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

pub(super) fn permissions(need: &Need, held: Option<&Held>, simulated: Option<&Simulations>) -> PermissionsReport {
    let mut found: Vec<(Option<&str>, Gap)> = Vec::new();
    let mut simulations = simulated.into_iter().flatten();
    for statement in &need.statements {
        let requests = need::requests(statement.condition.as_ref());
        let simulations: Vec<Option<&Vec<SimulatedAnswer>>> = requests.iter().map(|_| simulations.next()).collect();
        for resource in &statement.resources {
            let asked = requests.iter().zip(&simulations).map(|(keys, simulation)| {
                let read = held.map(|held| held.ask(statement, resource, keys));
                let one = |(at, action): (usize, &String)| {
                    let offline = read.as_ref().and_then(|answers| answers.get(at)).cloned();
                    combined(simulation.and_then(|list| find(list, action, resource)), offline, resource)
                };
                statement.actions.iter().enumerate().map(one).collect::<Vec<Answer>>()
            });
            let asked: Vec<Vec<Answer>> = asked.collect();
            for (at, action) in statement.actions.iter().enumerate() {
                let Some(worst) = asked.iter().filter_map(|answers| answers.get(at)).max_by_key(|a| a.outcome) else { continue };
                let feature = statement.feature.as_deref();
                let same = |(of, gap): &(Option<&str>, Gap)| {
                    *of == feature && gap.action == *action && gap.resource.as_ref() == Some(resource)
                };
                if (worst.outcome != Outcome::Allowed || !worst.why.is_empty()) && !found.iter().any(same) {
                    let gap = Gap {
                        principal: None,
                        action: action.clone(),
                        resource: Some(resource.clone()),
                        outcome: worst.outcome,
                        because: worst.why.clone(),
                        mendable: worst.mendable,
                    };
                    found.push((feature, gap));
                }
            }
        }
    }
    let method = match (simulated, held) {
        (Some(_), _) => Method::Simulator,
        (None, Some(_)) => Method::Offline,
        (None, None) => Method::None,
    };
    let of = |wanted: Option<&str>| -> Vec<Gap> {
        found.iter().filter(|(feature, _)| *feature == wanted).map(|(_, gap)| gap.clone()).collect()
    };
    let verdict =
        |gaps: &[Gap]| if method == Method::None { Half::Unknown } else { Half::of(gaps.iter().map(|gap| gap.outcome)) };
    let optional = need.features.iter().filter(|feature| !feature.wanted).filter_map(|feature| {
        let actions = need.actions_of(Some(&feature.name));
        let gaps = of(Some(&feature.name));
        (!actions.is_empty()).then(|| FeatureReport {
            feature: feature.name.clone(),
            about: feature.about.clone(),
            verdict: verdict(&gaps),
            actions,
            gaps,
        })
    });
    let gaps = of(None);
    let denied = |gap: &&Gap| matches!(gap.outcome, Outcome::Denied | Outcome::ExplicitlyDenied);
    let mut denied_actions: Vec<String> = gaps.iter().filter(denied).map(|gap| gap.action.clone()).collect();
    denied_actions.sort();
    denied_actions.dedup();
    PermissionsReport { verdict: verdict(&gaps), method, denied_actions, optional: optional.collect(), gaps }
}

fn find<'a>(list: &'a [SimulatedAnswer], action: &str, resource: &str) -> Option<&'a SimulatedAnswer> {
    list.iter().find(|a| a.action.eq_ignore_ascii_case(action) && a.resource == resource)
}

/// The simulator's word counts; reading the policies says where it is too coarse.
fn combined(simulated: Option<&SimulatedAnswer>, offline: Option<Answer>, resource: &str) -> Answer {
    let Some(simulated) = simulated else {
        return offline
            .unwrap_or_else(|| Answer::new(Outcome::Unknown, vec!["nobody could be asked".to_owned()]).beyond_adding());
    };
    let reason = |answer: &Option<Answer>, outcome| {
        answer.as_ref().filter(|a| a.outcome == outcome).map(|a| a.why.clone()).unwrap_or_default()
    };
    let pattern = resource != "*" && resource.contains(['*', '?']);
    match simulated.decision {
        None => Answer::new(Outcome::Unknown, vec!["the simulator's answer is not understood".to_owned()]).beyond_adding(),
        Some(SimulatedDecision::ExplicitDeny) => {
            Answer::new(Outcome::ExplicitlyDenied, reason(&offline, Outcome::ExplicitlyDenied))
        }
        // The simulator takes a key that is not given for absent. Which keys matter here is known only from the policies.
        Some(SimulatedDecision::Allowed) => match offline {
            Some(Answer { outcome: Outcome::Allowed, why, .. }) => Answer::new(Outcome::Allowed, why),
            Some(answer) if answer.outcome == Outcome::Unknown && !simulated.missing_context.is_empty() => answer,
            None if !simulated.missing_context.is_empty() => {
                Answer::new(Outcome::Unknown, vec![held::hangs_on(&simulated.missing_context)])
            }
            _ => Answer::new(Outcome::Allowed, Vec::new()),
        },
        Some(SimulatedDecision::ImplicitDeny) => match offline {
            Some(answer) if answer.outcome == Outcome::Narrower => answer,
            Some(answer) if answer.outcome == Outcome::Unknown && (pattern || !simulated.missing_context.is_empty()) => answer,
            None if pattern => Answer::new(Outcome::Unknown, vec!["it may be allowed on some of these resources".to_owned()]),
            // The policies allow it, and something above them does not: no statement helps.
            Some(answer) if matches!(answer.outcome, Outcome::Allowed | Outcome::Narrower) => {
                let by =
                    if simulated.organization_allows == Some(false) { "a policy of the organization" } else { "IAM's simulator" };
                Answer::new(Outcome::Denied, vec![format!("the policies allow it, and {by} does not")]).beyond_adding()
            }
            Some(answer) if answer.outcome == Outcome::Denied => answer,
            Some(_) | None => Answer::new(Outcome::Denied, Vec::new()),
        },
    }
}
