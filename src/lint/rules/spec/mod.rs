//! The specs themselves.

mod forbidden;
mod tests_of_roles;
mod waivers;

pub use forbidden::*;
pub use tests_of_roles::*;
pub use waivers::*;
