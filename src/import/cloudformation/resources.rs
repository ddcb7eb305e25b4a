//! Names, `Ref` and `Fn::GetAtt` of resources.

use serde_json::{Value, json};

use super::eval::{Env, NotKnown, scalar};
use super::others::{self, Named};
use crate::names::{EntityKind, entity_arn};

/// A kind of resource that iamctl knows.
pub(super) fn kind(resource: &Value) -> Option<(EntityKind, &'static str)> {
    Some(match resource.get("Type")?.as_str()? {
        "AWS::IAM::Role" => (EntityKind::Role, "RoleName"),
        "AWS::IAM::ManagedPolicy" => (EntityKind::Policy, "ManagedPolicyName"),
        "AWS::IAM::User" => (EntityKind::User, "UserName"),
        "AWS::IAM::Group" => (EntityKind::Group, "GroupName"),
        "AWS::IAM::InstanceProfile" => (EntityKind::InstanceProfile, "InstanceProfileName"),
        "AWS::IAM::SAMLProvider" => (EntityKind::SamlProvider, "Name"),
        _ => return None,
    })
}

/// A property of a resource, evaluated; an absent one is `None`.
fn property(env: &Env<'_>, id: &str, resource: &Value, key: &str, place: &str, depth: usize) -> Result<Option<String>, NotKnown> {
    let Some(value) = resource.get("Properties").and_then(|p| p.get(key)) else { return Ok(None) };
    // What depends on itself would never end.
    let guard = format!("{id}.{key}");
    if depth > 48 || !env.enter(&guard) {
        return env.fail(place, format!("`{key}` of `{id}` depends on itself"));
    }
    let value = env.value(value, &format!("Resources.{id}.Properties.{key}"));
    env.leave(&guard);
    match value?.as_ref().map(scalar) {
        None => Ok(None),
        Some(Some(text)) => Ok(Some(text)),
        Some(None) => env.fail(place, format!("`{key}` of `{id}` is not text")),
    }
}

/// The name that a resource has in IAM; where CloudFormation makes one up, the logical id stands for it (the flag).
pub(super) fn name(env: &Env<'_>, id: &str, resource: &Value, key: &str, place: &str) -> Result<(String, bool), NotKnown> {
    if let Some(physical) = physical(env, id, resource) {
        return Ok((last(physical, '/').to_owned(), false));
    }
    let found = property(env, id, resource, key, place, 0);
    Ok(found?.map_or_else(|| (id.to_owned(), true), |name| (name, false)))
}

/// What the stack calls a resource.
fn physical<'e>(env: &'e Env<'_>, id: &str, resource: &Value) -> Option<&'e str> {
    env.stack.physical(id, resource.get("Type")?.as_str()?)
}

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}

fn resource<'t>(env: &Env<'t>, id: &str) -> Option<&'t Value> {
    env.template.get("Resources").and_then(|r| r.get(id))
}

fn arn(
    env: &Env<'_>,
    id: &str,
    resource: &Value,
    kind: EntityKind,
    key: &str,
    place: &str,
    depth: usize,
) -> Result<String, NotKnown> {
    let (name, _) = name(env, id, resource, key, place)?;
    let path = property(env, id, resource, "Path", place, depth)?.unwrap_or_else(|| "/".to_owned());
    Ok(entity_arn(&env.account.partition, &env.account.id, kind, &path, &name))
}

/// The name that a resource of another service has in the template, and what follows from it.
fn other(env: &Env<'_>, id: &str, resource: &Value, place: &str, depth: usize) -> Result<Option<(Named, String)>, NotKnown> {
    let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
    let Some(named) = others::named(kind) else { return Ok(None) };
    if let Some(physical) = physical(env, id, resource) {
        // A topic is known by its ARN, a queue by its address.
        let name = if physical.starts_with("arn:") { last(physical, ':') } else { last(physical, '/') };
        let name = if physical.starts_with("arn:") || kind == "AWS::SQS::Queue" { name } else { physical };
        return Ok(Some((named, name.to_owned())));
    }
    Ok(property(env, id, resource, named.property, place, depth)?.map(|name| (named, name)))
}

