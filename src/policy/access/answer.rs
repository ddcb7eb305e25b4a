//! Gains as people read them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::actions::{ActionClass, ActionPattern};
use super::language::Language;
use super::prover::{Gain, Prover, by_rule};
use super::search::{Draft, Outcome};
use super::side::Rule;
use super::{Example, Grant};
use crate::policy::ast::Clause;
use crate::policy::eval::Request;

/// A request that shows a gain, by action and draft.
pub(super) type Showing<'a> = dyn Fn(&str, &Draft) -> Request + 'a;

/// One grant for each statement that gains, in the order of the documents. `spelling`: actions in lower case as somebody wrote them.
pub(super) fn grants(
    rules: &[Rule],
    classes: &[ActionClass],
    gains: &[Gain],
    spelling: &BTreeMap<String, String>,
    show: &Showing<'_>,
) -> Vec<Grant> {
    let mut out = Vec::new();
    for (rule, gains) in by_rule(gains) {
        let found: Vec<(&ActionClass, &Draft)> = gains
            .iter()
            .filter_map(|g| match &g.outcome {
                Outcome::Found(draft) => classes.get(g.class).map(|class| (class, draft)),
                _ => None,
            })
            .collect();
        // A request of an action that somebody spelled out reads best.
        let Some((class, draft)) = found.iter().find(|(c, _)| !c.names.is_empty()).or(found.first()) else { continue };
        let action = class.example();
        let request = show(&action, draft);
        let example = Example {
            action: spelling.get(&action).cloned().unwrap_or(action),
            resource: request.resource,
            context: request.context.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect(),
        };
        let concerned: Vec<&ActionClass> = found.iter().map(|(c, _)| *c).collect();
        out.push(match rule.and_then(|n| rules.get(n)) {
            Some(rule) => Grant {
                actions: actions(rule, &concerned, spelling),
                resources: rule.source.statement.resources.as_ref().map(as_written).unwrap_or_default(),
                conditions: rule.source.conditions.clone(),
                example,
                document: rule.source.document.clone(),
                statement: rule.source.statement.index,
            },
            None => Grant {
                actions: vec!["*".to_owned()],
                resources: vec!["*".to_owned()],
                conditions: json!({}),
                example,
                document: String::new(),
                statement: 0,
            },
        });
    }
    out
}

/// Every action that a statement of either side spells out, by its lower case.
pub(super) fn spelling(prover: &Prover) -> BTreeMap<String, String> {
    let written = prover.all_rules().flat_map(|r| r.source.statement.actions.iter().flat_map(|c| &c.values));
    written.map(|text| (text.to_ascii_lowercase(), text.clone())).collect()
}

fn as_written(clause: &Clause) -> Vec<String> {
    if clause.negated { vec![format!("* except {}", clause.values.join(", "))] } else { clause.values.clone() }
}

/// The statement's patterns that the classes fall under, where a pattern is wider than they are the names that they have.
fn actions(rule: &Rule, classes: &[&ActionClass], spelling: &BTreeMap<String, String>) -> Vec<String> {
    let Some(clause) = &rule.source.statement.actions else { return Vec::new() };
    if clause.negated && classes.iter().any(|c| c.unnamed.is_some()) {
        return as_written(clause);
    }
    let patterns = clause.values.iter().filter_map(|text| ActionPattern::read(text).map(|p| (text, p)));
    let (wild, plain): (Vec<_>, Vec<_>) = patterns.partition(|(_, p)| p.is_wild());
    let plain: BTreeMap<(&str, &str), &String> =
        plain.iter().map(|(text, p)| ((p.service.as_str(), p.name.as_str()), *text)).collect();
    let wild: Vec<(&String, (Language, Language))> = wild.iter().map(|(text, p)| (*text, p.languages())).collect();
    let covering = |service: &str, name: &str| {
        wild.iter().find(|(_, (s, n))| s.contains(service) && n.contains(name)).map(|(text, _)| (*text).clone())
    };
    let open: BTreeSet<String> =
        classes.iter().filter_map(|c| c.unnamed.as_ref().and_then(|name| covering(&c.service, name))).collect();
    let mut out = open.clone();
    for class in classes {
        for name in &class.names {
            let full = format!("{}:{name}", class.service);
            if let Some(text) = plain.get(&(class.service.as_str(), name.as_str())) {
                out.insert((*text).clone());
            } else if !covering(&class.service, name).is_some_and(|wild| open.contains(&wild)) {
                out.insert(spelling.get(&full).cloned().unwrap_or(full));
            }
        }
    }
    out.into_iter().collect()
}
