//! A picture. It holds no script, no address of another file and no style attribute, so that it may stand in a page under a strict policy.

use std::fmt::Write;

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
    let body = picture(graph, "IAM graph");
    let style = format!("<style>{STYLE}</style>");
    let at = body.find('>').map_or(body.len(), |at| at + 1);
    let (head, rest) = body.split_at(at);
    format!("{head}{style}{rest}\n")
}

/// A picture within a page that holds [`STYLE`]. `title` is for screen readers.
pub fn picture(graph: &Graph, title: &str) -> String {
    let names: Vec<(&'static str, String)> = graph.nodes.iter().map(label::lines).collect();
    let shown: Vec<String> = names.iter().map(|(_, name)| shorten(name)).collect();
    let widths: Vec<f64> = names
        .iter()
        .zip(&shown)
        .map(|((kind, _), name)| (columns_of(name) as f64 * LETTER).max(kind.len() as f64 * 5.6 + 24.0) + 28.0)
        .collect();
    let Layout { boxes, ways, width, height } = layout(graph, &widths);
    let (width, total) = (width.max(640.0), height + LEGEND);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph{}\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\">",
        // A little too wide is better made smaller than scrolled.
        if (720.0..=1500.0).contains(&width) { " fit" } else { "" },
        xml(title),
        number(width),
        number(total),
        number(width),
        number(total),
    );
    let _ = write!(out, "<rect class=\"ground\" width=\"{}\" height=\"{}\"/>", number(width), number(total));
    // What is marked is drawn last, over the rest.
    for marked in [false, true] {
        for way in &ways {
            if let Some(edge) = graph.edges.get(way.edge).filter(|e| (e.mark != Mark::Unchanged) == marked) {
                edge_of(&mut out, edge, way);
            }
        }
    }
    for (((node, place), (kind, name)), shown) in graph.nodes.iter().zip(&boxes).zip(&names).zip(&shown) {
        node_of(&mut out, node, *place, kind, name, shown);
    }
    legend(&mut out, graph, height);
    out + "</svg>"
}

fn node_of(out: &mut String, node: &Node, place: Box, kind: &str, name: &str, shown: &str) {
    let Box { x, y, width } = place;
    let mark = label::mark(node.mark);
    let marked = if mark.is_empty() { String::new() } else { format!(" {mark}") };
    let _ = write!(out, "<g class=\"node {}{marked}\"><title>{kind} {}", label::class(node.kind), xml(name));
    if !mark.is_empty() {
        let _ = write!(out, " ({mark})");
    }
    let (w, h) = (number(width), number(HEIGHT));
    let round = if matches!(node.kind, NodeKind::Policy | NodeKind::AwsPolicy) { 3 } else { 8 };
    let _ = write!(
        out,
        "</title><rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>",
        number(x),
        number(y)
    );
    let _ = write!(
        out,
        "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>",
        number(x + 5.0),
        number(y + 6.0),
        number(HEIGHT - 12.0)
    );
    let _ = write!(out, "<text class=\"kind\" x=\"{}\" y=\"{}\">{kind}</text>", number(x + 16.0), number(y + 14.0));
    let _ = write!(out, "<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>", number(x + 16.0), number(y + 29.0), xml(shown));
    if let Some(sign) = sign(node.mark) {
        let (cx, cy) = (x + width - 4.0, y + 4.0);
        let _ = write!(out, "<circle class=\"badge\" cx=\"{}\" cy=\"{}\" r=\"8\"/>", number(cx), number(cy));
        let _ = write!(out, "<text class=\"sign\" x=\"{}\" y=\"{}\">{sign}</text>", number(cx), number(cy + 4.0));
    }
    *out += "</g>";
}

fn sign(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::Unchanged => None,
        Mark::Added => Some("+"),
        Mark::Removed => Some("\u{2212}"),
        Mark::Changed => Some("~"),
    }
}

fn edge_of(out: &mut String, edge: &Edge, way: &Way) {
    let kind = class(edge.kind, edge.conditional);
    let mark = label::mark(edge.mark);
    let marked = if mark.is_empty() { String::new() } else { format!(" {mark}") };
    let suffix = if mark.is_empty() { String::new() } else { format!(" ({mark})") };
    let _ = write!(
        out,
        "<g class=\"edge {kind}{marked}\"><title>{} {} {}{suffix}</title>",
        xml(&escape::line(&edge.from)),
        label::says(edge),
        xml(&escape::line(&edge.to)),
    );
    let (line, head) = path(way, edge.kind != EdgeKind::Attached);
    let _ = write!(out, "<path class=\"line\" d=\"{line}\"/>{head}</g>");
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
fn path(way: &Way, headed: bool) -> (String, String) {
    let mut points = way.points.clone();
    let toward = if way.leftward { -1.0 } else { 1.0 };
    let mut head = String::new();
    if let (true, Some((x, y))) = (headed, points.last_mut()) {
        head = format!("<path class=\"head\" d=\"M{} {}l{} -4v8z\"/>", number(*x), number(*y), number(-8.0 * toward));
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

fn legend(out: &mut String, graph: &Graph, top: f64) {
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
    *out += "<g class=\"legend\">";
    for (_, class, words) in lines.into_iter().filter(|(there, ..)| *there) {
        let end = x + 26.0;
        let head = if class == "attached" {
            String::new()
        } else {
            format!("<path class=\"head\" d=\"M{} {}l-8 -4v8z\"/>", number(end), number(y - 4.0))
        };
        let stop = if head.is_empty() { end } else { end - 7.0 };
        let _ = write!(
            out,
            "<g class=\"edge {class}\"><path class=\"line\" d=\"M{} {}H{}\"/>{head}</g><text x=\"{}\" y=\"{}\">{words}</text>",
            number(x),
            number(y - 4.0),
            number(stop),
            number(end + 6.0),
            number(y)
        );
        x = end + 6.0 + words.len() as f64 * 6.4 + 16.0;
    }
    for mark in [Mark::Added, Mark::Removed, Mark::Changed] {
        let there = graph.nodes.iter().any(|n| n.mark == mark) || graph.edges.iter().any(|e| e.mark == mark);
        let Some(sign) = sign(mark).filter(|_| there) else { continue };
        let words = label::mark(mark);
        let _ = write!(
            out,
            "<g class=\"node {words}\"><circle class=\"badge\" cx=\"{}\" cy=\"{}\" r=\"7\"/><text class=\"sign\" x=\"{}\" y=\"{}\">{sign}</text></g><text x=\"{}\" y=\"{}\">{words}</text>",
            number(x + 7.0),
            number(y - 4.0),
            number(x + 7.0),
            number(y),
            number(x + 19.0),
            number(y)
        );
        x += 19.0 + words.len() as f64 * 6.4 + 16.0;
    }
    *out += "</g>";
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

/// Text in XML, within elements and within attributes in double quotes.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // No characters of XML, even by number.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
