//! Reads markup strictly: what a browser would mend is an error here.

use std::collections::{BTreeMap, BTreeSet};

/// Elements without content.
const VOID: &[&str] = &["meta", "input", "br"];

/// What a page consists of.
#[derive(Debug, Default)]
pub struct Markup {
    pub ids: BTreeSet<String>,
    pub elements: BTreeMap<String, usize>,
    /// Attribute and value, in the order of the page.
    pub attributes: Vec<(String, String)>,
}

/// Reads a page. Panics where tags do not nest, an attribute is not quoted or a `<` or `&` stands bare.
pub fn read(text: &str) -> Markup {
    let mut found = Markup::default();
    let mut open: Vec<String> = Vec::new();
    let mut rest = text.strip_prefix("<!DOCTYPE html>").unwrap_or(text);
    while let Some(at) = rest.find('<') {
        prose(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(closing) = rest.strip_prefix('/') {
            let end = closing.find('>').expect("a tag ends");
            assert_eq!(open.pop().as_deref(), Some(&closing[..end]), "tags nest, near {:?}", &closing[..end.min(80)]);
            rest = &closing[end + 1..];
            continue;
        }
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!name.is_empty(), "a bare `<` near {:?}", rest.chars().take(60).collect::<String>());
        rest = &rest[name.len()..];
        let mut own = BTreeSet::new();
        let closed = loop {
            rest = rest.trim_start_matches([' ', '\n']);
            if let Some(after) = rest.strip_prefix("/>") {
                rest = after;
                break true;
            }
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break false;
            }
            let attribute: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == ':').collect();
            assert!(!attribute.is_empty(), "an attribute near {:?}", rest.chars().take(60).collect::<String>());
            rest = &rest[attribute.len()..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix("=\"") {
                let end = after.find('"').expect("a value ends");
                value = after[..end].to_owned();
                assert!(!value.contains('<'), "{value}");
                prose(&value);
                rest = &after[end + 1..];
            }
            assert!(own.insert(attribute.clone()), "{attribute} twice");
            if attribute == "id" {
                assert!(found.ids.insert(value.clone()), "the id {value} twice");
            }
            found.attributes.push((attribute, value));
        };
        *found.elements.entry(name.clone()).or_default() += 1;
        if name == "script" || name == "style" {
            let end = rest.find(&format!("</{name}")).expect("it ends");
            rest = &rest[end..];
        }
        if !closed && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    found
}

fn prose(text: &str) {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| after.starts_with(name));
        assert!(known, "a bare `&` near {:?}", after.chars().take(40).collect::<String>());
    }
}
