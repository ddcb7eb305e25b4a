//! Every write that the emulator knows, read back.

use iamctl::model::Seen;
use iamctl::names::VersionId;

use super::*;
use Operation as O;

#[tokio::test]
async fn a_role_is_made_changed_and_deleted() {
    let lab = Lab::new("100000000001").await;
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    lab.perform(&[
        create_role("app"),
        O::UpdateRole { role_name: "app".into(), description: String::new(), max_session_duration: 3600 },
        O::UpdateAssumeRolePolicy { role_name: "app".into(), policy_document: TRUST.replace("ec2", "lambda") },
        O::PutRolePermissionsBoundary { role_name: "app".into(), permissions_boundary: boundary.clone() },
        O::TagRole { role_name: "app".into(), tags: tags(&[("a", "1"), ("b", "")]) },
        O::UntagRole { role_name: "app".into(), tag_keys: vec!["a".to_owned()] },
        O::PutRolePolicy { role_name: "app".into(), policy_name: "in".to_owned(), policy_document: READ.to_owned() },
        O::AttachRolePolicy { role_name: "app".into(), policy_arn: boundary.clone() },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    let role = &snapshot.roles[&name("app")];
    assert_eq!(role.path, "/team/");
    assert_eq!(role.description, Seen::Value(None));
    assert_eq!(role.max_session_duration, Seen::Value(3600));
    assert_eq!(role.permissions_boundary, Seen::Value(Some(boundary.clone())));
    assert_eq!(role.tags, Seen::Value(tags(&[("iamctl:stack", "lab"), ("b", "")])));
    assert!(role.trust.value().unwrap().to_compact().contains("lambda.amazonaws.com"));
    assert_eq!(role.inline_policies.value().unwrap()["in"].to_compact(), READ);
    assert_eq!(role.attached_policies, Seen::Value([boundary.clone()].into()));
    assert!(role.id.starts_with("AROA") && role.created.as_deref().unwrap().ends_with('Z'));
    lab.perform(&[
        O::DeleteRolePermissionsBoundary { role_name: "app".into() },
        O::DetachRolePolicy { role_name: "app".into(), policy_arn: boundary },
        O::DeleteRolePolicy { role_name: "app".into(), policy_name: "in".to_owned() },
        O::DeleteRole { role_name: "app".into() },
    ])
    .await;
    assert!(lab.snapshot(&scope()).await.roles.is_empty());
}

#[tokio::test]
async fn a_policy_is_made_versioned_and_deleted() {
    let lab = Lab::new("100000000002").await;
    let arn = lab.arn("policy/team/p");
    lab.perform(&[
        create_policy("p"),
        O::CreatePolicyVersion { policy_arn: arn.clone(), policy_document: WRITE.to_owned(), set_as_default: true },
        O::SetDefaultPolicyVersion { policy_arn: arn.clone(), version_id: VersionId::new(1) },
        O::TagPolicy { policy_arn: arn.clone(), tags: tags(&[("a", "1")]) },
        O::UntagPolicy { policy_arn: arn.clone(), tag_keys: vec!["iamctl:stack".to_owned()] },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    let policy = &snapshot.policies[&name("p")];
    assert_eq!(policy.default_version, VersionId::new(1));
    assert_eq!(policy.default_document().unwrap().to_compact(), READ);
    assert_eq!(policy.versions.len(), 2);
    assert_eq!(policy.description, Seen::Value(Some("reads".to_owned())));
    assert_eq!(policy.tags, Seen::Value(tags(&[("a", "1")])));
    lab.perform(&[
        O::DeletePolicyVersion { policy_arn: arn.clone(), version_id: VersionId::new(2) },
        O::DeletePolicy { policy_arn: arn },
    ])
    .await;
    assert!(lab.snapshot(&scope()).await.policies.is_empty());
}

#[tokio::test]
async fn users_and_groups_are_made_joined_and_deleted() {
    let lab = Lab::new("100000000003").await;
    let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let inline = |document: &str| ("in".to_owned(), document.to_owned());
    let (policy_name, policy_document) = inline(READ);
    lab.perform(&[
        create_user("ann"),
        O::CreateGroup { group_name: "devs".into(), path: "/".to_owned() },
        O::UpdateUser { user_name: "ann".into(), new_path: Some("/people/".to_owned()), new_user_name: None },
        O::UpdateGroup { group_name: "devs".into(), new_path: Some("/teams/".to_owned()), new_group_name: None },
        // The emulator loses a user's tags when its path changes.
        O::TagUser { user_name: "ann".into(), tags: tags(&[("a", "1"), ("b", "2"), ("iamctl:stack", "lab")]) },
        O::UntagUser { user_name: "ann".into(), tag_keys: vec!["b".to_owned()] },
        O::PutUserPolicy { user_name: "ann".into(), policy_name: policy_name.clone(), policy_document: policy_document.clone() },
        O::AttachUserPolicy { user_name: "ann".into(), policy_arn: managed.clone() },
        O::PutGroupPolicy { group_name: "devs".into(), policy_name: policy_name.clone(), policy_document },
        O::AttachGroupPolicy { group_name: "devs".into(), policy_arn: managed.clone() },
        O::AddUserToGroup { group_name: "devs".into(), user_name: "ann".into() },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    let (user, group) = (&snapshot.users[&name("ann")], &snapshot.groups[&name("devs")]);
    assert_eq!(user.path, "/people/");
    // The emulator takes a group's new path and forgets it.
    assert!(lab.proxy.bodies("UpdateGroup")[0].contains("GroupName=devs&NewPath=%2Fteams%2F"));
    assert_eq!(user.tags, Seen::Value(tags(&[("iamctl:stack", "lab"), ("a", "1")])));
    assert_eq!(user.groups, Seen::Value([name("devs")].into()));
    assert_eq!(user.inline_policies.value().unwrap()["in"].to_compact(), READ);
    assert_eq!(group.inline_policies.value().unwrap()["in"].to_compact(), READ);
    assert_eq!(user.attached_policies, Seen::Value([managed.clone()].into()));
    assert_eq!(group.attached_policies, Seen::Value([managed.clone()].into()));
    lab.perform(&[
        O::RemoveUserFromGroup { group_name: "devs".into(), user_name: "ann".into() },
        O::DetachGroupPolicy { group_name: "devs".into(), policy_arn: managed.clone() },
        O::DeleteGroupPolicy { group_name: "devs".into(), policy_name: policy_name.clone() },
        O::DeleteGroup { group_name: "devs".into() },
        O::DetachUserPolicy { user_name: "ann".into(), policy_arn: managed },
        O::DeleteUserPolicy { user_name: "ann".into(), policy_name },
        O::DeleteUser { user_name: "ann".into() },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    assert!(snapshot.users.is_empty() && snapshot.groups.is_empty());
}

#[tokio::test]
async fn instance_profiles_hold_a_role_and_let_it_go() {
    let lab = Lab::new("100000000004").await;
    lab.perform(&[
        create_role("app"),
        O::CreateInstanceProfile { instance_profile_name: "app".into(), path: "/team/".to_owned(), tags: ours() },
        O::AddRoleToInstanceProfile { instance_profile_name: "app".into(), role_name: "app".into() },
        O::TagInstanceProfile { instance_profile_name: "app".into(), tags: tags(&[("a", "1"), ("b", "2")]) },
        O::UntagInstanceProfile { instance_profile_name: "app".into(), tag_keys: vec!["b".to_owned()] },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    let profile = &snapshot.instance_profiles[&name("app")];
    assert_eq!((profile.path.as_str(), &profile.role), ("/team/", &Seen::Value(Some(name("app")))));
    assert_eq!(profile.tags, Seen::Value(tags(&[("iamctl:stack", "lab"), ("a", "1")])));
    lab.perform(&[
        O::RemoveRoleFromInstanceProfile { instance_profile_name: "app".into(), role_name: "app".into() },
        O::DeleteInstanceProfile { instance_profile_name: "app".into() },
    ])
    .await;
    assert!(lab.snapshot(&scope()).await.instance_profiles.is_empty());
}

#[tokio::test]
async fn providers_are_made_changed_and_deleted() {
    let lab = Lab::new("100000000005").await;
    let oidc = lab.arn("oidc-provider/token.example.com/id");
    let saml = lab.arn("saml-provider/idp");
    let thumb = "0".repeat(40);
    let metadata = format!("<EntityDescriptor>{}</EntityDescriptor>", "x".repeat(1000));
    lab.perform(&[
        O::CreateOidcProvider {
            url: "https://token.example.com/id".to_owned(),
            client_ids: vec!["sts.amazonaws.com".to_owned()],
            thumbprints: vec!["f".repeat(40)],
            tags: ours(),
        },
        O::UpdateOidcProviderThumbprint { provider_arn: oidc.clone(), thumbprints: vec![thumb.clone()] },
        O::TagOidcProvider { provider_arn: oidc.clone(), tags: tags(&[("a", "1"), ("b", "2")]) },
        O::UntagOidcProvider { provider_arn: oidc.clone(), tag_keys: vec!["b".to_owned()] },
        O::CreateSamlProvider { name: "idp".into(), metadata: metadata.replace('x', "y"), tags: Default::default() },
        O::UpdateSamlProvider { provider_arn: saml.clone(), metadata: metadata.clone() },
    ])
    .await;
    let snapshot = lab.snapshot(&scope()).await;
    let provider = &snapshot.oidc_providers[&name("token.example.com/id")];
    assert_eq!(provider.client_ids, Seen::Value(["sts.amazonaws.com".to_owned()].into()));
    assert_eq!(provider.thumbprints, Seen::Value([thumb].into()));
    assert_eq!(provider.tags, Seen::Value(tags(&[("iamctl:stack", "lab"), ("a", "1")])));
    assert_eq!(snapshot.saml_providers[&name("idp")].metadata, Seen::Value(metadata));
    lab.perform(&[O::DeleteOidcProvider { provider_arn: oidc }, O::DeleteSamlProvider { provider_arn: saml }]).await;
    let snapshot = lab.snapshot(&scope()).await;
    assert!(snapshot.oidc_providers.is_empty() && snapshot.saml_providers.is_empty());
}

#[tokio::test]
async fn a_service_linked_role_is_made_and_its_deletion_waited_for() {
    let lab = Lab::new("100000000006").await;
    let create = O::CreateServiceLinkedRole {
        aws_service_name: "autoscaling.amazonaws.com".to_owned(),
        custom_suffix: Some("blue".to_owned()),
        description: Some("scales".to_owned()),
    };
    lab.perform(&[create]).await;
    let snapshot = lab.snapshot(&scope()).await;
    let (role, _) = snapshot.service_linked_role("autoscaling.amazonaws.com/blue").unwrap();
    lab.perform(&[O::DeleteServiceLinkedRole { role_name: role.clone() }]).await;
    assert!(lab.proxy.count("GetServiceLinkedRoleDeletionStatus") >= 1);
    assert!(lab.snapshot(&scope()).await.roles.is_empty());
}

#[tokio::test]
async fn what_the_emulator_lacks_is_sent_in_iams_form() {
    let lab = Lab::canned().await;
    let arn = lab.arn("oidc-provider/token.example.com");
    let saml = lab.arn("saml-provider/idp");
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let operations = [
        O::PutUserPermissionsBoundary { user_name: "ann".into(), permissions_boundary: boundary },
        O::DeleteUserPermissionsBoundary { user_name: "ann".into() },
        O::AddClientIdToOidcProvider { provider_arn: arn.clone(), client_id: "one".to_owned() },
        O::RemoveClientIdFromOidcProvider { provider_arn: arn, client_id: "one".to_owned() },
        O::TagSamlProvider { provider_arn: saml.clone(), tags: tags(&[("a", "1")]) },
        O::UntagSamlProvider { provider_arn: saml, tag_keys: vec!["a".to_owned()] },
    ];
    let sent = [
        ("PutUserPermissionsBoundary", "UserName=ann&PermissionsBoundary=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"),
        ("DeleteUserPermissionsBoundary", "UserName=ann"),
        ("AddClientIDToOpenIDConnectProvider", "ClientID=one"),
        ("RemoveClientIDFromOpenIDConnectProvider", "ClientID=one"),
        ("TagSAMLProvider", "Tags.member.1.Key=a&Tags.member.1.Value=1"),
        ("UntagSAMLProvider", "TagKeys.member.1=a"),
    ];
    for (action, _) in sent {
        lab.proxy.fault(action, 1, crate::support::proxy::Fault::Answer(String::new()));
    }
    lab.perform(&operations).await;
    for (action, body) in sent {
        let bodies = lab.proxy.bodies(action);
        assert!(bodies.len() == 1 && bodies[0].contains(body), "{action}: {bodies:?}");
    }
}

#[tokio::test]
async fn removing_what_is_not_there_is_done_and_said_so() {
    let lab = Lab::new("100000000007").await;
    let gone = [
        O::DeleteRole { role_name: "no".into() },
        O::DetachRolePolicy { role_name: "no".into(), policy_arn: lab.arn("policy/no") },
        O::DeletePolicy { policy_arn: lab.arn("policy/no") },
        O::DeleteInstanceProfile { instance_profile_name: "no".into() },
    ];
    for operation in gone {
        let done = lab.account.perform(&operation).await.unwrap();
        assert_eq!(done.note.as_deref(), Some("already gone"), "{operation:?}");
    }
    let untag = O::UntagRole { role_name: "no".into(), tag_keys: vec!["a".to_owned()] };
    let error = lab.account.perform(&untag).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (iamctl::backend::ErrorKind::NotFound, Some("NoSuchEntity")));
    assert_eq!(lab.proxy.count("UntagRole"), 1, "what this run did not make is not waited for");
}
