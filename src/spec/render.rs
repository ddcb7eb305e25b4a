//! The specs of one account written out: no templates, parts, fragments and variables, and with the project's defaults in place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::expand::is_here;
use super::resolve::{DocumentKey, DocumentPart, Resolved};
use super::text::Pos;
use super::yaml::{At, Decoder, Items, Kind, Node};
use crate::model::{Desired, PolicyRef, Tags, Want};
use crate::names::{Address, EntityKind, Name};

/// The sections whose members have names.
const NAMED: [(&str, EntityKind); 6] = [
    ("policies", EntityKind::Policy),
    ("roles", EntityKind::Role),
    ("users", EntityKind::User),
    ("groups", EntityKind::Group),
    ("oidc_providers", EntityKind::OidcProvider),
    ("saml_providers", EntityKind::SamlProvider),
];
/// The sections that are lists.
const LISTS: [&str; 3] = ["service_linked_roles", "release", "tests"];

/// One spec that says all that the specs say for an account: members in the order of their names, each as its author wrote it. It plans to what the
/// specs plan to. Texts are literal: what looks like a variable is not one.
pub fn render(resolved: &Resolved, account: &str) -> Value {
    let mut out = Map::from_iter([("version".to_owned(), json!(1))]);
    for (section, kind) in NAMED {
        let mut members: BTreeMap<String, (String, Value)> = BTreeMap::new();
        let entries = resolved.plain.iter().filter_map(|document| document.get(section)).flat_map(Node::entries);
        for (key, node) in entries {
            let written = key.as_str().unwrap_or_default();
            let name = match kind {
                EntityKind::OidcProvider => written.strip_prefix("https://").unwrap_or(written),
                _ => written,
            };
            if holds(node, account) {
                members.insert(name.to_lowercase(), (name.to_owned(), member(resolved, kind, name, node)));
            }
        }
        if !members.is_empty() {
            out.insert(section.to_owned(), Value::Object(members.into_values().collect()));
        }
    }
    let tests: BTreeSet<Pos> = resolved.tests.iter().map(|test| test.at).collect();
    for section in LISTS {
        let items = resolved.plain.iter().filter_map(|document| document.get(section)).flat_map(Node::items);
        let kept = items.filter(|item| section != "tests" || tests.contains(&item.at));
        let values: Vec<Value> = kept
            .map(|item| {
                let mut value = item.to_json();
                if let Some(test) = value.as_object_mut().filter(|_| section == "tests") {
                    test.remove("accounts");
                }
                value
            })
            .collect();
        if !values.is_empty() {
            out.insert(section.to_owned(), Value::Array(values));
        }
    }
    Value::Object(out)
}

/// Whether an entity's `accounts:` holds for an account.
fn holds(node: &Node, account: &str) -> bool {
    let Some(accounts) = node.get("accounts").filter(|list| !matches!(list.kind, Kind::Null)) else { return true };
    let accounts: Option<Items<At<String>>> = Decoder::default().read(accounts);
    is_here(accounts.as_ref(), account)
}

fn member(resolved: &Resolved, kind: EntityKind, name: &str, node: &Node) -> Value {
    let Value::Object(mut map) = node.to_json() else { return Value::Object(Map::new()) };
    map.remove("accounts");
    let address = Address::new(kind, name);
    let document = |part: DocumentPart| {
        let key: DocumentKey = (address.clone(), part);
        resolved.documents.get(&key).map(Node::to_json)
    };
    // Files are written out: the spec stands alone.
    replace(&mut map, "document_file", "document", document(DocumentPart::Document));
    replace(&mut map, "trust_document_file", "trust_document", document(DocumentPart::Trust));
    for (policy, value) in map.get_mut("inline_policies").and_then(Value::as_object_mut).into_iter().flatten() {
        if value.get("document_file").is_some()
            && let Some(written) = document(DocumentPart::Inline(policy.clone()))
        {
            *value = written;
        }
    }
    let name = Name::new(name);
    if kind == EntityKind::SamlProvider
        && let Some(provider) = resolved.desired.saml_providers.get(&name)
    {
        replace(&mut map, "metadata_file", "metadata", Some(Value::from(provider.metadata.as_str())));
    }
    defaults(&mut map, &resolved.desired, kind, &name);
    Value::Object(map)
}

fn replace(map: &mut Map<String, Value>, file: &str, key: &str, value: Option<Value>) {
    if map.contains_key(file)
        && let Some(value) = value
    {
        map.remove(file);
        map.insert(key.to_owned(), value);
    }
}

/// What the project's defaults add to an entity.
fn defaults(map: &mut Map<String, Value>, desired: &Desired, kind: EntityKind, name: &Name) {
    let tags = |map: &mut Map<String, Value>, tags: &Tags| {
        if !tags.is_empty() {
            map.insert("tags".to_owned(), tags.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect());
        }
    };
    let path = |map: &mut Map<String, Value>, path: &str| {
        if path != "/" {
            map.entry("path").or_insert_with(|| Value::from(path));
        }
    };
    let boundary = |map: &mut Map<String, Value>, want: &Want<Option<PolicyRef>>| {
        if let Want::Exactly(Some(policy)) = want {
            let text = match policy {
                PolicyRef::Declared(name) => name.as_str(),
                PolicyRef::Arn(arn) => arn.as_str(),
            };
            map.entry("permissions_boundary").or_insert_with(|| Value::from(text));
        }
    };
    match kind {
        EntityKind::Policy => {
            if let Some(want) = desired.policies.get(name) {
                tags(map, &want.tags);
                path(map, &want.path);
            }
        }
        EntityKind::Role => {
            if let Some(want) = desired.roles.get(name) {
                tags(map, &want.tags);
                path(map, &want.path);
                boundary(map, &want.permissions_boundary);
                if let Want::Exactly(seconds) = want.max_session_duration {
                    map.entry("max_session_duration").or_insert_with(|| Value::from(seconds));
                }
            }
        }
        EntityKind::User => {
            if let Some(want) = desired.users.get(name) {
                tags(map, &want.tags);
                boundary(map, &want.permissions_boundary);
            }
        }
        EntityKind::OidcProvider => {
            if let Some(want) = desired.oidc_providers.get(name) {
                tags(map, &want.tags);
            }
        }
        EntityKind::SamlProvider => {
            if let Some(want) = desired.saml_providers.get(name) {
                tags(map, &want.tags);
            }
        }
        EntityKind::Group | EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole => {}
    }
}
