//! The grammar of documents: what IAM refuses on save, with IAM's own words and in IAM's order, and what specs may not say besides.
//!
//! The rules and their order follow iam-facts 5.1 and 5.3, where they were modelled on the live service by moto's validator (Apache-2.0);
//! the code is our own. Whether a principal exists is not a matter of grammar.

mod action;
mod codes;
mod condition;
mod date;
mod report;
mod resource;
mod statement;
mod text;
mod trust;

pub use codes::CODES;
pub use report::{GrammarError, PathStep};

use serde_json::Value;

use self::report::{Path, Report, Stage};
use super::data::{DOCUMENT_ELEMENTS, VERSION, VERSIONS};
use super::{Document, DocumentKind};
use crate::{did_you_mean, nearest};

/// What the grammar depends on besides the document.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrammarContext<'a> {
    /// The account's partition, if known: ARNs must carry it (iam-facts 5.3, 6; 8). Without it any known partition will do.
    pub partition: Option<&'a str>,
}

/// Everything wrong with a document, in the order in which IAM would find it. Empty: IAM takes it, as far as its text decides.
///
/// ```
/// use iam_policy::{Document, DocumentKind, GrammarContext, PathStep, check};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Alow", "Action": "s3:*", "Resource": "*"}]}"#;
/// let errors = check(&Document::parse(text)?, DocumentKind::Identity, GrammarContext::default());
/// assert_eq!(errors.len(), 1);
/// assert_eq!(errors[0].path[0], PathStep::Key("Statement".to_owned()));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn check(document: &Document, kind: DocumentKind, context: GrammarContext<'_>) -> Vec<GrammarError> {
    judge(document, kind, context).into_errors()
}

/// The message with which IAM refuses a document (`MalformedPolicyDocument`), or `None` when it takes it. Only what IAM itself refuses
/// counts; [`check`] reports more.
pub fn refusal(document: &Document, kind: DocumentKind, context: GrammarContext<'_>) -> Option<String> {
    judge(document, kind, context).first_refusal()
}

/// The same for the text of a document as it is sent to IAM.
///
/// # Errors
/// The text of the `MalformedPolicyDocument` error.
pub fn check_text(text: &str, kind: DocumentKind) -> Result<(), String> {
    let document = Document::parse(text).map_err(|_| report::SYNTAX.to_owned())?;
    refusal(&document, kind, GrammarContext::default()).map_or(Ok(()), Err)
}

/// Whether an element that is missing is meant by a key that is not an element; such a key has its own error, which is IAM's too.
fn misspelt(fields: &serde_json::Map<String, Value>, element: &str, known: &[&str]) -> bool {
    fields.keys().any(|key| !known.contains(&key.as_str()) && nearest(key, known.iter().copied()) == Some(element))
}

/// One statement and where it stands.
struct Statement<'a> {
    path: Path,
    value: &'a Value,
}

impl<'a> Statement<'a> {
    fn get(&self, element: &str) -> Option<&'a Value> {
        self.value.get(element)
    }

    /// The values of an element that may be one or a list, each with its place. Nothing where the element is absent.
    fn values(&self, element: &str) -> Vec<(Path, &'a Value)> {
        self.get(element).map(|value| values_at(&self.path.key(element), value)).unwrap_or_default()
    }
}

fn values_at<'a>(path: &Path, value: &'a Value) -> Vec<(Path, &'a Value)> {
    match value {
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (path.index(i), v)).collect(),
        one => vec![(path.clone(), one)],
    }
}

