//! What one comparison works out and the next can use: documents made ready, and answers to the same question.
//!
//! Many principals hold the same policies. Nothing here changes an answer: a document is known by its whole text, and a question by its
//! documents and by whatever of the principal they speak of.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::facts::Facts;
use super::{AccessDiff, Aliases, Known, Options, PrincipalPolicies, Subject, TrustDiff, Verdict};
use crate as policy;
use crate::ast::{Effect, Policy};
use crate::catalogue::Action;
use crate::eval::{Compiled, Named, PolicyKind, PolicySet, ScpLevel};
use crate::names::AccountId;

/// Compares, and remembers.
#[derive(Debug, Default)]
pub struct Library {
    /// The partition of the accounts, where it is known.
    pub(super) partition: Option<String>,
    texts: RefCell<HashMap<String, Rc<Document>>>,
    /// The same by where they lie; the document is kept, so that the place stays its own.
    places: RefCell<HashMap<usize, (policy::Document, Rc<Document>)>>,
    answers: RefCell<HashMap<Question, Answer>>,
    trusts: RefCell<HashMap<TrustQuestion, TrustDiff>>,
    told: RefCell<BTreeMap<BTreeSet<Action>, Known>>,
}

/// Documents by their text, the account and the steps.
type TrustQuestion = (Option<String>, Option<String>, String, u64);

/// A document that was seen.
#[derive(Debug)]
pub(super) struct Document {
    number: usize,
    /// The compact text.
    text: String,
    /// The same in lower case.
    pub lower: String,
    compiled: Arc<Compiled>,
    /// The same as a service control policy, where it is one.
    scp: OnceCell<Arc<Compiled>>,
    /// Whether it is understood and holds no Deny.
    only_allows: bool,
}

/// The documents of one side by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Numbers {
    identity: Vec<usize>,
    boundary: Option<usize>,
    levels: Vec<Vec<usize>>,
}

/// What decides an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    /// Before and after.
    sides: [Numbers; 2],
    /// Of what is fixed, what a document speaks of.
    spoken: BTreeMap<String, String>,
    /// The same of what is known to be absent.
    absent: Vec<String>,
    unsigned: bool,
    /// Examples name resources of the principal's own account and partition.
    home: Option<(String, String)>,
    user: bool,
    options: Options,
}

#[derive(Debug)]
struct Answer {
    /// The documents' ids at the time.
    ids: Vec<String>,
    diff: AccessDiff,
}

impl Library {
    /// One for accounts of a partition, whose name stands in the ARNs of callers that are examples.
    pub fn of_partition(partition: &str) -> Self {
        Self { partition: Some(partition.to_owned()), ..Self::default() }
    }

    /// Compares what a principal may do before and after.
    pub fn compare(
        &self,
        before: &PrincipalPolicies,
        after: &PrincipalPolicies,
        subject: &Subject,
        options: Options,
    ) -> AccessDiff {
        if let Some(parts) = self.apart(before, after) {
            return join(parts.iter().map(|(b, a)| self.answer(b, a, subject, options)));
        }
        self.answer(before, after, subject, options)
    }

    /// Compares two trust policies of a role in `account`; `None` is a role that is not there.
    pub fn compare_trust(
        &self,
        before: Option<&policy::Document>,
        after: Option<&policy::Document>,
        account: &AccountId,
        options: Options,
    ) -> TrustDiff {
        let text = |document: Option<&policy::Document>| document.map(policy::Document::to_compact);
        let question = (text(before), text(after), account.as_str().to_owned(), options.steps);
        if let Some(known) = self.trusts.borrow().get(&question) {
            return known.clone();
        }
        let diff = super::trust::fresh(self, before, after, account, options);
        self.trusts.borrow_mut().insert(question, diff.clone());
        diff
    }

