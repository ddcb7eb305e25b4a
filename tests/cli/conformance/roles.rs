//! Roles and instance profiles.

use iamctl::model::Operation;

use super::runner::*;
use super::specs::*;

fn trust(entries: &str) -> String {
    format!("roles: {{r: {{trust: [{entries}]}}}}\n")
}

group!(
    a_role_is_made_and_deleted,
    [
        step("made", one_role("description: does things, max_session_duration: 2h, path: /team/, tags: {a: \"1\"}") + &rest())
            .calls(&["CreatePolicy", "CreateRole"]),
        step(
            "the same again",
            one_role("description: does things, max_session_duration: 7200, path: /team/, tags: {a: \"1\"}") + &rest()
        )
        .nothing(),
        step("deleted with all it has", rest()).calls(&["DeleteRole"]),
    ]
);

group!(
    a_role_is_deleted_with_what_others_gave_it,
    [
        step("made", one_role("managed_policies: [rest]") + &rest()),
        step("deleted", rest())
            .others(|_| vec![attach("r", &aws("AmazonS3ReadOnlyAccess")), put("r", "i", "s3:GetObject")])
            .calls(&["DetachRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"]),
    ]
);

group!(
    a_roles_description_and_session_follow_its_spec,
    [
        step("made", one_role("")).calls(&["CreateRole"]),
        step("described", one_role("description: one")).calls(&["UpdateRole"]),
        step("described otherwise", one_role("description: two")).calls(&["UpdateRole"]),
        step("left out, left alone", one_role("")).nothing(),
        step("a longer session, and the description stays", one_role("max_session_duration: 4h")).calls(&["UpdateRole"]),
        step("both in one call", one_role("max_session_duration: 1h, description: three")).calls(&["UpdateRole"]),
        step("no description", one_role("description: \"\"")).calls(&["UpdateRole"]),
    ]
);

group!(
    a_roles_tags_follow_its_spec,
    [
        step("made", one_role("tags: {a: \"1\", b: \"2\"}")).calls(&["CreateRole"]),
        step("changed", one_role("tags: {a: \"3\", b: \"2\"}")).calls(&["TagRole"]),
        step("one goes, one comes", one_role("tags: {a: \"3\", c: \"4\"}")).calls(&["TagRole", "UntagRole"]),
        step("others add one", one_role("tags: {a: \"3\", c: \"4\"}"))
            .others(|_| vec![tag_role("r", &[("theirs", "x")])])
            .calls(&["UntagRole"]),
        step("all go", one_role("")).calls(&["UntagRole"]),
    ]
);

group!(
    a_roles_trust_follows_its_spec,
    [
        step("made", trust("{service: ec2.amazonaws.com}")).calls(&["CreateRole"]),
        step("an entry more", trust("{service: ec2.amazonaws.com}, {aws: \"222222222222\"}")).calls(&["UpdateAssumeRolePolicy"]),
        step("an entry changed", trust("{service: ec2.amazonaws.com}, {aws: \"333333333333\", external_id: x}"))
            .calls(&["UpdateAssumeRolePolicy"]),
        step("an entry goes", trust("{aws: \"333333333333\", external_id: x}")).calls(&["UpdateAssumeRolePolicy"]),
    ]
);

