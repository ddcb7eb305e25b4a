use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "111111111111";

fn allow(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn trust(principal: Value) -> Value {
    allow(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
}

fn role(trust: &Value, inline: &Value) -> Value {
    json!({"path": "/", "id": "AROA", "trust": trust, "inline_policies": inline, "attached_policies": [],
        "permissions_boundary": null, "tags": {}})
}

fn user(inline: &Value) -> Value {
    json!({"path": "/", "id": "AIDA", "inline_policies": inline, "attached_policies": [], "permissions_boundary": null, "groups": []})
}

fn account(parts: Value) -> Snapshot {
    let mut all = json!({"format_version": 1, "account": {"id": ACCOUNT, "partition": "aws"}});
    for (key, value) in parts.as_object().unwrap() {
        all[key] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn may_assume(resource: &str) -> Value {
    json!({"assume": allow(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}))})
}

/// `from > to`, with `?` where it is conditional and the mark's first letter where there is one.
fn told(graph: &Graph) -> Vec<String> {
    let word = |edge: &Edge| {
        let kind = match edge.kind {
            EdgeKind::Assumes => ">",
            EdgeKind::Attached => "holds",
            EdgeKind::Bounds => "within",
            EdgeKind::MemberOf => "in",
        };
        let mark = match edge.mark {
            Mark::Unchanged => "",
            Mark::Added => " +",
            Mark::Removed => " -",
            Mark::Changed => " ~",
        };
        format!("{} {kind}{} {}{mark}", edge.from, if edge.conditional { "?" } else { "" }, edge.to)
    };
    graph.edges.iter().map(word).collect()
}

#[test]
fn whoever_a_trust_names_is_joined_to_the_role() {
    let github = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let trusts = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Federated": github}, "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a/b:*"}}},
        {"Effect": "Allow", "Principal": {"AWS": ["222222222222", "arn:aws:iam::333333333333:role/x", "*", "AROA1234567890123456A"]}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": "1"}}},
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:TagSession"},
        {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::333333333333:role/x"}, "Action": "sts:*"}]});
    let graph = of(&account(json!({"roles": {"app": role(&trusts, &json!({}))}})), None);
    assert_eq!(
        told(&graph),
        [
            "* >? role/app",
            "222222222222 >? role/app",
            "ec2.amazonaws.com > role/app",
            "oidc-provider/token.actions.githubusercontent.com >? role/app"
        ]
    );
    assert!(graph.unknown.is_empty(), "{:?}", graph.unknown);
}

#[test]
fn a_principal_that_is_named_needs_no_policy_and_is_stopped_by_its_own_deny() {
    let named = trust(
        json!({"AWS": [format!("arn:aws:iam::{ACCOUNT}:user/a"), format!("arn:aws:iam::{ACCOUNT}:user/b"), format!("arn:aws:iam::{ACCOUNT}:user/gone")]}),
    );
    let deny = json!({"no": allow(json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}))});
    let graph = of(
        &account(
            json!({"roles": {"app": role(&named, &json!({}))}, "users": {"a": user(&json!({})), "b": user(&deny), "c": user(&json!({}))}}),
        ),
        None,
    );
    assert_eq!(told(&graph), ["user/a > role/app", "user/gone > role/app"]);
    let gone = graph.nodes.iter().find(|n| n.id == "user/gone").unwrap();
    assert_eq!(gone.kind, NodeKind::ExternalPrincipal);
}

#[test]
fn where_the_account_is_trusted_the_principals_own_policies_decide() {
    let whole = trust(json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}));
    let mfa = allow(json!({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}));
    let graph = of(
        &account(json!({
            "roles": {"one": role(&whole, &json!({})), "two": role(&mfa, &may_assume("*"))},
            "users": {
                "all": user(&may_assume("*")),
                "one": user(&may_assume(&format!("arn:aws:iam::{ACCOUNT}:role/one"))),
                "two": user(&may_assume(&format!("arn:aws:iam::{ACCOUNT}:role/tw*"))),
                "none": user(&json!({})),
            },
        })),
        None,
    );
    assert_eq!(
        told(&graph),
        [
            "111111111111 > role/one",
            "111111111111 >? role/two",
            "role/two > 111111111111",
            "user/all > 111111111111",
            "user/one > role/one",
            "user/two >? role/two",
        ]
    );
}

