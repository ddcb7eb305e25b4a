use serde_json::{Value as Json, json};

use super::*;
use crate::model::Snapshot;

const TODAY: &str = "2027-01-31";

fn document(statements: &Json) -> Json {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: Json, resource: Json, condition: Json) -> Json {
    let mut statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

fn trust(principal: Json, condition: Json) -> Json {
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    document(&json!([statement]))
}

fn role(trust: Json, statements: Json) -> Json {
    json!({"path": "/", "id": "AROAAAAAAAAAAAAAAAAAA", "trust": trust, "description": null, "max_session_duration": 3600,
        "permissions_boundary": null, "tags": {}, "inline_policies": {"own": document(&statements)}, "attached_policies": []})
}

fn user(statements: Json) -> Json {
    json!({"path": "/", "id": "AIDAAAAAAAAAAAAAAAAAA", "permissions_boundary": null, "tags": {},
        "inline_policies": {"own": document(&statements)}, "attached_policies": [], "groups": []})
}

fn lambda() -> Json {
    trust(json!({"Service": "lambda.amazonaws.com"}), Json::Null)
}

fn root() -> Json {
    trust(json!({"AWS": "arn:aws:iam::111111111111:root"}), Json::Null)
}

fn anything() -> Json {
    json!([allow(json!("*"), json!("*"), Json::Null)])
}

fn snapshot(roles: Json, users: Json) -> Snapshot {
    let account =
        json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"}, "roles": roles, "users": users});
    serde_json::from_value(account).unwrap()
}

/// `source -> target: action`, without those of administrators themselves.
fn told(snapshot: &Snapshot) -> Vec<String> {
    let state = AccountState::of_snapshot(snapshot);
    let found = escalations(&state, TODAY);
    let others = found.iter().filter(|e| e.steps.iter().all(|step| step.how != How::Is) || e.steps.len() > 1);
    let line = |e: &Escalation| {
        let source = match &e.source {
            Source::Principal(address) => address.to_string(),
            Source::Outsider(outsider) => outsider.to_string(),
        };
        let actions: Vec<&str> = e.steps.iter().map(|step| step.how.action()).collect();
        format!("{source} -> {}: {}", e.target, actions.join(", "))
    };
    others.map(line).collect()
}

#[test]
fn a_condition_that_the_caller_meets_or_chooses_stops_nothing() {
    for condition in [
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/d*"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "111111111111"}}),
        json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
        json!({"NumericGreaterThan": {"aws:EpochTime": "0"}}),
        json!({"Null": {"aws:SourceVpce": "true"}}),
        json!({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}),
    ] {
        let statements = json!([allow(json!("iam:AttachRolePolicy"), json!("*"), condition.clone())]);
        let found = told(&snapshot(json!({"dev": role(lambda(), statements)}), json!({})));
        assert!(found.contains(&"role/dev -> role/dev: iam:AttachRolePolicy".to_owned()), "{condition}: {found:?}");
    }
    for condition in [
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/x*"}}),
        json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringEquals": {"aws:PrincipalTag/admin": "yes"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
    ] {
        let statements = json!([allow(json!("iam:AttachRolePolicy"), json!("*"), condition.clone())]);
        assert_eq!(told(&snapshot(json!({"dev": role(lambda(), statements)}), json!({}))), [""; 0], "{condition}");
    }
}

#[test]
fn whoever_tags_itself_has_the_tag() {
    let own = "arn:aws:iam::111111111111:role/dev";
    let statements = json!([
        allow(json!("iam:*"), json!("*"), json!({"StringEquals": {"aws:PrincipalTag/admin": "yes"}})),
        allow(json!("iam:TagRole"), json!(own), Json::Null),
    ]);
    let found = told(&snapshot(json!({"dev": role(lambda(), statements)}), json!({})));
    assert!(found.iter().any(|line| line.contains("role/dev -> role/dev: iam:PutRolePolicy")), "{found:?}");
}

#[test]
fn trusts_with_an_external_id_a_session_or_the_root_with_an_arn_are_edges() {
    let dev = "arn:aws:iam::111111111111:role/dev";
    for strong in [
        trust(json!({"AWS": dev}), json!({"StringEquals": {"sts:ExternalId": "x"}})),
        trust(json!({"AWS": "arn:aws:sts::111111111111:assumed-role/dev/x"}), Json::Null),
        trust(json!({"AWS": dev}), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
    ] {
        let account = snapshot(json!({"dev": role(lambda(), json!([])), "strong": role(strong.clone(), anything())}), json!({}));
        assert_eq!(told(&account), ["role/dev -> role/strong: sts:AssumeRole"], "{strong}");
    }
    let with_arn = trust(json!({"AWS": "111111111111"}), json!({"ArnEquals": {"aws:PrincipalArn": dev}}));
    let assume = json!([allow(json!("sts:AssumeRole"), json!("*"), Json::Null)]);
    let account = snapshot(
        json!({"dev": role(lambda(), assume.clone()), "other": role(lambda(), assume), "strong": role(with_arn, anything())}),
        json!({}),
    );
    assert_eq!(told(&account), ["role/dev -> role/strong: sts:AssumeRole"]);
}

#[test]
fn the_name_of_a_created_thing_limits_nothing_and_a_task_may_override_its_role() {
    let pass = allow(json!("iam:PassRole"), json!("*"), Json::Null);
    let create = allow(
        json!(["lambda:CreateFunction", "lambda:InvokeFunction"]),
        json!("arn:aws:lambda:*:111111111111:function:app-*"),
        Json::Null,
    );
    let account = snapshot(json!({"strong": role(lambda(), anything())}), json!({"u": user(json!([pass.clone(), create]))}));
    let found = told(&account);
    assert!(found.contains(&"user/u -> user/u: iam:PassRole".to_owned()), "{found:?}");
    let tasks = trust(json!({"Service": "ecs-tasks.amazonaws.com"}), Json::Null);
    let pass = allow(json!("iam:PassRole"), json!("arn:aws:iam::111111111111:role/strong"), Json::Null);
    let run = allow(json!("ecs:RunTask"), json!("*"), Json::Null);
    let account = snapshot(json!({"strong": role(tasks, anything())}), json!({"u": user(json!([pass.clone(), run.clone()]))}));
    assert_eq!(told(&account), ["user/u -> role/strong: iam:PassRole"]);
    // Only PassRole's own resource, its service and the role's trust limit it.
    let account = snapshot(json!({"strong": role(lambda(), anything())}), json!({"u": user(json!([pass, run]))}));
    assert_eq!(told(&account), [""; 0]);
}

#[test]
fn a_role_of_an_identity_pool_is_passed_to_the_pool() {
    let mut pool = trust(
        json!({"Federated": "cognito-identity.amazonaws.com"}),
        json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:x"}}),
    );
    pool["Statement"][0]["Action"] = json!("sts:AssumeRoleWithWebIdentity");
    let pass = allow(
        json!(["iam:PassRole", "cognito-identity:SetIdentityPoolRoles"]),
        json!(["arn:aws:iam::111111111111:role/strong", "arn:aws:cognito-identity:*:111111111111:identitypool/*"]),
        Json::Null,
    );
    let account = snapshot(json!({"strong": role(pool, anything())}), json!({"u": user(json!([pass]))}));
    assert!(told(&account).contains(&"user/u -> role/strong: iam:PassRole".to_owned()), "{:?}", told(&account));
}

#[test]
fn the_last_of_many_names_is_tried() {
    let name = |at: usize| format!("arn:aws:lambda:us-east-1:111111111111:function:a{at:03}");
    let names: Vec<String> = (0..90).map(name).collect();
    let mut deny = allow(json!("lambda:*"), json!(names[..89]), Json::Null);
    deny["Effect"] = json!("Deny");
    let pass = allow(json!("iam:PassRole"), json!("arn:aws:iam::111111111111:role/strong"), Json::Null);
    let create = allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), json!(names), Json::Null);
    let account = snapshot(json!({"strong": role(lambda(), anything())}), json!({"u": user(json!([pass, create, deny]))}));
    assert_eq!(told(&account), ["user/u -> role/strong: iam:PassRole"]);
}

