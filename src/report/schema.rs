//! JSON Schemas of what iamctl writes.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, schema_for};

/// Of what is only written: a member that is left out when it is empty is not required.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// The schema of a plan (`--format json`, `--out`).
pub fn plan_schema() -> Schema {
    schema_for!(crate::plan::Plan)
}

/// The schema of `fleet.json`.
pub fn fleet_schema() -> Schema {
    schema_for!(crate::review::Fleet)
}

/// The schema of a snapshot, which is also an embedded account's file.
pub fn snapshot_schema() -> Schema {
    schema_for!(crate::model::Snapshot)
}

/// The schema of `apply --format json`.
pub fn outcome_schema() -> Schema {
    schema_for!(crate::apply::OutcomeReport)
}

/// The schema of `review --format json`.
pub fn review_schema() -> Schema {
    schema_for!(crate::review::Report)
}

/// The schema of `check --format json`.
pub fn check_schema() -> Schema {
    written::<crate::check::Report>()
}

/// The schema of `check --required --format json`.
pub fn check_required_schema() -> Schema {
    written::<crate::check::Requirements>()
}

/// The schema of `test --format json`.
pub fn tests_schema() -> Schema {
    written::<super::spec_tests::TestsReport<'static>>()
}

/// The schema of `simulate --format json`.
pub fn simulation_schema() -> Schema {
    written::<super::simulate::Results<'static>>()
}

/// The schema of `access --format json`.
pub fn access_schema() -> Schema {
    written::<super::access::Answers<'static>>()
}

/// The schema of `lint --format json` and `validate --format json`.
pub fn findings_schema() -> Schema {
    written::<super::diagnostics::AllFindings>()
}
