//! `iamctl check` through the binary, on accounts that are files. The cases are those of the role resolver it stands in for.

use std::path::Path;

use assert_cmd::Command;
use iamctl::backend::embedded::{load_account, save_account};
use iamctl::model::{AccountIdentity, Policy, Role, Seen, Snapshot};
use iamctl::names::{AccountId, Name, VersionId};
use iamctl::policy::Document;
use serde_json::{Value, json};
use tempfile::TempDir;

const TRAINING: &str = "SageMaker-AutoRole-Training";

/// A directory with an embedded account.
struct Lab(TempDir);

impl Lab {
    /// An account without anything in it.
    fn empty(id: &str, partition: &str) -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        let identity = AccountIdentity { id: AccountId::parse(id).unwrap(), partition: partition.to_owned() };
        lab.save(&Snapshot::empty(identity));
        lab
    }

    /// An account that a template was applied to.
    fn with(template: &str) -> Self {
        let lab = Self::empty("123456789012", "aws");
        lab.apply(&format!("version: 1\nuse: [{{template: {template}}}]\n"));
        lab
    }

    fn account(&self) -> std::path::PathBuf {
        self.0.path().join(".iamctl/account.json")
    }

    fn save(&self, snapshot: &Snapshot) {
        std::fs::create_dir_all(self.0.path().join(".iamctl")).unwrap();
        save_account(&self.account(), snapshot).unwrap();
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = load_account(&self.account()).unwrap().unwrap();
        change(&mut snapshot);
        self.save(&snapshot);
    }

    fn role(&self, name: &str, change: impl FnOnce(&mut Role)) {
        self.change(|s| change(s.roles.get_mut(&Name::new(name)).unwrap()));
    }

    fn apply(&self, spec: &str) {
        self.apply_with(spec, &[]);
    }

    fn apply_with(&self, spec: &str, flags: &[&str]) {
        std::fs::create_dir_all(self.0.path().join("specs")).unwrap();
        std::fs::write(self.0.path().join("specs/all.yaml"), spec).unwrap();
        let (code, out, err) = self.run(&[&["apply", "--yes", "--no-prune"], flags].concat());
        assert_eq!(code, 0, "{out}{err}");
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        run(self.0.path(), args)
    }

    /// Runs a check, which must leave the account as it was, byte for byte.
    fn check(&self, args: &[&str]) -> (i32, String) {
        let before = std::fs::read(self.account()).unwrap();
        let (code, out, err) = self.run(&[&["check"], args].concat());
        assert_eq!(std::fs::read(self.account()).unwrap(), before, "a check wrote something");
        (code, if out.is_empty() { err } else { out })
    }

    fn report(&self, args: &[&str]) -> Value {
        let (_, out) = self.check(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&out).unwrap()
    }
}

fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn document(value: Value) -> Document {
    Document::new(value)
}

/// Changes the document in force of a customer managed policy.
fn edit(policy: &mut Policy, change: impl FnOnce(&mut Value)) {
    let version = policy.versions.get_mut(&policy.default_version).unwrap();
    let mut value = version.document.value().unwrap().value().clone();
    change(&mut value);
    version.document = Seen::Value(Document::new(value));
}

#[test]
fn a_role_that_its_template_made_is_ready() {
    for (template, role) in [
        ("sagemaker/training", TRAINING),
        ("sagemaker/serving", "SageMaker-AutoRole-Serving"),
        ("sagemaker/pipeline", "SageMaker-AutoRole-Pipeline"),
        ("sagemaker/feature-store", "SageMaker-AutoRole-FeatureStore"),
        ("sagemaker/bedrock", "SageMaker-AutoRole-Bedrock"),
        ("sagemaker/hyperpod", "SageMaker-AutoRole-HyperPod"),
        ("sagemaker/model-eval", "SageMaker-AutoRole-Evaluation"),
        ("sagemaker/training-inline", TRAINING),
    ] {
        let lab = Lab::with(template);
        let (code, out) = lab.check(&[&format!("role/{role}"), "--for", template, "--need", "all"]);
        assert_eq!(code, 0, "{out}");
        assert!(out.starts_with(&format!("ready: role/{role} for {template}\n")), "{out}");
        assert!(!out.contains("A spec that fixes it"), "{out}");
    }
}

