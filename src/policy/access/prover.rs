//! From statements to questions: what one side allows and the other does not, action class by action class.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::PrincipalPolicies;
use super::actions::{ActionClass, classes};
use super::budget::{Budget, Spent};
use super::facts::Facts;
use super::search::{Draft, Outcome, Question, Search};
use super::side::{Conjunct, Rule, Sides};
use super::witness::Witnesses;
use crate::policy::ast::Effect;

/// Two sides taken apart.
pub(super) struct Prover {
    sides: Sides,
    /// The statements of the side that may allow less, then of the one that may allow more.
    rules: [Vec<Rule>; 2],
    /// Whether each side has a boundary.
    bounded: [bool; 2],
    /// The number of the `Actions` that every action is among.
    everything: usize,
}

/// What of one side applies to a class of actions: conjunctions by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Case {
    allow: BTreeSet<usize>,
    /// Those of the boundary too.
    deny: BTreeSet<usize>,
    /// What the boundary allows; `None` without a boundary.
    ceiling: Option<BTreeSet<usize>>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Aim {
    /// Requests that the second side allows and the first does not.
    Access,
    /// Requests that the second side's identity policies do not allow, and that its denials and boundary no longer keep others from allowing.
    Ceiling,
}

/// What a class of actions gains through one statement.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    /// The statement, by number on the second side ([`Aim::Access`]) or the first ([`Aim::Ceiling`]); `None`: the boundary itself.
    pub rule: Option<usize>,
    /// The class, by number.
    pub class: usize,
    /// What was found.
    pub outcome: Outcome,
}

impl Prover {
    /// Takes both sides apart.
    ///
    /// # Errors
    /// A statement that cannot be understood.
    pub(super) fn new(less: &PrincipalPolicies, more: &PrincipalPolicies, facts: &Facts) -> Result<Self, String> {
        let mut sides = Sides::default();
        let rules = [sides.read(less, facts)?, sides.read(more, facts)?];
        let everything = sides.everything();
        Ok(Self { sides, rules, bounded: [less.boundary.is_some(), more.boundary.is_some()], everything })
    }

