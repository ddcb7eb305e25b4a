//! Spec documents to [`Desired`], for one account. Every check that needs more than one value is here.

mod collect;
mod context;
mod documents;
mod entities;
mod env;
mod members;
mod providers;
mod short_forms;
mod sizes;
mod spec_tests;
#[cfg(test)]
mod tests;
mod unused;
mod waivers;

pub use context::{Defaults, DocumentKey, DocumentPart, ResolveContext, Resolved, SkippedTest, Waiver, locate};

use std::collections::{BTreeMap, BTreeSet};

use super::expand::Problems;
use super::load::Loaded;
use crate::diag::{Finding, Place, Severity, tidy};
use crate::model::Desired;

/// Gives all files their meaning for one account.
///
/// # Errors
/// Every problem of every file, sorted by place, the ones found while loading included; warnings among them.
pub fn resolve(loaded: &Loaded, context: &ResolveContext<'_>) -> Result<Resolved, Vec<Finding>> {
    let mut problems = Problems::default();
    loaded.problems.iter().for_each(|problem| problems.push(problem.clone()));
    let collected = collect::collect(loaded, context, &mut problems);
    unused::check(loaded, context, &collected, &mut problems);
    let mut env = env::Env::new(loaded, context, &collected, &mut problems);
    let mut desired = Desired {
        policies: entities::policies(&mut env, &collected),
        users: members::users(&mut env, &collected),
        groups: members::groups(&mut env, &collected),
        service_linked_roles: providers::linked_roles(&mut env, &collected),
        oidc_providers: providers::oidc(&mut env, &collected),
        saml_providers: providers::saml(&mut env, &collected),
        roles: BTreeMap::new(),
        instance_profiles: BTreeMap::new(),
        release: BTreeMap::new(),
        ceiling: None,
    };
    (desired.roles, desired.instance_profiles) = entities::roles(&mut env, &collected);
    desired.release = providers::release(&mut env, &collected, &desired);
    let (tests, skipped_tests) = spec_tests::check(&mut env, &collected);
    let waivers = waivers::list(&env, &collected);
    sizes::check(&mut env, &desired);
    let (ask_aws, documents) = (env.ask_aws, env.documents);
    let mut problems = problems.into_diagnostics(&loaded.texts);
    drop_consequences(&mut problems);
    tidy(&mut problems);
    if problems.len() > MOST_PROBLEMS {
        let more = problems.len() - MOST_PROBLEMS;
        problems.sort_by_key(|p| std::cmp::Reverse(p.severity));
        problems.truncate(MOST_PROBLEMS);
        tidy(&mut problems);
        problems.push(Finding::error("too-many-problems", format!("and at least {more} more problems")).help("mend these first"));
    }
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems);
    }
    let made = collected.made(&loaded.texts);
    let ends = collected.ends;
    Ok(Resolved {
        desired,
        tests,
        skipped_tests,
        ends,
        warnings: problems,
        ask_aws,
        documents,
        waivers,
        made,
        plain: collected.plain,
    })
}

/// Most problems reported at once; more would tell nobody anything.
const MOST_PROBLEMS: usize = 1000;

/// A text whose variable is unknown is not a principal, no path and no name either; one error says enough.
fn drop_consequences(problems: &mut Vec<Finding>) {
    let is_cause = |p: &Finding| {
        matches!(p.code.as_str(), "unknown-variable" | "variable-type" | "starred-name" | "bad-fragment" | "too-large")
    };
    let causes: BTreeSet<Place> = problems.iter().filter(|p| is_cause(p)).filter_map(|p| p.at.clone()).collect();
    problems.retain(|p| is_cause(p) || p.at.as_ref().is_none_or(|at| !causes.contains(at)));
    // What a template makes all stands at its use: a bad name there is bad in every entity and in every reference.
    let mut named: BTreeSet<Place> = BTreeSet::new();
    let bad_names: BTreeSet<Place> = problems.iter().filter(|p| p.code == "bad-name").filter_map(|p| p.at.clone()).collect();
    problems.retain(|p| match (&p.at, p.code.as_str()) {
        (Some(at), "bad-name") => named.insert(at.clone()),
        (Some(at), "bad-reference") => !bad_names.contains(at),
        _ => true,
    });
}
