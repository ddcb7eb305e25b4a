//! Spec tests asked of IAM's own simulator: what is to be asked, and what its answers mean. Pure; the calls are made elsewhere.
//!
//! The simulator knows no trust policies and no other accounts (iam-facts 6.8). Such cases keep the offline answer, and say so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::run::{CaseOutcome, Question, TestOutcome};
use crate::catalogue;
use crate::holdings::{AccountState, Held, Unknown};
use crate::model::simulation::{SimulateCase, SimulateDocuments, SimulatedAnswer, SimulatedStatement};
use crate::names::EntityKind;
use crate::policy::context::Value;
use crate::policy::trust::needed_actions;

/// Why a case of trust keeps the offline answer.
const TRUST: &str = "IAM's simulator does not look at trust policies";
/// Why a case of another account's resource does.
const OTHER_ACCOUNT: &str = "IAM's simulator does not look at other accounts";
/// Why a case of a call that needs several permissions does.
const SEVERAL: &str = "IAM's simulator looks at one action, and with session tags or a source identity the call needs several";
/// Why a case of a principal without policies does, where IAM does not know the principal.
const NO_POLICIES: &str = "the principal is not in the account, and the specs declare no policies for it that could be simulated";

/// What came of a case at IAM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    /// IAM answered.
    Answer(LiveAnswer),
    /// The simulator cannot be asked this, and why: the offline answer stands.
    OfflineOnly(String),
    /// IAM gave no answer, and why.
    Unknown(String),
}

/// Whose policies IAM looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedOf {
    /// Those that the principal has in the account.
    Account,
    /// The documents of the specs: the principal is not in the account.
    Specs,
}

/// IAM's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LiveAnswer {
    /// `allowed`, `implicitDeny`, `explicitDeny`, `unknown`.
    #[schemars(extend("enum" = ["allowed", "implicitDeny", "explicitDeny", "unknown"]))]
    pub decision: &'static str,
    /// Whose policies it looked at.
    pub asked_of: AskedOf,
    /// The statements that IAM says matched.
    pub because: Vec<LiveStatement>,
    /// What else withholds it: `boundary`, `scp`.
    pub withheld_by: Vec<&'static str>,
    /// Condition keys that the policies look at and the case does not give.
    pub missing_context: Vec<String>,
}

/// A statement as IAM names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LiveStatement {
    /// The policy: IAM's name for it, or the address of a document of the specs.
    pub policy: String,
    /// `user-managed`, `aws-managed`, `role`, `user`, `group`; empty where IAM does not tell.
    pub kind: String,
    /// The line of the policy's text, from 1, at which the statement begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<i32>,
}

/// One call's worth of questions, all of one principal and one context.
#[derive(Clone, Debug, PartialEq)]
pub struct Inquiry {
    /// The principal's ARN, by the specs.
    pub principal: String,
    /// What is asked.
    pub case: SimulateCase,
    /// Test and case of each question, with its action and resource.
    places: Vec<(usize, usize, String, String)>,
}

/// What the specs say a principal holds, for one that is not in the account; else why it cannot be asked about.
pub type Instead = Result<SimulateDocuments, Live>;

