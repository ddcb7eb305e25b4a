//! What the access engine proves of single statements: that one adds nothing, that one is denied, that one is about no request.
//!
//! Statements are put before `policy::access` with no more of the others than can matter, so that most questions are not asked at all
//! and the others are small. A proof holds whatever is left out, because less is then allowed before; where the engine is undecided, or
//! the work bound is reached, nothing is claimed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arn;
use super::pattern;
use crate::policy::Document;
use crate::policy::access::{Options, PrincipalPolicies, Subject, Verdict, compare};
use crate::policy::ast::Statement;
use crate::policy::data::VERSION;

/// Steps of the engine for one question.
const STEPS: u64 = 50_000;
/// Questions of one document or principal.
const MOST_QUESTIONS: u32 = 48;
/// Documents with more statements, and statements with more patterns, are not asked about.
const MOST_STATEMENTS: usize = 200;
const MOST_PATTERNS: usize = 400;

/// How many questions may still be asked.
#[derive(Debug)]
pub struct Questions(u32);

impl Default for Questions {
    fn default() -> Self {
        Self(MOST_QUESTIONS)
    }
}

/// Whether statements are understood, few and short enough to be asked about.
pub fn is_small(statements: &[&Statement]) -> bool {
    let patterns = |s: &Statement| s.action_patterns().len() + s.resource_patterns().len();
    statements.len() <= MOST_STATEMENTS && statements.iter().all(|s| !s.faulty && patterns(s) <= MOST_PATTERNS)
}

impl Questions {
    /// Whether everything that `statement` (an Allow) allows and `denies` leaves is allowed by `others`; proven.
    pub fn adds_nothing(&mut self, statement: &Statement, others: &[&Statement], denies: &[&Statement]) -> bool {
        let others = relevant(statement, others);
        let denies = relevant(statement, denies);
        let both: Vec<&Part<'_>> = others.iter().chain(&denies).collect();
        if !may_cover(statement, &both) {
            return false;
        }
        let before: Vec<Value> = both.iter().map(|part| part.value()).collect();
        let mut after = before.clone();
        after.push(statement.to_value());
        self.is_proven(before, after, None)
    }

    /// Whether `statement` (a Deny) denies nothing that `others` (denies) do not deny; proven. Without others: that it never denies.
    pub fn denies_nothing_more(&mut self, statement: &Statement, others: &[&Statement]) -> bool {
        let parts = relevant(statement, others);
        if !others.is_empty() && !may_cover(statement, &parts.iter().collect::<Vec<_>>()) {
            return false;
        }
        let mut after = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
        after.extend(parts.iter().map(Part::value));
        let mut before = after.clone();
        before.push(statement.to_value());
        self.is_proven(before, after, None)
    }

    /// Whether a boundary lets nothing of an Allow through; proven.
    pub fn is_outside(&mut self, statement: &Statement, boundary: &[&Statement]) -> bool {
        let parts = relevant(statement, boundary);
        let boundary: Vec<Value> = parts.iter().map(Part::value).collect();
        self.is_proven(Vec::new(), vec![statement.to_value()], Some(boundary))
    }

    /// Whether an Allow allows no request at all; proven.
    pub fn never_allows(&mut self, statement: &Statement) -> bool {
        self.is_proven(Vec::new(), vec![statement.to_value()], None)
    }

    /// Whether nothing is allowed after that was not before.
    fn is_proven(&mut self, before: Vec<Value>, after: Vec<Value>, boundary: Option<Vec<Value>>) -> bool {
        if self.0 == 0 {
            return false;
        }
        self.0 -= 1;
        let document = |statements: Vec<Value>| Document::new(json!({"Version": VERSION, "Statement": statements}));
        let boundary = boundary.map(|statements| ("boundary".to_owned(), document(statements)));
        let side = |statements: Vec<Value>| PrincipalPolicies {
            identity: vec![(String::new(), document(statements))],
            boundary: boundary.clone(),
            ..PrincipalPolicies::default()
        };
        let change = compare(&side(before), &side(after), &Subject::Anyone, Options { steps: STEPS, names: false });
        change.verdict == Verdict::NoNewAccess
    }
}

/// A statement with those of its patterns that may matter to another one.
struct Part<'s> {
    statement: &'s Statement,
    actions: Vec<&'s str>,
    resources: Vec<&'s str>,
}

impl Part<'_> {
    fn value(&self) -> Value {
        self.statement.to_value_of(&self.actions, &self.resources)
    }
}

/// What of other statements may be about the same requests.
fn relevant<'s>(statement: &Statement, others: &[&'s Statement]) -> Vec<Part<'s>> {
    let all = |patterns: &'s [String]| patterns.iter().map(String::as_str).collect();
    let parts = others.iter().filter(|other| !other.faulty).map(|other| Part {
        statement: other,
        actions: match statement.is_not_action() || other.is_not_action() {
            true => all(other.action_patterns()),
            false => {
                let meeting = statement.action_patterns().iter().flat_map(|s| about(s, other).filter(|o| actions_meet(s, o)));
                meeting.collect::<BTreeSet<&str>>().into_iter().collect()
            }
        },
        resources: match statement.is_not_resource() || other.is_not_resource() {
            true => all(other.resource_patterns()),
            false => {
                let meets = |o: &&String| statement.resource_patterns().iter().any(|s| arn::intersects(s, o));
                other.resource_patterns().iter().filter(meets).map(String::as_str).collect()
            }
        },
    });
    parts.filter(|p| !p.actions.is_empty() && !p.resources.is_empty()).collect()
}

/// The patterns of a statement that may be about the service of an action.
fn about<'s>(action: &str, statement: &'s Statement) -> impl Iterator<Item = &'s str> + use<'s> {
    let service = action.split_once(':').map(|(service, _)| service).filter(|s| !s.contains(['*', '?']));
    let indexed = service.map(|service| statement.actions_about(&service.to_ascii_lowercase()).collect::<Vec<_>>());
    indexed.unwrap_or_else(|| statement.action_patterns().iter().map(String::as_str).collect()).into_iter()
}

/// Whether every pattern of a statement meets one of the others: else something of it is left for certain.
fn may_cover(statement: &Statement, others: &[&Part<'_>]) -> bool {
    let action = |a: &str| others.iter().any(|o| o.statement.is_not_action() || o.actions.iter().any(|o| actions_meet(a, o)));
    let resource =
        |r: &str| others.iter().any(|o| o.statement.is_not_resource() || o.resources.iter().any(|o| arn::intersects(r, o)));
    // What a statement leaves out says nothing about what it is about.
    (statement.is_not_action() || statement.action_patterns().iter().all(|a| action(a)))
        && (statement.is_not_resource() || statement.resource_patterns().iter().all(|r| resource(r)))
        && !others.is_empty()
}

/// Whether two patterns of actions may be about one action; case does not count.
fn actions_meet(a: &str, b: &str) -> bool {
    if let (Some((a, _)), Some((b, _))) = (a.split_once(':'), b.split_once(':'))
        && !a.eq_ignore_ascii_case(b)
        && !a.contains(['*', '?'])
        && !b.contains(['*', '?'])
    {
        return false;
    }
    pattern::intersects(&pattern::action(a), &pattern::action(b))
}
