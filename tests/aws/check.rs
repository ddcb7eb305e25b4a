//! `iamctl check` through the binary, on an AWS account (an emulator), with IAM's simulator answered by a proxy.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::moto::{Moto, Session};
use crate::support::proxy::{Fault, Proxy};
use assert_cmd::Command;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use iamctl::backend::AccountWrite;
use iamctl::backend::aws::{AwsAccount, Timing};
use iamctl::model::Operation;
use serde_json::{Value, json};

const TIMING: Timing = Timing {
    window: Duration::from_secs(4),
    base: Duration::from_millis(20),
    cap: Duration::from_millis(200),
    deletion: Duration::from_secs(4),
};

/// An account of the emulator, seen with a session of its role `test`.
struct Lab {
    session: Session,
    proxy: Proxy,
    directory: tempfile::TempDir,
    id: &'static str,
}

impl Lab {
    /// The role `test` under a path, with one inline policy.
    async fn new(id: &'static str, actions: &[&str]) -> Self {
        let moto = Moto::shared();
        let session = moto.session(id);
        let proxy = Proxy::start(Some(moto.address()));
        let credentials = Credentials::new(&session.key, &session.secret, Some(session.token.clone()), None, "test");
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(proxy.url())
            .credentials_provider(credentials)
            .load()
            .await;
        let account = AwsAccount::from_sdk_config(&config, TIMING);
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        for operation in [
            Operation::CreateRole {
                role_name: "test".into(),
                path: "/team/".to_owned(),
                assume_role_policy_document: trust.to_string(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: BTreeMap::new(),
            },
            Operation::PutRolePolicy {
                role_name: "test".into(),
                policy_name: "in".to_owned(),
                policy_document: policy.to_string(),
            },
        ] {
            account.perform(&operation).await.unwrap();
        }
        proxy.reset();
        Self { session, proxy, directory: tempfile::tempdir().unwrap(), id }
    }

    /// Runs a check; the account must see reading calls alone.
    fn check(&self, args: &[&str]) -> (i32, Value) {
        let output = Command::cargo_bin("iamctl")
            .unwrap()
            .args(["check", "--account", "aws", "--format", "json"])
            .args(args)
            .envs(self.session.env(&self.proxy.url()))
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let reads = |call: &String| ["Get", "List", "Simulate"].iter().any(|word| call.starts_with(word));
        let writes: Vec<String> = self.proxy.counts().into_keys().filter(|call| !reads(call)).collect();
        assert!(writes.is_empty(), "{writes:?}");
        let report =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().unwrap(), report)
    }

    /// What the simulator answers to everything.
    fn simulator(&self, actions: &[(&str, &str)]) {
        let member = |(action, decision): &(&str, &str)| {
            let resource = if action.starts_with("eks") { "eks" } else { "sagemaker" };
            format!(
                "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>arn:aws:{resource}:*:{}:cluster/*</EvalResourceName>\
                 <EvalDecision>{decision}</EvalDecision></member>",
                self.id
            )
        };
        let members: String = actions.iter().map(member).collect();
        self.proxy.fault(
            "SimulatePrincipalPolicy",
            usize::MAX,
            Fault::Answer(format!(
                "<SimulatePrincipalPolicyResult><EvaluationResults>{members}</EvaluationResults>\
                 <IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>"
            )),
        );
    }

    fn deny(&self, call: &str) {
        let fault = Fault::Error { status: 403, code: "AccessDenied", message: "not authorized".to_owned() };
        self.proxy.fault(call, usize::MAX, fault);
    }
}

