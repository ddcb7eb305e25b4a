//! The workshop on a feature store behind tags: a policy attached to a role that is there.

use super::{Row, attached, decision, replay, role, shipped};
use crate::support::project::{Project, calls};

const GROUP: &str = "arn:aws:sagemaker:us-west-2:000000000000:feature-group/customers";

/// The role of somebody else, which the workshop attaches to.
fn with_role() -> Project {
    let mut project = Project::embedded();
    project.set_stack("others");
    project.spec("version: 1\nroles: {SageMakerExecutionRole: {path: /service-role/, trust: [{service: sagemaker.amazonaws.com}], managed_policies: [aws/AmazonSageMakerFullAccess]}}\n");
    project.apply();
    project.set_stack("gate");
    project.spec(GATE);
    project
}

pub(super) const GATE: &str = "version: 1\npolicies:\n  Amazon_SageMaker_Tag_Policy:\n    document: {Version: '2012-10-17', Statement: [{Effect: Deny, Action: 'sagemaker:CreateFeatureGroup', Resource: 'arn:aws:sagemaker:*:*:feature-group/*', Condition: {StringNotEquals: {'aws:RequestTag/environment': [dev, production, staging]}}}]}\nroles:\n  SageMakerExecutionRole: {manage: attach_only, managed_policies: [Amazon_SageMaker_Tag_Policy]}\n";

#[test]
fn the_gate() {
    replay(ROWS);
}

pub(super) const ROWS: &[Row] = &[
    (48, "attaches a Deny to the role in use, without stating anything else of it", || {
        let project = with_role();
        let plan = project.plan(&[]);
        let made = calls(&plan);
        assert!(
            made.contains(&"AttachRolePolicy".to_owned())
                && !made.iter().any(|call| call.contains("Trust") || call == "UpdateRole"),
            "{made:?}"
        );
        project.settle();
        assert_eq!(attached(&project.snapshot(), "SageMakerExecutionRole").len(), 2);
    }),
    (49, "refuses feature groups without an environment of the list, outright", || {
        let project = shipped("feature-store-tag-gate.yaml");
        let asked = |context: &[&str]| {
            decision(&project, "role/FeatureStoreExecutionRole", "sagemaker:CreateFeatureGroup", GROUP, context)
        };
        assert_eq!(asked(&[]), "explicitDeny");
        for (value, wanted) in [
            ("qa", "explicitDeny"),
            ("Staging", "explicitDeny"),
            ("staging", "allowed"),
            ("dev", "allowed"),
            ("production", "allowed"),
        ] {
            assert_eq!(asked(&[&format!("aws:RequestTag/environment={value}")]), wanted, "{value}");
        }
        project.runs(&["test"], 0);
    }),
    (50, "lets the role change its own policies: the linter calls it an escalation", || {
        let project = Project::embedded();
        project.spec(
            "version: 1\nroles:\n  r:\n    trust: [{service: sagemaker.amazonaws.com}]\n    inline_policies: {VisualEditor0: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: ['iam:CreatePolicy', 'iam:DetachRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:DeletePolicy', 'iam:AttachRolePolicy'], Resource: '*'}]}}\n",
        );
        let ran = project.runs(&["lint"], 3);
        assert!((ran.out.clone() + &ran.err).contains("escalation"), "{}{}", ran.out, ran.err);
    }),
    (51, "takes the policy off again and deletes it; the role of others stays as it was", || {
        let project = with_role();
        let before = role(&project.snapshot(), "SageMakerExecutionRole").clone();
        project.apply();
        project.spec("version: 1\nroles: {another: {trust: [{service: ec2.amazonaws.com}]}}\n");
        project.settle();
        let after = project.snapshot();
        assert_eq!(role(&after, "SageMakerExecutionRole"), &before);
        assert!(after["policies"].as_object().unwrap().is_empty(), "{after:#}");
    }),
    (52, "has a sibling that keeps one team's groups out of bounds", || {
        let project = shipped("feature-store-tag-gate.yaml");
        let asked = |team: &str| {
            decision(
                &project,
                "role/FeatureStoreExecutionRole",
                "sagemaker:GetRecord",
                GROUP,
                &[&format!("aws:ResourceTag/team={team}")],
            )
        };
        assert_eq!((asked("A").as_str(), asked("B").as_str()), ("explicitDeny", "allowed"));
    }),
];
