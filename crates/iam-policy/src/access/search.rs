//! Whether a request can satisfy one conjunction and avoid others: a search that looks at one concrete request at a time.
//!
//! At each point a request is made from what is asked so far. If a forbidden conjunction matches it, one of that conjunction's literals must
//! be otherwise: the search branches on them. What matches no forbidden conjunction is an answer; when all branches are closed there is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::atoms::{Atom, Atoms, Conjunct, Literal};
use super::facts::Facts;
use super::globals::Domain;
use super::keys::{self, Answer, KeyTest};
use super::relations::{About, Relation};
use super::texts;
use crate::context::{Context, Value};
use crate::pattern::{Budget, Language, Spent, find};

/// A request but for its action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    /// The resource.
    pub resource: String,
    /// Keys that have a value.
    pub context: BTreeMap<String, Value>,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A request that the evaluator confirms.
    Found(Draft),
    /// A request that the evaluator confirms, though not by the statement in question.
    Elsewhere(Draft),
    /// There is none.
    Impossible,
    /// Neither; why, where the documentation leaves something open.
    Unknown(Option<String>),
}

/// What the evaluator says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmed {
    /// It is as claimed, by the statement in question.
    Yes,
    /// It is as claimed, by another statement.
    Elsewhere,
    /// It is not as claimed.
    No,
}

/// Rejected answers after which the search gives up: each is a request that looked right here and was not confirmed.
const REJECTED: usize = 24;

/// The searcher: what it has worked out serves later questions.
pub(super) struct Search<'a> {
    atoms: &'a Atoms,
    conjuncts: &'a [Conjunct],
    universe: Language,
    arns: Language,
    budget: &'a Budget,
    /// For each test the first test of the same key, which stands for the key.
    homes: Vec<usize>,
    keys: HashMap<Vec<(usize, bool)>, Answer>,
    resources: HashMap<ResourceQuestion, Option<String>>,
}

/// Whether the resource may be `*`, and the languages it must be in or not.
type ResourceQuestion = (bool, Vec<(usize, bool)>);

/// One question.
pub(super) struct Question<'q> {
    /// Must match.
    pub matching: Conjunct,
    /// None of these may match.
    pub forbidden: BTreeSet<usize>,
    /// Whether the resource may be `*`.
    pub star: bool,
    /// Asks the evaluator.
    pub confirm: &'q dyn Fn(&Draft) -> Confirmed,
}

/// What is asked so far, by variable.
#[derive(Clone, Default)]
struct State {
    resource: BTreeSet<(usize, bool)>,
    keys: BTreeMap<usize, BTreeSet<(usize, bool)>>,
    relations: BTreeMap<usize, bool>,
    doubts: BTreeMap<usize, bool>,
}

/// Other values of policy variables that are tried where the first ones do not do.
const TRIED: usize = 6;

impl<'a> Search<'a> {
    /// A searcher over atoms and conjunctions.
    pub(super) fn new(atoms: &'a Atoms, conjuncts: &'a [Conjunct], budget: &'a Budget) -> Self {
        let arns = texts::arns();
        let universe = texts::resources();
        let mut first = BTreeMap::new();
        let homes = atoms.tests.iter().enumerate().map(|(n, t)| *first.entry(t.key.as_str()).or_insert(n)).collect();
        Self { atoms, conjuncts, universe, arns, budget, homes, keys: HashMap::new(), resources: HashMap::new() }
    }

