//! The plan: inert data that says what apply would do, call by call, and why (INVARIANT (plan-is-all)).

mod access;
mod artefact;

pub use crate::diag::Finding;
pub use artefact::{
    AccessChange, AccessGrant, AccessVerdict, Action, Change, FieldChange, Fingerprint, Gap, GuardRefusal, NotCompared, Plan,
    PlanAccount, PlanOptions, Preflight, Step, StepId, StepOrder, Summary,
};
