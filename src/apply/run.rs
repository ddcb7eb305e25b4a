//! Walks a plan against an account: step by step, in parallel where the plan's `needs` allow. It never plans
//! (INVARIANT (plan-is-all)), and whatever happens it tells of every step (INVARIANT (always-accounted)).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use super::outcome::{FailedStep, Outcome, StepOutcome, StepState};
use crate::backend::{AccountWrite, BackendError, ErrorKind, Performed};
use crate::names::Address;
use crate::plan::{Plan, Step, StepId};
use crate::scope::remembers;

/// How an apply goes about its work.
#[derive(Clone, Debug)]
pub struct ApplySettings {
    /// Calls under way at once, at least one.
    pub at_once: usize,
    /// Set from outside to stop: running calls end, no new one begins.
    pub interrupted: Arc<AtomicBool>,
}

/// Carries out every step that can be, and calls `on_step` after each with its number among those settled.
pub async fn run<W: AccountWrite + 'static>(
    account: Arc<W>,
    plan: &Plan,
    settings: &ApplySettings,
    on_step: &mut (dyn FnMut(usize, &StepOutcome) + Send),
) -> Outcome {
    let mut walk = Walk::new(plan);
    let mut running: JoinSet<(usize, Result<Performed, BackendError>)> = JoinSet::new();
    let mut settled = 0;
    loop {
        while walk.stopped.is_none() && !settings.interrupted.load(Ordering::Relaxed) && running.len() < settings.at_once.max(1) {
            let Some(i) = walk.next() else { break };
            let (account, operation) = (Arc::clone(&account), plan.steps[i].call.clone());
            running.spawn(async move { (i, account.perform(&operation).await) });
        }
        match running.join_next().await {
            Some(Ok((i, result))) => {
                let outcome = walk.settle(i, result);
                settled += 1;
                on_step(settled, &outcome);
            }
            // A task that panicked is a fault of ours: its step counts as failed below, because nothing settled it.
            Some(Err(error)) => walk.stopped = Some(format!("a step ended abnormally: {error}")),
            None => break,
        }
    }
    if walk.stopped.is_none() && settings.interrupted.load(Ordering::Relaxed) && walk.open() {
        walk.stopped = Some("interrupted".to_owned());
    }
    if let Err(error) = account.finish().await {
        walk.stopped.get_or_insert_with(|| error.to_string());
    }
    walk.finish()
}

struct Walk<'a> {
    plan: &'a Plan,
    index: BTreeMap<&'a StepId, usize>,
    states: Vec<Option<StepState>>,
    waiting: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    busy: BTreeSet<&'a Address>,
    stopped: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan) -> Self {
        let index: BTreeMap<&StepId, usize> = plan.steps.iter().enumerate().map(|(i, s)| (&s.id, i)).collect();
        let mut dependents = vec![Vec::new(); plan.steps.len()];
        let mut waiting = vec![0; plan.steps.len()];
        let mut ready = BTreeSet::new();
        for (i, step) in plan.steps.iter().enumerate() {
            let needs: BTreeSet<usize> = step.needs.iter().filter_map(|id| index.get(id).copied()).collect();
            waiting[i] = needs.len();
            for j in needs {
                dependents[j].push(i);
            }
            if waiting[i] == 0 {
                ready.insert(i);
            }
        }
        let states = plan.steps.iter().map(|_| None).collect();
        Self { plan, index, states, waiting, dependents, ready, busy: BTreeSet::new(), stopped: None }
    }

    /// The next step in plan order whose needs are met and whose entity nothing else is changing: IAM answers
    /// ConcurrentModification to parallel writes on one entity (iam-facts 4.3).
    fn next(&mut self) -> Option<usize> {
        let i = self.ready.iter().copied().find(|i| !self.busy.contains(&self.plan.steps[*i].address))?;
        self.ready.remove(&i);
        self.busy.insert(&self.plan.steps[i].address);
        Some(i)
    }

    fn open(&self) -> bool {
        self.states.iter().any(Option::is_none)
    }

    fn settle(&mut self, i: usize, result: Result<Performed, BackendError>) -> StepOutcome {
        let step = &self.plan.steps[i];
        self.busy.remove(&step.address);
        let state = match result {
            Ok(performed) => {
                self.release(i);
                StepState::Done { note: performed.note }
            }
            Err(error) if error.kind == ErrorKind::Denied && remembers(&step.call) => {
                self.release(i);
                StepState::Failed { error: FailedStep::new(&error, Some(UNREMEMBERED.to_owned())) }
            }
            Err(error) => {
                if hopeless(&error) {
                    self.stopped = Some(format!("{}: no further call can succeed", error.message));
                }
                StepState::Failed { error: FailedStep::new(&error, hint(&error)) }
            }
        };
        self.states[i] = Some(state.clone());
        outcome(step, state)
    }

    /// What waited for a step goes on.
    fn release(&mut self, i: usize) {
        for j in std::mem::take(&mut self.dependents[i]) {
            self.waiting[j] = self.waiting[j].saturating_sub(1);
            if self.waiting[j] == 0 {
                self.ready.insert(j);
            }
        }
    }

    fn finish(self) -> Outcome {
        let mut steps: Vec<StepOutcome> = Vec::new();
        for (i, step) in self.plan.steps.iter().enumerate() {
            let state = self.states[i].clone().unwrap_or_else(|| {
                let unmet = step.needs.iter().find(|id| {
                    let done = self.index.get(id).and_then(|j| self.states.get(*j)).and_then(Option::as_ref);
                    !matches!(done, Some(StepState::Done { .. }))
                });
                let because = match (unmet, &self.stopped) {
                    (Some(id), _) => {
                        let failed = self.index.get(id).and_then(|j| self.states.get(*j)).is_some_and(Option::is_some);
                        format!("needs {id}, which {}", if failed { "failed" } else { "was not attempted" })
                    }
                    (None, Some(why)) => why.clone(),
                    (None, None) => "the apply ended before it".to_owned(),
                };
                StepState::NotAttempted { because }
            });
            steps.push(outcome(step, state));
        }
        Outcome { steps, stopped: self.stopped, converged: None }
    }
}

