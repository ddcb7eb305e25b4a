//! Short forms for the tokens of single issuers. Many customers share most of these issuers, so the part of the subject that names the owner is
//! always literal: a wildcard there would admit other owners.
//!
//! Sources of the subjects stand at each form; of the others: GitHub Docs, "OpenID Connect reference"; Amazon EKS User Guide, "IAM roles for service
//! accounts" and "Create IAM role with trust policy required by EKS Pod Identity".

use super::{Problems, TrustScope};
use crate::diag::Finding;
use crate::policy::exposure::issuer;
use crate::policy::pattern::overlaps;
use crate::spec::mistakes;
use crate::spec::shape::{
    BuildkiteSpec, CircleciSpec, EksPodIdentitySpec, EksSpec, GithubSpec, GitlabSpec, TerraformCloudSpec, TrustEntry,
};
use crate::spec::text::Pos;
use crate::spec::yaml::{At, OneOrMany};

/// The service of EKS Pod Identity.
pub(crate) const PODS: &str = "pods.eks.amazonaws.com";
/// What a role must let it do: it tags the sessions of pods.
pub(crate) const POD_ACTIONS: [&str; 2] = ["sts:AssumeRole", "sts:TagSession"];
/// The issuer of GitHub's own host.
const GITHUB: &str = "token.actions.githubusercontent.com";
/// What AWS's tools ask for.
const STS: &str = "sts.amazonaws.com";

/// Whether owners who have nothing to do with one another use the issuer.
fn is_shared(host: &str) -> bool {
    issuer(host).shared
}

/// Which tokens an entry admits.
pub(super) struct Token {
    /// The issuer's URL without `https://`.
    pub issuer: String,
    /// The audiences.
    pub audience: Vec<String>,
    /// The subjects.
    pub subjects: Vec<String>,
}

/// The tokens of an entry; `None` for entries that are not about one of these issuers, and inside `None` where something is wrong.
pub(super) fn token(entry: &TrustEntry, scope: TrustScope<'_>, problems: &mut Problems) -> Option<Option<Token>> {
    let before = problems.len();
    let mut form = Form { scope, problems };
    let token = if let Some(github) = &entry.github {
        form.github(github)
    } else if let Some(gitlab) = &entry.gitlab {
        form.gitlab(gitlab)
    } else if let Some(terraform) = &entry.terraform_cloud {
        form.terraform(terraform)
    } else if let Some(buildkite) = &entry.buildkite {
        form.buildkite(buildkite)
    } else if let Some(circleci) = &entry.circleci {
        form.circleci(circleci)
    } else if let Some(eks) = &entry.eks {
        form.eks(eks)
    } else {
        return None;
    };
    Some((problems.len() == before).then_some(token))
}

struct Form<'a, 'p> {
    scope: TrustScope<'a>,
    problems: &'p mut Problems,
}

fn texts(list: Option<&OneOrMany>, otherwise: &str) -> Vec<String> {
    list.map_or_else(|| vec![otherwise.to_owned()], OneOrMany::texts)
}

/// Every combination of two lists.
fn pairs(left: &[String], right: &[String], join: impl Fn(&str, &str) -> String) -> Vec<String> {
    left.iter().flat_map(|l| right.iter().map(|r| join(l, r)).collect::<Vec<_>>()).collect()
}

impl Form<'_, '_> {
    fn problem(&mut self, at: Pos, message: String, help: &str) {
        self.problems.push((at, Finding::error("bad-trust", message).help(help)));
    }

