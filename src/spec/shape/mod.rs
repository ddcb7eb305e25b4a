//! What may be written in the project file and in spec files: plain types that serde reads and schemars describes.
//!
//! These types check shapes alone; names, references and limits are `resolve`'s.

mod accounts_file;
mod entities;
mod project;
mod scalars;
mod schemas;
mod tests_shape;
mod trust;

pub use accounts_file::{AccountsFile, ListedAccount, ListedOrganization, ListedPolicy, ListedUnit, PolicyKind};
pub use entities::{
    GroupSpec, InstanceProfileSpec, LinkedRoleSpec, OidcProviderSpec, OwnProfile, PartSpec, PolicySpec, RoleSpec,
    SamlProviderSpec, UseSpec, UserSpec, WaiveSpec,
};
pub use project::{
    AccountSpec, AccountsFromSpec, AssumeRoleSpec, DefaultsSpec, FleetGuardsSpec, ForbidSpec, GroupOfAccountsSpec, GuardsSpec,
    IgnoreSpec, OrganizationSpec, OwnershipSpec, ProjectSpec, RequireOfKindSpec, RequireSpec, RoleChain,
};
pub use scalars::{Flag, ManageWord, SessionDuration};
pub use tests_shape::{CaseSpec, ExpectSpec, TestSpec};
pub use trust::{
    BuildkiteSpec, CircleciSpec, EksPodIdentitySpec, EksSpec, GithubSpec, GitlabSpec, TerraformCloudSpec, TrustEntry,
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::yaml::{At, Entries, Items, Raw};
use schemas::{FragmentSchema, SpecPartSchema};

/// One spec document: what an account's IAM should hold. All documents of all files are merged.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a spec: a mapping with keys such as `roles` and `policies`")]
#[schemars(rename = "Spec")]
pub struct SpecFile {
    /// Version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: Option<At<u32>>,
    /// Customer managed policies by name.
    #[serde(default)]
    pub policies: Entries<At<PolicySpec>>,
    /// Roles by name.
    #[serde(default)]
    pub roles: Entries<At<RoleSpec>>,
    /// Users by name.
    #[serde(default)]
    pub users: Entries<At<UserSpec>>,
    /// Groups by name.
    #[serde(default)]
    pub groups: Entries<At<GroupSpec>>,
    /// Service-linked roles.
    #[serde(default)]
    pub service_linked_roles: Items<At<LinkedRoleSpec>>,
    /// OIDC providers by URL without `https://`.
    #[serde(default)]
    pub oidc_providers: Entries<At<OidcProviderSpec>>,
    /// SAML providers by name.
    #[serde(default)]
    pub saml_providers: Entries<At<SamlProviderSpec>>,
    /// Instances of templates.
    #[serde(default, rename = "use")]
    pub uses: Items<At<UseSpec>>,
    /// What is added in some accounts only.
    #[serde(default)]
    #[schemars(with = "Items<SpecPartSchema>")]
    pub parts: Items<At<PartSpec>>,
    /// Lists of policy statements by name, used as `${fragment.NAME}` in a `Statement` list.
    #[serde(default)]
    #[schemars(with = "Entries<FragmentSchema>", extend("propertyNames" = {"pattern": "^[A-Za-z0-9_-]+$"}))]
    pub fragments: Entries<Raw>,
    /// Addresses of entities to stop managing: their marks are taken off, nothing else changes.
    #[serde(default)]
    pub release: Items<At<String>>,
    /// What the declared policies must allow and deny.
    #[serde(default)]
    pub tests: Items<At<TestSpec>>,
}