fn judge(document: &Document, kind: DocumentKind, context: GrammarContext<'_>) -> Report {
    let mut report = Report::default();
    let statements = document_syntax(document.value(), &mut report);
    for statement in &statements {
        statement::syntax(statement, &mut report);
        if kind == DocumentKind::Trust {
            trust::syntax(statement, &mut report);
        }
    }
    if kind == DocumentKind::Identity {
        version(document.value(), &mut report);
    }
    for statement in &statements {
        statement::legacy(statement, &mut report);
    }
    for element in ["Resource", "NotResource"] {
        statements.iter().for_each(|s| resource::formats(s, element, context, &mut report));
    }
    statement::unique_sids(&statements, &mut report);
    statements.iter().for_each(|s| action::present(s, &mut report));
    for element in ["Action", "NotAction"] {
        statements.iter().for_each(|s| action::forms(s, element, &mut report));
    }
    for statement in &statements {
        match kind {
            DocumentKind::Identity => {
                resource::present(statement, &mut report);
                statement::no_principal(statement, &mut report);
            }
            DocumentKind::Trust => trust::check(statement, context, &mut report),
        }
        statement::sid_form(statement, kind, &mut report);
        statement::blanks(statement, &mut report);
    }
    text::characters(document.value(), &mut report);
    report
}

/// The document's own elements; answers with the statements that can be looked at further.
fn document_syntax<'a>(document: &'a Value, report: &mut Report) -> Vec<Statement<'a>> {
    let root = Path::default();
    let Value::Object(fields) = document else {
        report.syntax(
            &root,
            "a policy document is an object; write its `Version` and `Statement` here as keys, not as one text or list",
        );
        return Vec::new();
    };
    for name in fields.keys() {
        if !DOCUMENT_ELEMENTS.contains(&name.as_str()) {
            let known = DOCUMENT_ELEMENTS.iter().copied().filter(|e| *e != "Conditions");
            let meant = did_you_mean(name, known).unwrap_or_else(|| "it has `Version`, `Id` and `Statement`".to_owned());
            report.syntax(&root.key(name), format!("`{name}` is not an element of a policy document; {meant}"));
        } else if name == "Conditions" {
            report.own_warning(
                &root.key(name),
                "policy-element",
                "`Conditions` of a policy document has no meaning",
                "put a `Condition` into the statement it is for",
            );
        }
    }
    if let Some(version) = fields.get("Version")
        && !version.as_str().is_some_and(|v| VERSIONS.contains(&v))
    {
        report.syntax(&root.key("Version"), format!("this is not a version of the policy language; write `\"{VERSION}\"`"));
    }
    if fields.get("Id").is_some_and(|id| !id.is_string()) {
        report.syntax(&root.key("Id"), "`Id` is text; write one text, or take it out");
    }
    let path = root.key("Statement");
    match fields.get("Statement") {
        None if !misspelt(fields, "Statement", DOCUMENT_ELEMENTS) => {
            report.syntax(&root, "the document has no `Statement`; add it with at least one statement")
        }
        None => {}
        Some(Value::Array(list)) if list.is_empty() => report.syntax(&path, "`Statement` is empty: write at least one statement"),
        Some(value @ (Value::Array(_) | Value::Object(_))) => {
            return values_at(&path, value).into_iter().map(|(path, value)| Statement { path, value }).collect();
        }
        Some(_) => report.syntax(&path, "`Statement` is a statement or a list of statements; write `[{\"Effect\": …}]`"),
    }
    Vec::new()
}

fn version(document: &Value, report: &mut Report) {
    let Value::Object(fields) = document else { return };
    // A version that does not exist, or that stands under a misspelt key, has its own error.
    let told = match fields.get("Version") {
        Some(version) => !version.as_str().is_some_and(|v| VERSIONS.contains(&v)),
        None => misspelt(fields, "Version", DOCUMENT_ELEMENTS),
    };
    if !told && document.get("Version").and_then(Value::as_str) != Some(VERSION) {
        let root = Path::default();
        let (path, code, help) = match document.get("Version") {
            Some(_) => (
                root.key("Version"),
                "policy-version",
                format!("write `\"Version\": \"{VERSION}\"`; `${{…}}` then means a policy variable"),
            ),
            None => (root, "policy-no-version", format!("add `\"Version\": \"{VERSION}\"` as the first element")),
        };
        report.refuse(Stage::Version, &path, code, "Policy document must be version 2012-10-17 or greater.", help);
    }
}

#[cfg(test)]
mod tests;
