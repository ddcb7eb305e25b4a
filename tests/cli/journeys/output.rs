//! What a person sees, as golden files: `cargo insta review` or `INSTA_UPDATE=always` takes new ones.

use super::*;

const SPEC: &str = r#"version: 1
policies:
  ReadReports:
    description: Read reports
    tags: {team: ml}
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: Read, Effect: Allow, Action: "s3:GetObject", Resource: "arn:${partition}:s3:::reports/*"}
roles:
  reader:
    description: Reads reports
    max_session_duration: 2h
    tags: {team: ml}
    trust:
      - service: lambda.amazonaws.com
      - aws: "222222222222"
        external_id: x
    managed_policies: [ReadReports, aws/service-role/AWSLambdaBasicExecutionRole]
    inline_policies:
      Queue: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
users:
  ann: {create: true, managed_policies: [ReadReports]}
"#;

fn golden(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_plan_that_makes_everything() {
    let project = Project::embedded();
    project.spec(SPEC);
    golden("plan_create", &project.runs(&["plan"], 0).out);
    let ran = project.runs(&["apply", "--yes"], 0);
    golden("apply_progress", &ran.err);
    golden("apply_end", &last_lines(&ran.out, 1));
    golden("plan_nothing", &project.runs(&["plan"], 0).out);
}

#[test]
fn a_plan_of_edits() {
    let project = Project::embedded();
    project.spec(SPEC);
    project.settle();
    project.spec(
        &SPEC
            .replace("s3:GetObject\", Resource", "s3:Get*\", Resource")
            .replace("max_session_duration: 2h", "max_session_duration: 1h")
            .replace("222222222222", "333333333333")
            .replace(
                "managed_policies: [ReadReports, aws/service-role/AWSLambdaBasicExecutionRole]",
                "managed_policies: [ReadReports]",
            )
            .replace("tags: {team: ml}\n    trust", "tags: {team: data, env: dev}\n    trust"),
    );
    golden("plan_update", &project.runs(&["plan"], 0).out);
}

#[test]
fn a_plan_that_deletes_and_is_refused() {
    let mut project = Project::embedded();
    project.spec(SPEC);
    project.settle();
    project.set_extra("guards: {max_deletes: 1}");
    project.spec("policies: {ReadReports: {description: Read reports, document: {Version: \"2012-10-17\", Statement: [{Sid: Read, Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::reports/*\"}]}}}");
    golden("plan_delete", &project.runs(&["plan"], 0).out);
    let ran = project.runs(&["apply", "--yes"], 4);
    golden("apply_refused", &ran.err);
}

#[test]
fn specs_with_errors() {
    let project = Project::embedded();
    project.spec(
        &SPEC
            .replace("[ReadReports, aws", "[ReadReport, aws")
            .replace("description: Reads", "descripton: Reads")
            .replace("\"222222222222\"", "012345678901"),
    );
    let ran = project.runs(&["plan"], 3);
    assert_eq!(ran.out, "");
    golden("spec_errors", &ran.err);
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let project = Project::embedded();
    project.spec(SPEC);
    let plain = project.runs(&["plan"], 0).out;
    assert!(!plain.contains('\u{1b}'), "a pipe gets no colour");
    let asked = project.runs(&["plan", "--color", "always"], 0).out;
    assert!(asked.contains('\u{1b}'), "--color always colours");
    let without = |key: &str, args: &[&str]| project::ran(project.command(args).env(key, "1").output().unwrap()).out;
    assert_eq!(without("NO_COLOR", &["plan"]), plain);
    assert_eq!(project.runs(&["plan", "--color", "never"], 0).out, plain);
    assert!(!without("NO_COLOR", &["plan", "--format", "json"]).contains('\u{1b}'));
    assert!(
        !project.runs(&["plan", "--format", "json", "--color", "always"], 0).out.contains('\u{1b}'),
        "JSON is never coloured"
    );
}

#[test]
fn json_is_one_document_and_nothing_else_on_standard_output() {
    let project = Project::embedded();
    project.spec(SPEC);
    for (args, code) in [
        (&["plan", "--format", "json"][..], 0),
        (&["validate", "--format", "json"], 0),
        (&["apply", "--yes", "--format", "json"], 0),
        (&["apply", "--yes", "--format", "json"], 0),
        (&["destroy", "--yes", "--format", "json"], 0),
    ] {
        let ran = project.runs(args, code);
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ran.out));
    }
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_applied() {
    let project = Project::embedded();
    project.spec(SPEC);
    for args in [&["apply"][..], &["destroy"]] {
        let ran = project.runs(args, 64);
        assert!(ran.err.contains("--yes"), "{}", ran.err);
    }
    assert!(!project.account_file().exists());
}

fn last_lines(text: &str, n: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len() - n..].join("\n")
}

/// A full disk behind a redirection: what was done is told elsewhere, and nothing is done after a plan that nobody could read.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_for_want_of_room_is_told_on_standard_error() {
    let project = Project::embedded();
    project.spec(SPEC);
    let apply = |format: &str| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = project.command(&["apply", "--yes", "--format", format]).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains("cannot write to standard output"), "{format}: {said}");
        said
    };
    apply("text");
    assert!(!project.account_file().exists(), "nothing is done");
    let said = apply("json");
    assert!(said.contains("\"operation\": \"CreateRole\"") && said.contains("\"converged\": true"), "{said}");
    project.is_settled(&[]);
}
