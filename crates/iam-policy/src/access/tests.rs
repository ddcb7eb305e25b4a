use serde_json::{Value as Json, json};

use super::*;

fn policies(statements: Json) -> PrincipalPolicies {
    let document = Document::new(json!({"Version": "2012-10-17", "Statement": statements}));
    PrincipalPolicies { identity: vec![("p".into(), document)], ..PrincipalPolicies::default() }
}

fn diff(before: Json, after: Json) -> AccessDiff {
    compare(&policies(before), &policies(after), &Subject::Anyone, Options::default())
}

fn allow(action: Json, resource: Json) -> Json {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

#[test]
fn the_same_policies_change_nothing() {
    let s = allow(json!(["s3:*", "ec2:Describe*"]), json!("*"));
    let d = diff(json!([s]), json!([s]));
    assert_eq!((d.verdict, d.gained.len(), d.lost.len()), (Verdict::NoNewAccess, 0, 0));
}

#[test]
fn splitting_and_respelling_change_nothing() {
    let before = json!([allow(json!(["s3:Get*", "s3:PutObject"]), json!(["arn:aws:s3:::a/*", "arn:aws:s3:::b/**"]))]);
    let after = json!([
        allow(json!("S3:get*"), json!("arn:aws:s3:::a/*")),
        allow(json!(["s3:GET**"]), json!("arn:aws:s3:::b/*")),
        allow(json!(["s3:putobject"]), json!(["arn:aws:s3:::b/*"])),
        allow(json!(["s3:putobject"]), json!(["arn:aws:s3:::a/*"])),
    ]);
    let d = diff(before, after);
    assert_eq!((d.verdict, d.lost.len(), d.reason), (Verdict::NoNewAccess, 0, None));
}

#[test]
fn a_wider_pattern_is_new_access_with_an_example() {
    let d = diff(
        json!([allow(json!("s3:GetObject"), json!("arn:aws:s3:::a/*"))]),
        json!([allow(json!("s3:GetObject"), json!("arn:aws:s3:::a*/*"))]),
    );
    assert_eq!(d.verdict, Verdict::NewAccess);
    assert_eq!(d.gained[0].example.action, "s3:GetObject");
    assert_eq!(d.gained[0].resources, ["arn:aws:s3:::a*/*"]);
    assert!(d.lost.is_empty());
}

#[test]
fn a_deny_that_goes_is_new_access_and_one_that_comes_is_lost_access() {
    let deny = json!({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}});
    let all = allow(json!("s3:*"), json!("*"));
    let d = diff(json!([all, deny]), json!([all]));
    assert_eq!(d.verdict, Verdict::NewAccess);
    assert_eq!(d.gained[0].actions, ["s3:DeleteObject"]);
    let d = diff(json!([all]), json!([all, deny]));
    assert_eq!((d.verdict, d.lost.len()), (Verdict::NoNewAccess, 1));
}

#[test]
fn conditions_of_every_family_are_compared_by_meaning() {
    let with = |operator: &str, key: &str, values: Json| json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {operator: {key: values}}}]);
    for (narrow, wide) in [
        (
            with("IpAddress", "aws:SourceIp", json!("10.1.0.0/16")),
            with("IpAddress", "aws:SourceIp", json!(["10.0.0.0/9", "10.128.0.0/9"])),
        ),
        (with("NumericLessThan", "s3:max-keys", json!("5")), with("NumericLessThanEquals", "s3:max-keys", json!("5.0"))),
        (
            with("DateLessThan", "aws:CurrentTime", json!("2030-01-01")),
            with("DateLessThan", "aws:CurrentTime", json!("2030-01-01T00:00:01Z")),
        ),
        (with("StringEquals", "aws:PrincipalTag/x", json!("ab")), with("StringLike", "aws:PrincipalTag/x", json!("a*"))),
        (
            with("StringEquals", "aws:PrincipalTag/x", json!("ab")),
            with("StringEqualsIgnoreCase", "aws:PrincipalTag/x", json!("AB")),
        ),
        (with("Bool", "aws:SecureTransport", json!("true")), with("Null", "aws:SecureTransport", json!("false"))),
        (with("ForAnyValue:StringEquals", "aws:TagKeys", json!("a")), with("ForAnyValue:StringLike", "aws:TagKeys", json!("*"))),
        (
            with("ForAllValues:StringEquals", "aws:TagKeys", json!("a")),
            with("ForAllValues:StringEquals", "aws:TagKeys", json!(["a", "b"])),
        ),
        (
            with("ArnLike", "aws:SourceArn", json!("arn:aws:s3:*:1:x")),
            with("StringLike", "aws:SourceArn", json!("arn:aws:s3:*:1:x")),
        ),
        (
            with("StringEquals", "aws:SourceIp", json!("10.0.0.1")),
            with("StringEqualsIfExists", "aws:SourceIp", json!("10.0.0.1")),
        ),
    ] {
        let wider = diff(narrow.clone(), wide.clone());
        assert_eq!(wider.verdict, Verdict::NewAccess, "{narrow} {wide}");
        assert!(wider.lost.is_empty() && wider.reason.is_none(), "{narrow} {wide} {:?} {:?}", wider.lost, wider.reason);
        assert_eq!(diff(wide.clone(), narrow.clone()).verdict, Verdict::NoNewAccess, "{narrow} {wide}");
    }
}