group!(a_respelled_trust_is_the_same_trust, [
    step("made", trust("{service: [lambda.amazonaws.com, ec2.amazonaws.com]}, {aws: \"222222222222\"}")),
    step("the other order", trust("{aws: \"arn:aws:iam::222222222222:root\"}, {service: [ec2.amazonaws.com, lambda.amazonaws.com]}")).nothing(),
    step("in IAM's own grammar", "roles: {r: {trust_document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: [\"sts:AssumeRole\"], Principal: {AWS: [\"222222222222\"]}}, {Sid: \"\", Effect: Allow, Action: \"sts:AssumeRole\", Principal: {Service: [ec2.amazonaws.com, lambda.amazonaws.com]}}]}}}").nothing(),
    step("others respell it", trust("{service: [lambda.amazonaws.com, ec2.amazonaws.com]}, {aws: \"222222222222\"}"))
        .others(|_| vec![Operation::UpdateAssumeRolePolicy { role_name: "r".into(), policy_document: r#"{"Statement": [{"Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"], "Effect": "Allow"}, {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "sts:AssumeRole"}], "Version": "2012-10-17"}"#.to_owned() }])
        .nothing(),
]);

group!(
    every_way_to_name_a_principal,
    [
        step(
            "service with conditions",
            trust(
                "{service: sagemaker.amazonaws.com, source_account: \"${account_id}\", source_arn: \"arn:aws:sagemaker:*:${account_id}:*\"}"
            )
        ),
        step("an organisation and a second factor", trust("{aws: \"222222222222\", org_id: o-abcdefghij, mfa: true}")),
        step(
            "GitHub",
            trust("{github: {repository: acme/app, ref: refs/heads/main}}")
                + "oidc_providers: {token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com]}}\n"
        ),
        step(
            "OIDC",
            trust("{oidc: token.actions.githubusercontent.com, audience: sts.amazonaws.com, subject: \"repo:acme/*\"}")
                + "oidc_providers: {token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com]}}\n"
        ),
        step(
            "IAM's own form",
            trust(
                "{principal: {AWS: \"222222222222\", Service: ec2.amazonaws.com}, sid: Both, condition: {StringLike: {\"aws:PrincipalTag/team\": \"ml*\"}}}"
            ) + "oidc_providers: {token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com]}}\n"
        ),
        step(
            "other actions",
            trust("{service: ec2.amazonaws.com, actions: [\"sts:AssumeRole\", \"sts:TagSession\"]}")
                + "oidc_providers: {token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com]}}\n"
        ),
    ]
);

group!(
    roles_that_trust_each_other,
    [
        step("one trusts the other", "roles: {a: {trust: [{service: ec2.amazonaws.com}]}, b: {trust: [{aws: role/a}]}}"),
        step("both ways", "roles: {a: {trust: [{aws: role/b}]}, b: {trust: [{aws: role/a}]}}").calls(&["UpdateAssumeRolePolicy"]),
        step(
            "a third that trusts both",
            "roles: {a: {trust: [{aws: role/b}]}, b: {trust: [{aws: role/a}]}, c: {trust: [{aws: [role/a, role/b]}]}}"
        ),
        step("only the first stays", "roles: {a: {trust: [{service: ec2.amazonaws.com}]}}"),
    ]
);

group!(
    a_cycle_of_trusts_is_made_at_once,
    [step("made", "roles: {a: {trust: [{aws: role/b}]}, b: {trust: [{aws: role/a}]}}")
        .changes(&["role/a create", "role/b create"]),]
);

group!(
    a_roles_attachments_follow_its_spec,
    [
        step("made", one_role("managed_policies: [p, aws/AmazonS3ReadOnlyAccess]") + &one_policy("s3:GetObject", "")).calls(&[
            "CreatePolicy",
            "CreateRole",
            "AttachRolePolicy",
            "AttachRolePolicy"
        ]),
        step("one is swapped", one_role("managed_policies: [p, aws/AmazonSQSReadOnlyAccess]") + &one_policy("s3:GetObject", ""))
            .calls(&["AttachRolePolicy", "DetachRolePolicy"]),
        step("others attach", one_role("managed_policies: [p, aws/AmazonSQSReadOnlyAccess]") + &one_policy("s3:GetObject", ""))
            .others(|_| vec![attach("r", &aws("AdministratorAccess"))])
            .calls(&["DetachRolePolicy"]),
        step(
            "the policy by its ARN is the same",
            one_role(
                "managed_policies: [\"arn:aws:iam::ACCOUNT:policy/p\", \"arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess\"]"
            ) + &one_policy("s3:GetObject", "")
        )
        .nothing(),
        step("all go", one_role("") + &one_policy("s3:GetObject", "")).calls(&["DetachRolePolicy", "DetachRolePolicy"]),
    ]
);

group!(
    ten_attachments_are_swapped_one_for_one,
    [
        step(
            "ten",
            one_role(
                "managed_policies: [aws/AmazonSSMReadOnlyAccess, aws/AmazonRoute53ReadOnlyAccess, aws/AmazonS3ReadOnlyAccess, aws/AmazonSQSReadOnlyAccess, aws/AmazonSNSReadOnlyAccess, aws/AmazonEC2ReadOnlyAccess, aws/AmazonDynamoDBReadOnlyAccess, aws/AmazonRDSReadOnlyAccess, aws/AmazonVPCReadOnlyAccess, aws/IAMReadOnlyAccess]"
            )
        ),
        step(
            "another in the place of one",
            one_role(
                "managed_policies: [aws/CloudWatchReadOnlyAccess, aws/AmazonRoute53ReadOnlyAccess, aws/AmazonS3ReadOnlyAccess, aws/AmazonSQSReadOnlyAccess, aws/AmazonSNSReadOnlyAccess, aws/AmazonEC2ReadOnlyAccess, aws/AmazonDynamoDBReadOnlyAccess, aws/AmazonRDSReadOnlyAccess, aws/AmazonVPCReadOnlyAccess, aws/IAMReadOnlyAccess]"
            )
        ),
    ]
);

group!(
    a_roles_inline_policies_follow_its_spec,
    [
        step("made", one_role(&format!("inline_policies: {{i: {}}}", doc("s3:GetObject"))))
            .calls(&["CreateRole", "PutRolePolicy"]),
        step("changed", one_role(&format!("inline_policies: {{i: {}}}", doc("s3:PutObject")))).calls(&["PutRolePolicy"]),
        step("renamed", one_role(&format!("inline_policies: {{j: {}}}", doc("s3:PutObject"))))
            .calls(&["PutRolePolicy", "DeleteRolePolicy"]),
        step("others add one", one_role(&format!("inline_policies: {{j: {}}}", doc("s3:PutObject"))))
            .others(|_| vec![put("r", "backdoor", "*")])
            .calls(&["DeleteRolePolicy"]),
        step("from a file", one_role("inline_policies: {j: {document_file: j.json}}"))
            .file("specs/j.json", json("sqs:*"))
            .calls(&["PutRolePolicy"]),
        step("all go", one_role("")).calls(&["DeleteRolePolicy"]),
    ]
);

group!(
    a_roles_boundary_comes_and_goes,
    [
        step("made", one_role("permissions_boundary: aws/PowerUserAccess") + &rest()),
        step("another", one_role("permissions_boundary: rest") + &rest()).calls(&["PutRolePermissionsBoundary"]),
        step("left out, left alone, and said", one_role("") + &rest()).nothing().finding("undeclared-boundary"),
        step("taken off", one_role("permissions_boundary: none") + &rest())
            .calls(&["DeleteRolePermissionsBoundary"])
            .says("boundary"),
        step("set by others and not declared", one_role("") + &rest())
            .others(|_| vec![Operation::PutRolePermissionsBoundary {
                role_name: "r".into(),
                permissions_boundary: aws("PowerUserAccess")
            }])
            .nothing()
            .finding("undeclared-boundary"),
        step("set back", one_role("permissions_boundary: none") + &rest()).calls(&["DeleteRolePermissionsBoundary"]),
    ]
);

group!(
    a_roles_path_cannot_change_and_is_replaced_on_request,
    [
        step("made", one_role("path: /a/, managed_policies: [rest]") + &rest()),
        step("another path", one_role("path: /b/, managed_policies: [rest]") + &rest()).nothing().finding("immutable-field"),
        step("replaced", one_role("path: /b/, managed_policies: [rest]") + &rest())
            .flags(&["--replace", "role/r"])
            .changes(&["role/r replace"]),
    ]
);

group!(
    an_instance_profile_comes_and_goes_with_its_role,
    [
        step("made", one_role("instance_profile: true") + &rest()).calls(&[
            "CreatePolicy",
            "CreateRole",
            "CreateInstanceProfile",
            "AddRoleToInstanceProfile"
        ]),
        step("a tag on both", one_role("instance_profile: true, tags: {a: \"1\"}") + &rest()),
        step("another name", one_role("instance_profile: q, tags: {a: \"1\"}") + &rest()),
        step("none", one_role("tags: {a: \"1\"}") + &rest()).changes(&["instance-profile/q delete"]),
        step("again", one_role("instance_profile: true, tags: {a: \"1\"}") + &rest()),
        step("gone with its role", rest()).flags(&["--allow-delete", "role/r"]),
    ]
);

group!(
    an_instance_profile_changes_its_role,
    [
        step("made", format!("roles: {{{}, {}}}", role("a", "instance_profile: q"), role("b", ""))),
        step("the other role", format!("roles: {{{}, {}}}", role("a", ""), role("b", "instance_profile: q")))
            .calls(&["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"]),
        step("emptied by others", format!("roles: {{{}, {}}}", role("a", ""), role("b", "instance_profile: q")))
            .others(|_| vec![Operation::RemoveRoleFromInstanceProfile {
                instance_profile_name: "q".into(),
                role_name: "b".into()
            }])
            .calls(&["AddRoleToInstanceProfile"]),
    ]
);

group!(
    a_create_only_role_is_made_and_left_alone,
    [
        step("made", one_role("manage: create_only, managed_policies: [aws/AmazonS3ReadOnlyAccess]") + &rest()),
        step(
            "changed",
            one_role("manage: create_only, managed_policies: [aws/AmazonSQSReadOnlyAccess], description: x") + &rest()
        )
        .nothing(),
        step("no longer declared", rest()).nothing(),
    ]
);

group!(
    an_additive_role_keeps_what_others_gave_it,
    [
        step("made", one_role("manage: additive, managed_policies: [rest]") + &rest()),
        step("others attach, put and tag", one_role("manage: additive, managed_policies: [rest]") + &rest())
            .others(|_| vec![
                attach("r", &aws("AmazonS3ReadOnlyAccess")),
                put("r", "theirs", "s3:GetObject"),
                tag_role("r", &[("theirs", "x")])
            ])
            .nothing(),
        step(
            "ours is added",
            one_role(&format!(
                "manage: additive, managed_policies: [rest, aws/AmazonSQSReadOnlyAccess], inline_policies: {{i: {}}}",
                doc("sqs:*")
            )) + &rest()
        ),
        step("ours goes", one_role("manage: additive, managed_policies: [rest]") + &rest()),
        step("under exclusive theirs goes", one_role("managed_policies: [rest]") + &rest()),
    ]
);

group!(
    the_case_of_a_name_does_not_matter,
    moto = "moto keeps names apart that differ by case alone",
    [
        step("made", "roles: {Worker: {trust: [{service: ec2.amazonaws.com}]}}\npolicies: {}\n"),
        step("another case", "roles: {worker: {trust: [{service: ec2.amazonaws.com}], description: x}}\n")
            .changes(&["role/Worker update"])
            .finding("name-case"),
        step(
            "twice is an error",
            "roles: {worker: {trust: [{service: ec2.amazonaws.com}]}, Worker: {trust: [{service: ec2.amazonaws.com}]}}\n"
        )
        .spec_error(),
    ]
);

group!(
    others_delete_a_role,
    [
        step("made", one_role("managed_policies: [aws/AmazonS3ReadOnlyAccess]")),
        step("made anew", one_role("managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .others(|_| vec![
                Operation::DetachRolePolicy { role_name: "r".into(), policy_arn: aws("AmazonS3ReadOnlyAccess") },
                Operation::DeleteRole { role_name: "r".into() }
            ])
            .changes(&["role/r create"])
            .calls(&["CreateRole", "AttachRolePolicy"]),
    ]
);
