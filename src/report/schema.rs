//! JSON Schemas of what iamctl writes.

use schemars::{Schema, schema_for};

/// The schema of a plan (`--format json`, `--out`).
pub fn plan_schema() -> Schema {
    schema_for!(crate::plan::Plan)
}

/// The schema of a snapshot, which is also an embedded account's file.
pub fn snapshot_schema() -> Schema {
    schema_for!(crate::model::Snapshot)
}

/// The schema of `apply --format json`.
pub fn outcome_schema() -> Schema {
    schema_for!(crate::apply::OutcomeReport)
}

/// The schema of `check --format json`.
pub fn check_schema() -> Schema {
    schema_for!(crate::check::Report)
}

/// The schema of `test --format json`.
pub fn tests_schema() -> Schema {
    schema_for!(super::tests_text::TestsReport<'static>)
}

/// The schema of `simulate --format json`.
pub fn simulation_schema() -> Schema {
    schema_for!(super::simulate::Results<'static>)
}

/// The schema of `access --format json`.
pub fn access_schema() -> Schema {
    schema_for!(super::access::Answers<'static>)
}

/// The schema of `lint --format json` and `validate --format json`.
pub fn findings_schema() -> Schema {
    schema_for!(super::diagnostics::AllFindings)
}
