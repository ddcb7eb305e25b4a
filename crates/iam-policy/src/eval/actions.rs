//! `Action` and `NotAction`, sorted by service.

use std::collections::BTreeMap;

use super::super::ast::Clause;
use super::super::pattern::Pattern;

/// An action element made ready. Everything in it is in lower case: actions ignore case in both halves (iam-facts 6.4).
#[derive(Clone, Debug, Default)]
pub(super) struct Actions {
    negated: bool,
    everything: bool,
    by_service: BTreeMap<String, Vec<Pattern>>,
    /// With a wildcard for the service: refused in specs, tolerated on read (iam-facts 5.2).
    any_service: Vec<(Pattern, Pattern)>,
}

impl Actions {
    pub(super) fn new(clause: &Clause) -> Self {
        let mut actions = Self { negated: clause.negated, ..Self::default() };
        for text in &clause.values {
            let text = text.to_ascii_lowercase();
            match text.split_once(':') {
                None => actions.everything |= text == "*",
                Some((service, name)) if service.contains(['*', '?']) => {
                    actions.any_service.push((Pattern::glob(service), Pattern::glob(name)));
                }
                Some((service, name)) => {
                    actions.by_service.entry(service.to_owned()).or_default().push(Pattern::glob(name));
                }
            }
        }
        actions
    }

    /// Whether the statement is about an action. `NotAction` is about the actions of every other service too.
    pub(super) fn covers(&self, service: &str, name: &str) -> bool {
        let named = self.everything
            || self.by_service.get(service).is_some_and(|names| names.iter().any(|pattern| pattern.matches(name)))
            || self.any_service.iter().any(|(s, n)| s.matches(service) && n.matches(name));
        named != self.negated
    }

    /// The services it is about, or `None` where that may be any.
    pub(super) fn services(&self) -> Option<impl Iterator<Item = &str>> {
        let open = self.negated || self.everything || !self.any_service.is_empty();
        (!open).then(|| self.by_service.keys().map(String::as_str))
    }
}
