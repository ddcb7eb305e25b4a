//! What rules report.

use std::collections::BTreeSet;

use super::rule::Rule;
use super::subject::{DocumentSubject, PrincipalSubject};
use crate::catalogue::Action;
use crate::diag::{Finding, Place, Severity, Source};
use crate::names::Address;
use crate::policy::PathStep;
use crate::spec::Loaded;

/// Collects what one rule after the other reports.
#[derive(Debug)]
pub struct Findings {
    rule: &'static Rule,
    list: Vec<Finding>,
    /// By number in the list: the services to whose resources a statement is open.
    open: Vec<(usize, BTreeSet<&'static str>)>,
    /// By number in the list: those that are about the scope itself.
    scopes: BTreeSet<usize>,
}

impl Findings {
    pub(super) fn new(rule: &'static Rule) -> Self {
        Self { rule, list: Vec::new(), open: Vec::new(), scopes: BTreeSet::new() }
    }

    /// Reports something at a path of a document.
    pub fn report(
        &mut self,
        subject: &DocumentSubject<'_>,
        path: &[PathStep],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report_as(self.rule.severity, subject, path, message, help);
    }

    /// The same with another severity than the rule's own.
    pub fn report_as(
        &mut self,
        severity: Severity,
        subject: &DocumentSubject<'_>,
        path: &[PathStep],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(severity, subject.address.clone(), subject.place(path), message.into(), help.into());
        if let Some(last) = self.list.last_mut() {
            last.written = subject.in_template(path);
        }
    }

    /// Reports something about a principal, at a place.
    pub fn principal(
        &mut self,
        severity: Severity,
        subject: &PrincipalSubject<'_>,
        place: Option<Place>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(severity, subject.address.clone(), place.or_else(|| subject.place.clone()), message.into(), help.into());
    }

    /// Reports something about an entity, at a place.
    pub fn push(&mut self, severity: Severity, address: Option<Address>, place: Option<Place>, message: String, help: String) {
        let finding = Finding::new(Source::Lint, severity, self.rule.code, message).help(help).at_opt(place);
        self.list.push(Finding { address, ..finding });
    }

    /// Adds a second place to what was reported last.
    pub fn related(&mut self, what: &str, place: Option<Place>) {
        if let (Some(last), Some(place)) = (self.list.last_mut(), place) {
            last.related.push((what.to_owned(), place));
        }
    }

    /// Adds to what was reported last what it claims, and all ways to that, of which its message names the first.
    pub fn claim(&mut self, claim: String, ways: Vec<String>) {
        if let Some(last) = self.list.last_mut() {
            last.claim = Some(claim);
            last.ways = ways;
        }
    }

    /// Says that what was reported last is about somebody outside.
    pub fn of_outsider(&mut self) {
        if let Some(last) = self.list.last_mut() {
            last.outsider = true;
        }
    }

    /// Says that what was reported last stands because these actions are allowed on too many resources: where a template's parameter was
    /// left open, the parameter narrows it.
    pub fn open_to(&mut self, actions: &[Action]) {
        if let Some(last) = self.list.len().checked_sub(1) {
            self.open.push((last, actions.iter().map(|action| action.service().prefix()).collect()));
        }
    }

    /// The same of the scope itself: where a parameter was left open nobody wrote the star, and so it is a warning at least.
    pub fn open_scope(&mut self, actions: &[Action]) {
        self.scopes.extend(self.list.len().checked_sub(1));
        self.open_to(actions);
    }

    /// What was reported. `loaded`: the specs that it is about, whose templates have parameters.
    pub(super) fn into_list(mut self, loaded: Option<&Loaded>) -> Vec<Finding> {
        for (at, services) in self.open {
            let Some((finding, loaded)) = self.list.get_mut(at).zip(loaded) else { continue };
            let Some(place) = &finding.at else { continue };
            let open = loaded.open_parameters(place).into_iter().filter(|(_, _, service)| services.contains(service));
            let named: Vec<String> = open.map(|(template, name, _)| format!("`{name}` (template `{template}`)")).collect();
            if !named.is_empty() {
                if self.scopes.contains(&at) {
                    finding.severity = finding.severity.max(Severity::Warning);
                }
                finding.help = Some(format!("give {} under `with:`; if omitted, it means everything", named.join(" and ")));
            }
        }
        self.list
    }
}