#[test]
fn a_tag_of_the_target_stops_nobody_who_may_write_it() {
    let strong = "arn:aws:iam::111111111111:role/strong";
    let told_with = |tag: &str, condition: Json, tags: Json| {
        let pass = allow(json!("iam:PassRole"), json!(strong), condition);
        let start = allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), json!("*"), Json::Null);
        let write = allow(json!(tag), json!(strong), Json::Null);
        let mut target = role(lambda(), anything());
        target["tags"] = tags;
        told(&snapshot(json!({"strong": target}), json!({"u": user(json!([pass, start, write]))})))
    };
    let equals = json!({"StringEquals": {"iam:ResourceTag/pass": "ok"}});
    let differs = json!({"StringNotEquals": {"iam:ResourceTag/pass": "never"}});
    let found = ["user/u -> role/strong: iam:PassRole"];
    assert_eq!(told_with("iam:TagRole", equals.clone(), json!({})), found);
    assert_eq!(told_with("iam:GetRole", equals.clone(), json!({})), [""; 0]);
    // Taking a tag off gives no value.
    assert_eq!(told_with("iam:UntagRole", equals, json!({})), [""; 0]);
    assert_eq!(told_with("iam:UntagRole", differs, json!({"pass": "never"})), found);
}

#[test]
fn whoever_makes_a_principal_and_writes_its_policies_becomes_it() {
    let own = |actions: Json, resource: &str, condition: Json| {
        let account = snapshot(json!({}), json!({"u": user(json!([allow(actions, json!(resource), condition)]))}));
        told(&account)
    };
    let roles = "arn:aws:iam::111111111111:role/my-*";
    let users = "arn:aws:iam::111111111111:user/my-*";
    let bounded = json!({"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/limit"}});
    assert_eq!(own(json!(["iam:CreateRole", "iam:PutRolePolicy"]), roles, Json::Null), ["user/u -> user/u: iam:CreateRole"]);
    assert_eq!(own(json!(["iam:CreateRole", "iam:PutRolePolicy"]), roles, bounded), [""; 0]);
    assert_eq!(own(json!("iam:CreateRole"), roles, Json::Null), [""; 0]);
    let all = json!(["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]);
    assert_eq!(own(all, users, Json::Null), ["user/u -> user/u: iam:CreateUser"]);
}

#[test]
fn everybody_narrowed_to_an_account_is_that_account() {
    let everybody = |condition: Json| trust(json!({"AWS": "*"}), condition);
    let found = |condition: Json| told(&snapshot(json!({"strong": role(everybody(condition), anything())}), json!({})));
    assert_eq!(
        found(json!({"StringEquals": {"aws:PrincipalAccount": "222222222222"}})),
        ["any principal of account 222222222222 -> role/strong: sts:AssumeRole"]
    );
    assert_eq!(
        found(json!({"StringEquals": {"aws:PrincipalAccount": "111111111111"}})),
        ["any principal of account 111111111111 -> role/strong: sts:AssumeRole"]
    );
    let dev = "arn:aws:iam::111111111111:role/dev";
    assert_eq!(found(json!({"ArnEquals": {"aws:PrincipalArn": dev}})), [format!("`{dev}` -> role/strong: sts:AssumeRole")]);
    let mut but_one = everybody(Json::Null);
    let mut deny = but_one["Statement"][0].clone();
    deny["Effect"] = json!("Deny");
    deny["Condition"] = json!({"StringNotEquals": {"aws:PrincipalAccount": "222222222222"}});
    but_one["Statement"].as_array_mut().unwrap().push(deny);
    assert_eq!(
        told(&snapshot(json!({"strong": role(but_one, anything())}), json!({}))),
        ["any principal of account 222222222222 -> role/strong: sts:AssumeRole"]
    );
}

#[test]
fn a_role_that_puts_users_into_a_strong_group_and_a_role_that_has_all_its_boundary_allows() {
    let join = allow(json!("iam:AddUserToGroup"), json!("arn:aws:iam::111111111111:group/admins"), Json::Null);
    let mut account = snapshot(json!({"dev": role(lambda(), json!([join]))}), json!({}));
    let group = json!({"path": "/", "id": "AGPAAAAAAAAAAAAAAAAAA", "inline_policies": {"own": document(&anything())},
        "attached_policies": []});
    let mut with_group = serde_json::to_value(&account).unwrap();
    with_group["groups"] = json!({"admins": group});
    account = serde_json::from_value(with_group).unwrap();
    assert_eq!(told(&account), ["role/dev -> role/dev: iam:AddUserToGroup"]);
    let mut bounded = role(root(), anything());
    bounded["permissions_boundary"] = json!("arn:aws:iam::aws:policy/ReadOnlyAccess");
    let dev =
        json!([allow(json!(["sts:AssumeRole", "iam:PutRolePolicy"]), json!("arn:aws:iam::111111111111:role/app"), Json::Null)]);
    assert_eq!(told(&snapshot(json!({"app": bounded}), json!({"dev": user(dev)}))), [""; 0]);
}

#[test]
fn nobody_changes_or_passes_a_role_of_aws() {
    let on = |path: &str| {
        json!([allow(
            json!([
                "iam:UpdateAssumeRolePolicy",
                "iam:PutRolePolicy",
                "iam:PassRole",
                "lambda:CreateFunction",
                "lambda:InvokeFunction"
            ]),
            json!([format!("arn:aws:iam::111111111111:role{path}*"), "arn:aws:lambda:*:111111111111:function:*"]),
            Json::Null
        )])
    };
    let reached = |path: &str| {
        let mut strong = role(lambda(), anything());
        strong["path"] = json!(path);
        let found = told(&snapshot(json!({"strong": strong}), json!({"u": user(on(path))})));
        found.iter().any(|line| line.starts_with("user/u -> role/strong"))
    };
    assert!(reached("/service-role/"));
    assert!(!reached("/aws-service-role/lambda.amazonaws.com/"));
    assert!(!reached("/aws-reserved/sso.amazonaws.com/"));
}

#[test]
fn a_boundary_limits_users_too_unless_it_can_be_taken_off() {
    let mut bounded =
        user(json!([allow(json!(["iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]), json!("*"), Json::Null)]));
    bounded["permissions_boundary"] = json!("arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(told(&snapshot(json!({}), json!({"u": bounded}))), [""; 0]);
}

#[test]
fn outsiders_of_a_strong_role_are_named() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let mut github = trust(
        json!({"Federated": provider}),
        json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/app:*"}}),
    );
    github["Statement"][0]["Action"] = json!("sts:AssumeRoleWithWebIdentity");
    let foreign = trust(json!({"AWS": "arn:aws:iam::222222222222:root"}), Json::Null);
    let rewrites = json!([allow(json!("iam:*"), json!("*"), Json::Null)]);
    let account = snapshot(
        json!({"ci": role(github, anything()), "far": role(foreign.clone(), rewrites), "weak": role(foreign, json!([]))}),
        json!({}),
    );
    let found = told(&account);
    let of = |text: &str| found.iter().filter(|line| line.starts_with(text)).count();
    assert_eq!(of("any principal of account 222222222222 -> role/far"), 1, "{found:?}");
    assert_eq!(
        of(
            "users of `oidc-provider/token.actions.githubusercontent.com` with `token.actions.githubusercontent.com:sub` = `repo:acme/app:*` -> role/ci"
        ),
        1,
        "{found:?}"
    );
    assert!(!found.iter().any(|line| line.contains("role/weak")), "{found:?}");
}

#[test]
fn a_key_for_a_user_with_a_like_name_and_a_role_whose_policies_it_writes() {
    let keys = json!([allow(json!("iam:CreateAccessKey"), json!("arn:aws:iam::111111111111:user/*${aws:username}"), Json::Null)]);
    let account = snapshot(json!({}), json!({"al": user(keys), "admin-al": user(anything()), "bo": user(json!([]))}));
    assert_eq!(told(&account), ["user/al -> user/admin-al: iam:CreateAccessKey"]);
    let dev = json!([
        allow(json!("sts:AssumeRole"), json!("arn:aws:iam::111111111111:role/app"), Json::Null),
        allow(json!("iam:PutRolePolicy"), json!("arn:aws:iam::111111111111:role/app"), Json::Null),
    ]);
    let account = snapshot(json!({"app": role(root(), json!([]))}), json!({"dev": user(dev)}));
    assert_eq!(told(&account), ["user/dev -> role/app: iam:PutRolePolicy"]);
}

#[test]
fn whoever_writes_a_user_or_group_and_enters_it_is_as_strong_as_it_likes() {
    let bob = "arn:aws:iam::111111111111:user/bob";
    for (writes, enters) in [("iam:PutUserPolicy", "iam:CreateAccessKey"), ("iam:AttachUserPolicy", "iam:UpdateLoginProfile")] {
        let statements = json!([allow(json!([writes, enters]), json!(bob), Json::Null)]);
        let account = snapshot(json!({"dev": role(lambda(), statements)}), json!({"bob": user(json!([]))}));
        assert_eq!(told(&account), [format!("role/dev -> user/bob: {writes}")], "{enters}");
    }
}

#[test]
fn the_policy_that_a_condition_names_decides_what_attaching_leads_to() {
    let weak = json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    let own = json!({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::111111111111:policy/app-*"}});
    let attach = |condition: &Json| allow(json!("iam:AttachRolePolicy"), json!("*"), condition.clone());
    for condition in [&weak, &own] {
        let found = told(&snapshot(json!({"dev": role(lambda(), json!([attach(condition)]))}), json!({})));
        assert_eq!(found, [""; 0], "{condition}");
    }
    let writes = allow(json!("iam:CreatePolicy"), json!("arn:aws:iam::111111111111:policy/app-*"), Json::Null);
    let found = told(&snapshot(json!({"dev": role(lambda(), json!([attach(&own), writes]))}), json!({})));
    assert!(found.contains(&"role/dev -> role/dev: iam:AttachRolePolicy".to_owned()), "{found:?}");
}

#[test]
fn whoever_writes_a_role_with_a_boundary_gains_what_the_boundary_allows() {
    let app = "arn:aws:iam::111111111111:role/app";
    let of = |more: &str| {
        let statements = json!([allow(json!(["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", more]), json!(app), Json::Null)]);
        let mut bounded = role(lambda(), json!([]));
        bounded["permissions_boundary"] = json!("arn:aws:iam::aws:policy/ReadOnlyAccess");
        let account = snapshot(json!({"dev": role(lambda(), statements), "app": bounded}), json!({}));
        let state = AccountState::of_snapshot(&account);
        escalations(&state, TODAY).into_iter().map(|e| e.power).collect::<Vec<_>>()
    };
    assert_eq!(of("iam:GetRole"), [Power::UpToBoundary]);
    assert_eq!(of("iam:DeleteRolePermissionsBoundary"), [Power::AnyPermission]);
}
