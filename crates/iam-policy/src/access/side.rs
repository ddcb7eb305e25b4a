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

/// Alternatives of one statement; with more of them its tests are taken as a whole.
const ALTERNATIVES: usize = 256;

/// One statement.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Allow or Deny.
    pub effect: Effect,
    /// Whether it stands in the boundary.
    pub boundary: bool,
    /// The actions it is about, by number in [`Sides::actions`].
    pub actions: usize,
    /// It matches when one of these does (each by number in [`Sides::conjuncts`]).
    pub when: BTreeSet<usize>,
    /// The document, and the statement in it, as written.
    pub source: Rc<Source>,
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
    known: Vec<(String, Document, bool, Vec<Rule>)>,
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
            self.document(id, document, false, &mut rules)?;
        }
        if let Some((id, document)) = &policies.boundary {
            self.document(id, document, true, &mut rules)?;
        }
        Ok(rules)
    }

    fn document(&mut self, id: &str, document: &Document, boundary: bool, rules: &mut Vec<Rule>) -> Result<(), String> {
        let is_this =
            |(known, is, bounds, _): &&(String, Document, bool, Vec<Rule>)| known == id && *bounds == boundary && is == document;
        if let Some((.., found)) = self.known.iter().find(is_this) {
            rules.extend(found.iter().cloned());
            return Ok(());
        }
        let found = self.fresh(id, document, boundary)?;
        rules.extend(found.iter().cloned());
        self.known.push((id.to_owned(), document.clone(), boundary, found));
        Ok(())
    }

    fn fresh(&mut self, id: &str, document: &Document, boundary: bool) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        let policy = Policy::read(document);
        if policy.statements.len() != document.statements().len() || !document.value().is_object() {
            return Err(format!("`{id}` has a statement that cannot be understood"));
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
            rules.push(Rule { effect, boundary, actions, when, source: Rc::new(source) });
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
    /// Those of the boundary too.
    pub deny: BTreeSet<usize>,
    /// What the boundary allows; `None` without a boundary.
    pub ceiling: Option<BTreeSet<usize>>,
}

impl Case {
    /// What of these rules applies; `bounded`: whether some of them are a boundary's.
    pub(super) fn of(rules: &[Rule], bounded: bool, class: &ActionClass) -> Self {
        let mut case = Self::default();
        let mut ceiling = BTreeSet::new();
        for rule in rules.iter().filter(|rule| class.matched.get(rule.actions) == Some(&true)) {
            match (rule.effect, rule.boundary) {
                (Effect::Deny, _) => case.deny.extend(&rule.when),
                (Effect::Allow, true) => ceiling.extend(&rule.when),
                (Effect::Allow, false) => case.allow.extend(&rule.when),
            }
        }
        case.ceiling = bounded.then_some(ceiling);
        case
    }
}
