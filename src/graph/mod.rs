//! Who can become whom, and which policies are attached, as a drawing needs it. Every edge of the kind [`EdgeKind::Assumes`] is an answer of
//! the evaluator (iam-facts 6.7), so that it is there only where trust and the principal's own policies both admit it.

mod assume;
mod compare;
mod data;
mod part;
mod reach;
mod side;
mod wanted;

#[cfg(test)]
mod tests;

pub use data::{Edge, EdgeKind, Graph, Mark, Node, NodeKind};
pub use part::{Part, part};
pub use wanted::wanted;

use std::collections::BTreeSet;

use crate::model::Snapshot;
use side::Side;

/// The graph of an account, marked against what it was before. Without a `before` nothing is marked.
pub fn of(after: &Snapshot, before: Option<&Snapshot>) -> Graph {
    let is = Side::of(after);
    let Some(before) = before else {
        let nodes = is.nodes.into_iter().map(|(id, kind)| Node { id, kind, mark: Mark::Unchanged }).collect();
        let edges = is.edges.into_iter().map(|(key, told)| key.edge(told.conditional, Mark::Unchanged)).collect();
        return Graph { nodes, edges, unknown: is.unknown.into_iter().collect() };
    };
    let was = Side::of(before);
    let ids: BTreeSet<&String> = was.nodes.keys().chain(is.nodes.keys()).collect();
    let nodes = ids.into_iter().filter_map(|id| {
        let (kind, mark) = match (was.nodes.get(id), is.nodes.get(id)) {
            (None, Some(kind)) => (*kind, Mark::Added),
            (Some(kind), None) => (*kind, Mark::Removed),
            (Some(_), Some(kind)) if compare::differs(before, after, id) => (*kind, Mark::Changed),
            (Some(_), Some(kind)) => (*kind, Mark::Unchanged),
            (None, None) => return None,
        };
        Some(Node { id: id.clone(), kind, mark })
    });
    let keys: BTreeSet<_> = was.edges.keys().chain(is.edges.keys()).collect();
    let edges = keys.into_iter().filter_map(|key| {
        let (told, mark) = match (was.edges.get(key), is.edges.get(key)) {
            (None, Some(told)) => (told, Mark::Added),
            (Some(told), None) => (told, Mark::Removed),
            (Some(old), Some(told)) if old != told => (told, Mark::Changed),
            (Some(_), Some(told)) => (told, Mark::Unchanged),
            (None, None) => return None,
        };
        Some(key.clone().edge(told.conditional, mark))
    });
    let (nodes, edges) = (nodes.collect(), edges.collect());
    Graph { nodes, edges, unknown: was.unknown.into_iter().chain(is.unknown).collect::<BTreeSet<_>>().into_iter().collect() }
}
