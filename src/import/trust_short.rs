//! Trust documents as short entries, where these mean exactly the same; `None` where they do not, and the document is written out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Yaml;
use super::values::Values;
use crate::names::{AccountId, Arn};
use crate::policy::Document;
use crate::spec::{POD_ACTIONS, PODS};

/// What short forms are written against.
pub(super) struct Trusting<'a> {
    pub values: &'a Values,
    pub account: &'a str,
    pub partition: &'a str,
    /// `role/NAME` or `user/NAME` for an ARN of this account that the name alone leads back to.
    pub named: &'a dyn Fn(&str) -> Option<String>,
}

const GITHUB: &str = "token.actions.githubusercontent.com";

type Entry = Vec<(String, Yaml)>;

/// The entries of a trust document.
pub(super) fn entries(document: &Document, cx: &Trusting<'_>) -> Option<Vec<Yaml>> {
    let top = document.value().as_object()?;
    let known = |k: &String| k == "Version" || k == "Statement";
    if !top.keys().all(known) || top.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return None;
    }
    let statements = document.statements();
    if statements.is_empty() {
        return None;
    }
    statements.iter().map(|s| statement(s.as_object()?, cx).map(Yaml::Map)).collect()
}

fn statement(statement: &Map<String, Value>, cx: &Trusting<'_>) -> Option<Entry> {
    const KNOWN: [&str; 5] = ["Sid", "Effect", "Principal", "Action", "Condition"];
    if !statement.keys().all(|k| KNOWN.contains(&k.as_str())) {
        return None;
    }
    let mut condition = Conditions::of(statement.get("Condition"))?;
    let mut entry = Entry::new();
    let actions = texts(statement.get("Action")?)?;
    let (is_service, default_actions) = match pods(statement.get("Principal")?, &actions, cx, &mut condition) {
        Some(form) => {
            entry.push(("eks_pod_identity".into(), Yaml::Map(form)));
            (true, actions.clone())
        }
        None => {
            let (is_service, action) = principal(statement.get("Principal")?, cx, &mut condition, &mut entry)?;
            (is_service, vec![action])
        }
    };
    common(&mut condition, is_service, cx, &mut entry);
    if let Some(rest) = condition.rest() {
        entry.push(("condition".into(), Yaml::from_json(&rest, &|text| cx.values.text(text))));
    }
    if actions != default_actions {
        entry.push(("actions".into(), one_or_list(&actions, cx)));
    }
    if let Some(sid) = statement.get("Sid") {
        let sid = sid.as_str()?;
        if !sid.is_empty() {
            entry.push(("sid".into(), cx.values.plain(sid)));
        }
    }
    match statement.get("Effect")?.as_str()? {
        "Allow" => {}
        "Deny" => entry.push(("effect".into(), Yaml::text("Deny"))),
        _ => return None,
    }
    Some(entry)
}

/// One text or a list of texts, none of them a list that is empty.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) if !items.is_empty() => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn one_or_list(texts: &[&str], cx: &Trusting<'_>) -> Yaml {
    yaml_list(texts.iter().map(|t| Yaml::Text(cx.values.text(t))).collect())
}

fn yaml_list(mut items: Vec<Yaml>) -> Yaml {
    match (items.len(), items.pop()) {
        (1, Some(one)) => one,
        (_, last) => Yaml::List(items.into_iter().chain(last).collect()),
    }
}

