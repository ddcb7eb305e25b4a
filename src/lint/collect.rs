//! From resolved specs, or from bare documents, to what rules look at.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::bare::BareDocument;
use super::subject::{Attachment, DocumentSubject, PolicyType, PrincipalSubject, Surroundings, Written};
use crate::escalation::{Actors, Escalation, escalations_of};
use crate::forbid::Judge;
use crate::holdings::{AccountState, Held};
use crate::model::{AccountIdentity, Limits, PolicyRef};
use crate::names::{AccountId, Address, EntityKind};
use crate::policy::Document;
use crate::policy::ast::Policy;
use crate::policy::caller::Caller;
use crate::policy::eval::{Named, PolicyKind, PolicySet, Principal};
use crate::spec::{DocumentPart, Loaded, Resolved};

/// The specs of one account.
#[derive(Debug)]
pub struct SpecsSubject<'a> {
    /// What they say.
    pub resolved: &'a Resolved,
    /// What is known beside them.
    pub around: &'a Surroundings,
    /// Who becomes more than it is.
    pub escalations: Vec<Escalation>,
}

/// Everything to look at.
#[derive(Debug, Default)]
pub struct Subjects<'a> {
    /// Documents.
    pub documents: Vec<DocumentSubject<'a>>,
    /// Principals.
    pub principals: Vec<PrincipalSubject<'a>>,
    /// The specs as a whole.
    pub specs: Option<SpecsSubject<'a>>,
}

struct Collect<'a> {
    loaded: &'a Loaded,
    resolved: &'a Resolved,
    around: &'a Surroundings,
    state: &'a AccountState<'a>,
    judge: Judge<'a>,
    /// The statements of documents that several may hold, by the document's address in memory.
    read: RefCell<BTreeMap<usize, Rc<Policy>>>,
}

/// The account that specs describe; it must outlive what is collected from it.
pub fn account_of<'a>(resolved: &'a Resolved, around: &Surroundings) -> AccountState<'a> {
    let id = around.account.clone().unwrap_or_else(AccountId::zero);
    AccountState::of_specs(&resolved.desired, AccountIdentity { id, partition: around.partition.clone() })
}

/// What specs hold; `state` is their account.
pub fn of_specs<'a>(
    loaded: &'a Loaded,
    resolved: &'a Resolved,
    state: &'a AccountState<'a>,
    around: &'a Surroundings,
) -> Subjects<'a> {
    let desired = &resolved.desired;
    let judge = Judge::new(state, &around.forbid);
    let collect = Collect { loaded, resolved, around, state, judge, read: RefCell::default() };
    let limits = Limits::defaults();
    let mut documents = Vec::new();
    for (name, want) in &desired.policies {
        let address = Address::new(EntityKind::Policy, name);
        let mut subject = collect.document(&address, DocumentPart::Document, PolicyType::Identity, &want.document);
        subject.size_limit = Some(limits.policy_size());
        documents.push(subject);
    }
    for (name, want) in &desired.roles {
        let address = Address::new(EntityKind::Role, name);
        let mut trust = collect.document(&address, DocumentPart::Trust, PolicyType::Trust, &want.trust);
        trust.size_limit = Some(limits.trust_size());
        documents.push(trust);
        documents.extend(collect.inline(&address, &want.inline_policies, limits.role_inline_size()));
    }
    for (name, want) in &desired.users {
        let address = Address::new(EntityKind::User, name);
        documents.extend(collect.inline(&address, &want.inline_policies, limits.user_inline_size()));
    }
    for (name, want) in &desired.groups {
        let address = Address::new(EntityKind::Group, name);
        documents.extend(collect.inline(&address, &want.inline_policies, limits.group_inline_size()));
    }
    let actors = Actors::new(state, &around.today);
    let principals = state.entities().iter().filter_map(|address| collect.principal(address, &actors)).collect();
    let escalations = escalations_of(&actors);
    Subjects { documents, principals, specs: Some(SpecsSubject { resolved, around, escalations }) }
}

/// What one bare document holds; an identity policy is judged as all that its holder has.
pub fn of_bare<'a>(bare: &'a BareDocument, policy_type: PolicyType, around: &'a Surroundings) -> Subjects<'a> {
    let written = Written::Text(&bare.texts, &bare.node);
    let mut subject = DocumentSubject::new(Rc::new(Policy::read(&bare.document)), policy_type, &bare.document, written, around);
    let limits = Limits::defaults();
    subject.size_limit = match policy_type {
        PolicyType::Identity => Some(limits.policy_size()),
        PolicyType::Trust => Some(limits.trust_size()),
        // Organizations counts white space too, unless the console saves it; this is the lenient reading.
        PolicyType::Scp => Some(SCP_SIZE),
        PolicyType::Rcp => Some(RCP_SIZE),
        // White space counts here as well; this is the lenient reading.
        PolicyType::Endpoint => Some(ENDPOINT_SIZE),
        PolicyType::Resource => None,
    };
    let principals = match policy_type {
        PolicyType::Identity => vec![PrincipalSubject {
            address: None,
            place: subject.place(&[]),
            arn: None,
            documents: vec![subject.clone()],
            boundary: None,
            attachments: Vec::new(),
            around,
            caller: nobody(around),
            policies: PolicySet {
                identity: vec![Named::new("the policy", &bare.document, PolicyKind::Identity)],
                ..PolicySet::default()
            },
            forbidden: Vec::new(),
            escalations: OnceCell::new(),
        }],
        _ => Vec::new(),
    };
    Subjects { documents: vec![subject], principals, specs: None }
}

