//! Spec tests (contract 8): every case of every test, decided by the policies that the specs declare.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, answer};
use super::coverage::Statements;
use super::live::Live;
use super::question;
use crate::diag::Place;
use crate::holdings::{AccountState, Evaluated};
use crate::names::Address;
use crate::policy::PathStep;
use crate::policy::data::FEDERATED_NAMES;
use crate::policy::eval::{Context, Decision, Open, Principal, Request, StatementRef, Value, decide, decide_strictly};
use crate::policy::trust::{self, Assumption};
use crate::spec::shape::{CaseSpec, TestSpec};
use crate::spec::yaml::{At, Kind, OneOrMany};
use crate::spec::{DocumentKey, Loaded, Resolved, SkippedTest};

/// What a case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// Allowed.
    Allowed,
    /// Denied, either way.
    Denied,
    /// Denied for want of a statement that allows it.
    ImplicitlyDenied,
    /// Denied by a statement.
    ExplicitlyDenied,
}

impl Expected {
    /// The key in the spec.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::ImplicitlyDenied => "implicitly_denied",
            Self::ExplicitlyDenied => "explicitly_denied",
        }
    }

    /// Whether a decision in [`Answer`]'s words meets it. What is unknown meets nothing.
    pub fn meets(self, decision: &str) -> bool {
        match self {
            Self::Allowed => decision == "allowed",
            Self::Denied => matches!(decision, "implicitDeny" | "explicitDeny"),
            Self::ImplicitlyDenied => decision == "implicitDeny",
            Self::ExplicitlyDenied => decision == "explicitDeny",
        }
    }
}

/// What a case of a `principal` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The request.
    pub request: Request,
    /// Its condition keys as the spec spells them, in the order of the spec.
    pub context: Vec<(String, Value)>,
}

/// How a case or a test went, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestVerdict {
    /// As expected.
    Passed,
    /// IAM was asked and gave no answer.
    Unknown,
    /// Not as expected.
    Failed,
}

impl TestVerdict {
    /// `passed`, `unknown`, `failed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// One request of a test and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Where the case is written.
    pub place: Place,
    /// What it expects.
    pub expected: Expected,
    /// What it asks; none of a trust, and none where it could not be asked.
    pub question: Option<Question>,
    /// What was decided offline; why the case could not be asked.
    pub answer: Result<Answer, String>,
    /// What came of it at IAM, where IAM was asked (`--live`). It counts in place of the offline answer.
    pub live: Option<Live>,
    /// Every statement of the specs that matched, by its document and its index there: for coverage.
    pub matched: Vec<(DocumentKey, usize)>,
    /// What the case may not mean as it is written.
    pub warning: Option<String>,
}

impl CaseOutcome {
    /// Whether the answer that counts is the expected one.
    pub fn verdict(&self) -> TestVerdict {
        let of = |meets: bool| if meets { TestVerdict::Passed } else { TestVerdict::Failed };
        match (&self.answer, &self.live) {
            (Err(_), _) => TestVerdict::Failed,
            (Ok(_), Some(Live::Unknown(_))) => TestVerdict::Unknown,
            (Ok(_), Some(Live::Answer(live))) if live.decision == "unknown" => TestVerdict::Unknown,
            (Ok(_), Some(Live::Answer(live))) => of(self.expected.meets(live.decision)),
            (Ok(answer), None | Some(Live::OfflineOnly(_))) => of(self.expected.meets(answer.decision)),
        }
    }

    /// Whether it went as expected.
    pub fn passed(&self) -> bool {
        self.verdict() == TestVerdict::Passed
    }

    /// Whether IAM and the offline answer say different things.
    pub fn differs(&self) -> bool {
        matches!((&self.answer, &self.live), (Ok(answer), Some(Live::Answer(live))) if live.decision != answer.decision)
    }
}

