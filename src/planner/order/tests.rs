//! Orders, row by row: an account, a spec, the calls in their order, and the gaps that are left.

use crate::plan::StepOrder;
use crate::rows::{Row, calls, check, planned};

/// The calls, then each gap's principal and the request it is about.
fn answer(account: &str, spec: &str) -> Vec<String> {
    let plan = planned(account, spec).plan;
    let mut out = calls(&plan);
    for gap in &plan.gaps {
        out.push(format!("gap {} at {}: {}", gap.address, gap.step, gap.message));
    }
    assert_eq!(plan.order == StepOrder::Proven, plan.gaps.is_empty(), "{:?}", plan.gaps);
    out
}

const ROWS: &[Row<'_>] = &[
    (
        "a policy is created before it is attached",
        "",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p]}}",
        &["CreatePolicy p", "CreateRole app", "AttachRolePolicy app p"],
    ),
    (
        "a new role is denied before it is allowed",
        "",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>, z: <!s3:DeleteObject>}}}",
        &["CreateRole app", "PutRolePolicy app z", "PutRolePolicy app a"],
    ),
    (
        "a role that goes is allowed nothing more while its denies go",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:DeleteObject>, z: <s3:*>}}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["DeleteRolePolicy app z", "DeleteRolePolicy app a", "DeleteRole app"],
    ),
    (
        "a policy that allows and denies goes before a plain deny",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:DeleteObject>, b: <s3:* !s3:PutObject>}}}",
        "roles: {app: {trust: TRUST}}",
        &["DeleteRolePolicy app b", "DeleteRolePolicy app a"],
    ),
    (
        "a deny that grows comes before an allow that grows",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject>, z: <!s3:DeleteObject>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>, z: <!s3:DeleteObject,s3:PutObject>}}}",
        &["PutRolePolicy app z", "PutRolePolicy app a"],
    ),
    (
        "a deny that shrinks comes after an allow that shrinks",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:DeleteObject,s3:PutObject>, z: <s3:*>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:DeleteObject>, z: <s3:GetObject>}}}",
        &["PutRolePolicy app z", "PutRolePolicy app a"],
    ),
    (
        "an action that moves between inline policies arrives before it leaves",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject,sqs:SendMessage>, b: <sns:Publish>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject>, b: <sns:Publish,sqs:SendMessage>}}}",
        &["PutRolePolicy app b", "PutRolePolicy app a"],
    ),
    (
        "two documents that exchange an action pass through their union",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject>, b: <sqs:SendMessage>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <sqs:SendMessage>, b: <s3:GetObject>}}}",
        &["PutRolePolicy app a", "PutRolePolicy app b", "PutRolePolicy app a"],
    ),
    (
        "one document that changes altogether takes one call",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject !s3:PutObject>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <sqs:SendMessage !sns:Publish>}}}",
        &["PutRolePolicy app a"],
    ),
    (
        "a replacement is attached before what it replaces is detached",
        "policies: {a: {document: <s3:Get*>}, b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, managed_policies: [a]}}",
        "policies: {a: {document: <s3:Get*>}, b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, managed_policies: [b]}}",
        &["AttachRolePolicy app b", "DetachRolePolicy app a"],
    ),
    (
        "an inline policy becomes a managed one without a gap",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:Get*>}}}",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p]}}",
        &["CreatePolicy p", "AttachRolePolicy app p", "DeleteRolePolicy app a"],
    ),
    (
        "a user joins a group after the group's grants and leaves its own after that",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive, managed_policies: [p]}}\ngroups: {team: {users: []}}",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive}}\ngroups: {team: {users: [ann], managed_policies: [p]}}",
        &["AttachGroupPolicy team p", "AddUserToGroup team ann", "DetachUserPolicy ann p"],
    ),
    (
        "a user leaves a group after its own grants",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive}}\ngroups: {team: {manage: exclusive, users: [ann], managed_policies: [p]}}",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive, managed_policies: [p]}}\ngroups: {team: {manage: exclusive, users: [], managed_policies: [p]}}",
        &["AttachUserPolicy ann p", "RemoveUserFromGroup team ann"],
    ),
    (
        "a user changes groups in the order join, leave",
        "users: {ann: {create: true}}\ngroups: {a: {manage: exclusive, users: [ann], inline_policies: {i: <s3:Get*>}}, b: {manage: exclusive, users: [], inline_policies: {i: <s3:Get*>}}}",
        "users: {ann: {create: true}}\ngroups: {a: {manage: exclusive, users: [], inline_policies: {i: <s3:Get*>}}, b: {manage: exclusive, users: [ann], inline_policies: {i: <s3:Get*>}}}",
        &["AddUserToGroup b ann", "RemoveUserFromGroup a ann"],
    ),
    (
        "a group's deny comes before its member's allow",
        "users: {ann: {create: true, manage: exclusive, inline_policies: {a: <s3:GetObject>}}}\ngroups: {team: {users: [ann]}}",
        "users: {ann: {create: true, manage: exclusive, inline_policies: {a: <s3:*>}}}\ngroups: {team: {users: [ann], inline_policies: {d: <!s3:DeleteObject>}}}",
        &["PutGroupPolicy team d", "PutUserPolicy ann a"],
    ),
    (
        "a shared policy loses what its holder gains by itself only after that",
        "policies: {p: {document: <s3:Get*,sqs:SendMessage>}}\nroles: {app: {trust: TRUST, managed_policies: [p]}}",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p], inline_policies: {q: <sqs:SendMessage>}}}",
        &["PutRolePolicy app q", "CreatePolicyVersion p"],
    ),
    (
        "a shared policy gains what its holder loses by itself before that",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p], inline_policies: {q: <sqs:SendMessage>}}}",
        "policies: {p: {document: <s3:Get*,sqs:SendMessage>}}\nroles: {app: {trust: TRUST, managed_policies: [p]}}",
        &["CreatePolicyVersion p", "DeleteRolePolicy app q"],
    ),
    (
        "a boundary is set before anything is granted",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: none}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b, inline_policies: {a: <*>}}}",
        &["PutRolePermissionsBoundary app b", "PutRolePolicy app a"],
    ),
    (
        "a boundary is removed after what it held down is withdrawn",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b, inline_policies: {a: <sqs:*>, c: <s3:GetObject>}}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: none, inline_policies: {c: <s3:GetObject>}}}",
        &["DeleteRolePolicy app a", "DeleteRolePermissionsBoundary app"],
    ),
    (
        "a boundary that grows, by its document, comes after what is withdrawn",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b, inline_policies: {a: <sqs:*>}}}",
        "policies: {b: {document: <s3:*,sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        &["DeleteRolePolicy app a", "CreatePolicyVersion b"],
    ),
    (
        "a boundary that shrinks, by its document, comes before what is granted",
        "policies: {b: {document: <s3:*,sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        "policies: {b: {document: <s3:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b, inline_policies: {a: <sqs:*,s3:*>}}}",
        &["CreatePolicyVersion b", "PutRolePolicy app a"],
    ),
    (
        "an exchanged boundary comes after what only it would let through is withdrawn",
        "policies: {b: {document: <s3:*>}, c: {document: <sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b, inline_policies: {a: <sqs:*>}}}",
        "policies: {b: {document: <s3:*>}, c: {document: <sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: c}}",
        &["DeleteRolePolicy app a", "PutRolePermissionsBoundary app c"],
    ),
    (
        "an exchanged boundary comes before what the old one would let through is granted",
        "policies: {b: {document: <s3:*>}, c: {document: <sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: b}}",
        "policies: {b: {document: <s3:*>}, c: {document: <sqs:*>}}\nroles: {app: {trust: TRUST, permissions_boundary: c, inline_policies: {a: <s3:*>}}}",
        &["PutRolePermissionsBoundary app c", "PutRolePolicy app a"],
    ),
    (
        "trust is narrowed before the role may do more",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {aws: \"222222222222\"}]}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        &["UpdateAssumeRolePolicy app", "PutRolePolicy app a"],
    ),
    (
        "trust is widened after the role may do less",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {aws: \"222222222222\"}]}}",
        &["DeleteRolePolicy app a", "UpdateAssumeRolePolicy app"],
    ),
    (
        "a policy that nobody holds is deleted at the end",
        "policies: {p: {document: <s3:Get*>}}\nroles: {app: {trust: TRUST, managed_policies: [p]}}",
        "roles: {app: {trust: TRUST}}",
        &["DetachRolePolicy app p", "DeletePolicy p"],
    ),
    (
        "a respelled document changes nothing",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject,s3:PutObject>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:PutObject,s3:GetObject>}}}",
        &[],
    ),
    (
        "two roles that have nothing in common are each in order",
        "roles: {a: {trust: TRUST, inline_policies: {i: <s3:Get*>}}, b: {trust: TRUST, inline_policies: {i: <sqs:*>}}}",
        "roles: {a: {trust: TRUST, inline_policies: {j: <s3:Get*>}}, b: {trust: TRUST, inline_policies: {j: <sqs:*>}}}",
        &["PutRolePolicy a j", "PutRolePolicy b j", "DeleteRolePolicy a i", "DeleteRolePolicy b i"],
    ),
    (
        "a trust that exchanges callers narrows first and widens last, where the role exchanges access too",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {service: lambda.amazonaws.com}], inline_policies: {a: <s3:GetObject>}}}",
        "roles: {app: {trust: [{service: ec2.amazonaws.com}, {service: ecs-tasks.amazonaws.com}], inline_policies: {a: <sqs:SendMessage>}}}",
        &["UpdateAssumeRolePolicy app", "PutRolePolicy app a", "UpdateAssumeRolePolicy app"],
    ),
    (
        "a trust that exchanges callers comes before what is only granted",
        "roles: {app: {trust: [{service: lambda.amazonaws.com}]}}",
        "roles: {app: {trust: [{service: ecs-tasks.amazonaws.com}], inline_policies: {a: <sqs:SendMessage>}}}",
        &["UpdateAssumeRolePolicy app", "PutRolePolicy app a"],
    ),
    (
        "a trust that exchanges callers comes after what is only withdrawn",
        "roles: {app: {trust: [{service: lambda.amazonaws.com}], inline_policies: {a: <sqs:SendMessage>}}}",
        "roles: {app: {trust: [{service: ecs-tasks.amazonaws.com}]}}",
        &["DeleteRolePolicy app a", "UpdateAssumeRolePolicy app"],
    ),
    (
        "managed policies that exchange an action pass through their union, in a version of its own",
        "policies: {p: {document: <s3:GetObject>}, q: {document: <sqs:SendMessage>}}\nroles: {app: {trust: TRUST, managed_policies: [p, q]}}",
        "policies: {p: {document: <sqs:SendMessage>}, q: {document: <s3:GetObject>}}\nroles: {app: {trust: TRUST, managed_policies: [p, q]}}",
        &["CreatePolicyVersion p", "CreatePolicyVersion q", "CreatePolicyVersion p"],
    ),
    (
        "a deny that moves between policies is never missing, though nothing is allowed",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:PutObject !s3:GetObject>, b: <!sqs:SendMessage>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <!s3:PutObject>, b: <!sqs:SendMessage !s3:GetObject>}}}",
        &["PutRolePolicy app b", "PutRolePolicy app a"],
    ),
    (
        "a renamed user changes under its new name",
        "users: {ann: {create: true, manage: exclusive, inline_policies: {a: <s3:GetObject>, b: <sns:Publish>}}}",
        "users: {anna: {renamed_from: ann, create: true, manage: exclusive, inline_policies: {a: <sns:Publish>, b: <s3:GetObject>}}}",
        &["UpdateUser ann", "PutUserPolicy anna a", "PutUserPolicy anna b", "PutUserPolicy anna a"],
    ),
];

