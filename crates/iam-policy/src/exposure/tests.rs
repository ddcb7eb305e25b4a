//! One row, one document: who of outside gets in.

use serde_json::{Value as Json, json};

use super::*;

const GITHUB: &str = "token.actions.githubusercontent.com";

fn asked(kind: PolicyKind, statements: &Json) -> Vec<Opening> {
    let document = Document::new(json!({"Version": "2012-10-17", "Statement": statements}));
    let owner = Owner { account: AccountId::parse("111122223333"), today: "2027-01-31".to_owned() };
    openings(&document, kind, &owner)
}

/// `open`, `known` or `closed`; `?` where it is not proven.
fn word(found: &[Opening]) -> &'static str {
    match found.iter().map(|o| &o.hurdle).min() {
        None => "closed",
        Some(Hurdle::Nothing) => "open",
        Some(Hurdle::Known(_)) => "known",
        Some(Hurdle::Unproven(_)) => "?",
    }
}

fn trust(principal: Json, condition: Json) -> Json {
    let action = if principal.get("Federated").is_some() { "sts:AssumeRoleWithWebIdentity" } else { "sts:AssumeRole" };
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})
}

fn token(host: &str, operator: &str, claim: &str, value: &str) -> Json {
    let condition = json!({operator: {format!("{host}:{claim}"): value}});
    trust(json!({"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{host}")}), condition)
}

