use serde_json::json;

use super::*;

fn update(principal: Value) -> Value {
    json!({"RoleName": "a", "PolicyDocument": trust(principal)})
}

#[test]
fn principals_of_this_account_must_exist_under_exactly_their_arn() {
    let mut lab = Lab::new().with_role("a").with_user("Bob");
    lab.ok("CreateRole", json!({"RoleName": "deep", "Path": "/x/", "AssumeRolePolicyDocument": ec2()}));
    for good in [
        json!({"AWS": arn("role/x/deep")}),
        json!({"AWS": arn("user/Bob")}),
        json!({"AWS": [ACCOUNT, "999999999999", "*"]}),
        json!({"AWS": "arn:aws:iam::999999999999:role/whatever"}),
        json!({"AWS": "arn:aws:sts::123456789012:assumed-role/a/session"}),
        json!({"Federated": "accounts.google.com"}),
        json!({"Federated": "arn:aws:iam::999999999999:saml-provider/x"}),
        json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
    ] {
        lab.ok("UpdateAssumeRolePolicy", update(good));
    }
    for (kind, bad) in [
        ("AWS", arn("role/deep")),
        ("AWS", arn("role/gone")),
        ("AWS", arn("user/bob")),
        ("AWS", arn("user/gone")),
        ("AWS", arn("group/x")),
        ("AWS", arn("role/*")),
        ("AWS", "AROAABCDEFGHIJKLMNOPQ".to_owned()),
        ("AWS", "AIDAABCDEFGHIJKLMNOPQ".to_owned()),
        ("AWS", "nonsense".to_owned()),
        ("AWS", "arn:aws-cn:iam::999999999999:root".to_owned()),
        ("AWS", "arn:aws:s3:::bucket".to_owned()),
        ("Federated", arn("oidc-provider/gone.example.com")),
        ("Federated", arn("saml-provider/gone")),
        ("Service", "ec2".to_owned()),
        ("CanonicalUser", "0123".to_owned()),
    ] {
        let shown = if kind == "AWS" { "AWS".to_owned() } else { kind.to_uppercase() };
        let words = format!("Invalid principal in policy: \"{shown}\":\"{bad}\"");
        lab.no("UpdateAssumeRolePolicy", update(json!({kind: bad})), "MalformedPolicyDocument", &words);
    }
    lab.no("UpdateAssumeRolePolicy", update(json!("*")), "MalformedPolicyDocument", "\"STAR\":\"*\"");
}

#[test]
fn a_deleted_principal_stays_as_its_id_and_a_new_one_of_its_name_is_not_trusted() {
    let mut lab = Lab::new().with_role("a").with_role("b").with_user("u");
    lab.ok("UpdateAssumeRolePolicy", update(json!({"AWS": [arn("role/b"), arn("user/u"), "999999999999"]})));
    let (role, user) = (lab.role("b").id.clone(), lab.0.snapshot().users[&Name::new("u")].id.clone());
    lab.ok("DeleteRole", json!({"RoleName": "b"})).ok("DeleteUser", json!({"UserName": "u"}));
    let lab = lab.with_role("b");
    let shown = lab.role("a").trust.value().unwrap().to_compact();
    assert!(shown.contains(&role) && shown.contains(&user) && !shown.contains("role/b"), "{shown}");
}

#[test]
fn trust_follows_a_user_to_its_new_path() {
    let mut lab = Lab::new().with_role("a").with_user("u");
    lab.ok("UpdateAssumeRolePolicy", update(json!({"AWS": arn("user/u")})));
    lab.ok("UpdateUser", json!({"UserName": "u", "NewPath": "/x/"}));
    assert!(lab.role("a").trust.value().unwrap().to_compact().contains(&arn("user/x/u")));
}

#[test]
fn trust_is_shown_in_iams_order_and_means_the_same() {
    let mut lab = Lab::new().with_role("a");
    let sent = json!({"Statement": {"Condition": {"StringEquals": {"k": ["v"], "many": ["b", "a"]}}, "Action": ["sts:AssumeRole"],
        "Principal": {"Service": ["z.amazonaws.com", "a.amazonaws.com"], "AWS": ["999999999999"]}, "Effect": "Allow", "Sid": "S"},
        "Version": "2012-10-17"});
    lab.ok("UpdateAssumeRolePolicy", json!({"RoleName": "a", "PolicyDocument": sent.to_string()}));
    let shown = lab.role("a").trust.value().unwrap().clone();
    assert_eq!(
        shown.to_compact(),
        concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","#,
            r#""Principal":{"AWS":"arn:aws:iam::999999999999:root","Service":["a.amazonaws.com","z.amazonaws.com"]},"#,
            r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"k":"v","many":["b","a"]}}}]}"#
        )
    );
    lab.ok("UpdateAssumeRolePolicy", json!({"RoleName": "a", "PolicyDocument": shown.to_compact()}));
    assert_eq!(lab.role("a").trust.value(), Some(&shown), "shown twice is shown once");
}

#[test]
fn documents_that_are_none_and_documents_too_large_are_refused() {
    let mut lab = Lab::new().with_role("a");
    for text in ["", "{", "[]", "{}", r#"{"Statement":"x"}"#, r#"{"Statement":[1]}"#] {
        lab.no(
            "UpdateAssumeRolePolicy",
            json!({"RoleName": "a", "PolicyDocument": text}),
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        );
    }
    let deep = "[".repeat(100_000);
    lab.no("UpdateAssumeRolePolicy", json!({"RoleName": "a", "PolicyDocument": deep}), "MalformedPolicyDocument", "Syntax");
    let many: Vec<String> = (0..120).map(|n| format!("service-{n}.amazonaws.com")).collect();
    lab.no(
        "UpdateAssumeRolePolicy",
        update(json!({"Service": many})),
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    );
}
