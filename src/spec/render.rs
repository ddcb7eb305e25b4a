//! The specs of one account written out: no templates, parts, fragments and variables, and with the project's defaults in place.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::is_here;
use super::resolve::{DocumentKey, DocumentPart, Resolved};
use super::text::Pos;
use super::yaml::{At, Decoder, Items, Kind, Node, Plain};
use crate::fleet::Member;
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

type Members = Vec<(Node, Node)>;

fn text(text: &str) -> Node {
    Node::text(Pos::default(), text)
}

fn mapping(entries: Members) -> Node {
    Node { at: Pos::default(), kind: Kind::Map(entries) }
}

/// One spec that says all that the specs say for an account: members in the order of their names, each as its author wrote it. It plans to what the
/// specs plan to. Texts are literal: what looks like a variable is not one.
pub fn render(resolved: &Resolved, account: &Member) -> Node {
    let one = Node { at: Pos::default(), kind: Kind::Scalar("1".into(), Plain::Number) };
    let mut out = vec![(text("version"), one)];
    for (section, kind) in NAMED {
        let mut members: BTreeMap<String, (Node, Node)> = BTreeMap::new();
        let entries = resolved.plain.iter().filter_map(|document| document.get(section)).flat_map(Node::entries);
        for (key, node) in entries {
            let written = key.as_str().unwrap_or_default();
            let name = match kind {
                EntityKind::OidcProvider => written.strip_prefix("https://").unwrap_or(written),
                _ => written,
            };
            if holds(node, account) {
                members.insert(name.to_lowercase(), (text(name), mapping(member(resolved, kind, name, node))));
            }
        }
        if !members.is_empty() {
            out.push((text(section), mapping(members.into_values().collect())));
        }
    }
    let tests: BTreeSet<Pos> = resolved.tests.iter().map(|test| test.at).collect();
    for section in LISTS {
        let items = resolved.plain.iter().filter_map(|document| document.get(section)).flat_map(Node::items);
        let kept = items.filter(|item| section != "tests" || tests.contains(&item.at)).map(|item| match section {
            "tests" => mapping(without(item, "accounts")),
            _ => item.clone(),
        });
        let kept: Vec<Node> = kept.collect();
        if !kept.is_empty() {
            out.push((text(section), Node { at: Pos::default(), kind: Kind::Seq(kept) }));
        }
    }
    mapping(out)
}

fn without(node: &Node, key: &str) -> Members {
    node.entries().iter().filter(|(k, _)| k.as_str() != Some(key)).cloned().collect()
}

fn has(map: &Members, key: &str) -> bool {
    map.iter().any(|(k, _)| k.as_str() == Some(key))
}

/// Whether an entity's `accounts:` holds for an account.
pub(super) fn holds(node: &Node, account: &Member) -> bool {
    let Some(accounts) = node.get("accounts").filter(|list| !matches!(list.kind, Kind::Null)) else { return true };
    let accounts: Option<Items<At<String>>> = Decoder::default().read(accounts);
    is_here(accounts.as_ref(), account)
}

fn member(resolved: &Resolved, kind: EntityKind, name: &str, node: &Node) -> Members {
    let mut map = without(node, "accounts");
    let address = Address::new(kind, name);
    let document = |part: DocumentPart| {
        let key: DocumentKey = (address.clone(), part);
        resolved.documents.get(&key).cloned()
    };
    // Files are written out: the spec stands alone.
    replace(&mut map, "document_file", "document", document(DocumentPart::Document));
    replace(&mut map, "trust_document_file", "trust_document", document(DocumentPart::Trust));
    for (key, value) in &mut map {
        let Kind::Map(policies) = &mut value.kind else { continue };
        for (policy, value) in policies.iter_mut().filter(|_| key.as_str() == Some("inline_policies")) {
            if value.get("document_file").is_some()
                && let Some(written) = document(DocumentPart::Inline(policy.as_str().unwrap_or_default().to_owned()))
            {
                *value = written;
            }
        }
    }
    let name = Name::new(name);
    if kind == EntityKind::SamlProvider
        && let Some(provider) = resolved.desired.saml_providers.get(&name)
    {
        replace(&mut map, "metadata_file", "metadata", Some(text(&provider.metadata)));
    }
    defaults(&mut map, &resolved.desired, kind, &name);
    map
}

fn replace(map: &mut Members, file: &str, key: &str, value: Option<Node>) {
    if let Some(value) = value
        && let Some(entry) = map.iter_mut().find(|(k, _)| k.as_str() == Some(file))
    {
        *entry = (text(key), value);
    }
}

/// What the project's defaults add to an entity.
fn defaults(map: &mut Members, desired: &Desired, kind: EntityKind, name: &Name) {
    let tags = |map: &mut Members, tags: &Tags| {
        if !tags.is_empty() {
            let all = mapping(tags.iter().map(|(key, value)| (text(key), text(value))).collect());
            match map.iter_mut().find(|(key, _)| key.as_str() == Some("tags")) {
                Some((_, own)) => *own = all,
                None => map.push((text("tags"), all)),
            }
        }
    };
    let path = |map: &mut Members, path: &str| {
        if path != "/" && !has(map, "path") {
            map.push((text("path"), text(path)));
        }
    };
    let boundary = |map: &mut Members, want: &Want<Option<PolicyRef>>| {
        if let (Want::Exactly(Some(policy)), false) = (want, has(map, "permissions_boundary")) {
            let policy = match policy {
                PolicyRef::Declared(name) => name.as_str(),
                PolicyRef::Arn(arn) => arn.as_str(),
            };
            map.push((text("permissions_boundary"), text(policy)));
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
                if let (Want::Exactly(seconds), false) = (&want.max_session_duration, has(map, "max_session_duration")) {
                    map.push((text("max_session_duration"), text(&seconds.to_string())));
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
