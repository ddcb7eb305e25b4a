//! A picture. It holds no script, no address of another file and no style attribute, so that it may stand in a page under a strict policy.

use maud::{Markup, PreEscaped, html};

use super::label;
use super::layout::{Box, HEIGHT, Layout, Way, layout};
use crate::graph::{Edge, EdgeKind, Graph, Mark, Node, NodeKind};
use crate::report::escape;

/// The style of pictures: a page that holds pictures holds it once.
pub const STYLE: &str = include_str!("graph.css");

/// Width of a character of a name, at the size and in the fonts of the style.
const LETTER: f64 = 7.3;
/// Characters of a name that are shown; the middle of a longer one is left out, and the whole is in the tooltip.
const LONGEST: usize = 44;
/// Room for the legend.
const LEGEND: f64 = 46.0;

/// A picture as a file of its own.
pub fn svg(graph: &Graph) -> String {
    drawn(graph, "IAM graph", html! { style { (PreEscaped(STYLE)) } }).into_string() + "\n"
}

/// A picture within a page that holds [`STYLE`]. `title` is for screen readers.
pub fn picture(graph: &Graph, title: &str) -> Markup {
    drawn(graph, title, html! {})
}

fn drawn(graph: &Graph, title: &str, style: Markup) -> Markup {
    let names: Vec<(&'static str, String)> = graph.nodes.iter().map(label::lines).collect();
    let shown: Vec<String> = names.iter().map(|(_, name)| shorten(name)).collect();
    let widths: Vec<f64> = names
        .iter()
        .zip(&shown)
        .map(|((kind, _), name)| (columns_of(name) as f64 * LETTER).max(kind.len() as f64 * 5.6 + 24.0) + 28.0)
        .collect();
    let Layout { boxes, ways, width, height } = layout(graph, &widths);
    let (width, total) = (width.max(640.0), height + LEGEND);
    // A little too wide is better made smaller than scrolled.
    let class = if (720.0..=1500.0).contains(&width) { "graph fit" } else { "graph" };
    let (w, h) = (number(width), number(total));
    // What is marked is drawn last, over the rest.
    let edges = |marked: bool| {
        ways.iter().filter_map(move |way| {
            let edge = graph.edges.get(way.edge).filter(|e| (e.mark != Mark::Unchanged) == marked)?;
            Some(edge_of(edge, way))
        })
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class=(class) role="img" aria-label=(title)
            viewBox={"0 0 " (w) " " (h)} width=(w) height=(h) {
            (style)
            rect.ground width=(w) height=(h) {}
            @for edge in edges(false).chain(edges(true)) { (edge) }
            @for (((node, place), (kind, name)), shown) in graph.nodes.iter().zip(&boxes).zip(&names).zip(&shown) {
                (node_of(node, *place, kind, name, shown))
            }
            (legend(graph, height))
        }
    }
}

fn node_of(node: &Node, place: Box, kind: &str, name: &str, shown: &str) -> Markup {
    let Box { x, y, width } = place;
    let mark = label::mark(node.mark);
    let class = format!("node {} {mark}", label::class(node.kind));
    let round = if matches!(node.kind, NodeKind::Policy | NodeKind::AwsPolicy) { "3" } else { "8" };
    html! {
        g class=(class.trim_end()) {
            title { (kind) " " (name) @if !mark.is_empty() { " (" (mark) ")" } }
            rect.box x=(number(x)) y=(number(y)) width=(number(width)) height=(number(HEIGHT)) rx=(round) {}
            rect.bar x=(number(x + 5.0)) y=(number(y + 6.0)) width="4" height=(number(HEIGHT - 12.0)) rx="2" {}
            text.kind x=(number(x + 16.0)) y=(number(y + 14.0)) { (kind) }
            text.name x=(number(x + 16.0)) y=(number(y + 29.0)) { (shown) }
            @if let Some(sign) = sign(node.mark) { (badge(x + width - 4.0, y + 4.0, "8", sign)) }
        }
    }
}

/// A sign in a circle.
fn badge(x: f64, y: f64, radius: &str, sign: &str) -> Markup {
    html! {
        circle.badge cx=(number(x)) cy=(number(y)) r=(radius) {}
        text.sign x=(number(x)) y=(number(y + 4.0)) { (sign) }
    }
}

fn sign(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::Unchanged => None,
        Mark::Added => Some("+"),
        Mark::Removed => Some("\u{2212}"),
        Mark::Changed => Some("~"),
    }
}

