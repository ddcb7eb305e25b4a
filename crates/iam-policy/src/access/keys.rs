//! One condition key at a time: a value of it that passes some tests and fails others.
//!
//! A key is absent, has one value, or has a list of values. Whatever values are proposed here, the evaluator's own code says which tests
//! they pass; what is worked out here is only where to look, and when looking further is of no use.

use std::collections::BTreeSet;

use super::globals::{self, Domain};
use super::scalars::{self, Family};
use crate::condition::Condition;
use crate::context::{Context, Reader, Truth, Value};
use crate::pattern::{Budget, Language, Spent, find};
use crate::{Compares, SetPrefix};

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
    /// How it reads a list.
    pub prefix: Option<SetPrefix>,
    /// The values that the key can have.
    pub domain: Domain,
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

    /// Whether the documentation says what it does with a list.
    fn reads_lists(&self) -> bool {
        let operator = self.condition.operator;
        operator.prefix.is_some() || operator.compares() == Compares::Null
    }

    /// Whether a value passes by itself, as one of a list where the test reads lists.
    fn passes_alone(&self, text: &str) -> bool {
        let value = match self.prefix {
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
    /// None does by the evaluator's reading; by another that the documentation leaves open one may. What is left open, for people.
    Doubtful(String),
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
        let reads_lists = wanted.iter().all(|(t, _)| t.reads_lists());
        let value = if domain.list && reads_lists { Value::Many(vec![text]) } else { Value::Single(text) };
        return Ok(Answer::Value(Some(value)));
    }
    let mut unknown = single != Element::Impossible;
    if !domain.single {
        let documented = wanted.iter().all(|(t, _)| t.reads_lists());
        match many(wanted, Lists::NotMatched, budget)? {
            Some(values) if !values.is_empty() && documented => return Ok(Answer::Value(Some(Value::Many(values)))),
            Some(values) if !values.is_empty() => return Ok(Answer::Doubtful(a_list(wanted))),
            Some(_) => unknown = true,
            None => {}
        }
        if !documented && many(wanted, Lists::AnyOf, budget)?.is_some() {
            return Ok(Answer::Doubtful(a_list(wanted)));
        }
    }
    if let Some(why) = empty_text(wanted, domain) {
        return Ok(Answer::Doubtful(why));
    }
    Ok(if unknown { Answer::Unknown } else { Answer::Impossible })
}

fn a_list(wanted: &Wanted<'_>) -> String {
    let key = wanted.first().map_or("", |(t, _)| t.key.as_str());
    format!(
        "`{key}` may have a list of values, and AWS does not document what an operator without `ForAnyValue:` or `ForAllValues:` does with a list"
    )
}

/// Whether an empty text would do if `ForAllValues:` took it for no value at all, as the user guide suggests of "a null data set, such as
/// an empty string".
fn empty_text(wanted: &Wanted<'_>, domain: Domain) -> Option<String> {
    let (all, others): (Vec<_>, Vec<_>) = wanted.iter().partition(|(t, _)| t.prefix == Some(SetPrefix::ForAllValues));
    let value = if domain.single { Value::Single(String::new()) } else { Value::Many(vec![String::new()]) };
    let passes = |(t, yes): &(&KeyTest, bool)| t.passes(Some(&value)) == *yes;
    let would = domain.admits("") && others.iter().all(passes) && (all.iter().all(|(_, yes)| *yes) || all.iter().all(passes));
    let (test, _) = all.first().filter(|_| would)?;
    Some(format!("AWS does not document whether `ForAllValues:` holds for an empty text in `{}`", test.key))
}

/// What a test that does not read lists makes of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lists {
    /// It never holds: the evaluator's reading.
    NotMatched,
    /// It takes the list as one with `ForAnyValue:`, or with `ForAllValues:` where it is negated.
    AnyOf,
}

