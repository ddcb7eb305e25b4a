//! Identity providers: which of their users may come (iam-facts 7.4).

use super::entrances;
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::pattern;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::{Statement, WrittenTest};
use crate::policy::{Base, Compares, Matching};

rule! {
    /// Every user of an identity provider may assume the role
    ///
    /// The trust names an OIDC provider, and no condition tests the token's subject (`HOST:sub`) with a
    /// value that means somebody; or the test is true when the token has no such claim
    /// (`ForAllValues:`, `IfExists`), or admits everything (`*`).
    ///
    /// **Why it matters.** A provider such as GitHub Actions, GitLab or Terraform Cloud serves the whole
    /// world: anybody with an account there can take the role. A test of the audience alone does not
    /// help, for everybody can ask for that audience.
    ///
    /// **What to do.** Test the subject: `github: {repository: OWNER/NAME, ref: refs/heads/main}`, or
    /// `subject:` beside `oidc:`.
    OIDC_WITHOUT_SUBJECT = "oidc-trust-without-subject", Error, Document(without_subject);

    /// A wildcard in the subject admits others too
    ///
    /// The subject's pattern leaves open who comes. An **error** where the owner is open
    /// (`repo:acme*` is also `repo:acme-evil/x`), a **warning** where every repository or project of one
    /// owner may come (`repo:acme/*`), a **note** where any branch, tag and pull request of one
    /// repository may (`repo:acme/app:*`).
    ///
    /// **Why it matters.** Whoever can run a workflow that matches has the role.
    ///
    /// **What to do.** Name the repository, and the branch or environment that deploys.
    OIDC_WIDE_SUBJECT = "oidc-trust-with-wide-subject", Warning, Document(wide_subject);

    /// The token's audience is not tested
    ///
    /// The trust names an OIDC provider, and no condition tests `HOST:aud`.
    ///
    /// **Why it matters.** A token made for another service may be used here.
    ///
    /// **What to do.** Add `audience:` (for GitHub `sts.amazonaws.com`, for Cognito the identity pool's id).
    OIDC_WITHOUT_AUDIENCE = "oidc-trust-without-audience", Note, Document(without_audience);

    /// A SAML assertion meant for others is accepted
    ///
    /// The trust names a SAML provider, and no condition tests `SAML:aud`.
    ///
    /// **Why it matters.** An assertion that the provider made for another service may be used here.
    ///
    /// **What to do.** Add `condition: {StringEquals: {"SAML:aud": "https://signin.aws.amazon.com/saml"}}`.
    SAML_WITHOUT_AUDIENCE = "saml-trust-without-audience", Warning, Document(saml);
}

/// Claims that, tested with a value, say who comes; `sub` foremost.
const CLAIMS: &[&str] =
    &["sub", "repository", "repository_id", "job_workflow_ref", "actor", "actor_id", "environment", "oid", "appid", "azp"];

/// Issuers whose audience is the customer's own: a test of it is enough.
const BY_AUDIENCE: &[&str] = &[
    "cognito-identity.amazonaws.com",
    "oidc.vercel.com",
    "api.pulumi.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// The hosts of the OIDC providers that a statement admits, with the principal's place.
fn providers(statement: &Statement) -> Vec<(&str, Vec<crate::policy::PathStep>)> {
    let federated = statement.each_principal().filter(|p| p.kind == "Federated" && !p.negated);
    federated
        .filter(|p| !p.value.contains(":saml-provider/"))
        .map(|p| {
            let host = p.value.split_once(":oidc-provider/").map_or(p.value, |(_, host)| host);
            (host, statement.principal_path(&p))
        })
        .collect()
}

/// The tests of a claim of a provider.
fn tests_of<'s>(statement: &'s Statement, host: &str, claim: &str) -> Vec<&'s WrittenTest> {
    let key = format!("{host}:{claim}").to_ascii_lowercase();
    statement.conditions.iter().filter(|t| t.key == key).collect()
}

fn is_open(value: &str) -> bool {
    let rest = value.strip_prefix("repo:").or_else(|| value.strip_prefix("project_path:")).unwrap_or(value);
    let rest = rest.strip_prefix("organization:").unwrap_or(rest);
    rest.chars().all(|c| matches!(c, '*' | '?' | '/' | ':')) && value.contains(['*', '?']) || value.is_empty()
}

