//! The drawn graph.

use maud::{Markup, html};

use super::text::{prose, section};
use crate::graph::Mark;
use crate::report::graph::{Room, drawn, picture};
use crate::review::AccountReport;

/// Who can become whom and what is attached, as far as the page has room.
pub fn write(account: &AccountReport, n: usize) -> Markup {
    let graph = &account.graph;
    if graph.nodes.is_empty() {
        return html! {};
    }
    let marked = graph.edges.iter().filter(|e| e.mark != Mark::Unchanged).count();
    let body = html! {
        @if let Some(part) = drawn(graph, Room::PAGE) {
            @let (nodes, edges) = (part.graph.nodes.len(), part.graph.edges.len());
            @let title = format!("Graph of {nodes} nodes and {edges} edges, {marked} of them changed");
            @if let Some(what) = &part.left_out { p.soft { "Drawn is " (what) "." } }
            div.canvas tabindex="0" role="group" aria-label="Graph, scrolls" { (picture(&part.graph, &title)) }
        } @else {
            p.soft {
                "A graph of " (graph.nodes.len()) " nodes and " (graph.edges.len()) " edges is too large to be drawn here; "
                code { "iamctl graph --focus ADDRESS" } " draws a part."
            }
        }
        @if !graph.unknown.is_empty() {
            details.fold {
                summary { "Edges may be missing" }
                ul.plain { @for what in &graph.unknown { li { (prose(what)) } } }
            }
        }
    };
    section(n, "graph", "Who can become whom, and what is attached", None, body)
}
