//! Differences, row by row: an account, a spec, and each change with its calls and when they are due.

use super::{Context, compare};
use crate::plan::Action;
use crate::rows::{Row, account, account_of, check, settings, short, wanted};

fn changes(cx: &Context<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for draft in compare(cx).drafts {
        let action = serde_json::to_value(draft.action).unwrap();
        let calls: Vec<String> = draft.calls.iter().map(|call| format!("{:?} {}", call.phase, short(&call.operation))).collect();
        let calls = if draft.action == Action::Blocked { String::new() } else { calls.join(", ") };
        out.push(format!("{} {}: {calls}", action.as_str().unwrap(), draft.address).trim_end_matches(": ").to_owned());
    }
    out
}

/// Of the stack that made the account.
fn own(before: &str, spec: &str) -> Vec<String> {
    changes(&Context { desired: &wanted(spec), snapshot: &account(before), settings: &settings() })
}

/// Of a stack to which the account is another's.
fn foreign(before: &str, spec: &str) -> Vec<String> {
    changes(&Context { desired: &wanted(spec), snapshot: &account_of("theirs", before), settings: &settings() })
}

const OWN: &[Row<'_>] = &[
    ("nothing and nothing is no change", "", "", &[]),
    ("specs that declare nothing delete nothing", "roles: {app: {trust: TRUST}}", "", &[]),
    ("what is as declared is no change", "roles: {app: {trust: TRUST}}", "roles: {app: {trust: TRUST}}", &[]),
    ("a new role", "", "roles: {app: {trust: TRUST}}", &["create role/app: Make CreateRole app"]),
    (
        "a new role with all that it holds",
        "policies: {p: {document: <s3:Get*>}}",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p], inline_policies: {a: <sqs:*>, d: <!s3:*>}}}",
        &[
            "create role/app: Make CreateRole app, Grant PutRolePolicy app a, Restrain PutRolePolicy app d, Grant AttachRolePolicy app p",
        ],
    ),
    (
        "a role that is declared no longer",
        "roles: {app: {trust: TRUST}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["delete role/app: Remove DeleteRole app"],
    ),
    (
        "a role that goes with all that it holds",
        "roles: {app: {trust: TRUST, inline_policies: {a: <sqs:*>, d: <!s3:*>}}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["delete role/app: Withdraw DeleteRolePolicy app a, Relax DeleteRolePolicy app d, Remove DeleteRole app"],
    ),
    (
        "another description",
        "roles: {app: {trust: TRUST, description: a}}",
        "roles: {app: {trust: TRUST, description: b}}",
        &["update role/app: Make UpdateRole app"],
    ),
    (
        "a session that may last longer",
        "roles: {app: {trust: TRUST, max_session_duration: 1h}}",
        "roles: {app: {trust: TRUST, max_session_duration: 2h}}",
        &["update role/app: Make UpdateRole app"],
    ),
    (
        "a description that is left out is left alone",
        "roles: {app: {trust: TRUST, description: a}}",
        "roles: {app: {trust: TRUST}}",
        &[],
    ),
    (
        "a trust that is wider",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {service: lambda.amazonaws.com}]}}",
        &["update role/app: Admit UpdateAssumeRolePolicy app"],
    ),
    (
        "a trust that is narrower",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {aws: \"222222222222\"}]}}",
        "roles: {app: {trust: TRUST}}",
        &["update role/app: Restrain UpdateAssumeRolePolicy app"],
    ),
    (
        "a tag is set and another is removed",
        "roles: {app: {trust: TRUST, tags: {a: b}}}",
        "roles: {app: {trust: TRUST, tags: {c: d}}}",
        &["update role/app: Make TagRole app, Unmark UntagRole app"],
    ),
    (
        "an inline policy comes",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        &["update role/app: Grant PutRolePolicy app a"],
    ),
    (
        "an inline policy that allows and denies comes",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:* !s3:PutObject>}}}",
        &["update role/app: RestrainAndGrant PutRolePolicy app a"],
    ),
    (
        "an inline policy that allows and denies goes",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:* !s3:PutObject>}}}",
        "roles: {app: {trust: TRUST}}",
        &["update role/app: WithdrawAndRelax DeleteRolePolicy app a"],
    ),
    (
        "a statement is added to an inline policy",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:* sqs:*>}}}",
        &["update role/app: Grant PutRolePolicy app a"],
    ),
    (
        "a deny is added to an inline policy",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:* !s3:PutObject>}}}",
        &["update role/app: Restrain PutRolePolicy app a"],
    ),
    (
        "a deny is taken out of an inline policy",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:* !s3:PutObject>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        &["update role/app: Relax PutRolePolicy app a"],
    ),
    (
        "an inline policy of an additive role that somebody else put there stays",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        "roles: {app: {trust: TRUST, manage: additive}}",
        &[],
    ),
    (
        "a boundary is set",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: none}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        &["update role/app: Restrain PutRolePermissionsBoundary app b"],
    ),
    (
        "a boundary is removed",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: none}}",
        &["update role/app: Relax DeleteRolePermissionsBoundary app"],
    ),
    (
        "a boundary that is left out is left alone",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST}}",
        &[],
    ),
    ("a new policy", "", "policies: {p: {document: <s3:*>}}", &["create policy/p: Make CreatePolicy p"]),
    (
        "a policy with another document",
        "policies: {p: {document: <s3:*>}}",
        "policies: {p: {document: <s3:* sqs:*>}}",
        &["update policy/p: Grant CreatePolicyVersion p"],
    ),
    (
        "a policy that is declared no longer",
        "policies: {p: {document: <s3:*>}}\nroles: {other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["delete policy/p: Remove DeletePolicy p"],
    ),
    (
        "a policy on another path is reported and stays",
        "policies: {p: {document: <s3:*>}}",
        "policies: {p: {document: <s3:*>, path: /x/}}",
        &[],
    ),
    ("a new user", "", "users: {ann: {create: true}}", &["create user/ann: Make CreateUser ann"]),
    (
        "a user's new path",
        "users: {ann: {create: true, path: /a/}}",
        "users: {ann: {create: true, path: /b/}}",
        &["update user/ann: Make UpdateUser ann"],
    ),
    (
        "a new group with a user",
        "users: {ann: {create: true}}",
        "users: {ann: {create: true}}\ngroups: {team: {users: [ann]}}",
        &["create group/team: Make CreateGroup team, Grant AddUserToGroup team ann"],
    ),
    (
        "a user that an additive group lists no longer stays in it",
        "users: {ann: {create: true}}\ngroups: {team: {manage: additive, users: [ann]}}",
        "users: {ann: {create: true}}\ngroups: {team: {manage: additive, users: []}}",
        &[],
    ),
    (
        "a user that an exclusive group lists no longer leaves it",
        "users: {ann: {create: true}}\ngroups: {team: {manage: exclusive, users: [ann]}}",
        "users: {ann: {create: true}}\ngroups: {team: {manage: exclusive, users: []}}",
        &["update group/team: Withdraw RemoveUserFromGroup team ann"],
    ),
];

const FOREIGN: &[Row<'_>] = &[
    ("another stack's role that is not declared is left alone", "roles: {app: {trust: TRUST}}", "", &[]),
    (
        "another stack's role is not touched",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: TRUST, description: x}}",
        &["blocked role/app"],
    ),
    (
        "another stack's policy with this document may be used",
        "policies: {p: {document: <s3:*>}}",
        "policies: {p: {document: <s3:*>}}",
        &["blocked policy/p"],
    ),
    (
        "what an additive spec lists is put on another stack's role and remembered",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: TRUST, manage: additive, inline_policies: {a: <s3:*>}}}",
        &["update role/app: Grant PutRolePolicy app a, Mark TagRole app"],
    ),
];

#[test]
fn an_account_of_this_stack_against_a_spec() {
    check(OWN, own);
}

#[test]
fn an_account_of_another_stack_against_a_spec() {
    check(FOREIGN, foreign);
}
