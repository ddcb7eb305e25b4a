//! Subjects and claims that no token of GitHub Actions has (GitHub Docs, "OpenID Connect reference").

use super::entrances;
use super::federation::{is_like, is_web_identity, providers, tests_of};
use crate::lint::findings::Findings;
use crate::lint::pattern::{has_wildcard, intersects};
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::exposure::issuer;
use crate::policy::pattern::matches;

rule! {
    /// No token of GitHub has this subject
    ///
    /// A subject is `repo:OWNER/NAME:` with `ref:refs/heads/BRANCH`, `ref:refs/tags/TAG`, `environment:NAME` or `pull_request` after it.
    /// Subjects that an organization customized begin with other claims, or have others after the repository, and are not
    /// reported.
    ///
    /// **Why it matters.** The value admits no workflow: AWS answers `Not authorized to perform sts:AssumeRoleWithWebIdentity`.
    ///
    /// **What to do.** Write the whole subject, or the short form `github: {repository: OWNER/NAME, ref: refs/heads/main}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud":
    /// "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:acme/app:branch:main"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud":
    /// "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"}}}
    /// ```
    GITHUB_SUBJECT_NEVER_MATCHES = "github-subject-never-matches", Warning, Document(check);
}

/// Claims of GitHub's tokens: a customized subject is made of them, each as `CLAIM:VALUE`.
const CLAIMS: &[&str] = &[
    "actor",
    "actor_id",
    "aud",
    "base_ref",
    "check_run_id",
    "context",
    "enterprise",
    "enterprise_id",
    "environment",
    "environment_node_id",
    "event_name",
    "head_ref",
    "issuer_scope",
    "job_workflow_ref",
    "job_workflow_sha",
    "ref",
    "ref_protected",
    "ref_type",
    "repo",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "run_number",
    "runner_environment",
    "sha",
    "sub",
    "workflow",
    "workflow_ref",
    "workflow_sha",
];

/// What stands after the repository in a subject that nobody customized.
const TAILS: [&str; 5] = ["ref:refs/heads/*", "ref:refs/tags/*", "ref:refs/pull/*", "environment:*", "pull_request"];

/// Whether the issuer is GitHub Actions, of GitHub or of an enterprise.
pub(super) fn is_github(host: &str) -> bool {
    issuer(host).name.starts_with("GitHub Actions")
}

/// Whether a text is no subject, whatever claims GitHub adds or an organization chooses: every subject begins with the name of a claim.
pub(super) fn is_no_subject(value: &str) -> bool {
    let word = value.split(':').next().unwrap_or_default();
    !value.contains("${")
        && !has_wildcard(word)
        && (word == value || word.contains(|c: char| !c.is_ascii_lowercase() && c != '_'))
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, _) in providers(statement).into_iter().filter(|(host, _)| is_github(host)) {
            for test in tests_of(statement, host, "sub").into_iter().filter(|t| t.is_positive()) {
                for (i, value) in test.values.iter().enumerate().filter(|(_, value)| never_matches(value, is_like(test))) {
                    let message = format!("no token of GitHub has the subject `{value}`, unless it was customized");
                    out.report(subject, &test.value_path(i), message, meant(value));
                }
            }
        }
    }
}

fn never_matches(value: &str, like: bool) -> bool {
    // Wildcards that are compared as characters have a finding of their own.
    if value.contains("${") || (!like && has_wildcard(value)) {
        return false;
    }
    let Some(rest) = value.strip_prefix("repo:") else {
        let word = value.split(':').next().unwrap_or_default();
        return is_no_subject(value) || !(has_wildcard(word) || CLAIMS.contains(&word));
    };
    let (name, tail) = rest.split_once(':').map_or((rest, None), |(name, tail)| (name, Some(tail)));
    // A wildcard in the name may stand for colons too.
    if has_wildcard(name) {
        return false;
    }
    let Some(tail) = tail.filter(|_| is_repository(name)) else { return true };
    let customized =
        tail.split_once(':').is_some_and(|(word, _)| !matches!(word, "ref" | "environment") && CLAIMS.contains(&word));
    !customized && !TAILS.iter().any(|known| if like { intersects(known, tail) } else { matches(known, tail) })
}

fn is_repository(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
}

