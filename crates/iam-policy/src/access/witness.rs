//! Requests put to the evaluator: nothing is called new access that it does not refuse before and allow after (INVARIANT (witnessed)).

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::facts::Facts;
use super::fitting::Home;
use super::library::Document;
use super::prover::Aim;
use super::search::{Confirmed, Draft};
use super::side::Source;
use super::{Example, Known, Library, PrincipalPolicies, Subject};
use crate::catalogue::{self, Action};
use crate::context::{Context, Value};
use crate::eval::{self, Decision, Effect, Layer, PolicySet, Principal, Request};
use crate::names::Arn;

/// The account that owns the resource: a key that is tied to the ARN.
const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";
/// The account of examples for nobody in particular.
const SOME_ACCOUNT: &str = "111111111111";

/// Both sides, ready to decide.
pub(super) struct Witnesses<'a> {
    shared: &'a Library,
    sides: [&'a PrincipalPolicies; 2],
    /// The documents of both sides.
    documents: Vec<Rc<Document>>,
    /// Compiled when first asked.
    compiled: [OnceCell<PolicySet>; 2],
    principal: Principal,
    known: Context,
    home: Home,
    speaks_of_owner: OnceCell<bool>,
    /// Whether answers name what the catalogue knows.
    pub names: bool,
}

impl<'a> Witnesses<'a> {
    /// Of before and after.
    pub(super) fn new(shared: &'a Library, sides: [&'a PrincipalPolicies; 2], subject: &Subject, facts: &Facts) -> Self {
        let nobody = Principal::Unspecified { account: None };
        let principal = match subject {
            Subject::Anyone | Subject::Fixed { .. } => nobody,
            Subject::User { arn } | Subject::Role { arn } => Principal::parse(arn).unwrap_or(nobody),
        };
        let (partition, account) = super::compare::home(subject).unwrap_or_else(|| ("aws".to_owned(), SOME_ACCOUNT.to_owned()));
        Self {
            shared,
            sides,
            documents: shared.documents(sides),
            compiled: [OnceCell::new(), OnceCell::new()],
            principal,
            known: facts.known.clone(),
            home: Home::new(partition, account),
            speaks_of_owner: OnceCell::new(),
            names: true,
        }
    }

    fn decide(&self, side: usize, request: &Request) -> Option<Decision> {
        let make = || self.sides.get(side).map(|policies| self.shared.policy_set(policies)).unwrap_or_default();
        let policies = self.compiled.get(side)?.get_or_init(make);
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
                // An explicit denial holds whatever a resource policy says; a boundary without an Allow does not hold against one that
                // names the user or the session (iam-facts 6.2).
                let denied = before.effect == Effect::ExplicitDeny;
                // A level of service control policies without an Allow holds against all.
                let withheld = |decision: &Decision, layer| decision.withheld_by.contains(&layer);
                let bounded = |decision: &Decision| withheld(decision, Layer::Boundary);
                let freed =
                    denied && by.is_some() || withheld(&before, Layer::Scp) || (denied || bounded(&before)) && !bounded(&after);
                let freed = freed && !withheld(&after, Layer::Scp);
                (freed && after.effect == Effect::ImplicitDeny, before.matched)
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

    /// Whether the evaluator says that the request is denied explicitly before, and not after.
    pub(super) fn lifts_a_denial(&self, action: &str, draft: &Draft) -> bool {
        let request = self.request(action, draft);
        let denied = |side| self.decide(side, &request).is_some_and(|decision| decision.effect == Effect::ExplicitDeny);
        denied(0) && !denied(1)
    }

    /// Whose resources an example names: where the request says who owns the resource, that account's.
    pub(super) fn home(&self, draft: &Draft) -> Home {
        match draft.context.get(RESOURCE_ACCOUNT) {
            Some(Value::Single(account)) if is_account(account) => Home { account: account.clone(), ..self.home.clone() },
            _ => self.home.clone(),
        }
    }

    /// The request for showing: of what is fixed only what a policy speaks of.
    pub(super) fn shown(&self, action: &str, draft: &Draft) -> Example {
        let request = self.request(action, draft);
        let told = |key: &str| draft.context.contains_key(key) || self.spoken_of(key);
        let context = request.context.iter().filter(|(key, _)| told(key));
        let context: BTreeMap<String, Value> = context.map(|(key, value)| (self.spelled(key), value.clone())).collect();
        Example { action: request.action, resource: request.resource, context }
    }

    /// What known actions amount to.
    pub(super) fn told(&self, actions: BTreeSet<Action>) -> Known {
        self.shared.told(actions)
    }

    fn spoken_of(&self, key: &str) -> bool {
        self.documents.iter().any(|document| document.lower.contains(key))
    }

    /// A key as AWS spells it; what stands behind `/`, and a key that AWS does not list, as the policies do.
    pub(super) fn spelled(&self, key: &str) -> String {
        let written = self.documents.iter().find_map(|document| document.spelling(key));
        let written = written.unwrap_or(key);
        match catalogue::condition_key(key).map(|known| known.name) {
            Some(name) if name.eq_ignore_ascii_case(key) => name.to_owned(),
            // Found by its placeholder, however the catalogue writes that.
            Some(name) => match (name.split_once('/'), written.split_once('/')) {
                (Some((head, _)), Some((own, tail))) if head.eq_ignore_ascii_case(own) => format!("{head}/{tail}"),
                _ => written.to_owned(),
            },
            None => written.to_owned(),
        }
    }

    /// The request, with what is fixed of the principal and what the resource fixes.
    fn request(&self, action: &str, draft: &Draft) -> Request {
        let mut context = self.known.clone();
        for (key, value) in &draft.context {
            context.insert(key, value.clone());
        }
        // An ARN that names an account is a resource of that account, so the key cannot be absent or say otherwise.
        if *self.speaks_of_owner.get_or_init(|| self.spoken_of(RESOURCE_ACCOUNT))
            && let Some(arn) = Arn::parse(&draft.resource).filter(|arn| is_account(&arn.account))
        {
            context.set(RESOURCE_ACCOUNT, arn.account);
        }
        // The comparison is of the principal's own policies: what another account must allow as well is not asked.
        let resource_account = self.principal.account().map(str::to_owned);
        Request { context, resource_account, ..Request::new(self.principal.clone(), action, draft.resource.clone()) }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
