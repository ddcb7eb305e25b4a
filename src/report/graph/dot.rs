//! Graphviz.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::label;
use crate::graph::{EdgeKind, Graph, Mark, NodeKind};

/// A `digraph`. Names stand in quoted strings only, with `"` and `\` escaped, and control characters shown as escapes.
pub fn dot(graph: &Graph) -> String {
    let mut out =
        String::from("// who can become whom (solid; dashed: under conditions), what is attached (grey), boundaries (dotted)\n");
    for what in &graph.unknown {
        let _ = writeln!(out, "// not known: {}", crate::report::escape::line(what));
    }
    out += "digraph iam {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];\n  edge [fontname=\"Helvetica\", fontsize=9];\n";
    let ids: BTreeMap<&str, usize> = graph.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    for (i, node) in graph.nodes.iter().enumerate() {
        let (kind, name) = label::lines(node);
        let shape = match node.kind {
            NodeKind::Policy | NodeKind::AwsPolicy => ", shape=note, style=solid",
            NodeKind::Group => ", shape=folder, style=solid",
            NodeKind::Service | NodeKind::Account | NodeKind::FederatedProvider => ", shape=ellipse, style=solid",
            NodeKind::ExternalPrincipal | NodeKind::Public => ", shape=ellipse, style=dashed",
            NodeKind::Role | NodeKind::User => "",
        };
        let _ = writeln!(
            out,
            "  n{i} [label=\"{kind}\\n{}\", tooltip=\"{}\"{shape}{}];",
            quoted(&name),
            quoted(&node.id),
            colour(node.mark)
        );
    }
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) else { continue };
        let style = match (edge.kind, edge.conditional) {
            (EdgeKind::Assumes, false) => "style=solid",
            (EdgeKind::Assumes, true) => "style=dashed, label=\"if\"",
            (EdgeKind::Attached, _) => "arrowhead=none",
            (EdgeKind::Bounds, _) => "style=dotted, arrowhead=tee",
            (EdgeKind::MemberOf, _) => "arrowhead=empty",
        };
        let plain = if edge.kind == EdgeKind::Assumes { "" } else { ", color=\"#8c959f\"" };
        let colour = if edge.mark == Mark::Unchanged { plain } else { colour(edge.mark) };
        let _ = writeln!(out, "  n{from} -> n{to} [{style}{colour}];");
    }
    out + "}\n"
}

fn colour(mark: Mark) -> &'static str {
    match mark {
        Mark::Unchanged => "",
        Mark::Added => ", color=\"#1a7f37\", penwidth=2",
        Mark::Removed => ", color=\"#cf222e\", penwidth=2",
        Mark::Changed => ", color=\"#bf8700\", penwidth=2",
    }
}

fn quoted(text: &str) -> String {
    crate::report::escape::line(text).replace('\\', "\\\\").replace('"', "\\\"")
}
