//! A statement as a whole: its elements, effect, Sid.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::DocumentKind;
use super::super::data::{EFFECTS, STATEMENT_ELEMENTS};
use super::report::{Report, Stage};
use super::{Statement, condition, misspelt};
use crate::did_you_mean;

/// Element names and the types of their values (iam-facts 5.3, 1).
pub(super) fn syntax(statement: &Statement<'_>, report: &mut Report) {
    let path = &statement.path;
    let Value::Object(fields) = statement.value else {
        return report.syntax(path, "a statement is an object; write its `Effect`, `Action` and so on as keys");
    };
    for name in fields.keys().filter(|name| !STATEMENT_ELEMENTS.contains(&name.as_str())) {
        let meant = did_you_mean(name, STATEMENT_ELEMENTS.iter().copied())
            .unwrap_or_else(|| format!("it has {}", STATEMENT_ELEMENTS.map_quoted()));
        report.syntax(&path.key(name), format!("`{name}` is not an element of a statement; {meant}"));
    }
    for (element, negated) in [("Resource", "NotResource"), ("Action", "NotAction")] {
        if fields.contains_key(element) && fields.contains_key(negated) {
            report.syntax(
                &path.key(negated),
                format!("a statement has `{element}` or `{negated}`, never both: write two statements"),
            );
        }
    }
    match fields.get("Effect") {
        None if misspelt(fields, "Effect", STATEMENT_ELEMENTS) => {}
        None => report.syntax(path, "the statement has no `Effect`: write `Allow` or `Deny`"),
        Some(Value::String(text)) if EFFECTS.iter().any(|e| e.eq_ignore_ascii_case(text)) => {}
        Some(_) => report.syntax(&path.key("Effect"), "this is not an `Effect`; write `Allow` or `Deny`"),
    }
    for element in ["Action", "NotAction", "Resource", "NotResource"] {
        texts(statement, element, report);
    }
    if let Some(value) = fields.get("Condition") {
        condition::syntax(&path.key("Condition"), value, report);
    }
    if fields.get("Sid").is_some_and(|sid| !sid.is_string()) {
        report.syntax(&path.key("Sid"), "`Sid` is text; put it in quotes, or take it out");
    }
}

/// One text or a list of texts; IAM lets `null` pass inside a list, see [`blanks`].
fn texts(statement: &Statement<'_>, element: &str, report: &mut Report) {
    let is_list = statement.get(element).is_some_and(Value::is_array);
    for (path, value) in statement.values(element) {
        if !(value.is_string() || (is_list && value.is_null())) {
            report.syntax(&path, format!("`{element}` is text or a list of texts; write it so"));
        }
    }
}

/// What the older parser refuses: an effect in other case, dates it cannot read (iam-facts 5.3, 3).
pub(super) fn legacy(statement: &Statement<'_>, report: &mut Report) {
    if let Some(Value::String(text)) = statement.get("Effect")
        && let Some(meant) = EFFECTS.iter().find(|e| e.eq_ignore_ascii_case(text) && *e != text)
    {
        report.legacy(
            Stage::Legacy,
            &statement.path.key("Effect"),
            format!("`{text}` is not an `Effect`; write `{meant}`: IAM is case-sensitive"),
        );
    }
    if let Some(value) = statement.get("Condition") {
        condition::dates(&statement.path.key("Condition"), value, report);
    }
}

/// No Sid twice; empty ones do not count.
pub(super) fn unique_sids(statements: &[Statement<'_>], report: &mut Report) {
    let mut seen = BTreeSet::new();
    for statement in statements {
        if let Some(Value::String(sid)) = statement.get("Sid")
            && !sid.is_empty()
            && !seen.insert(sid)
        {
            let help = format!("`{sid}` is the Sid of an earlier statement too: rename one of them");
            let path = statement.path.key("Sid");
            report.refuse(
                Stage::Sid,
                &path,
                "policy-duplicate-sid",
                "Statement IDs (SID) in a single policy must be unique.",
                help,
            );
        }
    }
}

/// The characters of a Sid (iam-facts 3.3). Certain for identity policies; for trust policies a warning.
pub(super) fn sid_form(statement: &Statement<'_>, kind: DocumentKind, report: &mut Report) {
    if let Some(Value::String(sid)) = statement.get("Sid")
        && !sid.chars().all(|c| c.is_ascii_alphanumeric())
    {
        let path = statement.path.key("Sid");
        let message =
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
        let plain: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
        let help = if plain.is_empty() { "use letters and digits only".to_owned() } else { format!("write `{plain}`") };
        match kind {
            DocumentKind::Identity => report.refuse(Stage::SidForm, &path, "policy-sid", message, help),
            DocumentKind::Trust => report.own_warning(&path, "policy-sid", message, help),
        }
    }
}

/// Identity policies say what, never who (iam-facts 5.1).
pub(super) fn no_principal(statement: &Statement<'_>, report: &mut Report) {
    for element in ["Principal", "NotPrincipal"] {
        if statement.get(element).is_some() {
            let path = statement.path.key(element);
            let help = format!(
                "remove `{element}`: the policy applies to what it is attached to; the trust policy of a role says who may assume it"
            );
            let message = "Policy document should not specify a principal.";
            report.refuse(Stage::IdentityPrincipal, &path, "policy-principal", message, help);
        }
    }
}

/// Values that IAM may let pass though they mean nothing: specs do without (iam-facts 5.7, "empty array").
pub(super) fn blanks(statement: &Statement<'_>, report: &mut Report) {
    for element in ["Resource", "NotResource"] {
        if !statement.get(element).is_some_and(Value::is_array) {
            continue;
        }
        for (path, value) in statement.values(element) {
            if value.is_null() || value.as_str() == Some("") {
                report.own(&path, "policy-empty", format!("an empty value in `{element}`"), "drop it");
            }
        }
    }
    if let Some(value) = statement.get("Condition") {
        condition::blanks(&statement.path.key("Condition"), value, report);
    }
}

trait Quoted {
    fn map_quoted(&self) -> String;
}

impl Quoted for [&str] {
    fn map_quoted(&self) -> String {
        self.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
    }
}