/// What IAM is to be asked. Cases that it cannot be asked are marked as decided offline.
pub fn inquiries(outcomes: &mut [TestOutcome], account: &AccountState<'_>) -> Vec<Inquiry> {
    type Key = (String, Vec<(String, Value)>, String);
    let identity = account.identity();
    let owner = format!("arn:{}:iam::{}:root", identity.partition, identity.id);
    let mut groups: Vec<Inquiry> = Vec::new();
    let mut known: BTreeMap<Key, usize> = BTreeMap::new();
    for (test_at, test) in outcomes.iter_mut().enumerate() {
        for (case_at, case) in test.cases.iter_mut().enumerate() {
            let question = match (&case.question, test.assumes) {
                (_, true) => {
                    case.live = Some(Live::OfflineOnly(TRUST.to_owned()));
                    continue;
                }
                (Some(question), false) => question,
                // The specs' own fault, reported as such.
                (None, false) => continue,
            };
            if let Some(why) = unaskable(question, account) {
                case.live = Some(Live::OfflineOnly(why.to_owned()));
                continue;
            }
            let Some(principal) = account.find(&test.subject).and_then(|address| account.arn(&address)) else { continue };
            let request = &question.request;
            let resource = resource(request.action.as_str(), &request.resource, &identity.partition);
            let context = context(question);
            let key = (principal.clone(), context.clone(), resource.clone());
            let at = *known.entry(key).or_insert_with(|| {
                let resource_owner = request.resource_account.as_ref().map(|_| owner.clone());
                let case = SimulateCase { actions: Vec::new(), resources: vec![resource.clone()], context, resource_owner };
                groups.push(Inquiry { principal, case, places: Vec::new() });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                if !group.case.actions.iter().any(|action| action.eq_ignore_ascii_case(&request.action)) {
                    group.case.actions.push(request.action.clone());
                }
                group.places.push((test_at, case_at, request.action.clone(), resource));
            }
        }
    }
    joined(groups)
}

/// The keys of a case, then those that its principal brings: the simulator adds none of its own.
fn context(question: &Question) -> Vec<(String, Value)> {
    let mut keys = question.context.clone();
    let spelt = |key: &str| catalogue::condition_key(key).map_or_else(|| key.to_owned(), |known| known.name.to_owned());
    for (key, value) in question.request.context.iter() {
        if !question.context.iter().any(|(given, _)| given.eq_ignore_ascii_case(key)) {
            keys.push((if key.contains('/') { key.to_owned() } else { spelt(key) }, value.clone()));
        }
    }
    keys
}

/// Inquiries that differ in the resource alone are one call: the simulator is quickly throttled.
fn joined(groups: Vec<Inquiry>) -> Vec<Inquiry> {
    let mut all: Vec<Inquiry> = Vec::new();
    for group in groups {
        let same = |a: &Inquiry| {
            a.principal == group.principal
                && a.case.actions == group.case.actions
                && a.case.context == group.case.context
                && a.case.resource_owner == group.case.resource_owner
        };
        // `*` stands for actions without resource types and is asked apart from ARNs.
        let apart = |case: &SimulateCase| case.resources.iter().any(|r| r == "*");
        match all.iter_mut().rev().find(|a| same(a) && !apart(&a.case) && !apart(&group.case)) {
            Some(one) => {
                one.case.resources.extend(group.case.resources);
                one.places.extend(group.places);
            }
            None => all.push(group),
        }
    }
    all
}

impl Inquiry {
    /// The same questions, one inquiry each: for when IAM takes offence at one of them.
    pub fn apart(&self) -> Vec<Self> {
        let of = |place: &(usize, usize, String, String)| Self {
            principal: self.principal.clone(),
            case: SimulateCase { actions: vec![place.2.clone()], resources: vec![place.3.clone()], ..self.case.clone() },
            places: vec![place.clone()],
        };
        self.places.iter().map(of).collect()
    }

    /// How many cases it answers.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it answers none, which no inquiry does.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Gives its cases the same fate.
    pub fn settle(&self, outcomes: &mut [TestOutcome], live: &Live) {
        for (test, case, ..) in &self.places {
            if let Some(case) = case_of(outcomes, *test, *case) {
                case.live = Some(live.clone());
            }
        }
    }

    /// Gives its cases their answers. `documents`: what was sent, where the specs' documents were asked. `strict`: a key that is not
    /// given is unknown, not absent.
    pub fn answer(
        &self,
        outcomes: &mut [TestOutcome],
        answers: &[SimulatedAnswer],
        documents: Option<&SimulateDocuments>,
        strict: bool,
    ) {
        for (test, case, action, resource) in &self.places {
            let Some(case) = case_of(outcomes, *test, *case) else { continue };
            let found = answers.iter().find(|a| a.action.eq_ignore_ascii_case(action) && a.resource == *resource);
            case.live = Some(match found {
                Some(answer) => reading(answer, documents, strict),
                None => Live::Unknown("IAM's simulator gave no answer to it".to_owned()),
            });
        }
    }
}

fn case_of(outcomes: &mut [TestOutcome], test: usize, case: usize) -> Option<&mut CaseOutcome> {
    outcomes.get_mut(test)?.cases.get_mut(case)
}

fn reading(answer: &SimulatedAnswer, documents: Option<&SimulateDocuments>, strict: bool) -> Live {
    let Some(decision) = answer.decision else {
        return Live::Unknown("the answer of IAM's simulator is not understood".to_owned());
    };
    let mut because: Vec<LiveStatement> = answer.matched.iter().map(|matched| statement(matched, documents)).collect();
    because.sort();
    because.dedup();
    let withheld = [("boundary", answer.boundary_allows), ("scp", answer.organization_allows)];
    let undecided = strict && !answer.missing_context.is_empty();
    Live::Answer(LiveAnswer {
        decision: if undecided { "unknown" } else { decision.word() },
        asked_of: if documents.is_some() { AskedOf::Specs } else { AskedOf::Account },
        because,
        withheld_by: withheld.into_iter().filter(|(_, allows)| *allows == Some(false)).map(|(word, _)| word).collect(),
        missing_context: answer.missing_context.clone(),
    })
}

/// Documents that were sent come back under their numbers.
fn statement(matched: &SimulatedStatement, documents: Option<&SimulateDocuments>) -> LiveStatement {
    let sent = documents.and_then(|documents| {
        let (list, number) = matched.policy.split_once('.')?;
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        match list {
            "PolicyInputList" => documents.policies.get(at).map(|(name, _)| name.clone()),
            "PermissionsBoundaryPolicyInputList" => documents.boundary.as_ref().map(|(name, _)| name.clone()),
            _ => None,
        }
    });
    LiveStatement {
        policy: sent.unwrap_or_else(|| matched.policy.clone()),
        kind: if matched.kind == "none" { String::new() } else { matched.kind.clone() },
        line: matched.start.map(|(line, _)| line),
    }
}

/// Why the simulator cannot answer a question.
fn unaskable(question: &Question, account: &AccountState<'_>) -> Option<&'static str> {
    let request = &question.request;
    if request.resource_account.as_ref().is_some_and(|owner| owner != account.identity().id.as_str()) {
        return Some(OTHER_ACCOUNT);
    }
    let assumes = request.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
    let role = assumes && account.find(&request.resource).is_some_and(|address| address.kind == EntityKind::Role);
    let several = needed_actions(&request.action, &request.context).len() > 1;
    role.then_some(TRUST).or_else(|| several.then_some(SEVERAL))
}

/// `*` of s3:ListAllMyBuckets means the ARN that its request names (iam-facts 6.4).
fn resource(action: &str, resource: &str, partition: &str) -> String {
    if resource == "*" && action.eq_ignore_ascii_case("s3:ListAllMyBuckets") {
        return format!("arn:{partition}:s3:::*");
    }
    resource.to_owned()
}

/// The documents that the specs give a principal.
pub fn documents(subject: &str, account: &AccountState<'_>) -> Instead {
    let held = account.find(subject).and_then(|address| account.holdings(&address));
    let Some(held) = held else {
        return Err(Live::Unknown(format!("`{subject}` is not among the specs")));
    };
    if !held.unknown.is_empty() {
        let unknown = held.unknown.iter().map(Unknown::noun).collect::<Vec<_>>().join(", ");
        return Err(Live::Unknown(format!("the principal is not in the account, and these are not known: {unknown}")));
    }
    if held.identity.is_empty() {
        return Err(Live::OfflineOnly(NO_POLICIES.to_owned()));
    }
    let text = |held: &Held<'_>| (held.id(), held.document.to_compact());
    Ok(SimulateDocuments { policies: held.identity.iter().map(text).collect(), boundary: held.boundary.policy().map(text) })
}
