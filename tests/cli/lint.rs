//! `iamctl lint` as users run it.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

fn iamctl(directory: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn findings(text: &str) -> Vec<Value> {
    let json: Value = serde_json::from_str(text).unwrap();
    json["findings"].as_array().unwrap().clone()
}

fn project(spec: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("specs")).unwrap();
    std::fs::write(directory.path().join("iamctl.yaml"), "version: 1\nstack: t\ndefault_account: local\n").unwrap();
    std::fs::write(directory.path().join("specs/main.yaml"), spec).unwrap();
    directory
}

fn admin(waive: &str) -> String {
    format!(
        "version: 1\nroles:\n  deploy:\n    trust: [{{service: ec2.amazonaws.com}}]\n    managed_policies: [aws/AdministratorAccess]\n{waive}"
    )
}

#[test]
fn a_bare_document_is_judged_as_the_whole_principal() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("p.json"), DOCUMENT).unwrap();
    let (code, out) = iamctl(directory.path(), &["lint", "p.json", "--format", "json"]);
    assert_eq!(code, 3);
    let found = findings(&out);
    let administrator = found.iter().find(|f| f["code"] == "administrator-access").unwrap();
    assert_eq!(administrator["severity"], "error");
    assert_eq!(
        (&administrator["file"], &administrator["line"], &administrator["column"]),
        (&"p.json".into(), &1.into(), &61.into())
    );
    assert!(found.iter().any(|f| f["code"] == "privilege-escalation"));
}

#[test]
fn a_bare_trust_is_of_the_account_that_the_flag_names() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}]}"#;
    std::fs::write(directory.path().join("t.json"), text).unwrap();
    let lint = |more: &[&str]| {
        iamctl(directory.path(), &[&["lint", "t.json", "--type", "trust", "--fail-on", "warning"], more].concat()).0
    };
    assert_eq!(lint(&[]), 0);
    assert_eq!(lint(&["--account-id", "111122223333"]), 3);
    assert_eq!(lint(&["--account-id", "444455556666"]), 0);
    assert_eq!(lint(&["--account-id", "nobody"]), 64);
}

