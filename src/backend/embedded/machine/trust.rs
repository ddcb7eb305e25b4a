//! Trust documents: whom they may name, and how IAM shows them afterwards (iam-facts 5.3 to 5.6).

use serde_json::{Map, Value};

use super::ids::is_principal_id;
use super::refusal::{Checked, Refusal};
use super::{Machine, documents};
use crate::model::Seen;
use crate::names::{AccountId, Arn, EntityKind, Name};
use crate::policy::{Document, DocumentKind};

/// The order of elements in which documents are shown.
const TOP: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 6] = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "Condition"];

impl Machine {
    /// Checks a trust document and gives it as IAM stores it.
    pub(super) fn trust_as_stored(&self, text: &str) -> Checked<Document> {
        let document = documents::check_document(text, DocumentKind::Trust)?;
        for statement in document.statements() {
            self.check_principals(statement)?;
        }
        let limit = self.limits().trust_size();
        if self.too_large(documents::size(&document), limit) {
            return Err(Refusal::quota("ACLSizePerRole", limit));
        }
        Ok(as_shown(&document, &self.account.account.partition))
    }

    fn check_principals(&self, statement: &Value) -> Checked {
        match statement.get("Principal") {
            Some(Value::Object(kinds)) => kinds.iter().try_for_each(|(kind, values)| match values {
                Value::String(one) => self.check_principal(kind, one),
                Value::Array(many) => many.iter().try_for_each(|one| match one {
                    Value::String(one) => self.check_principal(kind, one),
                    _ => Err(Refusal::malformed("Syntax errors in policy.")),
                }),
                _ => Err(Refusal::malformed("Syntax errors in policy.")),
            }),
            Some(Value::String(star)) if star == "*" => {
                Err(Refusal::malformed("AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\""))
            }
            _ => Err(Refusal::malformed("Syntax errors in policy.")),
        }
    }

    fn check_principal(&self, kind: &str, text: &str) -> Checked {
        let good = match kind {
            "AWS" => self.is_aws_principal(text),
            "Federated" => self.is_federated_principal(text),
            "Service" => text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
            // CanonicalUser and whatever else there may be have no place in trust.
            _ => false,
        };
        if good {
            return Ok(());
        }
        let kind = if kind == "AWS" { kind.to_owned() } else { kind.to_uppercase() };
        Err(Refusal::malformed(format!("Invalid principal in policy: \"{kind}\":\"{text}\"")))
    }

    /// Principals of this account must exist under exactly this ARN; those of others cannot be looked into.
    fn is_aws_principal(&self, text: &str) -> bool {
        if text == "*" || AccountId::parse(text).is_some() {
            return true;
        }
        if is_principal_id(text) || text.contains(['*', '?']) {
            return false;
        }
        let Some(arn) = Arn::parse(text).filter(|a| a.region.is_empty() && a.account_id().is_some()) else { return false };
        // Partitions are worlds of their own.
        if arn.partition != self.account.account.partition {
            return false;
        }
        let own = self.is_own(&arn);
        match (arn.service.as_str(), arn.iam_resource()) {
            ("iam", None) => arn.resource == "root",
            ("iam", Some(("role", path, name))) => !own || self.has_role(path, name),
            ("iam", Some(("user", path, name))) => !own || self.has_user(path, name),
            ("sts", Some(("assumed-role" | "federated-user", _, name))) => !name.is_empty(),
            _ => false,
        }
    }

    fn has_role(&self, path: &str, name: &str) -> bool {
        let key = Name::new(name);
        match self.account.roles.get_key_value(&key) {
            Some((real, role)) => real.same_spelling(&key) && role.path == path,
            None => self.may_be_hidden(EntityKind::Role),
        }
    }

    fn has_user(&self, path: &str, name: &str) -> bool {
        let key = Name::new(name);
        match self.account.users.get_key_value(&key) {
            Some((real, user)) => real.same_spelling(&key) && user.path == path,
            None => self.may_be_hidden(EntityKind::User),
        }
    }