const CONNECT: [&str; 3] = ["sagemaker:DescribeCluster", "eks:DescribeCluster", "eks:AccessKubernetesApi"];

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_s_own_role_is_checked_with_its_path() {
    let lab = Lab::new("410000000001", &CONNECT).await;
    lab.simulator(&CONNECT.map(|action| (action, "allowed")));
    let (code, report) = lab.check(&["caller", "--for", "hyperpod-cli"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["arn"], "arn:aws:iam::410000000001:role/team/test");
    assert_eq!(report["permissions"]["method"], "simulator");
    assert!(lab.proxy.bodies("SimulatePrincipalPolicy")[0].contains("role%2Fteam%2Ftest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_of_the_simulator_is_named() {
    let lab = Lab::new("410000000002", &CONNECT).await;
    lab.simulator(&[(CONNECT[0], "allowed"), (CONNECT[1], "allowed"), (CONNECT[2], "implicitDeny")]);
    let (code, report) = lab.check(&["caller", "--for", "hyperpod-cli"]);
    assert_eq!((code, &report["permissions"]["denied_actions"]), (3, &json!([CONNECT[2]])), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_simulator_the_policies_are_evaluated_and_the_report_says_so() {
    let lab = Lab::new("410000000003", &CONNECT[..2]).await;
    lab.deny("SimulatePrincipalPolicy");
    let (code, report) = lab.check(&["role/test", "--for", "hyperpod-cli"]);
    assert_eq!((code, &report["permissions"]["method"]), (3, &json!("offline")), "{report}");
    assert_eq!(report["permissions"]["denied_actions"], json!([CONNECT[2]]));
    assert!(report["notes"][0].as_str().unwrap().contains("evaluated instead"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_neither_simulator_nor_policies_the_answer_is_unknown() {
    let lab = Lab::new("410000000004", &CONNECT).await;
    lab.deny("SimulatePrincipalPolicy");
    lab.deny("GetRole");
    let (code, report) = lab.check(&["role/test", "--for", "hyperpod-cli"]);
    assert_eq!((code, &report["verdict"], &report["permissions"]["method"]), (7, &json!("unknown"), &json!("none")), "{report}");
    // May not look the role up, may simulate: the simulator's word is enough for permissions.
    lab.proxy.reset();
    let lab = Lab::new("410000000005", &CONNECT).await;
    lab.deny("GetRole");
    lab.simulator(&CONNECT.map(|action| (action, "allowed")));
    let (code, report) = lab.check(&["role/test", "--for", "hyperpod-cli"]);
    assert_eq!((code, &report["permissions"]["verdict"]), (0, &json!("yes")), "{report}");
    let (code, report) = lab.check(&["role/test", "--for", "sagemaker/pipeline"]);
    assert_eq!((code, &report["trust"]["verdict"]), (7, &json!("unknown")), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_without_the_simulator_is_evaluated_offline() {
    let lab = Lab::new("410000000006", &["*"]).await;
    let (code, report) = lab.check(&["role/test", "--for", "sagemaker/bedrock"]);
    assert_eq!(
        (code, &report["permissions"]["verdict"], &report["trust"]["verdict"]),
        (3, &json!("yes"), &json!("no")),
        "{report}"
    );
    let (code, report) = lab.check(&["role/test", "--for", "sagemaker/hyperpod"]);
    assert_eq!(code, 0, "{report}");
    let (code, report) = lab.check(&["role/nobody", "--for", "sagemaker/hyperpod"]);
    assert_eq!((code, &report["verdict"]), (3, &json!("not_ready")), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_calls_is_asked_about_with_its_groups() {
    let lab = Lab::new("410000000007", &["*"]).await;
    let credentials = Credentials::new(&lab.session.key, &lab.session.secret, Some(lab.session.token.clone()), None, "test");
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(lab.proxy.url())
        .credentials_provider(credentials)
        .load()
        .await;
    let iam = aws_sdk_iam::Client::new(&config);
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": &CONNECT[..2], "Resource": "*"}]});
    iam.create_user().user_name("ana").path("/team/").send().await.unwrap();
    iam.create_group().group_name("ops").send().await.unwrap();
    iam.put_group_policy().group_name("ops").policy_name("p").policy_document(policy.to_string()).send().await.unwrap();
    iam.add_user_to_group().group_name("ops").user_name("ana").send().await.unwrap();
    let made = iam.create_access_key().user_name("ana").send().await.unwrap();
    let key = made.access_key().unwrap();
    lab.proxy.reset();
    let output = Command::cargo_bin("iamctl")
        .unwrap()
        .args(["check", "caller", "--for", "hyperpod-cli", "--with", "cluster=ml", "--account", "aws", "--format", "json"])
        .envs(lab.session.env(&lab.proxy.url()))
        .env("AWS_ACCESS_KEY_ID", key.access_key_id())
        .env("AWS_SECRET_ACCESS_KEY", key.secret_access_key())
        .env_remove("AWS_SESSION_TOKEN")
        .current_dir(lab.directory.path())
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["arn"], "arn:aws:iam::410000000007:user/team/ana", "{report}");
    assert_eq!((output.status.code(), &report["permissions"]["denied_actions"]), (Some(3), &json!([CONNECT[2]])), "{report}");
    assert!(report["remediation"].as_str().unwrap().contains("users:"), "{report}");
}
