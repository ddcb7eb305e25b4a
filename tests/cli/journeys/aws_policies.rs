//! The managed policies of AWS: the list, one document, two versions; offline and from the account.

use serde_json::{Value, json};

use super::*;

fn json_of(project: &Project, args: &[&str]) -> Value {
    serde_json::from_str(&project.runs(args, 0).out).unwrap()
}

fn entry<'a>(list: &'a Value, name: &str) -> &'a Value {
    list["policies"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("{name} is listed"))
}

#[test]
fn the_list_is_searched_and_tells_the_withdrawn_with_their_successors() {
    let project = Project::embedded();
    let list = json_of(&project, &["aws-policies", "--format", "json"]);
    assert!(list["policies"].as_array().unwrap().len() > 1500);
    assert_eq!(entry(&list, "ReadOnlyAccess")["standing"], "current");
    let gone = entry(&list, "AWSLambdaFullAccess");
    assert_eq!((&gone["standing"], &gone["successor"]), (&json!("withdrawn"), &json!("AWSLambda_FullAccess")));
    assert!(gone["source"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"));
    assert_eq!(entry(&list, "service-role/AmazonEC2RoleforSSM")["standing"], "deprecated");
    assert_eq!(entry(&list, "AWSMobileHub_FullAccess")["successor"], json!(null));

    let text = project.runs(&["aws-policies", "LAMBDA_"], 0).out;
    assert_eq!(text.lines().count(), 2, "{text}");
    let text = project.runs(&["aws-policies", "awslambdafull"], 0).out;
    assert!(text.contains("withdrawn, use aws/AWSLambda_FullAccess"), "{text}");
    let none = project.runs(&["aws-policies", "AmazonS3FullAcces5"], 0);
    assert!(none.out.is_empty() && none.err.contains("did you mean `AmazonS3FullAccess`?"), "{}", none.err);
}

#[test]
fn a_document_is_shown_as_a_spec_writes_it_and_as_iam_has_it() {
    let project = Project::embedded();
    let yaml = project.runs(&["aws-policies", "show", "AmazonS3ReadOnlyAccess"], 0).out;
    assert!(yaml.starts_with("# arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n# v3, in force, made 2023-"), "{yaml}");
    // It is a document of a spec as it stands.
    let indented: String = yaml.lines().map(|line| format!("      {line}\n")).collect();
    project.spec(&format!("version: 1\npolicies:\n  copy:\n    document:\n{indented}"));
    project.runs(&["validate"], 0);

    let first = json_of(&project, &["aws-policies", "show", "aws/AmazonS3ReadOnlyAccess", "--version", "v1", "--format", "json"]);
    assert_eq!(first["Statement"][0]["Action"], json!(["s3:Get*", "s3:List*"]));
    for name in ["AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"] {
        let shown = project.runs(&["aws-policies", "show", name, "--format", "json"], 0);
        assert!(shown.err.contains("policy/service-role/AWSLambdaBasicExecutionRole"), "{}", shown.err);
    }
    let gone = project.runs(&["aws-policies", "show", "AmazonGuardDutyFullAccess"], 0).out;
    assert!(gone.contains("# withdrawn:") && gone.contains("# successor: aws/AmazonGuardDutyFullAccess_v2 (https://"), "{gone}");

    let says = |args: &[&str], words: &str| {
        let ran = project.runs(&[&["aws-policies"], args].concat(), 64);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
    };
    says(&["show", "AmazonS3ReadOnlyAccess", "--version", "v99"], "known are v1, v2, v3; `--live` asks AWS");
    says(&["show", "AmazonS3ReadOnlyAcces"], "did you mean `aws/AmazonS3ReadOnlyAccess`?");
    says(&["show", "AWSLambdaFullAccess"], "its successor is `aws/AWSLambda_FullAccess`");
    says(&["show", "AmazonS3ReadOnlyAccess", "--version", "three"], "as in `v3`");
    says(&["show", "ReadOnlyAccess", "--live"], "the account `main` is a file");
    says(&["--live"], "the account `main` is a file");
}

#[test]
fn two_versions_are_compared_as_text_and_as_access() {
    let project = Project::embedded();
    let text = project.runs(&["aws-policies", "diff", "AmazonS3ReadOnlyAccess", "v1", "v2"], 0).out;
    assert!(text.contains("+         \"s3-object-lambda:Get*\","), "{text}");
    assert!(text.contains("new access\n  + s3-object-lambda:Get*"), "{text}");
    let diff = json_of(&project, &["aws-policies", "diff", "AmazonS3ReadOnlyAccess", "v3", "v1", "--format", "json"]);
    assert_eq!((&diff["from"], &diff["to"]), (&json!("v3"), &json!("v1")));
    assert_eq!(diff["access"]["verdict"], "no_new_access");
    assert!(!diff["access"]["lost"].as_array().unwrap().is_empty());
    let same = project.runs(&["aws-policies", "diff", "AmazonS3ReadOnlyAccess", "v3", "v3"], 0).out;
    assert!(same.contains("both say the same") && same.contains("no new access"), "{same}");
    project.runs(&["aws-policies", "diff", "AmazonS3ReadOnlyAccess", "v1", "v77"], 64);
}

#[test]
fn the_history_of_a_policy_of_aws_is_known_offline() {
    let project = Project::embedded();
    let text = project.runs(&["history", "aws/AmazonS3ReadOnlyAccess"], 0).out;
    assert!(
        text.starts_with("aws/AmazonS3ReadOnlyAccess  arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n  v1  2015-"),
        "{text}"
    );
    assert!(text.contains("default  new access"), "{text}");
    let long = json_of(&project, &["history", "aws/ReadOnlyAccess", "--last", "2", "--format", "json"]);
    assert_eq!(long["versions"].as_array().unwrap().len(), 2);
    assert!(long["not_shown"].as_u64().unwrap() > 100);
    project.runs(&["history", "aws/ReadOnlyAccess", "--live"], 64);
    project.runs(&["history", "aws/NoSuchPolicyAnywhere"], 64);
}

#[test]
#[cfg(feature = "aws")]
fn aws_is_asked_where_that_is_wanted() {
    let project = Project::moto("600000000095");
    let list = json_of(&project, &["aws-policies", "S3ReadOnly", "--live", "--format", "json"]);
    assert_eq!(entry(&list, "AmazonS3ReadOnlyAccess")["arn"], "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    assert!(project.proxy().count("ListPolicies") > 0);

    let shown = json_of(&project, &["aws-policies", "show", "AmazonS3ReadOnlyAccess", "--live", "--format", "json"]);
    assert!(shown["Statement"].is_array());
    let missing = project.runs(&["aws-policies", "show", "AmazonS3ReadOnlyAccess", "--live", "--version", "v1"], 64);
    assert!(missing.err.contains("AWS keeps no version v1"), "{}", missing.err);
    let gone = project.runs(&["aws-policies", "show", "AWSLambdaFullAccess", "--live"], 64);
    assert!(gone.err.contains("did you mean `aws/AWSLambda_FullAccess`?"), "{}", gone.err);

    let history = json_of(&project, &["history", "aws/AmazonS3ReadOnlyAccess", "--live", "--format", "json"]);
    assert_eq!(history["default"], history["versions"].as_array().unwrap().last().unwrap()["version"]);
    assert!(
        project.proxy().counts().keys().all(|action| crate::support::project::is_read(action)),
        "{:?}",
        project.proxy().counts()
    );
}
