//! The lesson "IAM roles and permissions for SageMaker": a walk through the console.

use super::{Row, attached, decision, replay, shipped};
use crate::support::project::Project;

const FULL: &str = "version: 1\nroles:\n  SageMakerExecutionRole:\n    trust: [{service: sagemaker.amazonaws.com}]\n    managed_policies: [aws/AmazonS3FullAccess, aws/CloudWatchLogsFullAccess, aws/AmazonEC2ContainerRegistryReadOnly]\n";

#[test]
fn the_lesson() {
    replay(ROWS);
}

pub(super) const ROWS: &[Row] = &[
    (12, "makes an execution role with three policies of AWS", || {
        let project = Project::embedded();
        project.spec(FULL);
        project.settle();
        assert_eq!(attached(&project.snapshot(), "SageMakerExecutionRole").len(), 3);
    }),
    (13, "may with them what its table says", || {
        let project = Project::embedded();
        project.spec(FULL);
        for (action, resource) in [
            ("s3:ListBucket", "arn:aws:s3:::my-bucket"),
            ("s3:GetObject", "arn:aws:s3:::other/k"),
            ("logs:PutLogEvents", "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:s"),
            ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:000000000000:repository/r"),
        ] {
            assert_eq!(decision(&project, "role/SageMakerExecutionRole", action, resource, &[]), "allowed", "{action}");
        }
    }),
    (14, "has a least-privilege policy under which its own script fails: a spec test says so", || {
        let project = shipped("sagemaker-execution-role.yaml");
        let asked = |action: &str, resource: &str| {
            decision(&project, "role/SageMakerExecutionRole-as-in-the-lesson", action, resource, &[])
        };
        assert_eq!(asked("s3:ListBucket", "arn:aws:s3:::my-bucket"), "implicitDeny");
        assert_eq!(asked("s3:PutObject", "arn:aws:s3:::my-bucket/k"), "allowed");
        project.runs(&["test"], 0);
    }),
    (15, "has a CloudFormation variant: it is imported as it is", || {
        let project = Project::embedded();
        let template = r#"{"Resources": {"SageMakerExecutionRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "SageMakerExecutionRole",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
            "Policies": [{"PolicyName": "SageMakerS3Access", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-bucket/*"}]}}]}}}}"#;
        project.write("template.json", template);
        project.runs(&["import", "cloudformation", "template.json", "-o", "specs"], 0);
        assert_eq!(decision(&project, "role/SageMakerExecutionRole", "s3:GetObject", "arn:aws:s3:::my-bucket/k", &[]), "allowed");
        assert_eq!(
            decision(&project, "role/SageMakerExecutionRole", "s3:PutObject", "arn:aws:s3:::my-bucket/k", &[]),
            "implicitDeny"
        );
    }),
    (16, "advises against administrators and full access: the linter finds both", || {
        let project = Project::embedded();
        project.spec(&FULL.replace("aws/CloudWatchLogsFullAccess", "aws/AdministratorAccess"));
        let ran = project.run(&["lint"]);
        let said = ran.out + &ran.err;
        assert!(said.contains("AdministratorAccess") && said.contains("AmazonS3FullAccess"), "{said}");
    }),
    (17, "forgets that whoever starts a notebook passes the role: the policy for it is there", || {
        let project = shipped("sagemaker-execution-role.yaml");
        project.apply();
        let document = project.snapshot()["policies"]["SageMakerExecution-PassRole"].to_string();
        assert!(document.contains("iam:PassRole") && document.contains("iam:PassedToService"), "{document}");
    }),
];
