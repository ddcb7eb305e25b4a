//! The project file `iamctl.yaml` (contract 2).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

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
    /// Refusals over all accounts of a change.
    pub fleet_guards: Option<FleetGuardsSpec>,
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
    /// The accounts of an organisation, from a file.
    pub accounts_from: Option<At<AccountsFromSpec>>,
    /// The policies of the organisation, where the accounts file does not list them.
    pub organization: Option<At<OrganizationSpec>>,
    /// Groups of accounts by name.
    #[serde(default)]
    pub groups: Entries<At<GroupOfAccountsSpec>>,
}

/// The accounts of an organisation, from a file that `iamctl accounts sync` writes, and how to reach each of them. `${account_id}`, `${account}`
/// and `${partition}` stand for each account's own.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `file`")]
#[schemars(rename = "AccountsFrom")]
pub struct AccountsFromSpec {
    /// The file, relative to the project file.
    pub file: At<String>,
    /// The organisation that the file must be of, `o-…`.
    pub organization: Option<At<String>>,
    /// Role to assume first, or a chain of roles.
    pub assume_role: Option<RoleChain>,
    /// Profile of the AWS configuration.
    pub profile: Option<At<String>>,
    /// A file for each account, in place of AWS.
    pub embedded: Option<At<String>>,
    /// Region for what has one.
    pub region: Option<At<String>>,
    /// Partition, `aws`, `aws-cn`, …; default: from the region.
    pub partition: Option<At<String>>,
}

/// Service and resource control policies by what they are attached to: the path of an organisational unit (`/` is the root), or the id of an
/// account. Each is a file, relative to the project file, or AWS's own `FullAWSAccess`, which stays attached wherever no other policy allows.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "the policies of an organisation: a mapping with `scps` or `rcps`")]
#[schemars(rename = "OrganizationPolicies")]
pub struct OrganizationSpec {
    /// The management account, which none of these policies restricts.
    #[schemars(with = "Option<AccountIdSchema>")]
    pub management_account: Option<Raw>,
    /// Service control policies.
    pub scps: Option<Entries<OneOrMany>>,
    /// Resource control policies.
    pub rcps: Option<Entries<OneOrMany>>,
}

/// A group of accounts, by what its accounts have in common; an account is in it where all that is written here fits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a group of accounts: a mapping with `ou`, `accounts` or `tags`")]
#[schemars(rename = "GroupOfAccounts")]
pub struct GroupOfAccountsSpec {
    /// The organisational unit, with all below it: `/Workloads/Prod`.
    pub ou: Option<At<String>>,
    /// Names and patterns of accounts, `ou:/PATH`, `tag:KEY=VALUE`, and each of them with `!` to take accounts out.
    pub accounts: Option<Items<At<String>>>,
    /// Tags that accounts of the group have; `*` and `?` are wildcards in values.
    #[serde(default)]
    pub tags: Entries<At<String>>,
    /// Whether no command works on these accounts.
    pub exclude: Option<At<bool>>,
    /// As in the project; each variable on its own.
    #[serde(default)]
    pub vars: Entries<Raw>,
    /// As in the project; each key on its own.
    pub guards: Option<GuardsSpec>,
    /// When `apply` comes to these accounts: lower waves first; default 2.
    #[schemars(range(min = 1, max = 100))]
    pub wave: Option<At<u32>>,
}

/// Refusals over all accounts of a change.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `max_accounts_percent` or `max_deletes`")]
#[schemars(rename = "FleetGuards")]
pub struct FleetGuardsSpec {
    /// Largest share of the project's accounts that one change may touch.
    #[schemars(range(min = 0, max = 100))]
    pub max_accounts_percent: Option<At<u32>>,
    /// Most entities that one change may delete or replace in all accounts together.
    pub max_deletes: Option<At<u32>>,
}

/// A role to assume, or several, each with the credentials of the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleChain(pub Vec<AssumeRoleSpec>);

impl<'de> Deserialize<'de> for RoleChain {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Chain;
        impl<'de> Visitor<'de> for Chain {
            type Value = RoleChain;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role to assume: a mapping with the key `arn`, or a list of such mappings")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoleChain, A::Error> {
                AssumeRoleSpec::deserialize(MapAccessDeserializer::new(map)).map(|role| RoleChain(vec![role]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RoleChain, A::Error> {
                Items::deserialize(SeqAccessDeserializer::new(list)).map(|roles| RoleChain(roles.0))
            }
        }
        d.deserialize_any(Chain)
    }
}

impl JsonSchema for RoleChain {
    fn schema_name() -> Cow<'static, str> {
        "RoleChain".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let role = generator.subschema_for::<AssumeRoleSpec>();
        json_schema!({
            "description": "A role to assume, or several, each with the credentials of the one before",
            "anyOf": [role, {"type": "array", "items": role}]
        })
    }
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
    /// Role to assume first, or a chain of roles.
    pub assume_role: Option<RoleChain>,
    /// The organisational unit that it is in, `/Workloads/Prod`, for groups and selections.
    pub ou: Option<At<String>>,
    /// Its tags in the organisation, for groups and selections.
    #[serde(default)]
    pub tags: Entries<At<String>>,
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
