//! One condition key at a time: a value of it that passes some tests and fails others.
//!
//! A key is absent, has one value, or has a list of values. Whatever values are proposed here, the evaluator's own code says which tests
//! they pass; what is worked out here is only where to look, and when looking further is of no use.

use std::collections::BTreeSet;

use super::automata::find;
use super::budget::{Budget, Spent};
use super::globals::{self, Domain};
use super::language::Language;
use super::scalars::{self, Family};
use crate::condition::Condition;
use crate::context::{Context, Reader, Truth, Value};

/// A test of one key, with all that is fixed put in.
#[derive(Clone, Debug)]
pub(super) struct KeyTest {
    /// The key, in lower case.
    pub key: String,
    /// The evaluator's form of it.
    pub condition: Condition,
    /// Keys that the principal fixes: they may stand in the values.
    pub fixed: Context,
    /// What kind of values it compares.
    pub family: Family,
    /// For [`Family::Text`]: the values that its operator names, and whether it wants one of them or none.
    pub language: Option<(Language, bool)>,
    /// Values worth trying.
    pub candidates: Vec<String>,
    /// `ForAnyValue:` or `ForAllValues:`.
    pub quantifier: Option<Quantifier>,
    /// The values that the key can have.
    pub domain: Domain,
}

/// How a test reads a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// At least one value passes.
    Any,
    /// Every value passes.
    All,
}

impl KeyTest {
    /// Whether the key's value passes.
    pub(super) fn passes(&self, value: Option<&Value>) -> bool {
        let mut context = self.fixed.clone();
        if let Some(value) = value {
            context.insert(&self.key, value.clone());
        }
        self.condition.holds(&mut Reader::new(&context, false)) == Truth::Yes
    }

    /// Whether a value passes by itself, as one of a list where the test reads lists.
    fn passes_alone(&self, text: &str) -> bool {
        let value = match self.quantifier {
            Some(_) => Value::Many(vec![text.to_owned()]),
            None => Value::Single(text.to_owned()),
        };
        self.passes(Some(&value))
    }
}

/// What is known of the values that pass and fail as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// This one does; `None`: the absent key.
    Value(Option<Value>),
    /// None does.
    Impossible,
    /// None was found, and none is ruled out.
    Unknown,
}

/// Each test with whether it is to be passed or failed.
pub(super) type Wanted<'a> = [(&'a KeyTest, bool)];

/// A value of a key that passes and fails as wanted. All tests are of the same key.
///
/// # Errors
/// The budget ran out.
pub(super) fn solve(wanted: &Wanted<'_>, budget: &Budget) -> Result<Answer, Spent> {
    budget.spend(wanted.len())?;
    if wanted.iter().all(|(t, yes)| t.passes(None) == *yes) {
        return Ok(Answer::Value(None));
    }
    // One value: it passes or fails each test by itself.
    let single = one(wanted, &|t, text| t.passes(Some(&Value::Single(text.to_owned()))), budget)?;
    let domain = wanted.first().map(|(t, _)| t.domain).unwrap_or_default();
    if let Element::Found(text) = single {
        let reads_lists = wanted.iter().all(|(t, _)| t.quantifier.is_some() || t.family == Family::Presence);
        let value = if domain.list && reads_lists { Value::Many(vec![text]) } else { Value::Single(text) };
        return Ok(Answer::Value(Some(value)));
    }
    if domain.single {
        return Ok(if single == Element::Impossible { Answer::Impossible } else { Answer::Unknown });
    }
    let list = many(wanted, budget)?;
    Ok(match list {
        Some(values) if !values.is_empty() => Answer::Value(Some(Value::Many(values))),
        Some(_) => Answer::Unknown,
        None if single == Element::Impossible => Answer::Impossible,
        None => Answer::Unknown,
    })
}

/// A list of values: `None` when there can be none; empty when that is not known.
fn many(wanted: &Wanted<'_>, budget: &Budget) -> Result<Option<Vec<String>>, Spent> {
    let (lists, plain): (Vec<_>, Vec<_>) = wanted.iter().partition(|(t, _)| t.quantifier.is_some());
    // A test that does not read lists says the same of every list.
    let any_list = Value::Many(vec!["x".to_owned(), "y".to_owned()]);
    if plain.iter().any(|(t, yes)| t.passes(Some(&any_list)) != *yes) {
        return Ok(None);
    }
    // What every value must do, and what one value at least must do.
    let (every, some): (Vec<_>, Vec<_>) = lists.into_iter().partition(|(t, yes)| (t.quantifier == Some(Quantifier::All)) == *yes);
    let mut values = BTreeSet::new();
    let alone = |t: &KeyTest, text: &str| t.passes_alone(text);
    let mut asked: Vec<Vec<(&KeyTest, bool)>> =
        some.iter().map(|one| every.iter().copied().chain(std::iter::once(*one)).collect()).collect();
    if asked.is_empty() {
        asked.push(every);
    }
    for each in asked {
        match one(&each, &alone, budget)? {
            Element::Found(text) => drop(values.insert(text)),
            Element::Impossible => return Ok(None),
            Element::Unknown => return Ok(Some(Vec::new())),
        }
    }
    let values: Vec<String> = values.into_iter().collect();
    let list = Value::Many(values.clone());
    let right = wanted.iter().all(|(t, yes)| t.passes(Some(&list)) == *yes);
    Ok(Some(if right { values } else { Vec::new() }))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Found(String),
    Impossible,
    Unknown,
}

