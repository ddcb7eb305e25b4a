//! The specs themselves.

mod tests_of_roles;
mod waivers;

pub use tests_of_roles::*;
pub use waivers::*;
