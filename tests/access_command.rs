//! `iamctl access` through the binary.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use assert_cmd::Command;
use serde_json::{Value, json};

fn document(actions: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string()
}

fn access(folder: &std::path::Path, args: &[&str]) -> (i32, Value, String) {
    let output = Command::cargo_bin("iamctl").unwrap().current_dir(folder).arg("access").args(args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    (output.status.code().unwrap(), json, text + &String::from_utf8(output.stderr).unwrap())
}

#[test]
fn two_documents_are_compared_and_the_exit_code_tells_only_of_doubt() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("old.json"), document(json!("s3:Get*"))).unwrap();
    std::fs::write(folder.path().join("new.json"), document(json!(["s3:GetObject", "s3:PutObject"]))).unwrap();
    std::fs::write(folder.path().join("odd.json"), r#"{"Statement":[{"Effect":"Allow"}]}"#).unwrap();
    let (code, found, _) = access(folder.path(), &["old.json", "new.json", "--format", "json"]);
    let change = &found["access"][0];
    assert_eq!((code, change["principal"].is_null(), change["verdict"].as_str()), (0, true, Some("new_access")));
    assert_eq!(change["gained"][0]["actions"], json!(["s3:PutObject"]));
    assert_eq!(change["gained"][0]["example"]["action"], "s3:PutObject");
    assert_eq!(change["lost"][0]["actions"], json!(["s3:Get*"]));
    let (code, found, _) = access(folder.path(), &["new.json", "new.json", "--format", "json"]);
    assert_eq!((code, found["access"][0]["verdict"].as_str()), (0, Some("no_new_access")));
    let (code, _, text) = access(folder.path(), &["old.json", "odd.json"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.starts_with("undecided: may be new access\n    statement 1 of `odd.json` cannot be understood"), "{text}");
}

#[test]
fn aws_managed_policies_and_principals_of_snapshots_are_sides_too() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = |actions: Value| {
        json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"}, "policies": {}, "users": {}, "groups": {},
            "instance_profiles": {}, "oidc_providers": {}, "saml_providers": {},
            "roles": {"ci": {"path": "/", "id": "AROAEXAMPLEEXAMPLE001", "tags": {}, "attached_policies": [],
                "trust": {"Version": "2012-10-17", "Statement": []},
                "permissions_boundary": null, "inline_policies": {"p": serde_json::from_str::<Value>(&document(actions)).unwrap()}}}})
    };
    for (name, actions) in [("a.json", json!("s3:GetObject")), ("b.json", json!("s3:*"))] {
        std::fs::write(folder.path().join(name), snapshot(actions).to_string()).unwrap();
    }
    let (code, found, text) = access(folder.path(), &["b.json#role/ci", "a.json#role/ci", "--format", "json"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!((&found["access"][0]["principal"], &found["access"][0]["verdict"]), (&json!("role/ci"), &json!("no_new_access")));
    let (code, _, text) = access(folder.path(), &["aws/AmazonS3FullAccess", "b.json#role/ci"]);
    assert_eq!(code, 0, "{text}");
    let (code, _, text) = access(folder.path(), &["aws/AmazonS3FulAccess", "b.json#role/ci"]);
    assert_eq!(code, 64);
    assert!(text.contains("did you mean `aws/AmazonS3FullAccess`?"), "{text}");
    let (code, _, text) = access(folder.path(), &["a.json#role/cy", "b.json#role/ci"]);
    assert_eq!(code, 64, "{text}");
}