fn oidc_arn(env: &Env<'_>, id: &str, resource: &Value, place: &str, depth: usize) -> Result<Option<String>, NotKnown> {
    if resource.get("Type").and_then(Value::as_str) != Some("AWS::IAM::OIDCProvider") {
        return Ok(None);
    }
    let url = property(env, id, resource, "Url", place, depth)?;
    let host = url.as_deref().map(|u| u.strip_prefix("https://").unwrap_or(u));
    Ok(host.map(|host| entity_arn(&env.account.partition, &env.account.id, EntityKind::OidcProvider, "/", host)))
}

/// `Ref` of a resource.
pub(super) fn reference(env: &Env<'_>, id: &str, place: &str, depth: usize) -> Result<Value, NotKnown> {
    let Some(resource) = resource(env, id) else {
        return env.fail(place, format!("the template has no parameter or resource `{id}`"));
    };
    match kind(resource) {
        Some((kind @ (EntityKind::Policy | EntityKind::SamlProvider), key)) => {
            arn(env, id, resource, kind, key, place, depth).map(Value::from)
        }
        Some((_, key)) => name(env, id, resource, key, place).map(|(name, _)| json!(name)),
        None => {
            let known = match oidc_arn(env, id, resource, place, depth)? {
                Some(arn) => Some(arn),
                None => other(env, id, resource, place, depth)?.and_then(|(named, name)| named.reference(env, &name)),
            };
            let known = known.or_else(|| physical(env, id, resource).map(str::to_owned));
            known.map_or_else(|| env.fail(place, unknown(id, "", resource)), |text| Ok(json!(text)))
        }
    }
}

/// `Fn::GetAtt` of a resource.
pub(super) fn attribute(env: &Env<'_>, id: &str, attribute: &str, place: &str, depth: usize) -> Result<Value, NotKnown> {
    let Some(resource) = resource(env, id) else {
        return env.fail(place, format!("the template has no resource `{id}`"));
    };
    match (kind(resource), attribute) {
        (Some((EntityKind::Policy, key)), "PolicyArn") => {
            arn(env, id, resource, EntityKind::Policy, key, place, depth).map(Value::from)
        }
        (Some((kind, key)), "Arn") if kind != EntityKind::Policy => {
            arn(env, id, resource, kind, key, place, depth).map(Value::from)
        }
        (None, "Arn" | "TopicArn") => {
            let known = match oidc_arn(env, id, resource, place, depth)? {
                Some(arn) => Some(arn),
                None => other(env, id, resource, place, depth)?.map(|(named, name)| named.arn(env, &name)),
            };
            known.map_or_else(|| env.fail(place, unknown(id, &format!(".{attribute}"), resource)), |text| Ok(json!(text)))
        }
        _ => env.fail(place, unknown(id, &format!(".{attribute}"), resource)),
    }
}

fn unknown(id: &str, attribute: &str, resource: &Value) -> String {
    let kind = resource.get("Type").and_then(Value::as_str).unwrap_or("a resource without a type");
    format!("`{id}{attribute}` ({kind}) is known to CloudFormation alone")
}

/// The logical ids that a part of a template refers to.
pub(super) fn logical_ids(value: &Value, found: &mut Vec<String>) {
    let first = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    match value {
        Value::Array(items) => items.iter().for_each(|item| logical_ids(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("Ref" | "Fn::GetAtt", Value::String(text)) => found.push(first(text)),
                    ("Fn::GetAtt", Value::Array(parts)) => found.extend(parts.first().and_then(Value::as_str).map(first)),
                    ("Fn::Sub", _) => {
                        let text = value.as_str().or_else(|| value.get(0)?.as_str()).unwrap_or_default();
                        let variables = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
                        found.extend(variables.map(|(name, _)| first(name.trim())));
                    }
                    _ => {}
                }
                logical_ids(value, found);
            }
        }
        _ => {}
    }
}

/// Whether every item of a list that is not known is a `Ref` to an entity of this kind that the template itself declares.
pub(super) fn all_of_template(env: &Env<'_>, list: &Value, kind: EntityKind) -> bool {
    let declared = |item: &Value| {
        let id = item.get("Ref").and_then(Value::as_str);
        id.and_then(|id| resource(env, id)).and_then(self::kind).is_some_and(|(found, _)| found == kind)
    };
    let items = match list {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items.iter().all(|item| declared(item) || env.quietly(|env| env.value(item, "Resources")).is_ok())
}
