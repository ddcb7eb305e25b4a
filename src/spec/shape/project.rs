//! The project file `iamctl.yaml` (contract 2).

use schemars::JsonSchema;
use serde::Deserialize;

use super::SessionDuration;
use super::schemas::{AccountIdSchema, StackSchema};
use crate::spec::yaml::{At, Entries, Items, OneOrMany, Raw};

/// The project file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a project file: a mapping with keys such as `stack` and `accounts`")]
#[schemars(rename = "Project")]
pub struct ProjectSpec {
    /// Version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: Option<At<u32>>,
    /// The owner's name, written on what this project owns.
    #[schemars(with = "Option<StackSchema>")]
    pub stack: Option<At<String>>,
    /// Earlier names of this stack.
    #[serde(default)]
    #[schemars(with = "Items<StackSchema>")]
    pub formerly: Items<At<String>>,
    /// Spec files or directories; default `specs`.
    pub specs: Option<Items<At<String>>>,
    /// Values for `${var.NAME}`.
    #[serde(default)]
    pub vars: Entries<Raw>,
    /// What entities have that do not say otherwise.
    pub defaults: Option<DefaultsSpec>,
    /// What is never this project's to judge.
    pub ignore: Option<IgnoreSpec>,
    /// Refusals.
    pub guards: Option<GuardsSpec>,
    /// What declared entities must have.
    pub require: Option<RequireSpec>,
    /// What no role or user may do.
    #[serde(default)]
    pub forbid: Items<At<ForbidSpec>>,
    /// The mark of ownership.
    pub ownership: Option<OwnershipSpec>,
    /// The data of AWS's actions that must be in force: its hash (`sha256:…`) or its day.
    pub data: Option<At<String>>,
    /// The account used without `--account`.
    pub default_account: Option<At<String>>,
    /// The accounts by name.
    #[serde(default)]
    pub accounts: Entries<At<AccountSpec>>,
}

/// One account, embedded (a file) or on AWS.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an account: a mapping with `embedded`, or with keys such as `id` and `profile`")]
#[schemars(rename = "Account")]
pub struct AccountSpec {
    /// A whole IAM account in a file.
    pub embedded: Option<At<String>>,
    /// Twelve digits, in quotes.
    #[schemars(with = "Option<AccountIdSchema>")]
    pub id: Option<Raw>,
    /// Region for what has one.
    pub region: Option<At<String>>,
    /// Partition, `aws`, `aws-cn`, …; default: from the region.
    pub partition: Option<At<String>>,
    /// Profile of the AWS configuration.
    pub profile: Option<At<String>>,
    /// Role to assume first.
    pub assume_role: Option<At<AssumeRoleSpec>>,
    /// As in the project.
    #[schemars(with = "Option<StackSchema>")]
    pub stack: Option<At<String>>,
    /// As in the project.
    pub specs: Option<Items<At<String>>>,
    /// As in the project; each variable on its own.
    #[serde(default)]
    pub vars: Entries<Raw>,
    /// As in the project; each key on its own.
    pub defaults: Option<DefaultsSpec>,
    /// As in the project; each key on its own.
    pub ignore: Option<IgnoreSpec>,
    /// As in the project; each key on its own.
    pub guards: Option<GuardsSpec>,
    /// As in the project; each key on its own.
    pub require: Option<RequireSpec>,
    /// Beside what the project forbids.
    #[serde(default)]
    pub forbid: Items<At<ForbidSpec>>,
}

/// A role to assume before anything else.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `arn`")]
#[schemars(rename = "AssumeRole")]
pub struct AssumeRoleSpec {
    /// The role's ARN.
    pub arn: At<String>,
    /// The external id that its trust asks for.
    pub external_id: Option<At<String>>,
    /// Name of the session.
    pub session_name: Option<At<String>>,
}

/// What entities have that do not say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `tags` and `path`")]
#[schemars(rename = "Defaults")]
pub struct DefaultsSpec {
    /// Tags on everything that can have tags; an entity's own win.
    pub tags: Option<Entries<At<String>>>,
    /// Path of roles and policies.
    pub path: Option<At<String>>,
    /// Boundary of roles.
    pub permissions_boundary: Option<At<String>>,
    /// Longest session of roles.
    pub max_session_duration: Option<At<SessionDuration>>,
}

