//! The published lists of ways to escalate against the table of `escalation::methods`: every set of actions on `*` is found, but for those
//! that are left out here with their reason. Sources and licences: `tests/vectors/lint/README.md`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use iamctl::escalation::methods;
use iamctl::lint::{BareDocument, PolicyType, Surroundings, lint_bare};

/// Sets that `privilege-escalation` does not report, by the project and the name in its list, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("pathfinding.cloud", "iam-025", "detaching lifts nothing unless a policy denies; a principal that holds a deny is reported"),
    ("pathfinding.cloud", "iam-026", "deleting lifts nothing unless a policy denies; a principal that holds a deny is reported"),
    ("PMapper", "lambda create", "a function that nothing calls runs nothing; the sets with a way to call it are reported"),
    ("hacktricks-cloud", "codepipeline jobs", "the credentials of a job reach the bucket of its artifacts alone"),
    (
        "hacktricks-cloud",
        "cognito join a group",
        "users of an application; a role of AWS only where an identity pool maps the group",
    ),
    ("hacktricks-cloud", "cognito password", "users of an application; a role of AWS only where an identity pool maps them"),
    ("hacktricks-cloud", "directory password", "users of a directory, not of IAM"),
    ("hacktricks-cloud", "ec2 metadata", "needs a flaw in what runs on the instance"),
    ("hacktricks-cloud", "ecs privileged container", "needs an escape from the container to its host"),
    ("hacktricks-cloud", "ecs task set", "without iam:PassRole a task definition has no role"),
    ("hacktricks-cloud", "gamelift uploads", "credentials for the bucket of a build, no role"),
    ("hacktricks-cloud", "iam activate key", "the secret of the key must be known already"),
    ("hacktricks-cloud", "iam service credentials", "credentials for CodeCommit, Keyspaces or Bedrock alone"),
    ("hacktricks-cloud", "iam reset service credentials", "credentials for CodeCommit, Keyspaces or Bedrock alone"),
    ("hacktricks-cloud", "iam ssh key", "credentials for CodeCommit alone"),
    ("hacktricks-cloud", "iam deactivate mfa", "the password or key must be known already"),
    ("hacktricks-cloud", "iam resync mfa", "the password or key must be known already"),
    ("hacktricks-cloud", "iam new mfa", "the password or key must be known already"),
    ("hacktricks-cloud", "lambda call", "calls functions as they are; `resource-policy-escalation` reports it"),
    ("hacktricks-cloud", "rds cluster role", "the role reads and writes what SQL can name; nothing runs as the role"),
    ("hacktricks-cloud", "rds instance role", "the role reads and writes what SQL can name; nothing runs as the role"),
    ("hacktricks-cloud", "ssm resume", "needs the id of a session that somebody started"),
    ("hacktricks-cloud", "permission set detach", "lifts nothing unless that policy denies"),
    ("hacktricks-cloud", "permission set inline off", "lifts nothing unless that policy denies"),
    ("hacktricks-cloud", "permission set boundary off", "grants nothing that the permission set does not"),
];

fn lists() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../vectors/lint/published_escalations.json")).unwrap();
    file["lists"].as_array().unwrap().clone()
}

/// Whether a policy that allows these actions on everything is reported.
fn is_found(actions: &Value) -> bool {
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string();
    let bare = BareDocument::read("policy.json", &document).unwrap();
    let around = Surroundings { partition: "aws".to_owned(), today: "2026-11-22".to_owned(), ..Surroundings::default() };
    lint_bare(&bare, PolicyType::Identity, &around).iter().any(|finding| finding.code == "privilege-escalation")
}

#[test]
fn every_published_set_of_actions_is_found_or_left_out_with_a_reason() {
    let (mut wrong, mut used, mut sets) = (Vec::new(), BTreeSet::new(), 0);
    for list in lists() {
        let source = list["source"].as_str().unwrap();
        for (name, actions) in list["sets"].as_object().unwrap() {
            sets += 1;
            let left_out = LEFT_OUT.iter().position(|(project, set, _)| source.contains(project) && set == name);
            used.extend(left_out);
            match (is_found(actions), left_out) {
                (false, None) => wrong.push(format!("{source} {name} is not found: {actions}")),
                (true, Some(_)) => wrong.push(format!("{source} {name} is found; take it off the list")),
                (true, None) | (false, Some(_)) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(used.len(), LEFT_OUT.len(), "every entry of the list names a set");
    assert!(sets > 450, "{sets} sets");
}

/// The page of the table.
fn page() -> String {
    let rows: String = methods::all()
        .map(|method| {
            let needs: Vec<String> = method.actions.split(' ').map(|action| format!("`{action}`")).collect();
            format!("| {} | {} | {} | {} |\n", method.name, needs.join(", "), method.source, method.date)
        })
        .collect();
    format!(
        "# Known ways to escalate\n\nMade from `src/escalation/methods`. [`privilege-escalation`](lint/privilege-escalation.md) reports whoever has all \
         actions of a row (two that write and enter one role, user or group: on the same one); reviews and `escalation-chain` follow those that begin with `iam:PassRole` to the roles that may be passed. The date is \
         the year in which the source says that the way was first documented, or the day of the text that was read.\n\n\
         | way | needs | source | date |\n|---|---|---|---|\n{rows}"
    )
}

#[test]
fn the_page_of_the_table_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/escalation-methods.md");
    if std::env::var_os("IAMCTL_UPDATE").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, page(), "docs/escalation-methods.md is stale: run again with IAMCTL_UPDATE=1");
}

#[test]
fn each_row_of_the_table_is_enough_by_itself() {
    // Dropping a policy needs one that denies.
    let rows = methods::all().filter(|method| method.kind != methods::MethodKind::LiftsDeny);
    let wrong: Vec<&str> =
        rows.filter(|method| !is_found(&method.actions.split(' ').collect())).map(|method| method.name).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
