//! Actions: `vendor:Name` or `*` (iam-facts 5.2, 5.3, 7).

use serde_json::Value;

use super::super::data::STATEMENT_ELEMENTS;
use super::report::{Report, Stage};
use super::{Statement, misspelt};

/// Every statement has actions.
pub(super) fn present(statement: &Statement<'_>, report: &mut Report) {
    let message = "Policy statement must contain actions.";
    let empty = |element| statement.get(element).and_then(Value::as_array).is_some_and(Vec::is_empty);
    let Value::Object(fields) = statement.value else { return };
    match ["Action", "NotAction"].into_iter().find(|element| statement.get(element).is_some()) {
        None if ["Action", "NotAction"].iter().any(|element| misspelt(fields, element, STATEMENT_ELEMENTS)) => {}
        None => report.refuse(Stage::NoActions, &statement.path, "policy-no-actions", message, "add `Action`"),
        Some(element) if empty(element) => {
            let help = format!("`{element}` is empty: name the actions, or drop the statement");
            report.refuse(Stage::NoActions, &statement.path.key(element), "policy-no-actions", message, help);
        }
        Some(_) => {}
    }
}

/// The form of each action. A wildcard in the vendor is refused, as the emulator does (iam-facts 5.2).
pub(super) fn forms(statement: &Statement<'_>, element: &str, report: &mut Report) {
    for (path, value) in statement.values(element) {
        // `null` passes the syntax, see `statement::blanks`; as an action it has no vendor.
        let action = if value.is_null() { Some("") } else { value.as_str() };
        let Some(action) = action else { continue };
        if let Some((message, help)) = fault(action) {
            report.refuse(Stage::ActionForm, &path, "policy-action", message, help);
        }
    }
}

fn fault(action: &str) -> Option<(String, String)> {
    let mut parts = action.split(':');
    let vendor = parts.next().unwrap_or_default();
    match parts.count() {
        0 if vendor != "*" => {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            let help = if action.is_empty() {
                "write an action, such as `s3:GetObject`, or `*`".to_owned()
            } else {
                format!("write `SERVICE:{action}`, such as `s3:GetObject`")
            };
            Some((message.to_owned(), help))
        }
        0 | 1 => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            (vendor != "*" && !vendor.chars().all(plain)).then(|| {
                let help = "the part before the colon is a service's prefix, such as `s3`, without wildcards or blanks";
                (format!("Vendor {vendor} is not valid"), help.to_owned())
            })
        }
        _ => Some((
            "Actions/Condition can contain only one colon.".to_owned(),
            format!("`{action}` has more than one colon; an action is `SERVICE:NAME`, an ARN belongs into `Resource`"),
        )),
    }
}
