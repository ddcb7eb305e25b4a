//! Ways to escalate in the words of a finding.

use std::collections::BTreeSet;

use crate::escalation::{How, Step, methods};

/// The actions that a method of this name needs, as AWS spells them; empty for what is not a method.
fn actions_of_method(name: &str) -> Vec<String> {
    let method = methods::all().find(|method| method.name == name);
    method.into_iter().flat_map(|method| method.actions.split(' ')).map(str::to_owned).collect()
}

/// Ways that one sentence names, and actions that it names at most where it names several ways.
const MOST_NAMED: usize = 3;
const MOST_ACTIONS: usize = 5;

/// The first of a list of ways, methods by what they need, and how many more there are. A method that needs more than one
/// that is named is only counted.
pub fn ways_in_words(ways: &[&str]) -> String {
    let mut named: Vec<Vec<String>> = Vec::new();
    for way in ways {
        let needs = actions_of_method(way);
        let needs = if needs.is_empty() { vec![(*way).to_owned()] } else { needs };
        let more = named.iter().map(Vec::len).sum::<usize>() + needs.len() > MOST_ACTIONS;
        if named.len() == MOST_NAMED || (more && !named.is_empty()) {
            break;
        }
        if !named.iter().any(|less| less.iter().all(|action| needs.contains(action))) {
            named.push(needs);
        }
    }
    let more = ways.len() - named.len();
    let quoted = |needs: Vec<String>| match needs.as_slice() {
        // A way that is not a method is told in words already.
        [words] if words.contains('`') => words.clone(),
        _ => needs.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(" + "),
    };
    let mut words: Vec<String> = named.into_iter().map(quoted).collect();
    match more {
        0 => {}
        1 => words.push("and 1 more way".to_owned()),
        _ => words.push(format!("and {more} more ways")),
    }
    words.join(", ")
}

/// What the steps of a way hang on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hangs<'a> {
    conditions: BTreeSet<&'a String>,
    open: BTreeSet<&'a String>,
    actions: BTreeSet<&'a str>,
}

impl<'a> Hangs<'a> {
    pub(super) fn of(steps: impl Iterator<Item = &'a Step> + Clone) -> Self {
        Self {
            conditions: steps.clone().flat_map(|step| &step.conditions).collect(),
            open: steps.clone().flat_map(|step| &step.open).collect(),
            actions: steps.map(|step| step.how.action()).collect(),
        }
    }

    /// `can`, or `may` where something is not known.
    pub(super) fn verb(&self) -> &'static str {
        if self.open.is_empty() { "can" } else { "may" }
    }

    /// For the end of a sentence: `; it depends on …; not certain: …`.
    pub(super) fn in_words(&self) -> String {
        let keys: Vec<String> = self.conditions.iter().map(|key| format!("`{key}`")).collect();
        let depends = if keys.is_empty() { String::new() } else { format!("; it depends on {}", keys.join(", ")) };
        depends + &self.open.first().map(|open| format!("; not certain: {open}")).unwrap_or_default()
    }

    /// The actions that the steps need: `` `a` or `b` ``.
    pub(super) fn actions(&self) -> String {
        self.actions.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(" or ")
    }
}

/// One step of a path: whom it reaches, `place` behind the name, and how where it is not plain.
pub(super) fn member(step: &Step, place: &str) -> String {
    match &step.how {
        How::Is | How::Assume(_) => format!("`{}`{place}", step.to),
        how => format!("`{}`{place} ({how})", step.to),
    }
}

/// Most members of a path that a finding names.
const MOST_MEMBERS: usize = 8;

/// `` `role/a` → `role/b` (passed to `lambda`) → `role/c` ``; of a long path the beginning and the end.
pub(super) fn path_in_words(mut members: Vec<String>) -> String {
    if members.len() > MOST_MEMBERS {
        let more = format!("{} more", members.len() - MOST_MEMBERS + 1);
        members.splice(MOST_MEMBERS - 2..members.len() - 1, [more]);
    }
    members.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_few_ways_and_counts_the_rest() {
        let words = |ways: &[&str]| ways_in_words(ways);
        assert_eq!(words(&["CreateAccessKey"]), "`iam:CreateAccessKey`");
        assert_eq!(
            words(&["PutRolePolicy", "CreateAccessKey", "CreateAndRotateAccessKey", "AddUserToGroup", "AttachUserPolicy"]),
            "`iam:PutRolePolicy`, `iam:CreateAccessKey`, `iam:AddUserToGroup`, and 2 more ways"
        );
        assert_eq!(
            words(&["PassExistingRoleToNewLambdaThenInvoke", "PassExistingRoleToNewECSService"]),
            "`iam:PassRole` + `lambda:CreateFunction` + `lambda:InvokeFunction`, and 1 more way"
        );
        assert_eq!(words(&["`role/a` → `role/b`"]), "`role/a` → `role/b`");
    }
}