/// One test and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// `role/NAME` or `user/NAME`.
    pub subject: String,
    /// Whether it asks who may assume the role, not what the principal may do.
    pub assumes: bool,
    /// Its requests in the order of the spec.
    pub cases: Vec<CaseOutcome>,
    /// Policies that come from the account and not from the specs: `` `aws/X` on `user/u` ``; filled where an account takes part.
    pub from_account: Vec<String>,
}

impl TestOutcome {
    /// With the policies that its principal has by the account and not by the specs, each with who holds it.
    #[must_use]
    pub fn with_account(self, by_specs: &AccountState<'_>, by_account: &AccountState<'_>) -> Self {
        // Who may assume a role is its trust's to say.
        if self.assumes {
            return self;
        }
        let held = |state: &AccountState<'_>| -> BTreeSet<(String, String)> {
            let Some(holdings) = state.find(&self.subject).and_then(|address| state.holdings(&address)) else {
                return BTreeSet::new();
            };
            let all = holdings.identity.iter().chain(holdings.boundary.policy());
            all.map(|held| (held.label(), held.holder().to_string())).collect()
        };
        let known = held(by_specs);
        let more = held(by_account).into_iter().filter(|one| !known.contains(one));
        let from_account = more.map(|(policy, holder)| format!("`{policy}` on `{holder}`")).collect();
        Self { from_account, ..self }
    }

    /// The worst of its cases.
    pub fn verdict(&self) -> TestVerdict {
        self.cases.iter().map(CaseOutcome::verdict).max().unwrap_or(TestVerdict::Passed)
    }

    /// Whether every case went as expected.
    pub fn passed(&self) -> bool {
        self.verdict() == TestVerdict::Passed
    }
}

/// What the tests of the specs came to in one account.
#[derive(Clone, Debug)]
pub struct AccountTests {
    /// The account's name.
    pub account: String,
    /// Its id, where the project knows it.
    pub id: Option<String>,
    /// The tests that ran, in the order of the specs; the reason where none could run, because the account could not be read.
    pub outcomes: Result<Vec<TestOutcome>, String>,
    /// Tests of other accounts.
    pub skipped: Vec<SkippedTest>,
    /// The statements and whether a case reached them, where that was asked for.
    pub statements: Option<Statements>,
}

impl AccountTests {
    /// The tests that ran.
    pub fn ran(&self) -> &[TestOutcome] {
        self.outcomes.as_deref().unwrap_or_default()
    }
}

/// A case that was asked: its question, the answer, the statements that matched.
struct Asked {
    question: Option<Question>,
    answer: Result<Answer, String>,
    matched: Vec<(DocumentKey, usize)>,
    warning: Option<String>,
}

impl Asked {
    /// What could not be asked.
    fn not(problem: String) -> Vec<Self> {
        vec![Self { question: None, answer: Err(problem), matched: Vec::new(), warning: None }]
    }
}

/// How tests are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A condition key that a case does not give is unknown, not absent.
    pub strict: bool,
    /// Actions, condition keys and service principals that the catalogue does not have may be newer than it.
    pub allow_unknown: bool,
}

/// Runs every test.
pub fn run(resolved: &Resolved, loaded: &Loaded, account: &AccountState<'_>, options: Options) -> Vec<TestOutcome> {
    let mut runner = Runner { resolved, loaded, account, options, held: BTreeMap::new() };
    resolved.tests.iter().map(|test| runner.test(test)).collect()
}

struct Runner<'r, 'a> {
    resolved: &'r Resolved,
    loaded: &'r Loaded,
    account: &'r AccountState<'a>,
    options: Options,
    held: BTreeMap<Address, Option<Evaluated>>,
}

