//! Trust entries: the short forms of who may assume a role.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Flag;
use super::schemas::ConditionSchema;
use crate::spec::yaml::{At, OneOrMany, Raw};

/// One statement of a trust policy: exactly one of `service`, `aws`, `github`, `oidc`, `saml`, `principal`, and conditions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a trust entry: a mapping with one of `service`, `aws`, `github`, `oidc`, `saml`, `principal`"
)]
pub struct TrustEntry {
    /// Service principals, `ec2.amazonaws.com`.
    pub service: Option<OneOrMany>,
    /// ARNs, account ids, or `role/NAME`, `user/NAME` of this account.
    pub aws: Option<OneOrMany>,
    /// Workflows of GitHub Actions.
    pub github: Option<At<GithubSpec>>,
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
