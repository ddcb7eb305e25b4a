//! What stands at a wrong place, or in the form of another tool, and can only mean one thing: it is told once, and read as what it means, so
//! that what stands below it is checked too.

use super::mistakes;
use super::text::Pos;
use super::yaml::{Kind, Node, Plain};
use crate::diag::Finding;

type Told = Vec<(Pos, Finding)>;

/// Keys of entities that no section has: at the left edge, or beside the names of entities, their indentation is missing.
const OF_ENTITIES: [&str; 10] = [
    "description",
    "document",
    "inline_policies",
    "instance_profile",
    "managed_policies",
    "max_session_duration",
    "permissions_boundary",
    "tags",
    "trust",
    "trust_document",
];

/// Puts a document right as far as that is certain.
pub(super) fn put_right(document: &mut Node, sections: &[&str]) -> Told {
    let mut told = Told::new();
    version(document, &mut told);
    outdented_names(document, sections, &mut told);
    let Kind::Map(entries) = &mut document.kind else { return told };
    for (key, section) in entries {
        let section_name = key.as_str().unwrap_or_default().to_owned();
        if !matches!(section_name.as_str(), "roles" | "users" | "groups" | "policies") {
            continue;
        }
        outdented_keys(section, &mut told);
        let Kind::Map(entities) = &mut section.kind else { continue };
        entities.retain(|(name, entity)| match mistakes::resource(entity) {
            Some(problem) => {
                told.push((name.at, problem));
                false
            }
            None => true,
        });
        for (_, entity) in entities {
            if section_name == "roles" {
                trust(entity, &mut told);
            }
            if section_name == "policies" {
                bare_document(entity, &mut told);
            }
            nameless_inline(entity, &mut told);
            named_files(entity, &mut told);
        }
    }
    told
}

fn key_of(entry: &(Node, Node)) -> &str {
    entry.0.as_str().unwrap_or_default()
}

fn rename(key: &mut Node, to: &str) {
    key.kind = Kind::Scalar(to.into(), Plain::Text);
}

/// The language's version in the form of a policy's.
fn version(document: &mut Node, told: &mut Told) {
    let has_own = document.get("version").is_some();
    let Kind::Map(entries) = &mut document.kind else { return };
    for (key, value) in entries {
        let is_policys = matches!(value.as_str(), Some("2012-10-17" | "2008-10-17"));
        if !is_policys || !(key.as_str() == Some("version") || (key.as_str() == Some("Version") && !has_own)) {
            continue;
        }
        let problem = Finding::error("wrong-value", "this is the version of a policy document, and a spec has version 1");
        told.push((key.at, problem.help("write `version: 1`; the policy's `Version` stands in its document")));
        rename(key, "version");
        value.kind = Kind::Scalar("1".into(), Plain::Number);
    }
}

/// `roles:` and the name of a role below it at the same indentation.
fn outdented_names(document: &mut Node, sections: &[&str], told: &mut Told) {
    let Kind::Map(entries) = &mut document.kind else { return };
    let is_entity = |node: &Node| match &node.kind {
        Kind::Map(keys) => keys.iter().any(|entry| OF_ENTITIES.contains(&key_of(entry))),
        _ => false,
    };
    let mut out: Vec<(Node, Node)> = Vec::with_capacity(entries.len());
    // Whether the section above has nothing below it but what was moved there.
    let mut taking = false;
    for (key, value) in std::mem::take(entries) {
        let word = key.as_str().unwrap_or_default();
        // A non-breaking space at the beginning of a name has a fault of its own.
        let known = sections.contains(&word) || matches!(word, "version" | "use" | "parts") || word.starts_with('\u{a0}');
        match out.last_mut() {
            Some((above, section)) if !known && is_entity(&value) && (taking || is_empty_section(above, section)) => {
                let section_name = above.as_str().unwrap_or_default();
                let message = format!("`{}` stands beside `{section_name}`, and belongs to it", word.escape_debug());
                let problem = Finding::error("unknown-key", message).help(format!("indent it below `{section_name}`"));
                told.push((key.at, problem));
                taking = true;
                push(section, (key, value));
            }
            _ => {
                taking = false;
                out.push((key, value));
            }
        }
    }
    *entries = out;
}

fn is_empty_section(section: &Node, value: &Node) -> bool {
    matches!(section.as_str(), Some("roles" | "users" | "groups" | "policies")) && matches!(value.kind, Kind::Null)
}

fn push(mapping: &mut Node, entry: (Node, Node)) {
    if let Kind::Map(entries) = &mut mapping.kind {
        entries.push(entry);
    } else {
        *mapping = Node { at: entry.0.at, kind: Kind::Map(vec![entry]) };
    }
}

/// The name of an entity with nothing below it, and its keys beside it.
fn outdented_keys(section: &mut Node, told: &mut Told) {
    let Kind::Map(entities) = &mut section.kind else { return };
    let mut out: Vec<(Node, Node)> = Vec::with_capacity(entities.len());
    // The name of the entity that takes them, once its first key was moved.
    let mut taking = false;
    for (key, value) in std::mem::take(entities) {
        let word = key.as_str().unwrap_or_default();
        // An entity may have such a name too, and then a mapping below it.
        let certain = match &value.kind {
            Kind::Seq(_) | Kind::Scalar(..) => true,
            Kind::Map(_) => taking || word.contains('_') || value.get("Statement").is_some(),
            Kind::Null => taking,
        };
        let is_key = certain && OF_ENTITIES.contains(&word);
        match out.last_mut() {
            Some((name, entity)) if is_key && (taking || matches!(entity.kind, Kind::Null)) => {
                if !taking {
                    let (word, name) = (key.as_str().unwrap_or_default(), name.as_str().unwrap_or_default());
                    let message = format!("`{word}` stands beside `{}`, and is a key of it", name.escape_debug());
                    let help = format!("indent it below `{}`, and what follows it too", name.escape_debug());
                    told.push((key.at, Finding::error("wrong-type", message).help(help)));
                }
                taking = true;
                push(entity, (key, value));
            }
            _ => {
                taking = false;
                out.push((key, value));
            }
        }
    }
    *entities = out;
}

