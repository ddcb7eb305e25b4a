//! `iamctl test` and `iamctl simulate` from outside.

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

fn iamctl(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("one JSON document")
}

const SPEC: &str = r#"version: 1
policies:
  Read:
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: ReadB, Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}
        - {Sid: NoKeys, Effect: Deny, Action: "s3:*", Resource: "arn:aws:s3:::b/keys/*"}
roles:
  reader:
    trust: [{service: ec2.amazonaws.com}, {aws: user/alice}]
    managed_policies: [Read, aws/AmazonSQSReadOnlyAccess]
    permissions_boundary: aws/PowerUserAccess
  other:
    trust: [{aws: "${account_id}"}]
users:
  alice: {create: true}
groups:
  readers:
    users: [alice]
    inline_policies:
      Mfa:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {Bool: {"aws:MultiFactorAuthPresent": "true"}}}]
tests:
  - name: reads b
    principal: role/reader
    expect:
      allowed: [{action: [s3:GetObject, s3:GetObjectTagging], resource: ["arn:aws:s3:::b/k", "arn:aws:s3:::b/l"]}, {action: sqs:ListQueues}]
      explicitly_denied: [{action: s3:GetObject, resource: "arn:aws:s3:::b/keys/k"}]
      implicitly_denied: [{action: s3:PutObject, resource: "arn:aws:s3:::b/k"}]
  - name: alice through her group
    principal: user/alice
    expect:
      allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::x/y", context: {"aws:MultiFactorAuthPresent": true}}]
      denied: [{action: s3:GetObject, resource: "arn:aws:s3:::x/y"}]
  - name: who assumes it
    assume: role/reader
    expect:
      allowed: [{service: ec2.amazonaws.com}, {aws: user/alice}]
      denied: [{aws: "arn:aws:iam::999999999999:root"}, {service: ec2.amazonaws.com, context: {"aws:TagKeys": [a]}}]
"#;

/// A role that only one session of another may assume (iam-facts 6.2, 6.7).
const CHAIN: &str = r#"version: 1
roles:
  step:
    trust: [{aws: "${account_id}"}]
  vault:
    trust: [{aws: "arn:aws:sts::${account_id}:assumed-role/step/nightly"}]
"#;

#[test]
fn a_session_may_be_asked_for_by_its_own_arn() {
    let folder = project(CHAIN);
    let ask = |principal: &str| {
        let principal = principal.replace("session/", "arn:aws:sts::000000000000:assumed-role/step/");
        let vault = "arn:aws:iam::000000000000:role/vault";
        let args = ["simulate", "--principal", &principal, "--action", "sts:AssumeRole", "--resource", vault, "--format", "json"];
        let (code, out, err) = iamctl(folder.path(), &args);
        assert_eq!(code, 0, "{out}{err}");
        json_of(&out)["results"][0]["decision"].clone()
    };
    let found = ["session/nightly", "session/daily", "role/step"].map(ask);
    assert_eq!(found, ["allowed", "implicitDeny", "implicitDeny"].map(Value::from));
}

const FAILING: &str = r#"  - name: "<wrong> on purpose"
    principal: role/reader
    expect:
      allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::b/keys/k"}]
"#;

fn project(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("specs")).unwrap();
    std::fs::write(folder.path().join("specs/a.yaml"), spec).unwrap();
    folder
}

