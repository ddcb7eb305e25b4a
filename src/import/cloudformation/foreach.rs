//! `Fn::ForEach`: loops over a collection that is known are written out before anything else is read.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::eval::{Env, scalar};

/// Most rounds of all loops of a template; CloudFormation takes 500 resources.
const MAX_ROUNDS: usize = 2000;
/// Deeper than any template.
const MAX_DEPTH: usize = 64;

/// The template with its loops written out. One over a collection that is not known stays as it is.
pub(super) fn expanded(env: &Env<'_>) -> Value {
    let rounds = Cell::new(MAX_ROUNDS);
    let mut template = env.template.clone();
    if let Value::Object(parts) = &mut template {
        for part in ["Resources", "Conditions", "Outputs"] {
            if let Some(value) = parts.get_mut(part) {
                *value = expand(env, value, &rounds, 0);
            }
        }
    }
    template
}

fn expand(env: &Env<'_>, value: &Value, rounds: &Cell<usize>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| expand(env, item, rounds, depth + 1)).collect(),
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                match key.starts_with("Fn::ForEach::").then(|| turns(env, value, rounds)).flatten() {
                    Some(turns) => {
                        for turn in turns {
                            if let Value::Object(entries) = expand(env, &turn, rounds, depth + 1) {
                                out.extend(entries);
                            }
                        }
                    }
                    None => drop(out.insert(key.clone(), expand(env, value, rounds, depth + 1))),
                }
            }
            Value::Object(out)
        }
        plain => plain.clone(),
    }
}

/// The loop's output for each item of its collection.
fn turns(env: &Env<'_>, value: &Value, rounds: &Cell<usize>) -> Option<Vec<Value>> {
    let [Value::String(identifier), collection, output @ Value::Object(_)] = value.as_array()?.as_slice() else { return None };
    let (items, whole) = env.quietly(|env| env.items(collection, "Fn::ForEach"));
    let items: Vec<String> = items.iter().map(|(_, item)| scalar(item)).collect::<Option<_>>().filter(|_| whole)?;
    // What stands for any region or account would become a part of a logical id.
    if items.iter().any(|item| item.contains(env.region)) {
        return None;
    }
    rounds.set(rounds.get().checked_sub(items.len())?);
    Some(items.iter().map(|item| filled(output, identifier, item)).collect())
}

/// A part of the output with the identifier's value in place of it: `${Id}`, `&{Id}` (letters and digits alone) and `Ref`.
fn filled(value: &Value, identifier: &str, item: &str) -> Value {
    let text = |text: &str| {
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &plain)
    };
    match value {
        Value::String(old) => Value::String(text(old)),
        Value::Array(items) => items.iter().map(|inner| filled(inner, identifier, item)).collect(),
        Value::Object(map) if map.len() == 1 && map.get("Ref").and_then(Value::as_str) == Some(identifier) => {
            Value::String(item.to_owned())
        }
        Value::Object(map) => map.iter().map(|(key, value)| (text(key), filled(value, identifier, item))).collect(),
        plain => plain.clone(),
    }
}
