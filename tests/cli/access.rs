//! `iamctl access` through the binary.

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

fn trusting(principal: Value, condition: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}]})
}

fn role(trust: &Value) -> String {
    json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"}, "policies": {}, "users": {}, "groups": {},
        "instance_profiles": {}, "oidc_providers": {}, "saml_providers": {},
        "roles": {"ci": {"path": "/", "id": "AROAEXAMPLEEXAMPLE001", "tags": {}, "attached_policies": [], "trust": trust,
            "permissions_boundary": null, "inline_policies": {}}}})
    .to_string()
}

#[test]
fn of_two_roles_it_is_compared_too_who_may_assume_them() {
    let folder = tempfile::tempdir().unwrap();
    let narrow = trusting(json!({"AWS": "222222222222"}), json!({"StringEquals": {"sts:ExternalId": "x"}}));
    let wide = trusting(json!({"AWS": "222222222222"}), json!({}));
    std::fs::write(folder.path().join("a.json"), role(&narrow)).unwrap();
    std::fs::write(folder.path().join("b.json"), role(&wide)).unwrap();
    let (code, found, text) = access(folder.path(), &["a.json#role/ci", "b.json#role/ci", "--format", "json"]);
    let change = &found["access"][0];
    assert_eq!((code, change["verdict"].as_str()), (0, Some("new_access")), "{text}");
    assert_eq!(change["gained"][0]["example"]["principal"], "any principal of account 222222222222");
    assert_eq!(change["gained"][0]["resources"], json!(["arn:aws:iam::111111111111:role/ci"]));
    let (code, found, text) = access(folder.path(), &["b.json#role/ci", "a.json#role/ci", "--format", "json"]);
    assert_eq!((code, found["access"][0]["verdict"].as_str()), (0, Some("no_new_access")), "{text}");
    assert_eq!(found["access"][0]["lost"].as_array().unwrap().len(), 1, "{text}");
    // In another account the same text trusts others.
    std::fs::write(folder.path().join("c.json"), role(&narrow).replace("111111111111", "333333333333")).unwrap();
    let (code, _, text) = access(folder.path(), &["a.json#role/ci", "c.json#role/ci"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("two accounts"), "{text}");
}

#[test]
fn two_trust_policies_are_compared_by_whom_they_trust() {
    let folder = tempfile::tempdir().unwrap();
    for (name, trust) in [
        ("account.json", trusting(json!({"AWS": "222222222222"}), json!({}))),
        ("role.json", trusting(json!({"AWS": "arn:aws:iam::222222222222:role/ci"}), json!({}))),
        ("everybody.json", trusting(json!({"AWS": "*"}), json!({}))),
    ] {
        std::fs::write(folder.path().join(name), trust.to_string()).unwrap();
    }
    std::fs::write(folder.path().join("identity.json"), document(json!("s3:*"))).unwrap();
    let (code, found, text) = access(folder.path(), &["account.json", "everybody.json", "--format", "json"]);
    assert_eq!((code, found["access"][0]["verdict"].as_str()), (0, Some("new_access")), "{text}");
    let (code, found, text) = access(folder.path(), &["everybody.json", "everybody.json", "--format", "json"]);
    assert_eq!((code, found["access"][0]["verdict"].as_str()), (0, Some("no_new_access")), "{text}");
    // A role that is named itself needs no policy of its own in the account of the role that it assumes.
    let (code, _, text) = access(folder.path(), &["account.json", "role.json"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("whether the role is in account 222222222222"), "{text}");
    let (code, _, text) = access(folder.path(), &["account.json", "identity.json"]);
    assert_eq!(code, 64, "{text}");
    assert!(text.contains("`account.json` is a trust policy, and `identity.json` is none"), "{text}");
}
