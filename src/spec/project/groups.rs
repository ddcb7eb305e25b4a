//! Groups of accounts: who is in each, and what they say of an account together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::diag::{Finding, did_you_mean};
use crate::fleet::{AccountSelection, DEFAULT_WAVE, Member, Roster, Selector};
use crate::scope::glob_matches;
use crate::spec::shape::{AccountSpec, GroupOfAccountsSpec, GuardsSpec, ProjectSpec};
use crate::spec::text::{Pos, Texts};
use crate::spec::yaml::At;

/// One group, read.
struct Layer<'s> {
    name: &'s At<String>,
    spec: &'s GroupOfAccountsSpec,
    /// How far in it stands: the depth of its organisational unit; groups without one name their accounts themselves, and come last.
    depth: usize,
    selection: Option<AccountSelection>,
    /// What it sets, by key.
    sets: Vec<(String, Pos, Value)>,
}

/// All groups of a project, outer ones first.
pub(super) struct Groups<'s> {
    layers: Vec<Layer<'s>>,
    /// Keys that two groups of one depth set differently: the groups, and the accounts that are in both.
    conflicts: BTreeMap<(String, usize, usize), Conflict>,
}

/// Two places that contradict each other, and the accounts for which they do.
struct Conflict {
    first: Pos,
    second: Pos,
    accounts: Vec<String>,
}

impl<'s> Groups<'s> {
    /// Reads the groups of a project.
    pub fn read(spec: &'s ProjectSpec, texts: &Texts, problems: &mut Vec<Finding>) -> Self {
        let mut report = |at: Pos, problem: Finding| problems.push(texts.at(problem, at));
        let mut layers = Vec::new();
        for (name, group) in &spec.groups.list {
            let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            if name.is_empty() || name.chars().count() > 64 || !name.chars().all(good) {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of a group", name.escape_debug()));
                report(name.at, problem.help("use up to 64 letters, digits and `_.-`"));
            }
            if group.ou.is_none() && group.accounts.is_none() && group.tags.list.is_empty() {
                let problem =
                    Finding::error("bad-project", format!("nothing says which accounts are in the group `{}`", name.value));
                report(name.at, problem.help("write `ou: /PATH`, `accounts: [NAME]` or `tags: {KEY: VALUE}`"));
            }
            if let Some(ou) = group.ou.as_ref().filter(|ou| !is_path(ou)) {
                let problem =
                    Finding::error("bad-project", format!("`{}` is not a path of organisational units", ou.escape_debug()));
                report(ou.at, problem.help("write `/` for the root, or `/Workloads/Prod`, without `/` at the end"));
            }
            if let Some(wave) = group.wave.as_ref().filter(|wave| !(1..=100).contains(&wave.value)) {
                let problem = Finding::error("bad-value", format!("{} is not a wave", wave.value));
                report(wave.at, problem.help("write a number from 1 to 100; accounts without one are in wave 2"));
            }
            let mut selectors = Vec::new();
            for word in group.accounts.iter().flat_map(|list| &list.0) {
                match word.parse::<Selector>() {
                    Ok(selector) if selector.is_group() => {
                        let problem = Finding::error("bad-selector", "a group does not select by groups");
                        report(word.at, problem.help("write the names or patterns of its accounts"));
                    }
                    Ok(selector) => selectors.push(selector),
                    Err(problem) => report(word.at, problem),
                }
            }
            let depth = group.ou.as_ref().map_or(usize::MAX, |ou| ou.split('/').filter(|part| !part.is_empty()).count());
            let selection = group.accounts.as_ref().map(|_| AccountSelection(selectors));
            layers.push(Layer { name, spec: group, depth, selection, sets: sets(group) });
        }
        layers.sort_by(|a, b| (a.depth, &a.name.value).cmp(&(b.depth, &b.name.value)));
        Self { layers, conflicts: BTreeMap::new() }
    }

    /// The names of all groups.
    pub fn names(&self) -> BTreeSet<String> {
        self.layers.iter().map(|layer| layer.name.value.clone()).collect()
    }

    /// Finds the groups of an account, and puts what they say of it below what it says itself.
    pub fn join(&mut self, member: &mut Member, account: &mut AccountSpec) {
        let mut known: BTreeMap<&str, (usize, Pos, &Value)> = BTreeMap::new();
        let mut found = Vec::new();
        for (index, layer) in self.layers.iter().enumerate().filter(|(_, layer)| layer.holds(member)) {
            for (key, at, value) in &layer.sets {
                let before = known.insert(key, (index, *at, value));
                let Some((other, other_at, other_value)) = before else { continue };
                if self.layers.get(other).is_some_and(|other| other.depth == layer.depth) && other_value != value {
                    found.push(((key.clone(), other, index), (other_at, *at)));
                }
            }
        }
        let layers: Vec<&Layer<'_>> = self.layers.iter().filter(|layer| layer.holds(member)).collect();
        member.groups = layers.iter().map(|layer| layer.name.value.clone()).collect();
        member.wave = layers.iter().rev().find_map(|layer| layer.spec.wave.as_ref()).map_or(DEFAULT_WAVE, |wave| wave.value);
        let excluding = layers.iter().find(|layer| layer.spec.exclude.as_ref().is_some_and(|exclude| exclude.value));
        if let Some(layer) = excluding {
            member.left_out = Some(format!("the group `{}` excludes it", layer.name.value));
        }
        // Of two values the later one wins.
        let own = std::mem::take(&mut account.vars.list);
        let of_groups = layers.iter().flat_map(|layer| layer.spec.vars.list.iter().cloned());
        account.vars.list = of_groups.chain(own).collect();
        let guards = layers.iter().filter_map(|layer| layer.spec.guards.as_ref()).chain(account.guards.as_ref());
        account.guards = guards.cloned().reduce(over);
        for (key, (first, second)) in found {
            let conflict = self.conflicts.entry(key).or_insert_with(|| Conflict { first, second, accounts: Vec::new() });
            conflict.accounts.push(member.name.clone());
        }
    }

