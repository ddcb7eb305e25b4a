//! Edits around policy variables, as people make them, on every AWS managed policy that holds variables: how many the prover decides,
//! and whether a second evaluator agrees on random requests.
//!
//! `IAM_POLICY_CASES=100000 cargo test -p iam-policy --test prover edits -- --nocapture` goes through all of them and prints the counts.

use std::collections::BTreeMap;

use iam_policy::access::{Options, PrincipalPolicies, Subject, Verdict, compare};
use iam_policy::{Document, aws_policies};
use serde_json::{Map, Value, json};

use super::naive_eval::{self, Ask};
use super::{Dice, cases};

/// The name of an edit, and the document after it.
type Edit = (&'static str, Value);

fn has_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split("${").skip(1).any(|rest| !rest.starts_with(['*', '?', '$'])),
        Value::Array(list) => list.iter().any(has_variable),
        _ => false,
    }
}

fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// The document with another condition in a statement.
fn with_condition(document: &Value, at: usize, operator: &str, key: &str, new: Option<(&str, Value)>) -> Value {
    let mut document = document.clone();
    let condition = document["Statement"][at]["Condition"].as_object_mut().unwrap();
    let keys = condition[operator].as_object_mut().unwrap();
    keys.remove(key);
    if keys.is_empty() {
        condition.remove(operator);
    }
    if let Some((operator, values)) = new {
        let keys = condition.entry(operator).or_insert_with(|| json!({}));
        // Two tests of one key under one operator cannot be written.
        keys.as_object_mut().unwrap().entry(key).or_insert(values);
    }
    document
}

fn edits(document: &Value) -> Vec<Edit> {
    let mut out = Vec::new();
    for (at, statement) in document["Statement"].as_array().unwrap().iter().enumerate() {
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten().filter(|(_, values)| has_variable(values)) {
                let mut edit =
                    |name, new: Option<(&str, Value)>| out.push((name, with_condition(document, at, operator, key, new)));
                let other = match operator.contains("Like") {
                    true => operator.replace("StringLike", "StringEquals").replace("StringNotLike", "StringNotEquals"),
                    false => operator.replace("StringEquals", "StringLike").replace("StringNotEquals", "StringNotLike"),
                };
                if other != *operator && !other.contains("LikeIgnoreCase") {
                    edit("StringEquals and StringLike", Some((&other, values.clone())));
                }
                match operator.strip_suffix("IfExists") {
                    Some(plain) => edit("IfExists removed", Some((plain, values.clone()))),
                    None => edit("IfExists added", Some((&format!("{operator}IfExists"), values.clone()))),
                }
                let mut more = listed(values);
                more.push(json!("999999999999"));
                edit("a value added", Some((operator, json!(more))));
                for n in 0..listed(values).len().saturating_sub(1) {
                    let mut fewer = listed(values);
                    fewer.remove(n);
                    edit("a value dropped", Some((operator, json!(fewer))));
                }
                edit("the test dropped", None);
                let with_default = |v: &Value| json!(v.as_str().unwrap_or_default().replacen('}', ", 'nobody'}", 1));
                edit("a default added", Some((operator, listed(values).iter().map(with_default).collect())));
                let negated = operator.replacen("String", "StringNot", 1);
                if statement["Effect"] == "Allow" && !operator.contains("Not") && negated != *operator {
                    let mut changed = with_condition(document, at, operator, key, None);
                    let mut denial = statement.clone();
                    denial["Effect"] = json!("Deny");
                    denial["Condition"] = json!({negated: {key: values}});
                    denial.as_object_mut().unwrap().remove("Sid");
                    changed["Statement"].as_array_mut().unwrap().push(denial);
                    out.push(("an Allow if equal, or a Deny if not", changed));
                }
            }
        }
        for element in ["Resource", "NotResource"] {
            let resources = listed(&statement[element]);
            for (n, resource) in resources.iter().enumerate().filter(|(_, resource)| has_variable(resource)) {
                let text = resource.as_str().unwrap();
                let mut edit = |name, text: String| {
                    let mut changed = document.clone();
                    let mut resources = resources.clone();
                    resources[n] = json!(text);
                    changed["Statement"][at][element] = json!(resources);
                    out.push((name, changed));
                };
                let stem = text.trim_end_matches('*').trim_end_matches('/');
                let slash = if text.ends_with("/*") { "*" } else { "/*" };
                edit("home/${…}* and home/${…}/*", format!("{stem}{slash}"));
                edit("a resource with a default", text.replacen('}', ", 'nobody'}", 1));
            }
        }
    }
    out
}