    /// Answers a question.
    ///
    /// # Errors
    /// The budget ran out.
    pub(super) fn ask(&mut self, question: &Question<'_>) -> Result<Outcome, Spent> {
        let mut state = State::default();
        for literal in self.atoms.always.iter().chain(&question.matching) {
            if !self.add(&mut state, *literal) {
                return Ok(Outcome::Impossible);
            }
        }
        // Each open branch with what is still to be added to it: a stack, so that depth costs no call frames.
        let mut open = vec![state];
        let mut rejected = 0;
        let mut elsewhere = None;
        let mut doubt: Option<String> = None;
        while let Some(state) = open.pop() {
            self.budget.spend(1)?;
            let (draft, close, open_keys) = match self.draft(&state, question.star)? {
                Drafted::Request(draft) => (draft, None, Vec::new()),
                // What is close to a request shows where to go on: perhaps further on there is none.
                Drafted::Close { draft, why, open } => (draft, Some(why), open),
                Drafted::Impossible => continue,
            };
            let context = self.context(&draft.context);
            let mut forbidden = question.forbidden.iter().filter_map(|c| self.conjuncts.get(*c));
            let violated =
                forbidden.find(|c| !self.is_avoided(c, &state) && self.matches(c, &draft, &context, &state, &open_keys));
            let Some(violated) = violated else {
                match (self.rests_on(&state), close) {
                    (Some(why), _) | (None, Some(Some(why))) => drop(doubt.get_or_insert(why)),
                    (None, Some(None)) => {}
                    (None, None) => match (question.confirm)(&draft) {
                        Confirmed::Yes => return Ok(Outcome::Found(draft)),
                        Confirmed::Elsewhere => drop(elsewhere.get_or_insert(draft)),
                        Confirmed::No => {}
                    },
                }
                // Something is otherwise than supposed; another branch may do.
                rejected += 1;
                if rejected > REJECTED {
                    break;
                }
                continue;
            };
            let mut so_far = state;
            let mut branches = Vec::new();
            for literal in violated {
                let mut branch = so_far.clone();
                if self.add(&mut branch, Literal { holds: !literal.holds, ..*literal }) {
                    branches.push(branch);
                }
                if !self.add(&mut so_far, *literal) {
                    break;
                }
            }
            open.extend(branches.into_iter().rev());
        }
        Ok(match elsewhere {
            Some(draft) => Outcome::Elsewhere(draft),
            None if rejected > 0 => Outcome::Unknown(doubt),
            None => Outcome::Impossible,
        })
    }

    /// Asks for one literal more; `false` when its contrary is asked already.
    fn add(&self, state: &mut State, literal: Literal) -> bool {
        let holds = literal.holds;
        match literal.atom {
            Atom::Resource(n) => {
                state.resource.insert((n, holds));
                !state.resource.contains(&(n, !holds))
            }
            Atom::Test(n) => {
                let tests = state.keys.entry(self.homes.get(n).copied().unwrap_or(n)).or_default();
                tests.insert((n, holds));
                !tests.contains(&(n, !holds))
            }
            Atom::Relation(n) => {
                let known = state.relations.insert(n, holds).is_none_or(|before| before == holds);
                let implied = self.atoms.relations.get(n).filter(|_| holds).map_or(&[][..], |r| r.implied.as_slice());
                known && implied.iter().all(|literal| self.add(state, *literal))
            }
            Atom::Doubt(n) => *state.doubts.entry(n).or_insert(holds) == holds,
        }
    }

    /// Whether one of the literals is asked to be otherwise.
    fn is_avoided(&self, conjunct: &Conjunct, state: &State) -> bool {
        conjunct.iter().any(|literal| match literal.atom {
            Atom::Resource(n) => state.resource.contains(&(n, !literal.holds)),
            Atom::Test(n) => {
                let home = self.homes.get(n).copied().unwrap_or(n);
                state.keys.get(&home).is_some_and(|tests| tests.contains(&(n, !literal.holds)))
            }
            Atom::Relation(n) => state.relations.get(&n) == Some(&!literal.holds),
            Atom::Doubt(n) => state.doubts.get(&n) == Some(&!literal.holds),
        })
    }

    /// What is fixed, and these values.
    fn context(&self, values: &BTreeMap<String, Value>) -> Context {
        let mut context = self.atoms.facts.known.clone();
        values.iter().for_each(|(key, value)| context.insert(key, value.clone()));
        context
    }

    /// Whether a conjunction matches, or may match: by what the documentation leaves open and nobody asked for, or by a key for which no
    /// value was found (`open`).
    fn matches(&self, conjunct: &Conjunct, draft: &Draft, context: &Context, state: &State, open: &[String]) -> bool {
        let is_open = |key: &String| open.contains(key);
        conjunct.iter().all(|literal| {
            let holds = match literal.atom {
                Atom::Resource(n) => self.atoms.resources.get(n).is_some_and(|l| l.contains(&draft.resource)),
                Atom::Test(n) => {
                    let Some(test) = self.atoms.tests.get(n) else { return false };
                    if is_open(&test.key) {
                        return true;
                    }
                    test.passes(draft.context.get(&test.key))
                }
                Atom::Relation(n) => {
                    let Some(relation) = self.atoms.relations.get(n) else { return false };
                    let about = matches!(&relation.about, About::Key(key) if is_open(key));
                    if about || relation.variables.iter().any(is_open) {
                        return true;
                    }
                    state.relations.get(&n).copied().unwrap_or_else(|| relation.holds(&draft.resource, context))
                }
                Atom::Doubt(n) => match state.doubts.get(&n) {
                    Some(asked) => *asked,
                    None if self.is_lenient(n) => false,
                    None => return true,
                },
            };
            holds == literal.holds
        })
    }

