//! What became of a plan: for each step whether it was done, failed, or was not attempted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::BackendError;
use crate::names::Address;
use crate::plan::{Plan, StepId, Summary};

/// The result of an apply: one entry for each step of the plan, in the plan's order, whatever happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The steps.
    pub steps: Vec<StepOutcome>,
    /// Why the whole stopped early, or could not be made durable, beside the failures of single steps: `interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Whether the account was seen to be as the plan wants it; `None` when that was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converged: Option<bool>,
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepOutcome {
    /// Its name in the plan.
    pub id: StepId,
    /// The entity it belongs to.
    pub address: Address,
    /// The IAM call, `AttachRolePolicy`.
    pub operation: String,
    /// What became of it.
    #[serde(flatten)]
    pub state: StepState,
}

/// Done, failed or not attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// IAM took it.
    Done {
        /// Something a user should know, `already done by an attempt whose answer was lost`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// IAM refused it, or it could not be sent.
    Failed {
        /// The refusal.
        error: FailedStep,
    },
    /// It was never sent.
    NotAttempted {
        /// Why: `needs s3, which failed`.
        because: String,
    },
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailedStep {
    /// IAM's wire code, `LimitExceeded`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What IAM says.
    pub message: String,
    /// AWS's request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The next move, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl StepOutcome {
    /// Whether it failed because somebody else seems to change the same entity.
    pub fn is_contended(&self) -> bool {
        matches!(&self.state, StepState::Failed { error } if error.is_contention())
    }
}

impl FailedStep {
    /// Whether somebody else seems to change the same entity.
    pub fn is_contention(&self) -> bool {
        self.hint.as_deref() == Some(super::run::CONTENDED)
    }

    /// The refusal as a backend gave it, with the next move if one is known.
    pub fn new(error: &BackendError, hint: Option<String>) -> Self {
        Self { code: error.code.clone(), message: error.message.clone(), request_id: error.request_id.clone(), hint }
    }
}

impl Outcome {
    /// Steps that IAM took.
    pub fn done(&self) -> impl Iterator<Item = &StepOutcome> {
        self.steps.iter().filter(|s| matches!(s.state, StepState::Done { .. }))
    }

    /// Steps that failed, with why.
    pub fn failed(&self) -> impl Iterator<Item = (&StepOutcome, &FailedStep)> {
        self.steps.iter().filter_map(|s| match &s.state {
            StepState::Failed { error } => Some((s, error)),
            _ => None,
        })
    }

    /// The entities that somebody else seems to change at the same time.
    pub fn contended(&self) -> std::collections::BTreeSet<&Address> {
        self.failed().filter(|(_, error)| error.is_contention()).map(|(step, _)| &step.address).collect()
    }

    /// Steps that were never sent, with why.
    pub fn not_attempted(&self) -> impl Iterator<Item = (&StepOutcome, &str)> {
        self.steps.iter().filter_map(|s| match &s.state {
            StepState::NotAttempted { because } => Some((s, because.as_str())),
            _ => None,
        })
    }

    /// Whether every step was done and nothing stopped the whole. An empty plan is complete.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.done().count() == self.steps.len()
    }
}

/// The document of `apply --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeReport {
    /// Version of this format: 1.
    pub format_version: u32,
    /// Which plan.
    pub plan: AppliedPlan,
    /// Steps that IAM took.
    pub done: Vec<StepOutcome>,
    /// Steps that failed.
    pub failed: Vec<StepOutcome>,
    /// Steps that were never sent.
    pub not_attempted: Vec<StepOutcome>,
    /// Why the whole stopped early, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Whether the account is as the plan wants it: every step is done, and nothing seen since says otherwise.
    pub converged: bool,
}

/// The plan that was applied, by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliedPlan {
    /// `sha256:…`.
    pub digest: String,
    /// The owner's name.
    pub stack: Option<String>,
    /// Twelve digits.
    pub account_id: crate::names::AccountId,
    /// Counts by action.
    pub summary: Summary,
}

impl OutcomeReport {
    /// The report of an outcome of a plan.
    pub fn new(plan: &Plan, outcome: &Outcome) -> Self {
        let of = |wanted: fn(&StepState) -> bool| outcome.steps.iter().filter(|s| wanted(&s.state)).cloned().collect();
        Self {
            format_version: 1,
            plan: AppliedPlan {
                digest: plan.digest.clone(),
                stack: plan.stack.clone(),
                account_id: plan.account.id.clone(),
                summary: plan.summary.clone(),
            },
            done: of(|s| matches!(s, StepState::Done { .. })),
            failed: of(|s| matches!(s, StepState::Failed { .. })),
            not_attempted: of(|s| matches!(s, StepState::NotAttempted { .. })),
            stopped: outcome.stopped.clone(),
            converged: outcome.is_complete() && outcome.converged != Some(false),
        }
    }
}
