//! YAML as a person would write it: block style, short lists on one line, long texts as blocks, and in quotes whatever a reader of
//! YAML 1.1 would take for something else. `parse(emit(x)) == x` is a test.

mod scalar;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::spec::vars::literal;
use crate::spec::yaml::{Kind, Node, Plain};

/// Longest line that a list on one line may make, in characters.
const LINE: usize = 100;
/// Most items of a list on one line.
const ITEMS: usize = 4;

/// A YAML value in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number in its own spelling.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// JSON with every text, keys included, passed through `f`.
    ///
    /// A number of twelve digits becomes text, for as a number it would be refused: account ids keep their zeros. Policies do not
    /// tell the two apart (iam-facts 5.7, 7).
    pub fn from_json(value: &Value, f: &dyn Fn(&str) -> String) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => {
                let text = n.to_string();
                if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) { Self::Text(text) } else { Self::Number(text) }
            }
            Value::String(text) => Self::Text(f(text)),
            Value::Array(items) => Self::List(items.iter().map(|v| Self::from_json(v, f)).collect()),
            Value::Object(map) => Self::Map(map.iter().map(|(k, v)| (f(k), Self::from_json(v, f))).collect()),
        }
    }

    /// A value of a spec whose variables are in: texts are literal, numbers and booleans keep their spelling.
    fn from_node(node: &Node) -> Self {
        match &node.kind {
            Kind::Null => Self::Null,
            // A plain scalar reads as what it was, in its own spelling alone.
            Kind::Scalar(text, Plain::Bool | Plain::Number) => Self::Number(text.to_string()),
            Kind::Scalar(text, Plain::Quoted | Plain::Text) => Self::Text(literal(text)),
            Kind::Seq(items) => Self::List(items.iter().map(Self::from_node).collect()),
            Kind::Map(entries) => Self::Map(Self::members(entries)),
        }
    }

    fn members(entries: &[(Node, Node)]) -> Vec<(String, Self)> {
        entries.iter().map(|(key, value)| (literal(key.as_str().unwrap_or_default()), Self::from_node(value))).collect()
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_))
    }
}

/// A mapping as a document or as part of one: each line indented by `depth` steps of two blanks, a line break at the end.
pub fn document_text(entries: &[(String, Yaml)], depth: usize) -> String {
    let mut out = String::new();
    map(entries, depth, &mut out);
    out
}

/// A spec as text: reading it gives the same spec.
pub fn spec_text(spec: &Node) -> String {
    document_text(&Yaml::members(spec.entries()), 0)
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn map(entries: &[(String, Yaml)], depth: usize, out: &mut String) {
    for (key, value) in entries {
        indent(depth, out);
        entry(key, value, depth, out);
    }
}

/// `key: value`, the indentation of its first line already written.
fn entry(key: &str, value: &Yaml, depth: usize, out: &mut String) {
    scalar::key(key, out);
    out.push(':');
    after_colon(value, depth, out);
}

/// A value after `key:` or `- `, with its line end.
fn after_colon(value: &Yaml, depth: usize, out: &mut String) {
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            map(entries, depth + 1, out);
        }
        Yaml::List(items) if !items.is_empty() => {
            let column = out.len() - out.rfind('\n').map_or(0, |n| n + 1);
            if let Some(line) = on_one_line(items, column) {
                out.push(' ');
                out.push_str(&line);
                out.push('\n');
                return;
            }
            out.push('\n');
            list(items, depth + 1, out);
        }
        Yaml::Text(text) if scalar::is_block(text) => {
            out.push(' ');
            scalar::block(text, depth + 1, out);
        }
        one => {
            out.push(' ');
            scalar(one, false, out);
            out.push('\n');
        }
    }
}

fn list(items: &[Yaml], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        out.push('-');
        match item {
            Yaml::Map(entries) if !entries.is_empty() => {
                for (n, (key, value)) in entries.iter().enumerate() {
                    if n == 0 {
                        out.push(' ')
                    } else {
                        indent(depth + 1, out)
                    }
                    entry(key, value, depth + 1, out);
                }
            }
            // A list directly in a list is written on one line, whatever its length: rare, and plain this way.
            Yaml::List(inner) if !inner.is_empty() => {
                out.push(' ');
                flow(item, out);
                out.push('\n');
            }
            other => after_colon(other, depth, out),
        }
    }
}

fn on_one_line(items: &[Yaml], column: usize) -> Option<String> {
    if items.len() > ITEMS || !items.iter().all(Yaml::is_scalar) {
        return None;
    }
    let mut line = String::new();
    flow_list(items, &mut line);
    (column + 1 + line.chars().count() <= LINE).then_some(line)
}

fn flow_list(items: &[Yaml], out: &mut String) {
    out.push('[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        flow(item, out);
    }
    out.push(']');
}

fn flow(value: &Yaml, out: &mut String) {
    match value {
        Yaml::List(items) => flow_list(items, out),
        Yaml::Map(entries) => {
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                scalar::text(key, true, out);
                out.push_str(": ");
                flow(value, out);
            }
            out.push('}');
        }
        one => scalar(one, true, out),
    }
}

fn scalar(value: &Yaml, in_flow: bool, out: &mut String) {
    match value {
        Yaml::Null => out.push_str("null"),
        Yaml::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Yaml::Number(n) => out.push_str(n),
        Yaml::Text(text) => scalar::text(text, in_flow, out),
        Yaml::List(_) => out.push_str("[]"),
        Yaml::Map(_) => out.push_str("{}"),
    }
}