    fn is_lenient(&self, doubt: usize) -> bool {
        self.atoms.doubts.get(doubt).is_some_and(|d| d.lenient)
    }

    /// What the documentation leaves open and an answer with this state would rest on.
    fn rests_on(&self, state: &State) -> Option<String> {
        let open = state.doubts.iter().find(|(n, holds)| **holds || !self.is_lenient(**n));
        open.and_then(|(n, _)| self.atoms.doubts.get(*n)).map(|d| d.why.clone())
    }

    /// A request as asked.
    fn draft(&mut self, state: &State, star: bool) -> Result<Drafted, Spent> {
        let Some(groups) = self.groups(state) else { return Ok(Drafted::Impossible) };
        let mut context = BTreeMap::new();
        let mut unknown = None;
        let mut open = Vec::new();
        for group in &groups {
            match self.key(&group.asked)? {
                Answer::Value(Some(value)) => context.extend(group.keys.iter().map(|key| ((*key).to_owned(), value.clone()))),
                Answer::Value(None) => {}
                Answer::Impossible => return Ok(Drafted::Impossible),
                Answer::Unknown => {
                    unknown = unknown.or(Some(None));
                    open.extend(group.keys.iter().map(|key| (*key).to_owned()));
                }
                Answer::Doubtful(why) => {
                    unknown = Some(Some(why));
                    open.extend(group.keys.iter().map(|key| (*key).to_owned()));
                }
            }
        }
        let Some(resource) = self.resource(&state.resource, star)? else { return Ok(Drafted::Impossible) };
        let draft = Draft { resource, context };
        if !state.relations.is_empty() && self.contradictory(state)? {
            return Ok(Drafted::Impossible);
        }
        if let Some(why) = unknown {
            return Ok(Drafted::Close { draft, why, open });
        }
        if state.relations.is_empty() {
            return Ok(Drafted::Request(draft));
        }
        let others = self.other_values(state, &draft);
        for other in std::iter::once(None).chain(others.into_iter().map(Some)) {
            let mut tried = draft.clone();
            if let Some((key, value)) = other {
                tried.context.insert(key, Value::Single(value));
            }
            if let Some(found) = self.exactly(state, &groups, tried, star)? {
                return Ok(Drafted::Request(found));
            }
        }
        Ok(Drafted::Close { draft, why: None, open })
    }

