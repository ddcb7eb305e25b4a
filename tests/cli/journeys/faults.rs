//! The ways in which AWS misbehaves, and what a user sees of them.

use std::collections::BTreeMap;
use std::time::Duration;

use iamctl::model::Operation;
use serde_json::{Value, json};

use super::*;
use crate::support::project::{is_read, outcome_of, plan_of};
use crate::support::proxy::Fault;

const SPEC: &str = r#"
policies:
  p: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
roles:
  a: {trust: [{service: ec2.amazonaws.com}], managed_policies: [p]}
  b: {trust: [{service: ec2.amazonaws.com}], managed_policies: [aws/AmazonS3ReadOnlyAccess]}
"#;

fn denied(action: &str) -> Fault {
    let message = format!("User: arn:aws:sts::600000000000:assumed-role/test/test is not authorized to perform: iam:{action}");
    Fault::Error { status: 403, code: "AccessDenied", message }
}

fn writes(project: &Project) -> Vec<String> {
    project.proxy().counts().into_keys().filter(|action| !is_read(action)).collect()
}

fn list<'a>(outcome: &'a Value, key: &str) -> Vec<&'a str> {
    outcome[key].as_array().unwrap().iter().map(|step| step["operation"].as_str().unwrap()).collect()
}

#[test]
fn throttled_calls_are_made_again_until_all_is_done() {
    let project = Project::moto("600000000041");
    project.spec(SPEC);
    for action in ["GetAccountAuthorizationDetails", "CreatePolicy", "CreateRole", "AttachRolePolicy"] {
        project.proxy().fault(action, 2, Fault::Throttle);
    }
    project.settle();
}

#[test]
fn lost_answers_and_broken_servers_leave_the_account_as_wanted() {
    let project = Project::moto("600000000042");
    project.spec(SPEC);
    project.proxy().fault("CreatePolicy", 1, Fault::LoseAnswer);
    project.proxy().fault("CreateRole", 1, Fault::LoseAnswer);
    project.proxy().fault("CreateRole", 1, Fault::Html500);
    project.proxy().fault("AttachRolePolicy", 1, Fault::Drop);
    let outcome = project.apply();
    assert_eq!(outcome["done"].as_array().unwrap().len(), 5);
    assert!(outcome.to_string().contains("already done by an attempt whose answer was lost"), "{outcome:#}");
    project.is_settled(&[]);
    let left = project.snapshot();
    assert_eq!(left["roles"].as_object().unwrap().len(), 2, "nothing was made twice");
}

#[test]
fn a_read_that_is_denied_makes_the_plan_incomplete_and_it_is_never_applied() {
    let project = Project::moto("600000000043");
    project.spec(SPEC);
    project.settle();
    project.spec(&SPEC.replace("GetObject", "PutObject"));
    // Tags of policies: whose a policy is cannot be known without them.
    for action in ["ListPolicyTags", "GetPolicy"] {
        project.proxy().fault(action, usize::MAX, denied(action));
    }
    project.proxy().reset();
    let ran = project.runs(&["plan", "--format", "json"], 0);
    let plan = plan_of(&ran.out);
    assert_eq!(plan["complete"], json!(false), "{plan:#}");
    assert!(plan["not_compared"].to_string().contains("policy/p"), "{}", plan["not_compared"]);
    assert_eq!(plan["summary"]["delete"], json!(0), "what was not read is not absent");
    let text = project.runs(&["plan"], 0);
    assert!(text.out.contains("annot be compared"), "{}", text.out);
    let applied = project.runs(&["apply", "--yes"], 1);
    assert!(applied.err.contains("not complete"), "{}", applied.err);
    project.runs(&["destroy", "--yes", "--format", "json"], 1);
    assert_eq!(writes(&project), Vec::<String>::new());
}

#[test]
fn a_listing_that_is_denied_deletes_and_makes_nothing() {
    let project = Project::moto("600000000044");
    project.spec(SPEC);
    project.settle();
    project.proxy().fault("GetAccountAuthorizationDetails", usize::MAX, denied("GetAccountAuthorizationDetails"));
    project.proxy().reset();
    for args in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes"]] {
        let ran = project.run(args);
        let incomplete = ran.code == 0 && args == ["plan"] && ran.out.contains("annot be compared");
        assert!(ran.code == 1 || incomplete, "{args:?} ends with {}: {}{}", ran.code, ran.out, ran.err);
    }
    assert_eq!(writes(&project), Vec::<String>::new());
}

#[test]
fn a_write_that_is_denied_is_reported_with_what_was_done_and_what_was_not_attempted() {
    let project = Project::moto("600000000045");
    project.spec(SPEC);
    project.proxy().fault_where("CreateRole", "RoleName=a", 1, denied("CreateRole"));
    let ran = project.runs(&["apply", "--yes", "--format", "json"], 6);
    let outcome = outcome_of(&ran.out);
    assert_eq!(list(&outcome, "failed"), ["CreateRole"]);
    assert_eq!(list(&outcome, "not_attempted"), ["AttachRolePolicy"]);
    assert_eq!(list(&outcome, "done"), ["CreatePolicy", "CreateRole", "AttachRolePolicy"]);
    assert_eq!(outcome["failed"][0]["error"]["code"], "AccessDenied");
    assert_eq!(outcome["failed"][0]["address"], "role/a");
    // The next run continues.
    let plan = project.plan(&[]);
    assert_eq!(project::calls(&plan), ["CreateRole", "AttachRolePolicy"]);
    project.settle();
}

#[test]
fn where_the_first_write_fails_nothing_was_applied() {
    let project = Project::moto("600000000046");
    project.spec("roles: {a: {trust: [{service: ec2.amazonaws.com}]}}");
    project.proxy().fault("CreateRole", 1, denied("CreateRole"));
    let ran = project.runs(&["apply", "--yes"], 1);
    assert!(ran.out.contains("CreateRole") && ran.out.contains("not authorized"), "{}", ran.out);
    project.settle();
}

