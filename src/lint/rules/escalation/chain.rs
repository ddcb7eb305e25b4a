//! Principals, and outsiders, that become stronger ones.

use std::collections::BTreeMap;

use super::words::{Hangs, member, path_in_words};
use crate::diag::Severity;
use crate::escalation::{Escalation, How, Source, Step};
use crate::lint::collect::SpecsSubject;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;

rule! {
    /// A principal, or somebody outside, can become one that escalates
    ///
    /// Step by step the principal reaches a role or user of these specs that is an administrator or can
    /// give itself any permission. A step counts when the principal may
    ///
    /// - assume the role: its policies and the role's trust together allow it;
    /// - pass the role to a service that the role's trust names, and start something there;
    /// - write the role's trust, or make keys or a password for the user;
    /// - enter the role and write what the role may do.
    ///
    /// Foreign accounts, identity providers and services that lend roles to machines outside of AWS count as well,
    /// where the trust of such a role lets them in.
    ///
    /// Every step is a question to the evaluator, with groups, denies and permissions boundaries. A condition ends a step only if the
    /// principal can never meet it: its own ARN, account and type, an external id, a session name or a tag that it
    /// may write stop nobody. The finding names conditions that the principal does not choose, such as
    /// `aws:MultiFactorAuthPresent`.
    ///
    /// **Why it matters.** The principal is worth as much as the last one of the chain.
    ///
    /// **What to do.** Narrow the trust of the strong role, or take away the action that the finding names.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   admin:
    ///     trust: [{aws: role/ci}]
    ///     managed_policies: [aws/AdministratorAccess]
    ///   ci: {trust: [{service: codebuild.amazonaws.com}]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   admin:
    ///     trust: [{aws: role/break-glass}]
    ///     managed_policies: [aws/AdministratorAccess]
    ///   ci: {trust: [{service: codebuild.amazonaws.com}]}
    /// ```
    ESCALATION_CHAIN = "escalation-chain", Warning, Specs(check);
}

fn check(specs: &SpecsSubject<'_>, out: &mut Findings) {
    let others = specs.escalations.iter().filter(|e| match &e.source {
        Source::Principal(address) => *address != e.target || e.steps.iter().any(|step| matches!(step.how, How::Member(_))),
        Source::Outsider(_) => true,
    });
    let mut by_source: BTreeMap<&Source, Vec<&Escalation>> = BTreeMap::new();
    for escalation in others {
        by_source.entry(&escalation.source).or_default().push(escalation);
    }
    for (source, ways) in by_source {
        let rank = |e: &&&Escalation| (e.steps.len(), e.steps.iter().filter(|s| !s.open.is_empty()).count());
        let Some(nearest) = ways.iter().min_by_key(rank) else { continue };
        report(specs, source, nearest, &ways, out);
    }
}

fn report(specs: &SpecsSubject<'_>, source: &Source, nearest: &Escalation, ways: &[&Escalation], out: &mut Findings) {
    let (label, address) = match source {
        Source::Principal(address) => (format!("`{address}`"), Some(address.clone())),
        // The role that lets them in is what its owner can change.
        Source::Outsider(outsider) => (outsider.to_string(), nearest.steps.first().map(|step| step.to.clone())),
    };
    // Who somebody outside is was said already.
    let of = |way: &Escalation| match source {
        Source::Principal(_) => chain(&label, way),
        Source::Outsider(_) => format!("by {}", chain("", way)),
    };
    let path = of(nearest);
    if let [Step { how: How::Member(group), .. }] = nearest.steps.as_slice() {
        // No spec declares the user; the group that lists it is what its owner can change.
        let place = specs.resolved.desired.place_of(group).cloned();
        let message = format!("{label}, which no spec declares, becomes {} as a member of `{group}`", nearest.power.noun());
        out.push(Severity::Warning, Some(group.clone()), place, message, "take the user off the list".to_owned());
        return;
    }
    let what = match source {
        Source::Principal(_) => "a principal that escalates",
        Source::Outsider(_) => nearest.power.noun(),
    };
    let hangs = Hangs::of(nearest.steps.iter());
    let claim = format!("{label} {} become {what}", hangs.verb());
    let message = format!("{claim}: {path}{}", hangs.in_words());
    let help = match source {
        Source::Principal(_) => format!("narrow the trust of the last one, or take away {}", hangs.actions()),
        Source::Outsider(_) => "narrow the trust, or what the role may do".to_owned(),
    };
    let desired = &specs.resolved.desired;
    let place = address.as_ref().and_then(|address| desired.place_of(address)).cloned();
    out.push(Severity::Warning, address.clone(), place, message, help);
    out.claim(claim, ways.iter().map(|way| of(way)).collect());
    if matches!(source, Source::Outsider(_)) {
        out.of_outsider();
    }
    let first = nearest.steps.first().map(|step| &step.to).filter(|to| Some(*to) != address.as_ref());
    out.related("it can become this one first", first.and_then(|to| desired.place_of(to)).cloned());
}

/// `` `role/a` → `role/b` (passed to `lambda`) → `role/c` ``.
fn chain(label: &str, escalation: &Escalation) -> String {
    let first = (!label.is_empty()).then(|| label.to_owned());
    path_in_words(first.into_iter().chain(escalation.steps.iter().map(|step| member(step, ""))).collect())
}
