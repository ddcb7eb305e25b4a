//! The report of a plan or a pull request. Every format for reviewers is made from this report; as JSON it is what
//! `iamctl review --format json` prints (`schema/review.schema.json`).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Place, Severity};
use crate::names::Address;
use crate::plan::{AccessChange, Change, Finding, Plan, PlanAccount, Summary};

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The iamctl that made it.
    pub iamctl_version: String,
    /// What it is about.
    pub subject: Subject,
    /// The answer in one word: the gravest of all accounts.
    pub verdict: ReviewVerdict,
    /// The answer in one sentence.
    pub headline: String,
    /// What a gate may refuse (`--fail-on`), whatever the verdict's one word is.
    pub concerns: BTreeSet<Concern>,
    /// Each thing that a gate may refuse, with what it is about: `--accept GATE=ADDRESS` lets one pass.
    pub causes: BTreeSet<Cause>,
    /// What must be read before all else: changes to guards, `protect`, `ignore`, `waive`, `require` or the project file.
    pub notices: Vec<Notice>,
    /// By account; accounts with the same result share an entry.
    pub accounts: Vec<AccountReport>,
    /// For a plan of many accounts: the outcome of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<super::Fleet>,
}

impl Report {
    /// Whether nothing is undecided but what a ceiling that is lifted leads to.
    pub fn is_ceiling(&self) -> bool {
        self.verdict == ReviewVerdict::Undecided
            && self.concerns.contains(&Concern::Ceiling)
            && !self.concerns.contains(&Concern::Undecided)
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A plan: specs against an account.
    Plan,
    /// A pull request: specs against specs.
    PullRequest,
}

/// The answer in one word, from harmless to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// Nothing changes.
    NoChange,
    /// Something changes, and it is proven that nobody gains access.
    NoNewAccess,
    /// Whether someone gains access could not be decided.
    Undecided,
    /// Somebody gains access.
    NewAccess,
    /// Somebody gains a way to more than they were given.
    Escalation,
    /// The specs or the plan have errors.
    Error,
}

/// One reason for a gate to refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The gate.
    pub gate: Concern,
    /// What it is about: an address, `test NAME`, a key of the project file, `account NAME`.
    pub subject: String,
}

/// What `--fail-on` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// A principal is allowed something that it was not, or someone may assume a role that they could not.
    NewAccess,
    /// A Deny or a boundary blocks less than before, whoever grants what it blocked.
    Ceiling,
    /// A new way to more than was given: `privilege-escalation`, `escalation-chain` and their like.
    Escalation,
    /// Errors: in the specs, in the plan, new lint findings of that severity, failing tests.
    Error,
    /// A verdict on access that could not be proven, or something that decides on access and that no proof covers.
    Undecided,
    /// Guards, requirements, ownership, `protect`, `manage`, waivers or tests are weaker than before.
    Controls,
}

impl Concern {
    /// The word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::NewAccess => "new_access",
            Self::Ceiling => "ceiling",
            Self::Escalation => "escalation",
            Self::Error => "error",
            Self::Undecided => "undecided",
            Self::Controls => "controls",
        }
    }
}

/// What a notice is about. The order is that of the first lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An entity is deleted while something still uses it.
    InUse,
    /// Something that decides on access changes, and no proof covers it.
    Reservation,
    /// What the change means on a later day, when something expires, and does not mean today. It counts as a weaker control.
    Later,
    /// A control is weaker than before.
    Control,
    /// A guard that an apply would meet.
    Guard,
    /// Something is no longer declared and stays anyway.
    Stays,
    /// Anything else that is worth reading first.
    Other,
}

/// One sentence for the first lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Where, as a spec address or a key of the project file (`guards.max_deletes`).
    pub subject: String,
    /// What changed there, and what that means.
    pub message: String,
    /// Whether it takes away a safety or breaks something (`warning`), or is only worth knowing (`note`).
    pub severity: Severity,
}

impl Notice {
    /// A notice that takes away a safety or breaks something.
    pub fn warning(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: NoticeKind::Other, subject: subject.into(), message: message.into(), severity: Severity::Warning }
    }

    /// A notice that is worth knowing.
    pub fn note(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::warning(subject, message) }
    }

    /// The same notice of another kind.
    pub fn of_kind(self, kind: NoticeKind) -> Self {
        Self { kind, ..self }
    }
}

/// The results for one account, or for several with the same result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountReport {
    /// The accounts.
    pub accounts: Vec<PlanAccount>,
    /// The owner's name.
    pub stack: Option<String>,
    /// Counts by action.
    pub summary: Summary,
    /// What changes, by address: in the account (a plan), or in what is declared (a pull request). Steps are named only in a plan.
    pub changes: Vec<Change>,
    /// What each principal gains and loses.
    pub access: Vec<AccessChange>,
    /// Ways from one principal to a stronger one that this change opens or closes.
    pub chains: Vec<Chain>,
    /// Lint findings.
    pub findings: FindingsReport,
    /// Spec tests, after the change; null where they were not run.
    pub tests: Option<TestsReport>,
    /// What the change touches that decides on access and that no proof covers.
    pub reservations: Vec<Reservation>,
    /// Errors that left this account's specs, before or after the change, without a meaning; what is said above is then empty.
    pub errors: Vec<Finding>,
    /// The plan: the report's own subject, or that of the pull request's head on the snapshot it was given.
    pub plan: Option<Plan>,
    /// Changes of that plan that the base would make too: drift of the account, not part of this pull request.
    pub drift: Vec<Change>,
    /// Who can become whom and what is attached, after the change.
    pub graph: crate::graph::Graph,
}

impl AccountReport {
    /// Whose result it is: `org-1`, or `org-1 and 198 more`.
    pub fn whose(&self) -> String {
        match self.accounts.as_slice() {
            [] => String::new(),
            [one] => one.name.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
        }
    }
}

/// Something that decides on access, that changes, and that no proof covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// Where, as an address or a key of the project file.
    pub subject: String,
    /// What of it: `SAML metadata`.
    pub what: String,
    /// Why it decides on access.
    pub why: String,
}

impl Reservation {
    /// The sentence for the first lines.
    pub fn notice(&self) -> Notice {
        Notice::warning(&self.subject, format!("not checked: {}: {}", self.what, self.why)).of_kind(NoticeKind::Reservation)
    }
}

/// A way from one principal to a stronger one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Where it starts.
    pub principal: Address,
    /// The code of the rule that reports it.
    pub code: String,
    /// The way, in words.
    pub message: String,
    /// Whether the change opens it; else it closes it.
    pub opened: bool,
}

/// Lint findings against those of the base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingsReport {
    /// Found now and not before; of a plan, all that it holds.
    pub new: Vec<Finding>,
    /// Found before and no longer.
    pub fixed: Vec<Finding>,
    /// How many are found on both sides.
    pub standing: usize,
}

/// Spec tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestsReport {
    /// How many passed.
    pub passed: usize,
    /// Those that failed.
    pub failed: Vec<FailedTest>,
    /// Tests that the base had and the head no longer has.
    pub removed: Vec<String>,
}

/// A spec test that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailedTest {
    /// Its name.
    pub name: String,
    /// Its place: `file:line:column`.
    #[serde(default, with = "crate::diag::place_text")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Place>,
    /// What was expected and what came, case by case.
    pub messages: Vec<String>,
    /// Whether it passed, or was not there, before the change.
    pub new: bool,
}
