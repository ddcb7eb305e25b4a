//! Conditions: operators, keys, values (iam-facts 5.1, 5.3, 6.6).

use serde_json::Value;

use super::super::operator::{Base, Compares, Operator, stripped};
use super::date;
use super::report::{self, Path, Report, Stage};
use super::values_at;
use crate::did_you_mean;

/// Operator → key → values, with known operators. An unknown operator without keys is let pass, as IAM does.
pub(super) fn syntax(path: &Path, condition: &Value, report: &mut Report) {
    let Value::Object(operators) = condition else {
        return report.syntax(path, "`Condition` is an object; write `{OPERATOR: {KEY: VALUES}}`, such as `{\"StringEquals\": {\"aws:SourceVpc\": \"vpc-1\"}}`");
    };
    for (operator, keys) in operators {
        let path = path.key(operator);
        let Value::Object(keys) = keys else {
            if operator.contains(':') && !operator.starts_with("For") {
                report.syntax(&path, format!("`{operator}` is a condition key, and an operator is wanted here; write `StringEquals: {{\"{operator}\": …}}`"));
                continue;
            }
            report.syntax(&path, format!("`{operator}` needs an object; write its condition keys and their values, such as `{{\"aws:SourceVpc\": \"vpc-1\"}}`"));
            continue;
        };
        for (key, values) in keys {
            if values.is_object() || values.is_null() {
                report.syntax(
                    &path.key(key),
                    format!("the values of `{key}` are text, or a list of texts; write them so, or take the key out"),
                );
            }
        }
        if !keys.is_empty() && Operator::read_exactly(operator).is_none() {
            let help = format!("`{operator}` is not a condition operator{}", meant(operator));
            report.refuse(Stage::Syntax, &path, "policy-operator", report::SYNTAX, help);
        }
    }
}

fn meant(operator: &str) -> String {
    if let Some(known) = Operator::read(operator) {
        return format!("; write `{}`: IAM is case-sensitive", known.name());
    }
    did_you_mean(stripped(operator), Base::ALL.iter().map(|base| base.name())).map(|help| format!("; {help}")).unwrap_or_default()
}

/// Dates that IAM's older parser cannot read.
pub(super) fn dates(path: &Path, condition: &Value, report: &mut Report) {
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        if !Operator::read_exactly(operator).is_some_and(|o| matches!(o.compares(), Compares::Date(_))) {
            continue;
        }
        for (key, values) in keys.as_object().into_iter().flatten() {
            for (path, value) in values_at(&path.key(operator).key(key), values) {
                let readable = match value {
                    Value::String(text) => date::is_readable(text),
                    Value::Number(number) => date::is_readable(&number.to_string()),
                    _ => false,
                };
                if !readable {
                    let help = format!("`{operator}` compares dates: `2030-01-31T12:00:00Z`, or seconds since 1970");
                    report.legacy(Stage::Legacy, &path, help);
                }
            }
        }
    }
}

/// Empty lists and values that are no values.
pub(super) fn blanks(path: &Path, condition: &Value, report: &mut Report) {
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let Value::Array(list) = values else { continue };
            let path = path.key(operator).key(key);
            if list.is_empty() {
                let help = "write the values, or drop the key: with no value the test never holds, or always (`ForAllValues`)";
                report.own(&path, "policy-empty", format!("no values for `{key}`"), help);
            }
            for (path, value) in values_at(&path, values) {
                if value.is_null() || value.is_object() || value.is_array() {
                    report.own(
                        &path,
                        "policy-empty",
                        format!("a value of `{key}` is not text"),
                        "write text, a number or `true`/`false`",
                    );
                }
            }
        }
    }
}