/// A principal of the account, none in particular. Where the account is not known, a condition that names one is not met by everybody.
fn nobody(around: &Surroundings) -> Caller {
    let caller = Caller::new(Principal::Unspecified { account: around.account.as_ref().map(ToString::to_string) });
    if around.account.is_none() { caller.with_absent("aws:PrincipalAccount") } else { caller }
}

/// Most characters of a service control policy (AWS Organizations User Guide, "Quotas").
const SCP_SIZE: u64 = 10_240;

/// Most characters of a resource control policy (AWS Organizations User Guide, "Quotas").
const RCP_SIZE: u64 = 5_120;

/// Most characters of the policy of a VPC endpoint (AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies").
const ENDPOINT_SIZE: u64 = 20_480;

impl<'a> Collect<'a> {
    fn read(&self, document: &'a Document) -> Rc<Policy> {
        let mut known = self.read.borrow_mut();
        Rc::clone(known.entry(std::ptr::from_ref(document).addr()).or_insert_with(|| Rc::new(Policy::read(document))))
    }

    fn document(
        &self,
        address: &Address,
        part: DocumentPart,
        policy_type: PolicyType,
        document: &'a Document,
    ) -> DocumentSubject<'a> {
        let label = match &part {
            DocumentPart::Document => format!("policy `{}`", address.name),
            DocumentPart::Trust => format!("the trust of `{address}`"),
            DocumentPart::Inline(name) => format!("inline policy `{name}` of `{address}`"),
        };
        let written = match self.resolved.documents.get(&(address.clone(), part)) {
            Some(node) => Written::Text(&self.loaded.texts, node),
            None => Written::Entry(self.resolved.desired.place_of(address).cloned()),
        };
        let mut subject = DocumentSubject::new(self.read(document), policy_type, document, written, self.around);
        subject.address = Some(address.clone());
        subject.label = label;
        subject
    }

    fn inline(&self, address: &Address, policies: &'a crate::model::InlinePolicies, limit: u64) -> Vec<DocumentSubject<'a>> {
        let made = policies.iter().map(|(name, document)| {
            let mut subject = self.document(address, DocumentPart::Inline(name.clone()), PolicyType::Identity, document);
            subject.size_limit = Some(limit);
            subject
        });
        made.collect()
    }

    /// A document as a principal holds it.
    fn held(&self, held: &Held<'a>) -> DocumentSubject<'a> {
        if let Some((address, part)) = held.key() {
            return self.document(&address, part, PolicyType::Identity, held.document);
        }
        let (read, written) = (self.read(held.document), Written::Entry(held.place.cloned()));
        let mut subject = DocumentSubject::new(read, PolicyType::Identity, held.document, written, self.around);
        let arn = held.arn().unwrap_or_default();
        subject.label = format!("AWS managed policy `{}`", arn.split_once(":policy/").map_or(arn, |(_, name)| name));
        subject
    }

    fn attachments(&self, address: &Address) -> Vec<Attachment> {
        let all = self.resolved.desired.attachments(address).iter().map(|(policy, place)| Attachment {
            arn: match policy {
                PolicyRef::Declared(_) if self.around.account.is_none() => String::new(),
                policy => self.state.policy_arn(policy),
            },
            place: place.clone(),
            declared: matches!(policy, PolicyRef::Declared(_)),
        });
        all.collect()
    }

    fn principal(&self, address: &Address, actors: &Actors<'_>) -> Option<PrincipalSubject<'a>> {
        let holdings = self.state.holdings(address)?;
        Some(PrincipalSubject {
            place: self.resolved.desired.place_of(address).cloned(),
            arn: self.around.account.as_ref().map(|_| holdings.arn.clone()),
            documents: holdings.identity.iter().map(|held| self.held(held)).collect(),
            boundary: holdings.boundary.policy().map(|held| vec![self.held(held)]),
            attachments: self.attachments(address),
            around: self.around,
            caller: actors.caller(address).cloned().unwrap_or_else(|| nobody(self.around)),
            policies: self.state.policy_set(&holdings),
            forbidden: self.judge.of(address),
            escalations: OnceCell::new(),
            address: Some(address.clone()),
        })
    }
}
