//! Changes past iamctl: every one is shown by a plan, a respelling is not, and what is not ours is not touched.

use iamctl::model::Operation;
use serde_json::{Value, json};

use super::*;
use crate::support::project::{calls, changes};

const SPEC: &str = r#"
policies:
  worker-own:
    tags: {team: ml}
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}]}
roles:
  worker:
    description: does the work
    max_session_duration: 2h
    tags: {team: ml, env: dev}
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [worker-own, aws/AmazonS3ReadOnlyAccess]
    inline_policies:
      logs: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:PutLogEvents", Resource: "*"}]}
"#;

fn any(action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const WIDENED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}]}"#;
const RESPELLED: &str = r#"{
   "Statement": [{"Action": ["sts:AssumeRole"], "Principal": {"Service": ["ec2.amazonaws.com"]}, "Effect": "Allow", "Sid": ""}],
   "Version": "2012-10-17"
}"#;

/// What a plan shows.
enum Shown {
    /// A change, with these calls that mend it.
    Change(&'static str, &'static [&'static str]),
    /// No change, a finding of this code.
    Finding(&'static str),
    /// No change; the entity is listed by `--unmanaged`, and counted always.
    Unmanaged(&'static str),
    /// Nothing at all.
    Nothing,
}

fn tags(key: &str, value: &str) -> std::collections::BTreeMap<String, String> {
    [(key.to_owned(), value.to_owned())].into()
}

/// Every kind of change, what others do, and what a plan shows of it.
fn kinds(own: &str) -> Vec<(&'static str, Vec<Operation>, Shown)> {
    use Operation as O;
    let role = || "worker".into();
    let aws = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
    let version =
        |default| O::CreatePolicyVersion { policy_arn: own.to_owned(), policy_document: any("s3:*"), set_as_default: default };
    let trust = |document: &str| O::UpdateAssumeRolePolicy { role_name: role(), policy_document: document.to_owned() };
    let update = |description: &str, max_session_duration| O::UpdateRole {
        role_name: role(),
        description: description.to_owned(),
        max_session_duration,
    };
    let put = |name: &str, action: &str| O::PutRolePolicy {
        role_name: role(),
        policy_name: name.to_owned(),
        policy_document: any(action),
    };
    let detach = |arn: String| O::DetachRolePolicy { role_name: role(), policy_arn: arn };
    let delete_inline = || O::DeleteRolePolicy { role_name: role(), policy_name: "logs".to_owned() };
    const ROLE: &str = "role/worker update";
    vec![
        (
            "tag-changed",
            vec![O::TagRole { role_name: role(), tags: tags("team", "intruder") }],
            Shown::Change(ROLE, &["TagRole"]),
        ),
        ("tag-added", vec![O::TagRole { role_name: role(), tags: tags("extra", "1") }], Shown::Change(ROLE, &["UntagRole"])),
        (
            "tag-removed",
            vec![O::UntagRole { role_name: role(), tag_keys: vec!["env".to_owned()] }],
            Shown::Change(ROLE, &["TagRole"]),
        ),
        ("description", vec![update("changed by hand", 7200)], Shown::Change(ROLE, &["UpdateRole"])),
        ("max-session", vec![update("does the work", 3600)], Shown::Change(ROLE, &["UpdateRole"])),
        ("trust-widened", vec![trust(WIDENED)], Shown::Change(ROLE, &["UpdateAssumeRolePolicy"])),
        ("trust-respelled", vec![trust(RESPELLED)], Shown::Nothing),
        ("inline-changed", vec![put("logs", "s3:*")], Shown::Change(ROLE, &["PutRolePolicy"])),
        ("inline-added", vec![put("backdoor", "*")], Shown::Change(ROLE, &["DeleteRolePolicy"])),
        ("inline-removed", vec![delete_inline()], Shown::Change(ROLE, &["PutRolePolicy"])),
        (
            "attached-extra",
            vec![O::AttachRolePolicy { role_name: role(), policy_arn: aws("AdministratorAccess") }],
            Shown::Change(ROLE, &["DetachRolePolicy"]),
        ),
        ("attachment-removed", vec![detach(own.to_owned())], Shown::Change(ROLE, &["AttachRolePolicy"])),
        (
            "policy-tag-changed",
            vec![O::TagPolicy { policy_arn: own.to_owned(), tags: tags("team", "intruder") }],
            Shown::Change("policy/worker-own update", &["TagPolicy"]),
        ),
        ("policy-new-default", vec![version(true)], Shown::Change("policy/worker-own update", &["CreatePolicyVersion"])),
        ("policy-new-nondefault", vec![version(false)], Shown::Finding("newer-version-not-default")),
        (
            "boundary-set",
            vec![O::PutRolePermissionsBoundary { role_name: role(), permissions_boundary: aws("PowerUserAccess") }],
            Shown::Finding("undeclared-boundary"),
        ),
        (
            "role-deleted",
            vec![
                detach(own.to_owned()),
                detach(aws("AmazonS3ReadOnlyAccess")),
                delete_inline(),
                O::DeleteRole { role_name: role() },
            ],
            Shown::Change("role/worker create", &["CreateRole", "AttachRolePolicy", "AttachRolePolicy", "PutRolePolicy"]),
        ),
        (
            "role-unmanaged",
            vec![O::CreateRole {
                role_name: "handmade-admin".into(),
                path: "/".to_owned(),
                assume_role_policy_document: TRUST.to_owned(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: Default::default(),
            }],
            Shown::Unmanaged("role/handmade-admin"),
        ),
    ]
}

fn codes(plan: &Value) -> Vec<&str> {
    plan["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

on_both! {
    every_change_past_iamctl_is_shown_and_a_respelling_is_not(project, "600000000021") {
        project.spec(SPEC);
        project.settle();
        for (kind, operations, shown) in kinds(&project.arn("policy/worker-own")) {
            let before = project.plan(&["--unmanaged"]);
            assert_eq!(before["changes"], json!([]), "nothing to do before {kind}");
            project.others(&operations);
            let plan = project.plan(&["--unmanaged"]);
            match shown {
                Shown::Change(change, made) => {
                    assert_eq!(changes(&plan), [change], "{kind}");
                    let mut planned = calls(&plan);
                    let mut expected = made.to_vec();
                    planned.sort();
                    expected.sort_unstable();
                    assert_eq!(planned, expected, "{kind}");
                    let text = project.runs(&["plan", "--detailed-exitcode"], 2);
                    assert!(text.out.contains(change.split(' ').next().unwrap()), "{kind}: {}", text.out);
                    project.settle();
                }
                Shown::Finding(code) => {
                    assert_eq!(changes(&plan), Vec::<String>::new(), "{kind}");
                    assert!(codes(&plan).contains(&code), "{kind}: {:?}", codes(&plan));
                    assert!(!codes(&before).contains(&code), "{kind} was not there before");
                    let text = project.runs(&["plan", "--detailed-exitcode"], 0);
                    assert!(text.out.contains(code), "{kind}: {}", text.out);
                }
                Shown::Unmanaged(address) => {
                    assert_eq!(changes(&plan), Vec::<String>::new(), "{kind}");
                    assert!(plan["unmanaged"].as_array().unwrap().contains(&json!(address)), "{kind}: {}", plan["unmanaged"]);
                    assert_eq!(plan["unmanaged_count"].as_u64().unwrap(), before["unmanaged_count"].as_u64().unwrap() + 1, "{kind}");
                }
                Shown::Nothing => {
                    assert_eq!(changes(&plan), Vec::<String>::new(), "{kind}");
                    assert_eq!(plan["findings"], before["findings"], "{kind}");
                }
            }
        }
    }

    nothing_that_is_not_ours_is_touched(project, "600000000022") {
        use Operation as O;
        project.others(&[
            O::CreateRole {
                role_name: "theirs".into(), path: "/".to_owned(), assume_role_policy_document: TRUST.to_owned(),
                description: Some("theirs".to_owned()), max_session_duration: Some(7200), permissions_boundary: None, tags: tags("owner", "them"),
            },
            O::CreateRole {
                role_name: "another-stacks".into(), path: "/".to_owned(), assume_role_policy_document: TRUST.to_owned(),
                description: None, max_session_duration: None, permissions_boundary: None, tags: tags("iamctl:stack", "other"),
            },
            O::CreatePolicy { policy_name: "theirs".into(), path: "/".to_owned(), policy_document: any("*"), description: None, tags: Default::default() },
            O::CreateUser { user_name: "ann".into(), path: "/".to_owned(), permissions_boundary: None, tags: Default::default() },
            O::CreateGroup { group_name: "g".into(), path: "/".to_owned() },
            O::AddUserToGroup { group_name: "g".into(), user_name: "ann".into() },
            O::AttachRolePolicy { role_name: "theirs".into(), policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess".to_owned() },
            O::PutRolePolicy { role_name: "another-stacks".into(), policy_name: "i".to_owned(), policy_document: any("*") },
        ]);
        let mut before = project.snapshot();
        project.spec(SPEC);
        project.settle();
        project.spec("policies: {worker-own: {document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: \"*\", Resource: \"*\"}]}}}");
        project.settle();
        project.runs(&["destroy", "--yes"], 0);
        let mut after = project.snapshot();
        // The counter of writes moves, and so do the account's own counts.
        for key in ["serial", "limits"] {
            after.as_object_mut().unwrap().remove(key);
            before.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(after, before);
    }
}
