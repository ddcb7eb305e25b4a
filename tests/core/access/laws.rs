//! Laws of comparing access: what is proven holds for random requests, and every example holds on the evaluator.

use iamctl::aws_policies;
use iamctl::policy::Document;
use iamctl::policy::access::{AccessDiff, Grant, Options, PrincipalPolicies, Subject, Verdict, compare};
use iamctl::policy::context::{Context, Value};
use iamctl::policy::eval::{Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, decide};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::naive_eval;

fn policies(documents: &[Json]) -> PrincipalPolicies {
    let named = |(i, d): (usize, &Json)| (format!("p{i}"), Document::new(d.clone()));
    PrincipalPolicies { identity: documents.iter().enumerate().map(named).collect(), ..PrincipalPolicies::default() }
}

fn set(policies: &PrincipalPolicies) -> PolicySet {
    let named = |(id, d): &(String, Document)| Named::new(id, d, PolicyKind::Identity);
    PolicySet {
        identity: policies.identity.iter().map(named).collect(),
        boundary: policies.boundary.as_ref().map(|b| vec![named(b)]),
        scp: (!policies.scps.is_empty()).then(|| policies.scps.iter().map(|level| level_of(level)).collect()),
        ..PolicySet::default()
    }
}

fn level_of(policies: &[(String, Document)]) -> ScpLevel {
    ScpLevel { level: "l".into(), policies: policies.iter().map(|(id, d)| Named::new(id, d, PolicyKind::Scp)).collect() }
}

fn allowed(set: &PolicySet, action: &str, resource: &str, context: &Context) -> bool {
    let request =
        Request { context: context.clone(), ..Request::new(Principal::Unspecified { account: None }, action, resource) };
    decide(set, &request).is_allowed()
}

fn run(before: &PrincipalPolicies, after: &PrincipalPolicies) -> AccessDiff {
    compare(before, after, &Subject::Anyone, Options { names: false, ..Options::default() })
}

/// The same with examples and summaries by the names of the catalogue, as people get them.
fn named(before: &PrincipalPolicies, after: &PrincipalPolicies) -> AccessDiff {
    compare(before, after, &Subject::Anyone, Options::default())
}

/// Each example is refused on one side and allowed on the other, by both evaluators.
fn examples_hold(before: &PrincipalPolicies, after: &PrincipalPolicies, diff: &AccessDiff) {
    let check = |grant: &Grant, less: &PrincipalPolicies, more: &PrincipalPolicies| {
        let e = &grant.example;
        let context: Context = e.context.iter().map(|(k, v)| (k, v.clone())).collect();
        assert!(!allowed(&set(less), &e.action, &e.resource, &context), "{grant:?}");
        assert!(allowed(&set(more), &e.action, &e.resource, &context), "{grant:?}");
        let asked = naive_eval::asked(e);
        assert_ne!(naive_eval::decide(&naive_eval::held(less), &asked), "allowed", "{grant:?}");
        assert_eq!(naive_eval::decide(&naive_eval::held(more), &asked), "allowed", "{grant:?}");
    };
    diff.gained.iter().for_each(|g| check(g, before, after));
    diff.lost.iter().for_each(|g| check(g, after, before));
    assert_eq!(diff.verdict == Verdict::NewAccess, !diff.gained.is_empty());
    assert!(diff.verdict != Verdict::Undecided || diff.reason.is_some());
}

fn action() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["*", "a:*", "a:G*", "a:Get", "A:Put", "b:*", "b:Get", "?:Get", "a:?et"]).prop_map(str::to_owned)
}

