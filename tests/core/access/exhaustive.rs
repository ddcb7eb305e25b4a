//! Every policy over a small alphabet: the verdict of the comparison is the one that going through all requests gives.
//!
//! The decision on each request is made of single statements' matches, which the second evaluator (`support/naive_eval.rs`) computes.
//! The requests hold one of every sort that the patterns can tell apart, so that "no request" is "none at all".

use crate::support::naive_eval::{self, Ask, Documents};
use iamctl::policy::Document;
use iamctl::policy::access::{AccessDiff, Options, PrincipalPolicies, Subject, Verdict, compare};
use serde_json::{Value as Json, json};

/// Conditions on one key with one value (`t:k`), one with a list (`t:l`), on a number and on both.
fn conditions() -> Vec<Json> {
    let key = |operator: &str, values: Json| json!({operator: {"t:k": values}});
    let list = |operator: &str, values: Json| json!({operator: {"t:l": values}});
    vec![
        json!({}),
        key("StringEquals", json!("x")),
        key("StringNotEquals", json!("x")),
        key("StringLike", json!("x*")),
        key("StringNotLike", json!(["x*", "y"])),
        key("StringEqualsIgnoreCase", json!("X")),
        key("StringEqualsIfExists", json!(["x", "y"])),
        key("Null", json!("true")),
        key("Null", json!("false")),
        key("ForAnyValue:StringEquals", json!("x")),
        key("ForAllValues:StringEquals", json!("x")),
        list("ForAnyValue:StringEquals", json!(["x", "y"])),
        list("ForAllValues:StringEquals", json!(["x", "y"])),
        list("ForAnyValue:StringNotEquals", json!("x")),
        list("ForAllValues:StringNotLike", json!("x*")),
        list("ForAnyValue:StringLikeIfExists", json!("y")),
        list("Null", json!("false")),
        list("StringEquals", json!("x")),
        list("StringNotEquals", json!("x")),
        json!({"StringEquals": {"t:k": "x"}, "ForAllValues:StringEquals": {"t:l": "x"}}),
        json!({"StringNotEquals": {"t:k": "y"}, "Null": {"t:k": "false", "t:l": "false"}}),
        json!({"NumericLessThan": {"t:n": "2"}}),
        json!({"NumericNotEquals": {"t:n": ["1", "2"]}}),
    ]
}

const ACTIONS: [(&str, &str); 3] = [("Action", "s:A"), ("Action", "S:*"), ("NotAction", "s:a")];
const RESOURCES: [(&str, &str); 3] = [("Resource", "*"), ("Resource", "arn:aws:s:::a*"), ("NotResource", "arn:aws:s:::a")];

/// The requests: each place of one sort with each context of one sort.
fn places() -> Vec<(&'static str, &'static str)> {
    let resources = ["*", "arn:aws:s:::a", "arn:aws:s:::ab", "arn:aws:s:::b", "arn:aws:s:r::a"];
    ["s:A", "s:B", "t:A"].into_iter().flat_map(|action| resources.map(|resource| (action, resource))).collect()
}

fn contexts() -> Vec<serde_json::Map<String, Json>> {
    let singles =
        [json!(null), json!("x"), json!("xy"), json!("X"), json!("y"), json!("z"), json!(["x"]), json!(["z"]), json!(["x", "z"])];
    let letters = ["x", "xy", "y", "z"];
    let mut lists: Vec<Json> = letters.iter().map(|letter| json!(letter)).collect();
    lists
        .extend((0..16).map(|mask| json!((0..4).filter(|bit| mask >> bit & 1 == 1).map(|bit| letters[bit]).collect::<Vec<_>>())));
    let numbers = [json!(null), json!("1"), json!("1.5"), json!("2"), json!("3"), json!("no"), json!(["1"])];
    let mut all = Vec::new();
    for k in &singles {
        for l in &lists {
            for n in &numbers {
                let keys = [("t:k", k), ("t:l", l), ("t:n", n)].into_iter().filter(|(_, value)| !value.is_null());
                all.push(keys.map(|(name, value)| (name.to_owned(), value.clone())).collect());
            }
        }
    }
    all
}

fn matches(statement: Json, (action, resource): (&str, &str), context: &serde_json::Map<String, Json>) -> bool {
    let documents = Documents {
        identity: vec![documents(&statement, "Allow")],
        boundary: None,
        session: None,
        resource: None,
        is_trust: false,
        scp: None,
        rcp: None,
    };
    let ask = Ask {
        principal: "arn:aws:iam::111111111111:role/r".to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: "111111111111".to_owned(),
        context: context.clone(),
    };
    naive_eval::decide(&documents, &ask) == "allowed"
}

