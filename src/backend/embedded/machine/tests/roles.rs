use serde_json::json;

use super::*;
use crate::model::Seen;

fn create(name: &str, path: &str, more: Value) -> Value {
    let mut request = json!({"RoleName": name, "Path": path, "AssumeRolePolicyDocument": ec2()});
    request.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    request
}

#[test]
fn a_new_role_has_iams_defaults_and_an_id_of_its_kind() {
    let lab = Lab::new().with_role("a").with_role("b");
    let role = lab.role("a");
    assert!(role.id.starts_with("AROA") && role.id.len() == 21, "{}", role.id);
    assert_ne!(role.id, lab.role("b").id);
    assert_eq!(role.max_session_duration, Seen::Value(3600));
    assert_eq!(role.description, Seen::Value(None));
    assert_eq!(role.created.as_deref(), Some(NOW));
}

#[test]
fn a_recreated_role_has_another_id() {
    let mut lab = Lab::new().with_role("a");
    let before = lab.role("a").id.clone();
    lab.ok("DeleteRole", json!({"RoleName": "a"}));
    assert_ne!(before, lab.with_role("a").role("a").id);
}

#[test]
fn creation_refuses_what_breaks_a_pattern_a_length_or_a_reserved_path() {
    let long = "x".repeat(65);
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
    for (name, path, more, code, words) in [
        ("a/b", "/", json!({}), "ValidationError", "The specified value for roleName is invalid"),
        ("é", "/", json!({}), "ValidationError", "roleName"),
        ("", "/", json!({}), "ValidationError", "greater than or equal to 1"),
        (long.as_str(), "/", json!({}), "ValidationError", "less than or equal to 64"),
        ("a", "x/", json!({}), "ValidationError", "The specified value for path is invalid"),
        ("a", "/x", json!({}), "ValidationError", "path"),
        ("a", "/aws-service-role/x.amazonaws.com/", json!({}), "InvalidInput", "/aws-service-role/"),
        ("a", "/aws-reserved/", json!({}), "InvalidInput", "/aws-reserved/"),
        ("a", "/", json!({"MaxSessionDuration": 3599}), "ValidationError", "greater than or equal to 3600"),
        ("a", "/", json!({"MaxSessionDuration": 43201}), "ValidationError", "less than or equal to 43200"),
        ("a", "/", json!({"Description": "\u{2028}"}), "ValidationError", "description"),
        ("a", "/", json!({"Description": "x".repeat(1001)}), "ValidationError", "1000"),
        ("a", "/", json!({"Tags": {"aws:x": "y"}}), "InvalidInput", "aws: prefixed"),
        ("a", "/", json!({"Tags": {"x": "aws:y"}}), "ValidationError", "tags.member.value"),
        ("a", "/", json!({"Tags": {"x!": "y"}}), "ValidationError", "tags.member.key"),
        ("a", "/", json!({"Tags": {"A": "1", "a": "2"}}), "InvalidInput", "Duplicate tag keys found"),
        ("a", "/", json!({"Tags": many}), "ValidationError", "50"),
        ("a", "/", json!({"PermissionsBoundary": arn("policy/gone")}), "NoSuchEntity", "Scope ARN"),
        (
            "a",
            "/",
            json!({"PermissionsBoundary": "arn:aws:iam::aws:policy/NoSuchPolicy"}),
            "NoSuchEntity",
            "does not exist or is not attachable",
        ),
    ] {
        Lab::new().no("CreateRole", create(name, path, more), code, words);
    }
}

#[test]
fn names_are_unique_whatever_their_case_and_path() {
    Lab::new().with_role("Deploy").no(
        "CreateRole",
        create("deploy", "/x/", json!({})),
        "EntityAlreadyExists",
        "Role with name deploy already exists.",
    );
}

#[test]
fn quotas_are_the_accounts_own() {
    let mut lab = Lab::new().with_role("a");
    lab.account().limits =
        Seen::Value(serde_json::from_value(json!({"RolesQuota": 1, "AttachedPoliciesPerRoleQuota": 1})).unwrap());
    lab.no("CreateRole", create("b", "/", json!({})), "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1");
    lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": READ_ONLY}));
    lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": READ_ONLY}));
    let second = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    lab.no(
        "AttachRolePolicy",
        json!({"RoleName": "a", "PolicyArn": second}),
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 1",
    );
}

#[test]
fn tag_keys_of_roles_ignore_case_and_keep_the_new_spelling() {
    let mut lab = Lab::new().with_role("a");
    lab.ok("TagRole", json!({"RoleName": "a", "Tags": {"Dept": "1", "x": ""}}));
    lab.ok("TagRole", json!({"RoleName": "a", "Tags": {"dept": "2"}}));
    assert_eq!(lab.role("a").tags, Seen::Value([("dept".to_owned(), "2".to_owned()), ("x".into(), "".into())].into()));
    lab.ok("UntagRole", json!({"RoleName": "a", "TagKeys": ["DEPT", "absent"]}));
    assert_eq!(lab.role("a").tags, Seen::Value([("x".to_owned(), String::new())].into()));
}

