//! The rules of the house that a compiler does not check: which module may import which, how long a file may be, and how many test
//! binaries are linked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

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

/// The table of questions in `docs/architecture.md`: each type with its place.
fn questions() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let quoted = |cell: &str| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, question, name, place, ..] = cells.as_slice() else { return None };
        question.ends_with('?').then(|| (quoted(name).unwrap(), quoted(place).unwrap()))
    };
    text.lines().filter_map(row).collect()
}

/// Files that look at the members of statements as JSON, each with the reason.
const READS_JSON: &[(&str, &str)] = &[
    ("src/backend/embedded/machine/trust.rs", "what IAM refuses in a trust, and how it shows one"),
    ("src/check/need.rs", "what a template needs is kept as its author wrote it"),
    ("src/diff/documents.rs", "statements are compared as they stand"),
    ("src/import/trust_short.rs", "only a trust of exactly the short form's shape becomes one"),
    ("src/import/cloudformation/", "resources of a template have members of the same names"),
    ("src/planner/order/trust.rs", "a trust is taken apart to write another of its parts"),
    ("src/spec/misplaced.rs", "a document or statement where its short form is expected"),
    ("src/spec/mistakes.rs", "a document where its short form is expected"),
];

/// Test binaries that the whole workspace may have: each one is linked anew after every change.
const TEST_BINARIES: usize = 6;

/// Lines that a file of product code may have.
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

/// The folders of this name (`src`, `tests`) in the root package and in every crate under `crates/` that has one.
fn folders(name: &str) -> Vec<String> {
    let crates = fs::read_dir(root().join("crates")).map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect());
    let crates: Vec<_> = crates.unwrap_or_default();
    let inside = crates.iter().map(|krate| format!("crates/{}/{name}", krate.to_str().unwrap()));
    let mut all: Vec<String> = inside.filter(|folder| root().join(folder).is_dir()).collect();
    all.push(name.to_owned());
    all.sort();
    all
}

/// The Rust files of all folders of a name.
fn all_sources(name: &str) -> BTreeMap<String, String> {
    folders(name).iter().flat_map(|folder| sources(folder)).collect()
}

fn layer(module: &str) -> Option<u32> {
    layers().get(module).copied()
}

/// The module of a file: `src/planner/order.rs` and `src/planner.rs` belong to `planner`.
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
fn each_question_has_one_place() {
    let sources = all_sources("src");
    let questions = questions();
    assert!(questions.len() >= 10, "docs/architecture.md has the table of questions");
    for (name, place) in questions {
        let declares = |line: &str| {
            let rest = ["pub struct ", "pub enum ", "pub trait ", "pub type "].iter().find_map(|word| line.strip_prefix(word));
            rest.and_then(|rest| rest.strip_prefix(&name)).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        };
        let files = sources.iter().filter(|(_, text)| text.lines().any(declares)).map(|(file, _)| file.as_str());
        let files: Vec<&str> = files.collect();
        assert!(files.len() == 1 && files[0].starts_with(&place), "`{name}` is declared in {files:?}, not in {place} alone");
    }
}

#[test]
fn statements_are_read_by_the_parser_alone() {
    let members =
        ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Statement", "Condition"];
    let reads = |text: &str| members.iter().any(|member| text.contains(&format!(".get(\"{member}\")")));
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let product = text.split("#[cfg(test)]").next().unwrap();
        let allowed = READS_JSON.iter().any(|(name, _)| file.starts_with(name)) || file.ends_with("/tests.rs");
        if reads(product) && !allowed {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "these read statements as JSON instead of asking `policy::ast`: {wrong:?}");
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
    for (file, text) in all_sources("src") {
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
fn the_workspace_links_few_test_binaries() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let workspace: Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = workspace["packages"].as_array().unwrap().iter().flat_map(|package| package["targets"].as_array().unwrap());
    let tests = targets.filter(|target| target["kind"] == json!(["test"])).map(|target| target["src_path"].as_str().unwrap());
    let tests: Vec<&str> = tests.collect();
    assert!(tests.iter().any(|path| Path::new(path).ends_with("tests/core/main.rs")), "{tests:?}");
    assert!(tests.len() <= TEST_BINARIES, "at most {TEST_BINARIES}; make a module of one of them: {tests:#?}");
}

#[test]
fn every_file_of_tests_is_part_of_a_test() {
    // `main.rs` in a folder of tests/, and files right in tests/, are test binaries; all others must be named by a `mod` in a file of
    // their folder or of one above, or by a `#[path]`.
    let files = all_sources("tests");
    // Tables beside the code share what stands in tests/support.
    let root_file = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut forgotten = Vec::new();
    for file in files.keys() {
        let (folder, name) = file.rsplit_once('/').unwrap();
        if name == "main.rs" || folder.ends_with("tests") {
            continue;
        }
        let (home, stem) =
            if name == "mod.rs" { folder.rsplit_once('/').unwrap() } else { (folder, name.trim_end_matches(".rs")) };
        let declared = format!("mod {stem};");
        let by_name = files.iter().any(|(other, text)| {
            other != file
                && other.rsplit_once('/').is_some_and(|(theirs, _)| format!("{home}/").starts_with(&format!("{theirs}/")))
                && text.lines().any(|line| line.trim_start().trim_start_matches("pub ") == declared)
        });
        let end = format!("/{}/{name}\"]", folder.rsplit('/').next().unwrap());
        let by_path =
            files.values().chain([&root_file]).any(|text| text.lines().any(|l| l.contains("#[path = ") && l.ends_with(&end)));
        if !by_name && !by_path {
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
