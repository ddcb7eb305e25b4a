//! Throttling, crashes, lost answers and lag: what a run survives, and what it must not take for success.

use iamctl::backend::ErrorKind;
use iamctl::model::Seen;

use super::*;
use crate::support::proxy::Fault;

const LOST: &str = "already done by an attempt whose answer was lost";

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_recognised() {
    let lab = Lab::new("300000000001").await;
    let profile = Operation::CreateInstanceProfile { instance_profile_name: "x".into(), path: "/".to_owned(), tags: ours() };
    let oidc = Operation::CreateOidcProvider {
        url: "https://token.example.com".to_owned(),
        client_ids: vec!["b".to_owned(), "a".to_owned()],
        thumbprints: vec!["0".repeat(40)],
        tags: ours(),
    };
    let cases = [
        ("CreateRole", create_role("x")),
        ("CreatePolicy", create_policy("x")),
        ("CreateUser", create_user("x")),
        ("CreateGroup", Operation::CreateGroup { group_name: "x".into(), path: "/".to_owned() }),
        ("CreateInstanceProfile", profile),
        ("CreateOpenIDConnectProvider", oidc),
        (
            "AddRoleToInstanceProfile",
            Operation::AddRoleToInstanceProfile { instance_profile_name: "x".into(), role_name: "x".into() },
        ),
    ];
    for (action, operation) in cases {
        lab.proxy.fault(action, 1, Fault::LoseAnswer);
        let done = lab.account.perform(&operation).await.unwrap_or_else(|e| panic!("{action}: {e}"));
        assert_eq!((done.note.as_deref(), lab.proxy.count(action)), (Some(LOST), 2), "{action}");
    }
}

#[tokio::test]
async fn somebody_elses_entity_is_not_taken_for_ours() {
    let lab = Lab::new("300000000002").await;
    lab.perform(&[create_role("x")]).await;
    // Nothing was lost, and what is there is what was wanted: somebody else was faster.
    let done = lab.account.perform(&create_role("x")).await.unwrap();
    assert!(done.note.is_some_and(|note| note.contains("someone else did it first")) && lab.proxy.count("CreateRole") == 2);
    // What is there differs, by its owner alone.
    let mut other = create_role("x");
    if let Operation::CreateRole { tags, .. } = &mut other {
        tags.insert("iamctl:stack".to_owned(), "other".to_owned());
    }
    let error = lab.account.perform(&other).await.unwrap_err();
    assert_eq!((error.kind, lab.proxy.count("CreateRole")), (ErrorKind::Exists, 3));
    // The same where an answer was lost.
    lab.proxy.fault("CreateRole", 1, Fault::Drop);
    let error = lab.account.perform(&other).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exists);
    assert!(error.message.contains("not what was asked for"), "{error}");
}

#[tokio::test]
async fn a_version_whose_answer_was_lost_is_not_made_twice() {
    let lab = Lab::new("300000000003").await;
    lab.perform(&[create_policy("p")]).await;
    let version = Operation::CreatePolicyVersion {
        policy_arn: lab.arn("policy/team/p"),
        policy_document: WRITE.to_owned(),
        set_as_default: true,
    };
    lab.proxy.fault("CreatePolicyVersion", 1, Fault::LoseAnswer);
    assert_eq!(lab.account.perform(&version).await.unwrap().note.as_deref(), Some(LOST));
    assert_eq!(lab.snapshot(&scope()).await.policies[&name("p")].versions.len(), 2);
    // One that never arrived is made.
    let again = Operation::CreatePolicyVersion {
        policy_arn: lab.arn("policy/team/p"),
        policy_document: READ.to_owned(),
        set_as_default: true,
    };
    lab.proxy.fault("CreatePolicyVersion", 1, Fault::Drop);
    assert_eq!(lab.account.perform(&again).await.unwrap().note, None);
    assert_eq!(lab.snapshot(&scope()).await.policies[&name("p")].versions.len(), 3);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let lab = Lab::new("300000000004").await;
    lab.perform(&[create_role("x")]).await;
    lab.proxy.fault("DeleteRole", 1, Fault::LoseAnswer);
    let done = lab.account.perform(&Operation::DeleteRole { role_name: "x".into() }).await.unwrap();
    assert_eq!(done.note.as_deref(), Some(LOST));
}

