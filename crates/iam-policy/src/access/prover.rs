//! From statements to questions: what one side allows and the other does not, action class by action class.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::PrincipalPolicies;
use super::actions::{ActionClass, Actions, classes};
use super::atoms::Conjunct;
use super::facts::Facts;
use super::search::{Confirmed, Draft, Outcome, Question, Search};
use super::side::{Case, Limits, Part, Rule, Sides};
use super::witness::Witnesses;
use crate::ast::Effect;
use crate::pattern::{Budget, Spent};

/// Two sides taken apart.
pub(super) struct Prover {
    sides: Sides,
    /// The statements before, and after.
    rules: [Vec<Rule>; 2],
    /// What limits each side.
    limits: [Limits; 2],
    /// The number of the `Actions` that every action is among.
    everything: usize,
}

/// What a statement says, wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said<'a> {
    effect: Effect,
    part: Part,
    actions: usize,
    when: &'a BTreeSet<usize>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Aim {
    /// Requests that are allowed after and not before.
    Gained,
    /// Requests that are allowed before and not after.
    Lost,
    /// Requests that identity policies do not allow after, and that denials and limits no longer keep others from allowing.
    Ceiling,
}

impl Aim {
    /// The side that is asked for less, and the one that is asked for more: 0 is before.
    pub(super) fn sides(self) -> (usize, usize) {
        if self == Self::Lost { (1, 0) } else { (0, 1) }
    }

    /// The side whose statements are the causes.
    fn cause(self) -> usize {
        if self == Self::Gained { 1 } else { 0 }
    }
}