/// Writes the principal and what goes with it; whether it is a service, and the action that goes without saying.
fn principal(value: &Value, cx: &Trusting<'_>, condition: &mut Conditions, entry: &mut Entry) -> Option<(bool, &'static str)> {
    const ASSUME: &str = "sts:AssumeRole";
    let raw = |entry: &mut Entry| entry.push(("principal".into(), Yaml::from_json(value, &|t| cx.values.text(t))));
    let federated = value.get("Federated").map(|v| v.to_string().contains(":saml-provider/"));
    let default_of_raw = match federated {
        Some(true) => "sts:AssumeRoleWithSAML",
        Some(false) => "sts:AssumeRoleWithWebIdentity",
        None => ASSUME,
    };
    let only = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    match only.and_then(|(kind, values)| Some((kind.as_str(), texts(values)?))) {
        Some(("Service", services)) if services.iter().all(|s| is_service(s)) => {
            entry.push(("service".into(), one_or_list(&services, cx)));
            Some((true, ASSUME))
        }
        Some(("AWS", arns)) => {
            match arns.iter().map(|arn| aws(arn, cx)).collect::<Option<Vec<_>>>() {
                Some(list) => entry.push(("aws".into(), yaml_list(list))),
                None => raw(entry),
            }
            Some((false, ASSUME))
        }
        Some(("Federated", arns)) => {
            if !saml(&arns, cx, entry) && !web_identity(&arns, cx, condition, entry) {
                raw(entry);
            }
            Some((false, default_of_raw))
        }
        _ if value.is_object() => {
            raw(entry);
            Some((false, default_of_raw))
        }
        _ => None,
    }
}

