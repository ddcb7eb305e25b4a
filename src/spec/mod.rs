//! Specs: project file, spec files and templates in; [`crate::model::Desired`] out.
//!
//! `source` alone reads files, `yaml` alone knows YAML; `shape` is what may be written; `resolve` gives it meaning for one account.
#![allow(clippy::result_large_err, reason = "a problem is made once, gathered, and never passed through a hot path")]

pub mod codes;
mod expand;
mod expires;
mod ledger;
mod load;
mod misplaced;
mod mistakes;
mod prescan;
pub mod project;
mod reference;
mod render;
pub mod require;
pub mod resolve;
pub mod schema;
pub mod shape;
pub mod source;
pub mod template;
pub mod text;
mod trust;
pub mod vars;
pub mod yaml;

pub use load::{FILE_KEYS, Loaded, load};
pub(crate) use mistakes::requested_resource;
pub use project::{AccountBackend, AccountConfig, Project};
pub use reference::{AwsPolicies, NoAwsPolicies, References, Referred, UnknownAws, in_partition};
pub use render::render;
pub use resolve::{Defaults, DocumentKey, DocumentPart, ResolveContext, Resolved, SkippedTest, Waiver, locate, resolve};
pub(crate) use trust::{POD_ACTIONS, PODS};
