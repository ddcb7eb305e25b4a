//! What writes the policies of resources other than buckets.

/// One action that writes the policy of a kind of resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub action: &'static str,
    /// ARNs of the kind.
    pub pattern: &'static str,
    /// What the policy can grant.
    pub gained: &'static str,
    /// One of the kind.
    pub noun: &'static str,
    pub whom: Whom,
}

/// Whom an action can write into the policy of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// Any principal, the caller too.
    Anybody,
    /// Whole accounts (Amazon SQS and Amazon SNS API References, "AddPermission"): an account of its own gains nothing by that, another one does.
    Accounts,
}

const fn anybody(action: &'static str, pattern: &'static str, gained: &'static str, noun: &'static str) -> Writer {
    Writer { action, pattern, gained, noun, whom: Whom::Anybody }
}

const fn accounts(action: &'static str, pattern: &'static str, gained: &'static str, noun: &'static str) -> Writer {
    Writer { action, pattern, gained, noun, whom: Whom::Accounts }
}

/// Where several actions write one kind, the one that can name anybody stands first. A grant of a KMS key names its grantee (AWS KMS Developer
/// Guide, "Grants in AWS KMS"); the attributes of a queue or topic include its policy (Amazon SQS and Amazon SNS API References).
pub(super) const WRITERS: &[Writer] = &[
    anybody("kms:PutKeyPolicy", "arn:*:kms:*:????????????:key/*", "kms:Decrypt", "KMS key"),
    anybody("kms:CreateGrant", "arn:*:kms:*:????????????:key/*", "kms:Decrypt", "KMS key"),
    anybody(
        "secretsmanager:PutResourcePolicy",
        "arn:*:secretsmanager:*:????????????:secret:*",
        "secretsmanager:GetSecretValue",
        "secret",
    ),
    anybody("lambda:AddPermission", "arn:*:lambda:*:????????????:function:*", "lambda:InvokeFunction", "function"),
    anybody("sqs:SetQueueAttributes", "arn:*:sqs:*:????????????:*", "sqs:ReceiveMessage", "queue"),
    accounts("sqs:AddPermission", "arn:*:sqs:*:????????????:*", "sqs:ReceiveMessage", "queue"),
    anybody("sns:SetTopicAttributes", "arn:*:sns:*:????????????:*", "sns:Publish", "topic"),
    accounts("sns:AddPermission", "arn:*:sns:*:????????????:*", "sns:Publish", "topic"),
    anybody("dynamodb:PutResourcePolicy", "arn:*:dynamodb:*:????????????:table/*", "dynamodb:GetItem", "table"),
    anybody("kinesis:PutResourcePolicy", "arn:*:kinesis:*:????????????:stream/*", "kinesis:GetRecords", "stream"),
    anybody("ecr:SetRepositoryPolicy", "arn:*:ecr:*:????????????:repository/*", "ecr:BatchGetImage", "image repository"),
    anybody("glue:PutResourcePolicy", "arn:*:glue:*:????????????:catalog", "glue:GetTable", "data catalog"),
    anybody(
        "backup:PutBackupVaultAccessPolicy",
        "arn:*:backup:*:????????????:backup-vault:*",
        "backup:DeleteBackupVault",
        "backup vault",
    ),
    anybody(
        "elasticfilesystem:PutFileSystemPolicy",
        "arn:*:elasticfilesystem:*:????????????:file-system/*",
        "elasticfilesystem:ClientMount",
        "file system",
    ),
    anybody("es:UpdateDomainConfig", "arn:*:es:*:????????????:domain/*", "es:ESHttpGet", "search domain"),
    anybody("lakeformation:PutDataLakeSettings", "*", "lakeformation:GrantPermissions", "data lake"),
    anybody("kafka:PutClusterPolicy", "arn:*:kafka:*:????????????:cluster/*", "kafka:GetBootstrapBrokers", "Kafka cluster"),
    anybody("glacier:SetVaultAccessPolicy", "arn:*:glacier:*:????????????:vaults/*", "glacier:GetJobOutput", "vault"),
    anybody(
        "codeartifact:PutRepositoryPermissionsPolicy",
        "arn:*:codeartifact:*:????????????:repository/*",
        "codeartifact:ReadFromRepository",
        "package repository",
    ),
    anybody("s3tables:PutTableBucketPolicy", "arn:*:s3tables:*:????????????:bucket/*", "s3tables:ListTables", "table bucket"),
    anybody(
        "s3express:PutBucketPolicy",
        "arn:*:s3express:*:????????????:bucket/*",
        "s3express:CreateSession",
        "directory bucket",
    ),
    anybody("events:PutPermission", "arn:*:events:*:????????????:event-bus/*", "events:PutEvents", "event bus"),
    anybody("ses:PutIdentityPolicy", "arn:*:ses:*:????????????:identity/*", "ses:SendEmail", "email identity"),
    anybody(
        "acm-pca:PutPolicy",
        "arn:*:acm-pca:*:????????????:certificate-authority/*",
        "acm-pca:IssueCertificate",
        "certificate authority",
    ),
    anybody("ssm:PutResourcePolicy", "arn:*:ssm:*:????????????:parameter/*", "ssm:GetParameter", "parameter"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{AccessLevel, action};

    #[test]
    fn every_row_names_an_action_of_aws_that_writes_and_one_that_can_be_granted() {
        let mut wrong = Vec::new();
        for row in WRITERS {
            for name in [row.action, row.gained] {
                if action(name).is_none_or(|known| known.full_name() != name) {
                    wrong.push(format!("{name} is no action"));
                }
            }
            // AWS calls some of them `Write`, not `Permissions management`.
            if action(row.action).is_none_or(|known| known.level() < AccessLevel::Write) {
                wrong.push(format!("{} writes nothing", row.action));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