#[test]
fn tests_that_hold_pass_and_are_counted() {
    let folder = project(SPEC);
    let (code, out, err) = iamctl(folder.path(), &["test"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.ends_with("3 tests, 13 cases: 3 passed\n"), "{out}");
    assert!(err.starts_with("account `local`"), "{err}");
    let (code, out, _) = iamctl(folder.path(), &["test", "--format", "json", "--coverage"]);
    let report = json_of(&out);
    assert_eq!((code, &report["summary"]["failed"]), (0, &json!(0)));
    let unreached: Vec<_> = report["coverage"]["unreached"].as_array().unwrap().iter().map(|s| &s["policy"]).collect();
    assert_eq!(unreached, ["role/other/trust"]);
}

#[test]
fn a_failed_test_names_the_deciding_statement_with_its_place() {
    let folder = project(&format!("{SPEC}{FAILING}"));
    let (code, out, _) = iamctl(folder.path(), &["test"]);
    assert_eq!(code, 3);
    assert!(out.contains("failed  <wrong> on purpose (1 case)"), "{out}");
    assert!(out.contains("specs/a.yaml:45:17: expected allowed, and it is explicitDeny"), "{out}");
    assert!(out.contains("denied by statement 2 (`NoKeys`) of policy/Read, specs/a.yaml:8:11"), "{out}");
    let (code, out, _) = iamctl(folder.path(), &["test", "--format", "json"]);
    let report = json_of(&out);
    let test = &report["tests"][3];
    assert_eq!((code, &test["outcome"], &test["name"]), (3, &json!("failed"), &json!("<wrong> on purpose")));
    assert_eq!(test["cases"][0]["because"][0]["line"], 8);
    let (code, out, _) = iamctl(folder.path(), &["test", "--format", "junit"]);
    assert_eq!(code, 3);
    assert!(
        out.contains("<testsuites name=\"iamctl\" tests=\"4\" skipped=\"0\" failures=\"1\"")
            && out.contains("name=\"&lt;wrong&gt; on purpose\""),
        "{out}"
    );
}

#[test]
fn with_strict_context_what_hangs_on_an_absent_key_fails() {
    let folder = project(SPEC);
    let (code, out, _) = iamctl(folder.path(), &["test", "--strict-context"]);
    assert_eq!(code, 3);
    assert!(out.contains("expected denied, and it is unknown"), "{out}");
    assert!(out.contains("condition keys not given: aws:MultiFactorAuthPresent"), "{out}");
}

#[test]
fn specs_with_errors_are_not_tested() {
    let folder = project(&SPEC.replace("managed_policies: [Read,", "managed_policies: [Raed,"));
    let (code, out, err) = iamctl(folder.path(), &["test", "--format", "json"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("Raed"), "{err}");
}

#[test]
fn simulate_asks_the_specs() {
    let folder = project(SPEC);
    let ask = |args: &[&str]| {
        let mut all = vec!["simulate", "--format", "json"];
        all.extend(args);
        let (code, out, err) = iamctl(folder.path(), &all);
        assert!(code == 0 || code == 7, "{code} {err}");
        (code, json_of(&out)["results"].clone())
    };
    let (_, results) =
        ask(&["--principal", "role/reader", "--action", "s3:GetObject", "s3:PutObject", "--resource", "arn:aws:s3:::b/k"]);
    assert_eq!((&results[0]["decision"], &results[1]["decision"]), (&json!("allowed"), &json!("implicitDeny")));
    assert_eq!(results[0]["because"][0]["policy"], "policy/Read");
    assert_eq!(results[1]["withheld_by"], json!(["identity"]));
    // The boundary, an AWS managed policy, allows no IAM writes.
    let (_, results) = ask(&["--principal", "role/reader", "--action", "iam:CreateUser"]);
    assert_eq!(results[0]["withheld_by"], json!(["identity", "boundary"]));
    let user = ["--principal", "user/alice", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::x/y"];
    let (code, results) = ask(&user);
    assert_eq!((code, &results[0]["decision"]), (0, &json!("implicitDeny")));
    assert_eq!(results[0]["missing_context"], json!(["aws:MultiFactorAuthPresent"]));
    let (code, results) = ask(&[&user[..], &["--strict-context"]].concat());
    assert_eq!((code, &results[0]["decision"]), (7, &json!("unknown")));
    let (_, results) = ask(&[&user[..], &["--context", "AWS:MultiFactorAuthPresent=true"]].concat());
    assert_eq!(results[0]["decision"], "allowed");
    // Assuming a declared role asks its trust too.
    let assume = |role: &str| {
        let arn = format!("arn:aws:iam::000000000000:role/{role}");
        ask(&["--principal", "user/alice", "--action", "sts:AssumeRole", "--resource", &arn]).1[0]["decision"].clone()
    };
    assert_eq!((assume("reader"), assume("other")), (json!("allowed"), json!("implicitDeny")));
}

#[test]
fn simulate_asks_accounts_and_snapshots() {
    let folder = project(SPEC);
    let (code, _, err) = iamctl(folder.path(), &["apply", "--yes"]);
    assert_eq!(code, 0, "{err}");
    let ask = [
        "simulate",
        "--principal",
        "role/reader",
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::b/k",
        "--format",
        "json",
    ];
    assert_eq!(iamctl(folder.path(), &["snapshot", "-o", "s.json"]).0, 0);
    std::fs::remove_dir_all(folder.path().join("specs")).unwrap();
    for more in [&["--from-account"][..], &["--against", "s.json"]] {
        let (code, out, err) = iamctl(folder.path(), &[&ask[..], more].concat());
        assert_eq!(code, 0, "{err}");
        assert_eq!(json_of(&out)["results"][0]["decision"], "allowed");
    }
    let nobody = ["simulate", "--principal", "role/nobody", "--action", "s3:GetObject", "--against", "s.json"];
    assert_eq!(iamctl(folder.path(), &nobody).0, 64);
}

#[test]
fn an_attached_policy_that_nobody_has_read_makes_the_answer_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let role = json!({"RoleDetailList": [{"Path": "/", "RoleName": "r", "RoleId": "AROAAAAAAAAAAAAAAAAAA", "Arn": "arn:aws:iam::111111111111:role/r",
        "CreateDate": "2020-01-01T00:00:00Z", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "InstanceProfileList": [], "RolePolicyList": [], "Tags": [],
        "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/NotOneThatIsKnown"}]}],
        "UserDetailList": [], "GroupDetailList": [], "Policies": []});
    std::fs::write(folder.path().join("dump.json"), role.to_string()).unwrap();
    let ask = ["simulate", "--against", "dump.json", "--principal", "role/r", "--action", "s3:GetObject", "--format", "json"];
    let (code, out, err) = iamctl(folder.path(), &ask);
    assert_eq!(code, 7, "{err}");
    assert_eq!(json_of(&out)["results"][0]["unread"], json!(["arn:aws:iam::aws:policy/NotOneThatIsKnown"]));
}

