//! Whose is it: adoption, other stacks, release, protection, guards.

use super::runner::*;
use super::specs::*;

group!(
    a_role_that_exists_is_adopted_on_request_only,
    [
        step("blocked", one_role("description: ours") + &rest())
            .others(|_| vec![make_role("r", &[("theirs", "x")]), attach("r", &aws("AmazonS3ReadOnlyAccess"))])
            .blocked(),
        step("adopted with every difference", one_role("description: ours") + &rest())
            .flags(&["--adopt"])
            .changes(&["role/r adopt"]),
        step("ours now", one_role("description: more") + &rest()).changes(&["role/r update"]),
    ]
);

group!(
    an_entity_that_is_as_wanted_is_adopted_by_its_tag_alone,
    [step("adopted", one_role("adopt: true") + &one_policy("s3:GetObject", "adopt: true"))
        .others(|_| vec![make_role("r", &[]), make_policy("p", "s3:GetObject", &[])])
        .changes(&["policy/p adopt", "role/r adopt"])
        .calls(&["TagPolicy", "TagRole"]),]
);

group!(
    what_depends_on_something_blocked_is_blocked_too,
    [
        step("blocked", one_role("managed_policies: [p]") + &one_policy("s3:GetObject", ""))
            .others(|_| vec![make_policy("p", "s3:PutObject", &[])])
            .blocked(),
        step("adopted", one_role("managed_policies: [p]") + &one_policy("s3:GetObject", "")).flags(&["--adopt=policy/p"]),
    ]
);

group!(
    what_another_stack_owns_is_taken_over_on_request_only,
    [
        step("blocked", one_role("") + &rest()).others(|_| vec![make_role("r", &[("iamctl:stack", "other")])]).blocked(),
        step("adopting is not enough", one_role("") + &rest()).flags(&["--adopt=role/r"]).blocked(),
        step("taken over", one_role("") + &rest()).flags(&["--take-over", "role/r"]).changes(&["role/r adopt"]),
    ]
);

group!(
    a_released_role_stays_as_it_is,
    [
        step("made", one_role("managed_policies: [rest]") + &rest()),
        step("released", "release: [role/r]\n".to_owned() + &rest()).changes(&["role/r release"]).calls(&["UntagRole"]),
        step("nobody's now", rest()).nothing(),
        step("adopted again", one_role("adopt: true, managed_policies: [rest]") + &rest()).changes(&["role/r adopt"]),
    ]
);

group!(
    a_renamed_stack_keeps_what_is_its_own,
    [
        step("made", one_role("") + &rest()),
        step("renamed", one_role("") + &rest()).stack("lab2").project("formerly: [lab]").calls(&["TagPolicy", "TagRole"]),
        step("deleted by its new name", rest()).calls(&["DeleteRole"]),
    ]
);

group!(
    a_protected_role_is_unprotected_by_an_apply_of_its_own,
    [
        step("made", one_role("protect: true") + &rest()),
        step("deleted: refused", rest()).refused("protect"),
        step("unprotected", one_role("") + &rest()).calls(&["UntagRole"]),
        step("deleted", rest()).calls(&["DeleteRole"]),
    ]
);

group!(
    more_deletes_than_allowed_are_refused,
    [
        step("made", format!("roles: {{{}, {}, {}}}\n", role("a", ""), role("b", ""), role("c", "")) + &rest())
            .project("guards: {max_deletes: 2}"),
        step("three go: refused", rest()).refused("max_deletes"),
        step("three go: allowed for once", rest()).flags(&["--max-deletes", "3"]),
    ]
);

group!(
    a_break_glass_role_is_not_changed,
    [
        step("made", one_role("") + &rest()),
        step("changed: refused", one_role("description: x") + &rest())
            .project("guards: {break_glass: [\"arn:aws:iam::ACCOUNT:role/r\"]}")
            .refused("break_glass"),
        step("by its address: refused", one_role("description: x") + &rest())
            .project("guards: {break_glass: [role/r]}")
            .refused("break_glass"),
        step("by a pattern with variables: refused", one_role("description: x") + &rest())
            .project("guards: {break_glass: [\"arn:${partition}:iam::${account_id}:role/*\"]}")
            .refused("break_glass"),
        step("changed: allowed for once", one_role("description: x") + &rest()).flags(&["--allow", "role/r"]),
        step("no longer listed", one_role("description: y") + &rest()).project(""),
    ]
);

group!(a_role_that_is_named_in_a_trust_that_stays_is_not_deleted, [
    step("made", "roles: {a: {trust: [{service: ec2.amazonaws.com}]}}\n".to_owned() + &rest())
        .others(|_| vec![]),
    step("others trust it: refused", rest())
        .others(|id| vec![iamctl::model::Operation::CreateRole {
            role_name: "theirs".into(),
            path: "/".to_owned(),
            assume_role_policy_document: format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{id}:role/a"}},"Action":"sts:AssumeRole"}}]}}"#),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Default::default(),
        }])
        .refused("delete_unused_days"),
    step("allowed for once", rest()).flags(&["--allow-delete", "role/a"]),
]);

group!(
    a_stack_that_declares_nothing_any_more_is_an_error,
    [step("made", rest()), step("nothing", "version: 1\n").error().finding("empty-set"),]
);

group!(
    what_nobody_owns_is_left_alone,
    [
        step("made", rest()).others(|_| vec![make_role("theirs", &[]), make_policy("other", "*", &[]), make_user("ann")]),
        step("still there", rest()).nothing(),
    ]
);

group!(what_is_ignored_is_nobodys_to_judge, [
    step("made", one_role("managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
        .project("ignore: {tags: [\"auto:*\"], attached_policies: [\"arn:aws:iam::aws:policy/AmazonSQS*\"], inline_policies: [\"org-*\"]}"),
    step("others give it what is ignored", one_role("managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
        .others(|_| vec![attach("r", &aws("AmazonSQSReadOnlyAccess")), put("r", "org-base", "s3:GetObject"), tag_role("r", &[("auto:x", "1")])])
        .nothing(),
    step("others give it more", one_role("managed_policies: [aws/AmazonS3ReadOnlyAccess]"))
        .others(|_| vec![attach("r", &aws("AdministratorAccess"))])
        .calls(&["DetachRolePolicy"]),
]);

group!(
    paths_and_targets_prune_nothing,
    [
        step("made", format!("roles: {{{}, {}}}\n", role("a", ""), role("b", "")) + &rest()),
        step("one of them aimed at", format!("roles: {{{}}}\n", role("a", "description: x")) + &rest())
            .flags(&["--target", "role/a"])
            .changes(&["role/a update"])
            .leaves_more(),
        step("all", format!("roles: {{{}}}\n", role("a", "description: x")) + &rest()).changes(&["role/b delete"]),
    ]
);