    /// [`Self::compare_trust`] with principals known by other names as well, in the document before and in the one after.
    pub fn compare_trust_of(
        &self,
        before: Option<&policy::Document>,
        after: Option<&policy::Document>,
        account: &AccountId,
        aliases: [&Aliases; 2],
        options: Options,
    ) -> TrustDiff {
        let [old, new] = aliases;
        let before = before.map(|document| super::trust::renamed(document, old));
        let after = after.map(|document| super::trust::renamed(document, new));
        self.compare_trust(before.as_ref(), after.as_ref(), account, options)
    }

    /// A document made ready.
    pub(super) fn known(&self, document: &policy::Document) -> Rc<Document> {
        if let Some((_, known)) = self.places.borrow().get(&document.place()) {
            return Rc::clone(known);
        }
        let known = self.known_by_text(document);
        self.places.borrow_mut().insert(document.place(), (document.clone(), Rc::clone(&known)));
        known
    }

    fn known_by_text(&self, document: &policy::Document) -> Rc<Document> {
        let text = document.to_compact();
        if let Some(known) = self.texts.borrow().get(&text) {
            return Rc::clone(known);
        }
        let policy = Policy::read(document);
        let only_allows = document.value().is_object()
            && policy.statements.len() == document.statements().len()
            && policy.statements.iter().all(|s| s.effect == Effect::Allow && !s.faulty);
        let known = Rc::new(Document {
            number: self.texts.borrow().len(),
            lower: text.to_ascii_lowercase(),
            text: text.clone(),
            compiled: Arc::new(Compiled::new(document, PolicyKind::Identity)),
            scp: OnceCell::new(),
            only_allows,
        });
        self.texts.borrow_mut().insert(text, Rc::clone(&known));
        known
    }

    /// A side made ready for deciding.
    pub(super) fn policy_set(&self, policies: &PrincipalPolicies) -> PolicySet {
        let named = |(id, document): &(String, policy::Document)| Named {
            id: id.as_str().into(),
            policy: Arc::clone(&self.known(document).compiled),
        };
        let of_level = |(id, document): &(String, policy::Document)| {
            let known = self.known(document);
            let compiled = known.scp.get_or_init(|| Arc::new(Compiled::new(document, PolicyKind::Scp)));
            Named { id: id.as_str().into(), policy: Arc::clone(compiled) }
        };
        let levels = policies.scps.iter().enumerate();
        let levels = levels.map(|(number, level)| ScpLevel {
            level: (number + 1).to_string().into(),
            policies: level.iter().map(of_level).collect(),
        });
        PolicySet {
            identity: policies.identity.iter().map(named).collect(),
            boundary: policies.boundary.as_ref().map(|one| vec![named(one)]),
            scp: (!policies.scps.is_empty()).then(|| levels.collect()),
            ..PolicySet::default()
        }
    }

    /// Where one side is empty and the other only allows, each document gives by itself what it gives.
    fn apart(
        &self,
        before: &PrincipalPolicies,
        after: &PrincipalPolicies,
    ) -> Option<Vec<(PrincipalPolicies, PrincipalPolicies)>> {
        let (whole, gone) = match (before.identity.is_empty(), after.identity.is_empty()) {
            (true, false) => (after, false),
            (false, true) => (before, true),
            _ => return None,
        };
        let plain = before.boundary.is_none()
            && after.boundary.is_none()
            && before.scps.is_empty()
            && after.scps.is_empty()
            && whole.identity.len() > 1
            && whole.identity.iter().all(|(_, document)| self.known(document).only_allows);
        plain.then(|| {
            let each = |one: &(String, policy::Document)| {
                let one = PrincipalPolicies { identity: vec![one.clone()], ..PrincipalPolicies::default() };
                let none = PrincipalPolicies::default();
                if gone { (one, none) } else { (none, one) }
            };
            whole.identity.iter().map(each).collect()
        })
    }

    fn answer(&self, before: &PrincipalPolicies, after: &PrincipalPolicies, subject: &Subject, options: Options) -> AccessDiff {
        let facts = super::compare::facts(subject);
        let question = self.question([before, after], subject, &facts, options);
        let ids: Vec<String> = [before, after].into_iter().flat_map(ids).map(str::to_owned).collect();
        if let Some(answer) = self.answers.borrow().get(&question)
            && let Some(diff) = answer.under(&ids)
        {
            return diff;
        }
        let diff = super::compare::fresh(self, before, after, subject, options);
        self.answers.borrow_mut().insert(question, Answer { ids, diff: diff.clone() });
        diff
    }

