//! The findings of several accounts as one list.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;

/// What was found for accounts that have the same specs.
pub struct OfAccount {
    /// Their names.
    pub names: Vec<String>,
    /// The id of the first, as messages spell it; empty where it is not known.
    pub id: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Each finding once, with the accounts that it holds for where others are without it. A finding of a file holds for every account that
/// reads the file; what differs in the account's own id alone, as an example in a message may, is one finding.
pub fn fold(accounts: Vec<OfAccount>) -> Vec<Finding> {
    let all: usize = accounts.iter().map(|account| account.names.len()).sum();
    let mut found: BTreeMap<Finding, Finding> = BTreeMap::new();
    for OfAccount { names, id, findings } in accounts {
        let mut seen = BTreeSet::new();
        for finding in findings {
            let mut shape = finding.clone();
            if !id.is_empty() {
                shape.message = shape.message.replace(&id, "\0");
            }
            let entry = found.entry(shape.clone()).or_insert(finding);
            if seen.insert(shape) {
                entry.accounts.extend(names.iter().cloned());
            }
        }
    }
    let everywhere =
        |finding: Finding| if finding.accounts.len() == all { Finding { accounts: Vec::new(), ..finding } } else { finding };
    found.into_values().map(everywhere).collect()
}
