//! Rules on documents made for them: what must be found, and what must not.

use std::collections::BTreeSet;

use iamctl::diag::{Finding, Severity};
use iamctl::lint::{BareDocument, PolicyType, Surroundings, lint_bare};
use iamctl::names::AccountId;

fn lint(statements: &str, policy_type: PolicyType) -> Vec<Finding> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let around = Surroundings {
        account: AccountId::parse("111111111111"),
        partition: "aws".to_owned(),
        today: "2026-11-22".to_owned(),
        ..Surroundings::default()
    };
    lint_bare(&BareDocument::read("p.json", &text).unwrap(), policy_type, &around)
}

fn severity(found: &[Finding], code: &str) -> Option<Severity> {
    found.iter().filter(|f| f.code == code).map(|f| f.severity).max()
}

fn codes(statements: &str, policy_type: PolicyType) -> BTreeSet<&'static str> {
    let rules = || iamctl::lint::rules::ALL.iter().map(|rule| rule.code);
    lint(statements, policy_type).iter().filter_map(|f| rules().find(|code| *code == f.code)).collect()
}

fn identity(statements: &str) -> BTreeSet<&'static str> {
    codes(statements, PolicyType::Identity)
}

fn escalation(statements: &str) -> Option<Severity> {
    severity(&lint(statements, PolicyType::Identity), "privilege-escalation")
}

fn trust(statements: &str, code: &str) -> Option<Severity> {
    severity(&lint(statements, PolicyType::Trust), code)
}

#[test]
fn the_colon_of_a_variable_parts_no_fields_of_an_arn() {
    let of = |arn: &str| identity(&format!(r#"{{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"{arn}"}}"#));
    let found = of("arn:aws:sqs:${aws:RequestedRegion}:111111111111:orders");
    assert_eq!(found, BTreeSet::from(["variable-unsupported-in-element"]));
    assert_eq!(of("arn:aws:sqs:eu-west-1:111111111111:${aws:username}"), BTreeSet::new());
    // Whose account it is says the variable: every role of it may be passed.
    let pass = |account: &str| {
        let role = format!("arn:aws:iam::{account}:role/*");
        identity(&format!(r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"{role}"}}"#))
    };
    for account in ["111111111111", "${aws:PrincipalAccount}"] {
        assert!(pass(account).contains("pass-role-with-star-in-resource"), "{account}: {:?}", pass(account));
    }
}

#[test]
fn parts_of_an_escalation_may_stand_in_different_statements() {
    let pass = r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#;
    let run = r#"{"Effect":"Allow","Action":"ec2:Run*","Resource":"*"}"#;
    assert_eq!(escalation(pass), None);
    assert_eq!(escalation(&format!("{pass},{run}")), Some(Severity::Error));
}

#[test]
fn a_deny_takes_an_escalation_back_and_a_conditional_deny_does_not() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let services = iamctl::escalation::methods::all().flat_map(|method| method.actions.split(' '));
    let services: BTreeSet<String> = services.map(|action| format!("\"{}:*\"", action.split_once(':').unwrap().0)).collect();
    let services: Vec<String> = services.into_iter().collect();
    let deny = format!(r#"{{"Effect":"Deny","Action":[{}],"Resource":"*"}}"#, services.join(","));
    assert_eq!(escalation(&format!("{allow},{deny}")), None);
    let conditional = deny.replace("\"Resource\"", r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}},"Resource""#);
    assert_eq!(escalation(&format!("{allow},{conditional}")), Some(Severity::Error));
}

#[test]
fn a_condition_on_the_service_counts_only_where_the_service_is_the_one() {
    let with = |service: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}},
               {{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}}"#
        )
    };
    assert_eq!(escalation(&with("ec2.amazonaws.com")), Some(Severity::Warning));
    assert_eq!(escalation(&with("eks.amazonaws.com")), None);
}

#[test]
fn what_one_does_to_oneself_counts_where_it_gives_more() {
    let on_self =
        |action: &str| format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:iam::*:user/${{aws:username}}"}}"#);
    assert_eq!(escalation(&on_self("iam:PutUserPolicy")), Some(Severity::Error));
    assert_eq!(escalation(&on_self("iam:CreateAccessKey")), None);
}

