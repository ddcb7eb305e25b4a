//! `iamctl init`: starts a project. It writes new files only.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::cli::args::{InitArgs, SchemaName};
use crate::cli::{CliError, Context, Exit};
use crate::report::{Paint, Role, escape};

/// The stack's name if neither `--stack` nor the directory provides one.
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
    let results = write_all(directory, &files(&stack, &within_repository(directory)))?;
    context.terminal.out(&report(&results, directory, context.terminal.paint()))?;
    Ok(Exit::FINE)
}

/// Path and content of every file. `below`: the directory within its repository, empty where it is the root: what GitHub and pre-commit
/// read at the root goes there.
fn files(stack: &str, below: &str) -> Vec<(String, String)> {
    let mut files = vec![
        ("iamctl.yaml".to_owned(), include_str!("templates/iamctl.yaml").replace("STACK", stack)),
        ("specs/main.yaml".to_owned(), include_str!("templates/main.yaml").to_owned()),
        (".gitignore".to_owned(), include_str!("templates/gitignore").to_owned()),
    ];
    for (path, name) in [("schema/spec.schema.json", SchemaName::Spec), ("schema/project.schema.json", SchemaName::Project)] {
        files.push((path.to_owned(), super::schema::text_of(name)));
    }
    let root = "../".repeat(below.split('/').filter(|part| !part.is_empty()).count());
    let mut at_root = vec![(".pre-commit-config.yaml", include_str!("../../../../docs/gitops/pre-commit-config.yaml"))];
    at_root.extend(WORKFLOWS);
    for (path, text) in at_root {
        let text = match below {
            "" => text.to_owned(),
            _ => text
                .replace("  IAMCTL_DIRECTORY: .\n", &format!("  IAMCTL_DIRECTORY: {below}\n"))
                .replace("entry: iamctl ", &format!("entry: iamctl --config {below}/iamctl.yaml ")),
        };
        files.push((format!("{root}{path}"), text));
    }
    files
}

fn write_all(directory: &Path, files: &[(String, String)]) -> Result<Vec<(String, Written)>, CliError> {
    // `..` is of the directory itself, which has to be there.
    fs::create_dir_all(directory)
        .map_err(|error| CliError::failed(format!("cannot create the directory `{}`", directory.display())).caused_by(&error))?;
    files.iter().map(|(path, text)| Ok((path.clone(), write_new(&directory.join(path), text)?))).collect()
}

/// Writes a file that is not there yet. One that is, even a dangling link, stays.
fn write_new(path: &Path, text: &str) -> Result<Written, CliError> {
    let failed = |error: std::io::Error| {
        CliError::failed(format!("cannot write `{}`", path.display()))
            .caused_by(&error)
            .help("files written so far stay; run `iamctl init` again once this is fixed")
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
            return Err(CliError::usage(format!("`{name}` is not a stack name"))
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

/// The directory within the repository that holds it; empty where it is the root, in none, or called so that a shell would not take its path
/// as it is.
fn within_repository(directory: &Path) -> String {
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    // The directory may not be there yet.
    let there =
        absolute.ancestors().find(|d| d.exists()).and_then(|d| Some((d.canonicalize().ok()?, absolute.strip_prefix(d).ok()?)));
    let directory = there.map_or(absolute.clone(), |(there, rest)| there.join(rest));
    let root = directory.ancestors().find(|d| d.join(".git").exists());
    let below = root.and_then(|root| directory.strip_prefix(root).ok());
    let below = below.map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    let is_plain = below.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c)) && !below.starts_with('-');
    if is_plain { below.trim_end_matches('/').to_owned() } else { String::new() }
}

/// What was written, and what to do next.
fn report(results: &[(String, Written)], directory: &Path, paint: Paint) -> String {
    let mut out = String::new();
    for (path, written) in results {
        let (role, word, note) = match written {
            Written::Created => (Role::Create, "created", ""),
            Written::Kept => (Role::Dim, "kept   ", " (it was there)"),
        };
        out += &format!("{} {path}{note}\n", paint.paint(role, word));
    }
    if results.contains(&(".gitignore".to_owned(), Written::Kept)) {
        out += "\nSee that `.gitignore` has the line `/.iamctl/`: the embedded account belongs to no repository.\n";
    }
    out += "\nNext:\n";
    if directory != Path::new(".") {
        out += &format!("  cd {}\n", escape::line(&directory.display().to_string()));
    }
    out += "  iamctl plan     show what the first spec would create in the embedded account\n  iamctl apply    create it\n";
    if results.iter().any(|(path, written)| path.contains(".github/") && *written == Written::Created) {
        out += "\nFor pull requests: set IAMCTL_REPOSITORY and IAMCTL_COMMIT in the workflows, and the id of `prod` in iamctl.yaml; \
                docs/gitops/README.md of iamctl has the rest.\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_init_keeps_every_file_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let files = files("team", "");
        let first = write_all(directory.path(), &files).unwrap();
        assert!(first.iter().all(|(_, w)| *w == Written::Created));
        fs::write(directory.path().join("specs/main.yaml"), "mine").unwrap();
        let second = write_all(directory.path(), &files).unwrap();
        assert!(second.iter().all(|(_, w)| *w == Written::Kept));
        assert_eq!(fs::read_to_string(directory.path().join("specs/main.yaml")).unwrap(), "mine");
        let text = report(&second, Path::new("."), Paint::PLAIN);
        assert!(text.contains("kept    specs/main.yaml (it was there)") && text.contains("/.iamctl/"), "{text}");
        assert!(!text.contains("IAMCTL_COMMIT"), "workflows that were there are somebody's: {text}");
    }

    #[test]
    fn below_the_root_of_a_repository_workflows_are_written_to_the_root() {
        let repository = tempfile::tempdir().unwrap();
        fs::create_dir(repository.path().join(".git")).unwrap();
        let directory = repository.path().join("teams/iam");
        let below = within_repository(&directory);
        assert_eq!((below.as_str(), within_repository(repository.path()).as_str()), ("teams/iam", ""));
        write_all(&directory, &files("team", &below)).unwrap();
        let read = |path: &str| fs::read_to_string(repository.path().join(path)).unwrap();
        for name in ["review", "snapshot", "apply"] {
            assert!(
                read(&format!(".github/workflows/iamctl-{name}.yml")).contains("\n  IAMCTL_DIRECTORY: teams/iam\n"),
                "{name}"
            );
        }
        assert!(read(".pre-commit-config.yaml").contains("entry: iamctl --config teams/iam/iamctl.yaml test,"));
        assert!(directory.join("iamctl.yaml").exists() && !directory.join(".github").exists());
        assert_eq!(within_repository(&repository.path().join("a b")), "", "such a path would need quotes in every script");
    }

    #[test]
    fn the_yaml_files_parse_and_name_the_stack() {
        for (path, text) in files("team", "") {
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