#[test]
fn fifty_tags_are_the_most() {
    let mut lab = Lab::new().with_role("a");
    let fifty: serde_json::Map<_, _> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    lab.ok("TagRole", json!({"RoleName": "a", "Tags": fifty}));
    lab.ok("TagRole", json!({"RoleName": "a", "Tags": {"K1": "changed"}}));
    lab.no("TagRole", json!({"RoleName": "a", "Tags": {"more": "v"}}), "LimitExceeded", "number of tags");
}

#[test]
fn a_role_is_deleted_only_when_nothing_hangs_on_it() {
    let mut lab = Lab::new().with_role("a");
    lab.ok("CreateInstanceProfile", json!({"InstanceProfileName": "p", "Path": "/"}));
    lab.ok("AddRoleToInstanceProfile", json!({"InstanceProfileName": "p", "RoleName": "a"}));
    lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": READ_ONLY}));
    lab.ok("PutRolePolicy", json!({"RoleName": "a", "PolicyName": "i", "PolicyDocument": policy("s3:*")}));
    let delete = || json!({"RoleName": "a"});
    lab.no("DeleteRole", delete(), "DeleteConflict", "must remove roles from instance profile first");
    lab.ok("RemoveRoleFromInstanceProfile", json!({"InstanceProfileName": "p", "RoleName": "a"}));
    lab.no("DeleteRole", delete(), "DeleteConflict", "must detach all policies first");
    lab.ok("DetachRolePolicy", json!({"RoleName": "a", "PolicyArn": READ_ONLY}));
    lab.no("DeleteRole", delete(), "DeleteConflict", "must delete policies first");
    lab.ok("DeleteRolePolicy", json!({"RoleName": "a", "PolicyName": "i"}));
    lab.ok("DeleteRole", delete());
    lab.no("DeleteRole", delete(), "NoSuchEntity", "The role with name a cannot be found.");
}

#[test]
fn an_instance_profile_holds_one_role() {
    let mut lab = Lab::new().with_role("a").with_role("b");
    let of = |role: &str| json!({"InstanceProfileName": "p", "RoleName": role});
    lab.no("AddRoleToInstanceProfile", of("a"), "NoSuchEntity", "Instance Profile p cannot be found.");
    lab.ok("CreateInstanceProfile", json!({"InstanceProfileName": "p", "Path": "/"}));
    lab.no("CreateInstanceProfile", json!({"InstanceProfileName": "P", "Path": "/"}), "EntityAlreadyExists", "already exists");
    lab.ok("AddRoleToInstanceProfile", of("a"));
    for role in ["a", "b"] {
        lab.no("AddRoleToInstanceProfile", of(role), "LimitExceeded", "InstanceSessionsPerInstanceProfile: 1");
    }
    lab.no("RemoveRoleFromInstanceProfile", of("b"), "NoSuchEntity", "b");
    lab.no("DeleteInstanceProfile", json!({"InstanceProfileName": "p"}), "DeleteConflict", "must remove roles");
    lab.ok("RemoveRoleFromInstanceProfile", of("a"));
    lab.ok("DeleteInstanceProfile", json!({"InstanceProfileName": "p"}));
}

#[test]
fn update_role_sets_both_members_and_an_empty_description_is_none() {
    let mut lab = Lab::new().with_role("a");
    lab.ok("UpdateRole", json!({"RoleName": "a", "Description": "d", "MaxSessionDuration": 7200}));
    assert_eq!(
        (lab.role("a").description.clone(), lab.role("a").max_session_duration.clone()),
        (Seen::Value(Some("d".into())), Seen::Value(7200))
    );
    lab.ok("UpdateRole", json!({"RoleName": "a", "Description": "", "MaxSessionDuration": 7200}));
    assert_eq!(lab.role("a").description, Seen::Value(None));
}

#[test]
fn inline_policies_share_one_quota() {
    let mut lab = Lab::new().with_role("a");
    let wide = |n: usize| policy(&format!("s3:{}", "x".repeat(n)));
    let put = |name: &str, n: usize| json!({"RoleName": "a", "PolicyName": name, "PolicyDocument": wide(n)});
    lab.ok("PutRolePolicy", put("one", 6000));
    lab.no("PutRolePolicy", put("two", 6000), "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role a");
    lab.ok("PutRolePolicy", put("one", 10));
    lab.ok("PutRolePolicy", put("two", 6000));
    lab.no(
        "PutRolePolicy",
        json!({"RoleName": "a", "PolicyName": "a b", "PolicyDocument": wide(1)}),
        "ValidationError",
        "policyName",
    );
    lab.no(
        "DeleteRolePolicy",
        json!({"RoleName": "a", "PolicyName": "three"}),
        "NoSuchEntity",
        "The role policy with name three cannot be found.",
    );
}

