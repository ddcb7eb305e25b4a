//! `test` over several accounts: which are tested, what is printed once, and what an account that cannot be read does.

use serde_json::Value;

use super::{files, run};

const PROJECT: &str = r#"version: 1
stack: s
default_account: hub
accounts:
  hub: {id: "111111111111", embedded: hub.json}
  dev: {id: "222222222222", embedded: dev.json}
  prod: {id: "333333333333", embedded: prod.json}
"#;

const SPECS: &str = r#"version: 1
roles:
  app:
    accounts: [dev, prod]
    trust: [{service: lambda.amazonaws.com}]
    inline_policies:
      Own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::data-${account_id}/*"}]}
  ops:
    trust: [{aws: "${account_id}"}]
    inline_policies: {Own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}
tests:
  - name: reads
    principal: role/app
    expect: {allowed: [{action: "s3:GetObject", resource: "arn:aws:s3:::data-${account_id}/x"}]}
  - name: does not write
    principal: role/ops
    expect: {denied: [{action: "s3:PutObject", resource: "arn:aws:s3:::data-${account_id}/x"}]}
"#;

#[test]
fn all_accounts_are_tested_and_what_is_the_same_is_printed_once() {
    let directory = files(&[("iamctl.yaml", PROJECT), ("specs/a.yaml", SPECS)]);
    let (code, out, err) = run(directory.path(), &["test"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.starts_with("accounts `dev`, `hub`, `prod`: all of the project"), "{err}");
    assert_eq!(
        out,
        "passed  reads (1 case)  in dev, prod\n\
         failed  does not write (1 case)\n    \
             specs/a.yaml:17:23: expected denied, and it is allowed: role/ops asks s3:PutObject on arn:aws:s3:::data-222222222222/x\n        \
                 allowed by statement 1 of role/ops/inline/Own, specs/a.yaml:10:64\n\
         skipped  reads (role/app is not declared for account hub)  in hub\n\
         6 tests in 3 accounts, 5 cases: 2 passed, 3 failed, 1 skipped\n"
    );
    let (code, out, _) = run(directory.path(), &["test", "--account", "dev"]);
    assert_eq!((code, out.lines().last()), (3, Some("2 tests, 2 cases: 1 passed, 1 failed")));
}

#[test]
fn each_result_names_its_account_and_a_statement_is_reached_where_one_account_reaches_it() {
    let directory = files(&[("iamctl.yaml", PROJECT), ("specs/a.yaml", SPECS)]);
    let (_, out, _) = run(directory.path(), &["test", "--select", "hub", "--select", "prod", "--coverage", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let tests = report["tests"].as_array().unwrap().iter();
    let tests: Vec<String> = tests.map(|t| format!("{} {} {}", t["account"], t["name"], t["outcome"])).collect();
    assert_eq!(
        tests,
        [
            r#""hub" "does not write" "failed""#,
            r#""hub" "reads" "skipped""#,
            r#""prod" "reads" "passed""#,
            r#""prod" "does not write" "failed""#,
        ]
    );
    assert_eq!((&report["coverage"]["statements"], &report["coverage"]["reached"]), (&4.into(), &2.into()));
}

#[test]
fn an_account_that_cannot_be_read_stops_no_other() {
    let directory = files(&[("iamctl.yaml", PROJECT), ("specs/a.yaml", SPECS), ("dev.json", "garbage")]);
    let all = ["test", "--select", "all", "--from-account"];
    let (code, out, _) = run(directory.path(), &all);
    assert_eq!(code, 1);
    assert!(out.contains("failed  no test ran: the embedded account") && out.contains("  in dev\n"), "{out}");
    assert!(out.ends_with("4 tests in 3 accounts, 3 cases: 1 passed, 2 failed, 1 skipped, 1 account not read\n"), "{out}");
    let (_, out, _) = run(directory.path(), &[&all[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["unread_accounts"][0]["account"], "dev");
    let (_, out, _) = run(directory.path(), &[&all[..], &["--format", "junit"]].concat());
    assert!(out.contains(r#"<testsuite name="iamctl test: dev" tests="1" skipped="0" errors="1" failures="0">"#), "{out}");
}

#[test]
fn faults_of_specs_are_printed_once_and_flags_that_contradict_are_refused() {
    let broken = SPECS.replace("service: lambda.amazonaws.com", "service: lambda.amazonaws.com, wrong: 1");
    let directory = files(&[("iamctl.yaml", PROJECT), ("specs/a.yaml", &broken)]);
    let (code, out, err) = run(directory.path(), &["test"]);
    assert_eq!((code, out.as_str(), err.matches("error[").count()), (3, "", 1), "{err}");
    let (code, _, err) = run(directory.path(), &["test", "--select", "all", "--against", "dev.json"]);
    assert_eq!(code, 64);
    assert!(err.contains("`--against` is a file of one account, and `--select` chooses several"), "{err}");
}
