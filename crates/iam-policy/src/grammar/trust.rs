//! What is special to trust policies: a principal, no resource, actions of STS only (iam-facts 5.1, 5.3, 8; 5.5; 6.7).

use serde_json::Value;

use super::super::data::{FEDERATED_NAMES, PARTITIONS, PRINCIPAL_KINDS, STATEMENT_ELEMENTS, TRUST_ACTIONS};
use super::super::is_unique_id;
use super::report::{Path, Report, Stage};
use super::{GrammarContext, Statement, misspelt, values_at};
use crate::did_you_mean;
use crate::names::{AccountId, Arn};
use crate::service_principals::{ServiceName, look_up};

const ACTIONS: &str =
    "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";

/// The type of `Principal`.
pub(super) fn syntax(statement: &Statement<'_>, report: &mut Report) {
    let path = statement.path.key("Principal");
    match statement.get("Principal") {
        None | Some(Value::String(_)) => {}
        Some(Value::Object(kinds)) => {
            for (kind, values) in kinds {
                let path = path.key(kind);
                if !PRINCIPAL_KINDS.contains(&kind.as_str()) {
                    let meant = did_you_mean(kind, PRINCIPAL_KINDS.iter().copied())
                        .unwrap_or_else(|| "they are `AWS`, `Service` and `Federated`".to_owned());
                    report.syntax(&path, format!("`{kind}` is not a kind of principal; {meant}"));
                }
                for (path, _) in values_at(&path, values).iter().filter(|(_, v)| !v.is_string()) {
                    report.syntax(path, "a principal is text; put it in quotes");
                }
            }
        }
        Some(_) => report.syntax(
            &path,
            "`Principal` is an object; write `{KIND: PRINCIPALS}`, such as `{\"Service\": \"ec2.amazonaws.com\"}`",
        ),
    }
}

/// Everything else, in IAM's order.
pub(super) fn check(statement: &Statement<'_>, context: GrammarContext<'_>, report: &mut Report) {
    if !statement.value.is_object() {
        return;
    }
    actions(statement, report);
    for element in ["Resource", "NotResource"] {
        if statement.get(element).is_some() {
            let help = format!("drop `{element}`: the resource of a trust policy is its role");
            let path = statement.path.key(element);
            report.refuse(Stage::TrustResource, &path, "trust-resource", "Has prohibited field Resource.", help);
        }
    }
    principals(statement, context, report);
}

fn actions(statement: &Statement<'_>, report: &mut Report) {
    let names = TRUST_ACTIONS.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", ");
    for (path, value) in statement.values("Action") {
        if !value.as_str().is_some_and(|a| TRUST_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(a))) {
            let meant = value.as_str().and_then(|a| did_you_mean(a, TRUST_ACTIONS.iter().copied()));
            let help = meant.unwrap_or_else(|| format!("a trust policy may name {names}, without wildcards"));
            report.refuse(Stage::TrustAction, &path, "trust-action", ACTIONS, help);
        }
    }
    if statement.get("NotAction").is_some() {
        let path = statement.path.key("NotAction");
        report.refuse(Stage::TrustAction, &path, "trust-action", ACTIONS, format!("name the actions under `Action`: {names}"));
    }
}

fn principals(statement: &Statement<'_>, context: GrammarContext<'_>, report: &mut Report) {
    let mut refuse = |path: &Path, message: String, help: &str| {
        report.refuse(Stage::TrustPrincipal, path, "trust-principal", message, help);
    };
    if statement.get("NotPrincipal").is_some() {
        // IAM's wording is not recorded; this is by analogy with the one for Resource.
        let help = "a trust policy lists its callers under `Principal`; to exclude some, deny them or use a `Condition`";
        refuse(&statement.path.key("NotPrincipal"), "Has prohibited field NotPrincipal.".to_owned(), help);
    }
    let path = statement.path.key("Principal");
    match statement.get("Principal") {
        None if statement.get("NotPrincipal").is_some() => {}
        None if statement.value.as_object().is_some_and(|fields| misspelt(fields, "Principal", STATEMENT_ELEMENTS)) => {}
        None => {
            refuse(&statement.path, "Missing required field Principal".to_owned(), "add `Principal`: who may assume the role")
        }
        Some(Value::String(text)) => {
            let help = match text.as_str() {
                "*" => {
                    "write `{\"AWS\": \"*\"}` if every AWS principal of every account is meant, and narrow it with a `Condition`"
                }
                _ => "write the principal under its kind, such as `{\"AWS\": \"123456789012\"}`",
            };
            refuse(&path, format!("AssumeRolepolicy contained an invalid principal: \"STAR\":\"{text}\""), help);
        }
        Some(Value::Object(kinds)) => {
            if !kinds.values().any(|values| values.as_array().is_none_or(|list| !list.is_empty())) {
                refuse(&path, "Missing required field Principal".to_owned(), "name who may assume the role");
            }
            for (kind, values) in kinds {
                map_entry(&path.key(kind), kind, values, context, report);
            }
        }
        Some(_) => {}
    }
}

