//! An account in a file: read at opening, written call by call into a journal, compacted at the end.
//!
//! Readers take no lock: the file is replaced in one step, and the journal only grows. Writers exclude each other.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::file::{self, problem};
use super::journal::{self, Journal, Replayed};
use super::machine::{Machine, Strictness};
use crate::aws_policies;
use crate::backend::{AccountRead, AccountWrite, BackendError, CallerIdentity, Performed, Progress, ReadScope};
use crate::model::{AccountIdentity, Limits, Operation, Policy, PolicyVersion, Seen, Snapshot};
use crate::names::{Arn, VersionId};

/// A whole IAM account in a file.
pub struct EmbeddedAccount {
    path: PathBuf,
    journal: PathBuf,
    lock: PathBuf,
    if_new: AccountIdentity,
    now: fn() -> String,
    state: Mutex<State>,
}

struct State {
    machine: Machine,
    /// How the files looked when they were read.
    stamp: Stamp,
    /// Whether the account file is there; it is made at the first write.
    exists: bool,
    /// How much of the journal belongs to the file.
    valid: Option<u64>,
    lock: Option<File>,
    journal: Option<Journal>,
    /// Set when a write could not be made durable: the machine is then ahead of the files and takes no more.
    broken: bool,
}

/// Length and time of a file, to see whether another process wrote it.
type Look = Option<(u64, Option<SystemTime>)>;
type Stamp = (Look, Look);

impl EmbeddedAccount {
    /// Opens the account in a file. Without a file it is an empty account of the given identity, and the first write makes the file.
    /// `now` tells the time in RFC 3339.
    ///
    /// # Errors
    /// A file that cannot be read, is no account (with file, line and column), or was written by a newer iamctl.
    pub fn open(path: &Path, if_new: AccountIdentity, now: fn() -> String) -> Result<Self, BackendError> {
        let (journal, lock) = (beside(path, ".journal"), beside(path, ".lock"));
        let state = load(path, &journal, &if_new)?;
        Ok(Self { path: path.to_owned(), journal, lock, if_new, now, state: Mutex::new(state) })
    }

    /// Keeps other writers out until [`AccountWrite::finish`], and takes in what they wrote before. Done by the first write if not
    /// before; worth doing before the reading on which writes are decided.
    ///
    /// # Errors
    /// Another process is writing.
    pub fn lock(&self) -> Result<(), BackendError> {
        self.lock_in(&mut self.state())
    }

    /// A panic elsewhere leaves the state whole: every change is made after all that can fail.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the files again if another process wrote them.
    fn refresh(&self, state: &mut State) -> Result<(), BackendError> {
        if state.lock.is_none() && state.stamp != look(&self.path, &self.journal) {
            *state = load(&self.path, &self.journal, &self.if_new)?;
        }
        Ok(())
    }

    fn lock_in(&self, state: &mut State) -> Result<(), BackendError> {
        if state.lock.is_some() {
            return Ok(());
        }
        let failed = |error| problem(self.lock.display(), format!("the account cannot be locked for writing: {error}"));
        fs::create_dir_all(file::folder(&self.lock)).map_err(failed)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(problem(
                    self.lock.display(),
                    "another iamctl is writing this account and holds this lock; wait until it is done and try again",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        self.refresh(state)?;
        state.lock = Some(lock);
        Ok(())
    }

    /// The journal, with the account file under it.
    fn journal_in<'a>(&self, state: &'a mut State) -> Result<&'a mut Journal, BackendError> {
        if state.journal.is_none() {
            if !state.exists {
                file::save(&self.path, state.machine.snapshot())?;
                state.exists = true;
            }
            let opened = Journal::open(&self.journal, state.valid, state.machine.snapshot());
            state.journal = Some(opened.map_err(|error| self.not_written(&error))?);
        }
        state.journal.as_mut().ok_or_else(|| self.not_written(&"no journal"))
    }

    fn not_written(&self, error: &dyn std::fmt::Display) -> BackendError {
        problem(self.journal.display(), format!("the account's journal cannot be written: {error}"))
    }

