//! Which grants are escalations: two actions on one thing, and conditions that say what a request leads to.

use iamctl::diag::Severity;
use iamctl::lint::{BareDocument, PolicyType, Surroundings, lint_bare};

use super::specs;

const ROLE: &str = "arn:aws:iam::111122223333:role/";
const USER: &str = "arn:aws:iam::111122223333:user/";
const GROUP: &str = "arn:aws:iam::111122223333:group/";
const POLICY: &str = "arn:aws:iam::111122223333:policy/";

fn allow(action: &str, resource: &str, condition: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}", "Condition": {{{condition}}}}}"#)
}

/// How gravely statements are reported as an escalation.
fn worst(statements: &[String]) -> Option<Severity> {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
    let around = Surroundings { today: "2027-01-31".to_owned(), ..Surroundings::default() };
    let found = lint_bare(&BareDocument::read("p.json", &text).unwrap(), PolicyType::Identity, &around);
    found.iter().filter(|f| f.code == "privilege-escalation").map(|f| f.severity).max()
}

#[test]
fn whoever_writes_one_role_user_or_group_and_enters_it_escalates() {
    let pairs = [
        ("iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", ROLE),
        ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", ROLE),
        ("iam:AttachRolePolicy", "sts:AssumeRole", ROLE),
        ("iam:PutRolePolicy", "sts:AssumeRole", ROLE),
        ("iam:AttachUserPolicy", "iam:CreateAccessKey", USER),
        ("iam:PutUserPolicy", "iam:CreateAccessKey", USER),
        ("iam:AttachUserPolicy", "iam:CreateLoginProfile", USER),
        ("iam:PutUserPolicy", "iam:UpdateLoginProfile", USER),
        ("iam:AttachGroupPolicy", "iam:AddUserToGroup", GROUP),
        ("iam:PutGroupPolicy", "iam:AddUserToGroup", GROUP),
    ];
    let error = Some(Severity::Error);
    for (writes, enters, at) in pairs {
        let both = |one: &str, other: &str| worst(&[allow(writes, one, ""), allow(enters, other, "")]);
        let arn = |name: &str| format!("{at}{name}");
        assert_eq!(both(&arn("app"), &arn("app")), error, "{writes} {enters}: one by name");
        assert_eq!(both(&arn("team/app"), &arn("team/*")), error, "{writes} {enters}: one of those");
        assert_eq!(both(&arn("app-*"), &arn("app-*")), error, "{writes} {enters}: those that begin so");
        assert_eq!(both("*", &arn("app")), error, "{writes} {enters}: one of all");
        assert_eq!(both(&arn("app"), &arn("other")), None, "{writes} {enters}: two");
        assert_eq!(both(&arn("app-*"), &arn("web-*")), Some(Severity::Note), "{writes} {enters}: none in common");
        assert_eq!(worst(&[allow(writes, &arn("app"), "")]), None, "{writes} alone");
        assert_eq!(worst(&[allow(enters, &arn("app"), "")]), None, "{enters} alone");
        let denied = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}"#.to_owned();
        assert_eq!(worst(&[allow(writes, &arn("app"), ""), allow(enters, &arn("app"), ""), denied]), None);
        let tag = r#""StringEquals": {"iam:ResourceTag/team": "ml"}"#;
        let tagged = worst(&[allow(writes, &arn("app"), tag), allow(enters, &arn("app"), tag)]);
        assert_eq!(tagged, Some(Severity::Warning), "{writes} {enters}: where a tag is there");
    }
    let linked = format!("{ROLE}aws-service-role/x.amazonaws.com/*");
    assert_eq!(worst(&[allow("iam:PutRolePolicy", &linked, ""), allow("iam:UpdateAssumeRolePolicy", &linked, "")]), None);
}

