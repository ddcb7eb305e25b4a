//! `--format sarif` and `--format github`, through the binary: what reviewers' tools are given.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn iamctl(directory: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A repository with a project in `iam/`.
fn repository(spec: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("iam");
    fs::create_dir_all(project.join("specs")).unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    fs::write(project.join("iamctl.yaml"), "version: 1\nstack: t\ndefault_account: local\n").unwrap();
    fs::write(project.join("specs/main.yaml"), spec).unwrap();
    directory
}

const ADMIN: &str =
    "version: 1\nroles:\n  deploy:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [aws/AdministratorAccess]\n";

/// The log of a run, valid by the schema of the standard and within what GitHub takes.
fn log(text: &str) -> Value {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/sarif/sarif-schema-2.1.0.json");
        // The standard's pattern of a language ends in a bracket too many; no log of ours names a language.
        let text = fs::read_to_string(file).unwrap().replace("{2}]?$", "{2}$");
        jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
    });
    let log: Value = serde_json::from_str(text).unwrap();
    let faults: Vec<String> = schema.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let driver = &log["runs"][0]["tool"]["driver"];
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        for member in ["shortDescription", "fullDescription", "help"] {
            let text = rule[member]["text"].as_str().unwrap();
            assert!(!text.trim().is_empty(), "{member} of {rule}");
        }
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
        assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
        assert!(rule.get("helpUri").is_none(), "there is no page on the web to point at");
    }
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["locations"].as_array().is_some_and(|l| l.len() == 1), "GitHub asks for a place: {result}");
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    log
}

fn results(log: &Value, code: &str) -> Vec<Value> {
    let all = log["runs"][0]["results"].as_array().unwrap();
    all.iter().filter(|r| r["ruleId"] == code).cloned().collect()
}

fn uri(result: &Value) -> &str {
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()
}

#[test]
fn lint_as_sarif_names_files_from_the_repository() {
    let repository = repository(ADMIN);
    let ran = iamctl(&repository.path().join("iam/specs"), &["lint", "--format", "sarif"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let log = log(&ran.out);
    let found = results(&log, "administrator-access");
    assert_eq!((uri(&found[0]), &found[0]["level"]), ("iam/specs/main.yaml", &"error".into()));
    assert_eq!(found[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 5);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|r| r["id"] == "administrator-access").unwrap();
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("**What to do.**"));
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "iamctl-lint/local/");
}

#[test]
fn the_fingerprint_stays_when_lines_are_put_before() {
    let repository = repository(ADMIN);
    let project = repository.path().join("iam");
    let print = || results(&log(&iamctl(&project, &["lint", "--format", "sarif"]).out), "administrator-access")[0].clone();
    let before = print();
    fs::write(project.join("specs/main.yaml"), format!("# one\n# two\n\n{ADMIN}")).unwrap();
    let after = print();
    assert_eq!(before["partialFingerprints"], after["partialFingerprints"]);
    assert_ne!(before["locations"], after["locations"]);
}

#[test]
fn bare_documents_are_named_from_the_repository_too() {
    let repository = repository(ADMIN);
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    fs::write(repository.path().join("iam/specs/p q.json"), document).unwrap();
    let ran = iamctl(&repository.path().join("iam/specs"), &["lint", "p q.json", "--format", "sarif"]);
    assert_eq!(uri(&results(&log(&ran.out), "administrator-access")[0]), "iam/specs/p%20q.json");
    let ran = iamctl(&repository.path().join("iam/specs"), &["lint", "p q.json", "--format", "github"]);
    assert!(ran.out.contains("file=iam/specs/p q.json,line=1,col=61,title=administrator-access::"), "{}", ran.out);
}