#[test]
fn what_is_attached_and_what_bounds_is_joined() {
    let mut held = user(&json!({}));
    held["attached_policies"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess", format!("arn:aws:iam::{ACCOUNT}:policy/own")]);
    held["permissions_boundary"] = json!("arn:aws:iam::222222222222:policy/theirs");
    held["groups"] = json!(["team"]);
    let document = allow(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let graph = of(
        &account(json!({
            "users": {"a": held},
            "groups": {"team": {"path": "/", "id": "AGPA", "inline_policies": {}, "attached_policies": []}},
            "policies": {"own": {"path": "/", "id": "ANPA", "default_version": "v1", "versions": {"v1": {"document": document}}}},
        })),
        None,
    );
    assert_eq!(
        told(&graph),
        [
            "user/a within arn:aws:iam::222222222222:policy/theirs",
            "user/a holds aws/ReadOnlyAccess",
            "user/a in group/team",
            "user/a holds policy/own",
        ]
    );
}

#[test]
fn what_changes_is_marked() {
    let service = |name: &str, condition: Value| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        allow(statement)
    };
    let source = |id: &str| json!({"StringEquals": {"aws:SourceAccount": id}});
    let before = account(json!({"roles": {
        "same": role(&service("ec2.amazonaws.com", Value::Null), &json!({})),
        "tight": role(&service("ec2.amazonaws.com", source("1")), &json!({})),
        "gone": role(&service("ec2.amazonaws.com", Value::Null), &json!({})),
    }}));
    let mut after = account(json!({"roles": {
        "same": role(&json!({"Version": "2012-10-17", "Statement": service("ec2.amazonaws.com", Value::Null)["Statement"][0]}), &json!({})),
        "tight": role(&service("ec2.amazonaws.com", source("2")), &json!({})),
        "new": role(&service("lambda.amazonaws.com", Value::Null), &json!({})),
    }}));
    after.roles.values_mut().for_each(|role| role.id = "AROAOTHER".to_owned());
    let graph = of(&after, Some(&before));
    assert_eq!(
        told(&graph),
        [
            "ec2.amazonaws.com > role/gone -",
            "ec2.amazonaws.com > role/same",
            "ec2.amazonaws.com >? role/tight ~",
            "lambda.amazonaws.com > role/new +"
        ]
    );
    let marks: Vec<_> = graph.nodes.iter().map(|n| (n.id.as_str(), n.mark)).collect();
    assert_eq!(
        marks,
        [
            ("ec2.amazonaws.com", Mark::Unchanged),
            ("lambda.amazonaws.com", Mark::Added),
            ("role/gone", Mark::Removed),
            ("role/new", Mark::Added),
            ("role/same", Mark::Unchanged),
            ("role/tight", Mark::Changed)
        ]
    );
    let changed = part(&graph, &Part::Changed).unwrap();
    assert!(!changed.nodes.iter().any(|n| n.id == "role/same"), "{changed:?}");
    let around = part(&graph, &Part::Around("role/new".to_owned())).unwrap();
    assert_eq!(told(&around), ["lambda.amazonaws.com > role/new +"]);
    assert_eq!(part(&graph, &Part::Around("role/nobody".to_owned())), None);
}

#[test]
fn what_was_not_read_is_said_and_never_a_certain_edge() {
    let whole = trust(json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/a")}));
    let mut unread = role(&whole, &json!({}));
    unread.as_object_mut().unwrap().remove("trust");
    let mut bare = user(&json!({}));
    bare.as_object_mut().unwrap().remove("permissions_boundary");
    let graph = of(
        &account(
            json!({"roles": {"app": role(&whole, &json!({})), "dark": unread}, "users": {"a": bare}, "unlisted": ["policy"]}),
        ),
        None,
    );
    assert_eq!(told(&graph), ["user/a >? role/app"]);
    assert_eq!(
        graph.unknown,
        [
            "not all policies of the account were read",
            "the permissions boundary of `user/a` was not read",
            "the trust policy of `role/dark` was not read",
            "what `user/a` may assume depends on the permissions boundary of `user/a`, which is not known",
        ]
    );
}

#[test]
fn a_thousand_roles_are_drawn_at_once() {
    let mut roles = serde_json::Map::new();
    for n in 0..1000 {
        let who = match n % 4 {
            0 => json!({"Service": "lambda.amazonaws.com"}),
            1 => json!({"AWS": ACCOUNT}),
            2 => json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/r{}", n - 1)}),
            _ => json!({"AWS": "222222222222"}),
        };
        let inline = match n % 3 {
            0 => may_assume(&format!("arn:aws:iam::{ACCOUNT}:role/r{}", (n + 1) % 1000)),
            1 => json!({"read": allow(json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}))}),
            _ => json!({}),
        };
        let mut one = role(&trust(who), &inline);
        if n % 50 == 0 {
            one["attached_policies"] = json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
        }
        roles.insert(format!("r{n}"), one);
    }
    let snapshot = account(json!({"roles": roles}));
    let graph = of(&snapshot, Some(&snapshot));
    assert!(graph.edges.len() > 1000 && graph.edges.iter().all(|e| e.mark == Mark::Unchanged));
}