fn is_service(text: &str) -> bool {
    text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

fn aws(text: &str, cx: &Trusting<'_>) -> Option<Yaml> {
    if AccountId::parse(text).is_some() {
        return Some(Yaml::Text(cx.values.text(text)));
    }
    let arn = Arn::parse(text).filter(|arn| arn.partition == cx.partition)?;
    if arn.service == "iam" && arn.resource == "root" && arn.region.is_empty() && arn.account_id().is_some() {
        return Some(Yaml::Text(cx.values.text(&arn.account)));
    }
    Some((cx.named)(text).map_or_else(|| Yaml::Text(cx.values.text(text)), |name| cx.values.plain(&name)))
}

/// The name of a provider of this account.
fn own_provider<'a>(arn: &'a str, word: &str, cx: &Trusting<'_>) -> Option<&'a str> {
    let prefix = format!("arn:{}:iam::{}:{word}/", cx.partition, cx.account);
    arn.strip_prefix(prefix.as_str()).filter(|name| !name.is_empty())
}

fn saml(arns: &[&str], cx: &Trusting<'_>, entry: &mut Entry) -> bool {
    let name =
        |arn: &&str| own_provider(arn, "saml-provider", cx).filter(|n| !n.contains(['/', '*', ' '])).map(|n| cx.values.plain(n));
    match arns.iter().map(name).collect::<Option<Vec<_>>>() {
        Some(names) => {
            entry.push(("saml".into(), yaml_list(names)));
            true
        }
        None => false,
    }
}

fn web_identity(arns: &[&str], cx: &Trusting<'_>, condition: &mut Conditions, entry: &mut Entry) -> bool {
    let [arn] = arns else { return false };
    let Some(host) = own_provider(arn, "oidc-provider", cx).filter(|h| !h.contains(['*', ' '])) else { return false };
    if let Some(github) = github(host, cx, condition) {
        entry.push(("github".into(), Yaml::Map(github)));
        return true;
    }
    if let Some((word, form)) = issuer(host, cx, condition) {
        entry.push((word.into(), Yaml::Map(form)));
        return true;
    }
    entry.push(("oidc".into(), cx.values.plain(host)));
    for (word, claim) in [("audience", "aud"), ("subject", "sub")] {
        if let Some(values) = condition.take_text(&format!("{host}:{claim}")) {
            entry.push((word.into(), values_yaml(&values, cx)));
        }
    }
    true
}

fn values_yaml(values: &[String], cx: &Trusting<'_>) -> Yaml {
    yaml_list(values.iter().map(|v| Yaml::Text(cx.values.text(v))).collect())
}

/// GitHub's tokens: one repository, and subjects of one kind.
fn github(host: &str, cx: &Trusting<'_>, condition: &mut Conditions) -> Option<Entry> {
    if host != GITHUB {
        return None;
    }
    let subjects = condition.text(&format!("{host}:sub"))?;
    let audiences = condition.text(&format!("{host}:aud"))?;
    let mut repository: Option<&str> = None;
    let (mut refs, mut environments, mut pull, mut any) = (Vec::new(), Vec::new(), 0, 0);
    for subject in &subjects {
        let (repo, tail) = subject.strip_prefix("repo:")?.split_once(':')?;
        if repository.is_some_and(|known| known != repo) {
            return None;
        }
        repository = Some(repo);
        match tail {
            "pull_request" => pull += 1,
            "*" => any += 1,
            _ => match (tail.strip_prefix("ref:"), tail.strip_prefix("environment:")) {
                (Some(name), _) if name.starts_with("refs/") || name.starts_with('*') => {
                    refs.push(Yaml::Text(cx.values.text(name)))
                }
                (_, Some(name)) if !name.is_empty() => environments.push(Yaml::Text(cx.values.text(name))),
                _ => return None,
            },
        }
    }
    let repository = repository?;
    let part = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*?@".contains(c));
    let parts: Vec<&str> = repository.split('/').collect();
    let kinds = [!refs.is_empty(), !environments.is_empty(), pull > 0, any > 0];
    // The short form takes no pattern of owners; `oidc` with its subject does.
    let open = parts.first().is_none_or(|owner| owner.contains(['*', '?']));
    if open
        || parts.len() != 2
        || !parts.iter().all(|p| part(p))
        || kinds.iter().filter(|k| **k).count() != 1
        || pull > 1
        || any > 1
    {
        return None;
    }
    condition.take_text(&format!("{host}:sub"));
    condition.take_text(&format!("{host}:aud"));
    let mut entry = vec![("repository".to_owned(), cx.values.plain(repository))];
    if !refs.is_empty() {
        entry.push(("ref".into(), yaml_list(refs)));
    } else if !environments.is_empty() {
        entry.push(("environment".into(), yaml_list(environments)));
    } else {
        entry.push((if pull > 0 { "pull_request" } else { "any" }.into(), Yaml::Bool(true)));
    }
    if audiences != ["sts.amazonaws.com"] {
        entry.push(("audience".into(), values_yaml(&audiences, cx)));
    }
    Some(entry)
}

/// The tokens of GitLab, HCP Terraform, Buildkite, CircleCI and Amazon EKS: subjects that the short form writes the same way.
fn issuer(host: &str, cx: &Trusting<'_>, condition: &mut Conditions) -> Option<(&'static str, Entry)> {
    let (aud, sub) = (format!("{host}:aud"), format!("{host}:sub"));
    let subjects = condition.text(&sub)?;
    let audiences = condition.text(&aud)?;
    let (word, mut form, audience) = if host == "gitlab.com" {
        ("gitlab", gitlab(&subjects, cx)?, format!("https://{host}"))
    } else if host == "app.terraform.io" {
        ("terraform_cloud", terraform(&subjects, cx)?, "aws.workload.identity".to_owned())
    } else if host == "agent.buildkite.com" {
        ("buildkite", buildkite(&subjects, cx)?, "sts.amazonaws.com".to_owned())
    } else if let Some(organization) = host.strip_prefix("oidc.circleci.com/org/") {
        ("circleci", circleci(organization, &subjects, cx)?, organization.to_owned())
    } else if host.starts_with("oidc.eks.") && host.split_once("/id/").is_some_and(|(_, id)| !id.contains(['/', '*', '?'])) {
        ("eks", eks(host, &subjects, cx)?, "sts.amazonaws.com".to_owned())
    } else {
        return None;
    };
    condition.take_text(&sub);
    condition.take_text(&aud);
    if audiences != [audience] {
        form.push(("audience".into(), values_yaml(&audiences, cx)));
    }
    Some((word, form))
}

/// A name that a short form takes as an owner.
fn owner(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(['*', '?', ':', '/', '$']) && !text.contains(char::is_whitespace)).then_some(text)
}

