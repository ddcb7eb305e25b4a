//! The rules of the house that a compiler does not check: which module may import which, and how long a file may be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The table of modules in `docs/architecture.md`: the layer of each. A module imports modules of its own layer and of those
/// below it, as `crate::MODULE`.
fn layers() -> &'static BTreeMap<String, u32> {
    static LAYERS: OnceLock<BTreeMap<String, u32>> = OnceLock::new();
    LAYERS.get_or_init(|| {
        let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
        let mut table = BTreeMap::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, layer, name, ..] = cells.as_slice() else { continue };
            if let (Ok(layer), Some(name)) = (layer.parse(), name.strip_prefix('`').and_then(|n| n.strip_suffix('`'))) {
                assert_eq!(table.insert(name.to_owned(), layer), None, "`{name}` stands once in docs/architecture.md");
            }
        }
        assert!(!table.is_empty(), "docs/architecture.md has the table of modules");
        table
    })
}

/// Lines that a file of `src/` may have.
const LONGEST: usize = 600;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every Rust file below a directory, by its path from the repository.
fn sources(directory: &str) -> BTreeMap<String, String> {
    fn walk(directory: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join(directory), &mut found);
    assert!(!found.is_empty(), "{directory} holds Rust files");
    found
}

fn layer(module: &str) -> Option<u32> {
    layers().get(module).copied()
}

/// The module of a file: `src/policy/canon.rs` and `src/policy.rs` belong to `policy`.
fn module(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("src/")?;
    Some(inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(first, _)| first))
}

/// The modules that a text names as `crate::MODULE` or in `crate::{MODULE, …}`, comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, found)| (at, &code[at + found.len()..])) {
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && depth == 0 && !c.is_whitespace() => {
                        found.insert(word(&list[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert(word(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// What belongs to the binary's root and to no module.
fn is_root(file: &str) -> bool {
    matches!(file, "src/lib.rs" | "src/main.rs")
}

#[test]
fn every_module_has_a_layer_and_imports_only_its_own_and_lower_ones() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        if is_root(&file) {
            continue;
        }
        let name = module(&file).unwrap();
        let Some(own) = layer(name) else {
            wrong.push(format!("{file}: the module `{name}` is in no layer; add it to the table"));
            continue;
        };
        for import in imports(&text) {
            match layer(&import) {
                Some(theirs) if theirs <= own => {}
                Some(theirs) => wrong.push(format!("{file}: `{name}` (layer {own}) imports `{import}` (layer {theirs})")),
                // An item at the crate's root: a macro.
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_only_modules_that_are_there() {
    let there: BTreeSet<String> = sources("src").keys().filter_map(|file| module(file).map(str::to_owned)).collect();
    for module in layers().keys() {
        assert!(there.contains(module), "`{module}` is in the table and not in src/");
    }
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let lines = text.lines().count();
        let allowed = LONGER.iter().any(|(name, _)| *name == file);
        if lines > LONGEST && !allowed {
            wrong.push(format!("{file} has {lines} lines of at most {LONGEST}: split it"));
        }
        if lines <= LONGEST && allowed {
            wrong.push(format!("{file} is short enough now: take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_tests_is_part_of_a_test() {
    // Files right in tests/ are test binaries by themselves; those below must be named by a `mod` or a `#[path]`.
    let files = sources("tests");
    let mut forgotten = Vec::new();
    for file in files.keys().filter(|file| file.matches('/').count() > 1) {
        let path = Path::new(file);
        let (stem, folder) = (path.file_stem().unwrap().to_str().unwrap(), path.parent().unwrap().file_name().unwrap());
        let by_path = format!("{}/{stem}.rs\"", folder.to_str().unwrap());
        let by_name = format!("mod {stem};");
        let known = files.iter().any(|(other, text)| {
            other != file && (text.contains(&by_path) || text.lines().any(|l| l.trim_start_matches("pub ").trim() == by_name))
        });
        if stem != "mod" && !known {
            forgotten.push(file.clone());
        }
    }
    assert!(forgotten.is_empty(), "no test names {forgotten:?}");
}

#[test]
fn imports_are_found_in_every_form() {
    let text =
        "use crate::names::Name;\nuse crate::{diag::{self, tidy}, model::Want};\n// crate::cli\nlet x = crate::policy::canon();";
    let expected: BTreeSet<String> = ["names", "diag", "model", "policy"].map(str::to_owned).into();
    assert_eq!(imports(text), expected);
}
