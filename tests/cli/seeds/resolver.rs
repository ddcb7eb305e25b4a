//! The role resolver of the SageMaker Python SDK: is this role fit, and make one.

use super::{Row, attached, decision, replay, role};
use crate::support::project::{Project, calls};
use iamctl::names::Name;
use serde_json::{Value, json};

const KINDS: [&str; 7] = ["training", "serving", "pipeline", "feature-store", "bedrock", "hyperpod", "model-eval"];

#[test]
fn the_resolver_reads() {
    replay(READS);
}

#[test]
fn the_resolver_writes() {
    replay(WRITES);
}

/// A project with a role of each type.
fn made(kind: &str, with: &str) -> Project {
    let project = Project::embedded();
    project.spec(&format!("version: 1\nuse: [{{template: sagemaker/{kind}, name: worker{with}}}]\n"));
    project.apply();
    project
}

fn report(project: &Project, args: &[&str], code: i32) -> Value {
    serde_json::from_str(&project.runs(&[&["check", "--format", "json"], args].concat(), code).out).unwrap()
}

fn statements(project: &Project, change: impl FnOnce(&mut iamctl::model::Role)) {
    project.edit_account(|account| change(account.roles.get_mut(&Name::new("worker")).unwrap()));
}

fn document(statements: Value) -> iamctl::policy::Document {
    iamctl::policy::Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

pub(super) const READS: &[Row] = &[
    (18, "refuses an unknown role type before anything is asked", || {
        let ran = Project::embedded().runs(&["check", "role/worker", "--for", "sagemaker/trainig"], 64);
        assert!(ran.err.contains("sagemaker/training"), "{}", ran.err);
    }),
    (19, "takes a role by name or ARN, and says that one does not exist", || {
        let project = made("serving", "");
        for asked in ["worker", "role/worker", "arn:aws:iam::000000000000:role/worker"] {
            assert_eq!(
                report(&project, &[asked, "--for", "sagemaker/serving"], 0)["arn"],
                "arn:aws:iam::000000000000:role/worker"
            );
        }
        let ran = project.runs(&["check", "nobody", "--for", "sagemaker/serving"], 3);
        assert!(ran.out.contains("does not exist"), "{}", ran.out);
    }),
    (20, "resolves no role where the caller is a user or the account root", || {
        let ran = made("serving", "").runs(&["check", "caller", "--for", "sagemaker/serving"], 7);
        assert!(ran.out.contains("no role could be resolved"), "{}", ran.out);
    }),
    (21, "names the actions that are denied, sorted, each once", || {
        let project = made("training", ", with: {s3_buckets: [b]}");
        project.edit_account(|account| {
            let policy = account.policies.get_mut(&Name::new("worker-cloudwatch_policy")).unwrap();
            let version = policy.versions.get_mut(&policy.default_version.clone()).unwrap();
            version.document =
                iamctl::model::Seen::Value(document(json!([{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}])));
        });
        let report = report(&project, &["worker", "--for", "sagemaker/training", "--with", "s3_buckets=b"], 3);
        assert_eq!(report["permissions"]["denied_actions"], json!(["cloudwatch:PutMetricData"]));
    }),
    (22, "does not know where it may not read or simulate: unknown, never yes", || {
        let project = made("training", "");
        statements(&project, |role| role.attached_policies = iamctl::model::Seen::Unread);
        assert_eq!(report(&project, &["worker", "--for", "sagemaker/training"], 7)["verdict"], "unknown");
    }),
    (23, "accepts repositories by name where the type says any repository", || {
        let project = made("training", "");
        project.edit_account(|account| {
            let policy = account.policies.get_mut(&Name::new("worker-ecr_policy")).unwrap();
            let version = policy.versions.get_mut(&policy.default_version.clone()).unwrap();
            version.document = iamctl::model::Seen::Value(document(json!([
                {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                {"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:us-east-1:000000000000:repository/mine"}])));
        });
        assert_eq!(report(&project, &["worker", "--for", "sagemaker/training"], 0)["verdict"], "ready");
    }),
    (24, "wants the type's services in the trust policy, and counts what IAM counts", || {
        let project = made("serving", "");
        for (statement, wanted) in [
            (
                json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}),
                "no",
            ),
            (json!({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:TagSession"}), "no"),
            (
                json!({"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]}, "Action": "sts:*"}),
                "yes",
            ),
            (json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}), "yes"),
        ] {
            statements(&project, |role| role.trust = iamctl::model::Seen::Value(document(json!([statement]))));
            let code = if wanted == "yes" { 0 } else { 3 };
            assert_eq!(
                report(&project, &["worker", "--for", "sagemaker/serving"], code)["trust"]["verdict"],
                wanted,
                "{statement}"
            );
        }
    }),
    (25, "reads a document that comes URL-encoded", || {
        let project = Project::embedded();
        let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22sagemaker.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
        project.write(
            "dump.json",
            &json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{"Path": "/", "RoleName": "worker",
                "RoleId": "AROAEXAMPLEEXAMPLE123", "Arn": "arn:aws:iam::000000000000:role/worker", "CreateDate": "2026-01-01T00:00:00Z",
                "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RolePolicyList": [], "Tags": [],
                "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}]})
            .to_string(),
        );
        let report = report(&project, &["worker", "--for", "sagemaker/serving", "--against", "dump.json"], 0);
        assert_eq!(report["trust"]["verdict"], "yes");
    }),
    (26, "says what is wrong and how to get out: role, type, actions, trust, two ways and one more", || {
        let project = Project::embedded();
        project.spec("version: 1\nroles: {worker: {trust: [{service: ec2.amazonaws.com}]}}\n");
        project.apply();
        let out = project.runs(&["check", "worker", "--for", "sagemaker/serving"], 3).out;
        for text in [
            "role/worker",
            "sagemaker/serving",
            "s3:GetObject",
            "sagemaker.amazonaws.com",
            "A spec that fixes it",
            "Or a new role",
            "Or a text for an administrator",
        ] {
            assert!(out.contains(text), "{text}\n{out}");
        }
    }),
    (27, "asks of a HyperPod caller three actions, and names the cluster", || {
        let project = made("hyperpod", "");
        let report = report(&project, &["worker", "--for", "hyperpod-cli", "--with", "cluster=ml"], 3);
        let three = json!(["eks:AccessKubernetesApi", "eks:DescribeCluster", "sagemaker:DescribeCluster"]);
        assert_eq!((&report["permissions"]["denied_actions"], &report["with"]["cluster"]), (&three, &json!(["ml"])));
    }),
    (28, "writes nothing while it asks", || {
        let project = made("training", "");
        let before = std::fs::read(project.account_file()).unwrap();
        project.runs(&["check", "worker", "--for", "sagemaker/bedrock"], 3);
        assert_eq!(std::fs::read(project.account_file()).unwrap(), before);
    }),
];

pub(super) const WRITES: &[Row] = &[
    (29, "makes a role of every type, under its own name or a given one", || {
        for kind in KINDS {
            let project = made(kind, "");
            project.is_settled(&[]);
            assert_eq!(report(&project, &["worker", "--for", &format!("sagemaker/{kind}")], 0)["verdict"], "ready");
            project.runs(&["test"], 0);
        }
        let project = Project::embedded();
        project.spec("version: 1\nuse: [{template: sagemaker/bedrock}]\n");
        project.settle();
        assert!(project.snapshot()["roles"]["SageMaker-AutoRole-Bedrock"].is_object());
    }),
    (30, "warns of scopes over the whole account, and names what narrows them", || {
        let project = Project::embedded();
        project.spec("version: 1\nuse: [{template: sagemaker/training}, {template: sagemaker/feature-store}]\n");
        for command in [&["plan"][..], &["apply", "--yes"]] {
            let out = project.runs(command, 0).out;
            for parameter in ["s3_buckets", "kms_keys", "glue_databases"] {
                assert!(out.contains(&format!("give `{parameter}`")), "{command:?} {parameter}\n{out}");
            }
        }
        project.spec("version: 1\nuse: [{template: sagemaker/feature-store, with: {s3_buckets: [b], glue_databases: [d]}}]\n");
        assert!(!project.runs(&["plan"], 0).out.contains("under `with:`"));
    }),
    (31, "trusts its service for this account only, and tags the role", || {
        let after = made("training", "").snapshot();
        let worker = role(&after, "worker");
        assert!(worker["trust"].to_string().contains("\"aws:SourceAccount\":\"000000000000\""), "{worker:#}");
        assert_eq!(worker["tags"]["RoleType"], "training");
    }),
    (32, "puts buckets, keys and roles to pass in place, in any partition", || {
        let project = made("training", ", with: {s3_buckets: [one, two], kms_keys: [1234abcd-12ab-34cd-56ef-1234567890ab]}");
        let after = project.snapshot().to_string();
        for text in ["arn:aws:s3:::one\",\"arn:aws:s3:::one/*\",\"arn:aws:s3:::two", "arn:aws:kms:*:000000000000:key/1234abcd"] {
            assert!(after.contains(text), "{text}");
        }
        let mut project = made("pipeline", "");
        assert!(project.snapshot().to_string().contains("arn:aws:iam::000000000000:role/SageMaker-AutoRole-*"));
        project.set_extra("  gov: {id: \"111111111111\", partition: aws-us-gov}");
        assert!(project.runs(&["render", "--account", "gov"], 0).out.contains("arn:aws-us-gov:logs:"));
    }),
    (33, "meets a role that exists: nothing happens without a word, and with one the trust is mended too", || {
        let mut project = made("serving", "");
        project.set_stack("another");
        let plan = project.plan(&[]);
        assert_eq!(plan["summary"]["blocked"].as_u64().map(|n| n > 0), Some(true), "{:#}", plan["summary"]);
        project.set_stack("lab");
        statements(&project, |role| {
            role.trust = iamctl::model::Seen::Value(document(json!([
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}])))
        });
        project.settle();
        assert!(role(&project.snapshot(), "worker")["trust"].to_string().contains("sagemaker.amazonaws.com"));
    }),
    (34, "gives a changed policy a version, and never more than five, the oldest going by number", || {
        let project = Project::embedded();
        for round in 0..12 {
            project.spec(&format!(
                "version: 1\nuse: [{{template: sagemaker/serving, name: worker, with: {{s3_buckets: [b{round}]}}}}]\n"
            ));
            project.apply();
        }
        let after = project.snapshot();
        let policy = &after["policies"]["worker-s3_policy"];
        let versions: Vec<&String> = policy["versions"].as_object().unwrap().keys().collect();
        assert_eq!((policy["default_version"].as_str(), versions.len()), (Some("v12"), 5), "{versions:?}");
        assert!(versions.iter().any(|v| *v == "v10") && !versions.iter().any(|v| *v == "v2"), "{versions:?}");
    }),
    (35, "is refused eleven policies by a default quota: here they are ten, or none", || {
        assert_eq!(attached(&made("training", "").snapshot(), "worker").len(), 10);
        assert_eq!(attached(&made("training-inline", "").snapshot(), "worker").len(), 0);
    }),
    (36, "deletes what it made: a policy of others is detached and stays, a role that is gone is fine", || {
        let project = made("bedrock", "");
        project.edit_account(|account| {
            let policy = account.policies[&Name::new("worker-s3_policy")].clone();
            account.policies.insert(
                Name::new("foreign"),
                iamctl::model::Policy { tags: iamctl::model::Seen::Value(Default::default()), ..policy },
            );
            let role = account.roles.get_mut(&Name::new("worker")).unwrap();
            role.attached_policies.value_mut().unwrap().insert("arn:aws:iam::000000000000:policy/foreign".to_owned());
        });
        project.runs(&["destroy", "--yes"], 0);
        let after = project.snapshot();
        let left: Vec<&String> = after["policies"].as_object().unwrap().keys().collect();
        assert_eq!((left, after["roles"].as_object().unwrap().len()), (vec![&"foreign".to_owned()], 0));
        project.runs(&["destroy", "--yes"], 0);
    }),
    (37, "detaches what has left the type, which the SDK never does", || {
        let project = made("bedrock", "");
        let text = "version: 1\nroles:\n  worker:\n    trust: [{service: bedrock.amazonaws.com, source_account: \"${account_id}\"}]\n    tags: {RoleType: bedrock}\n    description: Runs Bedrock workloads on models and data from SageMaker\n";
        project.spec(text);
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan).iter().filter(|call| *call == "DetachRolePolicy").count(), 3);
        project.settle();
        assert_eq!(decision(&project, "role/worker", "s3:GetObject", "arn:aws:s3:::b/k", &[]), "implicitDeny");
    }),
];
