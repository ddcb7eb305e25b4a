//! What an apply says and asks before its first write, over HTTP: preflight, the caller, and what the account's log will show of the run.

use std::collections::BTreeMap;

use crate::support::project::{Project, is_read};
use crate::support::proxy::Fault;
use iamctl::model::Operation;
use serde_json::{Value, json};

/// A project on an account whose caller, `role/test`, holds one policy.
fn lab(id: &str, statements: Value) -> Project {
    let project = Project::moto(id);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole"}]});
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    project.others(&[
        Operation::CreateRole {
            role_name: "test".into(),
            path: "/ops/".to_owned(),
            assume_role_policy_document: trust.to_string(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: BTreeMap::new(),
        },
        Operation::PutRolePolicy {
            role_name: "test".into(),
            policy_name: "own".to_owned(),
            policy_document: document.to_string(),
        },
    ]);
    project.spec(
        "version: 1\npolicies: {P: {document: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:List*', Resource: '*'}]}}}\n\
         roles:\n  app: {trust: [{service: ec2.amazonaws.com}], managed_policies: [P, aws/AmazonSQSReadOnlyAccess], instance_profile: true}\n",
    );
    project.proxy().reset();
    project
}

fn writes(project: &Project) -> Vec<String> {
    project.proxy().counts().into_keys().filter(|call| !is_read(call) && !call.starts_with("Simulate")).collect()
}

fn reads() -> Value {
    json!([{"Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "iam:CreateRole", "iam:TagRole", "iam:CreatePolicy"], "Resource": "*"}])
}

#[test]
fn all_that_the_caller_lacks_is_named_at_once_and_nothing_is_written() {
    let project = lab("430000000001", reads());
    let ran = project.runs(&["apply", "--yes"], 4);
    let lacking = [
        "iam:TagPolicy on `policy/P`",
        "iam:AttachRolePolicy on `role/app`",
        "iam:CreateInstanceProfile on `instance-profile/app`",
        "iam:TagInstanceProfile on `instance-profile/app`",
        "iam:AddRoleToInstanceProfile on `instance-profile/app`",
        "iam:PassRole on `role/app`",
    ];
    for text in lacking {
        assert!(ran.err.contains(text), "{text}\n{}", ran.err);
    }
    assert!(!ran.err.contains("iam:CreateRole on") && ran.err.contains("add `--preflight off`"), "{}", ran.err);
    assert!(ran.err.contains("account 430000000001 as arn:aws:sts::430000000001:assumed-role/test/test"), "{}", ran.err);
    assert_eq!(writes(&project), Vec::<String>::new());

    // The policy that is printed is what was missing: with it the same apply goes through.
    let (_, printed) = ran.err.split_once("an administrator can attach it:").unwrap();
    let printed: String = printed.lines().skip(1).take_while(|line| line.is_empty() || line.starts_with("    ")).collect();
    let policy: Value = serde_json::from_str(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
    project.others(&[Operation::PutRolePolicy {
        role_name: "test".into(),
        policy_name: "more".to_owned(),
        policy_document: policy.to_string(),
    }]);
    project.settle();
}

#[test]
fn a_caller_who_may_attach_and_not_tag_attaches_and_is_told_what_that_means() {
    let project = lab(
        "430000000010",
        json!([{"Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "iam:AttachRolePolicy"], "Resource": "*"}]),
    );
    project.spec("version: 1\nroles: {test: {manage: attach_only, managed_policies: [aws/AmazonSQSReadOnlyAccess]}}\n");
    let note = "may not write what iamctl remembers (iam:TagRole on `role/test`)";
    // The caller's own role is a target like any other, with a second word.
    let refused = project.runs(&["apply", "--yes"], 4);
    assert!(refused.err.contains("--allow role/test"), "{}", refused.err);
    let plan = project.plan(&["--allow", "role/test"]);
    assert!(plan["findings"].to_string().contains(note) && plan["guards"] == json!([]), "{plan:#}");
    let message = "User: arn:aws:sts::430000000010:assumed-role/test/test is not authorized to perform: iam:TagRole".to_owned();
    project.proxy().fault("TagRole", 1, Fault::Error { status: 403, code: "AccessDenied", message });
    let ran = project.runs(&["apply", "--yes", "--allow", "role/test"], 6);
    assert!(ran.err.contains(note) && ran.out.contains("takes it for somebody else's"), "{}{}", ran.out, ran.err);
    assert!(project.snapshot().to_string().contains("AmazonSQSReadOnlyAccess"));
}

#[test]
fn a_plan_says_it_as_a_note_and_an_apply_can_be_told_to_go_ahead() {
    let project = lab("430000000002", reads());
    let plan = project.plan(&[]);
    let found = plan["findings"].as_array().unwrap().iter().find(|f| f["code"] == "preflight").unwrap();
    assert_eq!((&found["severity"], &plan["guards"]), (&json!("note"), &json!([])), "{plan:#}");
    assert!(project.plan(&["--preflight", "off"])["findings"].as_array().unwrap().iter().all(|f| f["code"] != "preflight"));
    project.runs(&["plan", "--out", "plan.json"], 0);
    project.runs(&["apply", "plan.json", "--yes"], 4);
    assert_eq!(writes(&project), Vec::<String>::new());
    // The emulator lets everybody do everything.
    project.runs(&["apply", "--yes", "--preflight", "off"], 0);
    project.is_settled(&[]);
    project.runs(&["destroy", "--yes"], 4);
    project.runs(&["destroy", "--yes", "--preflight", "off"], 0);
}

#[test]
fn what_cannot_be_known_refuses_nothing() {
    let at_home = json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]);
    lab("430000000003", at_home).settle();
    // A caller that is not in the account.
    let project = Project::moto("430000000004");
    project.spec("version: 1\nroles: {app: {trust: [{service: ec2.amazonaws.com}]}}\n");
    project.settle();
}

#[test]
fn the_simulator_is_asked_as_the_caller() {
    let project = lab("430000000005", json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]));
    let answer = |decision: &str| {
        Fault::Answer(format!(
            "<SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>iam:any</EvalActionName>\
             <EvalResourceName>*</EvalResourceName><EvalDecision>{decision}</EvalDecision>\
             <OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>\
             </member></EvaluationResults><IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>"
        ))
    };
    project.proxy().fault_where("SimulatePrincipalPolicy", "CreateInstanceProfile", usize::MAX, answer("implicitDeny"));
    project.proxy().fault("SimulatePrincipalPolicy", usize::MAX, answer("allowed"));
    let ran = project.runs(&["apply", "--yes", "--preflight", "simulate"], 4);
    assert!(
        ran.err.contains("iam:CreateInstanceProfile on `instance-profile/app`") && !ran.err.contains("iam:CreateRole on"),
        "{}",
        ran.err
    );
    assert_eq!(writes(&project), Vec::<String>::new());
    let asked = project.proxy().bodies("SimulatePrincipalPolicy");
    assert!(asked.iter().all(|body| body.contains("role%2Fops%2Ftest")), "{asked:?}");
    assert!(asked.iter().any(|body| body.contains("iam%3APolicyARN") || body.contains("iam%3Apolicyarn")), "{asked:?}");
    // It says nothing: the policies that were read are judged, and the apply says so.
    let project = lab("430000000006", json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]));
    let fault = Fault::Error { status: 403, code: "AccessDenied", message: "not authorized".to_owned() };
    project.proxy().fault("SimulatePrincipalPolicy", usize::MAX, fault);
    let ran = project.runs(&["apply", "--yes", "--preflight", "simulate"], 0);
    assert!(ran.err.contains("IAM's simulator could not be asked"), "{}", ran.err);
}

/// The header that CloudTrail shows as `userAgent`.
fn agents(project: &Project, call: &str) -> Vec<String> {
    let of = |head: String| {
        head.lines().filter(|line| line.to_ascii_lowercase().starts_with("user-agent:")).map(str::to_owned).collect::<Vec<_>>()
    };
    project.proxy().heads(call).into_iter().flat_map(of).collect()
}

#[test]
fn sessions_and_calls_name_stack_and_run() {
    let project = Project::moto("430000000007");
    project.spec("version: 1\nroles: {app: {trust: [{service: ec2.amazonaws.com}]}}\n");
    let account = |more: &str| {
        let role = format!("{{arn: \"arn:aws:iam::430000000007:role/deployer\"{more}}}");
        project.write(
            "iamctl.yaml",
            &format!(
                "version: 1\nstack: team/ml\nspecs: [specs]\ndefault_account: main\naccounts:\n  main: {{id: \"430000000007\", region: us-east-1, assume_role: {role}}}\n"
            ),
        );
    };
    let run = |set: &[(&str, &str)]| {
        project.proxy().reset();
        let mut command = project.command(&["plan"]);
        for name in ["IAMCTL_RUN", "GITHUB_RUN_ID", "GITHUB_SHA", "CI_PIPELINE_ID", "CI_COMMIT_SHA", "BUILD_TAG"] {
            command.env_remove(name);
        }
        let output = command.envs(set.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let body = project.proxy().bodies("AssumeRole").concat();
        body.split('&').find_map(|pair| pair.strip_prefix("RoleSessionName=")).unwrap().to_owned()
    };
    account("");
    assert_eq!(run(&[("IAMCTL_RUN", "77"), ("GITHUB_RUN_ID", "8")]), "iamctl-team-ml-77");
    let version = env!("CARGO_PKG_VERSION");
    for call in ["AssumeRole", "GetCallerIdentity", "GetAccountAuthorizationDetails"] {
        let found = agents(&project, call);
        assert!(
            found.iter().any(|agent| agent.contains(&format!("app/iamctl-{version}+stack-team-ml+run-77"))),
            "{call}: {found:?}"
        );
    }
    for (set, wanted) in [
        (vec![("GITHUB_RUN_ID", "8"), ("GITHUB_SHA", "abc")], "iamctl-team-ml-8"),
        (vec![("GITHUB_SHA", "abc")], "iamctl-team-ml-abc"),
        (vec![("CI_PIPELINE_ID", "9")], "iamctl-team-ml-9"),
        (vec![], "iamctl-team-ml"),
    ] {
        assert_eq!(run(&set), wanted);
    }
    account(", session_name: ci");
    assert_eq!(run(&[("IAMCTL_RUN", "77")]), "ci");
}

#[test]
fn a_trust_that_changes_because_somebody_else_applies_is_a_warning() {
    let project = Project::moto("430000000008");
    project.spec("version: 1\nroles: {app: {trust: [{aws: \"${caller_arn}\"}, {service: ec2.amazonaws.com}]}}\n");
    // The one who applies, and another who did so before.
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole"}]});
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    for name in ["test", "another"] {
        project.others(&[
            Operation::CreateRole {
                role_name: name.into(),
                path: "/".to_owned(),
                assume_role_policy_document: trust.to_string(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: BTreeMap::new(),
            },
            Operation::PutRolePolicy { role_name: name.into(), policy_name: "own".to_owned(), policy_document: all.to_string() },
        ]);
    }
    project.settle();
    let found = |plan: &Value| plan["findings"].as_array().unwrap().iter().any(|f| f["code"] == "caller-arn-changes");
    project.others(&[Operation::UpdateAssumeRolePolicy {
        role_name: "app".into(),
        policy_document: json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": project.arn("role/another")}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        .to_string(),
    }]);
    let plan = project.plan(&[]);
    assert!(found(&plan), "{:#}", plan["findings"]);
    // A change of another kind is not about the caller.
    project.others(&[Operation::UpdateAssumeRolePolicy {
        role_name: "app".into(),
        policy_document: json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        .to_string(),
    }]);
    assert!(!found(&project.plan(&[])));
}
