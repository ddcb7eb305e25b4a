//! A call that the rehearsal refused, in the user's words: a refusal that IAM would give too is an error of the plan, anything
//! else is a fault of iamctl and says so.

use crate::backend::{BackendError, ErrorKind};
use crate::diag::{Finding, Severity, Source};
use crate::diff::Context;
use crate::model::{Operation, principal_address};
use crate::names::{Address, EntityKind};

/// The finding for a refused call.
pub(super) fn explain(cx: &Context<'_>, address: &Address, operation: &Operation, error: &BackendError) -> Finding {
    let called = &error.operation;
    let said = &error.message;
    let (code, message, help) = match error.kind {
        ErrorKind::Limit => ("quota", format!("IAM would refuse {called}: {said}"), crate::model::quota_advice(said).to_owned()),
        ErrorKind::Malformed if error.is_unknown_principal() => unknown_principal(cx, said),
        ErrorKind::Malformed => {
            ("malformed-document", format!("IAM would refuse the document: {said}"), "correct the document".to_owned())
        }
        ErrorKind::NotFound | ErrorKind::NotAttachable if attached(operation).is_some() => {
            if let Some(gone) = attached(operation).and_then(crate::aws_policies::withdrawal) {
                ("withdrawn-aws-policy", gone.message(), gone.help())
            } else {
                let near = attached(operation).and_then(crate::aws_policies::nearest);
                let help = near.map_or_else(|| "correct the reference".to_owned(), |n| format!("did you mean `aws/{n}`?"));
                ("unknown-policy", format!("IAM would refuse {called}: {said}"), help)
            }
        }
        ErrorKind::NotFound if let Operation::AddUserToGroup { user_name, .. } = operation => (
            "user-missing",
            format!("it lists the user `{user_name}`, which neither exists in the account nor is created by the specs"),
            format!("declare `user/{user_name}` with `create: true`, or correct the name"),
        ),
        ErrorKind::Conflict => (
            "delete-conflict",
            format!("IAM would refuse {called}: {said}"),
            "remove what still holds it first, or declare it".to_owned(),
        ),
        ErrorKind::Exists => (
            "exists",
            format!("IAM would refuse {called}: {said}"),
            "something of this name that was not read is in the way: choose another name".to_owned(),
        ),
        ErrorKind::Invalid | ErrorKind::Unmodifiable => {
            ("invalid", format!("IAM would refuse {called}: {said}"), "correct the spec".to_owned())
        }
        _ => (
            "internal",
            format!("the plan refuses itself at {called}: {said}"),
            "this is a fault in iamctl, not in the specs; nothing was changed. Please report it with the plan".to_owned(),
        ),
    };
    let trust = cx.desired.roles.get(&address.name).filter(|_| code == "unknown-principal" && address.kind == EntityKind::Role);
    let at = trust.map(|want| &want.trust_place).or_else(|| cx.desired.place_of(address));
    Finding::new(Source::Plan, Severity::Error, code, message).about(address.clone()).at_opt(at.cloned()).help(help)
}

/// A principal that IAM does not find: says what the account has under that name, if it has it elsewhere.
fn unknown_principal(cx: &Context<'_>, said: &str) -> (&'static str, String, String) {
    let quoted: Vec<&str> = said.split('"').collect();
    let named = quoted.iter().rev().find(|part| part.starts_with("arn:")).copied();
    let Some((arn, address)) = named.and_then(|arn| Some((arn, principal_address(arn)?))) else {
        let help = "declare that principal, correct its name or path, or remove it from the trust".to_owned();
        return ("unknown-principal", format!("IAM would refuse the trust: {said}"), help);
    };
    let message = format!("IAM would refuse the trust: it names `{arn}`, which does not exist");
    let help = match cx.snapshot.arn_of(&address) {
        Some(real) if real != arn => {
            format!("the account has it as `{real}`: write that ARN, or recreate it with `--replace {address}`")
        }
        _ => format!("declare `{address}`, correct its name or path, or remove it from the trust"),
    };
    ("unknown-principal", message, help)
}

/// The managed policy that an operation attaches or sets as boundary.
fn attached(operation: &Operation) -> Option<&str> {
    operation.attaches().or(operation.boundary())
}