#[test]
fn name_and_arn_of_any_partition_find_the_role() {
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let lab = Lab::empty("123456789012", partition);
        lab.apply("version: 1\nuse: [{template: sagemaker/serving, name: server}]\n");
        let arn = format!("arn:{partition}:iam::123456789012:role/server");
        let session = format!("arn:{partition}:sts::123456789012:assumed-role/server/run-1");
        for asked in ["server", "role/server", "role/SERVER", &arn, &session] {
            let (code, out) = lab.check(&[asked, "--for", "sagemaker/serving"]);
            assert_eq!(code, 0, "{asked}: {out}");
            assert!(out.contains(&arn), "{out}");
        }
    }
}

#[test]
fn a_role_that_is_not_there_is_not_ready() {
    let lab = Lab::with("sagemaker/training");
    let (code, out) = lab.check(&["role/nobody", "--for", "sagemaker/training"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("role/nobody does not exist in account 123456789012"), "{out}");
    assert!(out.contains("- template: sagemaker/training"), "{out}");
    let wrong_path = format!("arn:aws:iam::123456789012:role/other/{TRAINING}");
    let (code, out) = lab.check(&[&wrong_path, "--for", "sagemaker/training"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains(&format!("the role of this name is `arn:aws:iam::123456789012:role/{TRAINING}`")), "{out}");
}

#[test]
fn a_role_of_another_account_is_unknown() {
    let lab = Lab::with("sagemaker/training");
    for other in [format!("arn:aws:iam::999999999999:role/{TRAINING}"), format!("arn:aws-cn:iam::123456789012:role/{TRAINING}")] {
        let (code, out) = lab.check(&[&other, "--for", "sagemaker/training"]);
        assert_eq!(code, 7, "{out}");
        assert!(out.starts_with("unknown: ") && out.contains("--account"), "{out}");
    }
}

#[test]
fn denied_actions_are_named_and_the_spec_that_is_printed_mends_them() {
    let lab = Lab::with("sagemaker/training");
    lab.role(TRAINING, |role| {
        role.tags = Seen::Value(Default::default());
        role.trust = Seen::Value(document(json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]})));
    });
    lab.change(|s| {
        edit(s.policies.get_mut(&Name::new(format!("{TRAINING}-cloudwatch_policy"))).unwrap(), |policy| {
            let statements = policy["Statement"].as_array_mut().unwrap();
            statements.retain(|s| !s["Action"].to_string().contains("PutMetricData"));
        });
    });
    let args = [&format!("role/{TRAINING}") as &str, "--for", "sagemaker/training"];
    let report = lab.report(&args);
    assert_eq!(report["verdict"], "not_ready");
    assert_eq!(report["permissions"]["verdict"], "no");
    assert_eq!(report["permissions"]["denied_actions"], json!(["cloudwatch:PutMetricData"]));
    assert_eq!(report["trust"]["verdict"], "no");
    assert_eq!(report["trust"]["gaps"][0]["principal"], "sagemaker.amazonaws.com");
    let (code, out) = lab.check(&args);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("Trust policy for sagemaker.amazonaws.com: no"), "{out}");

    // Nothing of the spec takes the role over by itself: that is for the command line to say.
    let spec = report["remediation"].as_str().unwrap();
    assert!(!spec.contains("adopt") && report["notes"].to_string().contains("--adopt=role/"), "{report:#}");
    lab.apply_with(spec, &[&format!("--adopt=role/{TRAINING}")]);
    let (code, out) = lab.check(&args);
    assert_eq!(code, 0, "{out}");
    let trust = lab_trust(&lab);
    assert!(trust.contains("123456789012:root") && trust.contains("sagemaker.amazonaws.com"), "{trust}");
}

fn lab_trust(lab: &Lab) -> String {
    let snapshot = load_account(&lab.account()).unwrap().unwrap();
    snapshot.roles[&Name::new(TRAINING)].trust.value().unwrap().to_compact()
}

