//! Where the project lies in its repository, for formats that name files from there.

use std::path::Path;

use crate::cli::CliError;
use crate::cli::session::Session;
use crate::report::Origin;
use crate::spec::Project;
use crate::spec::project::FILE_NAME;

/// The repository is the nearest directory above with a `.git`; without one, the project is taken for it.
pub fn origin(session: &Session) -> Origin {
    origin_of(&session.project)
}

/// The same of a project by itself.
pub fn origin_of(project: &Project) -> Origin {
    let directory = &project.directory;
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.clone());
    let repository = directory.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&directory);
    let text = |path: &Path| path.to_string_lossy().replace('\\', "/");
    let file = project.file.as_ref().and_then(|file| file.file_name());
    Origin {
        repository: Some(text(repository)),
        prefix: directory.strip_prefix(repository).map(text).unwrap_or_default(),
        fallback: project.file.as_ref().map(|_| file.map_or_else(|| FILE_NAME.to_owned(), |n| n.to_string_lossy().into())),
    }
}

/// What a review format prints without a project would look like a green check (contract 2).
pub fn refuse_lost_project(session: &Session, flag: &str) -> Result<(), CliError> {
    if !session.by_default {
        return Ok(());
    }
    let why = "needs a project file or `--account`: a missing project file must not pass the check";
    Err(CliError::usage(format!("`{flag}` {why}")).help("run it where iamctl.yaml is, or name the account with `--account`"))
}