#[test]
fn expired_credentials_stop_an_apply_and_the_rest_is_not_attempted() {
    let project = Project::moto("600000000047");
    project.spec(SPEC);
    let expired = Fault::Error {
        status: 403,
        code: "ExpiredToken",
        message: "The security token included in the request is expired".to_owned(),
    };
    project.proxy().fault("CreateRole", usize::MAX, expired);
    let ran = project.runs(&["apply", "--yes", "--format", "json"], 6);
    let outcome = outcome_of(&ran.out);
    assert_eq!(list(&outcome, "done"), ["CreatePolicy"]);
    assert!(!list(&outcome, "not_attempted").is_empty());
}

#[test]
fn a_service_that_is_not_there_is_said_so_within_seconds() {
    let project = Project::moto("600000000048");
    project.spec(SPEC);
    let started = std::time::Instant::now();
    let mut command = project.command(&["plan"]);
    let ran = project::ran(command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").output().unwrap());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(ran.err.contains("error: "), "{}", ran.err);
}

#[test]
#[cfg(unix)]
fn an_apply_that_is_asked_to_end_finishes_its_call_and_reports() {
    for (id, signal) in [("600000000196", "-TERM"), ("600000000197", "-INT")] {
        let project = Project::moto(id);
        project.spec(SPEC);
        project.proxy().fault("CreatePolicy", 1, Fault::Hold(Duration::from_secs(2)));
        project.proxy().fault("CreateRole", usize::MAX, Fault::Hold(Duration::from_secs(2)));
        let mut command = project.command(&["apply", "--yes", "--format", "json"]);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        assert!(project.proxy().wait_held(Duration::from_secs(30)));
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let ran = project::ran(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 6, "{signal}: {}{}", ran.out, ran.err);
        let outcome = outcome_of(&ran.out);
        assert!(!list(&outcome, "done").is_empty() && !list(&outcome, "not_attempted").is_empty(), "{signal}: {outcome:#}");
        assert_eq!((outcome["stopped"].clone(), list(&outcome, "failed").len()), (json!("interrupted"), 0), "{signal}");
        let project_after = project.snapshot();
        assert!(project_after["policies"]["p"].is_object(), "what was under way is done");
        project.settle();
    }
}

/// Calls of an apply in which IAM denies some: those done, those that failed, those not attempted.
fn told(project: &Project) -> [Vec<String>; 3] {
    let ran = project.run(&["apply", "--yes", "--format", "json"]);
    let outcome = outcome_of(&ran.out);
    assert_eq!(ran.code, if list(&outcome, "done").is_empty() { 1 } else { 6 }, "{outcome:#}");
    ["done", "failed", "not_attempted"].map(|key| list(&outcome, key).into_iter().map(str::to_owned).collect())
}

/// One row a sentence: what is there and wanted, which tag IAM denies, and what is done, fails and is not attempted.
#[test]
fn a_tag_that_is_denied_holds_back_only_what_rests_on_it() {
    const TRUST: &str = "trust: [{service: ec2.amazonaws.com}]";
    type Row = (&'static str, String, &'static str, [&'static [&'static str]; 3]);
    let attached = "managed_policies: [aws/AmazonSQSReadOnlyAccess]";
    let rows: [Row; 5] = [
        (
            "the memory of an attachment",
            format!("roles: {{r: {{manage: attach_only, {attached}}}}}"),
            "iamctl%3Aattached",
            [&["AttachRolePolicy"], &["TagRole"], &[]],
        ),
        (
            "the memory of an attachment to a user",
            format!("users: {{u: {{{attached}}}}}"),
            "iamctl%3Aattached",
            [&["AttachUserPolicy"], &["TagUser"], &[]],
        ),
        (
            "a tag of the user's own beside the memory",
            format!("roles: {{r: {{manage: additive, adopt: true, {TRUST}, tags: {{team: ml}}, {attached}}}}}"),
            "Key=team",
            [&["TagRole", "AttachRolePolicy"], &["TagRole"], &[]],
        ),
        (
            "a tag of the user's own beside the ownership mark",
            format!("roles: {{r: {{adopt: true, {TRUST}, tags: {{team: ml}}, {attached}}}}}"),
            "Key=team",
            [&["TagRole", "AttachRolePolicy"], &["TagRole"], &[]],
        ),
        (
            "the ownership mark",
            format!("roles: {{r: {{adopt: true, {TRUST}, tags: {{team: ml}}, {attached}}}}}"),
            "iamctl%3Astack",
            [&[], &["TagRole"], &["TagRole", "AttachRolePolicy"]],
        ),
    ];
    for (i, (sentence, spec, tag, expected)) in rows.into_iter().enumerate() {
        let project = Project::moto(&format!("60000000018{i}"));
        project.others(&[
            Operation::CreateRole {
                role_name: "r".into(),
                path: "/".to_owned(),
                assume_role_policy_document: json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
                .to_string(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: BTreeMap::new(),
            },
            Operation::CreateUser {
                user_name: "u".into(),
                path: "/".to_owned(),
                permissions_boundary: None,
                tags: BTreeMap::new(),
            },
        ]);
        project.spec(&spec);
        for call in ["TagRole", "TagUser"] {
            project.proxy().fault_where(call, tag, usize::MAX, denied(call));
        }
        assert_eq!(told(&project), expected.map(|calls| calls.to_vec()), "{sentence}");
        if tag == "iamctl%3Aattached" {
            // What was attached without a memory is somebody else's from then on: nothing is left to do, and nothing detaches it.
            project.is_settled(&[]);
        }
    }
}
