//! The repository's own specs: applied, settled, and then edited one thing at a time, each edit with exactly its calls.

use iamctl::model::Operation;
use serde_json::{Value, json};

use super::*;
use crate::support::project::{calls, changes};

/// One edit of a spec file: what is replaced by what, and the plan that follows.
struct Edit {
    title: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    changes: &'static [&'static str],
    calls: &'static [&'static str],
}

const NOTEBOOK: &str = "specs/notebook-role.yaml";
const IMAGING: &str = "specs/serverless-imaging.yaml";

const EDITS: &[Edit] = &[
    Edit {
        title: "a policy is attached",
        file: NOTEBOOK,
        from: "managed_policies: [BasicS3Policy, CreateBucket]",
        to: "managed_policies: [BasicS3Policy, CreateBucket, aws/AmazonS3ReadOnlyAccess]",
        changes: &["role/basic-role-step-2 update"],
        calls: &["AttachRolePolicy"],
    },
    Edit {
        title: "a policy is swapped",
        file: NOTEBOOK,
        from: "managed_policies: [BasicS3Policy, CreateBucket, aws/AmazonS3ReadOnlyAccess]",
        to: "managed_policies: [BasicS3Policy, CreateBucket, aws/AmazonSQSReadOnlyAccess]",
        changes: &["role/basic-role-step-2 update"],
        calls: &["AttachRolePolicy", "DetachRolePolicy"],
    },
    Edit {
        title: "a policy is detached",
        file: NOTEBOOK,
        from: "managed_policies: [BasicS3Policy, CreateBucket, aws/AmazonSQSReadOnlyAccess]",
        to: "managed_policies: [BasicS3Policy, CreateBucket]",
        changes: &["role/basic-role-step-2 update"],
        calls: &["DetachRolePolicy"],
    },
    Edit {
        title: "a tag comes",
        file: NOTEBOOK,
        from: "    description: The notebook's role when it may only list\n",
        to: "    description: The notebook's role when it may only list\n    tags: {team: ml}\n",
        changes: &["role/basic-role-step-1 update"],
        calls: &["TagRole"],
    },
    Edit {
        title: "a tag changes",
        file: NOTEBOOK,
        from: "tags: {team: ml}",
        to: "tags: {team: data}",
        changes: &["role/basic-role-step-1 update"],
        calls: &["TagRole"],
    },
    Edit {
        title: "a tag goes",
        file: NOTEBOOK,
        from: "    tags: {team: data}\n",
        to: "",
        changes: &["role/basic-role-step-1 update"],
        calls: &["UntagRole"],
    },
    Edit {
        title: "a statement comes",
        file: NOTEBOOK,
        from: "        - {Effect: Allow, Action: \"s3:CreateBucket\", Resource: \"arn:${partition}:s3:::*\"}\n",
        to: "        - {Effect: Allow, Action: \"s3:CreateBucket\", Resource: \"arn:${partition}:s3:::*\"}\n        - {Effect: Allow, Action: \"s3:PutBucketTagging\", Resource: \"arn:${partition}:s3:::*\"}\n",
        changes: &["policy/CreateBucket update"],
        calls: &["CreatePolicyVersion"],
    },
    Edit {
        title: "a statement changes",
        file: NOTEBOOK,
        from: "s3:PutBucketTagging",
        to: "s3:PutBucketVersioning",
        changes: &["policy/CreateBucket update"],
        calls: &["CreatePolicyVersion"],
    },
    Edit {
        title: "a statement goes",
        file: NOTEBOOK,
        from: "        - {Effect: Allow, Action: \"s3:PutBucketVersioning\", Resource: \"arn:${partition}:s3:::*\"}\n",
        to: "",
        changes: &["policy/CreateBucket update"],
        calls: &["CreatePolicyVersion"],
    },
    Edit {
        title: "a trust entry comes",
        file: NOTEBOOK,
        from: "        source_account: ${account_id}\n",
        to: "        source_account: ${account_id}\n      - service: glue.amazonaws.com\n",
        changes: &["role/basic-role update"],
        calls: &["UpdateAssumeRolePolicy"],
    },
    Edit {
        title: "a trust entry changes",
        file: NOTEBOOK,
        from: "      - service: glue.amazonaws.com\n",
        to: "      - service: lambda.amazonaws.com\n",
        changes: &["role/basic-role update"],
        calls: &["UpdateAssumeRolePolicy"],
    },
    Edit {
        title: "a trust entry goes",
        file: NOTEBOOK,
        from: "      - service: lambda.amazonaws.com\n",
        to: "",
        changes: &["role/basic-role update"],
        calls: &["UpdateAssumeRolePolicy"],
    },
    // A user is additive: each attachment is remembered by a tag, written before it and removed after it.
    Edit {
        title: "an attachment of a user comes",
        file: IMAGING,
        from: "      - aws/AmazonS3ReadOnlyAccess\n\nservice",
        to: "      - aws/AmazonS3ReadOnlyAccess\n      - aws/AmazonSQSReadOnlyAccess\n\nservice",
        changes: &["user/imaging-operator update"],
        calls: &["TagUser", "AttachUserPolicy"],
    },
    Edit {
        title: "an attachment of a user changes",
        file: IMAGING,
        from: "      - aws/AmazonSQSReadOnlyAccess\n",
        to: "      - aws/AmazonSNSReadOnlyAccess\n",
        changes: &["user/imaging-operator update"],
        calls: &["TagUser", "AttachUserPolicy", "DetachUserPolicy", "UntagUser"],
    },
    Edit {
        title: "an attachment of a user goes",
        file: IMAGING,
        from: "      - aws/AmazonSNSReadOnlyAccess\n",
        to: "",
        changes: &["user/imaging-operator update"],
        calls: &["DetachUserPolicy", "UntagUser"],
    },
];

