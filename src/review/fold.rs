//! Accounts with the same result share an entry.

use serde_json::Value;

use super::report::AccountReport;
use super::verdict::ReviewBasis;

/// Folds reports that are the same but for the account's id and name. How they stand travels along and tells reports apart too.
pub(super) fn same(entries: Vec<(AccountReport, ReviewBasis)>) -> Vec<(AccountReport, ReviewBasis)> {
    let mut kept: Vec<(AccountReport, ReviewBasis)> = Vec::new();
    let mut shapes: Vec<Value> = Vec::new();
    for (report, flag) in entries {
        let shape = shape(&report);
        let found = shapes.iter().position(|s| *s == shape).filter(|i| kept.get(*i).is_some_and(|(_, f)| *f == flag));
        match found.and_then(|i| kept.get_mut(i)) {
            Some((first, _)) => first.accounts.extend(report.accounts),
            None => {
                shapes.push(shape);
                kept.push((report, flag));
            }
        }
    }
    kept
}

/// The report with its own account's id and name taken out wherever they stand.
fn shape(report: &AccountReport) -> Value {
    let account = report.accounts.first();
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("accounts");
        // A plan on an account is that account's own.
        if let Some(plan) = map.get_mut("plan").filter(|plan| !plan.is_null()) {
            *plan = serde_json::json!([account.map(|a| &a.name), plan.take()]);
        }
    }
    if let Some(account) = account {
        without(&mut value, account.id.as_str());
    }
    value
}

fn without(value: &mut Value, id: &str) {
    match value {
        Value::String(text) if text.contains(id) => *text = text.replace(id, "\u{0}"),
        Value::Array(items) => items.iter_mut().for_each(|item| without(item, id)),
        Value::Object(map) => {
            if map.keys().any(|key| key.contains(id)) {
                *map = std::mem::take(map).into_iter().map(|(key, item)| (key.replace(id, "\u{0}"), item)).collect();
            }
            map.values_mut().for_each(|item| without(item, id));
        }
        _ => {}
    }
}
