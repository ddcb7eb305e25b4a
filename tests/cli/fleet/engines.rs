//! What ships for engines: files that name the same shards, and roles that a reviewer would let pass.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::run;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fleet").join(name)
}

fn yaml(name: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(file(name)).unwrap()).unwrap()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn every_engine_starts_as_many_shards_as_it_joins() {
    let plan = &yaml("kubernetes/plan/job.yaml")["spec"];
    let report = &yaml("kubernetes/report/job.yaml")["spec"];
    let args = words(&plan["template"]["spec"]["containers"][0]["args"]);
    let shards = args[args.iter().position(|word| *word == "--shards").unwrap() + 1];
    assert_eq!((plan["completions"].to_string().as_str(), plan["completionMode"].as_str()), (shards, Some("Indexed")));
    let joined = words(&report["template"]["spec"]["containers"][0]["args"]);
    let expected: Vec<String> = (1..=shards.parse().unwrap()).map(|n: u32| format!("/plans/{n}")).collect();
    assert_eq!(joined[..2], ["fleet", "report"]);
    assert_eq!(joined[2..], expected);
    // The program knows every word that the engines say, but for the directory of the project.
    let batch: Value = serde_json::from_str(&fs::read_to_string(file("batch-job.json")).unwrap()).unwrap();
    let batched = words(&batch["containerProperties"]["command"]);
    let says = |args: &[&str]| -> Vec<String> { args.iter().map(|a| a.replace("Ref::shards", shards)).collect() };
    assert_eq!(says(&batched[2..]), says(&args));
    assert_eq!(batch["parameters"]["shards"], shards);
}

#[test]
fn the_roles_of_the_bootstrap_are_those_of_the_guide_and_have_no_grave_fault() {
    let directory = tempfile::tempdir().unwrap();
    let template = file("bootstrap.cfn.yaml");
    let args = ["import", "cloudformation", template.to_str().unwrap(), "--parameter", "Repository=acme/iam", "--out", "specs"];
    let (code, _, err) = run(directory.path(), &args);
    assert_eq!(code, 0, "{err}");
    let read = |path: &str| fs::read_to_string(directory.path().join("specs").join(path)).unwrap();
    assert!(read("roles/iamctl-read.yaml").contains("repository: acme/iam\n          ref: refs/heads/main\n"));
    let writes = read("roles/iamctl-apply.yaml");
    assert!(writes.contains("repository: acme/iam\n          environment: iamctl-apply\n"), "{writes}");
    fs::write(directory.path().join("iamctl.yaml"), "version: 1\nstack: bootstrap\nspecs: [specs]\ndefault_account: local\n")
        .unwrap();
    let (code, out, err) = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    for action in ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:UntagRole"] {
        for (role, expected) in [("iamctl-apply", "explicitDeny"), ("iamctl-read", "explicitDeny"), ("app", "allowed")] {
            let resource = format!("arn:aws:iam::000000000000:role/{role}");
            let args =
                ["simulate", "--principal", "role/iamctl-apply", "--action", action, "--resource", &resource, "--format", "json"];
            let (_, out, err) = run(directory.path(), &args);
            let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
            assert_eq!(answer["results"][0]["decision"], expected, "{action} on {role}: a pipeline cannot change its own roles");
        }
    }
}
