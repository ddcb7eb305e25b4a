//! Laws of comparing trust policies: what is proven holds for random callers, and every example holds on the evaluator.

use iamctl::names::AccountId;
use iamctl::policy::Document;
use iamctl::policy::access::{CallerClass, Options, TrustDiff, TrustGrant, Verdict, compare_trust};
use iamctl::policy::context::{Context, Value};
use iamctl::policy::eval::{Named, PolicyKind, PolicySet, Principal, Request, decide};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

const HOME: &str = "111111111111";
const VAULT: &str = "arn:aws:iam::111111111111:role/vault";

fn principals() -> impl Strategy<Value = Json> {
    let names = vec![
        "111111111111",
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:user/a",
        "arn:aws:iam::111111111111:role/p/r",
        "arn:aws:sts::111111111111:assumed-role/r/s",
        "222222222222",
        "arn:aws:iam::222222222222:role/r",
        "*",
    ];
    prop_oneof![
        5 => prop::collection::vec(select(names), 1..4).prop_map(|names| json!({"AWS": names})),
        2 => select(vec!["ec2.amazonaws.com", "lambda.amazonaws.com"]).prop_map(|name| json!({"Service": name, "AWS": "222222222222"})),
        1 => Just(json!({"Federated": ["accounts.google.com", "arn:aws:iam::111111111111:oidc-provider/h"]})),
        1 => Just(json!("*")),
    ]
}

