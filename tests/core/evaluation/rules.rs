//! The rules of iam-facts 6, one by one, each put to both evaluators. A rule that has its test beside the code (`policy::eval`,
//! `policy::condition`, `policy::arn_match`, `policy::variables`, `policy::trust`) is here only where it crosses kinds of policy.

use crate::support::naive_eval::{self, Ask, Documents};
use iamctl::cases::read_file;
use iamctl::policy::eval::decide;
use serde_json::{Value, json};

const HOME: &str = "111111111111";
const USER: &str = "arn:aws:iam::111111111111:user/team/alice";
const BOB: &str = "arn:aws:iam::111111111111:user/bob";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/app";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/run";
const FEDERATED: &str = "arn:aws:sts::111111111111:federated-user/f";
const ROOT: &str = "arn:aws:iam::111111111111:root";
const STRANGER: &str = "arn:aws:iam::222222222222:role/x";
const OBJECT: &str = "arn:aws:s3:::b/k";

/// A case of a request file: `s3:GetObject` on an object, allowed by nothing but what is added.
fn case(principal: &str, policies: Value) -> Value {
    json!({"request": {"principal": principal, "action": "s3:GetObject", "resource": OBJECT, "resource_account": HOME, "context": {}},
        "policies": policies})
}

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn all(effect: &str) -> Value {
    document(json!([{"Effect": effect, "Action": "*", "Resource": "*"}]))
}

fn nothing() -> Value {
    document(json!([{"Effect": "Allow", "Action": "none:None", "Resource": "*"}]))
}

