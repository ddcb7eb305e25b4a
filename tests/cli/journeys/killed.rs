//! A run that is killed between any two calls, then run again, ends in the target.

use std::fs;

use super::*;
use crate::support::project::calls;

pub(super) const BEFORE: &str = r#"
policies:
  old: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
  kept: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "*"}]}}
roles:
  a: {trust: [{service: ec2.amazonaws.com}], managed_policies: [old, kept], instance_profile: true}
  b: {trust: [{service: ec2.amazonaws.com}], managed_policies: [old]}
users:
  ann: {create: true, managed_policies: [old]}
"#;

pub(super) const AFTER: &str = r#"
policies:
  new: {document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
  kept: {tags: {team: ml}, document: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:PutObject", Resource: "*"}]}}
roles:
  a:
    description: changed
    tags: {team: ml}
    trust: [{service: lambda.amazonaws.com}]
    managed_policies: [new, kept]
    instance_profile: q
    inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
  c: {trust: [{aws: role/a}], managed_policies: [new]}
users:
  ann: {create: true, managed_policies: [kept, new]}
"#;

/// An account in a file keeps each call in a journal before it is reported: every beginning of that journal, torn lines
/// included, is an account as a killed run leaves it.
#[test]
fn every_beginning_of_the_journal_of_an_embedded_account_is_continued() {
    let reference = Project::embedded();
    reference.spec(BEFORE);
    reference.settle();
    let before = fs::read(reference.account_file()).unwrap();
    reference.spec(AFTER);
    let steps = calls(&reference.plan(&[])).len();
    assert!(steps > 15, "{steps} calls");
    let plan = reference.plan(&[]);
    reference.settle();
    let target = without_serial(reference.snapshot());

    let header = |account: &serde_json::Value| {
        format!("{{\"journal\":1,\"account\":{},\"base_serial\":{}}}\n", account["account"]["id"], account["serial"])
    };
    let account: serde_json::Value = serde_json::from_slice(&before).unwrap();
    let mut journal = header(&account);
    let mut beginnings = vec![String::new(), journal.clone()];
    for step in plan["steps"].as_array().unwrap() {
        let call = serde_json::json!({"operation": step["operation"], "request": step["request"]});
        let line = format!("{{\"now\":\"2026-01-01T00:00:00Z\",\"call\":{call}}}\n");
        beginnings.push(format!("{journal}{}", &line[..line.len() / 2]));
        journal += &line;
        beginnings.push(journal.clone());
    }
    for (at, beginning) in beginnings.iter().enumerate() {
        let project = Project::embedded();
        project.spec(AFTER);
        project.write(".iamctl/account.json", std::str::from_utf8(&before).unwrap());
        project.write(".iamctl/account.json.journal", beginning);
        project.settle();
        assert_eq!(without_ids(without_serial(project.snapshot())), without_ids(target.clone()), "after beginning {at}");
    }
}

fn without_serial(mut account: serde_json::Value) -> serde_json::Value {
    account.as_object_mut().unwrap().remove("serial");
    account
}

/// Ids and times come from the moment in which something was made.
fn without_ids(mut value: serde_json::Value) -> serde_json::Value {
    fn walk(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                for key in ["id", "created", "last_version"] {
                    map.remove(key);
                }
                // The hash in the memory of an attachment is that of an ARN, which holds the account's id.
                let memories: Vec<String> = map.keys().filter(|key| key.starts_with("iamctl:attached:")).cloned().collect();
                for key in memories {
                    let value = map.remove(&key).unwrap();
                    map.insert(key.rsplit_once(':').unwrap().0.to_owned(), value);
                }
                map.values_mut().for_each(walk);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

#[test]
fn a_run_on_an_embedded_account_may_be_killed_at_any_time() {
    let project = Project::embedded();
    // So many entities that the run takes some time.
    let mut spec = "roles:\n".to_owned();
    for i in 0..150 {
        spec += &format!(
            "  r{i}: {{trust: [{{service: ec2.amazonaws.com}}], managed_policies: [aws/AmazonS3ReadOnlyAccess, aws/AmazonSQSReadOnlyAccess]}}\n"
        );
    }
    project.spec(&spec);
    let mut killed = 0;
    for pause in [5, 10, 15, 20, 25, 30, 35, 40, 50, 60] {
        let mut child = project
            .command(&["apply", "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(pause));
        killed += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        // Whatever is there is an account, and can be planned on.
        project.plan(&[]);
    }
    assert!(killed > 0, "at least one run was killed before its end");
    project.settle();
    assert_eq!(project.snapshot()["roles"].as_object().unwrap().len(), 150);
}

/// What does not depend on the account's id, or on how often a policy was written.
#[cfg(feature = "aws")]
pub(super) fn without_moment(account: serde_json::Value, id: &str) -> serde_json::Value {
    let mut account: serde_json::Value = serde_json::from_str(&account.to_string().replace(id, "ID")).unwrap();
    account.as_object_mut().unwrap().remove("limits");
    without_ids(account)
}