/// Whether a test says who comes.
fn names_somebody(test: &WrittenTest) -> bool {
    let likes =
        !test.operator.base.is_negated() && matches!(test.operator.compares(), Compares::String(Matching::Like) | Compares::Arn);
    test.is_positive() && !test.values.is_empty() && !(likes && test.values.iter().any(|v| is_open(v)))
}

fn is_web_identity(statement: &Statement) -> bool {
    statement.action_patterns().iter().any(|a| a.eq_ignore_ascii_case("sts:AssumeRoleWithWebIdentity"))
}

fn without_subject(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, path) in providers(statement) {
            let claims: &[&str] = if BY_AUDIENCE.iter().any(|h| host.starts_with(h)) { &["aud"] } else { &[] };
            let named = CLAIMS.iter().chain(claims).any(|c| tests_of(statement, host, c).into_iter().any(names_somebody));
            if !named {
                let tested = !tests_of(statement, host, "sub").is_empty();
                let message = if tested {
                    format!("every user of `{host}` may assume the role: the test of its subject admits all")
                } else {
                    format!("every user of `{host}` may assume the role: no condition tests its subject")
                };
                let help = if host.contains("actions.githubusercontent.com") {
                    "write `github: {repository: OWNER/NAME, ref: refs/heads/main}` as the trust entry".to_owned()
                } else {
                    format!("test `{host}:sub` with the subject that is meant")
                };
                out.report(subject, &path, message, help);
            }
        }
    }
}

/// How wide a subject is; `None` for one that names a branch, an environment or the like.
fn width(value: &str) -> Option<(Severity, &'static str)> {
    if !pattern::has_wildcard(value) || is_open(value) {
        return None;
    }
    let body = ["repo:", "project_path:"].iter().find_map(|p| value.strip_prefix(p));
    let Some(body) = body else {
        // Of other providers the parts are not known; a wildcard at the very front leaves everything open.
        return value.starts_with('*').then_some((Severity::Warning, "its beginning is open"));
    };
    let (path, rest) = body.split_once(':').map_or((body, None), |(path, rest)| (path, Some(rest)));
    let (owner, repository) = path.split_once('/').map_or((path, None), |(o, r)| (o, Some(r)));
    let open = |text: &str| text.contains(['*', '?']);
    if open(owner) || repository.is_none() {
        return Some((Severity::Error, "the owner is open, so repositories of others match too"));
    }
    if repository.is_some_and(open) {
        return Some((Severity::Warning, "every repository that matches may come"));
    }
    let every_run = rest.is_none_or(|r| r.chars().all(|c| c == '*' || c == '?'));
    every_run.then_some((Severity::Note, "any branch, tag and pull request of the repository may come"))
}

fn wide_subject(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, _) in providers(statement) {
            for test in tests_of(statement, host, "sub").into_iter().filter(|t| t.operator.base == Base::StringLike) {
                for (i, value) in test.values.iter().enumerate() {
                    if let Some((severity, what)) = width(value) {
                        let message = format!("the subject `{value}` is wide: {what}");
                        out.report_as(
                            severity,
                            subject,
                            &test.value_path(i),
                            message,
                            "name the repository, and the branch or environment",
                        );
                    }
                }
            }
        }
    }
}

fn without_audience(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, path) in providers(statement) {
            if tests_of(statement, host, "aud").is_empty() && tests_of(statement, host, "app_id").is_empty() {
                let message = format!("the audience of tokens of `{host}` is not tested");
                out.report(subject, &path, message, format!("add `audience:` to the trust entry (`{host}:aud`)"));
            }
        }
    }
}

fn saml(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| p.value.contains(":saml-provider/")) {
            if statement.test_of("SAML:aud").is_none() && statement.test_of("SAML:iss").is_none() {
                let message = format!("assertions of `{}` that are meant for others are accepted", principal.value);
                let help = "test `SAML:aud` with `https://signin.aws.amazon.com/saml`";
                out.report(subject, &statement.principal_path(&principal), message, help);
            }
        }
    }
}
