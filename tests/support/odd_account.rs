//! Accounts as hands make them: odd names, odd spellings, things that no spec can say.

use serde_json::{Map, Value, json};

const ID: &str = "111111111111";

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn empty() -> Value {
    json!({
        "format_version": 1, "account": {"id": ID, "partition": "aws"}, "serial": 5,
        "roles": {}, "policies": {}, "users": {}, "groups": {}, "instance_profiles": {}, "oidc_providers": {}, "saml_providers": {}
    })
}

fn role(trust: Value) -> Value {
    json!({
        "path": "/", "id": "AROA0000000000000000", "trust": trust, "description": null, "max_session_duration": 3600,
        "permissions_boundary": null, "tags": {}, "inline_policies": {}, "attached_policies": [], "last_used": null
    })
}

fn policy(document: Value) -> Value {
    json!({
        "path": "/", "id": "ANPA0000000000000000", "description": null, "tags": {}, "default_version": "v1",
        "versions": {"v1": {"document": document}}
    })
}

fn service(name: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"}]})
}

/// A few entities, one of each case.
pub fn small() -> Value {
    let mut account = empty();
    let with = |mut entity: Value, fields: Value| {
        entity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        entity
    };
    let arn = |rest: &str| format!("arn:aws:iam::{ID}:{rest}");
    let app_trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"aws:SourceAccount": ID}}},
        {"Effect": "Allow", "Principal": {"AWS": arn("role/caller")}, "Action": "sts:AssumeRole",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    ]});
    let roles = [
        (
            "app",
            with(
                role(app_trust),
                json!({"path": "/team/", "description": "Runs the app:\nday and night", "max_session_duration": 5400,
            "tags": {"on": "yes", "team": "0042"},
            "attached_policies": [arn("policy/app-only"), arn("policy/shared"), "arn:aws:iam::aws:policy/ReadOnlyAccess"]}),
            ),
        ),
        ("caller", with(role(service("lambda.amazonaws.com")), json!({"attached_policies": [arn("policy/shared")]}))),
        (
            "AWSServiceRoleForSupport",
            with(role(service("support.amazonaws.com")), json!({"path": "/aws-service-role/support.amazonaws.com/"})),
        ),
        (
            "AWSReservedSSO_Admin_0123456789abcdef",
            with(role(service("sso.amazonaws.com")), json!({"path": "/aws-reserved/sso.amazonaws.com/"})),
        ),
        ("OrganizationAccountAccessRole", role(service("organizations.amazonaws.com"))),
        ("others", with(role(service("ec2.amazonaws.com")), json!({"tags": {"iamctl:stack": "other"}}))),
        ("stacked", with(role(service("ec2.amazonaws.com")), json!({"tags": {"aws:cloudformation:stack-name": "web"}}))),
        (
            "dangling",
            role(json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "AROAQ3EGRIG2EXAMPLE12"}, "Action": "sts:AssumeRole"}]})),
        ),
    ];
    account["roles"] = roles.into_iter().map(|(n, r)| (n.to_owned(), r)).collect::<Map<_, _>>().into();
    let read = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::b-{ID}/${{aws:username}}/*")}});
    account["policies"] = json!({
        "app-only": with(policy(read.clone()), json!({"description": "Reads the bucket"})),
        "shared": policy(read)
    });
    let profile =
        |path: &str, role: Value, tags: Value| json!({"path": path, "id": "AIPA0000000000000000", "role": role, "tags": tags});
    let tags = json!({"on": "yes", "team": "0042"});
    account["instance_profiles"] = json!({
        "app": profile("/team/", json!("app"), tags.clone()),
        "second": profile("/team/", json!("app"), tags),
        "empty": profile("/", Value::Null, json!({}))
    });
    account
}

const NAMES: &[&str] =
    &["app", "null", "yes", "CON", "123", "1e3", "0x1F", "a+b", "a=b,c", "user@host", "_x_", "templates", "2024-01-01"];
const PATHS: &[&str] = &["/", "/", "/", "/team/", "/team/ml/", "/templates/", "/012/", "/a.b/c=d/"];
const TEXTS: &[&str] = &[
    "",
    "plain words",
    "true",
    "012345678901",
    "two\nlines",
    "two\n lines: and # more\n",
    " leading",
    "trailing ",
    "caf\u{e9} \u{a3}5",
    "a: b",
    "# c",
    "tab\there",
    "\"quoted\"",
    "it's",
    "${account_id}",
    "$${x}",
    "{json}",
    "- list",
    "2012-10-17",
    "12:30:45",
    "\\n",
];

fn one_or_list(dice: &mut Dice, values: &[&str]) -> Value {
    match dice.below(3) {
        0 => json!(dice.pick(values)),
        1 => json!([dice.pick(values)]),
        _ => {
            let first = dice.below(values.len());
            json!([values[first], values[(first + 1) % values.len()]])
        }
    }
}

fn condition(dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 => json!({"StringEquals": {"aws:SourceAccount": ID}}),
        1 => json!({"Bool": {"aws:SecureTransport": true}}),
        2 => json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
        3 => json!({"StringLike": {"s3:prefix": ["home/${aws:username}/*", "", "on"]}}),
        4 => json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        _ => json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "yes"]}}),
    }
}

fn identity(dice: &mut Dice) -> Value {
    let statement = |dice: &mut Dice, n: usize| {
        let mut s = Map::new();
        if dice.chance(40) {
            s.insert("Sid".into(), json!(format!("Sid{n}")));
        }
        let resource = one_or_list(
            dice,
            &[
                "*",
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::logs-111111111111-x/*",
                "arn:aws:s3:::b/${aws:username}/${*}",
                "arn:aws:sns:us-east-1:111111111111:t",
            ],
        );
        s.insert(if dice.chance(15) { "NotResource" } else { "Resource" }.into(), resource);
        s.insert("Effect".into(), json!(if dice.chance(20) { "Deny" } else { "Allow" }));
        let action = one_or_list(dice, &["s3:GetObject", "S3:getobject", "iam:*", "ec2:Describe*", "*", "sqs:Send?essage"]);
        s.insert(if dice.chance(10) { "NotAction" } else { "Action" }.into(), action);
        if dice.chance(40) {
            s.insert("Condition".into(), condition(dice));
        }
        Value::Object(s)
    };
    let count = 1 + dice.below(3);
    let mut list: Vec<Value> = (0..count).map(|n| statement(dice, n)).collect();
    let statements = if count == 1 && dice.chance(40) { list.remove(0) } else { Value::Array(list) };
    if dice.chance(50) {
        json!({"Version": "2012-10-17", "Statement": statements})
    } else {
        json!({"Statement": statements, "Version": "2012-10-17"})
    }
}

fn trust(dice: &mut Dice, roles: &[String]) -> Value {
    let oidc = |sub: Value, operator: &str| {
        json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::{ID}:oidc-provider/token.actions.githubusercontent.com")},
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, operator: {"token.actions.githubusercontent.com:sub": sub}}})
    };
    let statement = match dice.below(14) {
        0 => json!({"Effect": "Allow", "Principal": {"AWS": ID}, "Action": "sts:AssumeRole"}),
        1 => {
            json!({"Effect": "Allow", "Principal": {"AWS": ["222222222222", format!("arn:aws:iam::{ID}:root")]}, "Action": ["sts:AssumeRole"]})
        }
        2 => {
            json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})
        }
        3 => oidc(json!("repo:acme/app:*"), "StringLike"),
        4 => oidc(json!(["repo:acme/app:environment:prod", "repo:acme/app:environment:on"]), "ForAnyValue:StringLike"),
        5 => oidc(json!("repo:acme/app:ref:refs/heads/main"), "StringLike"),
        6 => {
            json!({"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{ID}:saml-provider/Corp")}, "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}})
        }
        7 => {
            json!({"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"], "AWS": "222222222222"}, "Action": ["sts:AssumeRole", "sts:TagSession"]})
        }
        8 => {
            json!({"Sid": "", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:assumerole", "Condition": {}})
        }
        9 => json!({"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x-1"}, "Bool": {"aws:MultiFactorAuthPresent": true}}}),
        10 => json!({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:SourceArn": format!("arn:aws:sns:*:{ID}:t")}, "StringLike": {"aws:SourceAccount": ID}}}),
        11 if !roles.is_empty() => json!({"Effect": "Allow", "Principal": {"AWS": dice.pick(roles)}, "Action": "sts:AssumeRole"}),
        12 => json!({"Effect": "Allow", "Principal": {"AWS": "AROAQ3EGRIG2EXAMPLE12"}, "Action": "sts:AssumeRole"}),
        _ => json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}),
    };
    let version = if dice.chance(15) { "2008-10-17" } else { "2012-10-17" };
    match dice.below(3) {
        0 => json!({"Version": version, "Statement": statement}),
        1 => json!({"Statement": [statement], "Version": version}),
        _ => json!({"Version": version, "Id": "old", "Statement": [statement]}),
    }
}

fn tags(dice: &mut Dice) -> Value {
    let all = [
        ("team", "ml"),
        ("Team Two", "a b"),
        ("on", "off"),
        ("0042", "012345678901"),
        ("k:e/y", "x=y+z"),
        ("empty", ""),
        ("yes", "2024-01-01"),
    ];
    let mut map = Map::new();
    for (key, value) in all {
        if dice.chance(20) {
            map.insert(key.into(), json!(value));
        }
    }
    if dice.chance(5) {
        map.insert("aws:cloudformation:stack-name".into(), json!("web"));
    }
    if dice.chance(5) {
        map.insert("iamctl:stack".into(), json!(if dice.chance(50) { "other" } else { "team" }));
    }
    Value::Object(map)
}

/// A seeded account of about `count` entities.
pub fn make(seed: u64, count: usize) -> Value {
    let dice = &mut Dice(seed);
    let mut account = empty();
    let arn = |kind: &str, path: &str, name: &str| format!("arn:aws:iam::{ID}:{kind}{path}{name}");
    let name = |dice: &mut Dice, n: usize| format!("{}-{n}", dice.pick(NAMES));
    let mut policies = Map::new();
    let mut arns = vec![
        "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(),
        "arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole".to_owned(),
    ];
    for n in 0..count / 4 {
        let (name, path) = (if n == 3 { "none".to_owned() } else { name(dice, n) }, *dice.pick(PATHS));
        let mut entity = policy(identity(dice));
        entity["path"] = json!(path);
        entity["tags"] = tags(dice);
        let description = *dice.pick(TEXTS);
        entity["description"] = if description.is_empty() { Value::Null } else { json!(description) };
        arns.push(arn("policy", path, &name));
        policies.insert(name, entity);
    }
    let (mut roles, mut profiles, mut role_arns) = (Map::new(), Map::new(), Vec::new());
    for n in 0..count / 2 {
        let (name, path) = (name(dice, n), *dice.pick(PATHS));
        let mut entity = role(trust(dice, &role_arns));
        entity["path"] = json!(path);
        entity["tags"] = tags(dice);
        let description = *dice.pick(TEXTS);
        entity["description"] = if description.is_empty() { Value::Null } else { json!(description) };
        entity["max_session_duration"] = json!(*dice.pick(&[3600, 3600, 7200, 5400, 43200, 3601]));
        entity["attached_policies"] = attached(dice, &arns);
        entity["inline_policies"] = inline(dice);
        entity["permissions_boundary"] = if dice.chance(10) { json!(dice.pick(&arns)) } else { Value::Null };
        if dice.chance(25) {
            let same = dice.chance(70);
            let tags = if dice.chance(80) { entity["tags"].clone() } else { json!({}) };
            let path = if dice.chance(90) { path } else { "/other/" };
            let profile = json!({"path": path, "id": "AIPA0000000000000000", "role": name, "tags": tags});
            profiles.insert(if same { name.clone() } else { format!("profile-{n}") }, profile);
        }
        role_arns.push(arn("role", path, &name));
        roles.insert(name, entity);
    }
    let mut groups = Map::new();
    for n in 0..count / 16 {
        groups.insert(
            name(dice, n),
            json!({"path": dice.pick(PATHS), "id": "AGPA0000000000000000", "inline_policies": inline(dice), "attached_policies": attached(dice, &arns)}),
        );
    }
    let group_names: Vec<String> = groups.keys().cloned().collect();
    let mut users = Map::new();
    for n in 0..count / 5 {
        let member: Vec<&String> = group_names.iter().filter(|_| dice.chance(4)).collect();
        users.insert(
            name(dice, n),
            json!({"path": dice.pick(PATHS), "id": "AIDA0000000000000000", "permissions_boundary": if dice.chance(10) { json!(dice.pick(&arns)) } else { Value::Null },
                "tags": tags(dice), "inline_policies": inline(dice), "attached_policies": attached(dice, &arns), "groups": member}),
        );
    }
    account["policies"] = policies.into();
    account["roles"] = roles.into();
    account["instance_profiles"] = profiles.into();
    account["groups"] = groups.into();
    account["users"] = users.into();
    account["oidc_providers"] = json!({"token.actions.githubusercontent.com": {"client_ids": ["sts.amazonaws.com"], "thumbprints": ["0123456789012345678901234567890123456789"], "tags": {"on": "yes"}}});
    let metadata =
        format!("<?xml version=\"1.0\"?>\n<EntityDescriptor entityID=\"x\">{}</EntityDescriptor>\n", "<a/>".repeat(300));
    account["saml_providers"] = json!({"Corp": {"metadata": metadata, "tags": {}}});
    account
}

fn attached(dice: &mut Dice, arns: &[String]) -> Value {
    let mut list: Vec<&String> = (0..dice.below(4)).map(|_| dice.pick(arns)).collect();
    list.sort();
    list.dedup();
    json!(list)
}

fn inline(dice: &mut Dice) -> Value {
    let mut map = Map::new();
    for _ in 0..dice.below(3) {
        map.insert((*dice.pick(&["Read", "yes", "0042", "a+b=c"])).to_owned(), identity(dice));
    }
    Value::Object(map)
}