/// A name or pattern that a short form takes as another part of a subject.
fn part(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains([':', '$']) && !text.contains(char::is_whitespace)).then_some(text)
}

/// The parts of subjects that differ in their last part alone: the common ones, and the last of each.
fn last_parts<'s>(
    subjects: &'s [String],
    cut: impl Fn(&'s str) -> Option<(&'s str, &'s str)>,
) -> Option<(&'s str, Vec<&'s str>)> {
    let mut common = None;
    let mut last = Vec::new();
    for subject in subjects {
        let (first, rest) = cut(subject)?;
        if *common.get_or_insert(first) != first {
            return None;
        }
        last.push(rest);
    }
    Some((common?, last))
}

fn gitlab(subjects: &[String], cx: &Trusting<'_>) -> Option<Entry> {
    let (project, tails) = last_parts(subjects, |subject| subject.strip_prefix("project_path:")?.split_once(':'))?;
    let (group, name) = project.split_once('/')?;
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*?".contains(c));
    if owner(group).is_none() || !name.split('/').all(word) {
        return None;
    }
    let mut form = vec![("project".to_owned(), cx.values.plain(project))];
    if tails == ["*"] {
        form.push(("any".into(), Yaml::Bool(true)));
        return Some(form);
    }
    for (kind, prefix) in [("branch", "ref_type:branch:ref:"), ("tag", "ref_type:tag:ref:")] {
        let names: Option<Vec<&str>> = tails.iter().map(|tail| tail.strip_prefix(prefix).and_then(part)).collect();
        if let Some(names) = names {
            form.push((kind.into(), one_or_list(&names, cx)));
            return Some(form);
        }
    }
    None
}

fn terraform(subjects: &[String], cx: &Trusting<'_>) -> Option<Entry> {
    let [subject] = subjects else { return None };
    let fields: Vec<&str> = subject.split(':').collect();
    let ["organization", organization, "project", project, "workspace", workspace, "run_phase", phase] = fields.as_slice() else {
        return None;
    };
    let mut form = vec![("organization".to_owned(), cx.values.plain(owner(organization)?))];
    part(&project.replace(' ', "")).filter(|_| project.trim() == *project)?;
    for (word, value) in [("project", *project), ("workspace", part(workspace)?)] {
        if value != "*" {
            form.push((word.into(), cx.values.plain(value)));
        }
    }
    if form.len() == 1 {
        form.push(("any".into(), Yaml::Bool(true)));
    }
    match *phase {
        "*" => {}
        "plan" | "apply" => form.push(("run_phase".into(), cx.values.plain(phase))),
        _ => return None,
    }
    Some(form)
}

fn buildkite(subjects: &[String], cx: &Trusting<'_>) -> Option<Entry> {
    let cut = |subject| -> Option<(&str, &str)> { str::strip_suffix(subject, ":commit:*:step:*")?.split_once(":ref:") };
    let (common, refs) = last_parts(subjects, cut)?;
    let (organization, pipeline) = common.strip_prefix("organization:")?.split_once(":pipeline:")?;
    let mut form = vec![
        ("organization".to_owned(), cx.values.plain(owner(organization)?)),
        ("pipeline".to_owned(), cx.values.plain(part(pipeline)?)),
    ];
    if refs == ["*"] {
        form.push(("any".into(), Yaml::Bool(true)));
    } else if refs.iter().all(|name| name.starts_with("refs/") && part(name).is_some()) {
        form.push(("ref".into(), one_or_list(&refs, cx)));
    } else {
        return None;
    }
    Some(form)
}

