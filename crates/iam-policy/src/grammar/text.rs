//! The characters that IAM takes in documents (iam-facts 1.4).

use serde_json::Value;

use super::report::{Path, Report};

/// Reports every key and text that holds another character than TAB, LF, CR and U+0020 to U+00FF.
pub(super) fn characters(value: &Value, report: &mut Report) {
    walk(value, &Path::default(), report);
}

fn walk(value: &Value, path: &Path, report: &mut Report) {
    match value {
        Value::String(text) => one(text, path, report),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| walk(v, &path.index(i), report)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = path.key(key);
                one(key, &path, report);
                walk(value, &path, report);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn one(text: &str, path: &Path, report: &mut Report) {
    // A control character is sent as its escape, which IAM's pattern lets pass; it is refused all the same, as no reader would see it.
    if let Some(bad) = text.chars().find(|c| *c > '\u{ff}' || (*c < ' ' && !matches!(c, '\t' | '\n' | '\r'))) {
        let message = format!("IAM does not take the character U+{:04X} in a policy document", u32::from(bad));
        report.own(path, "policy-characters", message, "use characters of Latin-1 only: U+0020 to U+00FF, tabs and line breaks");
    }
}