/// A list of values: `None` when there can be none; empty when that is not known.
fn many(wanted: &Wanted<'_>, reading: Lists, budget: &Budget) -> Result<Option<Vec<String>>, Spent> {
    let quantifier = |t: &KeyTest| match (t.prefix, reading) {
        (Some(prefix), _) => Some(prefix),
        (None, _) if t.family == Family::Presence => None,
        (None, Lists::NotMatched) => None,
        (None, Lists::AnyOf) if t.condition.operator.base.is_negated() => Some(SetPrefix::ForAllValues),
        (None, Lists::AnyOf) => Some(SetPrefix::ForAnyValue),
    };
    let (lists, plain): (Vec<_>, Vec<_>) = wanted.iter().partition(|(t, _)| quantifier(t).is_some());
    // A test that does not read lists says the same of every list.
    let any_list = Value::Many(vec!["x".to_owned(), "y".to_owned()]);
    if plain.iter().any(|(t, yes)| t.passes(Some(&any_list)) != *yes) {
        return Ok(None);
    }
    // What every value must do, and what one value at least must do.
    let (every, some): (Vec<_>, Vec<_>) =
        lists.into_iter().partition(|(t, yes)| (quantifier(t) == Some(SetPrefix::ForAllValues)) == *yes);
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
    let right = reading == Lists::AnyOf || wanted.iter().all(|(t, yes)| t.passes(Some(&list)) == *yes);
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
    let is_clear =
        |text: &str| !text.is_empty() || wanted.iter().all(|(t, yes)| t.prefix != Some(SetPrefix::ForAllValues) || *yes);
    let right = |text: &str| domain.admits(text) && is_clear(text) && passing(text, wanted);
    let empty_would = !is_clear("") && domain.admits("") && passing("", wanted);
    let impossible = if empty_would { Element::Unknown } else { Element::Impossible };
    // Tests of presence say the same of every value.
    if wanted.iter().any(|(t, yes)| t.family == Family::Presence && passes(t, "example") != *yes) {
        return Ok(impossible);
    }
    let candidates: BTreeSet<&str> = wanted.iter().flat_map(|(t, _)| t.candidates.iter().map(String::as_str)).collect();
    let names = |(t, yes): &&(&KeyTest, bool)| t.language.as_ref().map_or(*yes, |(_, one_of)| one_of == yes);
    let preferred = wanted.iter().filter(names).flat_map(|(t, _)| t.candidates.iter().map(String::as_str));
    budget.spend(candidates.len().saturating_mul(wanted.len() + 1))?;
    let likely = wanted.first().map_or(&[][..], |(t, _)| globals::likely(&t.key)).iter().copied();
    let likely = likely.chain(preferred).chain(["example"]).chain(candidates.iter().copied());
    if let Some(found) = likely.into_iter().find(|c| right(c)) {
        return Ok(Element::Found(found.to_owned()));
    }
    if domain.account
        && let Some(found) = accounts(&candidates).find(|id| right(id))
    {
        return Ok(Element::Found(found));
    }
    // Only `true` and `false` are possible, or a test names every text that it wants: all of them were tried.
    let is_listed =
        |(t, yes): &(&KeyTest, bool)| t.language.as_ref().is_some_and(|(l, one_of)| one_of == yes && l.texts().is_some());
    if domain.kind == Some(Family::Bool) || wanted.iter().any(is_listed) {
        return Ok(impossible);
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
                None => return Ok(impossible),
            },
            family => {
                let tests: Vec<&KeyTest> = own.iter().map(|(t, _)| *t).collect();
                let values = scalars::representatives(*family, tests.iter().flat_map(|t| t.candidates.iter()));
                budget.spend(values.texts.len().saturating_mul(own.len() + 1))?;
                // Where all values of the key are of this kind, what cannot be read stands for none of them.
                let possible = |text: &str| domain.kind != Some(*family) || domain.admits(text);
                let mut own_right = values.texts.iter().filter(|text| possible(text) && passing(text, &own)).peekable();
                if own_right.peek().is_none() && values.complete {
                    return Ok(impossible);
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

/// Account ids: plain ones, and those that begin or end as a pattern does of which `candidates` are examples.
fn accounts<'c>(candidates: &'c BTreeSet<&str>) -> impl Iterator<Item = String> + 'c {
    let plain = (1..10).chain([0]).map(|digit| digit.to_string().repeat(12));
    let like = candidates.iter().flat_map(|text| {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (head, tail) = text.split_once("example").unwrap_or((text, ""));
        let (head, tail) = (digits(&head.replace('x', "0")), digits(&tail.replace('x', "0")));
        ["0", "1", "2"].map(|filler| {
            let open = 12_usize.saturating_sub(head.len() + tail.len());
            format!("{head}{}{tail}", filler.repeat(open))
        })
    });
    plain.chain(like)
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
