//! Holdings made ready for the evaluator.

use super::{AccountState, Held, Holdings, Unknown};
use crate::model::Seen;
use crate::names::{Address, Arn, EntityKind, Name};
use crate::policy::Document;
use crate::policy::access::{PrincipalPolicies, Subject};
use crate::policy::caller::Caller;
use crate::policy::eval::{Named, Open, PolicyKind, PolicySet, Principal, Request};
use crate::spec::{DocumentKey, DocumentPart};

/// A role or user that asks, and the policies that apply to it.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// Who it is.
    pub caller: Caller,
    /// Its identity policies and its boundary.
    pub policies: PolicySet,
    /// What applies and is not known.
    pub unknown: Vec<Unknown>,
}

impl Evaluated {
    /// The same, asked for by a name. A session of the role stays that session: a resource's policy may name it alone (iam-facts 6.2).
    #[must_use]
    pub fn asked_for_as(mut self, text: &str) -> Self {
        if let Some(session @ Principal::Session { .. }) = Principal::parse(text) {
            self.caller = self.caller.named(session);
        }
        self
    }

    /// What is not known: policies by ARN, the rest in words.
    pub fn unknown(&self) -> Vec<String> {
        let word = |unknown: &Unknown| match unknown {
            Unknown::Document(arn) => arn.clone(),
            other => other.noun(),
        };
        self.unknown.iter().map(word).collect()
    }
}

/// Whose requests the prover looks at; a group makes none itself.
pub fn subject_of(arn: &str) -> Subject {
    match Arn::parse(arn).as_ref().and_then(Arn::iam_resource) {
        Some(("role", ..)) => Subject::Role { arn: arn.to_owned() },
        Some(("user", ..)) => Subject::User { arn: arn.to_owned() },
        _ => Subject::Anyone,
    }
}

impl Holdings<'_> {
    /// Who asks; nobody in particular for a group, which makes no requests.
    pub fn caller(&self) -> Caller {
        let principal = Principal::parse(&self.arn).unwrap_or(Principal::Unspecified { account: None });
        let caller = Caller::new(principal);
        let caller = match self.ceiling.and_then(|ceiling| ceiling.organization.as_ref()) {
            Some(id) => caller.with_key("aws:PrincipalOrgID", id.clone()),
            None => caller,
        };
        match &self.tags {
            Seen::Value(tags) => caller.with_tags(tags),
            Seen::Unread => caller,
        }
    }

    /// The documents under the names that a reader knows them by, for the comparison of access.
    ///
    /// # Errors
    /// What is not known, in words.
    pub fn documents(&self) -> Result<PrincipalPolicies, String> {
        if let Some(unknown) = self.unknown.first() {
            return Err(unknown.to_string());
        }
        let pair = |held: &Held<'_>| (held.label(), held.document.clone());
        let levels = self.ceiling.into_iter().flat_map(|ceiling| ceiling.scps.levels());
        Ok(PrincipalPolicies {
            identity: self.identity.iter().map(pair).collect(),
            boundary: self.boundary.policy().map(pair),
            scps: levels.map(|level| level.policies().to_vec()).collect(),
        })
    }
}

impl AccountState<'_> {
    /// What a role or user that is here holds, ready for the evaluator. A role's holdings are those of all its sessions, see
    /// [`Evaluated::asked_for_as`].
    pub fn evaluated(&self, address: &Address) -> Option<Evaluated> {
        let holdings = self.holdings(address).filter(|holdings| holdings.address.kind != EntityKind::Group)?;
        Some(Evaluated { caller: holdings.caller(), policies: self.policy_set(&holdings), unknown: holdings.unknown })
    }

    /// The policies of a holder, compiled once for the whole account.
    pub fn policy_set(&self, holdings: &Holdings<'_>) -> PolicySet {
        let named = |held: &Held<'_>| self.named(&held.id(), held.document, PolicyKind::Identity, held.key());
        PolicySet {
            identity: holdings.identity.iter().map(named).collect(),
            boundary: holdings.boundary.policy().map(|held| vec![named(held)]),
            scp: holdings.ceiling.and_then(|ceiling| ceiling.scps.compiled()),
            ..PolicySet::default()
        }
    }

    /// The trust policy of a role that is here, ready for the evaluator; `None` where it was not read.
    pub fn named_trust(&self, role: &Name) -> Option<Named> {
        let holdings = self.holdings(&Address::new(EntityKind::Role, role))?;
        let document = *holdings.trust.as_ref()?.value()?;
        let key = (holdings.address.clone(), DocumentPart::Trust);
        Some(self.named(&format!("{}/trust", holdings.address), document, PolicyKind::Trust, Some(key)))
    }

    /// Completes the policies with what must allow the request beside them: the trust of a role that is here, where one is assumed, and the
    /// organisation's policies for the resources of this account. What must allow and is not known makes the answer unknown.
    pub fn add_other_side(&self, policies: &mut PolicySet, request: &Request) {
        let here = request.owner().is_none_or(|owner| owner == self.identity().id.as_str());
        let service = request.action.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if let Some(ceiling) = self.ceiling().filter(|_| here) {
            policies.rcp = ceiling.rcps_of(&service);
        }
        if policies.resource.is_some() {
            return;
        }
        if request.must_allow_too() == Some(Open::Trust)
            && let Some(address) = self.find(&request.resource).filter(|address| address.kind == EntityKind::Role)
        {
            policies.resource = self.named_trust(&address.name);
        }
        policies.resource_unknown = policies.resource.is_none();
    }

    /// Which document of the specs a policy of a decision is, by its id.
    pub fn origin(&self, policy: &str) -> Option<DocumentKey> {
        self.compiled.borrow().get(policy).and_then(|(_, key)| key.clone())
    }

    fn named(&self, id: &str, document: &Document, kind: PolicyKind, key: Option<DocumentKey>) -> Named {
        let mut compiled = self.compiled.borrow_mut();
        let known = compiled.entry(id.to_owned()).or_insert_with(|| (Named::new(id, document, kind), key));
        known.0.clone()
    }
}
