//! The pages of the grammar's codes, for `iamctl explain`. Source: iam-facts 5.1 to 5.5.

/// Every code with its page.
pub const CODES: &[(&str, &str)] = &[
    (
        "policy-action",
        "An action is a service prefix, one colon, and a name. IAM refuses `s3` and `s3:Get:Object`; write `s3:GetObject`, `s3:Get*` or `*`. The prefix may hold no wildcard.",
    ),
    (
        "policy-characters",
        "IAM stores Latin-1 only. Sids, conditions and all other text of a document may hold tab, line ends and U+0020 to U+00FF; anything else fails late, at the call.",
    ),
    ("policy-duplicate-sid", "Two statements of the document share a Sid. Rename the second one, or leave Sids out."),
    (
        "policy-element",
        "The document has an element that IAM does not take here. An identity policy names no `Principal`; a trust policy has no `Resource`.",
    ),
    (
        "policy-empty",
        "An empty list has no effect. IAM refuses a statement without actions or resources; leave the statement out, or fill the list.",
    ),
    ("policy-json", "The file is not JSON. A policy document is one JSON object; the finding says where reading ended."),
    (
        "policy-legacy",
        "IAM's oldest parser refuses this text. It minds the form of ARNs and dates: write all six fields of an ARN (`arn:aws:s3:::bucket`) and dates as `2026-01-31T00:00:00Z`.",
    ),
    ("policy-no-actions", "A statement needs actions. Write exactly one of `Action` and `NotAction`, with at least one value."),
    (
        "policy-no-resources",
        "A statement of an identity policy needs resources. Write exactly one of `Resource` and `NotResource`, with at least one value; `*` is everything.",
    ),
    (
        "policy-no-version",
        "An identity policy says `Version: \"2012-10-17\"`. IAM refuses one without; `${...}` would be plain text.",
    ),
    (
        "policy-operator",
        "IAM has no condition operator of this name. IAM is case-sensitive: `StringEquals`, `ArnLike`, `ForAnyValue:StringLikeIfExists`; `Null` takes no `IfExists`.",
    ),
    (
        "policy-principal",
        "IAM does not take this principal here. Identity policies have none; trust policies name accounts, roles, users, services and identity providers.",
    ),
    (
        "policy-resource",
        "A resource is an ARN of six fields, or `*`. The partition must be the account's, the service may hold no wildcard, and IAM's own ARNs have no region.",
    ),
    ("policy-sid", "A Sid is letters and digits. Drop the other characters, or leave Sids out."),
    (
        "policy-syntax",
        "The document is not of the policy grammar. Check the spelling of element names (case counts), of `Effect` (`Allow` or `Deny`), of condition operators, and that lists hold text.",
    ),
    (
        "policy-version",
        "An identity policy says `Version: \"2012-10-17\"`. IAM refuses an older or a missing one; without it `${...}` would be plain text.",
    ),
    (
        "trust-action",
        "A trust policy allows STS actions only. They are `sts:AssumeRole`, `sts:AssumeRoleWithSAML`, `sts:AssumeRoleWithWebIdentity`, `sts:TagSession`, `sts:SetSourceIdentity` and `sts:SetContext`, written out.",
    ),
    (
        "trust-principal",
        "IAM refuses this principal in a trust. It must be an account id, the ARN of a root, role, user, session or identity provider, a service, or `{\"AWS\": \"*\"}`; no wildcard inside, and no id of a deleted principal.",
    ),
    ("trust-resource", "A trust policy has no `Resource`: the role itself is what it is about. Leave the element out."),
];
