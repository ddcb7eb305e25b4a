//! From resolved specs, or from bare documents, to what rules look at.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::bare::BareDocument;
use super::subject::{Attachment, DocumentSubject, PolicyType, PrincipalSubject, Statement, Surroundings, Written};
use crate::aws_policies;
use crate::diag::Place;
use crate::escalation::{Actors, Escalation, escalations_of};
use crate::holdings::AccountState;
use crate::model::{AccountIdentity, Limits, PolicyRef, Want};
use crate::names::{AccountId, Address, EntityKind, Name, entity_arn};
use crate::policy::Document;
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

/// Documents of the AWS managed policies that the specs attach; they must outlive the subjects.
#[derive(Debug, Default)]
pub struct AwsDocuments(BTreeMap<String, Document>);

impl AwsDocuments {
    /// Those that these specs name.
    pub fn of(resolved: &Resolved) -> Self {
        let desired = &resolved.desired;
        let boundary = |want: &Want<Option<PolicyRef>>| match want {
            Want::Exactly(Some(policy)) => Some(policy.clone()),
            _ => None,
        };
        let roles = desired.roles.values().map(|w| (&w.managed_policies, boundary(&w.permissions_boundary)));
        let users = desired.users.values().map(|w| (&w.managed_policies, boundary(&w.permissions_boundary)));
        let groups = desired.groups.values().map(|w| (&w.managed_policies, None));
        let mut names = BTreeSet::new();
        for (managed, boundary) in roles.chain(users).chain(groups) {
            let all = managed.iter().map(|(policy, _)| policy.clone()).chain(boundary);
            names.extend(all.filter_map(|policy| match policy {
                PolicyRef::Arn(arn) => Some(arn),
                PolicyRef::Declared(_) => None,
            }));
        }
        Self(names.into_iter().filter_map(|arn| Some((arn.clone(), aws_policies::document(&arn)?))).collect())
    }
}

struct Collect<'a> {
    loaded: &'a Loaded,
    resolved: &'a Resolved,
    aws: &'a AwsDocuments,
    around: &'a Surroundings,
    /// The statements of documents that several may hold, by the document's address in memory.
    read: RefCell<BTreeMap<usize, Rc<[Statement<'a>]>>>,
    /// The users' groups.
    groups: BTreeMap<&'a Name, Vec<&'a Name>>,
}

/// What specs hold.
pub fn of_specs<'a>(loaded: &'a Loaded, resolved: &'a Resolved, aws: &'a AwsDocuments, around: &'a Surroundings) -> Subjects<'a> {
    let desired = &resolved.desired;
    let mut groups: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (group, want) in &desired.groups {
        want.users.iter().for_each(|(user, _)| groups.entry(user).or_default().push(group));
    }
    let collect = Collect { loaded, resolved, aws, around, read: RefCell::default(), groups };
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
    let identity =
        AccountIdentity { id: around.account.clone().unwrap_or_else(AccountId::zero), partition: around.partition.clone() };
    let state = AccountState::of_specs(desired, identity);
    let actors = Actors::new(&state, &around.today);
    let mut principals = collect.principals();
    for principal in &mut principals {
        let Some(address) = &principal.address else { continue };
        principal.caller = actors.caller(address).cloned().unwrap_or_else(|| nobody(around));
        principal.policies = state.holdings(address).map(|holdings| state.policy_set(&holdings)).unwrap_or_default();
    }
    let escalations = escalations_of(&actors);
    Subjects { documents, principals, specs: Some(SpecsSubject { resolved, around, escalations }) }
}