fn circleci(organization: &str, subjects: &[String], cx: &Trusting<'_>) -> Option<Entry> {
    let is_uuid = |text: &str| {
        text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    };
    if !is_uuid(organization) {
        return None;
    }
    let prefix = format!("org/{organization}/project/");
    let projects: Option<Vec<&str>> =
        subjects.iter().map(|subject| subject.strip_prefix(prefix.as_str())?.strip_suffix("/user/*")).collect();
    let projects = projects?;
    let mut form = vec![("organization".to_owned(), cx.values.plain(organization))];
    if projects == ["*"] {
        form.push(("any".into(), Yaml::Bool(true)));
    } else if projects.iter().all(|project| is_uuid(project)) {
        form.push(("project".into(), one_or_list(&projects, cx)));
    } else {
        return None;
    }
    Some(form)
}

fn eks(host: &str, subjects: &[String], cx: &Trusting<'_>) -> Option<Entry> {
    let (namespace, accounts) = last_parts(subjects, |subject| subject.strip_prefix("system:serviceaccount:")?.split_once(':'))?;
    if !accounts.iter().all(|account| part(account).is_some()) {
        return None;
    }
    Some(vec![
        ("cluster".to_owned(), cx.values.plain(host)),
        ("namespace".to_owned(), cx.values.plain(owner(namespace)?)),
        ("service_account".to_owned(), one_or_list(&accounts, cx)),
    ])
}

/// Pods by EKS Pod Identity, named by the three session tags that the short form tests.
fn pods(principal: &Value, actions: &[&str], cx: &Trusting<'_>, condition: &mut Conditions) -> Option<Entry> {
    const NAMESPACE: &str = "aws:RequestTag/kubernetes-namespace";
    const ACCOUNT: &str = "aws:RequestTag/kubernetes-service-account";
    if *principal != json!({"Service": PODS}) || actions != POD_ACTIONS {
        return None;
    }
    let is_cluster = |key: &&&str| {
        let by_arn = key.ends_with("arn");
        let named =
            |one: &str| if by_arn { one.starts_with("arn:") && !one.contains(['*', '?', '$']) } else { owner(one).is_some() };
        condition.text(key).is_some_and(|all| matches!(all.as_slice(), [one] if named(one)))
    };
    let cluster_key = ["aws:RequestTag/eks-cluster-arn", "aws:RequestTag/eks-cluster-name"].iter().find(is_cluster)?;
    let namespaces = condition.text(NAMESPACE).filter(|all| all.iter().all(|one| owner(one).is_some()))?;
    let accounts = condition.text(ACCOUNT).filter(|all| all.iter().all(|one| part(one).is_some()))?;
    let cluster = condition.take_text(cluster_key)?;
    condition.take_text(NAMESPACE);
    condition.take_text(ACCOUNT);
    Some(vec![
        ("cluster".to_owned(), values_yaml(&cluster, cx)),
        ("namespace".to_owned(), values_yaml(&namespaces, cx)),
        ("service_account".to_owned(), values_yaml(&accounts, cx)),
    ])
}

/// The conditions that have a word of their own.
fn common(condition: &mut Conditions, is_service: bool, cx: &Trusting<'_>, entry: &mut Entry) {
    let accounts = condition.text("aws:SourceAccount");
    if accounts.is_some_and(|all| all.iter().all(|id| AccountId::parse(id).is_some() || id.contains(['*', '?']))) {
        let values = condition.take_text("aws:SourceAccount").unwrap_or_default();
        entry.push(("source_account".into(), values_yaml(&values, cx)));
    }
    if let Some(values) = condition.take("ArnLike", "aws:SourceArn") {
        entry.push(("source_arn".into(), values_yaml(&values, cx)));
    }
    if let Some(values) = condition.take_text("sts:ExternalId") {
        entry.push(("external_id".into(), values_yaml(&values, cx)));
    }
    let org = if is_service { "aws:SourceOrgID" } else { "aws:PrincipalOrgID" };
    if let Some(values) = condition.take_text(org) {
        entry.push(("org_id".into(), values_yaml(&values, cx)));
    }
    if condition.get("Bool", "aws:MultiFactorAuthPresent").is_some_and(|v| v == ["true"]) {
        condition.take("Bool", "aws:MultiFactorAuthPresent");
        entry.push(("mfa".into(), Yaml::Bool(true)));
    }
}

