//! One entity that differs by account as one entry and parts: what all accounts have stands once, and a part adds what some have.

use std::collections::BTreeSet;

use super::Yaml;
use super::layout::{Section, Unit};
use super::merge::limit;
use super::shorten::{is_worth_it, lines};
use super::unify::Unifier;

/// Most variants of which every set is tried.
const MOST: usize = 6;
/// Lines of what is not worth a part of its own: a key and one line.
const SMALL: usize = 2;

/// One text for those of several accounts.
type Own<'o> = &'o dyn Fn(&[&str]) -> Option<String>;

/// The variants of an entity as what they have in common and a part for what each has beside, where that is enough shorter. `limited` says
/// that not all accounts of the project have the entity.
pub(super) fn in_parts(
    variants: &[(Unit, BTreeSet<usize>)],
    unifier: &Unifier<'_>,
    accounts: &[&str],
    limited: bool,
) -> Option<Vec<Unit>> {
    let (first, _) = variants.first()?;
    let same = |unit: &Unit| unit.section == first.section && unit.entry.0 == first.entry.0 && unit.beside.is_none();
    if variants.len() < 2 || first.section.is_list() || !variants.iter().all(|(unit, _)| same(unit)) {
        return None;
    }
    let values: Vec<&Yaml> = variants.iter().map(|(unit, _)| &unit.entry.1).collect();
    // What is the account's own in a text becomes its variable, where each variant is of one account.
    let alone: Option<Vec<usize>> = variants.iter().map(|(_, of)| of.first().copied().filter(|_| of.len() == 1)).collect();
    let own = |texts: &[&str]| unifier.of_own(alone.as_ref()?, texts);
    let (base, mut rests) = split(&values, "", &own);
    let names =
        |of: &BTreeSet<usize>| of.iter().filter_map(|n| accounts.get(*n)).map(|name| Yaml::text(*name)).collect::<Vec<_>>();
    let mut whole = Unit { entry: (first.entry.0.clone(), base?), ..first.clone() };
    if limited {
        limit(&mut whole, names(&variants.iter().flat_map(|(_, of)| of.iter().copied()).collect()));
    }
    let mut out = vec![whole];
    let mut parts: Vec<(Yaml, BTreeSet<usize>)> = Vec::new();
    for chosen in subsets(variants.len()) {
        let found: Option<Vec<&Yaml>> = chosen.iter().map(|n| rests.get(*n)?.as_ref()).collect();
        let Some(found) = found else { continue };
        let (Some(common), left) = split(&found, "", &|_| None) else { continue };
        if lines(&(String::new(), common.clone())) <= SMALL {
            continue;
        }
        for (n, left) in chosen.iter().zip(left) {
            rests.get_mut(*n).into_iter().for_each(|rest| rest.clone_from(&left));
        }
        parts.push((common, chosen.iter().filter_map(|n| variants.get(*n)).flat_map(|(_, of)| of.iter().copied()).collect()));
    }
    parts.extend(rests.into_iter().zip(variants).filter_map(|(rest, (_, of))| Some((rest?, of.clone()))));
    for (rest, of) in &parts {
        let entity = Yaml::Map(vec![(first.entry.0.clone(), rest.clone())]);
        let spec = Yaml::Map(vec![(first.section.key().to_owned(), entity)]);
        let part = Yaml::Map(vec![("accounts".to_owned(), Yaml::List(names(of))), ("spec".to_owned(), spec)]);
        out.push(Unit { section: Section::Parts, entry: (String::new(), part), ..first.clone() });
    }
    // Each variant has its `accounts:` too.
    let before: usize = variants.iter().map(|(unit, _)| lines(&unit.entry) + 1).sum();
    let after: usize = out.iter().map(|unit| lines(&unit.entry)).sum();
    is_worth_it(after, before).then_some(out)
}

/// Several of so many variants, but not all: the larger sets first. Of many variants only neighbours.
fn subsets(count: usize) -> Vec<Vec<usize>> {
    let sizes = (2..count).rev();
    let bits = |set: &u32, n: usize| set & (1 << n) != 0;
    let of_size = |size: usize| -> Vec<Vec<usize>> {
        if count > MOST {
            return (0..=count - size).map(|first| (first..first + size).collect()).collect();
        }
        let sets = (0u32..1 << count).filter(|set| set.count_ones() as usize == size);
        sets.map(|set| (0..count).filter(|n| bits(&set, *n)).collect()).collect()
    };
    sizes.flat_map(of_size).collect()
}

