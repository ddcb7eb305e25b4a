//! Templates that nobody uses are checked with sample values.

use std::collections::BTreeSet;

use super::collect::{Collected, built_in};
use super::env::Env;
use super::{ResolveContext, entities, members, providers, spec_tests};
use crate::diag::{Place, Severity};
use crate::spec::expand::{self, Problems};
use crate::spec::load::Loaded;
use crate::spec::vars::Ledger;

/// Adds the faults of templates that no entry uses; what follows from sample values is not one.
pub(super) fn check(loaded: &Loaded, context: &ResolveContext<'_>, collected: &Collected, problems: &mut Problems) {
    let ledger = Ledger::default();
    let mut scope = collected.scope(context);
    scope.ledger = Some(&ledger);
    for sample in expand::unused(loaded, scope, &collected.used) {
        if ledger.is_spent() {
            return;
        }
        let mut found = Problems::default();
        for (at, problem) in &sample.problems {
            found.at(&loaded.texts, *at, problem.clone());
        }
        let mut alone = Collected {
            built_in: built_in(context),
            fragments: collected.fragments.clone(),
            bad_variables: sample.unknown.clone(),
            // What it refers to may be declared by those who will use it.
            incomplete: true,
            ..Collected::default()
        };
        if let Some(file) = alone.read(&sample.document, &loaded.texts, &ledger, &mut found) {
            alone.merge(file, loaded, context, &mut found);
        }
        alone.incomplete = true;
        let mut env = Env::new(loaded, context, &alone, &mut found);
        entities::policies(&mut env, &alone);
        members::users(&mut env, &alone);
        members::groups(&mut env, &alone);
        providers::linked_roles(&mut env, &alone);
        providers::oidc(&mut env, &alone);
        entities::roles(&mut env, &alone);
        spec_tests::check(&mut env, &alone);
        let places = |list: &BTreeSet<_>| list.iter().map(|at| loaded.place(*at)).collect::<BTreeSet<Place>>();
        let (unknown, names) = (places(&sample.unknown), places(&sample.unknown_names));
        let file = sample.document.at.file;
        let file = loaded.texts.get(file).map_or("", |text| text.name.as_str());
        for problem in found.into_diagnostics(&loaded.texts) {
            let Some(at) = problem.at.as_ref().filter(|at| at.file == file) else { continue };
            let of_names = ["bad-name", "duplicate-name", "duplicate-key"].contains(&problem.code.as_str());
            let by_name = names.contains(at) && (of_names || problem.code.starts_with("policy-"));
            if problem.severity == Severity::Error && !unknown.contains(at) && !by_name {
                problems.push(problem);
            }
        }
    }
}
