//! What goes over the wire: which calls, and how many.

use iamctl::model::Operation;
use serde_json::json;

use super::*;
use crate::support::project::{is_read, plan_of};

fn spec(n: usize) -> String {
    let mut text = "policies:\n".to_owned();
    for i in 0..n {
        text += &format!(
            "  p{i}: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b{i}/*\"}}]}}}}\n"
        );
    }
    text += "roles:\n";
    for i in 0..n {
        text += &format!(
            "  r{i}: {{description: role {i}, trust: [{{service: ec2.amazonaws.com}}], managed_policies: [p{i}], inline_policies: {{i: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"sqs:*\", Resource: \"*\"}}]}}}}}}\n"
        );
    }
    text
}

fn calls_of(project: &Project, args: &[&str], code: i32) -> usize {
    project.proxy().reset();
    project.runs(args, code);
    project.proxy().counts().values().sum()
}

/// The calls of a plan without changes, for N roles and N policies.
fn calls_of_a_plan(id: &str, n: usize) -> usize {
    let project = Project::moto(id);
    project.spec(&spec(n));
    project.settle();
    calls_of(&project, &["plan", "--detailed-exitcode"], 0)
}

#[test]
fn a_plan_without_changes_takes_the_pages_and_at_most_one_read_for_each_policy() {
    let (none, some) = (calls_of_a_plan("600000000031", 1), calls_of_a_plan("600000000032", 41));
    assert!(none <= 10, "{none} calls for one role and one policy");
    assert!(some - none <= 40, "{some} calls for 41 roles and policies, {none} for one of each");
}

#[test]
fn only_apply_and_destroy_write() {
    let project = Project::moto("600000000033");
    project.spec(&spec(2));
    let out = project.path().join("plan.json").to_str().unwrap().to_owned();
    let snapshot = project.path().join("account.json").to_str().unwrap().to_owned();
    let reads: &[(&[&str], i32)] = &[
        (&["validate"], 0),
        (&["validate", "--format", "json"], 0),
        (&["plan"], 0),
        (&["plan", "--detailed-exitcode"], 2),
        (&["plan", "--out", &out, "--unmanaged", "--adopt"], 0),
        (&["snapshot", "-o", &snapshot], 0),
        (&["plan", "--against", &snapshot], 0),
        (&["apply"], 64),
        (&["apply", "--yes", "--expect-digest", &format!("sha256:{:064}", 0)], 5),
        (&["destroy"], 64),
        (&["schema"], 0),
        (&["explain"], 0),
        (&["init", "elsewhere"], 0),
    ];
    let all_read = |what: &str| {
        let counts = project.proxy().counts();
        assert!(counts.keys().all(|action| is_read(action)), "{what} writes nothing: {counts:?}");
    };
    for (args, code) in reads {
        project.proxy().reset();
        project.runs(args, *code);
        all_read(&format!("{args:?}"));
    }
    project.apply();
    assert_eq!(project.proxy().count("CreateRole"), 2, "and apply does");
    for args in [&["plan", "--detailed-exitcode"][..], &["snapshot", "-o", &snapshot]] {
        project.proxy().reset();
        project.runs(args, 0);
        all_read(&format!("{args:?}"));
    }
}

#[test]
fn an_apply_makes_the_calls_of_its_plan_and_no_other_writes() {
    let project = Project::moto("600000000034");
    project.spec(&spec(3));
    let plan = project.plan(&[]);
    project.proxy().reset();
    project.apply();
    let mut expected = std::collections::BTreeMap::new();
    for call in project::calls(&plan) {
        *expected.entry(call).or_insert(0) += 1;
    }
    let mut written = project.proxy().counts();
    written.retain(|action, _| !is_read(action));
    assert_eq!(written, expected);
}

#[test]
fn another_account_than_the_pinned_one_stops_every_command_before_it_reads() {
    let project = Project::moto("600000000035");
    project.spec(&spec(1));
    let text = project.read("iamctl.yaml").replace("600000000035", "222222222222");
    project.write("iamctl.yaml", &text);
    for args in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"], &["snapshot", "-o", "x.json"]] {
        project.proxy().reset();
        let ran = project.runs(args, 1);
        assert!(ran.err.contains("222222222222") && ran.err.contains("600000000035"), "{}", ran.err);
        assert_eq!(project.proxy().counts(), [("GetCallerIdentity".to_owned(), 1)].into(), "{args:?}");
    }
    assert!(!project.path().join("x.json").exists());
}

#[test]
fn an_expected_account_is_compared_before_anything_is_read() {
    let project = Project::moto("600000000036");
    project.spec(&spec(1));
    for args in
        [&["apply", "--yes", "--expect-account", "222222222222"][..], &["destroy", "--yes", "--expect-account", "222222222222"]]
    {
        project.proxy().reset();
        let ran = project.runs(args, 1);
        assert!(ran.err.contains("--expect-account says account 222222222222"), "{}", ran.err);
        assert_eq!(project.proxy().counts(), [("GetCallerIdentity".to_owned(), 1)].into(), "{args:?}");
    }
    project.runs(&["apply", "--yes", "--expect-account", "600000000036"], 0);
}

#[test]
fn without_a_pinned_id_apply_does_not_go_ahead_without_a_question() {
    let project = Project::moto("600000000037");
    project.spec(&spec(1));
    let text = project.read("iamctl.yaml").replace("id: \"600000000037\", ", "");
    project.write("iamctl.yaml", &text);
    for args in [&["apply", "--yes"][..], &["destroy", "--yes"]] {
        project.proxy().reset();
        let ran = project.runs(args, 64);
        assert!(ran.err.contains("--expect-account"), "{}", ran.err);
        assert_eq!(project.proxy().counts(), Default::default(), "{args:?}");
    }
    project.runs(&["plan"], 0);
    project.runs(&["apply", "--yes", "--expect-account", "600000000037"], 0);
}

#[test]
fn waiting_ends_when_the_account_shows_the_result() {
    let project = Project::moto("600000000038");
    project.spec(&spec(2));
    let ran = project.runs(&["apply", "--yes", "--wait"], 0);
    assert!(ran.err.contains("the account shows the result"), "{}", ran.err);
    project.proxy().reset();
    project.runs(&["apply", "--yes", "--wait"], 0);
    assert!(project.proxy().counts().keys().all(|action| is_read(action)));
}

#[test]
fn a_plan_against_a_snapshot_is_the_plan_of_the_account_and_calls_nobody() {
    let project = Project::moto("600000000039");
    project.others(&[Operation::CreateGroup { group_name: "g".into(), path: "/".to_owned() }]);
    project.spec(&spec(2));
    project.settle();
    project.spec(&spec(1));
    let snapshot = project.path().join("snapshot.json");
    project.snapshot();
    let live = project.plan(&[]);
    project.proxy().reset();
    let offline = project.runs(&["plan", "--format", "json", "--against", snapshot.to_str().unwrap()], 0);
    let offline = plan_of(&offline.out);
    assert_eq!(project.proxy().counts(), Default::default());
    assert_eq!(offline["digest"], live["digest"]);
    assert_eq!(offline["changes"], live["changes"]);
    assert_eq!(live["summary"]["delete"], json!(2));
}
