//! Specs as a whole: defaults, variables, templates, accounts, and everything at once.

use super::runner::*;
use super::specs::*;

group!(
    defaults_hold_for_entities_that_say_nothing,
    [
        step("made", one_role("") + &one_policy("s3:GetObject", "")).project(
            "defaults: {tags: {team: ml}, path: /ml/, permissions_boundary: aws/PowerUserAccess, max_session_duration: 2h}"
        ),
        step(
            "the role says otherwise",
            one_role("tags: {team: data}, max_session_duration: 1h") + &one_policy("s3:GetObject", "")
        )
        .changes(&["role/r update"]),
        step("another default tag", one_role("tags: {team: data}, max_session_duration: 1h") + &one_policy("s3:GetObject", ""))
            .project("defaults: {tags: {team: ml, cost: \"1\"}, path: /ml/, permissions_boundary: aws/PowerUserAccess}")
            .calls(&["TagPolicy", "TagRole"]),
    ]
);

group!(variables_change_what_is_wanted, [
    step("made", "policies: {\"p-${var.env}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"${var.buckets}\"}]}}}")
        .project("vars: {env: dev, buckets: [\"arn:aws:s3:::a/*\", \"arn:aws:s3:::b/*\"]}"),
    step("another list", "policies: {\"p-${var.env}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"${var.buckets}\"}]}}}")
        .project("vars: {env: dev, buckets: [\"arn:aws:s3:::a/*\"]}")
        .calls(&["CreatePolicyVersion"]),
    step("another name", "policies: {\"p-${var.env}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"${var.buckets}\"}]}}}")
        .project("vars: {env: prod, buckets: [\"arn:aws:s3:::a/*\"]}")
        .changes(&["policy/p-dev delete", "policy/p-prod create"]),
]);

group!(policy_variables_of_iam_pass_through, [
    step("made", "policies: {p: {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::home/${aws:username}/*\"}]}}}"),
    step("a literal", "policies: {p: {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: [\"arn:aws:s3:::home/${aws:username}/*\", \"arn:aws:s3:::x/${*}\"]}]}}}")
        .calls(&["CreatePolicyVersion"]),
]);

group!(
    templates_are_used_and_left,
    [
        step("serving", "use: [{template: sagemaker/serving, with: {s3_buckets: [b]}}]"),
        step("another bucket", "use: [{template: sagemaker/serving, with: {s3_buckets: [b, c]}}]")
            .changes(&["policy/SageMaker-AutoRole-Serving-s3_policy update"]),
        step(
            "another name beside it",
            "use: [{template: sagemaker/serving, with: {s3_buckets: [b, c]}}, {template: sagemaker/bedrock, name: mine, with: {s3_buckets: [b], kms_keys: [1234abcd-12ab-34cd-56ef-1234567890ab]}}]"
        ),
        step(
            "only that one",
            "use: [{template: sagemaker/bedrock, name: mine, with: {s3_buckets: [b], kms_keys: [1234abcd-12ab-34cd-56ef-1234567890ab]}}]"
        ),
    ]
);

group!(
    entities_of_other_accounts_are_not_made,
    [
        step("made", format!("roles: {{{}, {}}}\n", role("here", "accounts: [\"ma*\"]"), role("there", "accounts: [prod]")))
            .changes(&["role/here create"]),
        step("moved away", format!("roles: {{{}, {}}}\n", role("here", "accounts: [prod]"), role("there", "accounts: [main]")))
            .changes(&["role/here delete", "role/there create"]),
    ]
);

group!(everything_at_once_becomes_something_else, [
    step("before", format!(
        "policies: {{{}, {}}}\nroles: {{{}, {}}}\nusers: {{ann: {{create: true, managed_policies: [p]}}}}\ngroups: {{g: {{manage: exclusive, users: [ann], managed_policies: [q]}}}}\nservice_linked_roles: [spot.amazonaws.com]\n",
        policy("p", "s3:GetObject", ""), policy("q", "sqs:*", ""),
        role("a", "managed_policies: [p, q], instance_profile: true"),
        role("b", &format!("permissions_boundary: q, inline_policies: {{i: {}}}", doc("sns:*"))),
    )),
    step("after", format!(
        "policies: {{{}, {}}}\nroles: {{{}, {}}}\nusers: {{ann: {{create: true, managed_policies: [r]}}, bob: {{create: true}}}}\ngroups: {{g: {{manage: exclusive, users: [bob], managed_policies: [r]}}}}\n",
        policy("p", "s3:PutObject", "tags: {a: \"1\"}"), policy("r", "sns:*", ""),
        role("b", "permissions_boundary: r, managed_policies: [p]"),
        role("c", "managed_policies: [p, r], instance_profile: a"),
    )).flags(&["--allow-delete", "role/a"]),
    step("and back", format!(
        "policies: {{{}, {}}}\nroles: {{{}, {}}}\nusers: {{ann: {{create: true, managed_policies: [p]}}}}\ngroups: {{g: {{manage: exclusive, users: [ann], managed_policies: [q]}}}}\nservice_linked_roles: [spot.amazonaws.com]\n",
        policy("p", "s3:GetObject", ""), policy("q", "sqs:*", ""),
        role("a", "managed_policies: [p, q], instance_profile: true"),
        role("b", &format!("permissions_boundary: q, inline_policies: {{i: {}}}", doc("sns:*"))),
    )).flags(&["--allow-delete", "role/c"]),
    // Groups cannot be marked, so `destroy` detaches nothing from them.
    step("the group is emptied", format!("groups: {{g: {{manage: exclusive}}}}\n{}", rest())).flags(&["--allow-delete", "role/a"]),
]);

group!(
    the_owners_tag_may_have_another_key,
    [
        step("made", one_role("") + &rest()).project("ownership: {tag_key: \"owner\"}"),
        step("deleted", rest()).calls(&["DeleteRole"]),
    ]
);
