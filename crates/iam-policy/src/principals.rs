//! Walking over the principals of a document.

use serde_json::Value;

use super::Document;
use super::canon::one_or_list;

/// The kind under which a bare `"Principal": "*"` is reported: it names none.
pub const BARE: &str = "*";

/// One principal of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrincipalRef<'a> {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser`, whatever else the document says, or [`BARE`].
    pub kind: &'a str,
    /// The principal as written: ARN, account id, unique id, host name, `*`.
    pub value: &'a str,
    /// The statement's effect as written; empty where it has none.
    pub effect: &'a str,
    /// Whether it stands under `NotPrincipal`.
    pub negated: bool,
    /// Index of the statement, from 0.
    pub statement: usize,
}

impl PrincipalRef<'_> {
    /// `Principal` or `NotPrincipal`.
    pub fn element(&self) -> &'static str {
        if self.negated { "NotPrincipal" } else { "Principal" }
    }
}

impl Document {
    /// The statements: the elements of a list, or the one that stands alone. Nothing for a document without any.
    pub fn statements(&self) -> &[Value] {
        self.value().get("Statement").map(one_or_list).unwrap_or_default()
    }

    /// Every principal, in the document's order. What is of a wrong type is passed over.
    pub fn principals(&self) -> impl Iterator<Item = PrincipalRef<'_>> {
        self.statements().iter().enumerate().flat_map(|(index, statement)| {
            let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or_default();
            ["Principal", "NotPrincipal"].into_iter().flat_map(move |element| {
                let negated = element == "NotPrincipal";
                let found: Vec<(&str, &str)> = match statement.get(element) {
                    Some(Value::String(text)) => vec![(BARE, text)],
                    Some(Value::Object(kinds)) => kinds
                        .iter()
                        .flat_map(|(kind, values)| one_or_list(values).iter().map(move |v| (kind.as_str(), v)))
                        .filter_map(|(kind, value)| Some((kind, value.as_str()?)))
                        .collect(),
                    _ => Vec::new(),
                };
                found.into_iter().map(move |(kind, value)| PrincipalRef { kind, value, effect, negated, statement: index })
            })
        })
    }

    /// The principals that are unique ids: their role or user was deleted, and nobody answers to them any more (iam-facts 5.6).
    pub fn dangling_principals(&self) -> impl Iterator<Item = PrincipalRef<'_>> {
        self.principals().filter(|p| p.kind == "AWS" && is_unique_id(p.value))
    }

    /// The same document with some principals replaced: `f` gets kind and value and answers with the new value, or `None` to
    /// keep it. Order and spelling of everything else stay.
    pub fn map_principals(&self, f: &mut dyn FnMut(&str, &str) -> Option<String>) -> Document {
        let mut value = self.value().clone();
        match value.get_mut("Statement") {
            Some(Value::Array(list)) => list.iter_mut().for_each(|s| map_statement(s, f)),
            Some(one) => map_statement(one, f),
            None => {}
        }
        Document::new(value)
    }
}

fn map_statement(statement: &mut Value, f: &mut dyn FnMut(&str, &str) -> Option<String>) {
    for element in ["Principal", "NotPrincipal"] {
        match statement.get_mut(element) {
            Some(Value::Object(kinds)) => {
                for (kind, values) in kinds.iter_mut() {
                    match values {
                        Value::Array(list) => list.iter_mut().for_each(|v| map_value(kind, v, f)),
                        one => map_value(kind, one, f),
                    }
                }
            }
            Some(bare) => map_value(BARE, bare, f),
            None => {}
        }
    }
}

fn map_value(kind: &str, value: &mut Value, f: &mut dyn FnMut(&str, &str) -> Option<String>) {
    if let Some(new) = value.as_str().and_then(|text| f(kind, text)) {
        *value = Value::String(new);
    }
}

/// Whether a principal is the unique id of a role or user, `AROA…` or `AIDA…` (iam-facts 1.2). Ids have 16 characters or more (API: idType).
pub fn is_unique_id(principal: &str) -> bool {
    (principal.starts_with("AROA") || principal.starts_with("AIDA"))
        && principal.len() >= 16
        && principal.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":["AROA1234567890123456A","123456789012"]},
        "Action":"sts:AssumeRole"},{"Effect":"Deny","NotPrincipal":"*"}]}"#;

    #[test]
    fn principals_come_in_document_order_with_kind_and_effect() {
        let document = Document::parse(TRUST).unwrap();
        let all: Vec<_> = document.principals().map(|p| (p.kind, p.value, p.effect, p.negated, p.statement)).collect();
        assert_eq!(
            all,
            [
                ("Service", "ec2.amazonaws.com", "Allow", false, 0),
                ("AWS", "AROA1234567890123456A", "Allow", false, 0),
                ("AWS", "123456789012", "Allow", false, 0),
                (BARE, "*", "Deny", true, 1),
            ]
        );
        assert_eq!(document.dangling_principals().map(|p| p.value).collect::<Vec<_>>(), ["AROA1234567890123456A"]);
    }

    #[test]
    fn replacing_a_principal_leaves_all_else_as_written() {
        let document = Document::parse(TRUST).unwrap();
        let new = document.map_principals(&mut |kind, value| (kind == "AWS" && is_unique_id(value)).then(|| "X".to_owned()));
        assert_eq!(new.to_compact(), document.to_compact().replace("AROA1234567890123456A", "X"));
        assert_eq!(document.map_principals(&mut |_, _| None), document);
    }

    #[test]
    fn unique_ids_are_told_from_names_and_accounts() {
        assert!(is_unique_id("AIDACKCEVSQ6C2EXAMPLE"));
        assert!(!is_unique_id("AROA") && !is_unique_id("arn:aws:iam::123456789012:role/AROA1234567890123456A"));
        assert!(!is_unique_id("AKIAIOSFODNN7EXAMPLE") && !is_unique_id("AROAéééééééééééé"));
    }

    #[test]
    fn nonsense_has_no_principals() {
        for text in
            ["[]", "3", r#"{"Statement":"x"}"#, r#"{"Statement":[1,{"Principal":[{"AWS":"x"}]},{"Principal":{"AWS":[3,{}]}}]}"#]
        {
            assert_eq!(Document::parse(text).unwrap().principals().count(), 0, "{text}");
        }
    }
}