/// What a subject that matches nothing is meant to be.
fn meant(value: &str) -> String {
    let plain = value.replace("https://", "").replace("http://", "").replace("github.com/", "").replace(".git", "");
    let mut parts = plain.split(':').filter(|part| !part.is_empty() && *part != "repo");
    let name = parts.clone().find(|part| is_repository(part)).unwrap_or("OWNER/NAME");
    let kind = parts.find(|part| matches!(*part, "branch" | "ref" | "tag" | "environment"));
    let last = plain.rsplit(':').next().filter(|part| *part != name && Some(*part) != kind);
    let bare = last.map(|last| last.rsplit('/').next().unwrap_or(last)).filter(|bare| !bare.is_empty() && *bare != "*");
    match (kind, bare) {
        (Some("environment"), _) => format!("write `repo:{name}:environment:{}`", bare.unwrap_or("NAME")),
        (Some("tag"), _) => format!("write `repo:{name}:ref:refs/tags/{}`", bare.unwrap_or("TAG")),
        (None, None) => {
            format!("write `repo:{name}:ref:refs/heads/main`, or `repo:{name}:*` under `StringLike` for all its runs")
        }
        (_, bare) => format!("write `repo:{name}:ref:refs/heads/{}`", bare.unwrap_or("main")),
    }
}

/// Why no request has a key of GitHub's claims; `None` for one that it may have, and for keys of other providers.
pub(in crate::lint::rules) fn unknown_claim(key: &str) -> Option<(String, String)> {
    let (host, claim) = key.rsplit_once(':')?;
    let claim = claim.to_ascii_lowercase();
    // Beside GitHub's own, those that AWS has for every provider (IAM User Guide, "Available keys for AWS OIDC federation").
    if !is_github(host) || CLAIMS.contains(&claim.as_str()) || matches!(claim.as_str(), "amr" | "azp" | "email" | "oaud") {
        return None;
    }
    let near = match claim.as_str() {
        "subject" => Some("sub"),
        "audience" => Some("aud"),
        "branch" => Some("ref"),
        other => crate::policy::nearest(other, CLAIMS.iter().copied()),
    };
    let help = near.map_or_else(|| format!("test `{host}:sub` or `{host}:aud`"), |near| format!("did you mean `{host}:{near}`?"));
    Some((format!("tokens of GitHub have no claim for the condition key `{key}`"), help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_that_no_token_has_are_told_from_those_that_one_may_have() {
        for (value, help) in [
            ("repo:acme/app:branch:main", "write `repo:acme/app:ref:refs/heads/main`"),
            ("repo:acme/app:ref:main", "write `repo:acme/app:ref:refs/heads/main`"),
            ("repo:acme/app:ref:refs/head/main", "write `repo:acme/app:ref:refs/heads/main`"),
            ("repo:acme/app", "or `repo:acme/app:*` under"),
            ("repo:https://github.com/acme/app:*", "`repo:acme/app:"),
            ("repo:acme/app:environment", "write `repo:acme/app:environment:NAME`"),
            ("acme/app:ref:refs/heads/main", "write `repo:acme/app:ref:refs/heads/main`"),
            ("acme/app", "`repo:acme/app:"),
            ("repo:app:*", "`repo:OWNER/NAME:"),
        ] {
            assert!(never_matches(value, true), "{value}");
            assert!(meant(value).contains(help), "{value}: {}", meant(value));
            assert!(!never_matches(meant(value).split('`').nth(1).unwrap(), true), "{value}");
        }
        for value in [
            "repo:acme/app:*",
            "repo:acme/*",
            "repo:acme/*:ref:refs/heads/main",
            "repo:acme@12/app@34:ref:refs/heads/main",
            "repo:acme/app:ref:refs/*",
            "repo:acme/app:ref:*",
            "repo:acme/app:pull_request",
            "repo:acme/app:environment:prod eu",
            "repo:acme/app:environment:*",
            "repo:acme/app:job_workflow_ref:acme/flows/.github/workflows/x.yml@refs/heads/main",
            "repository_owner:acme:repository_visibility:private",
            "job_workflow_ref:acme/*",
            "*:acme/app:*",
            "${aws:PrincipalTag/sub}",
        ] {
            assert!(!never_matches(value, true), "{value}");
        }
        assert!(!is_no_subject("newer_claim:x") && !is_no_subject("repo:x") && is_no_subject("acme/app:x") && is_no_subject("x"));
    }

    #[test]
    fn claims_that_github_does_not_have_are_named_with_the_likeliest() {
        let host = "token.actions.githubusercontent.com";
        let help = |claim: &str| unknown_claim(&format!("{host}:{claim}")).map(|(_, help)| help);
        assert_eq!(help("subject").as_deref(), Some("did you mean `token.actions.githubusercontent.com:sub`?"));
        assert_eq!(help("audience").as_deref(), Some("did you mean `token.actions.githubusercontent.com:aud`?"));
        assert!(help("repositry").unwrap().contains(":repository`"));
        for known in ["sub", "aud", "SUB", "job_workflow_ref", "repository_owner", "amr"] {
            assert_eq!(help(known), None);
        }
        assert_eq!(unknown_claim("gitlab.com:subject"), None);
    }
}
