//! What AWS's services have, by the built-in action catalogue. It is as old as its data, so unknown is a warning and no error.

mod actions;
mod api_names;
mod condition_keys;
mod resources;
mod service_principals;
mod tag_keys;

pub use actions::*;
pub use condition_keys::*;
pub use resources::*;
pub use service_principals::*;
pub use tag_keys::*;
