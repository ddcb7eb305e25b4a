//! Users.

use iamctl::model::Operation;

use super::runner::*;
use super::specs::*;

fn user(keys: &str) -> String {
    format!("users: {{ann: {{{keys}}}}}\n{}", rest())
}

fn attach_user(arn: &str) -> Operation {
    Operation::AttachUserPolicy { user_name: "ann".into(), policy_arn: arn.to_owned() }
}

group!(
    a_user_is_made_changed_and_deleted,
    [
        step("made", user("create: true, managed_policies: [rest]")).calls(&["CreatePolicy", "CreateUser", "AttachUserPolicy"]),
        step("another attachment", user("create: true, managed_policies: [rest, aws/AmazonS3ReadOnlyAccess]"))
            .calls(&["TagUser", "AttachUserPolicy"]),
        step("an attachment goes", user("create: true, managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .calls(&["DetachUserPolicy", "UntagUser"]),
        step("a tag", user("create: true, tags: {team: ml}, managed_policies: [aws/AmazonS3ReadOnlyAccess]")).calls(&["TagUser"]),
        step("no longer declared", rest()).changes(&["user/ann delete"]),
    ]
);

group!(
    a_users_inline_policies_follow_its_spec,
    [
        step("made", user(&format!("create: true, inline_policies: {{i: {}}}", doc("s3:GetObject")))),
        step("changed", user(&format!("create: true, inline_policies: {{i: {}}}", doc("s3:PutObject"))))
            .calls(&["PutUserPolicy"]),
        step(
            "a second",
            user(&format!("create: true, inline_policies: {{i: {}, j: {}}}", doc("s3:PutObject"), doc("s3:GetObject")))
        ),
        step("the first goes", user(&format!("create: true, inline_policies: {{j: {}}}", doc("s3:GetObject")))),
    ]
);

group!(
    a_user_of_others_is_joined_and_left_again,
    [
        step("attached", user("managed_policies: [rest, aws/AmazonS3ReadOnlyAccess]"))
            .others(|_| vec![make_user("ann"), attach_user(&aws("AmazonSQSReadOnlyAccess"))]),
        step("an attachment goes, that of others stays", user("managed_policies: [rest]")),
        step("no longer declared: what this stack attached comes off", rest()).changes(&["user/ann detach_only"]),
        step("nothing is left to do", rest()).nothing(),
    ]
);

group!(
    a_user_that_is_missing_is_an_error_without_create,
    [
        step("missing", user("managed_policies: [rest]")).error().finding("user-missing"),
        step("made by others", user("managed_policies: [rest]")).others(|_| vec![make_user("ann")]),
    ]
);

group!(
    an_exclusive_user_loses_what_others_attach,
    [
        step("made", user("create: true, manage: exclusive, managed_policies: [rest]")),
        step("others attach", user("create: true, manage: exclusive, managed_policies: [rest]"))
            .others(|_| vec![attach_user(&aws("AdministratorAccess"))])
            .calls(&["DetachUserPolicy"]),
    ]
);

group!(
    two_stacks_are_additive_on_one_user,
    [
        step("the first stack", user("managed_policies: [aws/AmazonS3ReadOnlyAccess]")).others(|_| vec![make_user("ann")]),
        step("the second stack", "users: {ann: {managed_policies: [aws/AmazonSQSReadOnlyAccess]}}\n").stack("second"),
        step(
            "it wants what the first has attached, and remembers that beside the first",
            "users: {ann: {managed_policies: [aws/AmazonSQSReadOnlyAccess, aws/AmazonS3ReadOnlyAccess]}}\n"
        )
        .calls(&["TagUser"]),
        step("it lets go of both, and detaches what nobody else wants", "users: {ann: {}}\n")
            .calls(&["DetachUserPolicy", "UntagUser"]),
        step("the first still has its own", user("managed_policies: [aws/AmazonS3ReadOnlyAccess]")).stack("lab").nothing(),
    ]
);

group!(
    a_user_changes_its_path_in_place,
    moto = "moto's UpdateUser loses the user's tags",
    [
        step("made", user("create: true, path: /a/")),
        step("moved", user("create: true, path: /b/")).calls(&["UpdateUser"]).says("ARN"),
        step("left out, left alone", user("create: true")).nothing(),
    ]
);

group!(
    a_users_boundary_comes_and_goes,
    moto = "moto has no permissions boundaries of users",
    [
        step("made", user("create: true, permissions_boundary: aws/PowerUserAccess")),
        step("another", user("create: true, permissions_boundary: rest")).calls(&["PutUserPermissionsBoundary"]),
        step("left out, left alone", user("create: true")).nothing().finding("undeclared-boundary"),
        step("taken off", user("create: true, permissions_boundary: none")).calls(&["DeleteUserPermissionsBoundary"]),
    ]
);

group!(
    a_create_only_user_is_made_and_left_alone,
    [
        step("made", user("create: true, manage: create_only, managed_policies: [rest]")),
        step("changed", user("create: true, manage: create_only, managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
            .finding("drift")
            .says("it holds what the spec does not list: `rest`")
            .nothing(),
        step("no longer declared", rest()).nothing(),
        step("its policy is still held by it", "policies: {}\nroles: {r: {trust: [{service: ec2.amazonaws.com}]}}\n")
            .error()
            .finding("delete-conflict"),
        step("others let go of it", rest())
            .others(|id| vec![Operation::DetachUserPolicy {
                user_name: "ann".into(),
                policy_arn: format!("arn:aws:iam::{id}:policy/rest")
            }])
            .nothing(),
    ]
);
