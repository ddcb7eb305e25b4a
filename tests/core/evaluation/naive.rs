//! The evaluator against a second one, slow and obvious, on random policies and requests.

use crate::support::naive_eval::{self, Ask, Documents};
use iamctl::policy::Document;
use iamctl::policy::eval::{
    Context, Effect, Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, Value as Key, decide, decide_strictly,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const KEYS: [&str; 6] = ["aws:PrincipalTag/team", "aws:username", "aws:TagKeys", "k:arn", "k:n", "aws:SourceIp"];

fn texts() -> impl Strategy<Value = String> {
    select(vec![
        "a",
        "A",
        "ab",
        "b*",
        "",
        "true",
        "false",
        "1",
        "1.0",
        "2",
        "10.1.2.3",
        "11.0.0.1",
        "arn:aws:s3:::b/a",
        "arn:aws:iam::111111111111:role/x",
        "arn:aws:iam:r:1:role/x:y",
        "-1",
        "+1.50",
        ".5",
        "1e3",
        "TRUE",
        "QQ==",
        "QQ",
        "Ä",
        "äb",
        "2030-01-01",
        "2030-01-01T00:00:00Z",
        "2029-12-31T23:00:00-01:00",
        "2030-01-01T00:00:00.5Z",
        "1893456000",
        "2030-02-30",
        "2001:db8::7",
        "::ffff:10.0.0.1",
        "2001:db9::",
    ])
    .prop_map(str::to_owned)
}

fn values() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        3 => texts().prop_map(Value::from),
        3 => select(vec![
            "a*", "?", "*", "${aws:username}", "${aws:PrincipalTag/TEAM, 'a'}x", "${aws:TagKeys}", "${*}", "10.0.0.0/8", "10.1.2.3",
            "arn:aws:s3:::b/${aws:username}", "arn:aws:iam:*:role/x", "arn:aws:iam::*:role/*", "arn:*:*:*:*:*",
            "1", "true", "False", "QQ==", "ab", "Ä*", "2030-01-01T00:00:00Z", "1893456000", "2001:db8::/32", "::/0", "10.1.2.3/32",
            "10.0.0.0/33", "2001:DB8::7", "${aws:PrincipalTag/none, '*'}", "a${?}", "arn:aws:s3:::*", "${aws:UserName}",
        ]).prop_map(Value::from),
        1 => select(vec![json!(true), json!(1), json!(2.5)]),
    ];
    prop_oneof![value.clone(), prop::collection::vec(value, 0..3).prop_map(Value::from)]
}

fn operators() -> impl Strategy<Value = String> {
    let base = select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "ArnLike",
        "ArnNotLike",
        "ArnEquals",
        "ArnNotEquals",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "BinaryEquals",
        "Bool",
        "IpAddress",
        "NotIpAddress",
        "Null",
    ]);
    (select(vec!["", "", "", "ForAllValues:", "ForAnyValue:"]), base, any::<bool>())
        .prop_map(|(prefix, base, if_exists)| format!("{prefix}{base}{}", if if_exists { "IfExists" } else { "" }))
}

fn conditions() -> impl Strategy<Value = Map<String, Value>> {
    let keys = prop::collection::vec((select(KEYS.to_vec()), values()), 1..3)
        .prop_map(|list| Value::from(list.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()));
    prop_oneof![
        2 => Just(Map::new()),
        3 => prop::collection::vec((operators(), keys), 1..3).prop_map(|list| list.into_iter().collect()),
    ]
}

fn one_or_more(list: Vec<&'static str>) -> impl Strategy<Value = Value> {
    prop_oneof![select(list.clone()).prop_map(Value::from), prop::collection::vec(select(list), 0..3).prop_map(Value::from)]
}

