//! The comparison of two sides in both directions.

use super::actions::ActionClass;
use super::answer;
use super::facts::Facts;
use super::prover::{Aim, Gain, Prover};
use super::search::Outcome;
use super::witness::Witnesses;
use super::{AccessDiff, Grant, Library, Options, PrincipalPolicies, Subject, Verdict};
use crate::caller::Caller;
use crate::eval::Principal;
use crate::names::Arn;
use crate::pattern::Budget;

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
///     Ok::<_, serde_json::Error>(PrincipalPolicies { identity: vec![("policy".to_owned(), document)], ..PrincipalPolicies::default() })
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
    if before == after {
        return AccessDiff::nothing();
    }
    let pair = Pair { shared, before, after, subject, options };
    let facts = facts(subject);
    let prover = match Prover::new(before, after, &facts) {
        Ok(prover) => prover,
        Err(why) => return AccessDiff::undecided(why),
    };
    if prover.is_same() {
        return AccessDiff::nothing();
    }
    // One bound for all that is asked: the order of the questions is that of their weight.
    let budget = Budget::of(options.steps);
    let Ok(classes) = prover.classes(&budget) else {
        return AccessDiff::undecided(spent("telling the actions apart"));
    };
    let work = Work { witnesses: pair.witnesses(&facts), prover, classes, budget };
    let [gained, ceiling, lost] = [Aim::Gained, Aim::Ceiling, Aim::Lost].map(|aim| work.direction(aim));
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
            .or_else(|| also("what resource policies may now grant is not known", ceiling.open)),
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
    prover: Prover,
    classes: Vec<ActionClass>,
    witnesses: Witnesses<'a>,
    budget: Budget,
}

/// What one direction gives.
struct Direction {
    grants: Vec<Grant>,
    /// Why there may be more.
    open: Option<String>,
}

impl Work<'_> {
    fn direction(&self, aim: Aim) -> Direction {
        let Self { prover, classes, witnesses, budget } = self;
        let mut gains = Vec::new();
        let finished = prover.gains(aim, classes, witnesses, budget, &mut gains).is_ok();
        let mut grants = answer::grants(prover, aim, classes, &gains, witnesses);
        let is_open = |g: &&Gain| matches!(g.outcome, Outcome::Unknown(_) | Outcome::Elsewhere(_));
        let open = match finished {
            true => gains.iter().find(is_open).map(|gain| why(prover, aim, gain, classes, witnesses)),
            false => Some(spent(&where_it_stopped(prover, aim, &gains))),
        };
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
}

/// What is the same in every request of the subject (iam-facts 6.5, 6.6). Session tags and `aws:userid` are not.
pub(super) fn facts(subject: &Subject) -> Facts {
    match subject {
        Subject::Anyone => Facts::default(),
        Subject::Fixed { keys, signed } => {
            let facts = Facts { unsigned: !signed, ..Facts::default() };
            keys.iter().fold(facts, |facts, (key, value)| facts.and(key, value.as_deref()))
        }
        Subject::User { arn } | Subject::Role { arn } => {
            Principal::parse(arn).map_or_else(Facts::default, |principal| Facts::of(&Caller::new(principal)))
        }
    }
}

/// The principal's partition and account.
pub(super) fn home(subject: &Subject) -> Option<(String, String)> {
    match subject {
        Subject::Anyone | Subject::Fixed { .. } => None,
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
        None => "the permissions boundary or the service control policies".to_owned(),
    }
}

fn why(prover: &Prover, aim: Aim, gain: &Gain, classes: &[ActionClass], witnesses: &Witnesses<'_>) -> String {
    let action = classes.get(gain.class).map(|class| answer::named(class, prover)).unwrap_or_default();
    let place = place(prover, aim, gain);
    if let Outcome::Unknown(Some(doubt)) = &gain.outcome {
        return format!("{doubt}; {place} and actions such as `{action}` rest on it");
    }
    let keys: Vec<String> = prover.open_keys().iter().map(|k| format!("`{}`", witnesses.spelled(k))).collect();
    let hangs = if keys.is_empty() { String::new() } else { format!("; it may depend on the values of {}", keys.join(", ")) };
    format!("no proof and no example was found for {place} and actions such as `{action}`{hangs}")
}
