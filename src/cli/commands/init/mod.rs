//! `iamctl init`: starts a project. It writes new files only.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::cli::args::{InitArgs, SchemaName};
use crate::cli::{CliError, Context, Exit};
use crate::report::{Paint, Role, escape};

/// The stack's name where neither `--stack` nor the directory gives one.
const STACK: &str = "main";

/// The workflows, as docs/gitops has them for people who started without `init`.
const WORKFLOWS: [(&str, &str); 4] = [
    (".github/workflows/iamctl-review.yml", include_str!("../../../../docs/gitops/github-review.yml")),
    (".github/workflows/iamctl-comment.yml", include_str!("../../../../docs/gitops/github-comment.yml")),
    (".github/workflows/iamctl-snapshot.yml", include_str!("../../../../docs/gitops/github-snapshot.yml")),
    (".github/workflows/iamctl-apply.yml", include_str!("../../../../docs/gitops/github-apply.yml")),
];

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Created,
    /// It was there, and stays as it is.
    Kept,
}

/// Writes the files of a new project and says what to do next.
pub fn run(context: &Context, args: &InitArgs) -> Result<Exit, CliError> {
    let directory = &args.directory;
    let stack = stack_name(context.global.stack.as_deref(), directory)?;
    let results = write_all(directory, &files(&stack))?;
    context.terminal.out(&report(&results, directory, &within_repository(directory), context.terminal.paint()))?;
    Ok(Exit::FINE)
}

/// Path and content of every file.
fn files(stack: &str) -> Vec<(&'static str, String)> {
    let mut files = vec![
        ("iamctl.yaml", include_str!("templates/iamctl.yaml").replace("STACK", stack)),
        ("specs/main.yaml", include_str!("templates/main.yaml").to_owned()),
        (".gitignore", include_str!("templates/gitignore").to_owned()),
        (".pre-commit-config.yaml", include_str!("../../../../docs/gitops/pre-commit-config.yaml").to_owned()),
    ];
    files.extend(WORKFLOWS.iter().map(|(path, text)| (*path, (*text).to_owned())));
    for (path, name) in [("schema/spec.schema.json", SchemaName::Spec), ("schema/project.schema.json", SchemaName::Project)] {
        files.push((path, super::schema::text_of(name)));
    }
    files
}

fn write_all(directory: &Path, files: &[(&'static str, String)]) -> Result<Vec<(&'static str, Written)>, CliError> {
    files.iter().map(|(path, text)| Ok((*path, write_new(&directory.join(path), text)?))).collect()
}

/// Writes a file that is not there yet. One that is, even a dangling link, stays.
fn write_new(path: &Path, text: &str) -> Result<Written, CliError> {
    let failed = |error: std::io::Error| {
        CliError::failed(format!("cannot write `{}`", path.display()))
            .caused_by(&error)
            .help("files written so far stay; run `iamctl init` again once this is mended")
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| Written::Created).map_err(failed),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Written::Kept),
        Err(error) => Err(failed(error)),
    }
}

/// The stack's name: as given, else the directory's name with what may not stand in it left out.
fn stack_name(given: Option<&str>, directory: &Path) -> Result<String, CliError> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_.:/=+@-".contains(c);
    if let Some(name) = given {
        if name.is_empty() || name.len() > 128 || !name.chars().all(good) {
            return Err(CliError::usage(format!("`{name}` is no stack name"))
                .help("a stack name has 1 to 128 letters, digits and `_.:/=+@-`"));
        }
        return Ok(name.to_owned());
    }
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let name: String = absolute
        .file_name()
        .map(|n| n.to_string_lossy().chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).take(128).collect())
        .unwrap_or_default();
    Ok(if name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { STACK.to_owned() })
}

/// The directory within the repository that holds it; empty where it is the root, or in none.
fn within_repository(directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let root = directory.ancestors().find(|d| d.join(".git").exists());
    let below = root.and_then(|root| directory.strip_prefix(root).ok());
    below.map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default()
}

/// What was written, and what to do next. `below`: the directory within its repository, empty where it is the root.
fn report(results: &[(&'static str, Written)], directory: &Path, below: &str, paint: Paint) -> String {
    let mut out = String::new();
    for (path, written) in results {
        let (role, word, note) = match written {
            Written::Created => (Role::Create, "created", ""),
            Written::Kept => (Role::Dim, "kept   ", " (it was there)"),
        };
        out += &format!("{} {path}{note}\n", paint.paint(role, word));
    }
    if results.contains(&(".gitignore", Written::Kept)) {
        out += "\nSee that `.gitignore` has the line `/.iamctl/`: the embedded account belongs to no repository.\n";
    }
    out += "\nNext:\n";
    if directory != Path::new(".") {
        out += &format!("  cd {}\n", escape::line(&directory.display().to_string()));
    }
    out += "  iamctl plan     show what the first spec would make in the embedded account\n  iamctl apply    make it\n";
    if results.iter().any(|(path, written)| path.starts_with(".github/") && *written == Written::Created) {
        out += "\nFor pull requests: set IAMCTL_REPOSITORY and IAMCTL_COMMIT in the workflows; docs/gitops/README.md of iamctl has the rest.\n";
        if !below.is_empty() {
            out += &format!(
                "GitHub reads workflows at the repository's root: move `.github` there, and set IAMCTL_DIRECTORY to `{}`.\n",
                escape::line(below)
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_init_keeps_every_file_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let files = files("team");
        let first = write_all(directory.path(), &files).unwrap();
        assert!(first.iter().all(|(_, w)| *w == Written::Created));
        fs::write(directory.path().join("specs/main.yaml"), "mine").unwrap();
        let second = write_all(directory.path(), &files).unwrap();
        assert!(second.iter().all(|(_, w)| *w == Written::Kept));
        assert_eq!(fs::read_to_string(directory.path().join("specs/main.yaml")).unwrap(), "mine");
        let text = report(&second, Path::new("."), "", Paint::PLAIN);
        assert!(text.contains("kept    specs/main.yaml (it was there)") && text.contains("/.iamctl/"), "{text}");
        assert!(!text.contains("IAMCTL_COMMIT"), "workflows that were there are somebody's: {text}");
    }

    #[test]
    fn below_the_root_of_a_repository_it_says_where_workflows_belong() {
        let repository = tempfile::tempdir().unwrap();
        fs::create_dir(repository.path().join(".git")).unwrap();
        let directory = repository.path().join("teams/iam");
        let first = write_all(&directory, &files("team")).unwrap();
        let text = report(&first, &directory, &within_repository(&directory), Paint::PLAIN);
        assert!(text.contains("set IAMCTL_DIRECTORY to `teams/iam`"), "{text}");
        assert_eq!(within_repository(repository.path()), "");
    }

    #[test]
    fn the_yaml_files_parse_and_name_the_stack() {
        for (path, text) in files("team") {
            if path.ends_with("yaml") || path.ends_with("yml") {
                let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
                assert!(value.is_object(), "{path}");
                if path == "iamctl.yaml" {
                    assert_eq!(value["stack"], "team");
                }
            }
        }
    }

    #[test]
    fn the_stack_is_named_after_the_directory_unless_told_otherwise() {
        assert_eq!(stack_name(Some("a/b:c"), Path::new(".")).unwrap(), "a/b:c");
        assert_eq!(stack_name(None, Path::new("/x/ml platform!")).unwrap(), "mlplatform");
        assert_eq!(stack_name(None, Path::new("/x/..hidden")).unwrap(), "main");
        assert_eq!(stack_name(Some("a b"), Path::new(".")).unwrap_err().exit, Exit::USAGE);
    }
}
