//! The policy language: documents, their grammar, their normal form, their size.
//!
//! A document is kept exactly as its author wrote it; comparing is done on the normal form alone (INVARIANT (canon)).

pub mod access;
mod align;
pub mod arn_match;
pub mod ast;
pub mod aws_policies;
mod blob;
mod canon;
pub mod catalogue;
pub mod condition;
pub mod context;
pub mod data;
mod document;
mod equivalence;
pub mod eval;
pub mod grammar;
pub mod names;
mod operator;
pub mod pattern;
mod principals;
#[cfg(feature = "schemars")]
mod schema;
mod severity;
mod size;
mod suggest;
mod text;
pub mod trust;
pub mod variables;

pub use align::align;
pub use canon::{Canon, equal};
pub use document::{Document, DocumentKind};
pub use equivalence::{NotComparable, equivalent_texts};
pub use operator::{Base, Compares, Matching, Operator, Order, SetPrefix};
pub use principals::{BARE, PrincipalRef, is_unique_id};
pub use severity::Severity;
pub use suggest::{did_you_mean, nearest};
pub use text::{DiffKind, DiffLine, unified_diff};