    fn question(&self, sides: [&PrincipalPolicies; 2], subject: &Subject, facts: &Facts, options: Options) -> Question {
        let known = self.documents(sides);
        let speaks = |key: &str| known.iter().any(|d| d.lower.contains(key));
        let spoken = facts.known.iter().filter(|(key, _)| speaks(key));
        let number = |(_, document): &(String, policy::Document)| self.known(document).number;
        Question {
            sides: sides.map(|side| {
                let levels = side.scps.iter().map(|level| level.iter().map(number).collect());
                Numbers {
                    identity: side.identity.iter().map(number).collect(),
                    boundary: side.boundary.as_ref().map(number),
                    levels: levels.collect(),
                }
            }),
            spoken: spoken.map(|(key, value)| (key.to_owned(), format!("{value:?}"))).collect(),
            absent: facts.absent.iter().filter(|key| speaks(key)).cloned().collect(),
            unsigned: facts.unsigned,
            home: super::compare::home(subject),
            user: matches!(subject, Subject::User { .. }),
            options,
        }
    }

    /// The documents of both sides made ready.
    pub(super) fn documents(&self, sides: [&PrincipalPolicies; 2]) -> Vec<Rc<Document>> {
        documents(sides).map(|document| self.known(document)).collect()
    }

    /// What known actions amount to.
    pub(super) fn told(&self, actions: BTreeSet<Action>) -> Known {
        self.told.borrow_mut().entry(actions).or_insert_with_key(super::naming::told).clone()
    }
}

impl Document {
    /// How the document spells a condition key (given in lower case), in a condition or in a variable.
    pub(super) fn spelling(&self, key: &str) -> Option<&str> {
        let at = self.lower.find(key)?;
        self.text.get(at..at.checked_add(key.len())?)
    }
}

impl Answer {
    /// The answer for documents of the same contents under other ids.
    fn under(&self, ids: &[String]) -> Option<AccessDiff> {
        if self.ids == ids {
            return Some(self.diff.clone());
        }
        // A reason names documents, and one name may stand for several.
        let distinct: BTreeSet<&String> = self.ids.iter().collect();
        if self.diff.reason.is_some() || self.ids.len() != ids.len() || distinct.len() != self.ids.len() {
            return None;
        }
        let mut diff = self.diff.clone();
        for grant in diff.gained.iter_mut().chain(&mut diff.lost).chain(&mut diff.ceiling_loosened) {
            let at = self.ids.iter().position(|id| *id == grant.document);
            if let Some(id) = at.and_then(|at| ids.get(at)) {
                grant.document.clone_from(id);
            }
        }
        Some(diff)
    }
}

fn documents(sides: [&PrincipalPolicies; 2]) -> impl Iterator<Item = &policy::Document> {
    sides.into_iter().flat_map(PrincipalPolicies::documents).map(|(_, document)| document)
}

fn ids(side: &PrincipalPolicies) -> impl Iterator<Item = &str> {
    side.documents().map(|(id, _)| id.as_str())
}

/// One answer out of those for parts that have nothing to do with each other.
fn join(parts: impl Iterator<Item = AccessDiff>) -> AccessDiff {
    let mut whole = AccessDiff::nothing();
    for part in parts {
        whole.verdict = match (whole.verdict, part.verdict) {
            (Verdict::NewAccess, _) | (_, Verdict::NewAccess) => Verdict::NewAccess,
            (Verdict::Undecided, _) | (_, Verdict::Undecided) => Verdict::Undecided,
            _ => Verdict::NoNewAccess,
        };
        whole.gained.extend(part.gained);
        whole.lost.extend(part.lost);
        whole.reason = whole.reason.or(part.reason);
    }
    whole
}