#[test]
fn a_boundary_is_put_and_taken_once() {
    let mut lab = Lab::new().with_role("a").with_policy("edge");
    lab.no(
        "PutRolePermissionsBoundary",
        json!({"RoleName": "a", "PermissionsBoundary": arn("policy/x/edge")}),
        "NoSuchEntity",
        "Scope ARN",
    );
    let linked = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy";
    lab.no(
        "PutRolePermissionsBoundary",
        json!({"RoleName": "a", "PermissionsBoundary": linked}),
        "PolicyNotAttachable",
        "Service Role Policy",
    );
    lab.ok("PutRolePermissionsBoundary", json!({"RoleName": "a", "PermissionsBoundary": arn("policy/edge")}));
    lab.ok("DeleteRolePermissionsBoundary", json!({"RoleName": "a"}));
    lab.no("DeleteRolePermissionsBoundary", json!({"RoleName": "a"}), "NoSuchEntity", "boundary");
}

#[test]
fn service_linked_roles_have_the_services_name_and_belong_to_aws() {
    let mut lab = Lab::new();
    for (service, suffix, name) in [
        ("spot.amazonaws.com", None, "AWSServiceRoleForEC2Spot"),
        ("autoscaling.amazonaws.com", None, "AWSServiceRoleForAutoScaling"),
        ("autoscaling.amazonaws.com", Some("blue"), "AWSServiceRoleForAutoScaling_blue"),
        ("dynamodb.application-autoscaling.amazonaws.com", None, "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"),
        ("brand-new.amazonaws.com", None, "AWSServiceRoleForBrandNew"),
    ] {
        let mut request = json!({"AWSServiceName": service});
        if let Some(suffix) = suffix {
            request["CustomSuffix"] = json!(suffix);
        }
        lab.ok("CreateServiceLinkedRole", request.clone());
        assert_eq!(lab.role(name).path, format!("/aws-service-role/{service}/"));
        lab.no(
            "CreateServiceLinkedRole",
            request,
            "InvalidInput",
            &format!("Service role name {name} has been taken in this account"),
        );
        let key = suffix.map_or(service.to_owned(), |s| format!("{service}/{s}"));
        assert_eq!(lab.0.snapshot().service_linked_role(&key).unwrap().0, &Name::new(name));
    }
    lab.no(
        "CreateServiceLinkedRole",
        json!({"AWSServiceName": "spot.amazonaws.com", "CustomSuffix": "x"}),
        "InvalidInput",
        "Custom suffix is not allowed for spot.amazonaws.com",
    );
    // Of this service no guide was found that names the role, so its row refuses nothing.
    lab.ok("CreateServiceLinkedRole", json!({"AWSServiceName": "macie.amazonaws.com", "CustomSuffix": "x"}));
    assert_eq!(lab.role("AWSServiceRoleForAmazonMacie_x").path, "/aws-service-role/macie.amazonaws.com/");
    lab.no("CreateServiceLinkedRole", json!({"AWSServiceName": "Spot.amazonaws.com"}), "InvalidInput", "not valid");
    lab.no("CreateServiceLinkedRole", json!({"AWSServiceName": "spot"}), "InvalidInput", "not valid");
}

#[test]
fn only_description_and_tags_of_a_service_linked_role_can_change() {
    let mut lab = Lab::new().with_role("plain");
    lab.ok("CreateServiceLinkedRole", json!({"AWSServiceName": "ecs.amazonaws.com"}));
    let name = "AWSServiceRoleForECS";
    for (call, request) in [
        ("UpdateAssumeRolePolicy", json!({"RoleName": name, "PolicyDocument": ec2()})),
        ("AttachRolePolicy", json!({"RoleName": name, "PolicyArn": READ_ONLY})),
        ("DetachRolePolicy", json!({"RoleName": name, "PolicyArn": READ_ONLY})),
        ("PutRolePolicy", json!({"RoleName": name, "PolicyName": "x", "PolicyDocument": policy("s3:*")})),
        ("DeleteRolePolicy", json!({"RoleName": name, "PolicyName": "x"})),
        ("PutRolePermissionsBoundary", json!({"RoleName": name, "PermissionsBoundary": READ_ONLY})),
        ("DeleteRolePermissionsBoundary", json!({"RoleName": name})),
        ("UpdateRole", json!({"RoleName": name, "Description": "", "MaxSessionDuration": 7200})),
        ("DeleteRole", json!({"RoleName": name})),
    ] {
        lab.no(call, request, "UnmodifiableEntity", "only modifiable by AWS");
    }
    lab.ok("UpdateRole", json!({"RoleName": name, "Description": "ours", "MaxSessionDuration": 3600}));
    lab.ok("TagRole", json!({"RoleName": name, "Tags": {"a": "b"}}));
    lab.no("DeleteServiceLinkedRole", json!({"RoleName": "plain"}), "NoSuchEntity", "plain");
    lab.ok("DeleteServiceLinkedRole", json!({"RoleName": name}));
}

#[test]
fn an_account_that_does_not_hold_a_field_says_so() {
    let mut lab = Lab::new().with_role("a");
    lab.account().roles.get_mut(&Name::new("a")).unwrap().tags = Seen::Unread;
    let error = lab.0.perform(&operation("TagRole", json!({"RoleName": "a", "Tags": {"x": "y"}})), NOW).unwrap_err();
    assert!(error.message.contains("does not say the tags of role a"), "{error}");
}
