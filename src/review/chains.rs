//! Ways from one principal to a stronger one, as the rules tell them, opened and closed.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Chain, FindingsReport};
use crate::diag::Severity;
use crate::lint::ESCALATION_CODES;
use crate::names::Address;
use crate::plan::Finding;

/// The chains of new and fixed findings. A finding names the ways that a principal has; what it named before is not opened again.
pub(super) fn of(findings: &FindingsReport) -> Vec<Chain> {
    let (was, is) = (ways(&findings.fixed), ways(&findings.new));
    let mut found = BTreeSet::new();
    for (side, other, opened) in [(&is, &was, true), (&was, &is, false)] {
        for ((principal, code), (words, ways)) in side {
            let known = other.get(&(*principal, *code)).map(|(_, ways)| ways);
            let left: Vec<&str> = ways.iter().copied().filter(|way| !known.is_some_and(|known| known.contains(way))).collect();
            if !left.is_empty() {
                let message = format!("{words}: {}", left.join(", "));
                found.insert(Chain { principal: (*principal).clone(), code: (*code).to_owned(), message, opened });
            }
        }
    }
    found.into_iter().collect()
}

type Ways<'a> = BTreeMap<(&'a Address, &'a str), (&'a str, Vec<&'a str>)>;

/// By principal and rule: what is said, and each way that is named. Notes reach only what has a certain name and are no chains.
fn ways(findings: &[Finding]) -> Ways<'_> {
    let mut found = Ways::new();
    for finding in findings.iter().filter(|f| f.severity > Severity::Note && ESCALATION_CODES.contains(&f.code.as_str())) {
        let Some(principal) = &finding.address else { continue };
        let (words, named) = finding.message.split_once(": ").unwrap_or((&finding.message, ""));
        let ways = named.split([',', ';']).map(str::trim);
        found.entry((principal, finding.code.as_str())).or_insert_with(|| (words, Vec::new())).1.extend(ways);
    }
    found
}