/// A statement or document of IAM where short entries are wanted.
fn trust(role: &mut Node, told: &mut Told) {
    let has = |role: &Node, key: &str| role.get(key).is_some();
    let (has_trust, has_document) = (has(role, "trust"), has(role, "trust_document"));
    let Kind::Map(entries) = &mut role.kind else { return };
    for (key, value) in entries {
        let word = key.as_str().unwrap_or_default().to_owned();
        let called = mistakes::is_trust_of_another_tool(&word);
        if word != "trust" && !called {
            continue;
        }
        match document_in(value) {
            Some(document) if !has_document => {
                let (code, message) = match called {
                    true => ("unknown-key", format!("unknown key `{}`", word.escape_debug())),
                    false => ("wrong-type", "this is IAM's own form".to_owned()),
                };
                let help = match value.kind {
                    _ if called => "the whole document goes under `trust_document:`, and short entries under `trust:`",
                    Kind::Map(_) => "this is a whole policy document: call the key `trust_document:`",
                    _ => "put the whole document under `trust_document:`, or write an entry such as `service: ec2.amazonaws.com`",
                };
                told.push((key.at, Finding::error(code, message).help(help)));
                rename(key, "trust_document");
                *value = document;
            }
            None if called && !has_trust && matches!(value.kind, Kind::Seq(_)) => {
                let problem = Finding::error("unknown-key", format!("unknown key `{}`", word.escape_debug()));
                told.push((key.at, problem.help("short entries stand under `trust:`, a whole document under `trust_document:`")));
                rename(key, "trust");
            }
            _ => {}
        }
    }
}

/// The policy document that a value is, or that its statements make.
fn document_in(value: &Node) -> Option<Node> {
    let is_statement = |node: &Node| node.get("Effect").is_some() || node.get("Principal").is_some();
    let of = |statements: Vec<Node>| {
        let member = |key: &str, value: Node| (Node::text(value.at, key), value);
        let version = Node::text(value.at, "2012-10-17");
        let list = Node { at: value.at, kind: Kind::Seq(statements) };
        Node { at: value.at, kind: Kind::Map(vec![member("Version", version), member("Statement", list)]) }
    };
    match &value.kind {
        Kind::Map(_) if value.get("Statement").is_some() => Some(value.clone()),
        Kind::Map(_) if is_statement(value) => Some(of(vec![value.clone()])),
        Kind::Seq(items) => match items.as_slice() {
            [one] if one.get("Statement").is_some() => Some(one.clone()),
            [_, ..] if items.iter().all(is_statement) => Some(of(items.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// A policy whose document stands at its place.
fn bare_document(policy: &mut Node, told: &mut Told) {
    if policy.get("Statement").is_none() || policy.get("document").is_some() {
        return;
    }
    let Kind::Map(entries) = &mut policy.kind else { return };
    let is_of_document = |entry: &(Node, Node)| matches!(key_of(entry), "Version" | "Statement" | "Id");
    let (document, rest): (Vec<_>, Vec<_>) = std::mem::take(entries).into_iter().partition(is_of_document);
    *entries = rest;
    let Some(at) = document.first().map(|(key, _)| key.at) else { return };
    let problem = Finding::error("missing-key", "the policy document stands beside the keys of the policy");
    told.push((at, problem.help("put `Version` and `Statement` under `document:`, indented")));
    entries.push((Node { at, kind: Kind::Scalar("document".into(), Plain::Text) }, Node { at, kind: Kind::Map(document) }));
}

/// Inline policies without the name of the policy.
fn nameless_inline(entity: &mut Node, told: &mut Told) {
    let Kind::Map(entries) = &mut entity.kind else { return };
    for (key, value) in entries.iter_mut().filter(|entry| key_of(entry) == "inline_policies") {
        if value.get("Statement").is_none() {
            continue;
        }
        let problem = Finding::error("missing-key", "this inline policy has no name");
        told.push((
            key.at,
            problem.help("give it one: `inline_policies: {NAME: …}`, with `Version` and `Statement` below the name"),
        ));
        let document = Node { at: value.at, kind: std::mem::replace(&mut value.kind, Kind::Null) };
        value.kind = Kind::Map(vec![(Node::text(value.at, "NAME"), document)]);
    }
}

/// The name of a file where a document is wanted.
fn named_files(entity: &mut Node, told: &mut Told) {
    let Kind::Map(entries) = &mut entity.kind else { return };
    let there: Vec<String> = entries.iter().map(|entry| key_of(entry).to_owned()).collect();
    for (key, value) in entries {
        let word = key.as_str().unwrap_or_default();
        let file = value.as_str().filter(|text| [".json", ".yaml", ".yml"].iter().any(|end| text.ends_with(end)));
        let wanted = format!("{word}_file");
        if let (Some(file), "document" | "trust_document", false) = (file, word, there.contains(&wanted)) {
            let problem = Finding::error("wrong-type", "this is the name of a file, and a policy document is wanted here");
            told.push((value.at, problem.help(format!("write `{wanted}: {}`", file.escape_debug()))));
            rename(key, &wanted);
        }
    }
}
