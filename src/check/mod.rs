//! May an existing role or user, or the caller, serve a workload? Pure: a need and what was read give a verdict, and what mends it.
//!
//! INVARIANT (unread-is-not-absent): what was not read makes a verdict unknown, never yes.

mod ask;
mod held;
pub mod need;
mod overlap;
mod remedy;
mod report;
mod trust;

use ask::Answer;
pub use ask::cases;
pub use held::Held;
pub use need::{HYPERPOD_CLI, Need};
pub use report::{
    FeatureReport, Gap, Half, Method, OptionalRequirement, Outcome, PermissionsReport, Report, Requirement, Requirements,
    TrustReport, Verdict,
};

use crate::model::simulation::SimulatedAnswer;
use crate::model::{Role, Snapshot};
use crate::names::{Address, EntityKind, Name};
use need::{NeedStatement, Scope};

/// What was found out about the role or user.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// The role was read.
    Role {
        /// The account, at least as far as the role goes.
        snapshot: &'a Snapshot,
        /// The role's name.
        name: &'a Name,
        /// The role.
        role: &'a Role,
    },
    /// The user was read. Users are asked about what a caller needs alone: no service assumes one.
    User {
        /// The account, at least as far as the user goes.
        snapshot: &'a Snapshot,
        /// The user's name.
        name: &'a Name,
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
        /// Whether the ARN lacks a path that could not be read.
        guessed: bool,
        /// Why.
        why: &'a str,
    },
}

/// What IAM's simulator answered: one list for each of [`cases`].
pub type Simulations = Vec<Vec<SimulatedAnswer>>;

/// Gives the verdict. `simulated` holds the answers to [`cases`], where the simulator could be asked.
pub fn check(need: &Need, subject: Subject<'_>, simulated: Option<&Simulations>, mut notes: Vec<String>) -> Report {
    let mut report = Report {
        format_version: 1,
        verdict: Verdict::Unknown,
        principal: None,
        arn: None,
        arn_is_a_guess: false,
        need: need.name.clone(),
        with: need.with.clone(),
        permissions: PermissionsReport {
            verdict: Half::Unknown,
            method: Method::None,
            denied_actions: Vec::new(),
            gaps: Vec::new(),
            optional: Vec::new(),
        },
        trust: (!need.trust.is_empty()).then(|| TrustReport {
            verdict: Half::Unknown,
            principals: principals(need),
            gaps: Vec::new(),
        }),
        required_actions: need.required_actions(),
        notes: Vec::new(),
        remediation: None,
        new_role: None,
        request: None,
    };
    match subject {
        Subject::Missing { address, why } => {
            report.principal = Some(address.to_string());
            report.permissions.verdict = Half::No;
            if let Some(trust) = &mut report.trust {
                trust.verdict = Half::No;
            }
            notes.push(why.to_owned());
            report.remediation = remedy::made_anew(need, address.name.as_str());
        }
        Subject::Unread { address, arn, guessed, why } => {
            report.principal = address.map(Address::to_string);
            report.arn = arn.map(str::to_owned);
            report.arn_is_a_guess = guessed;
            notes.push(why.to_owned());
            if let Some(simulated) = simulated {
                report.permissions = ask::permissions(need, None, Some(simulated));
            }
        }
        Subject::Role { snapshot, name, role } => {
            let (address, arn) = (Address::new(EntityKind::Role, name), snapshot.arn(EntityKind::Role, &role.path, name));
            report.permissions = ask::permissions(need, Held::of(snapshot, &address).as_ref(), simulated);
            if let Some(report) = &mut report.trust {
                fill_trust(report, need, role, &arn);
            }
            (report.principal, report.arn) = (Some(address.to_string()), Some(arn));
            let attached = role.attached_policies.value().into_iter().flatten();
            let gone = attached.filter_map(|arn| crate::aws_policies::withdrawal(arn));
            notes.extend(gone.map(|gone| format!("{}; {}", gone.message(), gone.help())));
            remedy::of_role(need, &mut report, snapshot, (name, role), &mut notes);
        }
        Subject::User { snapshot, name } => {
            let address = Address::new(EntityKind::User, name);
            report.permissions = ask::permissions(need, Held::of(snapshot, &address).as_ref(), simulated);
            (report.principal, report.arn) = (Some(address.to_string()), snapshot.arn_of(&address));
            remedy::of_user(need, &mut report, name, &mut notes);
        }
    }
    if !need.unclear.is_empty() {
        notes.extend(need.unclear.iter().map(|what| format!("the template grants by {what}, which was not checked")));
        if report.permissions.verdict == Half::Yes {
            report.permissions.verdict = Half::Unknown;
        }
    }
    if !need.idle.is_empty() {
        let idle: Vec<&str> = need.idle.iter().map(String::as_str).collect();
        let takes = if idle.len() == 1 { "it takes" } else { "they take" };
        notes.push(format!(
            "the template grants {} on resources that no request of that kind names ({takes} others); not asked about",
            idle.join(", ")
        ));
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

/// What a workload needs, whoever asks.
pub fn requirements(need: &Need) -> Requirements {
    let requirement = |statement: &NeedStatement| Requirement {
        actions: statement.actions.clone(),
        resources: statement.resources.clone(),
        condition: statement.condition.clone(),
        parameter: match &statement.scope {
            Scope::Open(parameter) => Some(parameter.clone()),
            Scope::Written | Scope::Every | Scope::One(_) => None,
        },
    };
    let of = |feature: Option<&str>| -> Vec<Requirement> {
        need.statements.iter().filter(|s| s.feature.as_deref() == feature).map(requirement).collect()
    };
    let optional = need.features.iter().filter(|feature| !feature.wanted).map(|feature| OptionalRequirement {
        feature: feature.name.clone(),
        about: feature.about.clone(),
        statements: of(Some(&feature.name)),
    });
    Requirements {
        format_version: 1,
        need: need.name.clone(),
        required_actions: need.required_actions(),
        statements: of(None),
        optional: optional.filter(|one| !one.statements.is_empty()).collect(),
        trust: principals(need),
        idle: need.idle.iter().cloned().collect(),
    }
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
        for (action, answer) in trust::ask(&role.trust, arn, &need.name, needed) {
            if answer.outcome != Outcome::Allowed {
                report.gaps.push(Gap {
                    principal: Some(needed.principal.clone()),
                    action,
                    resource: None,
                    outcome: answer.outcome,
                    because: answer.why,
                    mendable: answer.mendable,
                });
            }
        }
    }
    report.verdict = Half::of(report.gaps.iter().map(|gap| gap.outcome));
}

#[cfg(test)]
mod tests;
