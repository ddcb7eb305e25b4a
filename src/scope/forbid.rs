//! What the project file lets no principal do.

use serde_json::{Value, json};

use super::PrincipalPattern;
use crate::diag::Place;
use crate::names::AccountId;
use crate::policy::data::VERSION;
use crate::policy::pattern::covers;

/// One rule under `forbid`: what a Deny statement with these actions, resources and conditions would deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForbidRule {
    /// What it is called, or its first action.
    pub name: String,
    /// Patterns of actions. Never empty.
    pub actions: Vec<String>,
    /// Patterns of resources; `*` for all.
    pub resources: Vec<String>,
    /// As `Condition` of a statement: an object, empty for none.
    pub conditions: Value,
    /// Whom it holds for; empty for all.
    pub principals: Vec<PrincipalPattern>,
    /// Whom it does not hold for.
    pub except: Vec<PrincipalPattern>,
    /// Where it stands.
    pub place: Place,
}

impl ForbidRule {
    /// Whether it holds for the role or user of an ARN.
    pub fn holds_for(&self, arn: &str, account: &AccountId, partition: &str) -> bool {
        let any = |list: &[PrincipalPattern]| list.iter().any(|pattern| pattern.matches(arn, account, partition));
        (self.principals.is_empty() || any(&self.principals)) && !any(&self.except)
    }

    /// Whether this rule forbids, by its words, all that another one forbids: it names all of its actions and resources, asks for no condition
    /// that the other does not ask for, and excuses nobody more.
    pub fn includes(&self, other: &Self) -> bool {
        fn all<T: PartialEq>(more: &[T], less: &[T]) -> bool {
            less.iter().all(|item| more.contains(item))
        }
        // Letter case counts in resources alone.
        let covered = |more: &[String], less: &[String], spelt: fn(&str) -> String| {
            less.iter().all(|inner| more.iter().any(|outer| covers(&spelt(outer), &spelt(inner))))
        };
        let unconditional = self.conditions.as_object().is_none_or(serde_json::Map::is_empty);
        let everybody = self.principals.is_empty();
        covered(&self.actions, &other.actions, str::to_lowercase)
            && covered(&self.resources, &other.resources, str::to_owned)
            && (unconditional || self.conditions == other.conditions)
            && (everybody || (!other.principals.is_empty() && all(&self.principals, &other.principals)))
            && all(&other.except, &self.except)
    }

    /// The statement that would deny what the rule forbids; `${account_id}` and `${partition}` are the account's own.
    pub fn denial(&self, account: &AccountId, partition: &str) -> Value {
        let mut statement = json!({"Effect": "Deny", "Action": self.actions, "Resource": self.resources});
        if self.conditions.as_object().is_some_and(|map| !map.is_empty()) {
            statement["Condition"] = self.conditions.clone();
        }
        filled(statement, account, partition)
    }

    /// Statements that deny what the rule does not forbid, conditions aside.
    pub fn rest(&self, account: &AccountId, partition: &str) -> Vec<Value> {
        let mut rest = vec![json!({"Effect": "Deny", "NotAction": self.actions, "Resource": "*"})];
        if !self.resources.iter().any(|resource| resource == "*") {
            rest.push(json!({"Effect": "Deny", "Action": "*", "NotResource": self.resources}));
        }
        rest.into_iter().map(|statement| filled(statement, account, partition)).collect()
    }

    /// The rule as a policy, for whoever checks its grammar.
    pub fn as_policy(&self) -> Value {
        let account = AccountId::zero();
        json!({"Version": VERSION, "Statement": [self.denial(&account, "aws")]})
    }
}

/// The same with the account's id and partition in every text.
fn filled(value: Value, account: &AccountId, partition: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${account_id}", account.as_str()).replace("${partition}", partition)),
        Value::Array(list) => Value::Array(list.into_iter().map(|item| filled(item, account, partition)).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, filled(value, account, partition))).collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}
