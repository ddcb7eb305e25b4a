//! What the project forbids, proven for principals: one engine for lint and for plans.
//!
//! The prover compares what a principal may do with what it could do if a Deny statement stood beside its policies that says what the rule says.
//! What is gained is forbidden access, with a request that shows it; "nothing gained" is a proof. It is about what identity policies allow;
//! what a resource's policy allows by itself stands in no document of the account.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::holdings::{AccountState, Holdings, subject_of};
use crate::names::Address;
use crate::policy::Document;
use crate::policy::access::{Example, Library, Options, PrincipalPolicies, Verdict};
use crate::policy::ast::{Policy, Statement};
use crate::policy::context::Value as Key;
use crate::policy::data::VERSION;
use crate::policy::pattern::overlaps;
use crate::scope::ForbidRule;

/// Steps of the prover for all rules at once, without examples.
const STEPS: u64 = 20_000_000;

/// The id of the document that says what is forbidden.
const RULES: &str = "what the project forbids";

/// A principal and a rule that is not proven to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The role or user.
    pub address: Address,
    /// The rule.
    pub rule: ForbidRule,
    /// What was found.
    pub outcome: Outcome,
}

/// Why a rule is not proven.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A forbidden request is allowed.
    Allowed(Box<Allowed>),
    /// Neither proven nor shown, and why.
    Open(String),
}

/// A forbidden request that is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    /// The request.
    pub example: Example,
    /// The policy that allows it, as a reader knows it: `policy/x`, `role/x/inline/y`, `aws/ReadOnlyAccess`.
    pub policy: String,
    /// Its number among the documents of the holdings.
    pub held: usize,
    /// The statement's number in it, from 0.
    pub statement: usize,
}

impl Breach {
    /// `` `role/a` may do what `x` forbids``; the same for every request that shows it.
    pub fn claim(&self) -> String {
        let rule = self.rule.name.escape_debug();
        match &self.outcome {
            Outcome::Allowed(_) => format!("`{}` may do what `{rule}` forbids", self.address),
            Outcome::Open(_) => format!("whether `{}` may do what `{rule}` forbids is not decided", self.address),
        }
    }

    /// The claim with the request and the statement that allows it, or with the reason.
    pub fn message(&self) -> String {
        match &self.outcome {
            Outcome::Allowed(allowed) => {
                let Allowed { example, policy, statement, .. } = allowed.as_ref();
                format!(
                    "{}: `{}` on `{}`{}, by statement {} of `{policy}`",
                    self.claim(),
                    example.action,
                    example.resource,
                    with(example),
                    statement + 1
                )
            }
            Outcome::Open(why) => format!("{}: {why}", self.claim()),
        }
    }

    /// The next move.
    pub fn help(&self) -> String {
        let (address, place) = (&self.address, &self.rule.place);
        match &self.outcome {
            Outcome::Allowed(_) => {
                format!("narrow the statement or deny the action; only `except` of the rule ({place}) excuses `{address}`")
            }
            Outcome::Open(_) => format!("deny what the rule ({place}) forbids, or write the policy so that it can be decided"),
        }
    }
}

/// `` with `aws:RequestedRegion` = `us-east-1` ``.
fn with(example: &Example) -> String {
    let one = |(key, value): (&String, &Key)| match value {
        Key::Single(value) => format!("`{key}` = `{value}`"),
        Key::Many(values) => format!("`{key}` = `{}`", values.join("`, `")),
    };
    let keys: Vec<String> = example.context.iter().map(one).collect();
    if keys.is_empty() { String::new() } else { format!(" with {}", keys.join(" and ")) }
}

/// Asks about principals of one account; what one question works out the next can use.
#[derive(Debug)]
pub struct Judge<'s> {
    state: &'s AccountState<'s>,
    rules: &'s [ForbidRule],
    prover: Library,
}

impl<'s> Judge<'s> {
    /// For the principals of an account.
    pub fn new(state: &'s AccountState<'s>, rules: &'s [ForbidRule]) -> Self {
        Self { state, rules, prover: Library::of_partition(&state.identity().partition) }
    }

    /// Every rule that is not proven for a role or user.
    pub fn of(&self, address: &Address) -> Vec<Breach> {
        let Some(holdings) = self.state.holdings(address).filter(|_| !self.rules.is_empty()) else { return Vec::new() };
        let account = self.state.identity();
        let rules: Vec<&ForbidRule> =
            self.rules.iter().filter(|rule| rule.holds_for(&holdings.arn, &account.id, &account.partition)).collect();
        let breach = |rule: &&ForbidRule, outcome| Breach { address: address.clone(), rule: (*rule).clone(), outcome };
        let policies = match holdings.documents() {
            Ok(policies) => policies,
            Err(why) => return rules.iter().map(|rule| breach(rule, Outcome::Open(why.clone()))).collect(),
        };
        let denials = rules.iter().map(|rule| rule.denial(&account.id, &account.partition)).collect();
        let quick = Options { steps: STEPS, names: false };
        let subject = subject_of(&holdings.arn);
        let few = about(&policies, &rules);
        if few.identity.is_empty()
            || self.prover.compare(&beside(&few, denials), &few, &subject, quick).verdict == Verdict::NoNewAccess
        {
            return Vec::new();
        }
        let one = |rule: &&ForbidRule| Some(breach(rule, self.outcome(rule, &holdings, &policies)?));
        rules.iter().filter_map(one).collect()
    }

