//! What holds for every document, by random documents.

use iamctl::policy::grammar::{GrammarContext, check, check_text};
use iamctl::policy::{Document, DocumentKind, align, equal, equivalent_texts, unified_diff};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const KINDS: [DocumentKind; 2] = [DocumentKind::Identity, DocumentKind::Trust];

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(words), 1..4).prop_map(|words| match words.as_slice() {
        [one] => json!(one),
        many => json!(many),
    })
}

fn condition() -> impl Strategy<Value = Value> {
    let operator =
        prop::sample::select(vec!["StringEquals", "ArnLike", "Bool", "ForAnyValue:StringLikeIfExists", "NumericLessThan"]);
    let values = prop_oneof![some_of(&["true", "a", "A", "10", "${aws:username}"]), Just(json!(true)), Just(json!([10, "x"]))];
    let key = prop::sample::select(vec!["aws:PrincipalTag/Team", "s3:prefix", "aws:username"]);
    let keys = prop::collection::btree_map(key, values, 0..3).prop_map(|m| json!(m));
    prop::collection::btree_map(operator, keys, 0..3).prop_map(|m| json!(m))
}

fn principal() -> impl Strategy<Value = Value> {
    let aws = some_of(&[
        "123456789012",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/R",
        "*",
        "AROA1234567890123456A",
    ]);
    prop_oneof![
        Just(json!("*")),
        aws.prop_map(|v| json!({"AWS": v})),
        some_of(&["ec2.amazonaws.com", "lambda.amazonaws.com"]).prop_map(|v| json!({"Service": v, "AWS": "999999999999"})),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let sid = prop::option::of(prop::sample::select(vec!["", "One", "Two"]));
    let actions = some_of(&["s3:GetObject", "s3:*", "iam:PassRole", "sts:AssumeRole", "*"]);
    let resources = some_of(&["*", "arn:aws:s3:::b/*", "arn:aws:s3:::B/*", "arn:aws:iam::123456789012:role/x"]);
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    (sid, bits, actions, resources, prop::option::of(condition()), prop::option::of(principal())).prop_map(
        |(sid, (allow, not_action, not_resource), actions, resources, condition, principal)| {
            let mut fields = Map::new();
            sid.map(|sid| fields.insert("Sid".into(), json!(sid)));
            fields.insert("Effect".into(), json!(if allow { "Allow" } else { "Deny" }));
            principal.map(|p| fields.insert("Principal".into(), p));
            fields.insert(if not_action { "NotAction" } else { "Action" }.into(), actions);
            fields.insert(if not_resource { "NotResource" } else { "Resource" }.into(), resources);
            condition.map(|c| fields.insert("Condition".into(), c));
            Value::Object(fields)
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 1..4)
}

fn document(statements: &[Value]) -> Document {
    Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// Any JSON, with the words of the language thrown in, so that nonsense gets past the first check.
fn nonsense() -> impl Strategy<Value = Value> {
    let words = [
        "Version",
        "Statement",
        "Action",
        "Principal",
        "AWS",
        "Condition",
        "StringEquals",
        "DateLessThan",
        "Effect",
        "Allow",
        "é🙂",
        "",
        "*",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        let key = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner.clone(), 0..5).prop_map(|m| json!(m)),
            statement(),
            (inner.clone(), inner).prop_map(|(a, b)| json!({"Version": "2012-10-17", "Statement": [a, b]})),
        ]
    })
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

    fn case(&mut self, text: &str) -> String {
        text.chars().map(|c| if self.roll(2) == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
    }

    fn keys(&mut self, fields: &Map<String, Value>, mut each: impl FnMut(&mut Self, &str, &Value) -> (String, Value)) -> Value {
        let mut list: Vec<_> = fields.iter().map(|(k, v)| each(self, k, v)).collect();
        self.shuffle(&mut list);
        Value::Object(list.into_iter().collect())
    }

    /// A list or its only value; order and repetition changed.
    fn values(&mut self, value: &Value, mut each: impl FnMut(&mut Self, &Value) -> Value) -> Value {
        let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let mut list: Vec<Value> = list.iter().map(|v| each(self, v)).collect();
        if self.roll(3) == 0 && !list.is_empty() {
            list.push(list[self.roll(list.len())].clone());
        }
        self.shuffle(&mut list);
        if list.len() == 1 && self.roll(2) == 0 { list.remove(0) } else { Value::Array(list) }
    }

    fn condition(&mut self, condition: &Value) -> Value {
        self.keys(condition.as_object().unwrap(), |dice, operator, keys| {
            let keys = dice.keys(keys.as_object().unwrap(), |dice, key, values| {
                let values = dice.values(values, |dice, v| match v {
                    Value::String(text) if dice.roll(2) == 0 => match text.as_str() {
                        "true" => json!(true),
                        "10" => json!(10),
                        _ => v.clone(),
                    },
                    Value::Bool(_) | Value::Number(_) if dice.roll(2) == 0 => json!(v.to_string()),
                    other => other.clone(),
                });
                (dice.case(key), values)
            });
            let operator = if operator == "ArnLike" && dice.roll(2) == 0 { "ArnEquals" } else { operator };
            (operator.to_owned(), keys)
        })
    }

    fn principal(&mut self, principal: &Value) -> Value {
        let Value::Object(kinds) = principal else { return principal.clone() };
        self.keys(kinds, |dice, kind, values| {
            let values = dice.values(values, |dice, v| match v.as_str() {
                Some("123456789012") if dice.roll(2) == 0 => json!("arn:aws:iam::123456789012:root"),
                Some("arn:aws:iam::123456789012:root") if dice.roll(2) == 0 => json!("123456789012"),
                _ => v.clone(),
            });
            (kind.to_owned(), values)
        })
    }

    fn statement(&mut self, statement: &Value) -> Value {
        let mut fields = statement.as_object().unwrap().clone();
        if self.roll(2) == 0 {
            fields.entry("Sid").or_insert(json!(""));
            fields.entry("Condition").or_insert(json!({"StringEquals": {}}));
        }
        self.keys(&fields, |dice, name, value| {
            let value = match name {
                "Action" | "NotAction" => dice.values(value, |dice, v| json!(dice.case(v.as_str().unwrap()))),
                "Resource" | "NotResource" => dice.values(value, |_, v| v.clone()),
                "Principal" => dice.principal(value),
                "Condition" => dice.condition(value),
                _ => value.clone(),
            };
            (name.to_owned(), value)
        })
    }

    fn respell(&mut self, statements: &[Value]) -> Document {
        let list = self.values(&json!(statements), |dice, s| dice.statement(s));
        Document::new(if self.roll(2) == 0 {
            json!({"Version": "2012-10-17", "Statement": list})
        } else {
            json!({"Statement": list, "Version": "2012-10-17", "Id": ""})
        })
    }
}

/// A statement to which every change of the list below can be made.
fn marked() -> Value {
    json!({"Sid": "Marked", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/x"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b",
        "Condition": {"StringEquals": {"aws:username": ["x", "10"]}, "IpAddress": {"aws:SourceIp": "10.0.0.1"}}})
}

/// Changes that are real: the "not equal" list of iam-facts 5.7. (place, new value); a place ending in `>` renames the element.
fn changes() -> Vec<(&'static str, Value)> {
    vec![
        ("/Sid", json!("Other")),
        ("/Sid", json!("marked")),
        ("/Effect", json!("Deny")),
        ("/Condition/StringEquals>", json!("StringLike")),
        ("/Condition/StringEquals>", json!("StringEqualsIfExists")),
        ("/Condition/StringEquals>", json!("ForAllValues:StringEquals")),
        ("/Condition/StringEquals>", json!("StringEqualsIgnoreCase")),
        ("/Action>", json!("NotAction")),
        ("/Resource>", json!("NotResource")),
        ("/Principal>", json!("NotPrincipal")),
        ("/Resource", json!("arn:aws:s3:::B")),
        ("/Resource", json!("*")),
        ("/Resource", json!([])),
        ("/Resource", json!(["arn:aws:s3:::b", "arn:aws:s3:::c"])),
        ("/Action", json!(["s3:GetObject", "s3:PutObject"])),
        ("/Action", json!([])),
        ("/Principal/AWS", json!("arn:aws:iam::123456789012:role/X")),
        ("/Principal/AWS", json!("arn:aws:iam::123456789012:role/path/x")),
        ("/Principal/AWS", json!("arn:aws:sts::123456789012:assumed-role/x/*")),
        ("/Principal/AWS", json!("AROA1234567890123456A")),
        ("/Principal/AWS", json!("123456789012")),
        ("/Principal", json!("*")),
        ("/Condition/StringEquals/aws:username", json!(["X", "10"])),
        ("/Condition/StringEquals/aws:username", json!(["x", "10.0"])),
        ("/Condition/StringEquals/aws:username", json!([])),
        ("/Condition/StringEquals/aws:username>", json!("aws:userid")),
        ("/Condition/IpAddress/aws:SourceIp", json!("10.0.0.1/32")),
    ]
}

fn changed(place: &str, new: &Value) -> Value {
    let mut statement = marked();
    match place.strip_suffix('>') {
        Some(place) => {
            let (parent, old) = place.rsplit_once('/').unwrap();
            let fields = statement.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            let value = fields.remove(old).unwrap();
            fields.insert(new.as_str().unwrap().to_owned(), value);
        }
        None => *statement.pointer_mut(place).unwrap() = new.clone(),
    }
    statement
}

proptest! {
    #[test]
    fn respelling_does_not_change_a_document(statements in statements(), seed in any::<u64>()) {
        let (a, b) = (document(&statements), Dice(seed).respell(&statements));
        for kind in KINDS {
            prop_assert_eq!(a.canon(kind, "aws"), b.canon(kind, "aws"), "{}\n{}", a.to_compact(), b.to_compact());
            prop_assert_eq!(a.canon(kind, "aws").fingerprint(), b.canon(kind, "aws").fingerprint());
            prop_assert!(equal(&a, &b, kind, "aws"));
            prop_assert_eq!(unified_diff(&b, &a, kind, "aws", 3), []);
        }
        prop_assert_eq!(equivalent_texts(&a.to_compact(), &b.pretty()), Ok(true));
    }

    #[test]
    fn every_real_change_shows(statements in statements(), pick in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let changes = changes();
        let (place, new) = &changes[pick.index(changes.len())];
        let with = |statement| statements.iter().cloned().chain([statement]).collect::<Vec<_>>();
        let (a, b) = (document(&with(marked())), Dice(seed).respell(&with(changed(place, new))));
        for kind in KINDS {
            prop_assert!(!equal(&a, &b, kind, "aws"), "{place} {new}");
            prop_assert!(!unified_diff(&b, &a, kind, "aws", 0).is_empty(), "{place} {new}");
        }
    }

    #[test]
    fn aligning_never_changes_what_a_document_says(a in nonsense(), b in nonsense(), x in statements(), y in statements(), seed in any::<u64>()) {
        let respelt = Dice(seed).respell(&x);
        for (before, after) in [(Document::new(a), Document::new(b)), (respelt, document(&y)), (document(&x), document(&y))] {
            for kind in KINDS {
                let aligned = align(&before, &after, kind, "aws");
                prop_assert!(equal(&aligned, &before, kind, "aws"), "{}\n{}\n{}", before.to_compact(), after.to_compact(), aligned.to_compact());
                let same = equal(&before, &after, kind, "aws");
                prop_assert_eq!(unified_diff(&before, &after, kind, "aws", 2).is_empty(), same);
            }
        }
    }

    #[test]
    fn nonsense_is_judged_without_a_panic(value in nonsense(), text in ".*") {
        let document = Document::new(value);
        for kind in KINDS {
            let errors = check(&document, kind, GrammarContext { partition: Some("aws") });
            for error in &errors {
                prop_assert!(!error.message.is_empty());
            }
            let _ = check_text(&document.to_compact(), kind);
            let _ = check_text(&text, kind);
            prop_assert!(equal(&document, &document.clone(), kind, "aws"));
        }
        let _ = equivalent_texts(&document.to_compact(), &text);
        prop_assert_eq!(document.map_principals(&mut |_, _| None), document);
    }

    #[test]
    fn pretty_text_reads_back_as_the_same_document(value in nonsense()) {
        let document = Document::new(value);
        let read = Document::parse(&document.pretty()).unwrap();
        prop_assert_eq!(read.to_compact(), Document::parse(&document.to_compact()).unwrap().to_compact());
    }

    #[test]
    fn what_check_reports_points_into_the_document(value in nonsense()) {
        use iamctl::policy::grammar::PathStep;
        let document = Document::new(value);
        for kind in KINDS {
            for error in check(&document, kind, GrammarContext::default()) {
                let mut at = document.value();
                for step in &error.path {
                    let next = match step {
                        PathStep::Key(key) => at.get(key),
                        PathStep::Index(index) => at.get(index),
                    };
                    prop_assert!(next.is_some(), "{:?}", error);
                    at = next.unwrap();
                }
            }
        }
    }
}

#[test]
fn documents_as_deep_as_the_parser_allows_are_judged() {
    for (open, close) in [("[", "]"), ("{\"Statement\":", "}"), ("{\"Condition\":[", "]}")] {
        let depth = 126 / open.matches(['[', '{']).count();
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let document = Document::parse(&text).unwrap();
        for kind in KINDS {
            assert!(check_text(&text, kind).is_err());
            assert_eq!(document.canon(kind, "aws"), Document::parse(&document.pretty()).unwrap().canon(kind, "aws"));
        }
        assert!(equivalent_texts(&text, &text).unwrap_or(true));
    }
}

#[test]
fn what_only_the_meaning_tells_is_equal_where_it_should_be() {
    let same = |a: Value, b: Value, kind| equal(&Document::new(a), &Document::new(b), kind, "aws-cn");
    let trust = |principal: Value, effect: &str| json!({"Statement": {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}});
    let kind = DocumentKind::Trust;
    assert!(same(trust(json!("*"), "Allow"), trust(json!({"AWS": ["*"]}), "Allow"), kind));
    assert!(!same(trust(json!("*"), "Deny"), trust(json!({"AWS": "*"}), "Deny"), kind));
    assert!(same(
        trust(json!({"AWS": "123456789012"}), "Allow"),
        trust(json!({"AWS": "arn:aws-cn:iam::123456789012:root"}), "Allow"),
        kind
    ));
    assert!(!same(
        trust(json!({"AWS": "123456789012"}), "Allow"),
        trust(json!({"AWS": "arn:aws:iam::123456789012:root"}), "Allow"),
        kind
    ));
    assert!(!same(trust(json!({"Service": "123456789012"}), "Allow"), trust(json!({"AWS": "123456789012"}), "Allow"), kind));
    assert!(same(json!({"Statement": []}), json!({"Version": "2008-10-17", "Statement": []}), kind));
    assert!(!same(json!({"Version": "2012-10-17"}), json!({"Version": "2008-10-17"}), kind));
    assert!(!same(json!({"Id": "x"}), json!({}), kind));
    let condition = |c: Value| json!({"Statement": {"Effect": "Allow", "Condition": c}});
    assert!(same(condition(json!({"Bool": {"aws:x": "True"}})), condition(json!({"bool": {"AWS:X": true}})), kind));
    assert!(same(condition(json!({})), json!({"Statement": [{"Effect": "Allow"}, {"Effect": "Allow"}]}), kind));
    // Two keys that differ in case only are two tests, both of which must hold; one key with both values needs only one.
    let both = condition(json!({"StringEquals": {"aws:x": "a", "AWS:X": "b"}}));
    assert!(!same(both, condition(json!({"StringEquals": {"aws:x": ["a", "b"]}})), kind));
}
