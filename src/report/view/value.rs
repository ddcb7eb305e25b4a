//! Single values as a reviewer reads them.

use serde_json::Value;

use crate::names::Arn;
use crate::plan::PlanAccount;
use crate::report::escape;

/// The text for an absent value.
pub const NONE: &str = "(none)";

/// A field's value on one line, escaped. Durations read `1h`, managed policies as specs refer to them.
pub fn show(field: &str, value: &Value, account: &PlanAccount) -> String {
    match value {
        Value::Null => NONE.to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => escape::line(&policy_name(text, account)).into_owned(),
        Value::Number(n) if field == "max_session_duration" => n.as_u64().map_or_else(|| n.to_string(), duration),
        Value::Array(items) if items.is_empty() => NONE.to_owned(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(|i| show(field, i, account)).collect::<Vec<_>>().join(", ")
        }
        other => escape::line(&other.to_string()).into_owned(),
    }
}

/// Seconds as specs write them, `1h` or `1h30m`; other values stay in seconds.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
    match (hours, minutes, seconds % 60) {
        (0, 0, _) | (_, _, 1..) => format!("{seconds}s"),
        (0, m, 0) => format!("{m}m"),
        (h, 0, 0) => format!("{h}h"),
        (h, m, 0) => format!("{h}h{m}m"),
    }
}

/// A managed policy's ARN as specs refer to it: `aws/ReadOnlyAccess`, `policy/Own`; any other text as it is.
pub fn policy_name(text: &str, account: &PlanAccount) -> String {
    let Some(arn) = Arn::parse(text) else { return text.to_owned() };
    if arn.service != "iam" || arn.partition != account.partition {
        return text.to_owned();
    }
    match arn.iam_resource() {
        Some(("policy", path, name)) if arn.account == "aws" => format!("aws{path}{name}"),
        Some(("policy", _, name)) if arn.account == account.id.as_str() => format!("policy/{name}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AccountId;

    fn account() -> PlanAccount {
        PlanAccount { name: "a".into(), id: AccountId::zero(), partition: "aws".into() }
    }

    #[test]
    fn durations_read_as_in_specs() {
        assert_eq!([3600, 5400, 43200, 3601, 0, 60].map(duration), ["1h", "1h30m", "12h", "3601s", "0s", "1m"]);
    }

    #[test]
    fn managed_policies_read_as_in_specs() {
        let name = |text| policy_name(text, &account());
        assert_eq!(name("arn:aws:iam::aws:policy/service-role/X"), "aws/service-role/X");
        assert_eq!(name("arn:aws:iam::000000000000:policy/ml/Own"), "policy/Own");
        assert_eq!(name("arn:aws:iam::111111111111:policy/Other"), "arn:aws:iam::111111111111:policy/Other");
        assert_eq!(name("arn:aws-cn:iam::aws:policy/X"), "arn:aws-cn:iam::aws:policy/X");
    }

    #[test]
    fn absent_and_empty_read_differently() {
        assert_eq!(show("description", &Value::Null, &account()), "(none)");
        assert_eq!(show("description", &Value::String(String::new()), &account()), "\"\"");
    }
}
