//! Customer managed policies.

use iamctl::model::Operation;

use super::runner::*;
use super::specs::*;

fn arn(id: &str, name: &str) -> String {
    format!("arn:aws:iam::{id}:policy/{name}")
}

group!(
    a_policy_is_made_changed_and_deleted,
    [
        step("made", one_policy("s3:GetObject", "") + &one_role("")).calls(&["CreatePolicy", "CreateRole"]),
        step("changed", one_policy("s3:PutObject", "") + &one_role("")).calls(&["CreatePolicyVersion"]),
        step("the same again", one_policy("s3:PutObject", "") + &one_role("")).nothing(),
        step("deleted with its versions", one_role("")).calls(&["DeletePolicyVersion", "DeletePolicy"]),
    ]
);

group!(
    a_policys_statements_come_change_and_go,
    [
        step(
            "one",
            format!("policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{}]}}}}}}", allow("s3:GetObject"))
        ),
        step(
            "two",
            format!(
                "policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{}, {}]}}}}}}",
                allow("s3:GetObject"),
                allow("sqs:*")
            )
        )
        .calls(&["CreatePolicyVersion"]),
        step(
            "the second is changed",
            format!(
                "policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{}, {}]}}}}}}",
                allow("s3:GetObject"),
                allow("sns:*")
            )
        )
        .calls(&["CreatePolicyVersion"]),
        step(
            "the other order",
            format!(
                "policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{}, {}]}}}}}}",
                allow("sns:*"),
                allow("s3:GetObject")
            )
        )
        .nothing(),
        step(
            "the first goes",
            format!("policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{}]}}}}}}", allow("sns:*"))
        )
        .calls(&["CreatePolicyVersion"]),
    ]
);

group!(
    the_sixth_version_takes_the_place_of_the_oldest,
    [
        step("v1", one_policy("s3:GetObject", "")).calls(&["CreatePolicy"]),
        step("v2", one_policy("s3:PutObject", "")).calls(&["CreatePolicyVersion"]),
        step("v3", one_policy("s3:GetBucketAcl", "")).calls(&["CreatePolicyVersion"]),
        step("v4", one_policy("s3:PutBucketAcl", "")).calls(&["CreatePolicyVersion"]),
        step("v5", one_policy("s3:ListBucket", "")).calls(&["CreatePolicyVersion"]),
        step("v6", one_policy("s3:GetObject", "")).calls(&["DeletePolicyVersion", "CreatePolicyVersion"]),
        step("v7", one_policy("s3:PutObject", "")).calls(&["DeletePolicyVersion", "CreatePolicyVersion"]),
    ]
);

group!(a_respelled_policy_is_the_same_policy, [
    step("made", "policies: {p: {document: {Version: \"2012-10-17\", Statement: [{Sid: A, Effect: Allow, Action: [\"s3:GetObject\", \"s3:PutObject\"], Resource: \"arn:aws:s3:::b/*\", Condition: {Bool: {\"aws:SecureTransport\": true}}}]}}}"),
    step("respelled", "policies: {p: {document: {Statement: {Condition: {Bool: {\"aws:SecureTransport\": [\"true\"]}}, Resource: [\"arn:aws:s3:::b/*\"], Action: [\"S3:putobject\", \"s3:GetObject\"], Effect: Allow, Sid: A}, Version: \"2012-10-17\"}}}")
        .nothing(),
    step("others respell it", "policies: {p: {document: {Statement: {Condition: {Bool: {\"aws:SecureTransport\": [\"true\"]}}, Resource: [\"arn:aws:s3:::b/*\"], Action: [\"S3:putobject\", \"s3:GetObject\"], Effect: Allow, Sid: A}, Version: \"2012-10-17\"}}}")
        .others(|id| vec![Operation::CreatePolicyVersion {
            policy_arn: arn(id, "p"),
            policy_document: r#"{ "Version": "2012-10-17", "Statement": [ {"Action": ["s3:PutObject", "s3:getObject"], "Effect": "Allow", "Sid": "A", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:securetransport": "true"}}} ] }"#.to_owned(),
            set_as_default: true,
        }])
        .nothing(),
]);

group!(
    a_policys_tags_follow_its_spec,
    [
        step("made", one_policy("s3:GetObject", "tags: {a: \"1\", b: \"2\"}")).calls(&["CreatePolicy"]),
        step("changed", one_policy("s3:GetObject", "tags: {a: \"3\", b: \"2\"}")).calls(&["TagPolicy"]),
        step("one goes, one comes", one_policy("s3:GetObject", "tags: {a: \"3\", c: \"4\"}"))
            .calls(&["TagPolicy", "UntagPolicy"]),
        step("all go", one_policy("s3:GetObject", "")).calls(&["UntagPolicy"]),
    ]
);

