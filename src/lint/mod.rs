//! The rules: what is dangerous, mistaken or pointless in specs and policy documents, though IAM would take it.
//!
//! Pure: the day and the account arrive as arguments. [`rules::ALL`] is the table; the doc comment of a rule is its page.

pub mod arn;
mod authority;
mod bare;
mod collect;
mod findings;
pub mod pattern;
mod proof;
pub mod rule;
pub mod rules;
mod subject;
mod waive;

pub use bare::BareDocument;
pub use collect::{SpecsSubject, Subjects, account_of, of_bare, of_specs};
pub use findings::Findings;
pub use rule::{Check, Rule};
pub use subject::{Attachment, DocumentSubject, PolicyType, PrincipalSubject, Surroundings, Written};

use std::collections::BTreeSet;

use crate::diag::{Finding, tidy};
use crate::escalation;
use crate::holdings::AccountState;
use crate::names::Address;
use crate::spec::{Loaded, Resolved};

/// The codes of findings that tell a way to more access than was given: of one principal by itself, and from one to the next. A
/// review shows those that a change opens or closes apart from all others.
pub const ESCALATION_CODES: &[&str] = &[
    rules::ADMINISTRATOR_ACCESS.code,
    rules::CROSS_ACCOUNT_ESCALATION.code,
    rules::ESCALATION_CHAIN.code,
    rules::PRIVILEGE_ESCALATION.code,
    rules::RESOURCE_POLICY_ESCALATION.code,
];

/// The findings of specs, waivers put to use; sorted by place and code.
pub fn lint_specs(loaded: &Loaded, resolved: &Resolved, around: &Surroundings) -> Vec<Finding> {
    lint_specs_among(loaded, resolved, around, Vec::new())
}

/// The same for reviews: the findings, and those that waivers took away.
pub fn lint_specs_and_waived(loaded: &Loaded, resolved: &Resolved, around: &Surroundings) -> (Vec<Finding>, Vec<Finding>) {
    let state = account_of(resolved, around);
    lint_subjects(loaded, resolved, around, &of_specs(loaded, resolved, &state, around), None, Vec::new())
}

/// The same with what was found of the account among others ([`across`]).
pub fn lint_specs_among(loaded: &Loaded, resolved: &Resolved, around: &Surroundings, among: Vec<Finding>) -> Vec<Finding> {
    let state = account_of(resolved, around);
    lint_subjects(loaded, resolved, around, &of_specs(loaded, resolved, &state, around), None, among).0
}

/// One account of a project, for the rules about several.
#[derive(Clone, Copy, Debug)]
pub struct AmongAccounts<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its specs say.
    pub resolved: &'a Resolved,
    /// What is known of it.
    pub around: &'a Surroundings,
}

/// What accounts say together: the findings of each. Accounts whose id is not known say nothing of each other.
pub fn across(accounts: &[AmongAccounts<'_>]) -> Vec<Vec<Finding>> {
    let states: Vec<AccountState<'_>> = accounts.iter().map(|one| account_of(one.resolved, one.around)).collect();
    let names: Vec<&str> = accounts.iter().map(|one| one.name).collect();
    let today = accounts.first().map(|one| one.around.today.as_str()).unwrap_or_default();
    let crossings = escalation::crossings(&states, today);
    let mut found = vec![Vec::new(); accounts.len()];
    for way in rules::ways_over_accounts(&crossings, &names) {
        let place = |at: usize, address: &Address| accounts.get(at)?.resolved.desired.place_of(address).cloned();
        let mut findings = Findings::new(&rules::CROSS_ACCOUNT_ESCALATION);
        let at = place(way.from, &way.source);
        findings.push(rules::CROSS_ACCOUNT_ESCALATION.severity, Some(way.source.clone()), at, way.message, way.help);
        findings.claim(way.claim, Vec::new());
        findings.related("it enters this role", place(way.entered.0, &way.entered.1));
        if let Some(of_account) = found.get_mut(way.from) {
            of_account.extend(findings.into_list(None));
        }
    }
    found
}

/// The same about some of the entities: what a plan changes. Nothing is read or judged for none.
pub fn lint_some(loaded: &Loaded, resolved: &Resolved, around: &Surroundings, only: &BTreeSet<Address>) -> Vec<Finding> {
    if only.is_empty() {
        return Vec::new();
    }
    let state = account_of(resolved, around);
    let subjects = of_specs(loaded, resolved, &state, around);
    let (mut findings, _) = lint_subjects(loaded, resolved, around, &subjects, Some(only), Vec::new());
    findings.retain(|f| f.address.as_ref().is_some_and(|a| only.contains(a)));
    findings
}

fn lint_subjects(
    loaded: &Loaded,
    resolved: &Resolved,
    around: &Surroundings,
    subjects: &Subjects<'_>,
    only: Option<&BTreeSet<Address>>,
    among: Vec<Finding>,
) -> (Vec<Finding>, Vec<Finding>) {
    let mut findings = run(subjects, only, Some(loaded));
    findings.extend(among);
    let waived = waive::apply(&mut findings, &resolved.waivers, around);
    for finding in &mut findings {
        if let Some(place) = &finding.at {
            finding.source_line = loaded.texts.source_line(place);
        }
        // An entity that a template makes stands at the use; the template writes its name.
        if let (None, Some(address)) = (&finding.written, &finding.address)
            && finding.at.as_ref() == resolved.desired.place_of(address)
        {
            finding.written = resolved.made.get(address).cloned();
        }
    }
    tidy(&mut findings);
    (findings, waived)
}

/// The findings of one bare document; its grammar is not checked here.
pub fn lint_bare(bare: &BareDocument, policy_type: PolicyType, around: &Surroundings) -> Vec<Finding> {
    let mut findings = run(&of_bare(bare, policy_type, around), None, None);
    for finding in &mut findings {
        if let Some(place) = &finding.at {
            finding.source_line = bare.texts.source_line(place);
        }
    }
    tidy(&mut findings);
    findings
}

/// Runs every rule, those of one document or one principal on the entities of `only`. Rules across principals see them all.
fn run(subjects: &Subjects<'_>, only: Option<&BTreeSet<Address>>, loaded: Option<&Loaded>) -> Vec<Finding> {
    let inside = |address: &Option<Address>| only.is_none_or(|only| address.as_ref().is_some_and(|a| only.contains(a)));
    let mut all = Vec::new();
    for rule in rules::ALL {
        let mut findings = Findings::new(rule);
        match rule.check {
            Check::Document(check) => {
                subjects.documents.iter().filter(|s| inside(&s.address)).for_each(|s| check(s, &mut findings))
            }
            Check::Principal(check) => {
                subjects.principals.iter().filter(|s| inside(&s.address)).for_each(|s| check(s, &mut findings))
            }
            Check::Principals(check) => check(&subjects.principals, &subjects.documents, &mut findings),
            Check::Specs(check) => subjects.specs.iter().for_each(|s| check(s, &mut findings)),
            Check::Accounts | Check::Waivers => {}
        }
        all.extend(findings.into_list(loaded));
    }
    all
}
