//! From typed statements back to JSON.

use serde_json::{Map, Value, json};

use super::{Effect, Principals, Statement};
use crate::BARE;

impl Statement {
    /// The statement as JSON, without its `Sid`. A faulty statement loses what could not be understood.
    pub fn to_value(&self) -> Value {
        self.to_value_of(self.action_patterns(), self.resource_patterns())
    }

    /// The same with other patterns for its actions and resources.
    pub fn to_value_of<T: AsRef<str>>(&self, actions: &[T], resources: &[T]) -> Value {
        let list = |values: &[T]| Value::from(values.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        let mut fields = Map::new();
        fields.insert("Effect".to_owned(), json!(if self.effect == Effect::Allow { "Allow" } else { "Deny" }));
        if let Some(principals) = &self.principals {
            fields.insert(if principals.negated { "NotPrincipal" } else { "Principal" }.to_owned(), who(principals));
        }
        if self.actions.is_some() {
            fields.insert(self.action_member().to_owned(), list(actions));
        }
        if self.resources.is_some() {
            fields.insert(self.resource_member().to_owned(), list(resources));
        }
        let mut condition: Map<String, Value> = Map::new();
        for test in &self.conditions {
            let keys = condition.entry(test.written_operator.clone()).or_insert_with(|| json!({}));
            if let Some(keys) = keys.as_object_mut() {
                keys.insert(test.written_key.clone(), json!(test.values));
            }
        }
        if !condition.is_empty() {
            fields.insert("Condition".to_owned(), Value::Object(condition));
        }
        Value::Object(fields)
    }
}

fn who(principals: &Principals) -> Value {
    let mut kinds: Map<String, Value> = Map::new();
    for (kind, value) in &principals.values {
        if kind == BARE {
            return json!(value);
        }
        if let Some(list) = kinds.entry(kind.clone()).or_insert_with(|| json!([])).as_array_mut() {
            list.push(json!(value));
        }
    }
    Value::Object(kinds)
}

#[cfg(test)]
mod tests {
    use crate::Document;
    use crate::ast::Policy;

    #[test]
    fn what_is_written_reads_the_same() {
        for statement in [
            r#"{"Effect":"Allow","Action":"s3:*","Resource":["a","b"],"Condition":{"StringEquals":{"A:b":["x","y"],"c:D":"z"},"Bool":{"e:f":true}}}"#,
            r#"{"Effect":"Deny","Principal":"*","NotAction":["a:B"],"NotResource":"*"}"#,
            r#"{"Effect":"Deny","NotPrincipal":{"AWS":["1","2"],"Service":"x"},"Action":"sts:AssumeRole"}"#,
        ] {
            let read = |text: &str| {
                Policy::read(&Document::parse(&format!(r#"{{"Statement":[{text}]}}"#)).unwrap()).statements.remove(0)
            };
            let first = read(statement);
            assert_eq!(read(&first.to_value().to_string()), first, "{statement}");
        }
    }
}
