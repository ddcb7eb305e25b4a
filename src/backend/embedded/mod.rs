//! The embedded account: IAM as a pure state machine, and a file around it.

pub mod machine;

pub use machine::{Machine, Strictness};
