//! A saved plan is applied as it was saved: every edit of every field is noticed.

use iamctl::diff::Context;
use iamctl::planner::{is_as_saved, plan, sealed};
use iamctl::report::plan_json;
use serde_json::{Map, Value, json};

use crate::support::world::{Dice, desired, empty, settings};

/// The places of a document, each as the way there.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                places(member, &format!("{here}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{here}/{i}"), found);
            }
        }
        _ => {}
    }
}

/// What somebody might write in a place instead.
fn edits(value: &Value) -> Vec<Value> {
    let mut found = vec![Value::Null, json!("x"), json!({}), json!([])];
    match value {
        Value::Bool(yes) => found.push(json!(!yes)),
        Value::Number(number) => found.push(json!(number.as_u64().map_or(0, |n| n + 1))),
        Value::String(text) => found.push(json!(format!("{text}x"))),
        Value::Array(items) => {
            found.extend((0..items.len()).map(|without| {
                let left = items.iter().enumerate().filter(|(i, _)| *i != without).map(|(_, item)| item.clone());
                Value::Array(left.collect())
            }));
            found.push(Value::Array(items.iter().rev().cloned().collect()));
        }
        Value::Object(members) => found.extend(members.keys().map(|without| {
            let left = members.iter().filter(|(key, _)| *key != without);
            Value::Object(left.map(|(key, member)| (key.clone(), member.clone())).collect::<Map<_, _>>())
        })),
        Value::Null => {}
    }
    found.retain(|edit| edit != value);
    found
}

#[test]
fn a_saved_plan_is_refused_whichever_field_was_edited() {
    let mut dice = Dice::new(7);
    let desired = desired(&mut dice);
    let (snapshot, settings) = (empty(), settings("ours"));
    let planned = plan(&Context { desired: &desired, snapshot: &snapshot, settings: &settings }).plan;
    assert!(!planned.steps.is_empty() && !planned.fingerprints.is_empty(), "there is something to edit");
    let text = sealed(&planned, plan_json);
    assert!(is_as_saved(&text), "as it was saved");
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    let mut judged = 0;
    for place in all {
        for edit in edits(whole.pointer(&place).unwrap()) {
            let mut edited = whole.clone();
            *edited.pointer_mut(&place).unwrap() = edit.clone();
            let text = serde_json::to_string_pretty(&edited).unwrap();
            assert!(!is_as_saved(&text), "{place} became {edit}");
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged} edits");
}