/// What a class of actions gains through one statement.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    /// The statement, by number in [`Prover::rules`]; `None`: the boundary or a level itself.
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
    pub(super) fn new(before: &PrincipalPolicies, after: &PrincipalPolicies, facts: &Facts) -> Result<Self, String> {
        let mut sides = Sides::new(facts);
        let rules = [sides.read(before)?, sides.read(after)?];
        let everything = sides.everything();
        Ok(Self { sides, rules, limits: [before, after].map(Limits::of), everything })
    }

    /// The statements through which something may be gained.
    pub(super) fn rules(&self, aim: Aim) -> &[Rule] {
        self.rules.get(aim.cause()).map_or(&[], Vec::as_slice)
    }

    /// The statements of both sides.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().flatten()
    }

    /// The distinct `Action` and `NotAction` elements, in the order of [`ActionClass::matched`].
    pub(super) fn actions(&self) -> &[Actions] {
        &self.sides.actions
    }

    /// The keys of policy variables that nothing fixes.
    pub(super) fn open_keys(&self) -> BTreeSet<&str> {
        self.sides.atoms.relations.iter().flat_map(|r| &r.variables).map(String::as_str).collect()
    }

    /// Whether both sides say the same in the same conjunctions: then nothing differs.
    pub(super) fn is_same(&self) -> bool {
        let [before, after] = self.said();
        self.limits[0] == self.limits[1] && before == after
    }

    /// The classes of actions that the sides do not treat alike.
    ///
    /// # Errors
    /// The budget ran out.
    pub(super) fn classes(&self, budget: &Budget) -> Result<Vec<ActionClass>, Spent> {
        let all: Vec<_> = self.sides.actions.iter().collect();
        let mut causes: BTreeSet<usize> = self.differing();
        // Where a limit gave way altogether, any action may be concerned.
        if self.limits[0] != self.limits[1] {
            causes.insert(self.everything);
        }
        let mut found = classes(&all, &causes, budget)?;
        found.retain(|class| self.case(0, class) != self.case(1, class));
        Ok(found)
    }

    /// The actions of statements that are on one side only: others are treated alike by both.
    fn differing(&self) -> BTreeSet<usize> {
        let [before, after] = self.said();
        before.symmetric_difference(&after).map(|said| said.actions).collect()
    }

    /// Whether a denial of the first side is not on the second, or a limit is another.
    fn loosens(&self) -> bool {
        let [before, after] = self.said();
        self.limits_changed() || before.difference(&after).any(|said| said.effect == Effect::Deny)
    }

    fn said(&self) -> [BTreeSet<Said<'_>>; 2] {
        self.rules.each_ref().map(|rules| {
            rules.iter().map(|r| Said { effect: r.effect, part: r.part, actions: r.actions, when: &r.when }).collect()
        })
    }

    /// Whether the first side has limits, and the second has not the same.
    fn limits_changed(&self) -> bool {
        let said = |rules: &[Rule]| -> BTreeSet<(Part, usize, BTreeSet<usize>)> {
            let allows = rules.iter().filter(|r| r.part != Part::Identity && r.effect == Effect::Allow);
            allows.map(|r| (r.part, r.actions, r.when.clone())).collect()
        };
        let [before, after] = self.limits;
        (before.boundary || before.levels > 0) && (before != after || said(&self.rules[0]) != said(&self.rules[1]))
    }

    fn case(&self, side: usize, class: &ActionClass) -> Case {
        let rules = self.rules.get(side).map_or(&[][..], Vec::as_slice);
        Case::of(rules, if side == 0 { self.limits[0] } else { self.limits[1] }, class)
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
        if aim == Aim::Ceiling && !self.loosens() {
            return Ok(());
        }
        let (less, more) = aim.sides();
        let mut search = Search::new(&self.sides.atoms, &self.sides.conjuncts, budget);
        let mut known: HashMap<(Option<usize>, Case, Case, bool), Outcome> = HashMap::new();
        for (number, class) in classes.iter().enumerate() {
            let (before, after) = (self.case(less, class), self.case(more, class));
            let action = class.example();
            let star = action != LIST_BUCKETS;
            for (rule, conjuncts) in self.causes(aim, class) {
                let mut outcome = Outcome::Impossible;
                let source = rule.and_then(|n| self.rules(aim).get(n)).map(|r| &*r.source);
                for conjunct in conjuncts {
                    let key = (conjunct, before.clone(), after.clone(), star);
                    let found = match known.get(&key) {
                        Some(found) => found.clone(),
                        None => {
                            let confirm = |draft: &Draft| witnesses.confirms(aim, &action, draft, source);
                            let asked = Asked { aim, before: &before, after: &after, star, confirm: &confirm };
                            let found = self.ask(&mut search, conjunct, &asked)?;
                            known.insert(key, found.clone());
                            found
                        }
                    };
                    outcome = better(outcome, found);
                    if matches!(outcome, Outcome::Found(_)) {
                        break;
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
        let wanted = |r: &Rule| match aim {
            Aim::Gained | Aim::Lost => r.effect == Effect::Allow && r.part == Part::Identity,
            Aim::Ceiling => r.effect == Effect::Deny,
        };
        let rules = self.rules(aim).iter().enumerate();
        let mut causes: Vec<_> = rules
            .filter(|(_, r)| wanted(r) && class.matched.get(r.actions) == Some(&true))
            .map(|(n, r)| (Some(n), r.when.iter().copied().map(Some).collect()))
            .collect();
        if aim == Aim::Ceiling && self.limits_changed() {
            causes.push((None, [None].into()));
        }
        causes
    }

    fn ask(&self, search: &mut Search<'_>, cause: Option<usize>, asked: &Asked<'_>) -> Result<Outcome, Spent> {
        let mut outcome = Outcome::Impossible;
        for (matching, forbidden) in self.questions(cause, asked)? {
            let question = Question { matching, forbidden, star: asked.star, confirm: asked.confirm };
            outcome = better(outcome, search.ask(&question)?);
            if matches!(outcome, Outcome::Found(_)) {
                break;
            }
        }
        Ok(outcome)
    }

    /// The ways in which a request through `cause` can be what is asked for: what must match, and what must not.
    ///
    /// # Errors
    /// There are too many.
    fn questions(&self, cause: Option<usize>, asked: &Asked<'_>) -> Result<Vec<(Conjunct, BTreeSet<usize>)>, Spent> {
        let Asked { aim, before, after, .. } = asked;
        let literals = |n: &usize| self.sides.literals(*n);
        let implies = |stronger: &Conjunct, weaker: &usize| literals(weaker).is_subset(stronger);
        let mut out = Vec::new();
        let mut add = |matching: Conjunct, avoided: &[&BTreeSet<usize>]| {
            let forbidden: BTreeSet<usize> = after.deny.iter().chain(avoided.iter().copied().flatten()).copied().collect();
            if !forbidden.iter().any(|c| implies(&matching, c)) {
                out.push((matching, forbidden));
            }
        };
        if let (Aim::Ceiling, Some(denial)) = (aim, &cause) {
            // What identity policies do not allow after. A resource policy that names the user or the session allows it none the less,
            // also where the boundary has no Allow for it (iam-facts 6.2). Service control policies limit that too.
            for base in self.sides.under(literals(denial), &after.levels)? {
                for not in std::iter::once(&after.allow).chain(&after.ceiling) {
                    add(base.clone(), &[not]);
                }
            }
            return Ok(out);
        }
        if *aim == Aim::Ceiling {
            // What a level held back, whoever allows it.
            for base in self.sides.under(Conjunct::new(), &after.levels)? {
                for level in &before.levels {
                    for not in std::iter::once(&after.allow).chain(&after.ceiling) {
                        add(base.clone(), &[level, not]);
                    }
                }
            }
        }
        // Under each limit one of its Allows must match as well.
        for base in self.sides.under(cause.as_ref().map(literals).unwrap_or_default(), after.limits())? {
            match aim {
                Aim::Gained | Aim::Lost => {
                    add(base.clone(), &[&before.allow]);
                    for deny in &before.deny {
                        let mut matching = base.clone();
                        matching.extend(literals(deny));
                        add(matching, &[]);
                    }
                    for limit in before.limits() {
                        add(base.clone(), &[limit]);
                    }
                }
                Aim::Ceiling => {
                    if let Some(ceiling) = &before.ceiling {
                        add(base, &[ceiling, &after.allow]);
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Of two answers to parts of a question, the one that holds for the whole.
fn better(one: Outcome, other: Outcome) -> Outcome {
    let rank = |o: &Outcome| match o {
        Outcome::Impossible => 0,
        Outcome::Unknown(_) => 1,
        Outcome::Elsewhere(_) => 2,
        Outcome::Found(_) => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

/// A question about one class of actions.
struct Asked<'q> {
    aim: Aim,
    before: &'q Case,
    after: &'q Case,
    star: bool,
    confirm: &'q dyn Fn(&Draft) -> Confirmed,
}

/// The one action whose requests name an ARN where others would name `*` (iam-facts 6.4).
pub(super) const LIST_BUCKETS: &str = "s3:listallmybuckets";

/// For each statement (by number) the classes it gains in.
pub(super) fn by_rule(gains: &[Gain]) -> BTreeMap<Option<usize>, Vec<&Gain>> {
    let mut out: BTreeMap<Option<usize>, Vec<&Gain>> = BTreeMap::new();
    for gain in gains {
        out.entry(gain.rule).or_default().push(gain);
    }
    out
}