#[test]
fn a_role_that_grants_repositories_by_name_is_ready() {
    let lab = Lab::with("sagemaker/training");
    lab.change(|s| {
        edit(s.policies.get_mut(&Name::new(format!("{TRAINING}-ecr_policy"))).unwrap(), |policy| {
            policy["Statement"][1]["Resource"] = json!(["arn:aws:ecr:us-east-1:123456789012:repository/a"]);
        });
    });
    let (code, out) = lab.check(&[TRAINING, "--for", "sagemaker/training"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("allowed only on `arn:aws:ecr:us-east-1:123456789012:repository/a`"), "{out}");
}

#[test]
fn buckets_are_asked_about_as_the_parameter_says() {
    let lab = Lab::empty("123456789012", "aws");
    lab.apply("version: 1\nuse: [{template: sagemaker/serving, name: server, with: {s3_buckets: [one, two]}}]\n");
    let check = |with: &[&str]| lab.check(&[&["server", "--for", "sagemaker/serving"], with].concat());
    assert_eq!(check(&["--with", "s3_buckets=one"]).0, 0);
    assert_eq!(check(&["--with", "s3_buckets=one", "--with", "s3_buckets=two"]).0, 0);
    let (code, out) = check(&["--with", "s3_buckets=three"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("arn:aws:s3:::three"), "{out}");
    // Which buckets the workload uses was not said: those that the role may use are named.
    let (code, out) = check(&[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("allowed only on `arn:aws:s3:::one`") && out.contains("--with s3_buckets=NAME"), "{out}");
    // Every bucket was asked for.
    let (code, out) = check(&["--with", "s3_buckets=*"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("allowed only on `arn:aws:s3:::one`"), "{out}");
}

#[test]
fn a_trust_that_hangs_on_a_source_is_decided_where_every_job_or_none_meets_it() {
    let checked = |source: &str| {
        let lab = Lab::with("sagemaker/training");
        lab.role(TRAINING, |role| {
            let mut trust = role.trust.value().unwrap().value().clone();
            trust["Statement"][0]["Condition"] = json!({"ArnLike": {"aws:SourceArn": source}});
            role.trust = Seen::Value(Document::new(trust));
        });
        lab.check(&[TRAINING, "--for", "sagemaker/training"])
    };
    let (code, out) = checked("arn:aws:sagemaker:*:123456789012:*");
    assert_eq!(code, 0, "{out}");
    let (code, out) = checked("arn:aws:sagemaker:*:123456789012:training-job/*");
    assert!(code == 7 && out.contains("depends on `aws:SourceArn`"), "{code} {out}");
    let (code, out) = checked("arn:aws:sagemaker:*:999999999999:*");
    assert!(code != 0 && code != 7, "{code} {out}");
}

#[test]
fn unread_documents_are_unknown() {
    let lab = Lab::with("sagemaker/training");
    lab.change(|s| {
        let policy = s.policies.get_mut(&Name::new(format!("{TRAINING}-s3_policy"))).unwrap();
        let version = VersionId::parse("v1").unwrap();
        policy.versions.get_mut(&version).unwrap().document = Seen::Unread;
    });
    let report = lab.report(&[TRAINING, "--for", "sagemaker/training"]);
    assert_eq!((&report["verdict"], &report["trust"]["verdict"]), (&json!("unknown"), &json!("yes")));
}

#[test]
fn a_file_answers_like_the_account() {
    let lab = Lab::with("sagemaker/bedrock");
    let (code, _, err) = lab.run(&["snapshot", "-o", "account-copy.json"]);
    assert_eq!(code, 0, "{err}");
    let elsewhere = Lab::empty("123456789012", "aws");
    let file = lab.0.path().join("account-copy.json");
    let args = ["role/SageMaker-AutoRole-Bedrock", "--for", "sagemaker/bedrock", "--against", file.to_str().unwrap()];
    assert_eq!(elsewhere.check(&args).0, 0);
    assert_eq!(elsewhere.check(&args[..3]).0, 3);
}

#[test]
fn a_caller_that_is_no_role_is_unknown() {
    let lab = Lab::with("sagemaker/training");
    for need in ["sagemaker/training", "hyperpod-cli"] {
        // The caller of an embedded account is its root.
        let (code, out) = lab.check(&["caller", "--for", need]);
        assert_eq!(code, 7, "{out}");
        assert!(
            out.starts_with(&format!("unknown: the caller for {need}")) && out.contains("no role could be resolved"),
            "{out}"
        );
    }
}

#[test]
fn the_hyperpod_cli_needs_three_permissions_and_no_trust() {
    let lab = Lab::with("sagemaker/training");
    let args = [TRAINING, "--for", "hyperpod-cli"];
    let report = lab.report(&args);
    let three = json!(["eks:AccessKubernetesApi", "eks:DescribeCluster", "sagemaker:DescribeCluster"]);
    assert_eq!(
        (&report["verdict"], &report["permissions"]["denied_actions"], &report["trust"]),
        (&json!("not_ready"), &three, &Value::Null)
    );
    lab.role(TRAINING, |role| {
        let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
            "Action": ["sagemaker:DescribeCluster", "eks:DescribeCluster", "eks:AccessKubernetesApi"]}]});
        role.inline_policies.value_mut().unwrap().insert("connect".to_owned(), document(allow));
    });
    assert_eq!(lab.check(&args).0, 0);
}