#[test]
fn the_threshold_decides_the_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:FetchHolograms", "Resource": "arn:aws:s3:::b/*"}]}"#;
    std::fs::write(directory.path().join("p.json"), text).unwrap();
    assert_eq!(iamctl(directory.path(), &["lint", "p.json"]).0, 0);
    assert_eq!(iamctl(directory.path(), &["lint", "p.json", "--fail-on", "warning"]).0, 3);
    assert_eq!(iamctl(directory.path(), &["lint", "missing.json"]).0, 1);
}

#[test]
fn a_waiver_with_a_reason_takes_a_finding_away_until_its_day() {
    let waive = |until: &str| {
        format!(
            "    waive:\n      - {{code: administrator-access, reason: deploys all, until: \"{until}\"}}\n      - {{code: privilege-escalation, reason: deploys all}}\n      - {{code: public-trust, reason: none}}\n"
        )
    };
    let codes = |spec: &str| -> (i32, Vec<String>) {
        let directory = project(spec);
        let (code, out) = iamctl(directory.path(), &["lint", "--format", "json"]);
        (code, findings(&out).iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect())
    };
    let (code, found) = codes(&admin(""));
    assert!(code == 3 && found.contains(&"administrator-access".to_owned()), "{found:?}");
    let (code, found) = codes(&admin(&waive("2999-12-31")));
    assert!(code == 0 && !found.contains(&"administrator-access".to_owned()), "{found:?}");
    assert!(found.contains(&"unused-waiver".to_owned()) && !found.contains(&"expired-waiver".to_owned()));
    let (code, found) = codes(&admin(&waive("2020-01-31")));
    assert!(code == 3 && found.contains(&"administrator-access".to_owned()) && found.contains(&"expired-waiver".to_owned()));
}

#[test]
fn a_boundary_takes_an_administrator_back() {
    let spec = admin("    permissions_boundary: aws/ReadOnlyAccess\n");
    let directory = project(&spec);
    let (code, out) = iamctl(directory.path(), &["lint", "--format", "json"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_plan_has_the_findings_and_its_exit_code_does_not_change() {
    let directory = project(&admin(""));
    let (code, out) = iamctl(directory.path(), &["plan", "--format", "json"]);
    assert_eq!(code, 0);
    let found = findings(&out);
    let administrator = found.iter().find(|f| f["code"] == "administrator-access").unwrap();
    assert_eq!(administrator["address"], "role/deploy");
}

#[test]
fn a_wildcard_that_a_template_left_open_names_the_parameter() {
    let directory = project("version: 1\nuse:\n  - template: sagemaker/training\n");
    let (_, out) = iamctl(directory.path(), &["lint", "--format", "json"]);
    assert!(
        findings(&out)
            .iter()
            .any(|f| f["help"].as_str().is_some_and(|h| h.contains("`s3_buckets` (template `sagemaker/training`)")))
    );
}

#[test]
fn the_specs_of_this_repository_have_no_finding_at_error_level() {
    let (code, out) = iamctl(Path::new(env!("CARGO_MANIFEST_DIR")), &["lint"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_chain_of_roles_to_an_administrator_is_found() {
    let spec = admin("")
        + "  middle:\n    trust: [{aws: role/start}]\n    inline_policies:\n      go: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sts:AssumeRole\", Resource: \"arn:aws:iam::${account_id}:role/strong\"}]}\n  start:\n    trust: [{service: lambda.amazonaws.com}]\n  strong:\n    trust: [{aws: \"${account_id}\"}]\n    managed_policies: [aws/AdministratorAccess]\n";
    let directory = project(&spec);
    let (_, out) = iamctl(directory.path(), &["lint", "--format", "json"]);
    let chains: Vec<String> = findings(&out)
        .iter()
        .filter(|f| f["code"] == "escalation-chain")
        .map(|f| f["message"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        chains,
        [
            "`role/middle` can become a principal that escalates: `role/middle` → `role/strong`",
            "`role/start` can become a principal that escalates: `role/start` → `role/middle` → `role/strong`",
        ]
    );
}

#[test]
fn what_a_template_writes_is_found_once_at_the_template() {
    let specs =
        "version: 1\nuse:\n  - {template: t, name: a}\n  - {template: t, name: \"b-${each.x}\", each: {x: [one, two, three]}}\n";
    let project = project(specs);
    std::fs::create_dir(project.path().join("specs/templates")).unwrap();
    let template = "template: t\nspec:\n  roles:\n    \"${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      inline_policies:\n        P: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObjekt\", Resource: \"arn:aws:s3:::b/*\"}]}\n";
    std::fs::write(project.path().join("specs/templates/t.yaml"), template).unwrap();
    let (code, out) = iamctl(project.path(), &["lint", "--format", "json"]);
    assert_eq!(code, 3, "{out}");
    let found = findings(&out);
    let of = |code: &str| found.iter().filter(|f| f["code"] == code).collect::<Vec<_>>();
    let [action] = of("unknown-action")[..] else { panic!("{out}") };
    assert_eq!((&action["file"], &action["line"]), (&"specs/templates/t.yaml".into(), &7.into()));
    let used = "(template `t`, used by `use` at specs/main.yaml:3 ×4: `role/a`, `role/b-one`, `role/b-three` and 1 more)";
    assert!(action["message"].as_str().unwrap().ends_with(used), "{action}");
    let lines: Vec<_> = action["related"].as_array().unwrap().iter().map(|place| place["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4]);
    // What is found of the role itself stands at its name in the template.
    let [tests] = of("role-without-tests")[..] else { panic!("{out}") };
    assert_eq!(tests["line"], 4);
    let (_, github) = iamctl(project.path(), &["lint", "--format", "github"]);
    assert_eq!(github.matches("title=unknown-action").count(), 1, "{github}");
    assert!(github.contains("::error file=specs/templates/t.yaml,line=7"), "{github}");
    let (_, sarif) = iamctl(project.path(), &["lint", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let action = results.iter().find(|result| result["ruleId"] == "unknown-action").unwrap();
    assert_eq!(action["relatedLocations"][1]["physicalLocation"]["region"]["startLine"], 4);
}

#[test]
fn broken_specs_report_their_errors_alone() {
    let directory = project("version: 1\nroles:\n  x: {trustt: []}\n");
    let (code, out) = iamctl(directory.path(), &["lint", "--format", "json"]);
    assert_eq!(code, 3);
    assert!(findings(&out).iter().any(|f| f["code"] == "unknown-key"));
}

#[test]
fn the_policy_of_a_vpc_endpoint_grants_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let everything =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
    std::fs::write(directory.path().join("e.json"), everything).unwrap();
    let lint = |policy_type: &str| iamctl(directory.path(), &["lint", "e.json", "--type", policy_type, "--fail-on", "note"]);
    assert_eq!(lint("endpoint").0, 0);
    // The very policy that AWS attaches where nobody gives one.
    let default = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
    std::fs::write(directory.path().join("e.json"), default).unwrap();
    assert_eq!(lint("endpoint").0, 0);
    std::fs::write(directory.path().join("e.json"), everything).unwrap();
    let (code, out) = lint("resource");
    assert!(code == 3 && out.contains("public-access") && out.contains("--type endpoint"), "{out}");
    // It needs a principal all the same.
    std::fs::write(directory.path().join("e.json"), DOCUMENT).unwrap();
    let (code, out) = lint("endpoint");
    assert!(code == 3 && out.contains("missing-principal") && !out.contains("administrator-access"), "{out}");
}

#[test]
fn placeholders_of_a_document_are_one_finding() {
    let directory = tempfile::tempdir().unwrap();
    let lint = |resources: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [{resources}]}}]}}"#
        );
        std::fs::write(directory.path().join("p.json"), text).unwrap();
        let (_, out) = iamctl(directory.path(), &["lint", "p.json", "--format", "json"]);
        let line = |f: &Value| format!("{} {}", f["severity"].as_str().unwrap(), f["code"].as_str().unwrap());
        findings(&out).iter().map(line).collect::<Vec<_>>()
    };
    let one = r#""arn:aws:sqs:${Region}:${Account}:q", "arn:aws:sqs:REGION:ACCOUNT_ID:q", "arn:aws:sqs:<region>:<account-id>:q""#;
    assert_eq!(lint(one), ["warning unfilled-placeholder"]);
    assert_eq!(lint(r#""arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q""#), ["error unfilled-placeholder"]);
    assert_eq!(lint(r#""arn:aws:sqs:eu-west-1:12345:q""#), ["warning invalid-arn-account"]);
}

#[test]
fn a_key_that_stands_twice_is_not_just_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Action": "sqs:ReceiveMessage",
        "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"}]}"#;
    std::fs::write(directory.path().join("p.json"), text).unwrap();
    let (code, out) = iamctl(directory.path(), &["lint", "p.json"]);
    assert!(code == 3 && out.contains("duplicate-key") && out.contains("join the two in one list"), "{out}");
}

#[test]
fn what_adds_a_permission_for_accounts_opens_to_another_account() {
    let directory = tempfile::tempdir().unwrap();
    let of = |action: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}"#
        );
        std::fs::write(directory.path().join("p.json"), text).unwrap();
        let (_, out) = iamctl(directory.path(), &["lint", "p.json", "--format", "json"]);
        let found = findings(&out).into_iter().find(|f| f["code"] == "resource-policy-escalation").unwrap();
        found["message"].as_str().unwrap().to_owned()
    };
    assert!(of("sqs:AddPermission").contains("open to another account"), "{}", of("sqs:AddPermission"));
    assert!(of("lambda:AddPermission").contains("grant itself"), "{}", of("lambda:AddPermission"));
}

#[test]
fn passing_any_role_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}"#;
    std::fs::write(directory.path().join("p.json"), text).unwrap();
    let (_, out) = iamctl(directory.path(), &["lint", "p.json", "--format", "json"]);
    let codes: Vec<String> = findings(&out).iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, ["pass-role-with-star-in-resource"]);
}