#[test]
fn validate_as_sarif_and_as_annotations_has_the_errors_of_specs() {
    let repository = repository("version: 1\nroles:\n  deploy:\n    trusty: []\n");
    let project = repository.path().join("iam");
    let ran = iamctl(&project, &["validate", "--format", "sarif"]);
    assert_eq!(ran.code, 3);
    let found = results(&log(&ran.out), "unknown-key");
    assert_eq!(found[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
    let ran = iamctl(&project, &["validate", "--format", "github"]);
    assert!(ran.out.contains("::error file=iam/specs/main.yaml,line=4,col=5,title=unknown-key::"), "{}", ran.out);
}

#[test]
fn a_plan_tells_new_access_at_the_place_of_the_change() {
    let repository = repository(
        "version: 1\nroles:\n  reader:\n    trust: [{service: ec2.amazonaws.com}]\n    inline_policies:\n      Read: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b/*\"}]}\n",
    );
    let project = repository.path().join("iam");
    let ran = iamctl(&project, &["plan", "--format", "sarif"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let log = log(&ran.out);
    let found = results(&log, "new-access");
    assert_eq!((uri(&found[0]), &found[0]["level"]), ("iam/specs/main.yaml", &"warning".into()));
    assert_eq!(found[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    assert!(found[0]["message"]["text"].as_str().unwrap().contains("s3:GetObject on arn:aws:s3:::b/*"));
    let ran = iamctl(&project, &["plan", "--format", "github"]);
    assert!(ran.out.contains("::warning file=iam/specs/main.yaml,line=3,col=3,title=new-access%3A role/reader::"), "{}", ran.out);
    assert_eq!(
        ran.out.lines().filter(|l| l.starts_with("::notice title=iamctl plan of account local::Plan: 1 to create")).count(),
        1
    );
}

#[test]
fn a_plan_without_changes_still_prints_one_notice() {
    let repository = repository("version: 1\n");
    let ran = iamctl(&repository.path().join("iam"), &["plan", "--format", "github"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "::notice title=iamctl plan of account local::No changes.\n"), "{}", ran.err);
}

#[test]
fn without_a_project_no_review_format_gives_a_green_check() {
    let directory = tempfile::tempdir().unwrap();
    for command in ["plan", "lint", "validate"] {
        for format in ["sarif", "github"] {
            let ran = iamctl(directory.path(), &[command, "--format", format]);
            assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{command} {format}: {}", ran.err);
            assert!(ran.err.contains("a missing project file must not pass the check"), "{}", ran.err);
        }
    }
    fs::write(directory.path().join("p.json"), r#"{"Version": "2012-10-17", "Statement": []}"#).unwrap();
    let ran = iamctl(directory.path(), &["lint", "p.json", "--format", "sarif"]);
    assert_ne!(ran.code, 64, "a document that was named is not lost: {}", ran.err);
}

#[test]
fn hostile_names_forge_neither_a_command_nor_a_line() {
    // What a contributor can write and what passes the characters that specs refuse outright.
    let spec = "version: 1\nroles:\n  \"x\\n::error::forged\":\n    trust: []\n  \"%0A::warning::y ##[error]z\":\n    tagz: {}\n  \"\\u202enimda\\u001b[31m\":\n    trust: []\n";
    let repository = repository(spec);
    let project = repository.path().join("iam");
    fs::write(project.join("specs/a,b::error::c%0A.yaml"), "version: 1\nnonsense: 1\n").unwrap();
    for command in ["lint", "validate"] {
        let ran = iamctl(&project, &[command, "--format", "github"]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        for line in ran.out.lines() {
            let good =
                ["::error file=iam/specs/", "::warning file=iam/specs/", "::notice "].iter().any(|begin| line.starts_with(begin));
            assert!(good && !line.contains("##["), "{line:?}");
        }
        assert!(!ran.out.contains(['\u{202e}', '\u{1b}']), "{}", ran.out);
        assert!(ran.out.contains("file=iam/specs/a%2Cb%3A%3Aerror%3A%3Ac%250A.yaml,"), "{}", ran.out);
        let ran = iamctl(&project, &[command, "--format", "sarif"]);
        let log = log(&ran.out);
        assert!(
            !ran.out.contains(['\u{202e}', '\u{1b}']) && !ran.out.contains("\\u202e") && !ran.out.contains("\\u001b"),
            "{log:#}"
        );
        assert!(
            log["runs"][0]["results"].as_array().unwrap().iter().any(|r| uri(r) == "iam/specs/a%2Cb%3A%3Aerror%3A%3Ac%250A.yaml")
        );
    }
}