#[test]
fn a_condition_that_stops_nobody_is_no_limit() {
    let when =
        |condition: &str| format!(r#"{{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*","Condition":{condition}}}"#);
    for condition in [
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
        r#"{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
        r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#,
    ] {
        assert_eq!(escalation(&when(condition)), Some(Severity::Error), "{condition}");
    }
    for condition in [
        r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
        r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
        r#"{"Null":{"aws:PrincipalType":"true"}}"#,
        r#"{"StringEquals":{"aws:SourceAccount":"111111111111"}}"#,
    ] {
        assert_eq!(escalation(&when(condition)), None, "{condition}");
    }
    // What the principal can meet and does not choose makes it less certain.
    for condition in [r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, r#"{"StringEquals":{"iam:ResourceTag/team":"ml"}}"#] {
        assert_eq!(escalation(&when(condition)), Some(Severity::Warning), "{condition}");
    }
}

#[test]
fn roles_that_only_aws_changes_are_no_escalation() {
    for path in
        ["aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/*", "aws-service-role/*", "aws-reserved/sso.amazonaws.com/*"]
    {
        for (action, on_all) in [
            ("AttachRolePolicy", Severity::Error),
            ("PutRolePolicy", Severity::Error),
            ("UpdateAssumeRolePolicy", Severity::Error),
            ("DeleteRolePermissionsBoundary", Severity::Warning),
        ] {
            let on =
                |path: &str| format!(r#"{{"Effect":"Allow","Action":"iam:{action}","Resource":"arn:aws:iam::*:role/{path}"}}"#);
            assert_eq!(escalation(&on(path)), None, "{action} {path}");
            assert_eq!(escalation(&format!("{},{}", on(path), on("*"))), Some(on_all), "{action} {path}");
        }
    }
}

#[test]
fn a_path_narrows_as_the_start_of_a_name_does() {
    let on = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":"iam:{action}","Resource":"arn:aws:iam::111111111111:{resource}"}}"#)
    };
    for (action, kind) in
        [("PutRolePolicy", "role"), ("PutUserPolicy", "user"), ("CreatePolicyVersion", "policy"), ("AddUserToGroup", "group")]
    {
        for narrow in ["team-a-*", "team-a/*", "team-a/*/*", "*-a/*"] {
            assert_eq!(escalation(&on(action, &format!("{kind}/{narrow}"))), Some(Severity::Note), "{action} {narrow}");
        }
        for all in ["*", "*/*", "**"] {
            assert_eq!(escalation(&on(action, &format!("{kind}/{all}"))), Some(Severity::Error), "{action} {all}");
        }
    }
}

#[test]
fn what_aws_owns_is_not_in_its_table_of_resources() {
    let on =
        |action: &str, resource: &str| identity(&format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#));
    for (action, resource) in [
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31"),
        ("ssm:SendCommand", "arn:aws:ssm:*:aws:document/AWS-RunShellScript"),
        ("imagebuilder:GetComponent", "arn:aws:imagebuilder:*:aws-marketplace:component/x/1.0.0/1"),
    ] {
        let found = on(action, resource);
        assert!(!found.contains("resource-mismatch") && !found.contains("invalid-arn-resource"), "{resource}: {found:?}");
    }
    // IAM's own policies are known, and a customer's transform is not AWS's.
    assert!(on("iam:AttachRolePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess").contains("resource-mismatch"));
    assert!(
        on("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:111111111111:transform/x").contains("resource-mismatch")
    );
}

#[test]
fn an_administrator_is_one_until_something_takes_it_back() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert!(identity(allow).contains("administrator-access"));
    assert!(!identity(&format!(r#"{allow},{{"Effect":"Deny","Action":"*","Resource":"*"}}"#)).contains("administrator-access"));
}

#[test]
fn subjects_of_workflows_are_graded_by_whom_they_admit() {
    let github = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}},
               "Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
        )
    };
    let sub = |value: &str| {
        github(&format!(
            r#"{{"StringLike":{{"token.actions.githubusercontent.com:sub":"{value}","token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}}"#
        ))
    };
    let without = "oidc-trust-without-subject";
    assert_eq!(trust(&github("{}"), without), Some(Severity::Error));
    assert_eq!(
        trust(&github(r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#), without),
        Some(Severity::Error)
    );
    assert_eq!(trust(&sub("*"), without), Some(Severity::Error));
    assert_eq!(trust(&sub("repo:*"), without), Some(Severity::Error));
    let for_all =
        r#"{"ForAllValues:StringEquals":{"token.actions.githubusercontent.com:sub":"repo:acme/app:ref:refs/heads/main"}}"#;
    assert_eq!(trust(&github(for_all), without), Some(Severity::Error));
    let wide = "oidc-trust-with-wide-subject";
    assert_eq!(trust(&sub("repo:acme*"), wide), Some(Severity::Error));
    assert_eq!(trust(&sub("repo:acme/*"), wide), Some(Severity::Warning));
    assert_eq!(trust(&sub("repo:acme/app:*"), wide), Some(Severity::Note));
    assert_eq!(trust(&sub("repo:acme/app:ref:refs/heads/main"), wide), None);
    assert_eq!(trust(&sub("repo:acme/app:ref:refs/heads/main"), without), None);
}

#[test]
fn trust_of_everybody_is_graded_by_its_condition() {
    let when = |condition: &str| {
        format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"sts:AssumeRole","Condition":{condition}}}"#)
    };
    assert_eq!(trust(&when("{}"), "public-trust"), Some(Severity::Error));
    assert_eq!(trust(&when(r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#), "public-trust"), Some(Severity::Error));
    let organisation = when(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}"#);
    assert_eq!(trust(&organisation, "public-trust"), None);
    assert_eq!(trust(&organisation, "public-trust-with-condition"), Some(Severity::Note));
    let external = when(r#"{"StringEquals":{"sts:ExternalId":"x"}}"#);
    assert_eq!(trust(&external, "public-trust-with-condition"), Some(Severity::Warning));
}

#[test]
fn accounts_are_told_apart() {
    let of = |principal: &str| format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}"#);
    let vendor = of("222222222222");
    assert_eq!(trust(&vendor, "foreign-account-trust"), Some(Severity::Warning));
    assert_eq!(trust(&vendor, "missing-external-id"), Some(Severity::Warning));
    let own = of("arn:aws:iam::111111111111:role/ci");
    assert_eq!(trust(&own, "foreign-account-trust"), None);
    assert_eq!(trust(&of("arn:aws:iam::111111111111:root"), "whole-account-trust"), Some(Severity::Note));
}

#[test]
fn conditions_that_do_not_do_what_they_seem_to_are_found() {
    let when = |effect: &str, condition: &str| {
        identity(&format!(
            r#"{{"Effect":"{effect}","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
        ))
    };
    for (effect, condition, code) in [
        ("Allow", r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::1:role/*"}}"#, "wildcard-without-like-operator"),
        ("Allow", r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, "private-ip-address"),
        ("Deny", r#"{"NotIpAddress":{"aws:SourceIp":["192.168.1.0/24","203.0.113.0/24"]}}"#, "private-not-ip-address-subset"),
        ("Allow", r#"{"IpAddress":{"aws:SourceIp":"203.0.113.7/24"}}"#, "improve-ip-range"),
        ("Allow", r#"{"NullIfExists":{"aws:SourceIp":"true"}}"#, "null-with-if-exists"),
        ("Allow", r#"{"ForAnyValue:Null":{"aws:TagKeys":"true"}}"#, "null-with-qualifier"),
        ("Allow", r#"{"StringEquals":{"aws:TagKeys":"x"}}"#, "missing-qualifier"),
        ("Allow", r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, "for-all-values-with-single-valued-key"),
        ("Allow", r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#, "missing-paired-condition-keys"),
        ("Allow", r#"{"StringEquals":{"s3:prefx":"x"}}"#, "unknown-condition-key"),
        ("Allow", r#"{"StringEquals":{"s3:prefix":"x"}}"#, "condition-key-mismatch"),
        ("Allow", r#"{"Bool":{"aws:SecureTransport":"yes"}}"#, "type-mismatch-boolean"),
        ("Allow", r#"{"StringLike":{"aws:PrincipalArn":"${aws:username"}}"#, "missing-brace-in-variable"),
        ("Allow", r#"{"NumericEquals":{"aws:MultiFactorAuthAge":"${aws:username}"}}"#, "invalid-variable-for-operator"),
        ("Deny", r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, "mfa-condition-without-effect"),
        ("Deny", r#"{"StringEquals":{"aws:PrincipalTag/t":"x"},"Null":{"aws:PrincipalTag/t":"true"}}"#, "deny-never-matches"),
        (
            "Allow",
            r#"{"StringEquals":{"aws:PrincipalTag/t":"x","aws:principaltag/T":"y"}}"#,
            "duplicate-keys-with-different-case",
        ),
    ] {
        assert!(when(effect, condition).contains(code), "{condition}: {:?}", when(effect, condition));
    }
}

#[test]
fn sound_policies_have_no_warnings() {
    for statement in [
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*"}"#,
        r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"StringLike":{"s3:prefix":["home/*"]}}}"#,
        r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#,
        r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111111111111:role/app","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}"#,
        r#"{"Effect":"Allow","Action":"ec2:StartInstances","Resource":"arn:aws:ec2:*:111111111111:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}}"#,
        r#"{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/f:*"}"#,
        r#"{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":"arn:aws:kms:*:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab","Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/x"}}}"#,
        r#"{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query"],"Resource":["arn:aws:dynamodb:eu-west-1:111111111111:table/t","arn:aws:dynamodb:eu-west-1:111111111111:table/t/index/*"]}"#,
        r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111111111111:q"}"#,
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}}"#,
        r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111111111111:role/deploy"}"#,
        r#"{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:111111111111:abc/prod/GET/*"}"#,
    ] {
        let grave: Vec<String> = lint(statement, PolicyType::Identity)
            .into_iter()
            .filter(|f| f.severity > Severity::Note)
            .map(|f| format!("{} {}", f.code, f.message))
            .collect();
        assert!(grave.is_empty(), "{statement}: {grave:?}");
    }
}

#[test]
fn every_finding_points_at_its_value() {
    let found = lint(
        "\n{\"Effect\":\"Allow\",\n\"Action\":[\"s3:GetObject\",\n\"s3:GetObjekt\"],\"Resource\":\"*\"}",
        PolicyType::Identity,
    );
    let unknown = found.iter().find(|f| f.code == "unknown-action").unwrap();
    assert_eq!(unknown.at.as_ref().unwrap().to_string(), "p.json:4:1");
    assert_eq!(unknown.source_line.as_deref(), Some("\"s3:GetObjekt\"],\"Resource\":\"*\"}]}"));
}

#[test]
fn service_control_policies_and_resource_policies_have_rules_of_their_own() {
    let scp = codes(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#, PolicyType::Scp);
    assert!(scp.contains("scp-syntax-error-principal"), "{scp:?}");
    let resource = codes(
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#,
        PolicyType::Resource,
    );
    assert!(resource.contains("allow-with-not-principal"), "{resource:?}");
}

#[test]
fn nonsense_is_linted_without_harm() {
    for text in [
        "3",
        "[]",
        "{}",
        r#"{"Statement":[3,{"Effect":1,"Action":{},"Resource":[null],"Condition":[1],"Principal":[]}]}"#,
        r#"{"Statement":{"Effect":"Allow","Action":["é:ü",":","::","${"],"Resource":["arn:","arn:::::","${}","arn:aws:s3:::${"],"Condition":{"é":{"":[""]},"StringLike":{"x:y":["${,","${a,b}"]}}}}"#,
    ] {
        for policy_type in [PolicyType::Identity, PolicyType::Trust, PolicyType::Resource, PolicyType::Scp, PolicyType::Rcp] {
            let around = Surroundings::default();
            lint_bare(&BareDocument::read("p.json", text).unwrap(), policy_type, &around);
        }
    }
}

fn told(statements: &str, code: &str) -> Vec<String> {
    let found = lint(statements, PolicyType::Identity).into_iter().filter(|f| f.code == code);
    found.map(|f| f.message).collect()
}

const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/in/*"}"#;

#[test]
fn a_statement_is_superfluous_only_where_the_others_together_allow_all_of_it() {
    let both = |one: &str, two: &str| {
        format!(
            r#"{READ},{{"Effect":"Allow","Action":"s3:Get*","Resource":"{one}"}},{{"Effect":"Allow","Action":"s3:*Object","Resource":"{two}"}}"#
        )
    };
    let code = "redundant-statement";
    let read = "statement `Read` allows nothing that the other statements do not allow";
    assert!(told(&both("arn:aws:s3:::b/*", "arn:aws:s3:::c/*"), code).contains(&read.to_owned()));
    // The first half by one, the second by another.
    let halves = r#"{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/in/*"},
        {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","Action":"s3:Put*","Resource":"arn:aws:s3:::b/*"}"#;
    assert_eq!(told(halves, code), [read]);
    assert_eq!(told(&both("arn:aws:s3:::b/out/*", "arn:aws:s3:::c/*"), code), Vec::<String>::new());
    // A condition on the wider one leaves something to the narrower one, and one on the narrower one takes nothing away.
    let mfa = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let wide = format!(r#"{{"Effect":"Allow","Action":"s3:Get*","Resource":"*",{mfa}}}"#);
    assert_eq!(told(&format!("{READ},{wide}"), code), Vec::<String>::new());
    let narrow = READ.replace("\"Resource\"", &format!("{mfa},\"Resource\""));
    assert_eq!(told(&format!(r#"{narrow},{{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#), code), [read]);
}

#[test]
fn of_statements_that_cover_each_other_one_is_kept() {
    let same = r#"{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"},
        {"Sid":"B","Effect":"Allow","Action":["s3:PutObject","s3:getobject"],"Resource":["arn:aws:s3:::b/*"]}"#;
    assert_eq!(told(same, "redundant-statement"), ["statement `B` allows nothing that the other statements do not allow"]);
}

#[test]
fn a_deny_is_superfluous_beside_a_wider_deny_and_never_because_nothing_is_allowed() {
    let narrow = r#"{"Sid":"No","Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::b/*"}"#;
    let wide = r#"{"Sid":"None","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}"#;
    let code = "redundant-statement";
    assert_eq!(told(&format!("{narrow},{wide}"), code), ["statement `No` denies nothing that the other statements do not deny"]);
    assert_eq!(told(narrow, code), Vec::<String>::new());
    assert_eq!(told(&format!("{READ},{narrow}"), code), Vec::<String>::new());
}

#[test]
fn an_allow_that_its_document_denies_is_found_where_nothing_of_it_is_left() {
    let deny = |resource: &str, condition: &str| {
        format!(r#"{READ},{{"Effect":"Deny","Action":"s3:*","Resource":"{resource}"{condition}}}"#)
    };
    let code = "shadowed-statement";
    assert_eq!(told(&deny("*", ""), code).len(), 1);
    assert_eq!(told(&deny("arn:aws:s3:::b/in/*", ""), code).len(), 1);
    assert_eq!(told(&deny("arn:aws:s3:::b/in/a*", ""), code).len(), 0);
    assert_eq!(told(&deny("*", r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#), code).len(), 0);
}

#[test]
fn conditions_that_exclude_one_another_are_proven_to() {
    let when = |effect: &str, condition: &str| {
        identity(&format!(
            r#"{{"Effect":"{effect}","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
        ))
    };
    let apart = r#"{"StringLike":{"aws:PrincipalTag/team":"a*"},"StringEquals":{"aws:PrincipalTag/team":["b","c"]}}"#;
    assert!(when("Allow", apart).contains("allow-never-matches"));
    assert!(when("Deny", apart).contains("deny-never-matches"));
    let ages = r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"60"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}"#;
    assert!(when("Allow", ages).contains("allow-never-matches"));
    for fine in [
        r#"{"StringLike":{"aws:PrincipalTag/team":"a*"},"StringEquals":{"aws:PrincipalTag/team":["ab","c"]}}"#,
        r#"{"StringLikeIfExists":{"aws:PrincipalTag/team":"a*"},"StringEqualsIfExists":{"aws:PrincipalTag/team":["b"]}}"#,
        r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"60"}}"#,
    ] {
        let found: Vec<_> = when("Allow", fine).into_iter().filter(|c| c.contains("never")).collect();
        assert!(found.is_empty(), "{fine}: {found:?}");
    }
}

#[test]
fn names_in_conditions_have_the_form_that_requests_carry() {
    let when = |condition: &str| {
        identity(&format!(r#"{{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#))
    };
    for (key, good, bad, code) in [
        ("aws:RequestedRegion", "eu-west-1", "eu-west-1a", "invalid-region"),
        ("aws:RequestedRegion", "us-gov-west-1", "Frankfurt", "invalid-region"),
        ("aws:PrincipalServiceName", "cloudtrail.amazonaws.com", "cloudtrail", "invalid-service-principal-format"),
        ("kms:ViaService", "s3.eu-west-1.amazonaws.com", "s3", "invalid-service-principal-format"),
        ("aws:SourceVpc", "vpc-0a1b2c3d", "10.0.0.0/16", "invalid-vpc-format"),
        ("aws:SourceVpce", "vpce-0a1b2c3d", "vpc-0a1b2c3d", "invalid-vpc-format"),
    ] {
        let of = |value: &str| when(&format!(r#"{{"StringEquals":{{"{key}":"{value}"}}}}"#)).contains(code);
        assert!(!of(good) && of(bad) && !of("${aws:PrincipalTag/x}"), "{key}");
    }
    assert!(!when(r#"{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}"#).contains("invalid-service-principal-format"));
    assert!(!when(r#"{"StringLike":{"aws:RequestedRegion":"eu-*"}}"#).contains("invalid-region"));
}

#[test]
fn dropping_a_policy_escalates_only_where_a_policy_denies() {
    let drop = r#"{"Effect":"Allow","Action":"iam:DeleteRolePolicy","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}"#;
    assert_eq!(escalation(drop), None);
    assert_eq!(escalation(&format!("{drop},{deny}")), Some(Severity::Warning));
}

#[test]
fn an_action_that_takes_no_resource_is_a_note_beside_others_that_fit_and_a_warning_where_it_denies() {
    let statement = |effect: &str, actions: &str| {
        format!(r#"{{"Effect":"{effect}","Action":[{actions}],"Resource":"arn:aws:sagemaker:*:111111111111:hub/*"}}"#)
    };
    let worst = |statement: &str| severity(&lint(statement, PolicyType::Identity), "resource-mismatch");
    let both = r#""sagemaker:DescribeHub","sagemaker:ListHubs""#;
    assert_eq!(worst(&statement("Allow", both)), Some(Severity::Note));
    assert_eq!(worst(&statement("Deny", both)), Some(Severity::Warning));
    assert_eq!(worst(&statement("Allow", r#""sagemaker:ListHubs""#)), Some(Severity::Warning));
}

#[test]
fn an_operation_of_an_api_is_told_the_actions_that_it_needs_and_no_other_verb() {
    let help = |action: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#);
        let found = lint(&statement, PolicyType::Identity);
        let found = found.iter().find(|f| f.code == "unknown-action").unwrap_or_else(|| panic!("{action}"));
        (found.severity, found.help.clone().unwrap_or_default())
    };
    for (action, needs) in [
        ("s3:ListObjectVersions", "write `s3:ListBucketVersions`"),
        ("s3:ListObjectsV2", "write `s3:ListBucket`"),
        ("s3:HeadObject", "write `s3:GetObject`"),
        ("s3:GetBucketEncryption", "write `s3:GetEncryptionConfiguration`"),
        ("s3:DeleteBucketCors", "write `s3:PutBucketCORS`"),
        ("kms:ReEncrypt", "write `kms:ReEncryptFrom` and `kms:ReEncryptTo`"),
        ("lambda:Invoke", "write `lambda:InvokeFunction`"),
    ] {
        assert_eq!(help(action), (Severity::Error, needs.to_owned()), "{action}");
    }
    let (severity, told) = help("s3:DeleteBucketTags");
    assert!(severity == Severity::Warning && !told.contains("DeleteBucket`"), "{told}");
}

#[test]
fn what_lists_changes_no_permissions_and_what_has_no_resource_is_not_to_name_one() {
    let on_all =
        |action: &str| lint(&format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#), PolicyType::Identity);
    assert_eq!(severity(&on_all("backup:ListIndexedRecoveryPointsForSearch"), "resource-exposure"), None);
    let found = on_all("lakeformation:GrantPermissions");
    let found = found.iter().find(|f| f.code == "resource-exposure").unwrap();
    assert!(found.help.as_deref().unwrap().contains("no resource that a policy could name"), "{found:?}");
}

#[test]
fn keys_of_the_callers_credentials_fit_every_action() {
    for key in ["ec2:SourceInstanceARN", "ec2:RoleDelivery", "lambda:SourceFunctionArn"] {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{{"StringLike":{{"{key}":"2.0"}}}}}}"#
        );
        assert!(!identity(&statement).contains("condition-key-mismatch"), "{key}");
    }
}

#[test]
fn tags_of_secrets_are_condition_keys() {
    let statement = r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:111111111111:secret:*","Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"ml"}}}"#;
    let found = identity(statement);
    assert!(!found.contains("unknown-condition-key") && !found.contains("condition-key-mismatch"), "{found:?}");
}

#[test]
fn a_trust_that_lets_nobody_in_opens_nothing() {
    let other = r#"{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}"#;
    assert_eq!(trust(other, "public-trust"), None);
    let anywhere = |actions: &str| {
        let statement =
            format!(r#"{{"Effect":"Allow","Principal":{{"Service":"rolesanywhere.amazonaws.com"}},"Action":[{actions}]}}"#);
        trust(&statement, "missing-action-for-roles-anywhere")
    };
    assert_eq!(anywhere(r#""sts:AssumeRole""#), Some(Severity::Warning));
    assert_eq!(anywhere(r#""sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity""#), None);
}

/// AWS Security Blog, "AWS Organizations service control policy now supports full IAM language" (2025-09-19).
#[test]
fn service_control_policies_take_the_full_language() {
    for statement in [
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
        r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#,
        r#"{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}"#,
        r#"{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b/*"}"#,
        r#"{"Effect":"Deny","Action":["iam:*Role","ec2:*Vpc*"],"Resource":"*"}"#,
    ] {
        let found = codes(statement, PolicyType::Scp);
        assert!(!found.iter().any(|code| code.starts_with("scp-") || code.starts_with("policy-")), "{statement}: {found:?}");
    }
}

/// AWS Organizations User Guide, "RCP syntax".
#[test]
fn resource_control_policies_deny_for_everybody_and_do_nothing_else() {
    let rows: &[(&str, Option<&str>)] = &[
        (r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#, None),
        (r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::open/*"}"#, None),
        (
            r#"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}"#,
            None,
        ),
        (r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}"#, Some("rcp-syntax-error")),
        (r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#, Some("rcp-syntax-error")),
        (r#"{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#, Some("rcp-syntax-error")),
        (r#"{"Effect":"Deny","NotPrincipal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#, Some("rcp-syntax-error")),
        (r#"{"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"}"#, Some("rcp-syntax-error")),
        (r#"{"Effect":"Deny","Principal":"*","Action":"iam:*","Resource":"*"}"#, Some("rcp-unsupported-service")),
    ];
    for (statement, wanted) in rows {
        let found = codes(statement, PolicyType::Rcp);
        match wanted {
            Some(code) => assert!(found.contains(*code), "{statement}: {found:?}"),
            None => assert!(
                !found.iter().any(|code| code.starts_with("rcp-") || code.starts_with("policy-")),
                "{statement}: {found:?}"
            ),
        }
    }
}

/// Statements that reach everything of a kind without saying `*`.
#[test]
fn the_widest_form_of_a_service_is_as_wide_as_a_star() {
    for (action, resource, kind) in [
        ("s3:GetObject", "arn:aws:s3:::*", "data-exfiltration"),
        ("s3:GetObject", "arn:aws:s3:::*/*", "data-exfiltration"),
        ("s3:DeleteObject", "arn:aws:s3:::*", "resource-effectively-wildcard"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*", "data-exfiltration"),
        ("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/*", "data-exfiltration"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::*", "resource-exposure"),
        ("lambda:AddPermission", "arn:aws:lambda:*:*:function:*", "resource-exposure"),
    ] {
        let found = codes(&format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#), PolicyType::Identity);
        assert!(found.contains(kind), "{action} on {resource}: {found:?}");
    }
    let named = codes(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::mine/*"}"#, PolicyType::Identity);
    assert!(!named.contains("data-exfiltration") && !named.contains("resource-effectively-wildcard"), "{named:?}");
}

/// AWS's own resources belong to no account of a customer, and two services may share a prefix.
#[test]
fn resources_that_aws_documents_fit_their_actions() {
    for (action, resource) in [
        ("ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/*"),
        ("ssm:SendCommand", "arn:aws:ssm:*::document/AWS-RunShellScript"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-12345678"),
        ("elasticloadbalancing:AddTags", "arn:aws:elasticloadbalancing:*:*:listener/net/*/*/*"),
        ("greengrass:TagResource", "arn:aws:greengrass:*:*:components:mine"),
    ] {
        let found = codes(&format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#), PolicyType::Identity);
        assert!(!found.contains("resource-mismatch"), "{action} on {resource}: {found:?}");
    }
    let wrong = codes(
        r#"{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-west-1:111111111111:mine"}"#,
        PolicyType::Identity,
    );
    assert!(wrong.contains("resource-mismatch"), "{wrong:?}");
}

#[test]
fn conditions_and_variables_that_match_nothing_are_found() {
    let worst = |resource: &str, condition: &str, code: &str| {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}","Condition":{condition}}}"#);
        lint(&statement, PolicyType::Identity).into_iter().filter(|f| f.code == code).map(|f| f.severity).max()
    };
    let home = |variable: &str, code: &str| worst(&format!("arn:aws:s3:::home/{variable}/x"), "{}", code);
    let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
    for (variable, expected) in [
        ("${aws:usrname}", error),
        ("${aws.username}", error),
        ("${aws/username}", error),
        ("${username}", error),
        ("${aws:PrincipleTag/team}", error),
        ("${aws:PrincipalTag/team}", None),
        ("${AWS:UserName}", None),
        ("${aws:PrincipalTag/team, 'none'}", None),
        ("${*}", None),
        ("${$}", None),
        ("${www.amazon.com:user_id}", None),
        ("${cognito-identity.amazonaws.com:sub}", None),
        ("${saml:sub}", None),
        ("${transfer:UserName}", None),
        ("${iot:Connection.Thing.ThingName}", None),
        ("${quantum:LedgerName}", warning),
    ] {
        assert_eq!(home(variable, "unknown-policy-variable"), expected, "{variable}");
    }
    for placeholder in ["${AWS::AccountId}", "${Account}", "${BUCKET}", "${data.aws_caller_identity.current.account_id}"] {
        assert_eq!(home(placeholder, "unfilled-placeholder"), warning, "{placeholder}");
        assert_eq!(home(placeholder, "unknown-policy-variable"), None, "{placeholder}");
    }
    for (text, expected) in [
        ("$${aws:username}", error),
        ("&{aws:username}", error),
        ("{{aws:username}}", error),
        ("#{aws:username}", error),
        ("{aws:username}", error),
        ("$(aws:username)", error),
        ("<aws:username>", error),
        ("${aws:username}", None),
        ("${$}${aws:username}", None),
        ("{a}", None),
        ("(x:y)", None),
    ] {
        assert_eq!(home(text, "foreign-variable-syntax"), expected, "{text}");
    }
    for (variable, expected) in [
        ("${aws:TagKeys}", error),
        ("${aws:PrincipalOrgPaths}", error),
        ("${aws:CalledVia}", error),
        ("${aws:CalledViaFirst}", None),
        ("${aws:userid}", None),
    ] {
        assert_eq!(home(variable, "list-in-variable"), expected, "{variable}");
    }
    for (resource, expected) in [
        ("arn:aws:s3:::bucket1:*", warning),
        ("arn:aws:s3:::bucket1:key", warning),
        ("arn:aws:s3:::/bucket1/*", warning),
        ("arn:aws:s3:::s3://bucket1/*", warning),
        ("arn:aws:s3:::bucket1/a:b/*", None),
        ("arn:aws:s3:::*", None),
        ("arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/*", None),
        ("arn:aws:sqs:us-east-1:111111111111:queue/x", warning),
        ("arn:aws:sqs:us-east-1:111111111111:*", None),
    ] {
        assert_eq!(worst(resource, "{}", "invalid-arn-resource"), expected, "{resource}");
    }
    for (key, expected) in [("aws:PrincipalTag/*", error), ("s3:Existing*", error), ("aws:PrincipalTag/team", None)] {
        let condition = format!(r#"{{"StringEquals":{{"{key}":"x"}}}}"#);
        assert_eq!(worst("*", &condition, "wildcard-in-condition-key"), expected, "{key}");
    }
    for (key, value, expected) in [
        ("aws:PrincipalArn", "arn:aws:sts::111111111111:assumed-role/x/y", warning),
        ("aws:PrincipalArn", "arn:aws:iam::111111111111:role/x", None),
        ("aws:PrincipalAccount", "1111-1111-1111", warning),
        ("aws:PrincipalAccount", "111111111111", None),
        ("aws:PrincipalOrgID", "123456789012", warning),
        ("aws:PrincipalOrgID", "o-*", None),
        ("aws:PrincipalType", "Role", warning),
        ("aws:PrincipalOrgID", "${aws:ResourceOrgID}", None),
    ] {
        let condition = format!(r#"{{"StringLike":{{"{key}":"{value}"}}}}"#);
        assert_eq!(worst("*", &condition, "impossible-condition-value"), expected, "{key} {value}");
    }
}

#[test]
fn conditions_that_every_request_passes_are_found() {
    for (condition, expected) in [
        (r#"{"StringLikeIfExists":{"aws:PrincipalOrgID":"*"}}"#, true),
        (r#"{"ForAllValues:StringLike":{"aws:TagKeys":"*"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#, true),
        (r#"{"Bool":{"aws:SecureTransport":["true","false"]}}"#, true),
        (r#"{"Null":{"aws:SourceVpc":["true","false"]}}"#, true),
        (r#"{"StringLike":{"aws:PrincipalOrgID":"*"}}"#, false),
        (r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#, false),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, false),
    ] {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#);
        assert_eq!(identity(&statement).contains("condition-always-holds"), expected, "{condition}");
    }
}

#[test]
fn a_misspelt_action_is_an_error_and_a_new_one_a_warning() {
    let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
    for (action, expected) in [
        ("s3:GetObjekt", error),
        ("s3:getobjct", error),
        ("s3:GetBuckeTagging", error),
        ("ec2:DescirbeInstances", error),
        ("iam:PasRole", error),
        ("s3:GetObject", None),
        ("s3:FetchHolograms", warning),
        ("s3:GetObjectV2", warning),
        ("iam:SetRolePolicy", warning),
        ("s3:GetObjekt*", warning),
    ] {
        let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#);
        let found = lint(&statement, PolicyType::Identity).into_iter().filter(|f| f.code == "unknown-action");
        assert_eq!(found.map(|f| f.severity).max(), expected, "{action}");
    }
}

#[test]
fn a_misspelt_service_principal_is_an_error_wherever_it_stands() {
    let of = |name: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"{name}"}},"Action":"sqs:SendMessage","Resource":"*",
               "Condition":{{"StringEquals":{{"aws:SourceAccount":"111111111111"}}}}}}"#
        )
    };
    let worst = |statement: &str, policy_type: PolicyType, code: &str| {
        lint(statement, policy_type).into_iter().filter(|f| f.code == code).map(|f| f.severity).max()
    };
    let code = "unknown-service-principal";
    assert_eq!(worst(&of("sns.amazonaws.com"), PolicyType::Resource, code), None);
    assert_eq!(worst(&of("snss.amazonaws.com"), PolicyType::Resource, code), Some(Severity::Error));
    assert_eq!(worst(&of("quantum-ledgers.amazonaws.com"), PolicyType::Resource, code), Some(Severity::Warning));
    let pass = |name: &str| {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111111111111:role/x",
               "Condition":{{"StringEquals":{{"iam:PassedToService":"{name}"}}}}}}"#
        );
        worst(&statement, PolicyType::Identity, "invalid-service-principal-format")
    };
    assert_eq!(pass("lambda.amazonaws.com"), None);
    assert_eq!(pass("lamda.amazonaws.com"), Some(Severity::Error));
    assert_eq!(pass("quantum-ledgers.amazonaws.com"), None);
}

#[test]
fn whose_resource_it_is_follows_from_its_arns() {
    let foreign = |principal: &str, resource: &str| {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sqs:SendMessage","Resource":"{resource}"}}"#
        );
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let bare = BareDocument::read("p.json", &document).unwrap();
        let found = lint_bare(&bare, PolicyType::Resource, &Surroundings::default());
        found.into_iter().find(|f| f.code == "foreign-account-access").map(|f| f.severity)
    };
    let queue = "arn:aws:sqs:eu-west-1:111111111111:q";
    assert_eq!(foreign("222222222222", queue), Some(Severity::Warning));
    assert_eq!(foreign("arn:aws:iam::222222222222:role/x", queue), Some(Severity::Warning));
    assert_eq!(foreign("arn:aws:iam::111111111111:root", queue), None);
    // Nobody says whose it is.
    assert_eq!(foreign("222222222222", "*"), None);
}
