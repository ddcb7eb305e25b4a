//! One file for each command.

pub mod access;
pub mod apply;
pub mod aws_policies;
pub mod check;
pub mod completions;
pub mod destroy;
pub mod explain;
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

use super::CliError;

/// Writes a file whole or not at all.
fn save(path: &Path, text: &str) -> Result<(), CliError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| CliError::failed(format!("cannot write `{}`", path.display())).caused_by(&error))
}