fn map_entry(path: &Path, kind: &str, values: &Value, context: GrammarContext<'_>, report: &mut Report) {
    if values.as_array().is_some_and(Vec::is_empty) {
        report.own(path, "policy-empty", format!("no principals under `{kind}`"), format!("name them, or drop `{kind}`"));
    }
    if kind == "CanonicalUser" {
        let help = "it means something to S3 only; name the account, role or user under `AWS`";
        report.own_warning(path, "trust-principal", "a trust policy may not take `CanonicalUser`", help);
        return;
    }
    for (path, value) in values_at(path, values) {
        let Some(text) = value.as_str() else { continue };
        let help = match kind {
            "AWS" => aws_fault(text, context),
            "Service" => service_fault(text),
            "Federated" => federated_fault(text, context),
            _ => None,
        };
        if let Some(help) = help {
            let message = format!("Invalid principal in policy: \"{}\":\"{text}\"", kind.to_ascii_uppercase());
            report.refuse(Stage::TrustPrincipal, &path, "trust-principal", message, help);
        } else if let ("Service", ServiceName::Misspelt(right)) = (kind, look_up(text)) {
            // As far as is known: the list of services is not AWS's own.
            let message = format!("`{text}` is not a service principal");
            report.own(
                &path,
                "trust-principal",
                message,
                format!("did you mean `{right}`? IAM refuses services that it does not know"),
            );
        }
    }
}

fn aws_fault(text: &str, context: GrammarContext<'_>) -> Option<String> {
    if text == "*" || AccountId::parse(text).is_some() {
        return None;
    }
    if is_unique_id(text) {
        return Some(
            "the role or user with this unique id was deleted: name the ARN of the one that is meant now, or drop it".to_owned(),
        );
    }
    if text.contains(['*', '?']) {
        let help = "no wildcards inside a principal: name the account, and narrow it with `ArnLike` on `aws:PrincipalArn`";
        return Some(help.to_owned());
    }
    let Some(arn) = Arn::parse(text) else {
        return Some("write an account id, or the ARN of an account's root, a role, a user or a session".to_owned());
    };
    if let Some(help) = partition_fault(&arn, context) {
        return Some(help);
    }
    let parts: Vec<&str> = arn.resource.split('/').collect();
    let filled = parts.iter().all(|part| !part.is_empty()) && !text.contains(char::is_whitespace);
    let known = match (arn.service.as_str(), parts.as_slice()) {
        ("iam", ["root"] | ["role" | "user", _, ..]) => true,
        ("sts", ["assumed-role", _, _] | ["federated-user", _]) => true,
        ("iam", ["group", ..]) => return Some("a group cannot assume a role: name its users or the account".to_owned()),
        _ => false,
    };
    if known && filled && arn.region.is_empty() && arn.account_id().is_some() {
        return None;
    }
    Some("a principal is `arn:aws:iam::ACCOUNT:root`, `:role/NAME`, `:user/NAME`, or `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`".to_owned())
}

fn partition_fault(arn: &Arn, context: GrammarContext<'_>) -> Option<String> {
    let valid = context.partition.map_or_else(|| PARTITIONS.contains(&arn.partition.as_str()), |own| own == arn.partition);
    (!valid).then(|| match context.partition {
        Some(own) => format!("the account is in partition `{own}`; principals of another partition cannot be trusted"),
        None => format!("`{}` is not an AWS partition", arn.partition),
    })
}

/// Only the form: AWS publishes no list of its services.
fn service_fault(text: &str) -> Option<String> {
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let sound = text.contains('.') && text.split('.').all(label);
    (!sound).then(|| "a service principal looks like `ec2.amazonaws.com`".to_owned())
}

fn federated_fault(text: &str, context: GrammarContext<'_>) -> Option<String> {
    if FEDERATED_NAMES.contains(&text) {
        return None;
    }
    let Some(arn) = Arn::parse(text) else {
        return Some(format!(
            "write the ARN of an OIDC or SAML provider of the account, or one of {}",
            FEDERATED_NAMES.join(", ")
        ));
    };
    if let Some(help) = partition_fault(&arn, context) {
        return Some(help);
    }
    let named =
        ["oidc-provider/", "saml-provider/"].iter().any(|word| arn.resource.strip_prefix(word).is_some_and(|n| !n.is_empty()));
    let plain = !text.contains(['*', '?']) && !text.contains(char::is_whitespace);
    let sound = arn.service == "iam" && arn.region.is_empty() && arn.account_id().is_some() && named && plain;
    (!sound).then(|| {
        "a provider is `arn:aws:iam::ACCOUNT:oidc-provider/HOST` or `arn:aws:iam::ACCOUNT:saml-provider/NAME`".to_owned()
    })
}
