//! `iamctl graph` as users run it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::support::markup;

const SPEC: &str = r#"version: 1
policies:
  Reader: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}
roles:
  app: {trust: [{service: lambda.amazonaws.com}], managed_policies: [Reader], permissions_boundary: aws/PowerUserAccess}
  ops: {trust: [{aws: "${account_id}", mfa: true}], managed_policies: [aws/AdministratorAccess]}
users:
  ann: {create: true, inline_policies: {Assume: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}]}}}
groups:
  team: {managed_policies: [Reader], users: [ann]}
"#;

fn project() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("specs")).unwrap();
    let text = "version: 1\nstack: lab\naccounts: {main: {embedded: account.json}}\ndefault_account: main\n";
    fs::write(dir.path().join("iamctl.yaml"), text).unwrap();
    fs::write(dir.path().join("specs/a.yaml"), SPEC).unwrap();
    dir
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(dir).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn specs_alone_are_drawn_as_mermaid() {
    let dir = project();
    let (code, out, err) = run(dir.path(), &["graph"]);
    assert_eq!(code, 0, "{err}");
    let expected = "flowchart LR
  n0([\"account<br/>000000000000\"])
  n1[/\"AWS managed policy<br/>AdministratorAccess\"/]
  n2[/\"AWS managed policy<br/>PowerUserAccess\"/]
  n3[[\"group<br/>team\"]]
  n4([\"service<br/>lambda.amazonaws.com\"])
  n5[/\"policy<br/>Reader\"/]
  n6[\"role<br/>app\"]
  n7[\"role<br/>ops\"]
  n8[\"user<br/>ann\"]
  n0 -. if .-> n7
  n3 --- n5
  n4 --> n6
  n6 -. boundary .- n2
  n6 --- n5
  n7 --> n0
  n7 --- n1
  n8 --> n0
  n8 -- member --o n3
";
    // The administrator may assume whatever trusts the account, and there is nothing but itself.
    assert_eq!(out, expected.replace("  n7 --> n0\n", ""));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is written");
}

#[test]
fn an_account_is_drawn_with_what_the_specs_would_change() {
    let dir = project();
    assert_eq!(run(dir.path(), &["apply", "--yes"]).0, 0);
    let changed = SPEC.replace("service: lambda.amazonaws.com", "service: ec2.amazonaws.com").replace("  ops:", "  admins:");
    fs::write(dir.path().join("specs/a.yaml"), changed).unwrap();
    let before = fs::read(dir.path().join("account.json")).unwrap();
    for against in ["account", "account.json"] {
        let (code, out, err) = run(dir.path(), &["graph", "--against", against, "--format", "dot"]);
        assert_eq!(code, 0, "{err}");
        let line = |name: &str| {
            let found = out.lines().find(|l| l.contains(&format!("\\n{name}\"")));
            found.unwrap_or_else(|| panic!("{name} in {out}")).to_owned()
        };
        let (added, removed, altered) = ("#1a7f37", "#cf222e", "#bf8700");
        assert!(line("admins").contains(added) && line("ops").contains(removed) && line("app").contains(altered), "{out}");
        assert!(line("ec2.amazonaws.com").contains(added) && line("lambda.amazonaws.com").contains(removed), "{out}");
        assert!(!line("ann").contains('#'), "{out}");
    }
    assert_eq!(fs::read(dir.path().join("account.json")).unwrap(), before, "the account is only read");
}

#[test]
fn a_focus_keeps_what_leads_to_an_entity_and_what_it_leads_to() {
    let dir = project();
    let (code, out, err) = run(dir.path(), &["graph", "--focus", "role/OPS", "--format", "svg"]);
    assert_eq!(code, 0, "{err}");
    markup::read(&out);
    for there in [">ops<", ">ann<", ">000000000000<", ">AdministratorAccess<"] {
        assert!(out.contains(there), "{there}");
    }
    assert!(!out.contains(">team<") && !out.contains(">app<"), "{out}");
    let (code, _, err) = run(dir.path(), &["graph", "--focus", "role/op"]);
    assert_eq!(code, 64);
    assert!(err.contains("nothing of this name is in the graph") && err.contains("did you mean `role/ops`?"), "{err}");
}

#[test]
fn what_is_too_large_for_a_picture_is_said_and_may_be_drawn_in_part() {
    let dir = project();
    let roles: String = (0..500).map(|n| format!("  r{n}: {{trust: [{{service: lambda.amazonaws.com}}]}}\n")).collect();
    fs::write(dir.path().join("specs/b.yaml"), format!("version: 1\nroles:\n{roles}")).unwrap();
    let (code, out, err) = run(dir.path(), &["graph", "--format", "svg"]);
    assert_eq!((code, out.as_str()), (64, ""), "{err}");
    assert!(err.contains("cannot be read") && err.contains("--focus ADDRESS") && err.contains("--format dot"), "{err}");
    assert_eq!(run(dir.path(), &["graph", "--format", "svg", "--focus", "role/r7"]).0, 0);
    let (code, out, _) = run(dir.path(), &["graph", "--format", "dot"]);
    assert_eq!((code, out.lines().filter(|l| l.contains("->")).count()), (0, 508));
    let (_, _, err) = run(dir.path(), &["graph"]);
    assert!(err.contains("more than Mermaid draws by default"), "{err}");
}

#[test]
fn a_dump_in_which_something_was_not_read_says_what_may_be_missing() {
    let dir = project();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"path": "/", "id": "AROA1", "trust": trust});
    let snapshot = json!({"format_version": 1, "account": {"id": "000000000000", "partition": "aws"}, "roles": {"old": role}});
    fs::write(dir.path().join("seen.json"), snapshot.to_string()).unwrap();
    let (code, out, err) = run(dir.path(), &["graph", "--against", "seen.json"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("role<br/>old") && err.contains("note: the attached policies of `role/old` were not read"), "{err}");
}