fn edge_of(edge: &Edge, way: &Way) -> Markup {
    let mark = label::mark(edge.mark);
    let class = format!("edge {} {mark}", class(edge.kind, edge.conditional));
    let (line, head) = path(way, edge.kind != EdgeKind::Attached);
    html! {
        g class=(class.trim_end()) {
            title {
                (escape::line(&edge.from)) " " (label::says(edge)) " " (escape::line(&edge.to))
                @if !mark.is_empty() { " (" (mark) ")" }
            }
            path.line d=(line) {}
            @if let Some(head) = head { path.head d=(head) {} }
        }
    }
}

/// A class name for a kind of edge.
fn class(kind: EdgeKind, conditional: bool) -> &'static str {
    match (kind, conditional) {
        (EdgeKind::Assumes, false) => "assumes",
        (EdgeKind::Assumes, true) => "assumes if",
        (EdgeKind::Attached, _) => "attached",
        (EdgeKind::Bounds, _) => "bounds",
        (EdgeKind::MemberOf, _) => "member",
    }
}

/// The line from point to point, level at each, and the arrow's head.
fn path(way: &Way, headed: bool) -> (String, Option<String>) {
    let mut points = way.points.clone();
    let toward = if way.leftward { -1.0 } else { 1.0 };
    let mut head = None;
    if let (true, Some((x, y))) = (headed, points.last_mut()) {
        head = Some(format!("M{} {}l{} -4v8z", number(*x), number(*y), number(-8.0 * toward)));
        *x -= 7.0 * toward;
    }
    let mut line = String::new();
    let mut last: Option<(f64, f64)> = None;
    for (x, y) in points {
        match last {
            None => line = format!("M{} {}", number(x), number(y)),
            Some((_, old)) if (old - y).abs() < 0.05 => line += &format!("H{}", number(x)),
            Some((from, old)) => {
                // Half the way is straight at most; the bend is in the aisle.
                let bend = ((x - from).abs() / 2.0).min(60.0) * toward;
                line += &format!(
                    "C{} {} {} {} {} {}",
                    number(from + bend),
                    number(old),
                    number(x - bend),
                    number(y),
                    number(x),
                    number(y)
                );
            }
        }
        last = Some((x, y));
    }
    (line, head)
}

fn legend(graph: &Graph, top: f64) -> Markup {
    let mut x = 16.0;
    let y = top + 20.0;
    let has = |kind: EdgeKind, conditional: bool| graph.edges.iter().any(|e| e.kind == kind && e.conditional == conditional);
    let lines = [
        (has(EdgeKind::Assumes, false), "assumes", "can become"),
        (has(EdgeKind::Assumes, true), "assumes if", "under conditions"),
        (has(EdgeKind::MemberOf, false), "member", "member of"),
        (has(EdgeKind::Attached, false), "attached", "holds"),
        (has(EdgeKind::Bounds, false), "bounds", "bounded by"),
    ];
    let mut parts: Vec<Markup> = Vec::new();
    for (_, class, words) in lines.into_iter().filter(|(there, ..)| *there) {
        let end = x + 26.0;
        let headed = class != "attached";
        let stop = if headed { end - 7.0 } else { end };
        parts.push(html! {
            g class={"edge " (class)} {
                path.line d={"M" (number(x)) " " (number(y - 4.0)) "H" (number(stop))} {}
                @if headed { path.head d={"M" (number(end)) " " (number(y - 4.0)) "l-8 -4v8z"} {} }
            }
            text x=(number(end + 6.0)) y=(number(y)) { (words) }
        });
        x = end + 6.0 + words.len() as f64 * 6.4 + 16.0;
    }
    for mark in [Mark::Added, Mark::Removed, Mark::Changed] {
        let there = graph.nodes.iter().any(|n| n.mark == mark) || graph.edges.iter().any(|e| e.mark == mark);
        let Some(sign) = sign(mark).filter(|_| there) else { continue };
        let words = label::mark(mark);
        parts.push(html! {
            g class={"node " (words)} { (badge(x + 7.0, y - 4.0, "7", sign)) }
            text x=(number(x + 19.0)) y=(number(y)) { (words) }
        });
        x += 19.0 + words.len() as f64 * 6.4 + 16.0;
    }
    html! { g.legend { @for part in parts { (part) } } }
}

/// One decimal, and none where it is zero.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// How wide a text is in characters; those of East Asian scripts count twice.
fn columns_of(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

fn shorten(name: &str) -> String {
    if columns_of(name) <= LONGEST {
        return name.to_owned();
    }
    let chars: Vec<char> = name.chars().collect();
    let half = if columns_of(name) > chars.len() { LONGEST / 4 } else { LONGEST / 2 - 1 };
    let start: String = chars.iter().take(half).collect();
    let end: String = chars.iter().skip(chars.len().saturating_sub(half)).collect();
    format!("{start}\u{2026}{end}")
}
