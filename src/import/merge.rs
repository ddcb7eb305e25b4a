//! What several accounts have in common, as one set of entries: once where all have it, with `accounts:` where some have it, with
//! variables where they differ in a value.

use std::collections::{BTreeMap, BTreeSet};

use super::Yaml;
use super::account::Import;
use super::confirm::vars_text;
use super::layout::{Section, Unit};
use super::leave_out::Report;
use super::unify::Unifier;
use super::variants::in_parts;
use crate::names::Address;

/// One account.
pub(super) struct Side<'a> {
    pub import: &'a Import<'a>,
    pub units: Vec<Unit>,
    pub declared: BTreeSet<Address>,
    pub report: Report,
}

/// The accounts together.
pub(super) struct Merged {
    pub units: Vec<Unit>,
    /// The variables that they need, as the `accounts:` of a project file.
    pub vars: String,
    /// By account and the address of an entry: what the entry is called there, where that is another name.
    pub own: BTreeMap<(usize, Address), Address>,
}

/// Entries of one name, each with its account.
type Found<'s> = Vec<(usize, &'s Unit)>;

/// Merges the entries of all accounts. `parts` says that what differs by account may be written as parts.
pub(super) fn merged(sides: &[Side<'_>], everywhere: bool, parts: bool) -> Merged {
    if let ([only], true) = (sides, everywhere) {
        return Merged { units: only.units.clone(), vars: String::new(), own: BTreeMap::new() };
    }
    let mut unifier = Unifier::new(sides.iter().map(|side| side.import));
    let mut by_name: BTreeMap<(Section, &Address, &str), Found<'_>> = BTreeMap::new();
    for (n, side) in sides.iter().enumerate() {
        for unit in &side.units {
            by_name.entry((unit.section, &unit.address, unit.entry.0.as_str())).or_default().push((n, unit));
        }
    }
    // What one account alone has may be what another has under a name that holds the account's own.
    let mut by_pattern: BTreeMap<(Section, String), Found<'_>> = BTreeMap::new();
    let mut groups: Vec<Found<'_>> = Vec::new();
    for ((section, ..), found) in by_name {
        match found.as_slice() {
            [(n, unit)] if !section.is_list() => {
                by_pattern.entry((section, unifier.pattern(*n, &unit.entry.0))).or_default().push((*n, unit));
            }
            _ => groups.push(found),
        }
    }
    for found in by_pattern.into_values() {
        let accounts: BTreeSet<usize> = found.iter().map(|(n, _)| *n).collect();
        if accounts.len() == found.len() {
            groups.push(found);
        } else {
            groups.extend(found.into_iter().map(|one| vec![one]));
        }
    }
    let mut out = Merged { units: Vec::new(), vars: String::new(), own: BTreeMap::new() };
    let all: Vec<&str> = sides.iter().map(|side| side.import.context.account_name).collect();
    for group in groups {
        let mut clusters = clusters(&mut unifier, &group);
        // A mapping has one entry of a name: what is otherwise in some accounts stands in a file of its own.
        clusters.sort_by_key(|(_, accounts)| std::cmp::Reverse(accounts.len()));
        let found: BTreeSet<usize> = clusters.iter().flat_map(|(_, accounts)| accounts.iter().copied()).collect();
        let limited = !(everywhere && found.len() == all.len());
        if let Some(units) = in_parts(&clusters, &unifier, &all, limited).filter(|_| parts) {
            out.units.extend(units);
            continue;
        }
        for (rank, (mut unit, accounts)) in clusters.into_iter().enumerate() {
            if let Some(first) = accounts.first().and_then(|n| all.get(*n)).filter(|_| rank > 0) {
                unit.stem = format!("{}-{first}", unit.stem);
            }
            for (n, own) in group.iter().filter(|(n, own)| accounts.contains(n) && own.address != unit.address) {
                out.own.insert((*n, unit.address.clone()), own.address.clone());
            }
            if !(everywhere && accounts.len() == all.len()) {
                let names = accounts.iter().filter_map(|n| all.get(*n)).map(|name| Yaml::text(*name)).collect();
                limit(&mut unit, names);
            }
            out.units.push(unit);
        }
    }
    out.vars = vars_text(&unifier.variables());
    out
}

/// Entries that are one, each with the accounts that have it.
fn clusters<'s>(unifier: &mut Unifier<'_>, group: &Found<'s>) -> Vec<(Unit, BTreeSet<usize>)> {
    if let Some(one) = unifier.unit(group) {
        return vec![(one, group.iter().map(|(n, _)| *n).collect())];
    }
    // Equal ones first, the most frequent before others.
    let mut equal: Vec<Found<'s>> = Vec::new();
    for (n, unit) in group {
        let same = |found: &&mut Found<'s>| found.first().is_some_and(|(_, other)| is_same(other, unit));
        match equal.iter_mut().find(same) {
            Some(found) => found.push((*n, unit)),
            None => equal.push(vec![(*n, *unit)]),
        }
    }
    equal.sort_by_key(|found| std::cmp::Reverse(found.len()));
    let mut together: Vec<Found<'s>> = Vec::new();
    for found in equal {
        let joined = |cluster: &Found<'s>| {
            let mut joined: Found<'s> = cluster.iter().chain(&found).copied().collect();
            joined.sort_by_key(|(n, _)| *n);
            joined
        };
        match together.iter_mut().map(|c| (joined(c), c)).find(|(joined, _)| unifier.fits(joined)) {
            Some((joined, cluster)) => *cluster = joined,
            None => together.push(found),
        }
    }
    together.iter().filter_map(|found| Some((unifier.unit(found)?, found.iter().map(|(n, _)| *n).collect()))).collect()
}

fn is_same(one: &Unit, other: &Unit) -> bool {
    one.entry == other.entry && one.beside == other.beside
}

/// Limits an entry to some accounts.
pub(super) fn limit(unit: &mut Unit, names: Vec<Yaml>) {
    let accounts = ("accounts".to_owned(), Yaml::List(names));
    let value = &mut unit.entry.1;
    match value {
        // What has no place for accounts stands in a part that has one.
        _ if unit.section.is_list() => {
            let list = Yaml::Map(vec![(unit.section.key().to_owned(), Yaml::List(vec![value.clone()]))]);
            unit.section = Section::Parts;
            *value = Yaml::Map(vec![accounts, ("spec".to_owned(), list)]);
        }
        Yaml::Map(fields) => fields.push(accounts),
        _ => {}
    }
}
