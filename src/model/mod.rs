//! The nouns: what is wanted ([`Desired`]), what is there ([`Snapshot`]), and the one write that leads on ([`Operation`]).

mod ceiling;
mod desired;
mod limits;
mod linked;
mod operation;
mod relations;
mod seen;
pub mod simulation;
mod snapshot;
mod unique;

pub use ceiling::{Ceiling, Control, Level};
pub use desired::{
    Desired, Manage, PolicyRef, WantGroup, WantInstanceProfile, WantOidcProvider, WantPolicy, WantRole, WantSamlProvider,
    WantServiceLinkedRole, WantUser,
};
pub use limits::{Limits, TAGS_PER_ENTITY, quota_advice};
pub use linked::{LinkedRoleRequest, derived_name, is_reserved_path, is_reserved_role, known_service, linked_role, suffix_of};
pub use operation::{Act, Call, Holder, Operation, Subject, When, named_in, policy_address, principal_address};
pub use relations::Relations;
pub use seen::{Seen, Want};
pub use snapshot::{
    AccountIdentity, Credential, Group, InlinePolicies, InstanceProfile, OidcProvider, Policy, PolicyVersion, Role, SamlProvider,
    Snapshot, Tags, User,
};
