//! The drawn graph.

use super::text::{prose, section};
use crate::graph::Mark;
use crate::report::graph::{Room, drawn, picture};
use crate::review::AccountReport;

/// Who can become whom and what is attached, as far as the page has room.
pub fn write(out: &mut String, account: &AccountReport, n: usize) {
    let graph = &account.graph;
    if graph.nodes.is_empty() {
        return;
    }
    section(out, n, "graph", "Who can become whom, and what is attached", None);
    match drawn(graph, Room::PAGE) {
        Some(part) => {
            if let Some(what) = &part.left_out {
                *out += &format!("<p class=\"soft\">Drawn is {what}.</p>\n");
            }
            let marked = graph.edges.iter().filter(|e| e.mark != Mark::Unchanged).count();
            let title = format!(
                "Graph of {} nodes and {} edges, {marked} of them changed",
                part.graph.nodes.len(),
                part.graph.edges.len()
            );
            *out += &format!(
                "<div class=\"canvas\" tabindex=\"0\" role=\"group\" aria-label=\"Graph, scrolls\">{}</div>\n",
                picture(&part.graph, &title)
            );
        }
        None => {
            *out += &format!(
                "<p class=\"soft\">A graph of {} nodes and {} edges is too large to be drawn here; <code>iamctl graph --focus ADDRESS</code> draws a part.</p>\n",
                graph.nodes.len(),
                graph.edges.len()
            );
        }
    }
    if !graph.unknown.is_empty() {
        *out += "<details class=\"fold\"><summary>Edges may be missing</summary>\n<ul class=\"plain\">\n";
        for what in &graph.unknown {
            *out += &format!("<li>{}</li>\n", prose(what));
        }
        *out += "</ul>\n</details>\n";
    }
    *out += "</section>\n";
}
