//! Carries out a plan, step by step, and accounts for every one (INVARIANT (always-accounted)).

mod outcome;
mod run;
#[cfg(test)]
mod tests;

pub use outcome::{FailedStep, Outcome, OutcomeReport, StepOutcome, StepState};
pub use run::{ApplySettings, run};
