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

/// The keys (by place in [`KEYS`]) that a condition reads by an operator without set prefix: AWS does not document what that does with a list.
fn read_plainly(condition: &Json) -> [bool; 3] {
    let operators = condition.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("For") && *name != "Null");
    let keys: Vec<&String> = operators.flat_map(|(_, keys)| keys.as_object().unwrap().keys()).collect();
    KEYS.map(|key| keys.iter().any(|read| *read == key))
}

const KEYS: [&str; 3] = ["t:k", "t:l", "t:n"];

/// Every statement but for its effect, what it matches, and the keys that it reads plainly.
fn statements() -> Vec<(Json, Bits, [bool; 3])> {
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
                all.push((json!({element: action, kind: resource, "Condition": condition}), bits, read_plainly(&condition)));
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
    plainly: Vec<[bool; 3]>,
    /// For each key the requests in which it has no list.
    without_list: [Bits; 3],
    requests: usize,
    /// How often the answer was left open.
    open: std::cell::Cell<usize>,
}

impl Small {
    fn new() -> Self {
        let mut small = Self {
            statements: Vec::new(),
            bits: Vec::new(),
            plainly: Vec::new(),
            without_list: KEYS.map(|_| Vec::new()),
            requests: places().len() * contexts().len(),
            open: std::cell::Cell::new(0),
        };
        for (statement, bits, plainly) in statements() {
            small.statements.push(statement);
            small.bits.push(bits);
            small.plainly.push(plainly);
        }
        let contexts = contexts();
        small.without_list = KEYS.map(|key| {
            let mut bits = vec![0; small.bits[0].len()];
            for at in (0..small.requests).filter(|at| {
                // An empty list is no value.
                let list = contexts[at % contexts.len()].get(key).and_then(Json::as_array);
                list.is_none_or(Vec::is_empty)
            }) {
                bits[at / 64] |= 1 << (at % 64);
            }
            bits
        });
        small
    }

    fn policies(&self, whole: Whole) -> PrincipalPolicies {
        let named = |name: &str, n: usize, effect: &str| (name.to_owned(), Document::new(documents(&self.statements[n], effect)));
        let mut identity = vec![named("allow", whole.allow, "Allow")];
        identity.extend(whole.deny.map(|n| named("deny", n, "Deny")));
        PrincipalPolicies {
            identity,
            boundary: whole.boundary.map(|n| named("boundary", n, "Allow")),
            ..PrincipalPolicies::default()
        }
    }

    /// Whether some request has a property that depends on identity Allow, Deny and boundary, of before and of after.
    /// `documented`: among those in which no operator for one value meets a list.
    fn some(&self, before: Whole, after: Whole, documented: bool, holds: impl Fn([u64; 3], [u64; 3]) -> u64) -> bool {
        let plainly = self.plainly(before, after);
        let counts = |word: usize| {
            let each = self.without_list.iter().zip(plainly).filter(|(_, plainly)| documented && *plainly);
            each.fold(u64::MAX, |all, (bits, _)| all & bits[word])
        };
        let none = vec![0; self.bits[0].len()];
        let every = vec![u64::MAX; self.bits[0].len()];
        let of = |w: Whole| {
            [&self.bits[w.allow], w.deny.map_or(&none, |n| &self.bits[n]), w.boundary.map_or(&every, |n| &self.bits[n])]
        };
        let (b, a) = (of(before), of(after));
        (0..none.len()).any(|i| holds(b.map(|bits| bits[i]), a.map(|bits| bits[i])) & self.inside(i) & counts(i) != 0)
    }

    fn plainly(&self, before: Whole, after: Whole) -> [bool; 3] {
        let all = [before, after].into_iter().flat_map(|w| [Some(w.allow), w.deny, w.boundary]).flatten();
        all.fold([false; 3], |so_far, n| std::array::from_fn(|k| so_far[k] || self.plainly[n][k]))
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
        // A denial held it, or the boundary withheld it; no denial does now, and no identity policy allows it. A boundary without an Allow
        // for it holds nothing against a resource policy that names the user, so it counts only where it comes to give way.
        let loosened = |b: [u64; 3], a: [u64; 3]| (b[1] & !a[1] & !(a[0] & a[2])) | (!b[2] & !a[1] & a[2] & !a[0]);
        let shown = || format!("{before:?} {:#?}\n{after:?} {:#?}\n{diff:#?}", self.policies(before), self.policies(after));
        type Law<'l> = &'l dyn Fn([u64; 3], [u64; 3]) -> u64;
        let all: [(bool, Law<'_>); 3] = [
            (!diff.gained.is_empty(), &|b, a| allowed(a) & !allowed(b)),
            (!diff.lost.is_empty(), &|b, a| allowed(b) & !allowed(a)),
            (!diff.ceiling_loosened.is_empty(), &loosened),
        ];
        for (found, holds) in all {
            let (documented, any) = (self.some(before, after, true, holds), self.some(before, after, false, holds));
            assert!(found || !documented, "{}", shown());
            assert!(any || !found, "{}", shown());
            assert!(diff.reason.is_some() || found == any, "{}", shown());
        }
        match &diff.reason {
            None => assert_eq!(diff.verdict == Verdict::NewAccess, !diff.gained.is_empty(), "{}", shown()),
            Some(why) => {
                self.open.set(self.open.get() + 1);
                let list = why.contains("may have a list of values");
                assert!(list || why.contains("holds for an empty text"), "{}", shown());
                assert!(!list || self.plainly(before, after).contains(&true), "{}", shown());
            }
        }
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
    let asked = pairs(2_000).min(all);
    for n in 0..asked {
        let at = n * step % all;
        let whole = |allow| Whole { allow, deny: None, boundary: None };
        small.check(whole(at / count), whole(at % count));
    }
    println!("{} of {asked} are left open in part", small.open.get());
    assert!(small.open.get() * 3 < asked, "{} of {asked}", small.open.get());
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