#[test]
fn a_variable_is_the_same_wherever_it_stands() {
    let home = |r: &str| json!([allow(json!("s3:*"), json!(r))]);
    let d = diff(home("arn:aws:s3:::b/${aws:username}/*"), home("arn:aws:s3:::b/${aws:username}/*"));
    assert_eq!(d.verdict, Verdict::NoNewAccess);
    let d = diff(home("arn:aws:s3:::b/*"), home("arn:aws:s3:::b/${aws:username}/*"));
    assert_eq!((d.verdict, d.lost.len(), d.reason), (Verdict::NoNewAccess, 1, None));
    let d = diff(home("arn:aws:s3:::b/${aws:username}/*"), home("arn:aws:s3:::b/${aws:PrincipalTag/team}/*"));
    assert_eq!(d.verdict, Verdict::NewAccess, "{d:?}");
}

#[test]
fn a_boundary_bounds() {
    let admin = policies(json!([allow(json!("*"), json!("*"))]));
    let bound = |actions: Json| PrincipalPolicies {
        boundary: Some(("b".into(), Document::new(json!({"Version": "2012-10-17", "Statement": [allow(actions, json!("*"))]})))),
        ..admin.clone()
    };
    let compare = |a: &PrincipalPolicies, b: &PrincipalPolicies| compare(a, b, &Subject::Anyone, Options::default());
    assert_eq!(compare(&admin, &bound(json!("s3:*"))).verdict, Verdict::NoNewAccess);
    let freed = compare(&bound(json!("s3:*")), &admin);
    assert_eq!(freed.verdict, Verdict::NewAccess);
    assert_ne!(freed.gained[0].example.action.split(':').next(), Some("s3"));
    assert_eq!(compare(&bound(json!("s3:*")), &bound(json!(["s3:Get*", "s3:*"]))).verdict, Verdict::NoNewAccess);
    assert_eq!(compare(&bound(json!("s3:Get*")), &bound(json!("s3:*"))).verdict, Verdict::NewAccess);
}