fn holds(document: &Value) -> PrincipalPolicies {
    PrincipalPolicies { identity: vec![("p".to_owned(), Document::new(document.clone()))], ..PrincipalPolicies::default() }
}

/// Texts that the documents put in for keys and resources, so that requests meet them.
struct Words {
    actions: Vec<String>,
    resources: Vec<String>,
    keys: BTreeMap<String, Vec<String>>,
}

const VALUES: [&str; 5] = ["111111111111", "999999999999", "nobody", "x", "x/y"];

/// Keys that AWS documents to be in every signed request.
const ALWAYS: [&str; 10] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:userid",
    "aws:requestedregion",
    "aws:viaawsservice",
    "aws:securetransport",
    "aws:currenttime",
    "aws:epochtime",
];

impl Words {
    fn of(documents: &[&Value]) -> Self {
        let mut words = Self { actions: Vec::new(), resources: vec!["*".to_owned()], keys: BTreeMap::new() };
        for statement in documents.iter().flat_map(|d| d["Statement"].as_array().unwrap()) {
            let texts = |name: &str| listed(&statement[name]).into_iter().filter_map(|v| v.as_str().map(str::to_owned));
            words.actions.extend(
                texts("Action")
                    .chain(texts("NotAction"))
                    .map(|a| if a == "*" { "s3:GetObject".to_owned() } else { a.replace('*', "X") }),
            );
            words.resources.extend(texts("Resource").chain(texts("NotResource")));
            for (key, values) in
                statement["Condition"].as_object().into_iter().flatten().flat_map(|(_, keys)| keys.as_object().unwrap())
            {
                let own = words.keys.entry(key.to_lowercase()).or_default();
                own.extend(listed(values).iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)));
            }
        }
        let spoken: Vec<String> = words.resources.iter().chain(words.keys.values().flatten()).cloned().collect();
        for key in spoken.iter().flat_map(|text| text.split("${").skip(1)).filter_map(|rest| rest.split(['}', ',']).next()) {
            words.keys.entry(key.to_lowercase()).or_default();
        }
        words.keys.retain(|key, _| key.contains(':'));
        words
    }

    /// A text with each variable as the context has it, or something; wildcards as something.
    fn put_in(text: &str, context: &Map<String, Value>, dice: &mut Dice) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((inner, after)) = behind.split_once('}') else { break };
            let key = inner.split(',').next().unwrap_or(inner).to_lowercase();
            out += before;
            out += context.get(&key).and_then(Value::as_str).unwrap_or(dice.pick(&VALUES));
            rest = after;
        }
        out += rest;
        let filler = dice.pick(&["", "x", "/x", "x/y"]);
        out.replace('*', filler).replace('?', "x")
    }

    fn ask(&self, dice: &mut Dice) -> Ask {
        let mut context = Map::new();
        let keys: Vec<&String> = self.keys.keys().collect();
        // First the keys of variables, then those that are compared with them.
        for round in 0..2 {
            for key in &keys {
                if dice.roll(5) == 0 && !ALWAYS.contains(&key.as_str()) {
                    context.remove(*key);
                    continue;
                }
                let named = &self.keys[*key];
                let text = match named.is_empty() || (round == 0 && dice.roll(2) == 0) || dice.roll(4) == 0 {
                    true => dice.pick(&VALUES).to_owned(),
                    false => Self::put_in(&named[dice.roll(named.len())], &context, dice),
                };
                // The id of an account has twelve digits.
                let is_id = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
                let text = if key.ends_with("account") && key.starts_with("aws:") && !is_id {
                    VALUES[dice.roll(2)].to_owned()
                } else {
                    text
                };
                context.insert((*key).clone(), json!(text));
            }
        }
        let resource = &self.resources[dice.roll(self.resources.len())];
        let resource = if resource == "*" { resource.clone() } else { Self::put_in(resource, &context, dice) };
        Ask {
            principal: "arn:aws:iam::111111111111:role/r".to_owned(),
            action: self.actions[dice.roll(self.actions.len())].clone(),
            resource,
            resource_account: "111111111111".to_owned(),
            context,
        }
    }
}

