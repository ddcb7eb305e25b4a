//! Mermaid, as code hosts draw it in comments.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::label;
use crate::graph::{EdgeKind, Graph, Mark, NodeKind};
use crate::report::escape;

/// A `flowchart`. Nodes are called `n0`, `n1`, …, so that no name can be a word of Mermaid's own (`end`, `class`); names stand in quoted labels,
/// where all but letters, digits and a few signs is a character number.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for what in &graph.unknown {
        // A comment ends with its line; `%%{` would begin a directive.
        let _ = writeln!(out, "  %% not known: {}", text(what));
    }
    let ids: BTreeMap<&str, usize> = graph.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    for (i, node) in graph.nodes.iter().enumerate() {
        let (kind, name) = label::lines(node);
        let (open, close) = match node.kind {
            NodeKind::Policy | NodeKind::AwsPolicy => ("[/\"", "\"/]"),
            NodeKind::Group => ("[[\"", "\"]]"),
            NodeKind::Role | NodeKind::User => ("[\"", "\"]"),
            _ => ("([\"", "\"])"),
        };
        let mark = label::mark(node.mark);
        let class = if mark.is_empty() { String::new() } else { format!(":::{mark}") };
        let _ = writeln!(out, "  n{i}{open}{kind}<br/>{}{close}{class}", text(&name));
    }
    let mut marked: BTreeMap<Mark, Vec<String>> = BTreeMap::new();
    let mut drawn = 0;
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) else { continue };
        let arrow = match (edge.kind, edge.conditional) {
            (EdgeKind::Assumes, false) => "-->",
            (EdgeKind::Assumes, true) => "-. if .->",
            (EdgeKind::Attached, _) => "---",
            (EdgeKind::Bounds, _) => "-. boundary .-",
            (EdgeKind::MemberOf, _) => "-- member --o",
        };
        let _ = writeln!(out, "  n{from} {arrow} n{to}");
        marked.entry(edge.mark).or_default().push(drawn.to_string());
        drawn += 1;
    }
    for (mark, colour) in [(Mark::Added, "#1a7f37"), (Mark::Removed, "#cf222e"), (Mark::Changed, "#bf8700")] {
        if graph.nodes.iter().any(|node| node.mark == mark) {
            let _ = writeln!(out, "  classDef {} stroke:{colour},stroke-width:3px", label::mark(mark));
        }
        if let Some(edges) = marked.get(&mark) {
            let _ = writeln!(out, "  linkStyle {} stroke:{colour},stroke-width:3px", edges.join(","));
        }
    }
    out
}

/// Text of a label or a comment.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in escape::line(text).chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '_' | '.' | '/' | ':' | '@' | '=' | '+' | ',' => out.push(c),
            '"' => out += "#quot;",
            c if c.is_alphanumeric() && !c.is_ascii() => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
