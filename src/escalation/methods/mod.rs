//! The published ways to more access, one table: what each needs, who published it and when.
//!
//! Names follow cloudsplaining's list where it has the method. Where two lists differ in what a method needs, the shorter one stands: an action
//! that could be had otherwise (`PutPipelineDefinition` for a pipeline, `DescribeInstances` to find one) is no defence.
//! `tests/core/lint/published.rs` holds the lists against the table.

mod existing;
mod iam;
mod jobs;
mod passes;

use std::fmt;
use std::sync::LazyLock;

/// How a method works, the least grave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MethodKind {
    /// Works only where something that already has a strong role is within reach.
    Existing,
    /// Drops a policy of its own that denies; works only where there is one.
    LiftsDeny,
    /// Runs something new as a role of the holder's choice.
    PassRole,
    /// Changes IAM itself.
    Iam,
    /// Rewrites a policy and enters a role; works where the role holds that policy.
    OfHolder,
    /// Writes what a role, a user or a group may do, and enters the same: one that is named is enough.
    OnOne,
}

/// Who published a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// A path of pathfinding.cloud, by its id.
    Pathfinding(&'static str),
    /// Rhino Security Labs, AWS IAM Privilege Escalation Methods.
    Rhino,
    /// prowler's list of combinations.
    Prowler,
    /// An edge of PMapper's graph.
    PMapper,
    /// cloudsplaining's list of methods.
    Cloudsplaining,
    /// HackTricks Cloud, by the folder of the page.
    HackTricks(&'static str),
    /// AWS's documentation, by its path: what the service says that a role does for whoever passes it.
    Aws(&'static str),
}

impl fmt::Display for Publisher {
    /// The address of the source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pathfinding(id) => write!(f, "https://pathfinding.cloud/paths/{id}"),
            Self::Rhino => f.write_str("https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation"),
            Self::Prowler => f.write_str("https://github.com/prowler-cloud/prowler"),
            Self::PMapper => f.write_str("https://github.com/nccgroup/PMapper"),
            Self::Cloudsplaining => f.write_str("https://github.com/salesforce/cloudsplaining"),
            Self::HackTricks(page) => {
                write!(f, "https://cloud.hacktricks.wiki/en/pentesting-cloud/aws-security/aws-privilege-escalation/{page}")
            }
            Self::Aws(page) => write!(f, "https://docs.aws.amazon.com/{page}"),
        }
    }
}

/// One method: all its actions are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EscalationMethod {
    /// What it is called.
    pub name: &'static str,
    /// How it works.
    pub kind: MethodKind,
    /// Actions as AWS spells them, space between them; `iam:PassRole` first where it is needed.
    pub actions: &'static str,
    /// The service that the role is passed to; empty where none is passed.
    pub service: &'static str,
    /// Who published it.
    pub source: Publisher,
    /// The year in which the source says that it was first documented, or the day of the text that was read: `2018`, `2026-08-10`.
    pub date: &'static str,
}

impl EscalationMethod {
    /// The actions that it needs beside passing a role.
    pub fn beside_pass_role(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.actions.split(' ').filter(|action| *action != PASS_ROLE)
    }
}

/// The action that passes a role.
pub const PASS_ROLE: &str = "iam:PassRole";

const fn iam(name: &'static str, actions: &'static str, source: Publisher, date: &'static str) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::Iam, actions, service: "", source, date }
}

const fn of_holder(name: &'static str, actions: &'static str, source: Publisher, date: &'static str) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::OfHolder, actions, service: "", source, date }
}

const fn on_one(name: &'static str, actions: &'static str, source: Publisher, date: &'static str) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::OnOne, actions, service: "", source, date }
}

const fn lifts_deny(name: &'static str, actions: &'static str, source: Publisher, date: &'static str) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::LiftsDeny, actions, service: "", source, date }
}

const fn pass(
    name: &'static str,
    service: &'static str,
    actions: &'static str,
    source: Publisher,
    date: &'static str,
) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::PassRole, actions, service, source, date }
}

const fn existing(name: &'static str, actions: &'static str, source: Publisher, date: &'static str) -> EscalationMethod {
    EscalationMethod { name, kind: MethodKind::Existing, actions, service: "", source, date }
}

/// Every method: those that change IAM first, then those that pass a role, then those that use what is there.
pub fn all() -> impl Iterator<Item = &'static EscalationMethod> {
    iam::IAM.iter().chain(passes()).chain(existing::EXISTING)
}

/// Those that pass a role.
fn passes() -> impl Iterator<Item = &'static EscalationMethod> {
    passes::PASSES.iter().chain(jobs::JOBS)
}

/// The shortest ways to run something as a role that one passes: those of which no other way to the same service needs only a part.
pub fn starts() -> &'static [&'static EscalationMethod] {
    static STARTS: LazyLock<Vec<&'static EscalationMethod>> = LazyLock::new(|| {
        let within = |less: &EscalationMethod, more: &EscalationMethod| {
            less.service == more.service && less.beside_pass_role().all(|action| more.beside_pass_role().any(|a| a == action))
        };
        let shorter = |method: &EscalationMethod| passes().any(|less| less != method && within(less, method));
        passes().filter(|method| !shorter(method)).collect()
    });
    &STARTS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_actions_that_aws_has_and_a_source() {
        // AWS closed these services; policies that name them are still written.
        let closed = ["codestar:", "datapipeline:"];
        let mut names = BTreeSet::new();
        let mut wrong = Vec::new();
        for method in all() {
            if !names.insert(method.name) {
                wrong.push(format!("{} occurs twice", method.name));
            }
            for action in method.actions.split(' ') {
                let spelt = crate::catalogue::action(action).map(|known| known.full_name());
                if spelt.as_deref() != Some(action) && !closed.iter().any(|service| action.starts_with(service)) {
                    wrong.push(format!("{}: {action} is {spelt:?}", method.name));
                }
            }
            let passes = method.kind == MethodKind::PassRole;
            if passes != method.actions.starts_with("iam:PassRole ") || passes == method.service.is_empty() {
                wrong.push(format!("{}: a passed role, or none", method.name));
            }
            let date = method.date;
            if !(date.starts_with("20") && (date.len() == 4 || date.len() == 10)) {
                wrong.push(format!("{}: date {date}", method.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_longer_way_to_the_same_service_is_no_start() {
        let starts = |name: &str| starts().iter().any(|method| method.name == name);
        assert!(starts("PassExistingRoleToECSTaskByOverride"));
        assert!(!starts("PassExistingRoleToNewECSTaskViaRunTask"));
        assert!(starts("PassExistingRoleToNewLambdaThenInvoke"));
    }
}
