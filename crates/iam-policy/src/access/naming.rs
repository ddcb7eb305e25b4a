//! Classes of actions by the names of the catalogue: which real actions they hold, and what those amount to.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use super::actions::{ActionClass, Actions};
use crate::catalogue::{self, AccessLevel, Action, Service, Summary};
use crate::pattern::Pattern;

/// Lines of a summary that are shown one by one; more are counted.
const LINES: usize = 3;
/// Names of grave actions that are shown.
const NAMED: usize = 5;

/// Tells which class a real action is in.
pub(super) struct Names {
    matchers: Vec<Matcher>,
    /// Services that a pattern spells out, and patterns of services.
    plain: BTreeSet<String>,
    wild: Vec<Pattern>,
}

/// The patterns of an element, by service.
struct Matcher {
    negated: bool,
    by_service: BTreeMap<String, Vec<Pattern>>,
    any_service: Vec<(Pattern, Pattern)>,
}

impl Matcher {
    fn of(actions: &Actions) -> Self {
        let mut matcher = Self { negated: actions.negated, by_service: BTreeMap::new(), any_service: Vec::new() };
        for pattern in &actions.patterns {
            let name = Pattern::glob(&pattern.name);
            if is_wild(&pattern.service) {
                matcher.any_service.push((Pattern::glob(&pattern.service), name));
            } else {
                matcher.by_service.entry(pattern.service.clone()).or_default().push(name);
            }
        }
        matcher
    }

    fn covers(&self, service: &str, name: &str) -> bool {
        let named = self.by_service.get(service).is_some_and(|names| names.iter().any(|p| p.matches(name)))
            || self.any_service.iter().any(|(s, n)| s.matches(service) && n.matches(name));
        named != self.negated
    }
}

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl Names {
    /// For the elements that classes were made of, in their order.
    pub(super) fn of(all: &[Actions]) -> Self {
        let services = || all.iter().flat_map(|a| &a.patterns).map(|p| p.service.as_str());
        let wild: BTreeSet<&str> = services().filter(|s| is_wild(s)).collect();
        Self {
            matchers: all.iter().map(Matcher::of).collect(),
            plain: services().filter(|s| !is_wild(s)).map(str::to_owned).collect(),
            wild: wild.into_iter().map(Pattern::glob).collect(),
        }
    }

    /// The known actions of a class.
    pub(super) fn known(&self, class: &ActionClass) -> Vec<Action> {
        let is_in = |action: &Action| {
            let name = action.name().to_ascii_lowercase();
            class.names.contains(&name) || (class.unnamed.is_some() && self.is_in(class, action.service().prefix(), &name))
        };
        self.services(class).into_iter().flat_map(Service::actions).filter(is_in).collect()
    }

    /// Whether an action, in lower case, is in a class.
    pub(super) fn is_in(&self, class: &ActionClass, service: &str, name: &str) -> bool {
        self.matchers.iter().zip(&class.matched).all(|(matcher, matched)| matcher.covers(service, name) == *matched)
    }

    /// The services of a class: its own, or for one that no pattern spells out all that the patterns treat like it.
    fn services(&self, class: &ActionClass) -> Vec<Service> {
        if self.plain.contains(&class.service) {
            return catalogue::service(&class.service).into_iter().collect();
        }
        let alike = |prefix: &str| self.wild.iter().all(|p| p.matches(prefix) == p.matches(&class.service));
        catalogue::services().filter(|s| !self.plain.contains(s.prefix()) && alike(s.prefix())).collect()
    }
}

/// What known actions amount to.
pub(super) fn told(actions: &BTreeSet<Action>) -> Known {
    let full = |found: &mut dyn Iterator<Item = &Action>| -> Vec<String> { found.map(|a| a.full_name()).collect() };
    let of_level = |level| actions.iter().filter(move |a| a.level() == level);
    let levels =
        [AccessLevel::PermissionsManagement, AccessLevel::Write, AccessLevel::Tagging, AccessLevel::Read, AccessLevel::List];
    Known {
        summary: (!actions.is_empty()).then(|| in_words(&catalogue::summarize_actions(actions.iter().copied()), actions)),
        levels: levels.into_iter().filter(|level| of_level(*level).next().is_some()).collect(),
        permissions: shortened(full(&mut of_level(AccessLevel::PermissionsManagement))),
        credentials: shortened(full(&mut actions.iter().filter(|a| a.gives_credentials()))),
        nothing_today: false,
    }
}

/// Services whose names are told first: those that say who may do what.
const FIRST: [&str; 6] = ["iam", "sts", "organizations", "sso", "kms", "s3"];

fn shortened(mut names: Vec<String>) -> Vec<String> {
    if names.len() > NAMED {
        let service = |name: &String| name.split_once(':').map(|(service, _)| service.to_owned()).unwrap_or_default();
        names.sort_by_cached_key(|name| FIRST.iter().position(|s| *s == service(name)).unwrap_or(FIRST.len()));
        let more = names.len() - NAMED;
        names.truncate(NAMED);
        names.push(format!("{more} more"));
    }
    names
}

/// `3 write actions of s3 (…)`; of many services only how many of each level.
fn in_words(summary: &Summary, actions: &BTreeSet<Action>) -> String {
    if summary.everything || summary.lines.len() <= LINES {
        return summary.to_string();
    }
    let services: BTreeSet<&str> = summary.lines.iter().map(|line| line.service).collect();
    let mut counts: BTreeMap<AccessLevel, usize> = BTreeMap::new();
    for action in actions {
        *counts.entry(action.level()).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().rev().map(|(level, count)| format!("{count} {level}")).collect();
    let of = match services.len() {
        1 => services.first().copied().unwrap_or_default().to_owned(),
        n => format!("{n} services"),
    };
    format!("{} actions of {of}: {}", actions.len(), counts.join(", "))
}