#[test]
fn wrong_usage_is_told_before_the_account_is_asked() {
    let lab = Lab::with("sagemaker/training");
    for (args, word) in [
        (vec!["role/x", "--for", "sagemaker/trainig"], "sagemaker/training"),
        (vec!["role/x", "--for", "sagemaker/training", "--with", "s3_bucket=a"], "s3_buckets"),
        (vec!["role/x", "--for", "hyperpod-cli", "--with", "a=b"], "no parameter `a`"),
        (vec!["role/x", "--for", "hyperpod-cli", "--with", "cluster=a*"], "one cluster"),
        (vec!["role/x", "--for", "sagemaker/training", "--need", "vcp"], "`vpc`"),
        (vec!["role/x", "--for", "sagemaker/training", "--required"], "--required"),
        (vec!["user/x", "--for", "sagemaker/training"], "role/NAME"),
        (vec!["arn:aws:iam::123456789012:user/x", "--for", "sagemaker/training"], "role/NAME"),
        (vec!["role/", "--for", "sagemaker/training"], "role/NAME"),
        (vec!["role/x"], "--for"),
    ] {
        let (code, err) = lab.check(&args);
        assert_eq!(code, 64, "{args:?}: {err}");
        assert!(err.contains(word), "{args:?}: {err}");
    }
}

#[test]
fn a_template_of_the_project_can_be_checked_against() {
    let lab = Lab::empty("123456789012", "aws");
    std::fs::create_dir_all(lab.0.path().join("specs/templates")).unwrap();
    std::fs::write(
        lab.0.path().join("specs/templates/worker.yaml"),
        r#"version: 1
template: team/worker
parameters: {name: {type: string, default: worker}}
spec:
  roles:
    ${param.name}:
      trust: [{service: ec2.amazonaws.com}]
      managed_policies: [aws/AmazonS3ReadOnlyAccess]
"#,
    )
    .unwrap();
    lab.apply("version: 1\nuse: [{template: team/worker, name: w1}]\n");
    let (code, out) = lab.check(&["w1", "--for", "team/worker"]);
    assert_eq!(code, 0, "{out}");
    lab.role("w1", |role| role.attached_policies = Seen::Value(Default::default()));
    assert_eq!(lab.check(&["w1", "--for", "team/worker"]).0, 3);
}

#[test]
fn every_spec_that_is_printed_validates() {
    let lab = Lab::empty("123456789012", "aws");
    lab.apply(
        "version: 1\nroles:\n  weak: {path: /a/, trust: [{service: ec2.amazonaws.com}]}\n  partly: {trust: [{service: sagemaker.amazonaws.com}], managed_policies: [aws/AmazonS3ReadOnlyAccess]}\n",
    );
    let validates = |args: &[&str]| {
        let report = lab.report(args);
        let spec = report["remediation"].as_str().unwrap_or_else(|| panic!("{args:?}: {report:#}"));
        std::fs::write(lab.0.path().join("mended.yaml"), spec).unwrap();
        let (code, out, err) = lab.run(&["validate", "mended.yaml"]);
        assert_eq!(code, 0, "{args:?}\n{spec}\n{out}{err}");
        spec.to_owned()
    };
    for template in ["training", "serving", "pipeline", "feature-store", "bedrock", "hyperpod"] {
        for role in ["weak", "partly", "nobody"] {
            validates(&[&format!("role/{role}"), "--for", &format!("sagemaker/{template}")]);
        }
    }
    validates(&["role/weak", "--for", "hyperpod-cli"]);
    // What is made anew is made with the parameters that were asked with, not wider.
    let with = ["role/nobody", "--for", "sagemaker/training", "--with", "s3_buckets=a-bucket", "--with", "s3_buckets=b-bucket"];
    let spec = validates(&with);
    assert!(spec.ends_with("    with:\n      s3_buckets: [\"a-bucket\",\"b-bucket\"]\n"), "{spec}");
    lab.apply(&spec);
    assert_eq!(lab.check(&with).0, 0);
}

