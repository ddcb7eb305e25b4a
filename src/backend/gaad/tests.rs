use serde_json::json;

use super::*;

const LAB: &str = include_str!("../../../tests/vectors/gaad/cloudsplaining__examples__files__example.json");
const SMALL: &str = include_str!("../../../tests/vectors/gaad/cloudsplaining__test__files__example_authz_v2.json");
const BOUNDARY: &str = include_str!("../../../tests/vectors/gaad/iamspy__tests__files__role-boundary-no-policies.json");

#[test]
fn a_real_account_is_read_whole() {
    let snapshot = parse(LAB).unwrap();
    assert_eq!(snapshot.account.id.as_str(), "200611803367");
    assert_eq!(snapshot.account.partition, "aws");
    assert_eq!((snapshot.roles.len(), snapshot.users.len(), snapshot.groups.len()), (78, 44, 5));
    assert_eq!(snapshot.policies.len() + snapshot.aws_policies.len(), 84);
    assert!(snapshot.roles.values().any(|r| r.linked_service().is_some()));
    assert!(snapshot.aws_policies.keys().all(|arn| arn.starts_with("arn:aws:iam::aws:policy/")));
}

#[test]
fn what_the_call_does_not_tell_is_unread() {
    let snapshot = parse(SMALL).unwrap();
    let role = &snapshot.roles[&Name::new("GOAT")];
    assert!(role.description.is_unread() && role.max_session_duration.is_unread());
    assert_eq!(role.last_used, Seen::Value(None));
    assert_eq!(role.created.as_deref(), Some("2019-08-16T17:27:59Z"));
    let policy = &snapshot.policies[&Name::new("NotYourPolicy")];
    assert!(policy.description.is_unread() && policy.tags.is_unread());
    assert_eq!(policy.default_version.to_string(), "v9");
    let user = &snapshot.users[&Name::new("BlakeBortles")];
    assert_eq!(user.groups, Seen::Value([Name::new("GOAT")].into()));
    assert!(user.credentials.is_unread() && snapshot.limits.is_unread());
    assert_eq!(snapshot.unlisted, [EntityKind::InstanceProfile, EntityKind::OidcProvider, EntityKind::SamlProvider].into());
}

#[test]
fn a_boundary_of_aws_is_kept_and_its_policy_set_apart() {
    let snapshot = parse(BOUNDARY).unwrap();
    let arn = "arn:aws:iam::aws:policy/NotInvoking".to_owned();
    assert_eq!(snapshot.roles[&Name::new("name")].permissions_boundary, Seen::Value(Some(arn.clone())));
    assert!(snapshot.policies.is_empty() && snapshot.aws_policies[&arn].default_document().is_some());
}

#[test]
fn documents_may_be_encoded_as_on_the_wire() {
    let dump = json!({"RoleDetailList": [{
        "Arn": "arn:aws-cn:iam::123456789012:role/team/one",
        "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D",
        "InstanceProfileList": [{"InstanceProfileName": "one", "Path": "/team/", "Roles": []}],
    }]});
    let snapshot = parse(&dump.to_string()).unwrap();
    assert_eq!(snapshot.account.partition, "aws-cn");
    let role = &snapshot.roles[&Name::new("one")];
    assert_eq!(role.path, "/team/");
    assert_eq!(role.trust.value().unwrap().value(), &json!({"Statement": []}));
    assert_eq!(snapshot.instance_profiles[&Name::new("one")].role, Seen::Value(Some(Name::new("one"))));
}

#[test]
fn a_list_that_is_filtered_out_is_not_an_empty_one() {
    let snapshot = parse(r#"{"RoleDetailList": []}"#).unwrap();
    assert!(snapshot.unlisted.contains(&EntityKind::User) && snapshot.unlisted.contains(&EntityKind::Policy));
    assert!(!snapshot.unlisted.contains(&EntityKind::Role));
}

#[test]
fn half_an_account_is_refused() {
    for page in [r#"{"RoleDetailList": [], "IsTruncated": true, "Marker": "x"}"#, r#"{"RoleDetailList": [], "NextToken": "x"}"#] {
        let error = parse(page).unwrap_err();
        assert!(error.message.contains("truncated") && error.help.contains("all pages"), "{error}");
    }
    assert!(parse(r#"{"RoleDetailList": [], "IsTruncated": false}"#).is_ok());
}

#[test]
fn pages_are_one_account_however_they_are_put_together() {
    let one = r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::123456789012:role/a"}], "UserDetailList": null, "IsTruncated": true, "Marker": "x"}"#;
    let two = r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::123456789012:role/b"}], "UserDetailList": [], "IsTruncated": false, "ResponseMetadata": {"RetryAttempts": 0}}"#;
    for text in [format!("[{one}, {two}]"), format!("{one}\n{two}\n"), format!("\u{feff}{one}{two}")] {
        let snapshot = parse(&text).unwrap();
        assert_eq!(snapshot.roles.len(), 2, "{text}");
        assert!(!snapshot.unlisted.contains(&EntityKind::User));
    }
    let error = parse(&format!("[{two}, {one}]")).unwrap_err();
    assert!(error.message.contains("its last page is not the last one"), "{error}");
    assert!(is_dump(&json!([{"RoleDetailList": []}])) && !is_dump(&json!([])) && !is_dump(&json!([[{"Policies": []}]])));
}

#[test]
fn empty_lists_may_be_null_and_times_seconds() {
    let dump = json!({"RoleDetailList": [{
        "Arn": "arn:aws:iam::123456789012:role/a", "RoleName": "a", "CreateDate": 1565976479.0, "Tags": null,
        "AttachedManagedPolicies": null, "RolePolicyList": null, "InstanceProfileList": null, "PermissionsBoundary": null,
        "AssumeRolePolicyDocument": {"Statement": []}, "RoleLastUsed": {"LastUsedDate": null, "Region": "eu-west-1"},
    }], "Policies": [{"PolicyName": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]});
    let snapshot = parse(&dump.to_string()).unwrap();
    let role = &snapshot.roles[&Name::new("a")];
    assert_eq!(role.created.as_deref(), Some("2019-08-16T17:27:59Z"));
    assert!(role.tags.value().unwrap().is_empty() && snapshot.aws_policies.is_empty());
}

#[test]
fn what_is_no_dump_says_so() {
    for text in ["", "[]", "{}", "nonsense", r#"{"RoleDetailList": [{"Arn": "x"}]}"#] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_snapshot_is_told_from_a_dump() {
    assert!(is_dump(&json!({"Policies": []})) && !is_dump(&json!({"format_version": 1, "policies": {}})));
}
