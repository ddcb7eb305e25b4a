//! Spec tests (contract 8): what the declared policies must allow and deny.

use schemars::JsonSchema;
use serde::Deserialize;

use super::schemas::ContextSchema;
use super::{BuildkiteSpec, CircleciSpec, EksPodIdentitySpec, EksSpec, Flag, GithubSpec, GitlabSpec, TerraformCloudSpec};
use crate::spec::yaml::{At, Entries, Items, OneOrMany, Raw};

/// One test: a principal and what it may do, or a role and who may assume it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a test: a mapping with `name`, one of `principal` and `assume`, and `expect`")]
#[schemars(rename = "Test")]
pub struct TestSpec {
    /// What the test says, in words.
    pub name: At<String>,
    /// Whose permissions: `role/NAME` or `user/NAME`.
    pub principal: Option<At<String>>,
    /// Which role's trust: `role/NAME`.
    pub assume: Option<At<String>>,
    /// Accounts (names, `*` allowed) in which it runs; default: where its principal is declared.
    pub accounts: Option<Items<At<String>>>,
    /// The expected outcomes.
    pub expect: At<ExpectSpec>,
}

/// Expected outcomes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with keys such as `allowed` and `denied`")]
#[schemars(rename = "Expect")]
pub struct ExpectSpec {
    /// Must be allowed.
    #[serde(default)]
    pub allowed: Items<At<CaseSpec>>,
    /// Must be denied, either way.
    #[serde(default)]
    pub denied: Items<At<CaseSpec>>,
    /// Must be denied for want of a statement that allows it.
    #[serde(default)]
    pub implicitly_denied: Items<At<CaseSpec>>,
    /// Must be denied by a statement.
    #[serde(default)]
    pub explicitly_denied: Items<At<CaseSpec>>,
}

/// One request. With `principal`: `action`, `resource`, `resource_account`, `key_policy`. With `assume`: one of the ways in which trust entries name a principal
/// (`service`, `aws`, `oidc`, `saml`, `github`, `eks` and the like), and perhaps `action`. Lists stand for one request each.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a case: a mapping with keys such as `action` and `resource`")]
#[schemars(rename = "Case")]
pub struct CaseSpec {
    /// The action, or several.
    pub action: Option<OneOrMany>,
    /// The resource's ARN, or several; default `*`.
    pub resource: Option<OneOrMany>,
    /// The account that owns the resource; default: the principal's.
    pub resource_account: Option<At<String>>,
    /// Of a KMS key of the principal's account: `default` says that it has AWS's default key policy, which leaves the decision to IAM.
    /// Without it the key policy is not known.
    pub key_policy: Option<At<String>>,
    /// The service that assumes the role.
    pub service: Option<At<String>>,
    /// The ARN that assumes the role.
    pub aws: Option<At<String>>,
    /// The OIDC provider (URL without `https://`) whose user assumes the role.
    pub oidc: Option<At<String>>,
    /// The SAML provider whose user assumes the role.
    pub saml: Option<At<String>>,
    /// A workflow of GitHub Actions.
    pub github: Option<At<GithubSpec>>,
    /// A pipeline of GitLab.
    pub gitlab: Option<At<GitlabSpec>>,
    /// A run of HCP Terraform (Terraform Cloud).
    pub terraform_cloud: Option<At<TerraformCloudSpec>>,
    /// A build of Buildkite.
    pub buildkite: Option<At<BuildkiteSpec>>,
    /// A job of CircleCI.
    pub circleci: Option<At<CircleciSpec>>,
    /// A service account of an Amazon EKS cluster.
    pub eks: Option<At<EksSpec>>,
    /// A pod of an Amazon EKS cluster, by EKS Pod Identity.
    pub eks_pod_identity: Option<At<EksPodIdentitySpec>>,
    /// With `oidc`: the audience of the token.
    pub audience: Option<OneOrMany>,
    /// With `oidc`: the subject of the token.
    pub subject: Option<OneOrMany>,
    /// `aws:SourceAccount` of the request.
    pub source_account: Option<OneOrMany>,
    /// `aws:SourceArn` of the request.
    pub source_arn: Option<OneOrMany>,
    /// `sts:ExternalId` of the request.
    pub external_id: Option<OneOrMany>,
    /// The organisation of the caller, or of the resource that a service acts for.
    pub org_id: Option<OneOrMany>,
    /// `true`: the caller has used multi-factor authentication.
    pub mfa: Option<At<Flag>>,
    /// Condition keys of the request: one value or a list. A key not given is absent.
    #[serde(default)]
    #[schemars(with = "Entries<ContextSchema>")]
    pub context: Entries<Raw>,
}