fn resource() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "arn:aws:a:::x",
        "arn:aws:a:::x/*",
        "arn:aws:a:::*",
        "arn:aws:a:*:*:x*",
        "arn:*:b:::y?",
        "arn:aws:a",
        "arn:aws:*:::x",
        "arn:aws:a:::${aws:username}",
        "arn:aws:a:::${t:k, 'x'}/*",
    ])
    .prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = Json> {
    let text = |operators: Vec<&'static str>| {
        (
            prop::sample::select(operators),
            prop::collection::vec(
                prop::sample::select(vec!["x", "y", "x*", "?", "*", "X", "${aws:username}", "${*}", "a${t:x, 'b'}"]),
                1..3,
            ),
        )
            .prop_map(|(o, v)| json!({o: {"t:k": v}}))
    };
    let number = (
        prop::sample::select(vec![
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericGreaterThanEquals",
            "NumericLessThanIfExists",
        ]),
        prop::sample::select(vec!["1", "2", "1.5"]),
    )
        .prop_map(|(o, v)| json!({o: {"t:n": v}}));
    let ip = (
        prop::sample::select(vec!["IpAddress", "NotIpAddress"]),
        prop::sample::select(vec!["t:ip", "aws:SourceIp"]),
        prop::sample::select(vec!["10.0.0.0/8", "10.1.0.0/16", "::/0"]),
    )
        .prop_map(|(o, k, v)| json!({o: {k: v}}));
    let date = (
        prop::sample::select(vec!["DateLessThan", "DateGreaterThan", "DateNotEquals"]),
        prop::sample::select(vec!["t:date", "aws:CurrentTime"]),
        prop::sample::select(vec!["2030-01-01", "2031-01-01T00:00:00Z"]),
    )
        .prop_map(|(o, k, v)| json!({o: {k: v}}));
    let list = text(vec![
        "ForAnyValue:StringEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotEquals",
        "ForAllValues:StringNotEquals",
    ])
    .prop_map(|c| c.to_string().replace("t:k", "t:list").parse().unwrap_or_default());
    let arn = (
        prop::sample::select(vec!["ArnLike", "ArnNotLike", "ArnEqualsIfExists", "ForAnyValue:ArnLike"]),
        prop::sample::select(vec!["arn:aws:iam::1:role/*", "arn:aws:iam::*:role/x", "*", "arn:aws:iam::1:role/${aws:username}"]),
    )
        .prop_map(|(o, v)| json!({o: {"t:arn": v}}));
    let bytes = prop::sample::select(vec!["QQ==", "QUI=", "no!"]).prop_map(|v| json!({"BinaryEquals": {"t:bin": v}}));
    let two = prop::sample::select(vec![
        json!({"StringLike": {"t:k": "x*"}, "StringNotEquals": {"t:k": "xz"}}),
        json!({"StringEquals": {"t:k": "x"}, "Null": {"t:list": "false"}}),
        json!({"ForAllValues:StringEquals": {"t:list": ["x", "y"]}, "Null": {"t:list": "false"}}),
        json!({"StringEquals": {"t:k": "${t:x}", "t:x": ["x", "y"]}}),
        json!({"NumericGreaterThan": {"t:n": "1"}, "NumericLessThan": {"t:n": "2"}}),
    ]);
    prop_oneof![
        1 => arn,
        1 => bytes,
        2 => two,
        4 => Just(json!({})),
        3 => text(vec!["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringEqualsIfExists", "StringNotLikeIfExists"]),
        1 => (prop::sample::select(vec!["true", "false"])).prop_map(|v| json!({"Null": {"t:k": v}})),
        1 => (prop::sample::select(vec!["true", "false"])).prop_map(|v| json!({"Bool": {"t:b": v}})),
        1 => number,
        1 => ip,
        1 => date,
        2 => list,
    ]
}

fn statement() -> impl Strategy<Value = Json> {
    (
        prop::bool::weighted(0.75),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.85),
        prop::collection::vec(action(), 1..3),
        prop::collection::vec(resource(), 1..3),
        condition(),
    )
        .prop_map(|(allow, act, res, actions, resources, condition)| {
            json!({
                "Effect": if allow { "Allow" } else { "Deny" },
                if act { "Action" } else { "NotAction" }: actions,
                if res { "Resource" } else { "NotResource" }: resources,
                "Condition": condition,
            })
        })
}

fn document() -> impl Strategy<Value = Json> {
    prop::collection::vec(statement(), 1..4).prop_map(|s| json!({"Version": "2012-10-17", "Statement": s}))
}

