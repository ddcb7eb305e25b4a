//! Roles of a serverless imaging workflow: scripts that make what is missing.

use super::{Row, attached, replay, role, shipped};
use crate::support::project::{Project, calls};

#[test]
fn the_workflow() {
    replay(ROWS);
}

pub(super) const ROWS: &[Row] = &[
    (38, "makes five roles with policies of AWS under paths", || {
        let project = shipped("serverless-imaging.yaml");
        project.settle();
        let after = project.snapshot();
        assert!(
            role(&after, "AWSBatchServiceRole")["attached_policies"]
                .to_string()
                .contains("policy/service-role/AWSBatchServiceRole")
        );
        assert_eq!(attached(&after, "SLIM-Extras_ECS_for_EC2").len(), 4);
        project.runs(&["test"], 0);
    }),
    (39, "attaches to a user what is missing, and leaves the rest", || {
        let project = Project::embedded();
        project.spec("version: 1\nusers: {ana: {create: true, managed_policies: [aws/AmazonSQSFullAccess]}}\n");
        project.apply();
        project.edit_account(|account| {
            let ana = account.users.get_mut(&iamctl::names::Name::new("ana")).unwrap();
            ana.attached_policies.value_mut().unwrap().insert("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
        });
        project.spec("version: 1\nusers: {ana: {managed_policies: [aws/AmazonSQSFullAccess, aws/AWSBatchFullAccess]}}\n");
        project.settle();
        assert_eq!(project.snapshot()["users"]["ana"]["attached_policies"].as_array().unwrap().len(), 3);
    }),
    (40, "makes a role only if it does not exist, and leaves it alone afterwards", || {
        let project = shipped("serverless-imaging.yaml");
        project.apply();
        project.edit_account(|account| {
            let role = account.roles.get_mut(&iamctl::names::Name::new("AWSBatchServiceRole")).unwrap();
            role.attached_policies.value_mut().unwrap().clear();
        });
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan), Vec::<String>::new());
        assert!(plan["findings"].to_string().contains("AWSBatchServiceRole"), "{:#}", plan["findings"]);
    }),
    (41, "has a trust of 2008 with an empty Sid: it is kept as its author wrote it", || {
        let project = Project::embedded();
        project.spec(
            "version: 1\nroles:\n  r:\n    trust_document: {Version: '2008-10-17', Statement: [{Sid: '', Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}\n",
        );
        project.settle();
        assert!(role(&project.snapshot(), "r")["trust"].to_string().contains("2008-10-17"));
        project.edit_account(|account| {
            let role = account.roles.get_mut(&iamctl::names::Name::new("r")).unwrap();
            role.trust = iamctl::model::Seen::Value(iamctl::policy::Document::new(
                serde_json::json!({"Version": "2008-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}]}),
            ));
        });
        project.is_settled(&[]);
    }),
    (42, "makes service-linked roles, and one that is there is as it should be", || {
        let project = shipped("serverless-imaging.yaml");
        project.apply();
        let after = project.snapshot();
        assert!(after["roles"].as_object().unwrap().keys().any(|name| name == "AWSServiceRoleForEC2SpotFleet"), "{after:#}");
        project.is_settled(&[]);
    }),
    (43, "needs an instance profile for Batch, which a role made by command line lacks", || {
        let project = shipped("serverless-imaging.yaml");
        project.apply();
        assert_eq!(project.snapshot()["instance_profiles"]["SLIM-Extras_ECS_for_EC2"]["role"], "SLIM-Extras_ECS_for_EC2");
    }),
    (44, "attaches a policy that AWS has withdrawn: it is named with its successor", || {
        let project = Project::embedded();
        project.spec(
            "version: 1\nroles: {l: {trust: [{service: lambda.amazonaws.com}], managed_policies: [aws/AWSLambdaFullAccess]}}\n",
        );
        for command in [&["validate"][..], &["lint"], &["plan"]] {
            let ran = project.run(command);
            let said = ran.out + &ran.err;
            assert!(
                said.contains("AWS withdrew `aws/AWSLambdaFullAccess`") && said.contains("aws/AWSLambda_FullAccess"),
                "{command:?}\n{said}"
            );
        }
        // Where it is attached already it is imported, and named as well.
        let attached = serde_json::json!([{"PolicyName": "AWSLambdaFullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AWSLambdaFullAccess"}]);
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let role = serde_json::json!({"Path": "/", "RoleName": "old", "RoleId": "AROAEXAMPLEEXAMPLE123", "Arn": "arn:aws:iam::000000000000:role/old",
            "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RolePolicyList": [], "Tags": [],
            "AttachedManagedPolicies": attached});
        let dump = serde_json::json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [role]});
        project.write("dump.json", &dump.to_string());
        let ran = project.runs(&["import", "snapshot", "dump.json", "-o", "imported"], 0);
        assert!((ran.out.clone() + &ran.err).contains("use its successor, `aws/AWSLambda_FullAccess`"), "{}{}", ran.out, ran.err);
    }),
    (45, "has an action that is not there any more: the linter says so", || {
        let project = Project::embedded();
        project.spec(
            "version: 1\npolicies: {P: {document: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: ['s3:ListBucketByTags', 's3:ListBucket'], Resource: '*'}]}}}\n",
        );
        let ran = project.run(&["lint"]);
        assert!((ran.out.clone() + &ran.err).contains("s3:ListBucketByTags"), "{}{}", ran.out, ran.err);
    }),
    (46, "names a policy by another account's number: here the name is enough", || {
        let project = shipped("serverless-imaging.yaml");
        project.apply();
        let held = role(&project.snapshot(), "SLIM-Extras_for_Lambda")["attached_policies"].to_string();
        assert!(held.contains("arn:aws:iam::000000000000:policy/LambdaBatchExecutionPolicy"), "{held}");
    }),
    (47, "fails when it is run again: here nothing is left to do", || {
        let project = shipped("serverless-imaging.yaml");
        project.settle();
        project.is_settled(&[]);
    }),
];
