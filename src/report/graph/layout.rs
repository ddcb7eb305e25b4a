//! Where nodes and edges stand: columns from left to right, in each column an order with few crossings, and each node as near to its
//! neighbours as the order allows. Edges over several columns pass through places of their own, so that they cross no node.

use super::layers::{Columns, columns};
use crate::graph::Graph;

/// Height of a node.
pub const HEIGHT: f64 = 38.0;
/// Between two nodes of a column.
const GAP: f64 = 12.0;
/// Between two edges that pass by.
const PASSING: f64 = 9.0;
/// Between two columns.
const AISLE: f64 = 84.0;
/// Around it all.
const MARGIN: f64 = 16.0;

/// A node's box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Box {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
}

/// An edge's way.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The edge's number in the graph.
    pub edge: usize,
    /// Points from tail to head.
    pub points: Vec<(f64, f64)>,
    /// Whether the head looks to the left.
    pub leftward: bool,
}

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// By the graph's order.
    pub boxes: Vec<Box>,
    /// By the graph's order, less edges from a node to itself.
    pub ways: Vec<Way>,
    /// Width of it all.
    pub width: f64,
    /// Height of it all.
    pub height: f64,
}

/// A node or a place where an edge passes.
struct Spot {
    column: usize,
    height: f64,
    left: Vec<usize>,
    right: Vec<usize>,
    /// The middle.
    y: f64,
}