    /// What stands for a part of a subject that the entry does not name.
    fn anything(&self) -> &'static str {
        if self.scope.is_request { "sample" } else { "*" }
    }

    /// A part that names the owner of tokens: literal, and one part only.
    fn owner(&mut self, text: &At<String>, what: &str) {
        if text.contains(['*', '?']) {
            let message = format!("a wildcard in `{}` would admit other owners", text.escape_debug());
            self.problem(text.at, message, &format!("write the {what} out; for anything wider use `oidc` with `subject`"));
        } else if text.is_empty() || text.contains([':', '/', '$']) || text.contains(char::is_whitespace) {
            let message = format!("`{}` is not the name of {} {what}", text.escape_debug(), article(what));
            self.problem(text.at, message, "write the name alone");
        }
    }

    /// Parts of a subject that may be patterns.
    fn parts(&mut self, list: Option<&OneOrMany>, what: &str) {
        self.parts_of(list, what, |c| c == ':' || c.is_whitespace());
    }

    /// The same, with what no such part can hold.
    fn parts_of(&mut self, list: Option<&OneOrMany>, what: &str, foreign: fn(char) -> bool) {
        for text in list.iter().flat_map(|list| &list.0) {
            if text.trim().len() != text.len() || text.is_empty() || text.contains(foreign) {
                let message = format!("`{}` is not the name of {} {what}", text.escape_debug(), article(what));
                self.problem(text.at, message, "write the name alone, or a pattern of it");
            } else if self.scope.is_request && text.contains(['*', '?']) {
                self.no_wildcard(text);
            }
        }
    }

    fn no_wildcard(&mut self, text: &At<String>) {
        let message = format!("`{}` is a pattern, and a request has no wildcards", text.escape_debug());
        self.problem(text.at, message, "write one name");
    }

    /// Exactly one of several keys; `any` is not a request.
    fn one_of(&mut self, at: Pos, given: &[bool], any: bool, what: &str, help: &str) {
        if given.iter().filter(|there| **there).count() + usize::from(any) != 1 {
            self.problem(at, format!("this does not say which {what}"), help);
        } else if any && self.scope.is_request {
            self.problem(at, "`any: true` is not one request".to_owned(), help);
        }
    }

    fn lists(&mut self, at: Pos, lists: &[Option<&OneOrMany>]) {
        if lists.iter().flatten().any(|list| list.0.is_empty()) {
            self.problem(at, "this trust entry names no principal".to_owned(), "put at least one value into each list");
        }
    }

    fn github(&mut self, github: &At<GithubSpec>) -> Token {
        let host = github.host.as_ref().map_or(GITHUB, |h| h.strip_prefix("https://").unwrap_or(h));
        let issuer = match host {
            host if host.contains('/') || host.starts_with("token.actions.") => host.to_owned(),
            "github.com" => GITHUB.to_owned(),
            // GitHub Enterprise Server issues tokens under this path.
            host => format!("{host}/_services/token"),
        };
        for repository in &github.repository.0 {
            let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*?@".contains(c));
            match repository.split_once('/') {
                Some((owner, name)) if word(owner) && word(name) => {
                    if owner.contains(['*', '?']) && is_shared(&issuer) {
                        let message =
                            format!("a wildcard in the owner of `{}` would admit other owners", repository.escape_debug());
                        self.problem(repository.at, message, "write the owner out, as in `acme/*`");
                    } else if self.scope.is_request && repository.contains(['*', '?']) {
                        self.no_wildcard(repository);
                    }
                }
                _ => {
                    let help = mistakes::repository(repository);
                    let help = help.as_deref().unwrap_or("write `owner/name`");
                    self.problem(repository.at, format!("`{}` is not a repository", repository.escape_debug()), help)
                }
            }
        }
        let forms = [github.git_ref.is_some(), github.environment.is_some(), github.pull_request.0];
        let help = "write exactly one of `ref: refs/heads/main`, `environment: prod`, `pull_request: true`, `any: true`";
        self.one_of(github.at, &forms, github.any.0, "runs of the repository", help);
        let mut tails = Vec::new();
        for git_ref in github.git_ref.iter().flat_map(|l| &l.0) {
            if !["refs/heads/*", "refs/tags/*", "refs/pull/*"].iter().any(|known| overlaps(known, git_ref)) {
                let name = git_ref.trim_start_matches("refs/").trim_start_matches("head/").trim_start_matches("tag/");
                let help = format!("write the whole ref: `refs/heads/{}` or `refs/tags/{0}`", name.escape_debug());
                self.problem(git_ref.at, format!("`{}` is not a ref", git_ref.escape_debug()), &help);
            } else if self.scope.is_request && git_ref.contains(['*', '?']) {
                self.no_wildcard(git_ref);
            }
            tails.push(format!("ref:{}", git_ref.value));
        }
        tails.extend(github.environment.iter().flat_map(|l| &l.0).map(|e| format!("environment:{}", e.value)));
        tails.extend(github.pull_request.0.then(|| "pull_request".to_owned()));
        tails.extend(github.any.0.then(|| "*".to_owned()));
        self.lists(github.at, &[Some(&github.repository), github.git_ref.as_ref(), github.environment.as_ref()]);
        let subjects = pairs(&github.repository.texts(), &tails, |repository, tail| format!("repo:{repository}:{tail}"));
        Token { issuer, audience: texts(github.audience.as_ref(), STS), subjects }
    }

    /// `project_path:GROUP/PROJECT:ref_type:branch:ref:NAME`, or `tag`; the audience is what the job asks for, the instance's address in the page
    /// (GitLab Docs, "Configure OpenID Connect in AWS to retrieve temporary credentials", docs.gitlab.com/ci/cloud_services/aws).
    fn gitlab(&mut self, gitlab: &At<GitlabSpec>) -> Token {
        let issuer = host(gitlab.host.as_ref(), "gitlab.com");
        for project in &gitlab.project.0 {
            let group = project.split('/').next().unwrap_or_default();
            let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*?".contains(c));
            if project.split('/').count() < 2 || !project.split('/').all(word) {
                let message = format!("`{}` is not the path of a project", project.escape_debug());
                self.problem(project.at, message, "write `group/project`, subgroups included");
            } else if group.contains(['*', '?']) && is_shared(&issuer) {
                let message = format!("a wildcard in the group of `{}` would admit other owners", project.escape_debug());
                self.problem(project.at, message, "write the group out, as in `acme/*`");
            } else if self.scope.is_request && project.contains(['*', '?']) {
                self.no_wildcard(project);
            }
        }
        let help = "write exactly one of `branch: main`, `tag: \"v*\"`, `any: true`";
        self.one_of(gitlab.at, &[gitlab.branch.is_some(), gitlab.tag.is_some()], gitlab.any.0, "pipelines of the project", help);
        for (list, word) in [(&gitlab.branch, "branch"), (&gitlab.tag, "tag")] {
            self.parts(list.as_ref(), word);
        }
        let of = |list: &Option<OneOrMany>, kind: &str| {
            list.iter().flat_map(|l| &l.0).map(|name| format!("ref_type:{kind}:ref:{}", name.value)).collect::<Vec<_>>()
        };
        let mut tails = of(&gitlab.branch, "branch");
        tails.extend(of(&gitlab.tag, "tag"));
        tails.extend(gitlab.any.0.then(|| "*".to_owned()));
        self.lists(gitlab.at, &[Some(&gitlab.project), gitlab.branch.as_ref(), gitlab.tag.as_ref()]);
        let subjects = pairs(&gitlab.project.texts(), &tails, |project, tail| format!("project_path:{project}:{tail}"));
        Token { audience: texts(gitlab.audience.as_ref(), &format!("https://{issuer}")), issuer, subjects }
    }

    /// `organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:plan`, or `apply`; the audience is `aws.workload.identity` unless
    /// `TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE` says otherwise (HashiCorp, "Use dynamic credentials with the AWS provider",
    /// developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration).
    fn terraform(&mut self, terraform: &At<TerraformCloudSpec>) -> Token {
        self.owner(&terraform.organization, "organization");
        // Every organization has a `Default Project`; names of projects hold inner spaces (HCP Terraform, "Manage projects").
        self.parts_of(terraform.project.as_ref(), "project", |c| c == ':' || (c != ' ' && c.is_whitespace()));
        self.parts(terraform.workspace.as_ref(), "workspace");
        let named = terraform.project.is_some() || terraform.workspace.is_some();
        let help = "write `workspace: NAME`, `project: NAME`, both, or `any: true` for every workspace of the organization";
        self.one_of(terraform.at, &[named], terraform.any.0, "workspaces of the organization", help);
        if let Some(phase) = terraform.run_phase.as_ref().filter(|phase| !["plan", "apply"].contains(&phase.value.as_str())) {
            self.problem(
                phase.at,
                format!("`{}` is not a phase of a run", phase.escape_debug()),
                "write `plan` or `apply`, or leave it out for both",
            );
        }
        self.lists(terraform.at, &[terraform.project.as_ref(), terraform.workspace.as_ref()]);
        let any = self.anything();
        let phase = terraform.run_phase.as_ref().map_or(if any == "*" { "*" } else { "plan" }, |phase| phase.value.as_str());
        let organization = &terraform.organization.value;
        let subjects =
            pairs(&texts(terraform.project.as_ref(), any), &texts(terraform.workspace.as_ref(), any), |project, workspace| {
                format!("organization:{organization}:project:{project}:workspace:{workspace}:run_phase:{phase}")
            });
        let audience = texts(terraform.audience.as_ref(), "aws.workload.identity");
        Token { issuer: host(terraform.host.as_ref(), "app.terraform.io"), audience, subjects }
    }

    /// `organization:SLUG:pipeline:SLUG:ref:REF:commit:COMMIT:step:KEY`, where `REF` is `refs/heads/BRANCH` or `refs/tags/TAG` (Buildkite Docs,
    /// "OIDC with AWS", buildkite.com/docs/pipelines/security/oidc/aws).
    fn buildkite(&mut self, buildkite: &At<BuildkiteSpec>) -> Token {
        self.owner(&buildkite.organization, "organization");
        self.parts(Some(&buildkite.pipeline), "pipeline");
        let help = "write exactly one of `ref: refs/heads/main` and `any: true`";
        self.one_of(buildkite.at, &[buildkite.git_ref.is_some()], buildkite.any.0, "builds of the pipeline", help);
        for git_ref in buildkite.git_ref.iter().flat_map(|list| &list.0) {
            if !git_ref.starts_with("refs/") {
                let help = format!("write the whole ref: `refs/heads/{}` or `refs/tags/{0}`", git_ref.escape_debug());
                self.problem(git_ref.at, format!("`{}` is not a ref", git_ref.escape_debug()), &help);
            }
        }
        self.parts(buildkite.git_ref.as_ref(), "ref");
        self.lists(buildkite.at, &[Some(&buildkite.pipeline), buildkite.git_ref.as_ref()]);
        let (any, organization) = (self.anything(), &buildkite.organization.value);
        let subjects = pairs(&buildkite.pipeline.texts(), &texts(buildkite.git_ref.as_ref(), any), |pipeline, git_ref| {
            format!("organization:{organization}:pipeline:{pipeline}:ref:{git_ref}:commit:{any}:step:{any}")
        });
        Token { issuer: "agent.buildkite.com".to_owned(), audience: texts(buildkite.audience.as_ref(), STS), subjects }
    }

    /// `org/ORGANIZATION/project/PROJECT/user/USER`, all UUIDs; `CIRCLE_OIDC_TOKEN_V2` goes on with `/vcs-origin/ORIGIN/vcs-ref/REF`, which a pattern
    /// for the user covers too. Issuer and audience are the organization's (CircleCI Docs, "Using OpenID Connect tokens in jobs",
    /// circleci.com/docs/guides/permissions-authentication/openid-connect-tokens).
    fn circleci(&mut self, circleci: &At<CircleciSpec>) -> Token {
        let organization = &circleci.organization;
        self.owner(organization, "organization");
        if !organization.contains(['*', '?']) && !is_uuid(organization) {
            let message = format!("`{}` is not the id of an organization", organization.escape_debug());
            self.problem(
                organization.at,
                message,
                "write the UUID under Organization Settings, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`",
            );
        }
        let help = "write exactly one of `project: UUID` and `any: true`";
        self.one_of(circleci.at, &[circleci.project.is_some()], circleci.any.0, "projects of the organization", help);
        for project in circleci.project.iter().flat_map(|list| &list.0).filter(|project| !is_uuid(project)) {
            let message = format!("`{}` is not the id of a project", project.escape_debug());
            self.problem(project.at, message, "write the UUID under Project Settings, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`");
        }
        self.lists(circleci.at, &[circleci.project.as_ref()]);
        let (any, organization) = (self.anything(), &organization.value);
        let projects = texts(circleci.project.as_ref(), any);
        let subjects = projects.iter().map(|project| format!("org/{organization}/project/{project}/user/{any}")).collect();
        let audience = texts(circleci.audience.as_ref(), organization);
        Token { issuer: format!("oidc.circleci.com/org/{organization}"), audience, subjects }
    }

    fn eks(&mut self, eks: &At<EksSpec>) -> Token {
        let cluster = eks.cluster.strip_prefix("https://").unwrap_or(&eks.cluster);
        let is_id = |id: &str| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        let issuer = match cluster.split_once("/id/") {
            Some((host, id)) if host.starts_with("oidc.eks.") && !id.is_empty() && !id.contains(['*', '?', '/']) => {
                cluster.to_owned()
            }
            None if is_id(cluster) => format!("oidc.eks.{}.{}/id/{cluster}", self.scope.region, dns_suffix(self.scope.partition)),
            _ => {
                let message = format!("`{}` is not the issuer of a cluster", eks.cluster.escape_debug());
                let help = "write `oidc.eks.REGION.amazonaws.com/id/ID`, as `aws eks describe-cluster --query cluster.identity.oidc.issuer` prints it";
                self.problem(eks.cluster.at, message, help);
                String::new()
            }
        };
        let namespaces = self.namespace(&eks.namespace);
        self.parts(Some(&eks.service_account), "service account");
        self.lists(eks.at, &[Some(&eks.namespace), Some(&eks.service_account)]);
        let subjects = pairs(&namespaces, &eks.service_account.texts(), |namespace, account| {
            format!("system:serviceaccount:{namespace}:{account}")
        });
        Token { issuer, audience: texts(eks.audience.as_ref(), STS), subjects }
    }

    /// Namespaces are the owners in a cluster.
    fn namespace(&mut self, namespaces: &OneOrMany) -> Vec<String> {
        for namespace in &namespaces.0 {
            self.owner(namespace, "namespace");
        }
        namespaces.texts()
    }
}

