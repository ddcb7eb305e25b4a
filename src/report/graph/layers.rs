//! Which column each node of a drawing is in: actors are left of what they act on.

use std::collections::BTreeMap;

use crate::graph::{EdgeKind, Graph, NodeKind};

/// A graph by numbers.
pub struct Columns {
    /// The column of each node, from 0, in the graph's order.
    pub column: Vec<usize>,
    /// Each edge as (from, to, number in the graph); ends by node number. Edges to nodes that are not there are left out.
    pub edges: Vec<(usize, usize, usize)>,
}

/// Finds the columns: the longest way that leads to a node, circles broken where a walk from the first node closes them. Policies stand in the
/// last column, since nothing leads on from them.
pub fn columns(graph: &Graph) -> Columns {
    let ids: BTreeMap<&str, usize> = graph.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    let edges: Vec<(usize, usize, usize)> = graph
        .edges
        .iter()
        .enumerate()
        .filter_map(|(i, e)| Some((*ids.get(e.from.as_str())?, *ids.get(e.to.as_str())?, i)))
        .collect();
    let leads = |edge: usize| matches!(graph.edges.get(edge).map(|e| e.kind), Some(EdgeKind::Assumes | EdgeKind::MemberOf));
    let mut onward: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for (from, to, edge) in edges.iter().filter(|(from, to, _)| from != to) {
        if leads(*edge)
            && let Some(list) = onward.get_mut(*from)
        {
            list.push(*to);
        }
    }
    let order = finished(&onward, graph);
    let mut place = vec![0; graph.nodes.len()];
    for (at, node) in order.iter().enumerate() {
        if let Some(place) = place.get_mut(*node) {
            *place = at;
        }
    }
    let mut column = vec![0_usize; graph.nodes.len()];
    for node in &order {
        let next = column.get(*node).copied().unwrap_or_default() + 1;
        for to in onward.get(*node).into_iter().flatten() {
            // An edge back to what comes earlier closes a circle.
            if place.get(*to) > place.get(*node)
                && let Some(theirs) = column.get_mut(*to)
            {
                *theirs = (*theirs).max(next);
            }
        }
    }
    let is_policy = |i: usize| matches!(graph.nodes.get(i).map(|n| n.kind), Some(NodeKind::Policy | NodeKind::AwsPolicy));
    let is_outer = |i: usize| {
        let kind = graph.nodes.get(i).map(|n| n.kind);
        !matches!(kind, Some(NodeKind::Role | NodeKind::User | NodeKind::Group | NodeKind::Policy | NodeKind::AwsPolicy))
    };
    // The account's own principals begin in the second column, beside services and other accounts.
    let outer = (0..column.len()).any(is_outer);
    if outer {
        let mut order = order.clone();
        order.retain(|i| !is_policy(*i));
        for node in order {
            let Some(own) = column.get_mut(node) else { continue };
            if !is_outer(node) {
                *own = (*own).max(1);
            }
            let next = *own + 1;
            for to in onward.get(node).into_iter().flatten() {
                if place.get(*to) > place.get(node)
                    && let Some(theirs) = column.get_mut(*to)
                {
                    *theirs = (*theirs).max(next);
                }
            }
        }
    }
    let last = (0..column.len()).filter(|i| !is_policy(*i)).filter_map(|i| column.get(i)).max().map_or(0, |c| c + 1);
    for (i, own) in column.iter_mut().enumerate() {
        if is_policy(i) {
            *own = last;
        }
    }
    Columns { column, edges }
}

/// Every node, each before what it leads to, as far as there is no circle: a walk in depth, whose finished nodes are listed last to first.
/// Nodes without predecessors first, so that cycles are entered where an outside node enters them.
fn finished(onward: &[Vec<usize>], graph: &Graph) -> Vec<usize> {
    let mut entered = vec![0_usize; onward.len()];
    onward.iter().flatten().for_each(|to| {
        if let Some(count) = entered.get_mut(*to) {
            *count += 1;
        }
    });
    let mut starts: Vec<usize> = (0..graph.nodes.len()).collect();
    starts.sort_by_key(|i| (entered.get(*i).copied().unwrap_or_default() > 0, *i));
    let mut seen = vec![false; onward.len()];
    let mut done = Vec::with_capacity(onward.len());
    for start in starts {
        // Node and how many of its heirs were looked at.
        let mut stack = vec![(start, 0_usize)];
        if std::mem::replace(seen.get_mut(start).unwrap_or(&mut true), true) {
            continue;
        }
        while let Some((node, at)) = stack.pop() {
            match onward.get(node).and_then(|list| list.get(at)) {
                Some(next) => {
                    stack.push((node, at + 1));
                    if let Some(seen) = seen.get_mut(*next)
                        && !std::mem::replace(seen, true)
                    {
                        stack.push((*next, 0));
                    }
                }
                None => done.push(node),
            }
        }
    }
    done.reverse();
    done
}
