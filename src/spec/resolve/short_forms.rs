//! Cases of `assume:` may be written in the short forms of trust entries: the token or caller that such an entry would admit.

use serde_json::Value;

use super::env::Env;
use crate::diag::Finding;
use crate::spec::shape::{CaseSpec, TrustEntry};
use crate::spec::text::Pos;
use crate::spec::trust::{self, TrustScope};
use crate::spec::yaml::{At, Node, OneOrMany, Raw};

/// Most requests that the lists of one case stand for.
const MOST_REQUESTS: usize = 1000;

/// The keys of a case that say who assumes a role, with their places.
pub(super) fn given(case: &At<CaseSpec>) -> Vec<(&'static str, Pos)> {
    let text = |key, value: &Option<At<String>>| value.as_ref().map(|value| (key, value.at));
    let list = |key, value: &Option<OneOrMany>| value.as_ref().map(|list| (key, list.0.first().map_or(case.at, |text| text.at)));
    fn at<T>(key: &'static str, value: &Option<At<T>>) -> Option<(&'static str, Pos)> {
        value.as_ref().map(|value| (key, value.at))
    }
    [
        text("service", &case.service),
        text("aws", &case.aws),
        text("oidc", &case.oidc),
        text("saml", &case.saml),
        at("github", &case.github),
        at("gitlab", &case.gitlab),
        at("terraform_cloud", &case.terraform_cloud),
        at("buildkite", &case.buildkite),
        at("circleci", &case.circleci),
        at("eks", &case.eks),
        at("eks_pod_identity", &case.eks_pod_identity),
        list("audience", &case.audience),
        list("subject", &case.subject),
        list("source_account", &case.source_account),
        list("source_arn", &case.source_arn),
        list("external_id", &case.external_id),
        list("org_id", &case.org_id),
        at("mfa", &case.mfa),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A case in the words of its request: who assumes, and condition keys. Several values are several requests.
pub(super) fn plain(env: &mut Env<'_>, case: &At<CaseSpec>) -> Vec<At<CaseSpec>> {
    let one = |text: &Option<At<String>>| text.as_ref().map(|text| OneOrMany(vec![text.clone()]));
    let entry = At {
        at: case.at,
        value: TrustEntry {
            service: one(&case.service),
            aws: one(&case.aws),
            oidc: case.oidc.clone(),
            saml: one(&case.saml),
            github: case.github.clone(),
            gitlab: case.gitlab.clone(),
            terraform_cloud: case.terraform_cloud.clone(),
            buildkite: case.buildkite.clone(),
            circleci: case.circleci.clone(),
            eks: case.eks.clone(),
            eks_pod_identity: case.eks_pod_identity.clone(),
            audience: case.audience.clone(),
            subject: case.subject.clone(),
            source_account: case.source_account.clone(),
            source_arn: case.source_arn.clone(),
            external_id: case.external_id.clone(),
            org_id: case.org_id.clone(),
            mfa: case.mfa.clone(),
            ..TrustEntry::default()
        },
    };
    let account = env.context.account_id.clone();
    let path_of = |kind, name: &str| env.path_of(kind, name);
    let (partition, region) = (&env.context.partition, &env.context.region);
    let scope =
        TrustScope { account: &account, partition, region, path_of: &path_of, accounts: env.context.accounts, is_request: true };
    let statement = match trust::statement(&entry, scope) {
        Ok(statement) => statement,
        Err(problems) => {
            let told = env.is_faulty(case.at);
            for (at, problem) in problems.into_iter().filter(|(at, _)| !(told && *at == case.at)) {
                env.report(at, Finding { code: "bad-test".to_owned(), ..problem });
            }
            return Vec::new();
        }
    };
    let mut plain = case.clone();
    let form = &mut plain.value;
    let CaseSpec { github, gitlab, terraform_cloud, buildkite, circleci, eks, eks_pod_identity, .. } = form;
    let is_issuer = github.is_some()
        || gitlab.is_some()
        || terraform_cloud.is_some()
        || buildkite.is_some()
        || circleci.is_some()
        || eks.is_some();
    let at = |text: &str| Some(At { at: case.at, value: text.to_owned() });
    if is_issuer {
        form.oidc = statement["Principal"]["Federated"].as_str().and_then(at);
    } else if eks_pod_identity.is_some() {
        form.service = statement["Principal"]["Service"].as_str().and_then(at);
    }
    let mut requests = vec![plain];
    for (operator, tests) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in tests.as_object().into_iter().flatten() {
            // What the case says itself under `context` wins.
            if case.context.list.iter().any(|(given, _)| given.eq_ignore_ascii_case(key)) {
                continue;
            }
            let values: Vec<&str> = match values {
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                one => one.as_str().into_iter().collect(),
            };
            if let Some(pattern) = values.iter().find(|value| operator != "Bool" && value.contains(['*', '?'])) {
                let message = format!("`{}` is a pattern, and a request has no wildcards", pattern.escape_debug());
                env.report(case.at, Finding::error("bad-test", message).help("write the value that one request has"));
            }
            if requests.len().saturating_mul(values.len()) > MOST_REQUESTS {
                let message = format!("this case stands for more than {MOST_REQUESTS} requests");
                env.report(case.at, Finding::error("bad-test", message).help("use fewer lists, or shorter ones"));
                return Vec::new();
            }
            requests = values
                .iter()
                .flat_map(|value| {
                    requests.iter().map(|request| {
                        let mut request = request.clone();
                        let name = At { at: case.at, value: key.clone() };
                        request.value.context.list.push((name, Raw(Node::text(case.at, value))));
                        request
                    })
                })
                .collect();
        }
    }
    requests
}