fn outcome(step: &Step, state: StepState) -> StepOutcome {
    StepOutcome { id: step.id.clone(), address: step.address.clone(), operation: step.call.name().to_owned(), state }
}

/// Whether an error says that every further call would fail too.
fn hopeless(error: &BackendError) -> bool {
    matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Credentials)
}

/// The next move where somebody else changes the same entities.
pub(super) const CONTENDED: &str =
    "another apply seems to be changing this entity: wait until it ends, then run this command again; it makes a new plan";

/// What it means that a memory was denied: what it remembers is attached all the same, because nothing rests on the memory before the
/// attachment leaves the specs.
const UNREMEMBERED: &str = "the attachment does not need this tag, and it was made all the same if IAM allowed that; without the tag iamctl \
    takes it for somebody else's and leaves it attached when it leaves the specs: allow this call, detach it, and apply again";

/// Whether a refusal says that the entity is not as it was planned: somebody else is at it.
fn contends(error: &BackendError) -> bool {
    match error.kind {
        ErrorKind::Exists | ErrorKind::NotFound => true,
        ErrorKind::Conflict => error.code.as_deref().is_some_and(|code| code.starts_with("ConcurrentModification")),
        _ => false,
    }
}

fn hint(error: &BackendError) -> Option<String> {
    let hint = match error.kind {
        ErrorKind::Denied => {
            "the caller lacks this permission, or an SCP or boundary denies it: `iamctl permissions` prints what is needed"
        }
        ErrorKind::Limit => crate::model::quota_advice(&error.message),
        ErrorKind::Exists | ErrorKind::NotFound => CONTENDED,
        ErrorKind::Conflict if contends(error) => CONTENDED,
        ErrorKind::Conflict => "something else holds or changes it: plan again to see what",
        ErrorKind::Throttled => "IAM is throttling this account: apply again later; it continues where it stopped",
        ErrorKind::Unavailable | ErrorKind::Credentials => "check the network and the credentials, then apply again",
        ErrorKind::Malformed | ErrorKind::Invalid => {
            "IAM takes less here than iamctl's rehearsal did, and applying again does not help: correct the spec by what IAM says above, and \
             please report it"
        }
        ErrorKind::NotAttachable | ErrorKind::Unmodifiable | ErrorKind::Unsupported => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_further_call_can_survive_ends_the_apply() {
        let error = |kind| BackendError::new(kind, "TagRole", "x");
        assert!(hopeless(&error(ErrorKind::Credentials)) && hopeless(&error(ErrorKind::Unavailable)));
        assert!(!hopeless(&error(ErrorKind::Denied)) && !hopeless(&error(ErrorKind::Throttled)));
    }
}
