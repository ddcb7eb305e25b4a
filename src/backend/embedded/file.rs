//! The account file: read whole, written whole and atomically. Its format is the snapshot's.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::backend::{BackendError, ErrorKind};
use crate::model::Snapshot;

/// The largest file that is read: 256 MiB, some eighty times an account at all of AWS's default quotas.
const LARGEST: u64 = 256 << 20;

/// The version of the format that is read and written.
const FORMAT: u32 = 1;

/// An error about a file, at a place in it if there is one.
pub(super) fn problem(at: impl std::fmt::Display, message: impl std::fmt::Display) -> BackendError {
    BackendError::new(ErrorKind::Unavailable, at.to_string(), message.to_string())
}

/// Reads a file of sane size; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, BackendError> {
    let failed = |error: io::Error| problem(path.display(), format!("the account file cannot be read: {error}"));
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Err(problem(path.display(), "this is a directory, not an account file")),
        Ok(meta) if meta.len() > LARGEST => {
            return Err(problem(path.display(), format!("the file has {} MiB; an account has at most 256", meta.len() >> 20)));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(failed),
    }
}

/// Reads an account or a snapshot from a file, without any journal; `None` where there is no file.
///
/// # Errors
/// A file that cannot be read, is no account, or is of a newer iamctl. The place is named: `account.json:12:7`.
pub fn load(path: &Path) -> Result<Option<Snapshot>, BackendError> {
    read(path)?.map(|bytes| parse(path, &bytes)).transpose()
}

/// Reads an account from the text of a file.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Snapshot, BackendError> {
    let account: Snapshot = serde_json::from_slice(bytes).map_err(|error| not_an_account(path, bytes, &error))?;
    if account.format_version != FORMAT {
        return Err(wrong_version(path, account.format_version));
    }
    for (name, policy) in &account.policies {
        if !policy.versions.contains_key(&policy.default_version) {
            let version = &policy.default_version;
            return Err(problem(
                path.display(),
                format!("policy `{name}` has the default version `{version}`, which is not among its versions; fix the file"),
            ));
        }
    }
    Ok(account)
}

fn not_an_account(path: &Path, bytes: &[u8], error: &serde_json::Error) -> BackendError {
    /// All that is read of a file in a format that is not known.
    #[derive(Deserialize)]
    struct Head {
        format_version: u32,
    }
    if let Ok(Head { format_version }) = serde_json::from_slice(bytes)
        && format_version != FORMAT
    {
        return wrong_version(path, format_version);
    }
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let what = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    problem(
        format!("{}:{line}:{column}", path.display()),
        format!("not a readable account: {what}; fix the file or restore it from version control (it was not changed)"),
    )
}

fn wrong_version(path: &Path, version: u32) -> BackendError {
    let what = if version > FORMAT { "a newer iamctl wrote this file; use that one" } else { "no iamctl writes this format" };
    problem(path.display(), format!("format_version is {version} and this iamctl reads {FORMAT}: {what}"))
}

/// Writes an account or a snapshot beside the file, makes it durable, and puts it in the file's place in one step.
///
/// # Errors
/// The folder or the file cannot be written; the file is then as it was.
pub fn save(path: &Path, account: &Snapshot) -> Result<(), BackendError> {
    write(path, account, false)
}

/// The same for a copy of an account, which nobody but the user reads: it names everybody who may do something, and what.
///
/// # Errors
/// As [`save`].
pub fn save_private(path: &Path, account: &Snapshot) -> Result<(), BackendError> {
    write(path, account, true)
}

fn write(path: &Path, account: &Snapshot, private: bool) -> Result<(), BackendError> {
    let failed = |error: io::Error| problem(path.display(), format!("the account file cannot be written: {error}"));
    let mut bytes = serde_json::to_vec_pretty(account).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    if bytes.len() as u64 > LARGEST {
        return Err(problem(path.display(), "the account has grown past the 256 MiB that are read again"));
    }
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    write_beside(&target, &bytes, private).map_err(failed)
}

fn write_beside(target: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    let mut temporary = tempfile_in(&folder, private)?;
    temporary.write_all(bytes)?;
    if let Ok(meta) = fs::metadata(target)
        && !private
    {
        temporary.as_file().set_permissions(meta.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(target).map_err(|error| error.error)?;
    // The rename itself is durable only when the folder is; folders that cannot be synced are as safe as they get.
    let _ = File::open(&folder).and_then(|f| f.sync_all());
    Ok(())
}

#[cfg(unix)]
fn tempfile_in(folder: &Path, private: bool) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // As any new file: the umask narrows it. The account may be meant for others to read.
    tempfile::Builder::new()
        .prefix(".iamctl-")
        .permissions(fs::Permissions::from_mode(if private { 0o600 } else { 0o666 }))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn tempfile_in(folder: &Path, _: bool) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".iamctl-").tempfile_in(folder)
}

/// The folder of a file; `.` for a bare name.
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
