//! The file that `accounts_from` names: the accounts of an organisation, as `iamctl accounts sync` writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::schemas::AccountIdSchema;
use crate::spec::yaml::{At, Entries, Items, Raw};

/// The accounts of an organisation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "the accounts of an organisation: a mapping with `accounts`")]
#[schemars(rename = "Accounts")]
pub struct AccountsFile {
    /// Version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format_version: Option<At<u32>>,
    /// The organisation.
    pub organization: Option<ListedOrganization>,
    /// The organisational units.
    #[serde(default)]
    pub organizational_units: Items<At<ListedUnit>>,
    /// The accounts.
    #[serde(default)]
    pub accounts: Items<At<ListedAccount>>,
    /// The organisation's policies in force; left out where they are not known.
    pub policies: Option<Items<At<ListedPolicy>>>,
}

/// Which organisation it is.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an organisation: a mapping with `id`")]
#[schemars(rename = "Organization")]
pub struct ListedOrganization {
    /// Its id, `o-…`.
    pub id: At<String>,
    /// The id of its management account, which no service control policy restricts.
    #[schemars(with = "AccountIdSchema")]
    pub management_account: Raw,
}

/// One organisational unit.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an organisational unit: a mapping with `id` and `path`")]
#[schemars(rename = "OrganizationalUnit")]
pub struct ListedUnit {
    /// Its id, `ou-…`; of the root, `r-…`.
    pub id: At<String>,
    /// Its path: the names of all units above it and its own, `/Workloads/Prod`; `/` is the root.
    pub path: At<String>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an account: a mapping with `id`, `name` and `ou`")]
#[schemars(rename = "ListedAccount")]
pub struct ListedAccount {
    /// Twelve digits.
    #[schemars(with = "AccountIdSchema")]
    pub id: Raw,
    /// Its name for iamctl: letters, digits and `_.-`.
    pub name: At<String>,
    /// Its state in the organisation; commands skip what is not `ACTIVE`.
    pub state: Option<At<String>>,
    /// The path of its organisational unit.
    pub ou: At<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Entries<At<String>>,
}

/// One policy of the organisation.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a policy of the organisation: a mapping with `id`, `name`, `type`, `targets` and `document`"
)]
#[schemars(rename = "ListedPolicy")]
pub struct ListedPolicy {
    /// Its id, `p-…`.
    pub id: At<String>,
    /// Its name.
    pub name: At<String>,
    /// Whether it is an SCP or an RCP.
    #[serde(rename = "type")]
    pub kind: At<PolicyKind>,
    /// What it is attached to: paths of organisational units and ids of accounts.
    #[serde(default)]
    pub targets: Items<At<String>>,
    /// The policy document.
    pub document: Raw,
}

/// What kind of policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", expecting = "`SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`")]
pub enum PolicyKind {
    /// Restricts the principals of accounts.
    ServiceControlPolicy,
    /// Restricts the resources of accounts.
    ResourceControlPolicy,
}
