//! Which actions no statement tells apart. Actions ignore case (iam-facts 6.4): here they are in lower case, shown as written.

use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::{Budget, Language, Spent, Token, combinations, find, has_wildcard, tokens};

/// The `Action` or `NotAction` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Actions {
    /// `NotAction`: every action that none of the patterns matches.
    pub negated: bool,
    /// The patterns, sorted, each once.
    pub patterns: BTreeSet<ActionPattern>,
}

/// One pattern of actions: its two halves in lower case, each with wildcards (iam-facts 6.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ActionPattern {
    /// Before the colon.
    pub service: String,
    /// After the colon.
    pub name: String,
}

impl ActionPattern {
    /// Reads `service:name`, or `*` for all; `None` when it can match no action.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (service, name) = if text == "*" { ("*", "*") } else { text.split_once(':')? };
        Some(Self { service: service.to_owned(), name: name.to_owned() })
    }

    /// Whether one of its halves has a wildcard.
    pub(super) fn is_wild(&self) -> bool {
        has_wildcard(&self.service) || has_wildcard(&self.name)
    }
}

fn language<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Language {
    Language::of(patterns.into_iter().map(tokens))
}

/// Actions of one service that every statement treats alike.
#[derive(Clone, Debug)]
pub(super) struct ActionClass {
    /// Which of the given [`Actions`] match, in their order.
    pub matched: Vec<bool>,
    /// The service of `example`, in lower case.
    pub service: String,
    /// Names that patterns spell out, in lower case.
    pub names: BTreeSet<String>,
    /// A name that no pattern spells out, if the class has such names.
    pub unnamed: Option<String>,
}

impl ActionClass {
    /// One action of the class, in lower case; one whose requests look like others' where there is one.
    pub(super) fn example(&self) -> String {
        let ordinary = self.names.iter().find(|n| !(self.service == "s3" && *n == "listallmybuckets"));
        let name = ordinary.or(self.unnamed.as_ref()).or(self.names.first()).map_or("", String::as_str);
        format!("{}:{name}", self.service)
    }
}

/// A service's name and an action's name are texts without a colon, neither empty.
fn word() -> Language {
    Language::of([vec![Token::OneInField, Token::RunInField]])
}

/// All classes that one of the `causes` (indexes) matches; actions of services that no pattern spells out are under one made-up service.
///
/// # Errors
/// The budget ran out.
pub(super) fn classes(all: &[&Actions], causes: &BTreeSet<usize>, budget: &Budget) -> Result<Vec<ActionClass>, Spent> {
    let mut found = Vec::new();
    let halves: BTreeSet<&str> = all.iter().flat_map(|a| a.patterns.iter().map(|p| p.service.as_str())).collect();
    let (wild, plain): (Vec<&str>, Vec<&str>) = halves.into_iter().partition(|s| has_wildcard(s));
    let wild: Vec<(&str, Language)> = wild.into_iter().map(|s| (s, language([s]))).collect();
    // For each element the names by the service that they stand under.
    let by_service: Vec<BTreeMap<&str, Vec<&str>>> = all
        .iter()
        .map(|a| {
            let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            a.patterns.iter().for_each(|p| names.entry(p.service.as_str()).or_default().push(p.name.as_str()));
            names
        })
        .collect();
    for service in services(&wild, &plain, budget)? {
        let speak: Vec<&str> = wild
            .iter()
            .filter(|(_, l)| l.contains(&service))
            .map(|(text, _)| *text)
            .chain(std::iter::once(service.as_str()))
            .collect();
        let touched = |i: &usize| {
            all.get(*i).is_some_and(|a| a.negated)
                || by_service.get(*i).is_some_and(|names| speak.iter().any(|half| names.contains_key(half)))
        };
        if causes.iter().any(touched) {
            let of = |names: &BTreeMap<&'_ str, Vec<&'_ str>>| -> Vec<String> {
                speak.iter().filter_map(|half| names.get(half)).flatten().map(|n| (*n).to_owned()).collect()
            };
            let names: Vec<Vec<String>> = by_service.iter().map(of).collect();
            of_service(&service, all, &names, budget, &mut found)?;
        }
    }
    found.retain(|c: &ActionClass| causes.iter().any(|i| c.matched.get(*i) == Some(&true)));
    Ok(found)
}

/// Every service that a pattern spells out, and one for each combination of wildcards that the others fall into.
fn services(wild: &[(&str, Language)], plain: &[&str], budget: &Budget) -> Result<BTreeSet<String>, Spent> {
    let mut services: BTreeSet<String> = plain.iter().map(|s| (*s).to_owned()).collect();
    let wild: Vec<Language> = wild.iter().map(|(_, l)| l.clone()).collect();
    services.extend(unnamed(&wild, plain, budget)?.into_values());
    Ok(services)
}

/// For each combination of languages a word that is not among `plain`, where there is one.
fn unnamed(languages: &[Language], plain: &[&str], budget: &Budget) -> Result<BTreeMap<Vec<bool>, String>, Spent> {
    let known: BTreeSet<&str> = plain.iter().copied().collect();
    let mut out = BTreeMap::new();
    let all_plain = language(plain.iter().copied());
    let word = word();
    for (combination, text) in combinations(&word, languages, budget)? {
        if !known.contains(text.as_str()) {
            out.insert(combination, text);
            continue;
        }
        let side = |wanted: bool| languages.iter().zip(&combination).filter(move |(_, c)| **c == wanted).map(|(l, _)| l);
        let within: Vec<&Language> = std::iter::once(&word).chain(side(true)).collect();
        let without: Vec<&Language> = std::iter::once(&all_plain).chain(side(false)).collect();
        if let Some(text) = find(&within, &without, budget)? {
            out.insert(combination, text);
        }
    }
    Ok(out)
}

