//! Parameters: those without a value on which entities of IAM depend, so that all of them can be given at once; those whose default decides;
//! and values that are given and that no template takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::eval::{Env, scalar};
use super::{Template, others, resources, wrapped};
use crate::diag::nearest;

/// CloudFormation User Guide, "Pseudo parameters reference".
const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The first value that no template takes: a name that none has, a name that stands twice, a value that is not allowed.
pub fn parameter_fault(templates: &[Template<'_>], given: &[(String, String)]) -> Option<(String, String)> {
    // What cannot be read has an error of its own.
    let bodies: Vec<Value> = templates.iter().filter_map(|t| wrapped::template(t.text).ok()).map(|t| t.value).collect();
    let mut declared: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (name, parameter) in bodies.iter().filter_map(|b| b.get("Parameters")?.as_object()).flatten() {
        declared.entry(name).or_default().push(parameter);
    }
    let mut seen = BTreeMap::new();
    for (name, value) in given {
        if let Some(other) = seen.insert(name, value).filter(|other| *other != value) {
            let message = format!("the parameter `{name}` has two values, `{other}` and `{value}`");
            return Some((message, "give one of them".to_owned()));
        }
        if PSEUDO.contains(&name.as_str()) {
            continue;
        }
        let Some(parameters) = declared.get(name.as_str()) else {
            let known = || declared.keys().copied().chain(PSEUDO);
            let help = nearest(name, known()).map_or_else(
                || match declared.keys().map(|known| format!("`{known}`")).collect::<Vec<_>>() {
                    none if none.is_empty() => "it has no parameters; leave `--parameter` out".to_owned(),
                    known => format!("its parameters are {}", known.join(", ")),
                },
                |near| format!("did you mean `{near}`?"),
            );
            let whose = if templates.len() == 1 { "the template has" } else { "the templates have" };
            return Some((format!("{whose} no parameter `{name}`"), help));
        };
        for parameter in parameters {
            let Some(allowed) = parameter.get("AllowedValues").and_then(Value::as_array) else { continue };
            let allowed: Vec<String> = allowed.iter().filter_map(scalar).collect();
            let is_list = parameter.get("Type").and_then(Value::as_str) == Some("CommaDelimitedList");
            let values: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
            if let Some(wrong) = values.into_iter().find(|value| !allowed.iter().any(|known| known == value)) {
                let allowed: Vec<String> = allowed.iter().map(|value| format!("`{value}`")).collect();
                return Some((
                    format!("the parameter `{name}` does not allow `{wrong}`"),
                    format!("write {}", allowed.join(" or ")),
                ));
            }
        }
    }
    None
}

/// Conditions that decide about entities of IAM, and that a default value decides: their places, and what hangs on them.
pub(super) fn decided_by_defaults(env: &Env<'_>) -> Vec<(String, String)> {
    let mut hanging: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, resource) in env.template.get("Resources").and_then(Value::as_object).into_iter().flatten() {
        if resource.get("Type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("AWS::IAM::")) {
            let mut named = Vec::new();
            conditions_in(resource, &mut named);
            for name in named {
                hanging.entry(name).or_default().insert(format!("`Resources.{id}`"));
            }
        }
    }
    let mut found = Vec::new();
    for (condition, on) in hanging {
        let mut defaulted = BTreeSet::new();
        defaults_of(env, &condition, &mut BTreeSet::new(), &mut defaulted);
        let (Ok(holds), false) = (env.quietly(|env| env.named_condition(&condition, "", 0)), defaulted.is_empty()) else {
            continue;
        };
        let on: Vec<String> = on.into_iter().collect();
        let flags: Vec<String> = defaulted.iter().map(|name| format!("--parameter {name}=VALUE")).collect();
        let reason = format!(
            "it is {holds} with default values, and decides about {}; for a stack with other values give `{}`",
            on.join(", "),
            flags.join(" ")
        );
        found.push((format!("{}: Conditions.{condition}", env.file), reason));
    }
    found
}

/// The parameters of a condition that have their default value.
fn defaults_of(env: &Env<'_>, condition: &str, seen: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    let Some(written) = env.template.get("Conditions").and_then(|c| c.get(condition)) else { return };
    if !seen.insert(condition.to_owned()) {
        return;
    }
    let (mut names, mut inner) = (Vec::new(), Vec::new());
    resources::logical_ids(written, &mut names);
    conditions_in(written, &mut inner);
    let is_default = |name: &String| {
        !env.given.contains_key(name) && env.template.get("Parameters").and_then(|p| p.get(name)?.get("Default")).is_some()
    };
    found.extend(names.into_iter().filter(is_default));
    inner.iter().for_each(|name| defaults_of(env, name, seen, found));
}

/// The names of those without a value.
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