#[test]
fn what_a_denial_no_longer_keeps_from_resource_policies_is_told_apart() {
    let deny = json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secret/*"});
    let d = diff(json!([allow(json!("ec2:*"), json!("*")), deny]), json!([allow(json!("ec2:*"), json!("*"))]));
    assert_eq!((d.verdict, d.gained.len(), d.ceiling_loosened.len()), (Verdict::NoNewAccess, 0, 1));
    assert_eq!(d.ceiling_loosened[0].example.resource, "arn:aws:s3:::secret/example");
}

#[test]
fn what_cannot_be_understood_is_undecided() {
    let d =
        diff(json!([]), json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringIsh": {"a": "b"}}}]));
    assert_eq!(d.verdict, Verdict::Undecided);
    assert!(d.reason.unwrap().contains("statement 1 of `p`"));
}

#[test]
fn examples_are_of_real_actions_and_resources_and_spell_keys_as_aws_does() {
    let statement = json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*", "Condition": {
        "StringEquals": {"aws:resourceaccount": "111111111111", "AWS:principaltag/Team": "a"}}});
    let d = diff(json!([]), json!([statement]));
    let example = &d.gained[0].example;
    assert_eq!((example.action.as_str(), example.resource.as_str()), ("s3:GetObject", "arn:aws:s3:::reports/example"));
    assert_eq!(example.context.keys().collect::<Vec<_>>(), ["aws:PrincipalTag/Team", "aws:ResourceAccount"]);
    let known = &d.gained[0].known;
    assert!(known.summary.as_ref().unwrap().contains("read actions of s3 (Get"), "{known:?}");
    assert!(!known.nothing_today && known.permissions.is_empty());
}

#[test]
fn the_owner_of_a_resource_is_the_account_of_its_arn() {
    let on = |account: &str| {
        json!([{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:us-east-1:222222222222:q",
            "Condition": {"StringEquals": {"aws:ResourceAccount": account}}}])
    };
    assert_eq!(diff(json!([]), on("222222222222")).verdict, Verdict::NewAccess);
    // No request is like that; nor is it proven that there is none.
    assert_eq!(diff(json!([]), on("333333333333")).verdict, Verdict::Undecided);
}

#[test]
fn grave_actions_are_marked_and_what_no_resource_can_be_is_said() {
    let d = diff(json!([]), json!([allow(json!(["s3:PutBucketPolicy", "sts:AssumeRole"]), json!("*"))]));
    let known = &d.gained[0].known;
    assert_eq!(known.permissions, ["s3:PutBucketPolicy"]);
    assert_eq!(known.credentials, ["sts:AssumeRole"]);
    let d = diff(json!([]), json!([allow(json!("s3:GetObject"), json!("arn:aws:sqs:*:*:*"))]));
    assert_eq!((d.verdict, d.gained[0].known.nothing_today), (Verdict::NewAccess, true));
}

#[test]
fn a_library_answers_as_a_comparison_by_itself_does() {
    let library = Library::default();
    let side = |id: &str, action: &str| {
        let named = |n: usize, action: &str| {
            let document = json!({"Version": "2012-10-17", "Statement": [allow(json!(action), json!("*"))]});
            (format!("{id}{n}"), Document::new(document))
        };
        PrincipalPolicies { identity: vec![named(0, action), named(1, "s3:Get*")], ..PrincipalPolicies::default() }
    };
    let none = PrincipalPolicies::default();
    let subject = |n: usize| Subject::Role { arn: format!("arn:aws:iam::111111111111:role/r{n}") };
    for (n, (before, after)) in [
        (none.clone(), side("a", "ec2:*")),
        (none.clone(), side("b", "ec2:*")),
        (side("a", "ec2:*"), none.clone()),
        (side("a", "ec2:*"), side("a", "ec2:Run*")),
        (side("b", "ec2:*"), side("c", "ec2:Run*")),
    ]
    .into_iter()
    .enumerate()
    {
        let alone = compare(&before, &after, &subject(n), Options::default());
        assert_eq!(library.compare(&before, &after, &subject(n), Options::default()), alone);
        let documents: Vec<&str> = alone.gained.iter().map(|g| g.document.as_str()).collect();
        assert!(documents.iter().all(|id| after.identity.iter().any(|(own, _)| own == id)), "{documents:?}");
    }
}

fn when(condition: Json) -> Json {
    json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}])
}

/// All of s3, but for what the condition denies.
fn unless(condition: Json) -> Json {
    json!([allow(json!("s3:*"), json!("*")), {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}])
}

#[test]
fn what_iam_says_of_its_global_keys_makes_an_allow_and_the_contrary_denial_equal() {
    for (before, after) in [
        (when(json!({"Bool": {"aws:SecureTransport": "true"}})), unless(json!({"Bool": {"aws:SecureTransport": "false"}}))),
        (
            when(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            unless(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
        ),
        (when(json!({"StringEquals": {"aws:SecureTransport": "true"}})), when(json!({"Bool": {"aws:SecureTransport": "true"}}))),
        (
            when(json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
            unless(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        ),
        (
            when(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
            unless(json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        ),
        (
            when(json!({"StringEquals": {"aws:PrincipalTag/team": "a"}})),
            unless(json!({"StringNotEquals": {"aws:PrincipalTag/team": "a"}})),
        ),
        (when(json!({})), when(json!({"Null": {"aws:CurrentTime": "false"}}))),
    ] {
        for (one, other) in [(&before, &after), (&after, &before)] {
            let d = diff(one.clone(), other.clone());
            assert_eq!((d.verdict, d.reason), (Verdict::NoNewAccess, None), "{one} {other} {:?}", d.gained);
        }
    }
    // MFA is not always told of, and a list-typed key has no place for the same reasoning.
    let d = diff(
        when(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        unless(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
    );
    assert_eq!((d.verdict, d.gained[0].example.context.len()), (Verdict::NewAccess, 0));
    let d = diff(when(json!({"StringEquals": {"x:y": "a"}})), unless(json!({"StringNotEquals": {"x:y": "a"}})));
    // Of a key that AWS does not list, IAM may send a list, and nobody says what becomes of it here.
    assert_eq!(d.verdict, Verdict::Undecided);
    assert!(d.reason.unwrap().contains("`x:y` may have a list of values"));
}

#[test]
fn a_variable_may_be_spelled_in_any_case() {
    let home = |key: &str| json!([allow(json!("s3:*"), json!(format!("arn:aws:s3:::Home/${{{key}}}/*")))]);
    let d = diff(home("aws:username"), home("AWS:UserName"));
    assert_eq!((d.verdict, d.reason), (Verdict::NoNewAccess, None));
    let tagged = |key: &str| when(json!({"StringEquals": {"aws:ResourceTag/team": format!("${{{key}}}")}}));
    let d = diff(tagged("aws:PrincipalTag/team"), tagged("aws:principaltag/Team"));
    assert_eq!((d.verdict, d.reason), (Verdict::NoNewAccess, None));
}

#[test]
fn a_test_against_a_variable_needs_a_value() {
    let before = when(json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}));
    let after = when(json!({"StringLike": {"aws:ResourceTag/team": "*"}}));
    let d = diff(before, after);
    assert_eq!((d.verdict, d.lost.len(), d.reason), (Verdict::NewAccess, 0, None));
}

#[test]
fn a_key_read_as_text_and_as_something_else_is_decided_where_the_text_is_spelled_out() {
    let by = |operator: &str| when(json!({operator: {"x:y": "2030-01-01"}}));
    assert_eq!(diff(by("DateEquals"), by("StringEquals")).verdict, Verdict::NoNewAccess);
    assert_eq!(diff(by("StringEquals"), by("DateEquals")).verdict, Verdict::NewAccess);
    let by = |operator: &str| when(json!({operator: {"x:y": "QUJD"}}));
    assert_eq!(diff(by("BinaryEquals"), by("StringEquals")).verdict, Verdict::NoNewAccess);
}

#[test]
fn every_pattern_that_gains_is_told() {
    let d = diff(
        json!([allow(json!("s3:Get*"), json!("*"))]),
        json!([allow(json!(["s3:Get*", "sqs:Get*", "sqs:List*"]), json!("*"))]),
    );
    assert_eq!(d.gained[0].actions, ["sqs:Get*", "sqs:List*"]);
    let d =
        diff(json!([allow(json!("nosuch:A"), json!("*"))]), json!([allow(json!(["nosuch:Get*", "nosuch:List?"]), json!("*"))]));
    assert_eq!(d.gained[0].actions, ["nosuch:Get*", "nosuch:List?"]);
}

#[test]
fn actions_are_told_for_the_resources_that_they_can_have() {
    let d = diff(json!([]), json!([allow(json!("s3:Put*"), json!("arn:aws:s3:::a/*"))]));
    let known = &d.gained[0].known;
    assert!(!known.nothing_today && !known.permissions.iter().any(|a| a == "s3:PutBucketPolicy"), "{known:?}");
    assert!(known.permissions.iter().any(|a| a == "s3:PutObjectAcl"), "{known:?}");
}

#[test]
fn examples_read_well() {
    let d = diff(json!([allow(json!("s3:Get*"), json!("*"))]), json!([allow(json!("*"), json!("*"))]));
    let gained = &d.gained[0];
    assert_eq!(
        (gained.example.action.as_str(), gained.example.resource.as_str()),
        ("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/example")
    );
    assert!(gained.known.permissions[0].starts_with("iam:"), "{:?}", gained.known.permissions);
    let until = |date: &str| when(json!({"DateLessThan": {"x:until": date}}));
    let d = diff(until("2030-01-01T00:00:00Z"), until("2030-02-01T00:00:00Z"));
    assert_eq!(d.gained[0].example.context["x:until"], context::Value::Single("2030-01-01T00:00:00Z".into()));
    let queue = |pattern: &str| json!([allow(json!("sqs:*"), json!(pattern))]);
    let d = diff(queue("arn:aws:sqs:us-*:111111111111:q"), queue("arn:aws:sqs:us-east-1:*:q"));
    assert_eq!(d.gained[0].example.resource, "arn:aws:sqs:us-east-1:222222222222:q");
    assert_eq!(d.lost[0].example.resource, "arn:aws:sqs:us-west-2:111111111111:q");
    let d = diff(
        json!([]),
        json!([{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}}]),
    );
    assert_eq!(d.gained[0].example.context["aws:TagKeys"], context::Value::Many(vec!["a".into()]));
}