#[test]
fn calls_come_in_an_order_that_keeps_access() {
    check(ROWS, answer);
}

/// An Allow under a condition.
fn allow_if(action: &str, key: &str, value: &str) -> String {
    format!("{{Effect: Allow, Action: \"{action}\", Resource: \"*\", Condition: {{StringEquals: {{\"{key}\": \"{value}\"}}}}}}")
}

fn document(statements: &[String]) -> String {
    format!("{{Version: \"2012-10-17\", Statement: [{}]}}", statements.join(", "))
}

fn ann(team: &str, inline: &str) -> String {
    format!("users: {{ann: {{create: true, manage: exclusive, tags: {{team: {team}}}, inline_policies: {{a: {inline}}}}}}}")
}

#[test]
fn a_tag_that_a_policy_reads_changes_while_both_are_allowed() {
    let of = |team| ann(team, &document(&[allow_if("s3:GetObject", "aws:PrincipalTag/team", team)]));
    let expected = ["PutUserPolicy ann a", "TagUser ann", "PutUserPolicy ann a"];
    assert_eq!(answer(&of("red"), &of("blue")), expected);
}

#[test]
fn what_the_tags_of_a_target_decide_is_proven_on_each_prefix() {
    let keys = |team: &str| document(&[allow_if("iam:CreateAccessKey", "aws:ResourceTag/team", team)]);
    let spec = |team: &str| {
        let app = format!("roles: {{app: {{trust: TRUST, inline_policies: {{a: {}}}}}}}", keys(team));
        format!("{}\n{app}", ann(team, "<s3:Get*>"))
    };
    assert_eq!(answer(&spec("red"), &spec("blue")), ["PutRolePolicy app a", "TagUser ann", "PutRolePolicy app a"]);
}

