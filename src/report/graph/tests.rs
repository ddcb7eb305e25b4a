use super::layout::{HEIGHT, layout};
use super::*;
use crate::graph::{Edge, EdgeKind, Mark, Node, NodeKind};

fn node(id: &str, kind: NodeKind, mark: Mark) -> Node {
    Node { id: id.to_owned(), kind, mark }
}

fn edge(from: &str, to: &str, kind: EdgeKind, mark: Mark) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind, conditional: false, mark }
}

fn hostile() -> Graph {
    let name = "role/end\"]; click n0 \"javascript:alert(1)\"\n%%{init: {}}%% </text><script>alert(1)</script> \\\" & '`#quot;\u{202e}\u{ffff}";
    Graph {
        nodes: vec![node("end", NodeKind::Service, Mark::Removed), node(name, NodeKind::Role, Mark::Added)],
        edges: vec![edge("end", name, EdgeKind::Assumes, Mark::Changed), edge("nobody", name, EdgeKind::Assumes, Mark::Added)],
        unknown: vec!["the trust policy of `a\n}` was not read".to_owned()],
    }
}

#[test]
fn a_hostile_name_cannot_leave_its_label_in_mermaid() {
    let text = mermaid(&hostile());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "flowchart LR",
            "  %% not known: the trust policy of #96;a#92;n#125;#96; was not read",
            "  n0([\"service<br/>end\"]):::removed",
            "  n1[\"role<br/>end#quot;#93;#59; click n0 #quot;javascript:alert#40;1#41;#quot;#92;n#37;#37;#123;init: #123;#125;#125;#37;#37; #60;/text#62;#60;script#62;alert#40;1#41;#60;/script#62; #92;#quot; #38; #39;#96;#35;quot#59;#92;u#123;202e#125;#92;u#123;ffff#125;\"]:::added",
            "  n0 --> n1",
            "  classDef added stroke:#1a7f37,stroke-width:3px",
            "  classDef removed stroke:#cf222e,stroke-width:3px",
            "  linkStyle 0 stroke:#bf8700,stroke-width:3px",
        ]
    );
}

#[test]
fn a_hostile_name_cannot_leave_its_label_in_dot() {
    let text = dot(&hostile());
    let label = text.lines().find(|l| l.trim_start().starts_with("n1 ")).unwrap();
    // Without what is escaped, the quotes are those of the attributes.
    let bare = label.replace("\\\\", "").replace("\\\"", "");
    assert_eq!(bare.matches('"').count(), 6, "{label}");
    assert!(label.contains("end\\\"]; click") && label.contains("\\\\n%%{init") && label.contains("\\\\\\\" &"), "{label}");
    assert!(text.lines().all(|l| !l.starts_with("digraph") || l == "digraph iam {"), "{text}");
    assert_eq!(text.lines().filter(|l| l.contains("->")).count(), 1, "an edge to what is not there is left out");
}

#[test]
fn a_hostile_name_cannot_leave_its_text_in_svg() {
    let text = svg(&hostile());
    assert!(!text.contains("<script") && !text.contains('\u{202e}') && !text.contains('\u{ffff}'), "{text}");
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && text.contains("\\u{202e}"), "{text}");
    for forbidden in ["href", "url(", "style=", "onload", "@import"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}

/// Roles in rows that become the next ones, each with a policy, and a circle.
fn large(size: usize) -> Graph {
    let mut graph = Graph::default();
    for n in 0..size {
        graph.nodes.push(node(&format!("policy/p{n:04}"), NodeKind::Policy, Mark::Unchanged));
        graph.nodes.push(node(&format!("role/r{n:04}"), NodeKind::Role, Mark::Unchanged));
        graph.edges.push(edge(&format!("role/r{n:04}"), &format!("policy/p{:04}", n / 3), EdgeKind::Attached, Mark::Unchanged));
        let next = if n % 10 == 9 { n - 9 } else { (n + 1).min(size - 1) };
        graph.edges.push(edge(&format!("role/r{n:04}"), &format!("role/r{next:04}"), EdgeKind::Assumes, Mark::Unchanged));
    }
    graph.nodes.sort();
    graph.edges.sort();
    graph
}

#[test]
fn no_two_nodes_of_a_thousand_overlap_and_no_edge_crosses_one() {
    let graph = large(500);
    let widths: Vec<f64> = graph.nodes.iter().map(|n| 60.0 + n.id.len() as f64).collect();
    let drawn = layout(&graph, &widths);
    let boxes = &drawn.boxes;
    for (i, a) in boxes.iter().enumerate() {
        assert!(a.x >= 0.0 && a.y >= 0.0 && a.x + a.width <= drawn.width && a.y + HEIGHT <= drawn.height, "{a:?}");
        for b in boxes.iter().skip(i + 1) {
            let apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + HEIGHT <= b.y || b.y + HEIGHT <= a.y;
            assert!(apart, "{a:?} {b:?}");
        }
    }
    for way in &drawn.ways {
        // Where an edge runs level through a column it keeps clear of the nodes there.
        for pair in way.points.windows(2) {
            let [(x, y), (to, same)] = pair else { continue };
            if y == same {
                let (left, right) = (x.min(*to), x.max(*to));
                let hit = boxes.iter().find(|b| b.x < right && left < b.x + b.width && b.y < *y && *y < b.y + HEIGHT);
                assert_eq!(hit, None, "{way:?}");
            }
        }
    }
    assert_eq!(drawn, layout(&graph, &widths));
}

#[test]
fn what_is_too_large_is_drawn_in_part_or_not_at_all() {
    let mut graph = large(600);
    assert_eq!(drawn(&graph, Room::PICTURE), None);
    if let Some(one) = graph.nodes.iter_mut().find(|n| n.id == "role/r0042") {
        one.mark = Mark::Changed;
    }
    let part = drawn(&graph, Room::PICTURE).unwrap();
    assert_eq!(part.left_out.as_deref(), Some("what changes and its neighbours; the whole graph has 1200 nodes and 1200 edges"));
    assert!(part.graph.nodes.len() <= 5 && part.graph.nodes.iter().any(|n| n.id == "role/r0042"));
    let small = large(5);
    assert_eq!(drawn(&small, Room::PAGE), Some(Drawn { graph: small.clone(), left_out: None }));
}

#[test]
fn an_empty_graph_is_a_picture_too() {
    assert!(svg(&Graph::default()).ends_with("</svg>\n"));
    assert_eq!(mermaid(&Graph::default()), "flowchart LR\n");
}