#[tokio::test]
async fn a_service_linked_role_that_was_made_unheard_is_recognised() {
    let lab = Lab::canned().await;
    let taken = "Service role name AWSServiceRoleForX has been taken in this account, please try a different suffix.";
    lab.proxy.fault("CreateServiceLinkedRole", 1, Fault::Drop);
    lab.proxy.fault("CreateServiceLinkedRole", 1, Fault::Error { status: 400, code: "InvalidInput", message: taken.to_owned() });
    lab.proxy.fault("ListRoles", 1, Fault::Answer(
        "<ListRolesResult><IsTruncated>false</IsTruncated><Roles><member><Path>/aws-service-role/x.amazonaws.com/</Path>\
         <RoleName>AWSServiceRoleForX</RoleName><RoleId>AROA1</RoleId><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <Arn>arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX</Arn></member></Roles></ListRolesResult>"
            .to_owned(),
    ));
    let create = Operation::CreateServiceLinkedRole {
        aws_service_name: "x.amazonaws.com".to_owned(),
        custom_suffix: None,
        description: None,
    };
    assert_eq!(lab.account.perform(&create).await.unwrap().note.as_deref(), Some(LOST));
}

#[tokio::test]
async fn a_failed_deletion_of_a_service_linked_role_gives_its_reason() {
    let lab = Lab::canned().await;
    lab.proxy.fault(
        "DeleteServiceLinkedRole",
        1,
        Fault::Answer(
            "<DeleteServiceLinkedRoleResult><DeletionTaskId>task/1</DeletionTaskId></DeleteServiceLinkedRoleResult>".to_owned(),
        ),
    );
    let status = |inner: &str| {
        let result = "GetServiceLinkedRoleDeletionStatusResult";
        Fault::Answer(format!("<{result}>{inner}</{result}>"))
    };
    lab.proxy.fault("GetServiceLinkedRoleDeletionStatus", 2, status("<Status>IN_PROGRESS</Status>"));
    lab.proxy.fault("GetServiceLinkedRoleDeletionStatus", 1, status(
        "<Status>FAILED</Status><Reason><Reason>still in use</Reason><RoleUsageList><member><Region>eu-west-1</Region><Resources>\
         <member>arn:one</member></Resources></member></RoleUsageList></Reason>",
    ));
    let error =
        lab.account.perform(&Operation::DeleteServiceLinkedRole { role_name: "AWSServiceRoleForX".into() }).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("still in use") && error.message.contains("arn:one"), "{error}");
    assert_eq!(lab.proxy.count("DeleteServiceLinkedRole"), 1);
}

#[tokio::test]
async fn throttling_is_survived_by_reads_and_writes() {
    let lab = Lab::new("300000000005").await;
    lab.proxy.fault("CreateRole", 2, Fault::Throttle);
    lab.perform(&[create_role("x"), create_policy("p")]).await;
    for action in ["GetAccountAuthorizationDetails", "ListRoles", "GetPolicy", "GetAccountSummary"] {
        lab.proxy.fault(action, 1, Fault::Throttle);
    }
    let snapshot = lab.snapshot(&scope()).await;
    assert_eq!(snapshot.policies[&name("p")].tags, Seen::Value(ours()));
}

#[tokio::test]
async fn a_server_that_fell_over_is_asked_again() {
    let lab = Lab::new("300000000006").await;
    lab.proxy.fault("CreateRole", 2, Fault::Html500);
    lab.proxy.fault("GetAccountAuthorizationDetails", 2, Fault::Html500);
    lab.proxy.fault("ListRoles", 1, Fault::Drop);
    lab.perform(&[create_role("x")]).await;
    assert_eq!(lab.snapshot(&scope()).await.roles[&name("x")].max_session_duration, Seen::Value(7200));
}

