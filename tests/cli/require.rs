//! `require:` of the project file, through the binary: what declared entities must have, and where it is said.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn project(require: &str, specs: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("specs")).unwrap();
    let head = "version: 1\nstack: t\ndefault_account: local\n";
    fs::write(directory.path().join("iamctl.yaml"), format!("{head}{require}\n")).unwrap();
    fs::write(directory.path().join("specs/main.yaml"), format!("version: 1\n{specs}")).unwrap();
    directory
}

/// Messages of `validate`, each with its place.
fn messages(require: &str, specs: &str) -> Vec<String> {
    let directory = project(require, specs);
    let (_, out, err) = run(directory.path(), &["validate", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let found = json["findings"].as_array().unwrap().iter();
    found
        .map(|f| format!("{}:{}:{} {}", f["file"].as_str().unwrap(), f["line"], f["column"], f["message"].as_str().unwrap()))
        .collect()
}

const TRUST: &str = "trust: [{service: ec2.amazonaws.com}]";
const DOCUMENT: &str =
    "document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]}";

#[test]
fn every_command_that_reads_specs_refuses_what_lacks_something() {
    let directory = project("require: {permissions_boundary: aws/PowerUserAccess}", &format!("roles:\n  a:\n    {TRUST}\n"));
    for args in [&["validate"][..], &["lint"], &["plan"], &["apply", "--yes"]] {
        let (code, out, err) = run(directory.path(), args);
        let all = format!("{out}{err}");
        assert_eq!(code, 3, "{args:?}: {all}");
        assert!(
            all.contains(
                "error[required]: role `a` declares no permissions boundary, and the project requires `aws/PowerUserAccess`"
            ),
            "{all}"
        );
        assert!(
            all.contains("specs/main.yaml:3:3") && all.contains("help: write `permissions_boundary: aws/PowerUserAccess`"),
            "{all}"
        );
    }
    assert!(!directory.path().join(".iamctl/account.json").exists(), "nothing was made");
}

#[test]
fn a_boundary_may_be_a_name_an_aws_policy_or_a_pattern_of_arns() {
    let role = |boundary: &str| {
        format!(
            "roles:\n  a:\n    {TRUST}\n    permissions_boundary: {boundary}\npolicies:\n  Bound:\n    path: /b/\n    {DOCUMENT}\n"
        )
    };
    let met = |required: &str, boundary: &str| {
        messages(&format!("require: {{permissions_boundary: {required}}}"), &role(boundary)).is_empty()
    };
    assert!(met("[Bound]", "bound") && met("\"arn:aws:iam::*:policy/b/Bound\"", "Bound"));
    assert!(
        met("aws/PowerUserAccess", "aws/PowerUserAccess")
            && met("aws/PowerUserAccess", "\"arn:aws:iam::aws:policy/PowerUserAccess\"")
    );
    assert!(met("aws/job-function/SystemAdministrator", "aws/job-function/SystemAdministrator"));
    assert!(
        met("[Other, Bound]", "Bound")
            && met("\"arn:aws:iam::*:policy/org-*\"", "\"arn:aws:iam::111111111111:policy/org-bound\"")
    );
    assert!(!met("Bound", "aws/PowerUserAccess") && !met("Bound", "none") && !met("aws/PowerUserAccess", "Bound"));
    assert!(
        !met("aws/PowerUserAccess", "\"arn:aws:iam::111111111111:policy/PowerUserAccess\""),
        "a policy of the same name in an account is not AWS's"
    );
    let taken_off = messages("require: {permissions_boundary: Bound}", &role("none"));
    assert_eq!(
        taken_off,
        ["specs/main.yaml:3:3 role `a` has its permissions boundary removed, and the project requires `Bound`"]
    );
}

#[test]
fn tags_path_and_name_are_asked_of_each_kind_and_defaults_meet_them() {
    let specs = format!(
        "roles:\n  ml-a:\n    {TRUST}\n    tags: {{TEAM: x}}\n    path: /ml/x/\n  b:\n    {TRUST}\npolicies:\n  ml-p:\n    {DOCUMENT}\nusers:\n  old:\n  ml-new:\n    create: true\n    path: /ml/\n    tags: {{team: x}}\ngroups:\n  g: {{}}\nsaml_providers: {{}}\n"
    );
    let require = "require: {tags: [team], path: /ml/, name: \"ml-*\"}";
    let found = messages(require, &specs);
    assert_eq!(
        found,
        [
            "specs/main.yaml:7:3 role `b` has no tag `team`, and the project requires it",
            "specs/main.yaml:7:3 the name of role `b` is not `ml-*`, as the project requires",
            "specs/main.yaml:7:3 the path of role `b` is `/` and does not begin with `/ml/`, as the project requires",
            "specs/main.yaml:10:3 policy `ml-p` has no tag `team`, and the project requires it",
            "specs/main.yaml:10:3 the path of policy `ml-p` is `/` and does not begin with `/ml/`, as the project requires",
        ],
        "a role's tag keys ignore case, users that are not created and groups are not asked"
    );
    let met = messages(&format!("{require}\ndefaults: {{tags: {{team: ml}}, path: /ml/}}"), &specs);
    assert_eq!(met, ["specs/main.yaml:7:3 the name of role `b` is not `ml-*`, as the project requires"]);
    let groups = messages("require: {groups: {name: \"ml-*\", path: [/a/, /b/]}}", &specs);
    assert_eq!(groups.len(), 2, "{groups:?}");
}

#[test]
fn an_account_may_ask_for_more_or_less_key_by_key() {
    let specs = format!("roles:\n  a:\n    {TRUST}\n");
    let require = "require: {tags: [team], path: /ml/}\naccounts:\n  lax: {embedded: l.json, require: {tags: []}}\n  strict: {embedded: s.json, require: {roles: {name: \"x-*\"}}}\n";
    let directory = project(require, &specs);
    let count = |account: &str| {
        let (_, out, _) = run(directory.path(), &["validate", "--format", "json", "--account", account]);
        serde_json::from_str::<Value>(&out).unwrap()["findings"].as_array().unwrap().len()
    };
    assert_eq!((count("local"), count("lax"), count("strict")), (2, 1, 3));
}

#[test]
fn what_templates_make_is_asked_too_and_stands_at_its_use() {
    let specs = "use:\n  - template: sagemaker/training\n    name: train\n";
    let found = messages("require: {permissions_boundary: aws/PowerUserAccess}", specs);
    assert!(found.iter().any(|m| m.starts_with("specs/main.yaml:3:5 role `train`")), "{found:?}");
    let directory = project("require: {permissions_boundary: aws/PowerUserAccess}", specs);
    let (code, out, err) = run(directory.path(), &["check", "role/none", "--for", "sagemaker/training"]);
    assert!(
        code != 3 || !format!("{out}{err}").contains("the project requires"),
        "a check compares, and declares nothing: {out}{err}"
    );
}

#[test]
fn a_requirement_that_means_nothing_is_an_error_of_the_project_file() {
    for (require, message) in [
        ("{policies: {permissions_boundary: x}}", "policies have no permissions boundary"),
        ("{groups: {tags: [team]}}", "groups cannot have tags"),
        ("{path: ml}", "path"),
        ("{tags: [\"aws:x\"]}", "aws:"),
        ("{name: \"\"}", "an empty text requires nothing"),
        ("{path: \"/${var.x}/\"}", "variables mean nothing under `require`"),
        ("{boundary: x}", "boundary"),
    ] {
        let directory = project(&format!("require: {require}"), "");
        let (code, _, err) = run(directory.path(), &["validate"]);
        assert!(code == 3 && err.contains(message) && err.contains("iamctl.yaml:4:"), "{require}: {err}");
    }
}
