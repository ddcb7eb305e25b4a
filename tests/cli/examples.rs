//! The worked examples of the documentation: each is valid, its tests pass in every account, and rendered it plans to the same digest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn ran(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::cargo_bin("iamctl").unwrap();
    let out = command.current_dir(folder).args(args).output().unwrap();
    let (text, errors) = (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
    assert!(out.status.success(), "{}: {args:?}\n{text}{errors}", folder.display());
    text
}

fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&ran(folder, args)).unwrap()
}

/// The accounts of a project file, by its plain shape.
fn accounts(folder: &Path) -> Vec<String> {
    let project: Value = serde_yaml::from_str(&std::fs::read_to_string(folder.join("iamctl.yaml")).unwrap()).unwrap();
    project["accounts"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_example_holds_and_renders_to_its_own_digest() {
    let all = examples();
    assert_eq!(all.len(), 11);
    let mut roles = BTreeMap::new();
    for example in all {
        let name = example.file_name().unwrap().to_string_lossy().into_owned();
        for account in accounts(&example) {
            let work = tempfile::tempdir().unwrap();
            copied(&example, work.path());
            let here = ["--account", account.as_str()];
            let with = |args: &[&str]| [args, &here[..]].concat().iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
            let run = |args: &[&str]| {
                let args = with(args);
                ran(work.path(), &args.iter().map(String::as_str).collect::<Vec<_>>())
            };
            run(&["lint"]);
            let tests = json(work.path(), &with(&["test", "--format", "json"]).iter().map(String::as_str).collect::<Vec<_>>());
            let summary = &tests["summary"];
            assert!(summary["passed"].as_u64().unwrap() > 0 && summary["failed"] == 0, "{name} {account}: {summary}");
            let plan =
                |_: ()| json(work.path(), &with(&["plan", "--format", "json"]).iter().map(String::as_str).collect::<Vec<_>>());
            let before = plan(());
            *roles.entry(name.clone()).or_insert(0) += before["summary"]["create"].as_u64().unwrap();
            let rendered = run(&["render"]);
            std::fs::remove_dir_all(work.path().join("specs")).unwrap();
            std::fs::create_dir(work.path().join("specs")).unwrap();
            std::fs::write(work.path().join("specs/rendered.yaml"), &rendered).unwrap();
            let after = plan(());
            assert_eq!(after["digest"], before["digest"], "{name} {account}\n{rendered}");
            assert_eq!(run(&["render"]), rendered, "{name} {account}");
            run(&["test"]);
        }
    }
    assert_eq!(roles["github-deploy"], 37, "thirty-six roles and the provider");
}