#[test]
fn whoever_rewrites_a_policy_and_enters_a_role_may_escalate() {
    for enters in ["sts:AssumeRole", "iam:UpdateAssumeRolePolicy"] {
        let named =
            worst(&[allow("iam:CreatePolicyVersion", &format!("{POLICY}app"), ""), allow(enters, &format!("{ROLE}app"), "")]);
        assert_eq!(named, Some(Severity::Note), "{enters}: whether the role holds the policy is not known");
    }
    assert_eq!(worst(&[allow("iam:CreatePolicyVersion", &format!("{POLICY}app"), "")]), None);
}

#[test]
fn the_policy_that_may_be_attached_counts() {
    let attach = |condition: &str| worst(&[allow("iam:AttachRolePolicy", "*", condition)]);
    for (condition, wanted) in [
        (r#""ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}"#, None),
        (r#""ArnEquals": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/app"}"#, None),
        (r#""ArnLike": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/app-*"}"#, Some(Severity::Note)),
        (r#""ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}"#, Some(Severity::Error)),
        (r#""ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAMFullAccess"}"#, Some(Severity::Error)),
        (r#""ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}"#, Some(Severity::Error)),
        (r#""ArnNotEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}"#, Some(Severity::Error)),
        (r#""ArnNotLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}"#, Some(Severity::Note)),
    ] {
        assert_eq!(attach(condition), wanted, "{condition}");
    }
    // Whoever may write the policy attaches what it likes.
    let own = r#""ArnLike": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/app-*"}"#;
    for action in ["iam:CreatePolicy", "iam:CreatePolicyVersion"] {
        let both = worst(&[allow("iam:AttachRolePolicy", "*", own), allow(action, &format!("{POLICY}app-*"), "")]);
        assert_eq!(both, Some(Severity::Error), "{action}");
    }
}

#[test]
fn a_boundary_that_the_condition_names_limits_what_is_gained() {
    let boundary = |policy: &str| format!(r#""ArnEquals": {{"iam:PermissionsBoundary": "{policy}"}}"#);
    let own = boundary("arn:aws:iam::111122223333:policy/limit");
    for action in ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy"] {
        assert_eq!(worst(&[allow(action, "*", &own)]), None, "{action}");
        let any = boundary("arn:aws:iam::aws:policy/AdministratorAccess");
        assert_eq!(worst(&[allow(action, "*", &any)]), Some(Severity::Error), "{action}");
        let none = r#""Null": {"iam:PermissionsBoundary": "true"}"#;
        assert_eq!(worst(&[allow(action, "*", none)]), Some(Severity::Error), "{action}");
    }
    for action in ["iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"] {
        assert_eq!(worst(&[allow(action, "*", &own)]), None, "{action}");
        // Whether there is a boundary that limits anything is not known.
        assert_eq!(worst(&[allow(action, "*", "")]), Some(Severity::Warning), "{action}");
    }
}

/// Messages of `escalation-chain` and `privilege-escalation` about a role with these statements, beside a role `app`.
fn of_specs(statements: &str, app: &str) -> Vec<String> {
    let text = format!(
        "roles:\n  ci:\n    trust: [{{service: codebuild.amazonaws.com}}]\n    inline_policies:\n      own: {{Version: \"2012-10-17\", \
         Statement: [{statements}]}}\n{app}"
    );
    let found = specs::lint_on(&text, "2027-01-31");
    let wanted = found.into_iter().filter(|f| f.code == "escalation-chain" || f.code == "privilege-escalation");
    wanted.map(|f| f.message).collect()
}

#[test]
fn a_chain_through_a_declared_role_ends_at_its_boundary() {
    let both = "{Effect: Allow, Action: [\"iam:PutRolePolicy\", \"iam:UpdateAssumeRolePolicy\"], Resource: \"arn:aws:iam::012345678901:role/app\"}";
    let app = "  app:\n    trust: [{service: lambda.amazonaws.com}]\n";
    let found = of_specs(both, app);
    assert!(found.iter().any(|m| m.contains("`role/ci` → `role/app` (by entering it and `iam:PutRolePolicy`)")), "{found:#?}");
    assert!(found.iter().any(|m| m.contains("`iam:PutRolePolicy` + `iam:UpdateAssumeRolePolicy`")), "{found:#?}");
}