fn bucket(effect: &str, principal: Value) -> Value {
    document(json!([{"Effect": effect, "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]))
}

fn aws(name: &str) -> Value {
    json!({"AWS": name})
}

/// The answer of the evaluator, through a request file; the second evaluator must say the same.
fn word(case: &Value) -> &'static str {
    let text = json!({"cases": [case]}).to_string();
    let read = read_file(&text).unwrap_or_else(|faults| panic!("{faults:?}")).remove(0);
    let found = decide(&read.policies, &read.request).effect.word();
    let (request, policies) = (&case["request"], &case["policies"]);
    let one = |kind: &str| policies[kind].as_array().map(|list| list.first().cloned().unwrap_or_else(nothing));
    let levels = |kind: &str| {
        let levels = policies[kind].as_array()?;
        // Of a level with several documents each may allow, and each may deny: as one document they say the same.
        let merged = |level: &Value| {
            let documents = level["policies"].as_array().unwrap();
            document(documents.iter().flat_map(|d| d["Statement"].as_array().unwrap().clone()).collect())
        };
        Some(levels.iter().map(merged).collect())
    };
    let documents = Documents {
        identity: policies["identity"].as_array().cloned().unwrap_or_default(),
        boundary: one("boundary"),
        session: one("session"),
        resource: policies.get("resource").filter(|r| !r.is_null()).cloned(),
        is_trust: false,
        scp: levels("scp"),
        rcp: levels("rcp"),
    };
    let context = request["context"].as_object().unwrap();
    let ask = Ask {
        principal: request["principal"].as_str().unwrap().to_owned(),
        action: request["action"].as_str().unwrap().to_owned(),
        resource: request["resource"].as_str().unwrap().to_owned(),
        resource_account: request["resource_account"].as_str().unwrap().to_owned(),
        context: context.iter().map(|(k, v)| (k.to_lowercase(), v.clone())).collect(),
    };
    assert_eq!(naive_eval::decide(&documents, &ask), found, "the two evaluators on {case:#}");
    found
}

fn is(expected: &str, case: &Value) {
    assert_eq!(word(case), expected, "{case:#}");
}

/// 6.2, every cell: an Allow of the resource's policy against an implicit deny of one other kind of policy.
#[test]
fn which_implicit_denies_a_resource_policy_overrides_depends_on_whom_it_names() {
    let yes = "allowed";
    let no = "implicitDeny";
    let table = [
        // Who asks, whom the policy names; then what withholds: identity policies, the boundary, the session policies.
        (USER, aws(USER), [yes, yes, yes]),
        (SESSION, aws(SESSION), [yes, yes, yes]),
        (SESSION, aws(ROLE), [yes, no, no]),
        (ROLE, aws(ROLE), [yes, no, no]),
        (FEDERATED, aws(FEDERATED), [yes, yes, yes]),
        (USER, aws(HOME), [no, no, no]),
        (SESSION, aws(ROOT), [no, no, no]),
        (ROLE, aws(HOME), [no, no, no]),
        (USER, json!("*"), [yes, yes, yes]),
        (SESSION, aws("*"), [yes, yes, yes]),
    ];
    for (principal, named, expected) in table {
        let resource = bucket("Allow", named);
        is(expected[0], &case(principal, json!({"resource": resource})));
        is(expected[1], &case(principal, json!({"identity": [all("Allow")], "boundary": [nothing()], "resource": resource})));
        is(expected[2], &case(principal, json!({"identity": [all("Allow")], "session": [nothing()], "resource": resource})));
    }
    // The last row of the table: everybody, narrowed to one.
    let mut narrowed = bucket("Allow", json!("*"));
    narrowed["Statement"][0]["Condition"] = json!({"ArnEquals": {"aws:PrincipalArn": USER}});
    let mut narrowed = case(USER, json!({"boundary": [nothing()], "resource": narrowed}));
    is(no, &narrowed);
    narrowed["request"]["context"] = json!({"aws:PrincipalArn": USER});
    is(yes, &narrowed);
}

#[test]
fn a_role_of_another_path_or_session_is_not_the_one_that_is_named() {
    for (principal, named) in [
        (ROLE, "arn:aws:iam::111111111111:role/app"),
        (SESSION, "arn:aws:sts::111111111111:assumed-role/app/other"),
        (SESSION, "arn:aws:sts::111111111111:assumed-role/app/*"),
        (USER, "arn:aws:iam::111111111111:user/alice"),
        (USER, "arn:aws:iam::111111111111:user/*"),
        (USER, "AIDAEXAMPLEEXAMPLE123"),
        (STRANGER, ROLE),
    ] {
        is("implicitDeny", &case(principal, json!({"resource": bucket("Allow", aws(named))})));
    }
}

#[test]
fn another_account_s_caller_needs_both_sides_and_its_own_limits() {
    for named in [json!("*"), aws(STRANGER), aws("222222222222")] {
        let resource = bucket("Allow", named);
        is("implicitDeny", &case(STRANGER, json!({"resource": resource})));
        is("allowed", &case(STRANGER, json!({"identity": [all("Allow")], "resource": resource})));
        for limit in ["boundary", "session"] {
            is("implicitDeny", &case(STRANGER, json!({"identity": [all("Allow")], "resource": resource, limit: [nothing()]})));
        }
        let level = json!([{"policies": [nothing()]}]);
        is("implicitDeny", &case(STRANGER, json!({"identity": [all("Allow")], "resource": resource, "scp": level})));
    }
    is("implicitDeny", &case(STRANGER, json!({"identity": [all("Allow")]})));
}

#[test]
fn each_level_of_scps_and_rcps_must_allow_and_any_document_of_a_level_may() {
    let rcp = |effect: &str| document(json!([{"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}]));
    let open = |kind: &str| if kind == "scp" { all("Allow") } else { rcp("Allow") };
    let shut = |kind: &str| if kind == "scp" { all("Deny") } else { rcp("Deny") };
    for kind in ["scp", "rcp"] {
        let with = |levels: Value| case(USER, json!({"identity": [all("Allow")], kind: levels}));
        let level = |documents: Vec<Value>| json!({"policies": documents});
        is("allowed", &with(json!([level(vec![open(kind)]), level(vec![nothing(), open(kind)])])));
        is("implicitDeny", &with(json!([level(vec![open(kind)]), level(vec![])])));
        is("implicitDeny", &with(json!([level(vec![nothing()]), level(vec![open(kind)])])));
        is("explicitDeny", &with(json!([level(vec![open(kind), shut(kind)]), level(vec![open(kind)])])));
        is("allowed", &with(json!([])));
        // Neither grants.
        is("implicitDeny", &case(USER, json!({kind: [level(vec![open(kind)])]})));
        // Neither binds a service-linked role; both bind the root user.
        for linked in [
            "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s",
        ] {
            is("allowed", &case(linked, json!({"identity": [all("Allow")], kind: [level(vec![shut(kind)])]})));
        }
        is("explicitDeny", &case(ROOT, json!({kind: [level(vec![open(kind), shut(kind)])]})));
    }
    // RCPs bind strangers and services, of whom SCPs know nothing.
    let open_to = |who: Value| bucket("Allow", who);
    for (principal, named) in [("logs.amazonaws.com", json!({"Service": "logs.amazonaws.com"})), ("*", json!("*"))] {
        let shut = json!([{"policies": [rcp("Deny")]}]);
        is("explicitDeny", &case(principal, json!({"resource": open_to(named.clone()), "rcp": shut})));
        is("implicitDeny", &case(principal, json!({"resource": open_to(named.clone()), "rcp": [{"policies": []}]})));
        is("allowed", &case(principal, json!({"resource": open_to(named), "scp": [{"policies": [all("Deny")]}]})));
    }
    // A short ARN means nothing in an RCP, and what it is padded with elsewhere.
    let short = document(json!([{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:*"}]));
    let levels = json!([{"policies": [rcp("Allow"), short]}]);
    is("allowed", &case(USER, json!({"identity": [all("Allow")], "rcp": levels})));
    let short = document(json!([{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:*"}]));
    is("explicitDeny", &case(USER, json!({"identity": [all("Allow"), short]})));
}

#[test]
fn the_root_user_needs_no_policy_and_other_accounts_must_still_allow_it() {
    is("allowed", &case(ROOT, json!({})));
    is("explicitDeny", &case(ROOT, json!({"resource": bucket("Deny", aws(HOME))})));
    let elsewhere = |resource: Value| {
        let mut case = case(ROOT, json!({"resource": resource}));
        case["request"]["resource_account"] = json!("333333333333");
        case
    };
    is("implicitDeny", &elsewhere(bucket("Allow", aws(USER))));
    is("allowed", &elsewhere(bucket("Allow", aws(HOME))));
}

#[test]
fn services_and_providers_answer_to_the_resource_and_are_no_aws_principals() {
    let open = |named: Value| bucket("Allow", named);
    is(
        "allowed",
        &case("logs.amazonaws.com", json!({"resource": open(json!({"Service": ["ec2.amazonaws.com", "logs.amazonaws.com"]}))})),
    );
    is("implicitDeny", &case("logs.amazonaws.com", json!({"resource": open(aws("*")), "identity": [all("Allow")]})));
    is("allowed", &case("logs.amazonaws.com", json!({"resource": open(json!("*"))})));
    is("allowed", &case("accounts.google.com", json!({"resource": open(json!({"Federated": "accounts.google.com"}))})));
    is("allowed", &case("www.amazon.com", json!({"resource": open(json!({"Federated": "www.amazon.com"}))})));
    is("implicitDeny", &case("www.amazon.com", json!({"resource": open(json!({"Service": "x.amazonaws.com"}))})));
    is("allowed", &case("*", json!({"resource": open(aws("*"))})));
    is("implicitDeny", &case("*", json!({"resource": open(aws(HOME))})));
}

/// UG reference_policies_elements_notprincipal: the guide's own examples, and what they leave out.
#[test]
fn not_principal_beside_a_deny_spares_whom_it_names_itself() {
    let shut = |spared: Value| {
        json!({"identity": [all("Allow")], "resource": document(json!([
            {"Effect": "Deny", "NotPrincipal": {"AWS": spared}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]))})
    };
    let bob = json!([BOB, ROOT]);
    is("allowed", &case(BOB, shut(bob.clone())));
    is("explicitDeny", &case(USER, shut(bob.clone())));
    is("explicitDeny", &case(ROLE, shut(bob)));
    is("allowed", &case(ROOT, shut(json!(ROOT))));
    is("explicitDeny", &case(USER, shut(json!(ROOT))));
    let session = json!([SESSION, ROLE, ROOT]);
    is("allowed", &case(SESSION, shut(session.clone())));
    is("explicitDeny", &case("arn:aws:sts::111111111111:assumed-role/app/other", shut(session)));
    is("explicitDeny", &case(SESSION, shut(json!([ROLE, ROOT]))));
    is("allowed", &case(ROLE, shut(json!([ROLE, ROOT]))));
    is("allowed", &case(USER, shut(json!("*"))));
    is("explicitDeny", &case("logs.amazonaws.com", shut(json!("*"))));
}

#[test]
fn not_principal_beside_a_deny_hits_whoever_has_a_boundary() {
    let resource = document(json!([
        {"Effect": "Deny", "NotPrincipal": {"AWS": [BOB, ROOT]}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]));
    let held = |boundary: Value| json!({"identity": [all("Allow")], "boundary": boundary, "resource": resource});
    is("allowed", &case(BOB, held(Value::Null)));
    is("explicitDeny", &case(BOB, held(json!([all("Allow")]))));
}

#[test]
fn not_principal_beside_an_allow_gives_to_everybody_else() {
    let open = document(json!([
        {"Effect": "Allow", "NotPrincipal": {"AWS": [USER, HOME]}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]));
    is("allowed", &case("*", json!({"resource": open})));
    is("implicitDeny", &case(USER, json!({"resource": open})));
    is("implicitDeny", &case(ROLE, json!({"resource": open})));
    is("allowed", &case(STRANGER, json!({"resource": open, "identity": [all("Allow")]})));
}

/// One statement of an identity policy, against one request.
fn statement(version: &str, statement: Value, resource: &str, context: Value) -> &'static str {
    let mut case = case(USER, json!({"identity": [{"Version": version, "Statement": [statement]}]}));
    case["request"]["resource"] = json!(resource);
    case["request"]["context"] = context;
    word(&case)
}

#[test]
fn wildcards_of_resources_stay_in_their_field_but_for_the_last() {
    let on = |pattern: &str, resource: &str| {
        statement("2012-10-17", json!({"Effect": "Allow", "Action": "S3:get*", "Resource": pattern}), resource, json!({}))
    };
    for (pattern, resource, expected) in [
        ("arn:aws:sqs:*:111111111111:q", "arn:aws:sqs:eu-west-1:111111111111:q", "allowed"),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111111111111:q", "implicitDeny"),
        ("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:111111111111:q", "allowed"),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111111111111:q", "allowed"),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b:c/d:e", "allowed"),
        ("arn:aws:s3:::?", "arn:aws:s3:::ä", "allowed"),
        ("arn:aws:s3:::B", "arn:aws:s3:::b", "implicitDeny"),
        ("arn:aws:s3:::*", "*", "implicitDeny"),
        ("*", "*", "allowed"),
        ("arn:*:s3:::b", "arn:aws-cn:s3:::b", "allowed"),
        ("arn:aws:*:::b", "arn:aws:s3:::b", "implicitDeny"),
        ("arn:aws:iam::111111111111:u*", "arn:aws:iam::111111111111:user/x", "implicitDeny"),
        ("arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:user/x/y", "allowed"),
        ("arn:aws:s3:::b\\*", "arn:aws:s3:::b*", "implicitDeny"),
    ] {
        assert_eq!(on(pattern, resource), expected, "{pattern} {resource}");
    }
}

#[test]
fn variables_have_values_defaults_and_places() {
    let on = |version: &str, element: &str, pattern: &str, resource: &str| {
        let policy = json!({"Effect": "Allow", "Action": "s3:*", element: pattern});
        statement(
            version,
            policy,
            resource,
            json!({"aws:username": "al*ce", "aws:PrincipalTag/Team": "blue", "aws:TagKeys": ["a"]}),
        )
    };
    let new = |pattern: &str, resource: &str| on("2012-10-17", "Resource", pattern, resource);
    for (pattern, resource, expected) in [
        ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::al*ce/k", "allowed"),
        ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/k", "implicitDeny"),
        ("arn:aws:s3:::${AWS:UserName}", "arn:aws:s3:::al*ce", "allowed"),
        ("arn:aws:s3:::${aws:principaltag/TEAM}", "arn:aws:s3:::blue", "allowed"),
        ("arn:aws:s3:::${aws:PrincipalTag/none, 'x*'}", "arn:aws:s3:::x*", "allowed"),
        ("arn:aws:s3:::${aws:PrincipalTag/none, 'x*'}", "arn:aws:s3:::xy", "implicitDeny"),
        ("arn:aws:s3:::${aws:PrincipalTag/Team, 'x'}", "arn:aws:s3:::x", "implicitDeny"),
        ("arn:aws:s3:::${aws:PrincipalTag/none}", "arn:aws:s3:::", "implicitDeny"),
        ("arn:aws:s3:::${aws:TagKeys}", "arn:aws:s3:::a", "implicitDeny"),
        ("arn:aws:s3:::${*}${?}${$}", "arn:aws:s3:::*?$", "allowed"),
        ("arn:aws:s3:::${*}", "arn:aws:s3:::x", "implicitDeny"),
    ] {
        assert_eq!(new(pattern, resource), expected, "{pattern} {resource}");
    }
    assert_eq!(on("2008-10-17", "Resource", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}"), "allowed");
    assert_eq!(on("2008-10-17", "Resource", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::al*ce"), "implicitDeny");
    // A pattern without value matches nothing, so nothing is left out.
    assert_eq!(on("2012-10-17", "NotResource", "arn:aws:s3:::${aws:none}", "arn:aws:s3:::x"), "allowed");
}

/// 6.6, "Missing key", every row, for a key with one value and one with several.
#[test]
fn an_absent_key_fails_positive_operators_and_satisfies_negated_ones() {
    let when = |operator: &str, value: Value, context: Value| {
        let policy = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"K:k": value}}});
        statement("2012-10-17", policy, OBJECT, context) == "allowed"
    };
    let families = [
        ("StringEquals", "StringNotEquals", json!("x"), "x"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", json!("X"), "x"),
        ("StringLike", "StringNotLike", json!("x*"), "xy"),
        ("NumericEquals", "NumericNotEquals", json!(1), "1.0"),
        ("DateEquals", "DateNotEquals", json!("2030-01-01T01:00:00+01:00"), "1893456000"),
        ("IpAddress", "NotIpAddress", json!("2001:db8::/32"), "2001:db8::1"),
        ("ArnEquals", "ArnNotEquals", json!("arn:aws:s3:::*"), "arn:aws:s3:::b"),
        ("ArnLike", "ArnNotLike", json!("arn:*:s3:*:*:b"), "arn:aws:s3:::b"),
    ];
    for (positive, negated, value, matching) in families {
        let there = json!({"k:K": matching});
        let listed = json!({"k:K": [matching]});
        for (operator, is_negated) in [(positive, false), (negated, true)] {
            let ask = |prefix: &str, suffix: &str, context: &Value| {
                when(&format!("{prefix}{operator}{suffix}"), value.clone(), context.clone())
            };
            for absent in [json!({}), json!({"k:k": []})] {
                assert_eq!(ask("", "", &absent), is_negated, "{operator}");
                assert!(ask("", "IfExists", &absent), "{operator}IfExists");
                assert!(ask("ForAllValues:", "", &absent), "ForAllValues:{operator}");
                assert!(!ask("ForAnyValue:", "", &absent), "ForAnyValue:{operator}");
            }
            for suffix in ["", "IfExists"] {
                assert_eq!(ask("", suffix, &there), !is_negated, "{operator}{suffix}");
                // An operator for one value on a key with a list: no match, negated or not.
                assert!(!ask("", suffix, &listed), "{operator}{suffix} on a list");
                for prefix in ["ForAllValues:", "ForAnyValue:"] {
                    assert_eq!(ask(prefix, suffix, &listed), !is_negated, "{prefix}{operator}{suffix}");
                    assert_eq!(ask(prefix, suffix, &there), !is_negated, "{prefix}{operator}{suffix}");
                }
            }
        }
    }
}

#[test]
fn all_operators_and_keys_must_hold_and_any_value_of_a_key_may() {
    let policy = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"a:one": ["x", "y"], "a:two": "z"}, "stringnotequals": {"A:Three": ["p", "q"]}}});
    let ask = |context: Value| statement("2012-10-17", policy.clone(), OBJECT, context);
    assert_eq!(ask(json!({"A:ONE": "y", "a:two": "z", "a:three": "r"})), "allowed");
    assert_eq!(ask(json!({"a:one": "w", "a:two": "z", "a:three": "r"})), "implicitDeny");
    assert_eq!(ask(json!({"a:one": "x", "a:three": "r"})), "implicitDeny");
    assert_eq!(ask(json!({"a:one": "x", "a:two": "z", "a:three": "q"})), "implicitDeny");
}
