//! Ways to more than was granted, by conditions that stop nobody, trusts, groups, keys and services.

use super::Change::{Dev, Spec, Trust};
use super::{Row, row};

/// Every change, with the gate that refuses it and what the first line says.
pub const ROWS: &[Row] = &[
    // Conditions that are always true, or that the caller chooses.
    row(
        "a condition on the own ARN, by pattern",
        Dev(
            "{Effect: Allow, Action: \"iam:AttachRolePolicy\", Resource: \"*\", Condition: {ArnLike: {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/dev\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a condition on the own ARN",
        Dev(
            "{Effect: Allow, Action: \"iam:AttachRolePolicy\", Resource: \"*\", Condition: {ArnEquals: {\"aws:PrincipalArn\": \"arn:aws:iam::222222222222:role/dev\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a condition on the own account",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:PrincipalAccount\": \"222222222222\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a condition on any account but one",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringNotEquals: {\"aws:PrincipalAccount\": \"999999999999\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a condition on the own type",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:PrincipalType\": AssumedRole}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "Null of a key that is always there",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {\"Null\": {\"aws:PrincipalArn\": \"false\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "Null of a key that is never there",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {\"Null\": {\"s3:prefix\": \"true\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "after the beginning of time",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {NumericGreaterThan: {\"aws:EpochTime\": \"0\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "after 2020",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {DateGreaterThan: {\"aws:CurrentTime\": \"2020-01-01T00:00:00Z\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "both halves of the address space",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {IpAddress: {\"aws:SourceIp\": [\"0.0.0.0/1\", \"128.0.0.0/1\"]}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "the whole address space",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {IpAddress: {\"aws:SourceIp\": \"0.0.0.0/0\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "not from an address that nobody has",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {NotIpAddress: {\"aws:SourceIp\": \"192.0.2.1/32\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "iam:PolicyARN of the worst policy",
        Dev(
            "{Effect: Allow, Action: \"iam:AttachRolePolicy\", Resource: \"*\", Condition: {ArnEquals: {\"iam:PolicyARN\": \"arn:aws:iam::aws:policy/AdministratorAccess\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "iam:PolicyARN of any AWS policy",
        Dev(
            "{Effect: Allow, Action: \"iam:AttachRolePolicy\", Resource: \"*\", Condition: {ArnLike: {\"iam:PolicyARN\": \"arn:aws:iam::aws:policy/*\"}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "the region that IAM always has",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:RequestedRegion\": us-east-1}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a user agent",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringLike: {\"aws:UserAgent\": \"aws-cli*\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "a referer",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:Referer\": x}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "a session name, by aws:userid",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringLike: {\"aws:userid\": \"*:deploy\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "over TLS",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {Bool: {\"aws:SecureTransport\": \"true\"}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "IfExists of a key that is absent",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEqualsIfExists: {\"ec2:Region\": us-east-1}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "ForAllValues of nothing",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {\"ForAllValues:StringEquals\": {\"aws:TagKeys\": x}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a tag that it gives itself",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:PrincipalTag/admin\": \"yes\"}}}, {Effect: Allow, Action: \"iam:TagRole\", Resource: \"arn:aws:iam::*:role/dev\"}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a tag that it has",
        Dev("{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:PrincipalTag/team\": dev}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "PassRole for a service that it then uses",
        Dev(
            "{Effect: Allow, Action: \"iam:PassRole\", Resource: \"*\", Condition: {StringEquals: {\"iam:PassedToService\": lambda.amazonaws.com}}}, {Effect: Allow, Action: [\"lambda:CreateFunction\", \"lambda:InvokeFunction\"], Resource: \"*\"}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a function under a prefix of its own",
        Dev(
            "{Effect: Allow, Action: \"iam:PassRole\", Resource: \"*\"}, {Effect: Allow, Action: [\"lambda:CreateFunction\", \"lambda:InvokeFunction\"], Resource: \"arn:aws:lambda:*:*:function:app-*\"}",
        ),
        "escalation",
        "role/dev",
    ),
    // Trusts.
    row(
        "a trust on a session of a role",
        Trust("{aws: \"arn:aws:sts::${account_id}:assumed-role/dev/x\"}"),
        "escalation",
        "role/dev",
    ),
    row("a trust with an external id", Trust("{aws: role/dev, external_id: x}"), "escalation", "role/dev"),
    row(
        "a trust on the account with the ARN of a role",
        Trust(
            "{aws: \"${account_id}\", condition: {ArnEquals: {\"aws:PrincipalArn\": \"arn:aws:iam::${account_id}:role/walker\"}}}",
        ),
        "escalation",
        "role/walker",
    ),
    row(
        "a trust on the account with a pattern of ARNs",
        Trust("{aws: \"${account_id}\", condition: {ArnLike: {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/w*\"}}}"),
        "escalation",
        "role/walker",
    ),
    row(
        "a trust on a role with a session name",
        Trust("{aws: role/dev, condition: {StringEquals: {\"sts:RoleSessionName\": x}}}"),
        "escalation",
        "role/dev",
    ),
    row(
        "a trust on a role with a source identity",
        Trust("{aws: role/dev, condition: {StringEquals: {\"sts:SourceIdentity\": x}}}"),
        "escalation",
        "role/dev",
    ),
    // Outsiders.
    row("a foreign account", Trust("{aws: \"999999999999\"}"), "escalation", "999999999999"),
    row("a role of a foreign account", Trust("{aws: \"arn:aws:iam::999999999999:role/x\"}"), "escalation", "999999999999"),
    row("a foreign account with an external id", Trust("{aws: \"999999999999\", external_id: x}"), "escalation", "999999999999"),
    row("any ref of a repository", Trust("{github: {repository: acme/iam, any: true}}"), "escalation", "github"),
    row("pull requests of a repository", Trust("{github: {repository: acme/iam, pull_request: true}}"), "escalation", "github"),
    row("another repository", Trust("{github: {repository: evil/iam, ref: refs/heads/main}}"), "escalation", "github"),
    row(
        "Roles Anywhere",
        Trust(
            "{service: rolesanywhere.amazonaws.com, actions: [\"sts:AssumeRole\", \"sts:TagSession\", \"sts:SetSourceIdentity\"]}",
        ),
        "escalation",
        "",
    ),
    row(
        "Google",
        Trust(
            "{principal: {Federated: accounts.google.com}, actions: \"sts:AssumeRoleWithWebIdentity\", condition: {StringEquals: {\"accounts.google.com:aud\": x}}}",
        ),
        "escalation",
        "google",
    ),
    row("users of a SAML provider", Trust("{saml: Corp}"), "escalation", "Corp"),
    row(
        "another provider of identities",
        Trust("{oidc: gitlab.com, audience: x, subject: \"project_path:evil/x:ref_type:branch:ref:main\"}"),
        "escalation",
        "gitlab.com",
    ),
    // Groups, keys, boundaries and versions.
    row(
        "the policies of the own group",
        Spec(
            "  alice: {}\n  bob",
            "  alice: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:PutGroupPolicy\", Resource: \"arn:aws:iam::*:group/ops\"}]}}}\n  bob",
        ),
        "escalation",
        "user/alice",
    ),
    row(
        "attaching to the own group",
        Spec(
            "  alice: {}\n  bob",
            "  alice: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:AttachGroupPolicy\", Resource: \"arn:aws:iam::*:group/ops\"}]}}}\n  bob",
        ),
        "escalation",
        "user/alice",
    ),
    row(
        "joining one group",
        Spec(
            "  bob: {}\n",
            "  bob: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:AddUserToGroup\", Resource: \"arn:aws:iam::*:group/admins\"}]}}}\n",
        ),
        "escalation",
        "user/bob",
    ),
    row(
        "keys of whoever ends like oneself",
        Spec(
            "  alice: {}\n  bob",
            "  alice: {inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:CreateAccessKey\", Resource: \"arn:aws:iam::*:user/*${aws:username}\"}]}}}\n  bob",
        ),
        "escalation",
        "user/alice",
    ),
    row(
        "the boundary of a role that it may assume comes off",
        Dev("{Effect: Allow, Action: \"iam:DeleteRolePermissionsBoundary\", Resource: \"arn:aws:iam::*:role/bounded\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "another boundary for a role that it may assume",
        Dev("{Effect: Allow, Action: \"iam:PutRolePermissionsBoundary\", Resource: \"arn:aws:iam::*:role/bounded\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "versions of the boundary of a role that it may assume",
        Dev("{Effect: Allow, Action: \"iam:CreatePolicyVersion\", Resource: \"arn:aws:iam::*:policy/Boundary\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "versions of a policy that it holds",
        Dev("{Effect: Allow, Action: \"iam:CreatePolicyVersion\", Resource: \"arn:aws:iam::*:policy/Orders\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policies of a role that it may assume",
        Dev(
            "{Effect: Allow, Action: \"iam:PutRolePolicy\", Resource: \"arn:aws:iam::*:role/tagged\"}, {Effect: Allow, Action: \"iam:TagRole\", Resource: \"arn:aws:iam::*:role/dev\"}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "the trust of one powerful role",
        Dev("{Effect: Allow, Action: \"iam:UpdateAssumeRolePolicy\", Resource: \"arn:aws:iam::*:role/deployer\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "a chain through two roles",
        Spec(
            "    trust: [{service: lambda.amazonaws.com, source_account: \"${account_id}\"}]\n",
            "    trust: [{service: lambda.amazonaws.com, source_account: \"${account_id}\"}, {aws: role/web}]\n    inline_policies: {a: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:UpdateAssumeRolePolicy\", Resource: \"arn:aws:iam::*:role/deployer\"}]}}\n",
        ),
        "escalation",
        "role/",
    ),
    // Services that hold the keys.
    row("sts:AssumeRoot", Dev("{Effect: Allow, Action: \"sts:AssumeRoot\", Resource: \"*\"}"), "escalation", "role/dev"),
    row("identitystore:*", Dev("{Effect: Allow, Action: \"identitystore:*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row("sso-admin permission sets", Dev("{Effect: Allow, Action: \"sso:*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row("organizations:*", Dev("{Effect: Allow, Action: \"organizations:*\", Resource: \"*\"}"), "escalation", "role/dev"),
    row(
        "eks:AssociateAccessPolicy",
        Dev("{Effect: Allow, Action: [\"eks:CreateAccessEntry\", \"eks:AssociateAccessPolicy\"], Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row("key policies", Dev("{Effect: Allow, Action: \"kms:PutKeyPolicy\", Resource: \"*\"}"), "escalation", "role/dev"),
    row(
        "policies of secrets",
        Dev("{Effect: Allow, Action: \"secretsmanager:PutResourcePolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "permissions of functions",
        Dev("{Effect: Allow, Action: \"lambda:AddPermission\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "permissions of queues",
        Dev("{Effect: Allow, Action: \"sqs:AddPermission\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "permissions of topics",
        Dev("{Effect: Allow, Action: \"sns:AddPermission\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row("policies of buckets", Dev("{Effect: Allow, Action: \"s3:PutBucketPolicy\", Resource: \"*\"}"), "escalation", "role/dev"),
    // What a search, a prefix or a tag must not hide.
    row(
        "the last of many values",
        Dev(
            "{Effect: Allow, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:UserAgent\": [a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64, a65, a66, a67, a68, a69]}}}, {Effect: Deny, Action: \"iam:*\", Resource: \"*\", Condition: {StringEquals: {\"aws:UserAgent\": [a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64, a65, a66, a67, a68]}}}",
        ),
        "escalation",
        "role/dev",
    ),
    row(
        "a root session in one member account",
        Dev("{Effect: Allow, Action: \"sts:AssumeRoot\", Resource: \"arn:aws:iam::444455556666:root\"}"),
        "escalation",
        "AssumeRoot",
    ),
    row(
        "a role of its own under a prefix",
        Dev(
            "{Effect: Allow, Action: [\"iam:CreateRole\", \"iam:PutRolePolicy\"], Resource: \"arn:aws:iam::222222222222:role/my-*\"}",
        ),
        "escalation",
        "`role/dev` can escalate its privileges",
    ),
    row(
        "a role puts a user into the administrators",
        Dev("{Effect: Allow, Action: \"iam:AddUserToGroup\", Resource: \"arn:aws:iam::222222222222:group/admins\"}"),
        "escalation",
        "group/admins",
    ),
    row(
        "everybody of a foreign account, by a condition",
        Spec(
            "    trust:\n      - {github: {repository: acme/iam, ref: refs/heads/main}}\n#TRUST\n",
            "    trust_document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {AWS: \"*\"}, Action: \"sts:AssumeRole\", Condition: {StringEquals: {\"aws:PrincipalAccount\": \"444455556666\"}}}]}\n",
        ),
        "escalation",
        "account 444455556666",
    ),
    row(
        "the own account by everybody",
        Spec(
            "    trust:\n      - {github: {repository: acme/iam, ref: refs/heads/main}}\n#TRUST\n",
            "    trust_document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {AWS: \"*\"}, Action: \"sts:AssumeRole\", Condition: {StringEquals: {\"aws:PrincipalAccount\": \"222222222222\"}}}]}\n",
        ),
        "escalation",
        "222222222222",
    ),
    row(
        "keys of an administrator for the members of a group that lists none",
        Spec(
            "#GROUPS",
            "  staff: {inline_policies: {Keys: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:CreateAccessKey\", Resource: \"arn:aws:iam::222222222222:user/root-alice\"}]}}}",
        ),
        "escalation",
        "group/staff",
    ),
    row(
        "organizations:DisablePolicyType",
        Dev("{Effect: Allow, Action: \"organizations:DisablePolicyType\", Resource: \"*\"}"),
        "escalation",
        "organizations:DisablePolicyType",
    ),
    row(
        "organizations:MoveAccount",
        Dev("{Effect: Allow, Action: \"organizations:MoveAccount\", Resource: \"*\"}"),
        "escalation",
        "organizations:MoveAccount",
    ),
    row(
        "organizations:LeaveOrganization",
        Dev("{Effect: Allow, Action: \"organizations:LeaveOrganization\", Resource: \"*\"}"),
        "escalation",
        "organizations:LeaveOrganization",
    ),
    row(
        "organizations:RemoveAccountFromOrganization",
        Dev("{Effect: Allow, Action: \"organizations:RemoveAccountFromOrganization\", Resource: \"*\"}"),
        "escalation",
        "organizations:RemoveAccountFromOrganization",
    ),
    row(
        "organizations:AttachPolicy",
        Dev("{Effect: Allow, Action: \"organizations:AttachPolicy\", Resource: \"*\"}"),
        "escalation",
        "organizations:AttachPolicy",
    ),
    row(
        "organizations:RegisterDelegatedAdministrator",
        Dev("{Effect: Allow, Action: \"organizations:RegisterDelegatedAdministrator\", Resource: \"*\"}"),
        "escalation",
        "organizations:RegisterDelegatedAdministrator",
    ),
    row(
        "organizations:PutResourcePolicy",
        Dev("{Effect: Allow, Action: \"organizations:PutResourcePolicy\", Resource: \"*\"}"),
        "escalation",
        "organizations:PutResourcePolicy",
    ),
    row(
        "sso-directory:AddMemberToGroup",
        Dev("{Effect: Allow, Action: \"sso-directory:AddMemberToGroup\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "rolesanywhere:UpdateTrustAnchor",
        Dev("{Effect: Allow, Action: \"rolesanywhere:UpdateTrustAnchor\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "elasticmapreduce:AddJobFlowSteps",
        Dev("{Effect: Allow, Action: \"elasticmapreduce:AddJobFlowSteps\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by sqs:SetQueueAttributes",
        Dev("{Effect: Allow, Action: \"sqs:SetQueueAttributes\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by sns:SetTopicAttributes",
        Dev("{Effect: Allow, Action: \"sns:SetTopicAttributes\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by kms:CreateGrant",
        Dev("{Effect: Allow, Action: \"kms:CreateGrant\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by dynamodb:PutResourcePolicy",
        Dev("{Effect: Allow, Action: \"dynamodb:PutResourcePolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by kinesis:PutResourcePolicy",
        Dev("{Effect: Allow, Action: \"kinesis:PutResourcePolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by ecr:SetRepositoryPolicy",
        Dev("{Effect: Allow, Action: \"ecr:SetRepositoryPolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of every resource by codeartifact:PutRepositoryPermissionsPolicy",
        Dev("{Effect: Allow, Action: \"codeartifact:PutRepositoryPermissionsPolicy\", Resource: \"*\"}"),
        "escalation",
        "role/dev",
    ),
    row(
        "the policy of a named key",
        Dev(
            "{Effect: Allow, Action: \"kms:PutKeyPolicy\", Resource: \"arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab\"}",
        ),
        "escalation",
        "role/dev",
    ),
];
