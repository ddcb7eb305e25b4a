//! What a template makes of IAM without a resource of IAM, and properties that have no place in a spec: said, and never guessed.

use serde_json::Value;

use super::super::assembly::{Assembly, On};
use super::eval::{Env, scalar};
use super::{resources, sam};
use crate::names::{Address, Arn, EntityKind, Name};

/// What a resource makes that the template does not show.
pub(super) struct Hidden {
    /// Why it is not known.
    pub reason: String,
    /// What it may be attached to, of the entities that the template declares.
    pub on: Vec<On>,
}

/// What a resource makes of IAM that the template does not show; `None` where it makes nothing.
pub(super) fn reason(env: &Env<'_>, id: &str, resource: &Value) -> Option<Hidden> {
    let everywhere = |reason: String| Some(Hidden { reason, on: On::PRINCIPALS.to_vec() });
    if id.starts_with("Fn::") {
        return mentions_iam(resource)
            .then(|| Hidden { reason: "only CloudFormation knows what it creates".to_owned(), on: On::PRINCIPALS.to_vec() });
    }
    let kind = match resource.get("Type") {
        Some(Value::String(kind)) => kind.as_str(),
        _ => return everywhere("its type is not known".to_owned()),
    };
    let made = sam::made(env, id, kind, resource);
    if !made.is_empty() {
        let list: Vec<String> = made.iter().map(|made| format!("the {} `{}`", made.noun, made.id)).collect();
        let mut on = Vec::new();
        if made.iter().any(|made| made.noun == "policy") {
            on = connected(env, id, resource);
        }
        let it = if list.len() == 1 { "it is" } else { "they are" };
        return Some(Hidden { reason: format!("SAM creates {} for it; {it} not in the specs", list.join(", ")), on });
    }
    let with_references = |reason: &str| Some(Hidden { reason: reason.to_owned(), on: referenced(env, resource) });
    match kind {
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
            with_references("what it creates is in a separate template; import that one too")
        }
        "AWS::CloudFormation::StackSet" => with_references("what it creates in other accounts is not imported"),
        "AWS::SecretsManager::RotationSchedule"
            if resource.get("Properties").is_some_and(|p| p.get("HostedRotationLambda").is_some()) =>
        {
            with_references("the role of its function is in a separate stack, which CloudFormation creates")
        }
        module if module.ends_with("::MODULE") => with_references("what a module makes is worked out by CloudFormation alone"),
        _ => None,
    }
}

/// Whether a part of a template may make something of IAM: its own types, and those that make more than they say.
fn mentions_iam(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            ["AWS::IAM::", "AWS::Serverless::", "AWS::CloudFormation::"].iter().any(|word| text.starts_with(word))
                || text.ends_with("::MODULE")
        }
        Value::Array(items) => items.iter().any(mentions_iam),
        // A type that is itself worked out may be any.
        Value::Object(map) => map.iter().any(|(key, value)| key == "Type" && !value.is_string() || mentions_iam(value)),
        _ => false,
    }
}

/// The principals of the template that a resource names, so that what it makes may be attached to them.
fn referenced(env: &Env<'_>, resource: &Value) -> Vec<On> {
    let mut ids = Vec::new();
    resources::logical_ids(resource, &mut ids);
    ids.iter().filter_map(|id| principal(env, id)).map(On::Entity).collect()
}

fn principal(env: &Env<'_>, id: &str) -> Option<Address> {
    let resource = env.template.get("Resources")?.get(id)?;
    let (kind, key) = resources::kind(resource)?;
    if !matches!(kind, EntityKind::Role | EntityKind::User | EntityKind::Group) {
        return None;
    }
    let (name, _) = env.quietly(|env| resources::name(env, id, resource, key, "Resources")).ok()?;
    Some(Address::new(kind, Name::new(name)))
}

/// The roles at the ends of connectors, to which SAM attaches the policies.
fn connected(env: &Env<'_>, id: &str, resource: &Value) -> Vec<On> {
    let mut ends: Vec<&Value> = vec![resource];
    let inner = resource.get("Connectors").and_then(Value::as_object).into_iter().flatten().map(|(_, connector)| connector);
    for connector in std::iter::once(resource).chain(inner) {
        let Some(properties) = connector.get("Properties") else { continue };
        let destination = properties.get("Destination");
        let many = destination.and_then(Value::as_array).into_iter().flatten();
        for end in properties.get("Source").into_iter().chain(destination).chain(many) {
            let there = end.get("Id").and_then(Value::as_str).and_then(|id| env.template.get("Resources")?.get(id));
            ends.extend(there);
        }
    }
    let mut roles = Vec::new();
    ends.iter().for_each(|end| role_values(end, &mut roles));
    let mut on = Vec::new();
    for value in roles {
        let text = env.quietly(|env| env.value(value, &format!("Resources.{id}"))).ok().flatten().as_ref().and_then(scalar);
        on.push(match text {
            None => On::Any(EntityKind::Role),
            Some(text) => {
                let arn = Arn::parse(&text);
                let named = arn.as_ref().and_then(Arn::iam_resource).map(|(_, _, name)| name.to_owned());
                On::Entity(Address::new(EntityKind::Role, Name::new(named.unwrap_or(text))))
            }
        });
    }
    on.sort();
    on.dedup();
    on
}

/// The values of properties that name a role.
fn role_values<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "Role" | "RoleArn" | "RoleName" => found.push(value),
                    _ => role_values(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| role_values(item, found)),
        _ => {}
    }
}

/// Says which properties have no place in a spec.
pub(super) fn foreign_properties(properties: &Value, kind: &str, place: &str, assembly: &mut Assembly) {
    let Some(known) = known(kind) else { return };
    for key in properties.as_object().into_iter().flat_map(|p| p.keys()) {
        if !known.contains(&key.as_str()) {
            assembly.note(format!("{place}.{key}"), format!("a spec has no place for `{key}` here"));
        }
    }
}

/// The properties of a type that are read or said elsewhere; `None` for types that are said as a whole.
fn known(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind.strip_prefix("AWS::IAM::")? {
        "Role" => &[
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        ],
        "ManagedPolicy" => &["Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Tags", "Users"],
        "Policy" => &["Groups", "PolicyDocument", "PolicyName", "Roles", "Users"],
        "RolePolicy" => &["PolicyDocument", "PolicyName", "RoleName"],
        "UserPolicy" => &["PolicyDocument", "PolicyName", "UserName"],
        "GroupPolicy" => &["PolicyDocument", "PolicyName", "GroupName"],
        "User" => &["Groups", "LoginProfile", "ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags", "UserName"],
        "Group" => &["GroupName", "ManagedPolicyArns", "Path", "Policies"],
        "UserToGroupAddition" => &["GroupName", "Users"],
        "InstanceProfile" => &["InstanceProfileName", "Path", "Roles"],
        "OIDCProvider" => &["ClientIdList", "Tags", "ThumbprintList", "Url"],
        "SAMLProvider" => &["Name", "SamlMetadataDocument", "Tags"],
        "ServiceLinkedRole" => &["AWSServiceName", "CustomSuffix", "Description"],
        _ => return None,
    })
}
