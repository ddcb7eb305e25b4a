//! `validate` and `lint` speak for the project: every account that it configures, unless one is chosen.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn project(specs: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("specs")).unwrap();
    let accounts = "accounts:\n  prod: {id: \"111111111111\"}\n  staging: {id: \"222222222222\"}\n";
    fs::write(directory.path().join("iamctl.yaml"), format!("version: 1\nstack: t\ndefault_account: prod\n{accounts}")).unwrap();
    fs::write(directory.path().join("specs/main.yaml"), format!("version: 1\n{specs}")).unwrap();
    directory
}

const TRUST: &str = "trust: [{service: lambda.amazonaws.com}]";

/// One row: roles, then the accounts that each error names, in order; no name is every account.
const FAULTS: &[(&str, &str, &[&[&str]])] = &[
    ("a fault of the default account", "{r: {TRUST, accounts: [prod], managed_policies: [Nope]}}", &[&["prod"]]),
    ("a fault of another account", "{r: {TRUST, accounts: [staging], managed_policies: [Nope]}}", &[&["staging"]]),
    ("a fault of all accounts is said once", "{r: {TRUST, managed_policies: [Nope]}}", &[&[]]),
    (
        "two faults, each of one account",
        "{r: {TRUST, accounts: [prod], managed_policies: [A]}, s: {TRUST, accounts: [staging], managed_policies: [B]}}",
        &[&["prod"], &["staging"]],
    ),
    (
        "what differs in the account's id alone is one fault",
        "{r: {TRUST, managed_policies: [\"arn:aws:iam::${account_id}:policy/Nope\"]}}",
        &[],
    ),
    ("sound specs", "{r: {TRUST}}", &[]),
];

#[test]
fn every_account_is_looked_at_and_named_where_it_differs() {
    for (name, roles, expected) in FAULTS {
        let directory = project(&format!("roles: {}\n", roles.replace("TRUST", TRUST)));
        for command in ["validate", "lint"] {
            let (code, out, err) = run(directory.path(), &[command, "--format", "json"]);
            let json: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
            let errors = json["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == "error");
            let accounts: Vec<Vec<&str>> =
                errors.map(|f| f["accounts"].as_array().into_iter().flatten().map(|a| a.as_str().unwrap()).collect()).collect();
            assert_eq!(accounts, *expected, "{name}: {out}");
            assert_eq!(code, if expected.is_empty() { 0 } else { 3 }, "{name}: {command}");
            assert!(err.contains("accounts `prod`, `staging`: all of the project"), "{err}");
        }
    }
}

#[test]
fn a_chosen_account_is_the_only_one() {
    let directory = project(&format!("roles: {{r: {{{TRUST}, accounts: [staging], managed_policies: [Nope]}}}}\n"));
    assert_eq!(run(directory.path(), &["validate", "--account", "prod"]).0, 0);
    let (code, out, _) = run(directory.path(), &["validate", "--account", "staging"]);
    assert_eq!(code, 3);
    assert!(out.contains("no spec declares a policy `Nope`\n"), "no account is named where one was chosen: {out}");
}

#[test]
fn texts_and_formats_for_reviewers_name_the_account() {
    let directory = project(&format!("roles: {{r: {{{TRUST}, accounts: [staging], managed_policies: [Nope]}}}}\n"));
    for format in ["text", "github", "sarif"] {
        let (code, out, _) = run(directory.path(), &["validate", "--format", format]);
        assert_eq!(code, 3, "{format}");
        assert!(out.contains("no spec declares a policy `Nope` (in staging)"), "{format}: {out}");
    }
    let sound = project(&format!("roles: {{r: {{{TRUST}}}, s: {{{TRUST}, accounts: [prod]}}}}\n"));
    let (_, out, _) = run(sound.path(), &["validate"]);
    assert_eq!(out, "The specs are valid: 2 entities for account `prod`, 1 entity for account `staging`.\n");
}
