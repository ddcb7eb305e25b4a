//! Gains as people read them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::actions::{ActionClass, ActionPattern};
use super::facts::Facts;
use super::fitting;
use super::naming::Names;
use super::prover::{Aim, Gain, Prover, by_rule};
use super::search::{Confirmed, Draft, Outcome};
use super::side::Rule;
use super::witness::Witnesses;
use super::{Example, Grant, Known};
use crate::catalogue::{self, Action};
use crate::policy::ast::Clause;
use crate::policy::wildcard::Pattern;

/// Real actions that are looked at for an example.
const LOOKED_AT: usize = 400;
/// Requests that are put to the evaluator for one.
const TRIED: usize = 24;

/// One grant for each statement that gains, in the order of the documents.
pub(super) fn grants(
    prover: &Prover,
    aim: Aim,
    classes: &[ActionClass],
    gains: &[Gain],
    witnesses: &Witnesses<'_>,
) -> Vec<Grant> {
    if gains.is_empty() {
        return Vec::new();
    }
    let spelling = spelling(prover);
    let names = Names::of(prover.actions());
    // Many statements gain in the same classes.
    let mut known: BTreeMap<usize, Vec<Action>> = BTreeMap::new();
    let mut out = Vec::new();
    for (rule, gains) in by_rule(gains) {
        let found: Vec<Found<'_>> = gains
            .iter()
            .filter_map(|g| match &g.outcome {
                Outcome::Found(draft) => classes.get(g.class).map(|class| (g.class, class, draft)),
                _ => None,
            })
            .collect();
        for (number, class, _) in &found {
            known.entry(*number).or_insert_with(|| if witnesses.names { names.known(class) } else { Vec::new() });
        }
        let rule = rule.and_then(|n| prover.rules(aim).get(n));
        let Some(example) = example(&found, &known, aim, rule, &spelling, witnesses) else { continue };
        let all: BTreeSet<Action> = found.iter().filter_map(|(number, ..)| known.get(number)).flatten().copied().collect();
        let nothing_today = rule.and_then(|r| r.source.statement.resources.as_ref()).is_some_and(|clause| {
            !all.is_empty() && !clause.negated && !fitting::any_fits(all.iter(), &clause.values, &Facts::default())
        });
        let known = Known { nothing_today, ..witnesses.told(all) };
        let concerned: Vec<&ActionClass> = found.iter().map(|(_, class, _)| *class).collect();
        out.push(match rule {
            Some(rule) => Grant {
                actions: actions(rule, &concerned, &spelling),
                resources: rule.source.statement.resources.as_ref().map(as_written).unwrap_or_default(),
                conditions: rule.source.conditions.clone(),
                example,
                document: rule.source.document.clone(),
                statement: rule.source.statement.index,
                known,
            },
            None => Grant {
                actions: vec!["*".to_owned()],
                resources: vec!["*".to_owned()],
                conditions: json!({}),
                example,
                document: String::new(),
                statement: 0,
                known,
            },
        });
    }
    out
}

/// A class that gains, with its number and a request for it.
type Found<'a> = (usize, &'a ActionClass, &'a Draft);

