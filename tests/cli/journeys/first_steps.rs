//! The first minutes: `init`, the repository's own project, a project without a project file.

use super::*;
use crate::support::project::valid;

#[test]
fn what_init_writes_is_valid_plans_applies_and_settles() {
    let project = Project::embedded();
    let ran = project.runs(&["init", "start"], 0);
    for file in [
        "iamctl.yaml",
        "specs/main.yaml",
        ".gitignore",
        ".pre-commit-config.yaml",
        ".github/workflows/iamctl-review.yml",
        ".github/workflows/iamctl-comment.yml",
        ".github/workflows/iamctl-snapshot.yml",
        ".github/workflows/iamctl-apply.yml",
        "schema/spec.schema.json",
        "schema/project.schema.json",
    ] {
        assert!(ran.out.contains(file), "{}", ran.out);
        assert!(project.path().join("start").join(file).exists(), "{file}");
    }
    for name in ["review", "comment", "snapshot", "apply"] {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/gitops/github-{name}.yml"));
        let written = project.read(&format!("start/.github/workflows/iamctl-{name}.yml"));
        assert_eq!(written, fs::read_to_string(original).unwrap(), "the same bytes as in the guide");
    }
    let runs = |args: &[&str], code: i32| {
        let ran = project::ran(project.command(args).current_dir(project.path().join("start")).output().unwrap());
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.out, ran.err);
        ran
    };
    runs(&["validate"], 0);
    assert!(runs(&["lint"], 0).out.contains("No findings"), "the first spec has nothing to be told of");
    assert!(runs(&["test"], 0).out.contains("3 cases"), "{}", runs(&["test"], 0).out);
    let accounts: serde_json::Value = serde_yaml::from_str(&project.read("start/iamctl.yaml")).unwrap();
    for name in ["snapshot", "apply"] {
        let workflow: serde_json::Value =
            serde_yaml::from_str(&project.read(&format!("start/.github/workflows/iamctl-{name}.yml"))).unwrap();
        let account = workflow["env"]["IAMCTL_ACCOUNT"].as_str().unwrap();
        assert!(accounts["accounts"][account].is_object(), "{name} works on an account that the project has");
    }
    assert!(runs(&["plan"], 0).out.contains("create"));
    runs(&["plan", "--detailed-exitcode"], 2);
    runs(&["apply", "--yes"], 0);
    assert!(runs(&["plan", "--detailed-exitcode"], 0).out.contains("No changes"));
    let again = runs(&["init"], 0);
    assert!(!again.out.contains("created"), "init never overwrites: {}", again.out);
    runs(&["destroy", "--yes"], 0);
}

#[test]
fn what_init_writes_holds_by_the_schemas_beside_it() {
    let project = Project::embedded();
    project.runs(&["init", "start"], 0);
    for (file, schema) in
        [("start/iamctl.yaml", "start/schema/project.schema.json"), ("start/specs/main.yaml", "start/schema/spec.schema.json")]
    {
        let value: serde_json::Value = serde_yaml::from_str(&project.read(file)).unwrap();
        let schema = serde_json::from_str(&project.read(schema)).unwrap();
        let wrong: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(&value)
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{file}: {wrong:?}");
    }
}

#[test]
fn the_repository_is_a_project_that_works() {
    let project = Project::embedded();
    copy(&project, "specs");
    project.write("iamctl.yaml", &fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("iamctl.yaml")).unwrap());
    project.runs(&["validate"], 0);
    project.runs(&["apply", "--yes"], 0);
    project.runs(&["plan", "--detailed-exitcode"], 0);
}

#[test]
fn the_repositorys_specs_hold_by_the_schema() {
    let project = Project::embedded();
    let schema = serde_json::from_str(&project.runs(&["schema", "spec"], 0).out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut seen = 0;
    for entry in fs::read_dir(specs).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let value: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let wrong: Vec<String> = validator.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} spec files");
}

#[test]
fn without_a_project_file_it_is_a_local_account_and_never_a_green_check() {
    let project = Project::embedded();
    fs::remove_file(project.path().join("iamctl.yaml")).unwrap();
    project.spec("roles: {r: {trust: [{service: ec2.amazonaws.com}]}}");
    let ran = project.runs(&["apply", "--yes"], 0);
    assert!(
        ran.err.starts_with("account `local` (embedded, .iamctl/account.json), chosen because there is no project file"),
        "{}",
        ran.err
    );
    assert!(project.account_file().exists());
    project.runs(&["plan", "--detailed-exitcode"], 64);
    project.runs(&["plan", "--detailed-exitcode", "--account", "local"], 0);
}

#[test]
fn findings_of_validate_are_one_document_valid_by_its_schema() {
    let project = Project::embedded();
    project.spec("policies: {p: {document: {Version: \"2012-10-17\", Statement: []}}}\nroles: {r: {trust: [{service: ec2.amazonaws.com}], managed_policies: [q], tagz: {}}}\n");
    let ran = project.runs(&["validate", "--format", "json"], 3);
    let findings: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    valid("findings", &findings);
    assert!(findings["findings"].as_array().unwrap().len() >= 2, "all at once: {findings:#}");
    let place = &findings["findings"][0];
    assert!(place["file"].as_str().unwrap().ends_with("specs/main.yaml") && place["line"].is_u64(), "{place:#}");
    project.spec("roles: {r: {trust: [{service: ec2.amazonaws.com}]}}");
    let ran = project.runs(&["validate", "--format", "json"], 0);
    valid("findings", &serde_json::from_str(&ran.out).unwrap());
}