/// Policies of a level: mostly AWS's own with a few more, else others in its place, or none at all.
fn level() -> impl Strategy<Value = Vec<(String, Document)>> {
    (prop::bool::weighted(0.7), prop::collection::vec(document(), 0..3)).prop_map(|(full, documents)| {
        let everything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        // A service control policy reads an ARN with fewer than six fields otherwise.
        let text = json!(documents).to_string().replace("\"arn:aws:a\"", "\"arn:aws:a:*\"");
        let documents: Vec<Json> = serde_json::from_str(&text).unwrap();
        let all = full.then_some(everything).into_iter().chain(documents).enumerate();
        all.map(|(n, document)| (format!("scp{n}"), Document::new(document))).collect()
    })
}

fn principal() -> impl Strategy<Value = PrincipalPolicies> {
    let levels = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(level(), 1..4)];
    let boundary = prop::option::weighted(0.2, document());
    (prop::collection::vec(document(), 1..3), boundary, levels).prop_map(|(documents, boundary, scps)| PrincipalPolicies {
        boundary: boundary.map(|b| ("boundary".to_owned(), Document::new(b))),
        scps,
        ..policies(&documents)
    })
}

fn request() -> impl Strategy<Value = (String, String, Context)> {
    let one = |key: &'static str, values: Vec<&'static str>| {
        prop::option::of(prop::sample::select(values)).prop_map(move |v| v.map(|v| (key, Value::Single(v.to_owned()))))
    };
    let many = prop::option::of(prop::collection::vec(prop::sample::select(vec!["x", "y", "X", "xz", ""]), 0..3))
        .prop_map(|v| v.map(|v| ("t:list", Value::Many(v.into_iter().map(str::to_owned).collect()))));
    let odd = prop::option::weighted(0.05, prop::collection::vec(prop::sample::select(vec!["x", "1"]), 0..3))
        .prop_map(|v| v.map(|v| ("t:k", Value::Many(v.into_iter().map(str::to_owned).collect()))));
    (
        prop::sample::select(vec!["a:Get", "a:Put", "a:Gx", "b:Get", "b:Other", "c:Get", "cc:Get", "a:et"]),
        prop::sample::select(vec![
            "*",
            "arn:aws:a:::x",
            "arn:aws:a:::x/y",
            "arn:aws:a:::y",
            "arn:aws:a:r:1:xy",
            "arn:aws:b:::yz",
            "arn:aws-cn:b:::y",
            "arn:aws:c:::x",
            "arn:aws:a:::",
        ]),
        one("t:k", vec!["x", "y", "X", "xz", "", "*", "${aws:username}", "ab"]),
        one("t:n", vec!["1", "1.2", "1.5", "2", "3", "no"]),
        one("t:ip", vec!["10.0.0.1", "10.1.2.3", "11.0.0.1", "::1", "no"]),
        one("t:date", vec!["2029-01-01", "2030-01-01", "2030-06-01T00:00:00Z", "2032-01-01", "no"]),
        one("t:b", vec!["true", "false", "TRUE", "no"]),
        one("aws:username", vec!["x", "y", "x/y", "x*", ""]),
        many,
        (
            odd,
            one("t:more", vec!["m", "x"]),
            one("t:bin", vec!["QQ", "QUI=", "x"]),
            one("t:x", vec!["x", "b", "*"]),
            // Global keys have the values that IAM documents, and the time is always there.
            one("aws:SourceIp", vec!["10.0.0.1", "10.1.2.3", "11.0.0.1", "::1"]),
            prop::sample::select(vec!["2029-01-01", "2030-01-01", "2030-06-01T00:00:00Z", "2032-01-01"])
                .prop_map(|v| Some(("aws:CurrentTime", Value::Single(v.to_owned())))),
            one("t:arn", vec!["arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y/x", "arn:aws:iam:r:1:role/x", "x"]),
        ),
    )
        .prop_map(|(action, resource, a, b, c, d, e, f, g, (h, i, j, k, l, m, n))| {
            let context = [a, b, c, d, e, f, g, h, i, j, k, l, m, n].into_iter().flatten().collect();
            (action.to_owned(), resource.to_owned(), context)
        })
}

