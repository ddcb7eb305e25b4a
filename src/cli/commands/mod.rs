//! One file for each command.

pub mod access;
pub mod accounts;
pub mod apply;
pub mod aws_policies;
pub mod check;
pub mod completions;
pub mod data;
pub mod destroy;
pub mod explain;
pub mod fleet;
pub mod graph;
pub mod history;
pub mod import;
pub mod init;
pub mod lint;
pub mod man;
pub mod permissions;
pub mod plan;
pub mod render;
pub mod review;
pub mod rollback;
pub mod schema;
pub mod simulate;
pub mod snapshot;
pub mod test;
pub mod validate;
pub mod who_can;

use std::io::Write;
use std::path::Path;

use super::{CliError, Context};

/// What a file must be for a command to replace it, so that nothing written by hand is lost.
struct Kind {
    /// What it is called.
    noun: &'static str,
    /// Members that its JSON has.
    members: &'static [&'static str],
}

/// Refuses to overwrite a file of another kind, and says that one of the same kind is replaced.
fn replaces(context: &Context, path: &Path, kind: &Kind) -> Result<(), CliError> {
    let name = path.display().to_string();
    let is_file = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() > 0);
    if !is_file {
        return Ok(());
    }
    let value = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    if value.is_some_and(|value| kind.members.iter().all(|member| value.get(member).is_some())) {
        context.terminal.err(&format!("replacing {}\n", crate::report::escape::line(&name)));
        return Ok(());
    }
    Err(CliError::usage(format!("`{name}` exists and is not {}; it is not overwritten", kind.noun))
        .help("write to another file, or delete this one first"))
}

/// Writes a file whole or not at all, for the user's eyes alone where files have modes.
pub(super) fn save(path: &Path, text: &str) -> Result<(), CliError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| CliError::failed(format!("cannot write `{}`", path.display())).caused_by(&error))
}
