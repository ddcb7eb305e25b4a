//! Names, parsed once: account ids, entity names and addresses, ARNs, and the limits IAM puts on them.
//!
//! Source for every pattern: iam-facts 3.3 (shapes of the IAM API model).

mod address;
mod arn;
mod limits;
mod name;

pub use address::{Address, AddressError, EntityKind};
pub use arn::{Arn, entity_arn, principal_account};
pub use limits::{NameRule, check_description, check_name, check_path, check_tag_key, check_tag_value, is_inline_policy_name};
pub use name::{AccountId, Name, VersionId};