#[tokio::test]
async fn an_invalid_principal_is_waited_for_only_where_this_run_made_it() {
    let lab = Lab::new("300000000007").await;
    let invalid = || Fault::Error {
        status: 400,
        code: "MalformedPolicyDocument",
        message: "Invalid principal in policy: \"AWS\":\"arn\"".to_owned(),
    };
    let trusting = |principal: String| Operation::UpdateAssumeRolePolicy {
        role_name: "app".into(),
        policy_document: format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
        ),
    };
    lab.perform(&[create_role("app"), create_role("young")]).await;
    lab.proxy.fault("UpdateAssumeRolePolicy", 3, invalid());
    lab.perform(&[trusting(lab.arn("role/team/young"))]).await;
    assert_eq!(lab.proxy.count("UpdateAssumeRolePolicy"), 4);
    lab.proxy.reset();
    lab.proxy.fault("UpdateAssumeRolePolicy", 1, invalid());
    let error = lab.account.perform(&trusting(lab.arn("role/stranger"))).await.unwrap_err();
    assert_eq!((error.kind, lab.proxy.count("UpdateAssumeRolePolicy")), (ErrorKind::Malformed, 1));
}

#[tokio::test]
async fn lag_after_a_create_is_waited_out_within_the_window() {
    let lab = Lab::new("300000000008").await;
    let missing =
        || Fault::Error { status: 404, code: "NoSuchEntity", message: "The role with name app cannot be found.".to_owned() };
    lab.perform(&[create_role("app")]).await;
    let attach =
        Operation::AttachRolePolicy { role_name: "app".into(), policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned() };
    lab.proxy.fault("AttachRolePolicy", 3, missing());
    lab.perform(std::slice::from_ref(&attach)).await;
    assert_eq!(lab.proxy.count("AttachRolePolicy"), 4);
    lab.proxy.fault("AttachRolePolicy", usize::MAX, missing());
    let error = lab.account.perform(&attach).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_quota_is_never_waited_for() {
    let lab = Lab::new("300000000009").await;
    lab.perform(&[create_role("app")]).await;
    let attach =
        Operation::AttachRolePolicy { role_name: "app".into(), policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned() };
    // The second is the name in the service model, which the SDK's own table takes for throttling.
    for (sent, code) in ["LimitExceeded", "LimitExceededException"].into_iter().enumerate() {
        let message = "Cannot exceed quota for PoliciesPerRole: 10".to_owned();
        lab.proxy.fault("AttachRolePolicy", 1, Fault::Error { status: 409, code, message });
        let error = lab.account.perform(&attach).await.unwrap_err();
        assert_eq!((error.kind, lab.proxy.count("AttachRolePolicy")), (ErrorKind::Limit, sent + 1));
        assert!(error.message.contains("PoliciesPerRole"), "{error}");
    }
}

#[tokio::test]
async fn reads_beyond_the_rate_of_the_service_all_come_back() {
    let lab = Lab::new("300000000010").await;
    for i in 0..60 {
        lab.perform(&[create_policy(&format!("p{i}"))]).await;
    }
    lab.proxy.limit(40.0, 20.0);
    let snapshot = lab.snapshot(&scope()).await;
    assert!(snapshot.policies.len() == 60 && snapshot.policies.values().all(|p| !p.tags.is_unread()));
}

#[tokio::test]
async fn a_run_killed_in_the_middle_of_a_write_finds_it_done() {
    let lab = Lab::new("300000000011").await;
    lab.proxy.fault("CreateRole", 1, Fault::Hold(Duration::from_secs(2)));
    let create = create_role("x");
    let killed = tokio::time::timeout(Duration::from_millis(1500), lab.account.perform(&create)).await;
    assert!(killed.is_err() && lab.proxy.wait_for("CreateRole", 1, Duration::from_secs(1)));
    assert!(lab.snapshot(&scope()).await.roles.contains_key(&name("x")));
}
