//! The journal beside an account file: one line a write, so that no write costs the whole file and none is lost.
//!
//! The first line says on which state of the file the rest builds. When the file has moved on (its serial differs) the journal was
//! already taken into it and is ignored. A last line without its end was being written when the process died: the call was never
//! reported as done, and the line is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::problem;
use super::machine::{Machine, Strictness};
use crate::backend::BackendError;
use crate::model::{Operation, Snapshot};
use crate::names::AccountId;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Version of the journal's format: 1.
    journal: u32,
    account: AccountId,
    /// The serial of the account file on which the lines build.
    base_serial: u64,
}

/// One write that was carried out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    now: String,
    call: Operation,
}

/// The same, to be written.
#[derive(Serialize)]
struct EntryRef<'a> {
    now: &'a str,
    call: &'a Operation,
}

/// An account with its journal taken in.
pub(super) struct Replayed {
    pub(super) machine: Machine,
    /// How much of the journal holds, in bytes; `None` where there is none that belongs to the file.
    pub(super) valid: Option<u64>,
}

/// Takes a journal into the account on which it builds.
pub(super) fn replay(path: &Path, bytes: &[u8], account: Snapshot) -> Result<Replayed, BackendError> {
    let mut machine = Machine::new(account, Strictness::Account);
    let at = |line: usize| format!("{}:{line}", path.display());
    // Whole lines only.
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let mut lines = bytes.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n').enumerate();
    let Some((_, first)) = lines.next() else { return Ok(Replayed { machine, valid: None }) };
    let header: Header = serde_json::from_slice(first).map_err(|error| {
        problem(at(1), format!("this is not a journal of an account: {error}; move it away to continue without it"))
    })?;
    if header.journal != 1 {
        return Err(problem(at(1), format!("a newer iamctl wrote this journal (format {}); use that one", header.journal)));
    }
    if header.base_serial != machine.snapshot().serial || header.account != machine.snapshot().account.id {
        return Ok(Replayed { machine, valid: None });
    }
    for (index, line) in lines {
        let entry: Entry = serde_json::from_slice(line).map_err(|error| {
            problem(at(index + 1), format!("the journal is damaged: {error}; move it away to go on without what it holds"))
        })?;
        machine.perform(&entry.call, &entry.now).map_err(|error| {
            problem(
                at(index + 1),
                format!("the journal does not fit the account file, which was changed since ({error}); move one of the two away"),
            )
        })?;
    }
    Ok(Replayed { machine, valid: Some(whole as u64) })
}

/// A journal that takes lines.
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Goes on with a journal of which `valid` bytes hold, or begins one on the account as its file has it.
    pub(super) fn open(path: &Path, valid: Option<u64>, account: &Snapshot) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        match valid {
            Some(valid) => file.set_len(valid)?,
            None => {
                file.set_len(0)?;
                let header = Header { journal: 1, account: account.account.id.clone(), base_serial: account.serial };
                write_line(&mut file, &header)?;
            }
        }
        Ok(Self { file })
    }

    /// Adds a write that was carried out. When this returns it survives the end of the process.
    pub(super) fn add(&mut self, call: &Operation, now: &str) -> io::Result<()> {
        write_line(&mut self.file, &EntryRef { now, call })
    }
}

/// In one write, so that a line is there whole or torn, never mixed.
fn write_line(file: &mut File, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    file.write_all(&line)
}
