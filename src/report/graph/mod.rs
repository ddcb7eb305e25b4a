//! Graphs as Mermaid, as DOT and as a picture.

mod dot;
mod label;
mod layers;
mod layout;
mod mermaid;
mod svg;

#[cfg(test)]
mod tests;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{STYLE, picture, svg};

use crate::graph::{Graph, Mark, Part, part};

/// The drawn part of a graph, and what a reader must know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The nodes and edges to draw.
    pub graph: Graph,
    /// Whether, and why, it is not all.
    pub left_out: Option<String>,
}

/// The most that can be drawn so that it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Nodes.
    pub nodes: usize,
    /// Edges.
    pub edges: usize,
}

impl Room {
    /// A picture by itself.
    pub const PICTURE: Self = Self { nodes: 400, edges: 1_200 };
    /// A picture within a page.
    pub const PAGE: Self = Self { nodes: 120, edges: 360 };

    /// Whether a graph fits.
    pub fn holds(self, graph: &Graph) -> bool {
        graph.nodes.len() <= self.nodes && graph.edges.len() <= self.edges
    }
}

/// The whole graph where there is room; else the changes with their neighbours, then the changes alone. `None` where not even these fit.
pub fn drawn(graph: &Graph, room: Room) -> Option<Drawn> {
    if room.holds(graph) {
        return Some(Drawn { graph: graph.clone(), left_out: None });
    }
    let size = format!("the whole graph has {} and {}", super::count(graph.nodes.len(), "node", "nodes"), edges(graph));
    let near = part(graph, &Part::Changed)?;
    if near.nodes.is_empty() {
        return None;
    }
    if room.holds(&near) {
        return Some(Drawn { graph: near, left_out: Some(format!("what changes and its neighbours; {size}")) });
    }
    let touched = |mark: Mark| mark != Mark::Unchanged;
    let mut alone = near;
    alone.edges.retain(|edge| touched(edge.mark));
    alone.nodes.retain(|node| touched(node.mark) || alone.edges.iter().any(|e| e.from == node.id || e.to == node.id));
    let fits = room.holds(&alone);
    fits.then(|| Drawn { graph: alone, left_out: Some(format!("what changes alone; {size}")) })
}

fn edges(graph: &Graph) -> String {
    super::count(graph.edges.len(), "edge", "edges")
}
