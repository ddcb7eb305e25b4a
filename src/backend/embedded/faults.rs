//! Test support: a writer that fails on purpose. No command uses it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::backend::{AccountRead, AccountWrite, BackendError, CallerIdentity, ErrorKind, Performed, Progress, ReadScope};
use crate::model::{Operation, Snapshot};

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is refused and has no effect.
    Refused(BackendError),
    /// The call is carried out, and its answer is lost.
    AnswerLost(BackendError),
}

/// A writer with a script of faults. Calls are counted from 1.
#[derive(Debug)]
pub struct Faulty<W> {
    inner: W,
    faults: BTreeMap<usize, Fault>,
    stop_after: Option<usize>,
    calls: AtomicUsize,
}

impl<W> Faulty<W> {
    /// A writer that does not fail yet.
    pub fn new(inner: W) -> Self {
        Self { inner, faults: BTreeMap::new(), stop_after: None, calls: AtomicUsize::new(0) }
    }

    /// The same, with a fault at the nth call.
    pub fn fail(mut self, call: usize, fault: Fault) -> Self {
        self.faults.insert(call, fault);
        self
    }

    /// The same, dead after n calls as if the process had been killed: later calls fail, and the end is not told to the account.
    pub fn stop_after(mut self, calls: usize) -> Self {
        self.stop_after = Some(calls);
        self
    }

    /// How many calls were asked for.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The writer inside.
    pub fn into_inner(self) -> W {
        self.inner
    }

    fn is_dead(&self, calls: usize) -> bool {
        self.stop_after.is_some_and(|last| calls > last)
    }
}

impl<W: AccountRead> AccountRead for Faulty<W> {
    async fn caller(&self) -> Result<CallerIdentity, BackendError> {
        self.inner.caller().await
    }

    async fn snapshot(&self, scope: &ReadScope, progress: &dyn Progress) -> Result<Snapshot, BackendError> {
        self.inner.snapshot(scope, progress).await
    }
}

impl<W: AccountWrite> AccountWrite for Faulty<W> {
    async fn perform(&self, operation: &Operation) -> Result<Performed, BackendError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.is_dead(call) {
            return Err(BackendError::new(ErrorKind::Unavailable, format!("call {call}"), "the account is gone"));
        }
        match self.faults.get(&call) {
            Some(Fault::Refused(error)) => Err(error.clone()),
            Some(Fault::AnswerLost(error)) => {
                self.inner.perform(operation).await?;
                Err(error.clone())
            }
            None => self.inner.perform(operation).await,
        }
    }

    async fn finish(&self) -> Result<(), BackendError> {
        if self.is_dead(self.calls()) {
            return Err(BackendError::new(ErrorKind::Unavailable, "finish", "the account is gone"));
        }
        self.inner.finish().await
    }
}
