//! Whether a state on the way from one set of policies to another stays between them: it allows what both allow, and nothing that neither
//! allows. What both deny it denies too, since a resource policy may allow what identity policies only do not allow.

use std::collections::BTreeSet;

use super::actions::ActionClass;
use super::atoms::Conjunct;
use super::facts::Facts;
use super::naming::Names;
use super::prover::{Aim, LIST_BUCKETS};
use super::search::{Confirmed, Draft, Outcome, Question, Search};
use super::side::{Case, Limits, Part, Rule, Sides};
use super::witness::Witnesses;
use super::{Example, Library, Options, PrincipalPolicies, Subject};
use crate::ast::Effect;
use crate::pattern::{Budget, Spent};

/// Actions that may become the example.
const EXAMPLES: usize = 20;

/// How a state lies to the two states that it is between.
#[derive(Clone, Debug, PartialEq)]
pub enum Between {
    /// Proven: it allows what both allow, and nothing that neither allows.
    Within,
    /// It allows this request, which neither of the two allows.
    More(Example),
    /// It does not allow this request, which both allow.
    Less(Example),
    /// It does not deny this request, which both deny: a resource policy may allow it meanwhile.
    Undenied(Example),
    /// Neither is proven, for this reason.
    Undecided(String),
}

/// The three states over one set of atoms: before, on the way, after.
struct Three {
    sides: Sides,
    rules: [Vec<Rule>; 3],
    limits: [Limits; 3],
}

/// What must match, and what must not.
type Ask = (Conjunct, BTreeSet<usize>);

impl Library {
    /// Whether `state` stays between `before` and `after`, for one principal.
    pub fn between(
        &self,
        before: &PrincipalPolicies,
        state: &PrincipalPolicies,
        after: &PrincipalPolicies,
        subject: &Subject,
        options: Options,
    ) -> Between {
        if state.is_same(before) || state.is_same(after) {
            return Between::Within;
        }
        let facts = super::compare::facts(subject);
        match Three::read([before, state, after], &facts) {
            Ok(three) => three
                .answer(self, [before, state, after], subject, &facts, options)
                .unwrap_or_else(|Spent| Between::Undecided("the proof takes more steps than it may".to_owned())),
            Err(why) => Between::Undecided(why),
        }
    }
}

impl Three {
    fn read(states: [&PrincipalPolicies; 3], facts: &Facts) -> Result<Self, String> {
        let mut sides = Sides::new(facts);
        let [before, state, after] = states;
        let rules = [sides.read(before)?, sides.read(state)?, sides.read(after)?];
        Ok(Self { sides, rules, limits: states.map(Limits::of) })
    }

    fn answer(
        mut self,
        shared: &Library,
        states: [&PrincipalPolicies; 3],
        subject: &Subject,
        facts: &Facts,
        options: Options,
    ) -> Result<Between, Spent> {
        let budget = Budget::of(options.steps);
        let [before, state, after] = states;
        // What neither of two comparisons refutes holds of all three.
        let to = [before, after].map(|end| Witnesses::new(shared, [end, state], subject, facts));
        let classes = self.classes(&budget)?;
        let mut search = Search::new(&self.sides.atoms, &self.sides.conjuncts, &budget);
        let mut open = None;
        for class in &classes {
            let [old, now, new] = [0, 1, 2].map(|side| self.case(side, class));
            if now == old || now == new {
                continue;
            }
            let action = class.example();
            let star = !action.eq_ignore_ascii_case(LIST_BUCKETS);
            let asks = [
                (Some(Aim::Gained), self.more(&old, &now, &new)?),
                (Some(Aim::Lost), self.less(&old, &now, &new)?),
                (None, self.undenied(&old, &now, &new)),
            ];
            for (aim, asks) in asks {
                for (matching, forbidden) in asks {
                    let so = |action: &str, draft: &Draft| {
                        to.iter().all(|witnesses| match aim {
                            Some(aim) => witnesses.confirms(aim, action, draft, None) == Confirmed::Yes,
                            None => witnesses.lifts_a_denial(action, draft),
                        })
                    };
                    let confirm = |draft: &Draft| if so(&action, draft) { Confirmed::Yes } else { Confirmed::No };
                    match search.ask(&Question { matching, forbidden, star, confirm: &confirm })? {
                        Outcome::Found(draft) => {
                            let [first, _] = &to;
                            // An action of the class that there is says more to a reader.
                            let known = if options.names { Names::of(&self.sides.actions).known(class) } else { Vec::new() };
                            let known = known.iter().map(|a| format!("{}:{}", a.service().prefix(), a.name()));
                            let known = known.into_iter().take(EXAMPLES).find(|name| so(name, &draft));
                            let example = first.shown(known.as_ref().unwrap_or(&action), &draft);
                            return Ok(match aim {
                                Some(Aim::Gained) => Between::More(example),
                                Some(_) => Between::Less(example),
                                None => Between::Undenied(example),
                            });
                        }
                        Outcome::Impossible => {}
                        Outcome::Elsewhere(_) | Outcome::Unknown(_) => {
                            open.get_or_insert_with(|| {
                                format!("whether `{action}` is allowed on the way depends on what is not known")
                            });
                        }
                    }
                }
            }
        }
        Ok(open.map_or(Between::Within, Between::Undecided))
    }

