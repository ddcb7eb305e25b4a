//! Commands that need no action catalogue leave it packed. What is unpacked stays so for the whole process, so the test runs alone in a
//! process of its own.

use std::ffi::OsString;

use iamctl::catalogue;
use iamctl::cli::{self, Exit};

use crate::support::alone;

const SPEC: &str = r#"version: 1
policies:
  Read:
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}]}
roles:
  reader:
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [Read, aws/AmazonSQSReadOnlyAccess]
"#;

/// Beside it later: a plan runs the tests too, and a test asks whether its actions exist.
const TESTS: &str = r#"version: 1
tests:
  - name: reads b
    principal: role/reader
    expect:
      allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::b/k"}, {action: sqs:ListQueues}]
      denied: [{action: s3:PutObject, resource: "arn:aws:s3:::b/k"}]
"#;

#[test]
fn validating_and_an_empty_plan_leave_the_catalogue_packed() {
    let output = alone::command(concat!(module_path!(), "::child")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("test result: ok. 1 passed"), "{said}");
}

#[test]
#[ignore = "needs a process of its own: the test above runs it in one"]
fn child() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("iamctl.yaml");
    std::fs::write(&project, "version: 1\nstack: s\n").unwrap();
    std::fs::create_dir(folder.path().join("specs")).unwrap();
    std::fs::write(folder.path().join("specs/a.yaml"), SPEC).unwrap();
    let run = |args: &[&str]| {
        let head = ["iamctl", args[0], "--config", project.to_str().unwrap()];
        let all = head.iter().chain(&args[1..]).map(OsString::from);
        (cli::run(all), catalogue::unpacked())
    };
    assert_eq!(run(&["validate"]), (Exit::FINE, 0));
    // A first apply tells what access it gives, in AWS's own names of actions; that may unpack it, and so is not asked here: the account
    // is made by another process.
    let applied = std::process::Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .args(["apply", "--yes", "--config", project.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    assert_eq!(run(&["plan", "--detailed-exitcode"]), (Exit::FINE, 0));
    // The counter counts.
    std::fs::write(folder.path().join("specs/tests.yaml"), TESTS).unwrap();
    let (exit, unpacked) = run(&["test"]);
    assert!(exit == Exit::FINE && unpacked > 0, "{exit:?} {unpacked}");
}