fn of_service(
    service: &str,
    all: &[&Actions],
    names: &[Vec<String>],
    budget: &Budget,
    found: &mut Vec<ActionClass>,
) -> Result<(), Spent> {
    let plain: Vec<&str> = {
        let set: BTreeSet<&str> = names.iter().flatten().map(String::as_str).filter(|n| !has_wildcard(n)).collect();
        set.into_iter().collect()
    };
    let wild: Vec<Language> = names.iter().map(|n| language(n.iter().map(String::as_str).filter(|n| has_wildcard(n)))).collect();
    let sign = |hits: Vec<bool>| -> Vec<bool> { all.iter().zip(hits).map(|(a, hit)| hit != a.negated).collect() };
    let mut classes: BTreeMap<Vec<bool>, ActionClass> = BTreeMap::new();
    let class = |matched: Vec<bool>| ActionClass { matched, service: service.to_owned(), names: BTreeSet::new(), unnamed: None };
    // Many elements say the same of a service, most say nothing of it by wildcards.
    let distinct: BTreeSet<&Language> = wild.iter().filter(|l| !l.tokens().is_empty()).collect();
    let distinct: Vec<Language> = distinct.into_iter().cloned().collect();
    let places: Vec<Option<usize>> = wild.iter().map(|l| distinct.iter().position(|d| d == l)).collect();
    for (combination, name) in unnamed(&distinct, &plain, budget)? {
        let hit = |at: &Option<usize>| at.and_then(|at| combination.get(at).copied()).unwrap_or(false);
        let matched = sign(places.iter().map(hit).collect());
        classes.entry(matched.clone()).or_insert_with(|| class(matched)).unnamed.get_or_insert(name);
    }
    let sets: Vec<BTreeSet<&str>> = names.iter().map(|n| n.iter().map(String::as_str).collect()).collect();
    for name in plain {
        budget.spend(distinct.iter().map(|l| l.tokens().len() / 16 + 1).sum())?;
        let wild: Vec<bool> = distinct.iter().map(|l| l.contains(name)).collect();
        let hit = |at: &Option<usize>| at.and_then(|at| wild.get(at).copied()).unwrap_or(false);
        let hits = sets.iter().zip(&places).map(|(set, at)| set.contains(name) || hit(at)).collect();
        let matched = sign(hits);
        classes.entry(matched.clone()).or_insert_with(|| class(matched)).names.insert(name.to_owned());
    }
    found.extend(classes.into_values());
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn actions(negated: bool, patterns: &[&str]) -> Actions {
        Actions { negated, patterns: patterns.iter().filter_map(|p| ActionPattern::read(p)).collect() }
    }

    fn shown(all: &[Actions], causes: &[usize]) -> Vec<(Vec<bool>, String, Vec<String>, bool)> {
        let all: Vec<&Actions> = all.iter().collect();
        classes(&all, &causes.iter().copied().collect(), &Budget::of(10_000_000))
            .unwrap()
            .into_iter()
            .map(|c| (c.matched, c.service, c.names.into_iter().collect(), c.unnamed.is_some()))
            .collect()
    }

    #[test]
    fn actions_that_no_statement_tells_apart_are_one_class() {
        let all = [actions(false, &["s3:Get*", "s3:PutObject"]), actions(false, &["s3:GetObject", "ec2:*"])];
        assert_eq!(
            shown(&all, &[0]),
            [
                (vec![true, false], "s3".to_owned(), vec!["putobject".to_owned()], true),
                (vec![true, true], "s3".to_owned(), vec!["getobject".to_owned()], false),
            ]
        );
    }

    #[test]
    fn not_action_reaches_services_that_nobody_names() {
        let all = [actions(true, &["iam:*"]), actions(false, &["s3:*"])];
        let seen = shown(&all, &[0]);
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen.iter().any(|(m, s, ..)| s == "s3" && *m == [true, true]));
        assert!(seen.iter().any(|(m, s, ..)| s != "s3" && s != "iam" && *m == [true, false]));
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop_oneof![Just("*".to_owned()), "[ab*?]{1,2}:[ab*?]{1,3}"]
    }

    proptest! {
        #[test]
        fn every_action_is_in_a_class_and_every_class_has_an_action(
            lists in prop::collection::vec((any::<bool>(), prop::collection::vec(pattern(), 1..4)), 1..4),
        ) {
            let all: Vec<Actions> = lists
                .iter()
                .map(|(n, p)| actions(*n, &p.iter().map(String::as_str).collect::<Vec<_>>()))
                .collect();
            let refs: Vec<&Actions> = all.iter().collect();
            let found = classes(&refs, &(0..all.len()).collect(), &Budget::of(50_000_000)).unwrap();
            let sign = |service: &str, name: &str| -> Vec<bool> {
                let half = |pattern: &str, text: &str| language([pattern]).contains(text);
                let matches = |p: &ActionPattern| half(&p.service, service) && half(&p.name, name);
                all.iter().map(|a| a.patterns.iter().any(matches) != a.negated).collect()
            };
            for class in &found {
                for name in class.names.iter().chain(&class.unnamed) {
                    prop_assert_eq!(sign(&class.service, name), class.matched.clone(), "{}:{}", class.service, name);
                }
            }
            let words: Vec<String> = ["a", "b", "z", "ab", "ba", "aa", "zb", "bz"].map(str::to_owned).to_vec();
            for service in &words {
                for name in &words {
                    let signature = sign(service, name);
                    if signature.contains(&true) {
                        prop_assert!(found.iter().any(|c| c.matched == signature), "{}:{}", service, name);
                    }
                }
            }
        }
    }
}
