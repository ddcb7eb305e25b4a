//! The directory that an import writes into.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::CliError;
use crate::spec::source::read_foreign_text;

/// Most files looked at, and deepest folder; far more than a spec tree may have.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// The files of a directory, relative to it and in lower case, for not every file system tells case apart. None where there is none.
pub(super) fn files(directory: &Path) -> Result<BTreeSet<String>, CliError> {
    let mut found = BTreeSet::new();
    if directory.exists() && !directory.is_dir() {
        return Err(CliError::usage(format!("`{}` is not a directory", directory.display())).help("name a directory with `-o`"));
    }
    walk(directory, "", 0, &mut found);
    Ok(found)
}

fn walk(directory: &Path, prefix: &str, depth: usize, found: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.filter_map(Result::ok) {
        if found.len() >= MAX_FILES {
            return;
        }
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy().to_lowercase());
        if entry.path().is_dir() && depth < MAX_DEPTH {
            walk(&entry.path(), &format!("{name}/"), depth + 1, found);
        }
        found.insert(name);
    }
}

/// The YAML files below a directory with their texts, hidden folders left out, in name order.
pub(super) fn texts(directory: &Path) -> Result<Vec<(String, String)>, CliError> {
    if !directory.is_dir() {
        return Err(CliError::usage(format!("`{}` is not a directory", directory.display())).help("name a directory"));
    }
    let mut names = BTreeSet::new();
    yaml_files(directory, 0, &mut names);
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        match read_foreign_text(&path, super::MAX_FOREIGN) {
            Ok(text) => Ok((name, text)),
            Err(why) => Err(CliError::failed(format!("`{name}` {}", why.why)).help(why.help)),
        }
    };
    names.into_iter().map(read).collect()
}

fn yaml_files(directory: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
        let linked = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if name.starts_with('.') || linked || found.len() >= MAX_FILES {
            continue;
        }
        if path.is_dir() && depth < MAX_DEPTH {
            yaml_files(&path, depth + 1, found);
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            found.insert(path);
        }
    }
}

/// Writes all files or none, and none over another.
pub(super) fn write(directory: &Path, files: &BTreeMap<String, String>) -> Result<(), CliError> {
    let mut folders = Vec::new();
    let mut placed = Vec::new();
    let written = write_all(directory, files, &mut folders, &mut placed);
    if written.is_err() {
        // A folder that holds anything else stays.
        placed.iter().for_each(|path: &PathBuf| drop(std::fs::remove_file(path)));
        folders.iter().rev().for_each(|folder: &PathBuf| drop(std::fs::remove_dir(folder)));
    }
    written
}

/// Notes the folders that it creates and the files that it puts in place.
fn write_all(
    directory: &Path,
    files: &BTreeMap<String, String>,
    folders: &mut Vec<PathBuf>,
    placed: &mut Vec<PathBuf>,
) -> Result<(), CliError> {
    let failed = |path: &Path, error: &dyn std::error::Error| {
        CliError::failed(format!("cannot write `{}`", path.display())).caused_by(error).help("nothing was written")
    };
    let mut staged = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        let folder = path.parent().unwrap_or(directory);
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        folders.extend(missing.into_iter().rev().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned));
        std::fs::create_dir_all(folder).map_err(|error| failed(&path, &error))?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&path, &error))?;
        file.write_all(text.as_bytes()).map_err(|error| failed(&path, &error))?;
        readable(file.as_file());
        staged.push((file, path));
    }
    for (file, path) in staged {
        file.persist_noclobber(&path).map_err(|error| failed(&path, &error.error))?;
        placed.push(path);
    }
    Ok(())
}

/// A temporary file is its owner's alone; a spec is to be read by the team. Where the file system knows no such thing, it stays so.
fn readable(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}
