//! Requests put to the evaluator: nothing is called new access that it does not refuse before and allow after (INVARIANT (witnessed)).

use std::cell::OnceCell;

use super::PrincipalPolicies;
use super::facts::Facts;
use super::prover::Aim;
use super::search::{Confirmed, Draft};
use super::side::Source;
use crate::policy::context::Context;
use crate::policy::eval::{self, Decision, Effect, Layer, Named, PolicyKind, PolicySet, Principal, Request};

/// Both sides, ready to decide.
pub(super) struct Witnesses<'a> {
    sides: [&'a PrincipalPolicies; 2],
    /// Compiled when first asked.
    compiled: [OnceCell<PolicySet>; 2],
    principal: Principal,
    known: Context,
}

impl<'a> Witnesses<'a> {
    /// Of before and after.
    pub(super) fn new(sides: [&'a PrincipalPolicies; 2], principal: Principal, facts: &Facts) -> Self {
        Self { sides, compiled: [OnceCell::new(), OnceCell::new()], principal, known: facts.known.clone() }
    }

    fn decide(&self, side: usize, request: &Request) -> Option<Decision> {
        let policies = self.compiled.get(side)?.get_or_init(|| self.sides.get(side).map(|p| set(p)).unwrap_or_default());
        Some(eval::decide(policies, request))
    }

    /// Whether the evaluator says of the request what is claimed, and by this statement.
    pub(super) fn confirms(&self, aim: Aim, action: &str, draft: &Draft, by: Option<&Source>) -> Confirmed {
        let request = self.request(action, draft);
        let (less, more) = aim.sides();
        let (Some(before), Some(after)) = (self.decide(less, &request), self.decide(more, &request)) else {
            return Confirmed::No;
        };
        let (so, matched) = match aim {
            Aim::Gained | Aim::Lost => (!before.is_allowed() && after.is_allowed(), after.matched),
            Aim::Ceiling => {
                let held = before.effect == Effect::ExplicitDeny || before.withheld_by.contains(&Layer::Boundary);
                let freed = after.effect == Effect::ImplicitDeny && !after.withheld_by.contains(&Layer::Boundary);
                (held && freed, before.matched)
            }
        };
        let by_it =
            |source: &Source| matched.iter().any(|m| *m.policy == *source.document && m.statement == source.statement.index);
        match (so, by.is_none_or(by_it)) {
            (true, true) => Confirmed::Yes,
            (true, false) => Confirmed::Elsewhere,
            (false, _) => Confirmed::No,
        }
    }

    /// The request for showing: of what is fixed only what a policy speaks of.
    pub(super) fn shown(&self, action: &str, draft: &Draft) -> Request {
        let request = self.request(action, draft);
        let documents = || self.sides.iter().flat_map(|p| p.identity.iter().chain(&p.boundary));
        let spoken_of = |key: &str| documents().any(|(_, d)| d.to_compact().to_lowercase().contains(key));
        let told = |key: &str| draft.context.contains_key(key) || spoken_of(key);
        let context = request.context.iter().filter(|(key, _)| told(key)).map(|(k, v)| (k, v.clone())).collect();
        Request { context, ..request }
    }

    /// The request, with what is fixed of the principal.
    fn request(&self, action: &str, draft: &Draft) -> Request {
        let mut context = self.known.clone();
        for (key, value) in &draft.context {
            context.insert(key, value.clone());
        }
        Request { context, ..Request::new(self.principal.clone(), action, draft.resource.clone()) }
    }
}

fn set(policies: &PrincipalPolicies) -> PolicySet {
    let named = |(id, document): &(String, crate::policy::Document)| Named::new(id, document, PolicyKind::Identity);
    PolicySet {
        identity: policies.identity.iter().map(named).collect(),
        boundary: policies.boundary.as_ref().map(|one| vec![named(one)]),
        ..PolicySet::default()
    }
}