#[test]
fn who_may_assume_a_role_by_its_tags_may_do_so_throughout() {
    let spec = |team: &str| {
        let trust = format!(
            "{{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Principal: {{AWS: \"arn:aws:iam::111111111111:root\"}}, Action: \"sts:AssumeRole\",
               Condition: {{StringEquals: {{\"aws:PrincipalTag/team\": \"{team}\"}}}}}}]}}"
        );
        format!("{}\nroles: {{app: {{trust_document: {trust}, inline_policies: {{a: <s3:Get*>}}}}}}", ann(team, "<s3:Get*>"))
    };
    let found = answer(&spec("red"), &spec("blue"));
    let gap = found.last().filter(|line| line.starts_with("gap role/app at s1: until s2 "));
    assert!(
        gap.is_some_and(|line| line.contains("`arn:aws:iam::111111111111:user/ann` may not assume `role/app`")),
        "{found:#?}"
    );
}

#[test]
fn a_renamed_user_keeps_what_its_name_is_read_for() {
    let of = |name: &str, from: &str, more: &str| {
        let home = "{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b/${aws:username}/*\"}";
        format!(
            "users: {{{name}: {{{from}create: true, manage: exclusive, inline_policies: {{a: {}}}}}}}",
            document(&[home.to_owned(), more.to_owned()])
        )
    };
    let more = |action| allow_if(action, "aws:username", "anna");
    let found = answer(&of("ann", "", &more("sqs:SendMessage")), &of("anna", "renamed_from: ann, ", &more("sns:Publish")));
    // Under the new name the old policy allows what the new one does not, and neither did under the old name.
    let gap = found.last().filter(|line| line.starts_with("gap user/anna at s1: until s2 "));
    assert!(gap.is_some_and(|line| line.contains("`sqs:SendMessage` on")), "{found:#?}");
}

#[test]
fn a_call_waits_for_whatever_it_stands_in_for() {
    let (_, account, spec, _) = ROWS.iter().find(|row| row.0.starts_with("a user joins a group")).unwrap();
    let plan = planned(account, spec).plan;
    let needs: Vec<Vec<&str>> = plan.steps.iter().map(|step| step.needs.iter().map(|id| id.0.as_str()).collect()).collect();
    assert_eq!(needs, [vec![], vec!["s1"], vec!["s1", "s2"]], "a refused grant to the group leaves the user what it has");
}
