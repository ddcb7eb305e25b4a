//! Five versions and no more: the oldest that is not the default goes, by number.

use iamctl::model::{Operation, Seen, Snapshot};
use iamctl::names::{Name, VersionId};
use iamctl::policy::Document;
use serde_json::Value;

use super::*;
use crate::support::project::calls;

fn document(action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
}

fn spec(action: &str) -> String {
    format!(
        "policies: {{p: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"{action}\", Resource: \"*\"}}]}}}}}}"
    )
}

/// Makes the policy keep these versions, of which the given one is the default.
fn versions(project: &Project, kept: &[u64], default: u64) {
    let arn = project.arn("policy/p");
    let last = *kept.iter().max().unwrap();
    let mut operations = Vec::new();
    let there: Vec<u64> = vec![1];
    let mut there = there;
    for number in 2..=last {
        if there.len() == 5 {
            let gone = *there.iter().find(|n| !kept.contains(n)).unwrap();
            there.retain(|n| *n != gone);
            operations.push(Operation::DeletePolicyVersion { policy_arn: arn.clone(), version_id: id(gone) });
        }
        // Each is the default while it is the newest, so that the one before can go.
        operations.push(Operation::CreatePolicyVersion {
            policy_arn: arn.clone(),
            policy_document: document(&format!("s3:Get{number}*")),
            set_as_default: true,
        });
        there.push(number);
    }
    for gone in there.iter().filter(|n| !kept.contains(n)) {
        operations.push(Operation::DeletePolicyVersion { policy_arn: arn.clone(), version_id: id(*gone) });
    }
    operations.push(Operation::SetDefaultPolicyVersion { policy_arn: arn, version_id: id(default) });
    project.others(&operations);
}

fn id(number: u64) -> VersionId {
    VersionId::parse(&format!("v{number}")).unwrap()
}

fn kept(project: &Project) -> (Vec<String>, String) {
    let snapshot: Value = project.snapshot();
    let policy = &snapshot["policies"]["p"];
    let mut kept: Vec<String> = policy["versions"].as_object().unwrap().keys().cloned().collect();
    kept.sort_by_key(|v| v[1..].parse::<u64>().unwrap());
    (kept, policy["default_version"].as_str().unwrap().to_owned())
}

on_both! {
    of_v2_and_v9_to_v12_v2_goes_where_v12_is_the_default(project, "600000000011") {
        project.spec(&spec("s3:ListBucket"));
        project.settle();
        versions(&project, &[2, 9, 10, 11, 12], 12);
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan), ["DeletePolicyVersion", "CreatePolicyVersion"]);
        assert_eq!(plan["steps"][0]["request"]["VersionId"], "v2");
        project.settle();
        let expected = ["v9", "v10", "v11", "v12", "v13"].map(str::to_owned).to_vec();
        assert_eq!(kept(&project), (expected, "v13".to_owned()));
    }

    of_v2_to_v6_v3_goes_where_v2_is_the_default(project, "600000000012") {
        project.spec(&spec("s3:ListBucket"));
        project.settle();
        versions(&project, &[2, 3, 4, 5, 6], 2);
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan), ["DeletePolicyVersion", "CreatePolicyVersion"]);
        assert_eq!(plan["steps"][0]["request"]["VersionId"], "v3");
        project.settle();
        let expected = ["v2", "v4", "v5", "v6", "v7"].map(str::to_owned).to_vec();
        assert_eq!(kept(&project), (expected, "v7".to_owned()));
    }
}

#[test]
fn versions_far_beyond_those_that_were_made_here_are_ordered_by_number_too() {
    let project = Project::embedded();
    project.spec(&spec("s3:ListBucket"));
    project.settle();
    project.edit_account(|account: &mut Snapshot| {
        let policy = account.policies.get_mut(&Name::new("p")).unwrap();
        let one = policy.versions.values().next().unwrap().clone();
        policy.versions = [99, 100, 1000, 9999, 10000].map(|n| (id(n), one.clone())).into();
        policy.versions.get_mut(&id(100)).unwrap().document = Seen::Value(Document::parse(&document("s3:Get*")).unwrap());
        policy.default_version = id(100);
        policy.last_version = Some(10000);
    });
    let plan = project.plan(&[]);
    assert_eq!(calls(&plan), ["DeletePolicyVersion", "CreatePolicyVersion"]);
    assert_eq!(plan["steps"][0]["request"]["VersionId"], "v99");
}