#[test]
fn a_pinned_owner_in_a_claim_closes_and_a_wildcard_before_its_end_opens() {
    let like = "StringLike";
    let mut wrong = Vec::new();
    for (host, operator, claim, value, expected) in [
        (GITHUB, like, "sub", "repo:acme/app:ref:refs/heads/main", "closed"),
        (GITHUB, like, "sub", "repo:acme/*", "closed"),
        (GITHUB, like, "sub", "repo:acme@1234/app@5678:*", "closed"),
        (GITHUB, like, "sub", "repo:acme*", "open"),
        (GITHUB, like, "sub", "repo:acme-*/app:*", "open"),
        (GITHUB, like, "sub", "repo:?cme/app:*", "open"),
        (GITHUB, like, "sub", "repo:*/app:ref:refs/heads/main", "open"),
        (GITHUB, like, "sub", "*acme/app*", "open"),
        (GITHUB, like, "sub", "*:ref:refs/heads/main", "open"),
        (GITHUB, like, "sub", "repo:*", "open"),
        (GITHUB, like, "sub", "*", "open"),
        (GITHUB, "StringEquals", "sub", "repo:acme/app:environment:prod", "closed"),
        (GITHUB, "StringEquals", "sub", "environment:prod", "open"),
        (GITHUB, "StringEquals", "sub", "ref:refs/heads/main", "open"),
        (GITHUB, "StringEquals", "sub", "repository_owner:acme", "closed"),
        (GITHUB, like, "sub", "environment:prod:repository_owner_id:1234:*", "closed"),
        (GITHUB, like, "sub", "environment:*:repository_owner_id:1234", "open"),
        (GITHUB, like, "sub", "job_workflow_ref:acme/flows/.github/workflows/x.yml@*", "closed"),
        (GITHUB, "StringEqualsIfExists", "sub", "repo:acme/app:ref:refs/heads/main", "open"),
        (GITHUB, "ForAllValues:StringEquals", "sub", "repo:acme/app:ref:refs/heads/main", "open"),
        (GITHUB, "ForAnyValue:StringLike", "sub", "repo:acme/*", "closed"),
        (GITHUB, "StringNotEquals", "sub", "repo:evil/app:ref:refs/heads/main", "open"),
        (GITHUB, "StringEqualsIgnoreCase", "sub", "REPO:Acme/app:environment:prod", "closed"),
        (GITHUB, "StringEquals", "repository_owner", "acme", "closed"),
        (GITHUB, like, "repository_owner", "acme*", "open"),
        (GITHUB, "NumericEquals", "repository_owner_id", "1234", "closed"),
        (GITHUB, "NumericGreaterThan", "repository_owner_id", "1234", "open"),
        (GITHUB, "ForAnyValue:StringNotLike", "sub", "repo:acme/*", "open"),
        (GITHUB, "StringEquals", "repository_owner_id", "1234", "closed"),
        (GITHUB, "StringEquals", "repository", "acme/app", "closed"),
        (GITHUB, like, "repository", "*/app", "open"),
        (GITHUB, "StringEquals", "enterprise_id", "77", "closed"),
        (GITHUB, "StringEquals", "environment", "prod", "open"),
        (GITHUB, "StringEquals", "ref", "refs/heads/main", "open"),
        (GITHUB, "StringEquals", "workflow", "deploy", "open"),
        (GITHUB, "StringEquals", "actor", "alice", "open"),
        (GITHUB, "StringEquals", "aud", "sts.amazonaws.com", "open"),
        (GITHUB, like, "job_workflow_ref", "acme/flows/.github/workflows/deploy.yml@*", "closed"),
        (GITHUB, like, "job_workflow_ref", "*/deploy.yml@refs/heads/main", "open"),
        (GITHUB, "Null", "sub", "false", "open"),
        ("token.actions.githubusercontent.com/acme", "StringEquals", "environment", "prod", "open"),
        ("gitlab.com", like, "sub", "project_path:acme/app:ref_type:branch:ref:main", "closed"),
        ("gitlab.com", like, "sub", "project_path:acme/*", "closed"),
        ("gitlab.com", like, "sub", "project_path:*:ref_type:branch:ref:main", "open"),
        ("gitlab.com", like, "sub", "project_path:acme*:ref_type:branch:ref:main", "open"),
        ("gitlab.com", "StringEquals", "namespace_id", "72", "closed"),
        ("gitlab.com", "StringEquals", "ref", "main", "open"),
        ("gitlab.com", "StringEquals", "user_login", "alice", "open"),
        ("gitlab.com", "StringEquals", "aud", "https://gitlab.com", "open"),
        ("app.terraform.io", like, "sub", "organization:acme:project:*:workspace:*:run_phase:*", "closed"),
        ("app.terraform.io", like, "sub", "organization:*:project:p:workspace:w:run_phase:*", "open"),
        ("app.terraform.io", like, "sub", "organization:acme*:project:p:workspace:w:run_phase:apply", "open"),
        ("app.terraform.io", like, "sub", "*:workspace:prod:run_phase:apply", "open"),
        ("app.terraform.io", "StringEquals", "terraform_workspace_id", "ws-1", "closed"),
        ("app.terraform.io", "StringEquals", "aud", "aws.workload.identity", "open"),
        ("agent.buildkite.com", like, "sub", "organization:acme:pipeline:deploy:*", "closed"),
        ("agent.buildkite.com", like, "sub", "organization:acme-*", "open"),
        ("agent.buildkite.com", "StringEquals", "pipeline_slug", "deploy", "open"),
        ("oidc.circleci.com", like, "sub", "org/*/project/123/user/*", "open"),
        ("oidc.circleci.com/org/4ad5", like, "sub", "org/4ad5/project/*", "closed"),
        ("oidc.circleci.com/org/4ad5", like, "sub", "org/*", "open"),
        ("api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc", like, "sub", "{1f2e}*:*", "closed"),
        ("cognito-identity.amazonaws.com", "StringEquals", "aud", "us-east-1:1234", "closed"),
        ("cognito-identity.amazonaws.com", "ForAnyValue:StringLike", "amr", "authenticated", "open"),
        ("accounts.google.com", "StringEquals", "aud", "1234.apps.googleusercontent.com", "closed"),
        ("accounts.google.com", "StringEquals", "oaud", "sts.amazonaws.com", "open"),
        ("accounts.google.com", "StringEquals", "sub", "10769", "closed"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", "StringEquals", "sub", "system:serviceaccount:prod:app", "closed"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", like, "sub", "system:serviceaccount:prod:*", "closed"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", like, "sub", "system:serviceaccount:*:app", "open"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC", "StringEquals", "aud", "sts.amazonaws.com", "open"),
        ("acme.eu.auth0.com/", "StringEquals", "sub", "client@clients", "closed"),
        ("acme.eu.auth0.com/", "StringEquals", "aud", "urn:x", "open"),
        ("oidc.vercel.com", like, "sub", "owner:acme:project:*:environment:production", "closed"),
        ("oidc.vercel.com", like, "sub", "owner:*:project:web:environment:production", "open"),
        ("api.pulumi.com/oidc", like, "sub", "pulumi:deploy:org:acme:*", "closed"),
        ("api.pulumi.com/oidc", like, "sub", "pulumi:deploy:org:*", "open"),
        ("oidc.modal.com", like, "sub", "modal:workspace_id:ac-12345abcd:*", "closed"),
        ("oidc.modal.com", like, "sub", "modal:workspace_id:*:app_name:deploy:*", "open"),
        ("proidc.upbound.io", "StringEquals", "sub", "mcp:acme/plane:provider:provider-aws", "closed"),
        ("proidc.upbound.io", like, "sub", "mcp:acme/*", "closed"),
        ("proidc.upbound.io", like, "sub", "mcp:*/plane:provider:provider-aws", "open"),
        ("studio.datachain.ai/api", "StringEquals", "sub", "credentials:acme/storage", "closed"),
        ("studio.datachain.ai/api", like, "sub", "credentials:*/storage", "open"),
        ("tokens.cloud.shisho.dev", "StringEquals", "sub", "job:1234:5678", "closed"),
        ("login.app.env0.com", "StringEquals", "sub", "auth0|1234", "closed"),
        ("login.app.env0.com", "StringEquals", "aud", "hoMiq9PdkRh9LUvVpH4wIErWg50VSG1b", "open"),
    ] {
        let found = word(&asked(PolicyKind::Trust, &token(host, operator, claim, value)));
        if found != expected {
            wrong.push(format!("{host}:{claim} {operator} {value}: {found} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statements_are_taken_together() {
    let open = token(GITHUB, "StringLike", "sub", "repo:*");
    let deny = |principal: Json, operator: &str, key: &str, value: &str| json!({"Effect": "Deny", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {operator: {key: value}}});
    let provider = json!({"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}")});
    let owner = format!("{GITHUB}:repository_owner");
    let closed = deny(provider.clone(), "StringNotEquals", &owner, "acme");
    assert_eq!(word(&asked(PolicyKind::Trust, &json!([open, closed]))), "closed");
    // A Deny of something else, of somebody else, and of one owner.
    for other in [
        deny(provider.clone(), "StringEquals", &owner, "evil"),
        deny(json!({"AWS": "*"}), "StringNotEquals", &owner, "acme"),
        deny(provider, "StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
    ] {
        assert_eq!(word(&asked(PolicyKind::Trust, &json!([open, other]))), "open", "{other}");
    }
}

#[test]
fn keys_that_must_be_there_close_and_ifexists_leaves_them_open() {
    let mut wrong = Vec::new();
    for (operator, key, value, role, resource) in [
        ("StringEquals", "aws:PrincipalOrgID", json!("o-abcdefghij"), "closed", "closed"),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", json!("o-abcdefghij"), "open", "open"),
        ("StringLike", "aws:PrincipalOrgID", json!("*"), "open", "open"),
        ("StringLike", "aws:PrincipalOrgID", json!("o-*"), "open", "open"),
        ("StringNotEquals", "aws:PrincipalOrgID", json!("o-abcdefghij"), "open", "open"),
        ("StringEquals", "aws:PrincipalOrgID", json!("${aws:ResourceOrgID}"), "closed", "closed"),
        ("StringEquals", "aws:PrincipalOrgID", json!("${aws:PrincipalOrgID}"), "open", "open"),
        ("StringEquals", "aws:ResourceOrgID", json!("${aws:PrincipalOrgID}"), "closed", "closed"),
        ("StringEquals", "aws:PrincipalOrgID", json!(["o-abcdefghij", "${aws:PrincipalOrgID}"]), "open", "open"),
        ("StringLike", "aws:PrincipalOrgID", json!("o-abcdefghi?"), "open", "open"),
        ("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/*111122223333*"), "open", "open"),
        // What nobody has lets nobody in: a name that is not a variable, a word in place of an account.
        ("StringEquals", "aws:PrincipalAccount", json!("${account}"), "closed", "closed"),
        ("StringEquals", "aws:PrincipalAccount", json!("ACCOUNT_ID"), "closed", "closed"),
        ("ArnEquals", "aws:PrincipalArn", json!("arn:aws:iam::ACCOUNT_ID:role/app"), "closed", "closed"),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::*ACCOUNT:role/app"), "open", "open"),
        ("StringEquals", "aws:PrincipalTag/account", json!("${aws:PrincipalAccount}"), "open", "open"),
        ("StringEquals", "sts:RoleSessionName", json!("deploy"), "open", "open"),
        ("StringEquals", "s3:ExistingObjectTag/public", json!("yes"), "open", "open"),
        ("StringEquals", "aws:ResourceOrgID", json!("o-abcdefghij"), "open", "open"),
        ("StringEquals", "aws:ResourceAccount", json!("111122223333"), "open", "open"),
        ("StringEquals", "aws:PrincipalAccount", json!("${aws:ResourceAccount}"), "closed", "closed"),
        ("NumericEquals", "aws:PrincipalAccount", json!("111122223333"), "closed", "closed"),
        ("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::111122223333*"), "closed", "closed"),
        ("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::11112222333*"), "open", "open"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", json!("o-abcdefghij/r-ab12/*"), "closed", "closed"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", json!("o-*/r-ab12/*"), "open", "open"),
        ("StringLike", "aws:PrincipalOrgPaths", json!("o-*"), "?", "?"),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", json!("o-abcdefghij/*"), "open", "open"),
        ("StringEquals", "aws:PrincipalAccount", json!(["111122223333", "444455556666"]), "closed", "closed"),
        ("StringLike", "aws:PrincipalAccount", json!("1111*"), "open", "open"),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::111122223333:role/*"), "closed", "closed"),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/Admin"), "open", "open"),
        ("StringLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/acme-*"), "open", "open"),
        ("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::111122223333:role/x"), "open", "open"),
        ("StringLike", "aws:userid", json!("AROAEXAMPLEID:*"), "closed", "closed"),
        ("StringLike", "aws:userid", json!("*:alice"), "open", "open"),
        ("StringEquals", "aws:PrincipalTag/team", json!("ops"), "open", "open"),
        ("StringEquals", "aws:PrincipalType", json!("AssumedRole"), "open", "open"),
        ("Bool", "aws:MultiFactorAuthPresent", json!("true"), "open", "open"),
        ("Bool", "aws:SecureTransport", json!("true"), "open", "open"),
        ("StringEquals", "aws:SourceVpc", json!("vpc-1a2b3c"), "closed", "closed"),
        ("StringEqualsIfExists", "aws:SourceVpc", json!("vpc-1a2b3c"), "open", "open"),
        ("StringEquals", "aws:SourceVpce", json!("vpce-1a2b3c"), "closed", "closed"),
        ("StringLike", "aws:SourceVpce", json!("vpce-*"), "open", "open"),
        ("Null", "aws:SourceVpce", json!("false"), "open", "open"),
        ("IpAddress", "aws:VpcSourceIp", json!("10.0.0.0/8"), "open", "open"),
        ("IpAddress", "aws:SourceIp", json!("203.0.113.0/24"), "known", "closed"),
        ("IpAddress", "aws:SourceIp", json!(["0.0.0.0/1", "128.0.0.0/1"]), "open", "open"),
        ("IpAddressIfExists", "aws:SourceIp", json!("203.0.113.0/24"), "open", "open"),
        ("NotIpAddress", "aws:SourceIp", json!("203.0.113.0/24"), "open", "open"),
        ("StringEquals", "sts:ExternalId", json!("x-1234"), "known", "open"),
        ("StringEquals", "aws:Referer", json!("https://example.com"), "open", "open"),
        ("StringEquals", "aws:UserAgent", json!("secret"), "open", "open"),
        ("StringEquals", "aws:CalledViaFirst", json!("athena.amazonaws.com"), "open", "open"),
        ("StringEquals", "kms:CallerAccount", json!("111122223333"), "closed", "closed"),
        ("StringEqualsIfExists", "kms:CallerAccount", json!("111122223333"), "open", "open"),
        ("StringEquals", "kms:ViaService", json!("s3.eu-west-1.amazonaws.com"), "open", "open"),
        ("StringEquals", "s3:DataAccessPointAccount", json!("111122223333"), "closed", "closed"),
        ("ArnLike", "s3:DataAccessPointArn", json!("arn:aws:s3:*:111122223333:accesspoint/*"), "closed", "closed"),
        ("ArnLike", "s3:DataAccessPointArn", json!("arn:aws:s3:*:*:accesspoint/*"), "open", "open"),
        ("Bool", "elasticfilesystem:AccessedViaMountTarget", json!("true"), "closed", "closed"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:s3:::acme-data"), "closed", "closed"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:sns:*:111122223333:*"), "closed", "closed"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:s3:*:*:*"), "open", "open"),
        ("ArnLikeIfExists", "aws:SourceArn", json!("arn:aws:s3:::acme-data"), "open", "open"),
        ("StringEquals", "AWS:SourceOwner", json!("111122223333"), "closed", "closed"),
        ("StringEquals", "aws:SourceAccount", json!("111122223333"), "closed", "closed"),
        ("DateLessThan", "aws:CurrentTime", json!("2020-01-01T00:00:00Z"), "closed", "closed"),
        ("DateGreaterThan", "aws:CurrentTime", json!("2020-01-01T00:00:00Z"), "open", "open"),
    ] {
        let condition = json!({operator: {key: value}});
        let of_role = trust(json!({"AWS": "*"}), condition.clone());
        let of_bucket = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": condition});
        for (kind, statement, expected) in [(PolicyKind::Trust, of_role, role), (PolicyKind::Resource, of_bucket, resource)] {
            let found = word(&asked(kind, &statement));
            if found != expected {
                wrong.push(format!("{kind:?} {operator} {key} {value}: {found} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn services_act_for_others_until_the_source_is_asked_for() {
    let mut wrong = Vec::new();
    for (operator, key, value, expected) in [
        ("StringEquals", "aws:SourceAccount", json!("111122223333"), "closed"),
        ("StringEqualsIfExists", "aws:SourceAccount", json!("111122223333"), "open"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:cloudtrail:*:111122223333:trail/*"), "closed"),
        ("StringLike", "aws:SourceArn", json!("arn:aws:cloudtrail:*:111122223333:trail/*"), "closed"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:cloudtrail:*:*:trail/main"), "open"),
        ("ArnEquals", "aws:SourceArn", json!("arn:aws:sns:us-east-1:ACCOUNT_ID:t"), "closed"),
        ("ArnEquals", "aws:SourceArn", json!("arn:aws:s3:::acme-data"), "closed"),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:s3:::acme-*"), "open"),
        ("ArnLike", "aws:SourceArn", json!("*"), "open"),
        ("StringEquals", "aws:SourceOrgID", json!("o-abcdefghij"), "closed"),
        ("StringEquals", "aws:SourceOrgID", json!("${aws:ResourceOrgID}"), "closed"),
        ("StringEquals", "aws:PrincipalOrgID", json!("o-abcdefghij"), "closed"),
        ("StringEquals", "s3:x-amz-acl", json!("bucket-owner-full-control"), "open"),
        ("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", json!("arn:aws:cloudtrail:*:111122223333:trail/*"), "closed"),
        ("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", json!("arn:aws:cloudtrail:*:*:trail/*"), "open"),
        ("Bool", "aws:SecureTransport", json!("true"), "open"),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::b/*", "Condition": {operator: {key: value}}});
        let found = word(&asked(PolicyKind::Resource, &statement));
        if found != expected {
            wrong.push(format!("{operator} {key} {value}: {found} instead of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whoever_is_named_is_not_a_stranger() {
    let role = json!({"AWS": "arn:aws:iam::444455556666:role/x"});
    assert_eq!(word(&asked(PolicyKind::Trust, &trust(role, json!({})))), "closed");
    for open in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["111122223333", "*"]}), json!({"AWS": "arn:aws:iam::*:root"})] {
        let statement = json!({"Effect": "Allow", "Principal": open, "Action": "sqs:SendMessage", "Resource": "*"});
        assert_eq!(word(&asked(PolicyKind::Resource, &statement)), "open");
    }
    let excepted = json!({"Effect": "Allow", "NotPrincipal": {"AWS": "444455556666"}, "Action": "sqs:*", "Resource": "*"});
    assert_eq!(word(&asked(PolicyKind::Resource, &excepted)), "open");
}

#[test]
fn denials_of_the_document_count() {
    let allow =
        json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]});
    let deny = |action: &str, condition: Json| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition});
    for (deny, expected) in [
        (deny("s3:*", json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})), "closed"),
        (deny("*", json!({"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}})), "closed"),
        (deny("s3:*", json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c"}})), "closed"),
        (
            deny("s3:*", json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c"}, "Null": {"aws:SourceVpce": "false"}})),
            "open",
        ),
        (deny("s3:Put*", json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})), "open"),
        (deny("s3:*", json!({"Bool": {"aws:SecureTransport": "false"}})), "open"),
        // A caller outside any organisation has no such key, and is not denied.
        (
            deny(
                "s3:*",
                json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}, "Null": {"aws:PrincipalOrgID": "false"}}),
            ),
            "open",
        ),
    ] {
        assert_eq!(word(&asked(PolicyKind::Resource, &json!([allow, deny]))), expected, "{deny}");
    }
    // A Deny of the bucket leaves its objects.
    let objects = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    for (resource, expected) in [("arn:aws:s3:::b", "open"), ("arn:aws:s3:::b/*", "closed"), ("arn:aws:s3:::b/public/*", "open")]
    {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource,
            "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c"}}});
        assert_eq!(word(&asked(PolicyKind::Resource, &json!([objects, deny]))), expected, "{deny}");
    }
    let unless_ours =
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root"]}, "Action": "s3:*", "Resource": "*"});
    assert_eq!(word(&asked(PolicyKind::Resource, &json!([objects, unless_ours]))), "closed");
}

#[test]
fn a_named_account_is_narrowed_by_what_tells_its_principals_or_customers_apart() {
    for (operator, key, value, expected) in [
        ("StringEquals", "sts:ExternalId", "x-1234", "closed"),
        ("StringEqualsIfExists", "sts:ExternalId", "x-1234", "open"),
        ("StringLike", "sts:ExternalId", "*", "open"),
        ("StringNotEquals", "sts:ExternalId", "x-1234", "open"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/deploy*", "closed"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/*", "open"),
        ("StringEquals", "aws:PrincipalAccount", "444455556666", "open"),
        ("Bool", "aws:SecureTransport", "true", "open"),
        ("Bool", "aws:MultiFactorAuthPresent", "true", "closed"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "true", "open"),
    ] {
        let statement = trust(json!({"AWS": "arn:aws:iam::444455556666:root"}), json!({operator: {key: value}}));
        assert_eq!(word(&asked(PolicyKind::Trust, &statement)), expected, "{operator} {key} {value}");
    }
}

#[test]
fn where_the_engine_ends_the_evaluator_searches_on() {
    let mut statements = vec![
        json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-0*"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x0*"}}}),
    ];
    statements.extend((0..20).map(|n| {
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotLike":
            {"aws:PrincipalArn": format!("arn:aws:iam::*:role/*{n}*"), "aws:userid": format!("A{n}*")}}})
    }));
    assert_ne!(word(&asked(PolicyKind::Resource, &json!(statements))), "closed");
}