#[test]
fn what_is_needed_is_listed_whole_without_asking_about_anyone() {
    let lab = Lab::empty("123456789012", "aws");
    let (code, out) = lab.check(&["--for", "sagemaker/training", "--required"]);
    assert_eq!(code, 0, "{out}");
    for text in [
        "  s3:GetObject\n  s3:PutObject\n    on arn:aws:s3:::*/*   (`--with s3_buckets=NAME` narrows it)\n",
        "  ecr:GetAuthorizationToken\n    on *\n",
        "optional: mlflow for tracking with MLflow\n",
        "  sagemaker-mlflow:GetRun\n",
        "Its trust policy must allow sagemaker.amazonaws.com to assume it.",
    ] {
        assert!(out.contains(text), "{text}\n{out}");
    }
    let (_, text) = lab.check(&["--for", "sagemaker/training", "--required", "--format", "json", "--need", "all"]);
    let required: Value = serde_json::from_str(&text).unwrap();
    let listed = required["required_actions"].as_array().unwrap();
    assert!(listed.contains(&json!("kms:Decrypt")) && listed.len() > 80, "{required:#}");
    assert_eq!(required["optional"], json!([]));
}

#[test]
fn a_user_is_asked_about_what_a_person_does() {
    let lab = Lab::empty("123456789012", "aws");
    lab.apply(
        "version: 1\nusers:\n  ana: {create: true}\ngroups:\n  ops:\n    users: [ana]\n    inline_policies:\n      Eks: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'eks:*', Resource: '*'}]}\n",
    );
    for asked in ["user/ana", "arn:aws:iam::123456789012:user/ana"] {
        let report = lab.report(&[asked, "--for", "hyperpod-cli", "--with", "cluster=ml"]);
        assert_eq!(
            (&report["verdict"], &report["permissions"]["denied_actions"]),
            (&json!("not_ready"), &json!(["sagemaker:DescribeCluster"])),
            "{report:#}"
        );
        assert_eq!((&report["arn"], &report["with"]["cluster"][0]), (&json!("arn:aws:iam::123456789012:user/ana"), &json!("ml")));
    }
    let report = lab.report(&["user/ana", "--for", "hyperpod-cli", "--with", "cluster=ml"]);
    assert!(report["request"].as_str().unwrap().contains("--for hyperpod-cli --with cluster=ml"), "{report:#}");
    lab.apply(report["remediation"].as_str().unwrap());
    assert_eq!(lab.check(&["user/ana", "--for", "hyperpod-cli", "--with", "cluster=ml"]).0, 0);
    assert_eq!(lab.check(&["user/nobody", "--for", "hyperpod-cli"]).0, 3);
}

#[test]
fn an_arn_without_a_path_that_could_not_be_read_is_marked_as_a_guess() {
    let lab = Lab::with("sagemaker/training");
    let session = format!("arn:aws:sts::999999999999:assumed-role/{TRAINING}/run");
    let (code, out) = lab.check(&[&session, "--for", "sagemaker/training"]);
    assert_eq!(code, 7, "{out}");
    assert!(out.contains(&format!("arn:aws:iam::999999999999:role/{TRAINING} (a guess: the path could not be read)")), "{out}");
    assert_eq!(lab.report(&[&session, "--for", "sagemaker/training"])["arn_is_a_guess"], json!(true));
}

#[test]
fn withdrawn_policies_of_a_role_are_named_with_their_successor() {
    let lab = Lab::with("sagemaker/training");
    lab.role(TRAINING, |role| {
        role.attached_policies.value_mut().unwrap().insert("arn:aws:iam::aws:policy/AWSLambdaFullAccess".to_owned());
    });
    let (_, out) = lab.check(&[TRAINING, "--for", "sagemaker/training"]);
    assert!(out.contains("AWS withdrew `aws/AWSLambdaFullAccess`") && out.contains("`aws/AWSLambda_FullAccess`"), "{out}");
}