    /// The statements of the second side.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules[1]
    }

    /// The statements of the first side.
    pub(super) fn rules_before(&self) -> &[Rule] {
        &self.rules[0]
    }

    /// The keys that opaque questions hang on.
    pub(super) fn open_keys(&self) -> BTreeSet<&str> {
        self.sides.atoms.opaque.iter().flatten().map(String::as_str).collect()
    }

    /// Texts that conditions name for a key.
    pub(super) fn values_of(&self, key: &str) -> BTreeSet<&str> {
        let tests = self.sides.atoms.tests.iter().filter(|t| t.key == key);
        tests.flat_map(|t| t.candidates.iter().map(String::as_str)).collect()
    }

    /// Whether both sides say the same in the same conjunctions: then nothing differs.
    pub(super) fn is_same(&self) -> bool {
        let said = |rules: &[Rule]| -> BTreeSet<(Effect, bool, usize, BTreeSet<usize>)> {
            rules.iter().map(|r| (r.effect, r.boundary, r.actions, r.when.clone())).collect()
        };
        self.bounded[0] == self.bounded[1] && said(&self.rules[0]) == said(&self.rules[1])
    }

    /// The classes of actions that the aim is about.
    ///
    /// # Errors
    /// The budget ran out.
    pub(super) fn classes(&self, aim: Aim, budget: &Budget) -> Result<Vec<ActionClass>, Spent> {
        let all: Vec<_> = self.sides.actions.iter().collect();
        let [before, after] = &self.rules;
        let causes: BTreeSet<usize> = match aim {
            Aim::Access => after.iter().filter(|r| r.effect == Effect::Allow && !r.boundary).map(|r| r.actions).collect(),
            // Where a boundary gave way, any action may be concerned.
            Aim::Ceiling if self.boundary_changed() => [self.everything].into(),
            Aim::Ceiling => before.iter().filter(|r| r.effect == Effect::Deny).map(|r| r.actions).collect(),
        };
        let mut found = classes(&all, &causes, budget)?;
        found.retain(|class| self.case(0, class) != self.case(1, class));
        Ok(found)
    }

    fn boundary_changed(&self) -> bool {
        let said = |rules: &[Rule]| -> BTreeSet<(usize, BTreeSet<usize>)> {
            let allows = rules.iter().filter(|r| r.boundary && r.effect == Effect::Allow);
            allows.map(|r| (r.actions, r.when.clone())).collect()
        };
        self.bounded[0] && (!self.bounded[1] || said(&self.rules[0]) != said(&self.rules[1]))
    }

    fn case(&self, side: usize, class: &ActionClass) -> Case {
        let mut case = Case::default();
        let mut ceiling = BTreeSet::new();
        for rule in self.rules.get(side).into_iter().flatten() {
            if class.matched.get(rule.actions) != Some(&true) {
                continue;
            }
            match (rule.effect, rule.boundary) {
                (Effect::Deny, _) => case.deny.extend(&rule.when),
                (Effect::Allow, true) => ceiling.extend(&rule.when),
                (Effect::Allow, false) => case.allow.extend(&rule.when),
            }
        }
        case.ceiling = self.bounded.get(side).is_some_and(|b| *b).then_some(ceiling);
        case
    }

    /// What each class gains, statement by statement.
    ///
    /// # Errors
    /// The budget ran out; what was found until then is in `gains`.
    pub(super) fn gains(
        &self,
        aim: Aim,
        classes: &[ActionClass],
        witnesses: &Witnesses,
        budget: &Budget,
        gains: &mut Vec<Gain>,
    ) -> Result<(), Spent> {
        let mut search = Search::new(&self.sides.atoms, &self.sides.conjuncts, budget);
        let mut known: HashMap<(Option<usize>, Case, Case, bool), Outcome> = HashMap::new();
        for (number, class) in classes.iter().enumerate() {
            let (before, after) = (self.case(0, class), self.case(1, class));
            let action = class.example();
            let star = action != LIST_BUCKETS;
            for (rule, conjuncts) in self.causes(aim, class) {
                let mut outcome = Outcome::Impossible;
                for conjunct in conjuncts {
                    let key = (conjunct, before.clone(), after.clone(), star);
                    let found = match known.get(&key) {
                        Some(found) => found.clone(),
                        None => {
                            let confirm = |draft: &Draft| witnesses.confirms(aim, &action, draft);
                            let asked = Asked { aim, before: &before, after: &after, star, confirm: &confirm };
                            let found = self.ask(&mut search, conjunct, &asked)?;
                            known.insert(key, found.clone());
                            found
                        }
                    };
                    match found {
                        Outcome::Impossible => {}
                        Outcome::Unknown => outcome = Outcome::Unknown,
                        found @ Outcome::Found(_) => {
                            outcome = found;
                            break;
                        }
                    }
                }
                if outcome != Outcome::Impossible {
                    gains.push(Gain { rule, class: number, outcome });
                }
            }
        }
        Ok(())
    }

    /// The statements through which a class may gain, with their conjunctions.
    fn causes(&self, aim: Aim, class: &ActionClass) -> Vec<(Option<usize>, BTreeSet<Option<usize>>)> {
        let side = if aim == Aim::Access { 1 } else { 0 };
        let wanted = |r: &Rule| match aim {
            Aim::Access => r.effect == Effect::Allow && !r.boundary,
            Aim::Ceiling => r.effect == Effect::Deny,
        };
        let rules = self.rules.get(side).into_iter().flatten().enumerate();
        let mut causes: Vec<_> = rules
            .filter(|(_, r)| wanted(r) && class.matched.get(r.actions) == Some(&true))
            .map(|(n, r)| (Some(n), r.when.iter().copied().map(Some).collect()))
            .collect();
        if aim == Aim::Ceiling && self.boundary_changed() {
            causes.push((None, [None].into()));
        }
        causes
    }

    fn ask(&self, search: &mut Search<'_>, cause: Option<usize>, asked: &Asked<'_>) -> Result<Outcome, Spent> {
        let mut unknown = false;
        for (matching, forbidden) in self.questions(cause, asked) {
            let question = Question { matching, forbidden, star: asked.star, confirm: asked.confirm };
            match search.ask(&question)? {
                Outcome::Impossible => {}
                Outcome::Unknown => unknown = true,
                found @ Outcome::Found(_) => return Ok(found),
            }
        }
        Ok(if unknown { Outcome::Unknown } else { Outcome::Impossible })
    }

    /// The ways in which a request through `cause` can be allowed after and not before: what must match, and what must not.
    fn questions(&self, cause: Option<usize>, asked: &Asked<'_>) -> Vec<(Conjunct, BTreeSet<usize>)> {
        let Asked { aim, before, after, .. } = asked;
        let literals = |n: &usize| self.sides.conjuncts.get(*n).cloned().unwrap_or_default();
        let implies = |stronger: &Conjunct, weaker: &usize| literals(weaker).is_subset(stronger);
        // Under a boundary one of its Allows must match as well.
        let roofs: Vec<Conjunct> = match &after.ceiling {
            None => vec![Conjunct::new()],
            Some(ceiling) => ceiling.iter().map(literals).collect(),
        };
        let mut out = Vec::new();
        for roof in roofs {
            let mut base = cause.as_ref().map(literals).unwrap_or_default();
            base.extend(roof);
            let mut add = |matching: Conjunct, more: &BTreeSet<usize>| {
                let mut forbidden = after.deny.clone();
                forbidden.extend(more);
                if *aim == Aim::Ceiling {
                    forbidden.extend(&after.allow);
                }
                if !forbidden.iter().any(|c| implies(&matching, c)) {
                    out.push((matching, forbidden));
                }
            };
            match aim {
                Aim::Access => {
                    add(base.clone(), &before.allow);
                    for deny in &before.deny {
                        let mut matching = base.clone();
                        matching.extend(literals(deny));
                        add(matching, &BTreeSet::new());
                    }
                    if let Some(ceiling) = &before.ceiling {
                        add(base, ceiling);
                    }
                }
                Aim::Ceiling if cause.is_some() => add(base, &BTreeSet::new()),
                Aim::Ceiling => {
                    if let Some(ceiling) = &before.ceiling {
                        add(base, ceiling);
                    }
                }
            }
        }
        out
    }
}

/// A question about one class of actions.
struct Asked<'q> {
    aim: Aim,
    before: &'q Case,
    after: &'q Case,
    star: bool,
    confirm: &'q dyn Fn(&Draft) -> bool,
}

/// The one action whose requests name an ARN where others would name `*` (iam-facts 6.4).
const LIST_BUCKETS: &str = "s3:listallmybuckets";

/// For each statement (by number) the classes it gains in.
pub(super) fn by_rule(gains: &[Gain]) -> BTreeMap<Option<usize>, Vec<&Gain>> {
    let mut out: BTreeMap<Option<usize>, Vec<&Gain>> = BTreeMap::new();
    for gain in gains {
        out.entry(gain.rule).or_default().push(gain);
    }
    out
}