#[test]
fn a_misspelt_question_is_refused_by_every_command_that_asks() {
    let folder = project(SPEC);
    let rows: &[(&[&str], &str)] = &[
        (&["simulate", "--principal", "role/reader", "--action", "s3:GetObjects"], "did you mean `s3:GetObject`?"),
        (&["simulate", "--principal", "role/reader", "--action", "GetObject"], "no AWS service has the prefix"),
        (
            &["simulate", "--principal", "role/reader", "--action", "lamda:InvokeFunction"],
            "did you mean `lambda:InvokeFunction`?",
        ),
        (
            &["simulate", "--principal", "role/reader", "--action", "s3:GetObject", "--resource", "s3://b/k"],
            "write `arn:aws:s3:::b/k`",
        ),
        (&["simulate", "--principal", "role/reader", "--action", "s3:GetObject", "--resource", "b/k"], "write its ARN"),
        (
            &["simulate", "--principal", "role/reader", "--action", "s3:GetObject", "--context", "SourceIp=1"],
            "did you mean `aws:SourceIp`?",
        ),
        (&["who-can", "s3:GetObjects", "*"], "did you mean `s3:GetObject`?"),
        (&["who-can", "s3:GetObject", "s3://b/k"], "write `arn:aws:s3:::b/k`"),
        (&["who-can", "s3:GetObject", "*", "--context", "SourceIp=1"], "did you mean `aws:SourceIp`?"),
    ];
    for (args, hint) in rows {
        let (code, out, err) = iamctl(folder.path(), args);
        assert!(code == 64 && out.is_empty() && err.contains(hint), "{args:?}: {code} {out}{err}");
    }
    let new = ["simulate", "--principal", "role/reader", "--action", "s3:Newer", "--context", "aws:Newer=1", "--allow-unknown"];
    assert_eq!(iamctl(folder.path(), &new).0, 0);
}