    /// The keys that something is asked of, those together that must have the same value. `None` where such a value is excluded.
    fn groups(&self, state: &State) -> Option<Vec<Group<'a>>> {
        let key = |home: &usize| self.atoms.tests.get(*home).map(|t| t.key.as_str());
        let mut groups: Vec<Group<'a>> = state
            .keys
            .iter()
            .filter_map(|(home, asked)| key(home).map(|key| Group { keys: vec![key], asked: asked.clone() }))
            .collect();
        for relation in state.relations.keys().filter_map(|n| self.atoms.relations.get(*n)) {
            if let About::Key(key) = &relation.about
                && !self.atoms.facts.fix(key)
                && !groups.iter().any(|group| group.keys.contains(&key.as_str()))
            {
                groups.push(Group { keys: vec![key], asked: BTreeSet::new() });
            }
        }
        let equal = |holds: bool| {
            state.relations.iter().filter(move |(_, yes)| **yes == holds).filter_map(|(n, _)| {
                let relation: &'a Relation = self.atoms.relations.get(*n)?;
                match (&relation.about, &relation.equal) {
                    (About::Key(key), Some(other)) => Some((key.as_str(), other.as_str())),
                    _ => None,
                }
            })
        };
        for (key, other) in equal(true) {
            let at = |key: &str| groups.iter().position(|group| group.keys.contains(&key));
            if let (Some(one), Some(two)) = (at(key), at(other))
                && one != two
            {
                let merged = groups.swap_remove(one.max(two));
                if let Some(group) = groups.get_mut(one.min(two)) {
                    group.keys.extend(merged.keys);
                    group.asked.extend(merged.asked);
                }
            }
        }
        let together = |key: &str, other: &str| groups.iter().any(|g| g.keys.contains(&key) && g.keys.contains(&other));
        (!equal(false).any(|(key, other)| together(key, other))).then_some(groups)
    }

    /// Whether no value of the variables can make the relations hold and not hold as asked: a text that is as one of them says is then
    /// always as one of the others says that must not hold.
    fn contradictory(&self, state: &State) -> Result<bool, Spent> {
        let asked = |holds: bool| {
            state.relations.iter().filter(move |(_, yes)| **yes == holds).filter_map(|(n, _)| {
                let relation = self.atoms.relations.get(*n)?;
                relation.symbolic.as_ref().map(|tokens| (relation, Language::of([tokens.clone()])))
            })
        };
        let refused: Vec<(&Relation, Language)> = asked(false).collect();
        for (relation, language) in asked(true) {
            let mut without: Vec<&Language> =
                refused.iter().filter(|(other, _)| other.about == relation.about).map(|(_, language)| language).collect();
            match &relation.about {
                About::Resource => {
                    let plain = state.resource.iter().filter(|(_, yes)| !yes);
                    without.extend(plain.filter_map(|(n, _)| self.atoms.resources.get(*n)));
                }
                About::Key(key) => {
                    let tests = state.keys.values().flatten().filter_map(|(n, yes)| self.atoms.tests.get(*n).map(|t| (t, *yes)));
                    let plain = tests.filter(|(t, _)| t.key == *key && t.prefix.is_none());
                    let names = plain.filter_map(|(t, yes)| t.language.as_ref().filter(|(_, one_of)| *one_of != yes));
                    without.extend(names.map(|(language, _)| language));
                }
            }
            if !without.is_empty() && find(&[&language], &without, self.budget)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Values of variables that may make a relation hold: those that stand in the texts which are asked for.
    fn other_values(&self, state: &State, draft: &Draft) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        for (n, _) in state.relations.iter().filter(|(_, yes)| **yes) {
            let Some(relation) = self.atoms.relations.get(*n) else { continue };
            let mut texts: Vec<String> = Vec::new();
            match &relation.about {
                About::Resource => {
                    texts.push(draft.resource.clone());
                    let within = state.resource.iter().filter(|(_, yes)| *yes).filter_map(|(n, _)| self.atoms.resources.get(*n));
                    texts.extend(within.flat_map(|l| l.examples("example").take(4).collect::<Vec<_>>()));
                }
                About::Key(key) => {
                    if let Some(Value::Single(text)) = draft.context.get(key).or(self.atoms.facts.known.get(key)) {
                        texts.push(text.clone());
                    }
                    let tests =
                        state.keys.values().flatten().filter(|(_, yes)| *yes).filter_map(|(n, _)| self.atoms.tests.get(*n));
                    texts.extend(tests.filter(|t| t.key == *key).flat_map(|t| t.candidates.iter().take(4).cloned()));
                }
            }
            for (key, value) in texts.iter().filter_map(|text| relation.value_in(text)) {
                if !Domain::of(key).admits(&value) {
                    continue;
                }
                let one = (key.to_owned(), value);
                if !out.contains(&one) {
                    out.push(one);
                }
            }
        }
        out.truncate(TRIED);
        out
    }

    /// The request with the relations as asked, given the values of their variables.
    fn exactly(&mut self, state: &State, groups: &[Group<'a>], mut draft: Draft, star: bool) -> Result<Option<Draft>, Spent> {
        let facts = |draft: &Draft, this: &Self| Facts { known: this.context(&draft.context), ..this.atoms.facts.clone() };
        let relations: Vec<(&'a Relation, bool)> =
            state.relations.iter().filter_map(|(n, yes)| self.atoms.relations.get(*n).map(|r| (r, *yes))).collect();
        for group in groups {
            let known = facts(&draft, self);
            let about = |r: &&(&Relation, bool)| match &r.0.about {
                // Keys of one value are looked at together already.
                About::Key(key) => group.keys.contains(&key.as_str()) && !(r.1 && r.0.equal.is_some()),
                About::Resource => false,
            };
            let exact: Vec<(KeyTest, bool)> =
                relations.iter().filter(about).filter_map(|(r, yes)| r.test(&known).map(|test| (test, *yes))).collect();
            if exact.is_empty() {
                continue;
            }
            let mut wanted: Vec<(&KeyTest, bool)> =
                group.asked.iter().filter_map(|(n, yes)| self.atoms.tests.get(*n).map(|t| (t, *yes))).collect();
            wanted.extend(exact.iter().map(|(test, yes)| (test, *yes)));
            let Answer::Value(value) = keys::solve(&wanted, self.budget)? else { return Ok(None) };
            for key in &group.keys {
                match &value {
                    Some(value) => drop(draft.context.insert((*key).to_owned(), value.clone())),
                    None => drop(draft.context.remove(*key)),
                }
            }
        }
        let known = facts(&draft, self);
        let exact: Vec<(Language, bool)> =
            relations.iter().filter_map(|(r, yes)| r.language(&known).map(|language| (language, *yes))).collect();
        if !exact.is_empty() {
            let plain = state.resource.iter().filter_map(|(n, yes)| self.atoms.resources.get(*n).map(|l| (l, *yes)));
            let all: Vec<(&Language, bool)> = plain.chain(exact.iter().map(|(l, yes)| (l, *yes))).collect();
            let Some(resource) = self.text(&all, star)? else { return Ok(None) };
            draft.resource = resource;
        }
        // A key that was looked at late may be a variable of one that was looked at before.
        let context = self.context(&draft.context);
        let as_asked = relations.iter().all(|(r, yes)| r.holds(&draft.resource, &context) == *yes);
        let passes = |(n, yes): &(usize, bool)| {
            self.atoms.passes(*n, self.atoms.tests.get(*n).and_then(|t| draft.context.get(&t.key))) == *yes
        };
        Ok((as_asked && state.keys.values().flatten().all(passes)).then_some(draft))
    }

    fn key(&mut self, tests: &BTreeSet<(usize, bool)>) -> Result<Answer, Spent> {
        let asked: Vec<(usize, bool)> = tests.iter().copied().collect();
        if let Some(answer) = self.keys.get(&asked) {
            return Ok(answer.clone());
        }
        let wanted: Vec<(&KeyTest, bool)> =
            asked.iter().filter_map(|(n, yes)| self.atoms.tests.get(*n).map(|t| (t, *yes))).collect();
        let answer = keys::solve(&wanted, self.budget)?;
        self.keys.insert(asked, answer.clone());
        Ok(answer)
    }

    fn resource(&mut self, asked: &BTreeSet<(usize, bool)>, star: bool) -> Result<Option<String>, Spent> {
        let question = (star, asked.iter().copied().collect::<Vec<_>>());
        if let Some(answer) = self.resources.get(&question) {
            return Ok(answer.clone());
        }
        let all: Vec<(&Language, bool)> =
            asked.iter().filter_map(|(n, yes)| self.atoms.resources.get(*n).map(|l| (l, *yes))).collect();
        let answer = self.text(&all, star)?;
        self.resources.insert(question, answer.clone());
        Ok(answer)
    }

    /// A resource in these languages, or not in them.
    fn text(&self, asked: &[(&Language, bool)], star: bool) -> Result<Option<String>, Spent> {
        let side = |wanted: bool| asked.iter().filter(move |(_, yes)| *yes == wanted).map(|(l, _)| *l);
        let universe = if star { &self.universe } else { &self.arns };
        let within: Vec<&Language> = std::iter::once(universe).chain(side(true)).collect();
        let without: Vec<&Language> = side(false).collect();
        let right = |text: &str| within.iter().all(|l| l.contains(text)) && !without.iter().any(|l| l.contains(text));
        // Something readable first.
        let likely: Vec<String> = side(true).flat_map(|l| l.examples("example").take(8)).collect();
        let size: usize = within.iter().chain(&without).map(|l| l.tokens().len() / 8 + 1).sum();
        self.budget.spend(size.saturating_mul(likely.len() + 1))?;
        match likely.into_iter().find(|text| right(text)) {
            Some(text) => Ok(Some(text)),
            None => find(&within, &without, self.budget),
        }
    }
}

/// Keys that have the same value, and what is asked of it.
struct Group<'a> {
    keys: Vec<&'a str>,
    asked: BTreeSet<(usize, bool)>,
}

enum Drafted {
    Request(Draft),
    /// One that is not in all as asked, or not known to be.
    Close {
        draft: Draft,
        /// What the documentation leaves open.
        why: Option<String>,
        /// Keys for which no value was found.
        open: Vec<String>,
    },
    Impossible,
}