type Passes<'a> = dyn Fn(&KeyTest, &str) -> bool + 'a;

/// One text that passes and fails as wanted, each test asked by `passes`.
fn one(wanted: &Wanted<'_>, passes: &Passes<'_>, budget: &Budget) -> Result<Element, Spent> {
    let domain = wanted.first().map(|(t, _)| t.domain).unwrap_or_default();
    let passing = |text: &str, wanted: &Wanted<'_>| wanted.iter().all(|(t, yes)| passes(t, text) == *yes);
    let right = |text: &str| domain.admits(text) && passing(text, wanted);
    // Tests of presence say the same of every value.
    if wanted.iter().any(|(t, yes)| t.family == Family::Presence && passes(t, "example") != *yes) {
        return Ok(Element::Impossible);
    }
    let candidates: BTreeSet<&str> = wanted.iter().flat_map(|(t, _)| t.candidates.iter().map(String::as_str)).collect();
    let preferred = wanted.iter().filter(|(_, yes)| *yes).flat_map(|(t, _)| t.candidates.iter().map(String::as_str));
    budget.spend(candidates.len().saturating_mul(wanted.len() + 1))?;
    let likely = wanted.first().map_or(&[][..], |(t, _)| globals::likely(&t.key)).iter().copied();
    let likely = likely.chain(preferred).chain(["example"]).chain(candidates.iter().copied());
    if let Some(found) = likely.into_iter().find(|c| right(c)) {
        return Ok(Element::Found(found.to_owned()));
    }
    // Only `true` and `false` are possible, or a test names every text that it wants: all of them were tried.
    let is_listed =
        |(t, yes): &(&KeyTest, bool)| t.language.as_ref().is_some_and(|(l, one_of)| one_of == yes && l.texts().is_some());
    if domain.kind == Some(Family::Bool) || wanted.iter().any(is_listed) {
        return Ok(Element::Impossible);
    }
    let mut families: BTreeSet<Family> = wanted.iter().map(|(t, _)| t.family).filter(|f| *f != Family::Presence).collect();
    families.extend(domain.kind);
    for family in &families {
        let own: Vec<(&KeyTest, bool)> =
            wanted.iter().filter(|(t, _)| t.family == *family || t.family == Family::Presence).copied().collect();
        match family {
            Family::Text => match text(&own, budget)? {
                Some(found) if right(&found) => return Ok(Element::Found(found)),
                Some(_) => {}
                None => return Ok(Element::Impossible),
            },
            family => {
                let tests: Vec<&KeyTest> = own.iter().map(|(t, _)| *t).collect();
                let values = scalars::representatives(*family, tests.iter().flat_map(|t| t.candidates.iter()));
                budget.spend(values.texts.len().saturating_mul(own.len() + 1))?;
                // Where all values of the key are of this kind, what cannot be read stands for none of them.
                let possible = |text: &str| domain.kind != Some(*family) || domain.admits(text);
                let mut own_right = values.texts.iter().filter(|text| possible(text) && passing(text, &own)).peekable();
                if own_right.peek().is_none() && values.complete {
                    return Ok(Element::Impossible);
                }
                if let Some(found) = own_right.find(|text| right(text)) {
                    return Ok(Element::Found(found.clone()));
                }
            }
        }
    }
    // Each kind of value by itself is possible; of several kinds together that says nothing.
    Ok(Element::Unknown)
}

/// A text that is in the languages as wanted, whatever else.
fn text(wanted: &Wanted<'_>, budget: &Budget) -> Result<Option<String>, Spent> {
    let side = |inside: bool| {
        wanted
            .iter()
            .filter_map(move |(t, yes)| t.language.as_ref().filter(|(_, one_of)| (*one_of == *yes) == inside).map(|(l, _)| l))
    };
    find(&side(true).collect::<Vec<_>>(), &side(false).collect::<Vec<_>>(), budget)
}
