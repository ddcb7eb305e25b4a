//! `iamctl test --live` through the binary: a real HTTP round trip to a server that answers as IAM's simulator does.

use crate::support::proxy::{Fault, Proxy};
use crate::support::simulator::{Evaluation, evaluation, page};
use assert_cmd::Command;
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";
const PRINCIPAL: &str = "SimulatePrincipalPolicy";
const CUSTOM: &str = "SimulateCustomPolicy";

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/test.schema.json");

const SPEC: &str = r#"version: 1
policies:
  Read:
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: ReadB, Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}
roles:
  reader:
    path: /ml/
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [Read]
    permissions_boundary: aws/PowerUserAccess
"#;

struct Lab {
    proxy: Proxy,
    folder: tempfile::TempDir,
}

impl Lab {
    fn new(tests: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("specs")).unwrap();
        std::fs::write(folder.path().join("specs/a.yaml"), format!("{SPEC}tests:\n{tests}")).unwrap();
        Self { proxy: crate::support::simulator::server(ACCOUNT), folder }
    }

    fn answers(&self, containing: &str, evaluations: &[Evaluation]) {
        self.proxy.fault_where(PRINCIPAL, containing, usize::MAX, page(PRINCIPAL, evaluations, None));
    }

    fn fails(&self, call: &str, containing: &str, code: &'static str) {
        let status = match code {
            "NoSuchEntity" => 404,
            "AccessDenied" => 403,
            _ => 400,
        };
        self.proxy.fault_where(call, containing, usize::MAX, Fault::Error { status, code, message: format!("no: {code}") });
    }

    /// Runs the tests. Whatever they say, only reading calls are on the wire.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = Command::cargo_bin("iamctl")
            .unwrap()
            .args(["test", "--live", "--account", "aws"])
            .args(args)
            .envs(crate::support::simulator::env(&self.proxy.url()))
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let read = |call: &String| ["Get", "List", "Simulate"].iter().any(|word| call.starts_with(word));
        let calls = self.proxy.counts();
        assert!(calls.keys().all(read), "{calls:?}");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn json(&self, args: &[&str]) -> (i32, Value) {
        let (code, out, err) = self.run(&[args, &["--format", "json"]].concat());
        let found: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(SCHEMA).unwrap()).unwrap();
        jsonschema::validate(&schema, &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
        (code, found)
    }
}

const GET: &str = r#"  - name: reads b
    principal: role/reader
    expect:
      allowed: [{action: s3:GetObject, resource: "arn:aws:s3:::b/k"}]
"#;