/// The same policies written differently: statements and values in another order, lists taken apart where that says the same, names in
/// another case, statements moved between documents.
fn respelt(principal: &PrincipalPolicies, dice: &mut Dice) -> PrincipalPolicies {
    let mut pieces = Vec::new();
    for (_, document) in &principal.identity {
        for statement in document.statements() {
            pieces.extend(taken_apart(statement, dice));
        }
    }
    dice.shuffle(&mut pieces);
    let documents = 1 + dice.roll(3);
    let mut held: Vec<Vec<Json>> = vec![Vec::new(); documents];
    for piece in pieces {
        held[dice.roll(documents)].push(piece);
    }
    let document = |statements: Vec<Json>| Document::new(json!({"Version": "2012-10-17", "Statement": statements}));
    let boundary = principal.boundary.as_ref().map(|(id, whole)| {
        let pieces: Vec<Json> = whole.statements().iter().flat_map(|statement| taken_apart(statement, dice)).collect();
        (format!("{id}'"), document(pieces))
    });
    let identity = held.into_iter().enumerate().map(|(n, statements)| (format!("q{n}"), document(statements))).collect();
    PrincipalPolicies { identity, boundary, scps: principal.scps.clone() }
}

/// A statement as one or several that say the same together.
fn taken_apart(statement: &Json, dice: &mut Dice) -> Vec<Json> {
    let mut pieces = vec![statement.clone()];
    // Each of several actions and resources by itself; what is excepted stays together.
    for element in ["Action", "Resource"] {
        if dice.roll(2) == 0 && statement[element].is_array() {
            let each = |piece: Json| -> Vec<Json> {
                let values = piece[element].as_array().unwrap().clone();
                let alone = |value: Json| {
                    let mut piece = piece.clone();
                    piece[element] = value;
                    piece
                };
                values.into_iter().map(alone).collect()
            };
            pieces = pieces.into_iter().flat_map(each).collect();
        }
    }
    for piece in &mut pieces {
        for element in ["Action", "NotAction", "Resource", "NotResource"] {
            if let Some(Json::Array(values)) = piece.get_mut(element) {
                dice.shuffle(values);
                values.push(values[0].clone());
                if element.ends_with("Action") && dice.roll(2) == 0 {
                    values.iter_mut().for_each(|v| *v = json!(v.as_str().unwrap().to_uppercase()));
                }
            }
        }
        let operators = piece["Condition"].as_object_mut().unwrap();
        for keys in operators.values_mut() {
            let keys = keys.as_object_mut().unwrap();
            *keys = std::mem::take(keys).into_iter().map(|(key, values)| (key.to_uppercase(), values)).collect();
            for values in keys.values_mut() {
                if let Json::Array(values) = values {
                    dice.shuffle(values);
                }
            }
        }
    }
    pieces
}

/// The same policies with less in them: a statement that denies more, or an Allow less or under one more condition.
fn narrowed(principal: &PrincipalPolicies, more: &Json, dice: &mut Dice) -> PrincipalPolicies {
    let mut narrowed = principal.clone();
    let at = dice.roll(narrowed.identity.len());
    let (_, document) = &mut narrowed.identity[at];
    let mut value = document.value().clone();
    let statements = value["Statement"].as_array_mut().unwrap();
    let allows: Vec<usize> = (0..statements.len()).filter(|n| statements[*n]["Effect"] == "Allow").collect();
    match (dice.roll(3), allows.first()) {
        (0, Some(first)) => drop(statements.remove(*first)),
        (1, Some(first)) => statements[*first]["Condition"]["StringLike"]["t:more"] = json!("m*"),
        _ => {
            let mut deny = more.clone();
            deny["Effect"] = json!("Deny");
            statements.push(deny);
        }
    }
    *document = Document::new(value);
    narrowed
}

