//! The road back: what there is (an account, a snapshot, a template) → spec files that plan to nothing against it.
//!
//! Pure: a [`Snapshot`](crate::model::Snapshot) comes in, texts come out, and nothing is believed that a plan has not confirmed
//! (`check`). What cannot be written is left out and listed with its reason, never guessed.

mod account;
mod assembly;
mod check;
mod choose;
pub mod cloudformation;
mod confirm;
mod emit;
mod entity;
pub mod iambic;
mod layout;
mod leave_out;
mod merge;
mod notes;
mod profiles;
mod renew;
mod select;
mod shorten;
mod snippet;
pub mod terraform;
mod trust_short;
mod unify;
mod values;
mod variants;

pub use account::Import;
pub use assembly::{Described, Ends, Expiries, Unknown};
pub use confirm::{ImportError, Imported, import, import_all};
pub use emit::{Yaml, document_text, spec_text};
pub use layout::{Layout, LayoutError};
pub use leave_out::{Omission, Report};
pub use select::{Selection, TagFilter};
pub use snippet::policy_snippet;