    /// An identity provider: one that is built in, by name, or one of an account, by ARN.
    fn is_federated_principal(&self, text: &str) -> bool {
        let Some(arn) = Arn::parse(text) else { return text.contains('.') && !text.contains(['*', '?', ':']) };
        let Some((word, provider)) = arn.resource.split_once('/') else { return false };
        let kind = match word {
            "oidc-provider" => EntityKind::OidcProvider,
            "saml-provider" => EntityKind::SamlProvider,
            _ => return false,
        };
        if !self.is_own(&arn) {
            return arn.account_id().is_some() && arn.partition == self.account.account.partition;
        }
        let key = Name::new(provider);
        let there = match kind {
            EntityKind::OidcProvider => self.account.oidc_providers.contains_key(&key),
            _ => self.account.saml_providers.contains_key(&key),
        };
        there || self.may_be_hidden(kind)
    }

    /// Principals are stored by unique id and shown by ARN: when an entity moves the ARN follows, when it is gone the id stays
    /// (iam-facts 5.6).
    pub(super) fn rename_principal(&mut self, from: &str, to: &str) {
        for role in self.account.roles.values_mut() {
            let Seen::Value(trust) = &mut role.trust else { continue };
            if trust.principals().any(|p| !p.negated && p.kind == "AWS" && p.value == from) {
                let mut value = trust.value().clone();
                replace(&mut value, from, to);
                *trust = Document::new(value);
            }
        }
    }
}

fn replace(document: &mut Value, from: &str, to: &str) {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(many)) => many.as_mut_slice(),
        Some(one) => std::slice::from_mut(one),
        None => return,
    };
    for statement in statements {
        let values = match statement.get_mut("Principal").and_then(|p| p.get_mut("AWS")) {
            Some(Value::Array(many)) => many.as_mut_slice(),
            Some(one) => std::slice::from_mut(one),
            None => continue,
        };
        for value in values.iter_mut().filter(|v| v.as_str() == Some(from)) {
            *value = Value::String(to.to_owned());
        }
    }
}

/// The document as IAM shows it: elements in IAM's order, one-element arrays as scalars, principals sorted, account ids as root
/// ARNs. The meaning stays (iam-facts 5.4, 5.7).
pub(super) fn as_shown(document: &Document, partition: &str) -> Document {
    let Value::Object(top) = document.value() else { return document.clone() };
    let shown = in_order(top, &TOP, |key, value| match (key, value) {
        ("Statement", one) => Value::Array(
            one.as_array().map_or(std::slice::from_ref(one), Vec::as_slice).iter().map(|s| statement(s, partition)).collect(),
        ),
        (_, value) => value.clone(),
    });
    Document::new(Value::Object(shown))
}

fn statement(value: &Value, partition: &str) -> Value {
    let Value::Object(elements) = value else { return value.clone() };
    Value::Object(in_order(elements, &STATEMENT, |key, value| match (key, value) {
        ("Principal", Value::Object(kinds)) => {
            let mut sorted: Vec<_> = kinds.iter().collect();
            sorted.sort_by_key(|(kind, _)| kind.as_str());
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), principals(k, v, partition))).collect())
        }
        ("Action", value) => scalar(value),
        ("Condition", Value::Object(operators)) => Value::Object(
            operators
                .iter()
                .map(|(operator, keys)| {
                    let keys = match keys {
                        Value::Object(keys) => Value::Object(keys.iter().map(|(k, v)| (k.clone(), scalar(v))).collect()),
                        other => other.clone(),
                    };
                    (operator.clone(), keys)
                })
                .collect(),
        ),
        (_, value) => value.clone(),
    }))
}

fn principals(kind: &str, value: &Value, partition: &str) -> Value {
    let shown = |one: &Value| match one.as_str().and_then(AccountId::parse) {
        Some(account) if kind == "AWS" => Value::String(format!("arn:{partition}:iam::{account}:root")),
        _ => one.clone(),
    };
    match value {
        Value::Array(many) => {
            let mut many: Vec<_> = many.iter().map(shown).collect();
            many.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            many.dedup();
            scalar(&Value::Array(many))
        }
        one => shown(one),
    }
}

fn scalar(value: &Value) -> Value {
    match value.as_array().map(Vec::as_slice) {
        Some([one]) => one.clone(),
        _ => value.clone(),
    }
}

/// The members of an object, the listed ones first and in that order.
fn in_order(object: &Map<String, Value>, order: &[&str], show: impl Fn(&str, &Value) -> Value) -> Map<String, Value> {
    let listed = order.iter().filter_map(|key| object.get_key_value(*key));
    let others = object.iter().filter(|(key, _)| !order.contains(&key.as_str()));
    listed.chain(others).map(|(key, value)| (key.clone(), show(key, value))).collect()
}