/// A small generator for shuffling: the same seed respells the same way.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.roll(i + 1));
        }
    }
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("IAMCTL_ACCESS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn random_requests_never_contradict_a_proof_and_examples_hold(
        before in principal(), after in principal(), requests in prop::collection::vec(request(), 60),
    ) {
        let diff = run(&before, &after);
        let (less, more) = (set(&before), set(&after));
        examples_hold(&before, &after, &diff);
        let nothing_lost = diff.lost.is_empty() && diff.reason.is_none();
        for (action, resource, context) in &requests {
            let (was, is) = (allowed(&less, action, resource, context), allowed(&more, action, resource, context));
            if diff.verdict == Verdict::NoNewAccess {
                prop_assert!(was || !is, "gained: {action} {resource} {context:?}\n{before:?}\n{after:?}");
            }
            if nothing_lost {
                prop_assert!(is || !was, "lost: {action} {resource} {context:?}\n{before:?}\n{after:?}");
            }
        }
    }

    /// A level more, or a Deny more at a level, never gains; without them nothing is lost.
    #[test]
    fn service_control_policies_only_take_away(principal in principal(), more in level(), requests in prop::collection::vec(request(), 30)) {
        let mut under = principal.clone();
        under.scps.push(more);
        let diff = run(&principal, &under);
        prop_assert!(diff.gained.is_empty() && diff.ceiling_loosened.is_empty(), "{:#?}", diff);
        prop_assert!(run(&under, &principal).lost.is_empty());
        if diff.lost.is_empty() && diff.reason.is_none() {
            let (free, held) = (set(&principal), set(&under));
            for (action, resource, context) in &requests {
                prop_assert_eq!(allowed(&free, action, resource, context), allowed(&held, action, resource, context));
            }
        }
    }

    #[test]
    fn nothing_changes_against_itself_or_in_another_order(principal in principal()) {
        let mut other = principal.clone();
        other.identity.reverse();
        other.identity = other.identity.into_iter().map(|(id, d)| {
            let mut value = d.value().clone();
            value["Statement"].as_array_mut().unwrap().reverse();
            (id + "'", Document::new(value))
        }).collect();
        for (a, b) in [(&principal, &principal), (&principal, &other)] {
            let diff = run(a, b);
            prop_assert_eq!(diff.verdict, Verdict::NoNewAccess);
            prop_assert!(diff.lost.is_empty() && diff.reason.is_none());
        }
    }

    #[test]
    fn respelling_reordering_splitting_and_merging_change_nothing(principal in principal(), seed in any::<u64>()) {
        let other = respelt(&principal, &mut Dice(seed));
        for (a, b) in [(&principal, &other), (&other, &principal)] {
            let diff = run(a, b);
            prop_assert!(diff.verdict == Verdict::NoNewAccess && diff.lost.is_empty(), "{:#?}\n{:#?}\n{:#?}", diff, a, b);
            prop_assert!(diff.ceiling_loosened.is_empty() && diff.reason.is_none(), "{:#?}", diff);
        }
    }

    /// What is proven in two steps is never contradicted in one, and a proof in both directions says that both sides decide alike.
    #[test]
    fn no_new_access_is_transitive(
        first in principal(), more in statement(), yet in statement(), seed in any::<u64>(),
        requests in prop::collection::vec(request(), 40),
    ) {
        let mut dice = Dice(seed);
        let mut second = narrowed(&first, &more, &mut dice);
        if dice.roll(2) == 0 {
            second = respelt(&second, &mut dice);
        }
        let third = narrowed(&respelt(&second, &mut dice), &yet, &mut dice);
        let verdict = |a: &PrincipalPolicies, b: &PrincipalPolicies| run(a, b).verdict;
        prop_assert_ne!(verdict(&first, &second), Verdict::NewAccess);
        prop_assert_ne!(verdict(&second, &third), Verdict::NewAccess);
        prop_assert_ne!(verdict(&first, &third), Verdict::NewAccess);
        let all = [&first, &second, &third];
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            let steps: Vec<Verdict> = [(a, b), (b, a)].map(|(x, y)| verdict(all[x], all[y])).into();
            if steps == [Verdict::NoNewAccess; 2] {
                let (one, other) = (set(all[a]), set(all[b]));
                for (action, resource, context) in &requests {
                    let (was, is) = (allowed(&one, action, resource, context), allowed(&other, action, resource, context));
                    prop_assert_eq!(was, is, "{} {} {:?}", action, resource, context);
                }
            }
        }
    }

    #[test]
    fn adding_an_allow_never_loses_and_adding_a_deny_never_gains(principal in principal(), more in statement()) {
        let mut with = principal.clone();
        let denies = more["Effect"] == "Deny";
        with.identity.push(("new".into(), Document::new(json!({"Version": "2012-10-17", "Statement": [more]}))));
        let diff = run(&principal, &with);
        if denies {
            prop_assert_eq!(diff.verdict, Verdict::NoNewAccess);
        } else {
            prop_assert!(diff.lost.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(cases(25))]

    #[test]
    fn examples_by_the_names_of_the_catalogue_hold_and_change_no_verdict(before in principal(), after in principal()) {
        let diff = named(&before, &after);
        examples_hold(&before, &after, &diff);
        prop_assert_eq!(diff.verdict, run(&before, &after).verdict);
    }
}

#[test]
fn aws_managed_policies_are_decided_against_each_other() {
    let all = aws_policies::all();
    let full = std::env::var("IAMCTL_ACCESS_PAIRS").ok().and_then(|n| n.parse::<usize>().ok());
    let pairs = full.unwrap_or(40);
    let mut undecided = Vec::new();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut pick = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % all.len() as u64).unwrap()
    };
    for _ in 0..pairs {
        let (a, b) = (all[pick()], all[pick()]);
        let side = |p: aws_policies::AwsPolicy| PrincipalPolicies {
            identity: vec![(p.name.to_owned(), p.document().unwrap())],
            ..PrincipalPolicies::default()
        };
        let (before, after) = (side(a), side(b));
        let started = std::time::Instant::now();
        let diff = named(&before, &after);
        if full.is_some() && started.elapsed().as_millis() > 500 {
            println!("slow: {} {} {:?}", a.name, b.name, started.elapsed());
        }
        examples_hold(&before, &after, &diff);
        if diff.reason.is_some() {
            println!("{} {}: {:?} {}", a.name, b.name, diff.verdict, diff.reason.clone().unwrap());
        }
        if diff.verdict == Verdict::Undecided {
            undecided.push((a.name, b.name));
        }
    }
    assert!(undecided.len() * 100 <= pairs, "{undecided:?}");
}

