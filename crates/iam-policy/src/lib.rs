//! Parse, evaluate, compare and prove AWS IAM policies.
//!
//! | question | item |
//! |---|---|
//! | Is this text a policy, and would IAM accept it? | [`Document::parse`], [`check`] |
//! | Do two documents say the same? | [`equal`], [`Document::canon`] |
//! | Is this request allowed, and by which statement? | [`decide`], [`decide_strictly`] |
//! | What may a principal do now that it could not do before? | [`compare`] |
//! | Does one set of policies cover another? | [`covers`] |
//! | Which actions, resource types and condition keys does AWS have? | [`catalogue`] |
//! | What does an AWS managed policy say? | [`aws_policies`] |
//!
//! A [`Document`] is kept exactly as its author wrote it. Documents are compared in their normal form alone (INVARIANT (canon)).
//!
//! Nothing here reads a file, the clock, the environment or the network.

#[doc(hidden)]
pub mod access;
mod align;
#[doc(hidden)]
pub mod arn_match;
#[doc(hidden)]
pub mod ast;
pub mod aws_policies;
mod blob;
pub mod caller;
mod canon;
pub mod catalogue;
#[doc(hidden)]
pub mod condition;
#[doc(hidden)]
pub mod context;
mod covers;
#[doc(hidden)]
pub mod data;
mod document;
mod equivalence;
#[doc(hidden)]
pub mod eval;
#[doc(hidden)]
pub mod exposure;
#[doc(hidden)]
pub mod grammar;
pub mod names;
mod operator;
pub mod pattern;
mod principals;
#[cfg(feature = "schemars")]
mod schema;
#[doc(hidden)]
pub mod service_principals;
mod severity;
mod size;
mod suggest;
mod text;
#[doc(hidden)]
pub mod trust;
#[doc(hidden)]
pub mod variables;

pub use access::{AccessDiff, Example, Grant, Known, Options, PrincipalPolicies, Subject, Verdict, compare};
pub use canon::{Canon, equal};
pub use context::{Context, Value};
pub use covers::{Coverage, covers};
pub use document::{Document, DocumentKind};
pub use eval::{
    Compiled, Decision, Effect, Layer, Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, StatementRef, decide,
    decide_strictly,
};
pub use grammar::{GrammarContext, GrammarError, PathStep, check};
pub use severity::Severity;

#[doc(hidden)]
pub use {
    align::align,
    equivalence::{NotComparable, equivalent_texts},
    operator::{Base, Compares, Matching, Operator, Order, SetPrefix},
    principals::{BARE, PrincipalRef, is_unique_id},
    suggest::{did_you_mean, nearest},
    text::{DiffKind, DiffLine, unified_diff},
};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
