//! The templates that ship hold the facts of their source, and what they make can be applied.

use std::collections::BTreeMap;

use crate::support::specs::{ACCOUNT, resolved};
use assert_cmd::Command;
use iamctl::model::Desired;
use iamctl::names::Name;
use iamctl::policy::Document;
use serde_json::{Value, json};

fn facts() -> Value {
    let all: Value = serde_json::from_str(include_str!("../../vectors/sagemaker-role-types.json")).unwrap();
    all["role_types"].clone()
}

const TYPES: [&str; 6] = ["training", "serving", "pipeline", "feature-store", "bedrock", "hyperpod"];

/// What was asked for: scopes as the table's placeholders take them.
struct Scopes {
    with: &'static str,
    s3: Value,
    kms: Value,
    passrole: Value,
}

fn wide() -> Scopes {
    let passrole = json!(format!("arn:aws:iam::{ACCOUNT}:role/SageMaker-AutoRole-*"));
    Scopes { with: "", s3: json!("*"), kms: json!("*"), passrole }
}

fn narrow(template: &str) -> Scopes {
    let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
    Scopes {
        with: match template {
            "training" | "training-inline" | "bedrock" | "hyperpod" => {
                "s3_buckets: [a, b], kms_keys: [1234abcd-12ab-34cd-56ef-1234567890ab]"
            }
            "pipeline" => "s3_buckets: [a, b], pass_roles: worker",
            _ => "s3_buckets: [a, b]",
        },
        s3: json!(["arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        kms: json!([format!("arn:aws:kms:*:{ACCOUNT}:key/{key}")]),
        passrole: json!(format!("arn:aws:iam::{ACCOUNT}:role/worker")),
    }
}

fn instance(template: &str, name: Option<&str>, with: &str) -> Desired {
    let name = name.map_or_else(String::new, |n| format!(", name: {n}"));
    let text = format!("use: [{{template: sagemaker/{template}{name}, with: {{{with}}}}}]\n");
    resolved(&[("specs/a.yaml", &text)]).unwrap_or_else(|problems| panic!("{template}: {problems:#?}")).desired
}

fn one_or_many(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        other => other,
    }
}

/// The statements of a policy of the table, as a template writes them.
fn wanted(policy: &Value, scopes: &Scopes) -> Vec<Value> {
    policy
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| {
            let resource = match statement["resource"].as_str() {
                Some("S3") => scopes.s3.clone(),
                Some("KMS") => scopes.kms.clone(),
                Some("PASSROLE") => scopes.passrole.clone(),
                _ => statement["resource"].clone(),
            };
            json!([statement["actions"], one_or_many(resource), statement["condition"]])
        })
        .collect()
}

fn statements(document: &Document) -> Vec<Value> {
    let list = document.value()["Statement"].as_array().unwrap();
    list.iter()
        .map(|s| {
            assert_eq!(s["Effect"], "Allow");
            json!([s["Action"], one_or_many(s["Resource"].clone()), s["Condition"]])
        })
        .collect()
}

fn check_role(desired: &Desired, name: &str, fact: &Value) {
    let role = &desired.roles[&Name::new(name)];
    let statement = &role.trust.value()["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], one_or_many(fact["services"].clone()));
    assert_eq!(statement["Action"], "sts:AssumeRole");
    let condition = fact["trust_condition"].to_string().replace("ACCOUNT", ACCOUNT);
    assert_eq!(statement["Condition"], serde_json::from_str::<Value>(&condition).unwrap());
    assert_eq!(desired.roles.len(), 1);
}

#[test]
fn every_template_has_the_actions_resources_and_trust_of_the_table() {
    let facts = facts();
    for template in TYPES {
        let fact = &facts[template];
        let default = fact["role_name"].as_str().unwrap();
        for (scopes, name) in [(wide(), None), (narrow(template), Some("own-name"))] {
            let desired = instance(template, name, scopes.with);
            let name = name.unwrap_or(default);
            check_role(&desired, name, fact);
            let mut expected: BTreeMap<String, Vec<Value>> = fact["policies"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(policy, list)| (format!("{name}-{policy}"), wanted(list, &scopes)))
                .collect();
            if template == "training" {
                // Ten policies fit on a role, the table has eleven: the two of CloudWatch are one.
                let metrics = expected.remove(&format!("{name}-cloudwatch_metric_policy")).unwrap();
                let logs = expected.remove(&format!("{name}-cloudwatch_logs_policy")).unwrap();
                expected.insert(format!("{name}-cloudwatch_policy"), logs.into_iter().chain(metrics).collect());
            }
            let made: BTreeMap<String, Vec<Value>> =
                desired.policies.iter().map(|(n, p)| (n.as_str().to_owned(), statements(&p.document))).collect();
            assert_eq!(made, expected, "{template}");
            assert_eq!(desired.roles[&Name::new(name)].managed_policies.len(), expected.len(), "{template}: all are attached");
            assert!(expected.len() <= 10, "{template}: default quotas");
        }
    }
}

#[test]
fn training_inline_has_the_same_statements_without_managed_policies() {
    let facts = facts();
    let fact = &facts["training"];
    for (scopes, name) in [(wide(), None), (narrow("training-inline"), Some("own-name"))] {
        let desired = instance("training-inline", name, scopes.with);
        let name = name.unwrap_or_else(|| fact["role_name"].as_str().unwrap());
        check_role(&desired, name, fact);
        assert!(desired.policies.is_empty());
        let role = &desired.roles[&Name::new(name)];
        let expected: BTreeMap<String, Vec<Value>> =
            fact["policies"].as_object().unwrap().iter().map(|(policy, list)| (policy.clone(), wanted(list, &scopes))).collect();
        let made: BTreeMap<String, Vec<Value>> = role.inline_policies.iter().map(|(n, d)| (n.clone(), statements(d))).collect();
        assert_eq!(made, expected);
    }
}

#[test]
fn every_template_applies_on_an_empty_account_of_default_quotas_and_then_plans_to_nothing() {
    for template in TYPES.into_iter().chain(["training-inline"]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("specs")).unwrap();
        std::fs::write(folder.path().join("specs/a.yaml"), format!("use: [{{template: sagemaker/{template}}}]\n")).unwrap();
        std::fs::write(folder.path().join("iamctl.yaml"), "version: 1\nstack: t\n").unwrap();
        let run = |args: &[&str]| Command::cargo_bin("iamctl").unwrap().current_dir(folder.path()).args(args).assert();
        run(&["apply", "--yes", "--account", "local"]).success();
        run(&["plan", "--account", "local", "--detailed-exitcode"]).success();
    }
}
