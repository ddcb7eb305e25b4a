//! One side of a comparison, taken apart: statements as conjunctions of literals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::PrincipalPolicies;
use super::actions::{ActionPattern, Actions};
use super::atoms::{Atom, Atoms, Covered, Literal, Reading, covered, respelled};
use super::facts::Facts;
use super::language::Language;
use crate::Document;
use crate::ast::{Clause, Effect, Policy, Statement, Test};

/// Literals that must all hold.
pub(super) type Conjunct = BTreeSet<Literal>;

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
    pub source: Source,
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
}

impl Sides {
    /// The statements of one side.
    ///
    /// # Errors
    /// A statement that cannot be understood, in words.
    pub(super) fn read(&mut self, policies: &PrincipalPolicies, facts: &Facts) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        for (id, document) in &policies.identity {
            self.document(id, document, false, facts, &mut rules)?;
        }
        if let Some((id, document)) = &policies.boundary {
            self.document(id, document, true, facts, &mut rules)?;
        }
        Ok(rules)
    }

    fn document(
        &mut self,
        id: &str,
        document: &Document,
        boundary: bool,
        facts: &Facts,
        rules: &mut Vec<Rule>,
    ) -> Result<(), String> {
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
            let when = self.when(resources, &statement, policy.variables, facts);
            let effect = statement.effect;
            let conditions = document.statements().get(statement.index).and_then(|s| s.get("Condition")).cloned();
            let source = Source { document: id.to_owned(), conditions: conditions.unwrap_or_else(|| json!({})), statement };
            rules.push(Rule { effect, boundary, actions, when, source });
        }
        Ok(())
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

    fn when(&mut self, resources: &Clause, statement: &Statement, variables: bool, facts: &Facts) -> BTreeSet<usize> {
        let mut conditions = Conjunct::new();
        for test in &statement.conditions {
            match self.atoms.test(test, variables, facts) {
                Reading::Always(true) => {}
                Reading::Always(false) => return BTreeSet::new(),
                Reading::Depends(literal) => {
                    conditions.insert(literal);
                    // Whatever an opaque test asks of the value, there has to be one.
                    if matches!(literal.atom, Atom::Opaque(_)) && needs_a_value(test) && !facts.fix(&test.key) {
                        conditions.insert(self.atoms.present(&test.key, facts));
                    }
                }
            }
        }
        let alternatives = self.resources(resources, variables, facts);
        alternatives
            .into_iter()
            .map(|mut conjunct| {
                conjunct.extend(conditions.iter().copied());
                self.number(conjunct)
            })
            .collect()
    }

    fn number(&mut self, conjunct: Conjunct) -> usize {
        let conjuncts = &mut self.conjuncts;
        *self.numbers.entry(conjunct.clone()).or_insert_with(|| {
            conjuncts.push(conjunct);
            conjuncts.len() - 1
        })
    }

    /// What `Resource` or `NotResource` asks for: one of these.
    fn resources(&mut self, clause: &Clause, variables: bool, facts: &Facts) -> Vec<Conjunct> {
        let mut plain = Vec::new();
        let mut loose = Vec::new();
        let mut all = false;
        for text in &clause.values {
            match covered(text, variables, facts) {
                Some(Covered::All) => all = true,
                Some(Covered::Exactly(pattern)) => plain.push(pattern),
                Some(Covered::AtMost(pattern, keys)) => loose.push((text, pattern, keys)),
                None => {}
            }
        }
        match (all, clause.negated) {
            (true, false) => return vec![Conjunct::new()],
            (true, true) => return Vec::new(),
            _ => {}
        }
        let literal = |atom, holds| Literal { atom, holds };
        if !clause.negated {
            let mut out = Vec::new();
            if !plain.is_empty() {
                out.push(Conjunct::from([literal(self.atoms.resource(Language::of(plain)), true)]));
            }
            for (text, pattern, keys) in loose {
                let known = self.atoms.opaque(format!("resource {}", respelled(text, variables)), keys);
                let within = self.atoms.resource(Language::of([pattern]));
                out.push([literal(known, true), literal(within, true)].into());
            }
            return out;
        }
        // None of them: outside all that are exact, and for each of the others either "no" or outside all that it can be.
        let mut out = vec![Conjunct::new()];
        if !plain.is_empty() {
            out = vec![Conjunct::from([literal(self.atoms.resource(Language::of(plain)), false)])];
        }
        // More of them are one question, so that the alternatives stay few.
        let parts = match loose.len() {
            0..=3 => loose.into_iter().map(|(text, pattern, keys)| (respelled(text, variables), vec![pattern], keys)).collect(),
            _ => {
                let name = loose.iter().map(|(text, ..)| text.as_str()).collect::<Vec<_>>().join("\n");
                let keys = loose.iter().flat_map(|(.., keys)| keys.clone()).collect();
                vec![(name, loose.into_iter().map(|(_, pattern, _)| pattern).collect::<Vec<_>>(), keys)]
            }
        };
        for (text, patterns, keys) in parts {
            let known = self.atoms.opaque(format!("resource {text}"), keys);
            let within: Atom = self.atoms.resource(Language::of(patterns));
            out = out
                .into_iter()
                .flat_map(|conjunct| {
                    [known, within].map(|atom| {
                        let mut more = conjunct.clone();
                        more.insert(literal(atom, false));
                        more
                    })
                })
                .collect();
        }
        out
    }
}

/// Whether a test fails when its key is absent (iam-facts 6.6).
fn needs_a_value(test: &Test) -> bool {
    let operator = test.operator;
    let for_all = operator.prefix.is_some_and(|prefix| prefix.starts_with("ForAll"));
    let negated = operator.prefix.is_none() && operator.base.contains("Not");
    !operator.if_exists && !for_all && !negated && operator.base != "Null"
}
