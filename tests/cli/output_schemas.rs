//! What commands print as JSON is as `iamctl schema` says, and the schemas would notice if it were not.

use crate::support::project::Project;
use serde_json::{Value, json};

const SPEC: &str = r#"
policies:
  Read: {document: {Version: "2012-10-17", Statement: [{Sid: Get, Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}, {Effect: Deny, Action: "*", Resource: "arn:aws:s3:::b/x"}]}}
roles:
  reader: {trust: [{service: ec2.amazonaws.com}], managed_policies: [Read], permissions_boundary: aws/PowerUserAccess}
  admin: {trust: [{aws: "999999999999"}], managed_policies: [aws/AdministratorAccess]}
tests:
  - name: reads
    principal: role/reader
    expect: {allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::b/k"}], implicitly_denied: [{action: [s3:PutObject, sqs:ListQueues]}]}
  - name: wrong
    principal: role/reader
    expect: {allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::b/x"}]}
  - name: assumed
    assume: role/reader
    expect: {denied: [{aws: "arn:aws:iam::999999999999:root"}]}
"#;

fn valid(schema: &str, value: &Value) {
    let text = std::fs::read_to_string(format!("{}/schema/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?}\n{value:#}");
    // A member that nobody knows is noticed.
    let mut odd = value.clone();
    odd["odd"] = json!(1);
    assert!(!validator.is_valid(&odd), "{schema} takes anything");
}

#[test]
fn outputs_are_valid_by_their_schemas() {
    let project = Project::embedded();
    project.spec(SPEC);
    let run = |args: &[&str], code: i32| -> Value {
        serde_json::from_str(&project.runs(&[args, &["--format", "json"]].concat(), code).out).unwrap()
    };
    let tests = run(&["test", "--coverage"], 3);
    valid("test", &tests);
    assert_eq!(tests["summary"]["failed"], 1);
    let mut odd = tests.clone();
    odd["tests"][0]["cases"][0]["odd"] = json!(1);
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/test.schema.json")).unwrap())
            .unwrap();
    assert!(!jsonschema::is_valid(&schema, &odd), "a case has no members but its own");
    let ask = ["simulate", "--principal", "role/reader", "--action", "s3:GetObject", "--resource"];
    for (resource, code) in [("arn:aws:s3:::b/k", 0), ("arn:aws:s3:::b/x", 0), ("arn:aws:s3:::other", 0)] {
        valid("simulate", &run(&[&ask[..], &[resource]].concat(), code));
    }
    valid("findings", &run(&["lint", "--fail-on", "note"], 3));
    valid("findings", &run(&["validate"], 0));
    valid("access", &run(&["access", "aws/ReadOnlyAccess", "aws/AmazonS3FullAccess"], 0));
    valid("access", &run(&["access", "aws/AmazonS3ReadOnlyAccess", "aws/AmazonS3ReadOnlyAccess"], 0));
    run(&["apply", "--yes", "--allow-failing-tests"], 0);
    for (role, code) in [("role/reader", 3), ("role/admin", 3), ("role/nobody", 3), ("caller", 7)] {
        valid("check", &run(&["check", role, "--for", "sagemaker/training"], code));
    }
    valid("check", &run(&["check", "role/admin", "--for", "hyperpod-cli"], 0));
    project.spec("roles: {x: {trust: 7}}\n");
    valid("findings", &run(&["validate"], 3));
}