/// What one bare document holds; an identity policy is judged as all that its holder has.
pub fn of_bare<'a>(bare: &'a BareDocument, policy_type: PolicyType, around: &'a Surroundings) -> Subjects<'a> {
    let written = Written::In(&bare.texts, &bare.node);
    let mut subject = DocumentSubject::new(policy_type, &bare.document, written, around);
    let limits = Limits::defaults();
    subject.size_limit = match policy_type {
        PolicyType::Identity => Some(limits.policy_size()),
        PolicyType::Trust => Some(limits.trust_size()),
        // Organizations counts white space too, unless the console saves it; this is the lenient reading.
        PolicyType::Scp => Some(SCP_SIZE),
        PolicyType::Rcp => Some(RCP_SIZE),
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

impl<'a> Collect<'a> {
    fn read(&self, document: &'a Document) -> Rc<[Statement<'a>]> {
        let mut known = self.read.borrow_mut();
        Rc::clone(known.entry(std::ptr::from_ref(document).addr()).or_insert_with(|| DocumentSubject::read(document)))
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
            Some(node) => Written::In(&self.loaded.texts, node),
            None => Written::As(self.resolved.desired.place_of(address).cloned()),
        };
        let mut subject = DocumentSubject::with(self.read(document), policy_type, document, written, self.around);
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

    /// A managed policy as a principal has it. Nothing where its document is not known.
    fn managed(&self, policy: &PolicyRef, place: Option<&Place>) -> Option<DocumentSubject<'a>> {
        match policy {
            PolicyRef::Declared(name) => {
                let want = self.resolved.desired.policies.get(name)?;
                let address = Address::new(EntityKind::Policy, name);
                Some(self.document(&address, DocumentPart::Document, PolicyType::Identity, &want.document))
            }
            PolicyRef::Arn(arn) => {
                let document = self.aws.0.get(arn)?;
                let written = Written::As(place.cloned());
                let mut subject =
                    DocumentSubject::with(self.read(document), PolicyType::Identity, document, written, self.around);
                let name = arn.split_once(":policy/").map_or(arn.as_str(), |(_, name)| name);
                subject.label = format!("AWS managed policy `{name}`");
                Some(subject)
            }
        }
    }

    fn arn(&self, kind: EntityKind, path: &str, name: &Name) -> Option<String> {
        let account = self.around.account.as_ref()?;
        Some(entity_arn(&self.around.partition, account, kind, path, name.as_str()))
    }

    fn attachments(&self, managed: &[(PolicyRef, Place)]) -> Vec<Attachment> {
        let all = managed.iter().map(|(policy, place)| {
            let (arn, declared) = match policy {
                PolicyRef::Arn(arn) => (arn.clone(), false),
                PolicyRef::Declared(name) => {
                    let path = self.resolved.desired.policies.get(name).map_or("/", |w| w.path.as_str());
                    (self.arn(EntityKind::Policy, path, name).unwrap_or_default(), true)
                }
            };
            Attachment { arn, place: place.clone(), declared }
        });
        all.collect()
    }

    fn boundary(&self, want: &Want<Option<PolicyRef>>, place: &Place) -> Option<Vec<DocumentSubject<'a>>> {
        match want {
            Want::Exactly(Some(policy)) => self.managed(policy, Some(place)).map(|subject| vec![subject]),
            _ => None,
        }
    }

    fn principals(&self) -> Vec<PrincipalSubject<'a>> {
        let desired = &self.resolved.desired;
        let all_managed = |managed: &[(PolicyRef, Place)]| -> Vec<DocumentSubject<'a>> {
            managed.iter().filter_map(|(policy, place)| self.managed(policy, Some(place))).collect()
        };
        let mut out = Vec::new();
        for (name, want) in &desired.roles {
            let address = Address::new(EntityKind::Role, name);
            let mut documents = self.inline(&address, &want.inline_policies, 0);
            documents.extend(all_managed(&want.managed_policies));
            out.push(PrincipalSubject {
                place: Some(want.place.clone()),
                arn: self.arn(EntityKind::Role, &want.path, name),
                documents,
                boundary: self.boundary(&want.permissions_boundary, &want.place),
                attachments: self.attachments(&want.managed_policies),
                around: self.around,
                caller: nobody(self.around),
                policies: PolicySet::default(),
                escalations: OnceCell::new(),
                address: Some(address),
            });
        }
        for (name, want) in &desired.users {
            let address = Address::new(EntityKind::User, name);
            let path = match &want.path {
                Want::Exactly(path) => path.as_str(),
                Want::Leave => "/",
            };
            let mut documents = self.inline(&address, &want.inline_policies, 0);
            documents.extend(all_managed(&want.managed_policies));
            let groups = self.groups.get(name).into_iter().flatten();
            for (group, want) in groups.filter_map(|group| desired.groups.get_key_value(*group)) {
                documents.extend(self.inline(&Address::new(EntityKind::Group, group), &want.inline_policies, 0));
                documents.extend(all_managed(&want.managed_policies));
            }
            out.push(PrincipalSubject {
                place: Some(want.place.clone()),
                arn: self.arn(EntityKind::User, path, name),
                documents,
                boundary: self.boundary(&want.permissions_boundary, &want.place),
                attachments: self.attachments(&want.managed_policies),
                around: self.around,
                caller: nobody(self.around),
                policies: PolicySet::default(),
                escalations: OnceCell::new(),
                address: Some(address),
            });
        }
        for (name, want) in &desired.groups {
            let address = Address::new(EntityKind::Group, name);
            let mut documents = self.inline(&address, &want.inline_policies, 0);
            documents.extend(all_managed(&want.managed_policies));
            out.push(PrincipalSubject {
                place: Some(want.place.clone()),
                arn: self.arn(EntityKind::Group, "/", name),
                documents,
                boundary: None,
                attachments: self.attachments(&want.managed_policies),
                around: self.around,
                caller: nobody(self.around),
                policies: PolicySet::default(),
                escalations: OnceCell::new(),
                address: Some(address),
            });
        }
        out
    }
}
