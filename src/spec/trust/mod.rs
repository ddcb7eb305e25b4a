//! Trust entries to statements (contract 3, iam-facts 6.7 and 7.4). One entry is one statement.

mod issuers;

pub(crate) use issuers::{POD_ACTIONS, PODS};

use serde_json::{Map, Value, json};

use super::mistakes;
use super::reference::in_partition;
use super::shape::TrustEntry;
use super::text::Pos;
use super::yaml::{At, OneOrMany};
use crate::diag::{Finding, did_you_mean};
use crate::fleet::Roster;
use crate::names::{AccountId, Arn, EntityKind, entity_arn};

/// The path of an entity of this account, if it is known; else `/` is taken.
pub type PathOf<'a> = &'a dyn Fn(EntityKind, &str) -> Option<(String, String)>;

/// What trust entries are read against.
#[derive(Clone, Copy)]
pub struct TrustScope<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Its partition.
    pub partition: &'a str,
    /// Its region.
    pub region: &'a str,
    /// Path and spelling of a role or user by name: declared, else existing.
    pub path_of: PathOf<'a>,
    /// The accounts of the project.
    pub accounts: &'a Roster,
    /// Whether the entry is one request of a test, not a statement: what it does not say is some value, not every value.
    pub is_request: bool,
}

const FORMS: &str = "write one of `service`, `aws`, `github`, `gitlab`, `terraform_cloud`, `buildkite`, `circleci`, `eks`, `eks_pod_identity`, `oidc`, `saml`, `principal`";

type Problems = Vec<(Pos, Finding)>;

