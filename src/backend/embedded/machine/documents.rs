//! Documents as they arrive: text that must be a policy.

use super::refusal::{Checked, Refusal};
use crate::policy::{Document, DocumentKind};

/// The longest text that any call takes, white space counted (iam-facts 3.1).
const LONGEST_TEXT: usize = 131_072;

/// Parses a document and refuses what IAM refuses on save (iam-facts 5.3).
pub(super) fn check_document(text: &str, kind: DocumentKind) -> Checked<Document> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or equal to {LONGEST_TEXT}"
        )));
    }
    let syntax = || Refusal::malformed("Syntax errors in policy.");
    let document = Document::parse(text).map_err(|_| syntax())?;
    let object = document.value().as_object().ok_or_else(syntax)?;
    let statements = match object.get("Statement") {
        Some(serde_json::Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
        Some(one @ serde_json::Value::Object(_)) => vec![one],
        _ => return Err(syntax()),
    };
    if !statements.iter().all(|s| s.is_object()) {
        return Err(syntax());
    }
    if kind == DocumentKind::Trust && statements.iter().any(|s| s.get("Principal").is_none()) {
        return Err(Refusal::malformed("Missing required field Principal"));
    }
    Ok(document)
}

/// The size that quotas count: the characters of the compact form that are no white space (iam-facts 3.1).
pub(super) fn size(document: &Document) -> u64 {
    document.to_compact().chars().filter(|c| !c.is_whitespace()).count() as u64
}
