//! Policies and requests of bytes: real words, so that patterns, keys and requests meet.

use serde_json::{Map, Value, json};

use super::bytes::Bytes;
use super::naive_eval::Ask;

const KEYS: [&str; 6] = ["aws:PrincipalTag/team", "aws:username", "aws:TagKeys", "k:arn", "k:n", "aws:SourceIp"];

const VALUES: [&str; 26] = [
    "a",
    "A",
    "ab",
    "a*",
    "b*",
    "?",
    "*",
    "",
    "1",
    "1.50",
    "-2",
    "true",
    "FALSE",
    "QQ==",
    "10.0.0.0/8",
    "10.1.2.3",
    "2001:db8::/32",
    "2001:db8::7",
    "arn:aws:s3:::b/a",
    "arn:aws:iam::*:role/*",
    "2030-01-01",
    "2029-12-31T23:00:00-01:00",
    "1893456000",
    "${aws:username}",
    "x${aws:PrincipalTag/team, 'b'}",
    "${*}",
];

const OPERATORS: [&str; 25] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnLike",
    "ArnNotEquals",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
];

const PRINCIPALS: [&str; 9] = [
    "*",
    "111111111111",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:user/p/u",
    "arn:aws:iam::111111111111:role/p/r",
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "222222222222",
    "arn:aws:sts::111111111111:federated-user/f",
    "AROAEXAMPLEEXAMPLE123",
];

/// Who asks.
const CALLERS: [&str; 9] = [
    "arn:aws:iam::111111111111:user/p/u",
    "arn:aws:iam::111111111111:role/p/r",
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "arn:aws:sts::111111111111:assumed-role/r/t",
    "arn:aws:iam::111111111111:root",
    "arn:aws:sts::111111111111:federated-user/f",
    "logs.amazonaws.com",
    "*",
    "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s",
];

fn some(bytes: &mut Bytes<'_>, words: &[&str]) -> Value {
    match bytes.below(4) {
        0 => json!(bytes.pick(words)),
        n => Value::from((0..n).map(|_| bytes.pick(words)).collect::<Vec<_>>()),
    }
}

fn condition(bytes: &mut Bytes<'_>) -> Map<String, Value> {
    let mut condition = Map::new();
    for _ in 0..bytes.below(3) {
        let prefix = bytes.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
        let suffix = bytes.pick(&["", "", "IfExists"]);
        let operator = format!("{prefix}{}{suffix}", bytes.pick(&OPERATORS));
        let keys: Map<String, Value> =
            (0..=bytes.below(2)).map(|_| (bytes.pick(&KEYS).to_owned(), some(bytes, &VALUES))).collect();
        condition.insert(operator, Value::from(keys));
    }
    condition
}

/// A statement; `principals` where it is of a resource's policy.
pub fn statement(bytes: &mut Bytes<'_>, principals: bool) -> Value {
    let mut s = Map::new();
    s.insert("Effect".into(), json!(bytes.pick(&["Allow", "Allow", "Deny"])));
    let actions = ["*", "s3:*", "S3:get*", "s3:GetObject", "s3:?etObject", "iam:*", "s?:*", "ec2:Run*", "kms:Decrypt"];
    s.insert(if bytes.once_in(6) { "NotAction" } else { "Action" }.into(), some(bytes, &actions));
    let resources = [
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/a",
        "arn:aws:s3:::*",
        "arn:*:s3:::b/?",
        "arn:aws:s3",
        "arn:aws:s3:*",
        "arn:aws:*:*:*:*",
        "arn:aws:s3:::${aws:username}",
        "arn:aws:s3:::b/${aws:PrincipalTag/team, 'a'}",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::*:r*",
        "arn:aws:kms:*:*:key/*",
    ];
    s.insert(if bytes.once_in(6) { "NotResource" } else { "Resource" }.into(), some(bytes, &resources));
    if principals {
        let named = match bytes.below(6) {
            0 => json!("*"),
            1 => json!({"Service": "logs.amazonaws.com", "AWS": some(bytes, &PRINCIPALS)}),
            _ => json!({"AWS": some(bytes, &PRINCIPALS)}),
        };
        s.insert(if bytes.once_in(5) { "NotPrincipal" } else { "Principal" }.into(), named);
    }
    let condition = condition(bytes);
    if !condition.is_empty() {
        s.insert("Condition".into(), Value::from(condition));
    }
    Value::from(s)
}

pub fn document(bytes: &mut Bytes<'_>, principals: bool) -> Value {
    let version = if bytes.once_in(5) { "2008-10-17" } else { "2012-10-17" };
    let statements: Vec<Value> = (0..=bytes.below(4)).map(|_| statement(bytes, principals)).collect();
    json!({"Version": version, "Statement": statements})
}

pub fn ask(bytes: &mut Bytes<'_>) -> Ask {
    let texts = [
        "a",
        "A",
        "ab",
        "b",
        "",
        "1",
        "1.5",
        "-2",
        "true",
        "QQ",
        "10.1.2.3",
        "2001:db8::1",
        "arn:aws:s3:::b/a",
        "arn:aws:iam::1:role/x",
        "2030-01-01T00:00:00Z",
        "1893456001",
        "*",
        "${aws:username}",
    ];
    let mut context = Map::new();
    for key in KEYS {
        match bytes.below(4) {
            0 => {}
            1 => drop(context.insert(key.to_lowercase(), (0..bytes.below(3)).map(|_| bytes.pick(&texts)).collect())),
            _ => drop(context.insert(key.to_lowercase(), json!(bytes.pick(&texts)))),
        }
    }
    let actions = ["s3:GetObject", "S3:GETOBJECT", "iam:GetRole", "ec2:RunInstances", "kms:Decrypt", "x:Y"];
    let resources = [
        "*",
        "arn:aws:s3:::b/a",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::a",
        "arn:aws:iam::111111111111:role/x",
        "arn:aws:kms:r:111111111111:key/k",
        "arn:aws-cn:s3:::b/a",
    ];
    Ask {
        principal: bytes.pick(&CALLERS).to_owned(),
        action: bytes.pick(&actions).to_owned(),
        resource: bytes.pick(&resources).to_owned(),
        resource_account: bytes.pick(&["111111111111", "111111111111", "222222222222"]).to_owned(),
        context,
    }
}
