//! Ways from one principal to a stronger one, as the rules tell them, opened and closed.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Chain, FindingsReport};
use crate::diag::Severity;
use crate::lint::{ESCALATION_CODES, rules};
use crate::names::Address;
use crate::plan::Finding;

/// Ways of one finding that are named; nobody reads on.
const NAMED: usize = 3;

/// The chains of new and fixed findings. A finding names the ways that a principal has; what it named before is not opened again.
pub(super) fn of(findings: &FindingsReport) -> Vec<Chain> {
    let (was, is) = (ways(&findings.fixed), ways(&findings.new));
    let mut found = BTreeSet::new();
    for (side, other, opened) in [(&is, &was, true), (&was, &is, false)] {
        for ((principal, code), (words, ways)) in side {
            // Who may do everything has every way.
            if *code == rules::PRIVILEGE_ESCALATION.code && side.contains_key(&(*principal, rules::ADMINISTRATOR_ACCESS.code)) {
                continue;
            }
            let known = other.get(&(*principal, *code)).map(|(_, ways)| ways);
            let left: Vec<&str> = ways.iter().copied().filter(|way| !known.is_some_and(|known| known.contains(way))).collect();
            if left.is_empty() && known.is_some() {
                continue;
            }
            let message = told(words, &left);
            found.insert(Chain { principal: (*principal).clone(), code: (*code).to_owned(), message, opened });
        }
    }
    found.into_iter().collect()
}

/// The words with the first few ways, methods by what they need.
fn told(words: &str, ways: &[&str]) -> String {
    if ways.is_empty() {
        return words.to_owned();
    }
    let spelt = |way: &&str| {
        let actions: Vec<String> = rules::actions_of_method(way).iter().map(|action| format!("`{action}`")).collect();
        if actions.is_empty() { (*way).to_owned() } else { actions.join(" + ") }
    };
    let mut named: Vec<String> = ways.iter().take(NAMED).map(spelt).collect();
    if ways.len() > NAMED {
        named.push(format!("and {} more ways", ways.len() - NAMED));
    }
    format!("{words}: {}", named.join(", "))
}

type Ways<'a> = BTreeMap<(&'a Address, &'a str), (&'a str, Vec<&'a str>)>;

/// By principal and rule: what is said, and each way that is named. Notes reach only what has a certain name and are no chains.
fn ways(findings: &[Finding]) -> Ways<'_> {
    let mut found = Ways::new();
    for finding in findings.iter().filter(|f| f.severity > Severity::Note && ESCALATION_CODES.contains(&f.code.as_str())) {
        let Some(principal) = &finding.address else { continue };
        let (words, named) = finding.message.split_once(": ").unwrap_or((&finding.message, ""));
        let ways = named.split([',', ';']).map(str::trim).filter(|way| !way.is_empty());
        found.entry((principal, finding.code.as_str())).or_insert_with(|| (words, Vec::new())).1.extend(ways);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::EntityKind;

    fn finding(code: &str, message: &str) -> Finding {
        Finding {
            code: code.to_owned(),
            severity: Severity::Error,
            address: Some(Address::new(EntityKind::Role, "dev")),
            file: None,
            line: None,
            column: None,
            message: message.to_owned(),
            help: None,
        }
    }

    fn chains(was: &[Finding], is: &[Finding]) -> Vec<(String, bool)> {
        let findings = FindingsReport { new: is.to_vec(), fixed: was.to_vec(), standing: 0 };
        of(&findings).into_iter().map(|chain| (chain.message, chain.opened)).collect()
    }

    #[test]
    fn only_what_was_not_named_before_is_opened() {
        let was = finding("privilege-escalation", "`role/dev` can escalate its privileges: CreateAccessKey, AddUserToGroup");
        let is = finding("privilege-escalation", "`role/dev` can escalate its privileges: CreateAccessKey; PutRolePolicy");
        let opened = ("`role/dev` can escalate its privileges: `iam:PutRolePolicy`".to_owned(), true);
        let closed = ("`role/dev` can escalate its privileges: `iam:AddUserToGroup`".to_owned(), false);
        assert_eq!(chains(&[was], &[is]), [closed, opened]);
    }

    #[test]
    fn an_administrator_is_not_told_method_by_method() {
        let is = [
            finding("administrator-access", "`role/dev` may do everything"),
            finding("privilege-escalation", "`role/dev` can escalate its privileges: CreateAccessKey"),
        ];
        assert_eq!(chains(&[], &is), [("`role/dev` may do everything".to_owned(), true)]);
    }

    #[test]
    fn other_findings_are_no_chains() {
        assert_eq!(chains(&[], &[finding("wildcard-resource", "`role/dev`: all")]), []);
    }
}
