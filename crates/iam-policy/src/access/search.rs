//! Whether a request can satisfy one conjunction and avoid others: a search that looks at one concrete request at a time.
//!
//! At each point a request is made from what is asked so far. If a forbidden conjunction matches it, one of that conjunction's literals must
//! be otherwise: the search branches on them. What matches no forbidden conjunction is an answer; when all branches are closed there is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::atoms::{Atom, Atoms, Literal};
use super::automata::find;
use super::budget::{Budget, Spent};
use super::keys::{self, Answer, KeyTest};
use super::language::Language;
use super::side::Conjunct;
use crate::context::Value;

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
    /// Neither.
    Unknown,
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
    opaque: BTreeMap<usize, bool>,
}

impl<'a> Search<'a> {
    /// A searcher over atoms and conjunctions.
    pub(super) fn new(atoms: &'a Atoms, conjuncts: &'a [Conjunct], budget: &'a Budget) -> Self {
        let arns = super::atoms::arns();
        let universe = super::atoms::resources();
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
        while let Some(state) = open.pop() {
            self.budget.spend(1 + question.forbidden.len())?;
            let draft = match self.draft(&state, question.star)? {
                Drafted::Request(draft) => draft,
                Drafted::Impossible => continue,
                Drafted::Unknown => {
                    rejected += 1;
                    if rejected > REJECTED {
                        break;
                    }
                    continue;
                }
            };
            let violated =
                question.forbidden.iter().filter_map(|c| self.conjuncts.get(*c)).find(|c| self.matches(c, &draft, &state));
            let Some(violated) = violated else {
                match (question.confirm)(&draft) {
                    Confirmed::Yes => return Ok(Outcome::Found(draft)),
                    Confirmed::Elsewhere => drop(elsewhere.get_or_insert(draft)),
                    Confirmed::No => {}
                }
                // Something opaque is otherwise than supposed; another branch may do.
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
            None if rejected > 0 => Outcome::Unknown,
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
            Atom::Opaque(n) => *state.opaque.entry(n).or_insert(holds) == holds,
        }
    }

    /// Whether a conjunction matches. What is opaque and not asked for counts as not holding.
    fn matches(&self, conjunct: &Conjunct, draft: &Draft, state: &State) -> bool {
        conjunct.iter().all(|literal| {
            let holds = match literal.atom {
                Atom::Resource(n) => self.atoms.resources.get(n).is_some_and(|l| l.contains(&draft.resource)),
                Atom::Test(n) => {
                    let value = self.atoms.tests.get(n).and_then(|t| draft.context.get(&t.key));
                    self.atoms.passes(n, value)
                }
                Atom::Opaque(n) => state.opaque.get(&n).copied().unwrap_or(false),
            };
            holds == literal.holds
        })
    }

    /// A request as asked.
    fn draft(&mut self, state: &State, star: bool) -> Result<Drafted, Spent> {
        let mut context = BTreeMap::new();
        let mut unknown = false;
        for tests in state.keys.values() {
            match self.key(tests)? {
                Answer::Value(Some(value)) => {
                    let key = tests.first().and_then(|(n, _)| self.atoms.tests.get(*n)).map(|t| t.key.clone());
                    context.extend(key.map(|key| (key, value)));
                }
                Answer::Value(None) => {}
                Answer::Impossible => return Ok(Drafted::Impossible),
                Answer::Unknown => unknown = true,
            }
        }
        let Some(resource) = self.resource(&state.resource, star)? else { return Ok(Drafted::Impossible) };
        Ok(if unknown { Drafted::Unknown } else { Drafted::Request(Draft { resource, context }) })
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
        let side =
            |wanted: bool| asked.iter().filter(move |(_, yes)| *yes == wanted).filter_map(|(n, _)| self.atoms.resources.get(*n));
        let universe = if star { &self.universe } else { &self.arns };
        let within: Vec<&Language> = std::iter::once(universe).chain(side(true)).collect();
        let without: Vec<&Language> = side(false).collect();
        let right = |text: &str| within.iter().all(|l| l.contains(text)) && !without.iter().any(|l| l.contains(text));
        // Something readable first.
        let likely: Vec<String> = side(true).flat_map(|l| l.examples("example").take(8)).collect();
        let size: usize = within.iter().chain(&without).map(|l| l.tokens().len() / 8 + 1).sum();
        self.budget.spend(size.saturating_mul(likely.len() + 1))?;
        let answer = match likely.into_iter().find(|text| right(text)) {
            Some(text) => Some(text),
            None => find(&within, &without, self.budget)?,
        };
        self.resources.insert(question, answer.clone());
        Ok(answer)
    }
}

enum Drafted {
    Request(Draft),
    Impossible,
    Unknown,
}
