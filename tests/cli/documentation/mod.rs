//! The documentation is true: guides are run and what they print is compared, command and exit code pages are generated, links lead
//! somewhere.

mod generated;
mod guide;
mod links;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages: the Markdown files of the repository's root and of `docs`, by their paths from the root.
fn pages() -> Vec<String> {
    let mut found: Vec<PathBuf> = fs::read_dir(root()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    let mut pages: Vec<String> = found
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned())
        .collect();
    pages.sort();
    pages
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Whether stale pages are rewritten instead of reported.
fn update() -> bool {
    std::env::var_os("IAMCTL_UPDATE").is_some()
}