    fn outcome(&self, rule: &ForbidRule, holdings: &Holdings<'_>, policies: &PrincipalPolicies) -> Option<Outcome> {
        let account = self.state.identity();
        let few = about(policies, &[rule]);
        let kept = beside(&few, vec![rule.denial(&account.id, &account.partition)]);
        let found = self.prover.compare(&kept, &few, &subject_of(&holdings.arn), Options::default());
        match found.verdict {
            Verdict::NoNewAccess => None,
            Verdict::Undecided => Some(Outcome::Open(found.reason.unwrap_or_default())),
            Verdict::NewAccess => {
                let Some(grant) = found.gained.into_iter().next() else {
                    return Some(Outcome::Open("the request that shows it was not worked out".to_owned()));
                };
                let held = holdings.identity.iter().position(|held| held.label() == grant.document)?;
                Some(Outcome::Allowed(Box::new(Allowed {
                    example: grant.example,
                    policy: grant.document,
                    held,
                    statement: grant.statement,
                })))
            }
        }
    }

    /// Whether a principal that breaks a rule can do more of what the rule is about than in the account `before`. Yes unless the contrary is
    /// proven; the conditions of the rule are left out of account.
    fn grows(&self, before: &AccountState<'_>, address: &Address, rule: &ForbidRule) -> bool {
        let (Some(was), Some(is)) = (before.holdings(address), self.state.holdings(address)) else { return true };
        if was.arn != is.arn || was.id != is.id || was.tags != is.tags {
            return true;
        }
        let (Ok(old), Ok(new)) = (was.documents(), is.documents()) else { return true };
        let account = self.state.identity();
        let rest = rule.rest(&account.id, &account.partition);
        let quick = Options { steps: STEPS, names: false };
        let found = self.prover.compare(&beside(&old, rest.clone()), &beside(&new, rest), &subject_of(&is.arn), quick);
        found.verdict != Verdict::NoNewAccess
    }
}

/// The policies as far as they can matter to the actions of rules: an Allow of other actions gives way to a Deny of nothing, so that the
/// others keep their numbers; a document without any other Allow goes.
fn about(policies: &PrincipalPolicies, rules: &[&ForbidRule]) -> PrincipalPolicies {
    let wanted: Vec<String> = rules.iter().flat_map(|rule| &rule.actions).map(|action| action.to_lowercase()).collect();
    let meets = |pattern: &String| wanted.iter().any(|action| overlaps(&pattern.to_lowercase(), action));
    let narrowed = |(id, document): &(String, Document)| {
        let read = Policy::read(document).statements;
        let matters = |s: &Statement| !s.allows() || s.faulty || s.is_not_action() || s.action_patterns().iter().any(meets);
        if !read.iter().any(matters) {
            return None;
        }
        let raw = document.statements();
        let mut statements: Vec<Value> = raw.to_vec();
        for statement in read.iter().filter(|statement| !matters(statement)) {
            if let Some(one) = statements.get_mut(statement.index) {
                *one = json!({"Effect": "Deny", "Action": "iamctl:Nothing", "Resource": "*"});
            }
        }
        let mut value = document.value().clone();
        value.as_object_mut()?.insert("Statement".to_owned(), Value::Array(statements));
        Some((id.clone(), Document::new(value)))
    };
    let identity = policies.identity.iter().filter_map(narrowed).collect();
    PrincipalPolicies { identity, ..policies.clone() }
}

/// Policies with a document of denials beside them.
fn beside(policies: &PrincipalPolicies, denials: Vec<Value>) -> PrincipalPolicies {
    let mut policies = policies.clone();
    policies.identity.push((RULES.to_owned(), Document::new(json!({"Version": VERSION, "Statement": denials}))));
    policies
}

/// The breaches in an account as a change leaves it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// What the change adds.
    pub added: Vec<Breach>,
    /// What was so before, and what is not decided.
    pub standing: Vec<Breach>,
}

/// The breaches in the account `after`, told apart by what the account `before` had.
pub fn of_change(before: &AccountState<'_>, after: &AccountState<'_>, rules: &[ForbidRule]) -> Change {
    let mut change = Change::default();
    if rules.is_empty() {
        return change;
    }
    let (was, is) = (Judge::new(before, rules), Judge::new(after, rules));
    for address in after.principals() {
        let found = is.of(&address);
        let untouched = found.is_empty() || before.holdings(&address) == after.holdings(&address);
        let old = if untouched { Vec::new() } else { was.of(&address) };
        for breach in found {
            let allowed = matches!(breach.outcome, Outcome::Allowed(_));
            let same = |old: &Breach| old.rule == breach.rule && matches!(old.outcome, Outcome::Allowed(_));
            let stood = untouched || (old.iter().any(same) && !is.grows(before, &address, &breach.rule));
            if allowed && !stood { change.added.push(breach) } else { change.standing.push(breach) }
        }
    }
    change
}