fn statements(with_principal: bool) -> impl Strategy<Value = Value> {
    let actions = one_or_more(vec!["*", "s3:*", "S3:get*", "s3:GetObject", "s3:?etObject", "iam:*", "s?:*", "ec2:Run*"]);
    let resources = one_or_more(vec![
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/a",
        "arn:aws:s3:::*",
        "arn:*:s3:::b/?",
        "arn:aws:s3",
        "arn:aws:s3:*",
        "arn:aws:s3:::${aws:username}",
        "arn:aws:s3:::b/${aws:PrincipalTag/team, 'a'}",
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::*:*",
        "arn:aws:iam::111111111111:r*/x",
        "arn:aws:*:*:*:*",
        "arn:aws:kms:*:111111111111:key/*",
        "arn:aws:s3:::b/${*}",
    ]);
    let principals = prop_oneof![
        Just(json!("*")),
        one_or_more(vec![
            "*",
            "111111111111",
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:user/p/u",
            "arn:aws:iam::111111111111:role/p/r",
            "arn:aws:sts::111111111111:assumed-role/r/s",
            "222222222222",
            "AROAEXAMPLEEXAMPLE123",
            "arn:aws:sts::111111111111:federated-user/f",
            "arn:aws:iam::111111111111:user/p/*",
        ])
        .prop_map(|names| json!({"AWS": names})),
        one_or_more(vec!["logs.amazonaws.com", "ec2.amazonaws.com"]).prop_map(|names| json!({"Service": names})),
        Just(
            json!({"Federated": "arn:aws:iam::111111111111:oidc-provider/h", "AWS": "111111111111", "Service": "logs.amazonaws.com"})
        ),
        Just(json!({"Federated": "accounts.google.com", "CanonicalUser": "0"})),
    ];
    let flags = (0..4_u8, 0..4_u8, 0..8_u8);
    (select(vec!["Allow", "Allow", "Deny"]), actions, resources, principals, conditions(), flags).prop_map(
        move |(effect, action, resource, principal, condition, (not_action, not_resource, not_principal))| {
            let mut s = Map::new();
            s.insert("Effect".into(), effect.into());
            s.insert(if not_action == 0 { "NotAction" } else { "Action" }.into(), action);
            s.insert(if not_resource == 0 { "NotResource" } else { "Resource" }.into(), resource);
            if with_principal {
                s.insert(if not_principal == 0 { "NotPrincipal" } else { "Principal" }.into(), principal);
            }
            if !condition.is_empty() {
                s.insert("Condition".into(), Value::from(condition));
            }
            Value::from(s)
        },
    )
}

fn documents(with_principal: bool) -> impl Strategy<Value = Value> {
    (select(vec!["2012-10-17", "2012-10-17", "2008-10-17"]), prop::collection::vec(statements(with_principal), 0..4))
        .prop_map(|(version, statements)| json!({"Version": version, "Statement": statements}))
}

fn sets() -> impl Strategy<Value = Documents> {
    let limit = || prop_oneof![2 => Just(None), 1 => documents(false).prop_map(Some)];
    let resource = prop_oneof![1 => Just(None), 1 => documents(true).prop_map(Some)];
    let levels = |of| prop_oneof![4 => Just(None), 1 => prop::collection::vec(documents(of), 1..3).prop_map(Some)];
    (prop::collection::vec(documents(false), 0..3), limit(), limit(), resource, levels(false), levels(true), any::<bool>())
        .prop_map(|(identity, boundary, session, resource, scp, rcp, is_trust)| Documents {
            identity,
            boundary,
            session,
            is_trust: is_trust && resource.is_some(),
            resource,
            scp,
            rcp,
        })
}

fn asks() -> impl Strategy<Value = Ask> {
    let context = prop::collection::vec(
        (
            select(KEYS.to_vec()),
            prop_oneof![
                3 => texts().prop_map(Value::from),
                1 => prop::collection::vec(texts(), 0..3).prop_map(Value::from),
            ],
        ),
        0..5,
    )
    .prop_map(|list| list.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect());
    (
        select(vec![
            "arn:aws:iam::111111111111:user/p/u",
            "arn:aws:iam::111111111111:role/p/r",
            "arn:aws:sts::111111111111:assumed-role/r/s",
            "arn:aws:sts::111111111111:assumed-role/other/s",
            "arn:aws:sts::111111111111:assumed-role/r/t",
            "arn:aws:sts::111111111111:federated-user/f",
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s",
            "arn:aws:iam::111111111111:oidc-provider/h",
            "accounts.google.com",
            "logs.amazonaws.com",
            "*",
        ]),
        select(vec!["s3:GetObject", "S3:GETOBJECT", "iam:GetRole", "ec2:RunInstances", "kms:Decrypt"]),
        select(vec![
            "*",
            "arn:aws:s3:::b/a",
            "arn:aws:kms:r:111111111111:key/k",
            "arn:aws:kms:r:111111111111:alias/k",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::a",
            "arn:aws:iam::111111111111:role/x",
        ]),
        select(vec!["111111111111", "111111111111", "222222222222"]),
        context,
    )
        .prop_map(|(principal, action, resource, resource_account, context)| Ask {
            principal: principal.to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: resource_account.to_owned(),
            context,
        })
}

