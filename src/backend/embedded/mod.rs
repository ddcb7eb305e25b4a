//! The embedded account: IAM as a pure state machine, and a file around it.

pub mod faults;
mod file;
mod journal;
mod machine;
mod store;

pub use file::{load as load_account, save as save_account, save_private as save_snapshot};
pub use machine::{Machine, Strictness};
pub use store::EmbeddedAccount;
