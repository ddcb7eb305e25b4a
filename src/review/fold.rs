//! Accounts with the same result share an entry: results that are the same but for each account's own id, name and variables.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::AccountReport;
use super::verdict::ReviewBasis;

/// What is an account's own: its id, its name and its variables, by key.
pub type OwnValues = BTreeMap<String, String>;

/// Folds results that are equal except for the accounts' own values. Different outcomes are different results. The largest entry comes first.
pub(super) fn same(results: Vec<(AccountReport, ReviewBasis, OwnValues)>) -> Vec<(AccountReport, ReviewBasis)> {
    let mut kept: Vec<(AccountReport, ReviewBasis)> = Vec::new();
    let mut shapes: Vec<Shape> = Vec::new();
    for (report, basis, own) in results {
        let shape = Shape::of(&report, own);
        let same = |(other, (_, theirs)): (&Shape, &(AccountReport, ReviewBasis))| *theirs == basis && other.is_same(&shape);
        match shapes.iter().zip(&kept).position(same).and_then(|i| kept.get_mut(i)) {
            Some((first, _)) => first.accounts.extend(report.accounts),
            None => {
                shapes.push(shape);
                kept.push((report, basis));
            }
        }
    }
    kept.sort_by_key(|(report, _)| std::cmp::Reverse(report.accounts.len()));
    kept
}

/// A result as text, with what is the account's own.
struct Shape {
    text: String,
    own: OwnValues,
    /// Counts that two results of one shape share; they spare the comparison of most others.
    counts: [usize; 5],
}

impl Shape {
    fn of(report: &AccountReport, mut own: OwnValues) -> Self {
        let mut value = serde_json::to_value(report).unwrap_or_default();
        if let Some(map) = value.as_object_mut() {
            map.remove("accounts");
            uncounted(map.get_mut("summary"));
            if let Some(plan) = map.get_mut("plan").and_then(Value::as_object_mut) {
                // Not part of the change: whose plan it is, what it depends on, and what nobody owns.
                for key in ["account", "digest", "fingerprints", "file_digest", "unmanaged", "unmanaged_count"] {
                    plan.remove(key);
                }
                uncounted(plan.get_mut("summary"));
            }
        }
        if let Some(account) = report.accounts.first() {
            own.insert("id".to_owned(), account.id.to_string());
            own.insert("name".to_owned(), account.name.clone());
        }
        // As they stand within the text.
        let inside = |text: &String| serde_json::to_string(text).map(|t| t.trim_matches('"').to_owned()).unwrap_or_default();
        let own = own.iter().map(|(key, text)| (key.clone(), inside(text))).collect();
        let steps = report.plan.as_ref().map_or(0, |plan| plan.steps.len());
        let counts = [report.changes.len(), report.access.len(), report.findings.new.len(), report.errors.len(), steps];
        Self { text: value.to_string(), own, counts }
    }

    fn is_same(&self, other: &Self) -> bool {
        let holes: Vec<(&str, &str)> =
            self.own.iter().filter_map(|(key, own)| Some((own.as_str(), other.own.get(key)?.as_str()))).collect();
        self.counts == other.counts && same_but_for(&self.text, &other.text, &holes)
    }
}

/// How many entities need nothing is not part of what changes.
fn uncounted(summary: Option<&mut Value>) {
    if let Some(summary) = summary.and_then(Value::as_object_mut) {
        summary.remove("unchanged");
    }
}

/// Whether two texts are the same but for places where one has its own value and the other its own.
fn same_but_for(one: &str, other: &str, own: &[(&str, &str)]) -> bool {
    let own: Vec<(&[u8], &[u8])> =
        own.iter().filter(|(a, b)| a != b && !a.is_empty() && !b.is_empty()).map(|(a, b)| (a.as_bytes(), b.as_bytes())).collect();
    let longest = own.iter().map(|(a, b)| a.len().max(b.len())).max().unwrap_or(0);
    let (mut a, mut b) = (one.as_bytes(), other.as_bytes());
    loop {
        let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        if same == a.len() && same == b.len() {
            return true;
        }
        // The two values may begin alike: of all that reach over the difference the one that begins first.
        let begins = (0..=same.min(longest)).rev().find_map(|back| {
            let (a, b) = (a.get(same - back..)?, b.get(same - back..)?);
            let reaches = |(x, y): &&(&[u8], &[u8])| x.len().max(y.len()) > back && a.starts_with(x) && b.starts_with(y);
            let (x, y) = own.iter().filter(reaches).max_by_key(|(x, y)| x.len() + y.len())?;
            Some((a.get(x.len()..)?, b.get(y.len()..)?))
        });
        let Some(rest) = begins else { return false };
        (a, b) = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::same_but_for;

    #[test]
    fn own_values_are_put_back_before_texts_are_compared() {
        let own = [("111111111111", "222222222222"), ("org-1", "org-17"), ("dev", "production"), ("", "x"), ("same", "same")];
        for (one, other, same) in [
            ("a", "a", true),
            ("arn:aws:iam::111111111111:role/x", "arn:aws:iam::222222222222:role/x", true),
            ("arn:aws:iam::111111111111:role/x", "arn:aws:iam::333333333333:role/x", false),
            ("org-1", "org-17", true),
            ("in org-1 and org-1.", "in org-17 and org-17.", true),
            ("org-1 is dev", "org-17 is production", true),
            // Common text is not a placeholder, even if it is one account's own value.
            ("developer dev", "developer production", true),
            ("developer", "productioneloper", true),
            ("org-1", "org-18", false),
            ("dev", "dev and more", false),
            ("x dev", "y production", false),
            ("", "x", false),
        ] {
            assert_eq!(same_but_for(one, other, &own), same, "{one} / {other}");
        }
    }
}
