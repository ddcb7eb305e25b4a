//! Changes that are written to slip through a review: each class of them, with the gate that must refuse it and what its first line says.
//!
//! A row is a change of one small project. Whatever the gate, the first line of such a change never calls it harmless.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::Command;

mod answers;
mod escalations;
mod rows;

const PROJECT: &str = r#"version: 1
stack: shop
specs: [specs]
default_account: prod
guards: {max_deletes: 10, max_changes_percent: 30, delete_unused_days: 30, break_glass: ["arn:aws:iam::222222222222:role/Admin"]}
ignore: {tags: ["auto:*"], attached_policies: ["arn:aws:iam::*:policy/org-*"]}
require: {roles: {tags: [team]}, policies: {name: ["*"]}}
fleet_guards: {max_deletes: 3}
forbid: [{name: trails, actions: ["cloudtrail:StopLogging"], principals: [role/orders]}]
accounts:
  prod: {id: "222222222222", region: us-east-1}
"#;

const SPEC: &str = r#"version: 1
policies:
  Orders:
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:GetObject"], Resource: "arn:aws:s3:::orders/*"}]}
  Boundary:
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "dynamodb:*", "sqs:*", "logs:*"], Resource: "*"}]}
  Twin:
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "dynamodb:*", "sqs:*", "logs:*"], Resource: "*"}]}
roles:
  web:
    tags: {team: web}
    instance_profile: web
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [{policy: Orders, expires: "2098-01-31"}]
    waive: [{code: administrator-access, reason: nobody remembers}]
  orders:
    tags: {team: orders}
    trust: [{service: lambda.amazonaws.com, source_account: "${account_id}"}]
    managed_policies: [Orders]
  dev:
    tags: {team: dev}
    trust: [{aws: role/sso, mfa: true}]
    managed_policies: [Orders]
    inline_policies:
      Reach: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: "arn:aws:iam::*:role/tagged"}, {Effect: Allow, Action: "sts:AssumeRole", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/open": "yes"}}}, {Effect: Deny, Action: "s3:GetObject", Resource: "arn:aws:s3:::orders/secret/*"}]}
#DEV
  walker:
    tags: {team: walk}
    trust: [{service: lambda.amazonaws.com}]
    inline_policies:
      Walk: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}]}
  bounded:
    tags: {team: dev}
    permissions_boundary: Boundary
    trust: [{aws: role/dev}]
    inline_policies:
      All: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
  tagged:
    tags: {team: dev}
    trust: [{aws: "${account_id}", condition: {StringEquals: {"aws:PrincipalTag/admin": "yes"}}}]
    inline_policies:
      Deploy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:*", Resource: "*"}]}
  deployer:
    tags: {team: ops}
    protect: true
    trust:
      - {github: {repository: acme/iam, ref: refs/heads/main}}
#TRUST
    inline_policies:
      Deploy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:*", Resource: "*"}]}
  sso-admin:
    tags: {team: ops}
    trust: [{saml: Corp}]
    managed_policies: [aws/AdministratorAccess]
oidc_providers:
  token.actions.githubusercontent.com: {client_ids: [sts.amazonaws.com], thumbprints: ["6938fd4d98bab03faadb97b34396831e3780aea1"]}
saml_providers:
  Corp: {metadata_file: corp.xml}
groups:
  ops: {managed_policies: [aws/ReadOnlyAccess], users: [alice]}
  admins: {managed_policies: [aws/AdministratorAccess], users: [root-alice]}
#GROUPS
users:
  alice: {}
  bob: {}
  root-alice: {}
#USERS
tests:
  - {name: dev creates no users, principal: role/dev, expect: {explicitly_denied: [{action: s3:GetObject, resource: "arn:aws:s3:::orders/secret/a"}], denied: [{action: [iam:CreateUser, iam:CreateRole]}]}}
  - {name: only lambda assumes orders, assume: role/orders, expect: {denied: [{service: ec2.amazonaws.com}, {aws: "999999999999"}]}}
#END
"#;

/// SAML metadata long enough for IAM.
fn metadata(entity: &str) -> String {
    format!(
        "<EntityDescriptor entityID=\"https://idp/{entity}\"><X509Certificate>{}</X509Certificate></EntityDescriptor>",
        entity.repeat(1200)
    )
}

/// What is done to the head.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Statements of an inline policy of `role/dev`.
    Dev(&'static str),
    /// Entries of the trust of `role/deployer`.
    Trust(&'static str),
    /// One text of the spec for another.
    Spec(&'static str, &'static str),
    /// One text of the project file for another.
    Project(&'static str, &'static str),
    /// A file of the head.
    File(&'static str, &'static str),
}

use Change::{Dev, File, Project, Spec, Trust};

pub struct Row {
    /// What is done, in words.
    about: &'static str,
    change: Change,
    /// A gate that refuses it; empty for a change that no gate refuses.
    gate: &'static str,
    /// What the first line says.
    says: &'static str,
}

const fn row(about: &'static str, change: Change, gate: &'static str, says: &'static str) -> Row {
    Row { about, change, gate, says }
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once");
    text.replace(from, to)
}

fn write(directory: &Path, change: Option<Change>) {
    let (mut spec, mut project) = (SPEC.to_owned(), PROJECT.to_owned());
    fs::create_dir_all(directory.join("specs")).unwrap();
    fs::write(directory.join("specs/corp.xml"), metadata("a")).unwrap();
    match change {
        None => {}
        Some(Dev(statements)) => {
            let policy = format!("      Extra: {{Version: \"2012-10-17\", Statement: [{statements}]}}");
            spec = replaced(&spec, "#DEV", &policy);
        }
        Some(Trust(entries)) => spec = replaced(&spec, "#TRUST", &format!("      - {entries}")),
        Some(Spec(from, to)) => spec = replaced(&spec, from, to),
        Some(Project(from, to)) => project = replaced(&project, from, to),
        Some(File(name, "")) => fs::write(directory.join(name), metadata("b")).unwrap(),
        Some(File(name, text)) => fs::write(directory.join(name), text).unwrap(),
    }
    fs::write(directory.join("specs/main.yaml"), spec).unwrap();
    fs::write(directory.join("iamctl.yaml"), project).unwrap();
}

/// What is wrong with the review of a row, if something is.
fn judged(row: &Row, base: &Path) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let head = dir.path().join("head");
    write(&head, Some(row.change));
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .current_dir(&head)
        .args(["review", "--base"])
        .arg(base)
        .args(["--fail-on", if row.gate == "new_access" { "new_access" } else { "ceiling,escalation,error,undecided,controls" }])
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let first = out.lines().next().unwrap_or_default();
    // A control that is weaker changes no access; the line says that it is weaker.
    let calm: &[&str] = match row.gate {
        "controls" => &["No change in meaning", "Nothing changes"],
        _ => &["No change in meaning", "Nothing changes", "(proven)", "nobody gains"],
    };
    let calm = calm.iter().find(|calm| first.contains(**calm));
    let mut wrong = String::new();
    if output.status.code() != Some(if row.gate.is_empty() { 0 } else { 3 }) {
        write!(wrong, " exit {:?};", output.status.code()).unwrap();
    }
    if row.gate.is_empty() {
        let told = first.contains(row.says);
        return (!told || !wrong.is_empty()).then(|| format!("{}:{wrong}\n    {first}\n    {err}", row.about));
    }
    if !err.contains(&format!("refused by the gate {}", row.gate)) {
        write!(wrong, " not refused by `{}`;", row.gate).unwrap();
    }
    if let Some(calm) = calm {
        write!(wrong, " calls it `{calm}`;").unwrap();
    }
    if !first.contains(row.says) {
        write!(wrong, " does not say `{}`;", row.says).unwrap();
    }
    (!wrong.is_empty()).then(|| format!("{}:{wrong}\n    {first}\n    {}", row.about, err.replace('\n', "\n    ")))
}

#[test]
fn no_hostile_change_passes_the_gates_or_is_called_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    write(&base, None);
    let rows: Vec<&Row> = rows::ROWS.iter().chain(escalations::ROWS).chain(answers::ROWS).collect();
    assert!(rows.len() >= 120, "{} rows", rows.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(found) = judged(row, &base) {
                        wrong.lock().unwrap().push(found);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
