//! Documents as they arrive: text that must be a policy.

use super::refusal::{Checked, Refusal};
use crate::policy::grammar::{self, GrammarContext};
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
    let document = Document::parse(text).map_err(|_| Refusal::malformed("Syntax errors in policy."))?;
    if let Some(message) = grammar::refusal(&document, kind, GrammarContext::default()) {
        return Err(Refusal::malformed(message));
    }
    Ok(document)
}

/// The size that quotas count.
pub(super) fn size(document: &Document) -> u64 {
    document.size()
}
