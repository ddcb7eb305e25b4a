//! Saved plans, digests, and plans that have gone stale.

use iamctl::model::Operation;

use super::*;
use crate::support::project::{outcome_of, plan_of};

const SPEC: &str = r#"
policies:
  p: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
roles:
  a: {description: one, trust: [{service: ec2.amazonaws.com}], managed_policies: [p]}
  b: {description: one, trust: [{service: ec2.amazonaws.com}]}
"#;

fn saved(project: &Project) -> String {
    let file = project.path().join("plan.json").to_str().unwrap().to_owned();
    project.runs(&["plan", "--out", &file], 0);
    plan_of(&project.read("plan.json"));
    file
}

fn describe(role: &str, text: &str) -> Operation {
    Operation::UpdateRole { role_name: role.into(), description: text.to_owned(), max_session_duration: 3600 }
}

/// Nothing is written by a run that ends with this code.
fn refuses(project: &Project, args: &[&str], code: i32) -> project::Ran {
    let before = project.snapshot();
    let ran = project.runs(args, code);
    assert_eq!(project.snapshot(), before, "{args:?} writes nothing");
    ran
}

on_both! {
    a_saved_plan_is_applied_as_it_is(project, "600000000061") {
        project.spec(SPEC);
        let file = saved(&project);
        // The specs may change meanwhile: the plan is what was reviewed.
        project.spec("roles: {other: {trust: [{service: ec2.amazonaws.com}]}}");
        let ran = project.runs(&["apply", &file, "--yes", "--format", "json"], 0);
        assert_eq!(outcome_of(&ran.out)["done"].as_array().unwrap().len(), 4);
        project.spec(SPEC);
        project.is_settled(&[]);
    }

    a_saved_plan_is_refused_when_what_it_changes_has_changed(project, "600000000062") {
        project.spec(SPEC);
        project.settle();
        project.spec(&SPEC.replace("description: one", "description: two"));
        let file = saved(&project);
        project.others(&[describe("a", "by hand")]);
        let ran = refuses(&project, &["apply", &file, "--yes"], 5);
        assert!(ran.err.contains("role/a") && ran.err.contains("stale"), "{}", ran.err);
        assert!(!ran.err.contains("role/b"), "{}", ran.err);
    }

    a_saved_plan_is_refused_when_a_role_was_made_anew_under_its_name(project, "600000000063") {
        project.spec("roles: {b: {description: one, trust: [{service: ec2.amazonaws.com}]}}");
        project.settle();
        project.spec("roles: {b: {description: two, trust: [{service: ec2.amazonaws.com}]}}");
        let file = saved(&project);
        project.others(&[
            Operation::DeleteRole { role_name: "b".into() },
            Operation::CreateRole {
                role_name: "b".into(),
                path: "/".to_owned(),
                assume_role_policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#.to_owned(),
                description: Some("one".to_owned()),
                max_session_duration: None,
                permissions_boundary: None,
                tags: [("iamctl:stack".to_owned(), "lab".to_owned())].into(),
            },
        ]);
        let ran = refuses(&project, &["apply", &file, "--yes"], 5);
        assert!(ran.err.contains("role/b"), "{}", ran.err);
    }

    a_saved_plan_is_refused_when_a_name_is_taken_that_it_makes(project, "600000000064") {
        project.spec(SPEC);
        let file = saved(&project);
        project.others(&[Operation::CreateRole {
            role_name: "b".into(),
            path: "/".to_owned(),
            assume_role_policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#.to_owned(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Default::default(),
        }]);
        refuses(&project, &["apply", &file, "--yes"], 5);
    }

    a_saved_plan_minds_nothing_that_it_does_not_depend_on(project, "600000000065") {
        project.spec(SPEC);
        project.settle();
        project.spec(&SPEC.replace("a: {description: one", "a: {description: two"));
        let file = saved(&project);
        project.others(&[describe("b", "by hand")]);
        project.runs(&["apply", &file, "--yes"], 0);
        // Applied once, it is stale.
        refuses(&project, &["apply", &file, "--yes"], 5);
    }

    a_digest_is_expected_and_compared(project, "600000000066") {
        project.spec(SPEC);
        let digest = project.plan(&[])["digest"].as_str().unwrap().to_owned();
        let other = format!("sha256:{}", "0".repeat(64));
        let ran = refuses(&project, &["apply", "--yes", "--expect-digest", &other], 5);
        assert!(ran.err.contains(&digest), "{}", ran.err);
        project.runs(&["apply", "--yes", "--expect-digest", &digest], 0);
        let ran = project.runs(&["plan"], 0);
        assert!(!ran.out.contains(&digest), "another account, another digest");
    }
}

#[test]
fn a_plan_that_was_edited_is_refused() {
    let project = Project::embedded();
    project.spec(SPEC);
    let file = saved(&project);
    let text = project.read("plan.json");
    project.write("plan.json", &text.replace("ec2.amazonaws.com", "lambda.amazonaws.com"));
    // Any edit of a saved plan is exit 5 (docs/exit-codes.md).
    let ran = refuses(&project, &["apply", &file, "--yes"], 5);
    assert!(ran.err.contains("plan.json"), "{}", ran.err);
    project.write("plan.json", "{}");
    refuses(&project, &["apply", &file, "--yes"], 1);
}

#[test]
fn a_saved_plan_of_another_account_is_refused() {
    let project = Project::embedded();
    project.spec(SPEC);
    let file = saved(&project);
    let mut other = Project::embedded();
    other.set_extra("  # another account\n");
    other.write(
        "iamctl.yaml",
        "version: 1\nstack: lab\ndefault_account: main\naccounts: {main: {embedded: .iamctl/account.json}}\n",
    );
    other.write(".iamctl/account.json", r#"{"format_version": 1, "account": {"id": "222222222222", "partition": "aws"}}"#);
    let ran = refuses(&other, &["apply", &file, "--yes"], 1);
    assert!(ran.err.contains("000000000000") && ran.err.contains("222222222222"), "{}", ran.err);
}

#[test]
fn flags_that_shape_a_plan_are_refused_beside_a_saved_one() {
    let project = Project::embedded();
    project.spec(SPEC);
    let file = saved(&project);
    for flags in [&["--adopt"][..], &["--target", "role/a"], &["--var", "x=y"], &["--max-deletes", "3"]] {
        let args = [&["apply", &file, "--yes"], flags].concat();
        let ran = refuses(&project, &args, 64);
        assert!(ran.err.contains(flags[0]), "{}", ran.err);
    }
}
