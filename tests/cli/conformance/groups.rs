//! Groups.

use super::runner::*;
use super::specs::*;

const G: &str = "groups: {g: {";

fn g(keys: &str) -> String {
    format!("{G}{keys}}}}}\nusers: {{ann: {{create: true}}, bob: {{create: true}}}}\n")
}

group!(
    a_group_gains_and_loses_what_its_spec_lists_under_exclusive,
    [
        step("made", g("manage: exclusive, users: [ann], managed_policies: [aws/AmazonS3ReadOnlyAccess]")).calls(&[
            "CreateUser",
            "CreateUser",
            "CreateGroup",
            "AttachGroupPolicy",
            "AddUserToGroup"
        ]),
        step("another member", g("manage: exclusive, users: [ann, bob], managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .calls(&["AddUserToGroup"]),
        step("a member goes", g("manage: exclusive, users: [bob], managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .calls(&["RemoveUserFromGroup"]),
        step("another policy", g("manage: exclusive, users: [bob], managed_policies: [aws/AmazonSQSReadOnlyAccess]"))
            .calls(&["AttachGroupPolicy", "DetachGroupPolicy"]),
        step(
            "an inline policy",
            format!("{G}manage: exclusive, inline_policies: {{i: {}}}}}}}\n{}", doc("s3:GetObject"), rest())
        )
        .flags(&["--no-prune"])
        .leaves_more(),
        step("nothing in it", format!("{G}manage: exclusive}}}}\n{}", rest())),
    ]
);

group!(
    an_additive_group_keeps_what_others_put_into_it,
    [
        step("made", g("users: [ann]")),
        step("others add a member and a policy", g("users: [ann]"))
            .others(|_| {
                vec![
                    iamctl::model::Operation::AddUserToGroup { group_name: "g".into(), user_name: "bob".into() },
                    iamctl::model::Operation::AttachGroupPolicy {
                        group_name: "g".into(),
                        policy_arn: aws("AmazonSQSReadOnlyAccess"),
                    },
                ]
            })
            .nothing(),
        step("ours is added beside them", g("users: [ann], managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .calls(&["AttachGroupPolicy"]),
        // Groups carry no tags, so nothing remembers what this stack put there.
        step("what the spec no longer lists stays, and the plan says so", g("users: [ann]")).nothing(),
    ]
);

group!(
    a_group_is_never_deleted,
    [
        step("made", format!("{G}managed_policies: [aws/AmazonS3ReadOnlyAccess]}}}}\n{}", rest())),
        step("no longer declared", rest()).nothing(),
    ]
);

group!(
    a_groups_path_changes_in_place,
    moto = "moto's UpdateGroup changes a path only together with the name",
    [
        step("made", format!("{G}path: /a/}}}}\n{}", rest())),
        step("moved", format!("{G}path: /b/}}}}\n{}", rest())).calls(&["UpdateGroup"]).says("ARN"),
        step("the path left out is left alone", format!("{G}}}}}\n{}", rest())).nothing(),
    ]
);

group!(
    a_create_only_group_is_made_and_left_alone,
    [
        step("made", format!("{G}manage: create_only, managed_policies: [aws/AmazonS3ReadOnlyAccess]}}}}\n{}", rest())).calls(&[
            "CreatePolicy",
            "CreateGroup",
            "AttachGroupPolicy"
        ]),
        step("changed", format!("{G}manage: create_only, managed_policies: [aws/AmazonSQSReadOnlyAccess]}}}}\n{}", rest()))
            .finding("drift")
            .says("it holds what the spec does not list: `aws/AmazonS3ReadOnlyAccess`")
            .nothing(),
    ]
);
