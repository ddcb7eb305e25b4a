//! Habits that make policies hard to keep.

mod foreign_account;
mod paths;
mod users;

pub use foreign_account::*;
pub use paths::*;
pub use users::*;