impl Runner<'_, '_> {
    fn test(&mut self, test: &At<TestSpec>) -> TestOutcome {
        let expect = &test.expect.value;
        let lists = [
            (Expected::Allowed, &expect.allowed),
            (Expected::Denied, &expect.denied),
            (Expected::ImplicitlyDenied, &expect.implicitly_denied),
            (Expected::ExplicitlyDenied, &expect.explicitly_denied),
        ];
        let assumes = test.assume.is_some();
        let subject = test.principal.as_ref().or(test.assume.as_ref()).map(|text| text.value.clone()).unwrap_or_default();
        let mut cases = Vec::new();
        for (expected, list) in lists {
            for case in &list.0 {
                let asked = if assumes { self.assumption(&subject, case) } else { self.requests(&subject, case) };
                cases.extend(asked.into_iter().map(|Asked { question, answer, matched, warning }| CaseOutcome {
                    place: self.loaded.place(case.at),
                    expected,
                    question,
                    answer,
                    live: None,
                    matched,
                    warning,
                }));
            }
        }
        let (name, place) = (test.name.value.clone(), self.loaded.place(test.name.at));
        TestOutcome { name, place, subject, assumes, cases, from_account: Vec::new() }
    }

    /// One request for each action and resource.
    fn requests(&mut self, subject: &str, case: &CaseSpec) -> Vec<Asked> {
        let address = self.account.find(subject);
        let holdings = address.and_then(|a| self.held.entry(a.clone()).or_insert_with(|| self.account.evaluated(&a)).clone());
        let Some(holdings) = holdings else {
            return Asked::not(format!("`{subject}` is not among the specs"));
        };
        let given = context(case);
        if let Some(fault) = self.key_fault(&given) {
            return Asked::not(fault);
        }
        let keys: Context = given.iter().map(|(key, value)| (key, value.clone())).collect();
        let mut outcomes = Vec::new();
        for action in texts(case.action.as_ref(), "") {
            if let Some(fault) = question::action_fault(&action, !self.options.allow_unknown) {
                outcomes.extend(Asked::not(fault));
                continue;
            }
            for resource in texts(case.resource.as_ref(), "*") {
                let mut request = holdings.caller.request(action.clone(), resource.clone(), &keys);
                request.resource_account = case.resource_account.as_ref().map(|text| text.value.clone());
                let name = if resource == "*" { action.clone() } else { format!("{action} on {resource}") };
                let decision = self.decide(&holdings, &request, case.key_policy.is_some());
                let answer = Ok(self.answer(name, &decision, &holdings.unknown()));
                let question = Some(Question { request, context: given.clone() });
                outcomes.push(Asked {
                    question,
                    answer,
                    matched: self.matched(&decision),
                    warning: question::resource_warning(&resource),
                });
            }
        }
        outcomes
    }

    /// The first condition key that no request has.
    fn key_fault(&self, given: &[(String, Value)]) -> Option<String> {
        given.iter().filter(|_| !self.options.allow_unknown).find_map(|(key, _)| question::key_fault(key))
    }

    /// `default_key_policy`: whether the case says that the key leaves the decision to IAM.
    fn decide(&self, holdings: &Evaluated, request: &Request, default_key_policy: bool) -> Decision {
        let decide = if self.options.strict { decide_strictly } else { decide };
        let mut policies = holdings.policies.clone();
        let own_key = request.must_allow_too() == Some(Open::KeyPolicy) && request.owner() == request.principal.account();
        if !(own_key && default_key_policy) {
            self.account.add_other_side(&mut policies, request);
        }
        trust::with_needed(request, |request| decide(&policies, request))
    }

