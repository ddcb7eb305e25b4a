//! The changes, class by class.

use super::Change::{Dev, File, Project, Spec, Trust};
use super::{Row, row};

/// Every change, with the gate that refuses it and what the first line says.
pub const ROWS: &[Row] = &[
    // Boundaries.
    row(
        "a boundary is set to none where the base left it",
        Spec("    protect: true\n    trust:\n", "    protect: true\n    permissions_boundary: none\n    trust:\n"),
        "undecided",
        "role/deployer",
    ),
    row(
        "a boundary is set to AdministratorAccess where the base left it",
        Spec(
            "    protect: true\n    trust:\n",
            "    protect: true\n    permissions_boundary: aws/AdministratorAccess\n    trust:\n",
        ),
        "undecided",
        "role/deployer",
    ),
    row(
        "a known boundary is removed",
        Spec("    permissions_boundary: Boundary\n", "    permissions_boundary: none\n"),
        "escalation",
        "role/bounded",
    ),
    row(
        "a known boundary becomes AdministratorAccess",
        Spec("    permissions_boundary: Boundary\n", "    permissions_boundary: aws/AdministratorAccess\n"),
        "escalation",
        "role/bounded",
    ),
    row(
        "a known boundary becomes a wider policy",
        Spec("    permissions_boundary: Boundary\n", "    permissions_boundary: aws/ReadOnlyAccess\n"),
        "ceiling",
        "role/bounded",
    ),
    row("a boundary is no longer declared", Spec("    permissions_boundary: Boundary\n", ""), "controls", "role/bounded"),
    row(
        "a boundary's document grows",
        Spec("\"logs:*\"], Resource: \"*\"}]}\n  Twin", "\"logs:*\", \"iam:*\"], Resource: \"*\"}]}\n  Twin"),
        "escalation",
        "role/bounded",
    ),
    row(
        "a Deny leaves the policies of a role",
        Spec(", {Effect: Deny, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::orders/secret/*\"}", ""),
        "ceiling",
        "`role/dev`",
    ),
    // What policies read.
    row(
        "a role gets the tag that a trust reads of its caller",
        Spec(
            "    tags: {team: dev}\n    trust: [{aws: role/sso, mfa: true}]",
            "    tags: {team: dev, admin: \"yes\"}\n    trust: [{aws: role/sso, mfa: true}]",
        ),
        "escalation",
        "`role/dev`",
    ),
    row(
        "a target gets the tag that a policy asks of it",
        Spec("    tags: {team: ops}\n    protect: true", "    tags: {team: ops, open: \"yes\"}\n    protect: true"),
        "undecided",
        "role/dev",
    ),
    row("a user gets the tag that a trust reads", Spec("  bob: {}\n", "  bob: {tags: {admin: \"yes\"}}\n"), "undecided", "admin"),
    row(
        "an instance profile moves to a powerful role",
        Spec(
            "    instance_profile: web\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [{policy: Orders, expires: \"2098-01-31\"}]\n    waive: [{code: administrator-access, reason: nobody remembers}]\n  orders:",
            "    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [Orders]\n  other:\n    tags: {team: x}\n    instance_profile: web\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [aws/AdministratorAccess]\n  orders:",
        ),
        "escalation",
        "role/other",
    ),
    // Identity providers.
    row(
        "the metadata of a SAML provider is replaced",
        File("specs/corp.xml", ""),
        "undecided",
        "SAML metadata of `saml-provider/Corp`",
    ),
    row(
        "another audience of an OIDC provider",
        Spec("client_ids: [sts.amazonaws.com]", "client_ids: [sts.amazonaws.com, evil]"),
        "undecided",
        "audiences of `oidc-provider/token.actions.githubusercontent.com`",
    ),
    row(
        "another thumbprint of an OIDC provider",
        Spec(
            "\"6938fd4d98bab03faadb97b34396831e3780aea1\"",
            "\"6938fd4d98bab03faadb97b34396831e3780aea1\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        ),
        "undecided",
        "thumbprints of `oidc-provider/token.actions.githubusercontent.com`",
    ),
    row(
        "the only thumbprint is exchanged",
        Spec("\"6938fd4d98bab03faadb97b34396831e3780aea1\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
        "undecided",
        "thumbprints",
    ),
    // Left as it was.
    row(
        "a group that may exist is declared for its members",
        Spec("#GROUPS", "  Administrators: {users: [bob]}"),
        "undecided",
        "Administrators",
    ),
    row("a user joins a group that keeps what others attached", Spec("users: [alice]}", "users: [alice, bob]}"), "undecided", ""),
    row(
        "a group becomes exclusive",
        Spec("ops: {managed_policies", "ops: {manage: exclusive, managed_policies"),
        "undecided",
        "group/ops",
    ),
    row("a user becomes exclusive", Spec("  bob: {}\n", "  bob: {manage: exclusive}\n"), "undecided", "user/bob"),
    row(
        "a role is adopted",
        Spec(
            "  sso-admin:\n",
            "  found:\n    adopt: true\n    tags: {team: x}\n    trust: [{service: ec2.amazonaws.com}]\n  sso-admin:\n",
        ),
        "undecided",
        "role/found",
    ),
    row(
        "a declared role may take over another",
        Spec("    protect: true\n    trust:\n", "    protect: true\n    adopt: true\n    trust:\n"),
        "undecided",
        "role/deployer",
    ),
    row(
        "a policy is adopted",
        Spec(
            "  Twin:\n",
            "  Found:\n    adopt: true\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]}\n  Twin:\n",
        ),
        "undecided",
        "policy/Found",
    ),
    row(
        "a policy is no longer ignored",
        Project(", attached_policies: [\"arn:aws:iam::*:policy/org-*\"]", ""),
        "undecided",
        "ignore",
    ),
    row(
        "a user that exists gets a boundary in place of another",
        Spec("  bob: {}\n", "  bob: {permissions_boundary: aws/AdministratorAccess}\n"),
        "undecided",
        "user/bob",
    ),
    // Controls.
    row(
        "max_deletes grows",
        Project("max_deletes: 10", "max_deletes: 1000"),
        "controls",
        "weaker than before: `guards.max_deletes`",
    ),
    row(
        "max_changes_percent grows",
        Project("max_changes_percent: 30", "max_changes_percent: 100"),
        "controls",
        "`guards.max_changes_percent`",
    ),
    row(
        "delete_unused_days shrinks",
        Project("delete_unused_days: 30", "delete_unused_days: 0"),
        "controls",
        "`guards.delete_unused_days`",
    ),
    row(
        "a break-glass principal goes",
        Project("break_glass: [\"arn:aws:iam::222222222222:role/Admin\"]", "break_glass: []"),
        "controls",
        "`guards.break_glass`",
    ),
    row(
        "the guards go",
        Project(
            "guards: {max_deletes: 10, max_changes_percent: 30, delete_unused_days: 30, break_glass: [\"arn:aws:iam::222222222222:role/Admin\"]}\n",
            "",
        ),
        "controls",
        "guards.break_glass",
    ),
    row(
        "an account has guards of its own",
        Project("region: us-east-1}", "region: us-east-1, guards: {max_deletes: 500}}"),
        "controls",
        "`accounts.prod.guards.max_deletes`",
    ),
    row(
        "more is ignored",
        Project(
            "attached_policies: [\"arn:aws:iam::*:policy/org-*\"]",
            "attached_policies: [\"arn:aws:iam::*:policy/org-*\", \"*\"]",
        ),
        "controls",
        "`ignore.attached_policies`",
    ),
    row("tags are ignored", Project("tags: [\"auto:*\"]", "tags: [\"*\"]"), "controls", "`ignore.tags`"),
    row(
        "inline policies are ignored",
        Project("ignore: {", "ignore: {inline_policies: [\"*\"], "),
        "controls",
        "`ignore.inline_policies`",
    ),
    row("a required tag goes", Project("roles: {tags: [team]}", "roles: {tags: []}"), "controls", "require"),
    row(
        "the requirements go",
        Project("require: {roles: {tags: [team]}, policies: {name: [\"*\"]}}\n", ""),
        "controls",
        "require",
    ),
    row(
        "an account is required less",
        Project("region: us-east-1}", "region: us-east-1, require: {roles: {tags: []}}}"),
        "controls",
        "accounts.prod.require",
    ),
    row("another stack", Project("stack: shop", "stack: store"), "controls", "`stack`"),
    row("another stack is ours", Project("stack: shop", "stack: shop\nformerly: [platform]"), "controls", "`formerly`"),
    row(
        "another tag says whose it is",
        Project("stack: shop", "stack: shop\nownership: {tag_key: owner}"),
        "controls",
        "`ownership.tag_key`",
    ),
    row("the account has another id", Project("id: \"222222222222\"", "id: \"333333333333\""), "controls", "accounts.prod.id"),
    row(
        "the account loses its id",
        Project("{id: \"222222222222\", region: us-east-1}", "{region: us-east-1}"),
        "controls",
        "accounts.prod.id",
    ),
    row(
        "the account is reached by another role",
        Project("region: us-east-1}", "region: us-east-1, assume_role: {arn: \"arn:aws:iam::222222222222:role/other\"}}"),
        "controls",
        "accounts.prod.assume_role.arn",
    ),
    row(
        "another profile",
        Project("region: us-east-1}", "region: us-east-1, profile: other}"),
        "controls",
        "`accounts.prod.profile`",
    ),
    row("protect is lifted", Spec("    protect: true\n", ""), "controls", "`role/deployer`"),
    row("a role becomes additive", Spec("  deployer:\n", "  deployer:\n    manage: additive\n"), "controls", "`role/deployer`"),
    row(
        "a role becomes create_only",
        Spec("  deployer:\n", "  deployer:\n    manage: create_only\n"),
        "controls",
        "`role/deployer`",
    ),
    row(
        "a group becomes create_only",
        Spec("ops: {managed_policies", "ops: {manage: create_only, managed_policies"),
        "controls",
        "`group/ops`",
    ),
    row(
        "a waiver beside what it waives",
        Spec("  dev:\n    tags: {team: dev}\n", "  dev:\n    tags: {team: dev}\n    waive: [{code: public-trust, reason: x}]\n"),
        "controls",
        "`role/dev`",
    ),
    row(
        "a powerful role is released",
        Spec(
            "  sso-admin:\n    tags: {team: ops}\n    trust: [{saml: Corp}]\n    managed_policies: [aws/AdministratorAccess]\noidc",
            "release: [role/sso-admin]\noidc",
        ),
        "controls",
        "role/sso-admin",
    ),
    row(
        "another account in place of this one",
        Project(
            "  prod: {id: \"222222222222\", region: us-east-1}",
            "  prod: {id: \"222222222222\", region: us-east-1}\n  more: {id: \"333333333333\", stack: other}",
        ),
        "escalation",
        "role/",
    ),
    // Tests.
    row(
        "a context is added to a denied case",
        Spec(
            "action: [iam:CreateUser, iam:CreateRole]",
            "action: [iam:CreateUser, iam:CreateRole], context: {\"aws:PrincipalTag/a\": b}",
        ),
        "controls",
        "test dev creates no users",
    ),
    row(
        "a test asks another principal",
        Spec("principal: role/dev, expect", "principal: role/orders, expect"),
        "controls",
        "test dev creates no users",
    ),
    row(
        "one action is dropped from a case",
        Spec("action: [iam:CreateUser, iam:CreateRole]", "action: [iam:CreateUser]"),
        "controls",
        "test dev creates no users",
    ),
    row(
        "a case asks another resource",
        Spec("resource: \"arn:aws:s3:::orders/secret/a\"", "resource: \"arn:aws:s3:::other/secret/a\""),
        "error",
        "1 test newly fails",
    ),
    row(
        "a case is dropped",
        Spec("explicitly_denied: [{action: s3:GetObject, resource: \"arn:aws:s3:::orders/secret/a\"}], ", ""),
        "controls",
        "test dev creates no users",
    ),
    row(
        "an explicit denial becomes any denial",
        Spec(
            "explicitly_denied: [{action: s3:GetObject, resource: \"arn:aws:s3:::orders/secret/a\"}], denied: [",
            "denied: [{action: s3:GetObject, resource: \"arn:aws:s3:::orders/secret/a\"}, ",
        ),
        "controls",
        "test dev creates no users",
    ),
    row(
        "a caller is dropped from a trust test",
        Spec("{service: ec2.amazonaws.com}, {aws: \"999999999999\"}", "{service: ec2.amazonaws.com}"),
        "controls",
        "test only lambda assumes orders",
    ),
    row(
        "a trust test asks with a condition",
        Spec("{aws: \"999999999999\"}", "{aws: \"999999999999\", context: {\"sts:ExternalId\": x}}"),
        "controls",
        "test only lambda assumes orders",
    ),
    row(
        "a test goes",
        Spec(
            "  - {name: only lambda assumes orders, assume: role/orders, expect: {denied: [{service: ec2.amazonaws.com}, {aws: \"999999999999\"}]}}\n",
            "",
        ),
        "controls",
        "test only lambda assumes orders",
    ),
    row(
        "what is denied is expected to be allowed",
        Spec("denied: [{action: [iam:CreateUser, iam:CreateRole]}]", "allowed: [{action: [iam:CreateUser, iam:CreateRole]}]"),
        "controls",
        "fail",
    ),
    // Groups.
    row(
        "a user that no spec declares joins the administrators",
        Spec("users: [root-alice]", "users: [root-alice, carol]"),
        "escalation",
        "user/carol",
    ),
    row(
        "a declared user joins the administrators",
        Spec("users: [root-alice]", "users: [root-alice, bob]"),
        "escalation",
        "user/bob",
    ),
    row(
        "a group gets AdministratorAccess",
        Spec("[aws/ReadOnlyAccess]", "[aws/ReadOnlyAccess, aws/AdministratorAccess]"),
        "escalation",
        "user/alice",
    ),
    row(
        "a group gets IAMFullAccess",
        Spec("[aws/ReadOnlyAccess]", "[aws/ReadOnlyAccess, aws/IAMFullAccess]"),
        "escalation",
        "user/alice",
    ),
    row(
        "a group becomes administrator by an inline policy",
        Spec(
            "ops: {managed_policies",
            "ops: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"*\", Resource: \"*\"}]}}, managed_policies",
        ),
        "escalation",
        "user/alice",
    ),
    // Direct grants.
    row("iam:* for a role", Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row("everything", Dev("{Effect: Allow, Action: \"*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row(
        "everything but one action",
        Dev("{Effect: Allow, NotAction: \"s3:DeleteBucket\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "everything but one resource",
        Dev("{Effect: Allow, Action: \"*\", NotResource: \"arn:aws:s3:::x\"}"),
        "escalation",
        "role/dev",
    ),
    row("a wildcard in the action", Dev("{Effect: Allow, Action: \"iam:*Pol*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row("odd letter case", Dev("{Effect: Allow, Action: \"IAM:attachROLEpolicy\", Resource: \"*\"}"), "escalation", "role/dev"),
    row(
        "PassRole and a function",
        Dev("{Effect: Allow, Action: [\"iam:PassRole\", \"lambda:CreateFunction\", \"lambda:InvokeFunction\"], Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "PassRole and an instance",
        Dev("{Effect: Allow, Action: [\"iam:PassRole\", \"ec2:RunInstances\"], Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "CreatePolicyVersion",
        Dev("{Effect: Allow, Action: \"iam:CreatePolicyVersion\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row("CreateAccessKey", Dev("{Effect: Allow, Action: \"iam:CreateAccessKey\", Resource: \"*\"}"), "escalation", "role/dev"),
    row(
        "UpdateAssumeRolePolicy",
        Dev("{Effect: Allow, Action: \"iam:UpdateAssumeRolePolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "AddUserToGroup",
        Spec(
            "  bob: {}\n",
            "  bob: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:AddUserToGroup\", Resource: \"*\"}]}}}\n",
        ),
        "escalation",
        "user/bob",
    ),
    // Trusts.
    row("a powerful role trusts a role of the account", Trust("{aws: role/dev}"), "escalation", "role/dev"),
    row("a powerful role trusts a user", Trust("{aws: user/bob}"), "escalation", "user/bob"),
    // Files.
];
