//! The comparison of two sides in both directions.

use std::collections::BTreeSet;

use super::actions::ActionClass;
use super::answer;
use super::budget::Budget;
use super::facts::Facts;
use super::prover::{Aim, Gain, Prover};
use super::search::Outcome;
use super::witness::Witnesses;
use super::{AccessDiff, Grant, Library, Options, PrincipalPolicies, Subject, Verdict};
use crate::names::Arn;

/// Compares what a principal may do before and after. A [`Library`] does so for many principals in less time.
///
/// ```
/// use iam_policy::{Document, Options, PrincipalPolicies, Subject, Verdict, compare};
///
/// let policies = |resource: &str| {
///     let text = format!(
///         r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}]}}"#
///     );
///     let document = Document::parse(&text)?;
///     Ok::<_, serde_json::Error>(PrincipalPolicies { identity: vec![("policy".to_owned(), document)], boundary: None })
/// };
/// let (before, after) = (policies("arn:aws:s3:::data/public/*")?, policies("arn:aws:s3:::data/*")?);
///
/// let wider = compare(&before, &after, &Subject::Anyone, Options::default());
/// assert_eq!(wider.verdict, Verdict::NewAccess);
/// assert_eq!(wider.gained[0].example.action, "s3:GetObject");
///
/// let narrower = compare(&after, &before, &Subject::Anyone, Options::default());
/// assert_eq!(narrower.verdict, Verdict::NoNewAccess);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn compare(before: &PrincipalPolicies, after: &PrincipalPolicies, subject: &Subject, options: Options) -> AccessDiff {
    Library::default().compare(before, after, subject, options)
}

/// Compares without looking for an answer that is there.
pub(super) fn fresh(
    shared: &Library,
    before: &PrincipalPolicies,
    after: &PrincipalPolicies,
    subject: &Subject,
    options: Options,
) -> AccessDiff {
    let pair = Pair { shared, before, after, subject, options };
    let facts = facts(subject);
    let prover = match Prover::new(before, after, &facts) {
        Ok(prover) => prover,
        Err(why) => return AccessDiff::undecided(why),
    };
    if prover.is_same() {
        return AccessDiff::nothing();
    }
    let Ok(classes) = prover.classes(&Budget::of(options.steps)) else {
        return AccessDiff::undecided(spent("telling the actions apart"));
    };
    let work = Work { pair, witnesses: pair.witnesses(&facts), facts, prover, classes };
    let [gained, lost, ceiling] = [Aim::Gained, Aim::Lost, Aim::Ceiling].map(|aim| work.direction(aim));
    let verdict = match (gained.grants.is_empty(), &gained.open) {
        (false, _) => Verdict::NewAccess,
        (true, None) => Verdict::NoNewAccess,
        (true, Some(_)) => Verdict::Undecided,
    };
    let also = |what: &str, open: Option<String>| open.map(|why| format!("{what}: {why}"));
    let reason = match verdict {
        Verdict::Undecided => gained.open,
        _ => also("what is gained may be more", gained.open)
            .or_else(|| also("what is lost may be more", lost.open))
            .or_else(|| also("what resource policies may now give is not known", ceiling.open)),
    };
    AccessDiff { verdict, gained: gained.grants, lost: lost.grants, ceiling_loosened: ceiling.grants, reason }
}

/// The question.
#[derive(Clone, Copy)]
struct Pair<'a> {
    shared: &'a Library,
    before: &'a PrincipalPolicies,
    after: &'a PrincipalPolicies,
    subject: &'a Subject,
    options: Options,
}

impl<'a> Pair<'a> {
    fn witnesses(self, facts: &Facts) -> Witnesses<'a> {
        let mut witnesses = Witnesses::new(self.shared, [self.before, self.after], self.subject, facts);
        witnesses.names = self.options.names;
        witnesses
    }
}

/// The question taken apart, for all directions.
struct Work<'a> {
    pair: Pair<'a>,
    facts: Facts,
    prover: Prover,
    classes: Vec<ActionClass>,
    witnesses: Witnesses<'a>,
}

/// What one direction gives.
struct Direction {
    grants: Vec<Grant>,
    /// Why there may be more.
    open: Option<String>,
}