/// The session tags by which EKS Pod Identity names its pods; `None` where something is wrong.
pub(super) fn pod_tags(pods: &At<EksPodIdentitySpec>, problems: &mut Problems) -> Option<Vec<(&'static str, Vec<String>)>> {
    let before = problems.len();
    let mut problem = |at, message: String, help: &str| problems.push((at, Finding::error("bad-trust", message).help(help)));
    let mut check = |list: &OneOrMany, what: &str, pattern: bool| {
        for text in &list.0 {
            if !pattern && text.contains(['*', '?']) {
                let message = format!("a wildcard in `{}` would admit other owners", text.escape_debug());
                problem(text.at, message, &format!("write the {what} out, or use `service: {PODS}` with a `condition`"));
            } else if text.is_empty() || text.contains(char::is_whitespace) {
                problem(
                    text.at,
                    format!("`{}` is not the name of {} {what}", text.escape_debug(), article(what)),
                    "write the name alone",
                );
            }
        }
        if list.0.is_empty() {
            problem(pods.at, "this trust entry names no principal".to_owned(), "put at least one value into each list");
        }
    };
    let cluster = OneOrMany(vec![pods.cluster.clone()]);
    check(&cluster, "cluster", false);
    check(&pods.namespace, "namespace", false);
    check(&pods.service_account, "service account", true);
    // The tags are on by default; the list is in the Amazon EKS User Guide, "Grant Pods access to AWS resources based on tags".
    let cluster_tag = if pods.cluster.starts_with("arn:") { "eks-cluster-arn" } else { "eks-cluster-name" };
    (problems.len() == before).then(|| {
        vec![
            (cluster_tag, cluster.texts()),
            ("kubernetes-namespace", pods.namespace.texts()),
            ("kubernetes-service-account", pods.service_account.texts()),
        ]
    })
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn host(given: Option<&At<String>>, otherwise: &str) -> String {
    given.map_or(otherwise, |host| host.strip_prefix("https://").unwrap_or(host)).to_owned()
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The domain of a partition's services (the AWS General Reference).
fn dns_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    }
}