    /// What the role's trust says of a caller; one attempt for each action that the case names.
    fn assumption(&mut self, subject: &str, case: &CaseSpec) -> Vec<Asked> {
        let role = self.account.find(subject);
        let trust =
            role.as_ref().and_then(|address| Some((self.account.arn(address)?, self.account.named_trust(&address.name)?)));
        let Some((arn, trust)) = trust else {
            return Asked::not(format!("`{subject}` is not among the specs"));
        };
        let (who, caller) = match self.caller(case) {
            Ok(found) => found,
            Err(problem) => return Asked::not(problem),
        };
        let usual = trust::usual_action(&caller);
        let actions = texts(case.action.as_ref(), usual);
        let known_only = !self.options.allow_unknown;
        let service = case.service.as_ref().filter(|_| known_only).and_then(|host| question::service_fault(host));
        let fault = service
            .or_else(|| self.key_fault(&context(case)))
            .or_else(|| actions.iter().find_map(|action| question::action_fault(action, known_only)));
        if let Some(fault) = fault {
            return Asked::not(fault);
        }
        let attempt = |action: String| {
            let name = if action == usual { who.clone() } else { format!("{action} by {who}") };
            let attempt =
                Assumption { caller: caller.clone(), action, role: arn.clone(), context: context(case).into_iter().collect() };
            let decision = trust::assume(&trust, &attempt, self.options.strict);
            let matched = self.matched(&decision);
            Asked { question: None, answer: Ok(self.answer(name, &decision, &[])), matched, warning: None }
        };
        actions.into_iter().map(attempt).collect()
    }

    /// Who assumes, in words and as a principal.
    fn caller(&self, case: &CaseSpec) -> Result<(String, Principal), String> {
        let account = self.account.identity();
        let provider = |word: &str, name: &str| {
            let known = name.starts_with("arn:") || FEDERATED_NAMES.contains(&name);
            if known { name.to_owned() } else { format!("arn:{}:iam::{}:{word}/{name}", account.partition, account.id) }
        };
        if let Some(service) = &case.service {
            return Ok((service.value.clone(), Principal::Service(service.value.clone())));
        }
        if let Some(host) = &case.oidc {
            let host = host.strip_prefix("https://").unwrap_or(host);
            return Ok((format!("a user of {host}"), Principal::Federated(provider("oidc-provider", host))));
        }
        if let Some(name) = &case.saml {
            return Ok((format!("a user of {}", name.value), Principal::Federated(provider("saml-provider", name))));
        }
        let text = case.aws.as_ref().map(|text| text.value.clone()).unwrap_or_default();
        let arn = self.account.find(&text).filter(|_| !text.starts_with("arn:")).and_then(|address| self.account.arn(&address));
        match Principal::parse(arn.as_deref().unwrap_or(&text)) {
            Some(principal) => Ok((text, principal)),
            None => Err(format!("`{text}` is not a principal: write an ARN, an account id, or `role/NAME` of these specs")),
        }
    }

    /// The statements of the specs among those that matched.
    fn matched(&self, decision: &Decision) -> Vec<(DocumentKey, usize)> {
        decision.matched.iter().filter_map(|found| Some((self.account.origin(&found.policy)?, found.statement))).collect()
    }

    fn answer(&self, name: String, decision: &Decision, unread: &[String]) -> Answer {
        answer(name, decision, unread, &|statement| place_of(self.resolved, self.loaded, self.account, statement))
    }
}

/// Where a statement of a decision is written.
pub fn place_of(resolved: &Resolved, loaded: &Loaded, account: &AccountState<'_>, statement: &StatementRef) -> Option<Place> {
    let key = account.origin(&statement.policy)?;
    resolved.place_in(loaded, &key, &[PathStep::Key("Statement".to_owned()), PathStep::Index(statement.statement)])
}

fn texts(list: Option<&OneOrMany>, otherwise: &str) -> Vec<String> {
    list.map(OneOrMany::texts).filter(|list| !list.is_empty()).unwrap_or_else(|| vec![otherwise.to_owned()])
}

/// The condition keys of a case, as the spec spells them.
fn context(case: &CaseSpec) -> Vec<(String, Value)> {
    let value = |kind: &Kind| match kind {
        Kind::Scalar(text, _) => Some(Value::Single(text.to_string())),
        Kind::Seq(items) => Some(Value::Many(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())),
        _ => None,
    };
    case.context.list.iter().filter_map(|(key, raw)| Some((key.value.clone(), value(&raw.0.kind)?))).collect()
}
