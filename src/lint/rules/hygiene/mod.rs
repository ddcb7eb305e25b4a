//! Habits that make policies hard to keep.

mod foreign_account;
mod users;

pub use foreign_account::*;
pub use users::*;
