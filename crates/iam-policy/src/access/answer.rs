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
use crate::ast::Clause;
use crate::catalogue::{self, Action};
use crate::pattern::Pattern;

/// Real actions that are looked at for an example.
const LOOKED_AT: usize = 400;
/// Actions that everybody knows, for examples: the first that fits stands for many.
const EVERYDAY: [&str; 16] = [
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:PassRole",
    "sts:AssumeRole",
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    "ec2:RunInstances",
    "lambda:UpdateFunctionCode",
    "lambda:InvokeFunction",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "dynamodb:PutItem",
    "dynamodb:GetItem",
    "sqs:SendMessage",
    "sns:Publish",
];
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
        // What no known resource of an action can be is nothing that the action is told for.
        let patterns = rule.and_then(|r| r.source.statement.resources.as_ref()).filter(|clause| !clause.negated);
        let fitting = patterns.and_then(|clause| fitting::fitting(&all, &clause.values, &Facts::default()));
        let nothing_today = fitting.as_ref().is_some_and(BTreeSet::is_empty) && !all.is_empty();
        let known_by_class = |number: usize| known.get(&number).map_or(&[][..], Vec::as_slice);
        let actions = rule.map(|rule| {
            let concerned: Vec<(&ActionClass, &[Action])> =
                found.iter().map(|(number, class, _)| (*class, known_by_class(*number))).collect();
            actions(rule, &concerned, &spelling, &names)
        });
        let known = Known { nothing_today, ..witnesses.told(fitting.filter(|_| !nothing_today).unwrap_or(all)) };
        out.push(match rule {
            Some(rule) => Grant {
                actions: actions.unwrap_or_default(),
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
    let source = rule.map(|r| &*r.source);
    let keys: Vec<Vec<Option<&str>>> = found.iter().map(|(_, _, draft)| special_keys(draft)).collect();
    let all = || {
        found.iter().zip(&keys).flat_map(|((number, class, draft), keys)| {
            known.get(number).into_iter().flatten().map(move |a| (*a, *class, *draft, keys.as_slice()))
        })
    };
    let well_known: Vec<Action> = EVERYDAY.iter().filter_map(|name| catalogue::action(name)).collect();
    let everyday = |action: Action| well_known.iter().position(|a| *a == action).unwrap_or(well_known.len());
    let mut real: Vec<(Action, &ActionClass, &Draft, &[Option<&str>])> =
        all().filter(|(action, ..)| well_known.contains(action)).chain(all().take(LOOKED_AT)).collect();
    // First those that carry the condition keys of the request, whose resources look like it, and that somebody spelled out or knows.
    let spelled = |action: Action, class: &ActionClass| class.names.contains(&action.name().to_ascii_lowercase());
    real.sort_by_cached_key(|(action, class, draft, keys)| {
        let unlike = !fitting::is_like(*action, &draft.resource);
        let any = patterns.iter().any(|p| p == "*");
        (not_carried(*action, keys), unlike && !any, !spelled(*action, class), everyday(*action), unlike)
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

/// An action of a class as AWS spells it, a real one where one is known.
pub(super) fn named(class: &ActionClass, prover: &Prover) -> String {
    let lower = class.example();
    let real = catalogue::action(&lower).or_else(|| Names::of(prover.actions()).known(class).into_iter().next());
    real.map(|action| action.full_name()).or_else(|| spelling(prover).get(&lower).cloned()).unwrap_or(lower)
}

/// Every action that a statement of either side spells out, by its lower case.
fn spelling(prover: &Prover) -> BTreeMap<String, String> {
    let written = prover.all_rules().flat_map(|r| r.source.statement.actions.iter().flat_map(|c| &c.values));
    written.map(|text| (text.to_ascii_lowercase(), text.clone())).collect()
}

fn as_written(clause: &Clause) -> Vec<String> {
    if clause.negated { vec![format!("* except {}", clause.values.join(", "))] } else { clause.values.clone() }
}

/// The statement's patterns that the classes (each with its known actions) fall under, where a pattern is wider than they are the names
/// that they have.
fn actions(
    rule: &Rule,
    classes: &[(&ActionClass, &[Action])],
    spelling: &BTreeMap<String, String>,
    names: &Names,
) -> Vec<String> {
    let Some(clause) = &rule.source.statement.actions else { return Vec::new() };
    if clause.negated && classes.iter().any(|(c, _)| c.unnamed.is_some()) {
        return as_written(clause);
    }
    let patterns = clause.values.iter().filter_map(|text| ActionPattern::read(text).map(|p| (text, p)));
    let (wild, plain): (Vec<_>, Vec<_>) = patterns.partition(|(_, p)| p.is_wild());
    let plain: BTreeMap<(&str, &str), &String> =
        plain.iter().map(|(text, p)| ((p.service.as_str(), p.name.as_str()), *text)).collect();
    let wild = Wild::of(&wild);
    let mut open: BTreeSet<&String> = BTreeSet::new();
    for (class, known) in classes {
        let Some(name) = &class.unnamed else { continue };
        open.extend(wild.covering(&class.service, name));
        for action in *known {
            open.extend(wild.covering(action.service().prefix(), &action.name().to_ascii_lowercase()));
        }
        // A pattern of which no action is known.
        for (_, name, text) in wild.by_service.get(class.service.as_str()).into_iter().flatten() {
            let made_up = |filler: &str| name.replace('*', filler).replace('?', "x");
            if ["", "x"].iter().any(|filler| names.is_in(class, &class.service, &made_up(filler))) {
                open.insert(text);
            }
        }
    }
    let mut out: BTreeSet<String> = open.iter().map(|text| (*text).clone()).collect();
    for (class, _) in classes {
        for name in &class.names {
            if let Some(text) = plain.get(&(class.service.as_str(), name.as_str())) {
                out.insert((*text).clone());
            } else if !wild.covering(&class.service, name).any(|text| open.contains(text)) {
                let full = format!("{}:{name}", class.service);
                out.insert(spelling.get(&full).cloned().unwrap_or(full));
            }
        }
    }
    out.into_iter().collect()
}

/// Patterns with wildcards as written, by service.
struct Wild<'a> {
    /// The name as a pattern and as a text, and the whole.
    by_service: BTreeMap<&'a str, Vec<(Pattern, &'a str, &'a String)>>,
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
                wild.by_service.entry(&pattern.service).or_default().push((name, &pattern.name, text));
            }
        }
        wild
    }

    /// The patterns that an action (in lower case) falls under.
    fn covering(&self, service: &str, name: &str) -> impl Iterator<Item = &'a String> {
        let own = self.by_service.get(service).into_iter().flatten().filter(|(n, ..)| n.matches(name)).map(|(.., text)| *text);
        let any = self.any_service.iter().filter(|(s, n, _)| s.matches(service) && n.matches(name)).map(|(.., text)| *text);
        own.chain(any)
    }
}
