//! iamctl: a declarative reconciler for AWS IAM.
//!
//! Data moves one way: spec files → [`model::Desired`], account → [`model::Snapshot`], both → changes → plan → apply.
//! `docs/architecture.md` has the map of modules and what each may import.

pub mod apply;
pub mod backend;
pub mod cases;
pub mod check;
pub mod cli;
pub mod diag;
pub mod diff;
pub mod escalation;
pub mod fleet;
pub mod forbid;
pub mod graph;
pub mod guard;
pub mod holdings;
pub mod import;
pub mod lint;
pub mod model;
pub mod permissions;
pub mod plan;
pub mod planner;
pub mod report;
pub mod review;
pub mod scope;
pub mod spec;

#[cfg(test)]
#[path = "../tests/support/rows.rs"]
mod rows;

pub use iam_policy::{self as policy, aws_policies, catalogue, names};
