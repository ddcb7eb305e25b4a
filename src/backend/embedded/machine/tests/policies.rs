use serde_json::json;

use super::*;
use crate::model::Policy;

fn p(lab: &Lab) -> &Policy {
    &lab.0.snapshot().policies[&Name::new("p")]
}

fn new_version() -> Value {
    json!({"PolicyArn": arn("policy/p"), "PolicyDocument": policy("s3:GetObject"), "SetAsDefault": true})
}

fn version(id: &str) -> Value {
    json!({"PolicyArn": arn("policy/p"), "VersionId": id})
}

#[test]
fn five_versions_are_the_most_and_their_numbers_are_never_used_again() {
    let mut lab = Lab::new().with_policy("p");
    for _ in 0..4 {
        lab.ok("CreatePolicyVersion", new_version());
    }
    lab.no("CreatePolicyVersion", new_version(), "LimitExceeded", "A managed policy can have up to 5 versions.");
    lab.no("DeletePolicyVersion", version("v5"), "DeleteConflict", "Cannot delete the default version of a policy.");
    lab.ok("SetDefaultPolicyVersion", version("v1"));
    lab.ok("DeletePolicyVersion", version("v5"));
    lab.no("DeletePolicyVersion", version("v5"), "NoSuchEntity", "version v5 does not exist");
    lab.no("SetDefaultPolicyVersion", version("v9"), "NoSuchEntity", "version v9 does not exist");
    lab.ok("CreatePolicyVersion", new_version());
    assert_eq!(p(&lab).default_version.to_string(), "v6");
    assert_eq!(p(&lab).versions.len(), 5);
}

#[test]
fn a_policy_is_deleted_only_when_nobody_holds_it_and_one_version_is_left() {
    let mut lab = Lab::new().with_policy("p").with_role("r").with_user("u").with_group("g");
    let of = |kind: &str, name: &str| json!({format!("{kind}Name"): name, "PolicyArn": arn("policy/p")});
    let delete = || json!({"PolicyArn": arn("policy/p")});
    for (kind, name) in [("Role", "r"), ("User", "u"), ("Group", "g")] {
        lab.ok(&format!("Attach{kind}Policy"), of(kind, name));
        lab.no("DeletePolicy", delete(), "DeleteConflict", "Cannot delete a policy attached to entities.");
        lab.ok(&format!("Detach{kind}Policy"), of(kind, name));
        lab.no(&format!("Detach{kind}Policy"), of(kind, name), "NoSuchEntity", "was not found");
    }
    for (kind, name) in [("Role", "r"), ("User", "u")] {
        let mut request = of(kind, name);
        request.as_object_mut().unwrap().remove("PolicyArn");
        let plain = request.clone();
        request["PermissionsBoundary"] = json!(arn("policy/p"));
        lab.ok(&format!("Put{kind}PermissionsBoundary"), request);
        lab.no("DeletePolicy", delete(), "DeleteConflict", "permissions boundary");
        lab.ok(&format!("Delete{kind}PermissionsBoundary"), plain);
    }
    lab.ok("CreatePolicyVersion", new_version());
    lab.no("DeletePolicy", delete(), "DeleteConflict", "more than one version");
    lab.ok("DeletePolicyVersion", version("v1"));
    lab.ok("DeletePolicy", delete());
    lab.no("DeletePolicy", delete(), "NoSuchEntity", "was not found");
}

#[test]
fn only_policies_that_exist_and_may_be_attached_are_attached() {
    let mut lab = Lab::new().with_role("r").with_policy("p");
    for (text, code, words) in [
        ("arn:aws:iam::aws:policy/AWSLambdaFullAccess", "NoSuchEntity", "does not exist or is not attachable."),
        ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "NoSuchEntity", "does not exist"),
        ("arn:aws:iam::aws:policy/service-role/ReadOnlyAccess", "NoSuchEntity", "does not exist"),
        ("arn:aws:iam::999999999999:policy/p", "NoSuchEntity", "does not exist"),
        ("arn:aws:iam::123456789012:policy/P", "NoSuchEntity", "does not exist"),
        ("arn:aws:iam::123456789012:policy/x/p", "NoSuchEntity", "does not exist"),
        ("arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy", "PolicyNotAttachable", "Service Role Policy"),
        ("arn:aws:iam::123456789012:role/x", "InvalidInput", "is not valid"),
        ("not an arn at all, is it", "InvalidInput", "is not valid"),
        ("p", "ValidationError", "20"),
    ] {
        lab.no("AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": text}), code, words);
    }
    lab.ok(
        "AttachRolePolicy",
        json!({"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}),
    );
}

#[test]
fn policies_of_aws_and_of_others_are_not_ours_to_change() {
    let mut lab = Lab::new();
    for text in [READ_ONLY, "arn:aws:iam::999999999999:policy/p"] {
        lab.no("DeletePolicy", json!({"PolicyArn": text}), "AccessDenied", "outside your own account");
        lab.no("TagPolicy", json!({"PolicyArn": text, "Tags": {"a": "b"}}), "AccessDenied", "outside your own account");
    }
}

#[test]
fn creation_refuses_taken_names_bad_paths_and_documents_that_are_too_large() {
    let mut lab = Lab::new().with_policy("p");
    let with = |name: &str, path: &str, text: String| json!({"PolicyName": name, "Path": path, "PolicyDocument": text});
    lab.no("CreatePolicy", with("P", "/x/", policy("s3:*")), "EntityAlreadyExists", "A policy called P already exists.");
    lab.no("CreatePolicy", with("q", "/x*/", policy("s3:*")), "ValidationError", "path");
    lab.no("CreatePolicy", with("q", "/", "no".into()), "MalformedPolicyDocument", "Syntax errors in policy.");
    let large = policy(&format!("s3:{}", "x".repeat(6144)));
    lab.no("CreatePolicy", with("q", "/", large.clone()), "LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
    lab.no(
        "CreatePolicyVersion",
        json!({"PolicyArn": arn("policy/p"), "PolicyDocument": large, "SetAsDefault": true}),
        "LimitExceeded",
        "PolicySize",
    );
    let spaced = policy("s3:*").replace(':', &format!(":{}", " ".repeat(9000)));
    lab.ok("CreatePolicy", with("q", "/", spaced));
}

#[test]
fn tag_keys_of_policies_keep_their_case_apart() {
    let mut lab = Lab::new().with_policy("p");
    lab.ok("TagPolicy", json!({"PolicyArn": arn("policy/p"), "Tags": {"A": "1", "a": "2"}}));
    lab.ok("UntagPolicy", json!({"PolicyArn": arn("policy/p"), "TagKeys": ["A"]}));
    assert_eq!(p(&lab).tags.value().unwrap().len(), 1);
}