    fn perform_in(&self, state: &mut State, operation: &Operation) -> Result<Performed, BackendError> {
        self.lock_in(state)?;
        if state.broken {
            return Err(self.not_written(&"an earlier write failed"));
        }
        // Opened before the machine moves: the journal's first line names the state on which it builds.
        self.journal_in(state)?;
        let now = (self.now)();
        let performed = state.machine.perform(operation, &now)?;
        let written = self.journal_in(state).and_then(|j| j.add(operation, &now).map_err(|error| self.not_written(&error)));
        if let Err(error) = written {
            state.broken = true;
            return Err(error);
        }
        Ok(performed)
    }

    fn finish_in(&self, state: &mut State) -> Result<(), BackendError> {
        if state.broken {
            state.lock = None;
            state.journal = None;
            return Err(self.not_written(&"an earlier write failed; what was reported as done is kept"));
        }
        if state.journal.is_some() {
            file::save(&self.path, state.machine.snapshot())?;
            state.journal = None;
            // If it stays, its first line no longer fits the file and it is ignored.
            let _ = fs::remove_file(&self.journal);
            state.valid = None;
        }
        state.stamp = look(&self.path, &self.journal);
        state.lock = None;
        Ok(())
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

fn look(path: &Path, journal: &Path) -> Stamp {
    let one = |p: &Path| fs::metadata(p).ok().map(|m| (m.len(), m.modified().ok()));
    (one(path), one(journal))
}

/// The journal is read before the file: if a writer compacts in between, the journal no longer fits the file, and the file has all.
fn load(path: &Path, journal: &Path, if_new: &AccountIdentity) -> Result<State, BackendError> {
    // Reading a pipe would wait for whoever writes into it.
    if fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        return Err(problem(path.display(), "this is not a regular file, as the file of an account is"));
    }
    let stamp = look(path, journal);
    let lines = file::read(journal)?;
    let account = file::load(path)?;
    let exists = account.is_some();
    let account = account.unwrap_or_else(|| Snapshot::empty(if_new.clone()));
    let Replayed { machine, valid } = match lines {
        Some(bytes) if exists => journal::replay(journal, &bytes, account)?,
        _ => Replayed { machine: Machine::new(account, Strictness::Account), valid: None },
    };
    Ok(State { machine, stamp, exists, valid, lock: None, journal: None, broken: false })
}

/// An AWS managed policy as a reading shows it, if the set inside the binary has it. Its document is in the set, not here; its
/// unique id is not known and left empty.
fn aws_policy(arn: &str) -> Option<Policy> {
    let known = aws_policies::find(arn)?;
    let version = VersionId::parse(known.version)?;
    Some(Policy {
        path: known.path.to_owned(),
        id: String::new(),
        description: Seen::Unread,
        tags: Seen::Unread,
        default_version: version.clone(),
        versions: [(version, PolicyVersion { document: Seen::Unread, created: None })].into(),
        last_version: None,
        created: None,
    })
}

impl AccountRead for EmbeddedAccount {
    async fn caller(&self) -> Result<CallerIdentity, BackendError> {
        let account = self.state().machine.snapshot().account.clone();
        let arn = format!("arn:{}:iam::{}:root", account.partition, account.id);
        Ok(CallerIdentity { account, arn })
    }

    async fn snapshot(&self, scope: &ReadScope, progress: &dyn Progress) -> Result<Snapshot, BackendError> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        let mut account = state.machine.snapshot().clone();
        // A file need not list its quotas; what it does not list is AWS's default, in a rehearsal as in a write.
        let mut limits = Limits::defaults();
        limits.0.extend(account.limits.value().map(|own| own.0.clone()).unwrap_or_default());
        account.limits = Seen::Value(limits);
        for arn in &scope.aws_policies {
            let here = Arn::parse(arn).is_some_and(|a| a.partition == account.account.partition);
            if let Some(policy) = here.then(|| aws_policy(arn)).flatten() {
                account.aws_policies.entry(arn.clone()).or_insert(policy);
            }
        }
        let count = account.roles.len() + account.policies.len() + account.users.len() + account.groups.len();
        progress.read("entities", count, Some(count));
        Ok(account)
    }
}

impl AccountWrite for EmbeddedAccount {
    async fn perform(&self, operation: &Operation) -> Result<Performed, BackendError> {
        self.perform_in(&mut self.state(), operation)
    }

    async fn finish(&self) -> Result<(), BackendError> {
        self.finish_in(&mut self.state())
    }
}

#[cfg(test)]
mod tests;
