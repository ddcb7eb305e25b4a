//! Issuers of OpenID Connect tokens: which claims only the owner of a token's source can have. Every other claim is up to whoever runs the
//! workflow.
//!
//! Sources: GitHub Docs, "OpenID Connect reference"; GitLab Docs, "OpenID Connect (OIDC) authentication using ID tokens"; HashiCorp, "Workload
//! identity tokens"; Buildkite Docs, "OIDC in Buildkite Pipelines"; CircleCI Docs, "Using OpenID Connect tokens in jobs"; Atlassian, "Integrate
//! Pipelines with resource servers using OIDC"; IAM User Guide, "Available keys for AWS OIDC federation" and "Identity-provider controls for
//! shared OIDC providers"; Modal, "Using OIDC to authenticate with external services"; Upbound, "Provider authentication"; env zero, "OIDC for
//! AWS"; DataChain Studio, "OpenID Connect". Where IAM names the claim and the issuer's form of it is not documented, the whole claim counts.

use super::marks::OwnerMark;
use crate::pattern::matches;

/// An issuer, or a family of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Hosts and paths, with wildcards.
    hosts: &'static [&'static str],
    /// What to call it.
    pub name: &'static str,
    /// Whether customers who have nothing to do with one another share it.
    pub shared: bool,
    /// Claims, in lower case, that say whose the token is. For an issuer of one owner: which part of the owner's.
    claims: &'static [(&'static str, OwnerMark)],
}

/// Claims of GitHub Actions. A workflow's `actor` may act in the repository of anybody, and names, branches, environments are chosen by each
/// repository.
const GITHUB: &[(&str, OwnerMark)] = &[
    (
        "sub",
        OwnerMark::After(
            &[
                "repo:",
                "repository:",
                "repository_owner:",
                "repository_owner_id:",
                "repository_id:",
                "job_workflow_ref:",
                "workflow_ref:",
                "enterprise:",
                "enterprise_id:",
            ],
            &['/', ':'],
        ),
    ),
    ("repository", OwnerMark::Before(&['/'])),
    ("repository_id", OwnerMark::Whole),
    ("repository_owner", OwnerMark::Whole),
    ("repository_owner_id", OwnerMark::Whole),
    ("job_workflow_ref", OwnerMark::Before(&['/'])),
    ("workflow_ref", OwnerMark::Before(&['/'])),
    ("enterprise", OwnerMark::Whole),
    ("enterprise_id", OwnerMark::Whole),
];

const GITLAB: &[(&str, OwnerMark)] = &[
    ("sub", OwnerMark::After(&["project_path:"], &['/'])),
    ("namespace_id", OwnerMark::Whole),
    ("namespace_path", OwnerMark::Before(&['/'])),
    ("project_id", OwnerMark::Whole),
    ("project_path", OwnerMark::Before(&['/'])),
    ("job_namespace_id", OwnerMark::Whole),
    ("job_namespace_path", OwnerMark::Before(&['/'])),
    ("job_project_id", OwnerMark::Whole),
    ("job_project_path", OwnerMark::Before(&['/'])),
    ("ci_config_ref_uri", OwnerMark::After(&["gitlab.com/"], &['/'])),
];

const TERRAFORM: &[(&str, OwnerMark)] = &[
    ("sub", OwnerMark::After(&["organization:"], &[':'])),
    ("terraform_full_workspace", OwnerMark::After(&["organization:"], &[':'])),
    ("terraform_organization_id", OwnerMark::Whole),
    ("terraform_organization_name", OwnerMark::Whole),
    ("terraform_project_id", OwnerMark::Whole),
    ("terraform_workspace_id", OwnerMark::Whole),
    ("terraform_run_id", OwnerMark::Whole),
];

const BUILDKITE: &[(&str, OwnerMark)] = &[
    ("sub", OwnerMark::After(&["organization:"], &[':'])),
    ("organization_id", OwnerMark::Whole),
    ("organization_slug", OwnerMark::Whole),
    ("pipeline_id", OwnerMark::Whole),
    ("cluster_id", OwnerMark::Whole),
    ("queue_id", OwnerMark::Whole),
];

