//! Identity providers: which of their users may come (iam-facts 7.4).

use super::entrances;
use super::github::{is_github, is_no_subject};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::PathStep;
use crate::policy::ast::{Statement, WrittenTest};
use crate::policy::exposure::{Hurdle, Issuer, OwnerMark, Stranger, issuer};
use crate::policy::pattern::matches;
use crate::policy::{Compares, Matching};

rule! {
    /// Every user of an identity provider may assume the role
    ///
    /// The trust names an OIDC provider that many customers share, and no condition tests a claim that only the owner of
    /// the workflow has: the subject with the owner's name, or the owner's id. Claims that every repository may have (an
    /// environment, a branch, a workflow's name, an actor, an audience) keep nobody out; nor does a test that also holds
    /// without the claim (`ForAllValues:`, `IfExists`), or that admits everything (`*`). A **warning** for an issuer of
    /// your own (a cluster, an Auth0 tenant) that lets in all its users, a **note** where its audience is tested.
    ///
    /// **Why it matters.** A provider such as GitHub Actions, GitLab or HCP Terraform serves the whole world: anybody with
    /// an account there can take the role. A test of the audience alone does not help, for everybody can ask for that
    /// audience.
    ///
    /// **What to do.** Test the subject: `github: {repository: OWNER/NAME, ref: refs/heads/main}`, or
    /// `subject:` beside `oidc:`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals":
    /// {"token.actions.githubusercontent.com:environment": "prod", "token.actions.githubusercontent.com:aud":
    /// "sts.amazonaws.com"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals":
    /// {"token.actions.githubusercontent.com:sub": "repo:acme/app:environment:prod",
    /// "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}
    /// ```
    OIDC_WITHOUT_SUBJECT = "oidc-trust-without-subject", Error, Document(without_subject);

    /// A wildcard in the subject admits others too
    ///
    /// The subject's pattern leaves open who comes. An **error** where the owner is open
    /// (`repo:acme*` is also `repo:acme-evil/x`), a **warning** where every repository, project or workspace of one
    /// owner may come (`repo:acme/*`), a **note** where any branch, tag and pull request of one
    /// repository may (`repo:acme/app:*`).
    ///
    /// **Why it matters.** Whoever can run a workflow that matches has the role.
    ///
    /// **What to do.** Name the repository, and the branch or environment that deploys.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}, "Action": "sts:AssumeRoleWithWebIdentity",
    /// "Condition": {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}, "StringLike":
    /// {"app.terraform.io:sub": "organization:acme*:project:web:workspace:prod:run_phase:apply"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}, "Action": "sts:AssumeRoleWithWebIdentity",
    /// "Condition": {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}, "StringLike":
    /// {"app.terraform.io:sub": "organization:acme:project:web:workspace:prod:run_phase:*"}}}
    /// ```
    OIDC_WIDE_SUBJECT = "oidc-trust-with-wide-subject", Warning, Document(wide_subject);

    /// Guests of a Cognito identity pool may assume the role
    ///
    /// The trust names `cognito-identity.amazonaws.com`, and no condition asks that the identity is authenticated: a test of
    /// `cognito-identity.amazonaws.com:amr` with `authenticated`. A **note** where `unauthenticated` is asked for.
    ///
    /// **Why it matters.** An identity pool may give guests an identity, and everybody on the internet is one.
    ///
    /// **What to do.** Add `"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}`. The role of
    /// guests is a role of its own, with next to no permissions.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud":
    /// "eu-west-1:1a2b3c4d"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud":
    /// "eu-west-1:1a2b3c4d"}, "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}}
    /// ```
    COGNITO_GUESTS = "cognito-trust-admits-guests", Warning, Document(guests);

    /// The token's audience is not tested
    ///
    /// The trust names an OIDC provider, and no condition tests `HOST:aud`.
    ///
    /// **Why it matters.** A token made for another service may be used here.
    ///
    /// **What to do.** Add `audience:` (for GitHub `sts.amazonaws.com`, for Cognito the identity pool's id).
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub":
    /// "repo:acme/app:environment:prod"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated":
    /// "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action":
    /// "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub":
    /// "repo:acme/app:environment:prod", "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}
    /// ```
    OIDC_WITHOUT_AUDIENCE = "oidc-trust-without-audience", Note, Document(without_audience);

    /// A SAML assertion meant for others is accepted
    ///
    /// The trust names a SAML provider, and no condition tests `SAML:aud`.
    ///
    /// **Why it matters.** An assertion that the provider made for another service may be used here.
    ///
    /// **What to do.** Add `condition: {StringEquals: {"SAML:aud": "https://signin.aws.amazon.com/saml"}}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/example"}, "Action":
    /// "sts:AssumeRoleWithSAML"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/example"}, "Action":
    /// "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}
    /// ```
    SAML_WITHOUT_AUDIENCE = "saml-trust-without-audience", Warning, Document(saml);
}

