//! Cases in a file: one case, or `{"cases": [...]}`; `docs/commands/simulate.md` describes the format.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::policy::Document;
use crate::policy::ast;
use crate::policy::eval::{Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, Value};
use crate::policy::trust::is_trust;

/// The tag of cases whose principal is in the organisation's management account, which service control policies do not bind (iam-facts 6.1).
const MANAGEMENT_ACCOUNT: &str = "principal-in-org-management-account";

/// One case of a file.
#[derive(Clone, Debug)]
pub struct FileCase {
    /// Its name; `case 3` where it has none.
    pub name: String,
    /// The policies.
    pub policies: PolicySet,
    /// The request.
    pub request: Request,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default, rename = "name")]
    _name: Option<String>,
    request: RawRequest,
    #[serde(default)]
    policies: RawPolicies,
    #[serde(default)]
    tags: Vec<String>,
    /// What the case's author expects: of no matter here.
    #[serde(default, rename = "expected")]
    _expected: Json,
    #[serde(default, rename = "note")]
    _note: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest {
    principal: Option<String>,
    action: String,
    resource: Option<String>,
    resource_account: Option<String>,
    #[serde(default)]
    context: Option<std::collections::BTreeMap<String, Json>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicies {
    identity: Option<Vec<Document>>,
    boundary: Option<Vec<Document>>,
    resource: Option<Document>,
    session: Option<Vec<Document>>,
    scp: Option<Vec<RawLevel>>,
    rcp: Option<Vec<RawLevel>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLevel {
    #[serde(default)]
    level: Option<String>,
    policies: Vec<Document>,
}

/// Reads the text of a request file.
///
/// # Errors
/// What is wrong, a line for each fault, with the name of the case that it is in.
pub fn read_file(text: &str) -> Result<Vec<FileCase>, Vec<String>> {
    let json: Json = serde_json::from_str(text).map_err(|error| vec![error.to_string()])?;
    let list = match json.get("cases") {
        Some(Json::Array(list)) => list.clone(),
        Some(_) => return Err(vec!["`cases` is a list of cases".to_owned()]),
        None => vec![json],
    };
    let mut cases = Vec::new();
    let mut faults = Vec::new();
    for (number, json) in list.into_iter().enumerate() {
        let name = json.get("name").and_then(Json::as_str).map_or_else(|| format!("case {}", number + 1), str::to_owned);
        match serde_json::from_value::<Case>(json) {
            Ok(case) => match case.ready(&name) {
                Ok(case) => cases.push(case),
                Err(more) => faults.extend(more.into_iter().map(|fault| format!("{name}: {fault}"))),
            },
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    if faults.is_empty() { Ok(cases) } else { Err(faults) }
}

impl Case {
    fn ready(self, name: &str) -> Result<FileCase, Vec<String>> {
        let mut faults = Vec::new();
        let mut list = |what: &str, documents: Vec<Document>, kind| -> Vec<Named> {
            let named = documents.iter().enumerate().map(|(i, document)| {
                let id = format!("{what}[{i}]");
                faults.extend(ast::faults(document).into_iter().map(|(_, fault)| format!("{id}: {fault}")));
                Named::new(&id, document, kind)
            });
            named.collect()
        };
        let RawPolicies { identity, boundary, resource, session, scp, rcp } = self.policies;
        let mut policies = PolicySet {
            identity: list("identity", identity.unwrap_or_default(), PolicyKind::Identity),
            boundary: boundary.map(|documents| list("boundary", documents, PolicyKind::Identity)),
            session: session.map(|documents| list("session", documents, PolicyKind::Identity)),
            ..PolicySet::default()
        };
        policies.resource = resource.and_then(|document| {
            let kind = if is_trust(&document) { PolicyKind::Trust } else { PolicyKind::Resource };
            list("resource", vec![document], kind).pop()
        });
        let mut levels = |what: &str, levels: Vec<RawLevel>, kind| -> Vec<ScpLevel> {
            let levels = levels.into_iter().enumerate().map(|(i, raw)| {
                let level = raw.level.unwrap_or_else(|| (i + 1).to_string()).into();
                ScpLevel { policies: list(&format!("{what}[{i}]"), raw.policies, kind), level }
            });
            levels.collect()
        };
        let bound = !self.tags.iter().any(|tag| tag == MANAGEMENT_ACCOUNT);
        policies.scp = scp.filter(|_| bound).map(|scp| levels("scp", scp, PolicyKind::Scp));
        policies.rcp = rcp.map(|rcp| levels("rcp", rcp, PolicyKind::Rcp));
        let principal = match &self.request.principal {
            None => Principal::Unspecified { account: self.request.resource_account.clone() },
            Some(text) => Principal::parse(text).unwrap_or_else(|| {
                faults.push(format!("`{text}` is not a principal"));
                Principal::Anonymous
            }),
        };
        let resource = self.request.resource.unwrap_or_else(|| "*".to_owned());
        let mut request = Request::new(principal, self.request.action, resource);
        request.resource_account = self.request.resource_account;
        for (key, value) in self.request.context.unwrap_or_default() {
            match context_value(&value) {
                Some(value) => request.context.insert(&key, value),
                None => faults.push(format!("the value of `{key}` is text, a number, a boolean, or a list of them")),
            }
        }
        if faults.is_empty() { Ok(FileCase { name: name.to_owned(), policies, request }) } else { Err(faults) }
    }
}

fn context_value(value: &Json) -> Option<Value> {
    match value {
        Json::Array(list) => list.iter().map(text).collect::<Option<_>>().map(Value::Many),
        one => text(one).map(Value::Single),
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::policy::eval::decide;

    #[test]
    fn one_case_stands_alone_and_many_in_a_list() {
        let case = r#"{"request":{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{"a:n":1,"a:l":["x",true]}},
            "policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",
            "Condition":{"NumericEquals":{"a:n":"1.0"},"ForAllValues:StringEquals":{"a:l":["x","true"]}}}}]}}"#;
        let alone = read_file(case).unwrap();
        assert_eq!(alone[0].name, "case 1");
        assert!(decide(&alone[0].policies, &alone[0].request).is_allowed());
        assert_eq!(read_file(&format!(r#"{{"cases":[{case},{case}]}}"#)).unwrap()[1].name, "case 2");
    }

    #[test]
    fn service_control_policies_do_not_bind_the_management_account() {
        let case = |tags: &str| {
            let text = format!(
                r#"{{"name":"n","request":{{"action":"a:B"}},"tags":[{tags}],"policies":{{
                "identity":[{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}}]}}],"scp":[{{"level":"r","policies":[]}}]}}}}"#
            );
            let case = read_file(&text).unwrap().remove(0);
            decide(&case.policies, &case.request).effect.word()
        };
        assert_eq!(case(""), "implicitDeny");
        assert_eq!(case("\"principal-in-org-management-account\""), "allowed");
    }

    #[test]
    fn every_fault_names_its_case() {
        let text = r#"{"cases":[{"name":"a","request":{"action":"a:B","principal":"?"},"policies":{"identity":[7,{},
            {"Statement":[{"Effect":"allow"},{"Effect":"Deny","Action":"*","Condition":{"StringEqual":{"a":"b"}}},3]}]}},{"name":"b"}]}"#;
        let faults = read_file(text).unwrap_err();
        assert_eq!(faults.len(), 7, "{faults:#?}");
        assert!(faults[..6].iter().all(|f| f.starts_with("a: ")) && faults[6].starts_with("b: "));
        assert!(read_file("{").is_err() && read_file(r#"{"cases":1}"#).is_err());
    }
}
