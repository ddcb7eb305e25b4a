//! Specs: project file, spec files and templates in; [`crate::model::Desired`] out.
//!
//! `source` alone reads files, `yaml` alone knows YAML; `shape` is what may be written; `resolve` gives it meaning for one account.

mod prescan;
pub mod shape;
pub mod text;
pub mod yaml;
