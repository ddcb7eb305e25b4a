//! One plan of many accounts: the first line, folded changes, how each account stands; in every format and as files.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use super::{files, run};

/// Spokes that differ in one variable, one with a role of its own, one whose specs are broken, one whose file is broken.
pub fn organisation(spokes: usize) -> tempfile::TempDir {
    let mut accounts = String::new();
    let mut vars = String::new();
    for i in 0..spokes {
        let comma = if i > 0 { ",\n" } else { "" };
        write!(accounts, r#"{comma}{{"id": "1000000000{i:02}", "name": "org-{i:02}", "ou": "/Work", "state": "ACTIVE"}}"#)
            .unwrap();
        writeln!(vars, "  org-{i:02}: {{vars: {{bucket: data-{i:02}}}}}").unwrap();
    }
    let project = format!(
        "version: 1\nstack: s\ndefault_account: org-00\naccounts_from: {{file: accounts.json, embedded: \"state/${{account}}.json\"}}\naccounts:\n{vars}"
    );
    let listed = format!("{{\"format_version\": 1, \"accounts\": [\n{accounts}\n]}}\n");
    let specs = r#"version: 1
roles:
  reader:
    trust: [{service: ec2.amazonaws.com}]
    inline_policies:
      Read: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::${var.bucket}/${account_id}/*"}]}
  own: {accounts: [org-01], trust: [{service: lambda.amazonaws.com}]}
  wrong: {accounts: [org-02], trust: [{service: lambda.amazonaws.com}], managed_policies: [Nope]}
"#;
    let directory = files(&[("iamctl.yaml", &project), ("accounts.json", &listed), ("specs/a.yaml", specs)]);
    fs::create_dir(directory.path().join("state")).unwrap();
    fs::write(directory.path().join("state/org-03.json"), "{").unwrap();
    directory
}

const FIRST: &str = "18 of 20 accounts change; new access in 18, for 19 principals: ";

#[test]
fn equal_changes_fold_and_every_account_is_accounted_for() {
    let directory = organisation(20);
    let (code, out, err) = run(directory.path(), &["plan", "--select", "all"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with(FIRST) && out.lines().next().unwrap().ends_with("; 1 failed, 1 unreachable"), "{out}");
    assert!(
        out.contains(
            "The same in 17 accounts, each with its own id, name and variables: org-00 (100000000000), org-04 (1000000000"
        ),
        "{out}"
    );
    assert_eq!(
        out.matches("role/reader  create").count(),
        2,
        "one block for 17 accounts, one for the account that differs: {out}"
    );
    assert!(out.contains("Account org-01 (100000000001), stack s"), "{out}");
    assert!(out.contains("   18 changes  org-00, org-01, org-04, "), "{out}");
    assert!(out.contains("        org-02 (100000000002): no spec declares a policy `Nope`\n"), "{out}");
    assert!(out.contains("        org-03 (100000000003): the embedded account `"), "{out}");
    let again = run(directory.path(), &["plan", "--select", "all", "--parallel", "1"]);
    assert_eq!(again.1, out, "the same bytes, however many are read at once");
}

#[test]
fn comments_pages_and_json_say_the_same() {
    let directory = organisation(20);
    let print = |format: &str| run(directory.path(), &["plan", "--select", "all", "--format", format]).1;
    let comment = print("markdown");
    assert!(comment.starts_with(&format!("<!-- iamctl:plan:s -->\n### 🛑 {FIRST}")), "{comment}");
    assert!(comment.contains("17 accounts with the same result: `org-00` (100000000000), `org-04` (100000000004)"), "{comment}");
    assert!(comment.contains("- ❌ `org-02` failed: no spec declares a policy `Nope`"), "{comment}");
    assert!(comment.len() < 65_536);
    let page = print("html");
    assert!(page.contains("18 of 20 accounts change") && page.contains("<title>Plan of 20 accounts</title>"), "{page}");
    assert_eq!(page.matches("<tr data-f=").count(), 20);
    let json: Value = serde_json::from_str(&print("json")).unwrap();
    let fleet = &json["fleet"];
    assert_eq!(json["accounts"].as_array().unwrap().len(), 2, "folded");
    assert_eq!(fleet["groups"][0]["accounts"].as_array().unwrap().len(), 17);
    assert_eq!(fleet["totals"], serde_json::json!({"changes": 18, "failed": 1, "unreachable": 1}));
    let schema: Value = serde_json::from_str(&run(directory.path(), &["schema", "review"]).1).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&json).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn plans_are_saved_beside_one_file_for_all() {
    let directory = organisation(6);
    let args = ["plan", "--select", "all", "--out", "plans", "--format", "json"];
    let (_, out, err) = run(directory.path(), &args);
    assert!(err.contains("saved in plans"), "{err}");
    let fleet: Value = serde_json::from_str(&fs::read_to_string(directory.path().join("plans/fleet.json")).unwrap()).unwrap();
    let printed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(fleet, printed["fleet"]);
    let schema: Value = serde_json::from_str(&run(directory.path(), &["schema", "fleet"]).1).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&fleet), "{fleet}");
    let saved: Value =
        serde_json::from_str(&fs::read_to_string(directory.path().join("plans/org-00.plan.json")).unwrap()).unwrap();
    assert_eq!(saved["digest"], fleet["accounts"][0]["digest"]);
    assert!(!directory.path().join("plans/org-02.plan.json").exists(), "a plan with errors is not saved");
    // The same again is the same; what somebody else put there is not touched.
    let before = fs::read(directory.path().join("plans/fleet.json")).unwrap();
    run(directory.path(), &args);
    assert_eq!(fs::read(directory.path().join("plans/fleet.json")).unwrap(), before);
    fs::write(directory.path().join("plans/notes.txt"), "mine").unwrap();
    let (code, _, err) = run(directory.path(), &args);
    assert!(code == 64 && err.contains("`plans` holds `notes.txt`, which is not a plan"), "{err}");
    assert_eq!(fs::read(directory.path().join("plans/fleet.json")).unwrap(), before);
}

#[test]
fn a_file_of_one_account_is_not_a_plan_of_many() {
    let directory = organisation(3);
    let (code, _, err) = run(directory.path(), &["plan", "--select", "all", "--against", "state/org-00.json"]);
    assert!(code == 64 && err.contains("`--against` is a file of one account"), "{err}");
}

#[test]
fn a_review_counts_accounts_that_leave_the_file_as_a_weaker_control() {
    let (base, head) = (organisation(2), organisation(2));
    let path = head.path().join("accounts.json");
    let listed = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        listed.replace(
            r#""name": "org-01", "ou": "/Work", "state": "ACTIVE""#,
            r#""name": "org-01", "ou": "/Work", "state": "SUSPENDED""#,
        ),
    )
    .unwrap();
    let args = ["review", "--base", base.path().to_str().unwrap(), "--format", "json"];
    let (code, out, err) = run(head.path(), &args);
    assert_eq!(code, 3, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let notice = &report["notices"][0];
    assert_eq!((&notice["kind"], &notice["subject"]), (&"control".into(), &"accounts_from".into()), "{report:#}");
    assert!(notice["message"].as_str().unwrap().starts_with("`org-01` left the accounts file"), "{notice}");
}