/// The request that reads best: of a real action, on a resource that such an action has.
fn example(
    found: &[Found<'_>],
    known: &BTreeMap<usize, Vec<Action>>,
    aim: Aim,
    rule: Option<&Rule>,
    spelling: &BTreeMap<String, String>,
    witnesses: &Witnesses<'_>,
) -> Option<Example> {
    let clause = rule.and_then(|r| r.source.statement.resources.as_ref()).filter(|clause| !clause.negated);
    let patterns = clause.map_or(&[][..], |clause| clause.values.as_slice());
    let source = rule.map(|r| &r.source);
    let keys: Vec<Vec<Option<&str>>> = found.iter().map(|(_, _, draft)| special_keys(draft)).collect();
    let mut real: Vec<(Action, &ActionClass, &Draft, &[Option<&str>])> = found
        .iter()
        .zip(&keys)
        .flat_map(|((number, class, draft), keys)| {
            known.get(number).into_iter().flatten().map(move |a| (*a, *class, *draft, keys.as_slice()))
        })
        .take(LOOKED_AT)
        .collect();
    // First those that carry the condition keys of the request, whose resources look like it, and that somebody spelled out.
    let spelled = |action: Action, class: &ActionClass| class.names.contains(&action.name().to_ascii_lowercase());
    real.sort_by_cached_key(|(action, class, draft, keys)| {
        (not_carried(*action, keys), !fitting::is_like(*action, &draft.resource), !spelled(*action, class))
    });
    let yes = |action: Action, draft: &Draft| witnesses.confirms(aim, &action.full_name(), draft, source) == Confirmed::Yes;
    let mut tries = TRIED;
    let mut plain = None;
    for (action, _, draft, _) in &real {
        for resource in fitting::likely(*action, patterns, &draft.resource, &witnesses.home(draft)) {
            tries = tries.saturating_sub(1);
            let better = Draft { resource, ..(*draft).clone() };
            if yes(*action, &better) {
                return Some(witnesses.shown(&action.full_name(), &better));
            }
        }
        if plain.is_none() && yes(*action, draft) {
            plain = Some((*action, *draft));
        }
        if tries == 0 {
            break;
        }
    }
    if let Some((action, draft)) = plain {
        return Some(witnesses.shown(&action.full_name(), draft));
    }
    // No real action is known. One that somebody spelled out reads best.
    let (_, class, draft) = found.iter().find(|(_, c, _)| !c.names.is_empty()).or(found.first())?;
    let action = class.example();
    Some(witnesses.shown(spelling.get(&action).unwrap_or(&action), draft))
}

/// The request's condition keys that only some actions carry, by their names in the catalogue; none where it has no such key.
fn special_keys(draft: &Draft) -> Vec<Option<&'static str>> {
    let special = draft.context.keys().filter(|key| {
        !key.starts_with("aws:") || ["aws:requesttag/", "aws:resourcetag/", "aws:tagkeys"].iter().any(|k| key.starts_with(k))
    });
    special.map(|key| catalogue::condition_key(key).map(|k| k.name)).collect()
}

/// How many of these keys the action is not known to carry.
fn not_carried(action: Action, keys: &[Option<&str>]) -> usize {
    let carried = |name: &str| {
        let of_types =
            action.resource_types().flat_map(|t| t.condition_keys().chain(t.resource.condition_keys()).collect::<Vec<_>>());
        action.condition_keys().chain(of_types).any(|k| k.eq_ignore_ascii_case(name))
    };
    keys.iter().filter(|key| !key.is_some_and(carried)).count()
}

/// Every action that a statement of either side spells out, by its lower case.
fn spelling(prover: &Prover) -> BTreeMap<String, String> {
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
    let wild = Wild::of(&wild);
    let open: BTreeSet<&String> =
        classes.iter().filter_map(|c| c.unnamed.as_ref().and_then(|name| wild.covering(&c.service, name))).collect();
    let mut out: BTreeSet<String> = open.iter().map(|text| (*text).clone()).collect();
    for class in classes {
        for name in &class.names {
            if let Some(text) = plain.get(&(class.service.as_str(), name.as_str())) {
                out.insert((*text).clone());
            } else if !wild.covering(&class.service, name).is_some_and(|text| open.contains(text)) {
                let full = format!("{}:{name}", class.service);
                out.insert(spelling.get(&full).cloned().unwrap_or(full));
            }
        }
    }
    out.into_iter().collect()
}

/// Patterns with wildcards as written, by service.
struct Wild<'a> {
    by_service: BTreeMap<&'a str, Vec<(Pattern, &'a String)>>,
    any_service: Vec<(Pattern, Pattern, &'a String)>,
}

impl<'a> Wild<'a> {
    fn of(patterns: &'a [(&'a String, ActionPattern)]) -> Self {
        let mut wild = Self { by_service: BTreeMap::new(), any_service: Vec::new() };
        for (text, pattern) in patterns {
            let name = Pattern::glob(&pattern.name);
            if pattern.service.contains(['*', '?']) {
                wild.any_service.push((Pattern::glob(&pattern.service), name, text));
            } else {
                wild.by_service.entry(&pattern.service).or_default().push((name, text));
            }
        }
        wild
    }

    /// The first pattern that an action (in lower case) falls under.
    fn covering(&self, service: &str, name: &str) -> Option<&'a String> {
        let own = self.by_service.get(service).into_iter().flatten().find(|(n, _)| n.matches(name)).map(|(_, text)| *text);
        own.or_else(|| self.any_service.iter().find(|(s, n, _)| s.matches(service) && n.matches(name)).map(|(.., text)| *text))
    }
}
