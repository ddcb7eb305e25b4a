//! Requests put to the evaluator: nothing is called new access that it does not refuse before and allow after (INVARIANT (witnessed)).

use super::PrincipalPolicies;
use super::facts::Facts;
use super::prover::Aim;
use super::search::Draft;
use crate::policy::context::Context;
use crate::policy::eval::{self, Effect, Layer, Named, PolicyKind, PolicySet, Principal, Request};

/// Both sides, ready to decide.
pub(super) struct Witnesses {
    less: PolicySet,
    more: PolicySet,
    principal: Principal,
    known: Context,
    /// The documents' texts in lower case.
    spoken_of: Vec<String>,
}

impl Witnesses {
    /// Compiles both sides.
    pub(super) fn new(less: &PrincipalPolicies, more: &PrincipalPolicies, principal: Principal, facts: &Facts) -> Self {
        let documents = |p: &PrincipalPolicies| -> Vec<String> {
            p.identity.iter().chain(&p.boundary).map(|(_, d)| d.to_compact().to_lowercase()).collect()
        };
        let spoken_of = documents(less).into_iter().chain(documents(more)).collect();
        Self { less: set(less), more: set(more), principal, known: facts.known.clone(), spoken_of }
    }

    /// Whether the evaluator says of the request what is claimed.
    pub(super) fn confirms(&self, aim: Aim, action: &str, draft: &Draft) -> bool {
        let request = self.request(action, draft);
        let (before, after) = (eval::decide(&self.less, &request), eval::decide(&self.more, &request));
        match aim {
            Aim::Access => !before.is_allowed() && after.is_allowed(),
            Aim::Ceiling => {
                let held = before.effect == Effect::ExplicitDeny || before.withheld_by.contains(&Layer::Boundary);
                held && after.effect == Effect::ImplicitDeny && !after.withheld_by.contains(&Layer::Boundary)
            }
        }
    }

    /// The request for showing: of what is fixed only what a policy speaks of.
    pub(super) fn shown(&self, action: &str, draft: &Draft) -> Request {
        let request = self.request(action, draft);
        let told = |key: &str| draft.context.contains_key(key) || self.spoken_of.iter().any(|text| text.contains(key));
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
