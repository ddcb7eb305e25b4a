//! What rules report.

use super::rule::Rule;
use super::subject::{DocumentSubject, PrincipalSubject};
use crate::diag::{Diagnostic, Place, Severity};
use crate::names::Address;
use crate::spec::PathStep;

/// A finding with the entity that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// The entity; none for bare documents and for the specs as a whole.
    pub address: Option<Address>,
    /// The rest.
    pub diagnostic: Diagnostic,
}

/// Collects what one rule after the other reports.
#[derive(Debug)]
pub struct Findings {
    rule: &'static Rule,
    list: Vec<LintFinding>,
}

impl Findings {
    pub(super) fn new(rule: &'static Rule) -> Self {
        Self { rule, list: Vec::new() }
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
        let mut diagnostic = Diagnostic::warning(self.rule.code, message).help(help).at_opt(place);
        diagnostic.severity = severity;
        self.list.push(LintFinding { address, diagnostic });
    }

    /// Adds a second place to what was reported last.
    pub fn related(&mut self, what: &str, place: Option<Place>) {
        if let (Some(last), Some(place)) = (self.list.last_mut(), place) {
            last.diagnostic.related.push((what.to_owned(), place));
        }
    }

    /// Adds all ways to what was reported last, of which its message names the first.
    pub fn ways(&mut self, ways: Vec<String>) {
        if let Some(last) = self.list.last_mut() {
            last.diagnostic.ways = ways;
        }
    }

    pub(super) fn into_list(self) -> Vec<LintFinding> {
        self.list
    }
}