/// The Condition element, from which short words take their part.
struct Conditions(Vec<(String, Vec<(String, Value)>)>);

impl Conditions {
    /// `None` for what is not a condition block, or has keys that differ by case alone: no short form may touch those.
    fn of(value: Option<&Value>) -> Option<Self> {
        let Some(value) = value else { return Some(Self(Vec::new())) };
        let mut out = Vec::new();
        for (operator, tests) in value.as_object()? {
            let tests: Vec<(String, Value)> = tests.as_object()?.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            let distinct: BTreeSet<String> = tests.iter().map(|(k, _)| k.to_lowercase()).collect();
            if distinct.len() != tests.len() {
                return None;
            }
            out.push((operator.clone(), tests));
        }
        Some(Self(out))
    }

    fn get(&self, operator: &str, key: &str) -> Option<Vec<String>> {
        let (_, tests) = self.0.iter().find(|(o, _)| o == operator)?;
        let (_, value) = tests.iter().find(|(k, _)| k == key)?;
        match value {
            Value::Bool(b) => Some(vec![b.to_string()]),
            other => texts(other).map(|list| list.into_iter().map(str::to_owned).collect()),
        }
    }

    fn take(&mut self, operator: &str, key: &str) -> Option<Vec<String>> {
        let found = self.get(operator, key)?;
        if let Some((_, tests)) = self.0.iter_mut().find(|(o, _)| o == operator) {
            tests.retain(|(k, _)| k != key);
        }
        Some(found)
    }

    /// The operator that a short word would make of these values, if the block has the key under it.
    fn text(&self, key: &str) -> Option<Vec<String>> {
        self.operator(key).and_then(|operator| self.get(operator, key))
    }

    fn take_text(&mut self, key: &str) -> Option<Vec<String>> {
        self.operator(key).and_then(|operator| self.take(operator, key))
    }

