//! Mistakes that people make who come from another tool, or from IAM itself: each gets the hint that mends it.

use crate::support::specs::resolved;

/// Name, text of the spec, and a part of the hint (or of the message, where that says it all).
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "cfn pasted",
        "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: x\n      AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: []}\n",
        "`iamctl import cloudformation FILE -o specs` writes specs from it; keep the template itself out of t",
    ),
    (
        "cfn without head",
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: x\n      AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: []}\n",
        "`iamctl import cloudformation FILE -o specs` writes specs from it; keep the template itself out of t",
    ),
    (
        "sam",
        "Transform: AWS::Serverless-2016-10-31\nResources: {}\n",
        "`iamctl import cloudformation FILE -o specs` writes specs from it; keep the template itself out of t",
    ),
    (
        "cfn with tags",
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Sub x-${AWS::Region}\n",
        "`iamctl import cloudformation FILE -o specs` writes specs from it; keep the template itself out of t",
    ),
    (
        "hcl",
        "resource \"aws_iam_role\" \"x\" {\n  name = \"x\"\n}\n",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "hcl data",
        "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    actions = [\"s3:*\"]\n  }\n}\n",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "hcl assume",
        "assume_role_policy = jsonencode({\n})\n",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "tf json",
        "{\"resource\": {\"aws_iam_role\": {\"x\": {\"name\": \"x\"}}}}",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "tf state raw",
        "{\"version\": 4, \"terraform_version\": \"1.5.0\", \"serial\": 1, \"lineage\": \"x\", \"outputs\": {}, \"resources\": []}",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "tf show",
        "{\"format_version\": \"1.0\", \"terraform_version\": \"1.5.0\", \"values\": {\"root_module\": {}}}",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the fi",
    ),
    (
        "gaad",
        "{\"UserDetailList\": [], \"RoleDetailList\": [], \"Policies\": []}",
        "`iamctl import snapshot FILE -o specs` writes specs from it, and `iamctl plan --against FILE` plans ",
    ),
    (
        "get-role",
        "{\"Role\": {\"RoleName\": \"x\", \"AssumeRolePolicyDocument\": {}}}",
        "`iamctl import account -o specs --select 'role/NAME'` writes specs of what is in the account",
    ),
    (
        "list-roles",
        "{\"Roles\": [{\"RoleName\": \"x\"}]}",
        "`iamctl import account -o specs --select 'role/NAME'` writes specs of what is in the account",
    ),
    (
        "iambic",
        "template_type: NOQ::AWS::IAM::Role\nidentifier: x\nproperties: {role_name: x}\n",
        "`iamctl import iambic DIR -o specs` writes specs from a repository of them",
    ),
    (
        "bare policy",
        "Version: \"2012-10-17\"\nStatement:\n  - Effect: Allow\n    Action: s3:*\n    Resource: \"*\"\n",
        "this is a policy document, and a spec is wanted here",
    ),
    ("k8s", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x}\n", "keep it out of the folders that `specs:` names"),
    (
        "Roles capital",
        "version: 1\nRoles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_polices: [X]\n",
        "did you mean `roles`?",
    ),
    ("role singular", "version: 1\nrole:\n  app: {trust: [{service: lambda.amazonaws.com}]}\n", "did you mean `roles`?"),
    (
        "roles list",
        "version: 1\nroles:\n  - name: app\n    trust: [{service: lambda.amazonaws.com}]\n",
        "the name is the key: write `app:` without `- `, and what belongs to it indented below",
    ),
    (
        "users list",
        "version: 1\nusers:\n  - alice\n",
        "the name is the key: write `alice:` without `- `, and what belongs to it indented below",
    ),
    (
        "trust doc under trust",
        "version: 1\nroles:\n  app:\n    trust:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          Principal: {Service: lambda.amazonaws.com}\n          Action: sts:AssumeRole\n",
        "this is a whole policy document: call the key `trust_document:`",
    ),
    (
        "trust statements under trust",
        "version: 1\nroles:\n  app:\n    trust:\n      - Effect: Allow\n        Principal: {Service: lambda.amazonaws.com}\n        Action: sts:AssumeRole\n",
        "this is IAM's own form: put the whole document under `trust_document:`, or write an entry such as `s",
    ),
    (
        "trust string",
        "version: 1\nroles:\n  app:\n    trust: lambda.amazonaws.com\n",
        "write a list of entries: `[{service: lambda.amazonaws.com}]`",
    ),
    (
        "trust list of strings",
        "version: 1\nroles:\n  app:\n    trust: [lambda.amazonaws.com]\n",
        "write `{service: lambda.amazonaws.com}`",
    ),
    ("trust map", "version: 1\nroles:\n  app:\n    trust: {service: lambda.amazonaws.com}\n", "expected a list, found a mapping"),
    (
        "assume_role_policy",
        "version: 1\nroles:\n  app:\n    assume_role_policy: {Version: \"2012-10-17\", Statement: []}\n",
        "the whole document goes under `trust_document:`, and short entries under `trust:`",
    ),
    (
        "AssumeRolePolicyDocument",
        "version: 1\nroles:\n  app:\n    AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: []}\n",
        "the whole document goes under `trust_document:`, and short entries under `trust:`",
    ),
    (
        "assume_role_policy_document",
        "version: 1\nroles:\n  app:\n    assume_role_policy_document: {Version: \"2012-10-17\", Statement: []}\n",
        "the whole document goes under `trust_document:`, and short entries under `trust:`",
    ),
    (
        "assume_role",
        "version: 1\nroles:\n  app:\n    assume_role: [{service: lambda.amazonaws.com}]\n",
        "who may assume it is set under `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`",
    ),
    (
        "trust_policy",
        "version: 1\nroles:\n  app:\n    trust_policy: {Version: \"2012-10-17\", Statement: []}\n",
        "the whole document goes under `trust_document:`, and short entries under `trust:`",
    ),
    (
        "trusted services",
        "version: 1\nroles:\n  app:\n    trusted_services: [lambda.amazonaws.com]\n",
        "who may assume it is set under `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`",
    ),
    (
        "principal key",
        "version: 1\nroles:\n  app:\n    principal: lambda.amazonaws.com\n",
        "who may assume it is set under `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`",
    ),
    (
        "ManagedPolicyArns",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]\n",
        "did you mean `managed_policies`?",
    ),
    (
        "managed_policy_arns",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policy_arns: [arn:aws:iam::aws:policy/ReadOnlyAccess]\n",
        "did you mean `managed_policies`?",
    ),
    (
        "policy_arns",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    policy_arns: [arn:aws:iam::aws:policy/ReadOnlyAccess]\n",
        "did you mean `managed_policies`?",
    ),
    (
        "attached_policies",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    attached_policies: [ReadOnlyAccess]\n",
        "did you mean `managed_policies`?",
    ),
    (
        "Policies in role",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    Policies: []\n",
        "policies by reference go under `managed_policies:`, documents under `inline_policies:` with a name e",
    ),
    (
        "policies in role",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    policies: [ReadOnlyAccess]\n",
        "policies by reference go under `managed_policies:`, documents under `inline_policies:` with a name e",
    ),
    (
        "inline_policy",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policy: {}\n",
        "did you mean `inline_policies`?",
    ),
    (
        "inline list",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      - PolicyName: p\n        PolicyDocument: {Version: \"2012-10-17\", Statement: []}\n",
        "expected a mapping from names to values, found a list",
    ),
    (
        "inline with document",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        document: {Version: \"2012-10-17\", Statement: []}\n",
        "an inline policy is the document itself",
    ),
    (
        "PermissionsBoundary",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    PermissionsBoundary: aws/PowerUserAccess\n",
        "did you mean `permissions_boundary`?",
    ),
    (
        "boundary",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    boundary: aws/PowerUserAccess\n",
        "did you mean `permissions_boundary`?",
    ),
    (
        "permission_boundary",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    permission_boundary: aws/PowerUserAccess\n",
        "did you mean `permissions_boundary`?",
    ),
    (
        "MaxSessionDuration",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    MaxSessionDuration: 3600\n",
        "did you mean `max_session_duration`?",
    ),
    (
        "session_duration",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    session_duration: 3600\n",
        "did you mean `max_session_duration`?",
    ),
    (
        "duration words",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    max_session_duration: 1 hour\n",
        "expected a duration such as `1h`, `90m` or seconds, found `1 hour`",
    ),
    (
        "duration 13h",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    max_session_duration: 13h\n",
        "IAM takes 3600 to 43200, that is `1h` to `12h`",
    ),
    (
        "duration 60",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    max_session_duration: 60\n",
        "IAM takes 3600 to 43200, that is `1h` to `12h`",
    ),
    (
        "Tags list",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    tags:\n      - Key: team\n        Value: ml\n",
        "write a mapping: `tags: {team: ml}`",
    ),
    (
        "Tags capital",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    Tags: {team: ml}\n",
        "did you mean `tags`?",
    ),
    (
        "tags string",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    tags: team=ml\n",
        "expected a mapping from names to values, found `team=ml`",
    ),
    (
        "tag aws",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    tags: {\"aws:x\": y}\n",
        "tag keys that begin with `aws:` are AWS's own",
    ),
    (
        "name inside",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    name: app\n",
        "unknown key `name`",
    ),
    (
        "RoleName",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    RoleName: app\n",
        "unknown key `RoleName`",
    ),
    (
        "path no slash",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    path: team\n",
        "a path starts and ends with a slash, as in `/team/`",
    ),
    (
        "path no end",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    path: /team\n",
        "a path starts and ends with a slash, as in `/team/`",
    ),
    (
        "managed string",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policies: aws/ReadOnlyAccess\n",
        "expected a list, found `aws/ReadOnlyAccess`",
    ),
    (
        "bare aws",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policies: [ReadOnlyAccess]\n",
        "did you mean `aws/ReadOnlyAccess`?",
    ),
    (
        "AWS slash",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policies: [AWS/ReadOnlyAccess]\n",
        "did you mean `aws/ReadOnlyAccess`?",
    ),
    (
        "arn aws misspelt",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policies: [\"arn:aws:iam:aws:policy/ReadOnlyAccess\"]\n",
        "did you mean `aws/ReadOnlyAccess`?",
    ),
    (
        "misspelt managed",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    managed_policies: [aws/ReadOnlyAcces]\n",
        "did you mean `aws/ReadOnlyAccess`?",
    ),
    (
        "account id unquoted",
        "version: 1\nroles:\n  app:\n    trust: [{aws: 012345678901}]\n",
        "put it in quotes: \"012345678901\"",
    ),
    (
        "partition pseudo",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:${AWS::Partition}:s3:::b/*\"}\n",
        "write `${partition}`",
    ),
    (
        "account pseudo",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b-${AWS::AccountId}/*\"}\n",
        "write `${account_id}`",
    ),
    (
        "region pseudo",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"sqs:SendMessage\", Resource: \"arn:aws:sqs:${AWS::Region}:111111111111:q\"}\n",
        "write `${region}`",
    ),
    (
        "tf data partition",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:${data.aws_partition.current.partition}:s3:::b/*\"}\n",
        "write `${partition}`",
    ),
    (
        "tf account",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b-${data.aws_caller_identity.current.account_id}/*\"}\n",
        "write `${account_id}`",
    ),
    (
        "doc Partition",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:${Partition}:s3:::b/*\"}\n",
        "write `${partition}`",
    ),
    (
        "doc Account",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"sqs:SendMessage\", Resource: \"arn:aws:sqs:us-east-1:${Account}:q\"}\n",
        "${account_id}`",
    ),
    (
        "env var",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::${BUCKET}/*\"}\n",
        "a variable of your own is `${var.BUCKET}`, with `BUCKET:` under `vars:` of the project file; `$${` i",
    ),
    (
        "var undefined",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::${var.bucket}/*\"}\n",
        "set it under `vars:` of the project file, or with `--var bucket=VALUE`",
    ),
    (
        "s3 url",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"s3://b/*\"}\n",
        "an object of S3 is `arn:aws:s3:::b/*`, a bucket `arn:aws:s3:::BUCKET`",
    ),
    (
        "s3 bucket name",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"my-bucket\"}\n",
        "write the resource's ARN, such as `arn:aws:s3:::bucket/*`, or `*` for all",
    ),
    (
        "s3 with region",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:us-east-1:111111111111:b/*\"}\n",
        "write `arn:aws:s3:::b/*`",
    ),
    (
        "iam with region",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"iam:GetRole\", Resource: \"arn:aws:iam:us-east-1:111111111111:role/x\"}\n",
        "an ARN of iam has an empty region: `arn:aws:iam::…`",
    ),
    (
        "service without suffix",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda}]\n",
        "write the service's host: `lambda.amazonaws.com`",
    ),
    (
        "service with https",
        "version: 1\nroles:\n  app:\n    trust: [{service: \"https://lambda.amazonaws.com\"}]\n",
        "`https://lambda.amazonaws.com` is not a service principal",
    ),
    (
        "action without prefix",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: GetObject, Resource: \"*\"}\n",
        "write `SERVICE:GetObject`, such as `s3:GetObject`",
    ),
    (
        "action dot",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: s3.GetObject, Resource: \"*\"}\n",
        "write `SERVICE:s3.GetObject`, such as `s3:GetObject`",
    ),
    (
        "effect allow",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: allow, Action: \"s3:GetObject\", Resource: \"*\"}\n",
        "write `Allow`: IAM is case-sensitive",
    ),
    (
        "lower keys",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {effect: Allow, action: \"s3:GetObject\", resource: \"*\"}\n",
        "did you mean `Effect`?",
    ),
    (
        "Actions",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Actions: [\"s3:GetObject\"], Resource: \"*\"}\n",
        "did you mean `Action`?",
    ),
    (
        "Resources in statement",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: [\"s3:GetObject\"], Resources: [\"*\"]}\n",
        "did you mean `Resource`?",
    ),
    (
        "Principal in identity",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Principal: \"*\", Action: \"s3:GetObject\", Resource: \"*\"}\n",
        "remove `Principal`: the policy applies to what it is attached to; the trust policy of a role says who may ",
    ),
    (
        "No Resource",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\"}\n",
        "add `Resource`",
    ),
    (
        "Conditions",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\", Conditions: {}}\n",
        "did you mean `Condition`?",
    ),
    (
        "cond operator",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\", Condition: {StringEqual: {\"aws:PrincipalOrgID\": o-1}}}\n",
        "did you mean `StringEquals`?",
    ),
    (
        "cond no operator",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\", Condition: {\"aws:PrincipalOrgID\": o-1}}\n",
        "`aws:PrincipalOrgID` is a condition key, and an operator is wanted here",
    ),
    (
        "var dot",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b/${aws.username}/*\"}\n",
        "IAM's variables have a colon: `${aws:username}`",
    ),
    (
        "version date",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies: {P: {Version: \"2012-10-18\", Statement: []}}\n",
        "write `\"2012-10-17\"`",
    ),
    (
        "no version",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies: {P: {Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}}\n",
        "policy document must be version 2012-10-17 or greater",
    ),
    (
        "json string doc",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P: '{\"Version\": \"2012-10-17\"}'\n",
        "write its `Version` and `Statement` here as keys, not as one text or list",
    ),
    (
        "star unquoted",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies:\n      P:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action: s3:*\n            Resource: *\n",
        "write \"*\", quotes included",
    ),
    ("tab", "version: 1\nroles:\n	app:\n", "indent with spaces"),
    (
        "nbsp",
        "version: 1\nroles:\n\u{a0}\u{a0}app:\n    trust: []\n",
        "it holds a non-breaking space (U+00A0): write ordinary spaces; the line holds a non-breaking space (",
    ),
    (
        "nbsp in value",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com\u{a0}}]\n",
        "write the service's host: `lambda.amazonaws.com`; the line holds a non-breaking space (U+00A0); writ",
    ),
    (
        "smart quotes",
        "version: 1\nroles:\n  app:\n    trust: [{service: “lambda.amazonaws.com”}]\n",
        "write the service's host: `lambda.amazonaws.com`; the line holds typographic quotes; write `\"` or `'",
    ),
    (
        "zero width",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda\u{200b}.amazonaws.com}]\n",
        "the text holds an invisible character (U+200B)",
    ),
    ("version 2", "version: 2\n", "write `version: 1`, or use a newer iamctl"),
    (
        "dup key",
        "version: 1\nroles:\n  a: {trust: [{service: lambda.amazonaws.com}]}\n  a: {trust: [{service: ec2.amazonaws.com}]}\n",
        "the key `a` occurs twice in one mapping",
    ),
    (
        "dup key case",
        "version: 1\nroles:\n  a: {trust: [{service: lambda.amazonaws.com}]}\n  A: {trust: [{service: ec2.amazonaws.com}]}\n",
        "keep one of the two",
    ),
    (
        "github no repo",
        "version: 1\nroles:\n  app:\n    trust: [{github: {repo: acme/app, ref: refs/heads/main}}]\n",
        "did you mean `repository`?",
    ),
    (
        "github string",
        "version: 1\nroles:\n  app:\n    trust: [{github: acme/app}]\n",
        "write `{repository: acme/app, ref: refs/heads/main}`",
    ),
    (
        "github branch",
        "version: 1\nroles:\n  app:\n    trust: [{github: {repository: acme/app, branch: main}}]\n",
        "write exactly one of `ref: refs/heads/main`, `environment: prod`, `pull_request: true`, `any: true`",
    ),
    (
        "github url",
        "version: 1\nroles:\n  app:\n    trust: [{github: {repository: \"https://github.com/acme/app\", any: true}}]\n",
        "`https://github.com/acme/app` is not a repository",
    ),
    (
        "aws role bare",
        "version: 1\nroles:\n  app:\n    trust: [{aws: ci}]\n",
        "a role of this account is `role/ci`, a user `user/ci`; else write an ARN, or an account id in quotes",
    ),
    (
        "aws star",
        "version: 1\nroles:\n  app:\n    trust: [{aws: \"*\"}]\n",
        "name the principals; if everyone is meant, write `principal: {AWS: \"*\"}` with a `condition`",
    ),
    (
        "federated",
        "version: 1\nroles:\n  app:\n    trust: [{federated: token.actions.githubusercontent.com}]\n",
        "an identity provider is `github:`, `oidc:` or `saml:`",
    ),
    ("services key", "version: 1\nroles:\n  app:\n    trust: [{services: [lambda.amazonaws.com]}]\n", "did you mean `service`?"),
    (
        "account key",
        "version: 1\nroles:\n  app:\n    trust: [{account: \"111111111111\"}]\n",
        "an AWS principal is `aws:` with an account id in quotes, an ARN, or `role/NAME`",
    ),
    (
        "instance_profile yes",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    instance_profile: yes\n",
        "write `true`",
    ),
    (
        "true string manage",
        "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    manage: exclusiv\n",
        "did you mean `exclusive`?",
    ),
    ("policy no document", "version: 1\npolicies:\n  P:\n    Version: \"2012-10-17\"\n    Statement: []\n", "under `document:`"),
    (
        "PolicyDocument",
        "version: 1\npolicies:\n  P:\n    PolicyDocument: {Version: \"2012-10-17\", Statement: []}\n",
        "under `document:`",
    ),
    ("policy key", "version: 1\npolicies:\n  P:\n    policy: {Version: \"2012-10-17\", Statement: []}\n", "under `document:`"),
    (
        "statement direct",
        "version: 1\npolicies:\n  P:\n    statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]\n",
        "goes under `document:`",
    ),
    ("file missing", "version: 1\nroles:\n  app:\n    trust_document_file: missing.json\n", "the path is relative to this file"),
    ("file abs", "version: 1\nroles:\n  app:\n    trust_document_file: /etc/x.json\n", "`/etc/x.json` is not a relative path"),
    ("UserName", "version: 1\nusers:\n  alice:\n    UserName: alice\n", "unknown key `UserName`"),
    ("user groups", "version: 1\nusers:\n  alice:\n    groups: [a]\n", "unknown key `groups`"),
    ("group members", "version: 1\ngroups:\n  a:\n    members: [alice]\n", "did you mean `users`?"),
    (
        "slr",
        "version: 1\nservice_linked_roles: [AWSServiceRoleForEC2Spot]\n",
        "write the service's host, as in `spot.amazonaws.com`",
    ),
    (
        "oidc list",
        "version: 1\noidc_providers: [token.actions.githubusercontent.com]\n",
        "the name is the key: write `token.actions.githubusercontent.com:` without `- `, and what belongs to ",
    ),
    ("use without template", "version: 1\nuse: [{name: x}]\n", "the key `template` is missing"),
    ("use misspelt", "version: 1\nuse: [{template: sagemaker/trainig, name: x}]\n", "did you mean `sagemaker/training`?"),
    (
        "with misspelt",
        "version: 1\nuse: [{template: sagemaker/training, name: x, with: {s3_bucket: [a]}}]\n",
        "did you mean `s3_buckets`?",
    ),
    (
        "merge key",
        "version: 1\nx: &a {trust: [{service: lambda.amazonaws.com}]}\nroles: {a: {<<: *a}}\n",
        "the keys here are `version`, `policies`, `roles`, `users`, `groups`, `service_linked_roles`, `oidc_p",
    ),
    (
        "yaml include",
        "version: 1\nroles: !include roles.yaml\n",
        "write the value itself; CloudFormation's short forms mean nothing here",
    ),
    (
        "conflict markers",
        "version: 1\n<<<<<<< HEAD\nroles: {}\n=======\nroles: {a: {}}\n>>>>>>> x\n",
        "a merge conflict begins here",
    ),
    (
        "role no trust",
        "version: 1\nroles:\n  a:\n    managed_policies: [aws/ReadOnlyAccess]\n",
        "add `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`",
    ),
    ("role null", "version: 1\nroles:\n  a:\n", "add `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`"),
    (
        "name space",
        "version: 1\nroles:\n  my role: {trust: [{service: lambda.amazonaws.com}]}\n",
        "a role's name may hold letters, digits and `_+=,.@-`, not ' '",
    ),
    (
        "name arn",
        "version: 1\nroles:\n  \"arn:aws:iam::111111111111:role/x\": {trust: [{service: lambda.amazonaws.com}]}\n",
        "write the name alone, `x`",
    ),
    (
        "name path",
        "version: 1\nroles:\n  team/app: {trust: [{service: lambda.amazonaws.com}]}\n",
        "write the name alone, `app`, and the path before it under `path:`",
    ),
];

/// Mistakes that are told by one message, with what is below them checked all the same: text, the help, and how many messages there are.
const ONCE: &[(&str, &str, usize)] = &[
    (
        "version: 1\nroles:\n  R:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: x}\n",
        "`iamctl import cloudformation FILE -o specs`",
        1,
    ),
    (
        "version: 1\nroles:\n  r:\n    trust: [{service: ec2.amazonaws.com}]\n    inline_policies:\n      Version: \"2012-10-17\"\n      Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]\n",
        "give it one: `inline_policies: {NAME:",
        1,
    ),
    ("Version: \"2012-10-17\"\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}]}\n", "write `version: 1`", 1),
    ("version: \"2012-10-17\"\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}]}\n", "write `version: 1`", 1),
    (
        "version: 1\nroles:\n  r:\n  trust: [{service: ec2.amazonaws.com}]\n  managed_policies: [aws/ReadOnlyAccess]\n",
        "indent it below `r`, and what follows it too",
        1,
    ),
    ("version: 1\nroles:\nr:\n  trust: [{service: ec2.amazonaws.com}]\n", "indent it below `roles`", 1),
    (
        "version: 1\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}], managedPolicies: [aws/ReadOnlyAccess]}\n",
        "did you mean `managed_policies`?",
        1,
    ),
    // The second fault is below the key that is misspelt.
    (
        "version: 1\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}], managedPolicies: [aws/ReadOnlyAcess]}\n",
        "did you mean `aws/ReadOnlyAccess`?",
        2,
    ),
    ("version: 1\nroles:\n  r: {trust: [{services: lamda}]}\n", "write the service's host: `lamda.amazonaws.com`", 2),
    ("version: 1\nroles:\n  r: {trust: [{github: {repo: app, ref: refs/heads/main}}]}\n", "write `owner/name`", 2),
    (
        "version: 1\nroles:\n  r: {trust: [{github: {repository: acme/app, ref: refs/head/main}}]}\n",
        "write the whole ref: `refs/heads/main`",
        1,
    ),
    (
        "version: 1\nroles:\n  r:\n    trust:\n      - Effect: Allow\n        Principal: {Service: ec2.amazonaws.com}\n        Action: sts:AssumeRole\n",
        "put the whole document under `trust_document:`",
        1,
    ),
    (
        "version: 1\nroles:\n  r:\n    assume_role_policy:\n      Version: \"2012-10-17\"\n      Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]\n",
        "`trust_document:`",
        1,
    ),
    ("version: 1\nroles:\n  r: {trust_policy: [{service: ec2.amazonaws.com}]}\n", "short entries stand under `trust:`", 1),
    ("version: 1\nroles:\n  r:\n    trust:[{service: ec2.amazonaws.com}]\n", "put a space after the colon", 1),
    (
        "version: 1\npolicies:\n  P:\n    Version: \"2012-10-17\"\n    Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]\n",
        "put `Version` and `Statement` under `document:`",
        1,
    ),
    (
        "version: 1\nroles:\n  r: {trust: [{service: \"arn:aws:iam::111111111111:role/x\"}]}\n",
        "an AWS principal is not a service: write `aws:",
        1,
    ),
    ("service: app\nprovider: {name: aws}\nfunctions: {}\n", "`sls package`", 1),
    ("app: node bin/app.js\ncontext: {}\n", "`cdk synth > template.yaml`", 1),
    (
        "import * as iam from 'aws-cdk-lib/aws-iam';\nnew iam.Role(this, 'R', { assumedBy: x });\n",
        "`cdk synth > template.yaml`",
        1,
    ),
    ("name: x\nruntime: nodejs\n", "a project of Pulumi", 1),
    ("- hosts: localhost\n  tasks: []\n", "a playbook of Ansible", 1),
    (
        "version: 1\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}], permissions_boundary: \"arn:aws:iam:us-east-1:aws:policy/ReadOnlyAccess\"}\n",
        "an ARN of IAM has no region: write `aws/ReadOnlyAccess`",
        1,
    ),
    ("version: 1\nroles:\n  r: {trust: [{service: ec2.amazonaws.com}], path: ml/x}\n", "write `/ml/x/`", 1),
    ("version: 1\nroles:\n  role/r: {trust: [{service: ec2.amazonaws.com}]}\n", "write the name alone, `r`", 1),
];

#[test]
fn one_mistake_is_one_message_and_hides_no_other() {
    let mut wrong = Vec::new();
    for (text, hint, count) in ONCE {
        let problems = resolved(&[("specs/a.yaml", text)]).err().unwrap_or_default();
        let said: Vec<String> =
            problems.iter().map(|p| format!("{}: {}", p.message, p.help.as_deref().unwrap_or_default())).collect();
        if said.len() != *count || !said.iter().any(|said| said.contains(hint)) || problems.iter().any(|p| p.at.is_none()) {
            wrong.push(format!("{text}: {said:#?}, wanted {count} with {hint:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mistake_gets_the_hint_that_mends_it() {
    let mut wrong = Vec::new();
    for (name, text, hint) in MISTAKES {
        let problems = resolved(&[("specs/a.yaml", text)]).err().unwrap_or_default();
        let said: Vec<String> =
            problems.iter().map(|p| format!("{}: {}", p.message, p.help.as_deref().unwrap_or_default())).collect();
        if !said.iter().any(|said| said.contains(hint)) {
            wrong.push(format!("{name}: {said:#?} does not hold {hint:?}"));
        }
        // A mistake has its place, and few problems follow from it.
        assert!(problems.iter().all(|p| p.at.is_some()) && problems.len() <= 4, "{name}: {said:#?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