fn statement() -> impl Strategy<Value = Json> {
    let conditions = vec![
        json!({}),
        json!({}),
        json!({}),
        json!({"StringEquals": {"sts:ExternalId": "x"}}),
        json!({"StringNotEquals": {"sts:ExternalId": ["x", "y"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": ["111111111111", "333333333333"]}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"StringEqualsIfExists": {"aws:SourceAccount": "111111111111"}}),
    ];
    let actions =
        vec![json!("sts:AssumeRole"), json!("sts:*"), json!(["sts:AssumeRole", "sts:TagSession"]), json!("sts:TagSession")];
    (select(vec!["Allow", "Allow", "Allow", "Deny"]), 0..6_u8, principals(), select(actions), select(conditions)).prop_map(
        |(effect, not, principals, action, condition)| {
            let element = if not == 0 { "NotPrincipal" } else { "Principal" };
            json!({"Effect": effect, element: principals, "Action": action, "Condition": condition})
        },
    )
}

fn trust() -> impl Strategy<Value = Document> {
    prop::collection::vec(statement(), 1..4)
        .prop_map(|statements| Document::new(json!({"Version": "2012-10-17", "Statement": statements})))
}

/// A caller with the keys that IAM gives it, and some that the caller chooses.
fn caller() -> impl Strategy<Value = (Principal, Context)> {
    let who = select(vec![
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:user/a",
        "arn:aws:iam::111111111111:user/b",
        "arn:aws:iam::111111111111:role/p/r",
        "arn:aws:iam::111111111111:role/r",
        "arn:aws:sts::111111111111:assumed-role/r/s",
        "arn:aws:sts::111111111111:assumed-role/r/t",
        "arn:aws:iam::222222222222:role/r",
        "arn:aws:iam::222222222222:user/a",
        "arn:aws:iam::333333333333:role/r",
        "ec2.amazonaws.com",
        "lambda.amazonaws.com",
        "ecs.amazonaws.com",
        "accounts.google.com",
        "arn:aws:iam::111111111111:oidc-provider/h",
    ]);
    let key = |name: &'static str, values: Vec<&'static str>| {
        prop::option::of(select(values)).prop_map(move |v| v.map(|v| (name, Value::Single(v.to_owned()))))
    };
    (
        who,
        key("sts:ExternalId", vec!["x", "y", "z"]),
        key("aws:MultiFactorAuthPresent", vec!["true", "false"]),
        key("aws:SourceAccount", vec!["111111111111", "222222222222"]),
    )
        .prop_map(|(who, a, b, c)| {
            let principal = Principal::parse(who).unwrap();
            let mut context: Context = [a, b, c].into_iter().flatten().collect();
            if let Some(account) = principal.account() {
                context.set("aws:PrincipalAccount", account);
                let arn = match &principal {
                    // The ARN of a session's role, with its path (iam-facts 6.6).
                    Principal::Session { .. } => "arn:aws:iam::111111111111:role/p/r",
                    _ => who,
                };
                context.set("aws:PrincipalArn", arn);
            }
            (principal, context)
        })
}

/// Whether a caller obtains the role; with or without a policy of its own that allows everything, with or without a boundary that does.
fn obtains(trust: &Document, (principal, context): &(Principal, Context), action: &str, own: bool, bounded: bool) -> bool {
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let everything = || vec![Named::new("own", &Document::new(everything.clone()), PolicyKind::Identity)];
    let policies = PolicySet {
        identity: if own { everything() } else { Vec::new() },
        boundary: bounded.then(everything),
        resource: Some(Named::new("trust", trust, PolicyKind::Trust)),
        ..PolicySet::default()
    };
    let mut request = Request::new(principal.clone(), action, VAULT);
    request.resource_account = Some(HOME.to_owned());
    request.context = context.clone();
    decide(&policies, &request).is_allowed()
}

fn diff(before: &Document, after: &Document) -> TrustDiff {
    compare_trust(Some(before), Some(after), &AccountId::parse(HOME).unwrap(), Options::default())
}

/// The caller of an example, asked as itself, gets what the example says on one side and not on the other.
fn example_holds(less: &Document, more: &Document, shown: &TrustGrant) -> bool {
    let example = &shown.grant.example;
    let mut context: Context = example.context.iter().map(|(k, v)| (k, v.clone())).collect();
    let text = |key: &str| match context.get(key) {
        Some(Value::Single(text)) => Some(text.clone()),
        _ => None,
    };
    // One of the class: whom the example's own keys tell, else some role.
    let own = text("aws:principalarn");
    let account = text("aws:principalaccount").unwrap_or("555555555555".to_owned());
    let role = |account: &str| own.clone().unwrap_or(format!("arn:aws:iam::{account}:role/example"));
    let name = match &shown.caller {
        CallerClass::One(name) => name.clone(),
        CallerClass::Account(id) => role(id),
        CallerClass::Anyone | CallerClass::Organisation(_) => role(&account),
        CallerClass::AnyService => "example.amazonaws.com".to_owned(),
        CallerClass::AnyProvider => format!("arn:aws:iam::{HOME}:oidc-provider/example"),
    };
    let mut principal = Principal::parse(&name).unwrap();
    if let Some(account) = principal.account() {
        let arn = if name.contains(":assumed-role/") {
            own.unwrap_or("arn:aws:iam::111111111111:role/p/r".into())
        } else {
            name.clone()
        };
        context.set("aws:PrincipalAccount", account);
        context.set("aws:PrincipalArn", arn);
    }
    if let Principal::Role { arn, account } = &principal {
        // Who asks is a session of the role.
        let name = arn.rsplit('/').next().unwrap();
        principal = Principal::parse(&format!("arn:aws:sts::{account}:assumed-role/{name}/zz")).unwrap();
    }
    let caller = (principal, context);
    // With policies of its own, or by being named; of a caller with a boundary or without.
    [(true, false), (false, false), (true, true), (false, true)].into_iter().any(|(own, bounded)| {
        obtains(more, &caller, &example.action, own, bounded) && !obtains(less, &caller, &example.action, own, bounded)
    })
}

fn cases() -> u32 {
    std::env::var("IAMCTL_ACCESS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_callers_never_contradict_a_proof_and_examples_hold(
        before in trust(), after in trust(), callers in prop::collection::vec(caller(), 24),
    ) {
        let diff = diff(&before, &after);
        for (grants, less, more) in [(&diff.gained, &before, &after), (&diff.lost, &after, &before)] {
            for grant in grants {
                prop_assert!(example_holds(less, more, grant), "{:#?}\n{}\n{}", grant, before.to_compact(), after.to_compact());
            }
        }
        let nothing_lost = diff.lost.is_empty() && diff.lost_reason.is_none();
        for caller in &callers {
            let base = iamctl::policy::trust::usual_action(&caller.0);
            for action in [base, "sts:TagSession"] {
                for (own, bounded) in [(true, false), (false, false), (true, true), (false, true)] {
                    // Session tags are passed with the call that obtains the role.
                    let obtains = |trust| obtains(trust, caller, action, own, bounded) && obtains(trust, caller, base, own, bounded);
                    let (was, is) = (obtains(&before), obtains(&after));
                    let shown = || format!("{caller:?} {action} own {own} bounded {bounded}\n{}\n{}", before.to_compact(), after.to_compact());
                    if diff.verdict() == Verdict::NoNewAccess {
                        prop_assert!(was || !is, "gained: {}", shown());
                    }
                    if nothing_lost {
                        prop_assert!(is || !was, "lost: {}", shown());
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_changes_against_itself_in_another_order(before in trust()) {
        let mut value = before.value().clone();
        value["Statement"].as_array_mut().unwrap().reverse();
        let diff = diff(&before, &Document::new(value));
        prop_assert_eq!(diff, TrustDiff::default());
    }
}