/// A principal like those of real accounts: a few policies, some with variables and conditions.
fn realistic(n: usize) -> (PrincipalPolicies, PrincipalPolicies) {
    let bucket = format!("arn:aws:s3:::team-{n}-data");
    let before = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:PutObject"], "Resource": [bucket, format!("{bucket}/*")]},
        {"Effect": "Allow", "Action": ["sagemaker:*", "logs:CreateLog*", "ecr:BatchGetImage"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111111111111:role/ml-*",
            "Condition": {"StringLike": {"iam:PassedToService": "sagemaker.*"}}},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/team}/*"},
    ]});
    let mut after = before.clone();
    match n % 4 {
        0 => after["Statement"][0]["Action"] = json!(["s3:GetObject", "s3:PutObject"]),
        1 => after["Statement"][1]["Condition"] = json!({}),
        2 => after["Statement"][3]["Action"] = json!(["s3:Put*", "s3:Get*"]),
        _ => after["Statement"][2]["Resource"] = json!("arn:aws:iam::111111111111:role/*"),
    }
    let side = |document: Json| {
        let mut side = policies(&[document]);
        for name in ["AmazonSageMakerFullAccess", "ReadOnlyAccess"].iter().take(1 + n % 2) {
            side.identity.push(((*name).to_owned(), aws_policies::document(name).unwrap()));
        }
        side
    };
    (side(before), side(after))
}

#[test]
fn a_hundred_principals_as_accounts_have_them_are_decided() {
    let pairs: Vec<_> = (0..100).map(realistic).collect();
    let verdicts: Vec<Verdict> = pairs.iter().map(|(before, after)| run(before, after).verdict).collect();
    assert!(!verdicts.contains(&Verdict::Undecided));
    assert!(verdicts.contains(&Verdict::NewAccess) && verdicts.contains(&Verdict::NoNewAccess));
}
