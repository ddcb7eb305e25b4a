//! The organisation's policies as a ceiling: who decides, on which level, and what is said of files that cannot be.

use serde_json::{Value, json};

use super::{files, run};

const PROJECT: &str = r#"version: 1
stack: s
default_account: dev
accounts_from: {file: accounts.json, embedded: "state/${account}.json"}
"#;

const SPECS: &str = r#"version: 1
roles:
  app:
    trust: [{service: lambda.amazonaws.com}]
    inline_policies: {Own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "sqs:*", "ec2:*"], Resource: "*"}]}}
tests:
  - name: reads
    principal: role/app
    expect:
      allowed: [{action: "sqs:SendMessage"}]
      explicitly_denied: [{action: "s3:GetObject", resource: "arn:aws:s3:::data/x"}]
      implicitly_denied: [{action: "ec2:RunInstances"}]
"#;

fn scp(id: &str, name: &str, targets: &[&str], statement: Value) -> Value {
    json!({"id": id, "name": name, "type": "SERVICE_CONTROL_POLICY", "targets": targets,
        "document": {"Version": "2012-10-17", "Statement": [statement]}})
}

fn full(targets: &[&str]) -> Value {
    scp("p-FullAWSAccess", "FullAWSAccess", targets, json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
}

fn deny(name: &str, action: &str, targets: &[&str]) -> Value {
    scp("p-deny", name, targets, json!({"Sid": "No", "Effect": "Deny", "Action": action, "Resource": "*"}))
}

/// Two accounts below `/Work`, the management account beside them.
fn accounts(policies: Option<Vec<Value>>) -> String {
    let mut file = json!({"format_version": 1, "organization": {"id": "o-abc", "management_account": "000000000001"},
        "organizational_units": [{"id": "r-1", "path": "/"}, {"id": "ou-1", "path": "/Work"}, {"id": "ou-2", "path": "/Work/Prod"}],
        "accounts": [
            {"id": "000000000001", "name": "hub", "ou": "/"},
            {"id": "000000000002", "name": "dev", "ou": "/Work"},
            {"id": "000000000003", "name": "prod", "ou": "/Work/Prod"}]});
    if let Some(policies) = policies {
        file["policies"] = json!(policies);
    }
    file.to_string()
}

/// The policies that deny all of S3 below `/Work`, and let production do no more than S3 and SQS.
fn policies() -> Vec<Value> {
    let allow = json!({"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"});
    vec![
        full(&["/", "/Work", "000000000002", "000000000003"]),
        deny("NoStorage", "s3:*", &["/Work"]),
        scp("p-allow", "Queues", &["/Work/Prod"], allow),
    ]
}

fn project(accounts: &str) -> tempfile::TempDir {
    files(&[("iamctl.yaml", PROJECT), ("accounts.json", accounts), ("specs/a.yaml", SPECS)])
}

fn simulated(directory: &std::path::Path, account: &str, action: &str) -> String {
    run(directory, &["simulate", "--account", account, "--principal", "role/app", "--action", action]).1
}

#[test]
fn simulate_says_which_level_decided() {
    let directory = project(&accounts(Some(policies())));
    let says = |account: &str, action: &str| simulated(directory.path(), account, action);
    assert_eq!(
        says("dev", "s3:GetObject"),
        "explicitDeny  s3:GetObject\n    denied by statement 1 (`No`) of scp/NoStorage (scp of `/Work`)\n"
    );
    assert_eq!(
        says("prod", "ec2:RunInstances"),
        "implicitDeny  ec2:RunInstances\n    no service control policy of `/Work/Prod` allows it\n"
    );
    assert!(says("dev", "ec2:RunInstances").starts_with("allowed"), "no policy is in the way");
    assert!(says("hub", "s3:GetObject").starts_with("allowed"), "no policy restricts the management account");
    let args = ["simulate", "--account", "prod", "--principal", "role/app", "--action", "ec2:RunInstances", "--format", "json"];
    let (_, out, _) = run(directory.path(), &args);
    let answer = &serde_json::from_str::<Value>(&out).unwrap()["results"][0];
    assert_eq!((&answer["withheld_by"], &answer["withheld_levels"]), (&json!(["scp"]), &json!(["/Work/Prod"])));
}

#[test]
fn tests_and_who_can_ask_the_same() {
    let directory = project(&accounts(Some(policies())));
    let (code, out, err) = run(directory.path(), &["test", "--account", "prod"]);
    assert_eq!((code, out.as_str()), (0, "passed  reads (3 cases)\n1 test, 3 cases: 1 passed\n"), "{err}");
    let who = |account: &str| run(directory.path(), &["who-can", "--account", account, "s3:GetObject", "*"]).1;
    assert!(who("hub").contains("role/app"), "{}", who("hub"));
    assert!(!who("dev").contains("role/app"), "{}", who("dev"));
}

#[test]
fn a_level_without_policies_allows_nothing_and_no_policies_restrict_nothing() {
    let directory = project(&accounts(Some(vec![full(&["/", "/Work"])])));
    assert!(simulated(directory.path(), "dev", "s3:GetObject").contains("no service control policy of `000000000002` allows it"));
    let out = simulated(directory.path(), "prod", "s3:GetObject");
    assert!(out.contains("no service control policy of `/Work/Prod`, `000000000003` allows it"), "{out}");
    for none in [Some(Vec::new()), None] {
        let directory = project(&accounts(none));
        assert!(simulated(directory.path(), "dev", "s3:GetObject").starts_with("allowed"));
    }
}

#[test]
fn resource_control_policies_restrict_the_services_that_have_them() {
    let strangers = json!({"id": "p-rcp", "name": "Perimeter", "type": "RESOURCE_CONTROL_POLICY", "targets": ["/"], "document":
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}, "Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}]}});
    let directory = project(&accounts(Some(vec![strangers])));
    let asks = |account: &str, action: &str, resource: &str| {
        let args = ["simulate", "--account", account, "--principal", "role/app", "--action", action, "--resource", resource];
        run(directory.path(), &[&args[..], &["--context", "aws:SecureTransport=false"]].concat()).1
    };
    let denied = asks("dev", "s3:GetObject", "arn:aws:s3:::data/x");
    assert!(denied.contains("denied by statement 2 of rcp/Perimeter (rcp of `/`)"), "{denied}");
    // The principal is in the organisation, EC2 has no such policies, and nobody's restrict the management account.
    assert!(asks("dev", "s3:PutObject", "arn:aws:s3:::data/x").starts_with("allowed"));
    assert!(asks("dev", "ec2:RunInstances", "*").starts_with("allowed"));
    assert!(asks("hub", "s3:GetObject", "arn:aws:s3:::data/x").starts_with("allowed"));
}

#[test]
fn a_project_names_policies_by_unit_and_account() {
    let own = "organization:\n  management_account: \"000000000001\"\n  scps:\n    /: scps/deny.json\n    /Work/Prod: [scps/allow.yaml]\n    \
               \"000000000002\": FullAWSAccess\n";
    let text = format!("{PROJECT}{own}");
    let listed = accounts(None);
    let deny = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;
    let allow = "Version: \"2012-10-17\"\nStatement: [{Effect: Allow, Action: \"sqs:*\", Resource: \"*\"}]\n";
    let all = [("iamctl.yaml", text.as_str()), ("accounts.json", &listed), ("specs/a.yaml", SPECS)];
    let directory = files(&[&all[..], &[("scps/deny.json", deny), ("scps/allow.yaml", allow)]].concat());
    let says = |account: &str, action: &str| simulated(directory.path(), account, action);
    assert!(says("dev", "s3:GetObject").contains("denied by statement 1 of scps/deny.json (scp of `/`)"));
    assert!(says("dev", "ec2:RunInstances").starts_with("allowed"), "AWS's own policy stays where nothing replaces it");
    assert!(says("prod", "ec2:RunInstances").contains("no service control policy of `/Work/Prod` allows it"));
    assert!(says("prod", "sqs:SendMessage").starts_with("allowed"));
    assert!(says("hub", "s3:GetObject").starts_with("allowed"));
}

#[test]
fn faults_are_reported_where_they_stand() {
    let says = |text: &str, accounts: &str, scp: &str| {
        let all = [("iamctl.yaml", text), ("accounts.json", accounts), ("specs/a.yaml", SPECS), ("deny.json", scp)];
        let directory = files(&all);
        let (code, _, err) = run(directory.path(), &["simulate", "--principal", "role/app", "--action", "s3:GetObject"]);
        assert_eq!(code, 3, "{err}");
        err
    };
    let with = |own: &str| format!("{PROJECT}organization: {{scps: {{{own}}}}}\n");
    let plain = accounts(None);
    let good = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;
    let err = says(&with("/Wrok: deny.json"), &plain, good);
    assert!(
        err.contains("`/Wrok` is not an organisational unit or an account of the project") && err.contains("`/Work`"),
        "{err}"
    );
    let err = says(&with("\"000000000009\": deny.json"), &plain, good);
    assert!(err.contains("`000000000009` is not an organisational unit or an account of the project"), "{err}");
    let err = says(&with("/: gone.json"), &plain, good);
    assert!(err.contains("the SCP file `gone.json`") && err.contains("iamctl.yaml:5:"), "{err}");
    let err = says(&with("/: deny.json"), &plain, &good.replace("Deny", "deny"));
    assert!(
        err.contains("the SCP `deny.json`: statement 1: `Effect` is `Allow` or `Deny`") && err.contains("deny.json:1:41"),
        "{err}"
    );
    let err = says(&with("/: deny.json"), &plain, &good.replace("\"Action\"", "\"Principal\": \"*\", \"Action\""));
    assert!(err.contains("statement 1 has a `Principal`, which an SCP cannot have"), "{err}");
    let err = says(&with("/: deny.json"), &accounts(Some(policies())), good);
    assert!(err.contains("`organization: scps` and the accounts file both say which SCPs are in force"), "{err}");
    let err = says(PROJECT, &accounts(Some(vec![deny("Typo", "s3:*", &["/Wrok"])])), good);
    assert!(err.contains("`/Wrok`, to which the policy `Typo` is attached, is not listed"), "{err}");
    let broken = scp("p-1", "Broken", &["/"], json!({"Effect": "Deny", "Action": {"s3": "*"}, "Resource": "*"}));
    let err = says(PROJECT, &accounts(Some(vec![broken])), good);
    assert!(err.contains("the SCP `Broken`: statement 1 cannot be understood") && err.contains("accounts.json:1:"), "{err}");
    let other = format!("{PROJECT}organization: {{management_account: \"000000000002\", scps: {{/: deny.json}}}}\n");
    let err = says(&other, &plain, good);
    assert!(err.contains("the management account is 000000000002 here and 000000000001 in the accounts file"), "{err}");
}

/// A review of one tree against another, each with its accounts file and specs.
fn reviewed(base: (&str, &str), head: (&str, &str)) -> (i32, String) {
    let directory = files(&[
        ("base/iamctl.yaml", PROJECT),
        ("base/accounts.json", base.0),
        ("base/specs/a.yaml", base.1),
        ("head/iamctl.yaml", PROJECT),
        ("head/accounts.json", head.0),
        ("head/specs/a.yaml", head.1),
    ]);
    let (code, out, err) = run(&directory.path().join("head"), &["review", "--base", "../base", "--account", "dev"]);
    assert!(matches!(code, 0 | 2 | 3), "{code} {err}");
    (code, out)
}

const PLAIN: &str = "version: 1\nroles:\n  app:\n    trust: [{service: lambda.amazonaws.com}]\n    inline_policies: {Own: {Version: \"2012-10-17\", \
                     Statement: [{Effect: Allow, Action: ACTIONS, Resource: \"*\"}]}}\n";

#[test]
fn what_a_policy_of_the_organisation_denies_is_not_gained() {
    let (few, many) =
        (PLAIN.replace("ACTIONS", "\"sqs:ListQueues\""), PLAIN.replace("ACTIONS", "[\"sqs:ListQueues\", \"s3:*\"]"));
    let bound = accounts(Some(policies()));
    let free = accounts(None);
    let (_, out) = reviewed((&free, &few), (&free, &many));
    assert!(out.contains("s3"), "{out}");
    let (_, out) = reviewed((&bound, &few), (&bound, &many));
    assert!(out.contains("No new access"), "{out}");
}

#[test]
fn a_change_of_a_policy_of_the_organisation_is_access_of_all_below() {
    let specs = PLAIN.replace("ACTIONS", "[\"sqs:*\", \"s3:*\"]");
    let bound = accounts(Some(policies()));
    let open = accounts(Some(vec![full(&["/", "/Work", "/Work/Prod", "000000000002", "000000000003"])]));
    let (_, out) = reviewed((&bound, &specs), (&open, &specs));
    assert!(out.contains("role/app") && out.contains("s3") && !out.contains("No change in meaning"), "{out}");
    let (_, out) = reviewed((&open, &specs), (&bound, &specs));
    assert!(out.contains("role/app") && !out.contains("No change in meaning"), "{out}");
    let (_, out) = reviewed((&bound, &specs), (&accounts(None), &specs));
    assert!(out.contains("role/app") && !out.contains("No change in meaning"), "{out}");
    // Policies that are written down for the first time were in force before.
    let (_, out) = reviewed((&accounts(None), &specs), (&bound, &specs));
    assert!(!out.contains("loses") && !out.contains("gains"), "{out}");
    let rcp = json!({"id": "p-rcp", "name": "P", "type": "RESOURCE_CONTROL_POLICY", "targets": ["/"], "document":
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}});
    let with = accounts(Some([policies(), vec![rcp]].concat()));
    let (_, out) = reviewed((&bound, &specs), (&with, &specs));
    assert!(out.contains("resource control policies at `/`, `/Work`") && !out.contains("No change in meaning"), "{out}");
}