fn compiled(documents: &Documents) -> PolicySet {
    let named = |value: &Value, kind| Named::new("p", &Document::new(value.clone()), kind);
    let levels = |levels: &Option<Vec<Value>>, kind| {
        let level = |value| ScpLevel { level: "l".into(), policies: vec![named(value, kind)] };
        levels.as_ref().map(|levels| levels.iter().map(level).collect())
    };
    let limit = |value: &Option<Value>| value.as_ref().map(|value| vec![named(value, PolicyKind::Identity)]);
    PolicySet {
        identity: documents.identity.iter().map(|value| named(value, PolicyKind::Identity)).collect(),
        boundary: limit(&documents.boundary),
        session: limit(&documents.session),
        resource_unknown: false,
        resource: documents
            .resource
            .as_ref()
            .map(|value| named(value, if documents.is_trust { PolicyKind::Trust } else { PolicyKind::Resource })),
        scp: levels(&documents.scp, PolicyKind::Scp),
        rcp: levels(&documents.rcp, PolicyKind::Rcp),
    }
}

fn request(ask: &Ask) -> Request {
    let mut context = Context::new();
    for (key, value) in &ask.context {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        context.insert(
            key,
            match value {
                Value::Array(list) => Key::Many(list.iter().map(text).collect()),
                one => Key::Single(text(one)),
            },
        );
    }
    Request {
        principal: Principal::parse(&ask.principal).unwrap(),
        action: ask.action.clone(),
        resource: ask.resource.clone(),
        resource_account: Some(ask.resource_account.clone()),
        context,
    }
}

/// `IAMCTL_EVALUATION_CASES=200000` for a long run.
fn cases() -> u32 {
    std::env::var("IAMCTL_EVALUATION_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_evaluators_agree(documents in sets(), ask in asks()) {
        let found = decide(&compiled(&documents), &request(&ask));
        prop_assert_eq!(found.effect.word(), naive_eval::decide(&documents, &ask), "{:?}", found);
    }

    /// Whatever value the absent keys have, a strict decision stands; where it is unknown nothing is claimed.
    #[test]
    fn a_strict_decision_stands_whatever_the_absent_keys_are(documents in sets(), ask in asks(), more in asks()) {
        let policies = compiled(&documents);
        let strict = decide_strictly(&policies, &request(&ask));
        let mut fuller = ask.clone();
        for (key, value) in more.context {
            fuller.context.entry(key).or_insert(value);
        }
        let found = decide(&policies, &request(&fuller)).effect;
        match strict.effect {
            Effect::Allow | Effect::ExplicitDeny => prop_assert_eq!(found, strict.effect),
            Effect::ImplicitDeny => prop_assert!(found != Effect::Allow),
            // It names the keys, or what AWS's documentation leaves open.
            Effect::Unknown(keys) => prop_assert!(!keys.is_empty() || !strict.open.is_empty()),
        }
    }

    /// A statement more that allows never takes away; one more that denies never gives.
    #[test]
    fn allows_add_and_denies_take_away(documents in sets(), ask in asks(), more in documents(false)) {
        let before = decide(&compiled(&documents), &request(&ask)).is_allowed();
        let of = |effect: &str| {
            let mut more = more.clone();
            more["Statement"].as_array_mut().unwrap().retain(|s| s["Effect"] == json!(effect));
            let mut documents = documents.clone();
            documents.identity.push(more);
            decide(&compiled(&documents), &request(&ask)).is_allowed()
        };
        prop_assert!(of("Allow") >= before);
        prop_assert!(of("Deny") <= before);
    }
}
