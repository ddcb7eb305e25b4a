//! One side of a comparison, taken apart: statements as conjunctions of literals.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Value, json};

use super::PrincipalPolicies;
use super::actions::{ActionClass, ActionPattern, Actions};
use super::atoms::{Atoms, Conjunct, Either, both};
use super::facts::Facts;
use crate::Document;
use crate::ast::{Clause, Effect, Policy, Statement};
use crate::pattern::Spent;

/// Ways in which limits can allow one request together; with more of them nothing is decided.
const WAYS: usize = 4096;
/// Alternatives of one statement; with more of them its tests are taken as a whole.
const ALTERNATIVES: usize = 256;

/// One statement.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Allow or Deny.
    pub effect: Effect,
    /// What it is part of.
    pub part: Part,
    /// The actions it is about, by number in [`Sides::actions`].
    pub actions: usize,
    /// It matches when one of these does (each by number in [`Sides::conjuncts`]).
    pub when: BTreeSet<usize>,
    /// The document, and the statement in it, as written.
    pub source: Rc<Source>,
}

/// What a statement is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// An identity policy.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The service control policies of a level, by number.
    Level(usize),
}

/// Which limits a side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Whether it has a boundary.
    pub boundary: bool,
    /// Levels of service control policies.
    pub levels: usize,
}

impl Limits {
    /// Those of some policies.
    pub fn of(policies: &PrincipalPolicies) -> Self {
        Self { boundary: policies.boundary.is_some(), levels: policies.scps.len() }
    }
}

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    /// The document's id.
    pub document: String,
    /// Its `Condition`.
    pub conditions: Value,
    /// The statement as written.
    pub statement: Statement,
}

/// Both sides over one set of atoms.
#[derive(Debug, Default)]
pub(super) struct Sides {
    /// The atoms.
    pub atoms: Atoms,
    /// Distinct `Action` and `NotAction` elements.
    pub actions: Vec<Actions>,
    /// Distinct conjunctions.
    pub conjuncts: Vec<Conjunct>,
    numbers: BTreeMap<Conjunct, usize>,
    /// Documents that were read: most of what one side holds the other holds too.
    known: Vec<(String, Document, Part, Vec<Rule>)>,
}

impl Sides {
    /// Without statements yet.
    pub(super) fn new(facts: &Facts) -> Self {
        Self { atoms: Atoms::new(facts), ..Self::default() }
    }