#[test]
fn iam_s_answer_counts_and_a_difference_is_told() {
    let lab = Lab::new(GET);
    let mut denied = evaluation("s3:GetObject", "arn:aws:s3:::b/k", "implicitDeny");
    (denied.boundary, denied.organization, denied.apart) = (Some(false), Some(false), true);
    lab.answers("", &[denied]);
    let (code, out, _) = lab.run(&[]);
    assert_eq!(code, 3, "{out}");
    for line in [
        "failed  reads b (1 case)",
        "specs/a.yaml:18:17: expected allowed, and it is implicitDeny: role/reader asks s3:GetObject on arn:aws:s3:::b/k",
        "live: implicitDeny, offline: allowed",
        "live: the permissions boundary does not allow it",
        "live: the organisation's policies do not allow it",
        "offline: allowed by statement 1 (`ReadB`) of policy/Read, specs/a.yaml:7:11",
        "IAM's simulator answered 1 case; 1 differs from the offline answer",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let body = &lab.proxy.bodies(PRINCIPAL)[0];
    assert!(body.contains("PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fml%2Freader"), "{body}");
    assert!(!body.contains("CallerArn") && !body.contains("ResourceOwner"), "{body}");
}

#[test]
fn a_difference_is_told_where_the_test_passes_too() {
    let lab = Lab::new(
        r#"  - name: denied
    principal: role/reader
    expect:
      denied: [{action: s3:PutObject, resource: "arn:aws:s3:::b/k"}]
"#,
    );
    let mut denied = evaluation("s3:PutObject", "arn:aws:s3:::b/k", "explicitDeny");
    denied.matched = vec![("stays-out", "user-managed", 7)];
    lab.answers("", &[denied]);
    let (code, out, _) = lab.run(&[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("passed  denied") && out.contains("IAM and the offline answer differ"), "{out}");
    assert!(out.contains("live: explicitDeny, offline: implicitDeny"), "{out}");
    assert!(out.contains("live: denied by stays-out (user-managed), line 7"), "{out}");
    let (_, report) = lab.json(&[]);
    let case = &report["tests"][0]["cases"][0];
    assert_eq!((&case["differs"], &case["decision"]), (&json!(true), &json!("implicitDeny")));
    assert_eq!(
        case["live"],
        json!({"answer": {"decision": "explicitDeny", "asked_of": "account", "withheld_by": [], "missing_context": [],
            "because": [{"policy": "stays-out", "kind": "user-managed", "line": 7}]}})
    );
    assert_eq!(
        report["summary"]["live"],
        json!({"asked": 1, "asked_of_specs": 0, "differing": 1, "offline_only": 0, "unknown": 0})
    );
    let (_, junit, _) = lab.run(&["--format", "junit"]);
    assert!(junit.contains("<system-out>specs/a.yaml:") && junit.contains("failures=\"0\" errors=\"0\""), "{junit}");
}

#[test]
fn questions_that_differ_in_the_action_or_in_the_resource_share_a_call_and_every_page_is_read() {
    let lab = Lab::new(
        r#"  - name: many
    principal: role/reader
    expect:
      allowed: [{action: [s3:GetObject, s3:GetObjectTagging], resource: ["arn:aws:s3:::b/k", "arn:aws:s3:::b/l"]}]
      denied:
        - {action: s3:ListAllMyBuckets}
        - {action: s3:GetObject, resource: "arn:aws:s3:::c/k", context: {"aws:MultiFactorAuthPresent": true, "aws:TagKeys": [a, b], "aws:RequestTag/Team": ML}}
        - {action: s3:GetObject, resource: "arn:aws:s3:::own", resource_account: "111111111111"}
"#,
    );
    let of = |action, resource| evaluation(action, resource, "allowed");
    let (k, l) = ("arn:aws:s3:::b/k", "arn:aws:s3:::b/l");
    let second = [of("s3:GetObject", l), of("s3:GetObjectTagging", l)];
    lab.proxy.fault_where(PRINCIPAL, "Marker=next", 1, page(PRINCIPAL, &second, None));
    let first = [of("s3:GetObject", k), of("s3:GetObjectTagging", k)];
    lab.proxy.fault_where(PRINCIPAL, "GetObjectTagging", 1, page(PRINCIPAL, &first, Some("next")));
    lab.answers("ListAllMyBuckets", &[evaluation("s3:ListAllMyBuckets", "arn:aws:s3:::*", "implicitDeny")]);
    lab.answers("b%3A%3A%3Aown", &[]);
    lab.answers("s3%3A%3A%3Aown", &[evaluation("s3:GetObject", "arn:aws:s3:::own", "implicitDeny")]);
    lab.answers("c%2Fk", &[evaluation("s3:GetObject", "arn:aws:s3:::c/k", "implicitDeny")]);
    let (code, out, err) = lab.run(&[]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("IAM's simulator answered 7 cases; none differs from the offline answer"), "{out}");
    let bodies = lab.proxy.bodies(PRINCIPAL);
    assert_eq!(bodies.len(), 5, "{bodies:#?}");
    assert!(bodies[0].contains("ResourceArns.member.2=") && bodies[0].contains("ActionNames.member.2="), "{}", bodies[0]);
    let body = bodies.iter().find(|body| body.contains("c%2Fk")).unwrap();
    for part in [
        "ContextKeyName=aws%3AMultiFactorAuthPresent&ContextEntries.member.1.ContextKeyValues.member.1=true&ContextEntries.member.1.ContextKeyType=boolean",
        "ContextKeyName=aws%3ATagKeys&ContextEntries.member.2.ContextKeyValues.member.1=a&ContextEntries.member.2.ContextKeyValues.member.2=b&ContextEntries.member.2.ContextKeyType=stringList",
        "ContextKeyName=aws%3ARequestTag%2FTeam&ContextEntries.member.3.ContextKeyValues.member.1=ML&ContextEntries.member.3.ContextKeyType=string",
        "ContextKeyName=aws%3APrincipalAccount&",
        "ContextKeyName=aws%3APrincipalArn&ContextEntries.member.5.ContextKeyValues.member.1=arn%3Aaws%3Aiam%3A%3A",
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
    let own = bodies.iter().find(|body| body.contains("s3%3A%3A%3Aown")).unwrap();
    assert!(own.contains("ResourceOwner=arn%3Aaws%3Aiam%3A%3A111111111111%3Aroot"), "{own}");
}

#[test]
fn of_a_principal_that_is_not_there_the_specs_documents_are_asked() {
    let lab = Lab::new(GET);
    lab.fails(PRINCIPAL, "", "NoSuchEntity");
    let mut allowed = evaluation("s3:GetObject", "arn:aws:s3:::b/k", "allowed");
    allowed.matched = vec![("PolicyInputList.1", "none", 1), ("PermissionsBoundaryPolicyInputList.1", "none", 1)];
    lab.proxy.fault(CUSTOM, usize::MAX, page(CUSTOM, &[allowed], None));
    let (code, out, err) = lab.run(&[]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("answered 1 case, 1 of them for the specs' documents"), "{out}");
    let body = &lab.proxy.bodies(CUSTOM)[0];
    assert!(body.contains("PolicyInputList.member.1=%7B%22Version%22") && body.contains("s3%3AGet%2A"), "{body}");
    assert!(body.contains("PermissionsBoundaryPolicyInputList.member.1="), "{body}");
    let (_, report) = lab.json(&[]);
    let live = &report["tests"][0]["cases"][0]["live"]["answer"];
    assert_eq!(live["asked_of"], "specs");
    let policies: Vec<&str> = live["because"].as_array().unwrap().iter().filter_map(|b| b["policy"].as_str()).collect();
    assert_eq!(policies, ["arn:aws:iam::aws:policy/PowerUserAccess", "policy/Read"]);
}

#[test]
fn what_the_simulator_cannot_be_asked_is_said_to_be_decided_offline() {
    let lab = Lab::new(
        r#"  - name: who assumes it
    assume: role/reader
    expect:
      allowed: [{service: ec2.amazonaws.com}]
  - name: elsewhere
    principal: role/reader
    expect:
      denied:
        - {action: s3:GetObject, resource: "arn:aws:s3:::other/k", resource_account: "222222222222"}
        - {action: sts:AssumeRole, resource: "arn:aws:iam::111111111111:role/ml/reader"}
"#,
    );
    let (code, out, _) = lab.run(&[]);
    assert_eq!(code, 0, "{out}");
    for line in [
        "passed  who assumes it (1 case, 1 decided offline only)",
        "passed  elsewhere (2 cases, 2 decided offline only)",
        "1 case decided offline only: IAM's simulator does not look at other accounts",
        "2 cases decided offline only: IAM's simulator does not look at trust policies",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert_eq!(lab.proxy.count(PRINCIPAL), 0);
    let (_, report) = lab.json(&[]);
    assert_eq!(report["summary"]["live"]["offline_only"], 3);
    assert!(report["tests"][0]["cases"][0]["live"]["offline_only"].is_string());
    let (_, junit, _) = lab.run(&["--format", "junit"]);
    assert!(junit.contains("decided offline only"), "{junit}");
}

#[test]
fn a_denied_simulator_makes_a_test_unknown_and_never_passed() {
    let lab = Lab::new(GET);
    lab.fails(PRINCIPAL, "", "AccessDenied");
    let (code, report) = lab.json(&[]);
    assert_eq!((code, &report["tests"][0]["outcome"]), (7, &json!("unknown")), "{report}");
    assert_eq!(report["summary"]["unknown"], 1);
    assert!(report["tests"][0]["cases"][0]["live"]["unknown"].as_str().unwrap().contains("AccessDenied"));
    let (_, out, _) = lab.run(&[]);
    assert!(out.contains("unknown  reads b") && out.contains("1 test, 1 case: 0 passed, 1 unknown"), "{out}");
    assert!(out.contains("offline: allowed"), "{out}");
    let (_, junit, _) = lab.run(&["--format", "junit"]);
    assert!(junit.contains("errors=\"1\"") && junit.contains("<error message="), "{junit}");
}

#[test]
fn throttling_is_waited_out() {
    let lab = Lab::new(GET);
    lab.proxy.fault(PRINCIPAL, 2, Fault::Throttle);
    lab.answers("", &[evaluation("s3:GetObject", "arn:aws:s3:::b/k", "allowed")]);
    let (code, out, err) = lab.run(&[]);
    assert_eq!((code, lab.proxy.count(PRINCIPAL)), (0, 3), "{out}{err}");
}

#[test]
fn one_question_that_iam_refuses_does_not_spoil_the_others() {
    let lab = Lab::new(
        r#"  - name: two
    principal: role/reader
    expect:
      allowed: [{action: [s3:GetObject, s3:GetOdd], resource: "arn:aws:s3:::b/k"}]
"#,
    );
    lab.fails(PRINCIPAL, "GetOdd", "InvalidInput");
    lab.answers("GetObject", &[evaluation("s3:GetObject", "arn:aws:s3:::b/k", "allowed")]);
    let (code, report) = lab.json(&["--allow-unknown"]);
    let outcomes: Vec<&Value> = report["tests"][0]["cases"].as_array().unwrap().iter().map(|case| &case["outcome"]).collect();
    assert_eq!((code, outcomes), (7, vec![&json!("passed"), &json!("unknown")]), "{report}");
}

#[test]
fn an_answer_that_lacks_the_question_is_no_answer() {
    let lab = Lab::new(GET);
    lab.answers("", &[evaluation("s3:GetObject", "arn:aws:s3:::other", "allowed")]);
    let (code, report) = lab.json(&[]);
    assert_eq!((code, &report["tests"][0]["outcome"]), (7, &json!("unknown")), "{report}");
}

#[test]
fn strictly_a_key_that_is_not_given_leaves_iam_s_answer_open() {
    let lab = Lab::new(GET);
    let mut allowed = evaluation("s3:GetObject", "arn:aws:s3:::b/k", "allowed");
    allowed.missing = vec!["aws:SourceVpc"];
    lab.answers("", &[allowed]);
    assert_eq!(lab.run(&[]).0, 0);
    let (code, out, _) = lab.run(&["--strict-context"]);
    assert!(code == 7 && out.contains("live: condition keys not given: aws:SourceVpc"), "{code}: {out}");
}

#[test]
fn a_file_has_no_simulator() {
    let lab = Lab::new(GET);
    let output = Command::cargo_bin("iamctl").unwrap().args(["test", "--live"]).current_dir(lab.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("which an embedded account does not have"));
}
