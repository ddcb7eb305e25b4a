//! What a managed policy amounts to, in a few words: nobody reads a list of a thousand actions, and its first action says nothing.

use std::collections::BTreeSet;

use crate::catalogue::{self, AccessLevel, SummaryLine};
use crate::plan::AccessGrant;

/// Share of all known read actions, in percent, from which on a policy reads "everything".
const EVERYTHING: usize = 50;

/// What the grants of one policy allow, to follow "may now"; `None` if the actions themselves are shorter.
pub(super) fn amounts(grants: &[&AccessGrant]) -> Option<String> {
    let patterns: BTreeSet<&str> = grants.iter().flat_map(|grant| &grant.actions).map(String::as_str).collect();
    if let Some(except) = patterns.iter().find_map(|pattern| pattern.strip_prefix("* except ")) {
        return Some(format!("do everything except `{except}`"));
    }
    let summary = catalogue::summarize(patterns.iter().copied());
    if summary.everything {
        return Some("do everything".to_owned());
    }
    let only_reads = |line: &SummaryLine| line.actions.iter().all(|a| matches!(a.level(), AccessLevel::Read | AccessLevel::List));
    // Some services offer nothing but reads.
    let mut whole: Vec<&SummaryLine> = summary.lines.iter().filter(|line| line.level.is_none() && !only_reads(line)).collect();
    whole.sort_by_key(|line| std::cmp::Reverse(line.actions.len()));
    if let Some((first, rest)) = whole.split_first() {
        let more = match rest.len() {
            0 => String::new(),
            1 => " and of 1 more service".to_owned(),
            n => format!(" and of {n} more services"),
        };
        return Some(format!("act as administrator of {}{more}", name(first.service)));
    }
    let services: BTreeSet<&str> = summary.lines.iter().map(|line| line.service).collect();
    let (reading, other): (Vec<&SummaryLine>, Vec<&SummaryLine>) = summary.lines.iter().partition(|line| only_reads(line));
    let count: usize = reading.iter().map(|line| line.actions.len()).sum();
    let everything = count * 100 >= readable() * EVERYTHING;
    let writes: usize = other.iter().map(|line| line.actions.len()).sum();
    match (other.len(), services.len()) {
        (_, 0 | 1) => None,
        (0, _) if everything => Some("read everything".to_owned()),
        (_, _) if everything && writes < count / 10 => Some(format!("read everything, and call {writes} actions that write")),
        (0, n) => Some(format!("read {n} services")),
        (_, n) => {
            let writing: BTreeSet<&str> = other.iter().map(|line| line.service).collect();
            let gravest = other.iter().max_by_key(|line| (line.level, line.actions.len())).map(|line| name(line.service))?;
            Some(format!("use {n} services and change {} of them, {gravest} among them", writing.len()))
        }
    }
}

/// How many known actions read or list.
fn readable() -> usize {
    let reads = |action: &catalogue::Action| matches!(action.level(), AccessLevel::Read | AccessLevel::List);
    catalogue::services().flat_map(catalogue::Service::actions).filter(reads).count()
}

/// `SageMaker` of `Amazon SageMaker`.
fn name(prefix: &str) -> String {
    let full = catalogue::service(prefix).map(catalogue::Service::name).unwrap_or_default();
    let short = full.strip_prefix("Amazon ").or_else(|| full.strip_prefix("AWS ")).unwrap_or(full);
    if short.is_empty() { format!("`{prefix}`") } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_policies;
    use crate::policy::ast::Policy;

    fn of(policy: &str) -> Option<String> {
        let document = aws_policies::document(&format!("arn:aws:iam::aws:policy/{policy}")).unwrap();
        let statements = Policy::read(&document).statements;
        let grant = |statement: &crate::policy::ast::Statement| {
            let clause = statement.actions.as_ref().unwrap();
            let actions =
                if clause.negated { vec![format!("* except {}", clause.values.join(", "))] } else { clause.values.clone() };
            AccessGrant { actions, ..AccessGrant::default() }
        };
        let grants: Vec<AccessGrant> = statements.iter().map(grant).collect();
        amounts(&grants.iter().collect::<Vec<_>>())
    }

    #[test]
    fn aws_managed_policies_are_named_by_what_they_amount_to() {
        for (policy, expected) in [
            ("AdministratorAccess", "do everything"),
            ("ReadOnlyAccess", "read everything"),
            ("AmazonS3FullAccess", "act as administrator of S3"),
            ("AmazonSageMakerFullAccess", "act as administrator of SageMaker"),
            ("PowerUserAccess", "do everything except `iam:*, organizations:*, account:*`"),
        ] {
            let told = of(policy).unwrap_or_default();
            assert!(told.starts_with(expected), "{policy}: {told}");
        }
    }
}