group!(
    a_policys_description_cannot_change_and_is_replaced_on_request,
    [
        step("made", one_policy("s3:GetObject", "description: one") + &one_role("managed_policies: [p]")),
        step("another description", one_policy("s3:GetObject", "description: two") + &one_role("managed_policies: [p]"))
            .nothing()
            .finding("immutable-field"),
        step("replaced", one_policy("s3:GetObject", "description: two") + &one_role("managed_policies: [p]"))
            .flags(&["--replace", "policy/p"])
            .changes(&["policy/p replace"]),
        step("left out, left alone", one_policy("s3:GetObject", "") + &one_role("managed_policies: [p]")).nothing(),
    ]
);

group!(
    a_policys_path_cannot_change_and_is_replaced_on_request,
    [
        step("made", one_policy("s3:GetObject", "path: /a/") + &one_role("managed_policies: [p]")),
        step("another path", one_policy("s3:GetObject", "path: /b/") + &one_role("managed_policies: [p]"))
            .nothing()
            .finding("immutable-field"),
        step("another path and another document", one_policy("s3:PutObject", "path: /b/") + &one_role("managed_policies: [p]"))
            .calls(&["CreatePolicyVersion"])
            .finding("immutable-field"),
        step("replaced", one_policy("s3:PutObject", "path: /b/") + &one_role("managed_policies: [p]"))
            .flags(&["--replace=policy/p"]),
    ]
);

group!(
    a_renamed_policy_is_attached_before_the_old_one_goes,
    [
        step("made", format!("policies: {{{}}}\n", policy("old", "s3:GetObject", "")) + &one_role("managed_policies: [old]")),
        step("renamed", format!("policies: {{{}}}\n", policy("new", "s3:GetObject", "")) + &one_role("managed_policies: [new]"))
            .calls(&["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"]),
    ]
);

group!(
    a_policy_that_others_hold_cannot_be_deleted,
    [
        step("made", one_policy("s3:GetObject", "") + &one_role("")),
        step("held by others", one_role(""))
            .others(|id| vec![make_role("theirs", &[]), attach("theirs", &arn(id, "p"))])
            .error()
            .finding("delete-conflict")
            .says("role/theirs"),
        step("let go", one_role(""))
            .others(|id| vec![Operation::DetachRolePolicy { role_name: "theirs".into(), policy_arn: arn(id, "p") }])
            .calls(&["DeletePolicy"]),
    ]
);

group!(
    a_policy_that_bounds_is_swapped_before_it_goes,
    [
        step("made", format!("policies: {{{}}}\n", policy("old", "s3:*", "")) + &one_role("permissions_boundary: old")),
        step("swapped", format!("policies: {{{}}}\n", policy("new", "s3:*", "")) + &one_role("permissions_boundary: new"))
            .calls(&["CreatePolicy", "PutRolePermissionsBoundary", "DeletePolicy"]),
    ]
);

group!(
    a_newer_version_that_is_not_the_default_is_a_warning,
    [
        step("made", one_policy("s3:GetObject", "")),
        step("others make one", one_policy("s3:GetObject", ""))
            .others(|id| vec![Operation::CreatePolicyVersion {
                policy_arn: arn(id, "p"),
                policy_document: json("*"),
                set_as_default: false
            }])
            .nothing()
            .finding("newer-version-not-default"),
        step("others make it the default", one_policy("s3:GetObject", ""))
            .others(|id| vec![Operation::SetDefaultPolicyVersion {
                policy_arn: arn(id, "p"),
                version_id: iamctl::names::VersionId::parse("v2").unwrap()
            }])
            .changes(&["policy/p update"]),
    ]
);

group!(
    a_create_only_policy_is_made_and_left_alone,
    [
        step("made", one_policy("s3:GetObject", "manage: create_only") + &one_role("")),
        step("changed", one_policy("s3:PutObject", "manage: create_only") + &one_role(""))
            .finding("drift")
            .says("it differs from the spec in `document`")
            .nothing(),
        step("no longer declared", one_role("")).nothing(),
    ]
);

group!(
    an_additive_policy_keeps_the_tags_of_others,
    [
        step("made", one_policy("s3:GetObject", "manage: additive, tags: {a: \"1\"}")),
        step("others tag it", one_policy("s3:GetObject", "manage: additive, tags: {a: \"1\"}"))
            .others(|id| vec![Operation::TagPolicy {
                policy_arn: arn(id, "p"),
                tags: [("theirs".to_owned(), "x".to_owned())].into()
            }])
            .nothing(),
        step("ours is changed", one_policy("s3:GetObject", "manage: additive, tags: {a: \"2\"}")).calls(&["TagPolicy"]),
        step("under exclusive theirs goes", one_policy("s3:GetObject", "tags: {a: \"2\"}")).calls(&["UntagPolicy"]),
    ]
);

group!(
    a_document_may_stand_in_a_file_of_its_own,
    [
        step("made", "policies: {p: {document_file: p.json}}").file("specs/p.json", json("s3:GetObject")),
        step("changed", "policies: {p: {document_file: p.json}}")
            .file("specs/p.json", json("s3:PutObject"))
            .calls(&["CreatePolicyVersion"]),
        step("the same in the spec itself", one_policy("s3:PutObject", "")).nothing(),
    ]
);
