//! The parameters without a value on which entities of IAM depend, so that all of them can be given at once.

use std::collections::BTreeSet;

use serde_json::Value;

use super::eval::Env;
use super::{others, resources};

/// Their names.
pub(super) fn missing<'t>(env: &Env<'t>) -> BTreeSet<&'t str> {
    let mut walk = Walk { env, seen: BTreeSet::new(), missing: BTreeSet::new() };
    for resource in env.template.get("Resources").and_then(Value::as_object).into_iter().flat_map(|r| r.values()) {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        if kind.starts_with("AWS::IAM::") {
            walk.value(resource);
        }
    }
    walk.missing
}

struct Walk<'e, 't> {
    env: &'e Env<'t>,
    seen: BTreeSet<String>,
    missing: BTreeSet<&'t str>,
}

impl Walk<'_, '_> {
    fn value(&mut self, value: &Value) {
        let mut names = Vec::new();
        resources::logical_ids(value, &mut names);
        names.iter().for_each(|name| self.name(name));
        let mut conditions = Vec::new();
        conditions_in(value, &mut conditions);
        for name in conditions {
            if self.seen.insert(format!("condition {name}"))
                && let Some(condition) = self.env.template.get("Conditions").and_then(|c| c.get(&name))
            {
                self.value(condition);
            }
        }
    }

    fn name(&mut self, name: &str) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        if let Some((name, parameter)) =
            self.env.template.get("Parameters").and_then(Value::as_object).and_then(|p| p.get_key_value(name))
        {
            if parameter.get("Default").is_none() && !self.env.given.contains_key(name) {
                self.missing.insert(name);
            }
            return;
        }
        let Some(resource) = self.env.template.get("Resources").and_then(|r| r.get(name)) else { return };
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        // Of an entity of IAM everything counts, and it is walked by itself; of others the name alone does.
        if let Some(value) = others::named(kind).and_then(|named| resource.get("Properties")?.get(named.property)) {
            self.value(value);
        }
    }
}

/// The conditions that a part of a template depends on, by name.
fn conditions_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| conditions_in(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("Condition", Value::String(name)) => found.push(name.clone()),
                    ("Fn::If", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                conditions_in(value, found);
            }
        }
        _ => {}
    }
}
