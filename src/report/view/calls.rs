//! The IAM calls of a change: operation and deciding parameters, never whole documents.

use serde_json::Value;

use super::value::{duration, policy_name};
use crate::model::Operation;
use crate::names::{Address, EntityKind, Name};
use crate::plan::{PlanAccount, StepId};
use crate::report::escape;
use crate::scope::is_memory_key;

/// Longest text of one parameter, in characters.
const PARAMETER: usize = 80;

/// `s4  AttachRolePolicy PolicyArn=aws/ReadOnlyAccess`. Not escaped yet.
pub fn call_line(id: &StepId, call: &Operation, subject: &Address, account: &PlanAccount) -> String {
    let (operation, parameters) = parts(call);
    let mut text = format!("{:<4} {operation}", id.0);
    for (name, value) in parameters {
        if let Some(value) = deciding(&name, &value, subject, account) {
            text += &format!(" {name}={value}");
        }
    }
    text
}

/// An operation as IAM names it, with its parameters.
fn parts(call: &Operation) -> (String, Vec<(String, Value)>) {
    let mut value = serde_json::to_value(call).unwrap_or_default();
    let parameters = value.get_mut("request").map(Value::take);
    let operation = value.get("operation").and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters = match parameters {
        Some(Value::Object(map)) => map.into_iter().collect(),
        _ => Vec::new(),
    };
    (operation, parameters)
}

/// A parameter's text, or `None` for what the heading says already and for documents, which the fields show.
fn deciding(name: &str, value: &Value, subject: &Address, account: &PlanAccount) -> Option<String> {
    if names_subject(name, value, subject) || name == "SetAsDefault" || name.ends_with("Document") {
        return None;
    }
    match value {
        Value::String(path) if name == "Path" && path == "/" => None,
        Value::Number(n) if name == "MaxSessionDuration" => n.as_u64().map(duration),
        Value::Object(map) if map.is_empty() => None,
        Value::Object(map) => Some(shorten(&map.keys().map(|key| tag_word(key)).collect::<Vec<_>>().join(","))),
        Value::Array(list) if name == "TagKeys" => {
            Some(shorten(&list.iter().filter_map(Value::as_str).map(tag_word).collect::<Vec<_>>().join(",")))
        }
        Value::Array(list) => Some(shorten(&list.iter().map(|v| v.as_str().unwrap_or_default()).collect::<Vec<_>>().join(","))),
        Value::String(text) if text.contains(char::is_whitespace) || text.is_empty() => Some(format!("\"{}\"", shorten(text))),
        Value::String(text) => Some(shorten(&policy_name(text, account))),
        other => Some(other.to_string()),
    }
}

/// A tag's key without the hash of a memory tag, which means nothing to a reader and fills the line.
fn tag_word(key: &str) -> &str {
    if !is_memory_key(key) {
        return key;
    }
    key.rsplit_once(':').map_or(key, |(readable, _)| readable)
}

/// Whether a parameter only says which entity the change is about.
fn names_subject(name: &str, value: &Value, subject: &Address) -> bool {
    let Some(text) = value.as_str() else { return false };
    let own = match (subject.kind, name) {
        (EntityKind::Policy, "PolicyArn") | (EntityKind::OidcProvider, "OpenIDConnectProviderArn") => last_part(text, subject),
        (EntityKind::SamlProvider, "SAMLProviderArn") => last_part(text, subject),
        (EntityKind::OidcProvider, "Url") => text.strip_prefix("https://").unwrap_or(text),
        (EntityKind::ServiceLinkedRole, "AWSServiceName") => return true,
        (EntityKind::Role, "RoleName")
        | (EntityKind::Policy, "PolicyName")
        | (EntityKind::User, "UserName")
        | (EntityKind::Group, "GroupName")
        | (EntityKind::InstanceProfile, "InstanceProfileName")
        | (EntityKind::SamlProvider, "Name") => text,
        _ => return false,
    };
    subject.name == Name::new(own)
}

/// The end of an ARN that could be the subject's name: after the first slash for OIDC providers, after the last for the rest.
fn last_part<'t>(arn: &'t str, subject: &Address) -> &'t str {
    let part = match subject.kind {
        EntityKind::OidcProvider => arn.split_once('/'),
        _ => arn.rsplit_once('/'),
    };
    part.map_or(arn, |(_, name)| name)
}

fn shorten(text: &str) -> String {
    let text = escape::line(text);
    match text.char_indices().nth(PARAMETER) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AccountId;
    use serde_json::json;

    fn line(address: &str, operation: &str, request: Value) -> String {
        let call: Operation = serde_json::from_value(json!({"operation": operation, "request": request})).unwrap();
        let account = PlanAccount { name: "a".into(), id: AccountId::zero(), partition: "aws".into() };
        call_line(&StepId("s1".into()), &call, &address.parse().unwrap(), &account)
    }

    #[test]
    fn a_call_names_what_the_heading_does_not() {
        let put = json!({"RoleName": "same", "PolicyName": "same", "PolicyDocument": "{}"});
        assert_eq!(line("role/same", "PutRolePolicy", put), "s1   PutRolePolicy PolicyName=same");
        let add = json!({"InstanceProfileName": "same", "RoleName": "same"});
        assert_eq!(line("instance-profile/same", "AddRoleToInstanceProfile", add), "s1   AddRoleToInstanceProfile RoleName=same");
        let own = json!({"PolicyArn": "arn:aws:iam::000000000000:policy/ml/p", "VersionId": "v2"});
        assert_eq!(line("policy/p", "DeletePolicyVersion", own), "s1   DeletePolicyVersion VersionId=v2");
        let namesake = json!({"RoleName": "p", "PolicyArn": "arn:aws:iam::000000000000:policy/p"});
        assert_eq!(line("role/p", "AttachRolePolicy", namesake), "s1   AttachRolePolicy PolicyArn=policy/p");
        let id = json!({"OpenIDConnectProviderArn": "arn:aws:iam::000000000000:oidc-provider/host/id/X", "ClientID": "aud"});
        assert_eq!(
            line("oidc-provider/host/id/X", "AddClientIDToOpenIDConnectProvider", id),
            "s1   AddClientIDToOpenIDConnectProvider ClientID=aud"
        );
    }
}
