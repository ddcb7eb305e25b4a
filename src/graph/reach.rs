//! Which roles a policy might let its holder assume, before the evaluator is asked: it would be too many questions for every pair.

use std::collections::{BTreeMap, BTreeSet};

use crate::holdings::Holdings;
use crate::policy::Document;
use crate::policy::ast::{Effect, Policy};
use crate::policy::pattern;

/// Roles that policies might reach; never less than what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These ARNs.
    Only(BTreeSet<String>),
    /// Any: a pattern, or what was not read.
    Any,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Reach {
    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Only(mine), Self::Only(theirs)) => mine.extend(theirs.iter().cloned()),
            _ => *self = Self::Any,
        }
    }

    /// Whether nothing is reached.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(set) if set.is_empty())
    }

    fn of(document: &Document) -> Self {
        let mut reach = Self::default();
        for statement in Policy::read(document).statements {
            let Some(actions) = statement.actions.filter(|_| statement.effect == Effect::Allow) else { continue };
            let named = actions.values.iter().any(|a| pattern::matches_ignoring_case(a, "sts:assumerole"));
            if named == actions.negated {
                continue;
            }
            match statement.resources {
                Some(resources) if !resources.negated && !resources.values.iter().any(|r| r.contains(['*', '?', '$'])) => {
                    reach.add(&Self::Only(resources.values.into_iter().collect()));
                }
                _ => return Self::Any,
            }
        }
        reach
    }
}

/// The reaches of an account's policies; each is read once.
#[derive(Default)]
pub struct Reaches(BTreeMap<String, Reach>);

impl Reaches {
    /// Of what somebody holds. What is not known is [`Reach::default`]: the graph says that it is not.
    pub fn of(&mut self, holdings: &Holdings<'_>) -> Reach {
        let mut reach = Reach::default();
        for held in &holdings.identity {
            reach.add(self.0.entry(held.id()).or_insert_with(|| Reach::of(held.document)));
        }
        reach
    }
}