    /// The statements of one side.
    ///
    /// # Errors
    /// A statement that cannot be understood, in words.
    pub(super) fn read(&mut self, policies: &PrincipalPolicies) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        for (id, document) in &policies.identity {
            self.document(id, document, Part::Identity, &mut rules)?;
        }
        if let Some((id, document)) = &policies.boundary {
            self.document(id, document, Part::Boundary, &mut rules)?;
        }
        for (level, policies) in policies.scps.iter().enumerate() {
            for (id, document) in policies {
                self.document(id, document, Part::Level(level), &mut rules)?;
            }
        }
        Ok(rules)
    }

    fn document(&mut self, id: &str, document: &Document, part: Part, rules: &mut Vec<Rule>) -> Result<(), String> {
        let is_this = |(known, is, of, _): &&(String, Document, Part, Vec<Rule>)| known == id && *of == part && is == document;
        if let Some((.., found)) = self.known.iter().find(is_this) {
            rules.extend(found.iter().cloned());
            return Ok(());
        }
        let found = self.fresh(id, document, part)?;
        rules.extend(found.iter().cloned());
        self.known.push((id.to_owned(), document.clone(), part, found));
        Ok(())
    }

    fn fresh(&mut self, id: &str, document: &Document, part: Part) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        let policy = Policy::read(document);
        if policy.statements.len() != document.statements().len() || !document.value().is_object() {
            return Err(format!("`{id}` has a statement that cannot be understood"));
        }
        if matches!(part, Part::Level(_)) {
            readable(id, &policy.statements)?;
        }
        for statement in policy.statements {
            let fault = || format!("statement {} of `{id}` cannot be understood", statement.index + 1);
            if statement.principals.is_some() {
                let number = statement.index + 1;
                return Err(format!("statement {number} of `{id}` names principals, which the policies of a principal do not"));
            }
            let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return Err(fault()) };
            if statement.faulty {
                return Err(fault());
            }
            let actions = self.actions_of(actions);
            let when = self.when(resources, &statement, policy.variables);
            let effect = statement.effect;
            let conditions = document.statements().get(statement.index).and_then(|s| s.get("Condition")).cloned();
            let source = Source { document: id.to_owned(), conditions: conditions.unwrap_or_else(|| json!({})), statement };
            rules.push(Rule { effect, part, actions, when, source: Rc::new(source) });
        }
        Ok(rules)
    }

    /// The number of the element that every action is among.
    pub(super) fn everything(&mut self) -> usize {
        self.number_actions(Actions { negated: true, patterns: BTreeSet::new() })
    }

    fn actions_of(&mut self, clause: &Clause) -> usize {
        let patterns = clause.values.iter().filter_map(|text| ActionPattern::read(text)).collect();
        self.number_actions(Actions { negated: clause.negated, patterns })
    }

    fn number_actions(&mut self, actions: Actions) -> usize {
        self.actions.iter().position(|a| *a == actions).unwrap_or_else(|| {
            self.actions.push(actions);
            self.actions.len() - 1
        })
    }

    fn when(&mut self, resources: &Clause, statement: &Statement, variables: bool) -> BTreeSet<usize> {
        let resources = self.atoms.resources_of(resources, variables);
        let mut all = resources.clone();
        for test in &statement.conditions {
            all = both(&all, &self.atoms.test(test, variables));
            if all.len() > ALTERNATIVES {
                let whole = |all: Either, test: &crate::ast::WrittenTest| both(&all, &self.atoms.whole(test, variables));
                all = statement.conditions.iter().fold(resources, whole);
                break;
            }
        }
        all.into_iter().map(|conjunct| self.number(conjunct)).collect()
    }

    /// The literals of a conjunction.
    pub(super) fn literals(&self, conjunct: usize) -> Conjunct {
        self.conjuncts.get(conjunct).cloned().unwrap_or_default()
    }

    /// The ways in which one conjunction of each limit matches beside `base`.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn under<'l>(
        &self,
        base: Conjunct,
        limits: impl IntoIterator<Item = &'l BTreeSet<usize>>,
    ) -> Result<BTreeSet<Conjunct>, Spent> {
        let mut ways = BTreeSet::from([base]);
        for limit in limits {
            let allows: Vec<Conjunct> = limit.iter().map(|n| self.literals(*n)).collect();
            let mut next = BTreeSet::new();
            for way in ways {
                if allows.iter().any(|allow| allow.is_subset(&way)) {
                    next.insert(way);
                } else {
                    next.extend(allows.iter().map(|allow| way.union(allow).copied().collect::<Conjunct>()));
                }
                if next.len() > WAYS {
                    return Err(Spent);
                }
            }
            ways = next;
        }
        Ok(ways)
    }

    fn number(&mut self, conjunct: Conjunct) -> usize {
        let conjuncts = &mut self.conjuncts;
        *self.numbers.entry(conjunct.clone()).or_insert_with(|| {
            conjuncts.push(conjunct);
            conjuncts.len() - 1
        })
    }
}

/// What of one side applies to a class of actions: conjunctions by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Case {
    pub allow: BTreeSet<usize>,
    /// Those of the limits too.
    pub deny: BTreeSet<usize>,
    /// What the boundary allows; `None` without a boundary.
    pub ceiling: Option<BTreeSet<usize>>,
    /// What each level of service control policies allows.
    pub levels: Vec<BTreeSet<usize>>,
}

impl Case {
    /// What of these rules applies.
    pub(super) fn of(rules: &[Rule], limits: Limits, class: &ActionClass) -> Self {
        let mut case = Self { levels: vec![BTreeSet::new(); limits.levels], ..Self::default() };
        let mut ceiling = BTreeSet::new();
        for rule in rules.iter().filter(|rule| class.matched.get(rule.actions) == Some(&true)) {
            match (rule.effect, rule.part) {
                (Effect::Deny, _) => case.deny.extend(&rule.when),
                (Effect::Allow, Part::Identity) => case.allow.extend(&rule.when),
                (Effect::Allow, Part::Boundary) => ceiling.extend(&rule.when),
                (Effect::Allow, Part::Level(level)) => {
                    if let Some(level) = case.levels.get_mut(level) {
                        level.extend(&rule.when);
                    }
                }
            }
        }
        case.ceiling = limits.boundary.then_some(ceiling);
        case
    }

    /// What the boundary and each level allow.
    pub(super) fn limits(&self) -> impl Iterator<Item = &BTreeSet<usize>> {
        self.ceiling.iter().chain(&self.levels)
    }
}

/// Checks that service control policies read their ARNs as identity policies do: those of fewer than six fields that do not end in `*` they
/// read otherwise.
///
/// # Errors
/// There is such an ARN.
pub(super) fn readable(id: &str, statements: &[Statement]) -> Result<(), String> {
    let short = |text: &&String| text.split(':').count() < 6 && !text.ends_with('*');
    match statements.iter().flat_map(|s| &s.resources).flat_map(|clause| &clause.values).find(short) {
        Some(text) => Err(format!("AWS does not document which ARNs `{text}` of `{id}` matches, with fewer than six fields")),
        None => Ok(()),
    }
}
