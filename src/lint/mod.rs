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
pub use collect::{AwsDocuments, SpecsSubject, Subjects, of_bare, of_specs};
pub use findings::{Findings, LintFinding};
pub use rule::{Check, Rule};
pub use subject::{Attachment, DocumentSubject, PolicyType, PrincipalSubject, Statement, Surroundings, Test, Written};

use std::collections::BTreeSet;

use crate::names::Address;
use crate::spec::{Loaded, Resolved};

/// The codes of findings that tell a way to more access than was given: of one principal by itself, and from one to the next. A
/// review shows those that a change opens or closes apart from all others.
pub const ESCALATION_CODES: &[&str] = &[
    rules::ADMINISTRATOR_ACCESS.code,
    rules::ESCALATION_CHAIN.code,
    rules::PRIVILEGE_ESCALATION.code,
    rules::RESOURCE_POLICY_ESCALATION.code,
];

/// The findings of specs, waivers put to use; sorted by place and code.
pub fn lint_specs(loaded: &Loaded, resolved: &Resolved, around: &Surroundings) -> Vec<LintFinding> {
    let aws = AwsDocuments::of(resolved);
    lint_subjects(loaded, resolved, around, &of_specs(loaded, resolved, &aws, around), None)
}

/// The same about some of the entities: what a plan changes. Nothing is read or judged for none.
pub fn lint_some(loaded: &Loaded, resolved: &Resolved, around: &Surroundings, only: &BTreeSet<Address>) -> Vec<LintFinding> {
    if only.is_empty() {
        return Vec::new();
    }
    let aws = AwsDocuments::of(resolved);
    let mut findings = lint_subjects(loaded, resolved, around, &of_specs(loaded, resolved, &aws, around), Some(only));
    findings.retain(|f| f.address.as_ref().is_some_and(|a| only.contains(a)));
    findings
}

fn lint_subjects(
    loaded: &Loaded,
    resolved: &Resolved,
    around: &Surroundings,
    subjects: &Subjects<'_>,
    only: Option<&BTreeSet<Address>>,
) -> Vec<LintFinding> {
    let mut findings = run(subjects, only);
    findings.iter_mut().for_each(|f| name_parameter(loaded, f));
    waive::apply(&mut findings, &resolved.waivers, around);
    for finding in &mut findings {
        if let Some(place) = &finding.diagnostic.at {
            finding.diagnostic.source_line = loaded.texts.source_line(place);
        }
    }
    tidy(&mut findings);
    findings
}

/// The findings of one bare document; its grammar is not checked here.
pub fn lint_bare(bare: &BareDocument, policy_type: PolicyType, around: &Surroundings) -> Vec<LintFinding> {
    let mut findings = run(&of_bare(bare, policy_type, around), None);
    for finding in &mut findings {
        if let Some(place) = &finding.diagnostic.at {
            finding.diagnostic.source_line = bare.texts.source_line(place);
        }
    }
    tidy(&mut findings);
    findings
}

/// A wildcard that a template's parameter left open: the parameter narrows it.
fn name_parameter(loaded: &Loaded, finding: &mut LintFinding) {
    let diagnostic = &mut finding.diagnostic;
    let about = |service: &str| diagnostic.message.contains(&format!("`{service}:"));
    let of_scope = ["wildcard-resource", "data-exfiltration", "infrastructure-modification"].contains(&diagnostic.code);
    let (s3, kms) = (about("s3"), about("kms"));
    let Some(place) = diagnostic.at.as_ref().filter(|_| of_scope && (s3 || kms)) else { return };
    let open = loaded.open_parameters(place).into_iter().filter(|(_, _, buckets)| if *buckets { s3 } else { kms });
    let named: Vec<String> = open.map(|(template, name, _)| format!("`{name}` (template `{template}`)")).collect();
    if !named.is_empty() {
        diagnostic.help = Some(format!("give {} under `with:`; left out it means everything", named.join(" and ")));
    }
}

/// Runs every rule, those of one document or one principal on the entities of `only`. Rules across principals see them all.
fn run(subjects: &Subjects<'_>, only: Option<&BTreeSet<Address>>) -> Vec<LintFinding> {
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
            Check::Waivers => {}
        }
        all.extend(findings.into_list());
    }
    all
}

fn tidy(findings: &mut Vec<LintFinding>) {
    let key = |f: &LintFinding| (f.diagnostic.at.clone(), f.diagnostic.code, f.diagnostic.message.clone(), f.address.clone());
    findings.sort_by_cached_key(key);
    findings.dedup();
}
