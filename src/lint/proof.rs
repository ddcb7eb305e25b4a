//! What the access engine proves of single statements: that one adds nothing, that one is denied, that one is about no request.
//!
//! Statements are put before `policy::access` with no more of the others than can matter, so that most questions are not asked at all
//! and the others are small. A proof holds whatever is left out, because less is then allowed before; where the engine is undecided, or
//! the work bound is reached, nothing is claimed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::arn;
use super::pattern;
use super::subject::Statement;
use crate::policy::Document;
use crate::policy::access::{Options, PrincipalPolicies, Subject, Verdict, compare};
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

/// Whether statements are few and short enough to be asked about.
pub fn is_small(statements: &[&Statement<'_>]) -> bool {
    let patterns = |s: &Statement<'_>| s.actions.len() + s.resources.len();
    statements.len() <= MOST_STATEMENTS && statements.iter().all(|s| patterns(s) <= MOST_PATTERNS)
}

impl Questions {
    /// Whether everything that `statement` (an Allow) allows and `denies` leaves is allowed by `others`; proven.
    pub fn adds_nothing(&mut self, statement: &Statement<'_>, others: &[&Statement<'_>], denies: &[&Statement<'_>]) -> bool {
        let others = relevant(statement, others);
        let denies = relevant(statement, denies);
        let both: Vec<&Part<'_, '_>> = others.iter().chain(&denies).collect();
        if !may_cover(statement, &both) {
            return false;
        }
        let before: Vec<Value> = both.iter().map(|part| part.value()).collect();
        let mut after = before.clone();
        after.push(statement.value.clone());
        self.is_proven(before, after, None)
    }

    /// Whether `statement` (a Deny) denies nothing that `others` (denies) do not deny; proven. Without others: that it never denies.
    pub fn denies_nothing_more(&mut self, statement: &Statement<'_>, others: &[&Statement<'_>]) -> bool {
        let parts = relevant(statement, others);
        if !others.is_empty() && !may_cover(statement, &parts.iter().collect::<Vec<_>>()) {
            return false;
        }
        let mut after = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
        after.extend(parts.iter().map(Part::value));
        let mut before = after.clone();
        before.push(statement.value.clone());
        self.is_proven(before, after, None)
    }

    /// Whether a boundary lets nothing of an Allow through; proven.
    pub fn is_outside(&mut self, statement: &Statement<'_>, boundary: &[&Statement<'_>]) -> bool {
        let parts = relevant(statement, boundary);
        let boundary: Vec<Value> = parts.iter().map(Part::value).collect();
        self.is_proven(Vec::new(), vec![statement.value.clone()], Some(boundary))
    }

    /// Whether an Allow allows no request at all; proven.
    pub fn never_allows(&mut self, statement: &Statement<'_>) -> bool {
        self.is_proven(Vec::new(), vec![statement.value.clone()], None)
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
        };
        let change = compare(&side(before), &side(after), &Subject::Anyone, Options { steps: STEPS, names: false });
        change.verdict == Verdict::NoNewAccess
    }
}

/// A statement with those of its patterns that may matter to another one.
struct Part<'s, 'a> {
    statement: &'s Statement<'a>,
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
}

impl Part<'_, '_> {
    fn value(&self) -> Value {
        let mut fields = Map::new();
        for (key, value) in self.statement.value.as_object().into_iter().flatten() {
            let value = match key.as_str() {
                "Action" => json!(self.actions),
                "Resource" => json!(self.resources),
                "Sid" => continue,
                _ => value.clone(),
            };
            fields.insert(key.clone(), value);
        }
        Value::Object(fields)
    }
}

/// What of other statements may be about the same requests.
fn relevant<'s, 'a>(statement: &Statement<'_>, others: &[&'s Statement<'a>]) -> Vec<Part<'s, 'a>> {
    let parts = others.iter().map(|other| Part {
        statement: other,
        actions: match statement.not_action || other.not_action {
            true => other.actions.clone(),
            false => {
                let meeting = statement.actions.iter().flat_map(|s| about(s, other).filter(|o| actions_meet(s, o)));
                meeting.collect::<BTreeSet<&str>>().into_iter().collect()
            }
        },
        resources: match statement.not_resource || other.not_resource {
            true => other.resources.clone(),
            false => {
                other.resources.iter().copied().filter(|o| statement.resources.iter().any(|s| arn::intersects(s, o))).collect()
            }
        },
    });
    parts.filter(|p| !p.actions.is_empty() && !p.resources.is_empty()).collect()
}

/// The patterns of a statement that may be about the service of an action.
fn about<'a>(action: &str, statement: &Statement<'a>) -> impl Iterator<Item = &'a str> {
    let service = action.split_once(':').map(|(service, _)| service).filter(|s| !s.contains(['*', '?']));
    let indexed = service.map(|service| statement.actions_about(&service.to_ascii_lowercase()).collect::<Vec<_>>());
    indexed.unwrap_or_else(|| statement.actions.clone()).into_iter()
}

/// Whether every pattern of a statement meets one of the others: else something of it is left for certain.
fn may_cover(statement: &Statement<'_>, others: &[&Part<'_, '_>]) -> bool {
    let action = |a: &str| others.iter().any(|o| o.statement.not_action || o.actions.iter().any(|o| actions_meet(a, o)));
    let resource = |r: &str| others.iter().any(|o| o.statement.not_resource || o.resources.iter().any(|o| arn::intersects(r, o)));
    // What a statement leaves out says nothing about what it is about.
    (statement.not_action || statement.actions.iter().all(|a| action(a)))
        && (statement.not_resource || statement.resources.iter().all(|r| resource(r)))
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
