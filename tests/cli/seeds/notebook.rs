//! The notebook "IAM Role": a role by hand, and policies that add up.

use super::{Row, attached, decision, replay, role, shipped};
use crate::support::project::Project;

#[test]
fn the_notebook() {
    replay(ROWS);
}

pub(super) const ROWS: &[Row] = &[
    (1, "makes a role that the caller and SageMaker may assume", || {
        let project = shipped("notebook-role.yaml");
        project.settle();
        let trust = role(&project.snapshot(), "basic-role")["trust"].to_string();
        assert!(trust.contains("sagemaker.amazonaws.com") && trust.contains(":root"), "{trust}");
    }),
    (2, "makes customer managed policies and attaches them, and one of AWS", || {
        let project = shipped("notebook-role.yaml");
        project.apply();
        let held = attached(&project.snapshot(), "basic-role");
        let wanted = ["AmazonSageMakerFullAccess", "BasicS3Policy", "CreateBucket", "DeleteBucket"];
        assert_eq!(held.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
    }),
    (3, "lists buckets with `arn:aws:s3:::*`, whether asked with a resource or without", || {
        let project = shipped("notebook-role.yaml");
        for resource in ["*", "arn:aws:s3:::*"] {
            assert_eq!(decision(&project, "role/basic-role-step-1", "s3:ListAllMyBuckets", resource, &[]), "allowed");
        }
    }),
    (4, "is refused what nothing allows yet, and not outright", || {
        let project = shipped("notebook-role.yaml");
        assert_eq!(decision(&project, "role/basic-role-step-1", "s3:CreateBucket", "arn:aws:s3:::b", &[]), "implicitDeny");
    }),
    (5, "may more with each policy, and keeps what it had", || {
        let project = shipped("notebook-role.yaml");
        let may = |role: &str, action: &str| decision(&project, role, action, "arn:aws:s3:::b", &[]);
        assert_eq!(may("role/basic-role-step-2", "s3:CreateBucket"), "allowed");
        assert_eq!(decision(&project, "role/basic-role-step-2", "s3:ListAllMyBuckets", "*", &[]), "allowed");
        assert_eq!(may("role/basic-role-step-2", "s3:DeleteBucket"), "implicitDeny");
        assert_eq!(may("role/basic-role", "s3:DeleteBucket"), "allowed");
        project.runs(&["test"], 0);
    }),
    (6, "makes the role anew where one of its name exists: here it stays itself", || {
        let project = shipped("notebook-role.yaml");
        project.apply();
        let id = role(&project.snapshot(), "basic-role")["id"].clone();
        let text =
            project.read("specs/main.yaml").replace("[BasicS3Policy, CreateBucket, DeleteBucket, aws/", "[BasicS3Policy, aws/");
        // Its test of the policy that goes would refuse the plan.
        project.spec(text.split("\ntests:").next().unwrap_or_default());
        project.settle();
        let after = project.snapshot();
        assert_eq!(role(&after, "basic-role")["id"], id);
        assert_eq!(attached(&after, "basic-role").len(), 2);
    }),
    (7, "makes a policy anew: here it gets a version, and holders keep it", || {
        let project = shipped("notebook-role.yaml");
        project.apply();
        project.spec(
            &project.read("specs/main.yaml").replace("\"s3:DeleteBucket\"", "[\"s3:DeleteBucket\", \"s3:DeleteBucketPolicy\"]"),
        );
        let plan = project.plan(&[]);
        assert_eq!(crate::support::project::calls(&plan), ["CreatePolicyVersion"]);
        project.settle();
        assert_eq!(project.snapshot()["policies"]["DeleteBucket"]["default_version"], "v2");
    }),
    (8, "waits until it is usable: as long as it takes, not 15 seconds each time", || {
        let project = shipped("notebook-role.yaml");
        let ran = project.runs(&["apply", "--yes", "--wait"], 0);
        assert!(ran.err.contains("the account shows the result"), "{}", ran.err);
    }),
    (9, "looks at AWS's policies whose name holds a text, at versions and documents", || {
        let project = Project::embedded();
        assert!(project.runs(&["aws-policies", "S3"], 0).out.contains("AmazonS3ReadOnlyAccess"));
        assert!(project.runs(&["aws-policies", "show", "AmazonS3ReadOnlyAccess"], 0).out.contains("s3:Get*"));
    }),
    (10, "cleans up: the policies as well, and in a page", || {
        let project = shipped("notebook-role.yaml");
        project.apply();
        let ran = project.runs(&["destroy", "--yes"], 0);
        assert!(ran.out.lines().count() <= 60, "{} lines\n{}", ran.out.lines().count(), ran.out);
        let after = project.snapshot();
        assert!(after["roles"].as_object().unwrap().is_empty() && after["policies"].as_object().unwrap().is_empty());
    }),
    (11, "fails on inline policies and instance profiles of what it deletes: here they go first", || {
        let project = Project::embedded();
        project.spec(
            "version: 1\nroles:\n  r:\n    trust: [{service: ec2.amazonaws.com}]\n    instance_profile: true\n    inline_policies: {Own: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:List*', Resource: '*'}]}}\n",
        );
        project.apply();
        project.runs(&["destroy", "--yes"], 0);
        assert!(project.snapshot()["instance_profiles"].as_object().unwrap().is_empty());
    }),
];
