use serde_json::json;

use super::*;
use crate::model::Seen;

#[test]
fn a_user_is_deleted_only_when_it_holds_nothing() {
    let mut lab = Lab::new().with_user("u").with_group("g");
    let delete = || json!({"UserName": "u"});
    for (kind, words) in
        [("access-key", "must delete access keys first"), ("login-profile", "login profile"), ("mfa-device", "MFA device")]
    {
        lab.account().users.get_mut(&Name::new("u")).unwrap().credentials = Seen::Value([kind.to_owned()].into());
        lab.no("DeleteUser", delete(), "DeleteConflict", words);
    }
    lab.account().users.get_mut(&Name::new("u")).unwrap().credentials = Seen::Value([].into());
    lab.ok("AddUserToGroup", json!({"GroupName": "g", "UserName": "u"}));
    lab.no("DeleteUser", delete(), "DeleteConflict", "must remove users from group first");
    lab.no("DeleteGroup", json!({"GroupName": "g"}), "DeleteConflict", "must remove users from group first");
    lab.ok("RemoveUserFromGroup", json!({"GroupName": "G", "UserName": "u"}));
    lab.ok("AttachUserPolicy", json!({"UserName": "u", "PolicyArn": READ_ONLY}));
    lab.no("DeleteUser", delete(), "DeleteConflict", "must detach all policies first");
    lab.ok("DetachUserPolicy", json!({"UserName": "u", "PolicyArn": READ_ONLY}));
    lab.ok("PutUserPolicy", json!({"UserName": "u", "PolicyName": "i", "PolicyDocument": policy("s3:*")}));
    lab.no("DeleteUser", delete(), "DeleteConflict", "must delete policies first");
    lab.ok("DeleteUserPolicy", json!({"UserName": "u", "PolicyName": "i"}));
    lab.ok("DeleteUser", delete());
    lab.no("DeleteUser", delete(), "NoSuchEntity", "The user with name u cannot be found.");
    lab.ok("DeleteGroup", json!({"GroupName": "g"}));
}

#[test]
fn a_group_is_deleted_only_when_it_holds_nothing() {
    let mut lab = Lab::new().with_group("g");
    lab.ok("AttachGroupPolicy", json!({"GroupName": "g", "PolicyArn": READ_ONLY}));
    lab.no("DeleteGroup", json!({"GroupName": "g"}), "DeleteConflict", "must detach all policies first");
    lab.ok("DetachGroupPolicy", json!({"GroupName": "g", "PolicyArn": READ_ONLY}));
    lab.ok("PutGroupPolicy", json!({"GroupName": "g", "PolicyName": "i", "PolicyDocument": policy("s3:*")}));
    lab.no("DeleteGroup", json!({"GroupName": "g"}), "DeleteConflict", "must delete policies first");
    lab.no("CreateGroup", json!({"GroupName": "G", "Path": "/"}), "EntityAlreadyExists", "Group with name G already exists.");
}

#[test]
fn memberships_have_a_quota_and_both_sides_must_exist() {
    let mut lab = Lab::new().with_user("u");
    let into = |group: &str| json!({"GroupName": group, "UserName": "u"});
    lab.no("AddUserToGroup", into("g0"), "NoSuchEntity", "The group with name g0 cannot be found.");
    for n in 0..11 {
        lab = lab.with_group(&format!("g{n}"));
    }
    for n in 0..10 {
        lab.ok("AddUserToGroup", into(&format!("g{n}"))).ok("AddUserToGroup", into(&format!("g{n}")));
    }
    lab.no("AddUserToGroup", into("g10"), "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10");
    lab.no("RemoveUserFromGroup", into("g10"), "NoSuchEntity", "is not in the group");
    lab.no(
        "AddUserToGroup",
        json!({"GroupName": "g1", "UserName": "x"}),
        "NoSuchEntity",
        "The user with name x cannot be found.",
    );
}

#[test]
fn inline_quotas_differ_by_kind() {
    let mut lab = Lab::new().with_user("u").with_group("g");
    let text = policy(&format!("s3:{}", "x".repeat(3000)));
    lab.no(
        "PutUserPolicy",
        json!({"UserName": "u", "PolicyName": "i", "PolicyDocument": text}),
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user u",
    );
    lab.ok("PutGroupPolicy", json!({"GroupName": "g", "PolicyName": "i", "PolicyDocument": text}));
}

#[test]
fn paths_of_users_and_groups_change_in_place() {
    let mut lab = Lab::new().with_user("u").with_group("g");
    lab.ok("UpdateUser", json!({"UserName": "u", "NewPath": "/a/"}))
        .ok("UpdateGroup", json!({"GroupName": "g", "NewPath": "/b/"}));
    let account = lab.0.snapshot();
    assert_eq!((account.users[&Name::new("u")].path.as_str(), account.groups[&Name::new("g")].path.as_str()), ("/a/", "/b/"));
    lab.no("UpdateUser", json!({"UserName": "u", "NewPath": "a"}), "ValidationError", "path");
}