/// The account's own application or pool.
const BY_AUDIENCE: &[(&str, OwnerMark)] = &[("aud", OwnerMark::Whole), ("sub", OwnerMark::Whole), ("azp", OwnerMark::Whole)];

const fn shared(hosts: &'static [&'static str], name: &'static str, claims: &'static [(&'static str, OwnerMark)]) -> Issuer {
    Issuer { hosts, name, shared: true, claims }
}

const fn own(hosts: &'static [&'static str], name: &'static str, claims: &'static [(&'static str, OwnerMark)]) -> Issuer {
    Issuer { hosts, name, shared: false, claims }
}

/// The first that fits counts.
const ISSUERS: &[Issuer] = &[
    shared(&["token.actions.githubusercontent.com", "vstoken.actions.githubusercontent.com"], "GitHub Actions", GITHUB),
    // Of one enterprise: by its slug, its subdomain, its server.
    own(
        &["token.actions.githubusercontent.com/*", "token.actions.*.ghe.com", "*/_services/token"],
        "GitHub Actions of the enterprise",
        GITHUB,
    ),
    shared(
        &["oidc-configuration.audit-log.githubusercontent.com"],
        "GitHub audit logs",
        &[("sub", OwnerMark::After(&["https://github.com/"], &['/']))],
    ),
    shared(&["gitlab.com"], "GitLab.com", GITLAB),
    own(&["gitlab.*"], "GitLab", GITLAB),
    shared(&["app.terraform.io", "app.eu.terraform.io"], "HCP Terraform", TERRAFORM),
    shared(&["agent.buildkite.com"], "Buildkite", BUILDKITE),
    own(&["oidc.circleci.com/org/*"], "CircleCI", &[("sub", OwnerMark::After(&["org/"], &['/']))]),
    shared(
        &["oidc.circleci.com"],
        "CircleCI",
        &[
            ("sub", OwnerMark::After(&["org/"], &['/'])),
            ("aud", OwnerMark::Whole),
            ("oidc.circleci.com/project-id", OwnerMark::Whole),
        ],
    ),
    own(
        &["api.bitbucket.org/2.0/workspaces/*"],
        "Bitbucket Pipelines",
        &[("sub", OwnerMark::Anything), ("repositoryuuid", OwnerMark::Whole)],
    ),
    shared(
        &["api.bitbucket.org", "bitbucket.org"],
        "Bitbucket Pipelines",
        &[
            ("sub", OwnerMark::Before(&[':'])),
            ("aud", OwnerMark::Whole),
            ("workspaceuuid", OwnerMark::Whole),
            ("repositoryuuid", OwnerMark::Whole),
        ],
    ),
    // The audience that a condition sees is the client that asked for the token (IAM User Guide, "Available keys for AWS OIDC federation").
    shared(
        &["accounts.google.com"],
        "Google",
        &[
            ("aud", OwnerMark::Whole),
            ("azp", OwnerMark::Whole),
            ("sub", OwnerMark::Whole),
            ("email", OwnerMark::Whole),
            ("hd", OwnerMark::Whole),
            ("google/organization_number", OwnerMark::Whole),
        ],
    ),
    shared(&["cognito-identity.amazonaws.com"], "Amazon Cognito", &[("aud", OwnerMark::Whole), ("sub", OwnerMark::Whole)]),
    shared(
        &["graph.facebook.com"],
        "Facebook",
        &[("app_id", OwnerMark::Whole), ("aud", OwnerMark::Whole), ("id", OwnerMark::Whole)],
    ),
    shared(
        &["www.amazon.com"],
        "Login with Amazon",
        &[("app_id", OwnerMark::Whole), ("aud", OwnerMark::Whole), ("user_id", OwnerMark::Whole), ("sub", OwnerMark::Whole)],
    ),
    shared(&["appleid.apple.com"], "Apple", BY_AUDIENCE),
    shared(
        &["oidc.vercel.com"],
        "Vercel",
        &[
            ("aud", OwnerMark::After(&["https://vercel.com/"], &['/'])),
            ("sub", OwnerMark::After(&["owner:"], &[':'])),
            ("owner", OwnerMark::Whole),
            ("owner_id", OwnerMark::Whole),
            ("project_id", OwnerMark::Whole),
        ],
    ),
    shared(
        &["api.pulumi.com/oidc", "api.pulumi.com"],
        "Pulumi Cloud",
        &[("aud", OwnerMark::Whole), ("sub", OwnerMark::After(&["org:", "pulumi.organization.login:"], &[':']))],
    ),
    shared(&["oidc.codefresh.io"], "Codefresh", &[("sub", OwnerMark::After(&["account:"], &[':']))]),
    shared(&["scalr.io"], "Scalr", &[("sub", OwnerMark::After(&["account:"], &[':']))]),
    shared(&["studio.datachain.ai/api"], "DataChain", &[("sub", OwnerMark::After(&["credentials:"], &['/', ':']))]),
    shared(&["tokens.cloud.shisho.dev"], "Shisho Cloud", BY_SUBJECT),
    shared(&["proidc.upbound.io"], "Upbound", &[("sub", OwnerMark::After(&["mcp:"], &['/']))]),
    shared(
        &["oidc.modal.com"],
        "Modal",
        &[("sub", OwnerMark::After(&["workspace_id:"], &[':'])), ("workspace_id", OwnerMark::Whole)],
    ),
    shared(&["login.app.env0.com", "login.app.env0.com/"], "env0", BY_SUBJECT),
    shared(&["sandboxes.cloud"], "Sandboxes", &[("aud", OwnerMark::Whole), ("sub", OwnerMark::Whole)]),
    shared(
        &["slack.com"],
        "Slack",
        &[("aud", OwnerMark::Whole), ("sub", OwnerMark::Whole), ("https://slack.com/team_id", OwnerMark::Whole)],
    ),
    // All customers of Microsoft Sentinel come through one tenant of Microsoft's; the name of the session says which workspace it is.
    shared(&["sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d*"], SENTINEL, &[]),
    own(
        &["oidc.eks.*.amazonaws.com/id/*", "oidc.eks.*.amazonaws.com.cn/id/*", "oidc-eks.*.api.aws/id/*"],
        "the EKS cluster",
        &[("sub", OwnerMark::After(&["system:serviceaccount:"], &[':']))],
    ),
    shared(&["oidc.eks.*.amazonaws.com*"], "EKS", BY_SUBJECT),
];

/// Its claims do not say which customer it is.
pub(super) const SENTINEL: &str = "Microsoft Sentinel";

/// By one subject.
const BY_SUBJECT: &[(&str, OwnerMark)] = &[("sub", OwnerMark::Whole)];

/// An issuer that is in no table: what its customer runs for itself, or an account of its own there (`ACCOUNT.auth0.com`).
const OTHER: Issuer = own(&["*"], "the issuer", &[]);

/// The issuer with this host and path; one that is not known is taken for the account owner's own.
pub fn issuer(provider: &str) -> Issuer {
    let provider = provider.strip_prefix("https://").unwrap_or(provider).trim_end_matches('/').to_ascii_lowercase();
    ISSUERS.iter().find(|known| known.hosts.iter().any(|host| matches(host, &provider))).copied().unwrap_or(OTHER)
}

impl Issuer {
    /// How a claim (in lower case) says whose the token is; `None` for claims that anybody may have.
    pub fn mark(&self, claim: &str) -> Option<OwnerMark> {
        let listed = self.claims.iter().find(|(known, _)| *known == claim).map(|(_, mark)| *mark);
        // Of an issuer of one owner that is not known, any claim that means something says who comes.
        listed.or((self.claims.is_empty() && !self.shared && claim != "aud").then_some(OwnerMark::Anything))
    }

    /// Whether a token's subject says that it is of this owner.
    pub fn names_owner(&self, claim: &str, value: &str, wildcards: bool) -> bool {
        self.mark(claim).is_some_and(|mark| mark.reach(value, wildcards).is_some())
    }
}