    /// What is wrong with the groups where these are the accounts, and where two of them contradict each other.
    pub fn faults(&self, roster: &Roster, texts: &Texts) -> Vec<Finding> {
        let mut found = Vec::new();
        for layer in &self.layers {
            let unknown = layer.spec.ou.as_ref().filter(|ou| is_path(ou) && !roster.units().contains(&ou.value));
            if let Some(ou) = unknown {
                let message = format!("no account is in the organisational unit `{}`", ou.escape_debug());
                let near = did_you_mean(ou, roster.units().iter().map(String::as_str));
                let help =
                    near.unwrap_or_else(|| "check the path; `iamctl accounts sync` writes the units that there are".to_owned());
                found.push(texts.at(Finding::error("unknown-ou", message).help(help), ou.at));
            }
            for word in layer.spec.accounts.iter().flat_map(|list| &list.0) {
                // What a pattern fits may come.
                let fault = word.parse::<Selector>().ok().and_then(|selector| selector.fault(roster));
                if let Some(problem) = fault.filter(|_| !word.contains(['*', '?', ':'])) {
                    let fault = Finding::error(problem.code, problem.message).help(problem.help.unwrap_or_default());
                    found.push(texts.at(fault, word.at));
                }
            }
        }
        for ((key, first, second), Conflict { first: first_at, second: second_at, accounts }) in &self.conflicts {
            let name = |index: &usize| self.layers.get(*index).map(|layer| layer.name.value.as_str()).unwrap_or_default();
            let more = if accounts.len() > 1 { format!(" and {} more", accounts.len() - 1) } else { String::new() };
            let account = accounts.first().map(String::as_str).unwrap_or_default();
            let message = format!(
                "the groups `{}` and `{}` set `{key}` differently, and the account `{account}`{more} is in both",
                name(first),
                name(second)
            );
            let problem = Finding::error("group-conflict", message)
                .help("set it at the account, or in one of the groups only")
                .related("the other value", texts.place(*first_at));
            found.push(texts.at(problem, *second_at));
        }
        found
    }
}

impl Layer<'_> {
    fn holds(&self, member: &Member) -> bool {
        let below = |ou: &str| {
            let unit = format!("ou:{ou}");
            unit.parse::<Selector>().is_ok_and(|selector| selector.matches(member))
        };
        let fits = |(key, value): &(At<String>, At<String>)| {
            member.tags.get(&key.value).is_some_and(|tag| *tag == value.value || glob_matches(value, tag))
        };
        self.spec.ou.as_ref().is_none_or(|ou| below(ou))
            && self.selection.as_ref().is_none_or(|selection| selection.holds(member))
            && self.spec.tags.list.iter().all(fits)
            && (self.spec.ou.is_some() || self.selection.is_some() || !self.spec.tags.list.is_empty())
    }
}

/// Whether a text is a path of organisational units.
pub(super) fn is_path(text: &str) -> bool {
    text == "/"
        || text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !part.is_empty() && part != ".." && part != "."))
}

/// Everything that a group sets, by its key.
fn sets(group: &GroupOfAccountsSpec) -> Vec<(String, Pos, Value)> {
    let vars = group.vars.list.iter().map(|(name, value)| (format!("vars.{}", name.value), name.at, value.0.to_json()));
    let mut found: Vec<(String, Pos, Value)> = vars.collect();
    if let Some(GuardsSpec {
        max_deletes,
        max_changes_percent,
        max_deletes_percent,
        max_revoked,
        delete_unused_days,
        break_glass,
    }) = &group.guards
    {
        let numbers = [
            ("max_deletes", max_deletes),
            ("max_changes_percent", max_changes_percent),
            ("max_deletes_percent", max_deletes_percent),
            ("max_revoked", max_revoked),
            ("delete_unused_days", delete_unused_days),
        ];
        let numbers = numbers.into_iter().filter_map(|(key, number)| Some((key, number.as_ref()?)));
        found.extend(numbers.map(|(key, number)| (format!("guards.{key}"), number.at, json!(number.value))));
        found.extend(break_glass.as_ref().map(|list| {
            let mut texts: Vec<&str> = list.0.iter().map(|text| text.value.as_str()).collect();
            texts.sort_unstable();
            ("guards.break_glass".to_owned(), list.0.first().map_or_else(Pos::default, |text| text.at), json!(texts))
        }));
    }
    found.extend(group.wave.as_ref().map(|wave| ("wave".to_owned(), wave.at, json!(wave.value))));
    found.extend(group.exclude.as_ref().map(|exclude| ("exclude".to_owned(), exclude.at, json!(exclude.value))));
    found
}

/// The guards of an inner level over those of an outer one, key by key.
fn over(outer: GuardsSpec, inner: GuardsSpec) -> GuardsSpec {
    GuardsSpec {
        max_deletes: inner.max_deletes.or(outer.max_deletes),
        max_changes_percent: inner.max_changes_percent.or(outer.max_changes_percent),
        max_deletes_percent: inner.max_deletes_percent.or(outer.max_deletes_percent),
        max_revoked: inner.max_revoked.or(outer.max_revoked),
        delete_unused_days: inner.delete_unused_days.or(outer.delete_unused_days),
        break_glass: inner.break_glass.or(outer.break_glass),
    }
}
