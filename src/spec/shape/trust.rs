//! Trust entries: the short forms of who may assume a role.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Flag;
use super::schemas::ConditionSchema;
use crate::spec::yaml::{At, OneOrMany, Raw};

/// One statement of a trust policy: exactly one kind of principal, and conditions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a trust entry: a mapping with one of `service`, `aws`, `github`, `oidc`, `saml`, `principal` and the like"
)]
pub struct TrustEntry {
    /// Service principals, `ec2.amazonaws.com`.
    pub service: Option<OneOrMany>,
    /// ARNs, account ids, or `role/NAME`, `user/NAME` of this account.
    pub aws: Option<OneOrMany>,
    /// Workflows of GitHub Actions.
    pub github: Option<At<GithubSpec>>,
    /// Pipelines of GitLab.
    pub gitlab: Option<At<GitlabSpec>>,
    /// Runs of HCP Terraform (Terraform Cloud).
    pub terraform_cloud: Option<At<TerraformCloudSpec>>,
    /// Builds of Buildkite.
    pub buildkite: Option<At<BuildkiteSpec>>,
    /// Jobs of CircleCI.
    pub circleci: Option<At<CircleciSpec>>,
    /// Service accounts of an Amazon EKS cluster (IRSA).
    pub eks: Option<At<EksSpec>>,
    /// Pods of an Amazon EKS cluster, by EKS Pod Identity.
    pub eks_pod_identity: Option<At<EksPodIdentitySpec>>,
    /// An OIDC provider: its URL without `https://`.
    pub oidc: Option<At<String>>,
    /// SAML providers: names, or ARNs.
    pub saml: Option<OneOrMany>,
    /// IAM's own form, `{AWS: …, Service: …, Federated: …}` or `"*"`.
    pub principal: Option<Raw>,
    /// With `oidc`: the audience.
    pub audience: Option<OneOrMany>,
    /// With `oidc`: the subject.
    pub subject: Option<OneOrMany>,
    /// Condition on `aws:SourceAccount`.
    pub source_account: Option<OneOrMany>,
    /// Condition on `aws:SourceArn` (ArnLike).
    pub source_arn: Option<OneOrMany>,
    /// Condition on `sts:ExternalId`.
    pub external_id: Option<OneOrMany>,
    /// Condition on the organisation: `aws:PrincipalOrgID`, for services `aws:SourceOrgID`.
    pub org_id: Option<OneOrMany>,
    /// `true`: only with multi-factor authentication.
    pub mfa: Option<At<Flag>>,
    /// Further conditions in IAM's own form.
    #[schemars(with = "Option<ConditionSchema>")]
    pub condition: Option<Raw>,
    /// Instead of the action that suits the principal.
    pub actions: Option<OneOrMany>,
    /// The statement's id.
    pub sid: Option<At<String>>,
    /// `Allow` (default) or `Deny`.
    pub effect: Option<At<String>>,
    /// From this day on (`2027-01-31`) the entry counts as not written.
    pub expires: Option<At<String>>,
}

/// Workflows of GitHub Actions: a repository and exactly one of `ref`, `environment`, `pull_request`, `any`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `repository`")]
#[schemars(rename = "Github")]
pub struct GithubSpec {
    /// `owner/name`.
    pub repository: OneOrMany,
    /// Only runs on this ref, `refs/heads/main`.
    #[serde(rename = "ref")]
    pub git_ref: Option<OneOrMany>,
    /// Only runs in this environment.
    pub environment: Option<OneOrMany>,
    /// Only runs for pull requests.
    #[serde(default)]
    pub pull_request: Flag,
    /// Every run of the repository.
    #[serde(default)]
    pub any: Flag,
    /// Host of an enterprise server.
    pub host: Option<At<String>>,
    /// The audience; default `sts.amazonaws.com`.
    pub audience: Option<OneOrMany>,
}

/// Pipelines of GitLab: a project and exactly one of `branch`, `tag`, `any`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `project`")]
#[schemars(rename = "Gitlab")]
pub struct GitlabSpec {
    /// `group/project`, subgroups included. The group has no wildcard.
    pub project: OneOrMany,
    /// Only pipelines of this branch.
    pub branch: Option<OneOrMany>,
    /// Only pipelines of this tag.
    pub tag: Option<OneOrMany>,
    /// Every pipeline of the project.
    #[serde(default)]
    pub any: Flag,
    /// Host of a server of one's own; default `gitlab.com`.
    pub host: Option<At<String>>,
    /// The audience; default `https://HOST`.
    pub audience: Option<OneOrMany>,
}

/// Runs of HCP Terraform (Terraform Cloud): an organization and its projects or workspaces.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `organization`")]
#[schemars(rename = "TerraformCloud")]
pub struct TerraformCloudSpec {
    /// The organization, without wildcards.
    pub organization: At<String>,
    /// Only of this project.
    pub project: Option<OneOrMany>,
    /// Only of this workspace.
    pub workspace: Option<OneOrMany>,
    /// Every workspace of the organization.
    #[serde(default)]
    pub any: Flag,
    /// `plan` or `apply`; default: both.
    pub run_phase: Option<At<String>>,
    /// Host of Terraform Enterprise; default `app.terraform.io`.
    pub host: Option<At<String>>,
    /// The audience; default `aws.workload.identity`.
    pub audience: Option<OneOrMany>,
}

/// Builds of Buildkite: a pipeline and exactly one of `ref`, `any`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the keys `organization` and `pipeline`")]
#[schemars(rename = "Buildkite")]
pub struct BuildkiteSpec {
    /// The organization's slug, without wildcards.
    pub organization: At<String>,
    /// The pipeline's slug.
    pub pipeline: OneOrMany,
    /// Only builds of this ref, `refs/heads/main`.
    #[serde(rename = "ref")]
    pub git_ref: Option<OneOrMany>,
    /// Every build of the pipeline.
    #[serde(default)]
    pub any: Flag,
    /// The audience; default `sts.amazonaws.com`.
    pub audience: Option<OneOrMany>,
}

/// Jobs of CircleCI: an organization and exactly one of `project`, `any`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `organization`")]
#[schemars(rename = "Circleci")]
pub struct CircleciSpec {
    /// The organization's id, a UUID.
    pub organization: At<String>,
    /// Only of this project: its id, a UUID.
    pub project: Option<OneOrMany>,
    /// Every project of the organization.
    #[serde(default)]
    pub any: Flag,
    /// The audience; default: the organization's id.
    pub audience: Option<OneOrMany>,
}

/// Service accounts of an Amazon EKS cluster (IRSA).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the keys `cluster`, `namespace` and `service_account`")]
#[schemars(rename = "Eks")]
pub struct EksSpec {
    /// The cluster's issuer, `oidc.eks.REGION.amazonaws.com/id/ID`, or its ID alone.
    pub cluster: At<String>,
    /// The namespace, without wildcards.
    pub namespace: OneOrMany,
    /// The service account; `*` for all of the namespace.
    pub service_account: OneOrMany,
    /// The audience; default `sts.amazonaws.com`.
    pub audience: Option<OneOrMany>,
}

/// Pods of an Amazon EKS cluster, by EKS Pod Identity.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the keys `cluster`, `namespace` and `service_account`")]
#[schemars(rename = "EksPodIdentity")]
pub struct EksPodIdentitySpec {
    /// The cluster's name or ARN.
    pub cluster: At<String>,
    /// The namespace, without wildcards.
    pub namespace: OneOrMany,
    /// The service account; `*` for all of the namespace.
    pub service_account: OneOrMany,
}