/// Conditions in the making: operator, key, values; all ANDed.
#[derive(Default)]
struct Conditions(Vec<(&'static str, String, Vec<String>)>);

impl Conditions {
    /// A test for text: StringLike as soon as one value has a wildcard.
    fn text(&mut self, key: impl Into<String>, values: Vec<String>) {
        let like = values.iter().any(|v| v.contains(['*', '?']));
        self.0.push((if like { "StringLike" } else { "StringEquals" }, key.into(), values));
    }

    /// The Condition element, with the author's own conditions; two tests of one key are no AND in IAM.
    fn into_value(self, own: Option<&Value>) -> Result<Option<Value>, Finding> {
        let mut out: Map<String, Value> = match own {
            None => Map::new(),
            Some(Value::Object(own)) => own.clone(),
            Some(_) => {
                return Err(Finding::error("bad-trust", "`condition` is not a mapping")
                    .help("write IAM's own form: `condition: {StringEquals: {\"aws:SourceVpc\": vpc-1}}`"));
            }
        };
        for (operator, key, values) in self.0 {
            let tests = out.entry(operator).or_insert_with(|| json!({}));
            let Some(tests) = tests.as_object_mut() else { continue };
            if tests.keys().any(|k| k.eq_ignore_ascii_case(&key)) {
                return Err(Finding::error("bad-trust", format!("`{key}` is tested twice with {operator}"))
                    .help("keep one of the two, or put all values into `condition`"));
            }
            tests.insert(key, one_or_many(values));
        }
        Ok((!out.is_empty()).then_some(Value::Object(out)))
    }
}

fn one_or_many(mut values: Vec<String>) -> Value {
    match (values.len(), values.pop()) {
        (1, Some(one)) => Value::from(one),
        (_, last) => values.into_iter().chain(last).collect(),
    }
}

/// The statement of an entry.
pub fn statement(entry: &At<TrustEntry>, scope: TrustScope<'_>) -> Result<Value, Problems> {
    let mut problems = Vec::new();
    let mut conditions = Conditions::default();
    let principal = principal(entry, scope, &mut conditions, &mut problems);
    let effect = match entry.effect.as_ref() {
        None => "Allow",
        Some(e) if e.value == "Allow" || e.value == "Deny" => &e.value,
        Some(e) => {
            let help = did_you_mean(e, ["Allow", "Deny"]).unwrap_or_else(|| "write `Allow` or `Deny`".to_owned());
            problems.push((e.at, Finding::error("bad-trust", format!("`{}` is not an effect", e.escape_debug())).help(help)));
            "Allow"
        }
    };
    common_conditions(entry, &mut conditions, &mut problems);
    let own = entry.condition.as_ref().map(|c| in_partition_all(&c.0.to_json(), scope.partition));
    let condition = conditions.into_value(own.as_ref()).unwrap_or_else(|problem| {
        problems.push((entry.condition.as_ref().map_or(entry.at, |c| c.0.at), problem));
        None
    });
    let (Some((principal, default_action)), true) = (principal, problems.is_empty()) else { return Err(problems) };
    let mut out = Map::new();
    if let Some(sid) = &entry.sid {
        out.insert("Sid".into(), Value::from(sid.value.clone()));
    }
    out.insert("Effect".into(), Value::from(effect));
    out.insert("Principal".into(), principal);
    let action = match entry.actions.as_ref().map(OneOrMany::texts) {
        Some(actions) if !actions.is_empty() => one_or_many(actions),
        // Pod Identity passes session tags (the Amazon EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity").
        _ if entry.eks_pod_identity.is_some() => json!(issuers::POD_ACTIONS),
        _ => Value::from(default_action),
    };
    out.insert("Action".into(), action);
    if let Some(condition) = condition {
        out.insert("Condition".into(), condition);
    }
    Ok(Value::Object(out))
}

fn common_conditions(entry: &TrustEntry, conditions: &mut Conditions, problems: &mut Problems) {
    for id in entry.source_account.iter().flat_map(|list| &list.0) {
        if AccountId::parse(id).is_none() && !id.contains(['*', '?', '$']) {
            problems.push((id.at, not_an_account(id)));
        }
    }
    if let Some(list) = &entry.source_account {
        conditions.text("aws:SourceAccount", list.texts());
    }
    if let Some(list) = &entry.source_arn {
        conditions.0.push(("ArnLike", "aws:SourceArn".into(), list.texts()));
    }
    if let Some(list) = &entry.external_id {
        conditions.text("sts:ExternalId", list.texts());
    }
    if let Some(list) = &entry.org_id {
        // A service has no organisation; the resource it acts for has one.
        let key = if entry.service.is_some() { "aws:SourceOrgID" } else { "aws:PrincipalOrgID" };
        conditions.text(key, list.texts());
    }
    match &entry.mfa {
        Some(mfa) if mfa.0 => conditions.0.push(("Bool", "aws:MultiFactorAuthPresent".into(), vec!["true".into()])),
        Some(mfa) => {
            let problem = Finding::error("bad-trust", "`mfa: false` has no meaning").help("leave `mfa` out");
            problems.push((mfa.at, problem));
        }
        None => {}
    }
}

fn not_an_account(text: &str) -> Finding {
    Finding::error("bad-account-id", format!("`{}` is not an account id", text.escape_debug()))
        .help("write twelve digits, in quotes")
}

/// The Principal element and the action that suits it.
fn principal(
    entry: &At<TrustEntry>,
    scope: TrustScope<'_>,
    conditions: &mut Conditions,
    problems: &mut Problems,
) -> Option<(Value, &'static str)> {
    let given = [
        ("service", entry.service.is_some()),
        ("aws", entry.aws.is_some()),
        ("github", entry.github.is_some()),
        ("gitlab", entry.gitlab.is_some()),
        ("terraform_cloud", entry.terraform_cloud.is_some()),
        ("buildkite", entry.buildkite.is_some()),
        ("circleci", entry.circleci.is_some()),
        ("eks", entry.eks.is_some()),
        ("eks_pod_identity", entry.eks_pod_identity.is_some()),
        ("oidc", entry.oidc.is_some()),
        ("saml", entry.saml.is_some()),
        ("principal", entry.principal.is_some()),
    ];
    let given: Vec<&str> = given.into_iter().filter(|(_, there)| *there).map(|(word, _)| word).collect();
    if given.len() != 1 {
        let message = match given.as_slice() {
            [] if scope.is_request => "this case does not say who assumes the role".to_owned(),
            [] => "this trust entry names no principal".to_owned(),
            several => {
                format!(
                    "{} has {}",
                    if scope.is_request { "this case" } else { "this trust entry" },
                    several.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" and ")
                )
            }
        };
        problems.push((
            entry.at,
            Finding::error("bad-trust", message).help(match scope.is_request {
                true => FORMS.replace(", `principal`", ""),
                false => format!("{FORMS}; several kinds are several entries"),
            }),
        ));
        return None;
    }
    if entry.oidc.is_none() && (entry.audience.is_some() || entry.subject.is_some()) {
        let at = entry.audience.iter().chain(&entry.subject).flat_map(|l| &l.0).map(|t| t.at).next().unwrap_or(entry.at);
        let problem = Finding::error("bad-trust", "`audience` and `subject` go with `oidc`")
            .help("the forms of single issuers, such as `github`, have an `audience` of their own, inside their mapping");
        problems.push((at, problem));
    }
    let federated = |arn: String| json!({ "Federated": arn });
    let provider = |kind, name: &str| entity_arn(scope.partition, scope.account, kind, "/", name);
    if let Some(list) = &entry.service {
        for service in list.0.iter().filter(|s| !is_service(s)) {
            let problem = Finding::error("bad-trust", format!("`{}` is not a service principal", service.escape_debug())).help(
                mistakes::service(service)
                    .unwrap_or_else(|| "write the service's host, as in `sagemaker.amazonaws.com`".to_owned()),
            );
            problems.push((service.at, problem));
        }
        return nobody_is_an_error(list, entry.at, problems)
            .then(|| (json!({"Service": one_or_many(list.texts())}), "sts:AssumeRole"));
    }
    if let Some(list) = &entry.aws {
        let arns: Vec<String> = list.0.iter().filter_map(|text| aws_principal(text, scope, problems)).collect();
        return nobody_is_an_error(list, entry.at, problems).then(|| (json!({"AWS": one_or_many(arns)}), "sts:AssumeRole"));
    }
    if let Some(token) = issuers::token(entry, scope, problems) {
        let issuers::Token { issuer, audience, subjects } = token?;
        conditions.text(format!("{issuer}:aud"), audience);
        conditions.text(format!("{issuer}:sub"), subjects);
        return Some((federated(provider(EntityKind::OidcProvider, &issuer)), "sts:AssumeRoleWithWebIdentity"));
    }
    if let Some(pods) = &entry.eks_pod_identity {
        for (tag, values) in issuers::pod_tags(pods, problems)? {
            conditions.text(format!("aws:RequestTag/{tag}"), values);
        }
        return Some((json!({"Service": issuers::PODS}), "sts:AssumeRole"));
    }
    if let Some(host) = &entry.oidc {
        let name = host.strip_prefix("https://").unwrap_or(host);
        let (arn, name) = match name.starts_with("arn:") {
            true => (in_partition(name, scope.partition), name.split_once(":oidc-provider/").map_or("", |(_, host)| host)),
            // Four providers are built in and have no ARN (iam-facts 5.2).
            false if is_built_in_provider(name) => (name.to_owned(), name),
            false => (provider(EntityKind::OidcProvider, name), name),
        };
        if name.is_empty() || name.contains(['*', ' ']) {
            let problem = Finding::error("bad-trust", format!("`{}` is not an OIDC provider", host.escape_debug()))
                .help("write its URL without `https://`, as in `gitlab.com`");
            problems.push((host.at, problem));
        }
        if let Some(list) = &entry.audience {
            conditions.text(format!("{name}:aud"), list.texts());
        }
        if let Some(list) = &entry.subject {
            conditions.text(format!("{name}:sub"), list.texts());
        }
        return Some((federated(arn), "sts:AssumeRoleWithWebIdentity"));
    }
    if let Some(list) = &entry.saml {
        let arn = |text: &str| match text.starts_with("arn:") {
            true => in_partition(text, scope.partition),
            false => provider(EntityKind::SamlProvider, text),
        };
        let arns = list.0.iter().map(|text| arn(text)).collect();
        return nobody_is_an_error(list, entry.at, problems)
            .then(|| (json!({"Federated": one_or_many(arns)}), "sts:AssumeRoleWithSAML"));
    }
    let raw = entry.principal.as_ref()?;
    let value = in_partition_all(&raw.0.to_json(), scope.partition);
    let action = match value.get("Federated").map(Value::to_string) {
        Some(text) if text.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
        Some(_) => "sts:AssumeRoleWithWebIdentity",
        None => "sts:AssumeRole",
    };
    Some((value, action))
}

fn nobody_is_an_error(list: &OneOrMany, at: Pos, problems: &mut Problems) -> bool {
    if list.0.is_empty() {
        problems.push((
            at,
            Finding::error("bad-trust", "this trust entry names no principal").help("put at least one principal into the list"),
        ));
    }
    !list.0.is_empty()
}

fn is_service(text: &str) -> bool {
    text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

fn is_built_in_provider(host: &str) -> bool {
    matches!(host, "cognito-identity.amazonaws.com" | "accounts.google.com" | "graph.facebook.com" | "www.amazon.com")
}

/// The ARN of one `aws:` principal.
fn aws_principal(text: &At<String>, scope: TrustScope<'_>, problems: &mut Problems) -> Option<String> {
    if AccountId::parse(text).is_some() {
        return Some(format!("arn:{}:iam::{}:root", scope.partition, text.value));
    }
    if let Some(rest) = text.strip_prefix("account/") {
        return account_principal(text, rest, scope, problems);
    }
    if text.starts_with("arn:") {
        let arn = in_partition(text, scope.partition);
        if Arn::parse(&arn).is_some() {
            return Some(arn);
        }
    }
    for (word, kind) in [("role/", EntityKind::Role), ("user/", EntityKind::User)] {
        if let Some(name) = text.strip_prefix(word).filter(|n| !n.is_empty() && !n.contains('/')) {
            let (path, name) = (scope.path_of)(kind, name).unwrap_or_else(|| ("/".to_owned(), name.to_owned()));
            return Some(entity_arn(scope.partition, scope.account, kind, &path, &name));
        }
    }
    let problem = match text.value.as_str() {
        "*" => Finding::error("bad-trust", "`aws: \"*\"` admits every AWS account")
            .help("name the principals; if everyone is meant, write `principal: {AWS: \"*\"}` with a `condition`"),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() => not_an_account(digits),
        other => Finding::error("bad-trust", format!("`{}` is not an AWS principal", other.escape_debug()))
            .help(match crate::names::check_name(EntityKind::Role, other) {
                Ok(()) => format!("a role of this account is `role/{other}`, a user `user/{other}`; else write an ARN, or an account id in quotes"),
                Err(_) => "write an ARN, an account id in quotes, or `role/NAME` or `user/NAME` of this account".to_owned(),
            }),
    };
    problems.push((text.at, problem));
    None
}

/// The ARN of `account/NAME`, `account/NAME/role/X` or `account/NAME/user/X`: of another account of the project.
fn account_principal(text: &At<String>, rest: &str, scope: TrustScope<'_>, problems: &mut Problems) -> Option<String> {
    let (account, what) = rest.split_once('/').map_or((rest, "root"), |(account, what)| (account, what));
    let bad = |help: String| Finding::error("bad-trust", format!("`{}` is not an AWS principal", text.escape_debug())).help(help);
    let named = ["role/", "user/"].iter().any(|kind| {
        what.strip_prefix(kind)
            .and_then(|path| path.rsplit('/').next())
            .is_some_and(|n| crate::names::check_name(EntityKind::Role, n).is_ok())
    });
    let arn = match (scope.accounts.id_of(account), what == "root" || named) {
        (Ok(id), true) => format!("arn:{}:iam::{id}:{what}", scope.partition),
        (Err(help), _) => {
            problems.push((text.at, bad(help)));
            return None;
        }
        (_, false) => String::new(),
    };
    if Arn::parse(&arn).is_none() {
        problems.push((
            text.at,
            bad("write `account/NAME`, `account/NAME/role/ROLE` or `account/NAME/user/USER`; a path stands before the name"
                .to_owned()),
        ));
        return None;
    }
    Some(arn)
}

/// Every text of a JSON value with a literal `arn:aws:` in the account's partition.
pub(super) fn in_partition_all(value: &Value, partition: &str) -> Value {
    if partition == "aws" {
        return value.clone();
    }
    match value {
        Value::String(text) => Value::from(in_partition(text, partition)),
        Value::Array(items) => items.iter().map(|v| in_partition_all(v, partition)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), in_partition_all(v, partition))).collect()),
        other => other.clone(),
    }
}
