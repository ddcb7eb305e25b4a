//! The part of a graph that is worth drawing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::data::{Edge, Graph, Mark, NodeKind};

/// What to draw of a large graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All that leads to this node and all that it leads to, by its id.
    Around(String),
    /// This node and its neighbours.
    Near(String),
    /// What changes, with its neighbours.
    Changed,
}

/// That part, or `None` where the node is not there. Neighbours of neighbours are followed along the edges, never back: who can become
/// it, and what it can become and holds.
pub fn part(graph: &Graph, what: &Part) -> Option<Graph> {
    match what {
        Part::Around(id) => {
            graph.nodes.iter().find(|node| node.id == *id)?;
            Some(around(graph, id))
        }
        Part::Near(id) => {
            graph.nodes.iter().find(|node| node.id == *id)?;
            let own = graph.edges.iter().filter(|edge| edge.from == *id || edge.to == *id);
            let mut keep: BTreeSet<&str> = own.flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
            keep.insert(id);
            Some(only(graph, &keep))
        }
        Part::Changed => Some(changed(graph)),
    }
}

fn around(graph: &Graph, id: &str) -> Graph {
    let mut onward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in &graph.edges {
        onward.entry(&edge.from).or_default().push(&edge.to);
        back.entry(&edge.to).or_default().push(&edge.from);
    }
    let mut keep = BTreeSet::from([id]);
    for way in [&onward, &back] {
        let mut seen = BTreeSet::from([id]);
        let mut queue = VecDeque::from([id]);
        while let Some(at) = queue.pop_front() {
            for next in way.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    queue.push_back(next);
                }
            }
        }
        keep.extend(seen);
    }
    only(graph, &keep)
}

fn changed(graph: &Graph) -> Graph {
    let touched = |mark: Mark| mark != Mark::Unchanged;
    let mut core: BTreeSet<&str> = graph.nodes.iter().filter(|n| touched(n.mark)).map(|n| n.id.as_str()).collect();
    core.extend(graph.edges.iter().filter(|e| touched(e.mark)).flat_map(|e| [e.from.as_str(), e.to.as_str()]));
    // An AWS service or an AWS managed policy has everybody for a neighbour: only its changed edges are followed.
    let crowd: BTreeSet<&str> = graph
        .nodes
        .iter()
        .filter(|n| matches!(n.kind, NodeKind::Service | NodeKind::AwsPolicy | NodeKind::Account | NodeKind::Public))
        .map(|n| n.id.as_str())
        .collect();
    let mut keep = core.clone();
    for edge in &graph.edges {
        let (from, to) = (edge.from.as_str(), edge.to.as_str());
        if core.contains(from) && !crowd.contains(from) {
            keep.insert(to);
        }
        if core.contains(to) && !crowd.contains(to) {
            keep.insert(from);
        }
    }
    only(graph, &keep)
}

fn only(graph: &Graph, keep: &BTreeSet<&str>) -> Graph {
    let inside = |edge: &&Edge| keep.contains(edge.from.as_str()) && keep.contains(edge.to.as_str());
    Graph {
        nodes: graph.nodes.iter().filter(|node| keep.contains(node.id.as_str())).cloned().collect(),
        edges: graph.edges.iter().filter(inside).cloned().collect(),
        unknown: graph.unknown.clone(),
    }
}
