//! `iamctl check` on roles as people have them: made by the console, by Studio, by the SDK, by hand with least privilege, and broken. Every role type
//! against every role; what a person would say of each is the table.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;
use iamctl::backend::embedded::{load_account, save_account};
use iamctl::model::{AccountIdentity, Role, Seen, Snapshot};
use iamctl::names::{AccountId, Name};
use iamctl::policy::Document;
use serde_json::{Value, json};
use tempfile::TempDir;

const ACCOUNT: &str = "123456789012";
const BUCKET: &str = "my-bucket";
const TYPES: [&str; 8] =
    ["training", "training-inline", "serving", "pipeline", "feature-store", "bedrock", "hyperpod", "model-eval"];

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn trust(services: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}]})
}

fn role(trust: Value, attached: &[&str], statements: Vec<Value>) -> Role {
    let inline = BTreeMap::from([("own".to_owned(), Document::new(json!({"Version": "2012-10-17", "Statement": statements})))]);
    Role {
        path: "/service-role/".to_owned(),
        id: "AROAEXAMPLE".to_owned(),
        trust: Seen::Value(Document::new(trust)),
        description: Seen::Value(None),
        max_session_duration: Seen::Value(3600),
        permissions_boundary: Seen::Value(None),
        tags: Seen::Value(Default::default()),
        inline_policies: Seen::Value(if statements.is_empty() { BTreeMap::new() } else { inline }),
        attached_policies: Seen::Value(attached.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect()),
        created: None,
        last_used: Seen::Value(None),
    }
}

/// What the console attaches beside AmazonSageMakerFullAccess, `AmazonSageMaker-ExecutionPolicy-…`.
fn execution_policy() -> Vec<Value> {
    vec![
        allow(json!("s3:ListBucket"), json!(format!("arn:aws:s3:::{BUCKET}"))),
        allow(json!(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]), json!(format!("arn:aws:s3:::{BUCKET}/*"))),
    ]
}