fn documents(statement: &Json, effect: &str) -> Json {
    let mut statement = statement.clone();
    statement["Effect"] = json!(effect);
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// Which requests a statement matches, a bit for each: a statement matches where its action and resource do and its condition does.
type Bits = Vec<u64>;

/// Every statement but for its effect, and what it matches.
fn statements() -> Vec<(Json, Bits)> {
    let (places, contexts) = (places(), contexts());
    let nowhere = serde_json::Map::new();
    let mut all = Vec::new();
    for condition in conditions() {
        let test = |context| matches(json!({"Action": "*", "Resource": "*", "Condition": condition}), ("s:A", "*"), context);
        let holds: Vec<bool> = contexts.iter().map(test).collect();
        for (element, action) in ACTIONS {
            for (kind, resource) in RESOURCES {
                let bare = json!({element: action, kind: resource});
                let there: Vec<bool> = places.iter().map(|place| matches(bare.clone(), *place, &nowhere)).collect();
                let mut bits = vec![0; (places.len() * contexts.len()).div_ceil(64)];
                for at in (0..places.len() * contexts.len()).filter(|at| there[at / contexts.len()] && holds[at % contexts.len()])
                {
                    bits[at / 64] |= 1 << (at % 64);
                }
                all.push((json!({element: action, kind: resource, "Condition": condition}), bits));
            }
        }
    }
    all
}

/// A whole policy: an Allow, perhaps a Deny, perhaps a boundary of an Allow, by their places among the statements.
#[derive(Clone, Copy, Debug)]
struct Whole {
    allow: usize,
    deny: Option<usize>,
    boundary: Option<usize>,
}

struct Small {
    statements: Vec<Json>,
    bits: Vec<Bits>,
    requests: usize,
}

impl Small {
    fn new() -> Self {
        let (statements, bits) = statements().into_iter().unzip();
        Self { statements, bits, requests: places().len() * contexts().len() }
    }

    fn policies(&self, whole: Whole) -> PrincipalPolicies {
        let named = |name: &str, n: usize, effect: &str| (name.to_owned(), Document::new(documents(&self.statements[n], effect)));
        let mut identity = vec![named("allow", whole.allow, "Allow")];
        identity.extend(whole.deny.map(|n| named("deny", n, "Deny")));
        PrincipalPolicies { identity, boundary: whole.boundary.map(|n| named("boundary", n, "Allow")) }
    }

    /// Whether some request has a property that hangs on identity Allow, Deny and boundary, of before and of after.
    fn some(&self, before: Whole, after: Whole, holds: impl Fn([u64; 3], [u64; 3]) -> u64) -> bool {
        let none = vec![0; self.bits[0].len()];
        let every = vec![u64::MAX; self.bits[0].len()];
        let of = |w: Whole| {
            [&self.bits[w.allow], w.deny.map_or(&none, |n| &self.bits[n]), w.boundary.map_or(&every, |n| &self.bits[n])]
        };
        let (b, a) = (of(before), of(after));
        (0..none.len()).any(|i| holds(b.map(|bits| bits[i]), a.map(|bits| bits[i])) & self.inside(i) != 0)
    }

    /// The last word's bits that stand for requests.
    fn inside(&self, word: usize) -> u64 {
        if (word + 1) * 64 <= self.requests { u64::MAX } else { (1 << (self.requests % 64)) - 1 }
    }

    fn check(&self, before: Whole, after: Whole) {
        let diff = compare(
            &self.policies(before),
            &self.policies(after),
            &Subject::Anyone,
            Options { names: false, ..Options::default() },
        );
        let allowed = |[allow, deny, boundary]: [u64; 3]| allow & !deny & boundary;
        let gains = self.some(before, after, |b, a| allowed(a) & !allowed(b));
        let loses = self.some(before, after, |b, a| allowed(b) & !allowed(a));
        // A denial or the boundary withheld it, neither does now, and no identity policy allows it.
        let loosens = self.some(before, after, |b, a| (b[1] | !b[2]) & !a[1] & a[2] & !a[0]);
        let shown = || format!("{before:?} {:#?}\n{after:?} {:#?}\n{diff:#?}", self.policies(before), self.policies(after));
        assert_eq!(diff.reason, None, "{}", shown());
        assert_eq!(diff.verdict, if gains { Verdict::NewAccess } else { Verdict::NoNewAccess }, "{}", shown());
        assert_eq!(!diff.gained.is_empty(), gains, "{}", shown());
        assert_eq!(!diff.lost.is_empty(), loses, "{}", shown());
        assert_eq!(!diff.ceiling_loosened.is_empty(), loosens, "{}", shown());
        examples_are_right(&self.policies(before), &self.policies(after), &diff);
    }
}

/// The second evaluator refuses each example on one side and allows it on the other.
fn examples_are_right(before: &PrincipalPolicies, after: &PrincipalPolicies, diff: &AccessDiff) {
    let decide = |policies: &PrincipalPolicies, example: &iamctl::policy::access::Example| {
        naive_eval::decide(&naive_eval::held(policies), &naive_eval::asked(example)) == "allowed"
    };
    for (grants, less, more) in [(&diff.gained, before, after), (&diff.lost, after, before)] {
        for grant in grants {
            assert!(!decide(less, &grant.example) && decide(more, &grant.example), "{grant:#?}\n{before:#?}\n{after:#?}");
        }
    }
}

/// `IAMCTL_ACCESS_PAIRS` pairs of whole policies, else as many as an ordinary run has time for.
fn pairs(default: usize) -> usize {
    std::env::var("IAMCTL_ACCESS_PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn single_statements_are_compared_as_going_through_all_requests_does() {
    let small = Small::new();
    let count = small.statements.len();
    // All pairs are 42,849; a step that shares no factor with their number visits others first.
    let all = count * count;
    let step = 7_919;
    for n in 0..pairs(2_000).min(all) {
        let at = n * step % all;
        let whole = |allow| Whole { allow, deny: None, boundary: None };
        small.check(whole(at / count), whole(at % count));
    }
}

#[test]
fn whole_policies_are_compared_as_going_through_all_requests_does() {
    let small = Small::new();
    let count = small.statements.len();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut pick = |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % sides as u64).unwrap()
    };
    for _ in 0..pairs(1_500) {
        let mut whole = || Whole {
            allow: pick(count),
            deny: (pick(3) > 0).then(|| pick(count)),
            boundary: (pick(3) == 0).then(|| pick(count)),
        };
        let (mut before, after) = (whole(), whole());
        // Half of the pairs differ in one part only, as changes mostly do.
        match pick(6) {
            0 => before = Whole { allow: before.allow, ..after },
            1 => before = Whole { deny: before.deny, ..after },
            2 => before = Whole { boundary: before.boundary, ..after },
            _ => {}
        }
        small.check(before, after);
    }
}