/// The role, which may do what an apply does.
fn caller() -> [Operation; 2] {
    let create = Operation::CreateRole {
        role_name: "test".into(),
        path: "/".to_owned(),
        assume_role_policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#.to_owned(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: Default::default(),
    };
    let allow = Operation::PutRolePolicy {
        role_name: "test".into(),
        policy_name: "apply".to_owned(),
        policy_document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#
            .to_owned(),
    };
    [create, allow]
}

on_both! {
    the_repositorys_specs_settle_and_every_edit_makes_exactly_its_calls(project, "600000000001") {
        copy(&project, "specs");
        // The role behind the emulator's sessions, which the specs let assume a role.
        project.others(&caller());
        let first = project.plan(&[]);
        let made = first["summary"]["create"].as_u64().unwrap();
        assert!(made > 60, "{made} entities");
        assert_eq!(first["summary"]["create"], json!(first["changes"].as_array().unwrap().len()), "an empty account: all is made");
        project.settle();
        for edit in EDITS {
            let before = project.read(edit.file);
            assert_eq!(before.matches(edit.from).count(), 1, "{}: the text stands once", edit.title);
            project.write(edit.file, &before.replace(edit.from, edit.to));
            let plan = project.plan(&[]);
            assert_eq!(changes(&plan), edit.changes, "{}", edit.title);
            assert_eq!(calls(&plan), edit.calls, "{}", edit.title);
            project.settle();
        }
        let destroyed = project.run(&["destroy", "--yes", "--max-deletes", "500"]);
        assert_eq!(destroyed.code, 0, "{}{}", destroyed.out, destroyed.err);
        let left = project.snapshot();
        let names = |kind: &str| left[kind].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names("policies"), Vec::<String>::new());
        assert_eq!(names("users"), Vec::<String>::new());
        assert_eq!(names("instance_profiles"), Vec::<String>::new());
        let kept = ["AWSBatchServiceRole", "StepFunctionsLambdaRole", "test"];
        assert!(names("roles").iter().all(|name| kept.contains(&name.as_str()) || name.starts_with("AWSServiceRole")), "create-only and service-linked roles stay: {:?}", names("roles"));
    }
}

#[test]
fn the_same_specs_on_the_same_account_give_the_same_digest_in_another_directory() {
    let plan = || -> Value {
        let project = Project::embedded();
        copy(&project, "specs");
        project.plan(&[])
    };
    let (one, two) = (plan(), plan());
    assert_eq!(one["digest"], two["digest"]);
    assert_eq!(one, two, "and the same plan");
}
