//! The five originals from their first step to their last, on an account in a file and on the emulator: what they set up, ask, change and
//! clean up, in one run each. The rows beside this file show each capability alone.

use iamctl::model::Operation;
use iamctl::names::Name;
use serde_json::{Value, json};

use super::gate::GATE;
use super::{attached, decision, role, text_of};
use crate::support::on_both;
use crate::support::project::{Project, calls};

/// Roles and customer managed policies of the account, by name.
fn inventory(project: &Project) -> (Vec<String>, Vec<String>) {
    let snapshot = project.snapshot();
    let names = |kind: &str| -> Vec<String> {
        let all = snapshot[kind].as_object().unwrap().iter();
        // The emulator lists its copies of AWS's policies too.
        all.filter(|(_, entity)| !entity["path"].as_str().unwrap_or_default().starts_with("/aws-service-role/"))
            .map(|(name, _)| name.clone())
            .collect()
    };
    (names("roles"), names("policies"))
}

fn destroyed(project: &Project) {
    project.runs(&["destroy", "--yes", "--max-deletes", "50"], 0);
}

on_both! {
    notebook(project, "610000000001") {
        let text = text_of("notebook-role.yaml");
        // The role that the emulator takes the caller for; IAM refuses a trust on what does not exist.
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let caller = Operation::CreateRole {
            role_name: Name::new("test"),
            path: "/".into(),
            assume_role_policy_document: trust.to_string(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: Default::default(),
        };
        let administrator = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
        project.others(&[caller, Operation::AttachRolePolicy { role_name: Name::new("test"), policy_arn: administrator }]);
        project.spec(&text);
        project.settle();
        project.runs(&["test"], 0);
        assert_eq!(attached(&project.snapshot(), "basic-role").len(), 4);
        // One permission more: a version, at once for whoever holds the policy.
        project.spec(&text.replace("Action: \"s3:DeleteBucket\"", "Action: [\"s3:DeleteBucket\", \"s3:DeleteBucketPolicy\"]"));
        assert_eq!(calls(&project.plan(&[])), ["CreatePolicyVersion"]);
        project.settle();
        assert_eq!(decision(&project, "role/basic-role", "s3:DeleteBucketPolicy", "arn:aws:s3:::b", &[]), "allowed");
        destroyed(&project);
        assert_eq!(inventory(&project), (vec!["test".to_owned()], vec![]));
    }

    lesson(project, "610000000002") {
        let wide = "version: 1\nroles:\n  SageMakerExecutionRole:\n    trust: [{service: sagemaker.amazonaws.com}]\n    managed_policies: [aws/AmazonS3FullAccess, aws/AmazonEC2ContainerRegistryReadOnly]\n";
        project.spec(wide);
        project.settle();
        assert_eq!(decision(&project, "role/SageMakerExecutionRole", "s3:GetObject", "arn:aws:s3:::any/k", &[]), "allowed");
        // The lesson's advice: no full access, a policy on the bucket instead. The role stays the same role.
        let id = role(&project.snapshot(), "SageMakerExecutionRole")["id"].clone();
        project.spec(&text_of("sagemaker-execution-role.yaml"));
        project.settle();
        project.runs(&["test"], 0);
        let after = project.snapshot();
        assert_eq!(role(&after, "SageMakerExecutionRole")["id"], id);
        assert!(!attached(&after, "SageMakerExecutionRole").contains("AmazonS3FullAccess"));
        assert_eq!(decision(&project, "role/SageMakerExecutionRole", "s3:GetObject", "arn:aws:s3:::any/k", &[]), "implicitDeny");
        destroyed(&project);
        assert_eq!(inventory(&project), (vec![], vec![]));
    }

    resolver(project, "610000000003") {
        let check = |project: &Project, code: i32| -> Value {
            let args = ["check", "role/worker", "--for", "sagemaker/serving", "--format", "json"];
            serde_json::from_str(&project.runs(&args, code).out).unwrap()
        };
        check(&project, 3);
        project.spec("version: 1\nuse: [{template: sagemaker/serving, name: worker}]\n");
        project.settle();
        assert_eq!(check(&project, 0)["arn"], json!(project.arn("role/worker")));
        // Somebody takes a policy off: the role is not fit, and the next apply mends it.
        let policy = project.snapshot()["roles"]["worker"]["attached_policies"][0].as_str().unwrap().to_owned();
        project.others(&[Operation::DetachRolePolicy { role_name: Name::new("worker"), policy_arn: policy }]);
        check(&project, 3);
        assert_eq!(calls(&project.plan(&[])), ["AttachRolePolicy"]);
        project.settle();
        check(&project, 0);
        destroyed(&project);
        assert_eq!(inventory(&project), (vec![], vec![]));
    }

    workflow(project, "610000000004") {
        let user = Operation::CreateUser { user_name: Name::new("imaging-operator"), path: "/".into(), permissions_boundary: None, tags: Default::default() };
        let theirs = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
        project.others(&[user, Operation::AttachUserPolicy { user_name: Name::new("imaging-operator"), policy_arn: theirs.clone() }]);
        project.spec(&text_of("serverless-imaging.yaml").replace("    create: true\n", ""));
        project.settle();
        project.runs(&["test"], 0);
        let held = |project: &Project| project.snapshot()["users"]["imaging-operator"]["attached_policies"].as_array().unwrap().len();
        assert_eq!(held(&project), 8);
        // A role that is made only where it is missing is left to whoever changes it.
        let admin = "arn:aws:iam::aws:policy/AmazonSQSFullAccess".to_owned();
        project.others(&[Operation::AttachRolePolicy { role_name: Name::new("AWSBatchServiceRole"), policy_arn: admin }]);
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan), Vec::<String>::new());
        assert!(plan["findings"].to_string().contains("does not list: `aws/AmazonSQSFullAccess`"), "{:#}", plan["findings"]);
        destroyed(&project);
        // Two roles were only made, and never this stack's; of the user's policies the stranger's stays.
        assert_eq!(inventory(&project), (vec!["AWSBatchServiceRole".to_owned(), "StepFunctionsLambdaRole".to_owned()], vec![]));
        assert_eq!(project.snapshot()["users"]["imaging-operator"]["attached_policies"], json!([theirs]));
    }

    gate(project, "610000000005") {
        project.set_stack("others");
        project.spec("version: 1\nroles: {SageMakerExecutionRole: {path: /service-role/, trust: [{service: sagemaker.amazonaws.com}], managed_policies: [aws/AmazonSageMakerFullAccess]}}\n");
        project.settle();
        let before = role(&project.snapshot(), "SageMakerExecutionRole").clone();
        project.set_stack("gate");
        project.spec(GATE);
        project.settle();
        assert_eq!(attached(&project.snapshot(), "SageMakerExecutionRole").len(), 2);
        project.runs(&["destroy", "--yes"], 0);
        assert_eq!(role(&project.snapshot(), "SageMakerExecutionRole"), &before);
        assert_eq!(inventory(&project).1, Vec::<String>::new());
    }
}
