//! Roles that nothing tests.

use std::collections::BTreeSet;

use crate::diag::Severity;
use crate::lint::collect::SpecsSubject;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::names::{Address, EntityKind};

rule! {
    /// A role without tests
    ///
    /// No spec test has the role as `principal` or under `assume`.
    ///
    /// **Why it matters.** A change that takes away what the role needs, or gives what it must not have,
    /// is noticed late.
    ///
    /// **What to do.** Write down under `tests:` what the role must be able to do, and what it must not.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    /// tests:
    ///   - name: CodeBuild assumes it
    ///     assume: role/deploy
    ///     expect: {allowed: [{service: codebuild.amazonaws.com}]}
    /// ```
    ROLE_WITHOUT_TESTS = "role-without-tests", Note, Specs(check);
}

fn check(subject: &SpecsSubject<'_>, out: &mut Findings) {
    let tests = &subject.resolved.tests;
    let named = tests.iter().flat_map(|t| [&t.value.principal, &t.value.assume]).flatten();
    let tested: BTreeSet<Address> = named.filter_map(|text| text.value.parse().ok()).collect();
    for (name, want) in &subject.resolved.desired.roles {
        let address = Address::new(EntityKind::Role, name);
        if !tested.contains(&address) {
            let message = format!("no test is about `{address}`");
            let help = "add one under `tests:`, with what the role must be able to do and what it must not";
            out.push(Severity::Note, Some(address), Some(want.place.clone()), message, help.to_owned());
        }
    }
}
