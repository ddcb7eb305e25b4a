use std::collections::BTreeSet;

use super::*;
use crate::Document;

const USER: &str = "arn:aws:iam::111111111111:user/team/alice";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/run";
const READ: &str = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#;
const NOTHING: &str = r#"{"Effect":"Allow","Action":"none:None","Resource":"*"}"#;
const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

fn policy(id: &str, statements: &str, kind: PolicyKind) -> Named {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Named::new(id, &Document::parse(&text).unwrap(), kind)
}

fn identity(statements: &str) -> PolicySet {
    PolicySet { identity: vec![policy("identity", statements, PolicyKind::Identity)], ..PolicySet::default() }
}

fn limit(statements: &str) -> Option<Vec<Named>> {
    Some(vec![policy("limit", statements, PolicyKind::Identity)])
}

fn resource(principal: &str) -> Option<Named> {
    let statement = format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}"#);
    Some(policy("bucket", &statement, PolicyKind::Resource))
}

fn request(principal: &str) -> Request {
    Request::new(Principal::parse(principal).unwrap(), "s3:GetObject", "arn:aws:s3:::b/k")
}

fn word(policies: &PolicySet, request: &Request) -> &'static str {
    decide(policies, request).effect.word()
}

#[test]
fn a_deny_wins_wherever_it_stands() {
    let deny = r#"{"Sid":"No","Effect":"Deny","Action":"S3:getobject","Resource":"arn:aws:s3:::b/*"}"#;
    let plain = || PolicySet { resource: resource(r#""*""#), ..identity(ALL) };
    assert_eq!(word(&plain(), &request(USER)), "allowed");
    let with = [
        PolicySet { boundary: limit(&format!("{ALL},{deny}")), ..plain() },
        PolicySet { session: limit(&format!("{ALL},{deny}")), ..plain() },
        PolicySet {
            scp: Some(vec![ScpLevel { level: "r".into(), policies: limit(&format!("{ALL},{deny}")).unwrap() }]),
            ..plain()
        },
        identity(&format!("{ALL},{deny}")),
    ];
    for policies in with {
        let decision = decide(&policies, &request(USER));
        assert_eq!(decision.effect, Effect::ExplicitDeny);
        assert_eq!(decision.because.len(), 1);
        assert_eq!((decision.because[0].statement, decision.because[0].sid.as_deref()), (1, Some("No")));
    }
}

#[test]
fn boundary_session_and_every_level_of_scp_must_allow_and_never_grant() {
    let level = |statements: &str| ScpLevel { level: "l".into(), policies: limit(statements).unwrap() };
    let cases = [
        (PolicySet { boundary: limit(NOTHING), ..identity(READ) }, Layer::Boundary),
        (PolicySet { boundary: Some(Vec::new()), ..identity(READ) }, Layer::Boundary),
        (PolicySet { session: limit(NOTHING), ..identity(READ) }, Layer::Session),
        (PolicySet { scp: Some(vec![level(ALL), level(NOTHING)]), ..identity(READ) }, Layer::Scp),
        (PolicySet { boundary: limit(ALL), session: limit(ALL), ..PolicySet::default() }, Layer::Identity),
    ];
    for (policies, layer) in cases {
        let decision = decide(&policies, &request(USER));
        assert_eq!(decision.effect, Effect::ImplicitDeny);
        assert!(decision.because.is_empty());
        assert_eq!(decision.withheld_by.into_iter().collect::<Vec<_>>(), [layer]);
    }
    let whole = PolicySet { boundary: limit(ALL), session: limit(READ), scp: Some(vec![level(ALL)]), ..identity(READ) };
    let decision = decide(&whole, &request(USER));
    assert!(decision.is_allowed());
    assert_eq!(decision.because.len(), 4);
}

#[test]
fn service_linked_roles_are_not_bound_by_scps() {
    let policies = PolicySet { scp: Some(vec![ScpLevel { level: "r".into(), policies: Vec::new() }]), ..identity(READ) };
    assert_eq!(word(&policies, &request(ROLE)), "implicitDeny");
    assert_eq!(word(&policies, &request("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/R")), "allowed");
}

#[test]
fn what_a_resource_policy_overrides_depends_on_whom_it_names() {
    // Rows of iam-facts 6.2: caller, principal in the policy; overrides identity, boundary, session.
    let rows = [
        (USER, format!(r#"{{"AWS":"{USER}"}}"#), [true, true, true]),
        (SESSION, format!(r#"{{"AWS":"{SESSION}"}}"#), [true, true, true]),
        (SESSION, format!(r#"{{"AWS":"{ROLE}"}}"#), [true, false, false]),
        (ROLE, format!(r#"{{"AWS":"{ROLE}"}}"#), [true, false, false]),
        (USER, r#"{"AWS":"111111111111"}"#.to_owned(), [false, false, false]),
        (SESSION, r#"{"AWS":"arn:aws:iam::111111111111:root"}"#.to_owned(), [false, false, false]),
        (SESSION, r#"{"AWS":"*"}"#.to_owned(), [true, true, true]),
        (USER, r#"{"AWS":"arn:aws:iam::111111111111:user/alice"}"#.to_owned(), [false, false, false]),
    ];
    for (caller, named, [over_identity, over_boundary, over_session]) in rows {
        let with = || resource(&named);
        let allowed = |policies: PolicySet| decide(&policies, &request(caller)).is_allowed();
        assert_eq!(allowed(PolicySet { resource: with(), ..PolicySet::default() }), over_identity, "{caller} {named}");
        let bound = PolicySet { resource: with(), boundary: limit(NOTHING), ..identity(READ) };
        assert_eq!(allowed(bound), over_boundary, "{caller} {named}");
        let session = PolicySet { resource: with(), session: limit(NOTHING), ..identity(READ) };
        assert_eq!(allowed(session), over_session, "{caller} {named}");
        assert!(allowed(PolicySet { resource: with(), ..identity(READ) }));
    }
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let foreign = Request { resource_account: Some("222222222222".into()), ..request(USER) };
    let named = format!(r#"{{"AWS":"{USER}"}}"#);
    assert_eq!(word(&identity(READ), &foreign), "implicitDeny");
    assert_eq!(word(&PolicySet { resource: resource(&named), ..PolicySet::default() }, &foreign), "implicitDeny");
    assert_eq!(word(&PolicySet { resource: resource(&named), ..identity(READ) }, &foreign), "allowed");
    assert_eq!(word(&PolicySet { resource: resource(r#"{"AWS":"111111111111"}"#), ..identity(READ) }, &foreign), "allowed");
    assert_eq!(word(&PolicySet { resource: resource(r#"{"AWS":"222222222222"}"#), ..identity(READ) }, &foreign), "implicitDeny");
    let bound = PolicySet { resource: resource(&named), boundary: limit(NOTHING), ..identity(READ) };
    assert_eq!(word(&bound, &foreign), "implicitDeny");
}

#[test]
fn a_trust_policy_must_allow_and_naming_the_caller_is_then_enough() {
    let assume = Request::new(Principal::parse(USER).unwrap(), "sts:AssumeRole", ROLE);
    let trust = |principal: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#);
        Some(policy("trust", &statement, PolicyKind::Trust))
    };
    let named = format!(r#"{{"AWS":"{USER}"}}"#);
    assert_eq!(word(&PolicySet { resource: trust(&named), ..PolicySet::default() }, &assume), "allowed");
    // AWS's documentation does not decide whether the boundary limits a user that the trust names; a role that it names is limited.
    let bound = |principal: &str| PolicySet { resource: trust(principal), boundary: limit(NOTHING), ..PolicySet::default() };
    let decision = decide(&bound(&named), &assume);
    assert_eq!((decision.effect.word(), decision.open), ("unknown", BTreeSet::from([Open::BoundaryOfNamedCaller])));
    let by_role = Request::new(Principal::parse(ROLE).unwrap(), "sts:AssumeRole", ROLE);
    assert_eq!(word(&bound(&format!(r#"{{"AWS":"{ROLE}"}}"#)), &by_role), "implicitDeny");
    for open in [r#"{"AWS":"111111111111"}"#, r#"{"AWS":"*"}"#] {
        assert_eq!(word(&PolicySet { resource: trust(open), ..PolicySet::default() }, &assume), "implicitDeny");
        assert_eq!(word(&PolicySet { resource: trust(open), ..identity(ALL) }, &assume), "allowed");
    }
    assert_eq!(word(&PolicySet { resource: trust(r#"{"AWS":"222222222222"}"#), ..identity(ALL) }, &assume), "implicitDeny");
}

#[test]
fn a_key_policy_must_allow_too() {
    let use_key = Request::new(Principal::parse(USER).unwrap(), "kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k");
    let key = |principal: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"kms:*","Resource":"*"}}"#);
        Some(policy("key", &statement, PolicyKind::Resource))
    };
    assert_eq!(word(&PolicySet { resource: key(r#"{"AWS":"222222222222"}"#), ..identity(ALL) }, &use_key), "implicitDeny");
    assert_eq!(word(&PolicySet { resource: key(r#"{"AWS":"111111111111"}"#), ..identity(ALL) }, &use_key), "allowed");
    assert_eq!(word(&PolicySet { resource: key(r#"{"AWS":"111111111111"}"#), ..PolicySet::default() }, &use_key), "implicitDeny");
}

#[test]
fn services_and_strangers_answer_to_the_resource_alone_and_root_needs_nothing() {
    let policies = || PolicySet { resource: resource(r#"{"Service":"logs.amazonaws.com"}"#), ..PolicySet::default() };
    assert_eq!(word(&policies(), &request("logs.amazonaws.com")), "allowed");
    assert_eq!(word(&policies(), &request("ec2.amazonaws.com")), "implicitDeny");
    assert_eq!(word(&policies(), &request("*")), "implicitDeny");
    assert_eq!(word(&PolicySet { resource: resource(r#""*""#), ..PolicySet::default() }, &request("*")), "allowed");
    assert_eq!(word(&PolicySet::default(), &request("arn:aws:iam::111111111111:root")), "allowed");
}

#[test]
fn the_list_of_all_buckets_is_asked_of_their_arn() {
    let list = |principal| Request::new(Principal::parse(principal).unwrap(), "s3:ListAllMyBuckets", "*");
    let by_arn = identity(r#"{"Effect":"Allow","Action":"s3:List*","Resource":"arn:aws:s3:::*"}"#);
    assert_eq!(word(&by_arn, &list(ROLE)), "allowed");
    assert_eq!(word(&by_arn, &list("arn:aws-cn:iam::111111111111:role/r")), "implicitDeny");
    let other = Request::new(Principal::parse(ROLE).unwrap(), "s3:ListAccessPoints", "*");
    assert_eq!(word(&by_arn, &other), "implicitDeny");
}

#[test]
fn not_action_is_about_every_other_service_and_not_resource_about_every_other_resource() {
    let policies = identity(
        r#"{"Effect":"Allow","NotAction":["iam:*","s3:Put*"],"NotResource":["arn:aws:s3:::secret/*","arn:aws:s3:::${aws:nothing}"]}"#,
    );
    let ask = |action: &str, resource: &str| word(&policies, &Request::new(Principal::parse(USER).unwrap(), action, resource));
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k"), "allowed");
    assert_eq!(ask("ec2:RunInstances", "*"), "allowed");
    assert_eq!(ask("S3:PUTObject", "arn:aws:s3:::b/k"), "implicitDeny");
    assert_eq!(ask("iam:GetRole", "*"), "implicitDeny");
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::secret/k"), "implicitDeny");
}

#[test]
fn what_cannot_be_understood_allows_nothing_and_denies_what_it_can() {
    let odd = |effect: &str| {
        format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{"StringEqual":{{"a":"b"}}}}}}"#)
    };
    assert_eq!(word(&identity(&odd("Allow")), &request(USER)), "implicitDeny");
    assert_eq!(word(&identity(&format!("{ALL},{}", odd("Deny"))), &request(USER)), "explicitDeny");
    assert_eq!(word(&identity(r#"{"Effect":"Allow","Action":"*"}"#), &request(USER)), "implicitDeny");
}

#[test]
fn absent_keys_are_named() {
    let policies = identity(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:Name, 'b'}/*","Condition":{"Bool":{"aws:MFA":"true"}}},
        {"Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"Bool":{"aws:Elsewhere":"true"}}}"#,
    );
    let decision = decide(&policies, &request(USER));
    assert_eq!(decision.effect, Effect::ImplicitDeny);
    assert_eq!(decision.missing_context.into_iter().collect::<Vec<_>>(), ["aws:MFA", "aws:Name"]);
}

#[test]
fn a_strict_decision_is_unknown_only_where_it_hangs_on_an_absent_key() {
    let when = |effect: &str, key: &str| {
        format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{"StringNotEquals":{{"{key}":"x"}}}}}}"#)
    };
    let strictly = |statements: &str| decide_strictly(&identity(statements), &request(USER));
    let unknown = |keys: &[&str]| Effect::Unknown(keys.iter().map(|key| (*key).to_owned()).collect());
    assert_eq!(strictly(&when("Allow", "A:a")).effect, unknown(&["A:a"]));
    assert_eq!(strictly(&format!("{READ},{}", when("Allow", "a:a"))).effect, Effect::Allow);
    assert_eq!(strictly(&format!("{READ},{}", when("Deny", "a:b"))).effect, unknown(&["a:b"]));
    assert_eq!(strictly(&format!("{},{}", when("Allow", "a:a"), when("Deny", "a:b"))).effect, unknown(&["a:a", "a:b"]));
    assert_eq!(strictly(&when("Deny", "a:b")).effect, Effect::ImplicitDeny);
    let denied = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    assert_eq!(strictly(&format!("{denied},{}", when("Allow", "a:a"))).effect, Effect::ExplicitDeny);
    assert_eq!(strictly(READ).effect, Effect::Allow);
}

#[test]
fn what_must_allow_and_is_not_known_makes_unknown_and_never_allowed() {
    let ask = |action: &str, resource: &str, owner: Option<&str>, statements: &str| {
        let mut request = Request::new(Principal::parse(USER).unwrap(), action, resource);
        request.resource_account = owner.map(str::to_owned);
        let decision = decide(&PolicySet { resource_unknown: true, ..identity(statements) }, &request);
        (decision.effect.word(), decision.open.into_iter().collect::<Vec<_>>())
    };
    let foreign_role = "arn:aws:iam::222222222222:role/x";
    let key = "arn:aws:kms:us-east-1:111111111111:key/k";
    assert_eq!(ask("sts:AssumeRole", foreign_role, None, ALL), ("unknown", vec![Open::Trust]));
    assert_eq!(ask("sts:AssumeRole", ROLE, None, ALL), ("unknown", vec![Open::Trust]));
    assert_eq!(ask("sts:AssumeRole", "*", None, ALL), ("unknown", vec![Open::Trust]));
    assert_eq!(ask("kms:Decrypt", key, None, ALL), ("unknown", vec![Open::KeyPolicy]));
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k", Some("222222222222"), ALL), ("unknown", vec![Open::OtherAccount]));
    assert_eq!(ask("sts:AssumeRole", foreign_role, None, READ), ("implicitDeny", vec![]));
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k", None, ALL), ("allowed", vec![]));
    assert_eq!(ask("sts:GetCallerIdentity", "*", None, ALL), ("allowed", vec![]));
}
