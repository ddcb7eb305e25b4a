//! From JSON to typed statements.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Clause, Effect, Policy, Principals, Statement, Test, WrittenTest};
use crate::canon::one_or_list;
use crate::data::VERSION;
use crate::{BARE, Document, Operator};

impl Policy {
    /// Reads a document. A statement without a readable `Effect` is left out.
    pub fn read(document: &Document) -> Self {
        let version = document.value().get("Version").and_then(Value::as_str);
        let statements = document.statements().iter().enumerate().filter_map(|(i, s)| statement(i, s)).collect();
        let mut spelling = BTreeMap::new();
        for statement in document.statements() {
            spell(statement, &mut spelling);
        }
        Self { variables: version == Some(VERSION), statements, spelling }
    }
}

/// The keys of a statement's conditions and variables as they are written.
fn spell(statement: &Value, spelling: &mut BTreeMap<String, String>) {
    let mut add = |key: &str| {
        spelling.entry(key.to_lowercase()).or_insert_with(|| key.to_owned());
    };
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    let mut values: Vec<&Value> = ["Resource", "NotResource"].iter().filter_map(|element| statement.get(element)).collect();
    for (key, found) in operators.filter_map(Value::as_object).flatten() {
        add(key);
        values.push(found);
    }
    for text in values.into_iter().flat_map(one_or_list).filter_map(Value::as_str) {
        for part in text.split("${").skip(1) {
            add(part.split(['}', ',']).next().unwrap_or_default());
        }
    }
}

fn statement(index: usize, value: &Value) -> Option<Statement> {
    let effect = match value.get("Effect")?.as_str()? {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return None,
    };
    let mut faulty = false;
    let actions = clause(value, "Action", "NotAction", &mut faulty).map(Clause::indexed);
    let resources = clause(value, "Resource", "NotResource", &mut faulty);
    let principals = principals(value, &mut faulty);
    let mut unknown_operators = Vec::new();
    let conditions = conditions(index, value, &mut unknown_operators, &mut faulty);
    faulty |= !unknown_operators.is_empty();
    let sid = value.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned);
    Some(Statement { index, sid, effect, principals, actions, resources, conditions, unknown_operators, faulty })
}

/// Both or neither of a pair is a fault where the caller needs one; here only both is.
fn clause(statement: &Value, element: &str, contrary: &str, faulty: &mut bool) -> Option<Clause> {
    let (negated, value) = match (statement.get(element), statement.get(contrary)) {
        (Some(value), None) => (false, value),
        (None, Some(value)) => (true, value),
        (Some(value), Some(_)) => {
            *faulty = true;
            (false, value)
        }
        (None, None) => return None,
    };
    Some(Clause::new(negated, texts(value, faulty)))
}

fn texts(value: &Value, faulty: &mut bool) -> Vec<String> {
    let list = one_or_list(value);
    let texts: Vec<String> = list.iter().filter_map(text).collect();
    *faulty |= texts.len() != list.len();
    texts
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn principals(statement: &Value, faulty: &mut bool) -> Option<Principals> {
    let (negated, value) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(value), other) => {
            *faulty |= other.is_some();
            (false, value)
        }
        (None, Some(value)) => (true, value),
        (None, None) => return None,
    };
    let values = match value {
        Value::String(text) => vec![(BARE.to_owned(), text.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, values)| texts(values, faulty).into_iter().map(|value| (kind.clone(), value)).collect::<Vec<_>>())
            .collect(),
        _ => {
            *faulty = true;
            Vec::new()
        }
    };
    Some(Principals { negated, values })
}

fn conditions(index: usize, statement: &Value, unknown: &mut Vec<(String, String)>, faulty: &mut bool) -> Vec<WrittenTest> {
    let mut tests = Vec::new();
    let Some(condition) = statement.get("Condition") else { return tests };
    let Some(operators) = condition.as_object() else {
        *faulty = true;
        return tests;
    };
    for (name, keys) in operators {
        let Some(keys) = keys.as_object() else {
            *faulty = true;
            continue;
        };
        let Some(operator) = Operator::read(name) else {
            unknown.extend(keys.keys().map(|key| (name.clone(), key.clone())));
            continue;
        };
        for (key, values) in keys {
            let test = Test { operator, key: key.to_lowercase(), values: texts(values, faulty) };
            tests.push(WrittenTest { written_operator: name.clone(), written_key: key.clone(), statement: index, test });
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Policy {
        Policy::read(&Document::parse(text).unwrap())
    }

    #[test]
    fn one_value_is_a_list_of_one_everywhere() {
        let policy = read(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"a:B","NotResource":"*",
                "Condition":{"numericequals":{"A:B":1,"c:d":[true,"x"]}}}}"#,
        );
        let s = &policy.statements[0];
        assert!(policy.variables && !s.faulty);
        assert_eq!(s.actions, Some(Clause::new(false, vec!["a:B".into()])));
        assert!(s.resources.as_ref().unwrap().negated);
        assert_eq!(s.conditions[0].operator.base, crate::Base::NumericEquals);
        assert_eq!((s.conditions[0].key.as_str(), s.conditions[0].values.as_slice()), ("a:b", ["1".to_owned()].as_slice()));
        assert_eq!(s.conditions[1].values, ["true", "x"]);
        assert_eq!(s.principals.as_ref().unwrap().values, [("*".to_owned(), "*".to_owned())]);
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_and_never_a_panic() {
        let faulty = |s: &str| read(&format!(r#"{{"Statement":[{s}]}}"#)).statements.first().map(|s| s.faulty);
        assert_eq!(faulty(r#"{"Effect":"Allow","Action":"*","NotAction":"*"}"#), Some(true));
        assert_eq!(faulty(r#"{"Effect":"Deny","Condition":{"StringEqual":{"a":"b"}}}"#), Some(true));
        assert_eq!(faulty(r#"{"Effect":"Deny","Action":[1,null]}"#), Some(true));
        assert_eq!(faulty(r#"{"Effect":"Deny","Action":"*","Condition":{}}"#), Some(false));
        assert_eq!(faulty(r#"{"Effect":"deny"}"#), None);
        assert_eq!(faulty("7"), None);
        assert!(read("[]").statements.is_empty());
    }
}