/// The hosts of the OIDC providers that a statement admits, with the principal's place.
pub(super) fn providers(statement: &Statement) -> Vec<(&str, Vec<PathStep>)> {
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
pub(super) fn tests_of<'s>(statement: &'s Statement, host: &str, claim: &str) -> Vec<&'s WrittenTest> {
    let key = format!("{host}:{claim}").to_ascii_lowercase();
    statement.conditions.iter().filter(|t| t.key == key).collect()
}

pub(super) fn is_web_identity(statement: &Statement) -> bool {
    statement.has_action("sts:assumerolewithwebidentity")
}

/// Whether a test takes `*` and `?` as wildcards.
pub(super) fn is_like(test: &WrittenTest) -> bool {
    matches!(test.operator.compares(), Compares::String(Matching::Like) | Compares::Arn)
}

/// Values of a claim that would say whose the token is, but for a wildcard before the end of the owner's name.
fn open_values<'s>(statement: &'s Statement, host: &str, issuer: &Issuer) -> Vec<(&'s WrittenTest, usize, &'s str)> {
    let own = format!("{}:", host.to_lowercase());
    let mut found = Vec::new();
    for test in statement.conditions.iter().filter(|t| t.is_positive() && is_like(t)) {
        let Some(claim) = test.key.strip_prefix(&own) else { continue };
        let Some(mark) = issuer.mark(claim) else { continue };
        for (i, value) in test.values.iter().enumerate() {
            if has_wildcard(value) && mark.reach(value, true).is_none() && says_something(mark, value) {
                found.push((test, i, value.as_str()));
            }
        }
    }
    found
}

/// Whether a pattern is more than wildcards and the words that every subject of the issuer has.
fn says_something(mark: OwnerMark, value: &str) -> bool {
    let words = if let OwnerMark::After(words, _) = mark { words } else { &[] };
    let rest = words.iter().fold(value.to_owned(), |rest, word| rest.replace(word, ""));
    rest.contains(|c: char| c.is_alphanumeric())
}

fn without_subject(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, path) in providers(statement) {
            let Some(hurdle) = subject.hurdle(statement, &Stranger::TokenOf(host.to_owned())) else { continue };
            let issuer = issuer(host);
            if !open_values(statement, host, &issuer).is_empty() {
                continue;
            }
            // What admits nobody has a finding of its own.
            let asks_nobody = |t: &&WrittenTest| t.is_positive() && t.values.iter().all(|value| is_no_subject(value));
            if is_github(host) && tests_of(statement, host, "sub").iter().any(asks_nobody) {
                continue;
            }
            let severity = match (issuer.shared, hurdle) {
                (true, Hurdle::Nothing) => Severity::Error,
                (false, _) if has_own_audience(statement, host) => Severity::Note,
                (true, Hurdle::Known(_) | Hurdle::Unproven(_)) | (false, _) => Severity::Warning,
            };
            let own = format!("{}:", host.to_lowercase());
            let tested: Vec<String> = statement
                .conditions
                .iter()
                .filter(|t| t.key.strip_prefix(&own).is_some_and(|claim| claim != "aud"))
                .map(|t| format!("`{}`", t.written_key))
                .collect();
            let but = match (tested.is_empty(), hurdle) {
                (_, Hurdle::Known(keys)) => {
                    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                    format!("only {} keeps others out", keys.join(", "))
                }
                (_, Hurdle::Unproven(why)) => format!("whether its conditions keep others out is not proven: {why}"),
                (true, Hurdle::Nothing) => "no condition tests its subject".to_owned(),
                (false, Hurdle::Nothing) => format!("the condition on {} excludes nobody", tested.join(", ")),
            };
            let message = format!("every user of `{host}` may assume the role: {but}");
            let help = if host.contains("actions.githubusercontent.com") {
                "write `github: {repository: OWNER/NAME, ref: refs/heads/main}` as the trust entry".to_owned()
            } else {
                format!("test `{host}:sub` with the subject that is meant")
            };
            out.report_as(severity, subject, &path, message, help);
        }
    }
}

