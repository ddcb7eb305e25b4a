//! What is written in the workflows and in the action.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{read, root};

/// The workflows, each with the path under which a repository holds it.
const WORKFLOWS: [(&str, &str); 4] = [
    ("docs/gitops/github-review.yml", "iamctl-review.yml"),
    ("docs/gitops/github-comment.yml", "iamctl-comment.yml"),
    ("docs/gitops/github-snapshot.yml", "iamctl-snapshot.yml"),
    ("docs/gitops/github-apply.yml", "iamctl-apply.yml"),
];

/// Makes the releases of iamctl itself.
const RELEASE: &str = ".github/workflows/release.yml";

/// Plans many accounts.
const FLEET: &str = "docs/fleet/github-plan.yml";

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn workflow(name: &str) -> Value {
    yaml(&format!("docs/gitops/github-{name}.yml"))
}

/// All steps of a workflow's jobs, or of the action.
fn steps(document: &Value) -> Vec<Value> {
    let of = |value: &Value| value["steps"].as_array().cloned().unwrap_or_default();
    let jobs = document["jobs"].as_object().into_iter().flatten().flat_map(|(_, job)| of(job));
    jobs.chain(of(&document["runs"])).collect()
}

fn all() -> Vec<(&'static str, Value)> {
    WORKFLOWS.iter().map(|(path, _)| *path).chain(["action.yml", RELEASE, FLEET]).map(|path| (path, yaml(path))).collect()
}

#[test]
fn every_action_is_pinned_by_its_commit_and_says_its_version() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, document) in all() {
        let text = read(path);
        for step in steps(&document) {
            let Some(uses) = step["uses"].as_str() else { continue };
            if uses == "./iamctl" {
                continue;
            }
            let (action, commit) = uses.split_once('@').unwrap_or_else(|| panic!("{path}: {uses}"));
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {uses}");
            let line = text.lines().find(|line| line.contains(uses)).unwrap();
            let version = line.split_once("# v").unwrap_or_else(|| panic!("{path}: {line} names no version")).1;
            assert_eq!(version.split('.').count(), 3, "{path}: {line}");
            pins.entry(action.to_owned()).or_default().insert(commit.to_owned());
        }
    }
    let names: Vec<&str> = pins.keys().map(String::as_str).collect();
    let known = [
        "actions/attest-build-provenance",
        "actions/cache",
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "aws-actions/configure-aws-credentials",
    ];
    assert_eq!(names, known);
    assert!(pins.values().all(|commits| commits.len() == 1), "one version of each: {pins:?}");
}

#[test]
fn no_expression_stands_in_a_script() {
    let mut scripts = 0;
    for (path, document) in all() {
        for step in steps(&document) {
            let Some(run) = step["run"].as_str() else { continue };
            scripts += 1;
            assert!(!run.contains("${{"), "{path}: pass it through `env`: {run}");
        }
        assert!(!read(path).contains("pull_request_target"), "{path}");
        assert!(!read(path).contains("secrets."), "{path}: nothing here needs a secret");
    }
    assert!(scripts > 8);
}

#[test]
fn every_workflow_asks_for_its_rights_and_writes_only_where_it_must() {
    for (path, _) in WORKFLOWS {
        let document = yaml(path);
        let rights = document["permissions"].as_object().unwrap_or_else(|| panic!("{path} leaves its rights to the repository"));
        assert!(rights.values().all(|right| right == "read"), "{path}: {rights:?}");
        assert_eq!(rights["contents"], "read", "{path}");
        let mut writes: Vec<&str> = Vec::new();
        for job in document["jobs"].as_object().unwrap().values() {
            let own = job["permissions"].as_object().into_iter().flatten();
            writes.extend(own.filter(|(_, right)| *right == "write").map(|(name, _)| name.as_str()));
            assert!(job["timeout-minutes"].is_u64(), "{path}");
        }
        let expected: &[&str] = match path {
            "docs/gitops/github-review.yml" => &[],
            "docs/gitops/github-comment.yml" => &["pull-requests"],
            _ => &["id-token"],
        };
        assert_eq!(writes, expected, "{path}");
    }
}

