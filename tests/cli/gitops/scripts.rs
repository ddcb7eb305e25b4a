//! The scripts, with the real iamctl and a stand-in for GitHub's `gh`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::root;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// A directory with a project, answers of GitHub, and an artifact.
struct Scene {
    directory: TempDir,
}

const SHA: &str = "1111111111111111111111111111111111111111";
const MERGE: &str = "2222222222222222222222222222222222222222";
const ROLE: &str = "version: 1\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n";

impl Scene {
    fn new() -> Self {
        let scene = Self { directory: tempfile::tempdir().unwrap() };
        for path in ["gh", "artifact", "project/specs"] {
            fs::create_dir_all(scene.path(path)).unwrap();
        }
        scene.write("project/iamctl.yaml", "version: 1\nstack: t\ndefault_account: local\n");
        scene.write("project/specs/main.yaml", ROLE);
        scene
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    /// The answer to a request.
    fn answer(&self, path: &str, answer: &Value) {
        self.write(&format!("gh/{}.json", path.replace('/', "_")), &answer.to_string());
    }

    fn run(&self, script: &str, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let binary = Path::new(env!("CARGO_BIN_EXE_iamctl")).parent().unwrap();
        let search = format!(
            "{}:{}:{}",
            root().join("tests/cli/gitops").display(),
            binary.display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let output = Command::new("bash")
            .arg(root().join("scripts/gitops").join(script))
            .args(args)
            .current_dir(self.directory.path())
            .env("PATH", search)
            .env("GH_FIXTURES", self.path("gh"))
            .env("GH_REPO", "acme/iam")
            .env("GITHUB_ACTIONS", "true")
            .env_remove("GITHUB_STEP_SUMMARY")
            .envs(env.iter().copied())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn iamctl(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(self.path("project")).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A review as `iamctl review --format json` has it, as far as the scripts look, of the plan as it is now.
    fn review(&self) -> PathBuf {
        let plan: Value = serde_json::from_str(&self.iamctl(&["plan", "--format", "json"])).unwrap();
        let review = json!({"accounts": [
            {"accounts": [{"name": "other"}], "plan": null},
            {"accounts": [{"name": "local"}], "plan": plan},
        ]});
        self.write("review.json", &review.to_string());
        self.path("review.json")
    }

    fn apply(&self, digest: &str, review: &Path) -> Ran {
        let env = [
            ("IAMCTL_DIRECTORY", "project"),
            ("IAMCTL_ACCOUNT", "local"),
            ("IAMCTL_DIGEST", digest),
            ("IAMCTL_REVIEW", review.to_str().unwrap()),
        ];
        self.run("apply.sh", &[], &env)
    }

    fn pull(&self, sha: &str, from: &str, files: &[&str]) {
        let pull = json!({"number": 7, "state": "open", "changed_files": files.len(),
            "head": {"sha": sha, "repo": {"full_name": from}}});
        self.answer("repos/acme/iam/pulls/7", &pull);
        let files: Vec<Value> = files.iter().map(|name| json!({"filename": name})).collect();
        self.answer("repos/acme/iam/pulls/7/files", &json!(files));
        self.answer("repos/acme/iam/issues/7/comments", &json!([]));
    }

    fn comment(&self, number: &str, review: &str) -> Ran {
        self.write("artifact/number", number);
        self.write("artifact/review.md", review);
        self.comment_as_is()
    }

    fn comment_as_is(&self) -> Ran {
        let env = [
            ("HEAD_SHA", SHA),
            ("HEAD_REPOSITORY", "fork/iam"),
            ("RUN_URL", "https://github.com/acme/iam/actions/runs/1"),
            ("IAMCTL_ARTIFACT", "artifact"),
        ];
        self.run("comment.sh", &[], &env)
    }

    fn sent(&self) -> Option<(String, String)> {
        let request = fs::read_to_string(self.path("gh/sent")).ok()?;
        let body: Value = serde_json::from_str(&fs::read_to_string(self.path("gh/sent.json")).unwrap()).unwrap();
        Some((request, body["body"].as_str().unwrap().to_owned()))
    }
}

#[test]
fn the_plan_that_was_reviewed_is_applied() {
    let scene = Scene::new();
    let review = scene.review();
    let ran = scene.apply("", &review);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(scene.iamctl(&["plan"]).contains("No changes"));
    // The log of the runner: what iamctl prints stands between two tokens.
    let (first, rest) = ran.out.split_once('\n').unwrap();
    let token = first.strip_prefix("::stop-commands::").unwrap();
    assert!(token.len() == 32 && rest.trim_end().ends_with(&format!("::{token}::")), "{}", ran.out);
}

#[test]
fn another_plan_than_the_reviewed_one_is_refused_and_shown_and_changes_nothing() {
    let scene = Scene::new();
    let review = scene.review();
    scene.write("project/specs/more.yaml", "version: 1\nroles:\n  slipped-in:\n    trust: [{service: ec2.amazonaws.com}]\n");
    let summary = scene.path("summary.md");
    let env = [
        ("IAMCTL_DIRECTORY", "project"),
        ("IAMCTL_ACCOUNT", "local"),
        ("IAMCTL_REVIEW", review.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let ran = scene.run("apply.sh", &[], &env);
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("+CreateRole role/slipped-in"), "{}", ran.out);
    assert!(fs::read_to_string(&summary).unwrap().contains("+CreateRole role/slipped-in"));
    assert!(!scene.path("project/.iamctl/account.json").exists(), "nothing was made");
}

#[test]
fn a_digest_given_by_hand_counts_and_any_other_text_is_refused() {
    let scene = Scene::new();
    let review = scene.review();
    let wrong = format!("sha256:{}", "0".repeat(64));
    assert_eq!(scene.apply(&wrong, &review).code, 5);
    for text in ["$(touch owned)", "sha256:xyz", "--yes", "sha256:\n"] {
        let ran = scene.apply(text, &review);
        assert!(ran.code == 1 && ran.err.contains("no digest"), "{text}: {}", ran.err);
    }
    assert!(!scene.path("owned").exists() && !scene.path("project/owned").exists());
    let plan: Value = serde_json::from_str(&scene.iamctl(&["plan", "--format", "json"])).unwrap();
    assert_eq!(scene.apply(plan["digest"].as_str().unwrap(), &review).code, 0);
}

#[test]
fn a_digest_is_read_from_a_review_that_has_one_for_the_account() {
    let scene = Scene::new();
    let review = scene.review();
    let digest = |account: &str| scene.run("digest.sh", &[review.to_str().unwrap(), account], &[]);
    let ran = digest("local");
    assert!(ran.code == 0 && ran.out.starts_with("sha256:") && ran.out.lines().count() == 1, "{}{}", ran.out, ran.err);
    for account in ["other", "prod", "local\") | halt #"] {
        let ran = digest(account);
        assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("has no plan for account"), "{account}: {}", ran.err);
    }
    for text in ["", "[]", "{\"accounts\": [{\"accounts\": [{\"name\": \"local\"}], \"plan\": {\"digest\": \"x; rm -rf /\"}}]}"] {
        fs::write(&review, text).unwrap();
        assert_eq!(digest("local").code, 1, "{text}");
    }
}

#[test]
fn a_review_is_put_on_its_pull_request_and_edited_in_place() {
    let scene = Scene::new();
    scene.pull(SHA, "fork/iam", &["specs/main.yaml"]);
    let ran = scene.comment("7\n", "<!-- iamctl:review:x -->\n## New access\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (request, body) = scene.sent().unwrap();
    assert_eq!(request, "POST repos/acme/iam/issues/7/comments\n");
    assert!(body.starts_with("<!-- iamctl-review -->\n## New access\n") && body.contains(SHA), "{body}");
    assert!(!body.contains("proves nothing"));

    let comment = |id: u32, login: &str| json!({"id": id, "user": {"login": login}, "body": "<!-- iamctl-review -->\nold"});
    scene.answer("repos/acme/iam/issues/7/comments", &json!([comment(4, "mallory"), comment(5, "github-actions[bot]")]));
    fs::remove_file(scene.path("gh/sent")).unwrap();
    scene.comment("7\n", "");
    let (request, body) = scene.sent().unwrap();
    assert_eq!(request, "PATCH repos/acme/iam/issues/comments/5\n", "the comment of somebody else is left alone");
    assert!(body.contains("No change to IAM."), "{body}");
}

#[test]
fn a_review_of_another_commit_or_pull_request_says_nothing() {
    let scene = Scene::new();
    scene.pull(MERGE, "fork/iam", &[]);
    let ran = scene.comment("7", "x");
    assert!(ran.code == 0 && ran.err.contains("not open at the commit"), "a newer push: {}", ran.err);
    scene.pull(SHA, "acme/iam", &[]);
    let ran = scene.comment("7", "x");
    assert!(ran.code == 1 && ran.err.contains("does not come from the repository"), "somebody else's: {}", ran.err);
    for number in ["8", "0", "-1", "7/../8", "7; echo x", "$(id)", "7\n8", "99999999999", ""] {
        let ran = scene.comment(number, "x");
        assert_eq!(ran.code, 1, "{number:?}: {}", ran.err);
    }
    assert!(scene.sent().is_none());
}

#[cfg(unix)]
#[test]
fn a_link_in_the_artifact_does_not_bring_a_file_of_the_runner_into_a_comment() {
    let scene = Scene::new();
    scene.pull(SHA, "fork/iam", &[]);
    scene.write("secret", "token");
    scene.write("artifact/number", "7");
    std::os::unix::fs::symlink(scene.path("secret"), scene.path("artifact/review.md")).unwrap();
    let ran = scene.comment_as_is();
    assert!(ran.code == 1 && ran.err.contains("is not a regular file"), "{}", ran.err);
    assert!(scene.sent().is_none());
}

#[test]
fn a_forged_review_calls_nobody_and_passes_for_no_other_comment() {
    let scene = Scene::new();
    scene.pull(SHA, "fork/iam", &["specs/main.yaml", ".github/workflows/iamctl-review.yml"]);
    let long = format!("@everyone <!-- iamctl-review --> \u{1f600}{}", "ä".repeat(70_000));
    let ran = scene.comment("7", &long);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (_, body) = scene.sent().unwrap();
    assert!(body.contains("made by its own version of them and proves nothing"), "workflows change");
    assert_eq!(body.matches("<!--").count(), 1);
    assert!(!body.contains("@everyone") && body.chars().count() < 65_536 && body.contains("Cut here"));
}

#[test]
fn the_review_of_a_merge_is_that_of_the_head_as_it_was_merged() {
    let scene = Scene::new();
    let merged = |sha: &str, merge: &str| {
        json!({"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": merge,
            "head": {"sha": sha, "repo": {"full_name": "fork/iam"}}})
    };
    let run = |id: u32, sha: &str, conclusion: &str, from: &str| json!({"id": id, "run_number": id, "head_sha": sha, "conclusion": conclusion, "head_repository": {"full_name": from}});
    let commit = format!("repos/acme/iam/commits/{MERGE}/pulls");
    let reviewed = || {
        let env = [("COMMIT", MERGE), ("REVIEW_WORKFLOW", "iamctl-review.yml"), ("IAMCTL_ARTIFACT", "got")];
        scene.run("reviewed.sh", &[], &env)
    };
    let runs = "repos/acme/iam/actions/workflows/iamctl-review.yml/runs";
    scene.pull(SHA, "fork/iam", &["specs/main.yaml"]);
    scene.write("gh/artifact-3/review.json", "{}");

    scene.answer(&commit, &json!([]));
    assert!(reviewed().err.contains("is not the merge of one pull request"), "pushed without one");
    scene.answer(&commit, &json!([merged(SHA, SHA)]));
    assert!(reviewed().err.contains("is not the merge of one pull request"), "a commit inside of one");
    scene.answer(&commit, &json!([merged(SHA, MERGE)]));
    let none = json!({"workflow_runs": [
        run(1, MERGE, "success", "fork/iam"), run(2, SHA, "failure", "fork/iam"), run(4, SHA, "success", "mallory/iam")]});
    scene.answer(runs, &none);
    let ran = reviewed();
    assert!(ran.code == 1 && ran.err.contains("no review of"), "{}", ran.err);
    scene.answer(runs, &json!({"workflow_runs": [run(3, SHA, "success", "fork/iam"), run(2, SHA, "success", "fork/iam")]}));
    let ran = reviewed();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(scene.path("got/review.json").is_file());
    scene.pull(SHA, "fork/iam", &[".github/workflows/x.yml"]);
    assert!(reviewed().err.contains("made its review by its own words"), "such a review proves nothing");
}

#[test]
fn only_a_snapshot_of_a_trusted_run_is_taken() {
    let scene = Scene::new();
    let run = |id: u32, event: &str, branch: &str, from: &str| json!({"id": id, "run_number": id, "event": event, "head_branch": branch, "head_repository": {"full_name": from}});
    let fetch = |runs: Vec<Value>| {
        let _ = fs::remove_dir_all(scene.path("got"));
        scene.answer("repos/acme/iam/actions/workflows/iamctl-snapshot.yml/runs", &json!({"workflow_runs": runs}));
        let env = [("BRANCH", "main"), ("SNAPSHOT_WORKFLOW", "iamctl-snapshot.yml"), ("IAMCTL_SNAPSHOT_DIR", "got")];
        let ran = scene.run("snapshot.sh", &[], &env);
        assert_eq!(ran.code, 0, "{}", ran.err);
        fs::read_to_string(scene.path("got/snapshot.json")).ok()
    };
    for id in 1..=5 {
        scene.write(&format!("gh/artifact-{id}/snapshot.json"), &id.to_string());
    }
    let forged = || {
        vec![
            run(3, "pull_request", "main", "acme/iam"),
            run(4, "schedule", "main", "mallory/iam"),
            run(5, "workflow_dispatch", "topic", "acme/iam"),
        ]
    };
    assert_eq!(fetch(forged()), None);
    let mut with_good = forged();
    with_good.extend([run(1, "schedule", "main", "acme/iam"), run(2, "workflow_run", "main", "acme/iam")]);
    assert_eq!(fetch(with_good).as_deref(), Some("2"));
}

#[test]
fn a_prebuilt_program_is_put_on_the_path() {
    let scene = Scene::new();
    let path = scene.path("path");
    let env = [("IAMCTL_BINARY", env!("CARGO_BIN_EXE_iamctl")), ("GITHUB_PATH", path.to_str().unwrap())];
    let ran = scene.run("install.sh", &[], &env);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let bin = fs::read_to_string(&path).unwrap();
    assert!(Path::new(bin.trim_end()).join("iamctl").is_file(), "{bin}");
    assert_eq!(scene.run("install.sh", &[], &[("IAMCTL_BINARY", "/nowhere/iamctl")]).code, 1);
}

/// A base and a head beside each other, and a snapshot of the base's account.
fn change(before: &str, after: &str) -> Scene {
    let scene = Scene::new();
    scene.write("project/specs/main.yaml", before);
    scene.iamctl(&["apply", "--yes"]);
    scene.iamctl(&["snapshot", "-o", "../snapshot.json"]);
    for (side, specs) in [("base", before), ("head", after)] {
        scene.write(&format!("{side}/iamctl.yaml"), "version: 1\nstack: t\ndefault_account: local\n");
        scene.write(&format!("{side}/specs/main.yaml"), specs);
    }
    scene.write("project/specs/main.yaml", after);
    scene
}

fn review(scene: &Scene, snapshot: &str) -> Ran {
    let env = [
        ("IAMCTL_BASE", "base"),
        ("IAMCTL_HEAD", "head"),
        ("IAMCTL_SNAPSHOT", snapshot),
        ("IAMCTL_FAIL_ON", "error,new_access"),
        ("IAMCTL_OUT", "review"),
    ];
    scene.run("review.sh", &[], &env)
}

const READER: &str = "    inline_policies:\n      Read: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b/*\"}]}\n";

#[test]
fn a_change_is_reviewed_merged_and_applied_by_the_digest_of_its_review() {
    let scene = change(ROLE, &format!("{ROLE}{READER}"));
    let ran = review(&scene, "snapshot.json");
    assert_eq!(ran.code, 3, "new access is what this check fails on: {}{}", ran.out, ran.err);
    for file in ["review.md", "review.html", "review.json", "review.sarif"] {
        assert!(fs::metadata(scene.path(&format!("review/{file}"))).unwrap().len() > 100, "{file}");
    }
    assert_eq!(fs::read_dir(scene.path("review")).unwrap().count(), 4);
    assert!(ran.out.lines().any(|line| line.starts_with("::warning ") && line.contains("new-access")), "{}", ran.out);
    let env = [("IAMCTL_DIRECTORY", "project"), ("IAMCTL_ACCOUNT", "local"), ("IAMCTL_REVIEW", "review/review.json")];
    let ran = scene.run("apply.sh", &[], &env);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(scene.iamctl(&["plan"]).contains("No changes"));
}

#[test]
fn an_account_that_changed_after_the_review_is_left_alone() {
    let scene = change(ROLE, &format!("{ROLE}{READER}"));
    review(&scene, "snapshot.json");
    // Somebody else is faster.
    scene.iamctl(&["apply", "--yes"]);
    let env = [("IAMCTL_DIRECTORY", "project"), ("IAMCTL_ACCOUNT", "local"), ("IAMCTL_REVIEW", "review/review.json")];
    let ran = scene.run("apply.sh", &[], &env);
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("-PutRolePolicy role/a"), "{}", ran.out);
}

#[test]
fn reverting_a_merge_is_a_change_like_any_other() {
    let after = format!("{ROLE}{READER}");
    let scene = change(&after, ROLE);
    let ran = review(&scene, "snapshot.json");
    assert_eq!(ran.code, 0, "access that goes is none that comes: {}{}", ran.out, ran.err);
    let env = [("IAMCTL_DIRECTORY", "project"), ("IAMCTL_ACCOUNT", "local"), ("IAMCTL_REVIEW", "review/review.json")];
    assert_eq!(scene.run("apply.sh", &[], &env).code, 0);
    assert!(scene.iamctl(&["plan"]).contains("No changes"));
}

#[test]
fn without_a_snapshot_there_is_a_review_and_no_digest_to_apply_by() {
    let scene = change(ROLE, ROLE);
    let ran = review(&scene, "missing.json");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(fs::read_to_string(scene.path("review/review.md")).unwrap(), "", "nothing changes, nothing is said");
    let ran = scene.run("digest.sh", &["review/review.json", "local"], &[]);
    assert!(ran.code == 1 && ran.err.contains("without a snapshot"), "{}", ran.err);
}

#[test]
fn specs_that_cannot_be_read_fail_the_review_and_a_missing_base_is_no_review() {
    let scene = change(ROLE, "version: 1\nroles: {a: {trusty: \"::error::x\"}}\n");
    let ran = review(&scene, "snapshot.json");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("::error file="), "{}", ran.out);
    fs::remove_dir_all(scene.path("base")).unwrap();
    let ran = review(&scene, "snapshot.json");
    assert!(ran.code != 0 && ran.code != 3 && ran.err.contains("the review could not be made"), "{}: {}", ran.code, ran.err);
}

#[test]
fn a_project_file_that_cannot_be_read_is_no_change_of_nothing() {
    let scene = change(ROLE, ROLE);
    scene.write("head/iamctl.yaml", "version: 1\nstacks: typo\n");
    let ran = review(&scene, "snapshot.json");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("unknown key"), "{}", ran.err);
    let comment = fs::read_to_string(scene.path("review/review.md")).unwrap();
    assert!(comment.starts_with("### 🛑 Error: a project file has errors"), "{comment}");
}

#[test]
fn the_roles_of_the_guide_are_valid_specs() {
    let guide = super::read("docs/gitops/README.md");
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let scene = Scene::new();
        scene.write("project/specs/main.yaml", block);
        scene.iamctl(&["validate"]);
    }
}
