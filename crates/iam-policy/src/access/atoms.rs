//! The smallest things that a statement asks of a request, each named once for both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::globals::{self, Domain};
use super::keys::KeyTest;
use super::relations::Relation;
use super::scalars::Family;
use super::texts;
use crate::ast;
use crate::condition::Condition;
use crate::context::{Reader, Truth, Value};
use crate::pattern::Language;
use crate::variables::Template;
use crate::{Base, Compares, Matching, Operator};

/// One question about a request, by number in its [`Atoms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Atom {
    /// Whether a key passes a test.
    Test(usize),
    /// Whether the resource is in a language.
    Resource(usize),
    /// Whether a key or the resource is what the value of another key makes of a pattern.
    Relation(usize),
    /// Something that AWS's documentation does not decide.
    Doubt(usize),
}

/// A question with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Literal {
    /// The question.
    pub atom: Atom,
    /// The answer.
    pub holds: bool,
}

/// Literals that must all hold.
pub(super) type Conjunct = BTreeSet<Literal>;

/// Conjunctions of which one must hold: none of them is "never", an empty one is "always".
pub(super) type Either = Vec<Conjunct>;

/// The same for every request.
pub(super) fn constant(holds: bool) -> Either {
    if holds { vec![Conjunct::new()] } else { Vec::new() }
}

/// One literal.
pub(super) fn only(atom: Atom, holds: bool) -> Either {
    vec![Conjunct::from([Literal { atom, holds }])]
}

/// Both of two.
pub(super) fn both(one: &Either, other: &Either) -> Either {
    let mut out: Either = Vec::new();
    for a in one {
        for b in other {
            let all: Conjunct = a.union(b).copied().collect();
            let contradicts = all.iter().any(|l| all.contains(&Literal { holds: !l.holds, ..*l }));
            if !contradicts && !out.contains(&all) {
                out.push(all);
            }
        }
    }
    out
}

/// None of them.
pub(super) fn neither(either: &Either) -> Either {
    either.iter().fold(constant(true), |all, conjunct| {
        let otherwise = conjunct.iter().map(|l| Conjunct::from([Literal { holds: !l.holds, ..*l }])).collect();
        both(&all, &otherwise)
    })
}

/// What the documentation does not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// What it is, for people.
    pub why: String,
    /// Whether the evaluator's reading is good enough for an example in which it does not hold.
    pub lenient: bool,
}

/// All atoms of both sides.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    /// What is fixed of every request.
    pub facts: Facts,
    /// Tests of keys.
    pub tests: Vec<KeyTest>,
    /// Languages of resources.
    pub resources: Vec<Language>,
    /// What depends on the value of a policy variable.
    pub relations: Vec<Relation>,
    /// What is not decided.
    pub doubts: Vec<Doubt>,
    /// What holds of every request.
    pub always: Vec<Literal>,
    known: BTreeMap<String, Atom>,
    numbers: BTreeMap<String, u16>,
}

impl Atoms {
    /// None yet.
    pub(super) fn new(facts: &Facts) -> Self {
        Self { facts: facts.clone(), ..Self::default() }
    }

    /// The number of a language of resources.
    pub(super) fn resource(&mut self, language: Language) -> Atom {
        let at = self.resources.iter().position(|l| *l == language).unwrap_or_else(|| {
            self.resources.push(language);
            self.resources.len() - 1
        });
        Atom::Resource(at)
    }

    /// The number of something undecided; the same name is the same question.
    pub(super) fn doubt(&mut self, name: String, doubt: Doubt) -> Atom {
        let next = Atom::Doubt(self.doubts.len());
        let doubts = &mut self.doubts;
        *self.known.entry(name).or_insert_with(|| {
            doubts.push(doubt);
            next
        })
    }

    /// The number of a relation that is known by this name.
    pub(super) fn relation(&mut self, name: String, make: impl FnOnce(&mut Self) -> Relation) -> Atom {
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let relation = make(self);
        let atom = Atom::Relation(self.relations.len());
        self.relations.push(relation);
        self.known.insert(name, atom);
        atom
    }