/// Lays out a graph whose nodes have these widths.
pub fn layout(graph: &Graph, widths: &[f64]) -> Layout {
    let Columns { column, edges } = columns(graph);
    let new = |column, height| Spot { column, height, left: Vec::new(), right: Vec::new(), y: 0.0 };
    let mut spots: Vec<Spot> = column.iter().map(|c| new(*c, HEIGHT)).collect();
    // Each edge as the spots it goes through from left to right, and whether its head is at the left end.
    let mut chains: Vec<(usize, Vec<usize>, bool)> = Vec::new();
    for (from, to, edge) in edges {
        let (Some(a), Some(b)) = (column.get(from), column.get(to)) else { continue };
        if from == to {
            continue;
        }
        let (start, end, leftward) = if a <= b { (from, to, false) } else { (to, from, true) };
        let (first, last) = (*a.min(b), *a.max(b));
        let mut chain = vec![start];
        for between in first + 1..last {
            chain.push(spots.len());
            spots.push(new(between, PASSING - GAP));
        }
        chain.push(end);
        for pair in chain.windows(2) {
            let [l, r] = pair else { continue };
            if let Some(spot) = spots.get_mut(*l) {
                spot.right.push(*r);
            }
            if let Some(spot) = spots.get_mut(*r) {
                spot.left.push(*l);
            }
        }
        chains.push((edge, chain, leftward));
    }
    let count = spots.iter().map(|s| s.column + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (i, spot) in spots.iter().enumerate() {
        if let Some(row) = rows.get_mut(spot.column) {
            row.push(i);
        }
    }
    order(&spots, &mut rows);
    place(&mut spots, &rows);
    finish(graph, widths, &spots, &rows, chains)
}

/// Some sweeps to and fro, each node to the mean of its neighbours' ranks.
fn order(spots: &[Spot], rows: &mut [Vec<usize>]) {
    let mut rank = vec![0.0_f64; spots.len()];
    let number = |row: &[usize], rank: &mut [f64]| {
        let scale = 1.0 / row.len().max(1) as f64;
        for (at, i) in row.iter().enumerate() {
            if let Some(rank) = rank.get_mut(*i) {
                *rank = (at as f64 + 0.5) * scale;
            }
        }
    };
    rows.iter().for_each(|row| number(row, &mut rank));
    for sweep in 0..8 {
        let forward = sweep % 2 == 0;
        let columns: Vec<usize> = if forward { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for c in columns {
            let Some(row) = rows.get_mut(c) else { continue };
            let mut keyed: Vec<(f64, usize)> = row
                .iter()
                .filter_map(|i| {
                    let spot = spots.get(*i)?;
                    let mut near = if forward { &spot.left } else { &spot.right };
                    if near.is_empty() {
                        near = if forward { &spot.right } else { &spot.left };
                    }
                    Some((mean(near, &rank).unwrap_or_else(|| rank.get(*i).copied().unwrap_or_default()), *i))
                })
                .collect();
            // A stable sort: equals keep their order.
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *row = keyed.into_iter().map(|(_, i)| i).collect();
            number(row, &mut rank);
        }
    }
}

fn mean(near: &[usize], values: &[f64]) -> Option<f64> {
    let found: Vec<f64> = near.iter().filter_map(|i| values.get(*i).copied()).collect();
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}

/// Heights: at first one under the other, then each column to the means of its neighbours, as close as the order allows.
fn place(spots: &mut [Spot], rows: &[Vec<usize>]) {
    for row in rows {
        let mut y = 0.0;
        for i in row {
            if let Some(spot) = spots.get_mut(*i) {
                spot.y = y + spot.height / 2.0;
                y += spot.height + GAP;
            }
        }
    }
    for sweep in 0..8 {
        let forward = sweep % 2 == 0;
        for step in 0..rows.len() {
            let c = if forward { step } else { rows.len() - 1 - step };
            let Some(row) = rows.get(c) else { continue };
            let ys: Vec<f64> = spots.iter().map(|s| s.y).collect();
            let wishes: Vec<f64> = row
                .iter()
                .filter_map(|i| {
                    let spot = spots.get(*i)?;
                    let both: Vec<usize> = spot.left.iter().chain(&spot.right).copied().collect();
                    Some(mean(&both, &ys).unwrap_or(spot.y))
                })
                .collect();
            let heights: Vec<f64> = row.iter().filter_map(|i| spots.get(*i)).map(|s| s.height).collect();
            for (i, y) in row.iter().zip(apart(&wishes, &heights)) {
                if let Some(spot) = spots.get_mut(*i) {
                    spot.y = y;
                }
            }
        }
    }
}

/// The middles nearest to the wishes (least squares) that keep the order and the gaps: neighbours that want the same place are pooled.
fn apart(wishes: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut at = 0.0;
    for (i, height) in heights.iter().enumerate() {
        if i > 0 {
            at += (heights.get(i - 1).copied().unwrap_or_default() + height) / 2.0 + GAP;
        }
        offsets.push(at);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut pool = (wish - offset, 1_usize);
        while let Some(last) = pools.last().filter(|last| last.0 > pool.0).copied() {
            pools.pop();
            let size = last.1 + pool.1;
            pool = ((last.0 * last.1 as f64 + pool.0 * pool.1 as f64) / size as f64, size);
        }
        pools.push(pool);
    }
    let bases = pools.into_iter().flat_map(|(base, size)| std::iter::repeat_n(base, size));
    bases.zip(offsets).map(|(base, offset)| base + offset).collect()
}

fn finish(graph: &Graph, widths: &[f64], spots: &[Spot], rows: &[Vec<usize>], chains: Vec<(usize, Vec<usize>, bool)>) -> Layout {
    let top = spots.iter().map(|s| s.y - s.height.max(0.0) / 2.0).fold(f64::INFINITY, f64::min);
    let bottom = spots.iter().map(|s| s.y + s.height.max(0.0) / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let (top, bottom) = if top.is_finite() { (top, bottom) } else { (0.0, 0.0) };
    let mut lefts = Vec::new();
    let mut wides = Vec::new();
    let mut x = MARGIN;
    for row in rows {
        let wide = row.iter().filter_map(|i| widths.get(*i)).copied().fold(0.0, f64::max);
        lefts.push(x);
        wides.push(wide);
        x += wide + AISLE;
    }
    let left = |c: usize| lefts.get(c).copied().unwrap_or_default();
    let wide = |c: usize| wides.get(c).copied().unwrap_or_default();
    let nodes = graph.nodes.len();
    let boxes = spots
        .iter()
        .take(nodes)
        .zip(widths)
        .map(|(spot, _)| Box { x: left(spot.column), y: spot.y - top + MARGIN - HEIGHT / 2.0, width: wide(spot.column) })
        .collect();
    let ports = ports(spots, &chains, nodes);
    let mut ways = Vec::new();
    for (n, (edge, chain, leftward)) in chains.into_iter().enumerate() {
        let mut points = Vec::new();
        for (at, i) in chain.iter().enumerate() {
            let Some(spot) = spots.get(*i) else { continue };
            let y = |end: usize| spot.y - top + MARGIN + ports.get(n).map_or(0.0, |p| if end == 0 { p.0 } else { p.1 });
            if at == 0 {
                points.push((left(spot.column) + wide(spot.column), y(0)));
            } else if at + 1 == chain.len() {
                points.push((left(spot.column), y(1)));
            } else {
                let y = spot.y - top + MARGIN;
                points.extend([(left(spot.column), y), (left(spot.column) + wide(spot.column), y)]);
            }
        }
        if leftward {
            points.reverse();
        }
        ways.push(Way { edge, points, leftward });
    }
    ways.sort_by_key(|way| way.edge);
    let width = if rows.is_empty() { 0.0 } else { x - AISLE + MARGIN };
    Layout { boxes, ways, width, height: bottom - top + 2.0 * MARGIN }
}

/// How far above or below the middle of its node each edge ends, at its left and its right end: edges of one side stand apart, in the order
/// of their other ends.
fn ports(spots: &[Spot], chains: &[(usize, Vec<usize>, bool)], nodes: usize) -> Vec<(f64, f64)> {
    let mut leaving: Vec<Vec<(f64, usize)>> = vec![Vec::new(); nodes];
    let mut entering: Vec<Vec<(f64, usize)>> = vec![Vec::new(); nodes];
    let y = |i: Option<&usize>| i.and_then(|i| spots.get(*i)).map_or(0.0, |s| s.y);
    for (n, (_, chain, _)) in chains.iter().enumerate() {
        if let Some(list) = chain.first().and_then(|i| leaving.get_mut(*i)) {
            list.push((y(chain.get(1)), n));
        }
        if let Some(list) = chain.last().and_then(|i| entering.get_mut(*i)) {
            list.push((y(chain.iter().rev().nth(1)), n));
        }
    }
    let mut ports = vec![(0.0, 0.0); chains.len()];
    for (sides, is_left) in [(leaving, true), (entering, false)] {
        for mut side in sides {
            side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let step = ((HEIGHT - 12.0) / side.len().max(1) as f64).min(8.0);
            let half = (side.len().saturating_sub(1)) as f64 / 2.0;
            for (at, (_, n)) in side.into_iter().enumerate() {
                let offset = (at as f64 - half) * step;
                if let Some(port) = ports.get_mut(n) {
                    if is_left {
                        port.0 = offset;
                    } else {
                        port.1 = offset;
                    }
                }
            }
        }
    }
    ports
}