/// What several values have in common, and what each has beside; a part can add the rest to it.
fn split(values: &[&Yaml], key: &str, own: Own<'_>) -> (Option<Yaml>, Vec<Option<Yaml>>) {
    let apart = || (None, values.iter().map(|value| Some((*value).clone())).collect());
    let Some(first) = values.first() else { return (None, Vec::new()) };
    if values.iter().all(|value| value == first) {
        return (Some((*first).clone()), vec![None; values.len()]);
    }
    let maps: Option<Vec<&[(String, Yaml)]>> =
        values.iter().map(|value| if let Yaml::Map(map) = value { Some(map.as_slice()) } else { None }).collect();
    // A lone statement is a list of one to a part.
    if let Some(maps) = maps.filter(|_| key != "Statement") {
        return of_maps(&maps, own);
    }
    let texts: Option<Vec<&str>> =
        values.iter().map(|value| if let Yaml::Text(text) = value { Some(text.as_str()) } else { None }).collect();
    if let Some(text) = texts.and_then(|texts| own(&texts)) {
        return (Some(Yaml::Text(text)), vec![None; values.len()]);
    }
    let lists: Option<Vec<&[Yaml]>> =
        values.iter().map(|value| if let Yaml::List(list) = value { Some(list.as_slice()) } else { None }).collect();
    let Some(lists) = lists else { return apart() };
    let mut left: Vec<Vec<&Yaml>> = lists.iter().map(|list| list.iter().collect()).collect();
    let mut base = Vec::new();
    for item in lists.first().copied().unwrap_or_default() {
        let places: Option<Vec<usize>> = left.iter().map(|list| list.iter().position(|other| *other == item)).collect();
        let Some(places) = places else { continue };
        for (list, at) in left.iter_mut().zip(places) {
            list.remove(at);
        }
        base.push(item.clone());
    }
    let rest = |list: Vec<&Yaml>| (!list.is_empty()).then(|| Yaml::List(list.into_iter().cloned().collect()));
    ((!base.is_empty()).then_some(Yaml::List(base)), left.into_iter().map(rest).collect())
}

fn of_maps(maps: &[&[(String, Yaml)]], own: Own<'_>) -> (Option<Yaml>, Vec<Option<Yaml>>) {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in maps.iter().flat_map(|map| map.iter()) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let mut base = Vec::new();
    let mut rests: Vec<Vec<(String, Yaml)>> = vec![Vec::new(); maps.len()];
    for key in keys {
        let found: Vec<Option<&Yaml>> =
            maps.iter().map(|map| map.iter().find(|(other, _)| other == key).map(|(_, value)| value)).collect();
        let (common, left) = match found.iter().copied().collect::<Option<Vec<&Yaml>>>() {
            Some(all) => split(&all, key, own),
            None => (None, found.iter().map(|value| value.cloned()).collect()),
        };
        base.extend(common.map(|value| (key.to_owned(), value)));
        for (rest, left) in rests.iter_mut().zip(left) {
            rest.extend(left.map(|value| (key.to_owned(), value)));
        }
    }
    let map = |entries: Vec<(String, Yaml)>| (!entries.is_empty()).then_some(Yaml::Map(entries));
    (map(base), rests.into_iter().map(map).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Yaml {
        Yaml::from_json(&serde_json::from_str(text).unwrap(), &str::to_owned)
    }

    #[test]
    fn what_is_common_stands_once_and_the_rest_is_what_a_part_adds() {
        let a = value(
            r#"{"t": {"x": "1"}, "m": ["a", "b", "c"], "p": {"I": {"Version": "1", "Statement": [{"E": "1"}, {"E": "2"}]}}, "d": "one"}"#,
        );
        let b = value(
            r#"{"t": {"x": "1"}, "m": ["c", "a", "a"], "p": {"I": {"Version": "1", "Statement": [{"E": "2"}]}, "J": "k"}, "d": "two"}"#,
        );
        let (base, rests) = split(&[&a, &b], "", &|_| None);
        assert_eq!(
            base,
            Some(value(r#"{"t": {"x": "1"}, "m": ["a", "c"], "p": {"I": {"Version": "1", "Statement": [{"E": "2"}]}}}"#))
        );
        assert_eq!(rests[0], Some(value(r#"{"m": ["b"], "p": {"I": {"Statement": [{"E": "1"}]}}, "d": "one"}"#)));
        assert_eq!(rests[1], Some(value(r#"{"m": ["a"], "p": {"J": "k"}, "d": "two"}"#)));
        // Two lone statements are never mixed into one.
        let lone = [value(r#"{"Statement": {"E": "1", "A": "x"}}"#), value(r#"{"Statement": {"E": "1", "A": "y"}}"#)];
        assert_eq!(split(&[&lone[0], &lone[1]], "", &|_| None).0, None);
    }
}
