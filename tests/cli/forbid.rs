//! `forbid:` of the project file, through the binary: what no principal may do, before and after a change.

use std::fs;
use std::path::Path;
use std::process::Command;

fn run(directory: &Path, line: &str) -> (i32, String) {
    let args = line.split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout) + &text(output.stderr))
}

fn write(directory: &Path, forbid: &str, actions: &str) {
    fs::create_dir_all(directory.join("specs")).unwrap();
    fs::write(directory.join("iamctl.yaml"), format!("version: 1\nstack: t\ndefault_account: local\n{forbid}")).unwrap();
    let spec = format!(
        "version: 1\nroles:\n  dev:\n    trust: [{{service: lambda.amazonaws.com}}]\n    inline_policies:\n      own:\n        Version: \"2012-10-17\"\n        Statement:\n          - {{Effect: Allow, Action: sqs:SendMessage, Resource: \"arn:aws:sqs:*:*:q\"}}\n          - {{Effect: Allow, Action: [{actions}], Resource: \"*\"}}\n"
    );
    fs::write(directory.join("specs/main.yaml"), spec).unwrap();
}

const TRAIL: &str =
    "forbid:\n  - {name: keep the trail, actions: [cloudtrail:StopLogging, \"cloudtrail:Delete*\"], except: [role/audit-*]}\n";

#[test]
fn what_a_plan_adds_is_refused_and_what_stood_is_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    write(here, TRAIL, "\"cloudtrail:StopLogging\"");
    let (code, text) = run(here, "lint");
    assert_eq!(code, 3, "{text}");
    let says = "error[forbidden-access]: `role/dev` may do what `keep the trail` forbids: `cloudtrail:StopLogging` on `arn:aws:cloudtrail:";
    assert!(text.contains(says) && text.contains(", by statement 2 of `role/dev/inline/own`"), "{text}");
    assert!(text.contains("specs/main.yaml:10:") && text.contains("iamctl.yaml:5:"), "{text}");
    let (code, text) = run(here, "plan");
    assert!(code == 3 && text.contains("! forbid: `role/dev` may do"), "{code} {text}");
    assert!(!text.contains("it could before this plan"), "{text}");
    let (code, text) = run(here, "apply --yes");
    assert!(code == 4 && text.contains("keep the trail"), "{code} {text}");
    assert!(!here.join(".iamctl/account.json").exists(), "nothing was made");
    // Without the rule it is applied; with the rule again it stood before, and other changes go on.
    write(here, "", "\"cloudtrail:StopLogging\"");
    assert_eq!(run(here, "apply --yes").0, 0);
    write(here, TRAIL, "\"cloudtrail:StopLogging\", \"sns:Publish\"");
    let (code, text) = run(here, "apply --yes");
    assert!(code == 0 && text.contains("it could before this plan"), "{code} {text}");
    write(here, TRAIL, "\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\"");
    assert_eq!(run(here, "apply --yes").0, 4, "more of what is forbidden");
    write(here, &TRAIL.replace("audit-*", "d*"), "\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\"");
    assert_eq!(run(here, "apply --yes").0, 0, "excused");
    assert_eq!(run(here, "lint").0, 0, "excused");
}

#[test]
fn a_rollback_to_forbidden_access_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    write(here, "", "\"s3:GetObject\"");
    for (forbid, action) in [("", "cloudtrail:StopLogging"), (TRAIL, "cloudtrail:GetTrail")] {
        write(here, forbid, "\"s3:GetObject\"");
        let spec = format!(
            "version: 1\npolicies:\n  p:\n    document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: {action}, Resource: \"*\"}}]}}\nroles:\n  dev: {{trust: [{{service: lambda.amazonaws.com}}], managed_policies: [p]}}\n"
        );
        fs::write(here.join("specs/main.yaml"), spec).unwrap();
        let (code, text) = run(here, "apply --yes");
        assert_eq!(code, 0, "{text}");
    }
    let before = fs::read(here.join(".iamctl/account.json")).unwrap();
    let (code, text) = run(here, "rollback policy/p --yes");
    assert!(code == 4 && text.contains("keep the trail"), "{code} {text}");
    assert!(fs::read(here.join(".iamctl/account.json")).unwrap() == before, "nothing was changed");
}

#[test]
fn a_rule_that_forbids_nothing_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    for (rule, says) in [
        ("{actions: []}", "a rule without actions forbids nothing"),
        ("{actions: [cloudtrail:StopLoging]}", "did you mean"),
        ("{actions: [s3:DeleteBucket], resources: []}", "a rule without resources forbids nothing"),
        ("{actions: [s3:DeleteBucket], resources: [bucket]}", "bucket"),
        ("{actions: [s3:DeleteBucket], conditions: {StringEqual: {aws:RequestedRegion: x}}}", "StringEqual"),
        ("{actions: [s3:DeleteBucket], except: [admin]}", "does not say whether it is a role or a user"),
        ("{actions: [\"s3:${var.what}\"]}", "what"),
        ("{action: [s3:DeleteBucket]}", "action"),
    ] {
        write(directory.path(), &format!("forbid:\n  - {rule}\n"), "\"s3:GetObject\"");
        let (code, text) = run(directory.path(), "validate");
        assert!(code != 0 && text.contains("iamctl.yaml:5:") && text.contains(says), "{rule}: {code} {text}");
    }
}

#[test]
fn a_review_tells_new_breaches_from_old_ones_and_names_a_weaker_rule() {
    let directory = tempfile::tempdir().unwrap();
    let (base, head) = (directory.path().join("base"), directory.path().join("head"));
    let weaker = TRAIL.replace(", \"cloudtrail:Delete*\"", "");
    for (was, is, (old, new), code, says) in [
        ("", TRAIL, ("\"cloudtrail:StopLogging\"", "\"cloudtrail:StopLogging\", \"sns:Publish\""), 0, ""),
        (TRAIL, TRAIL, ("\"sns:Publish\"", "\"cloudtrail:StopLogging\""), 3, "keep the trail"),
        (TRAIL, "", ("\"sns:Publish\"", "\"cloudtrail:DeleteTrail\""), 3, "keep the trail"),
        (TRAIL, weaker.as_str(), ("\"sns:Publish\"", "\"sns:Publish\""), 3, "forbid"),
        (weaker.as_str(), TRAIL, ("\"sns:Publish\"", "\"sns:Publish\""), 0, ""),
    ] {
        write(&base, was, old);
        write(&head, is, new);
        let (found, text) = run(&head, "review --base ../base --fail-on error,controls");
        assert!(found == code && text.contains(says), "{was:?} {is:?}: {found} {text}");
    }
}
