//! Files that are made from the code are as the code makes them. `IAMCTL_UPDATE=1 cargo test --test cli generated` makes them anew.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What `iamctl` prints, for a command that needs neither project nor account.
fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).args(args).output().unwrap();
    assert!(output.status.success(), "iamctl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const SCHEMAS: [&str; 15] = [
    "accounts",
    "fleet",
    "spec",
    "project",
    "template",
    "plan",
    "snapshot",
    "apply",
    "review",
    "check",
    "check-required",
    "test",
    "simulate",
    "access",
    "findings",
];

fn is_fresh(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("IAMCTL_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert!(stored == text, "`{path}` is stale; `IAMCTL_UPDATE=1 cargo test --test cli generated` makes it anew");
}

#[test]
fn the_schemas_are_those_of_the_code() {
    for name in SCHEMAS {
        is_fresh(&format!("schema/{name}.schema.json"), &printed(&["schema", name]));
    }
}

#[test]
fn the_schemas_are_schemas_and_describe_themselves() {
    for name in SCHEMAS {
        let schema: serde_json::Value = serde_json::from_str(&printed(&["schema", name])).unwrap();
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name} says what it is");
    }
}