/// Whether a test asks for an audience of the account owner's own: an application's id, and not what everybody asks for.
fn has_own_audience(statement: &Statement, host: &str) -> bool {
    let asks = |t: &&WrittenTest| t.is_positive() && !t.values.is_empty() && t.values.iter().all(|v| v != "sts.amazonaws.com");
    tests_of(statement, host, "aud").iter().any(|t| asks(t) && !(is_like(t) && t.values.iter().any(|v| has_wildcard(v))))
}

/// How wide a subject with a known owner is; `None` for one that names a branch, an environment or the like.
fn width(issuer: &Issuer, value: &str) -> Option<(Severity, &'static str)> {
    let mark = issuer.mark("sub")?;
    let rest = value.get(mark.reach(value, true)?..)?;
    if !has_wildcard(rest) {
        return None;
    }
    let is_open = |text: &str| text.chars().all(|c| matches!(c, '*' | '?'));
    if ["repo:", "project_path:"].iter().any(|word| value.contains(word)) {
        let (name, tail) = rest.split_once(':').map_or((rest, None), |(name, tail)| (name, Some(tail)));
        if has_wildcard(name) {
            return Some((Severity::Warning, "every repository that matches may come"));
        }
        return tail
            .is_some_and(is_open)
            .then_some((Severity::Note, "any branch, tag and pull request of the repository may come"));
    }
    let words = ["project", "workspace", "run_phase", "pipeline", "user", "ref", "commit", "step", "environment"];
    let named = rest.split([':', '/']).any(|part| !words.contains(&part) && part.contains(|c: char| c.is_alphanumeric()));
    let severity = if issuer.shared { Severity::Warning } else { Severity::Note };
    (!named && matches!(mark, OwnerMark::After(..) | OwnerMark::Before(_)))
        .then_some((severity, "everything that this owner runs may come"))
}

fn wide_subject(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (host, _) in providers(statement) {
            let issuer = issuer(host);
            let hurdle = subject.hurdle(statement, &Stranger::TokenOf(host.to_owned()));
            if let Some(hurdle) = hurdle {
                let severity = if issuer.shared && *hurdle == Hurdle::Nothing { Severity::Error } else { Severity::Warning };
                for (test, i, value) in open_values(statement, host, &issuer) {
                    let message = format!("`{value}` leaves the owner open: others who use {} match too", issuer.name);
                    let help = "write the owner out, up to the end of its name";
                    out.report_as(severity, subject, &test.value_path(i), message, help);
                }
                continue;
            }
            for test in tests_of(statement, host, "sub").into_iter().filter(|t| t.is_positive() && is_like(t)) {
                for (i, value) in test.values.iter().enumerate() {
                    if let Some((severity, what)) = width(&issuer, value) {
                        let message = format!("the subject `{value}` is wide: {what}");
                        let help = match issuer.name {
                            "HCP Terraform" => "name the project or the workspace",
                            "Buildkite" => "name the pipeline, and the branch",
                            "CircleCI" | "Vercel" => "name the project",
                            _ => "name the repository, and the branch or environment",
                        };
                        out.report_as(severity, subject, &test.value_path(i), message, help);
                    }
                }
            }
        }
    }
}

fn guests(subject: &DocumentSubject<'_>, out: &mut Findings) {
    const POOLS: &str = "cognito-identity.amazonaws.com";
    for statement in entrances(subject).filter(|s| is_web_identity(s)) {
        for (_, path) in providers(statement).into_iter().filter(|(host, _)| *host == POOLS) {
            // Who is not kept out at all has an error.
            if subject.hurdle(statement, &Stranger::TokenOf(POOLS.to_owned())).is_some() {
                continue;
            }
            let asked: Vec<&WrittenTest> = tests_of(statement, POOLS, "amr").into_iter().filter(|t| t.is_positive()).collect();
            let admits = |test: &WrittenTest| {
                test.values
                    .iter()
                    .any(|value| if is_like(test) { matches(value, "unauthenticated") } else { value == "unauthenticated" })
            };
            let severity = match asked.as_slice() {
                [] => Severity::Warning,
                tests if tests.iter().all(|test| admits(test)) => {
                    let named = tests.iter().any(|test| test.values.iter().any(|value| value == "unauthenticated"));
                    if named { Severity::Note } else { Severity::Warning }
                }
                _ => continue,
            };
            let message =
                format!("guests of the identity pool may assume the role: nothing asks that `{POOLS}:amr` is `authenticated`");
            let help = "add `\"ForAnyValue:StringLike\": {\"cognito-identity.amazonaws.com:amr\": \"authenticated\"}`";
            out.report_as(severity, subject, &path, message, help);
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