impl Work<'_> {
    fn direction(&self, aim: Aim) -> Direction {
        let Self { prover, classes, witnesses, .. } = self;
        let budget = Budget::of(self.pair.options.steps);
        let mut gains = Vec::new();
        let finished = prover.gains(aim, classes, witnesses, &budget, &mut gains).is_ok();
        let mut grants = answer::grants(prover, aim, classes, &gains, witnesses);
        let mut open = (!finished).then(|| spent(&where_it_stopped(prover, aim, &gains)));
        let is_open = |g: &&Gain| matches!(g.outcome, Outcome::Unknown | Outcome::Elsewhere(_));
        let undecided: Vec<&Gain> = gains.iter().filter(is_open).collect();
        if !undecided.is_empty() {
            let left = self.with_values(aim, &undecided, &mut grants);
            open = open.or_else(|| left.map(|gain| why(prover, aim, gain, classes, witnesses)));
        }
        if grants.is_empty() {
            // A confirmed request is a gain, whichever statement it is due to.
            let confirmed = gains.iter().filter_map(|g| match &g.outcome {
                Outcome::Elsewhere(draft) => Some(Gain { outcome: Outcome::Found(draft.clone()), ..g.clone() }),
                _ => None,
            });
            let confirmed: Vec<Gain> = confirmed.collect();
            grants = answer::grants(prover, aim, classes, &confirmed, witnesses);
        }
        Direction { grants, open }
    }

    /// Puts values in for the policy variables that nothing fixes, and looks again at what was left open. What is still open then.
    fn with_values<'g>(&self, aim: Aim, undecided: &[&'g Gain], grants: &mut Vec<Grant>) -> Option<&'g Gain> {
        let mut left: Vec<&Gain> = undecided.to_vec();
        for facts in choices(&self.prover, &self.facts) {
            let Ok(fixed) = Prover::new(self.pair.before, self.pair.after, &facts) else { break };
            let budget = Budget::of(self.pair.options.steps / 4);
            let witnesses = self.pair.witnesses(&facts);
            let numbers: BTreeSet<usize> = left.iter().map(|g| g.class).collect();
            let asked: Vec<ActionClass> = numbers.iter().filter_map(|n| self.classes.get(*n).cloned()).collect();
            let mut gains = Vec::new();
            // What was found before the budget ran out counts.
            let _ = fixed.gains(aim, &asked, &witnesses, &budget, &mut gains);
            let numbers: Vec<usize> = numbers.into_iter().collect();
            gains.retain(|g| left.iter().any(|l| l.rule == g.rule && numbers.get(g.class) == Some(&l.class)));
            let found = |one: &Gain| {
                let same = |g: &&Gain| g.rule == one.rule && numbers.get(g.class) == Some(&one.class);
                gains.iter().filter(same).any(|g| matches!(g.outcome, Outcome::Found(_)))
            };
            left.retain(|one| !found(one));
            let more = answer::grants(&fixed, aim, &asked, &gains, &witnesses);
            for grant in more {
                match grants.iter_mut().find(|g| g.document == grant.document && g.statement == grant.statement) {
                    Some(known) => {
                        known.actions.extend(grant.actions);
                        known.actions.sort();
                        known.actions.dedup();
                    }
                    None => grants.push(grant),
                }
            }
            if left.is_empty() {
                return None;
            }
        }
        left.first().copied()
    }
}

/// Values worth trying for the keys of policy variables: readable ones, ones that conditions name, none at all.
fn choices(prover: &Prover, facts: &Facts) -> Vec<Facts> {
    let keys: Vec<String> = prover.open_keys().into_iter().map(str::to_owned).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let readable = |key: &str| format!("example-{}", key.rsplit([':', '/']).next().unwrap_or(key));
    let each = |value: &dyn Fn(&str) -> Option<String>| {
        keys.iter().fold(facts.clone(), |facts, key| facts.and(key, value(key).as_deref()))
    };
    let named = |key: &str| prover.values_of(key).into_iter().next().map(str::to_owned);
    vec![
        each(&|key| Some(readable(key))),
        each(&|key| Some(named(key).unwrap_or_else(|| readable(key)))),
        each(&|key| named(key)),
        each(&|_| None),
        each(&|_| Some("example".to_owned())),
    ]
}

/// What is the same in every request of the subject (iam-facts 6.5, 6.6). Session tags and `aws:userid` are not.
pub(super) fn facts(subject: &Subject) -> Facts {
    let with = |arn: &str, kind: &str, name: Option<&str>| {
        let account = Arn::parse(arn).map(|arn| arn.account);
        let facts = Facts::default().and("aws:principalarn", Some(arn)).and("aws:principaltype", Some(kind));
        let facts = facts.and("aws:username", name);
        match account {
            Some(account) => facts.and("aws:principalaccount", Some(&account)),
            None => facts,
        }
    };
    match subject {
        Subject::Anyone => Facts::default(),
        Subject::Keys(keys) => {
            let facts = Facts { unsigned: true, ..Facts::default() };
            keys.iter().fold(facts, |facts, (key, value)| facts.and(key, Some(value)))
        }
        Subject::User { arn } => with(arn, "User", arn.rsplit('/').next()),
        Subject::Role { arn } => with(arn, "AssumedRole", None),
    }
}

/// The principal's partition and account.
pub(super) fn home(subject: &Subject) -> Option<(String, String)> {
    match subject {
        Subject::Anyone | Subject::Keys(_) => None,
        Subject::User { arn } | Subject::Role { arn } => Arn::parse(arn).map(|arn| (arn.partition, arn.account)),
    }
}

fn spent(at: &str) -> String {
    format!("the work bound was reached at {at}")
}

fn where_it_stopped(prover: &Prover, aim: Aim, gains: &[Gain]) -> String {
    match gains.last() {
        Some(gain) => format!("{} or behind it", place(prover, aim, gain)),
        None => "the first statements".to_owned(),
    }
}

fn place(prover: &Prover, aim: Aim, gain: &Gain) -> String {
    match gain.rule.and_then(|n| prover.rules(aim).get(n)) {
        Some(rule) => format!("statement {} of `{}`", rule.source.statement.index + 1, rule.source.document),
        None => "the permissions boundary".to_owned(),
    }
}

fn why(prover: &Prover, aim: Aim, gain: &Gain, classes: &[ActionClass], witnesses: &Witnesses<'_>) -> String {
    let action = classes.get(gain.class).map(|class| answer::named(class, prover)).unwrap_or_default();
    let keys: Vec<String> = prover.open_keys().iter().map(|k| format!("`{}`", witnesses.spelled(k))).collect();
    let hangs = if keys.is_empty() { String::new() } else { format!("; it may hang on the values of {}", keys.join(", ")) };
    format!("no proof and no example was found for {} and actions such as `{action}`{hangs}", place(prover, aim, gain))
}