    /// The number that stands for the value of a key in patterns; `None` past some tens of thousands of keys.
    pub(super) fn number(&mut self, key: &str) -> Option<u16> {
        let next = u16::try_from(self.numbers.len()).ok()?;
        Some(*self.numbers.entry(key.to_owned()).or_insert(next))
    }

    /// A test of which all that is not fixed is its own key.
    pub(super) fn plain(&mut self, test: &ast::Test, variables: bool) -> Either {
        let condition = Condition::new(test, variables);
        if self.facts.fix(&test.key) {
            return constant(condition.holds(&mut Reader::new(&self.facts.known, false)) == Truth::Yes);
        }
        let named: Vec<String> = test.values.iter().map(|text| texts::respelled(text, variables)).collect();
        let name = format!("{} {} {variables} {named:?}", test.operator.name(), test.key);
        let made = key_test(test, variables, &self.facts);
        only(self.test_of(name, made), true)
    }

    fn test_of(&mut self, name: String, test: KeyTest) -> Atom {
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let key = test.key.clone();
        let atom = Atom::Test(self.tests.len());
        self.tests.push(test);
        self.known.insert(name, atom);
        if globals::is_always_there(&key, !self.facts.unsigned) {
            let present = self.presence(&key);
            let literal = Literal { atom: present, holds: true };
            if !self.always.contains(&literal) {
                self.always.push(literal);
            }
        }
        atom
    }

    fn presence(&mut self, key: &str) -> Atom {
        let test = ast::Test { operator: Base::Null.into(), key: key.to_owned(), values: vec!["false".to_owned()] };
        let made = key_test(&test, false, &self.facts);
        self.test_of(format!("present {key}"), made)
    }

    /// Whether a key has a value, or has none.
    pub(super) fn present(&mut self, key: &str, yes: bool) -> Either {
        if self.facts.fix(key) {
            return constant(self.facts.known.get(key).is_some() == yes);
        }
        only(self.presence(key), yes)
    }

    /// Whether a key has one value that a pattern covers.
    pub(super) fn like(&mut self, key: &str, pattern: &str) -> Either {
        let test = ast::Test { operator: Base::StringLike.into(), key: key.to_owned(), values: vec![pattern.to_owned()] };
        self.plain(&test, true)
    }

    /// Whether a key passes a test with this value.
    pub(super) fn passes(&self, test: usize, value: Option<&Value>) -> bool {
        self.tests.get(test).is_some_and(|t| t.passes(value))
    }
}

/// A test ready for asking. Variables that nothing fixes count as absent.
pub(super) fn key_test(test: &ast::Test, variables: bool, facts: &Facts) -> KeyTest {
    let Operator { prefix, base, .. } = test.operator;
    let compares = base.compares();
    let family = if test.values.is_empty() { Family::Presence } else { Family::of(compares) };
    let templates =
        |wildcards| -> Vec<Template> { test.values.iter().map(|text| Template::parse(text, wildcards, variables)).collect() };
    let language = match compares {
        _ if family == Family::Presence => None,
        Compares::String(matching) => texts::language(matching, &templates(matching == Matching::Like), facts),
        Compares::Arn => Some(texts::arn_language(&templates(true), facts)),
        Compares::Numeric(_) | Compares::Date(_) | Compares::Bool | Compares::Binary | Compares::Ip | Compares::Null => None,
    };
    let candidates = match &language {
        Some(language) => language.examples("example").collect(),
        None => test.values.clone(),
    };
    KeyTest {
        key: test.key.clone(),
        condition: Condition::new(test, variables),
        fixed: facts.known.clone(),
        family,
        language: language.map(|l| (l, !base.is_negated())),
        candidates,
        prefix: if family == Family::Presence { None } else { prefix },
        domain: Domain::of(&test.key),
    }
}