#[derive(Default)]
struct Count {
    all: usize,
    new: usize,
    none: usize,
    undecided: usize,
}

#[test]
fn edits_around_variables_are_decided_and_never_wrongly() {
    let documents: Vec<(&str, Value)> = aws_policies::all()
        .iter()
        .filter_map(|policy| Some((policy.name, policy.document()?.value().clone())))
        .filter(|(_, document)| {
            document["Statement"].is_array() && document["Version"] == "2012-10-17" && has_variables(document)
        })
        .collect();
    assert!(documents.len() > 150, "AWS managed policies hold variables: {}", documents.len());
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut undecided = Vec::new();
    let all: Vec<(&str, &Value, &'static str, Value)> =
        documents.iter().flat_map(|(name, d)| edits(d).into_iter().map(move |(edit, after)| (*name, d, edit, after))).collect();
    // Spread over the policies, so that a short run meets every kind of edit.
    let step = (all.len() / cases(150)).max(1);
    for (n, (name, before, edit, after)) in all.iter().enumerate().step_by(step) {
        let words = Words::of(&[before, after]);
        for (less, more) in [(*before, after), (after, *before)] {
            let (one, other) = (holds(less), holds(more));
            let diff = compare(&one, &other, &Subject::Anyone, Options { names: false, ..Options::default() });
            let count = counts.entry(edit).or_default();
            count.all += 1;
            match diff.verdict {
                Verdict::NewAccess => count.new += 1,
                Verdict::NoNewAccess => count.none += 1,
                Verdict::Undecided => {
                    count.undecided += 1;
                    undecided.push(format!(
                        "{name}, {edit}, back {}: {}",
                        std::ptr::eq(less, after),
                        diff.reason.clone().unwrap()
                    ));
                }
            }
            let allowed = |side: &PrincipalPolicies, ask: &Ask| naive_eval::decide(&naive_eval::held(side), ask) == "allowed";
            for grant in &diff.gained {
                let ask = naive_eval::asked(&grant.example);
                assert!(!allowed(&one, &ask) && allowed(&other, &ask), "{name} {edit}: {grant:#?}\n{less:#}\n{more:#}");
            }
            if diff.verdict == Verdict::NoNewAccess {
                let mut dice = Dice(u64::try_from(n).unwrap());
                for _ in 0..40 {
                    let ask = words.ask(&mut dice);
                    assert!(allowed(&one, &ask) || !allowed(&other, &ask), "{name} {edit}: {ask:#?}\n{less:#}\n{more:#}");
                }
            }
        }
    }
    println!("{:<40} {:>6} {:>6} {:>6} {:>9}", "edit", "all", "new", "none", "undecided");
    for (edit, count) in &counts {
        println!("{edit:<40} {:>6} {:>6} {:>6} {:>9}", count.all, count.new, count.none, count.undecided);
    }
    undecided.iter().for_each(|one| println!("{one}"));
    let (asked, open) = counts.values().fold((0, 0), |(all, open), c| (all + c.all, open + c.undecided));
    println!("{} policies, {asked} comparisons, {open} undecided", documents.len());
    assert!(open * 50 < asked, "{open} of {asked} are undecided");
}

fn has_variables(document: &Value) -> bool {
    document["Statement"].as_array().unwrap().iter().any(|statement| {
        let tests = statement["Condition"].as_object().into_iter().flatten().flat_map(|(_, keys)| keys.as_object().unwrap());
        tests.map(|(_, values)| values).chain(["Resource", "NotResource"].map(|e| &statement[e])).any(has_variable)
    })
}