#[test]
fn simulate_takes_bare_documents() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("all.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    write("s3.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#);
    write(
        "bucket.json",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}}"#,
    );
    write(
        "tags.json",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}}"#,
    );
    write("bad.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#);
    let ask = |args: &[&str]| {
        let (code, out, err) =
            iamctl(folder.path(), &[&["simulate", "--format", "json", "--action", "s3:GetObject"], args].concat());
        let decision = json_of(&out)["results"][0]["decision"].as_str().unwrap().to_owned();
        assert_eq!(code, if decision == "unknown" { 7 } else { 0 }, "{err}");
        decision
    };
    assert_eq!(ask(&["--policy", "all.json"]), "allowed");
    assert_eq!(ask(&["--policy", "all.json", "--scp", "s3.json", "all.json", "--scp", "s3.json"]), "allowed");
    assert_eq!(ask(&["--policy", "all.json", "--boundary", "s3.json", "--principal", "role/any"]), "allowed");
    let user = ["--principal", "arn:aws:iam::111111111111:user/u"];
    let foreign = [&user[..], &["--resource-account", "222222222222", "--policy", "all.json"]].concat();
    // What the other account says is not known, and without it the request is refused.
    assert_eq!(ask(&foreign), "unknown");
    assert_eq!(ask(&[&foreign[..], &["--resource-policy", "bucket.json"]].concat()), "allowed");
    assert_eq!(ask(&[&user[..], &["--resource-policy", "bucket.json"]].concat()), "implicitDeny");
    assert_eq!(ask(&["--policy", "tags.json", "--context", "aws:TagKeys=a", "aws:TagKeys=b"]), "allowed");
    assert_eq!(ask(&["--policy", "tags.json", "--context", "aws:TagKeys=a", "--context", "aws:tagkeys=c"]), "implicitDeny");
    let levels = [
        "simulate",
        "--policy",
        "all.json",
        "--action",
        "ec2:RunInstances",
        "--scp",
        "all.json",
        "--scp",
        "s3.json",
        "--format",
        "json",
    ];
    let (_, out, _) = iamctl(folder.path(), &levels);
    assert_eq!(json_of(&out)["results"][0]["withheld_by"], json!(["scp"]));
    let (code, out, err) = iamctl(folder.path(), &["simulate", "--policy", "bad.json", "--action", "s3:GetObject"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("`Effect` is `Allow` or `Deny`"), "{err}");
    assert_eq!(iamctl(folder.path(), &["simulate", "--policy", "none.json", "--action", "s3:GetObject"]).0, 1);
    for wrong in [
        &["simulate"][..],
        &["simulate", "--policy", "all.json"],
        &["simulate", "--action", "a:B"],
        &["simulate", "--request", "c.json", "--action", "a:B"],
    ] {
        assert_eq!(iamctl(folder.path(), wrong).0, 64, "{wrong:?}");
    }
}

#[test]
fn simulate_answers_request_files_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.json"), include_str!("../vectors/evaluation/evaluation_iamspy.json")).unwrap();
    let (code, out, err) = iamctl(folder.path(), &["simulate", "--request", "c.json", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let results = json_of(&out)["results"].as_array().unwrap().clone();
    let cases = json_of(include_str!("../vectors/evaluation/evaluation_iamspy.json"))["cases"].as_array().unwrap().clone();
    assert!(results.iter().zip(&cases).all(|(result, case)| result["name"] == case["name"]));
    assert_eq!(results.len(), cases.len());
    assert_eq!(results[1]["because"][0]["policy"], "identity[0]");
    std::fs::write(folder.path().join("c.json"), r#"{"cases":[{"name":"x","request":{}}]}"#).unwrap();
    let (code, _, err) = iamctl(folder.path(), &["simulate", "--request", "c.json"]);
    assert_eq!(code, 3);
    assert!(err.contains("x: missing field `action`"), "{err}");
}

#[test]
fn the_shipped_specs_pass_their_own_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, out, err) = iamctl(root, &["test", "--account", "local"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn session_tags_need_a_permission_of_their_own() {
    let folder = project(
        r#"version: 1
roles:
  caller:
    trust: [{service: ec2.amazonaws.com}]
    inline_policies:
      Assume: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", Resource: "arn:aws:iam::222222222222:role/x"}]}
tests:
  - name: with tags
    principal: role/caller
    expect:
      denied: [{action: sts:AssumeRole, resource: "arn:aws:iam::222222222222:role/x", context: {"aws:TagKeys": [team]}}]
"#,
    );
    let (code, out, err) = iamctl(folder.path(), &["test"]);
    assert_eq!(code, 0, "{out}{err}");
    let ask = [
        "simulate",
        "--principal",
        "role/caller",
        "--action",
        "sts:AssumeRole",
        "--resource",
        "arn:aws:iam::222222222222:role/x",
    ];
    let (code, out, err) = iamctl(folder.path(), &[&ask[..], &["--context", "aws:RequestTag/team=a"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("implicitDeny") && out.contains("session tags need `sts:TagSession` too, which is not allowed"),
        "{out}"
    );
    let (_, out, _) = iamctl(folder.path(), &[&ask[..], &["--context", "aws:RequestTag/team=a", "--format", "json"]].concat());
    assert_eq!(json_of(&out)["results"][0]["lacking"], serde_json::json!(["sts:TagSession"]));
}

#[test]
fn what_the_other_side_says_is_unknown_and_never_allowed() {
    let folder = project(
        r#"version: 1
roles:
  caller:
    trust: [{service: ec2.amazonaws.com}]
    inline_policies:
      All: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
tests:
  - name: another account's role
    principal: role/caller
    expect:
      allowed: [{action: sts:AssumeRole, resource: "arn:aws:iam::222222222222:role/x"}]
"#,
    );
    let ask = |action: &str, resource: &str| {
        let args = ["simulate", "--principal", "role/caller", "--action", action, "--resource", resource];
        let (code, out, err) = iamctl(folder.path(), &args);
        (code, format!("{out}{err}"))
    };
    for (action, resource, why) in [
        ("sts:AssumeRole", "arn:aws:iam::222222222222:role/x", "the role's trust policy"),
        ("sts:AssumeRole", "arn:aws:iam::000000000000:role/undeclared", "the role's trust policy"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:222222222222:key/k", "the key policy"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:000000000000:key/k", "the key policy"),
    ] {
        let (code, text) = ask(action, resource);
        assert!(code == 7 && text.starts_with("unknown") && text.contains(why), "{action}: {code} {text}");
    }
    assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k").0, 0);
    assert_eq!(iamctl(folder.path(), &["test"]).0, 3);
}

#[test]
fn a_test_knows_the_policy_of_a_key_only_where_the_case_says_it() {
    let spec = |case: &str| {
        project(&format!(
            r#"version: 1
roles:
  caller:
    trust: [{{service: ec2.amazonaws.com}}]
    inline_policies: {{p: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "kms:Decrypt", Resource: "*"}}]}}}}
tests:
  - name: keys
    principal: role/caller
    expect: {{allowed: [{{action: "kms:Decrypt", resource: "arn:aws:kms:us-east-1:000000000000:key/k"{case}}}]}}
"#
        ))
    };
    for (case, code, words) in
        [("", 3, "unknown"), (", key_policy: default", 0, ""), (", key_policy: mine", 3, "`mine` is not a key policy")]
    {
        let (found, out, err) = iamctl(spec(case).path(), &["test"]);
        assert!(found == code && format!("{out}{err}").contains(words), "{case}: {found} {out}{err}");
    }
}

#[test]
fn a_request_has_no_wildcards_and_no_misspelt_names() {
    let folder = project(
        r#"version: 1
roles:
  r:
    trust: [{service: ec2.amazonaws.com}]
    inline_policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b/*"}]}}
tests:
  - name: typos
    principal: role/r
    expect:
      denied: [{action: "s3:DeleteBukcet", resource: "arn:aws:s3:::b"}]
      allowed: [{action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: {"aws:PrincipalTagg/x": "y"}}]
"#,
    );
    let (code, out, err) = iamctl(folder.path(), &["test"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("did you mean `s3:DeleteBucket`?") && out.contains("did you mean `aws:PrincipalTag/x`?"), "{out}");
    assert_eq!(iamctl(folder.path(), &["test", "--allow-unknown"]).0, 0);
    let simulate = ["simulate", "--principal", "role/r", "--resource", "arn:aws:s3:::b/*", "--action"];
    let (code, _, err) = iamctl(folder.path(), &[&simulate[..], &["s3:Get*"]].concat());
    assert!(code == 64 && err.contains("a request names one action"), "{code} {err}");
    let (code, _, err) = iamctl(folder.path(), &[&simulate[..], &["s3:GetObject"]].concat());
    assert!(code == 0 && err.contains("asks for the literal name; use `access` to ask for all"), "{code} {err}");
}

#[test]
fn who_can_lists_those_who_may_with_the_statements() {
    let folder = project(
        r#"version: 1
roles:
  reader:
    trust: [{service: ec2.amazonaws.com}]
    inline_policies: {p: {Version: "2012-10-17", Statement: [{Sid: Read, Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}]}}
  other: {trust: [{service: ec2.amazonaws.com}]}
users:
  alice: {create: true, managed_policies: [aws/AdministratorAccess]}
"#,
    );
    let (code, out, err) = iamctl(folder.path(), &["who-can", "s3:GetObject", "arn:aws:s3:::b/k"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("role/reader") && out.contains("`Read`") && out.contains("user/alice") && !out.contains("role/other"),
        "{out}"
    );
    let (_, out, _) = iamctl(folder.path(), &["who-can", "s3:GetObject", "arn:aws:s3:::c/k", "--format", "json"]);
    let names: Vec<String> =
        json_of(&out)["results"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["user/alice"]);
    assert_eq!(iamctl(folder.path(), &["who-can", "s3:GetObjekt", "*"]).0, 64);
}
