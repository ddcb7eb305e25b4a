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

/// The schema of `review --format json`.
pub fn review_schema() -> Schema {
    schema_for!(crate::review::Report)
}
