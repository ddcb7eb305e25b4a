//! Pieces of specs, and calls of others, that groups are made of.

use std::collections::BTreeMap;

use iamctl::model::Operation;

/// A trust that EC2 satisfies.
pub const TRUST: &str = "trust: [{service: ec2.amazonaws.com}]";

/// The trust document of others' roles.
pub const TRUST_JSON: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A document of one statement, in YAML's flow form.
pub fn doc(action: &str) -> String {
    format!("{{Version: \"2012-10-17\", Statement: [{}]}}", allow(action))
}

/// An allowing statement.
pub fn allow(action: &str) -> String {
    format!("{{Effect: Allow, Action: \"{action}\", Resource: \"*\"}}")
}

/// The same document as IAM takes it.
pub fn json(action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
}

/// One role with the default trust and further keys.
pub fn role(name: &str, keys: &str) -> String {
    let comma = if keys.is_empty() { "" } else { ", " };
    format!("{name}: {{{TRUST}{comma}{keys}}}")
}

/// A spec of one role.
pub fn one_role(keys: &str) -> String {
    format!("roles: {{{}}}\n", role("r", keys))
}

/// A spec of one policy with one allowed action and further keys.
pub fn one_policy(action: &str, keys: &str) -> String {
    format!("policies: {{{}}}\n", policy("p", action, keys))
}

/// One policy.
pub fn policy(name: &str, action: &str, keys: &str) -> String {
    let comma = if keys.is_empty() { "" } else { ", " };
    format!("{name}: {{document: {}{comma}{keys}}}", doc(action))
}

/// Something that stays while the rest goes: a stack that owns something and declares nothing is refused.
pub fn rest() -> String {
    format!("policies: {{{}}}\n", policy("rest", "s3:GetObject", ""))
}

/// An AWS managed policy's ARN.
pub fn aws(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Others make a role.
pub fn make_role(name: &str, with: &[(&str, &str)]) -> Operation {
    Operation::CreateRole {
        role_name: name.into(),
        path: "/".to_owned(),
        assume_role_policy_document: TRUST_JSON.to_owned(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: tags(with),
    }
}

/// Others make a policy.
pub fn make_policy(name: &str, action: &str, with: &[(&str, &str)]) -> Operation {
    Operation::CreatePolicy {
        policy_name: name.into(),
        path: "/".to_owned(),
        policy_document: json(action),
        description: None,
        tags: tags(with),
    }
}

/// Others make a user.
pub fn make_user(name: &str) -> Operation {
    Operation::CreateUser { user_name: name.into(), path: "/".to_owned(), permissions_boundary: None, tags: BTreeMap::new() }
}

/// Others attach a managed policy to a role.
pub fn attach(role: &str, arn: &str) -> Operation {
    Operation::AttachRolePolicy { role_name: role.into(), policy_arn: arn.to_owned() }
}

/// Others put an inline policy on a role.
pub fn put(role: &str, name: &str, action: &str) -> Operation {
    Operation::PutRolePolicy { role_name: role.into(), policy_name: name.to_owned(), policy_document: json(action) }
}

/// Others tag a role.
pub fn tag_role(role: &str, with: &[(&str, &str)]) -> Operation {
    Operation::TagRole { role_name: role.into(), tags: tags(with) }
}