/// The permissions of the AWS documentation for a training job: its own bucket, one repository, logs and metrics.
fn least() -> Vec<Value> {
    let mut all = execution_policy();
    let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
    all.extend([
        allow(json!(["cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"]), json!("*")),
        allow(
            json!(["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]),
            json!(format!("arn:aws:ecr:us-east-1:{ACCOUNT}:repository/mine")),
        ),
        allow(json!(logs), json!(format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/*"))),
    ]);
    all
}

/// The least that a role type asks for, written as one would by hand.
fn least_of(kind: &str) -> (Value, Vec<Value>) {
    let sagemaker = || trust(json!("sagemaker.amazonaws.com"));
    let (bucket, objects) = (format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*"));
    let logs = allow(
        json!(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
        json!(format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/*")),
    );
    let sm = |kind: &str| format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}/*");
    match kind {
        "pipeline" => {
            let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": format!("arn:aws:iam::{ACCOUNT}:role/SageMaker-AutoRole-Training"),
                "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}});
            let own = [
                allow(json!(["sagemaker:*TrainingJob", "sagemaker:AddTags"]), json!(sm("training-job"))),
                allow(json!(["sagemaker:CreateProcessingJob", "sagemaker:AddTags"]), json!(sm("processing-job"))),
                allow(json!(["sagemaker:CreateTransformJob", "sagemaker:AddTags"]), json!(sm("transform-job"))),
                allow(json!(["sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:AddTags"]), json!(sm("model"))),
                allow(
                    json!([
                        "sagemaker:CreateEndpoint",
                        "sagemaker:DescribeEndpoint",
                        "sagemaker:CreateEndpointConfig",
                        "sagemaker:AddTags"
                    ]),
                    json!([sm("endpoint"), sm("endpoint-config")]),
                ),
                pass,
                logs,
            ];
            (sagemaker(), own.into_iter().chain(execution_policy()).collect())
        }
        "feature-store" => {
            let records =
                ["sagemaker:PutRecord", "sagemaker:GetRecord", "sagemaker:BatchGetRecord", "sagemaker:DescribeFeatureGroup"];
            let glue = |resource: &str| format!("arn:aws:glue:us-east-1:{ACCOUNT}:{resource}");
            let tables = [glue("catalog"), glue("database/sagemaker_featurestore"), glue("table/sagemaker_featurestore/*")];
            let own = vec![
                allow(json!(records), json!(sm("feature-group"))),
                allow(json!(["s3:GetObject", "s3:PutObject"]), json!(objects)),
                allow(json!(["glue:GetTable", "glue:GetDatabase", "glue:GetPartitions"]), json!(tables)),
            ];
            (trust(json!(["sagemaker.amazonaws.com", "scheduler.amazonaws.com"])), own)
        }
        "bedrock" => (
            trust(json!("bedrock.amazonaws.com")),
            vec![allow(json!("s3:GetObject"), json!(objects)), allow(json!("s3:ListBucket"), json!(bucket))],
        ),
        "model-eval" => {
            let models = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
            let own = [
                allow(json!(["bedrock:CreateEvaluationJob", "bedrock:GetEvaluationJob"]), json!("*")),
                allow(json!(models), json!(["arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:*:*:foundation-model/*"])),
                allow(json!(["sagemaker:*TrainingJob", "sagemaker:AddTags"]), json!(sm("training-job"))),
                allow(json!(["sagemaker:*Pipeline", "sagemaker:*PipelineExecution", "sagemaker:AddTags"]), json!(sm("pipeline"))),
            ];
            (sagemaker(), own.into_iter().chain(least()).collect())
        }
        _ => (sagemaker(), least()),
    }
}

struct Lab(TempDir);

impl Lab {
    fn new() -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        let identity = AccountIdentity { id: AccountId::parse(ACCOUNT).unwrap(), partition: "aws".to_owned() };
        std::fs::create_dir_all(lab.0.path().join(".iamctl")).unwrap();
        save_account(&lab.account(), &Snapshot::empty(identity)).unwrap();
        lab
    }

    fn account(&self) -> std::path::PathBuf {
        self.0.path().join(".iamctl/account.json")
    }

    fn put(&self, name: &str, role: Role) {
        let mut snapshot = load_account(&self.account()).unwrap().unwrap();
        snapshot.roles.insert(Name::new(name), role);
        save_account(&self.account(), &snapshot).unwrap();
    }

    fn report(&self, role: &str, kind: &str, more: &[&str]) -> Value {
        let template = format!("sagemaker/{kind}");
        let (code, out, err) = run(self.0.path(), &[&["check", role, "--for", &template, "--format", "json"], more].concat());
        assert!([0, 3, 7].contains(&code), "{out}{err}");
        serde_json::from_str(&out).unwrap()
    }

    fn verdict(&self, role: &str, kind: &str, more: &[&str]) -> String {
        self.report(role, kind, more)["verdict"].as_str().unwrap().to_owned()
    }
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const NAMED: [&str; 2] = ["--with", "s3_buckets=my-bucket"];

#[test]
fn roles_of_the_console_get_the_verdict_that_a_person_gives() {
    let lab = Lab::new();
    let full = "AmazonSageMakerFullAccess";
    lab.put("console", role(trust(json!("sagemaker.amazonaws.com")), &[full], execution_policy()));
    let studio = ["AmazonSageMakerCanvasFullAccess", "AmazonSageMakerCanvasAIServicesAccess", full];
    lab.put("studio", role(trust(json!("sagemaker.amazonaws.com")), &studio, execution_policy()));
    lab.put(
        "administrator",
        role(
            trust(json!(["sagemaker.amazonaws.com", "bedrock.amazonaws.com", "scheduler.amazonaws.com"])),
            &["AdministratorAccess"],
            vec![],
        ),
    );
    for kind in TYPES {
        // A console-made role trusts neither the scheduler nor Bedrock, reads no partitions of Glue, and starts no evaluations of Bedrock.
        let fits = !["feature-store", "bedrock", "model-eval"].contains(&kind);
        for (name, wanted) in [("console", fits), ("studio", fits), ("administrator", true)] {
            let wanted = if wanted { "ready" } else { "not_ready" };
            for more in [&NAMED[..], &[]] {
                assert_eq!(lab.verdict(name, kind, more), wanted, "{name} for {kind} {more:?}");
            }
        }
        assert_eq!(lab.verdict("administrator", kind, &["--need", "all"]), "ready", "{kind}");
    }
    // Without its bucket policy the role reads objects with certain tags, and whether these have them nobody knows.
    lab.put("bare", role(trust(json!("sagemaker.amazonaws.com")), &[full], vec![]));
    assert_eq!(lab.verdict("bare", "serving", &NAMED), "unknown");
    assert_eq!(lab.verdict("bare", "training", &NAMED), "not_ready");
    assert_eq!(lab.verdict("bare", "training", &["--with", "s3_buckets=sagemaker-us-east-1-123456789012"]), "ready");
    assert_eq!(lab.verdict("console", "training", &["--with", "s3_buckets=another"]), "not_ready");
    let report = lab.report("console", "training", &["--need", "mlflow"]);
    assert_eq!(report["verdict"], "not_ready");
    assert!(report["permissions"]["denied_actions"].as_array().unwrap().iter().all(|a| a.as_str().unwrap().contains("lflow")));
}

#[test]
fn least_privilege_is_enough_and_every_part_of_it_is_needed() {
    let lab = Lab::new();
    for kind in TYPES {
        let (trusts, statements) = least_of(kind);
        lab.put("least", role(trusts.clone(), &[], statements.clone()));
        for more in [&NAMED[..], &[]] {
            let report = lab.report("least", kind, more);
            assert_eq!(report["verdict"], "ready", "{kind}: {report:#}");
            let gaps = report["permissions"]["gaps"].as_array().unwrap();
            assert!(gaps.iter().all(|gap| gap["outcome"] == "narrower"), "{kind}: {report:#}");
        }
        // Without its bucket, or with a Deny, or for a service that may not assume it, it is not.
        let without: Vec<Value> = statements.iter().filter(|s| !s["Resource"].to_string().contains(BUCKET)).cloned().collect();
        lab.put("no-bucket", role(trusts.clone(), &[], without));
        assert_eq!(lab.verdict("no-bucket", kind, &NAMED), "not_ready", "{kind}");
        assert_eq!(lab.verdict("no-bucket", kind, &[]), "not_ready", "{kind}");
        let denied = json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"});
        lab.put("denied", role(trusts, &[], statements.iter().cloned().chain([denied]).collect()));
        let report = lab.report("denied", kind, &NAMED);
        assert_eq!((&report["verdict"], &report["remediation"]), (&json!("not_ready"), &Value::Null), "{kind}");
        lab.put("stranger", role(trust(json!("ec2.amazonaws.com")), &[], statements));
        assert_eq!(lab.report("stranger", kind, &NAMED)["trust"]["verdict"], "no", "{kind}");
    }
}

/// The three ways out: each, taken, makes a role that the check calls ready.
#[test]
fn every_way_out_leads_out() {
    for kind in TYPES {
        let lab = Lab::new();
        lab.put("weak", role(trust(json!("ec2.amazonaws.com")), &[], vec![]));
        lab.put("almost", role(least_of(kind).0, &["AmazonS3ReadOnlyAccess"], vec![]));
        for (name, flag) in [("weak", "--adopt=role/weak"), ("almost", "--no-prune")] {
            let report = lab.report(name, kind, &NAMED);
            // Bedrock reads buckets and does no more.
            let fits = (name, kind) == ("almost", "bedrock");
            assert_eq!(report["verdict"], if fits { "ready" } else { "not_ready" }, "{name} for {kind}");
            if fits {
                continue;
            }
            let spec = report["remediation"].as_str().unwrap();
            assert!(!spec.contains("adopt:") && !spec.contains("kms:"), "{spec}");
            if name == "almost" {
                assert!(
                    spec.contains("attach_only") && !spec.contains("s3:GetObject") && !spec.contains("s3:ListBucket"),
                    "{spec}"
                );
            }
            let request = report["request"].as_str().unwrap();
            assert!(
                request.contains(&format!("role/service-role/{name}")) && request.contains("--with s3_buckets=my-bucket"),
                "{request}"
            );
            let own = report["new_role"].as_str().unwrap();
            assert!(own.contains(&format!("template: sagemaker/{kind}")) && own.contains("s3_buckets: \"my-bucket\""), "{own}");
            for (file, text, flag) in [("mend.yaml", spec, flag), ("own.yaml", own, "--no-prune")] {
                std::fs::write(lab.0.path().join(file), text).unwrap();
                let prune = if flag == "--no-prune" { vec![] } else { vec!["--no-prune"] };
                let (code, out, err) = run(lab.0.path(), &[&["apply", "--yes", flag, file], &prune[..]].concat());
                assert_eq!(code, 0, "{text}\n{out}{err}");
            }
            assert_eq!(lab.verdict(name, kind, &NAMED), "ready", "{name} for {kind}");
            let made = own.lines().find_map(|line| line.trim().strip_prefix("name: ")).unwrap();
            assert_eq!(lab.verdict(made, kind, &NAMED), "ready", "{made} for {kind}");
            let (code, out, err) = run(lab.0.path(), &["apply", "--yes", "--no-prune", "mend.yaml"]);
            assert!(code == 0 && out.contains("No changes"), "{out}{err}");
        }
    }
}
