//! The result of a check, as it is printed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

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

    pub(super) fn of(outcomes: impl Iterator<Item = Outcome>) -> Self {
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
    /// Whether a statement that allows it would help.
    #[serde(skip)]
    pub(super) mendable: bool,
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
    /// What not every workload needs. It decides nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<FeatureReport>,
}

/// Whether something is allowed that not every workload needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FeatureReport {
    /// Its name, as `--need` takes it.
    pub feature: String,
    /// What it is needed for.
    pub about: String,
    /// Whether it is allowed.
    pub verdict: Half,
    /// Its actions.
    pub actions: Vec<String>,
    /// What of it is not simply allowed.
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
    /// The role or user; none where the caller is neither.
    pub principal: Option<String>,
    /// Its ARN, as far as known.
    pub arn: Option<String>,
    /// Whether the ARN is a guess: the path of the role could not be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub arn_is_a_guess: bool,
    /// The template.
    #[serde(rename = "for")]
    pub need: String,
    /// The parameters that were given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Vec<String>>,
    /// Permissions.
    pub permissions: PermissionsReport,
    /// Trust; none for what a caller needs.
    pub trust: Option<TrustReport>,
    /// Every action that each workload needs, sorted.
    pub required_actions: Vec<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// A spec that fixes it: of the principal, or of a role where there is none.
    pub remediation: Option<String>,
    /// A spec of a role of its own, where there is a role already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_role: Option<String>,
    /// A text for an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What a workload needs, whoever asks: `iamctl check --for TEMPLATE --required`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CheckRequired", deny_unknown_fields)]
pub struct Requirements {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The template.
    #[serde(rename = "for")]
    pub need: String,
    /// Every action that each workload needs, sorted.
    pub required_actions: Vec<String>,
    /// The actions with their resources.
    pub statements: Vec<Requirement>,
    /// What not every workload needs.
    pub optional: Vec<OptionalRequirement>,
    /// Principals that must be able to assume the role.
    pub trust: Vec<String>,
    /// Actions that the template grants on resources which no request of theirs names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub idle: Vec<String>,
}

/// Actions on resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Requirement {
    /// The actions.
    pub actions: Vec<String>,
    /// Each of them on each of these.
    pub resources: Vec<String>,
    /// The statement's `Condition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<serde_json::Value>,
    /// The parameter that narrows the resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

/// Something that not every workload needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OptionalRequirement {
    /// Its name, as `--need` takes it.
    pub feature: String,
    /// What it is needed for.
    pub about: String,
    /// The actions with their resources.
    pub statements: Vec<Requirement>,
}
