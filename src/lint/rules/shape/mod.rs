//! The form of a document: what IAM takes and what still is a mistake.

mod arns;
mod elements;
mod placeholders;
mod principals;
mod redundant;
mod scp;
mod size;
mod variables;

pub use arns::*;
pub use elements::*;
pub use placeholders::*;
pub use principals::*;
pub use redundant::*;
pub use scp::*;
pub use size::*;
pub use variables::*;
