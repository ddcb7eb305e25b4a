//! Closed lists of the policy language, each with where it comes from.

/// Elements of a document. `Conditions` stands for nothing, yet the service lets it pass (observed by moto).
pub const DOCUMENT_ELEMENTS: &[&str] = &["Version", "Id", "Statement", "Conditions"];

/// Elements of a statement (iam-facts 5.1).
pub const STATEMENT_ELEMENTS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// The two versions of the language (iam-facts 5.1).
pub const VERSIONS: &[&str] = &[OLD_VERSION, VERSION];

/// What a document without a `Version` means (iam-facts 5.7, 9).
pub const OLD_VERSION: &str = "2008-10-17";

/// The version that every new document carries.
pub const VERSION: &str = "2012-10-17";

/// Effects, as IAM spells them.
pub const EFFECTS: &[&str] = &["Allow", "Deny"];

/// AWS partitions (iam-facts 8). New ones appear: an account's own partition counts as valid whatever it is called.
pub const PARTITIONS: &[&str] = &["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// What an IAM resource's last ARN field starts with (iam-facts 5.3, 6), in the order of IAM's message.
pub const IAM_RESOURCE_WORDS: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Actions that a trust policy may name (iam-facts 5.1, 6.7).
pub const TRUST_ACTIONS: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

/// Kinds of principal in a principal map (iam-facts 5.1).
pub const PRINCIPAL_KINDS: &[&str] = &["AWS", "Federated", "Service", "CanonicalUser"];

/// Identity providers that are known by name rather than ARN (iam-facts 5.2).
pub const FEDERATED_NAMES: &[&str] =
    &["cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"];