#[test]
fn only_the_job_that_publishes_a_release_may_write_and_only_for_a_tag() {
    let release = yaml(RELEASE);
    assert_eq!(release["permissions"], serde_json::json!({"contents": "read"}));
    for (name, job) in release["jobs"].as_object().unwrap() {
        assert_eq!(job["permissions"].is_object(), name == "publish", "{name}");
        assert!(job["timeout-minutes"].is_u64(), "{name}");
    }
    assert_eq!(release["jobs"]["publish"]["if"], "github.ref_type == 'tag'");
}

#[test]
fn no_checkout_leaves_its_token_behind() {
    for path in WORKFLOWS.iter().map(|(path, _)| *path).chain([RELEASE, FLEET]) {
        let checkouts: Vec<Value> = steps(&yaml(path))
            .into_iter()
            .filter(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")))
            .collect();
        assert!(!checkouts.is_empty(), "{path}");
        for step in checkouts {
            assert_eq!(step["with"]["persist-credentials"], false, "{path}: {step}");
        }
    }
}

#[test]
fn the_job_that_may_comment_holds_no_file_of_the_pull_request() {
    let comment = workflow("comment");
    assert_eq!(comment["on"].as_object().unwrap().keys().collect::<Vec<_>>(), ["workflow_run"]);
    for step in steps(&comment) {
        if step["uses"].is_string() {
            assert_eq!(step["with"]["repository"], "${{ env.IAMCTL_REPOSITORY }}", "{step}");
            assert_eq!(step["with"]["ref"], "${{ env.IAMCTL_COMMIT }}", "{step}");
        }
        assert!(step["run"].as_str().is_none_or(|run| !run.contains("review/")), "nothing of the artifact is run: {step}");
    }
}

#[test]
fn credentials_come_after_all_that_is_built_and_only_on_the_default_branch() {
    for name in ["snapshot", "apply"] {
        let document = workflow(name);
        let job = &document["jobs"][name];
        let condition = job["if"].as_str().unwrap();
        assert!(condition.contains("github.ref_name == github.event.repository.default_branch"), "{condition}");
        let position = |what: &str| {
            let steps = job["steps"].as_array().unwrap();
            steps.iter().position(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with(what))).unwrap()
        };
        assert!(position("./iamctl") < position("aws-actions/"), "{name}");
        assert!(!document["on"].as_object().unwrap().contains_key("pull_request"));
    }
    let apply = workflow("apply");
    assert_eq!(apply["concurrency"]["cancel-in-progress"], false);
    assert_eq!(apply["jobs"]["apply"]["environment"], "iamctl-apply");
}

#[test]
fn the_workflows_name_each_other_and_the_same_iamctl() {
    let names: Vec<String> = WORKFLOWS.iter().map(|(path, _)| yaml(path)["name"].as_str().unwrap().to_owned()).collect();
    let mut sources = BTreeSet::new();
    for (path, _) in WORKFLOWS {
        let (document, text) = (yaml(path), read(path));
        for named in document["on"]["workflow_run"]["workflows"].as_array().into_iter().flatten() {
            assert!(names.contains(&named.as_str().unwrap().to_owned()), "{path}: {named}");
        }
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "-./".contains(c))) {
            if word.starts_with("iamctl-") && word.ends_with(".yml") {
                assert!(WORKFLOWS.iter().any(|(_, file)| *file == word), "{path}: {word}");
            }
            if let Some(script) = word.strip_prefix("iamctl/scripts/") {
                assert!(root().join("scripts").join(script).is_file(), "{path}: {word}");
            }
        }
        sources.insert((document["env"]["IAMCTL_REPOSITORY"].clone().to_string(), document["env"]["IAMCTL_COMMIT"].to_string()));
    }
    assert_eq!(sources.len(), 1);
}

#[test]
fn the_other_recipes_are_yaml() {
    for path in ["docs/gitops/gitlab-ci.yml", "docs/gitops/atlantis-repos.yaml", "docs/gitops/atlantis.yaml"] {
        assert!(yaml(path).is_object(), "{path}");
    }
    let gitlab = yaml("docs/gitops/gitlab-ci.yml");
    assert_eq!(gitlab["apply"]["resource_group"], "iamctl-apply");
    assert!(gitlab["review"].get("id_tokens").is_none(), "a review has no credentials");
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_array().unwrap() {
        let entry = hook["entry"].as_str().unwrap();
        assert_eq!(hook["id"], entry.replace(' ', "-"));
        assert!(["iamctl validate", "iamctl lint", "iamctl test"].contains(&entry));
    }
}