    fn operator(&self, key: &str) -> Option<&'static str> {
        ["StringEquals", "StringLike"].into_iter().find(|operator| {
            let like = |values: &Vec<String>| values.iter().any(|v| v.contains(['*', '?']));
            self.get(operator, key).is_some_and(|values| like(&values) == (*operator == "StringLike"))
        })
    }

    fn rest(self) -> Option<Value> {
        let left = self.0.into_iter().filter(|(_, tests)| !tests.is_empty());
        let map: Map<String, Value> = left.map(|(o, tests)| (o, Value::Object(tests.into_iter().collect()))).collect();
        (!map.is_empty()).then_some(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document_text;
    use crate::model::AccountIdentity;

    fn short(text: &str) -> Option<String> {
        let account = AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".into() };
        let values = Values::new(&account, None);
        let named = |arn: &str| (arn == "arn:aws:iam::111111111111:role/ci").then(|| "role/ci".to_owned());
        let cx = Trusting { values: &values, account: "111111111111", partition: "aws", named: &named };
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{text}]}}"#);
        entries(&Document::parse(&document).unwrap(), &cx).map(|list| document_text(&[("trust".into(), Yaml::List(list))], 0))
    }

    #[test]
    fn a_service_with_its_source_is_one_line_each() {
        let text = short(
            r#"{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"},"ArnLike":{"aws:SourceArn":"arn:aws:sagemaker:*:111111111111:*"}}}"#,
        );
        let expected = "trust:\n  - service: sagemaker.amazonaws.com\n    source_account: ${account_id}\n    source_arn: arn:${partition}:sagemaker:*:${account_id}:*\n";
        assert_eq!(text.unwrap(), expected);
    }

    #[test]
    fn principals_are_named_as_a_person_names_them() {
        let aws =
            |p: &str| short(&format!(r#"{{"Effect":"Allow","Principal":{{"AWS":{p}}},"Action":"sts:AssumeRole"}}"#)).unwrap();
        assert_eq!(aws(r#""arn:aws:iam::111111111111:role/ci""#), "trust:\n  - aws: role/ci\n");
        assert_eq!(aws(r#""arn:aws:iam::222222222222:root""#), "trust:\n  - aws: \"222222222222\"\n");
        assert_eq!(aws(r#""arn:aws:iam::111111111111:root""#), "trust:\n  - aws: ${account_id}\n");
        assert_eq!(aws(r#""arn:aws:iam::111111111111:role/x""#), "trust:\n  - aws: arn:${partition}:iam::${account_id}:role/x\n");
        assert!(aws(r#""*""#).contains("principal:\n      AWS: \"*\"\n"));
    }

    #[test]
    fn github_is_short_only_where_it_means_the_same() {
        let gh = |sub: &str| {
            short(&format!(
                r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111111111111:oidc-provider/{GITHUB}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}},"StringLike":{{"{GITHUB}:sub":{sub}}}}}}}"#
            ))
            .unwrap()
        };
        assert_eq!(gh(r#""repo:acme/app:*""#), "trust:\n  - github:\n      repository: acme/app\n      any: true\n");
        // StringLike without a wildcard is not what the short form makes.
        assert!(gh(r#""repo:acme/app:ref:refs/heads/main""#).contains("condition:\n      StringLike:"));
    }

    #[test]
    fn the_project_of_every_hcp_organization_has_a_name_with_a_space() {
        let text = short(
            r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/app.terraform.io"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"},"StringLike":{"app.terraform.io:sub":"organization:acme:project:Default Project:workspace:w:run_phase:*"}}}"#,
        );
        let form = "organization: acme\n      project: Default Project\n      workspace: w\n";
        assert_eq!(text.unwrap(), format!("trust:\n  - terraform_cloud:\n      {form}"));
    }

    #[test]
    fn pods_are_short_where_all_three_tags_are_tested() {
        let pods = |cluster: &str, account: &str, actions: &str| {
            short(&format!(
                r#"{{"Effect":"Allow","Principal":{{"Service":"pods.eks.amazonaws.com"}},"Action":{actions},"Condition":{{"StringEquals":{{{cluster},"aws:RequestTag/kubernetes-namespace":"apps"{account}}}}}}}"#
            ))
            .unwrap()
        };
        let (arn, name) = (
            r#""aws:RequestTag/eks-cluster-arn":"arn:aws:eks:eu-west-1:111111111111:cluster/c""#,
            r#""aws:RequestTag/eks-cluster-name":"c""#,
        );
        let account = r#","aws:RequestTag/kubernetes-service-account":"web""#;
        let both = r#"["sts:AssumeRole","sts:TagSession"]"#;
        let rest = "      namespace: apps\n      service_account: web\n";
        let head = "trust:\n  - eks_pod_identity:\n      cluster: ";
        assert_eq!(pods(name, account, both), format!("{head}c\n{rest}"));
        assert_eq!(pods(arn, account, both), format!("{head}arn:${{partition}}:eks:eu-west-1:${{account_id}}:cluster/c\n{rest}"));
        for other in [pods(name, "", both), pods(name, account, r#""sts:AssumeRole""#), pods(name, r#","a:b":"c""#, both)] {
            assert!(other.contains("- service: pods.eks.amazonaws.com"), "{other}");
        }
    }

    #[test]
    fn what_no_short_form_says_is_left_to_the_document() {
        assert!(short(r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#).is_none());
        assert!(short(r#"{"Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#).is_none());
        let odd = r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"a:b":"x","A:B":"x"}}}"#;
        assert!(short(odd).is_none());
    }
}