    /// The classes of actions that the three do not treat alike.
    fn classes(&mut self, budget: &Budget) -> Result<Vec<ActionClass>, Spent> {
        let everything = self.sides.everything();
        let said = self
            .rules
            .each_ref()
            .map(|rules| rules.iter().map(|r| (r.effect, r.part, r.actions, r.when.clone())).collect::<BTreeSet<_>>());
        let common = |one: &(Effect, Part, usize, BTreeSet<usize>)| said.iter().all(|side| side.contains(one));
        let mut causes: BTreeSet<usize> = said.iter().flatten().filter(|one| !common(one)).map(|one| one.2).collect();
        if self.limits.iter().any(|limits| *limits != self.limits[0]) {
            causes.insert(everything);
        }
        let all: Vec<_> = self.sides.actions.iter().collect();
        super::actions::classes(&all, &causes, budget)
    }

    fn case(&self, side: usize, class: &ActionClass) -> Case {
        let rules = self.rules.get(side).map_or(&[][..], Vec::as_slice);
        let none = Limits { boundary: false, levels: 0 };
        Case::of(rules, self.limits.get(side).copied().unwrap_or(none), class)
    }

    /// Ways in which the state may allow what neither end allows.
    fn more(&self, old: &Case, now: &Case, new: &Case) -> Result<Vec<Ask>, Spent> {
        let ends: Vec<Ask> = self.product(&self.refused(old), &self.refused(new));
        Ok(self.product(&self.allowed(now)?, &ends))
    }

    /// Ways in which both ends may allow what the state does not.
    fn less(&self, old: &Case, now: &Case, new: &Case) -> Result<Vec<Ask>, Spent> {
        let ends = self.product(&self.allowed(old)?, &self.allowed(new)?);
        Ok(self.product(&ends, &self.refused(now)))
    }

    /// Ways in which both ends may deny what the state does not.
    fn undenied(&self, old: &Case, now: &Case, new: &Case) -> Vec<Ask> {
        let denied = |case: &Case| case.deny.iter().map(|n| (self.sides.literals(*n), BTreeSet::new())).collect::<Vec<Ask>>();
        self.product(&self.product(&denied(old), &denied(new)), &[(Conjunct::new(), now.deny.clone())])
    }

    fn allowed(&self, case: &Case) -> Result<Vec<Ask>, Spent> {
        let mut ways = Vec::new();
        for allow in &case.allow {
            let under = self.sides.under(self.sides.literals(*allow), case.limits())?;
            ways.extend(under.into_iter().map(|conjunct| (conjunct, case.deny.clone())));
        }
        Ok(ways)
    }

    fn refused(&self, case: &Case) -> Vec<Ask> {
        let none = BTreeSet::new;
        let mut ways = vec![(Conjunct::new(), case.allow.clone())];
        ways.extend(case.deny.iter().map(|n| (self.sides.literals(*n), none())));
        ways.extend(case.limits().map(|limit| (Conjunct::new(), limit.clone())));
        ways
    }

    /// Both at once, without those that contradict themselves.
    fn product(&self, one: &[Ask], other: &[Ask]) -> Vec<Ask> {
        let mut out: Vec<Ask> = Vec::new();
        for (matching, forbidden) in one {
            for (also, nor) in other {
                let both: Conjunct = matching.union(also).copied().collect();
                let neither: BTreeSet<usize> = forbidden.union(nor).copied().collect();
                let contradicts = neither.iter().any(|n| self.sides.conjuncts.get(*n).is_some_and(|c| c.is_subset(&both)));
                if !contradicts {
                    out.push((both, neither));
                }
            }
        }
        out
    }
}
