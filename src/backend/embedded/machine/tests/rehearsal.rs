use serde_json::json;

use super::*;
use crate::model::Seen;
use crate::names::EntityKind;

#[test]
fn what_is_unread_cannot_refuse() {
    let mut lab = Lab::new().with_role("a").rehearse();
    let role = lab.account().roles.get_mut(&Name::new("a")).unwrap();
    role.attached_policies = Seen::Unread;
    role.inline_policies = Seen::Unread;
    role.tags = Seen::Unread;
    for n in 0..11 {
        let name = format!("p{n}");
        lab = lab.with_policy(&name);
        lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": arn(&format!("policy/{name}"))}));
    }
    lab.ok("DetachRolePolicy", json!({"RoleName": "a", "PolicyArn": READ_ONLY}));
    lab.ok("DeleteRolePolicy", json!({"RoleName": "a", "PolicyName": "x"}));
    lab.ok("TagRole", json!({"RoleName": "a", "Tags": {"x": "y"}}));
    assert!(lab.role("a").tags.is_unread() && lab.role("a").attached_policies.is_unread());
    lab.ok("DeleteRole", json!({"RoleName": "a"}));
}

#[test]
fn a_quota_that_was_not_read_refuses_only_where_no_account_has_more() {
    let mut lab = Lab::new().with_role("a").with_policy("p").rehearse();
    lab.account().limits = Seen::Unread;
    for n in 0..11 {
        let name = format!("p{n}");
        lab = lab.with_policy(&name);
        lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": arn(&format!("policy/{name}"))}));
    }
    let version = || json!({"PolicyArn": arn("policy/p"), "PolicyDocument": policy("s3:*"), "SetAsDefault": true});
    for _ in 0..4 {
        lab.ok("CreatePolicyVersion", version());
    }
    lab.no("CreatePolicyVersion", version(), "LimitExceeded", "up to 5 versions");
}

#[test]
fn an_entity_of_a_kind_that_is_not_listed_may_exist() {
    let trusted = || json!({"RoleName": "a", "PolicyDocument": trust(json!({"AWS": [arn("user/hidden"), arn("role/hidden")]}))});
    let mut lab = Lab::new().with_role("a").rehearse();
    lab.no("UpdateAssumeRolePolicy", trusted(), "MalformedPolicyDocument", "Invalid principal");
    lab.account().unlisted = EntityKind::ALL.into();
    lab.ok("UpdateAssumeRolePolicy", trusted());
    lab.ok("AttachRolePolicy", json!({"RoleName": "a", "PolicyArn": arn("policy/hidden")}));
    lab.ok("TagRole", json!({"RoleName": "hidden", "Tags": {"x": "y"}}));
    lab.ok(
        "CreatePolicyVersion",
        json!({"PolicyArn": arn("policy/hidden"), "PolicyDocument": policy("s3:*"), "SetAsDefault": true}),
    );
    lab.ok("AddUserToGroup", json!({"GroupName": "hidden", "UserName": "hidden"}));
    assert!(!lab.0.snapshot().roles.contains_key(&Name::new("hidden")));
}

#[test]
fn an_aws_policy_that_the_account_already_holds_exists() {
    let newer = "arn:aws:iam::aws:policy/MadeAfterThisBinary";
    let mut lab = Lab::new().with_role("a").with_role("b").rehearse();
    lab.no("AttachRolePolicy", json!({"RoleName": "b", "PolicyArn": newer}), "NoSuchEntity", "does not exist");
    lab.account().roles.get_mut(&Name::new("a")).unwrap().attached_policies = Seen::Value([newer.to_owned()].into());
    lab.ok("AttachRolePolicy", json!({"RoleName": "b", "PolicyArn": newer}));
}

#[test]
fn what_iam_may_take_is_taken() {
    let mut lab = Lab::new().with_role("a").with_user("u").with_group("g").rehearse();
    lab.ok("DeleteRolePermissionsBoundary", json!({"RoleName": "a"}));
    lab.ok("RemoveUserFromGroup", json!({"GroupName": "g", "UserName": "u"}));
    lab.ok("DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn("oidc-provider/x.example.com")}));
    lab.ok("CreateServiceLinkedRole", json!({"AWSServiceName": "brand-new.amazonaws.com", "CustomSuffix": "x"}));
    let slightly_over = policy(&format!("s3:{}", "x".repeat(6200)));
    lab.ok("CreatePolicy", json!({"PolicyName": "p", "Path": "/", "PolicyDocument": slightly_over}));
    let far_over = policy(&format!("s3:{}", "x".repeat(9000)));
    lab.no("CreatePolicy", json!({"PolicyName": "q", "Path": "/", "PolicyDocument": far_over}), "LimitExceeded", "PolicySize");
}