/// What is never this project's to judge; `*` and `?` are wildcards.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `tags` and `attached_policies`")]
#[schemars(rename = "Ignore")]
pub struct IgnoreSpec {
    /// Tag keys.
    pub tags: Option<Items<At<String>>>,
    /// ARNs of attached policies.
    pub attached_policies: Option<Items<At<String>>>,
    /// Names of inline policies.
    pub inline_policies: Option<Items<At<String>>>,
}

/// Refusals (contract 5).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `max_deletes`")]
#[schemars(rename = "Guards")]
pub struct GuardsSpec {
    /// Most entities deleted or replaced in one apply; default 10.
    pub max_deletes: Option<At<u32>>,
    /// Largest share of owned entities changed in one apply; default 30.
    #[schemars(range(min = 0, max = 100))]
    pub max_changes_percent: Option<At<u32>>,
    /// Largest share of owned entities deleted in one apply, from three upwards; default 50.
    #[schemars(range(min = 0, max = 100))]
    pub max_deletes_percent: Option<At<u32>>,
    /// Most principals that lose attachments, inline policies or memberships in one apply; default 10.
    pub max_revoked: Option<At<u32>>,
    /// Roles used within so many days are not deleted; default 30.
    pub delete_unused_days: Option<At<u32>>,
    /// Roles and users that are never changed: addresses (`role/NAME`) or ARNs; `*`, `?` and variables may stand in them.
    pub break_glass: Option<Items<At<String>>>,
}

/// What declared entities must have: roles, policies, and users that `create: true` makes. What stands under a kind wins for that kind, key by
/// key; an empty list requires nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `permissions_boundary` and `tags`")]
#[schemars(rename = "Require")]
pub struct RequireSpec {
    /// Roles and users must have one of these boundaries: policy references, or patterns of ARNs.
    pub permissions_boundary: Option<OneOrMany>,
    /// Tag keys, for everything that can have tags.
    pub tags: Option<OneOrMany>,
    /// The path must begin with one of these.
    pub path: Option<OneOrMany>,
    /// The name must match one of these patterns; `*` and `?` are wildcards.
    pub name: Option<OneOrMany>,
    /// For roles and their instance profiles.
    pub roles: Option<RequireOfKindSpec>,
    /// For policies.
    pub policies: Option<RequireOfKindSpec>,
    /// For users that `create: true` makes.
    pub users: Option<RequireOfKindSpec>,
    /// For groups; what stands outside of this key is not asked of them.
    pub groups: Option<RequireOfKindSpec>,
}

/// What entities of one kind must have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `path` and `name`")]
#[schemars(rename = "RequireOfKind")]
pub struct RequireOfKindSpec {
    /// One of these boundaries; roles and users only.
    pub permissions_boundary: Option<OneOrMany>,
    /// Tag keys; not of groups, which cannot have tags.
    pub tags: Option<OneOrMany>,
    /// The path must begin with one of these.
    pub path: Option<OneOrMany>,
    /// The name must match one of these patterns.
    pub name: Option<OneOrMany>,
}

/// What no role or user may do: what a Deny statement with the same actions, resources and conditions would deny.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `actions`")]
#[schemars(rename = "Forbid")]
pub struct ForbidSpec {
    /// What findings call the rule; default: its first action.
    pub name: Option<At<String>>,
    /// Actions; `*` and `?` are wildcards.
    pub actions: OneOrMany,
    /// Resources; default: all.
    pub resources: Option<OneOrMany>,
    /// As `Condition` of a statement.
    #[serde(default)]
    pub conditions: Entries<Raw>,
    /// For whom the rule is: addresses (`role/NAME`) or ARNs, with wildcards; default: every role and user.
    pub principals: Option<Items<At<String>>>,
    /// Who is excused: addresses or ARNs, with wildcards.
    pub except: Option<Items<At<String>>>,
}

/// The mark of ownership.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `tag_key`")]
#[schemars(rename = "Ownership")]
pub struct OwnershipSpec {
    /// Key of the tag; default `iamctl:stack`.
    pub tag_key: Option<At<String>>,
}
